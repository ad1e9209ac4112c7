//! Keys in a PKCS#11 token, played by SoftHSM. Its configuration is a matter of the process, so each test is run
//! again in a process of its own, which has a fresh token.

use std::path::{Path, PathBuf};
use std::process::Command;

use portner_audit_log::testing::TestEntropy;
use portner_domain::signing_key::Urgency;
use portner_federation::keys::life::announce;
use portner_federation::keys::token::{Token, TokenKey, TokenSettings};
use portner_federation::keys::{Made, Place, PrivateHalves};
use portner_federation::{Edition, Keys};
use portner_saml::generate::{BareKey, Subject, certificate_request, self_signed};
use portner_saml::{Certificate, Signer};
use zeroize::Zeroizing;

use crate::browser::Browser;
use crate::keys::{DAY, id};
use crate::stage::{OIOSAML3, World, for_each_world};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const CONFIGURATION: &str = "SOFTHSM2_CONF";
const LABEL: &str = "portner";
const PIN: &str = "1234";

/// Run this test in a process of its own, with a fresh token. True if this is that process.
fn has_a_token(test: &str) -> bool {
    if std::env::var_os(CONFIGURATION).is_some() {
        return true;
    }
    if !Path::new(MODULE).exists() {
        assert!(std::env::var_os("PORTNER_TEST_ALL").is_none(), "{MODULE} is missing");
        return false;
    }
    let folder = tempfile::tempdir().unwrap();
    let (configuration, tokens) = (folder.path().join("softhsm2.conf"), folder.path().join("tokens"));
    std::fs::create_dir(&tokens).unwrap();
    let text = format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display());
    std::fs::write(&configuration, text).unwrap();
    let make = ["--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "12345678"];
    let made = Command::new("softhsm2-util").args(make).env(CONFIGURATION, &configuration).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    runs_again(test, &configuration);
    false
}

/// Run a test in a process of its own, where SoftHSM has this configuration.
fn runs_again(test: &str, configuration: &Path) {
    let name = format!("token::{test}");
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", &name, "--nocapture"]).env(CONFIGURATION, configuration);
    let played = again.output().unwrap();
    let said =
        String::from_utf8_lossy(&played.stdout).into_owned() + &String::from_utf8_lossy(&played.stderr);
    assert!(played.status.success() && said.contains("1 passed"), "{said}");
}

/// Where SoftHSM keeps what is in its tokens.
fn folder_of_tokens() -> PathBuf {
    Path::new(&std::env::var_os(CONFIGURATION).unwrap()).with_file_name("tokens")
}

fn settings(pin: &str) -> TokenSettings {
    TokenSettings { module: MODULE.into(), label: LABEL.to_owned(), pin: Zeroizing::new(pin.to_owned()) }
}

fn token() -> Token {
    Token::start(settings(PIN)).unwrap()
}

fn in_token(world: &World) -> PrivateHalves {
    PrivateHalves::new(world.stage.folder.path().to_owned(), None, Some(token()))
}

fn certified(key: &dyn BareKey, world_seed: u64) -> Certificate {
    let now = portner_audit_log::testing::START;
    let pem = self_signed("Eksempel Kommune - Portner", key, now, &TestEntropy::new(world_seed)).unwrap();
    Certificate::from_pem(pem.as_bytes()).unwrap()
}

#[test]
fn t_key_03_a_key_made_in_the_token_signs_and_can_not_be_taken_out() {
    if !has_a_token("t_key_03_a_key_made_in_the_token_signs_and_can_not_be_taken_out") {
        return;
    }
    let token = token();
    let key = token.generate(&TestEntropy::new(1)).unwrap();
    let certificate = certified(&key, 2);
    assert_eq!(certificate.public_key().description(), "RSA 3072 bits");
    let modulus = certificate.public_key().rsa_modulus().unwrap();
    assert_eq!(token.find(&modulus).unwrap().as_deref(), Some(key.name()));
    assert_eq!(token.find(&[1, 2, 3]).unwrap(), None);
    let signer = TokenKey::new(token.clone(), key.name(), certificate.clone()).unwrap();
    let spki = x509_of(&certificate);
    let signature = signer.sign(b"something").unwrap();
    let verify = |bytes: &[u8]| {
        aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256, &spki)
            .verify(bytes, &signature)
    };
    assert!(verify(b"something").is_ok() && verify(b"something else").is_err());
    let subject = Subject { name: "x".to_owned(), organisation: "y".to_owned(), cvr: "12345678".to_owned() };
    assert!(certificate_request(&subject, &key).unwrap().contains("BEGIN CERTIFICATE REQUEST"));

    // Another program with the PIN can use the key, but asks in vain for its bytes.
    let library = cryptoki::context::Pkcs11::new(MODULE).unwrap();
    let slot = library.get_slots_with_initialized_token().unwrap()[0];
    let session = library.open_ro_session(slot).unwrap();
    use cryptoki::object::{Attribute, AttributeType, ObjectClass};
    let found = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).unwrap();
    let wanted = [AttributeType::PrivateExponent, AttributeType::Sensitive, AttributeType::Extractable];
    let shown = session.get_attributes(found[0], &wanted).unwrap();
    assert!(shown.contains(&Attribute::Sensitive(true)) && shown.contains(&Attribute::Extractable(false)));
    assert!(!shown.iter().any(|it| matches!(it, Attribute::PrivateExponent(_))), "{shown:?}");

    // A certificate of another key does not pass for this one's.
    let other = certified(&token.generate(&TestEntropy::new(3)).unwrap(), 4);
    assert!(TokenKey::new(token, key.name(), other).is_err());
}

fn x509_of(certificate: &Certificate) -> Vec<u8> {
    let output = |arguments: &[&str], input: &[u8]| {
        use std::io::Write as _;
        let mut child = Command::new("openssl")
            .args(arguments)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap().stdout
    };
    let pem = output(&["x509", "-inform", "DER", "-noout", "-pubkey"], certificate.der());
    output(&["pkey", "-pubin", "-outform", "DER"], &pem)
}

#[test]
fn a_wrong_pin_is_tried_once() {
    if !has_a_token("a_wrong_pin_is_tried_once") {
        return;
    }
    let wrong = Token::start(settings("4321")).unwrap();
    let said = wrong.find(&[1]).unwrap_err().to_string();
    assert!(said.contains("PIN"), "{said}");
    for _ in 0..20 {
        let said = wrong.find(&[1]).unwrap_err().to_string();
        assert!(said.contains("refused its PIN") && said.contains("keys.pkcs11.pin_file"), "{said}");
    }
    assert_eq!(token().find(&[1]).unwrap(), None, "the token is not locked");
}

#[test]
fn a_token_that_is_not_there_is_a_sentence_and_one_that_comes_is_used() {
    if !has_a_token("a_token_that_is_not_there_is_a_sentence_and_one_that_comes_is_used") {
        return;
    }
    let absent = Token::start(TokenSettings { label: "lost".to_owned(), ..settings(PIN) }).unwrap();
    assert!(absent.find(&[1]).unwrap_err().to_string().contains("is not there"));
    let module = Token::start(TokenSettings { module: "/nowhere.so".into(), ..settings(PIN) }).unwrap();
    assert!(module.find(&[1]).unwrap_err().to_string().contains("can't be opened"));

    let token = token();
    let key = token.generate(&TestEntropy::new(1)).unwrap();
    let before = key.sign(b"x").unwrap();
    let (tokens, away) = (folder_of_tokens(), folder_of_tokens().with_file_name("away"));
    for _ in 0..2 {
        std::fs::rename(&tokens, &away).unwrap();
        assert!(key.sign(b"x").is_err() && key.sign(b"x").is_err(), "a token that is gone does not sign");
        std::fs::rename(&away, &tokens).unwrap();
        assert_eq!(key.sign(b"x").unwrap(), before, "and signs when it is back");
    }
}

#[test]
fn a_token_that_does_not_answer_is_a_refusal() {
    if std::env::var_os(CONFIGURATION).is_some() {
        let said = token().find(&[1]).unwrap_err().to_string();
        assert!(said.contains("did not answer in 5 s"), "{said}");
    } else if Path::new(MODULE).exists() {
        // SoftHSM that reads its configuration from a pipe to which nobody writes hangs, as a device may.
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("softhsm2.conf");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        runs_again("a_token_that_does_not_answer_is_a_refusal", &pipe);
    }
}

/// What is asked for on the runtime of `serve`: many at a time, without a thread that waits for the token.
#[test]
fn many_signatures_at_once_on_a_runtime_of_two_threads() {
    if !has_a_token("many_signatures_at_once_on_a_runtime_of_two_threads") {
        return;
    }
    let token = token();
    let key = token.generate(&TestEntropy::new(1)).unwrap();
    let key = std::sync::Arc::new(TokenKey::new(token, key.name(), certified(&key, 2)).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let sign = |n: usize| {
            let key = std::sync::Arc::clone(&key);
            tokio::spawn(async move { key.sign(&n.to_be_bytes()) })
        };
        let signed: Vec<_> = (0..100).map(sign).collect();
        for task in signed {
            assert_eq!(task.await.unwrap().unwrap().len(), 384);
        }
    });
}

#[tokio::test]
async fn somebody_logs_in_with_a_key_that_lives_in_a_token() {
    if !has_a_token("somebody_logs_in_with_a_key_that_lives_in_a_token") {
        return;
    }
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let halves = in_token(&world);
        let Made { place, key } = halves.make_in_token(&*world.stage.entropy).unwrap();
        let made = certified(&*key, 5);
        assert!(matches!(&place, Place::Token(_)));
        assert_eq!(halves.find(&made).unwrap(), place);
        let db = &world.stage.database;
        let origin = portner_audit_log::KeyOrigin::Made;
        let done = world.keeps(async |tx| announce(db, tx, (&made, &place), origin).await).await;
        done.unwrap().unwrap();
        world.stage.clock.advance(DAY);
        world.activates(Urgency::Ordinary).await;
        let node = world.node_with(async |log| Keys::on_record(log, in_token(&world)).await.unwrap()).await;

        let mut sp = world.sp("sag", OIOSAML3).await;
        let published = world.publication(&node).edition(Edition::Published).await.unwrap();
        sp.learns(&published);
        assert_eq!(sp.knows(), [made.key_id().to_owned(), id(crate::keys::FIRST)]);
        let anna = world.user("anna").with_password().registered().await;
        let request = sp.request(&world, |_| {});
        let form = Browser::default().logs_in(&world, &node, &request, &anna).await;
        sp.reads(&world, &form.saml_response, &request.id).unwrap();
    })
    .await;
}
