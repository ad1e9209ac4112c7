//! The pages of a person's own: what they show, and what they change.

use std::collections::BTreeSet;

use axum::http::Method;
use portner_audit_log::Event;
use portner_domain::Level;
use portner_domain::authenticator::Kind;
use portner_domain::proofing::Evidence;

use crate::browser::{Browser, Page};
use crate::stage::{OIOSAML3, PASSWORD, SUBSTANTIAL, User, World, for_each_world};
use crate::welcome::{SERIAL, device_in_stock, two_codes};

/// From a page of somebody's own to that page, with whatever is asked for on the way.
pub async fn visits(browser: &mut Browser, world: &World, user: &User, target: &str) -> Page {
    let page = browser.opens(target).await;
    proves(browser, world, user, page).await
}

/// Answer whatever is asked for.
pub async fn proves(browser: &mut Browser, world: &World, user: &User, mut page: Page) -> Page {
    if page.has_field("password") && page.has_field("username") && page.form().action.starts_with("/login/") {
        let name = user.identity.user_name.as_str();
        page = browser.submits(&page, &[("username", name), ("password", PASSWORD)]).await;
    }
    if page.has_field("code") && page.form().action.starts_with("/login/") {
        page = browser.submits(&page, &[("code", &world.code(user))]).await;
    }
    page
}

/// The address of a link that ends so.
pub fn link(page: &Page, ending: &str) -> String {
    let links = page.html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut found = links.filter(|href| href.ends_with(ending));
    found.next().unwrap_or_else(|| panic!("no link to …{ending}: {}", page.html)).to_owned()
}

/// The secret on the page of a new app.
pub fn shown_secret(page: &Page) -> Vec<u8> {
    let groups = page.html.split("id=\"key\">").nth(1).unwrap().split("</dd>").next().unwrap();
    let letters: String =
        groups.replace("<span>", "").replace("</span>", "").chars().filter(|c| !c.is_whitespace()).collect();
    data_encoding::BASE32_NOPAD.decode(letters.as_bytes()).unwrap()
}

fn code_of(world: &World, secret: Vec<u8>) -> String {
    totp_rs::Builder::new()
        .with_secret(secret)
        .build_noncompliant()
        .generate(world.now().unix_seconds())
        .to_string()
}

#[tokio::test]
async fn t_redir_01_a_login_leads_back_to_the_page_it_was_for_and_nowhere_else() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut browser = Browser::new(&world).await;
        for path in ["/me", "/me/authenticators", "/me/sessions", "/me/log", "/me/terms", "/me/block"] {
            browser.cookies.clear();
            let page = visits(&mut browser, &world, &anna, path).await;
            assert_eq!(page.status, 200);
            assert!(page.html.contains(&format!("<a href=\"{path}\" aria-current")) || path == "/me/block");
        }
        // Nobody gets to write where a login ends.
        browser.cookies.clear();
        for foreign in ["/me?back=https://evil.example", "/me?lang=en&next=//evil.example"] {
            let asked = browser.opens(foreign).await;
            let page = proves(&mut browser, &world, &anna, asked).await;
            assert!(page.shows("Your profile") && !page.html.contains("evil.example"), "{}", page.html);
            browser.cookies.clear();
        }
        assert_eq!(browser.opens("/me/authenticators/https://evil.example/remove").await.status, 404);
        assert_eq!(browser.opens("/me/nothing").await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_profile_says_who_one_is_and_what_stands_in_the_way_of_more() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let page = visits(&mut Browser::new(&world).await, &world, &anna, "/me").await;
        for part in ["Anna Østergård & Søn", "anna@example.dk", "Eksempel Kommune", "has the level Low"] {
            assert!(page.shows(part), "{part}: {}", page.html);
        }
        assert!(page.shows("you can reach the level Substantial"));
        assert!(!page.shows("What is missing"), "the organisation is notified for no more");
        let bo = world.user("bo").with_password().proofed(Evidence::Register).registered().await;
        let page = visits(&mut Browser::new(&world).await, &world, &bo, "/me").await;
        assert!(page.shows("What is missing for Substantial?") && !page.shows("you can reach"));
        let missing = page.html.split("What is missing").nth(1).unwrap();
        assert!(
            missing.contains("verified at the level Low") && !missing.contains("ties to the organisation")
        );
    })
    .await;
}

#[tokio::test]
async fn an_app_is_added_when_it_has_shown_a_code_at_the_level_of_the_session() {
    for_each_world(|world| async move {
        let bo = world.user("bo").with_password().proofed(Evidence::InPerson).registered().await;
        let mut browser = Browser::new(&world).await;
        let page = visits(&mut browser, &world, &bo, "/me/totp/new").await;
        assert!(page.shows("registered at the level Low") && page.html.contains("<svg class=\"qr\""));
        let secret = shown_secret(&page);
        assert_eq!(secret.len(), 20);
        let again = browser.opens("/me/totp/new").await;
        assert_eq!(shown_secret(&again), secret, "a reload shows the same");

        let empty = browser.submits(&page, &[("code", " ")]).await;
        assert!(empty.shows("Enter the code from the app"));
        let wrong = browser.submits(&page, &[("code", "000000")]).await;
        assert!(wrong.shows("The code is wrong") && shown_secret(&wrong) == secret);
        assert!(world.events("authenticator-bound").await.len() == 1, "the password, and nothing else");

        let code = code_of(&world, secret);
        let done = browser.submits(&page, &[("code", &code)]).await;
        assert!(done.shows("The authenticator app has been added") && done.shows("Authenticator app"));
        assert!(!browser.opens("/me/authenticators").await.shows("has been added"), "it is said once");
        let late = browser.submits(&page, &[("code", &code)]).await;
        assert!(
            !late.shows("has been added"),
            "the secret is used up, and the password alone no longer enough"
        );

        // The code that confirmed it is spent; with a later one the level is that of the session that bound it.
        let mut elsewhere = Browser::new(&world).await;
        let sp = world.sp("sag", OIOSAML3).await;
        let stuck =
            elsewhere.logs_in(&world, &sp.request(&world, |it| it.class_refs = SUBSTANTIAL), &bo).await;
        assert!(
            !stuck.has_field("code") && !stuck.has_field("SAMLResponse"),
            "Low and Low is not Substantial"
        );
    })
    .await;
}

#[tokio::test]
async fn a_stolen_password_adds_and_removes_nothing() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut thief = Browser::new(&world).await;
        let list = visits(&mut thief, &world, &anna, "/me/authenticators").await;
        assert!(list.shows("Your login methods"), "a password gets that far");
        for target in ["/me/totp/new", "/me/password", &link(&list, "/remove")] {
            let asked = thief.opens(target).await;
            assert!(asked.form().action.ends_with("/code"), "{target}: {}", asked.html);
        }
        assert!(thief.opens("/me/authenticators").await.shows("Your login methods"));
    })
    .await;
}

#[tokio::test]
async fn a_change_needs_a_fresh_proof_and_the_form_comes_back_after_it() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut browser = Browser::new(&world).await;
        let page = visits(&mut browser, &world, &anna, "/me/password").await;
        assert!(page.shows("New password") && page.shows("registered at the level Substantial"));
        world.pass(11);
        let chosen = "helt andre ord end før";
        let typed = [("password", chosen), ("password_again", chosen)];
        let asked = browser.submits(&page, &typed).await;
        assert!(asked.form().action.ends_with("/password") && asked.has_field("username"), "{}", asked.html);
        assert_eq!(world.events("authenticator-bound").await.len(), 2, "nothing was changed");
        let page = proves(&mut browser, &world, &anna, asked).await;
        assert!(page.shows("New password"), "{}", page.html);

        let differ = browser.submits(&page, &[("password", chosen), ("password_again", "noget andet")]).await;
        assert!(differ.shows("The two passwords differ"));
        let short = browser.submits(&page, &[("password", "kort"), ("password_again", "kort")]).await;
        assert!(short.shows("at least 15 characters"));
        let mut other = Browser::new(&world).await;
        visits(&mut other, &world, &anna, "/me").await;
        let done = browser.submits(&page, &typed).await;
        assert!(done.shows("The password has been changed"), "{}", done.html);
        assert!(other.opens("/me").await.has_field("password"), "whoever knew the old one is out");
        let mut anew = Browser::new(&world).await;
        let asked = anew.opens("/me").await;
        let in_ = anew.submits(&asked, &[("username", "anna"), ("password", chosen)]).await;
        assert!(in_.shows("Your profile"));
    })
    .await;
}

#[tokio::test]
async fn what_the_level_rests_on_stays_until_there_is_another() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut browser = Browser::new(&world).await;
        let list = visits(&mut browser, &world, &anna, "/me/authenticators").await;
        let refused = visits(&mut browser, &world, &anna, &link(&list, "/remove")).await;
        assert!(refused.shows("It cannot be removed, because your level rests on it"), "{}", refused.html);
        assert!(world.events("authenticator-removed").await.is_empty());

        let form = browser.opens(&link(&list, "/name")).await;
        let bad = browser.submits(&form, &[("name", " ")]).await;
        assert!(bad.shows("Enter a name of at most 60 characters"));
        let named = browser.submits(&form, &[("name", "<b>Min</b> telefon")]).await;
        assert!(named.shows("<b>Min</b> telefon") && !named.html.contains("<b>Min"));
        assert!(!world.written().await.join("").contains("telefon"), "names are theirs, and in no event");
    })
    .await;
}

#[tokio::test]
async fn a_lost_device_stops_at_once_and_its_report_is_no_way_to_a_new_one() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let (mut phone, mut desk) = (Browser::new(&world).await, Browser::new(&world).await);
        visits(&mut phone, &world, &anna, "/me").await;
        world.pass(30);
        let list = visits(&mut desk, &world, &anna, "/me/authenticators").await;
        world.pass(20);
        // Any session may, twenty minutes old, with the password alone.
        let form = desk.opens(&link(&list, "/lost")).await;
        let done = desk.submits(&form, &[]).await;
        assert!(done.shows("no longer works") && done.shows("Reported lost"), "{}", done.html);
        assert_eq!(world.events("authenticator-reported-lost").await.len(), 1);
        assert!(phone.opens("/me").await.has_field("password"), "the device may have had a session");
        // With the password, which is all there is now, nothing can be added.
        let refused = visits(&mut desk, &world, &anna, "/me/totp/new").await;
        assert!(refused.shows("Use a recovery code, or contact support"), "{}", refused.html);
        let refused = visits(&mut desk, &world, &anna, "/me/password").await;
        assert!(refused.shows("Use a recovery code, or contact support"), "{}", refused.html);
        // The old codes are refused where one is asked for.
        let sp = world.sp("sag", OIOSAML3).await;
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        assert!(!Browser::new(&world).await.logs_in(&world, &request, &anna).await.has_field("SAMLResponse"));
    })
    .await;
}

#[tokio::test]
async fn whoever_blocks_themselves_is_out_everywhere_and_can_not_come_back() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let (mut here, mut there) = (Browser::new(&world).await, Browser::new(&world).await);
        visits(&mut there, &world, &anna, "/me").await;
        visits(&mut here, &world, &anna, "/me").await;
        world.pass(50);
        let form = here.opens("/me/block").await;
        assert!(form.shows("Only IT-service can lift the block"), "{}", form.html);
        let done = here.submits(&form, &[]).await;
        assert!(done.shows("Your login is blocked"), "{}", done.html);
        for browser in [&mut here, &mut there.moved(&world).await] {
            let asked = browser.opens("/me").await;
            let page = proves(browser, &world, &anna, asked).await;
            assert!(page.has_field("password"), "nobody logs in: {}", page.html);
        }
        let events = world.events("identity-locked").await;
        assert!(format!("{events:?}").contains("by the person"));
    })
    .await;
}

#[tokio::test]
async fn t_ses_03_a_session_ended_from_another_browser_is_over_on_every_node() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let sp = world.sp("sag", OIOSAML3).await;
        let mut here = Browser::new(&world).await;
        let mut there = Browser::new(&world).await;
        there.headers.push(("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0"));
        there.logs_in(&world, &sp.request(&world, |_| {}), &anna).await;
        let list = visits(&mut here, &world, &anna, "/me/sessions").await;
        assert!(list.shows("Firefox on Linux") && list.shows("192.0.2.1") && list.shows("This browser"));
        let form = list.forms().into_iter().find(|form| form.field("session").is_some()).unwrap();
        let mut on_the_other_node = there.moved(&world).await;
        assert!(on_the_other_node.opens("/me").await.shows("Your profile"));

        let done = here.sends_form(&form, &[]).await;
        assert!(done.shows("The login has been ended") && !done.shows("Firefox"), "{}", done.html);
        for browser in [&mut there, &mut on_the_other_node] {
            let page = browser.asks(&sp.request(&world, |_| {})).await;
            assert!(page.has_field("password"), "{}", page.html);
            assert!(
                browser.opens("/").await.html.contains("id=\"finish-logout\""),
                "the rest can be logged out"
            );
        }
        assert!(here.opens("/me").await.shows("Your profile"), "this one goes on");
        let gone = here.sends_form(&form, &[]).await;
        assert!(gone.shows("That login was over already"), "{}", gone.html);
        assert_eq!(world.events("session-ended-elsewhere").await.len(), 1);
        let out = there.opens("/").await;
        let hop = there.submits(&out, &[]).await;
        assert_eq!(hop.status, 200);
        assert!(world.events("session-ended").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn nobody_ends_the_session_of_somebody_else() {
    for_each_world(|world| async move {
        let (anna, bo) = (world.anna().await, world.user("bo").with_password().registered().await);
        let (mut hers, mut his) = (Browser::new(&world).await, Browser::new(&world).await);
        let mut her_other = Browser::new(&world).await;
        visits(&mut her_other, &world, &anna, "/me").await;
        let list = visits(&mut hers, &world, &anna, "/me/sessions").await;
        let name = list.forms().iter().find_map(|form| form.field("session").map(str::to_owned)).unwrap();
        visits(&mut his, &world, &bo, "/me").await;
        let mut his_other = Browser::new(&world).await;
        visits(&mut his_other, &world, &bo, "/me").await;
        let list = visits(&mut his, &world, &bo, "/me/sessions").await;
        assert!(!list.html.contains(&name));
        let form = list.forms().into_iter().find(|form| form.field("session").is_some()).unwrap();
        for wrong in [name.as_str(), "", "x", &"0".repeat(32)] {
            let page = his.sends_form(&form, &[("session", wrong)]).await;
            assert!(page.shows("was over already"), "{}", page.html);
        }
        let others = his.opens("/me/sessions").await;
        let form = others
            .forms()
            .into_iter()
            .find(|form| form.action == "/me/sessions" && form.field("session").is_none());
        let done = his.sends_form(&form.unwrap(), &[]).await;
        assert!(done.shows("All other logins have been ended"));
        assert!(his_other.opens("/me").await.has_field("password"));
        assert!(her_other.opens("/me").await.shows("Your profile"));
    })
    .await;
}

#[tokio::test]
async fn t_path_01_every_way_in_is_on_the_list_of_sessions() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let sp = world.sp("sag", OIOSAML3).await;
        let mut by_request = Browser::new(&world).await;
        by_request.logs_in(&world, &sp.request(&world, |it| it.class_refs = SUBSTANTIAL), &anna).await;
        world.pass(1);
        let mut by_own_page = Browser::new(&world).await;
        visits(&mut by_own_page, &world, &anna, "/login").await;
        world.pass(1);
        let mut by_step_up = Browser::new(&world).await;
        visits(&mut by_step_up, &world, &anna, "/me/password").await;
        let list = by_step_up.opens("/me/sessions").await;
        assert_eq!(list.html.matches("Network address").count(), 3, "{}", list.html);
        // The step-up went on with the session that the login began.
        let begun = world.events("session-begun").await;
        let name = |event: &Event| match event {
            Event::SessionBegun { session, .. } => session.clone(),
            other => panic!("{other:?}"),
        };
        let names: BTreeSet<String> = begun.iter().map(name).collect();
        assert_eq!((begun.len(), names.len()), (4, 3));
    })
    .await;
}

#[tokio::test]
async fn whoever_has_fifty_sessions_ends_the_oldest_with_the_next() {
    for_each_world(|world| async move {
        let bo = world.user("bo").with_password().registered().await;
        let mut browsers = Vec::new();
        for _ in 0..51 {
            let mut browser = Browser::new(&world).await;
            visits(&mut browser, &world, &bo, "/me").await;
            world.stage.clock.advance(portner_domain::Millis::seconds(1));
            browsers.push(browser);
        }
        assert!(browsers[0].opens("/me").await.has_field("password"), "the oldest is over");
        assert!(browsers[1].opens("/me").await.shows("Your profile"));
        let list = browsers[50].opens("/me/sessions").await;
        assert_eq!(list.html.matches("Network address").count(), 50);
    })
    .await;
}

#[tokio::test]
async fn a_log_says_what_happened_to_oneself_newest_first_and_page_by_page() {
    for_each_world(|world| async move {
        let (anna, bo) = (world.anna().await, world.user("bo").with_password().registered().await);
        let sp = world.sp("sag", OIOSAML3).await;
        let mut browser = Browser::new(&world).await;
        browser.logs_in(&world, &sp.request(&world, |_| {}), &anna).await;
        for _ in 0..60 {
            browser.asks(&sp.request(&world, |_| {})).await;
            world.stage.clock.advance(portner_domain::Millis::seconds(1));
        }
        visits(&mut Browser::new(&world).await, &world, &bo, "/me").await;
        world.stage.seal().await;
        let page = browser.opens("/me/log").await;
        assert!(page.shows("You were logged in at"), "{}", page.html);
        assert_eq!(page.html.matches("<li><strong>").count(), 50);
        let older = browser.opens(&link_to_older(&page)).await;
        assert!(
            older.shows("You used your password")
                && older.shows("A login began")
                && older.shows("You were registered")
        );
        assert!(!older.html.contains("id=\"older\"") && older.shows("Newest"));
        for nonsense in ["?before=x", "?before=-1", "?before=99999999999999999999"] {
            assert_eq!(browser.opens(&format!("/me/log{nonsense}")).await.status, 200);
        }
        assert_eq!(page.html.matches("me-event").count() + older.html.matches("me-event").count(), 0);
        let danish = browser.opens("/me/log?lang=da").await;
        assert!(danish.shows("Du blev logget ind på"));
    })
    .await;
}

fn link_to_older(page: &Page) -> String {
    let after = page.html.split("id=\"older\"").nth(1).unwrap();
    after.split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn terms_are_read_and_agreed_to_version_by_version() {
    use portner_directory::{Again, Terms, publish_terms};
    use portner_domain::terms::HoldFor::Levels;
    for_each_world(|world| async move {
        let bo = world.user("bo").with_password().registered().await;
        let mut browser = Browser::new(&world).await;
        assert!(visits(&mut browser, &world, &bo, "/me/terms").await.shows("There are no terms"));
        let first = world.publishes("2026-1", Again::Newcomers, Levels).await;
        let page = browser.opens("/me/terms").await;
        assert!(
            page.shows("Version 2026-1")
                && page.shows("<b>nothing</b>")
                && page.shows("not accepted these terms")
        );
        let done = browser.submits(&page, &[]).await;
        assert!(done.shows("You have accepted the terms") && done.forms().is_empty());
        let twice = browser.submits(&page, &[]).await;
        assert!(twice.shows("you have accepted them already"));
        assert_eq!(world.events("terms-accepted").await.len(), 1);

        let mut tx = world.begin().await;
        let changed = Terms { english: "Anything goes.".to_owned(), ..first };
        assert!(publish_terms(&world.stage.database, &mut tx, &changed).await.unwrap().is_err());
        drop(tx);
        world.publishes("2026-2", Again::Newcomers, Levels).await;
        let agreed = portner_directory::agreement(&world.stage.database, bo.identity.id).await.unwrap();
        assert!(!agreed.is_due, "the earlier one is enough");
        world.publishes("2026-3", Again::Everybody, Levels).await;
        let agreed = portner_directory::agreement(&world.stage.database, bo.identity.id).await.unwrap();
        assert!(agreed.is_due);
        let old = browser.submits(&page, &[]).await;
        assert!(old.shows("There are new terms"), "an old page agrees to nothing new: {}", old.html);
    })
    .await;
}

#[tokio::test]
async fn t_csrf_01_no_form_of_ones_own_pages_works_without_its_token() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut browser = Browser::new(&world).await;
        let list = visits(&mut browser, &world, &anna, "/me/authenticators").await;
        visits(&mut browser, &world, &anna, "/me/password").await;
        let (rename, remove, lost) = (link(&list, "/name"), link(&list, "/remove"), link(&list, "/lost"));
        let all = ["/me/totp/new", "/me/password", "/me/sessions", "/me/terms", "/me/block"];
        let all = all.into_iter().chain([rename.as_str(), &remove, &lost]);
        let mut stranger = Browser::new(&world).await;
        visits(&mut stranger, &world, &anna, "/me").await;
        let foreign = stranger.opens("/me/block").await.form().field("csrf").unwrap().to_owned();
        let logout = browser.opens("/").await.form().field("csrf").unwrap().to_owned();
        let before = world.written().await.len();
        for path in all {
            for token in ["", "x", &foreign, &logout] {
                let typed = [("csrf", token), ("code", "000000"), ("name", "x"), ("version", "1")];
                let page = browser.sends(Method::POST, path, &typed).await;
                assert_eq!(page.status, 403, "{path} {token}");
            }
            assert_eq!(browser.sends(Method::POST, path, &[]).await.status, 403, "{path}");
            let mut elsewhere = browser.clone();
            elsewhere.headers.push(("origin", "https://evil.example"));
            assert_eq!(elsewhere.sends(Method::POST, path, &[]).await.status, 403, "{path}");
            let mut nobody = Browser::new(&world).await;
            let asked = nobody.sends(Method::POST, path, &[("csrf", &foreign)]).await;
            assert_eq!(asked.status, 303, "{path}: who is not logged in is asked to");
        }
        assert_eq!(world.written().await.len(), before, "nothing happened");
        // A form of one session does not work in the next of the same browser.
        let form = browser.opens("/me/block").await;
        let bo = world.user("bo").with_password().registered().await;
        browser.cookies.remove("__Host-portner-session");
        visits(&mut browser, &world, &bo, "/me").await;
        assert_eq!(browser.submits(&form, &[]).await.status, 403);
    })
    .await;
}

#[tokio::test]
async fn whoever_has_to_change_their_password_reads_so_and_until_when() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut browser = Browser::new(&world).await;
        let before = visits(&mut browser, &world, &anna, "/me").await;
        assert!(!before.shows("You have to change your password"), "{}", before.html);
        world
            .sql(
                "INSERT INTO password_notice (authenticator, why, change_by) \
                 SELECT id, 'breached', 4102444800000 FROM authenticator WHERE kind = 'password'",
            )
            .await;
        let page = browser.opens("/me").await;
        assert!(page.shows("You have to change your password"), "{}", page.html);
        assert!(page.shows("known from a leak elsewhere") && page.shows("1 January 2100"), "{}", page.html);
        assert_eq!(link(&page, "/me/password"), "/me/password");
    })
    .await;
}

#[tokio::test]
async fn a_code_device_is_registered_by_its_holder_at_the_level_of_the_session_and_told_by_mail() {
    for_each_world(|world| async move {
        let (anna, mut browser) = (world.anna().await, Browser::new(&world).await);
        let list = visits(&mut browser, &world, &anna, "/me/authenticators").await;
        assert!(!list.html.contains("/me/code-devices/new"), "there are none");
        let seed = device_in_stock(&world).await;
        assert!(browser.opens("/me/authenticators").await.html.contains("href=\"/me/code-devices/new\""));
        let page = visits(&mut browser, &world, &anna, "/me/code-devices/new").await;
        assert!(page.shows("registered at the level Substantial"), "{}", page.html);
        let [one, next] = two_codes(&world, &seed);
        let typed = |serial, code, next_code| [("serial", serial), ("code", code), ("next_code", next_code)];
        let empty = browser.submits(&page, &typed(SERIAL, &one, "")).await;
        assert!(empty.shows("Enter the serial number and both codes"), "{}", empty.html);
        let mut answers = Vec::new();
        for (serial, code) in [("7654321", &one), (SERIAL, &next)] {
            let wrong = browser.submits(&page, &typed(serial, code, &next)).await;
            assert!(wrong.shows("do not belong together"), "{}", wrong.html);
            answers.push(wrong.html);
        }
        assert_eq!(answers[0], answers[1], "which numbers there are is not told");
        let log = world.node().await.log;
        let before = log.notices_waiting().await.unwrap().length;
        let spaced = format!(" {SERIAL} ");
        let done = browser.submits(&page, &typed(&spaced, &one, &next)).await;
        assert!(
            done.shows("The code device has been registered") && done.shows("Code device"),
            "{}",
            done.html
        );
        assert_eq!(log.notices_waiting().await.unwrap().length, before + 1, "she is told");
        let bound = world.events("authenticator-bound").await;
        let Some(Event::AuthenticatorBound { authenticator_kind, level, .. }) = bound.last() else {
            panic!()
        };
        assert_eq!((*authenticator_kind, *level), (Kind::TotpDevice, Some(Level::Substantial)));
        assert_eq!(world.events("code-device-assigned").await.len(), 1);

        // The second factor was proved too long ago: it is asked for, and nothing is looked at.
        world.pass(11);
        let declined = world.events("code-device-declined").await.len();
        let late = browser.submits(&page, &typed(SERIAL, "000000", "000001")).await;
        assert!(late.form().action.starts_with("/login/"), "{}", late.html);
        assert_eq!(world.events("code-device-declined").await.len(), declined);
    })
    .await;
}

#[tokio::test]
async fn t_bf_01_whoever_tries_numbers_of_devices_is_told_to_wait() {
    for_each_world(|world| async move {
        let (anna, mut browser) = (world.anna().await, Browser::new(&world).await);
        device_in_stock(&world).await;
        let page = visits(&mut browser, &world, &anna, "/me/code-devices/new").await;
        for _ in 0..5 {
            let typed = [("serial", "7654321"), ("code", "000000"), ("next_code", "000001")];
            assert!(browser.submits(&page, &typed).await.shows("do not belong together"));
        }
        let typed = [("serial", SERIAL), ("code", "000000"), ("next_code", "000001")];
        let closed = browser.submits(&page, &typed).await;
        assert!(closed.shows("There have been too many attempts"), "{}", closed.html);
    })
    .await;
}
