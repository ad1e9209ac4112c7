//! MitID Erhverv is kept in step with the directory, whatever happens in between.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Browser, Call, Employee, Erhverv, Language, Portner, Storage, eventually};

const LIGHT: &str = "light-with-local-idp";
/// People of the year-in-a-day, unless the environment says otherwise.
const PEOPLE: usize = 300;
const SETTLED_SECONDS_MAX: u64 = 600;
/// Fast where a real installation is patient, and without a brake.
const HASTY: &str = "deleted_after_days = 0\n[mitid_erhverv.brake]\npercent = 100\nidentities = 1000000\n\
    [mitid_erhverv.pace]\nfirst_pause_ms = 20\nlongest_pause_ms = 200\nbetween_readings_seconds = 4\n";

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
    let said = |name_id: &str| name_id.to_owned();
    let named: Vec<_> = people.iter().filter_map(|it| Some((said(it.name_id()?), it))).collect();
    let of = |(name_id, it): &(String, &Employee)| {
        (name_id.clone(), (it.surname.clone(), it.email_address.clone(), it.state == "Suspended"))
    };
    let there: BTreeMap<_, _> = named.iter().map(of).collect();
    assert_eq!(there.len(), named.len(), "two have one NameID");
    there
}

async fn settles(what: &str, erhverv: &Erhverv, people: &[Person]) {
    let wanted: BTreeMap<_, _> = people.iter().filter_map(Person::wanted).collect();
    let began = Instant::now();
    loop {
        let there = there(erhverv).await;
        if there == wanted {
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
        "unavailable": 0.05, "drop_before": 0.01, "drop_after": 0.01, "optimistic": 0.01, "slow_search": 0.5,
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
    // A token that was taken away says nothing of the state of anybody, and whether one is gone is found out by asking.
    let is_illegal = |call: &&Call| call.legal == Some(false) && call.status != 401 && call.changes();
    let illegal: Vec<_> = calls.iter().filter(is_illegal).collect();
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

/// With the brake as it is.
const CAREFUL: &str = "deleted_after_days = 0\n[mitid_erhverv.pace]\nfirst_pause_ms = 20\nlongest_pause_ms = 200\n\
    between_readings_seconds = 1\n";

async fn suspensions(erhverv: &Erhverv) -> usize {
    there(erhverv).await.values().filter(|(_, _, is_suspended)| *is_suspended).count()
}

#[tokio::test]
async fn a_list_that_can_not_be_believed_changes_nothing() {
    let erhverv = Erhverv::start(LIGHT).await;
    let people: Vec<_> = (1..=30).map(Person::new).collect();
    let portner = live(Storage::Sqlite, &erhverv, CAREFUL, &people).await;
    settles("made", &erhverv, &people).await;
    let before = there(&erhverv).await;
    for fault in ["empty_search", "html_search"] {
        erhverv.goes_wrong(json!({ fault: 1.0 })).await;
        let said = portner.cli.sync(&["read"]).expect_err(fault);
        assert!(said.contains("nothing was changed") || said.contains("can't be understood"), "{said}");
        assert!(portner.cli.sync(&["plan"]).expect("a plan").contains("0 with something to do"), "{fault}");
    }
    erhverv.is_fair().await;
    // Half of them are out of sight: as if it listed only those of some state.
    for employee in erhverv.people().await.iter().take(20) {
        erhverv.post("/portal/suspend", json!({ "uuid": employee.uuid })).await;
    }
    erhverv.post("/switches", json!({ "search_states": ["Pending", "Active"] })).await;
    let said = portner.cli.sync(&["read"]).expect_err("half a list");
    assert!(said.contains("less than half"), "{said}");
    let plan = portner.cli.sync(&["plan"]).expect("a plan");
    assert!(plan.contains("0 with something to do, 0 of them lose"), "{plan}");
    erhverv.post("/switches", json!({ "search_states": ["Pending", "Active", "Suspended"] })).await;
    portner.cli.sync(&["read"]).expect("a reading");
    let plan = portner.cli.sync(&["plan"]).expect("a plan");
    assert_eq!(plan.matches("it was suspended in MitID Erhverv and stays so").count(), 20, "{plan}");
    assert_eq!((there(&erhverv).await.len(), suspensions(&erhverv).await), (before.len(), 20));
}

#[tokio::test]
async fn many_losses_wait_until_somebody_has_looked_and_everything_else_goes_on() {
    let erhverv = Erhverv::start(LIGHT).await;
    let mut people: Vec<_> = (1..=40).map(Person::new).collect();
    let portner = live(Storage::PostgresAndRedis, &erhverv, CAREFUL, &people).await;
    settles("made", &erhverv, &people).await;
    people.iter_mut().take(12).for_each(|it| it.status = "away");
    people[20].surname = "Hansen".to_owned();
    portner.cli.import_people(&lines(&people));
    eventually("what is no loss goes on", SETTLED_SECONDS_MAX, async || {
        there(&erhverv).await.values().any(|(surname, ..)| surname == "Hansen").then_some(())
    })
    .await;
    eventually("it is held", SETTLED_SECONDS_MAX, async || {
        portner.cli.sync(&["status"]).expect("status").contains("held: 12 of 40").then_some(())
    })
    .await;
    assert_eq!(suspensions(&erhverv).await, 0);
    let plan = portner.cli.sync(&["plan"]).expect("a plan");
    let digest = plan.trim_end().rsplit(' ').next().expect("a sum");
    assert!(portner.cli.sync(&["approve", "another"]).is_err());
    portner.cli.sync(&["approve", digest]).expect("approved");
    settles("suspended", &erhverv, &people).await;
    assert!(portner.cli.events("sync-held").contains("\"losing\":12"));
    portner.cli.verify_audit_log();
}

#[tokio::test]
async fn whoever_is_blocked_is_suspended_there_within_seconds_and_whoever_is_proofed_is_made() {
    let erhverv = Erhverv::start("full").await;
    let mut portner = Portner::install(Storage::Sqlite).await;
    portner.configure(&erhverv.section("full", CAREFUL)).await;
    portner.cli.sync(&["live"]).expect("live");
    let mut people: Vec<_> = (1..=2).map(Person::new).collect();
    portner.cli.import_people(&lines(&people));
    portner.cli.proof("user1");
    people.truncate(1);
    settles("made who was proofed, and nobody else", &erhverv, &people).await;
    let session = erhverv.get("/identities").await;
    assert_eq!(session[0]["identities"][0]["registered_ial"], json!("Substantial"));

    portner.cli.lock("user1");
    people[0].status = "away";
    eventually("suspended there", SUSPENDED_WITHIN_SECONDS, async || {
        (suspensions(&erhverv).await == 1).then_some(())
    })
    .await;
    portner.cli.unlock("user1");
    people[0].status = "";
    settles("reactivated", &erhverv, &people).await;
}

/// From the click to the other side.
const SUSPENDED_WITHIN_SECONDS: u64 = 5;

#[tokio::test]
async fn a_suspension_does_not_wait_for_a_list_that_takes_long() {
    const LIST_MS: u64 = 15_000;
    let erhverv = Erhverv::start(LIGHT).await;
    let mut people: Vec<_> = (1..=4).map(Person::new).collect();
    let portner = live(Storage::Sqlite, &erhverv, CAREFUL, &people).await;
    settles("made", &erhverv, &people).await;
    let slow =
        json!({ "seed": 7, "probability": { "slow_search": 1.0 }, "slow_search_ms": [LIST_MS, LIST_MS] });
    erhverv.post("/faults", slow).await;
    let mut reading = portner.cli.begin_sync(&["read"]);
    tokio::time::sleep(Duration::from_secs(2)).await;
    // Nobody is made of whom the list on its way can't tell.
    people.push(Person::new(5));
    portner.cli.import_people(&lines(&people));
    portner.cli.lock("user1");
    people[0].status = "away";
    eventually("suspended there", SUSPENDED_WITHIN_SECONDS, async || {
        (suspensions(&erhverv).await == 1).then_some(())
    })
    .await;
    assert!(reading.is_running() && erhverv.people().await.len() == 4);
    settles("everything else follows", &erhverv, &people).await;
    portner.cli.unlock("user1");
    people[0].status = "";
    erhverv.is_fair().await;
    settles("reactivated", &erhverv, &people).await;
    let plan = portner.cli.sync(&["plan"]).expect("a plan");
    assert!(plan.contains("0 with something to do") && !plan.contains("reactivated in"), "{plan}");
}

#[tokio::test]
async fn who_is_there_already_is_taken_over_and_who_may_be_waits_for_a_person() {
    let erhverv = Erhverv::start(LIGHT).await;
    let people: Vec<_> = (1..=4).map(Person::new).collect();
    // The fourth and the fifth there are one person.
    let cpr = |n: usize| format!("{:02}01700000", 1 + n.min(4) % 28);
    let there_already = |n: usize, mail: String, name: Option<String>| {
        json!({ "given_name": "Anna", "surname": format!("Jensen{n}"), "email_address": mail, "cpr_number": cpr(n),
                "subject_name_id": name, "rid": format!("1000000{n}"), "state": "Active" })
    };
    let seed = json!({ "organisation": "12345678", "people": [
        there_already(1, "user1@example.dk".to_owned(), Some("user1@12345678".to_owned())),
        there_already(2, "USER2@example.dk".to_owned(), None),
        there_already(3, "other@example.dk".to_owned(), Some("another-name".to_owned())),
        there_already(4, "user4@example.dk".to_owned(), None),
        there_already(5, "user4@example.dk".to_owned(), None),
        { "given_name": "Nobody", "surname": "Here", "email_address": "n@example.dk", "cpr_number": "1505800000",
          "subject_name_id": "nobody", "state": "Active" },
    ] });
    erhverv.post("/seed", seed).await;
    let mut portner = Portner::install(Storage::Sqlite).await;
    portner.configure(&erhverv.section(LIGHT, CAREFUL)).await;
    portner.cli.import_people(&lines(&people));
    portner.cli.sync(&["read"]).expect("a reading");
    let plan = portner.cli.sync(&["plan"]).expect("a plan");
    assert_eq!(plan.matches("to the user here: it is the same person's").count(), 2, "{plan}");
    assert!(erhverv.calls().await.iter().all(|call| !call.changes()), "a dry run says nothing");
    let before: BTreeMap<_, _> = erhverv.rids().await;

    portner.cli.sync(&["live"]).expect("live");
    eventually("taken over, and one made", SETTLED_SECONDS_MAX, async || {
        let there = there(&erhverv).await;
        ["user2@12345678", "user3@12345678"].iter().all(|it| there.contains_key(*it)).then_some(())
    })
    .await;
    let plan = portner.cli.sync(&["plan"]).expect("a plan");
    assert!(plan.contains("look: ") && !there(&erhverv).await.contains_key("user4@12345678"), "{plan}");
    let chosen = before.iter().find(|(_, rid)| *rid == "10000005").expect("the fifth").0;
    portner.cli.sync(&["tie", "user4", chosen]).expect("tied");
    eventually("tied", SETTLED_SECONDS_MAX, async || {
        there(&erhverv).await.contains_key("user4@12345678").then_some(())
    })
    .await;
    let after = erhverv.rids().await;
    assert!(before.iter().all(|(uuid, rid)| after.get(uuid) == Some(rid)), "{before:?} {after:?}");
    let there = there(&erhverv).await;
    assert!(
        ["user1@12345678", "user2@12345678", "user4@12345678", "nobody"]
            .iter()
            .all(|it| there.contains_key(*it))
    );
    assert!(!there["nobody"].2, "whoever is nobody's here is left alone");
    portner.cli.verify_audit_log();
}

#[tokio::test]
async fn another_form_is_a_plan_to_read_first_and_is_then_gone_over_to() {
    let erhverv = Erhverv::start("full").await;
    let mut people: Vec<_> = (1..=3).map(Person::new).collect();
    let mut portner = live(Storage::Sqlite, &erhverv, CAREFUL, &people).await;
    settles("made", &erhverv, &people).await;
    portner.cli.proof("user1");
    let vouched = async || {
        let all = erhverv.get("/identities").await;
        let all = all[0]["identities"].as_array().expect("a list").clone();
        let first = all.into_iter().find(|it| it["surname"] == "Jensen1").expect("the first");
        first["registered_ial"].clone()
    };
    assert_eq!(vouched().await, json!(null));

    portner.reconfigure(&format!("form = \"{LIGHT}\""), "form = \"full\"").await;
    portner.cli.sync(&["read"]).expect("a reading");
    let status = portner.cli.sync(&["status"]).expect("a status");
    assert!(status.contains("mode: dry-run") && status.contains("form is another"), "{status}");
    let plan = portner.cli.sync(&["plan"]).expect("a plan");
    let lines_with = |what: &str| plan.lines().filter(|line| line.contains(what)).count();
    assert_eq!((lines_with("vouched for"), lines_with("suspend")), (1, 2), "{plan}");
    settles("nothing is done yet", &erhverv, &people).await;
    assert_eq!((suspensions(&erhverv).await, vouched().await), (0, json!(null)));

    portner.cli.sync(&["live"]).expect("live");
    people.iter_mut().skip(1).for_each(|it| it.status = "away");
    settles("who is not proofed is suspended", &erhverv, &people).await;
    eventually("vouched for", SETTLED_SECONDS_MAX, async || (vouched().await == "Substantial").then_some(()))
        .await;

    portner.reconfigure("form = \"full\"", &format!("form = \"{LIGHT}\"")).await;
    portner.cli.sync(&["live"]).expect("live");
    people.iter_mut().for_each(|it| it.status = "");
    settles("everybody is back", &erhverv, &people).await;
    eventually("taken back", SETTLED_SECONDS_MAX, async || (vouched().await == "Low").then_some(())).await;
    assert!(erhverv.calls().await.iter().all(|call| call.legal != Some(false)));
    portner.cli.verify_audit_log();
}

#[tokio::test]
async fn who_of_two_somebody_is_there_is_decided_on_their_page_and_nobody_is_made() {
    let erhverv = Erhverv::start(LIGHT).await;
    let person = Person::new(1);
    let there_twice = |rid: &str, state: &str| {
        json!({ "given_name": "Anna", "surname": "Jensen1", "email_address": "user1@example.dk", "rid": rid,
                "cpr_number": "0201700000", "state": state })
    };
    let people = [there_twice("10000004", "Active"), there_twice("10000005", "Active")];
    erhverv.post("/seed", json!({ "organisation": "12345678", "people": people })).await;
    let mut portner = Portner::install(Storage::Sqlite).await;
    portner.configure(&erhverv.section(LIGHT, CAREFUL)).await;
    portner.cli.import_people(&lines(std::slice::from_ref(&person)));
    portner.cli.sync(&["live"]).expect("live");
    portner.cli.sync(&["read"]).expect("a reading");
    let before = erhverv.rids().await;

    let uma = portner.cli.add_officer("uma", "user-administrator");
    let browser = Browser::start(Language::English).await;
    browser.open(&format!("{}/office/mitid-erhverv/plan", portner.url)).await;
    browser.log_in_as(&uma).await;
    browser.open(&format!("{}/office/mitid-erhverv/plan", portner.url)).await;
    browser.click("decide").await;
    browser.inspect("office-sync-plan-decide-en").await;
    let plans = portner.cli.sync(&["plan", "--json"]).expect("plans");
    let plan = plans.lines().find(|line| line.contains("candidates")).expect("hers waits");
    let plan: serde_json::Value = serde_json::from_str(plan).expect("JSON");
    browser.follow(&format!("{}/mitid-erhverv", plan["identity"].as_str().expect("whose"))).await;
    let page = browser.see("Identities in MitID Erhverv that it may be").await;
    assert!(page.contains("10000004") && page.contains("10000005") && !page.contains("0201700000"), "{page}");
    browser.inspect("office-sync-candidates-en").await;
    let chosen = before.iter().find(|(_, rid)| *rid == "10000005").expect("the fifth").0;
    browser.follow(&format!("tie?employee={chosen}")).await;
    browser.see("What is planned then").await;
    browser.inspect("office-sync-tie-en").await;
    browser.click("submit").await;
    browser.see("Write a reason").await;
    browser.fill("why", "she showed the card with that RID").await;
    browser.click("submit").await;
    browser.see("are one from now on").await;
    eventually("it has the name that she logs in with", SETTLED_SECONDS_MAX, async || {
        let people = erhverv.people().await;
        let it = people.iter().find(|it| it.uuid == *chosen).expect("the chosen one");
        (it.name_id() == Some("user1@12345678")).then_some(())
    })
    .await;
    assert_eq!(erhverv.rids().await, before, "nobody is made, and nobody is lost");
    let is_made = |call: &Call| call.method == "POST" && call.path.ends_with("/employee");
    assert!(!erhverv.calls().await.iter().any(is_made));
    browser.see_after_reloads("Done: Set the name that the identity logs in with here").await;
    let page = browser.see("Reason: she showed the card with that RID").await;
    assert!(page.contains("uma") && page.contains("Portner (sync)"), "{page}");
    browser.inspect("office-sync-person-tied-en").await;
    browser.click("untie").await;
    browser.see("It would be taken over again at once").await;
    browser.inspect("office-sync-untie-en").await;
    portner.cli.verify_audit_log();
}

#[tokio::test]
async fn a_right_here_is_a_role_where_the_organisation_is_and_nowhere_else() {
    const ROLE: &str = "20000000-0000-4000-8000-000000000000";
    const PRIVILEGE: &str = "urn:dk:example:laes";
    let erhverv = Erhverv::start(LIGHT).await;
    let roles =
        format!("{CAREFUL}\n[[mitid_erhverv.roles]]\nrole = \"{ROLE}\"\nprivilege = \"{PRIVILEGE}\"\n");
    let people: Vec<_> = (1..=3).map(Person::new).collect();
    let portner = live(Storage::Sqlite, &erhverv, &roles, &people).await;
    settles("made", &erhverv, &people).await;
    portner.cli.grant("user1", PRIVILEGE, "production-unit:1000000001");
    portner.cli.grant("user2", PRIVILEGE, "production-unit:1999999999");
    portner.cli.grant("user3", PRIVILEGE, "se-number:90000001");
    eventually("the roles are given", SETTLED_SECONDS_MAX, async || {
        (erhverv.holders(ROLE).await == ["user1@12345678", "user3@12345678"]).then_some(())
    })
    .await;
    let plan = portner.cli.sync(&["plan"]).expect("a plan");
    assert!(plan.contains("PU 1999999999 is not given"), "{plan}");
    assert!(erhverv.calls().await.iter().all(|call| call.status < 400 || call.fault.is_some()));
}

#[tokio::test]
async fn roles_there_follow_from_groups_here_and_what_the_portal_did_is_told_of() {
    const ROLE: &str = "10000000-0000-4000-8000-000000000000";
    let erhverv = Erhverv::start(LIGHT).await;
    let roles = format!("{CAREFUL}\n[[mitid_erhverv.roles]]\nrole = \"{ROLE}\"\ngroup = \"Indberettere\"\n");
    let people: Vec<_> = (1..=2).map(Person::new).collect();
    let portner = live(Storage::Sqlite, &erhverv, &roles, &people).await;
    settles("made", &erhverv, &people).await;
    portner.cli.join("user1", "Indberettere");
    let holders = async || erhverv.holders(ROLE).await;
    eventually("the role is given", SETTLED_SECONDS_MAX, async || {
        (holders().await == ["user1@12345678"]).then_some(())
    })
    .await;
    let uuid = erhverv.uuid_of("user2@12345678").await;
    let scope = json!({ "type": "Cvr", "value": "12345678" });
    erhverv.post("/portal/assign-role", json!({ "uuid": uuid, "role": ROLE, "scope": scope })).await;
    portner.cli.leave("user1", "Indberettere");
    eventually("the role is taken", SETTLED_SECONDS_MAX, async || {
        (holders().await == ["user2@12345678"]).then_some(())
    })
    .await;
    portner.cli.sync(&["read"]).expect("a reading");
    let plan = portner.cli.sync(&["plan"]).expect("a plan");
    assert!(plan.contains("was given in MitID Erhverv and is left"), "{plan}");
}
