//! `portner init`.

use std::os::unix::fs::PermissionsExt as _;

use crate::installation::{Installation, init_arguments, run};

#[test]
fn t_pkg_01_init_makes_new_keys_that_only_the_owner_can_read() {
    let (one, other) = (Installation::new(), Installation::new());
    for name in ["signing.key", "envelope.key", "audit.key", "signing.crt", "passphrase"] {
        let [ours, theirs] = [&one, &other].map(|it| it.data().join("keys").join(name));
        assert_ne!(std::fs::read(&ours).unwrap(), std::fs::read(&theirs).unwrap(), "{name}");
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&ours), mode(ours.parent().unwrap())), (0o600, 0o700), "{name}");
    }
    let signing = std::fs::read_to_string(one.data().join("keys/signing.key")).unwrap();
    assert!(signing.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    let said = one.runs(&["check-config"]);
    assert!(said.ok && said.out.contains("nothing is wrong"), "{said:?}");
}

#[test]
fn init_says_how_to_go_on_and_makes_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let said = run(&init_arguments(&data), "");
    assert!(said.ok, "{said:?}");
    assert!(said.out.contains("portner serve --config"), "{}", said.out);
    let link = said.out.lines().find(|line| line.starts_with("https://login.example.dk/setup/")).unwrap();
    assert_eq!(link.rsplit('/').next().unwrap().len(), 64);
    let config = std::fs::read_to_string(data.join("portner.toml")).unwrap();
    assert!(config.contains("entity_id = \"https://saml.login.example.dk\""), "{config}");
    assert!(!config.contains(link.rsplit('/').next().unwrap()));
}

#[test]
fn a_second_init_on_the_same_folder_changes_nothing() {
    let made = Installation::new();
    let before = std::fs::read(made.data().join("keys/signing.key")).unwrap();
    let data = made.data();
    run(&init_arguments(&data), "").complains(&["portner.toml exists", "choose another folder"]);
    std::fs::remove_file(made.config()).unwrap();
    assert!(!run(&init_arguments(&data), "").ok, "nor are keys overwritten that are there without it");
    assert_eq!(std::fs::read(made.data().join("keys/signing.key")).unwrap(), before);
}

#[test]
fn init_says_what_it_can_not_use() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "x").unwrap();
    run(&init_arguments(&file), "").complains(&["a-file", "can't be used"]);

    let data = folder.path().join("data");
    let with = |from: &str, to: &'static str| {
        let arguments: Vec<_> =
            init_arguments(&data).into_iter().map(|it| if it == from { to } else { it }).collect();
        run(&arguments, "")
    };
    let url = "https://login.example.dk";
    with(url, "login.example.dk").complains(&["public", "https://login.example.dk"]);
    with(url, "http://login.example.dk").complains(&["https://"]);
    let cvr = with("12345678", "1234");
    assert!(!cvr.ok && cvr.err.contains("eight digits"), "{cvr:?}");
    assert!(!data.join("keys").exists(), "a mistake leaves nothing behind");
}
