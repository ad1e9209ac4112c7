//! `portner key …`: a key from its making to its end, at the command line.

use std::path::{Path, PathBuf};
use std::process::Command;

use portner_saml::IdentityProvider;

use crate::installation::Installation;
use crate::sp::{ENTITY_ID, metadata};

const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";

impl Installation {
    /// The names of the keys in metadata, in its order.
    fn published(&self, edition: &str) -> Vec<String> {
        let text = match edition {
            "" => self.does(&["key", "metadata"]),
            edition => self.does(&["key", "metadata", "--for", edition]),
        };
        let read = IdentityProvider::parse(text.as_bytes()).unwrap();
        read.signing_keys.iter().map(|key| key.key_id().to_owned()).collect()
    }

    fn registers_a_service_provider(&self) {
        self.does(&["sp", "add", &self.file("sag.xml", &metadata("Sag"))]);
    }

    /// Give the installation a fresh token.
    fn gets_a_token(&mut self) -> bool {
        if !Path::new(SOFTHSM).exists() {
            assert!(std::env::var_os("PORTNER_TEST_ALL").is_none(), "{SOFTHSM} is missing");
            return false;
        }
        let tokens = PathBuf::from(self.file("x", "")).with_file_name("tokens");
        std::fs::create_dir(&tokens).unwrap();
        let text = format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display());
        let configuration = self.file("softhsm2.conf", &text);
        let make = ["--init-token", "--free", "--label", "portner", "--pin", "1234", "--so-pin", "12345678"];
        let made = Command::new("softhsm2-util").args(make).env("SOFTHSM2_CONF", &configuration).output();
        assert!(made.as_ref().unwrap().status.success(), "{made:?}");
        self.sets("SOFTHSM2_CONF", &configuration);
        let pin = self.file("pin", "1234\n");
        private(Path::new(&pin));
        let section =
            format!("[keys.pkcs11]\nmodule = \"{SOFTHSM}\"\ntoken = \"portner\"\npin_file = \"{pin}\"\n");
        self.changes("[proxy]\n", &format!("{section}\n[proxy]\n"));
        true
    }
}

fn private(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn openssl(arguments: &[&str]) {
    let said = Command::new("openssl").args(arguments).output().unwrap();
    assert!(said.status.success(), "{said:?}");
}

#[test]
fn a_key_goes_through_its_life_at_the_command_line() {
    let made = Installation::new();
    made.registers_a_service_provider();
    let [first] = made.published("").try_into().unwrap();
    assert!(made.does(&["key", "list"]).contains(&format!("{first} active")));

    let said = made.does(&["key", "next"]);
    assert!(said.contains("--for mitid-erhverv") && said.contains("every other node needs a copy"), "{said}");
    let [active, next] = made.published("").try_into().unwrap();
    assert_eq!(active, first);
    assert_eq!(made.published("kombit").as_slice(), std::slice::from_ref(&first));
    made.runs(&["key", "next"]).complains(&["a next key is announced already"]);
    made.runs(&["key", "activate"]).complains(&["to be published for 24 hours", "--force"]);
    let rehearsed = made.does(&["key", "activate", "--dry-run"]);
    for part in [ENTITY_ID, "can't have read it everywhere", "it would be refused", "nothing is changed"] {
        assert!(rehearsed.contains(part), "{part}: {rehearsed}");
    }
    assert_eq!(made.published(""), [first.clone(), next.clone()], "a rehearsal changes nothing");

    assert!(made.does(&["key", "pin", ENTITY_ID]).contains("until further notice"));
    let rehearsed = made.does(&["key", "activate", "--dry-run", "--force"]);
    assert!(
        rehearsed.contains(&format!("stays with {first}")) && rehearsed.contains("nothing speaks against it")
    );
    made.does(&["key", "activate", "--force"]);
    assert_eq!(made.published(""), [next.clone(), first.clone()]);
    let listed = made.does(&["key", "list"]);
    assert!(listed.contains(&format!("pinned: {ENTITY_ID} until further notice")), "{listed}");
    assert!(listed.contains("days left"), "{listed}");

    made.does(&["key", "rollback"]);
    assert_eq!(made.published(""), [first.clone(), next.clone()]);
    made.does(&["key", "rollback"]);
    made.runs(&["key", "retire"]).complains(&["pinned to this key", "unpin"]);
    assert!(made.does(&["key", "unpin", ENTITY_ID]).contains("active key"));
    made.runs(&["key", "unpin", ENTITY_ID]).complains(&["pinned to no key"]);
    made.runs(&["key", "retire", &next]).complains(&["can't become retired"]);
    made.does(&["key", "retire"]);
    assert_eq!(made.published(""), [next]);
    assert!(made.does(&["key", "list"]).contains(&format!("{first} retired")));
    made.runs(&["key", "rollback"]).complains(&["no key is retiring"]);

    // The first key's files can go now.
    for name in ["signing.key", "signing.crt"] {
        std::fs::remove_file(made.data().join("keys").join(name)).unwrap();
    }
    made.does(&["key", "list"]);
    assert!(made.runs(&["check-config"]).ok);
    let events = made.does(&["audit", "events"]);
    for kind in ["signing-key-added", "signing-key-moved", "signing-key-pinned", "signing-key-unpinned"] {
        assert!(events.contains(&format!("\"kind\":\"{kind}\"")), "{kind}");
    }
}

#[test]
fn what_can_not_be_pinned_is_said() {
    let made = Installation::new();
    made.runs(&["key", "pin", ENTITY_ID]).complains(&["no service provider"]);
    made.registers_a_service_provider();
    made.runs(&["key", "pin", ENTITY_ID, "--key", "ffff"]).complains(&["no such key"]);
    made.runs(&["key", "pin", ENTITY_ID, "--until", "2020-01-01"]).complains(&["that day is over"]);
    assert!(made.runs(&["key", "pin", ENTITY_ID, "--until", "soon"]).err.contains("like 2027-03-01"));
    assert!(made.does(&["key", "pin", ENTITY_ID, "--until", "2099-01-01"]).contains("until 2099-01-01"));
}

#[test]
fn t_key_05_an_emergency_is_one_command_and_done_within_a_minute() {
    let made = Installation::new();
    made.registers_a_service_provider();
    let nemlogin = metadata("NemLog-in").replace(ENTITY_ID, "https://saml.nemlog.example");
    let policy = made.file("policy.toml", "profile = \"nemlog-in\"");
    made.does(&["sp", "add", &made.file("nemlogin.xml", &nemlogin), "--policy", &policy]);
    made.does(&["key", "next"]);
    made.does(&["key", "pin", ENTITY_ID]);
    let before = made.published("");

    let (config, program) = (made.config().display().to_string(), env!("CARGO_BIN_EXE_portner"));
    let said =
        Command::new("timeout").args(["60", program, "--config", &config, "key", "emergency"]).output();
    let said = said.unwrap();
    assert!(said.status.success(), "{said:?}");
    let said = String::from_utf8(said.stdout).unwrap();
    let [new] = made.published("").try_into().unwrap();
    assert!(!before.contains(&new) && said.contains(&format!("{new} signs from now on")), "{said}");
    for old in &before {
        assert!(said.contains(&format!("{old} was")) && said.contains("is retired"), "{said}");
    }
    for part in
        [ENTITY_ID, "https://saml.nemlog.example: upload", "mitid-erhverv.xml in MitID Erhverv", "revoke"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    for edition in ["upload", "mitid-erhverv", "kombit"] {
        let file = made.data().join("metadata").join(format!("{edition}.xml"));
        let read = IdentityProvider::parse(&std::fs::read(file).unwrap()).unwrap();
        assert_eq!(read.signing_keys[0].key_id(), new, "{edition}");
    }
    let listed = made.does(&["key", "list"]);
    assert!(listed.matches(" retired since").count() == 2 && !listed.contains("pinned"), "{listed}");
}

#[test]
fn t_key_03_a_key_in_a_token_is_announced_requested_and_used_in_an_emergency() {
    let mut made = Installation::new();
    made.runs(&["key", "next", "--in-token"]).complains(&["no token is configured", "[keys.pkcs11]"]);
    if !made.gets_a_token() {
        return;
    }
    assert!(made.runs(&["check-config"]).ok);
    let said = made.does(&["key", "next", "--in-token"]);
    assert!(said.contains("its private half is in the token"), "{said}");
    made.does(&["key", "activate", "--force"]);
    let published = made.does(&["key", "metadata"]);
    assert!(published.contains("<ds:SignatureValue"), "signed by the token: {published}");
    assert!(made.does(&["key", "emergency", "--in-token"]).contains("in the token"));
    assert!(!made.data().join("keys/signing").exists(), "no key file was made");

    std::fs::write(made.file("pin", ""), "4321").unwrap();
    made.runs(&["check-config"]).complains(&["PIN"]);
}

#[test]
fn a_certificate_is_asked_for_and_imported_for_a_key_that_was_made_here() {
    for in_token in [false, true] {
        let mut made = Installation::new();
        if in_token && !made.gets_a_token() {
            return;
        }
        let arguments: &[&str] =
            if in_token { &["key", "request", "--in-token"] } else { &["key", "request"] };
        let request = made.file("request.pem", &made.does(arguments));
        let at = |name: &str| made.file(name, "");
        let (ca_key, ca, certificate) = (at("ca.key"), at("ca.crt"), at("issued.crt"));
        let authority = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Issuer"];
        openssl(&[&authority[..], &["-keyout", &ca_key, "-out", &ca, "-days", "2"]].concat());
        // As OCES3 does it: the certificate itself is signed with RSASSA-PSS.
        let issue = ["x509", "-req", "-in", &request, "-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial"];
        let pss = ["-sigopt", "rsa_padding_mode:pss", "-days", "1", "-out", &certificate];
        openssl(&[&issue[..], &pss].concat());
        let said = made.does(&["key", "import", "--certificate", &certificate]);
        assert!(said.contains("the next key is"), "{said}");
        assert_eq!(made.published("").len(), 2);
        let listed = made.does(&["key", "list"]);
        assert!(listed.contains("NTRDK-12345678") && listed.contains("O=Eksempel Kommune"), "{listed}");
        made.does(&["key", "activate", "--force"]);
        assert!(made.does(&["audit", "events", "--kind", "signing-key-made"]).contains("public-key"));

        // A certificate of a key that is nowhere here.
        made.does(&["key", "retire"]);
        made.runs(&["key", "import", "--certificate", &ca])
            .complains(&["no private key of this certificate"]);
    }
}

#[test]
fn a_key_from_elsewhere_is_brought_and_kept_under_the_passphrase() {
    let made = Installation::new();
    let (key, certificate) = (made.file("their.key", ""), made.file("their.crt", ""));
    let make = ["req", "-x509", "-newkey", "rsa:3072", "-nodes", "-subj", "/CN=Brought", "-days", "9"];
    openssl(&[&make[..], &["-keyout", &key, "-out", &certificate]].concat());
    made.does(&["key", "import", "--certificate", &certificate, "--key", &key]);
    let kept = std::fs::read_dir(made.data().join("keys/signing")).unwrap().next().unwrap().unwrap().path();
    assert!(std::fs::read_to_string(kept).unwrap().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    assert!(
        made.does(&["audit", "events", "--kind", "signing-key-added"]).contains("\"origin\":\"brought\"")
    );
    let ours = made.data().join("keys/signing.crt").display().to_string();
    made.does(&["key", "activate", "--force"]);
    made.does(&["key", "retire"]);
    made.runs(&["key", "import", "--certificate", &ours, "--key", &key]).complains(&["can't be written"]);
}

/// As versions before this one made them: a plain key, no passphrase, nothing on record.
#[test]
fn an_old_installation_goes_on_with_its_key() {
    let made = Installation::new();
    let keys = made.data().join("keys");
    let (sealed, plain) = (keys.join("signing.key"), keys.join("plain.key"));
    let passphrase = format!("file:{}", keys.join("passphrase").display());
    let (from, to) = (sealed.display().to_string(), plain.display().to_string());
    openssl(&["pkcs8", "-in", &from, "-passin", &passphrase, "-out", &to]);
    std::fs::rename(&plain, &sealed).unwrap();
    private(&sealed);
    made.changes("passphrase_file = \"keys/passphrase\"\n", "");
    let said = made.runs(&["check-config"]);
    assert!(said.ok && said.out.contains("is not under a passphrase"), "{said:?}");
    assert_eq!(made.published("").len(), 1);
    made.runs(&["key", "next"]).complains(&["under a passphrase only", "keys.passphrase_file"]);
}

#[test]
fn a_wrong_passphrase_is_found_before_the_start() {
    let made = Installation::new();
    std::fs::write(made.data().join("keys/passphrase"), "another").unwrap();
    made.runs(&["check-config"]).complains(&["keys.signing_key_file", "does not open the key"]);
    std::fs::write(made.data().join("keys/passphrase"), "\n").unwrap();
    made.runs(&["check-config"]).complains(&["keys.passphrase_file", "is empty"]);
}
