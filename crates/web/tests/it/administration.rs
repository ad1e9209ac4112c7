//! The administration of users: who is in the directory, from the first day to the last and after it.

use axum::http::Method;
use portner_audit_log::Event;
use portner_directory::{Card, Refusal, Source, register_another, set_source};
use portner_domain::authenticator::Kind;
use portner_domain::identity::{Employment, State};
use portner_domain::life::{Admission, Locker};
use portner_domain::role::{Proposal, Role};
use portner_domain::{IdentityId, Millis};

use crate::browser::{Browser, Page};
use crate::desk::{has_cpr, personal, text, uses};
use crate::office::{holds, officer, person, works_in};
use crate::own_pages::{link, visits};
use crate::stage::{User, World, for_each_world};

const CPR: &str = "010170-1234";

pub async fn card(world: &World, who: IdentityId) -> Card {
    portner_directory::card(&world.stage.database, who).await.unwrap().unwrap()
}

async fn found(world: &World, user_name: &str) -> Card {
    let name = user_name.parse().unwrap();
    let identity = portner_directory::by_user_name(&world.stage.database, &name).await.unwrap();
    card(world, identity.unwrap().id).await
}

/// Somebody who administers users, logged in.
async fn administrator(world: &World, name: &'static str, unit: Option<&str>) -> (User, Browser) {
    let user = officer(world, name, Role::UserAdministrator, unit).await;
    let mut browser = Browser::new(world).await;
    assert_eq!(visits(&mut browser, world, &user, "/office").await.status, 200);
    (user, browser)
}

async fn does(browser: &mut Browser, who: &User, act: &str, typed: &[(&str, &str)]) -> Page {
    let page = browser.opens(&format!("{}/{act}", person(who))).await;
    assert_eq!(page.status, 200, "{}", page.html);
    browser.submits(&page, typed).await
}

/// One more identity of the same person, who works elsewhere.
async fn second_identity(world: &World, of: &User, name: &'static str, unit: &str) -> User {
    let mut tx = world.begin().await;
    let employee = portner_directory::NewEmployee {
        user_name: name.parse().unwrap(),
        first_name: String::new(),
        last_name: String::new(),
        email: None,
        cvr: "12345678".parse().unwrap(),
        employment: Employment::Entered,
        admission: Admission::Permitted,
    };
    let entropy = &*world.stage.entropy;
    let identity = register_another(&mut tx, entropy, of.identity.person, &employee).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let user = User { identity, secret: None };
    works_in(world, &user, unit).await;
    user
}

#[tokio::test]
async fn what_the_administration_stops_goes_on_only_when_two_agree() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let (_, mut browser) = administrator(&world, "bo", None).await;
        let mut annas = Browser::new(&world).await;
        assert!(visits(&mut annas, &world, &anna, "/me").await.shows("Your profile"));
        let empty = does(&mut browser, &anna, "stop", &[("why", " ")]).await;
        assert!(empty.status == 400 && empty.shows("Write a reason"), "{}", empty.html);
        let page = does(&mut browser, &anna, "stop", &[("why", "police asked")]).await;
        assert!(page.shows("blocked and logged out everywhere") && page.shows("police asked"));
        assert!(annas.opens("/me").await.has_field("password"), "her session is over");
        let again = does(&mut browser, &anna, "stop", &[("why", "to be sure")]).await;
        assert!(again.status == 400 && again.shows("like that already"));

        // The desk's page does not get round it.
        let page = does(&mut browser, &anna, "unblock", &[("why", "asked")]).await;
        assert!(page.status == 400 && card(&world, anna.identity.id).await.identity.state == State::Locked);
        let page = browser.opens(&person(&anna)).await;
        let ask = browser.opens(&link(&page, "/lift")).await;
        let page = browser.submits(&ask, &[("why", "cleared")]).await;
        assert!(page.shows("It is proposed") && page.shows("proposed to lift"), "{}", page.html);
        assert_eq!(card(&world, anna.identity.id).await.identity.state, State::Locked);
        let identity = anna.identity.id;
        let proposed = world.events("proposed").await;
        let expected = Proposal::LiftLock { identity };
        assert!(
            matches!(proposed.as_slice(), [Event::Proposed { proposal, why, .. }] if *proposal == expected && why == "cleared"),
            "{proposed:?}"
        );
        let page = browser.submits(&ask, &[("why", "cleared")]).await;
        assert!(page.status == 400 && page.shows("proposed already"));
        assert_eq!(world.events("proposed").await.len(), 1);

        let federation = world.node().await.federation;
        let mut tx = world.begin().await;
        assert_eq!(federation.lift_agreed(&mut tx, identity, "cleared").await.unwrap(), Ok(()));
        tx.commit().await.unwrap();
        assert_eq!(card(&world, identity).await.identity.state, State::Active);
        let page = does(&mut browser, &anna, "lift", &[("why", "again")]).await;
        assert!(page.status == 400 && page.shows("like that already"), "{}", page.html);
    })
    .await;
}

#[tokio::test]
async fn whoever_ends_has_nothing_to_log_in_with_and_comes_back_with_nothing() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let identity = anna.identity.id;
        holds(&world, &anna, Role::Auditor, None).await;
        world.join(&anna, "sag").await;
        let (_, mut browser) = administrator(&world, "bo", None).await;
        let mut annas = Browser::new(&world).await;
        assert!(visits(&mut annas, &world, &anna, "/me").await.shows("Your profile"));
        let page = does(&mut browser, &anna, "end", &[("why", "last day")]).await;
        assert!(page.shows("The employment is ended") && page.shows("Ended"), "{}", page.html);
        let node = world.node().await;
        assert_eq!(node.authenticators.of(identity).await.unwrap(), []);
        assert_eq!(card(&world, identity).await.identity.state, State::Ended);
        assert_eq!(world.events("authenticator-removed").await.len(), 2);
        assert!(annas.opens("/me").await.has_field("password"), "her session is over");
        for (act, typed) in [("change", "x"), ("permit", "x"), ("validity", "x"), ("end", "x")] {
            let page = does(&mut browser, &anna, act, &[("why", typed)]).await;
            assert_eq!(page.status, 400, "{act}");
        }
        let page = does(&mut browser, &anna, "resume", &[("why", "came back")]).await;
        assert!(page.shows("The person is back") && page.shows("nothing to log in with"), "{}", page.html);
        assert!(page.html.contains("/invite"), "{}", page.html);
        assert_eq!(card(&world, identity).await.identity.state, State::Active);
        let page = does(&mut browser, &anna, "resume", &[("why", "twice")]).await;
        assert!(page.status == 400 && page.shows("like that already"));
        assert_eq!(portner_directory::grants_of(&world.stage.database, identity).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_does_not_outlive_the_employment() {
    for_each_world(|world| async move {
        let eva = world.user("eva").registered().await;
        let (_, mut browser) = administrator(&world, "bo", None).await;
        let page = does(&mut browser, &eva, "invite", &[("why", "first day")]).await;
        let (first, second) = (text(&page, "first").to_owned(), text(&page, "second").to_owned());
        does(&mut browser, &eva, "end", &[("why", "never came")]).await;
        does(&mut browser, &eva, "resume", &[("why", "came after all")]).await;
        assert_eq!(world.events("invitations-withdrawn").await.len(), 1);
        let mut evas = Browser::new(&world).await;
        let page = evas.opens("/welcome").await;
        let page = evas.submits(&page, &[("code", &format!("{first} {second}"))]).await;
        assert!(page.shows("has expired or is misspelt"), "{}", page.html);
    })
    .await;
}

#[tokio::test]
async fn somebody_is_invited_again_until_they_are_finished_and_has_no_level_by_it() {
    for_each_world(|world| async move {
        let eva = world.user("eva").registered().await;
        let (_, mut browser) = administrator(&world, "bo", None).await;
        let page = browser.opens(&person(&eva)).await;
        let ask = browser.opens(&link(&page, "/invite")).await;
        let first = browser.submits(&ask, &[("why", "first day")]).await;
        assert!(first.shows("With what they choose now, the person has no level"), "{}", first.html);
        let page = browser.opens(&person(&eva)).await;
        assert!(page.shows("has not finished"), "{}", page.html);
        let again = browser.submits(&ask, &[("why", "lost the paper")]).await;
        let mut evas = Browser::new(&world).await;
        let page = evas.opens("/welcome").await;
        let old = format!("{} {}", text(&first, "first"), text(&first, "second"));
        assert!(evas.submits(&page, &[("code", &old)]).await.shows("has expired or is misspelt"));
        assert!(again.html.contains("id=\"second\""), "{}", again.html);
        let done = uses(&world, text(&again, "first"), text(&again, "second")).await;
        assert!(done.shows("has no assurance level yet"), "{}", done.html);
        let bound = world.node().await.authenticators.of(eva.identity.id).await.unwrap();
        let bound: Vec<_> = bound.iter().map(|it| (it.kind, it.registered)).collect();
        assert_eq!(bound, [(Kind::Password, None), (Kind::Totp, None)]);
        // Whoever has a login gets no other by an invitation: that would take it over.
        assert!(!browser.opens(&person(&eva)).await.shows("has not finished"));
        let page = browser.submits(&ask, &[("why", "again")]).await;
        assert!(page.status == 400 && page.shows("something to log in with already"), "{}", page.html);
        assert_eq!(world.events("code-handed-out").await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn somebody_is_registered_by_hand_with_all_that_is_known() {
    for_each_world(|world| async move {
        world.anna().await;
        let (_, mut browser) = administrator(&world, "bo", None).await;
        let list = browser.opens("/office/people").await;
        let ask = browser.opens(&link(&list, "/office/people/new")).await;
        let all = [
            ("user-name", "Eva"),
            ("first-name", "Eva Marie"),
            ("last-name", "Holm"),
            ("known-as", "Eva Holm"),
            ("protected", "yes"),
            ("email", "eva@example.dk"),
            ("title", "Lærer"),
            ("unit", "Skole/Nord"),
            ("production-unit", "1003388394"),
            ("organisation", "12345678"),
            ("source", "løn"),
            ("staff", "temporary"),
            ("level", "yes"),
            ("from", "2020-01-01"),
            ("until", "31.12.2099"),
            ("cpr", CPR),
            ("why", "starts on Monday"),
        ];
        // Each mistake is told at its field, and nothing else is lost; the number never comes back.
        for (entry, typed, said) in [
            ("user-name", "e v a", "without spaces"),
            ("user-name", "anna", "The user name is taken"),
            ("last-name", " ", "Write a surname"),
            ("email", "eva", "Write an e-mail address"),
            ("unit", "a//b", "from the top down"),
            ("production-unit", "123", "has ten digits"),
            ("organisation", "", "Choose an organisation"),
            ("staff", "", "Choose a kind of employment"),
            ("until", "", "the last day of temporary staff"),
            ("until", "2019-01-01", "The last day is before the first"),
            ("from", "31.02.2026", "Write a day"),
            ("cpr", "123", "CPR number of ten digits"),
            ("why", "", "Write a reason"),
        ] {
            let typed: Vec<_> = all
                .iter()
                .map(|(name, value)| (*name, if *name == entry { typed } else { *value }))
                .collect();
            let page = browser.submits(&ask, &typed).await;
            assert!(page.status == 400 && page.shows(said), "{entry}: {}", page.html);
            assert!(page.html.contains("Skole/Nord") || entry == "unit", "what was typed stays");
            assert!(!page.html.contains("010170"), "{entry}");
        }
        let page = browser.submits(&ask, &all).await;
        assert!(page.shows("The person is registered") && page.shows("May have an assurance level"));
        let eva = found(&world, "eva").await;
        assert_eq!(eva.identity.full_name(), "Eva Marie Holm");
        assert_eq!(eva.about.known_as.as_deref(), Some("Eva Holm"));
        assert!(eva.about.is_protected && eva.has_cpr && eva.identity.life.validity.until.is_some());
        assert_eq!(eva.about.unit.as_ref().map(ToString::to_string).as_deref(), Some("Skole/Nord"));
        assert_eq!(eva.identity.employment, Employment::Verified { source: "løn".to_owned() });
        let reasons = world.events("reason-given").await;
        let given =
            Event::ReasonGiven { identity: Some(eva.identity.id), why: "starts on Monday".to_owned() };
        assert_eq!(reasons, [given]);
        let found = browser.opens("/office/people?q=marie").await;
        assert!(found.shows("Protected name"), "{}", found.html);
        assert!(!world.written().await.iter().any(|body| body.contains("010170") || body.contains("Holm")));
    })
    .await;
}

#[tokio::test]
async fn a_robot_never_has_a_level() {
    for_each_world(|world| async move {
        world.anna().await;
        let (_, mut browser) = administrator(&world, "bo", None).await;
        let ask = browser.opens("/office/people/new").await;
        let typed = [
            ("user-name", "r2"),
            ("last-name", "Robot"),
            ("organisation", "12345678"),
            ("staff", "robot"),
            ("level", "yes"),
            ("why", "reads mail"),
        ];
        let page = browser.submits(&ask, &typed).await;
        assert!(page.shows("Robot, never has"), "{}", page.html);
        let robot = User { identity: found(&world, "r2").await.identity, secret: None };
        for act in ["permit", "withhold"] {
            let page = does(&mut browser, &robot, act, &[("why", "please")]).await;
            assert!(page.status == 400 && page.shows("It is a robot"), "{}", page.html);
        }
        assert_eq!(card(&world, robot.identity.id).await.identity.life.admission, Admission::Never);
        let anna = User { identity: found(&world, "anna").await.identity, secret: None };
        for (act, said, now) in [
            ("withhold", "may not have", Admission::Withheld),
            ("permit", "The person may have an assurance level", Admission::Permitted),
        ] {
            let page = does(&mut browser, &anna, act, &[("why", "decided")]).await;
            assert!(page.status == 200 && page.shows(said), "{}", page.html);
            assert_eq!(card(&world, anna.identity.id).await.identity.life.admission, now);
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_has_the_number_already_gets_one_more_identity_when_that_is_confirmed() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        works_in(&world, &anna, "Skole/Nord").await;
        has_cpr(&world, &anna, CPR).await;
        let (_, mut browser) = administrator(&world, "bo", Some("Skole")).await;
        let (_, mut elsewhere) = administrator(&world, "vera", Some("Vej")).await;
        let typed = [
            ("user-name", "anna2"),
            ("first-name", "Somebody"),
            ("last-name", "Else"),
            ("organisation", "12345678"),
            ("staff", "permanent"),
            ("cpr", CPR),
            ("why", "second job"),
        ];
        let with = |unit: &'static str, more: &[(&'static str, &'static str)]| {
            [&typed[..], &[("unit", unit)], more].concat()
        };
        let ask = elsewhere.opens("/office/people/new").await;
        let page = elsewhere.submits(&ask, &with("Vej", &[])).await;
        assert!(page.status == 400 && page.shows("another part of the organisation"), "{}", page.html);
        assert!(!page.html.contains("Østergård"), "whom they may not find they do not read about");
        let ask = browser.opens("/office/people/new").await;
        let page = browser.submits(&ask, &with("Skole/Syd", &[])).await;
        assert!(page.status == 400 && page.shows("The number is that of Anna Østergård"), "{}", page.html);
        assert_eq!(world.events("cpr-looked-up").await.len(), 2);
        assert!(
            portner_directory::by_user_name(&world.stage.database, &"anna2".parse().unwrap())
                .await
                .unwrap()
                .is_none()
        );
        // The number is not in the page: without it, nobody is registered as somebody new.
        assert!(page.form().field("cpr").is_none_or(str::is_empty));
        let forgotten = browser.submits(&page, &with("Skole/Syd", &[("same", "yes"), ("cpr", "")])).await;
        assert!(
            forgotten.status == 400 && forgotten.shows("Type the CPR number again"),
            "{}",
            forgotten.html
        );
        // Nor as somebody else's other identity, by a number that was typed wrong.
        let carl = world.user("carl").registered().await;
        has_cpr(&world, &carl, "020270-1234").await;
        for other in ["020270-1234", "030370-1234"] {
            let typed = with("Skole/Syd", &[("same", "yes"), ("cpr", other)]);
            let wrong = browser.submits(&page, &typed).await;
            assert!(wrong.status == 400 && wrong.shows("not the one that you confirmed"), "{}", wrong.html);
        }
        assert_eq!(card(&world, carl.identity.id).await.others, []);
        let page = browser.submits(&page, &with("Skole/Syd", &[("same", "yes")])).await;
        assert!(page.shows("The person is registered"), "{}", page.html);
        let second = found(&world, "anna2").await;
        assert_eq!(second.identity.person, anna.identity.person);
        assert_eq!(second.identity.full_name(), anna.identity.full_name(), "the names are those on record");
        assert_eq!(
            personal(&world).await.by_cpr(&CPR.parse().unwrap()).await.unwrap(),
            Some(anna.identity.person)
        );
    })
    .await;
}

#[tokio::test]
async fn t_del_01_nobody_administers_themselves_by_another_identity_of_theirs() {
    for_each_world(|world| async move {
        let (bo, mut browser) = administrator(&world, "bo", None).await;
        has_cpr(&world, &bo, CPR).await;
        let other = second_identity(&world, &bo, "bo2", "Skole").await;
        for act in
            ["change", "stop", "lift", "permit", "withhold", "validity", "end", "resume", "erase", "invite"]
        {
            let path = format!("{}/{act}", person(&other));
            for method in [Method::GET, Method::POST] {
                let page = browser.sends(method, &path, &[("why", "mine")]).await;
                assert!(page.status == 403 && page.shows("Nobody can do that for themselves"), "{act}");
            }
        }
        // Nor do they make one.
        let ask = browser.opens("/office/people/new").await;
        for same in ["", "yes"] {
            let typed = [
                ("user-name", "bo3"),
                ("last-name", "Bo"),
                ("organisation", "12345678"),
                ("staff", "permanent"),
                ("cpr", CPR),
                ("same", same),
                ("why", "mine"),
            ];
            let page = browser.submits(&ask, &typed).await;
            assert!(page.status == 400 && page.shows("Nobody can do that for themselves"), "{}", page.html);
        }
        assert_eq!(card(&world, other.identity.id).await.others, [bo.identity.id]);
    })
    .await;
}

#[tokio::test]
async fn t_del_01_only_an_administrator_of_everything_ends_somebody_who_holds_a_role() {
    for_each_world(|world| async move {
        let clerk = officer(&world, "clerk", Role::Support, Some("Skole")).await;
        works_in(&world, &clerk, "Skole").await;
        // A second identity without any role is the same person.
        let second = second_identity(&world, &clerk, "clerk2", "Skole").await;
        has_cpr(&world, &clerk, CPR).await;
        let (_, mut of_school) = administrator(&world, "bo", Some("Skole")).await;
        for who in [&clerk, &second] {
            for act in ["end", "stop", "change", "erase"] {
                let path = format!("{}/{act}", person(who));
                let page = of_school.sends(Method::POST, &path, &[("why", "out")]).await;
                assert!(page.status == 403 && page.shows("holds a role here"), "{act} {}", page.html);
            }
        }
        let ask = of_school.opens("/office/people/new").await;
        let typed = [
            ("user-name", "clerk3"),
            ("last-name", "Clerk"),
            ("unit", "Skole"),
            ("organisation", "12345678"),
            ("staff", "permanent"),
            ("cpr", CPR),
            ("same", "yes"),
            ("why", "out"),
        ];
        let page = of_school.submits(&ask, &typed).await;
        assert!(page.status == 400 && page.shows("holds a role here"), "{}", page.html);
        let (_, mut of_all) = administrator(&world, "vera", None).await;
        let page = does(&mut of_all, &clerk, "end", &[("why", "last day")]).await;
        assert!(page.shows("The employment is ended"), "{}", page.html);
        assert_eq!(world.events("identity-ended").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn t_del_01_whoever_administers_a_part_puts_nobody_outside_and_changes_nobody_there() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        works_in(&world, &anna, "Skole/Nord").await;
        let second = second_identity(&world, &anna, "anna2", "Vej").await;
        let (_, mut browser) = administrator(&world, "bo", Some("Skole")).await;
        let ask = browser.opens("/office/people/new").await;
        for unit in ["", "Vej", "Skolen"] {
            let typed = [
                ("user-name", "eva"),
                ("last-name", "Holm"),
                ("unit", unit),
                ("organisation", "12345678"),
                ("staff", "permanent"),
                ("why", "new"),
            ];
            let page = browser.submits(&ask, &typed).await;
            assert!(page.status == 400 && page.shows("Choose a unit in the part"), "{unit} {}", page.html);
            let page = does(&mut browser, &anna, "change", &[("unit", unit), ("why", "moves")]).await;
            assert!(page.status == 400 && page.shows("Choose a unit in the part"), "{unit} {}", page.html);
        }
        // What is the person's is the other identity's, too.
        for (entry, typed) in
            [("last-name", "Ny"), ("known-as", "Ny"), ("protected", "yes"), ("cpr", "020270-1234")]
        {
            let page = does(&mut browser, &anna, "change", &[(entry, typed), ("why", "wish")]).await;
            assert!(
                page.status == 400 && page.shows("other users, whom you do not"),
                "{entry} {}",
                page.html
            );
        }
        let page = does(&mut browser, &anna, "change", &[("unit", "Skole/Syd"), ("why", "moves")]).await;
        assert!(page.shows("The details are changed"), "{}", page.html);
        let path = format!("{}/end", person(&second));
        assert_eq!(browser.sends(Method::POST, &path, &[("why", "out")]).await.status, 403);
        let both = [card(&world, anna.identity.id).await, card(&world, second.identity.id).await];
        assert!(both.iter().all(|it| it.identity.last_name == "Østergård & Søn" && !it.has_cpr));
    })
    .await;
}

#[tokio::test]
async fn details_are_changed_once_and_what_a_feed_says_is_left_to_it() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let (_, mut browser) = administrator(&world, "bo", None).await;
        let ask = browser.opens(&format!("{}/change", person(&anna))).await;
        let none = browser.submits(&ask, &[("why", "looked")]).await;
        assert!(none.status == 400 && none.shows("like that already"), "{}", none.html);
        let wishes = [("last-name", "Holm"), ("title", "Leder"), ("cpr", CPR), ("why", "married")];
        let page = browser.submits(&ask, &wishes).await;
        assert!(page.shows("The details are changed") && page.shows("Leder"), "{}", page.html);
        let now = card(&world, anna.identity.id).await;
        assert!(now.has_cpr && now.identity.last_name == "Holm" && now.identity.life.reopened.is_some());
        // Whoever looked before that would undo it.
        let page = browser.submits(&ask, &[("title", "Chef"), ("why", "promoted")]).await;
        assert!(page.status == 400 && page.shows("Somebody else changed"), "{}", page.html);
        let bo = world.user("carl").registered().await;
        let page = does(&mut browser, &bo, "change", &[("cpr", CPR), ("why", "typed")]).await;
        assert!(page.status == 400 && page.shows("The number is somebody else"), "{}", page.html);

        let mut tx = world.begin().await;
        let source = Source { feed: "payroll".to_owned(), key: "17".to_owned() };
        set_source(&mut tx, anna.identity.id, &source).await.unwrap();
        tx.commit().await.unwrap();
        for (act, open) in [("change", &ask), ("validity", &ask)] {
            let page = browser.opens(&format!("{}/{act}", person(&anna))).await;
            assert!(page.shows("come from payroll") && !page.has_field("why"), "{}", page.html);
            let mut form = open.form();
            form.action = format!("{}/{act}", person(&anna));
            let page = browser.sends_form(&form, &[("why", "all the same"), ("until", "2099-01-01")]).await;
            assert!(page.status == 403 || page.status == 400, "{act}");
        }
        assert_eq!(card(&world, anna.identity.id).await.about.title.as_deref(), Some("Leder"));
    })
    .await;
}

#[tokio::test]
async fn a_last_day_is_a_day_of_work() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let (_, mut browser) = administrator(&world, "bo", None).await;
        for (typed, said) in [
            ([("from", "2099-02-01"), ("until", "2099-01-01")], "before the first"),
            ([("from", ""), ("until", "2001-01-01")], "That day is over"),
            ([("from", ""), ("until", "tomorrow")], "Write a day"),
        ] {
            let page =
                does(&mut browser, &anna, "validity", &[&typed[..], &[("why", "contract")]].concat()).await;
            assert!(page.status == 400 && page.shows(said), "{}", page.html);
        }
        let page =
            does(&mut browser, &anna, "validity", &[("until", "2099-12-31"), ("why", "contract")]).await;
        assert!(page.shows("The first and the last day are saved"), "{}", page.html);
        let until = card(&world, anna.identity.id).await.identity.life.validity.until.unwrap();
        assert_eq!(until.0, 4_102_441_200_000, "midnight after the 31st in Denmark");
        let ask = browser.opens(&format!("{}/validity", person(&anna))).await;
        assert_eq!(ask.form().field("until"), Some("2099-12-31"));
        let page = browser.submits(&ask, &[("why", "contract")]).await;
        assert!(page.status == 400 && page.shows("like that already"), "{}", page.html);
    })
    .await;
}

#[tokio::test]
async fn what_is_known_of_somebody_is_erased_when_two_agree_and_not_before_the_end() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let identity = anna.identity.id;
        let (_, mut browser) = administrator(&world, "bo", None).await;
        let page = does(&mut browser, &anna, "erase", &[("why", "asked")]).await;
        assert!(page.status == 400 && page.shows("only be erased when"), "{}", page.html);
        does(&mut browser, &anna, "end", &[("why", "left")]).await;
        let page = does(&mut browser, &anna, "erase", &[("why", "asked")]).await;
        assert!(page.shows("proposed to erase") && page.shows("Østergård"), "{}", page.html);
        let page = does(&mut browser, &anna, "erase", &[("why", "asked")]).await;
        assert!(page.status == 400 && page.shows("proposed already"));
        let kept = async || -> i64 {
            let secrets = "SELECT COUNT(*) FROM authenticator a JOIN identity i ON i.id = a.identity \
                 WHERE a.verifier <> '' AND i.state IN ('ended', 'erased')";
            sqlx::query_scalar(secrets).fetch_one(world.stage.database.reader()).await.unwrap()
        };
        assert_eq!(kept().await, 2, "her password and her app, which work no more");
        let federation = world.node().await.federation;
        let mut tx = world.begin().await;
        assert_eq!(federation.erase_agreed(&mut tx, identity).await.unwrap(), Ok(()));
        tx.commit().await.unwrap();
        assert_eq!(card(&world, identity).await.identity.full_name(), "");
        assert_eq!(kept().await, 0);
        let mut tx = world.begin().await;
        let again = federation.erase_agreed(&mut tx, identity).await.unwrap();
        assert_eq!(again, Err(Refusal::NotEnded));
        drop(tx);
        let page = browser.opens(&person(&anna)).await;
        assert!(page.status == 200 && !page.html.contains("/resume"), "{}", page.html);
    })
    .await;
}

#[tokio::test]
async fn locks_of_others_outlive_the_administrations() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        let identity = anna.identity.id;
        let mut tx = world.begin().await;
        for locker in [Locker::Administrator, Locker::Source] {
            portner_directory::lock(&mut tx, identity, locker, "x").await.unwrap().unwrap();
        }
        tx.commit().await.unwrap();
        world.stage.clock.advance(Millis(1));
        let federation = world.node().await.federation;
        let mut tx = world.begin().await;
        federation.lift_agreed(&mut tx, identity, "cleared").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let now = card(&world, identity).await;
        assert_eq!(now.identity.state, State::Locked);
        assert!(now.locks.iter().all(|lock| lock.locker == Locker::Source));
    })
    .await;
}
