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

/// What `check-config` says of a section that can't work.
fn check_section(section: &str, parts: &[&str]) {
    let made = Installation::new();
    made.changes("[log]", &format!("{section}\n[log]"));
    made.runs(&["check-config"]).complains(&[&["portner.toml"], parts].concat());
}

#[test]
fn mistakes_about_mail_are_named_with_their_remedy() {
    let mail = |lines: &str| {
        format!("[mail]\nserver = \"mail.example.dk\"\nfrom = \"no-reply@example.dk\"\n{lines}")
    };
    check_section("[mail]\nserver = \"mail.example.dk\"", &["missing field `from`", "line "]);
    check_section(
        "[mail]\nserver = \"\"\nfrom = \"a@example.dk\"",
        &["mail.server is empty", "write its host name"],
    );
    check_section(
        "[mail]\nserver = \"m\"\nfrom = \"nobody\"",
        &["mail.from is no address", "no-reply@example.dk"],
    );
    check_section(&mail("sever = \"x\""), &["unknown key `sever`", "correct or remove"]);
    check_section(&mail("tls = \"none\""), &["unknown variant `none`", "starttls", "implicit"]);
    check_section(&mail("tls = \"danger-plain\""), &["localhost only", "use \"starttls\" or \"implicit\""]);
    check_section(&mail("port = 70000"), &["port", "line ", "u16"]);
    check_section(
        &mail("user = \"portner\""),
        &["mail.user and mail.password_file belong together", "set both"],
    );
    check_section(
        &mail("user = \"portner\"\npassword_file = \"absent\""),
        &["mail.password_file", "can't be read", "put the file there"],
    );
    check_section(&mail("ca_file = \"/absent.pem\""), &["mail.ca_file", "/absent.pem", "No such file"]);
    let made = Installation::new();
    let ca = made.file("ca.pem", "no certificate");
    made.changes("[log]", &format!("{}\n[log]", mail(&format!("ca_file = {ca:?}"))));
    made.runs(&["check-config"]).complains(&["mail.ca_file has no certificate (PEM)"]);
}

#[test]
fn mistakes_about_keys_of_users_are_named_with_their_remedy() {
    let section = |lines: &str| format!("[webauthn]\n{lines}");
    check_section(
        &section("allowed = \"knwon\""),
        &["webauthn.allowed", "\"any\", \"known\" or a list of models"],
    );
    check_section(&section("allowed = [\"yubikey\"]"), &["webauthn.allowed", "AAGUID", "line "]);
    check_section(&section("high = [\"yubikey\"]"), &["line ", "UUID"]);
    check_section(&section("attestation = true"), &["unknown key `attestation`", "correct or remove"]);
    check_section(&section("allowed = \"known\""), &["webauthn.metadata_file (none)", "needs the metadata"]);
    check_section(
        &section("metadata_file = \"/absent\""),
        &["webauthn.metadata_root_file", "set both or none"],
    );
    check_section(
        &section("metadata_file = \"/absent\"\nmetadata_root_file = \"/absent.pem\""),
        &["webauthn.metadata_root_file", "/absent.pem", "No such file"],
    );
    let made = Installation::new();
    let (file, root) = (made.file("fido.jwt", "x.y.z"), made.file("root.pem", "nothing"));
    let lines = section(&format!("metadata_file = {file:?}\nmetadata_root_file = {root:?}"));
    made.changes("[log]", &format!("{lines}\n[log]"));
    made.runs(&["check-config"]).complains(&["webauthn.metadata_file", "fido.jwt", "no signed metadata"]);
}

#[test]
fn mistakes_about_passwords_are_named_with_their_remedy() {
    let section = |lines: &str| format!("[password]\n{lines}");
    check_section(&section("min_length = 20"), &["unknown key `min_length`", "correct or remove"]);
    check_section(&section("chars_min = 8"), &["password.chars_min", "15 to 64"]);
    check_section(&section("chars_min = \"20\""), &["line ", "invalid type"]);
    check_section(&section("hash_passes = 1"), &["password.hash_memory_kib", "write at least 47104 with 1"]);
    check_section(&section("breached_grace_days = 90"), &["password.breached_grace_days = 90", "at most 30"]);
    check_section(&section("words_file = \"absent\""), &["password.words_file", "absent"]);
    check_section(&section("breached_file = \"absent\""), &["password.breached_file", "can't be read"]);
}

#[test]
fn t_log_01_no_secret_of_the_configuration_is_said() {
    use std::os::unix::fs::PermissionsExt as _;
    const SECRET: &str = "paraply og hat 1234";
    let mut made = Installation::new();
    let file = made.file("mail-password", &format!("{SECRET}\n"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mail = format!(
        "[mail]\nserver = \"mail.example.dk\"\nfrom = \"no-reply@example.dk\"\nuser = \"portner\"\n\
         password_file = {file:?}\n[log]"
    );
    made.changes("[log]", &mail);
    let key = std::fs::read_to_string(made.data().join("keys/envelope.key")).unwrap();
    let mut said = made.does(&["check-config"]);
    made.sets("PORTNER_STORAGE__DATABASE", "postgres://portner:kongeblomst@127.0.0.1:1/portner");
    for command in [["check-config"].as_slice(), &["user", "show", "--user-name", "anna"], &["token", "list"]]
    {
        let heard = made.runs(command);
        said.push_str(&heard.out);
        said.push_str(&heard.err);
    }
    for secret in [SECRET, key.trim(), "kongeblomst"] {
        assert!(!said.contains(secret), "{said}");
    }
}
