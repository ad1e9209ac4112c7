//! Lists: narrowed by where people work, counted, and handed out as files that no spreadsheet computes.

use portner_audit_log::Event;
use portner_directory::About;
use portner_domain::role::Role;
use portner_federation::registry;

use crate::browser::{Browser, Page};
use crate::office::{officer, works_in};
use crate::own_pages::{link, visits};
use crate::stage::{OIOSAML3, User, World, for_each_world};

async fn at_work(world: &World, name: &'static str, role: Role, unit: Option<&str>) -> Browser {
    let user = officer(world, name, role, unit).await;
    let mut browser = Browser::new(world).await;
    assert_eq!(visits(&mut browser, world, &user, "/office").await.status, 200);
    browser
}

async fn is_described(world: &World, user: &User, about: About) {
    let mut tx = world.begin().await;
    let done = portner_directory::describe(&world.stage.database, &mut tx, user.identity.id, &about).await;
    done.unwrap().unwrap();
    tx.commit().await.unwrap();
}

/// A file as a spreadsheet reads it: the lines under the names of its columns.
fn lines(page: &Page) -> Vec<Vec<String>> {
    assert_eq!(page.status, 200, "{}", page.html);
    assert_eq!(page.header("content-type"), "text/csv; charset=utf-8");
    assert!(page.header("content-disposition").starts_with("attachment; filename="));
    assert_eq!(page.header("cache-control"), "no-store");
    let text = page.html.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    reader.records().map(|line| line.unwrap().iter().map(str::to_owned).collect()).collect()
}

async fn handed_out(world: &World) -> Vec<String> {
    let events = world.events("list-exported").await;
    let list = |event: &Event| match event {
        Event::ListExported { list } => list.clone(),
        other => panic!("{other:?}"),
    };
    events.iter().map(list).collect()
}

#[tokio::test]
async fn the_organisation_is_counted_and_every_number_leads_to_those_people() {
    for_each_world(|world| async move {
        let mut annas_about = About { unit: Some("Skole/Nord".parse().unwrap()), ..About::default() };
        annas_about.production_unit = Some("1003388394".parse().unwrap());
        let anna = world.anna().await;
        is_described(&world, &anna, annas_about).await;
        let bo = world.user("bo").with_password().registered().await;
        works_in(&world, &bo, "Skole").await;
        let gone = world.user("gone").with_password().registered().await;
        works_in(&world, &gone, "Skole/Nord").await;
        let mut tx = world.begin().await;
        portner_directory::end(&mut tx, gone.identity.id, "left").await.unwrap().unwrap();
        tx.commit().await.unwrap();

        let mut umas = at_work(&world, "uma", Role::UserAdministrator, None).await;
        let page = umas.opens("/office/organisation").await;
        // Anna, Bo and Uma herself work here; one has ended.
        assert!(
            page.shows("12345678") && page.html.contains("<td>3</td><td>0</td><td>1</td>"),
            "{}",
            page.html
        );
        let list = umas.opens(&link(&page, "/office/people?unit=Skole%2FNord")).await;
        assert!(list.shows("Only those in the unit Skole/Nord"), "{}", list.html);
        assert!(list.html.contains("<td>anna</td>") && !list.html.contains("<td>gone</td>"), "{}", list.html);
        assert!(!list.html.contains("<td>bo</td>"), "{}", list.html);
        let list = umas.opens(&link(&page, "/office/people?unit=Skole")).await;
        assert!(list.html.contains("<td>bo</td>") && !list.html.contains("<td>anna</td>"), "{}", list.html);
        let list = umas.opens(&link(&page, "/office/people?p=1003388394")).await;
        assert!(list.html.contains("<td>anna</td>") && !list.html.contains("<td>bo</td>"), "{}", list.html);
        let list = umas.opens(&link(&page, "/office/people?lacking=production-unit")).await;
        assert!(!list.html.contains("<td>anna</td>") && list.html.contains("<td>bo</td>"), "{}", list.html);
        // The file is of the same people, and so is a search in them.
        let file = umas
            .opens(&link(&list, "/office/people.csv?q=&#38;lacking=production-unit").replace("&#38;", "&"))
            .await;
        let names: Vec<String> = lines(&file).into_iter().map(|line| line[1].clone()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        let found = umas.opens("/office/people?q=anna&lacking=production-unit").await;
        assert!(found.shows("Nobody found") || !found.html.contains("<td>anna</td>"), "{}", found.html);

        // Whoever may find nobody reads the numbers alone.
        let mut peters = at_work(&world, "peter", Role::SpAdministrator, None).await;
        let page = peters.opens("/office/organisation").await;
        assert!(page.shows("Skole/Nord") && !page.html.contains("/office/people?"), "{}", page.html);
        // Whoever administers a part sees those of it alone, whatever stands in the address.
        let mut sues = at_work(&world, "sue", Role::Support, Some("Vej")).await;
        let list = sues.opens("/office/people?unit=Skole%2FNord").await;
        assert!(!list.html.contains("<td>anna</td>"), "{}", list.html);
    })
    .await;
}

#[tokio::test]
async fn t_csv_01_groups_and_rights_are_handed_out_for_the_officers_units_and_nothing_in_them_is_computed() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        works_in(&world, &anna, "Skole/Nord").await;
        let other = world.user("elsewhere").with_password().registered().await;
        works_in(&world, &other, "Vej").await;
        world.join(&anna, "=HYPERLINK(\"https://evil.example\")").await;
        world.join(&anna, "Sag").await;
        world.join(&other, "Sag").await;
        world.grant(&anna, "urn:dk:eksempel:laes", "cvr:12345678").await;
        let hidden = world.user("hidden").with_password().registered().await;
        let about = About { unit: Some("Skole".parse().unwrap()), is_protected: true, ..About::default() };
        is_described(&world, &hidden, about).await;
        world.join(&hidden, "Sag").await;
        let mut rasmus = at_work(&world, "rasmus", Role::RightsAdministrator, Some("Skole")).await;
        let list = rasmus.opens("/office/groups").await;
        let found = lines(&rasmus.opens(&link(&list, "/office/rights.csv")).await);
        let what: Vec<[&str; 3]> =
            found.iter().map(|it| [it[1].as_str(), it[4].as_str(), it[5].as_str()]).collect();
        let expected = [
            ["anna", "group", "'=HYPERLINK(\"https://evil.example\")"],
            ["anna", "group", "Sag"],
            ["anna", "right", "urn:dk:eksempel:laes"],
            ["hidden", "group", "Sag"],
        ];
        assert_eq!(what, expected);
        let name = |user_name: &str| found.iter().find(|it| it[1] == user_name).map(|it| it[2].as_str());
        assert_eq!((name("anna"), name("hidden")), (Some("Anna Østergård & Søn"), Some("")));
        assert_eq!(handed_out(&world).await, ["rights"]);
    })
    .await;
}

#[tokio::test]
async fn t_csv_01_each_list_of_the_console_is_a_file_for_who_may_read_it_and_that_is_on_record() {
    for_each_world(|world| async move {
        world.sp("sag", OIOSAML3).await;
        assert_eq!(registry::all(&world.stage.database).await.unwrap().len(), 1);
        let bo = world.user("bo").with_password().registered().await;
        let mut sams = at_work(&world, "sam", Role::SecurityAdministrator, None).await;
        let ask = sams.opens("/office/roles/new").await;
        let typed = [("user", "bo"), ("role", "support"), ("unit", "Skole"), ("why", "=cmd|' /C calc'!A0")];
        assert!(sams.submits(&ask, &typed).await.shows("Another security administrator"));

        let roles = lines(&sams.opens("/office/roles.csv").await);
        assert_eq!(roles.len(), 1, "{roles:?}");
        assert_eq!((roles[0][0].as_str(), roles[0][2].as_str()), ("sam", "security-administrator"));
        let proposals = lines(&sams.opens("/office/proposals.csv").await);
        let [proposal] = proposals.as_slice() else { panic!("{proposals:?}") };
        assert_eq!(proposal[1..5], ["grant-role", "bo", "support in Skole", "sam"]);
        assert_eq!(proposal[6], "'=cmd|' /C calc'!A0");
        let providers = lines(&sams.opens("/office/service-providers.csv").await);
        assert_eq!(providers[0][1], "Tjenesten sag");
        let mut ritas = at_work(&world, "rita", Role::Registrar, None).await;
        assert_eq!(lines(&ritas.opens("/office/meetings.csv").await), Vec::<Vec<String>>::new());
        assert_eq!(handed_out(&world).await, ["roles", "proposals", "service-providers", "meetings"]);
        for path in ["/office/roles.csv", "/office/proposals.csv", "/office/log.csv", "/office/rights.csv"] {
            assert_eq!(ritas.opens(path).await.status, 403, "{path}");
        }
        assert_eq!(handed_out(&world).await.len(), 4, "what is denied is not handed out");

        for _ in 0..60 {
            ritas.opens("/saml/sso").await;
        }
        world.stage.seal().await;
        let mut audras = at_work(&world, "audra", Role::Auditor, None).await;
        let log = audras.opens("/office/log?kind=role-granted").await;
        let file = audras
            .opens(&link(&log, "/office/log.csv?user=&#38;kind=role-granted").replace("&#38;", "&"))
            .await;
        let granted = lines(&file);
        assert!(granted.iter().all(|line| line[2] == "role-granted") && granted.len() == 2, "{granted:?}");
        let whole = lines(&audras.opens("/office/log.csv").await);
        assert!(whole.len() > 60, "more than a page: {}", whole.len());
        let ids: std::collections::BTreeSet<&str> = whole.iter().map(|line| line[0].as_str()).collect();
        assert_eq!(ids.len(), whole.len(), "each once");
        assert_eq!(audras.opens("/office/log.csv?user=nobody").await.status, 404);
        assert_eq!(handed_out(&world).await.len(), 6);
        assert!(!world.events("log-read").await.is_empty());
        assert_eq!(bo.identity.user_name.as_str(), "bo");
    })
    .await;
}
