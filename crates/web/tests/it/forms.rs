//! Forms and hosts that are not ours.

use axum::http::Method;
use portner_authenticators::invitation::{INVITATION_LIFE_MAX, invite};
use portner_directory::make_setup_link;
use portner_saml::Binding;

use crate::browser::Browser;
use crate::own_pages::visits;
use crate::stage::{OIOSAML3, PASSWORD, SUBSTANTIAL, World, for_each_world};

#[tokio::test]
async fn t_csrf_01_a_form_without_the_token_of_its_login_is_refused() {
    for_each_world(|world| async move {
        world.anna().await;
        let (sp, mut browser) = (world.sp("sag", OIOSAML3).await, Browser::new(&world).await);
        let login = browser.asks(&sp.request(&world, |_| {})).await.form();
        let other = browser.asks(&sp.request(&world, |_| {})).await.form();
        let strange = Browser::new(&world).await.asks(&sp.request(&world, |_| {})).await.form();
        let typed = [("username", "anna"), ("password", PASSWORD)];
        let zeros = "0".repeat(64);
        let wrong = ["", "x", zeros.as_str(), other.field("csrf").unwrap(), strange.field("csrf").unwrap()];
        for token in wrong {
            let all = [typed.as_slice(), &[("csrf", token)]].concat();
            let page = browser.sends(Method::POST, &login.action, &all).await;
            assert_eq!((page.status, page.forms().len()), (403, 0), "{token:?}");
            let cancel = login.action.replace("/password", "/cancel");
            assert_eq!(browser.sends(Method::POST, &cancel, &[("csrf", token)]).await.status, 403);
        }
        let none = browser.sends(Method::POST, &login.action, &typed).await;
        assert_eq!(none.status, 403);
        let mut forgetful = browser.clone();
        forgetful.cookies.clear();
        assert_eq!(forgetful.sends_form(&login, &typed).await.status, 400, "no cookies, no login");
        assert_eq!(world.events("authenticator-accepted").await, [], "nothing typed was looked at");
        assert!(browser.sends_form(&login, &typed).await.has_field("SAMLResponse"));
    })
    .await;
}

/// Where other sites send what they have signed.
const SIGNED: [&str; 2] = ["/saml/sso", "/saml/slo"];

/// Anna in the middle of everything: logged in lately enough for any change, with another login, a logout, an
/// invitation and the first administrator's link before her.
struct Busy {
    browser: Browser,
    of: Vec<(&'static str, String)>,
    foreign: String,
}

impl Busy {
    async fn at(world: &World) -> Self {
        let (anna, mut browser) = (world.anna().await, Browser::new(world).await);
        let sag = world.sp_with_logout("sag", OIOSAML3, &[Binding::Redirect]).await;
        let plan = world.sp("plan", OIOSAML3).await;
        browser.logs_in(world, &sag.request(world, |it| it.class_refs = SUBSTANTIAL), &anna).await;
        let start = browser.opens("/").await;
        let hop = browser.submits(&start, &[]).await;
        world.pass(1);
        let list = visits(&mut browser, world, &anna, "/me/authenticators").await;
        let login = browser.asks(&plan.request(world, |it| it.force_authn = true)).await.form().action;
        let mut tx = world.begin().await;
        let entropy = &*world.stage.entropy;
        let invited = invite(&mut tx, entropy, anna.identity.id, None, INVITATION_LIFE_MAX).await.unwrap();
        let setup = make_setup_link(&mut tx, entropy).await.unwrap();
        tx.commit().await.unwrap();
        let code = invited.unwrap().1.expose().to_string();
        let page = browser.opens(&format!("/welcome/{code}")).await;
        browser.submits(&page, &[]).await;
        let between = |text: &str, before: &str| {
            let (_, rest) = text.split_once(before).unwrap();
            rest.split(['/', '"']).next().unwrap().to_owned()
        };
        let of = vec![
            ("/logout/{id}", format!("/logout/{}", between(&hop.form().action, "/logout/"))),
            ("{flow}", between(&login, "/login/")),
            ("{code}", code),
            ("{token}", setup.expose().to_string()),
            ("{person}", anna.identity.id.to_string()),
            ("{provider}", anna.identity.id.to_string()),
            ("{letter}", "locked".to_owned()),
            ("{draft}", "0".repeat(64)),
            ("{id}", between(&list.html, "/me/authenticators/")),
        ];
        let foreign = Browser::new(world).await.opens("/login").await;
        let foreign = foreign.form().field("csrf").unwrap().to_owned();
        Self { browser, of, foreign }
    }

    /// The path as it is for her.
    fn fills(&self, path: &str) -> String {
        self.of.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
    }
}

#[tokio::test]
async fn t_csrf_01_no_route_takes_a_form_without_its_token() {
    for_each_world(|world| async move {
        let mut busy = Busy::at(&world).await;
        let own = busy.browser.opens("/me/block").await.form().field("csrf").unwrap().to_owned();
        let (before, mut taken) = (world.written().await.len(), Vec::new());
        for path in portner_web::paths().filter(|path| !SIGNED.contains(path)) {
            let target = busy.fills(path);
            assert!(!target.contains(['{', '}']) || path.contains("{*"), "say what stands in {path}");
            let mut tokens = vec![None, Some(""), Some("x"), Some(busy.foreign.as_str())];
            tokens.extend((path != "/me/block").then_some(Some(own.as_str())));
            for token in tokens {
                let mut typed = vec![("wish", "passkey"), ("name", "x"), ("code", "000000"), ("hop", "0")];
                typed.extend(token.map(|token| ("csrf", token)));
                let mut browser = busy.browser.clone();
                let page = browser.sends(Method::POST, &target, &typed).await;
                match page.status {
                    405 => {}
                    403 => taken.push(path),
                    other => panic!("{path} with {token:?}: {other} {}", page.html),
                }
            }
        }
        taken.dedup();
        assert!(taken.len() >= 32, "these take forms: {taken:?}");
        assert_eq!(world.written().await.len(), before, "nothing happened");
    })
    .await;
}

#[tokio::test]
async fn t_csrf_01_a_form_from_another_site_is_refused_even_with_the_token() {
    for_each_world(|world| async move {
        let (sp, mut browser) = (world.sp("sag", OIOSAML3).await, Browser::new(&world).await);
        let login = browser.asks(&sp.request(&world, |_| {})).await.form();
        for foreign in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            browser.headers = vec![foreign];
            let page = browser.sends_form(&login, &[("username", "anna"), ("password", PASSWORD)]).await;
            assert_eq!(page.status, 403, "{foreign:?}");
        }
        assert!(world.events("authenticator-refused").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn t_host_01_no_other_host_is_answered_and_no_header_moves_a_link() {
    for_each_world(|world| async move {
        let (sp, mut browser) = (world.sp("sag", OIOSAML3).await, Browser::new(&world).await);
        for (name, value) in
            [("host", "evil.example"), ("host", "login.example.dk.evil.example"), ("host", "")]
        {
            browser.headers = vec![(name, value)];
            for target in ["/", "/login", "/saml/metadata", "/saml/sso", "/nothing"] {
                let page = browser.sends(Method::GET, target, &[]).await;
                assert_eq!(page.status, 421, "{name}: {value} {target}");
                assert!(!page.html.contains("evil"), "{}", page.html);
            }
        }
        browser.headers.clear();
        let absolute = browser.sends(Method::GET, "http://evil.example/", &[]).await;
        assert_eq!(absolute.status, 421);
        let plain = browser.opens("/saml/metadata").await.html;
        for header in ["x-forwarded-host", "forwarded", "x-host", "x-original-url"] {
            browser.headers = vec![(header, "host=evil.example")];
            assert_eq!(browser.opens("/saml/metadata").await.html, plain, "{header}");
            let page = browser.asks(&sp.request(&world, |_| {})).await;
            assert!(page.status == 200 && !page.html.contains("evil"), "{header}");
            assert!(page.form().action.starts_with("/login/"), "{header}");
        }
    })
    .await;
}
