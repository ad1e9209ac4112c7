"""Has scim2-tester try a SCIM server, and prints what it found as JSON.

The tester fills attributes with random words. Where an attribute has a form that a schema can't tell, such as a CPR number,
it is given examples of it.

Usage: scim-tester.py BASE_URL TOKEN
"""

import datetime
import json
import random
import sys

import httpx2 as httpx
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import Extension, Mutability
from scim2_tester import check_server
from scim2_tester.checkers import patch_add, patch_replace
from scim2_tester.utils import fields_equality


def same(expected, actual):
    """An extension that is set as a whole comes back without its writeOnly attributes; those that stand alone the tester
    leaves out by itself."""
    if isinstance(expected, Extension):
        unread = [
            name for name in type(expected).model_fields
            if type(expected).get_field_annotation(name, Mutability) == Mutability.write_only
        ]
        expected = expected.model_copy(update={name: None for name in unread})
    return fields_equality(expected, actual)


patch_add.fields_equality = patch_replace.fields_equality = same

base, token = sys.argv[1:]
headers = {"Authorization": f"Bearer {token}"}
with httpx.Client(base_url=base, headers=headers, timeout=30) as http:
    client = SyncSCIMClient(http)
    client.discover()
    moment = datetime.datetime(2031, 1, 1, tzinfo=datetime.timezone.utc)
    examples = {
        # Many, so that no two people of one run get the same.
        "cpr": [f"01{month:02}{year:02}{random.randint(4000, 9999)}" for month in range(1, 13) for year in range(50, 99)],
        "production_unit": ["1003388394", "1003388395"],
        "valid_from": [moment],
        "valid_until": [moment + datetime.timedelta(days=1)],
    }
    for model in client.resource_models:
        for extension in getattr(model, "get_extension_models", dict)().values():
            for name, some in examples.items():
                if name in extension.model_fields:
                    extension.model_fields[name].examples = some
    found = check_server(client)

print(json.dumps([
    {"status": one.status.name, "title": one.title, "reason": one.reason, "data": repr(one.data)[:2000]} for one in found
]))
