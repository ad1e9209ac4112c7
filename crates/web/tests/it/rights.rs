//! Groups, rights and terms in the office.

use axum::http::Method;
use portner_audit_log::Event;
use portner_directory::{GROUPS_MAX, holdings_of, terms_in_force};
use portner_domain::right::{Group, Holdings};
use portner_domain::role::Role;
use portner_domain::terms::HoldFor;

use crate::browser::{Besides, Browser, Page, router_with};
use crate::office::{holds, officer, person, works_in};
use crate::own_pages::{link, visits};
use crate::stage::{User, World, for_each_world};

async fn held(world: &World, who: &User) -> Holdings {
    holdings_of(&world.stage.database, who.identity.id).await.unwrap()
}

fn group(name: &str) -> Group {
    name.parse().unwrap()
}

/// Somebody who administers rights, logged in.
async fn administrator(world: &World, name: &'static str, unit: Option<&str>) -> Browser {
    let user = officer(world, name, Role::RightsAdministrator, unit).await;
    let mut browser = Browser::new(world).await;
    assert_eq!(visits(&mut browser, world, &user, "/office").await.status, 200);
    browser
}

#[tokio::test]
async fn somebody_is_put_into_a_group_and_out_of_it() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut browser = administrator(&world, "rita", None).await;
        let page = browser.opens(&person(&anna)).await;
        let rights = browser.opens(&link(&page, "/rights")).await;
        let ask = browser.opens(&link(&rights, "/join")).await;
        for (typed, said) in [
            ([("group", " "), ("why", "x")], "Write the name"),
            ([("group", "Sag og Dokument"), ("why", "")], "Write a reason"),
        ] {
            let page = browser.submits(&ask, &typed).await;
            assert!(page.status == 400 && page.shows(said), "{}", page.html);
        }
        let typed = [("group", "Sag og Dokument"), ("why", "new caseworker")];
        let page = browser.submits(&ask, &typed).await;
        assert!(page.shows("belongs to the group") && page.shows("Sag og Dokument"), "{}", page.html);
        assert_eq!(held(&world, &anna).await.groups, [group("Sag og Dokument")]);
        // Nobody makes another group by a capital letter.
        let bo = world.user("bo").registered().await;
        let ask = browser.opens(&format!("{}/join", person(&bo))).await;
        browser.submits(&ask, &[("group", "SAG OG DOKUMENT"), ("why", "too")]).await;
        assert_eq!(held(&world, &bo).await.groups, [group("Sag og Dokument")]);
        let page = browser.submits(&ask, &[("group", "sag og dokument"), ("why", "too")]).await;
        assert!(page.status == 400 && page.shows("like that already"), "{}", page.html);

        let groups = browser.opens("/office/groups?q=dokument").await;
        assert!(groups.html.contains("<td>2</td>"), "{}", groups.html);
        let members = browser.opens(&link(&groups, "group=Sag+og+Dokument").replace("&amp;", "&")).await;
        assert!(members.shows("anna") && members.shows("bo"), "{}", members.html);
        let one = browser.opens("/office/groups?group=Sag+og+Dokument&q=anna@example").await;
        assert!(one.shows("anna") && !one.html.contains(&bo.identity.id.to_string()), "{}", one.html);
        let found = browser.opens("/office/groups?group=Sag+og+Dokument&add=bo").await;
        assert!(found.html.contains(&format!("{}/join?group=", person(&bo))), "{}", found.html);
        let leave = format!("{}/leave?group=Sag+og+Dokument", person(&anna));
        assert!(members.html.contains(&leave), "{}", members.html);
        let ask = browser.opens(&leave).await;
        let typed = [("member-of", "Sag og Dokument"), ("why", "other work")];
        let page = browser.submits(&ask, &typed).await;
        assert!(page.shows("belongs to the group no more"), "{}", page.html);
        assert_eq!(held(&world, &anna).await, Holdings::default());
        let page = browser.submits(&ask, &typed).await;
        assert!(page.status == 400 && page.shows("like that already"), "{}", page.html);
        let whys: Vec<_> = world.events("reason-given").await;
        assert_eq!(whys.len(), 3, "{whys:?}");
    })
    .await;
}

#[tokio::test]
async fn a_right_is_given_and_taken_away_as_it_is_told() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut browser = administrator(&world, "rita", None).await;
        let ask = browser.opens(&format!("{}/grant", person(&anna))).await;
        let good = [
            ("privilege", "urn:dk:sag:read"),
            ("scope", "se-number"),
            ("number", "1234 5678"),
            ("constraints", "urn:dk:kle=27.39\r\n\r\nurn:dk:unit=a b"),
            ("why", "caseworker"),
        ];
        for (entry, typed, said) in [
            ("privilege", "read", "Write a whole URI"),
            ("number", "123", "write the number of 8 or 10"),
            ("scope", "cpr", "write the number of 8 or 10"),
            ("constraints", "urn:a", "at most 16 constraints"),
            ("why", " ", "Write a reason"),
        ] {
            let typed: Vec<_> = good
                .iter()
                .map(|(name, value)| (*name, if *name == entry { typed } else { *value }))
                .collect();
            let page = browser.submits(&ask, &typed).await;
            assert!(page.status == 400 && page.shows(said), "{entry}: {}", page.html);
            assert!(page.html.contains("urn:dk:sag:read") || entry == "privilege", "what was typed stays");
        }
        let page = browser.submits(&ask, &good).await;
        let told = "urn:dk:sag:read (SE number 12345678), only urn:dk:kle=27.39, urn:dk:unit=a b";
        assert!(page.shows("The person has the right") && page.shows(told), "{}", page.html);
        let told = "urn:dk:sag:read in se-number:12345678 urn:dk:kle=27.39 urn:dk:unit=a b";
        let page = browser.submits(&ask, &good).await;
        assert!(page.status == 400 && page.shows("like that already"));
        let ask = browser.opens(&format!("{}/withdraw", person(&anna))).await;
        let page = browser.submits(&ask, &[("right", "urn:other in cvr:12345678"), ("why", "x")]).await;
        assert!(page.status == 400 && page.shows("Choose a right"), "{}", page.html);
        let page = browser.submits(&ask, &[("right", told), ("why", "other work")]).await;
        assert!(page.shows("The right is taken away"), "{}", page.html);
        assert_eq!(held(&world, &anna).await, Holdings::default());
        assert_eq!(world.events("right-withdrawn").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn t_del_01_a_rights_administrator_of_one_part_changes_nobody_in_another_by_any_way() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        works_in(&world, &anna, "Skole/Nord").await;
        let vera = world.user("vera").registered().await;
        works_in(&world, &vera, "Vej").await;
        let nobodys = world.user("none").registered().await;
        for who in [&anna, &vera, &nobodys] {
            world.join(who, "Sag").await;
        }
        let before = held(&world, &vera).await;
        let mut browser = administrator(&world, "rita", Some("Skole")).await;
        for (act, typed) in [
            ("join", [("group", "Ledere"), ("why", "x")]),
            ("leave", [("member-of", "Sag"), ("why", "x")]),
            ("withdraw", [("right", "urn:a in cvr:12345678"), ("why", "x")]),
            ("grant", [("privilege", "urn:a"), ("why", "x")]),
            ("rights", [("x", "x"), ("why", "x")]),
        ] {
            for who in [&vera, &nobodys] {
                let path = format!("{}/{act}", person(who));
                assert_eq!(browser.sends(Method::GET, &path, &[]).await.status, 403, "{act}");
                // With a good token of a page that they may use.
                let own = browser.opens(&format!("{}/join", person(&anna))).await;
                let token = own.form().field("csrf").unwrap().to_owned();
                let typed = [&typed[..], &[("csrf", token.as_str())]].concat();
                let status = browser.sends(Method::POST, &path, &typed).await.status;
                assert!(matches!(status, 403..=405), "{status} {act}");
            }
        }
        // A group's page shows, and offers, those of one's own part only.
        for query in ["group=Sag", "group=Sag&q=vera", "group=Sag&add=vera", "group=Sag&add=anna"] {
            let page = browser.opens(&format!("/office/groups?{query}")).await;
            for who in [&vera, &nobodys] {
                assert!(!page.html.contains(&who.identity.id.to_string()), "{query}");
            }
        }
        assert!(browser.opens("/office/groups?group=Sag").await.html.contains(&anna.identity.id.to_string()));
        assert_eq!(held(&world, &vera).await, before);
        let events = [world.events("group-joined").await, world.events("group-left").await].concat();
        assert_eq!(events.len(), 3, "those of the beginning");
    })
    .await;
}

#[tokio::test]
async fn t_del_01_no_group_and_no_right_makes_an_officer() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let rita = officer(&world, "rita", Role::RightsAdministrator, None).await;
        let mut browser = Browser::new(&world).await;
        visits(&mut browser, &world, &rita, "/office").await;
        for name in ["security-administrator", "Security administrator", "admin", "role:auditor"] {
            let ask = browser.opens(&format!("{}/join", person(&anna))).await;
            assert_eq!(browser.submits(&ask, &[("group", name), ("why", "x")]).await.status, 200);
        }
        let mut annas = Browser::new(&world).await;
        assert!(visits(&mut annas, &world, &anna, "/me").await.shows("Your profile"));
        assert_eq!(annas.opens("/office").await.status, 403);
        // And nobody gives themselves anything.
        for act in ["join", "leave", "grant", "withdraw", "rights"] {
            let page = browser.opens(&format!("{}/{act}", person(&rita))).await;
            assert!(page.status == 403 && page.shows("Nobody can do that for themselves"), "{act}");
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_belongs_to_more_groups_than_a_login_can_tell() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut tx = world.begin().await;
        for n in 0..GROUPS_MAX {
            portner_directory::join(&mut tx, anna.identity.id, &group(&format!("g{n:04}")))
                .await
                .unwrap()
                .unwrap();
        }
        tx.commit().await.unwrap();
        let mut browser = administrator(&world, "rita", None).await;
        let ask = browser.opens(&format!("{}/join", person(&anna))).await;
        let page = browser.submits(&ask, &[("group", "one more"), ("why", "x")]).await;
        assert!(page.status == 400 && page.shows("have more groups or rights"), "{}", page.html);
        // Twenty pages of fifty, each once.
        let (mut seen, mut next) = (Vec::new(), Some("/office/groups".to_owned()));
        while let Some(path) = next {
            let page = browser.opens(&path.replace("&#38;", "&")).await;
            seen.extend(
                page.html.split("group=g").skip(1).filter_map(|rest| rest.get(..4)).map(str::to_owned),
            );
            let at = page.html.split("id=\"next\" href=\"").nth(1);
            next = at.and_then(|rest| rest.split('"').next()).map(str::to_owned);
        }
        let expected: Vec<String> = (0..GROUPS_MAX).map(|n| format!("{n:04}")).collect();
        assert_eq!(seen, expected);
    })
    .await;
}

const TEXTS: [(&str, &str); 6] = [
    ("version", "2026-2"),
    ("danish", "Del ikke din kode.\r\n\r\n- Ikke med <b>nogen</b>\r\n- Heller ikke support"),
    ("english", "Share nothing.\r\n\r\n- With nobody"),
    ("mandatory", "yes"),
    ("hold-for", "everything"),
    ("why", "new law"),
];

async fn writer(world: &World, browser: &mut Browser) -> Page {
    let sven = officer(world, "sven", Role::SecurityAdministrator, None).await;
    visits(browser, world, &sven, "/office").await;
    browser.opens("/office/terms").await
}

#[tokio::test]
async fn terms_are_published_as_they_were_looked_at_and_never_changed() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let mut browser = Browser::new(&world).await;
        let list = writer(&world, &mut browser).await;
        let ask = browser.opens(&link(&list, "/office/terms/new")).await;
        for (entry, said) in [
            ("version", "Write what the version"),
            ("danish", "Write a text"),
            ("english", "Write a text"),
            ("hold-for", "Choose what waits"),
            ("why", "Write a reason"),
        ] {
            let typed: Vec<_> = TEXTS
                .iter()
                .map(|(name, value)| (*name, if *name == entry { " " } else { *value }))
                .collect();
            let page = browser.submits(&ask, &typed).await;
            assert!(page.status == 400 && page.shows(said), "{entry}: {}", page.html);
            assert!(page.shows("Share nothing.") || entry == "english", "what was typed stays");
        }
        // Publishing at once shows it first.
        let with = |more: &[(&'static str, &'static str)]| [&TEXTS[..], more].concat();
        let page = browser.submits(&ask, &with(&[("wish", "do")])).await;
        assert!(page.status == 400 && page.shows("First see how the terms look"), "{}", page.html);
        assert!(terms_in_force(&world.stage.database).await.unwrap().is_none());
        let page = browser.submits(&ask, &with(&[("wish", "preview")])).await;
        assert!(page.shows("<li>Heller ikke support</li>") && page.shows("Share nothing."), "{}", page.html);
        assert!(page.html.contains("&#60;b&#62;nogen"), "text stays text");
        // What was looked at is what is published.
        let other = [("danish", "Noget helt andet."), ("wish", "do")];
        let changed: Vec<_> =
            TEXTS.iter().filter(|(name, _)| *name != "danish").copied().chain(other).collect();
        let page = browser.submits(&page, &changed).await;
        assert!(page.status == 400 && page.shows("First see how"), "{}", page.html);
        let page = browser.submits(&ask, &with(&[("wish", "preview")])).await;
        let page = browser.submits(&page, &with(&[("wish", "do")])).await;
        assert!(page.shows("The terms are published") && page.shows("2026-2"), "{}", page.html);
        let in_force = terms_in_force(&world.stage.database).await.unwrap().unwrap().terms;
        assert_eq!(in_force.danish, "Del ikke din kode.\n\n- Ikke med <b>nogen</b>\n- Heller ikke support");
        assert_eq!(in_force.hold_for, HoldFor::Everything);
        let reason = Event::ReasonGiven { identity: None, why: "new law".to_owned() };
        assert_eq!(world.events("reason-given").await, [reason]);

        // Anna reads what the preview showed, and agrees.
        let mut annas = Browser::new(&world).await;
        let page = visits(&mut annas, &world, &anna, "/me/terms").await;
        assert!(page.shows("<li>With nobody</li>"), "{}", page.html);
        annas.submits(&page, &[]).await;
        let list = browser.opens("/office/terms").await;
        assert!(list.html.contains("<td>1</td>"), "{}", list.html);
        let again = browser.opens("/office/terms/new").await;
        assert!(again.shows("Heller ikke support"), "another version begins with the one in force");
        let page = browser.submits(&again, &with(&[("wish", "preview")])).await;
        let page = browser.submits(&page, &with(&[("wish", "do")])).await;
        assert!(page.status == 400 && page.shows("There is a version of that name"), "{}", page.html);
        assert_eq!(world.events("terms-published").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn terms_in_a_file_are_changed_there_and_nowhere_else() {
    for_each_world(|world| async move {
        let node = world.node().await;
        let mut browser = Browser::at(router_with(
            &world,
            &node,
            Besides { are_terms_in_file: true, ..Besides::default() },
        ));
        let list = writer(&world, &mut browser).await;
        assert!(list.shows("are in the configuration") && !list.html.contains("/office/terms/new"));
        let page = browser.opens("/office/terms/new").await;
        assert!(page.shows("are in the configuration") && !page.has_field("why"), "{}", page.html);
        // A form that was open when the configuration changed.
        let sven = officer(&world, "sven2", Role::SecurityAdministrator, None).await;
        let mut open = Browser::new(&world).await;
        visits(&mut open, &world, &sven, "/office").await;
        let ask = open.opens("/office/terms/new").await;
        let typed = [&TEXTS[..], &[("wish", "preview")]].concat();
        let seen = open.submits(&ask, &typed).await;
        let mut moved = Browser::at(router_with(
            &world,
            &node,
            Besides { are_terms_in_file: true, ..Besides::default() },
        ));
        moved.cookies = open.cookies.clone();
        let page = moved.submits(&seen, &[&TEXTS[..], &[("wish", "do")]].concat()).await;
        assert!(page.status == 400 && page.shows("are in the configuration"), "{}", page.html);
        assert!(terms_in_force(&world.stage.database).await.unwrap().is_none());
        let auditor = world.anna().await;
        holds(&world, &auditor, Role::Auditor, None).await;
        let mut reader = Browser::new(&world).await;
        visits(&mut reader, &world, &auditor, "/office").await;
        assert_eq!(reader.opens("/office/terms").await.status, 403);
    })
    .await;
}
