//! `portner check-config`, and what every command says of a configuration that can't work.

use crate::installation::{Installation, run};

#[test]
fn a_mistake_is_named_with_its_place_and_its_remedy() {
    let check = |from: &str, to: &str, parts: &[&str]| {
        let made = Installation::new();
        made.changes(from, to);
        for command in [["check-config"].as_slice(), &["sp", "list"]] {
            made.runs(command).complains(&[&["portner.toml"], parts].concat());
        }
    };
    check(
        "[support]\n",
        "[support]\nphone_number = \"1\"\n",
        &["line ", "unknown key `phone_number`", "remove the key"],
    );
    check(
        "https://login.example.dk",
        "login.example.dk",
        &["public_url", "write the address that browsers use"],
    );
    check("sessions = \"database\"", "sessions = \"memory\"", &["storage.sessions", "redis://"]);
    check("level = \"info\"", "level = \"loud\"", &["log.level", "debug"]);
    check("keys/audit.key", "keys/lost.key", &["keys.audit_key_file", "can't be read"]);
}

#[test]
fn a_file_in_place_of_a_folder_and_a_key_that_is_none_are_found_before_the_start() {
    let made = Installation::new();
    let file = made.file("a-file", "x");
    made.changes(&format!("data = \"{}\"", made.data().display()), &format!("data = \"{file}\""));
    let said = made.runs(&["check-config"]);
    assert!(!said.ok && said.err.contains("storage.data") && said.err.contains("is no folder"), "{said:?}");

    let made = Installation::new();
    std::fs::write(made.data().join("keys/envelope.key"), "not a key").unwrap();
    made.runs(&["check-config"]).complains(&["keys.envelope_key_file", "32 bytes in base64"]);
}

#[test]
fn without_a_configuration_one_is_told_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("portner.toml").display().to_string();
    run(&["--config", &missing, "serve"], "").complains(&["can't be read", "--config", "portner init"]);
}

#[test]
fn t_key_03_a_key_that_others_can_read_stops_every_command() {
    use std::os::unix::fs::PermissionsExt as _;
    let made = Installation::new();
    let key = made.data().join("keys/signing.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    for command in [["check-config"].as_slice(), &["serve"], &["key", "list"]] {
        made.runs(command).complains(&["can be read by others", "chmod 600"]);
    }

    let made = Installation::new();
    made.does(&["key", "next"]);
    let later = std::fs::read_dir(made.data().join("keys/signing")).unwrap().next().unwrap().unwrap().path();
    for file in [later, made.data().join("keys/passphrase")] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        made.runs(&["key", "list"]).complains(&["can be read by others", "chmod 600"]);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    made.does(&["key", "list"]);
}
