//! Who is let in, who is trusted, and how long a token is kept.

use std::process::Command;
use std::sync::atomic::Ordering;

use portner_domain::Millis;
use portner_sync::client::{BadSettings, Failure, Pair};

use crate::server::{Authority, Server, Stage, answer, client};

const NOBODY: &str = r#"{"employees":[]}"#;

#[tokio::test]
async fn a_token_is_fetched_once_and_sent_with_every_call() {
    let stage = Stage::new().await;
    stage.server.says([answer(200, NOBODY), answer(200, NOBODY)]);
    for _ in 0..2 {
        stage.client.list().await.unwrap();
    }
    let heard = stage.server.heard();
    assert_eq!((heard.len(), stage.server.tokens()), (2, 1));
    for call in heard {
        let head = call.head.to_lowercase();
        assert!(head.contains("authorization: bearer token-1\r\n") && !head.contains("cookie"), "{head}");
        assert!(head.contains("accept: application/json\r\n"), "{head}");
    }
}

#[tokio::test]
async fn a_token_is_kept_for_half_its_life_and_never_longer_than_half_an_hour() {
    for (life, kept) in
        [(3_600, Millis::minutes(30)), (600, Millis::minutes(5)), (86_400, Millis::minutes(30))]
    {
        let stage = Stage::new().await;
        stage.server.says_for_a_token(answer(200, &format!(r#"{{"accessToken":"x","expiresIn":{life}}}"#)));
        stage.server.says((0..3).map(|_| answer(200, NOBODY)));
        stage.client.list().await.unwrap();
        stage.clock.turn(Millis(kept.0 - 1));
        stage.client.list().await.unwrap();
        assert_eq!(stage.server.tokens(), 1, "{life}");
        stage.clock.turn(Millis(1));
        stage.client.list().await.unwrap();
        assert_eq!(stage.server.tokens(), 2, "{life}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_taken_is_replaced_once() {
    let stage = Stage::new().await;
    stage.server.says([answer(401, ""), answer(200, NOBODY)]);
    stage.client.list().await.unwrap();
    let heard = stage.server.heard();
    assert!(heard[0].head.contains("token-1") && heard[1].head.contains("token-2"), "{heard:?}");
    stage.server.says((0..5).map(|_| answer(401, "")));
    let refused = stage.client.list().await.unwrap_err();
    assert_eq!(refused, Failure::NotAdmitted { status: 401, text: String::new() });
    assert_eq!((stage.server.heard().len(), stage.server.tokens()), (2, 3), "exactly one more of each");
}

#[tokio::test]
async fn who_gets_no_token_says_nothing() {
    let stage = Stage::new().await;
    for body in ["", "{}", "<html>", r#"{"accessToken":null}"#, r#"{"accessToken":"two\nlines"}"#] {
        stage.server.says_for_a_token(answer(200, body));
        assert!(stage.client.list().await.is_err(), "{body}");
    }
    stage.server.says_for_a_token(answer(403, "no IdM right"));
    let refused = stage.client.list().await.unwrap_err();
    assert_eq!(refused, Failure::NotAdmitted { status: 403, text: "no IdM right".to_owned() });
    assert!(stage.server.heard().is_empty(), "never a call without a token");
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_hears_nothing() {
    let clients = Authority::new("clients");
    let stage = Stage::with(&clients, vec![clients.pair(2040)], "somebody-else.example.dk").await;
    let wrong_name = stage.client.list().await.unwrap_err();
    assert!(matches!(wrong_name, Failure::Unreachable(_)), "{wrong_name:?}");
    let server = Server::start(&Authority::new("strangers"), &clients, "localhost").await;
    let (client, _) = client(server.base(), vec![clients.pair(2040)], &Authority::new("servers"));
    let wrong_authority = client.list().await.unwrap_err();
    assert!(matches!(wrong_authority, Failure::Unreachable(_)), "{wrong_authority:?}");
    assert!(server.connections.load(Ordering::SeqCst) >= 1, "somebody was there");
    assert_eq!((stage.server.tokens(), server.tokens()), (0, 0));
}

#[tokio::test]
async fn without_a_certificate_that_is_known_there_nobody_is_let_in() {
    let clients = Authority::new("clients");
    let stage = Stage::with(&clients, vec![Authority::new("strangers").pair(2040)], "localhost").await;
    assert!(stage.client.list().await.is_err());
    assert_eq!(stage.server.tokens(), 0);
}

#[tokio::test]
async fn while_certificates_change_the_one_that_is_valid_and_let_in_is_used() {
    let clients = Authority::new("clients");
    let strangers = Authority::new("strangers");
    for pairs in [
        vec![clients.pair(2026), clients.pair(2040)],
        vec![strangers.pair(2040), clients.pair(2040)],
        vec![clients.pair(2040), clients.pair(2026)],
    ] {
        let stage = Stage::with(&clients, pairs, "localhost").await;
        stage.server.says([answer(200, NOBODY)]);
        stage.client.list().await.unwrap();
        assert_eq!(stage.server.tokens(), 1);
    }
    let stage = Stage::with(&clients, vec![clients.pair(2026)], "localhost").await;
    assert_eq!(stage.client.list().await.unwrap_err(), Failure::NoCertificate);
    assert_eq!(stage.server.connections.load(Ordering::SeqCst), 0);
    let expires: Vec<_> = stage.client.pairs().map(|pair| pair.expires().to_string()).collect();
    assert_eq!(expires, ["2026-01-01T00:00:00.000Z"]);
}

/// As today's issuers write PKCS#12, and as others did before.
#[tokio::test]
async fn who_is_let_in_may_come_as_it_was_handed_out() {
    const PASSWORD: &str = "en lang adgangskode";
    let clients = Authority::new("clients");
    let (certificate, key) = clients.pem_pair(2040);
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("all.pem"), format!("{certificate}{}{key}", clients.pem)).unwrap();
    std::fs::write(at("password"), PASSWORD).unwrap();
    let password = format!("file:{}", at("password"));
    let export = ["pkcs12", "-export", "-in", &at("all.pem"), "-out", &at("p12"), "-passout", &password];
    for how in [
        [].as_slice(),
        &["-legacy"],
        &["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
        &["-name", "Æblegården", "-iter", "100000"],
    ] {
        let Ok(said) = Command::new("openssl").args(export).args(how).output() else {
            assert!(std::env::var_os("PORTNER_TEST_ALL").is_none(), "openssl is missing");
            return;
        };
        assert!(said.status.success(), "{said:?}");
        let file = std::fs::read(at("p12")).unwrap();
        let pair = Pair::from_pkcs12(&file, PASSWORD).unwrap();
        let stage = Stage::with(&clients, vec![pair], "localhost").await;
        stage.server.says([answer(200, NOBODY)]);
        stage.client.list().await.unwrap();
        let bad = |file: &[u8], password: &str| match Pair::from_pkcs12(file, password) {
            Err(BadSettings::Pair(why)) => assert!(!why.contains(PASSWORD), "{why}"),
            other => panic!("{other:?}"),
        };
        bad(&file, "another");
        bad(&file, "");
        bad(&file[..file.len() / 2], PASSWORD);
        bad(certificate.as_bytes(), PASSWORD);
        assert!(Pair::from_pem(&file, &file).unwrap_err().to_string().contains("password"), "{how:?}");
    }
    let cacerts =
        ["pkcs12", "-export", "-nokeys", "-in", &at("all.pem"), "-out", &at("p12"), "-passout", &password];
    assert!(Command::new("openssl").args(cacerts).status().unwrap().success());
    let keyless = Pair::from_pkcs12(&std::fs::read(at("p12")).unwrap(), PASSWORD).unwrap_err().to_string();
    assert!(keyless.contains("0 private keys"), "{keyless}");
}

#[test]
fn a_pair_is_a_certificate_and_its_own_key() {
    let authority = Authority::new("clients");
    let (certificate, key) = (authority.pem.as_bytes(), rcgen::KeyPair::generate().unwrap().serialize_pem());
    let bad = |certificate: &[u8], key: &[u8]| match Pair::from_pem(certificate, key) {
        Err(BadSettings::Pair(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(bad(b"", key.as_bytes()).contains("no certificate"));
    assert!(!bad(certificate, b"").is_empty());
    assert!(
        !bad(
            certificate,
            b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
        )
        .is_empty()
    );
    assert!(!format!("{:?}", authority.pair(2040)).contains("BEGIN"));
}
