//! What a login stops for, through the pages: terms of use, a password to be changed.

use axum::http::Method;
use portner_authenticators::{PasswordRules, RuleSettings};
use portner_directory::Again::Newcomers;
use portner_domain::terms::HoldFor::Levels;

use crate::browser::{Browser, Page};
use crate::stage::{OIOSAML3, PASSWORD, SUBSTANTIAL, World, for_each_world};

const LONGER: &str = "fire tilfældige ord her og et par til";

/// The address that a page links to.
fn link(page: &Page, id: &str) -> String {
    let (_, rest) = page.html.split_once(&format!("id=\"{id}\" href=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn terms_are_read_declined_and_agreed_to_on_the_way_to_a_service() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        world.publishes("2026-1", Newcomers, Levels).await;
        let mut browser = Browser::new(&world).await;
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let terms = browser.logs_in(&world, &request, &anna).await;
        assert!(
            terms.shows("To continue to Tjenesten sag") && terms.shows("Version 2026-1"),
            "{}",
            terms.html
        );
        assert!(terms.shows("Share <b>nothing</b>") && !terms.html.contains("<script"), "{}", terms.html);
        let danish = browser.opens(&format!("{}?lang=da", terms.form().action.replace("/accept", ""))).await;
        assert!(
            danish.shows("Del ikke din kode") && danish.shows("Jeg accepterer vilkårene"),
            "{}",
            danish.html
        );
        let declined = browser.opens(&link(&danish, "decline")).await;
        assert!(declined.shows("Du har ikke accepteret vilkårene") && declined.shows("IT-service"));
        let again = browser.opens(&link(&declined, "again")).await;
        let foreign = [("csrf", "x"), ("version", "2026-1")];
        assert_eq!(browser.sends(Method::POST, &again.form().action, &foreign).await.status, 403);
        assert_eq!(world.events("terms-accepted").await.len(), 0);
        let page = browser.submits(&again, &[]).await;
        let answer = page.form().field("SAMLResponse").unwrap().to_owned();
        assert!(sp.reads(&world, &answer, &request.id).is_ok());
        let written = world.written().await.concat();
        let danish_text = portner_directory::terms_sha256("Del ikke din kode.\n\nUdgave 2026-1.");
        assert_eq!(written.matches(&danish_text).count(), 2, "published, and agreed to in Danish");

        // Whoever declines goes back without a login.
        let mut other = Browser::new(&world).await;
        let bo = world.user("bo").with_password().proofed(portner_domain::proofing::Evidence::InPerson);
        let bo = bo.registered().await;
        let request = sp.request(&world, |_| {});
        let terms = other.logs_in(&world, &request, &bo).await;
        let declined = other.opens(&link(&terms, "decline")).await;
        let page = other.submits(&declined, &[]).await;
        let answer = page.form().field("SAMLResponse").unwrap().to_owned();
        assert_eq!(sp.hears(&world, &answer, &request.id), "RequestDenied");
    })
    .await;
}

fn strict(world: &mut World) {
    let settings = RuleSettings { chars_min: 30, ..Default::default() };
    world.password_rules = PasswordRules::open(settings).unwrap();
}

#[tokio::test]
async fn a_password_to_be_changed_is_told_on_the_way_to_a_service_and_changed_on_it() {
    for_each_world(|mut world| async move {
        strict(&mut world);
        let bo = world.user("bo").with_password().registered().await;
        let sp = world.sp("sag", OIOSAML3).await;
        let mut browser = Browser::new(&world).await;
        let page = browser.logs_in(&world, &sp.request(&world, |_| {}), &bo).await;
        assert!(
            page.shows("You have to change your password") && page.shows("30 characters"),
            "{}",
            page.html
        );
        let page = browser.submits(&page, &[]).await;
        assert!(page.has_field("SAMLResponse"), "{}", page.html);

        let mut browser = Browser::new(&world).await;
        let request = sp.request(&world, |_| {});
        let page = browser.logs_in(&world, &request, &bo).await;
        let change = browser.opens(&link(&page, "change")).await;
        assert!(change.has_field("password_again"), "{}", change.html);
        let weak = browser.submits(&change, &[("password", PASSWORD), ("password_again", PASSWORD)]).await;
        assert!(weak.shows("too short"), "{}", weak.html);
        let done = browser.submits(&weak, &[("password", LONGER), ("password_again", LONGER)]).await;
        assert!(done.has_field("password") && done.shows("Log in to Tjenesten sag"), "{}", done.html);
        let page = browser.submits(&done, &[("username", "bo"), ("password", LONGER)]).await;
        let answer = page.form().field("SAMLResponse").unwrap().to_owned();
        assert!(sp.reads(&world, &answer, &request.id).is_ok());
    })
    .await;
}
