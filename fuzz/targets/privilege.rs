//! A list of privileges, with anything done to it: it is refused, or reads the same when it is written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portner_saml::{PrivilegeList, PrivilegeNamespace};

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Ok(list) = PrivilegeList::read(text) else { return };
    for namespace in [PrivilegeNamespace::Digst, PrivilegeNamespace::Itst] {
        let Ok(Some(again)) = list.document(namespace) else { return };
        let again = PrivilegeList::read(&again).expect("what we write");
        assert_eq!(format!("{:?}", again.groups()), format!("{:?}", list.groups()));
    }
});
