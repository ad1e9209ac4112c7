//! What a browser is given to carry.

use axum::http::Method;
use axum::http::header::SET_COOKIE;

use crate::browser::Browser;
use crate::stage::{OIOSAML3, PASSWORD, SUBSTANTIAL, for_each_world};

const SESSION: &str = "__Host-portner-session";
/// Of the right form, so that nothing but its origin is wrong.
const PLANTED: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[tokio::test]
async fn t_ses_01_a_new_session_id_at_every_login_and_what_the_browser_brought_is_not_kept() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let mut browser = Browser::new(&world).await;
        let mut seen = vec![PLANTED.to_owned()];
        browser.cookies.insert(SESSION.to_owned(), PLANTED.to_owned());
        let ask = |class_refs: &'static [&'static str], force| {
            sp.request(&world, move |it| (it.class_refs, it.force_authn) = (class_refs, force))
        };
        // A login, a step up, and a login anew.
        for request in [ask(&[], false), ask(SUBSTANTIAL, false), ask(&[], true)] {
            assert!(browser.logs_in(&world, &request, &anna).await.has_field("SAMLResponse"));
            let session = browser.cookies[SESSION].clone();
            assert!(!seen.contains(&session));
            seen.push(session);
            world.pass(1);
        }
        let newest = seen.pop().unwrap();
        for old in seen {
            browser.cookies.insert(SESSION.to_owned(), old);
            assert!(
                browser.clone().asks(&ask(&[], false)).await.has_field("password"),
                "an old one is nobody's"
            );
        }
        browser.cookies.insert(SESSION.to_owned(), newest);
        assert!(browser.asks(&ask(&[], false)).await.has_field("SAMLResponse"));
    })
    .await;
}

#[tokio::test]
async fn t_ses_01_no_session_before_the_last_proof() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let mut browser = Browser::new(&world).await;
        let page = browser.asks(&sp.request(&world, |it| it.class_refs = SUBSTANTIAL)).await;
        let page = browser.submits(&page, &[("username", "anna"), ("password", PASSWORD)]).await;
        assert!(page.has_field("code"));
        assert!(!browser.cookies.contains_key(SESSION));
        assert!(!browser.opens("/").await.shows("Anna"), "half a login is nobody");
        browser.submits(&page, &[("code", &world.code(&anna))]).await;
        assert!(browser.cookies.contains_key(SESSION));
    })
    .await;
}

#[tokio::test]
async fn cookies_are_ours_alone_and_out_of_reach_of_scripts() {
    for_each_world(|world| async move {
        world.anna().await;
        let (sp, mut browser) = (world.sp("sag", OIOSAML3).await, Browser::new(&world).await);
        let login = browser.opens("/login").await.form();
        let csrf = login.field("csrf").unwrap();
        let typed = [("csrf", csrf), ("username", "anna"), ("password", PASSWORD)];
        let sent = browser.sends(Method::POST, &login.action, &typed).await;
        let request = sp.request(&world, |_| {});
        let path = request.url.strip_prefix(crate::browser::ORIGIN).unwrap();
        let first = Browser::new(&world).await.sends(Method::GET, path, &[]).await;
        let all = [&sent, &first].into_iter().flat_map(|page| page.headers.get_all(SET_COOKIE));
        let cookies: Vec<_> = all.map(|cookie| cookie.to_str().unwrap()).collect();
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        for cookie in cookies {
            for part in ["__Host-portner-", "; HttpOnly", "; Secure", "; Path=/", "; SameSite=Lax"] {
                assert!(cookie.contains(part), "{part}: {cookie}");
            }
            assert!(
                !cookie.contains("Domain") && !cookie.contains("Max-Age") && !cookie.contains("Expires"),
                "{cookie}"
            );
        }
    })
    .await;
}
