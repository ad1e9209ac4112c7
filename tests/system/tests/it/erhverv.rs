//! MitID Erhverv is kept in step with the directory, whatever happens in between.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Erhverv, Portner, Storage, eventually};

const LIGHT: &str = "light-with-local-idp";
/// People of the year-in-a-day, unless the environment says otherwise.
const PEOPLE: usize = 300;
const SETTLED_SECONDS_MAX: u64 = 600;
/// Fast where a real installation is patient, and without a brake.
const HASTY: &str = "deleted_after_days = 0\n[mitid_erhverv.brake]\npercent = 100\nidentities = 1000000\n\
    [mitid_erhverv.pace]\nfirst_pause_ms = 20\nlongest_pause_ms = 200\nbetween_readings_seconds = 2\n";

/// Somebody of the register of staff.
#[derive(Clone)]
struct Person {
    number: usize,
    surname: String,
    mail: String,
    status: &'static str,
}

impl Person {
    fn new(number: usize) -> Self {
        let (surname, mail) = (format!("Jensen{number}"), format!("user{number}@example.dk"));
        Self { number, surname, mail, status: "" }
    }

    fn line(&self) -> String {
        let Self { number: n, surname, mail, status } = self;
        let (day, month, serial) = (1 + n % 28, 1 + n / 28 % 12, n / 336);
        format!("{n};user{n};Anna;{surname};{mail};{day:02}{month:02}70{serial:04};{status}")
    }

    /// What MitID Erhverv is to say of them.
    fn wanted(&self) -> Option<(String, (String, String, bool))> {
        let is_suspended = match self.status {
            "left" => return None,
            "away" => true,
            _ => false,
        };
        let name_id = format!("user{}@12345678", self.number);
        Some((name_id, (self.surname.clone(), self.mail.clone(), is_suspended)))
    }
}

fn lines(people: &[Person]) -> Vec<String> {
    people.iter().map(Person::line).collect()
}

/// Everybody there as they are.
async fn there(erhverv: &Erhverv) -> BTreeMap<String, (String, String, bool)> {
    let people = erhverv.people().await;
    let all = people.iter().map(|it| {
        let name_id = it.name_id().expect("a NameID").to_owned();
        (name_id, (it.surname.clone(), it.email_address.clone(), it.state == "Suspended"))
    });
    let there: BTreeMap<_, _> = all.collect();
    assert_eq!(there.len(), people.len(), "two have one NameID");
    there
}

async fn settles(what: &str, erhverv: &Erhverv, people: &[Person]) {
    let wanted: BTreeMap<_, _> = people.iter().filter_map(Person::wanted).collect();
    let began = Instant::now();
    loop {
        let there = there(erhverv).await;
        if there == wanted {
            println!("{what}: {} people in {:?}", wanted.len(), began.elapsed());
            return;
        }
        if began.elapsed() > Duration::from_secs(SETTLED_SECONDS_MAX) {
            let wrong: Vec<_> =
                wanted.iter().filter(|(name, it)| there.get(*name) != Some(it)).take(5).collect();
            let more: Vec<_> = there.keys().filter(|name| !wanted.contains_key(*name)).take(5).collect();
            panic!("{what}: {} there, {} wanted; {wrong:?}; too many: {more:?}", there.len(), wanted.len());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// An installation that is live, with these people.
async fn live(storage: Storage, erhverv: &Erhverv, more: &str, people: &[Person]) -> Portner {
    let mut portner = Portner::install(storage).await;
    portner.configure(&erhverv.section(LIGHT, more)).await;
    portner.cli.import_people(&lines(people));
    portner.cli.sync(&["live"]).expect("live");
    portner
}

#[tokio::test]
async fn a_year_in_a_day_with_bad_weather_and_three_kills_ends_with_both_sides_equal() {
    let many =
        std::env::var("PORTNER_YEAR_PEOPLE").ok().map_or(PEOPLE, |text| text.parse().expect("a number"));
    let erhverv = Erhverv::start(LIGHT).await;
    let weather = json!({
        "unavailable": 0.03, "drop_before": 0.01, "drop_after": 0.01, "optimistic": 0.01, "slow_search": 0.5,
        "token_expiry": 0.005,
    });
    erhverv.goes_wrong(weather).await;
    let mut people: Vec<_> = (1..=many).map(Person::new).collect();
    let mut portner = live(Storage::Sqlite, &erhverv, HASTY, &people).await;
    // The first kill comes while they are made, by the number of those who are.
    eventually("half of them are made", SETTLED_SECONDS_MAX, async || {
        (erhverv.people().await.len() >= many / 2).then_some(())
    })
    .await;
    portner.kill_nine();
    portner.start_again().await;
    settles("made", &erhverv, &people).await;

    for person in people.iter_mut().filter(|it| it.number % 10 == 1) {
        person.surname = format!("Hansen{}", person.number);
    }
    for person in people.iter_mut().filter(|it| it.number % 10 == 2) {
        person.mail = format!("new{}@example.dk", person.number);
    }
    portner.cli.import_people(&lines(&people));
    portner.kill_nine();
    portner.start_again().await;
    settles("changed", &erhverv, &people).await;

    people.iter_mut().filter(|it| it.number % 5 == 0).for_each(|it| it.status = "away");
    portner.cli.import_people(&lines(&people));
    settles("suspended", &erhverv, &people).await;
    people.iter_mut().filter(|it| it.number % 10 == 0).for_each(|it| it.status = "");
    portner.cli.import_people(&lines(&people));
    portner.kill_nine();
    portner.start_again().await;
    settles("reactivated", &erhverv, &people).await;
    people.iter_mut().filter(|it| it.number % 10 == 5).for_each(|it| it.status = "left");
    portner.cli.import_people(&lines(&people));
    settles("removed", &erhverv, &people).await;

    erhverv.is_fair().await;
    let calls = erhverv.calls().await;
    let illegal: Vec<_> = calls.iter().filter(|call| call.legal == Some(false)).collect();
    assert!(illegal.is_empty(), "{} illegal calls: {:#?}", illegal.len(), illegal.first());
    let made: Vec<_> = calls
        .iter()
        .filter(|call| call.method == "POST" && call.path.ends_with("/employee") && call.was_done())
        .map(|call| call.request["identityAuthenticators"]["subjectNameId"].to_string())
        .collect();
    assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), made.len(), "somebody was made twice");
    assert_eq!(made.len(), many);
    assert!(calls.iter().filter(|call| call.fault.is_some()).count() > many / 20, "the weather was fair");
    eventually("nothing waits", SETTLED_SECONDS_MAX, async || {
        portner.cli.sync(&["status"]).expect("status").contains("waiting: 0").then_some(())
    })
    .await;
    portner.cli.verify_audit_log();
}
