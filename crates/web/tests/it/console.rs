//! The console: roles and what else takes two people, services, operation, and the log for whoever audits.

use axum::http::Method;
use portner_audit_log::Event;
use portner_directory::grants_of;
use portner_domain::role::Role;
use portner_federation::registry;
use portner_federation::source::held;
use portner_saml::metadata::service_provider_metadata;

use crate::browser::{Browser, Page};
use crate::office::officer;
use crate::own_pages::{link, visits};
use crate::stage::{OIOSAML3, User, World, for_each_world, strange_key};

pub async fn at_work(world: &World, name: &'static str, role: Role) -> (User, Browser) {
    let user = officer(world, name, role, None).await;
    let mut browser = Browser::new(world).await;
    assert_eq!(visits(&mut browser, world, &user, "/office").await.status, 200);
    (user, browser)
}

async fn proposes(browser: &mut Browser, typed: &[(&str, &str)]) -> Page {
    let ask = browser.opens("/office/roles/new").await;
    browser.submits(&ask, typed).await
}

async fn roles(world: &World, user: &User) -> Vec<Role> {
    let grants = grants_of(&world.stage.database, user.identity.id).await.unwrap();
    grants.into_iter().map(|grant| grant.role).collect()
}

/// The proposal on a page, whether or not the page has buttons for it.
pub async fn proposed(world: &World) -> String {
    let all = world.events("proposed").await;
    let Some(Event::Proposed { id, .. }) = all.last() else { panic!("{all:?}") };
    id.to_string()
}

/// Say something to a proposal, past the buttons if need be.
pub async fn decides(browser: &mut Browser, decision: &str, id: &str) -> Page {
    let page = browser.opens("/office/proposals").await;
    let token = page.html.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let fields = [("csrf", token.unwrap_or("none")), ("proposal", id), ("decision", decision)];
    let sent = browser.sends(Method::POST, "/office/proposals", &fields).await;
    if sent.status == 303 { browser.opens("/office/proposals").await } else { sent }
}

#[tokio::test]
async fn t_del_01_a_role_takes_two_people_and_neither_is_whom_it_is_for() {
    for_each_world(|world| async move {
        let bo = world.user("bo").with_password().registered().await;
        let (_, mut sams) = at_work(&world, "sam", Role::SecurityAdministrator).await;
        let (sara, mut saras) = at_work(&world, "sara", Role::SecurityAdministrator).await;
        let (_, mut umas) = at_work(&world, "uma", Role::UserAdministrator).await;
        let why = ("why", "takes over from Rita");
        for (typed, said) in [
            (vec![("role", "support"), why], "Nobody has that user name"),
            (vec![("user", "nobody"), ("role", "support"), why], "Nobody has that user name"),
            (vec![("user", "bo"), why], "Choose a role"),
            (vec![("user", "bo"), ("role", "support"), ("unit", "Skole//Nord"), why], "Write the names"),
            (vec![("user", "bo"), ("role", "support"), ("until", "31.2.2030"), why], "Write a day"),
            (vec![("user", "bo"), ("role", "support"), ("until", "31.12.2001"), why], "That day is over"),
            (vec![("user", "bo"), ("role", "auditor"), ("unit", "Skole"), why], "Leave the unit empty"),
            (vec![("user", "bo"), ("role", "support")], "Write a reason"),
        ] {
            let page = proposes(&mut sams, &typed).await;
            assert!(page.status == 400 && page.shows(said), "{typed:?}: {}", page.html);
            let kept =
                |(name, typed): &(&str, &str)| page.html.contains(typed) || *name == "role" || *name == "why";
            assert!(typed.iter().all(kept), "what was typed stays: {typed:?}");
        }
        assert_eq!(proposes(&mut sams, &[("user", "sam"), ("role", "support"), why]).await.status, 403);
        assert_eq!(world.events("proposed").await, []);

        let whole = [("user", "bo"), ("role", "support"), ("unit", "Skole"), ("until", "31.12.2030"), why];
        let page = proposes(&mut sams, &whole).await;
        assert!(page.shows("Another security administrator has to approve it"), "{}", page.html);
        let id = proposed(&world).await;
        let page = sams.opens("/office/proposals").await;
        assert!(page.shows("Local support in Skole") && page.shows("takes over from Rita"), "{}", page.html);
        assert!(!page.html.contains("value=\"agree\"") && page.html.contains("value=\"decline\""));
        assert_eq!(decides(&mut sams, "agree", &id).await.status, 403, "one's own");
        assert!(!umas.opens("/office/proposals").await.shows("takes over from Rita"), "no business of hers");
        let page = decides(&mut umas, "agree", &id).await;
        assert!(page.status == 403 || page.status == 400, "{}", page.status);
        assert!(roles(&world, &bo).await.is_empty());

        let page = decides(&mut saras, "agree", &id).await;
        assert!(page.shows("Approved and done") && page.shows("Nothing is waiting"), "{}", page.html);
        assert_eq!(roles(&world, &bo).await, [Role::Support]);
        let page = decides(&mut saras, "agree", &id).await;
        assert_eq!(page.status, 403, "there is no form where nothing waits");
        let page = proposes(&mut sams, &[("user", "bo"), ("role", "registrar"), why]).await;
        assert!(page.status == 400 && page.shows("does not go with this one"), "{}", page.html);

        // Whoever it is about agrees as little as whoever proposed it; and what is declined is over.
        proposes(&mut sams, &[("user", "sara"), ("role", "security-administrator"), why]).await;
        let id = proposed(&world).await;
        assert_eq!(decides(&mut saras, "agree", &id).await.status, 403);
        let page = decides(&mut saras, "decline", &id).await;
        assert!(page.shows("Declined."), "{}", page.html);
        assert_eq!(world.events("declined").await.len(), 1);
        assert_eq!(roles(&world, &sara).await, [Role::SecurityAdministrator]);

        let list = sams.opens("/office/roles").await;
        assert!(list.shows("Local support in Skole, until 1 January 2031"), "{}", list.html);
        let page = sams.opens(&link(&list, &bo.identity.id.to_string())).await;
        let wrong = sams.submits(&page, &[("role", "registrar")]).await;
        assert!(wrong.status == 400 && wrong.shows("Choose a role"), "{}", wrong.html);
        let page = sams.submits(&page, &[("role", "support Skole")]).await;
        assert!(page.shows("The role is taken away"), "{}", page.html);
        assert!(roles(&world, &bo).await.is_empty());
        assert_eq!(world.events("role-withdrawn").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn t_del_01_two_roles_of_one_person_are_one_person() {
    for_each_world(|world| async move {
        let bo = world.user("bo").with_password().registered().await;
        let (sam, mut sams) = at_work(&world, "sam", Role::SecurityAdministrator).await;
        proposes(&mut sams, &[("user", "bo"), ("role", "support"), ("why", "help")]).await;
        let id = proposed(&world).await;
        // The rules keep these apart; a row that says otherwise is no way round, either.
        world
            .sql(
                "INSERT INTO role_held (identity, role, unit, until, granted_at) \
                 SELECT id, 'user-administrator', '', NULL, 0 FROM identity WHERE user_name = 'sam'",
            )
            .await;
        assert_eq!(roles(&world, &sam).await.len(), 2);
        assert_eq!(decides(&mut sams, "agree", &id).await.status, 403);
        assert!(roles(&world, &bo).await.is_empty() && world.events("agreed").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn metadata_of_concern_is_used_when_a_second_person_has_agreed_to_those_bytes() {
    for_each_world(|world| async move {
        let sp = world.sp("sag", OIOSAML3).await;
        let database = &world.stage.database;
        let id = registry::all(database).await.unwrap()[0].id;
        let (_, mut peters) = at_work(&world, "peter", Role::SpAdministrator).await;
        let (_, mut pias) = at_work(&world, "pia", Role::SpAdministrator).await;
        let (_, mut audras) = at_work(&world, "audra", Role::Auditor).await;
        let path = format!("/office/service-providers/{id}");
        let list = peters.opens("/office/service-providers").await;
        assert!(list.shows("In use") && !list.shows("New metadata waiting"), "{}", list.html);

        let mut other = sp;
        other.key = strange_key();
        let metadata = service_provider_metadata(&other.describes_itself("sag")).unwrap();
        sqlx::query(
            "INSERT INTO metadata_held (service_provider, metadata, url, verdict, found_at) \
             VALUES ($1, $2, 'https://sag.example/metadata', 'waiting', 0)",
        )
        .bind(id.to_string())
        .bind(&metadata)
        .execute(world.stage.danger_writer())
        .await
        .unwrap();
        assert!(peters.opens("/office/service-providers").await.shows("New metadata waiting"));
        let read = audras.opens(&path).await;
        assert!(read.shows("is waiting for approval") && !read.html.contains("<form method=\"post\""));
        let page = peters.opens(&path).await;
        assert!(page.shows("Found") && page.html.contains("<strong>"), "what is of concern: {}", page.html);
        let without = peters.submits(&page, &[("change", "propose"), ("why", "")]).await;
        assert!(without.status == 400 && without.shows("Write a reason"), "{}", without.html);
        let stale =
            peters.submits(&page, &[("change", "propose"), ("why", "new key"), ("sha256", "00")]).await;
        assert!(stale.status == 400 && stale.shows("Nothing is waiting"), "{}", stale.html);
        let page = peters.submits(&page, &[("change", "propose"), ("why", "they wrote to us")]).await;
        assert!(page.shows("Another service administrator has to approve it"), "{}", page.html);
        let proposal = proposed(&world).await;
        assert_eq!(decides(&mut peters, "agree", &proposal).await.status, 403);
        assert!(held(database, id).await.unwrap().is_some());
        let page = decides(&mut pias, "agree", &proposal).await;
        assert!(page.shows("Approved and done"), "{}", page.html);
        assert!(held(database, id).await.unwrap().is_none());
        assert_eq!(world.events("metadata-approved").await.len(), 1);

        let page = pias.opens(&path).await;
        let page = pias.submits(&page, &[("change", "disable")]).await;
        assert!(page.shows("The service is closed") && page.shows("Closed"), "{}", page.html);
        let health = audras.opens("/office/health").await;
        assert!(health.shows("is closed") && health.shows("Signing keys"), "{}", health.html);
        let page = pias.submits(&page, &[("change", "enable")]).await;
        assert!(page.shows("The service is open again"), "{}", page.html);
    })
    .await;
}

#[tokio::test]
async fn an_auditor_reads_everything_that_was_done_and_can_do_nothing_with_it() {
    for_each_world(|world| async move {
        let bo = world.user("bo").with_password().registered().await;
        let (_, mut sams) = at_work(&world, "sam", Role::SecurityAdministrator).await;
        let (_, mut audras) = at_work(&world, "audra", Role::Auditor).await;
        proposes(&mut sams, &[("user", "bo"), ("role", "support"), ("why", "help")]).await;
        let id = proposed(&world).await;
        let page = audras.opens("/office/proposals").await;
        assert!(page.shows("Local support in the whole organisation"), "{}", page.html);
        assert!(!page.html.contains("<form method=\"post\""), "{}", page.html);
        for decision in ["agree", "decline"] {
            assert_eq!(decides(&mut audras, decision, &id).await.status, 403, "{decision}");
        }
        assert!(!audras.opens("/office/roles").await.html.contains("/office/roles/"), "no links to change");
        assert!(roles(&world, &bo).await.is_empty());

        world.stage.seal().await;
        world.stage.seal().await;
        let log = audras.opens("/office/log").await;
        assert!(
            log.html.contains("<strong>proposed<")
                && log.html.contains("<strong>session-begun<")
                && log.shows("sam"),
            "{}",
            log.html
        );
        let some = audras.opens("/office/log?kind=proposed").await;
        assert!(some.html.matches("<li><details>").count() == 1 && some.shows(&id), "{}", some.html);
        let about = audras.opens("/office/log?user=bo").await;
        assert!(
            about.shows("identity-registered") && !about.html.contains("<strong>session-begun<"),
            "{}",
            about.html
        );
        for nothing in ["user=nobody", "user=%00", "kind=%3Cscript%3E", "before=x&kind=none"] {
            let page = audras.opens(&format!("/office/log?{nothing}")).await;
            assert!(page.status == 200 && page.shows("No events were found"), "{nothing}: {}", page.html);
        }
        let read = world.events("log-read").await;
        let about_bo = Event::LogRead { of_kind: None, about: Some(bo.identity.id) };
        assert!(read.contains(&about_bo) && read.len() >= 3, "{read:?}");
        for page in ["log", "health", "service-providers", "roles", "proposals"] {
            let theirs = sams.opens(&format!("/office/{page}")).await;
            assert_eq!(theirs.status, if page == "log" { 403 } else { 200 }, "{page}");
        }
    })
    .await;
}
