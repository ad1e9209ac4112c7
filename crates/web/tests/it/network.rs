//! The network password becomes the password here, on one's own page and with an invitation.

use std::sync::Arc;

use portner_authenticators::PASSWORD_CHARS_MIN;
use portner_authenticators::network::For;
use portner_domain::authenticator::Kind;
use portner_domain::proofing::Evidence;

use crate::browser::{Browser, Page};
use crate::directory::{Authority, By, Slapd, passwords_of};
use crate::stage::{PASSWORD, World, for_each_world};
use crate::welcome::{begins, invited, proofed, shown};

/// What the directory has for Anna and for Kort.
const ANNAS: &str = "annas network password";
const TOO_SHORT: &str = "kort";

struct Network {
    authority: Authority,
    slapd: Slapd,
}

fn network() -> Option<Arc<Network>> {
    let authority = Authority::new();
    let slapd = Slapd::start(&authority)?;
    Some(Arc::new(Network { authority, slapd }))
}

fn asks(world: &mut World, network: &Network) {
    let server = [format!("ldaps://localhost:{}", network.slapd.ldaps)];
    let clock = Arc::clone(&world.stage.clock) as _;
    world.network =
        Some(passwords_of(For::WithoutLocalPassword, &server, By::Search, &network.authority, clock));
}

fn says_what_it_has_to_be(page: &Page) -> bool {
    page.shows(&format!("at least {PASSWORD_CHARS_MIN} characters"))
}

#[tokio::test]
async fn on_ones_own_page_the_network_password_is_taken_if_the_network_and_the_rules_agree() {
    let Some(network) = network() else { return };
    for_each_world(|mut world| {
        let network = Arc::clone(&network);
        async move {
            asks(&mut world, &network);
            let anna = world.user("anna").with_password().proofed(Evidence::InPerson).registered().await;
            let mut browser = Browser::new(&world).await;
            let page = browser.opens("/me/password").await;
            let page = browser.submits(&page, &[("username", "anna"), ("password", PASSWORD)]).await;
            assert!(page.html.contains("href=\"/me/network-password\""), "{}", page.html);
            let page = browser.opens("/me/network-password").await;
            assert!(says_what_it_has_to_be(&page), "{}", page.html);
            let empty = browser.submits(&page, &[]).await;
            assert!(empty.shows("Enter a password"), "{}", empty.html);
            let wrong = browser.submits(&page, &[("password", "wrong")]).await;
            assert!(wrong.shows("The network did not accept the password"), "{}", wrong.html);
            network.slapd.stop();
            let away = browser.submits(&page, &[("password", ANNAS)]).await;
            assert!(away.shows("can’t be asked right now"), "{}", away.html);
            network.slapd.start_again();
            world.pass(1);
            assert_eq!(world.events("network-password-adopted").await.len(), 0);
            let done = browser.submits(&page, &[("password", ANNAS)]).await;
            assert!(done.shows("Your network password is now your password here"), "{}", done.html);
            let bound = world.node().await.authenticators.of(anna.identity.id).await.unwrap();
            assert!(matches!(&bound[..], [one] if one.kind == Kind::Password), "{bound:?}");
            assert_eq!(world.events("network-password-adopted").await.len(), 1);
            // It is checked here from now on.
            network.slapd.stop();
            let mut elsewhere = Browser::new(&world).await;
            let page = elsewhere.opens("/me").await;
            let page = elsewhere.submits(&page, &[("username", "anna"), ("password", ANNAS)]).await;
            assert!(page.shows("Your profile"), "{}", page.html);
            network.slapd.start_again();
        }
    })
    .await;
}

#[tokio::test]
async fn who_is_invited_may_take_the_network_password_if_it_is_good_enough() {
    let Some(network) = network() else { return };
    for_each_world(|mut world| {
        let network = Arc::clone(&network);
        async move {
            asks(&mut world, &network);
            for (name, password, is_good) in [("anna", ANNAS, true), ("kort", TOO_SHORT, false)] {
                let user = world.user(name).registered().await;
                let proofing = proofed(&world, &user, Evidence::InPerson).await;
                let code = invited(&world, &user, Some(&proofing)).await;
                let mut browser = Browser::new(&world).await;
                let page = begins(&mut browser, &code).await;
                assert!(page.html.contains("href=\"/welcome/network\""), "{}", page.html);
                let page = browser.opens("/welcome/network").await;
                assert!(page.has_field("password") && !page.has_field("password_again"), "{}", page.html);
                let wrong = browser.submits(&page, &[("password", "wrong")]).await;
                assert!(wrong.shows("The network did not accept the password"), "{}", wrong.html);
                assert!(!wrong.has_field("password_again"), "it is still about the network password");
                let second = browser.submits(&wrong, &[("password", password)]).await;
                let of = async || world.node().await.authenticators.of(user.identity.id).await.unwrap();
                assert!(of().await.is_empty(), "it waits for what is to stand beside it");
                if is_good {
                    let shows = shown(&world, &second);
                    let done = browser.submits(&second, &[("code", &shows)]).await;
                    let bound = of().await;
                    assert!(done.shows("You can reach the level Substantial"), "{}", done.html);
                    assert_eq!(bound.len(), 2, "{bound:?}");
                    assert_eq!(world.events("network-password-adopted").await.len(), 1);
                } else {
                    assert!(says_what_it_has_to_be(&second) && !second.has_field("code"), "{}", second.html);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn without_a_directory_there_is_no_such_page() {
    for_each_world(|world| async move {
        world.user("bo").with_password().registered().await;
        let mut browser = Browser::new(&world).await;
        let page = browser.opens("/me/password").await;
        let page = browser.submits(&page, &[("username", "bo"), ("password", PASSWORD)]).await;
        assert!(page.has_field("password_again") && !page.html.contains("network-password"), "{}", page.html);
        assert_eq!(browser.opens("/me/network-password").await.status, 404);
    })
    .await;
}
