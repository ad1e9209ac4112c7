#!/bin/sh
# What the service provider learned about the visitor: one line each, the same words at every provider.
set -eu

# mod_auth_mellon has no variable for the context class; it stands in the session it dumps.
if [ -n "${MELLON_SESSION:-}" ]; then
    authn_context=$(printf %s "$MELLON_SESSION" | base64 -d | sed -n 's|.*<[a-z:]*AuthnContextClassRef>\([^<]*\)<.*|\1|p' | head -1)
    name_id=$MELLON_NAME_ID
else
    authn_context=${Shib_AuthnContext_Class:-}
fi
export authn_context name_id

printf 'Content-Type: text/html; charset=utf-8\n\n'
printf '<!doctype html><html lang="en"><title>Service provider</title><h1>Service provider</h1><pre id="attributes">\n'
env | grep -E '^(name_id|authn_context|spec_version|loa|ial|aal|full_name|email|cvr|org_name|uuid)=.' |
    LC_ALL=C sort | sed 's/&/\&amp;/g; s/</\&lt;/g'
printf '</pre></html>\n'
