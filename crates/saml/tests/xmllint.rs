//! What another parser makes of our privileges: `xmllint` reads them, and holds them against the schema's shape.
//!
//! The test is silent where `xmllint` is not installed; `make test` installs it.

use std::path::Path;
use std::process::Command;

#[test]
fn xmllint_finds_our_privileges_in_order() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/privileges"));
    for namespace in ["digst", "itst"] {
        let file = |end: &str| folder.join(format!("{namespace}.{end}"));
        let lint = |xml: &Path| {
            let mut command = Command::new("xmllint");
            command.arg("--noout").arg("--nonet").arg("--schema").arg(file("xsd")).arg(xml).output().ok()
        };
        // The golden file is what the writer writes: a unit test holds the two together.
        let Some(said) = lint(&file("xml")) else { return };
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let broken =
            std::fs::read_to_string(file("xml")).unwrap().replace("Identifier:12345678", "Identifier:1");
        let broken_file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&broken_file, broken).unwrap();
        assert!(!lint(broken_file.path()).unwrap().status.success(), "the schema would notice");
    }
}
