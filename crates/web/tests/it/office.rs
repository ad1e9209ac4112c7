//! The office: who gets in where, and what is done there.

use std::collections::BTreeMap;

use axum::http::Method;
use portner_audit_log::Event;
use portner_directory::About;
use portner_domain::ServiceProviderId;
use portner_domain::identity::State;
use portner_domain::life::Locker;
use portner_domain::proofing::Evidence;
use portner_domain::role::{Action, Grant, Role};
use portner_federation::policy::Policy;
use portner_federation::registry::sha256;
use portner_web::office::{Needs, Route, table};

use crate::browser::{Browser, Page};
use crate::own_pages::{link, proves, visits};
use crate::stage::{OIOSAML3, User, World, for_each_world};

const SCHOOL: &str = "Skole";

pub async fn works_in(world: &World, user: &User, unit: &str) {
    let about =
        About { email: user.identity.email.clone(), unit: Some(unit.parse().unwrap()), ..About::default() };
    let mut tx = world.begin().await;
    let described =
        portner_directory::describe(&world.stage.database, &mut tx, user.identity.id, &about).await;
    described.unwrap().unwrap();
    tx.commit().await.unwrap();
}

pub async fn holds(world: &World, user: &User, role: Role, unit: Option<&str>) {
    let grant = Grant { role, unit: unit.map(|unit| unit.parse().unwrap()), until: None };
    let mut tx = world.begin().await;
    portner_directory::grant(&mut tx, user.identity.id, &grant).await.unwrap().unwrap();
    tx.commit().await.unwrap();
}

/// Somebody who holds a role, and has all it takes for Substantial.
pub async fn officer(world: &World, name: &'static str, role: Role, unit: Option<&str>) -> User {
    let user = world.user(name).with_password().with_totp().proofed(Evidence::InPerson).registered().await;
    holds(world, &user, role, unit).await;
    user
}

pub fn person(user: &User) -> String {
    format!("/office/people/{}", user.identity.id)
}

async fn state(world: &World, user: &User) -> State {
    let found = portner_directory::by_id(&world.stage.database, user.identity.id).await;
    found.unwrap().unwrap().state
}

#[tokio::test]
async fn a_support_desk_finds_somebody_and_stops_them_and_lets_them_go_on() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        works_in(&world, &anna, "Skole/Nord").await;
        let sue = officer(&world, "sue", Role::Support, Some(SCHOOL)).await;
        let mut annas = Browser::new(&world).await;
        assert!(visits(&mut annas, &world, &anna, "/me").await.shows("Your profile"));

        let mut browser = Browser::new(&world).await;
        let start = visits(&mut browser, &world, &sue, "/office").await;
        assert!(
            start.shows("Local support in Skole") && start.shows("has the level Substantial"),
            "{}",
            start.html
        );
        let found = browser.opens("/office/people?q=anna").await;
        let page = browser.opens(&link(&found, &anna.identity.id.to_string())).await;
        assert!(page.shows("Anna Østergård & Søn") && page.shows("Active"), "{}", page.html);
        assert!(
            world.events("person-seen").await.contains(&Event::PersonSeen { identity: anna.identity.id })
        );

        let ask = browser.opens(&link(&page, "/block")).await;
        let empty = browser.submits(&ask, &[("why", "  ")]).await;
        assert!(empty.status == 400 && empty.shows("Write a reason"));
        let done = browser.submits(&ask, &[("why", "rang and said her bag was stolen")]).await;
        assert!(done.shows("The person is blocked and logged out everywhere"), "{}", done.html);
        assert!(done.shows("rang and said her bag was stolen") && done.shows("Blocked"));
        assert_eq!(state(&world, &anna).await, State::Locked);
        assert!(annas.opens("/me").await.has_field("password"), "her session is over");
        let again = browser.submits(&ask, &[("why", "to be sure")]).await;
        assert!(again.status == 400 && again.shows("like that already"));

        let ask = browser.opens(&link(&done, "/unblock")).await;
        let done = browser.submits(&ask, &[("why", "found it")]).await;
        assert!(done.shows("The block is lifted"), "{}", done.html);
        assert_eq!(state(&world, &anna).await, State::Active);
    })
    .await;
}

#[tokio::test]
async fn t_del_01_the_file_of_people_has_those_of_the_officers_units_and_is_on_record() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        works_in(&world, &anna, "Skole/Nord").await;
        let other = world.user("elsewhere").with_password().registered().await;
        works_in(&world, &other, "Vej").await;
        let sue = officer(&world, "sue", Role::Support, Some(SCHOOL)).await;
        let mut browser = Browser::new(&world).await;
        visits(&mut browser, &world, &sue, "/office").await;
        let list = browser.opens("/office/people?q=").await;
        let file = browser.opens(&link(&list, "/office/people.csv?q=")).await;
        assert_eq!(file.status, 200);
        assert!(file.html.starts_with("\u{feff}identity,user_name,name,"), "{}", file.html);
        assert!(file.html.contains(",anna,") && !file.html.contains("elsewhere"), "{}", file.html);
        let events = world.events("people-exported").await;
        let [Event::PeopleExported { units, by_name: false, people: 1, .. }] = events.as_slice() else {
            panic!("{events:?}")
        };
        assert_eq!(units.iter().map(|unit| unit.as_str()).collect::<Vec<_>>(), [SCHOOL]);
    })
    .await;
}

#[tokio::test]
async fn another_partys_lock_stays_and_the_page_says_whose_it_is() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let sue = officer(&world, "sue", Role::Support, None).await;
        for (locker, said) in [
            (Locker::Source, "Somebody else set the block"),
            (Locker::Owner, "Their identity has to be verified again"),
        ] {
            let mut tx = world.begin().await;
            portner_directory::lock(&mut tx, anna.identity.id, locker, "left").await.unwrap().unwrap();
            tx.commit().await.unwrap();
            let mut browser = Browser::new(&world).await;
            let start = visits(&mut browser, &world, &sue, "/office").await;
            assert_eq!(start.status, 200);
            let ask = browser.opens(&format!("{}/unblock", person(&anna))).await;
            let page = browser.submits(&ask, &[("why", "asked nicely")]).await;
            assert!(page.status == 400 && page.shows(said), "{}", page.html);
            world.stage.clock.advance(portner_domain::Millis::minutes(1));
            assert_eq!(state(&world, &anna).await, State::Locked);
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_is_not_logged_in_or_not_enough_is_sent_to_do_so_and_comes_back() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let sue = officer(&world, "sue", Role::Support, None).await;
        let mut browser = Browser::new(&world).await;
        let page = visits(&mut browser, &world, &sue, &person(&anna)).await;
        assert!(page.shows("Anna Østergård & Søn") && page.shows("What can you do?"), "{}", page.html);
        // The second factor is too old for the office; the session goes on.
        world.stage.clock.advance(portner_domain::Millis::minutes(61));
        let asked = browser.opens(&person(&anna)).await;
        let page = proves(&mut browser, &world, &sue, asked).await;
        assert!(page.shows("What can you do?"), "{}", page.html);
        let low = world.user("lo").with_password().with_totp().proofed(Evidence::Register).registered().await;
        holds(&world, &low, Role::Support, None).await;
        let mut browser = Browser::new(&world).await;
        assert!(visits(&mut browser, &world, &low, "/me").await.shows("Your profile"));
        let page = browser.opens("/office/people").await;
        assert!(page.status == 403 && page.shows("needs a login at level Substantial"), "{}", page.html);
    })
    .await;
}

#[tokio::test]
async fn t_csrf_01_no_form_of_the_office_works_without_its_token() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let sue = officer(&world, "sue", Role::Support, None).await;
        let mut browser = Browser::new(&world).await;
        visits(&mut browser, &world, &sue, "/office").await;
        let block = format!("{}/block", person(&anna));
        let other = browser.opens(&format!("{}/log-out", person(&anna))).await;
        let other = other.form().field("csrf").unwrap().to_owned();
        for token in ["", "x", other.as_str()] {
            let page = browser.sends(Method::POST, &block, &[("csrf", token), ("why", "because")]).await;
            assert_eq!(page.status, 403);
        }
        assert_eq!(state(&world, &anna).await, State::Active);
    })
    .await;
}

/// Whom an officer of the school acts on.
const TARGETS: [&str; 4] = ["colleague", "elsewhere", "oneself", "officer"];

/// Everybody who may come to a page: nobody in particular, every role everywhere, and those that have parts, in one.
fn visitors() -> Vec<(Option<Role>, Option<&'static str>)> {
    let everywhere = Role::ALL.into_iter().map(|role| (Some(role), None));
    let in_part =
        Role::ALL.into_iter().filter(|role| role.has_units()).map(|role| (Some(role), Some(SCHOOL)));
    std::iter::once((None, None)).chain(everywhere).chain(in_part).collect()
}

/// What the rules say, told apart from how the pages ask: this is what the table in the documents says.
fn expected(needs: Needs, (role, unit): (Option<Role>, Option<&str>), target: &str) -> bool {
    let (Some(role), action) = (role, needs) else { return false };
    let touches =
        |action: Action| !matches!(action, Action::FindPeople | Action::SeePerson | Action::LookUpCpr);
    match action {
        Needs::AnyRole => true,
        Needs::To(action) => role.may(action),
        Needs::ToPerson(action) => {
            let here = unit.is_none() || target != "elsewhere";
            let over_officers = unit.is_none()
                && matches!(role, Role::UserAdministrator | Role::SecurityAdministrator | Role::Registrar);
            let allowed = match target {
                "oneself" => !touches(action),
                "officer" => !touches(action) || over_officers,
                _ => true,
            };
            role.may(action) && here && allowed
        }
    }
}

#[tokio::test]
async fn t_del_01_nobody_gets_in_where_the_table_does_not_say_so() {
    for_each_world(|world| async move {
        let colleague = world.user("colleague").with_password().registered().await;
        works_in(&world, &colleague, "Skole/Nord").await;
        let elsewhere = world.user("elsewhere").with_password().registered().await;
        works_in(&world, &elsewhere, "Vej").await;
        let boss = officer(&world, "boss", Role::SpAdministrator, None).await;
        works_in(&world, &boss, "Skole/Syd").await;
        world.sp("sag", OIOSAML3).await;
        let provider = portner_federation::registry::all(&world.stage.database).await.unwrap()[0].id;
        let draft = drafted(&world, provider).await;
        let mut tried = BTreeMap::new();
        for (n, (role, unit)) in visitors().into_iter().enumerate() {
            let name: &'static str = format!("visitor{n}").leak();
            let visitor =
                world.user(name).with_password().with_totp().proofed(Evidence::InPerson).registered().await;
            works_in(&world, &visitor, "Skole/Vest").await;
            if let Some(role) = role {
                holds(&world, &visitor, role, unit).await;
            }
            let mut browser = Browser::new(&world).await;
            visits(&mut browser, &world, &visitor, "/me/password").await;
            for route in table() {
                for target in targets(route) {
                    let whom = match *target {
                        "colleague" => &colleague,
                        "elsewhere" => &elsewhere,
                        "oneself" => &visitor,
                        _ => &boss,
                    };
                    let path = route.path.replace("{person}", &whom.identity.id.to_string());
                    let path = path.replace("{provider}", &provider.to_string()).replace("{draft}", &draft);
                    let path = path.replace("{letter}", "locked");
                    let may = expected(route.reads, (role, unit), target);
                    let page = browser.sends(Method::GET, &path, &[]).await;
                    assert_eq!(page.status, if may { 200 } else { 403 }, "{role:?} {unit:?} {path} {target}");
                    if let Some(needs) = route.sends {
                        let may = expected(needs, (role, unit), target);
                        let status = sent_nothing(&mut browser, &path, &page).await;
                        // Where nothing waits there is no form, so nothing can be sent.
                        let has_form = page.html.contains("name=\"csrf\"");
                        let right = if may && has_form { status == 400 } else { status == 403 };
                        assert!(right, "{status} {role:?} {unit:?} POST {path} {target}");
                    }
                    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
                        let status = browser.sends(method, &path, &[]).await.status;
                        assert!(matches!(status, 404 | 405), "{status} {path}");
                    }
                    *tried.entry(may).or_insert(0) += 1;
                }
            }
        }
        assert!(tried[&true] > 50 && tried[&false] > 200, "{tried:?}");
        for user in [&colleague, &elsewhere, &boss] {
            assert_eq!(state(&world, user).await, State::Active, "nothing was done");
        }
    })
    .await;
}

/// Something that somebody wrote of a service provider.
async fn drafted(world: &World, provider: ServiceProviderId) -> String {
    let policy = serde_json::to_value(Policy::of_profile("plain").unwrap()).unwrap();
    let draft = serde_json::json!({
        "draft": "policy", "service_provider": provider, "was": "0", "policy": policy,
    });
    let (text, name) = (draft.to_string(), sha256(&draft.to_string()));
    sqlx::query("INSERT INTO service_provider_draft (sha256, draft, drafted_at) VALUES ($1, $2, 0)")
        .bind(&name)
        .bind(text)
        .execute(world.stage.danger_writer())
        .await
        .unwrap();
    name
}

fn targets(route: &Route) -> &'static [&'static str] {
    if route.path.contains("{person}") { &TARGETS } else { &TARGETS[..1] }
}

/// A form with its own token, and nothing in it.
async fn sent_nothing(browser: &mut Browser, path: &str, page: &Page) -> u16 {
    let token = page.html.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    browser.sends(Method::POST, path, &[("csrf", token.unwrap_or("none"))]).await.status
}

/// What `docs/reference/roles.md` has to say: made from the table of the pages and the rules of the roles.
fn page_of_roles() -> String {
    let mut page = String::from(
        "# Roles\n\nMade from the table of the pages and the rules of the roles; a test fails when it differs. \
         `PORTNER_TIDY_WRITE=1 cargo test -p portner-web --test it the_page_of_roles` writes it anew.\n\n\
         A role may be held for a part of the organisation where there is a * after its name. Whoever administers needs \
         a login at Substantial, proved within the last hour. Nobody acts on themselves, by any identity of theirs. \
         Whoever holds a role is acted on only by those who administer users, or proof, everywhere.\n\n\
         ## Who may use which page\n\n",
    );
    let words: Vec<String> = Role::ALL
        .iter()
        .map(|role| format!("{}{}", role.word(), if role.has_units() { " *" } else { "" }))
        .collect();
    page.push_str(&format!("| page | {} |\n|---|{}\n", words.join(" | "), "---|".repeat(words.len())));
    let may = |role: &Role, needs: Needs| match needs {
        Needs::AnyRole => true,
        Needs::To(action) | Needs::ToPerson(action) => role.may(action),
    };
    for route in table() {
        let cell = |role: &Role| match (may(role, route.reads), route.sends.map(|needs| may(role, needs))) {
            (true, Some(true)) => "acts",
            (true, _) => "reads",
            (false, _) => "",
        };
        let cells: Vec<&str> = Role::ALL.iter().map(cell).collect();
        page.push_str(&format!("| `{}` | {} |\n", route.path, cells.join(" | ")));
    }
    page.push_str("\n## What nobody may hold together\n\n");
    for role in Role::ALL {
        let others: Vec<&str> =
            Role::ALL.into_iter().filter(|other| role.conflicts_with(*other)).map(Role::word).collect();
        page.push_str(&format!("- **{}**: {}\n", role.word(), others.join(", ")));
    }
    page
}

#[test]
fn the_page_of_roles_says_what_the_rules_are() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/roles.md");
    if std::env::var("PORTNER_TIDY_WRITE").is_ok() {
        std::fs::write(path, page_of_roles()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), page_of_roles());
}
