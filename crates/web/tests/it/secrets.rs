//! Nothing secret is left lying about.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use portner_audit_log::Engine;
use portner_authenticators::{Password, TotpSecret};
use portner_domain::authenticator::Ceremony;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::browser::Browser;
use crate::own_pages::{shown_secret, visits};
use crate::stage::{OIOSAML3, SUBSTANTIAL, User, World, for_each_world};

const TYPED_PASSWORD: &str = "kanariefugl i en mine 4711";
const WRONG_PASSWORD: &str = "papegøje i et bur 1984";
const WRONG_CODE: &str = "kanarie-98765";

/// The operational log of this process, with everything that our crates say.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Said {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

impl Said {
    /// A process has one log, which all tests in it listen to.
    fn listen() -> Self {
        static SAID: OnceLock<Said> = OnceLock::new();
        SAID.get_or_init(Self::begin).clone()
    }

    fn begin() -> Self {
        let said = Self::default();
        let ours = "portner_web=trace,portner_federation=trace,portner_authenticators=trace,\
                    portner_audit_log=trace,portner_directory=trace,sqlx=trace";
        let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(ours)).with_writer(said.clone());
        log.with_ansi(false).init();
        said
    }
}

/// Files of the installation; with PostgreSQL, what its tables say.
async fn stored(world: &World) -> Vec<u8> {
    let mut bytes = Vec::new();
    if world.stage.engine == Engine::Sqlite {
        for entry in std::fs::read_dir(world.stage.folder.path()).unwrap() {
            bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
        }
        return bytes;
    }
    for table in
        ["SELECT verifier FROM authenticator", "SELECT body FROM audit_pending", "SELECT value FROM name_id"]
    {
        let rows: Vec<String> =
            sqlx::query_scalar(table).fetch_all(world.stage.database.reader()).await.unwrap();
        bytes.extend(rows.join("\n").into_bytes());
    }
    bytes
}

async fn with_canary(world: &World) -> User {
    let anna = world.anna().await;
    let node = world.node().await;
    let hashed = node.authenticators.hash(&Password::typed(TYPED_PASSWORD).unwrap()).await.unwrap();
    let secret = TotpSecret::generate(&*world.stage.entropy);
    let ceremony = Ceremony::WithProofing(portner_domain::Level::Substantial);
    let mut tx = world.begin().await;
    node.authenticators.bind_password(&mut tx, anna.identity.id, &hashed, ceremony).await.unwrap();
    node.authenticators.bind_totp(&mut tx, anna.identity.id, &secret, ceremony).await.unwrap();
    tx.commit().await.unwrap();
    User { secret: Some(secret), ..anna }
}

#[tokio::test]
async fn t_log_01_no_secret_in_log_events_or_session_store() {
    let said = Said::listen();
    let said = &said;
    for_each_world(|world| async move {
        let (anna, sp) = (with_canary(&world).await, world.sp("sag", OIOSAML3).await);
        let mut browser = Browser::new(&world).await;
        let page = browser.asks(&sp.request(&world, |it| it.class_refs = SUBSTANTIAL)).await;
        let csrf = page.form().field("csrf").unwrap().to_owned();
        let page = browser.submits(&page, &[("username", "anna"), ("password", WRONG_PASSWORD)]).await;
        let page = browser.submits(&page, &[("username", "anna"), ("password", TYPED_PASSWORD)]).await;
        let page = browser.submits(&page, &[("code", WRONG_CODE)]).await;
        let code = world.code(&anna);
        let page = browser.submits(&page, &[("code", &code)]).await;
        assert!(page.has_field("SAMLResponse"), "{}", page.html);
        let answer = page.form().field("SAMLResponse").unwrap().to_owned();

        let in_base32 = anna.secret.as_ref().unwrap().expose().to_string();
        let raw = data_encoding::BASE32_NOPAD.decode(in_base32.as_bytes()).unwrap();
        let mut secrets: Vec<(String, Vec<u8>)> =
            [TYPED_PASSWORD, WRONG_PASSWORD, WRONG_CODE, &csrf, &answer[..200]]
                .iter()
                .map(|secret| ((*secret).to_owned(), secret.as_bytes().to_vec()))
                .collect();
        secrets
            .extend(browser.cookies.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())));
        secrets.push(("the device's secret".to_owned(), raw));
        secrets.push(("the device's secret in base32".to_owned(), in_base32.into_bytes()));
        assert_eq!(browser.cookies.len(), 2);

        let operational = said.0.lock().unwrap().clone();
        let audit = world.written().await.join("\n").into_bytes();
        let store = stored(&world).await;
        assert!(!operational.is_empty() && audit.len() > 1_000 && store.len() > 1_000);
        for (what, secret) in &secrets {
            for (place, bytes) in
                [("operational log", &operational), ("audit log", &audit), ("storage", &store)]
            {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_slice());
                assert!(!found, "{what} is in the {place}");
            }
        }
        let code = format!("\"{code}\"");
        assert!(!String::from_utf8_lossy(&audit).contains(&code));
    })
    .await;
}

#[tokio::test]
async fn t_log_01_what_is_typed_and_shown_on_ones_own_pages_is_nowhere_else() {
    const CHOSEN: &str = "flamingo på et ben 2026";
    const DIFFERENT: &str = "pelikan ved en sø 1999";
    const CODE: &str = "kanarie-55512";
    let said = &Said::listen();
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut browser = Browser::new(&world).await;
        let page = visits(&mut browser, &world, &anna, "/me/totp/new").await;
        let csrf = page.form().field("csrf").unwrap().to_owned();
        let raw = shown_secret(&page);
        let wrong = browser.submits(&page, &[("code", CODE)]).await;
        let form = browser.opens("/me/password").await;
        let differ = browser.submits(&form, &[("password", CHOSEN), ("password_again", DIFFERENT)]).await;
        let done = browser.submits(&form, &[("password", CHOSEN), ("password_again", CHOSEN)]).await;
        assert!(done.shows("The password has been changed"), "{}", done.html);
        for page in [&wrong, &differ, &done] {
            for typed in [CHOSEN, DIFFERENT, CODE] {
                assert!(!page.html.contains(typed), "{typed} is on a page");
            }
        }
        let in_base32 = data_encoding::BASE32_NOPAD.encode(&raw);
        assert!(!browser.opens("/me/authenticators").await.html.contains(&in_base32[..8]));
        let mut secrets: Vec<Vec<u8>> =
            [CHOSEN, DIFFERENT, CODE, &csrf, &in_base32].iter().map(|it| it.as_bytes().to_vec()).collect();
        secrets.extend(browser.cookies.values().map(|value| value.clone().into_bytes()));
        secrets.push(raw);
        let operational = said.0.lock().unwrap().clone();
        let audit = world.written().await.join("\n").into_bytes();
        let store = stored(&world).await;
        for secret in &secrets {
            for (place, bytes) in
                [("operational log", &operational), ("audit log", &audit), ("storage", &store)]
            {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_slice());
                assert!(!found, "{} is in the {place}", String::from_utf8_lossy(secret));
            }
        }
    })
    .await;
}
