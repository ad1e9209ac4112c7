//! What goes wrong: what is tried again and what is not, where a client does not go, and what it does not say.

use portner_domain::Level;
use portner_sync::client::{Done, Failure};
use portner_sync::wire::{
    Authenticating, Create, EmployeeUuid, NewProfile, NonSensitive, RegisteredAt, RequestCredentials, Status,
};

use crate::server::{Stage, answer, with_header};

const UUID: &str = "8f1f4a0e-6d3a-4a9e-8d47-2a3b7a1d9c55";

fn who() -> EmployeeUuid {
    UUID.parse().unwrap()
}

pub fn somebody() -> Create {
    Create {
        identity_profile: NewProfile {
            status: Status::Pending,
            registered_ial: Some(Level::Substantial),
            target_ial: Level::Substantial,
            given_name: "Åse".to_owned(),
            surname: "Jensen".to_owned(),
            email_address: "aase@example.dk".to_owned(),
            cpr_number: "0101701234".parse().unwrap(),
            rid: None,
            pseudonym: false,
            allow_qualified_certificate_issuance: false,
        },
        identity_organization_profile: RegisteredAt { invoice_method_uuid: None },
        identity_authenticators: Authenticating { authenticator_types: Vec::new(), subject_name_id: None },
    }
}

#[tokio::test]
async fn what_may_be_repeated_is_and_not_for_ever() {
    let stage = Stage::new().await;
    for failing in
        [answer(503, "ServiceUnavailable"), answer(429, ""), answer(409, "OptimisticConcurrency"), None]
    {
        stage.server.says([failing.clone(), failing.clone(), answer(204, "")]);
        let email = NonSensitive { email_address: "anna@example.dk".to_owned() };
        assert_eq!(stage.client.change_email(who(), &email).await, Ok(()), "{failing:?}");
        assert_eq!(stage.server.heard().len(), 3);
        stage.server.says([failing.clone(), failing.clone(), failing.clone()]);
        assert!(stage.client.change_email(who(), &email).await.is_err(), "{failing:?}");
        assert_eq!(stage.server.heard().len(), 3, "and no more");
    }
    stage.server.says([answer(200, "<html>Busy</html>"), answer(200, r#"{"employees":[]}"#)]);
    assert!(stage.client.list().await.is_ok(), "a page instead of a list");
}

/// Said again of one that is suspended or gone by then, it would be a call in a wrong state.
#[tokio::test]
async fn what_takes_a_login_is_said_once() {
    let stage = Stage::new().await;
    stage.server.says([None, None, answer(503, "ServiceUnavailable")]);
    assert!(matches!(stage.client.suspend(who()).await, Err(Failure::Lost(_))));
    assert!(matches!(stage.client.delete(who()).await, Err(Failure::Lost(_))));
    assert!(matches!(stage.client.reactivate(who()).await, Err(Failure::Broken { .. })));
    assert_eq!(stage.server.heard().len(), 3);
}

#[tokio::test]
async fn nobody_is_made_twice() {
    let stage = Stage::new().await;
    for failing in [answer(503, ""), answer(500, "See log for exception details"), answer(200, "{}"), None] {
        stage.server.says([failing.clone(), answer(200, &format!(r#"{{"employeeUuid":"{UUID}"}}"#))]);
        let failure = stage.client.create(&somebody()).await.unwrap_err();
        let may_have = matches!(failure, Failure::Broken { .. } | Failure::Lost(_) | Failure::Unreadable(_));
        assert!(may_have, "{failure:?}");
        assert_eq!(stage.server.heard().len(), 1, "{failing:?}");
        assert_eq!(
            stage.client.create(&somebody()).await.unwrap().employee_uuid,
            who(),
            "the rest of the script"
        );
        stage.server.heard();
    }
    stage.server.says([None]);
    assert!(stage.client.request_credentials(who(), &RequestCredentials::private()).await.is_err());
    assert_eq!(stage.server.heard().len(), 1);
}

#[tokio::test]
async fn what_is_refused_is_not_repeated() {
    let stage = Stage::new().await;
    for status in [400, 405, 409, 415, 422] {
        stage.server.says([answer(status, "Conflict")]);
        let refused = stage.client.suspend(who()).await;
        assert_eq!(refused, Err(Failure::Refused { status, text: "Conflict".to_owned() }));
        assert_eq!(stage.server.heard().len(), 1);
    }
}

#[tokio::test]
async fn not_there_is_as_good_as_done_where_something_is_taken_and_nowhere_else() {
    let stage = Stage::new().await;
    stage.server.says((0..5).map(|_| answer(404, "")));
    assert_eq!(stage.client.suspend(who()).await, Ok(Done::NotThere));
    assert_eq!(stage.client.delete(who()).await, Ok(Done::NotThere));
    assert_eq!(stage.client.revoke_credential(who(), UUID.parse().unwrap()).await, Ok(Done::NotThere));
    assert_eq!(stage.client.reactivate(who()).await, Err(Failure::NotThere));
    assert!(matches!(stage.client.read(who()).await, Err(Failure::NotThere)));
}

#[tokio::test]
async fn a_redirection_is_not_followed() {
    let (stage, other) = (Stage::new().await, Stage::new().await);
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: https://localhost:{}/x\r\n", other.server.port);
        stage.server.says([with_header(status, &location, "")]);
        assert!(matches!(stage.client.list().await, Err(Failure::Redirected(it)) if it == status));
    }
    assert_eq!(other.server.connections.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn no_more_is_read_than_an_answer_may_have() {
    let stage = Stage::new().await;
    let flood = format!("{{}}{}", " ".repeat(5 * 1024 * 1024));
    stage.server.says([answer(200, &flood)]);
    assert!(matches!(stage.client.read(who()).await, Err(Failure::TooLarge(_))));
    assert_eq!(stage.server.heard().len(), 1, "it would be as long again");
    stage.server.says([answer(400, &"x".repeat(1024 * 1024))]);
    let Err(Failure::Refused { text, .. }) = stage.client.suspend(who()).await else { panic!("refused") };
    assert_eq!(text.chars().count(), 300);
}

#[tokio::test]
async fn what_is_told_of_a_failure_has_no_cpr_number_in_it() {
    let stage = Stage::new().await;
    stage.server.says([answer(400, r#"{"message":"cprNumber 010170-1234 / 0101701234 is wrong"}"#)]);
    let failure = stage.client.create(&somebody()).await.unwrap_err();
    let told = format!("{failure} {failure:?}");
    assert!(told.contains("is wrong") && !told.contains("1234") && !told.contains("010170"), "{told}");
}
