//! What these tests play on: a log, an organisation, and people to be registered.

use portner_audit_log::events::Reader;
use portner_audit_log::testing::Stage;
use portner_audit_log::{Actor, Event, Recorded, Tx};
use portner_directory::{NewEmployee, name_organisation, register};
use portner_domain::identity::{Employment, Identity};
use portner_domain::life::Admission;

pub async fn begin(stage: &Stage) -> Tx {
    stage.log.begin(Actor::system("test")).await.unwrap()
}

pub fn employee(user_name: &str) -> NewEmployee {
    NewEmployee {
        user_name: user_name.parse().unwrap(),
        first_name: "Anna".to_owned(),
        last_name: "Andersen".to_owned(),
        email: Some("anna@example.dk".to_owned()),
        cvr: "12345678".parse().unwrap(),
        employment: Employment::Verified { source: "payroll".to_owned() },
        admission: Admission::Permitted,
    }
}

pub async fn with_organisation(stage: &Stage) {
    let mut tx = begin(stage).await;
    name_organisation(&stage.database, &mut tx, &"12345678".parse().unwrap(), "Eksempel Kommune")
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Anna, who works in the organisation.
pub async fn anna(stage: &Stage) -> Identity {
    with_organisation(stage).await;
    let mut tx = begin(stage).await;
    let anna = register(&mut tx, &*stage.entropy, &employee("anna")).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    anna
}

/// All that is written down, oldest first.
pub async fn events(stage: &Stage) -> Vec<Event> {
    let mut reader = Reader::new(&stage.database);
    let mut events = Vec::new();
    while let Some(page) = reader.next_page().await.unwrap() {
        events.extend(page.iter().map(|body| body.parse::<Recorded>().unwrap().event));
    }
    events
}

pub async fn count(stage: &Stage, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(stage.database.reader()).await.unwrap()
}
