//! `portner token …`: devices that show codes, from the seed file to whoever loses one.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::installation::Installation;
use crate::user::{add, invitation_of, proofed};

const SEED: &str = "3132333435363738393031323334353637383930";
const SEED_IN_BASE32: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const OTHER_SEED: &str = "6162636465666768696a6162636465666768696a";

fn with_devices() -> Installation {
    let made = Installation::new();
    let seeds =
        made.file("seeds.csv", &format!("serial,secret\n1234567,{SEED}\nb-2;{OTHER_SEED};60;8;SHA256\n"));
    let said = made.does(&["token", "import", &seeds]);
    assert!(said.contains("2 devices entered; 0 were known") && said.contains("destroy"), "{said}");
    made
}

/// What the first device shows, some steps from now.
#[expect(clippy::disallowed_methods, reason = "the program that is tried has the real clock")]
fn shows(steps: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let totp = totp_rs::Builder::new().with_secret(b"12345678901234567890".to_vec()).build_noncompliant();
    totp.generate(now + steps * 30).to_string()
}

#[test]
fn a_device_goes_from_the_stock_to_its_owner_and_back() {
    let made = with_devices();
    made.does(&add("anna", &["--no-totp", "--employment-source", "payroll"]));
    let list = made.does(&["token", "list"]);
    assert!(
        list.contains("1234567") && list.contains("B-2") && list.matches("in-stock").count() == 2,
        "{list}"
    );
    let shown = made.does(&["token", "show", "B-2"]);
    assert!(shown.contains("8 digits, 60 seconds, sha256") && shown.contains("in-stock"), "{shown}");

    assert!(made.does(&["token", "assign", "1234567", "anna"]).contains("belongs to anna (no level)"));
    made.does(&add("bo", &["--no-totp"]));
    made.runs(&["token", "assign", "1234567", "bo"]).complains(&["not in stock", "portner token show"]);
    let proofing = proofed(&made, "anna");
    let with = made.does(&["token", "assign", "b-2", "anna", "--with-proofing", &proofing]);
    assert!(with.contains("B-2 belongs to anna (Substantial)"), "{with}");
    let list = made.does(&["token", "list"]);
    assert!(list.lines().any(|line| line.starts_with("1234567") && line.contains("in-stock")), "{list}");
    assert!(list.lines().any(|line| line.starts_with("B-2") && line.ends_with("anna")), "{list}");

    let set = made.does(&["token", "resync", "1234567", &shows(40), &shows(41)]);
    assert!(set.contains("41 steps ahead") || set.contains("42 steps ahead"), "{set}");
    made.runs(&["token", "resync", "1234567", "000000", "000000"]).complains(&["two codes in a row", "wait"]);

    assert!(made.does(&["token", "release", "B-2"]).contains("B-2 is in-stock"));
    assert!(made.does(&["token", "lost", "B-2"]).contains("B-2 is lost"));
    assert!(made.does(&["token", "retire", "1234567"]).contains("1234567 is retired"));
    made.runs(&["token", "retire", "1234567"]).complains(&["nothing to change"]);
    let shown = made.does(&["user", "show", "--user-name", "anna"]);
    assert!(!shown.contains("totp-device"), "{shown}");
}

#[test]
fn mistakes_with_devices_are_named_with_their_remedy() {
    let made = with_devices();
    for (name, text, parts) in [
        ("empty", "", ["no device in the file", "no device"].as_slice()),
        (
            "twice",
            "1,3132333435363738393031323334353637383930\n1,6162636465666768696a6162636465666768696a",
            &["device 1", "twice"],
        ),
        ("short", "1,3132", &["line 1"]),
        ("word", "1,not a secret", &["line 1"]),
        ("period", &format!("1,{SEED},45"), &["line 1"]),
        ("columns", "1", &["line 1", "serial,secret"]),
    ] {
        let file = made.file(name, text);
        made.runs(&["token", "import", &file]).complains(parts);
    }
    let absent = made.data().join("absent.csv").display().to_string();
    made.runs(&["token", "import", &absent]).complains(&["absent.csv", "No such file"]);
    let (seeds, key) =
        (made.file("again.csv", &format!("1234567,{OTHER_SEED}\n")), made.file("key", "no key"));
    made.runs(&["token", "import", &seeds, "--key-file", &key]).complains(&["is no key in hexadecimal"]);
    assert!(made.does(&["token", "import", &seeds]).contains("0 devices entered; 1 were known"));
    made.runs(&["token", "assign", "1234567", "nobody"]).complains(&["no user nobody", "spelling"]);
    for command in
        [["token", "show", "9"].as_slice(), &["token", "lost", "9"], &["token", "resync", "9", "1", "2"]]
    {
        made.runs(command).complains(&["serial number"]);
    }
    made.does(&add("anna", &["--no-totp"]));
    let nobodys = "019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa";
    made.runs(&["token", "assign", "1234567", "anna", "--with-proofing", nobodys])
        .complains(&["no proofing of this person", "portner user show"]);
}

/// Whether any file in a folder has this in it.
fn is_in(folder: &Path, secret: &str) -> bool {
    std::fs::read_dir(folder).unwrap().map(Result::unwrap).any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return is_in(&path, secret);
        }
        let bytes = std::fs::read(&path).unwrap();
        bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
    })
}

#[test]
fn t_log_01_neither_seeds_nor_codes_of_invitations_are_said_twice_or_kept_in_the_clear() {
    let made = with_devices();
    let mut said = String::new();
    let mut hear = |arguments: &[&str]| {
        let heard = made.runs(arguments);
        said.push_str(&heard.out);
        said.push_str(&heard.err);
    };
    let bad = made.file("bad.csv", &format!("1234567,{SEED}\n9,{OTHER_SEED}zz\n"));
    for command in [
        ["token", "list"].as_slice(),
        &["token", "show", "1234567"],
        &["token", "import", &bad],
        &add("anna", &["--no-totp"]),
        &["token", "assign", "1234567", "anna"],
        &["token", "resync", "1234567", "000000", "111111"],
        &["token", "lost", "1234567"],
    ] {
        hear(command);
    }
    let code = invitation_of(&made, &["user", "invite", "--user-name", "anna", "--json"])["code"].clone();
    let code = code.as_str().unwrap().to_owned();
    for command in
        [["user", "show", "--user-name", "anna"].as_slice(), &["audit", "events"], &["token", "list"]]
    {
        hear(command);
    }
    assert!(said.contains("invitation-made") && said.contains("code-device-added"), "{said}");
    let plain = code.replace('-', "");
    for secret in [SEED, SEED_IN_BASE32, OTHER_SEED, &code, &plain] {
        assert!(!said.to_lowercase().contains(&secret.to_lowercase()), "{said}");
        assert!(!is_in(&made.data(), secret), "{secret}");
    }
}
