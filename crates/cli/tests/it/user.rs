//! `portner user …`.

use crate::installation::Installation;

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const PASSWORD: &str = "kanariefugl i en mine 4711";

pub fn add<'a>(name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
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
fn what_guessing_has_closed_is_opened_with_a_reason() {
    let made = Installation::new();
    made.does(&add("anna", &["--no-totp"]));
    let open = ["user", "unlock-factors", "--user-name", "anna", "--why", "called back on her office number"];
    assert!(made.does(&open).contains("the attempts of anna are looked at again"));
    let events = made.does(&["audit", "events", "--kind", "factors-reopened"]);
    assert!(events.contains("called back on her office number"), "{events}");
    made.runs(&["user", "unlock-factors", "--user-name", "bo", "--why", "x"]).complains(&["no user bo"]);
}

#[test]
fn passwords_are_imported_all_or_none() {
    const BCRYPT: &str = "$2y$05$abcdefghijklmnopqrstuuNFErKH6vJKCjK5eSUzqwB2CEpVwxSkW";
    const ARGON2: &str =
        "$argon2id$v=19$m=7168,t=5,p=1$MDEyMzQ1Njc4OWFiY2RlZg$LzaAI27c6f9co/6rWBnB33yfs2UCck8IxYu4pA8Bqg0";
    let made = Installation::new();
    for name in ["anna", "bo"] {
        made.does(&add(name, &["--no-totp", "--route", "R7", "--employment-source", "payroll"]));
    }
    let shown = |name| made.does(&["user", "show", "--user-name", name]);
    let import = ["user", "import-passwords", "--hash-file", "-"];
    let lines = format!("anna,{BCRYPT}\n\nnobody,{ARGON2}\nbo,$1$salt$hash\nbo\n");
    made.runs_with(&import, &lines).complains(&[
        "3 lines can't be used, and nothing was imported",
        "line 3: there is no user nobody",
        "line 4: bo: this is no hash that is understood",
        "line 5: write USER,HASH",
    ]);
    assert!(shown("anna").contains("password (Low)") || shown("anna").contains("password (Substantial)"));
    let said = made.runs_with(&import, &format!("anna,{BCRYPT}\r\nBO,{ARGON2}\n"));
    assert!(said.ok && said.out.contains("2 passwords are imported"), "{said:?}");
    assert!(shown("anna").contains("password (no level)") && shown("bo").contains("password (no level)"));
    let file = made.file("hash", BCRYPT);
    let one = ["user", "import-passwords", "--hash-file", &file, "--user-name", "bo"];
    assert!(made.does(&one).contains("1 passwords are imported"));
    let two = format!("{BCRYPT}\n{BCRYPT}\n");
    made.runs_with(&["user", "import-passwords", "--hash-file", "-", "--user-name", "bo"], &two)
        .complains(&["give one"]);
    let events = made.does(&["audit", "events"]);
    assert!(!events.contains("abcdefghijklmnopqrstuu"), "no hash is written down");
}

#[test]
fn a_password_that_was_read_meets_the_rules() {
    let made = Installation::new();
    let read = |typed: &str| made.runs_with(&add("anna", &["--password-stdin", "--no-totp"]), typed);
    read("Anna Andersen 1984\n").complains(&["its owner's name", "take other words"]);
    read("correct horse battery staple\n").complains(&["many would take"]);
    made.changes("[log]", "[password]\nchars_min = 40\n[log]");
    read(&format!("{PASSWORD}\n")).complains(&["too short", "at least 40 characters"]);
    let said = made.does(&add("bo", &["--json", "--no-totp"]));
    assert!(said.contains("password"), "what is made here is long enough: {said}");
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

/// Proof somebody in person; what the proofing is called.
pub fn proofed(made: &Installation, name: &str) -> String {
    let said = made.does(&["user", "proof", "--user-name", name, "--route", "R7"]);
    said.split_whitespace().nth(1).unwrap().to_owned()
}

/// What a command that invites says in JSON.
pub fn invitation_of(made: &Installation, arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&made.does(arguments)).unwrap()
}

#[test]
fn somebody_is_invited_with_a_proofing_or_without() {
    let made = Installation::new();
    made.does(&add("anna", &["--no-totp", "--employment-source", "payroll"]));
    let invite = ["user", "invite", "--user-name", "anna"];
    let plain = made.does(&invite);
    for part in ["link    https://login.example.dk/welcome/", "works until", "carries no level"] {
        assert!(plain.contains(part), "{part}: {plain}");
    }
    let proofing = proofed(&made, "anna");
    let told = invitation_of(
        &made,
        &[&invite[..], &["--with-proofing", &proofing, "--hours", "2", "--json"]].concat(),
    );
    assert_eq!((told["user_name"].as_str(), told["level"].as_str()), (Some("anna"), Some("Substantial")));
    let code = told["code"].as_str().unwrap();
    assert_eq!(code.replace('-', "").len(), 15, "{told}");
    assert_eq!(told["link"], format!("https://login.example.dk/welcome/{code}"));
    let events = made.does(&["audit", "events", "--kind", "invitation-made"]);
    assert_eq!(events.matches("invitation-made").count(), 2, "{events}");

    made.runs(&["user", "invite", "--user-name", "bo"]).complains(&["no user bo", "spelling"]);
    let other = "019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa";
    made.runs(&[&invite[..], &["--with-proofing", other]].concat())
        .complains(&["no proofing of this person", "portner user show"]);
    let long = made.runs(&[&invite[..], &["--hours", "49"]].concat());
    assert!(!long.ok && long.err.contains("1..=48"), "{long:?}");
}

#[test]
fn somebody_is_registered_and_invited_at_once() {
    let made = Installation::new();
    let at_once = ["--invite", "--json", "--route", "R7", "--employment-source", "payroll"];
    let told = invitation_of(&made, &add("anna", &at_once));
    assert_eq!((told["user_name"].as_str(), told["level"].as_str()), (Some("anna"), Some("Substantial")));
    assert!(told["password"].is_null() && told["totp_secret"].is_null(), "{told}");
    let shown = made.does(&["user", "show", "--user-name", "anna"]);
    assert!(shown.contains("R7 (Substantial)") && !shown.contains("authenticator"), "{shown}");

    let said = made.does(&add("bo", &["--invite"]));
    for part in ["registered bo", "code    ", "https://login.example.dk/welcome/", "carries no level"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    made.runs(&add("bo", &["--invite"])).complains(&["user name is taken"]);
    for both in ["--no-totp", "--password-stdin", "--totp-stdin", "--no-password"] {
        let refused = made.runs(&add("carl", &["--invite", both]));
        assert!(!refused.ok && refused.err.contains("cannot be used with"), "{refused:?}");
    }
    made.runs(&["user", "show", "--user-name", "carl"]).complains(&["no user carl"]);
}
