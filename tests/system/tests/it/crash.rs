//! Pulling the plug: what left the process is in the log.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::mpsc;

use crate::harness::{AuthnRequest, Portner, SUBSTANTIAL, SamlResponse, Storage, ThrowAwaySp, User, Visitor};

const LOGINS: usize = 200;
const ARRIVED_BEFORE_THE_CRASH: usize = 60;
const ARRIVE_TIME_MAX: Duration = Duration::from_secs(120);
const CLI_THREADS: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_during_200_logins_loses_no_assertion_that_was_handed_out() {
    what_was_handed_out_is_in_the_log(Storage::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_during_200_logins_loses_no_assertion_on_postgresql_and_redis() {
    what_was_handed_out_is_in_the_log(Storage::PostgresAndRedis).await;
}

async fn what_was_handed_out_is_in_the_log(storage: Storage) {
    let mut portner = Portner::install(storage).await;
    let sp = ThrowAwaySp::registered_at(&portner, "crowd");
    let logins = prepare(&portner, &sp);

    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let crowd = join_all(logins.into_iter().map(|(url, user)| log_in(url, user, arrived.clone())));
    let crowd = tokio::spawn(crowd);
    drop(arrived);
    let mut responses = Vec::new();
    while responses.len() < ARRIVED_BEFORE_THE_CRASH {
        let next = tokio::time::timeout(ARRIVE_TIME_MAX, arrivals.recv()).await;
        responses.push(next.expect("logins arrive in time").expect("somebody is still logging in"));
    }
    portner.kill_nine();
    crowd.await.unwrap();
    while let Some(late) = arrivals.recv().await {
        responses.push(late);
    }
    assert!(responses.len() < LOGINS, "the crash came too late to interrupt anybody");

    portner.cli.verify_audit_log();
    portner.start_again().await;
    portner.cli.verify_audit_log();
    let log = portner.cli.events("assertion-issued");
    for response in &responses {
        let id = assertion_id(&sp.decrypt(&response.xml).unwrap());
        assert!(log.contains(&id), "assertion {id} was handed out and is not in the log");
    }
}

/// Everybody with a password, a code and a signed request of their own.
fn prepare(portner: &Portner, sp: &ThrowAwaySp) -> Vec<(String, User)> {
    let share = |thread: usize| {
        let numbers = (0..LOGINS).filter(move |number| number % CLI_THREADS == thread);
        numbers.map(|number| portner.cli.add_user(&format!("user{number}"))).collect::<Vec<_>>()
    };
    let users = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CLI_THREADS).map(|thread| scope.spawn(move || share(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("users")).collect::<Vec<_>>()
    });
    let request = || AuthnRequest { minimum: Some(SUBSTANTIAL), ..sp.request(portner) };
    users.into_iter().map(|user| (request().signed_url(sp), user)).collect()
}

/// Whoever is interrupted got nothing, and nothing was promised.
async fn log_in(url: String, user: User, arrived: mpsc::UnboundedSender<SamlResponse>) {
    if let Ok(page) = Visitor::new().log_in(&url, &user).await
        && let Some(response) = page.saml_response()
    {
        // The test stopped listening only if it has failed already.
        let _ = arrived.send(response);
    }
}

fn assertion_id(decrypted: &str) -> String {
    let (_, assertion) = decrypted.split_once("<saml:Assertion ").expect("an assertion");
    let (_, id) = assertion.split_once(" ID=\"").or_else(|| assertion.split_once("ID=\"")).expect("its ID");
    id.split('"').next().expect("a value").to_owned()
}
