//! The first time, through the pages: from an invitation to a login at the level that somebody vouched for.

use axum::http::Method;
use portner_authenticators::TotpSecret;
use portner_authenticators::invitation::{INVITATION_LIFE_MAX, InvitationRefusal, invite};
use portner_directory::record_proofing;
use portner_domain::proofing::{Evidence, Proofing};
use portner_domain::{Level, Millis};

use crate::browser::{Browser, Page};
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

async fn chooses(browser: &mut Browser, world: &World, page: &Page) -> Page {
    let code = shown(world, page);
    browser.submits(page, &[("password", CHOSEN), ("password_again", CHOSEN), ("code", &code)]).await
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
        anna.secret = Some(secret(&page));
        let done = chooses(&mut browser, &world, &page).await;
        assert!(done.shows("You can reach the level Substantial"), "{}", done.html);
        assert_eq!(world.events("invitation-used").await.len(), 1);

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
            let page = begins(&mut browser, &code).await;
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
        let first = begins(&mut one, &code).await;
        let refused = begins(&mut other, &code).await;
        assert!(!refused.has_field("password") && refused.shows("already in use"), "{}", refused.html);
        let typed = other.opens("/welcome").await;
        let typed = other.submits(&typed, &[("code", &code)]).await;
        assert!(typed.shows("already in use"), "{}", typed.html);
        assert_eq!(world.events("invitation-begun").await.len(), 1);
        assert_eq!(world.events("authenticator-bound").await, [], "nothing is usable half-way");

        let again = begins(&mut one.moved(&world).await, &code).await;
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
        let page = begins(&mut one, &code).await;
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
        let page = begins(&mut browser, &code).await;
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

#[tokio::test]
async fn every_mistake_is_named_and_a_locked_person_is_not_invited() {
    for_each_world(|world| async move {
        let anna = nobody_yet(&world).await;
        let code = invited(&world, &anna, None).await;
        let mut browser = Browser::new(&world).await;
        let page = begins(&mut browser, &code).await;
        let right = shown(&world, &page);
        for (password, again, code) in [
            ("", "", right.as_str()),
            ("too short", "too short", &right),
            (CHOSEN, "another long password", &right),
            (CHOSEN, CHOSEN, ""),
            (CHOSEN, CHOSEN, "000000"),
        ] {
            let typed = [("password", password), ("password_again", again), ("code", code)];
            let answer = browser.submits(&page, &typed).await;
            assert!(answer.html.contains("aria-invalid"), "{typed:?}: {}", answer.html);
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
