//! People are told what happened to their login: once, in both languages, over a way that nobody listens on.

use std::sync::Arc;

use portner_audit_log::Actor;
use portner_authenticators::{Attempt, Password, PasswordRules, Reopening, RuleSettings};
use portner_domain::authenticator::{Ceremony, Kind};
use portner_domain::proofing::Evidence;
use portner_domain::throttle::{FAILURES_IN_A_ROW_MAX, Wait};
use portner_domain::{FlowId, Millis};
use portner_web::PublicUrl;
use portner_web::mail::{MailServer, MailSettings, MailTls, Postman};
use portner_web::pages::{Site, Support};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::browser::{HOST_NAME, ORIGIN};
use crate::catcher::{Caught, Caughts, Ended, Offers, converse};
use crate::stage::{PASSWORD, User, World, for_each_world};

const HOST: &str = "localhost";

/// A mail server of a test.
pub struct Server {
    port: u16,
    caughts: Caughts,
}

/// How it protects the way to itself.
#[derive(Clone)]
pub enum Tls {
    Plain,
    Implicit(TlsAcceptor),
    AfterStart(TlsAcceptor),
}

impl Server {
    pub async fn start(tls: Tls) -> Self {
        let listener = TcpListener::bind((HOST, 0)).await.unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), caughts: Caughts::default() };
        let caughts = server.caughts.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (caughts, tls) = (caughts.clone(), tls.clone());
                // A client that does not trust it hangs up.
                tokio::spawn(async move { drop(talk(stream, &caughts, tls).await) });
            }
        });
        server
    }

    pub fn settings(&self, tls: MailTls, authority: Option<&Authority>) -> MailSettings {
        MailSettings {
            server: HOST.to_owned(),
            port: self.port,
            tls,
            login: None,
            from: "Eksempel Kommune <no-reply@example.dk>".to_owned(),
            authorities: authority.map(|it| it.pem.clone().into_bytes()),
        }
    }

    pub fn caught(&self) -> Vec<Caught> {
        self.caughts.all()
    }
}

async fn talk(mut stream: TcpStream, caughts: &Caughts, tls: Tls) -> std::io::Result<()> {
    match tls {
        Tls::Plain => converse(&mut stream, caughts, Offers::Nothing).await.map(drop),
        Tls::Implicit(acceptor) => {
            converse(&mut acceptor.accept(stream).await?, caughts, Offers::Nothing).await.map(drop)
        }
        Tls::AfterStart(acceptor) => {
            if converse(&mut stream, caughts, Offers::StartTls).await? == Ended::StartTls {
                let mut stream = acceptor.accept(stream).await?;
                converse(&mut stream, caughts, Offers::NothingAfterStartTls).await?;
            }
            Ok(())
        }
    }
}

/// Who says whose key is whose.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    fn acceptor(&self, host: &str, wish: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        wish(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        with_certificate(&certificate, &key)
    }
}

fn with_certificate(certificate: &rcgen::Certificate, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    TlsAcceptor::from(Arc::new(config))
}

pub async fn postman(world: &World, settings: Option<MailSettings>) -> Postman {
    let node = world.node().await;
    Postman {
        log: node.log.clone(),
        server: settings.map(|settings| MailServer::new(settings).unwrap()),
        public: PublicUrl { origin: ORIGIN.to_owned(), host: HOST_NAME.to_owned() },
        site: Site {
            organisation: "Eksempel Kommune".to_owned(),
            service_name: "Medarbejderlogin".to_owned(),
            support: Support { name: "IT-service".into(), phone: Some("70 10 20 30".into()), email: None },
            accessibility_url: None,
        },
    }
}

/// Anna, and nobody has anything to be told.
pub async fn settled_anna(world: &World) -> User {
    let anna = world.user("anna").with_password().with_totp().proofed(Evidence::InPerson).registered().await;
    for claimed in world.stage.log.claim_notices().await.unwrap() {
        world.stage.log.notice_given_up(&claimed.notice, "before-the-test").await.unwrap();
    }
    anna
}

/// The text of a letter as its reader sees it: quoted-printable undone (RFC 2045, 6.7).
pub fn read(message: &str) -> String {
    let joined = message.replace("=\r\n", "");
    let (mut bytes, mut rest) = (Vec::new(), joined.as_bytes());
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'=', [high, low, ..]) => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { tail.get(2..).unwrap() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn whoever_gets_a_new_app_or_is_locked_is_told_in_both_languages() {
    for_each_world(|world| async move {
        let (anna, server) = (settled_anna(&world).await, Server::start(Tls::Plain).await);
        let postman = postman(&world, Some(server.settings(MailTls::DangerPlain, None))).await;
        world.lock(&anna).await;
        assert_eq!(postman.round().await.unwrap(), 1);
        assert_eq!(postman.round().await.unwrap(), 0, "once");
        let caught = server.caught();
        let [letter] = caught.as_slice() else { panic!("{caught:?}") };
        assert_eq!(
            (letter.from.as_str(), &letter.to),
            ("no-reply@example.dk", &vec!["anna@example.dk".to_owned()])
        );
        let text = read(&letter.message);
        for part in
            ["Dit login er spærret", "Your login has been blocked", ORIGIN, "70 10 20 30", "kl. 10.15"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("href") && !text.contains("/me/"), "{text}");
        assert_eq!(world.events("notice-sent").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_password_to_be_changed_and_a_factor_closed_or_opened_are_told() {
    for_each_world(|mut world| async move {
        let (anna, server) = (settled_anna(&world).await, Server::start(Tls::Plain).await);
        let postman = postman(&world, Some(server.settings(MailTls::DangerPlain, None))).await;
        let settings = RuleSettings { chars_min: 30, ..Default::default() };
        world.password_rules = PasswordRules::open(settings).unwrap();
        let node = world.node().await;
        let (flow, address) =
            (FlowId::new(world.now(), &*world.stage.entropy), "198.51.100.7".parse().unwrap());
        let types = async |typed: &str| {
            let (attempt, typed) = (Attempt { flow, address }, Password::typed(typed).unwrap());
            let (name, who) = (&anna.identity.user_name, Some(&anna.identity));
            node.authenticators.verify_password(&attempt, name, who, &typed).await.unwrap()
        };
        let reads = async |da: &str, en: &str| {
            let before = server.caught().len();
            assert_eq!(postman.round().await.unwrap(), 1, "{en}");
            let text = read(&server.caught().get(before).unwrap().message);
            assert!(text.contains(da) && text.contains(en), "{text}");
            text
        };
        types(PASSWORD).await.unwrap();
        let text =
            reads("Din adgangskode opfylder ikke længere", "change the password under your profile").await;
        assert!(!text.contains("30 tegn") && !text.contains("nothing to do"), "{text}");
        types(PASSWORD).await.unwrap();
        assert_eq!(postman.round().await.unwrap(), 0, "when it begins, and not each time");
        for _ in 0..=FAILURES_IN_A_ROW_MAX {
            let closed = node.authenticators.closed(anna.identity.id, Kind::Password).await.unwrap();
            if let Some(Wait::Until(until)) = closed {
                world.stage.clock.advance(until.since(world.now()).unwrap());
            }
            types("wrong").await.unwrap_err();
        }
        let text = reads("er lukket, fordi der var for mange", "too many wrong attempts: password").await;
        assert!(text.contains("198.51.100.7"), "{text}");
        let why = Reopening::Support("seen at the desk".to_owned());
        let by = Actor::Operator { name: "ane".to_owned() };
        assert!(node.authenticators.reopen(by, anna.identity.id, why).await.unwrap());
        reads("Du kan logge ind igen", "Logging in is possible again").await;
    })
    .await;
}

#[tokio::test]
async fn what_can_not_be_sent_is_tried_again_and_given_up_after_a_day() {
    for_each_world(|world| async move {
        let (anna, server) = (settled_anna(&world).await, Server::start(Tls::Plain).await);
        let nobody = MailSettings { port: 9, ..server.settings(MailTls::DangerPlain, None) };
        let (deaf, working) = (
            postman(&world, Some(nobody)).await,
            postman(&world, Some(server.settings(MailTls::DangerPlain, None))).await,
        );
        world.lock(&anna).await;
        assert_eq!(deaf.round().await.unwrap(), 0);
        assert_eq!(working.round().await.unwrap(), 0, "not before it is due again");
        world.stage.clock.advance(Millis::minutes(1));
        assert_eq!(working.round().await.unwrap(), 1, "none is lost");

        world.unlock(&anna).await;
        for _ in 0..40 {
            assert_eq!(deaf.round().await.unwrap(), 0);
            world.stage.clock.advance(Millis::hours(1));
        }
        assert_eq!(world.stage.log.notices_waiting().await.unwrap().length, 0);
        let given_up =
            world.written().await.into_iter().filter(|it| it.contains("\"not-delivered\"")).count();
        assert_eq!((given_up, server.caught().len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn who_has_no_address_or_where_no_server_is_that_is_written_down() {
    for_each_world(|world| async move {
        let (anna, server) = (settled_anna(&world).await, Server::start(Tls::Plain).await);
        let with = async |address: &'static str| {
            let set = format!("UPDATE identity SET email = {address}");
            world.sql(Box::leak(set.into_boxed_str())).await;
            world.end_sessions(&anna).await;
            postman(&world, Some(server.settings(MailTls::DangerPlain, None))).await.round().await.unwrap()
        };
        assert_eq!(with("NULL").await, 0);
        assert_eq!(with("'anna@example.dk, mallory@evil.example'").await, 0);
        assert_eq!(with("'anna@example.dk\r\nRCPT TO:<x@evil.example>'").await, 0);
        world.end_sessions(&anna).await;
        assert_eq!(postman(&world, None).await.round().await.unwrap(), 0);
        let written = world.written().await.join("\n");
        for why in ["\"no-address\"", "\"bad-address\"", "\"no-mail-server\""] {
            assert!(written.contains(why), "{why}");
        }
        assert_eq!(server.caught(), []);
    })
    .await;
}

#[tokio::test]
async fn t_tls_01_a_mail_server_whose_certificate_does_not_fit_hears_nothing() {
    for_each_world(|world| async move {
        let anna = settled_anna(&world).await;
        world.lock(&anna).await;
        let (authority, strange) = (Authority::new(), Authority::new());
        let refused = async |tls: Tls, kind: MailTls| {
            let server = Server::start(tls).await;
            let postman = postman(&world, Some(server.settings(kind, Some(&authority)))).await;
            assert_eq!(postman.round().await.unwrap(), 0);
            assert_eq!(server.caught(), []);
            world.stage.clock.advance(Millis::hours(1));
        };
        let over = || authority.acceptor(HOST, |it| it.not_after = rcgen::date_time_ymd(2020, 1, 1));
        let own = KeyPair::generate().unwrap();
        let itself = CertificateParams::new(vec![HOST.to_owned()]).unwrap().self_signed(&own).unwrap();
        for acceptor in [
            authority.acceptor("evil.example", |_| {}),
            over(),
            strange.acceptor(HOST, |_| {}),
            with_certificate(&itself, &own),
        ] {
            refused(Tls::Implicit(acceptor.clone()), MailTls::Implicit).await;
            refused(Tls::AfterStart(acceptor), MailTls::StartTls).await;
        }
        // A server, or whoever stands between, that leaves STARTTLS out gets nothing either.
        refused(Tls::Plain, MailTls::StartTls).await;

        let good = Server::start(Tls::Implicit(authority.acceptor(HOST, |_| {}))).await;
        let settings = good.settings(MailTls::Implicit, Some(&authority));
        assert_eq!(postman(&world, Some(settings)).await.round().await.unwrap(), 1);
        world.unlock(&anna).await;
        let good = Server::start(Tls::AfterStart(authority.acceptor(HOST, |_| {}))).await;
        let settings = good.settings(MailTls::StartTls, Some(&authority));
        assert_eq!(postman(&world, Some(settings)).await.round().await.unwrap(), 1);
        assert_eq!(good.caught().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn t_host_01_a_letter_names_the_configured_address_whatever_a_request_said() {
    for_each_world(|world| async move {
        let (anna, server) = (settled_anna(&world).await, Server::start(Tls::Plain).await);
        let node = world.node().await;
        let mut tx = node
            .log
            .from_address("192.0.2.77".parse().unwrap())
            .begin(portner_audit_log::Actor::Identity(anna.identity.id))
            .await
            .unwrap();
        let bound =
            node.authenticators.bind_recovery_codes(&mut tx, anna.identity.id, Ceremony::Unvouched).await;
        let codes = bound.unwrap().1;
        tx.commit().await.unwrap();
        let postman = postman(&world, Some(server.settings(MailTls::DangerPlain, None))).await;
        assert_eq!(postman.round().await.unwrap(), 1);
        let text = read(&server.caught().remove(0).message);
        assert!(text.contains(ORIGIN) && text.contains("192.0.2.77"), "{text}");
        let addresses = text.matches("https://").count();
        assert_eq!(addresses, text.matches(ORIGIN).count(), "no other address: {text}");
        for code in &codes {
            assert!(!text.contains(code.expose().as_str()), "no code is in a letter");
        }
    })
    .await;
}
