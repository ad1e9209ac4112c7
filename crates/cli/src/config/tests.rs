//! Mistakes in the configuration, and what is said of them.

use std::path::Path;

use super::Config;

const GOOD: &str = r#"
public_url = "https://login.example.dk"
entity_id = "https://saml.example.dk"
[organisation]
name = "Eksempel Kommune"
cvr = "12345678"
[support]
name = "IT-service"
[storage]
data = "/nowhere"
"#;

fn parse(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let environment = environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Config::parse(text, environment).map_err(|problem| problem.to_string())
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let check = |text: &str, parts: &[&str]| {
        let said = parse(text, &[]).unwrap_err();
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    };
    check(&format!("{GOOD}datbase = \"x\"\n"), &["line 11", "unknown key `datbase`", "correct or remove"]);
    check(&GOOD.replace("12345678", "1234"), &["eight digits"]);
    check("public_url = ", &["line 1"]);
}

#[test]
fn the_environment_overrides_the_file() {
    let environment =
        [("public_url", "https://other.example.dk"), ("storage__sessions", "redis://127.0.0.1/")];
    let config = parse(GOOD, &environment).unwrap();
    assert_eq!(config.public_url, "https://other.example.dk");
    assert_eq!(config.storage.sessions, "redis://127.0.0.1/");
    assert!(parse(GOOD, &[("storage__sesions", "x")]).unwrap_err().contains("sesions"));
    assert_eq!(parse(GOOD, &[("nsis__scheme_level", "Low")]).unwrap().nsis.scheme_level, "Low".parse().ok());
}

#[test]
fn what_cannot_work_is_said_with_the_remedy() {
    let check = |text: String, key: &str, remedy: &str| {
        let problems = parse(&text, &[]).unwrap().problems();
        assert!(
            problems.iter().any(|said| said.contains(key) && said.contains(remedy)),
            "{key}: {problems:?}"
        );
    };
    let with = |from: &str, to: &str| GOOD.replace(from, to);
    check(with("https://login", "http://login"), "public_url", "https://");
    check(with("https://login.example.dk", "login"), "public_url", "write the address");
    check(with("login.example.dk", "login.example.dk/path"), "public_url", "more than scheme, host and port");
    check(with("https://saml.example.dk", "saml"), "entity_id", "absolute URI");
    check(GOOD.to_owned(), "storage.data", "create it");
    check(GOOD.to_owned(), "keys.envelope_key_file", "put the file there");
    check(format!("{GOOD}database = \"mysql://x\"\n"), "storage.database", "sqlite: or postgres:");
    check(format!("{GOOD}sessions = \"memory\"\n"), "storage.sessions", "redis://");
    check(format!("{GOOD}[listen]\naddress = \"8080\"\n"), "listen.address", "127.0.0.1:8080");
    check(format!("{GOOD}[log]\nlevel = \"loud\"\n"), "log.level", "debug");
    let password = |key: &str| format!("{GOOD}[password]\n{key}\n");
    check(password("chars_min = 14"), "password.chars_min", "15 to 64");
    check(password("chars_max = 63"), "password.chars_max", "64 to 1024");
    check(password("history = 25"), "password.history", "0 to 24");
    check(password("grace_days = 366"), "password.grace_days", "at most 365");
    check(password("breached_grace_days = 31"), "password.breached_grace_days", "at most 30");
    check(password("hash_passes = 1"), "password.hash_memory_kib", "47104 with 1");
    check(password("hash_memory_kib = 65537"), "password.hash_memory_kib", "at most 65536");
    check(password("words_file = \"words\""), "password.words_file", "/nowhere/words");
    check(password("breached_file = \"list\""), "password.breached_file", "can't be read");
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(list.path(), "password1\npassword2\n").unwrap();
    check(
        password(&format!("breached_file = {:?}", list.path())),
        "password.breached_file",
        "ordered by hash",
    );
}

#[test]
fn the_public_url_is_taken_apart() {
    let at = |url: &str| parse(&GOOD.replace("https://login.example.dk", url), &[]).unwrap().public();
    assert_eq!(at("https://login.example.dk/").unwrap().origin, "https://login.example.dk");
    assert_eq!(at("http://localhost:8080").unwrap().host, "localhost:8080");
    assert!(at("http://localhost.evil.example").is_err());
}

#[test]
fn a_secret_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let said = |path: &Path| super::secret_file_problem("keys.audit_key_file", path);
    assert!(said(&file).unwrap().contains("can't be read"));
    std::fs::write(&file, "x").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(said(&file).unwrap().contains("chmod 600"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(said(&file), None);
}
