//! Forms and hosts that are not ours.

use axum::http::Method;

use crate::browser::Browser;
use crate::stage::{OIOSAML3, PASSWORD, for_each_world};

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
