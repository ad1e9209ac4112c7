//! `portner directory test`: what it says before it has asked anybody.

use crate::installation::Installation;

/// What `directory test` and `check-config` say of a section.
fn check(section: &str, parts: &[&str]) {
    let made = Installation::new();
    made.changes("[log]", &format!("{section}\n[log]"));
    for command in [["directory", "test", "anna"].as_slice(), &["check-config"]] {
        made.runs(command).complains(&[&["portner.toml"], parts].concat());
    }
}

#[test]
fn without_a_directory_one_is_told_where_it_is_described() {
    Installation::new()
        .runs(&["directory", "test", "anna"])
        .complains(&["there is no [network_password]", "docs/how-to/connect-ad.md"]);
}

#[test]
fn a_directory_that_cannot_be_asked_is_refused_with_the_remedy() {
    const SERVERS: &str = "[network_password]\nservers = [\"ldaps://dc1.example.dk\"]\n";
    let with = |line: &str| format!("{SERVERS}{line}");
    check("[network_password]\nservers = []", &["network_password.servers", "names none"]);
    check("[network_password]\nservers = [\"dc1\"]", &["network_password.servers", "write ldaps://HOST"]);
    check("[network_password]", &["missing field `servers`", "line "]);
    check(SERVERS, &["does not say how an entry is found", "set bind_name", "search_account"]);
    check(&with("bind_name = \"anna\""), &["network_password.bind_name", "{user}"]);
    check(&with("bindname = \"x\""), &["unknown key `bindname`", "correct or remove", "line "]);
    check(
        &with("search_account = \"a\"\nsearch_base = \"dc=x\""),
        &["search_password_file", "a search needs it"],
    );
    let named = with("bind_name = \"{user}@example.dk\"");
    check(
        &format!("{named}\nca_file = \"absent.pem\""),
        &["network_password.ca_file", "absent.pem", "can't be read"],
    );
    check(&format!("{named}\nattempts = 9"), &["network_password.attempts = 9", "between 1 and 5"]);
    check(
        &format!("{named}\nfor = \"all\""),
        &["unknown variant `all`", "everybody", "without-local-password"],
    );
}

#[test]
fn t_log_01_the_password_of_the_search_is_never_said() {
    use std::os::unix::fs::PermissionsExt as _;
    const SECRET: &str = "sommerfugl i en krukke 99";
    let made = Installation::new();
    let file = made.file("search", &format!("{SECRET}\n"));
    let section = format!(
        "[network_password]\nservers = [\"ldaps://127.0.0.1:1\"]\nsearch_account = \"cn=reader\"\n\
         search_base = \"dc=example\"\nsearch_password_file = \"{file}\"\n[log]"
    );
    made.changes("[log]", &section);
    let open = made.runs(&["check-config"]);
    assert!(
        !open.ok && open.err.contains("search_password_file") && open.err.contains("chmod 600"),
        "{open:?}"
    );
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let typed = "anden hemmelighed 77";
    let walked = made.runs_with(&["directory", "test", "anna", "--password"], &format!("{typed}\n"));
    assert!(
        !walked.ok && walked.out.contains("FAILED") && walked.err.contains("not everything works"),
        "{walked:?}"
    );
    for said in [&open, &walked] {
        let all = format!("{}{}", said.out, said.err);
        assert!(!all.contains(SECRET) && !all.contains(typed), "{all}");
    }
}
