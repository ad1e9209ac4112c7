//! The password of the local network, at a domain controller that is there, is gone, and is there again.

use crate::harness::{Browser, DomainController, Language, Portner, Storage, User, eventually};

const PASSWORD: &str = "Netværk.½.kodeord.2026";
const NOT_IT: &str = "not the password at all";
/// Longer than a server that did not answer is left alone.
const TRIED_AGAIN_SECONDS_MAX: u64 = 40;

const WRONG: &str = "Brugernavnet eller adgangskoden er forkert";
const EXPIRED: &str = "Din netværksadgangskode er udløbet";
const UNUSABLE: &str = "Din konto i netværket kan ikke bruges";
const UNAVAILABLE: &str = "Netværksadgangskoder kan ikke kontrolleres lige nu";
const NO_LEVEL: &str = "Netværkets adgangskode giver ikke noget niveau";
const TOO_MANY: &str = "Der har været for mange forsøg. Vent 30 minutter";

#[tokio::test]
async fn an_employee_logs_in_with_the_network_password_and_nobody_is_blamed_for_an_outage() {
    let controller = DomainController::start();
    controller.add_user("anna", PASSWORD, &[]);
    controller.add_user("bo", PASSWORD, &["--must-change-at-next-login"]);
    controller.add_user("carl", PASSWORD, &[]);
    controller.disable("carl");
    let mut portner = Portner::install(Storage::Sqlite).await;
    portner.configure(&controller.configuration()).await;
    for name in ["anna", "bo", "carl"] {
        portner.cli.add_user_of_the_network(name);
    }
    let told = portner.cli.test_directory("anna", PASSWORD).expect("every step works");
    assert!(told.contains("password of the user: accepted"), "{told}");
    let told = portner.cli.test_directory("anna", NOT_IT).expect_err("the password is wrong");
    assert!(told.contains("data 52e"), "{told}");

    logs_in(&portner).await;
    let shown = portner.cli.show("anna");
    assert!(shown.contains("network-password"), "{shown}");

    let browser = Browser::start(Language::Danish).await;
    browser.open(&format!("{}/login", portner.url)).await;
    let tries = async |name: &str, password: &str, told: &str| {
        let heard = browser.log_in_or_hear(name, password).await.expect("it is refused");
        assert!(heard.contains(told), "{name}: {heard}");
    };
    // Only whoever has the password hears what is the matter with the account.
    tries("bo", PASSWORD, EXPIRED).await;
    browser.inspect("network-password-expired-da").await;
    tries("bo", NOT_IT, WRONG).await;
    tries("carl", PASSWORD, UNUSABLE).await;
    tries("carl", NOT_IT, WRONG).await;

    controller.halt();
    for _ in 0..7 {
        tries("anna", PASSWORD, UNAVAILABLE).await;
        tries("nobody", PASSWORD, UNAVAILABLE).await;
    }
    browser.inspect("network-password-unavailable-da").await;
    assert_eq!(portner.health().await, 200, "whoever has a password here can still log in");
    controller.resume();
    eventually("anna can log in again", TRIED_AGAIN_SECONDS_MAX, async || {
        browser.log_in_or_hear("anna", PASSWORD).await.is_none().then_some(())
    })
    .await;
    portner.cli.verify_audit_log();
}

#[tokio::test]
async fn t_bf_01_guessing_here_does_not_lock_the_account_of_the_network() {
    let controller = DomainController::start();
    controller.add_user("anna", PASSWORD, &[]);
    let mut portner = Portner::install(Storage::Sqlite).await;
    portner.configure(&controller.configuration_with_search()).await;
    portner.cli.add_user_of_the_network("anna");
    let browser = Browser::start(Language::Danish).await;
    browser.open(&format!("{}/login", portner.url)).await;
    for n in 0..15 {
        let heard = browser.log_in_or_hear("anna", &format!("guess number {n}")).await;
        let heard = heard.expect("no guess is right");
        assert!(heard.contains(if n < 4 { WRONG } else { TOO_MANY }), "{n}: {heard}");
    }
    let heard = browser.log_in_or_hear("anna", PASSWORD).await.expect("it is not looked at");
    assert!(heard.contains(TOO_MANY), "{heard}");
    let told = portner.cli.test_directory("anna", PASSWORD).expect("the account is not locked");
    assert!(told.contains("accepted"), "{told}");
}

/// In a browser of their own, with the network password, and out again.
async fn logs_in(portner: &Portner) {
    let browser = Browser::start(Language::Danish).await;
    browser.open(&format!("{}/login", portner.url)).await;
    let anna = User { username: "anna".to_owned(), password: PASSWORD.to_owned(), totp_secret: None };
    browser.log_in_as(&anna).await;
    browser.read("logout").await;
    browser.see(NO_LEVEL).await;
}
