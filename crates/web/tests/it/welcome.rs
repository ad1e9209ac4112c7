//! The first time, through the pages: from an invitation to a login at the level that somebody vouched for.

use axum::http::Method;
use portner_audit_log::Event;
use portner_authenticators::device::NewDevice;
use portner_authenticators::invitation::{CHOSEN_LIFE, INVITATION_LIFE_MAX, InvitationRefusal, invite};
use portner_authenticators::{Attempt, CodeShape, Password, TotpSecret};
use portner_directory::record_proofing;
use portner_domain::authenticator::Kind;
use portner_domain::proofing::{Evidence, Proofing};
use portner_domain::throttle::{FAILURES_IN_A_ROW_MAX, Wait};
use portner_domain::{FlowId, Level, Millis};

use crate::browser::{Browser, ORIGIN, Page};
use crate::key::question;
use crate::soft_key::SoftKey;
use crate::stage::{OIOSAML3, PASSWORD, SUBSTANTIAL, User, World, for_each_world};

const CHOSEN: &str = "et langt og godt kodeord";

pub async fn proofed(world: &World, user: &User, evidence: Evidence) -> Proofing {
    let mut tx = world.begin().await;
    let proofing =
        record_proofing(&mut tx, &*world.stage.entropy, user.identity.person, evidence).await.unwrap();
    tx.commit().await.unwrap();
    proofing
}

/// The code that somebody is handed.
pub async fn invited(world: &World, user: &User, with: Option<&Proofing>) -> String {
    let mut tx = world.begin().await;
    let made =
        invite(&mut tx, &*world.stage.entropy, user.identity.id, with, INVITATION_LIFE_MAX).await.unwrap();
    tx.commit().await.unwrap();
    made.unwrap().1.expose().to_string()
}

/// From the link to the form.
pub async fn begins(browser: &mut Browser, code: &str) -> Page {
    let page = browser.opens(&format!("/welcome/{code}")).await;
    assert_eq!(page.status, 200, "{}", page.html);
    browser.submits(&page, &[]).await
}

fn secret(page: &Page) -> TotpSecret {
    let (_, rest) = page.html.split_once("id=\"key\">").unwrap();
    let (groups, _) = rest.split_once("</dd>").unwrap();
    let plain = groups.replace("<span>", "").replace("</span>", "");
    TotpSecret::from_base32(&plain).unwrap()
}

pub fn shown(world: &World, page: &Page) -> String {
    let raw = data_encoding::BASE32_NOPAD.decode(secret(page).expose().as_bytes()).unwrap();
    let totp = totp_rs::Builder::new().with_secret(raw).build_noncompliant();
    totp.generate(world.now().unix_seconds()).to_string()
}

/// From the link to the second step, where the app is first.
async fn with_password(browser: &mut Browser, code: &str) -> Page {
    let page = begins(browser, code).await;
    assert!(page.has_field("password"), "{}", page.html);
    browser.submits(&page, &[("password", CHOSEN), ("password_again", CHOSEN)]).await
}

/// The last step, with an app.
async fn chooses(browser: &mut Browser, world: &World, page: &Page) -> Page {
    let code = shown(world, page);
    browser.submits(page, &[("code", &code)]).await
}

async fn nobody_yet(world: &World) -> User {
    world.user("anna").registered().await
}

#[tokio::test]
async fn an_invitation_with_a_proofing_leads_to_substantial() {
    for_each_world(|world| async move {
        let (mut anna, sp) = (nobody_yet(&world).await, world.sp("sag", OIOSAML3).await);
        let proofing = proofed(&world, &anna, Evidence::InPerson).await;
        let code = invited(&world, &anna, Some(&proofing)).await;
        let mut browser = Browser::new(&world).await;
        let page = begins(&mut browser, &code.to_lowercase()).await;
        assert!(page.has_field("password") && page.shows("anna"), "{}", page.html);
        let page = browser.submits(&page, &[("password", CHOSEN), ("password_again", CHOSEN)]).await;
        anna.secret = Some(secret(&page));
        let done = chooses(&mut browser, &world, &page).await;
        assert!(done.shows("You can reach the level Substantial"), "{}", done.html);
        assert_eq!(world.events("invitation-used").await.len(), 1);
        let told = world.events("login-created").await;
        let [Event::LoginCreated { best, .. }] = told.as_slice() else { panic!("{told:?}") };
        assert!(best.loa == Some(Level::Substantial) && !best.because.is_empty(), "{best:?}");

        world.pass(1);
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let page = browser.asks(&request).await;
        let page = browser.submits(&page, &[("username", "anna"), ("password", CHOSEN)]).await;
        let page = browser.submits(&page, &[("code", &world.code(&anna))]).await;
        let told = sp.reads(&world, page.form().field("SAMLResponse").unwrap(), &request.id).unwrap();
        assert_eq!(told.value("https://data.gov.dk/concept/core/nsis/loa"), Some("Substantial"));
    })
    .await;
}

#[tokio::test]
async fn an_invitation_alone_gives_no_level_and_neither_does_a_withdrawn_proofing() {
    for_each_world(|world| async move {
        let (anna, bo) = (nobody_yet(&world).await, world.user("bo").registered().await);
        let proofing = proofed(&world, &bo, Evidence::InPerson).await;
        for (user, with) in [(&anna, None), (&bo, Some(&proofing))] {
            let code = invited(&world, user, with).await;
            if with.is_some() {
                world.sql("UPDATE proofing SET withdrawn_at = at").await;
            }
            let mut browser = Browser::new(&world).await;
            let page = with_password(&mut browser, &code).await;
            let done = chooses(&mut browser, &world, &page).await;
            assert!(done.shows("has no assurance level yet"), "{}", done.html);
            let bound = world.node().await.authenticators.of(user.identity.id).await.unwrap();
            assert!(bound.len() == 2 && bound.iter().all(|it| it.registered.is_none()), "{bound:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_invitation_rests_on_a_proofing_of_the_last_two_days_only() {
    for_each_world(|world| async move {
        let anna = nobody_yet(&world).await;
        let proofing = proofed(&world, &anna, Evidence::InPerson).await;
        world.stage.clock.advance(Millis(INVITATION_LIFE_MAX.0 - 60_000));
        let code = invited(&world, &anna, Some(&proofing)).await;
        let mut browser = Browser::new(&world).await;
        assert_eq!(browser.opens(&format!("/welcome/{code}")).await.status, 200);
        world.pass(1);
        assert_eq!(browser.opens(&format!("/welcome/{code}")).await.status, 404, "it ends with the proofing");
        let mut tx = world.begin().await;
        let entropy = &*world.stage.entropy;
        let late = invite(&mut tx, entropy, anna.identity.id, Some(&proofing), INVITATION_LIFE_MAX).await;
        assert_eq!(late.unwrap().map(drop), Err(InvitationRefusal::ProofingNotFresh));
        assert_eq!(Evidence::InPerson.level(), Level::Substantial);
    })
    .await;
}

#[tokio::test]
async fn whatever_looks_at_the_link_does_not_use_it_up() {
    for_each_world(|world| async move {
        let anna = nobody_yet(&world).await;
        let code = invited(&world, &anna, None).await;
        let (link, mut scanner) = (format!("/welcome/{code}"), Browser::new(&world).await);
        for method in [Method::HEAD, Method::GET, Method::HEAD, Method::GET] {
            assert_eq!(scanner.sends(method, &link, &[]).await.status, 200);
        }
        assert_eq!(scanner.sends(Method::POST, &link, &[("csrf", "")]).await.status, 403);
        assert_eq!(world.events("invitation-begun").await, []);
        let mut browser = Browser::new(&world).await;
        assert!(begins(&mut browser, &code).await.has_field("password"));
    })
    .await;
}

#[tokio::test]
async fn the_first_browser_that_begins_is_the_only_one_and_may_come_back() {
    for_each_world(|world| async move {
        let anna = nobody_yet(&world).await;
        let code = invited(&world, &anna, None).await;
        let (mut one, mut other) = (Browser::new(&world).await, Browser::new(&world).await);
        let first = with_password(&mut one, &code).await;
        let refused = begins(&mut other, &code).await;
        assert!(!refused.has_field("password") && refused.shows("already in use"), "{}", refused.html);
        let typed = other.opens("/welcome").await;
        let typed = other.submits(&typed, &[("code", &code)]).await;
        assert!(typed.shows("already in use"), "{}", typed.html);
        assert_eq!(world.events("invitation-begun").await.len(), 1);
        assert_eq!(world.events("authenticator-bound").await, [], "nothing is usable half-way");

        let again = with_password(&mut one.moved(&world).await, &code).await;
        assert_eq!(secret(&again).expose(), secret(&first).expose(), "the app need not be set up again");
        let done = chooses(&mut one, &world, &first).await;
        assert!(done.shows("has been created"), "{}", done.html);
        for page in [one.opens(&format!("/welcome/{code}")).await, one.opens("/welcome").await] {
            assert!(!page.has_field("password"), "{}", page.html);
        }
    })
    .await;
}

#[tokio::test]
async fn t_once_01_an_invitation_finished_twice_at_once_is_used_once() {
    for_each_world(|world| async move {
        let anna = nobody_yet(&world).await;
        let code = invited(&world, &anna, None).await;
        let mut one = Browser::new(&world).await;
        let page = with_password(&mut one, &code).await;
        let mut other = one.moved(&world).await;
        let (mine, theirs) =
            tokio::join!(chooses(&mut one, &world, &page), chooses(&mut other, &world, &page));
        let created = [&mine, &theirs].iter().filter(|page| page.shows("has been created")).count();
        assert_eq!(created, 1, "{}\n{}", mine.html, theirs.html);
        assert_eq!(world.events("invitation-used").await.len(), 1);
        assert_eq!(world.events("authenticator-bound").await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn t_tok_01_an_invitation_is_kept_hashed_ends_in_time_and_with_a_newer_one() {
    for_each_world(|world| async move {
        let anna = nobody_yet(&world).await;
        let old = invited(&world, &anna, None).await;
        let kept: String = sqlx::query_scalar("SELECT code_hash FROM invitation")
            .fetch_one(world.stage.database.reader())
            .await
            .unwrap();
        assert_eq!(kept.len(), 64);
        let new = invited(&world, &anna, None).await;
        let mut browser = Browser::new(&world).await;
        for bad in [old.as_str(), kept.as_str(), "%20", "NULL", &new[1..]] {
            assert_eq!(browser.opens(&format!("/welcome/{bad}")).await.status, 404, "{bad:?}");
        }
        for empty in ["", " ", "-"] {
            let page = browser.opens("/welcome").await;
            let page = browser.submits(&page, &[("code", empty)]).await;
            assert!(page.shows("has been used, has expired or is misspelt"), "{}", page.html);
        }
        world.stage.clock.advance(Millis(INVITATION_LIFE_MAX.0 - 1));
        assert_eq!(browser.opens(&format!("/welcome/{new}")).await.status, 200);
        world.stage.clock.advance(Millis(1));
        assert_eq!(browser.opens(&format!("/welcome/{new}")).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn t_bf_01_wrong_invitations_from_one_address_come_to_an_end() {
    for_each_world(|world| async move {
        let anna = nobody_yet(&world).await;
        let code = invited(&world, &anna, None).await;
        let mut browser = Browser::new(&world).await;
        for n in 0..30 {
            assert_eq!(browser.opens(&format!("/welcome/00000-00000-{n:05}")).await.status, 404);
        }
        let page = browser.opens(&format!("/welcome/{code}")).await;
        assert!(page.shows("too many wrong codes"), "{}", page.html);
        world.pass(15);
        assert_eq!(browser.opens(&format!("/welcome/{code}")).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn whoever_was_logged_in_before_is_out_when_an_invitation_is_used() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut thief = Browser::new(&world).await;
        let page = thief.opens("/login").await;
        let start = thief.submits(&page, &[("username", "anna"), ("password", PASSWORD)]).await;
        assert!(start.shows("Anna"), "{}", start.html);
        let code = invited(&world, &anna, None).await;
        let mut browser = Browser::new(&world).await;
        let page = with_password(&mut browser, &code).await;
        world.pass(1);
        chooses(&mut browser, &world, &page).await;
        assert!(!thief.opens("/").await.shows("Østergård"));
        let page = thief.opens("/login").await;
        assert!(
            thief.submits(&page, &[("username", "anna"), ("password", PASSWORD)]).await.has_field("password")
        );
    })
    .await;
}

/// Guess at the password until it stays closed.
async fn closes_the_password(world: &World, user: &User) {
    let authenticators = world.node().await.authenticators;
    let (flow, wrong) = (FlowId::new(world.now(), &*world.stage.entropy), Password::typed("wrong").unwrap());
    let attempt = Attempt { flow, address: "198.51.100.7".parse().unwrap() };
    let (name, who) = (&user.identity.user_name, Some(&user.identity));
    for _ in 0..FAILURES_IN_A_ROW_MAX {
        let closed = authenticators.closed(user.identity.id, Kind::Password).await.unwrap();
        if let Some(Wait::Until(until)) = closed {
            world.stage.clock.advance(until.since(world.now()).unwrap());
        }
        authenticators.verify_password(&attempt, name, who, &wrong).await.unwrap().unwrap_err();
    }
    let closed = authenticators.closed(user.identity.id, Kind::Password).await.unwrap();
    assert_eq!(closed, Some(Wait::ForHelp));
}

#[tokio::test]
async fn guesses_at_the_password_before_do_not_close_the_one_that_is_chosen() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        closes_the_password(&world, &anna).await;
        let code = invited(&world, &anna, None).await;
        let mut browser = Browser::new(&world).await;
        let page = with_password(&mut browser, &code).await;
        assert!(world.events("factors-reopened").await.is_empty(), "nothing is anybody's password yet");
        let done = chooses(&mut browser, &world, &page).await;
        assert!(done.shows("has been created"), "{}", done.html);
        assert_eq!(world.events("factors-reopened").await.len(), 1);
        world.pass(1);
        let page = browser.opens("/login").await;
        let start = browser.submits(&page, &[("username", "anna"), ("password", CHOSEN)]).await;
        assert!(start.shows("Østergård"), "{}", start.html);
    })
    .await;
}

#[tokio::test]
async fn every_mistake_is_named_and_a_locked_person_is_not_invited() {
    for_each_world(|world| async move {
        let anna = nobody_yet(&world).await;
        let code = invited(&world, &anna, None).await;
        let mut browser = Browser::new(&world).await;
        let page = begins(&mut browser, &code).await;
        for (password, again) in [("", ""), ("too short", "too short"), (CHOSEN, "another long password")] {
            let answer = browser.submits(&page, &[("password", password), ("password_again", again)]).await;
            assert!(answer.html.contains("aria-invalid") && answer.has_field("password"), "{}", answer.html);
        }
        let too_early = browser.opens("/welcome/app").await;
        assert!(too_early.has_field("password"), "{}", too_early.html);
        let page = with_password(&mut browser, &code).await;
        for code in ["", "000000"] {
            let answer = browser.submits(&page, &[("code", code)]).await;
            assert!(answer.html.contains("aria-invalid"), "{code:?}: {}", answer.html);
            assert_eq!(secret(&answer).expose(), secret(&page).expose());
        }
        assert_eq!(world.events("authenticator-bound").await, []);
        world.lock(&anna).await;
        let refused = chooses(&mut browser, &world, &page).await;
        assert!(!refused.shows("has been created"), "{}", refused.html);
        assert_eq!(browser.opens(&format!("/welcome/{code}")).await.status, 404);
        assert_eq!(world.events("authenticator-bound").await, []);
    })
    .await;
}

/// What one device of the stock is known by, and shows.
pub const SERIAL: &str = "1234567";

/// Put a device into the stock; what it shows now and next.
pub async fn device_in_stock(world: &World) -> TotpSecret {
    let seed = TotpSecret::generate(&*world.stage.entropy);
    let copy = TotpSecret::from_base32(&seed.expose()).unwrap();
    let new = NewDevice { serial: SERIAL.parse().unwrap(), seed, shape: CodeShape::APP };
    let mut tx = world.begin().await;
    world.node().await.authenticators.add_code_devices(&mut tx, &[new]).await.unwrap();
    tx.commit().await.unwrap();
    copy
}

pub fn two_codes(world: &World, seed: &TotpSecret) -> [String; 2] {
    let raw = data_encoding::BASE32_NOPAD.decode(seed.expose().as_bytes()).unwrap();
    let totp = totp_rs::Builder::new().with_secret(raw).build_noncompliant();
    [0, 30].map(|later| totp.generate(world.now().unix_seconds() + later).to_string())
}

/// What somebody has, and at which level.
async fn has(world: &World, user: &User) -> Vec<(Kind, Option<Level>)> {
    let bound = world.node().await.authenticators.of(user.identity.id).await.unwrap();
    bound.into_iter().map(|it| (it.kind, it.registered)).collect()
}

#[tokio::test]
async fn a_code_device_is_registered_with_the_invitation() {
    for_each_world(|world| async move {
        let (anna, sp) = (nobody_yet(&world).await, world.sp("sag", OIOSAML3).await);
        let proofing = proofed(&world, &anna, Evidence::InPerson).await;
        let code = invited(&world, &anna, Some(&proofing)).await;
        let mut browser = Browser::new(&world).await;
        let page = with_password(&mut browser, &code).await;
        assert!(!page.html.contains("/welcome/device"), "there are none");
        let seed = device_in_stock(&world).await;
        assert!(browser.opens("/welcome/app").await.html.contains("href=\"/welcome/device\""));
        let page = browser.opens("/welcome/device").await;
        let [one, next] = two_codes(&world, &seed);
        for (serial, code, next_code, says) in [
            ("", one.as_str(), next.as_str(), "Enter the serial number and both codes"),
            (SERIAL, &one, " ", "Enter the serial number and both codes"),
            ("7654321", &one, &next, "do not belong together"),
            (SERIAL, &next, &one, "do not belong together"),
        ] {
            let typed = [("serial", serial), ("code", code), ("next_code", next_code)];
            let answer = browser.submits(&page, &typed).await;
            assert!(answer.shows(says) && answer.form().field("serial") == Some(serial), "{}", answer.html);
        }
        let typed = [("serial", SERIAL), ("code", one.as_str()), ("next_code", &next)];
        let done = browser.submits(&page, &typed).await;
        assert!(done.shows("You can reach the level Substantial"), "{}", done.html);
        let substantial = Some(Level::Substantial);
        assert_eq!(
            has(&world, &anna).await,
            [(Kind::Password, substantial), (Kind::TotpDevice, substantial)]
        );

        world.pass(2);
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let page = browser.asks(&request).await;
        let page = browser.submits(&page, &[("username", "anna"), ("password", CHOSEN)]).await;
        let page = browser.submits(&page, &[("code", &two_codes(&world, &seed)[0])]).await;
        assert!(page.has_field("SAMLResponse"), "{}", page.html);
    })
    .await;
}

/// Make a key on a page of the welcome, and send it.
async fn makes_a_key(browser: &mut Browser, path: &str, key: &mut SoftKey) -> Page {
    let page = browser.opens(path).await;
    assert!(page.shows("needs JavaScript") && page.shows("choose another way"), "{}", page.html);
    assert!(page.header("content-security-policy").contains("script-src 'self';"));
    let unnamed = browser.submits(&page, &[("name", " "), ("response", "{}")]).await;
    assert!(unnamed.shows("Enter what you want to call the key"), "{}", unnamed.html);
    let nonsense = browser.submits(&unnamed, &[("name", "Min nøgle"), ("response", "{}")]).await;
    assert!(nonsense.shows("The key could not be registered"), "{}", nonsense.html);
    let made = key.makes(&question(&nonsense, "id=\"key-form\""));
    browser.submits(&nonsense, &[("name", "Min nøgle"), ("response", &made)]).await
}

#[tokio::test]
async fn a_security_key_is_registered_with_the_invitation_beside_the_password() {
    for_each_world(|world| async move {
        let anna = nobody_yet(&world).await;
        let proofing = proofed(&world, &anna, Evidence::InPerson).await;
        let code = invited(&world, &anna, Some(&proofing)).await;
        let mut browser = Browser::new(&world).await;
        begins(&mut browser, &code).await;
        let early = browser.opens("/welcome/security-key").await;
        assert!(early.has_field("password"), "the password comes first: {}", early.html);
        with_password(&mut browser, &code).await;
        let mut key = SoftKey::new(ORIGIN);
        let done = makes_a_key(&mut browser, "/welcome/security-key", &mut key).await;
        assert!(done.shows("You can reach the level Substantial"), "{}", done.html);
        let substantial = Some(Level::Substantial);
        let expected = [(Kind::Password, substantial), (Kind::SecurityKey, substantial)];
        assert_eq!(has(&world, &anna).await, expected);
        let declined = world.written().await.into_iter().find(|it| it.contains("fido-credential-declined"));
        assert!(declined.unwrap().contains("anonymous"), "whoever has an invitation is not yet anybody");
    })
    .await;
}

#[tokio::test]
async fn a_passkey_alone_is_a_login_and_what_somebody_had_before_works_no_more() {
    for (make, kind, level) in [
        (SoftKey::new as fn(&str) -> SoftKey, Kind::Passkey, "Substantial"),
        (SoftKey::synced as fn(&str) -> SoftKey, Kind::SyncedPasskey, "Low"),
    ] {
        for_each_world(|world| async move {
            let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
            let proofing = proofed(&world, &anna, Evidence::InPerson).await;
            let code = invited(&world, &anna, Some(&proofing)).await;
            let (mut browser, mut key) = (Browser::new(&world).await, make(ORIGIN));
            let page = begins(&mut browser, &code).await;
            assert!(page.html.contains("href=\"/welcome/passkey\""), "{}", page.html);
            let done = makes_a_key(&mut browser, "/welcome/passkey", &mut key).await;
            assert!(done.shows(&format!("You can reach the level {level}")), "{}", done.html);
            assert!(done.shows("log in with your passkey"), "{}", done.html);
            let bound = has(&world, &anna).await;
            assert_eq!(
                bound.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(),
                [kind],
                "nothing else is left"
            );
            let removed = world.events("authenticator-removed").await;
            assert_eq!(removed.len(), 2, "and it is written down: {removed:?}");

            world.pass(1);
            let page = browser.asks(&sp.request(&world, |_| {})).await;
            let old = browser.submits(&page, &[("username", "anna"), ("password", PASSWORD)]).await;
            assert!(!old.has_field("SAMLResponse") && old.has_field("password"), "{}", old.html);
            let response = key.answers(&question(&old, "id=\"key-form\"")).unwrap();
            let form = old.forms().into_iter().find(|form| form.field("response").is_some()).unwrap();
            let page = browser.sends_form(&form, &[("response", &response)]).await;
            assert!(page.has_field("SAMLResponse"), "{}", page.html);
        })
        .await;
    }
}

#[tokio::test]
async fn a_chosen_password_waits_sealed_and_not_for_ever() {
    for_each_world(|world| async move {
        let anna = nobody_yet(&world).await;
        let code = invited(&world, &anna, None).await;
        let mut browser = Browser::new(&world).await;
        let page = with_password(&mut browser, &code).await;
        let made = world.events("invitation-made").await;
        let [Event::InvitationMade { invitation, .. }] = made.as_slice() else { panic!("{made:?}") };
        let node = world.node().await;
        let kept = node.volatile.get(&format!("welcome/chosen/{invitation}"), world.now()).await.unwrap();
        assert!(kept.is_some_and(|kept| !kept.contains("argon2") && !kept.contains(CHOSEN)));
        world.stage.clock.advance(CHOSEN_LIFE);
        browser.opens("/welcome/app").await;
        let late = browser.submits(&page, &[("code", "000000")]).await;
        assert!(late.shows("Choose a password again") && late.has_field("password"), "{}", late.html);
        assert_eq!(world.events("authenticator-bound").await, []);
    })
    .await;
}
