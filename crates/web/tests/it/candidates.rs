//! Who in MitID Erhverv is somebody: who is shown, who decides it, and what is on record of it.

use portner_audit_log::envelope::Place;
use portner_audit_log::{Actor, Event};
use portner_domain::role::Role;
use portner_sync::{Liaison, NotTied};
use serde_json::{Value, json};

use crate::browser::{Besides, Browser, Page, router_with};
use crate::desk::{has_cpr, personal};
use crate::erhverv::liaison;
use crate::office::{officer, person, works_in};
use crate::own_pages::{link, visits};
use crate::stage::{User, World, for_each_world};

const CPR: &str = "0101701234";
const ANOTHER_CPR: &str = "0202701234";
const FIRST: &str = "10000000-0000-4000-8000-000000000001";
const SECOND: &str = "10000000-0000-4000-8000-000000000002";
const THIRD: &str = "10000000-0000-4000-8000-000000000003";

/// An identity there, as a reading would have written it down.
async fn is_there(world: &World, uuid: &str, cpr: Option<&str>, more: Value) {
    let mut seen = json!({
        "employee": uuid, "state": "active", "given_name": "Anna", "surname": "Dér", "email": "anna@example.dk",
        "rid": format!("rid-{uuid}"), "authenticators": { "local": null, "private_mitid": null }, "may_sign": false,
        "is_pseudonymous": false, "rights": [],
    });
    for (key, value) in more.as_object().unwrap() {
        seen.as_object_mut().unwrap().insert(key.clone(), value.clone());
    }
    let place = Place { table: "sync_mirror", column: "cpr", row: uuid };
    let seal = |cpr: &str| world.envelope.seal(&*world.stage.entropy, &place, cpr.as_bytes()).unwrap();
    let personal = personal(world).await;
    let local = seen.pointer("/authenticators/local").and_then(Value::as_str).map(str::to_lowercase);
    sqlx::query(
        "INSERT INTO sync_mirror (employee, seen, cpr, cpr_index, local_name) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(uuid)
    .bind(seen.to_string())
    .bind(cpr.map(seal))
    .bind(cpr.map(|cpr| personal.cpr_index(&cpr.parse().unwrap())))
    .bind(local)
    .execute(world.stage.danger_writer())
    .await
    .unwrap();
}

/// Anna, and two there with her number and her mail.
async fn anna_and_two(world: &World) -> User {
    let anna = world.anna().await;
    has_cpr(world, &anna, CPR).await;
    works_in(world, &anna, "Skole/Nord").await;
    is_there(world, FIRST, Some(CPR), json!({})).await;
    is_there(world, SECOND, Some(CPR), json!({ "state": "suspended" })).await;
    anna
}

/// Somebody who is logged in where MitID Erhverv is connected.
async fn at_work(world: &World, who: &User) -> (Browser, Liaison) {
    let node = world.node().await;
    let liaison = liaison(world, &node).await;
    let besides = Besides { erhverv: Some(liaison.clone()), ..Besides::default() };
    let mut browser = Browser::at(router_with(world, &node, besides));
    let page = visits(&mut browser, world, who, "/office").await;
    assert!(page.status == 200 && !page.has_field("code"), "{}", page.html);
    (browser, liaison)
}

fn there(of: &User) -> String {
    format!("{}/mitid-erhverv", person(of))
}

fn is_silent_about_numbers(page: &Page) {
    for number in [CPR, ANOTHER_CPR, "010170-1234"] {
        assert!(!page.html.contains(number), "{}", page.html);
    }
}

#[tokio::test]
async fn somebody_chooses_who_of_two_it_is_says_why_and_takes_it_back() {
    for_each_world(|world| async move {
        let anna = anna_and_two(&world).await;
        let uma = officer(&world, "uma", Role::UserAdministrator, None).await;
        let (mut browser, liaison) = at_work(&world, &uma).await;
        let page = browser.opens(&there(&anna)).await;
        is_silent_about_numbers(&page);
        for shown in
            ["somebody has to decide which", "rid-10000000", FIRST, SECOND, "Anna Dér", "the same as here"]
        {
            assert!(page.shows(shown), "{shown}: {}", page.html);
        }
        assert!(page.shows("suspended") && page.shows("in use"), "{}", page.html);
        assert_eq!(world.events("person-seen").await, [Event::PersonSeen { identity: anna.identity.id }]);

        let ask = browser.opens(&link(&page, &format!("tie?employee={SECOND}"))).await;
        is_silent_about_numbers(&ask);
        assert!(ask.shows("What is planned then") && ask.shows(SECOND) && !ask.shows(FIRST), "{}", ask.html);
        let empty = browser.submits(&ask, &[("why", "  ")]).await;
        assert!(empty.status == 400 && empty.shows("Write a reason"), "{}", empty.html);
        assert_eq!(empty.form().field("employee"), Some(SECOND), "what was chosen is not lost");
        assert_eq!(world.events("sync-tied").await, []);
        let done = browser.submits(&empty, &[("why", "=she showed\n her old card")]).await;
        assert!(done.shows("are one from now on") && done.shows(SECOND), "{}", done.html);
        let tied = Event::SyncTied {
            identity: anna.identity.id,
            employee: SECOND.to_owned(),
            why: Some("=she showed her old card".to_owned()),
        };
        assert_eq!(world.events("sync-tied").await, [tied]);
        let looked = liaison.looked(anna.identity.id).await.unwrap().unwrap();
        assert_eq!(looked.plan.employee.map(|it| it.to_string()).as_deref(), Some(SECOND));
        // A page that was opened before is too late.
        let late = browser.sends_form(&ask.form(), &[("why", "no, the other"), ("employee", FIRST)]).await;
        assert!(
            late.status == 400 && late.shows("tied to an identity in MitID Erhverv already"),
            "{}",
            late.html
        );

        world.stage.seal().await;
        let page = browser.opens(&there(&anna)).await;
        assert!(page.shows(&format!("Tied to the identity {SECOND}")), "{}", page.html);
        assert!(page.shows("Reason: =she showed her old card") && page.shows(" · uma"), "{}", page.html);
        let ask = browser.opens(&link(&page, "/untie")).await;
        assert!(
            ask.shows("Nothing is changed in MitID Erhverv") && ask.shows("has to decide which"),
            "{}",
            ask.html
        );
        assert!(!ask.shows("taken over again at once"), "both may be her again: {}", ask.html);
        let other = browser.sends_form(&ask.form(), &[("why", "x"), ("employee", FIRST)]).await;
        assert!(other.status == 400 && other.shows("changed since you read it"), "{}", other.html);
        let done = browser.submits(&ask, &[("why", "a mistake")]).await;
        assert!(done.shows("not tied to the identity in MitID Erhverv any more"), "{}", done.html);
        let untied = Event::SyncUntied {
            identity: anna.identity.id,
            employee: Some(SECOND.to_owned()),
            why: Some("a mistake".to_owned()),
        };
        assert_eq!(world.events("sync-untied").await, [untied]);
        let again = browser.sends_form(&ask.form(), &[("why", "a mistake")]).await;
        assert!(again.status == 400 && again.shows("changed since you read it"), "{}", again.html);
        assert!(liaison.looked(anna.identity.id).await.unwrap().unwrap().plan.employee.is_none());
    })
    .await;
}

#[tokio::test]
async fn who_may_be_somebody_is_shown_to_whoever_reads_everybody_and_decided_by_whoever_administers_everybody()
 {
    for_each_world(|world| async move {
        let anna = anna_and_two(&world).await;
        let part = officer(&world, "part", Role::UserAdministrator, Some("Skole")).await;
        let sue = officer(&world, "sue", Role::Support, None).await;
        let audra = officer(&world, "audra", Role::Auditor, None).await;
        let uma = officer(&world, "uma", Role::UserAdministrator, None).await;
        has_cpr(&world, &uma, ANOTHER_CPR).await;
        is_there(
            &world,
            THIRD,
            Some(ANOTHER_CPR),
            json!({ "email": "uma@example.dk", "state": "suspended" }),
        )
        .await;
        let ask = format!("{}/tie?employee={FIRST}", person(&anna));
        for (who, sees, asks, reads_log) in
            [(&part, false, 200, false), (&sue, true, 403, false), (&audra, true, 403, true)]
        {
            let (mut browser, _) = at_work(&world, who).await;
            let page = browser.opens(&there(&anna)).await;
            let name = who.identity.user_name.as_str();
            assert!(
                page.shows("Whoever administers users in the whole organisation"),
                "{name}: {}",
                page.html
            );
            assert_eq!(page.shows("rid-10000000"), sees, "{name}: {}", page.html);
            assert_eq!(page.html.contains("/office/log?user=anna"), reads_log, "{name}");
            assert!(!page.html.contains("/tie?"), "{name}: {}", page.html);
            let asked = browser.opens(&ask).await;
            assert!(asked.status == asks && !asked.has_field("why"), "{name}: {}", asked.html);
            assert!(!asked.shows("rid-10000000"), "{name}: {}", asked.html);
        }
        // Whoever administers a part of it has no form; one that was brought from elsewhere does nothing.
        world.pass(1);
        let (mut parts, _) = at_work(&world, &part).await;
        let (mut umas, _) = at_work(&world, &uma).await;
        let form = umas.opens(&ask).await.form();
        assert_eq!(parts.sends_form(&form, &[("why", "I know her")]).await.status, 403);
        // Nobody does for themselves.
        let own = umas.opens(&there(&uma)).await;
        assert!(own.shows(THIRD) && own.shows("nobody decides about themselves"), "{}", own.html);
        assert!(!own.html.contains("/tie?"), "{}", own.html);
        let asked = umas.opens(&format!("{}/tie?employee={THIRD}", person(&uma))).await;
        assert!(asked.status == 403 && asked.shows("Ask a colleague"), "{}", asked.html);
        assert_eq!(world.events("sync-tied").await, []);
    })
    .await;
}

#[tokio::test]
async fn whoever_can_not_be_it_can_not_be_chosen_and_the_page_says_why() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        has_cpr(&world, &anna, CPR).await;
        let uma = officer(&world, "uma", Role::UserAdministrator, None).await;
        let named = json!({ "authenticators": { "local": "anna@12345678", "private_mitid": null } });
        is_there(&world, FIRST, Some(ANOTHER_CPR), named).await;
        is_there(&world, SECOND, None, json!({ "given_name": null })).await;
        is_there(&world, THIRD, Some(CPR), json!({ "state": "gone" })).await;
        let (mut browser, liaison) = at_work(&world, &uma).await;
        let page = browser.opens(&there(&anna)).await;
        is_silent_about_numbers(&page);
        assert!(page.shows("has the name") && page.shows("another than here"), "{}", page.html);
        assert!(page.shows("can't be made one") && !page.html.contains("/tie?"), "{}", page.html);
        let unknown = "10000000-0000-4000-8000-000000000009";
        for (employee, said) in [
            (FIRST, "is not the same as here"),
            (SECOND, "Nobody in MitID Erhverv with that UUID"),
            (THIRD, "Nobody in MitID Erhverv with that UUID"),
            (unknown, "Nobody in MitID Erhverv with that UUID"),
            ("x", "Nobody in MitID Erhverv with that UUID"),
        ] {
            let ask = browser.opens(&format!("{}/tie?employee={employee}", person(&anna))).await;
            assert!(
                ask.status == 200 && ask.shows(said) && !ask.has_field("why"),
                "{employee}: {}",
                ask.html
            );
            is_silent_about_numbers(&ask);
        }
        let not = browser.opens(&format!("{}/untie", person(&anna))).await;
        assert!(not.shows("not tied to anybody") && !not.has_field("why"), "{}", not.html);

        // What is sent all the same is refused in the same words, and the one that is another's with them.
        let fifth = "10000000-0000-4000-8000-000000000005";
        is_there(&world, fifth, Some(CPR), json!({})).await;
        let form = browser.opens(&format!("{}/tie?employee={fifth}", person(&anna))).await.form();
        let second_job = world.another_of(&anna, "anna.havn").await;
        liaison.tie(second_job.identity.id, fifth.parse().unwrap(), None).await.unwrap().unwrap();
        for (employee, said) in [
            (FIRST, "is not the same as here"),
            (fifth, "tied to another user"),
            (unknown, "Nobody in MitID Erhverv with that UUID"),
            ("", "Nobody in MitID Erhverv with that UUID"),
        ] {
            let sent = browser.sends_form(&form, &[("why", "I think so"), ("employee", employee)]).await;
            assert!(sent.status == 400 && sent.shows(said), "{employee}: {}", sent.html);
        }
        let why: Vec<_> = world.events("sync-tied").await;
        assert!(
            matches!(why.as_slice(), [Event::SyncTied { why: None, .. }]),
            "that of her second job alone: {why:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_is_chosen_while_it_is_not_clear_whether_one_was_made() {
    for_each_world(|world| async move {
        let anna = anna_and_two(&world).await;
        let uma = officer(&world, "uma", Role::UserAdministrator, None).await;
        let (mut browser, liaison) = at_work(&world, &uma).await;
        let form = browser.opens(&format!("{}/tie?employee={FIRST}", person(&anna))).await.form();
        let insert = "INSERT INTO sync_bond (identity, unsure_since, agreed) VALUES ($1, 3, $2)";
        let agreed = json!({ "name": null, "email": null, "subject_name_id": "anna@12345678" });
        let empty = serde_json::to_value(portner_sync::plan::Agreed::default()).unwrap();
        let mut agreed_now = empty.as_object().unwrap().clone();
        agreed_now.extend(agreed.as_object().unwrap().clone());
        sqlx::query(insert)
            .bind(anna.identity.id.to_string())
            .bind(Value::Object(agreed_now).to_string())
            .execute(world.stage.danger_writer())
            .await
            .unwrap();
        let sent = browser.sends_form(&form, &[("why", "she said so")]).await;
        assert!(sent.status == 400 && sent.shows("not clear whether it was made"), "{}", sent.html);
        world.sql("INSERT INTO sync_state (name, value) VALUES ('reading', '4')").await;
        let done = browser.sends_form(&form, &[("why", "she said so")]).await;
        assert!(done.shows("are one from now on"), "{}", done.html);
        let looked = liaison.looked(anna.identity.id).await.unwrap().unwrap();
        assert_eq!(looked.plan.employee.map(|it| it.to_string()).as_deref(), Some(FIRST));
    })
    .await;
}

#[tokio::test]
async fn nobody_is_kept_from_losing_a_login_by_being_untied() {
    for_each_world(|world| async move {
        let anna = anna_and_two(&world).await;
        let uma = officer(&world, "uma", Role::UserAdministrator, None).await;
        let (mut browser, liaison) = at_work(&world, &uma).await;
        let (identity, first) = (anna.identity.id, FIRST.parse().unwrap());
        liaison.tie(identity, first, None).await.unwrap().unwrap();
        let ask = browser.opens(&format!("{}/untie", person(&anna))).await;
        assert!(ask.shows("Anna Dér") && ask.has_field("why"), "{}", ask.html);
        world.lock(&anna).await;
        let kept = browser.submits(&ask, &[("why", "it is not her")]).await;
        assert!(
            kept.status == 400 && kept.shows("suspended or deleted in MitID Erhverv first"),
            "{}",
            kept.html
        );
        assert_eq!(liaison.untie(identity, None).await.unwrap(), Err(NotTied::IsToLose));
        assert_eq!(world.events("sync-untied").await, []);
    })
    .await;
}

#[tokio::test]
async fn who_is_not_named_by_the_plan_is_neither_shown_nor_tied() {
    for_each_world(|world| async move {
        let anna = anna_and_two(&world).await;
        is_there(&world, THIRD, Some(ANOTHER_CPR), json!({ "given_name": "Hemmelig" })).await;
        let uma = officer(&world, "uma", Role::UserAdministrator, None).await;
        let (mut browser, _) = at_work(&world, &uma).await;
        let page = browser.opens(&format!("{}/tie?employee={THIRD}", person(&anna))).await;
        assert!(!page.shows("Hemmelig") && !page.has_field("why"), "{}", page.html);
        let named = browser.opens(&format!("{}/tie?employee={FIRST}", person(&anna))).await;
        let sent = browser.sends_form(&named.form(), &[("why", "x"), ("employee", THIRD)]).await;
        assert!(sent.status == 400 && !sent.shows("Hemmelig"), "{}", sent.html);
        assert_eq!(world.events("sync-tied").await, []);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_is_too_late() {
    for_each_world(|world| async move {
        let anna = anna_and_two(&world).await;
        let second_job = world.another_of(&anna, "anna.havn").await;
        let (one, other) = (world.node().await, world.node().await);
        let (one, other) = (liaison(&world, &one).await, liaison(&world, &other).await);
        let (first, second) = (FIRST.parse().unwrap(), SECOND.parse().unwrap());
        let (identity, its_other) = (anna.identity.id, second_job.identity.id);
        let too_late = |done: Result<(), NotTied>| {
            let why = [NotTied::TiedHere, NotTied::TiedThere, NotTied::ChangedMeanwhile];
            done.is_err_and(|not| why.contains(&not))
        };
        for n in 0..10 {
            let (a, b) = tokio::join!(one.tie(identity, first, None), other.tie(identity, second, None));
            let (a, b) = (a.unwrap(), b.unwrap());
            assert!(a.is_ok() != b.is_ok() && (too_late(a) || too_late(b)), "{n}: {a:?} {b:?}");
            assert!(one.untie(identity, None).await.unwrap().unwrap());
            let (a, b) = tokio::join!(one.tie(identity, first, None), other.tie(its_other, first, None));
            let (a, b) = (a.unwrap(), b.unwrap());
            assert!(a.is_ok() != b.is_ok() && (too_late(a) || too_late(b)), "{n}: {a:?} {b:?}");
            let untied =
                (one.untie(identity, None).await.unwrap(), one.untie(its_other, None).await.unwrap());
            assert!(untied.0 != untied.1);
        }
        assert_eq!(world.events("sync-tied").await.len(), 20, "what was too late is on no record");
    })
    .await;
}

#[tokio::test]
async fn what_somebody_has_to_decide_is_a_list_of_its_own_and_a_file() {
    for_each_world(|world| async move {
        let anna = anna_and_two(&world).await;
        let bo = world.user("bo").with_password().registered().await;
        has_cpr(&world, &bo, ANOTHER_CPR).await;
        let audra = officer(&world, "audra", Role::Auditor, None).await;
        has_cpr(&world, &audra, "0303701234").await;
        let (mut browser, _) = at_work(&world, &audra).await;
        let all = browser.opens("/office/mitid-erhverv/plan").await;
        let page_of = |user: &User| format!("href=\"{}\"", there(user));
        assert!(all.html.contains(&page_of(&bo)) && all.html.contains(&page_of(&anna)), "{}", all.html);
        let waiting = browser.opens(&link(&all, "?only=decide")).await;
        assert!(
            waiting.html.contains(&page_of(&anna)) && !waiting.html.contains(&page_of(&bo)),
            "{}",
            waiting.html
        );
        let last = "ffffffff-ffff-7fff-bfff-ffffffffffff";
        let none = browser.opens(&format!("/office/mitid-erhverv/plan?only=decide&after={last}")).await;
        assert!(
            none.shows("Nothing waits for a person's decision") && none.html.contains("?only=decide\""),
            "{}",
            none.html
        );

        let file = browser.opens(&link(&waiting, "/decide.csv")).await;
        assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
        let lines: Vec<_> = file.html.trim_start_matches('\u{feff}').lines().collect();
        let [names, line] = lines.as_slice() else { panic!("{}", file.html) };
        assert_eq!(*names, "user_name,identity,employee,found,named");
        assert!(line.starts_with("anna,") && line.ends_with(&format!("{FIRST} {SECOND}")), "{line}");
        is_silent_about_numbers(&file);
        let handed_out = Event::ListExported { list: "mitid-erhverv".to_owned() };
        assert_eq!(world.events("list-exported").await, [handed_out]);

        let part = officer(&world, "part", Role::UserAdministrator, Some("Skole")).await;
        let (mut parts, _) = at_work(&world, &part).await;
        for path in ["/office/mitid-erhverv/decide.csv", "/office/mitid-erhverv/plan?only=decide"] {
            let page = parts.opens(path).await;
            assert!(!page.html.contains(FIRST) && !page.html.contains("anna"), "{}", page.html);
        }
        assert_eq!(world.events("list-exported").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_said_about_somebody_is_read_in_plain_words_newest_first() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let identity = anna.identity.id;
        let employee = Some(FIRST.to_owned());
        let asked =
            |step: &str| Event::SyncAsked { identity, employee: employee.clone(), step: step.to_owned() };
        let role = "role 10000000-0000-4000-8000-000000000000 in Cvr 12345678";
        let mut events = vec![Event::SyncSeen { identity: Some(identity), employee: FIRST.to_owned() }];
        events.extend((0..50).map(|_| asked("suspend it")));
        events.push(asked(&format!("give {role}")));
        events.push(asked("a step of another version"));
        events.push(Event::SyncAnswered {
            identity,
            employee: employee.clone(),
            step: "reactivate it".to_owned(),
            failure: Some("failed with status 503".to_owned()),
        });
        events.push(Event::SyncAnswered { identity, employee, step: "suspend it".to_owned(), failure: None });
        let mut tx = world.stage.log.begin(Actor::system("sync")).await.unwrap();
        for event in events {
            tx.write(event);
        }
        tx.commit().await.unwrap();
        world.stage.seal().await;
        let sue = officer(&world, "sue", Role::Support, None).await;
        let (mut browser, _) = at_work(&world, &sue).await;
        let page = browser.opens(&there(&anna)).await;
        let said = [
            "Done: Suspend the identity",
            "Not done, or not known to be: Reactivate the identity",
            "Answer: failed with status 503",
            "Asked for: a step of another version",
            "Asked for: Give the role 10000000-0000-4000-8000-000000000000 in Cvr 12345678",
            "Asked for: Suspend the identity",
        ];
        let places: Vec<_> = said.iter().map(|said| page.html.find(said)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} {}", page.html);
        assert!(page.shows("Portner (sync)") && !page.shows("sync-seen"), "{}", page.html);
        assert_eq!(page.html.matches("Asked for: Suspend").count(), 46);
        let next =
            page.html.split("id=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let older = browser.opens(next).await;
        assert_eq!(older.html.matches("Asked for: Suspend").count(), 4);
        assert!(!older.html.contains("id=\"next\""), "{}", older.html);
        browser.headers = vec![("accept-language", "da")];
        let danish = browser.opens(&there(&anna)).await;
        assert!(danish.shows("Gjort: Suspendér identiteten"), "{}", danish.html);
    })
    .await;
}
