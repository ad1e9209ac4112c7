//! `portner import …`.

use crate::installation::{Installation, Said};

const MAPPING: &str = "load = \"full\"\n[columns]\nkey = \"nr\"\nuser_name = \"user\"\nfirst_name = \"first\"\n\
     last_name = \"last\"\ncpr = \"cpr\"\n[constants]\ncvr = \"12345678\"\n";

fn people(from: usize, to: usize) -> String {
    let line = |n: usize| format!("{n};user{n};Anna;Andersen;0101{n:02}1234\n");
    format!("nr;user;first;last;cpr\n{}", (from..to).map(line).collect::<String>())
}

struct Town {
    made: Installation,
    mapping: String,
    errors: String,
}

impl Town {
    fn imports(&self, file: &str, more: &[&str]) -> Said {
        let file = self.made.file("people.csv", file);
        let feed =
            ["import", "csv", "--feed", "payroll", "--mapping", &self.mapping, "--errors", &self.errors];
        self.made.runs(&[&feed, more, &[&file]].concat())
    }
}

#[test]
fn a_file_is_looked_at_imported_held_approved_and_done() {
    let made = Installation::new();
    let (mapping, errors) = (made.file("map.toml", MAPPING), made.file("wrong.csv", "of yesterday"));
    let town = Town { made, mapping, errors };
    let looked = town.imports(&people(0, 20), &["--dry-run"]);
    assert!(looked.ok && looked.out.contains("20 to register\n  0: register"), "{looked:?}");
    assert!(looked.out.contains("nothing was done"), "{looked:?}");
    assert!(std::fs::read(&town.errors).is_err(), "what was wrong yesterday is not wrong today");

    let done = town.imports(&(people(0, 20) + "20;user 20;Bo;Berg;0101701234\n"), &["--json"]);
    let said: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((&said["done"]["registered"], &said["done"]["failed"]), (&20.into(), &1.into()), "{done:?}");
    let wrong = std::fs::read_to_string(&town.errors).unwrap();
    assert!(wrong.contains("22,20,\"user_name: a user name has") && !wrong.contains("0101701234"), "{wrong}");
    assert!(town.made.does(&["user", "show", "--user-name", "user7"]).contains("Anna Andersen"));

    let held = town.imports(&people(6, 20), &[]);
    assert!(!held.ok && held.out.contains("held: 6 of 20"), "{held:?}");
    let runs = town.made.does(&["import", "runs"]);
    let run = runs.lines().find(|line| line.contains("\theld\t")).and_then(|line| line.split('\t').next());
    assert!(town.made.does(&["import", "approve", run.unwrap()]).contains("again"));
    town.made
        .runs(&["import", "drop", "01a1fd63-6190-7264-8710-6c2710a1e501"])
        .complains(&["nothing like that waits"]);
    let done = town.imports(&people(6, 20), &[]);
    assert!(done.ok && done.out.contains("6 stopped"), "{done:?}");
    assert!(town.made.does(&["user", "show", "--user-name", "user5"]).contains("locked"));
    town.made.does(&["audit", "verify"]);
}

#[test]
fn what_can_not_be_imported_is_said_in_one_sentence() {
    let made = Installation::new();
    let (mapping, errors) = (made.file("map.toml", MAPPING), made.file("wrong.csv", ""));
    let town = Town { made, mapping, errors };
    town.imports("", &[]).complains(&["no records", "nothing was changed"]);
    town.imports("nr,user\n", &[]).complains(&["has no column", "first"]);
    let people = town.made.file("people.csv", &people(0, 1));
    let bad = town.made.file("bad.toml", "load = \"all\"\n");
    let said = town.made.runs(&["import", "csv", "--feed", "payroll", "--mapping", &bad, &people]);
    assert!(!said.ok && said.err.contains("full"), "{said:?}");
    let itself =
        ["import", "csv", "--feed", "payroll", "--mapping", &town.mapping, "--errors", &people, &people];
    town.made.runs(&itself).complains(&["names the file itself"]);
}

const DIRECTORY: &str = "load = \"full\"\n[ldap]\nservers = [\"ldaps://localhost:1\"]\naccount = \"reader\"\n\
     password_file = \"ad.txt\"\nbase = \"dc=example,dc=dk\"\n[columns]\nkey = \"objectGUID\"\n\
     user_name = \"sAMAccountName\"\nfirst_name = \"givenName\"\nlast_name = \"sn\"\n[constants]\ncvr = \"12345678\"\n";

#[test]
fn a_directory_that_can_not_be_asked_is_said_in_one_sentence() {
    let made = Installation::new();
    let imports = |mapping: &str| {
        let mapping = made.file("ad.toml", mapping);
        made.runs(&["import", "ldap", "--feed", "ad", &mapping])
    };
    imports(MAPPING).complains(&["no [ldap]", "import-people.md"]);
    imports(DIRECTORY).complains(&["ldap.password_file", "ad.txt"]);
    std::fs::write(made.data().join("ad.txt"), "secret\n").unwrap();
    for (from, to, says) in [
        ("ldaps://", "http://", "write ldaps://HOST"),
        ("dc=example,dc=dk", "example.dk", "distinguished name"),
        ("load", "separator = \",\"\nload", "of files"),
        ("[columns]", "filter = \"(uid=\"\n[columns]", "no filter"),
        ("[columns]", "ca_file = \"ad.txt\"\n[columns]", "no certificate"),
        ("\"sn\"", "\"sn)(x=*\"", "no attribute"),
    ] {
        let said = imports(&DIRECTORY.replacen(from, to, 1));
        assert!(!said.ok && said.err.contains(says), "{says}: {said:?}");
    }
    let said = imports(DIRECTORY);
    assert!(!said.ok && said.err.contains("nothing was changed"), "{said:?}");
    let left = std::fs::read_dir(made.data()).unwrap().flatten().map(|entry| entry.file_name());
    assert!(
        !left.into_iter().any(|name| name.to_string_lossy().starts_with(".feed")),
        "nothing is left behind"
    );
    let (file, people) = (made.file("ad.toml", DIRECTORY), made.file("people.csv", &people(0, 1)));
    made.runs(&["import", "csv", "--feed", "ad", "--mapping", &file, &people]).complains(&["import ldap"]);
}

/// Answers until it is dropped.
struct Serving(std::process::Child);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_feed_of_the_configuration_is_read_by_itself() {
    let mut made = Installation::new();
    made.sets("PORTNER__LISTEN__ADDRESS", "127.0.0.1:0");
    made.sets("PORTNER__LISTEN__MANAGEMENT", "127.0.0.1:0");
    let feed =
        "[[feeds]]\nname = \"payroll\"\nkind = \"csv\"\nmapping = \"payroll.toml\"\nfile = \"people.csv\"\n";
    let text = std::fs::read_to_string(made.config()).unwrap();
    let configured = |more: &str| std::fs::write(made.config(), format!("{text}\n{feed}{more}")).unwrap();
    configured("");
    for says in ["never read", "payroll.toml"] {
        let said = made.runs(&["check-config"]);
        assert!(!said.ok && said.err.contains(says), "{says}: {said:?}");
    }
    std::fs::write(made.data().join("payroll.toml"), MAPPING).unwrap();
    for (more, says) in [("every_minutes = 1", "between 5"), ("at = \"2.30\"", "02:30"), ("evry = 1", "evry")]
    {
        configured(more);
        let said = made.runs(&["check-config"]);
        assert!(!said.ok && said.err.contains(says), "{says}: {said:?}");
    }
    configured("every_minutes = 60\nat = \"02:30\"");
    assert!(made.does(&["check-config"]).contains("nothing is wrong"));
    assert!(made.does(&["import", "status"]).contains("payroll\tcsv\tnot read yet\tread never"));
    std::fs::write(made.data().join("people.csv"), people(0, 3)).unwrap();

    let config = made.config().display().to_string();
    let mut serve = std::process::Command::new(env!("CARGO_BIN_EXE_portner"));
    serve.args(["--config", &config, "serve"]).stderr(std::process::Stdio::null());
    serve.env("PORTNER__LISTEN__ADDRESS", "127.0.0.1:0").env("PORTNER__LISTEN__MANAGEMENT", "127.0.0.1:0");
    let serving = Serving(serve.spawn().unwrap());
    let mut status = String::new();
    for _ in 0..120 {
        status = made.does(&["import", "status"]);
        if status.contains("\twell\t") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    assert!(status.contains("payroll\tcsv\twell\tread 20") && status.contains("next 20"), "{status}");
    assert!(made.does(&["import", "runs"]).contains("3 registered"));
    assert!(made.does(&["export", "people", "--name", "user2"]).contains(",user2,Anna Andersen,"));
    drop(serving);
}
