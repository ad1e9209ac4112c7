//! `portner user …`.

use crate::installation::Installation;

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const PASSWORD: &str = "kanariefugl i en mine 4711";

fn add<'a>(name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let who = ["user", "add", "--user-name", name, "--first-name", "Anna", "--last-name", "Andersen"];
    [who.as_slice(), more].concat()
}

#[test]
fn t_log_01_what_was_typed_is_not_said_again() {
    let made = Installation::new();
    let typed = ["--password-stdin", "--totp-stdin", "--route", "R7", "--employment-source", "payroll"];
    for (name, more) in [("anna", None), ("bo", Some("--json"))] {
        let arguments: Vec<_> = add(name, &typed).into_iter().chain(more).collect();
        let said = made.runs_with(&arguments, &format!("{PASSWORD}\n{SECRET}\n"));
        assert!(said.ok, "{said:?}");
        assert!(!said.out.contains(PASSWORD) && !said.out.contains(SECRET), "{}", said.out);
    }
    let shown = made.does(&["user", "show", "--user-name", "ANNA"]);
    for part in
        ["anna@12345678", "Anna Andersen", "active", "password (Substantial)", "can reach      Substantial"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let events = made.does(&["audit", "events"]);
    assert!(
        !events.contains(PASSWORD) && !events.contains(SECRET) && !events.contains("Andersen"),
        "{events}"
    );
    let found = std::fs::read_dir(made.data()).unwrap().map(Result::unwrap).filter(|it| it.path().is_file());
    for file in found {
        let bytes = std::fs::read(file.path()).unwrap();
        for secret in [PASSWORD, SECRET] {
            let lies = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!lies, "{:?}", file.path());
        }
    }
}

#[test]
fn what_was_made_is_said_once() {
    let made = Installation::new();
    let said = made.does(&add("anna", &["--json"]));
    let told: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert!(told["password"].as_str().unwrap().len() >= 15, "{told}");
    assert_eq!(told["totp_secret"].as_str().unwrap().len(), 32, "{told}");
    assert!(
        made.does(&["user", "show", "--user-name", "anna"]).contains("can reach      no level"),
        "nobody vouched"
    );
}

#[test]
fn mistakes_are_named() {
    let made = Installation::new();
    made.does(&add("anna", &["--no-totp"]));
    made.runs(&add("anna", &[])).complains(&["user name is taken"]);
    made.runs_with(&add("bo", &["--password-stdin"]), "short\n").complains(&["at least 15 characters"]);
    made.runs_with(&add("bo", &["--password-stdin"]), "")
        .complains(&["standard input ended before the password"]);
    let short = format!("{PASSWORD}\nABC\n");
    made.runs_with(&add("bo", &["--password-stdin", "--totp-stdin"]), &short).complains(&["base32"]);
    made.runs(&["user", "show", "--user-name", "bo"]).complains(&["no user bo", "spelling"]);
    let names = made.runs(&add("two words", &[]));
    assert!(!names.ok && names.err.contains("a user name has 1 to"), "{names:?}");
}

#[test]
fn a_lock_is_taken_and_given_back_with_a_reason() {
    let made = Installation::new();
    made.does(&add("anna", &["--no-totp"]));
    let lock = ["user", "lock", "--user-name", "anna", "--why", "lost badge"];
    let unlock = ["user", "unlock", "--user-name", "anna", "--why", "found it"];
    assert!(made.does(&lock).contains("anna is locked"));
    made.runs(&lock).complains(&["nothing to change"]);
    assert!(made.does(&["user", "show", "--user-name", "anna"]).contains("locked"));
    assert!(made.does(&unlock).contains("can log in again"));
    assert!(made.does(&["audit", "events", "--kind", "identity-locked"]).contains("lost badge"));
}

#[test]
fn sessions_are_ended_with_a_reason_and_nobody_is_locked() {
    let made = Installation::new();
    made.does(&add("anna", &["--no-totp"]));
    let logout = ["user", "logout", "--user-name", "anna", "--why", "left a computer open"];
    for _ in 0..2 {
        assert!(made.does(&logout).contains("the sessions of anna are over"));
    }
    assert!(made.does(&["user", "show", "--user-name", "anna"]).contains("active"));
    let events = made.does(&["audit", "events", "--kind", "sessions-ended"]);
    assert_eq!(events.matches("left a computer open").count(), 2, "{events}");
    made.runs(&["user", "logout", "--user-name", "bo", "--why", "x"]).complains(&["no user bo"]);
}

#[test]
fn groups_and_rights_are_given_shown_and_taken_back() {
    let made = Installation::new();
    made.does(&add("anna", &["--no-totp"]));
    let group = ["--user-name", "anna", "--group", "Ældre og Omsorg"];
    let join = [["user", "join"].as_slice(), &group].concat();
    let leave = [["user", "leave"].as_slice(), &group].concat();
    assert!(made.does(&join).contains("anna belongs to Ældre og Omsorg"));
    made.runs(&join).complains(&["nothing to change"]);
    let right = [
        "--user-name",
        "anna",
        "--privilege",
        "urn:dk:example:role:caseworker",
        "--scope",
        "cvr:12345678",
        "--constraint",
        "urn:dk:kombit:KLE=27.39.00",
    ];
    let grant = [["user", "grant"].as_slice(), &right].concat();
    let withdraw = [["user", "withdraw"].as_slice(), &right].concat();
    made.does(&grant);
    let shown = made.does(&["user", "show", "--user-name", "anna"]);
    for part in [
        "group          Ældre og Omsorg",
        "right          urn:dk:example:role:caseworker in cvr:12345678 urn:dk:kombit:KLE=27.39.00",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    made.runs(&withdraw[..withdraw.len() - 2]).complains(&["nothing to change"]);
    made.does(&withdraw);
    made.does(&leave);
    let shown = made.does(&["user", "show", "--user-name", "anna"]);
    assert!(!shown.contains("group ") && !shown.contains("right "), "{shown}");
    for (at, bad, part) in [
        (5, "case worker", "absolute URI"),
        (7, "cpr:0101701234", "a scope is"),
        (9, "a=b", "a constraint is"),
    ] {
        let mut wrong = grant.clone();
        wrong[at] = bad;
        let said = made.runs(&wrong);
        assert!(!said.ok && said.err.contains(part), "{bad}: {said:?}");
    }
}
