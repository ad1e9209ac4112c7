//! The registrar: meetings with everything that falls short, two for High, and codes that rest on them.

use axum::http::Method;
use portner_audit_log::Event;
use portner_directory::{PaperNumber, Record, WaitingMeeting, leave_meeting, rename, waiting_meetings};
use portner_domain::authenticator::Kind;
use portner_domain::help::SecondHalf;
use portner_domain::meeting::{Check, MEETING_WAITS_MAX, Paper, Second, Shown};
use portner_domain::role::Role;
use portner_domain::{Level, Millis};

use crate::browser::{Browser, Page};
use crate::desk::{has_cpr, personal, text, told, uses};
use crate::office::{officer, person};
use crate::own_pages::{link, visits};
use crate::stage::{OIOSAML3, SUBSTANTIAL, User, World, for_each_world};

/// A meeting that is worth Substantial.
const MEETING: [(&str, &str); 9] = [
    ("paper1", "driving-licence"),
    ("country1", "DK"),
    ("number1", "98765432"),
    ("last1", "2030-12-31"),
    ("photo", "yes"),
    ("genuine", "yes"),
    ("record", "yes"),
    ("second", "questions"),
    ("place", "Rådhuset"),
];

/// The meeting with other answers in it.
fn meeting<'a>(but: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = MEETING.into_iter().filter(|(name, _)| but.iter().all(|(other, _)| other != name));
    usual.chain(but.iter().copied()).collect()
}

async fn registrar(world: &World, name: &'static str) -> (User, Browser) {
    let rita = officer(world, name, Role::Registrar, None).await;
    let mut browser = Browser::new(world).await;
    assert_eq!(visits(&mut browser, world, &rita, "/office").await.status, 200);
    (rita, browser)
}

async fn new_employee(world: &World, name: &'static str) -> User {
    world.user(name).registered().await
}

async fn meets(browser: &mut Browser, who: &User, notes: &[(&str, &str)]) -> Page {
    let ask = browser.opens(&format!("{}/proof", person(who))).await;
    browser.submits(&ask, notes).await
}

#[tokio::test]
async fn t_proof_01_every_shortfall_is_at_its_field_and_nothing_typed_is_lost() {
    for_each_world(|world| async move {
        let (bo, (_, mut rita)) = (new_employee(&world, "bo").await, registrar(&world, "rita").await);
        has_cpr(&world, &bo, "010170-1234").await;
        for (but, field, said) in [
            (vec![("paper1", "health-card"), ("last1", "")], "paper1", "has a photo that counts"),
            (vec![("paper1", "passport-without-cpr")], "paper1", "None of the papers has the CPR number"),
            (vec![("paper1", "")], "paper1", "Choose what kind of paper"),
            (vec![("country1", "Danmark")], "country1", "with two letters"),
            (vec![("number1", "98/76")], "number1", "letters and digits only"),
            (vec![("last1", "2030-02-30")], "last1", "day, month and year"),
            (vec![("last1", "2020-01-01")], "last1", "is out of date"),
            (vec![("last1", "")], "last1", "its last day is missing"),
            (
                vec![("paper2", "foreign-identity-card"), ("number2", "77"), ("last2", "")],
                "last2",
                "its last day is missing",
            ),
            (vec![("photo", "")], "photo", "Compare the photo"),
            (vec![("genuine", "")], "genuine", "signs of forgery"),
            (vec![("record", "")], "record", "those on record"),
            (vec![("second", "")], "second", "questions or a witness"),
            (vec![("place", " ")], "place", "Write where you met"),
            (vec![("wish", "second")], "paper1", "a passport or a national identity card"),
            (vec![("wish", "second")], "issuer", "you asked the issuer"),
        ] {
            let page = meets(&mut rita, &bo, &meeting(&but)).await;
            assert!(page.status == 400 && page.shows(said), "{but:?}: {}", page.html);
            assert!(page.html.contains(&format!("aria-describedby=\"{field}-problem\"")), "{but:?} {field}");
            assert!(page.html.contains("value=\"77\"") == but.iter().any(|(name, _)| *name == "number2"));
            let is_kept = |(name, typed): &(&str, &str)| match *name {
                "paper1" | "second" if !typed.is_empty() => {
                    page.html.contains(&format!("<option value=\"{typed}\" selected>"))
                }
                "number1" | "country1" | "last1" => page.html.contains(&format!("value=\"{typed}\"")),
                _ => true,
            };
            let typed = meeting(&but);
            assert!(
                typed.iter().filter(|(_, typed)| !typed.trim().is_empty()).all(is_kept),
                "{but:?}: {}",
                page.html
            );
        }
        assert!(
            meets(&mut rita, &bo, &meeting(&[("wish", "second")])).await.shows("logged in at High yourself")
        );
        assert_eq!(world.events("proofing-recorded").await.len(), 1, "hers, and nobody else's");
    })
    .await;
}

#[tokio::test]
async fn a_meeting_and_a_code_in_two_hands_lead_to_substantial() {
    for_each_world(|world| async move {
        let (bo, (rita, mut browser)) = (new_employee(&world, "bo").await, registrar(&world, "rita").await);
        let (other, mut others) = registrar(&world, "ruth").await;
        let sp = world.sp("sag", OIOSAML3).await;
        let none = browser.opens(&format!("{}/code", person(&bo))).await;
        let none = browser.submits(&none, &[("way", "officer"), ("why", "starts today")]).await;
        assert!(none.status == 400 && none.shows("in the last two days"), "{}", none.html);

        let page = meets(&mut browser, &bo, &meeting(&[("last1", "31.12.2030")])).await;
        assert!(page.shows("You can hand out a code now") && page.shows("in person"), "{}", page.html);
        let proofed = world.events("proofed-in-person").await;
        let [Event::ProofedInPerson { identity, officer, second_officer: None, also_shown_by, .. }] =
            proofed.as_slice()
        else {
            panic!("{proofed:?}")
        };
        assert_eq!((*identity, *officer), (bo.identity.id, rita.identity.id));
        assert!(
            also_shown_by.is_empty()
                && told(&world, bo.identity.id).await.contains(&"proofed-in-person".into())
        );

        let ask = browser.opens(&link(&page, "/code")).await;
        assert!(!ask.shows("By e-mail"), "no mail server, no such way");
        let page = browser.submits(&ask, &[("way", "officer"), ("why", "starts today")]).await;
        assert!(page.shows("can reach the level Substantial") && page.shows("Another registrar sees part 2"));
        assert!(!page.html.contains("id=\"second\""));
        let first = text(&page, "first").to_owned();
        let mine = browser.opens(&format!("{}/half", person(&bo))).await;
        let mine = browser.submits(&mine, &[("why", "curious")]).await;
        assert!(mine.status == 400 && mine.shows("Another registrar has to do it"), "{}", mine.html);
        let theirs = others.opens(&person(&bo)).await;
        let theirs = others.opens(&link(&theirs, "/half")).await;
        let theirs = others.submits(&theirs, &[("why", "handed to Bo")]).await;
        let second = text(&theirs, "second").to_owned();
        let again = others.opens(&format!("{}/half", person(&bo))).await;
        let again = others.submits(&again, &[("why", "once more")]).await;
        assert!(
            again.shows("Nothing is waiting") && other.identity.id != rita.identity.id,
            "it is shown once"
        );
        let written = world.written().await.join("\n");
        assert!(!written.contains(&first) && !written.contains(&second), "no half is in the log");

        let done = uses(&world, &first, &second).await;
        assert!(done.shows("You can reach the level Substantial"), "{}", done.html);
        let bound = world.node().await.authenticators.of(bo.identity.id).await.unwrap();
        assert!(bound.iter().all(|it| it.registered == Some(Level::Substantial)), "{bound:?}");
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        assert!(Browser::new(&world).await.asks(&request).await.has_field("password"));
        let handed = world.events("code-handed-out").await;
        assert!(matches!(handed.as_slice(), [Event::CodeHandedOut { second_half: SecondHalf::Officer, .. }]));
    })
    .await;
}

#[tokio::test]
async fn t_proof_01_a_paper_that_somebody_else_showed_has_to_be_looked_into() {
    for_each_world(|world| async move {
        let (bo, ib) = (new_employee(&world, "bo").await, new_employee(&world, "ib").await);
        let (_, mut rita) = registrar(&world, "rita").await;
        assert!(meets(&mut rita, &bo, &meeting(&[])).await.shows("identity is verified"));
        let page = meets(&mut rita, &ib, &meeting(&[("number1", "98 76-54 32")])).await;
        assert!(
            page.status == 400 && page.shows("Another person showed a paper with this number"),
            "{}",
            page.html
        );
        assert!(page.html.contains("98 76-54 32"), "nothing typed is lost");
        assert_eq!(world.events("proofed-in-person").await.len(), 1);
        let page = meets(&mut rita, &ib, &meeting(&[("looked_into", "yes")])).await;
        assert!(page.shows("identity is verified"), "{}", page.html);
        let events = world.events("proofed-in-person").await;
        let Some(Event::ProofedInPerson { also_shown_by, .. }) = events.last() else { panic!("{events:?}") };
        assert_eq!(also_shown_by, &[bo.identity.person]);
    })
    .await;
}

#[tokio::test]
async fn t_proof_01_nobody_proofs_themselves_and_a_code_ends_with_its_proofing() {
    for_each_world(|world| async move {
        let (rita, mut browser) = registrar(&world, "rita").await;
        let bo = new_employee(&world, "bo").await;
        for page in ["proof", "second", "code", "half", "name"] {
            let path = format!("{}/{page}", person(&rita));
            assert_eq!(browser.sends(Method::GET, &path, &[]).await.status, 403, "{page}");
        }
        meets(&mut browser, &bo, &meeting(&[])).await;
        world.stage.clock.advance(Millis::hours(48));
        visits(&mut browser, &world, &rita, "/office").await;
        let ask = visits(&mut browser, &world, &rita, &person(&bo)).await;
        let ask = browser.opens(&link(&ask, "/code")).await;
        let page = browser.submits(&ask, &[("way", "officer"), ("why", "late")]).await;
        assert!(page.status == 400 && page.shows("in the last two days"), "{}", page.html);
    })
    .await;
}

/// A meeting that another registrar, at High, left for a second one.
async fn left_by(world: &World, officer: &User, who: &User) {
    let personal = personal(world).await;
    let shown = vec![Shown { paper: Paper::PassportWithCpr, expires: Some((2030, 12, 31)) }];
    let record = Record {
        papers: vec![PaperNumber::typed(Paper::PassportWithCpr, "DK", "98765432").unwrap()],
        shown,
        checks: vec![Check::Photo, Check::Genuine, Check::Record, Check::Issuer],
        second: Some(Second::Questions),
        place: "Rådhuset".to_owned(),
    };
    let mut tx = world.begin().await;
    let waiting = WaitingMeeting {
        person: who.identity.person,
        identity: who.identity.id,
        officer: officer.identity.id,
        officer_person: officer.identity.person,
        officer_level: Level::High,
        at: tx.now(),
    };
    leave_meeting(&personal, &mut tx, &waiting, &record).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn t_proof_01_high_takes_two_registrars_who_are_two_people_and_both_at_high() {
    for_each_world(|world| async move {
        let bo = new_employee(&world, "bo").await;
        let (one, mut ones) = registrar(&world, "one").await;
        let (_, mut twos) = registrar(&world, "two").await;
        let high = [("paper1", "passport-with-cpr"), ("issuer", "yes"), ("wish", "second")];
        let page = meets(&mut ones, &bo, &meeting(&high)).await;
        assert!(page.status == 400 && page.shows("logged in at High yourself"), "{}", page.html);
        assert_eq!(world.events("meeting-awaits-second").await, []);

        left_by(&world, &one, &bo).await;
        let count = world.events("proofing-recorded").await.len();
        let sealed: String = sqlx::query_scalar("SELECT sealed FROM meeting_waiting")
            .fetch_one(world.stage.database.reader())
            .await
            .unwrap();
        assert!(!sealed.contains("98765432") && !sealed.contains("Rådhuset"));
        let agree = [("compared", "yes"), ("decision", "agree")];
        let ask = ones.opens(&format!("{}/second", person(&bo))).await;
        let page = ones.submits(&ask, &agree).await;
        assert!(page.status == 400 && page.shows("Another registrar has to do it"), "{}", page.html);
        let list = twos.opens("/office/meetings").await;
        let ask = twos.opens(&link(&list, "/second")).await;
        assert!(
            ask.shows("98765432") && ask.shows("Rådhuset") && ask.shows("Danish, Greenlandic"),
            "{}",
            ask.html
        );
        let page = twos.submits(&ask, &[("decision", "agree")]).await;
        assert!(page.status == 400 && page.shows("compare the photo first"), "{}", page.html);
        let page = twos.submits(&ask, &agree).await;
        assert!(page.status == 400 && page.shows("logged in at High yourself"), "{}", page.html);
        assert_eq!(world.events("proofing-recorded").await.len(), count, "nobody is proofed");
        assert_eq!(world.events("meeting-agreed").await, []);
    })
    .await;
}

#[tokio::test]
async fn the_second_registrar_may_say_no_and_a_meeting_does_not_wait_for_long() {
    for_each_world(|world| async move {
        let bo = new_employee(&world, "bo").await;
        let (one, _) = registrar(&world, "one").await;
        let (_, mut twos) = registrar(&world, "two").await;
        left_by(&world, &one, &bo).await;
        let ask = twos.opens(&format!("{}/second", person(&bo))).await;
        let page = twos.submits(&ask, &[("decision", "decline"), ("why", "")]).await;
        assert!(page.status == 400 && page.shows("Write a reason"), "{}", page.html);
        let page = twos.submits(&ask, &[("decision", "decline"), ("why", "not the same ears")]).await;
        assert!(page.shows("you did not approve"), "{}", page.html);
        let declined = world.events("meeting-declined").await;
        assert!(
            matches!(declined.as_slice(), [Event::MeetingDeclined { why, .. }] if why == "not the same ears")
        );
        assert!(told(&world, bo.identity.id).await.contains(&"meeting-declined".to_owned()));
        let again = twos.submits(&ask, &[("decision", "decline"), ("why", "again")]).await;
        assert!(again.status == 400 && again.shows("Nothing is waiting"), "{}", again.html);

        left_by(&world, &one, &bo).await;
        let waiting = async || waiting_meetings(&world.stage.database, world.now()).await.unwrap().len();
        world.stage.clock.advance(MEETING_WAITS_MAX);
        assert_eq!(waiting().await, 1);
        world.stage.clock.advance(Millis(1));
        assert_eq!(waiting().await, 0);
    })
    .await;
}

#[tokio::test]
async fn another_name_is_confirmed_before_a_code_rests_on_the_proofing_from_before() {
    for_each_world(|world| async move {
        let (anna, (_, mut rita)) = (world.anna().await, registrar(&world, "rita").await);
        let mut tx = world.begin().await;
        rename(&mut tx, anna.identity.person, "Anna", "Berg").await.unwrap();
        tx.commit().await.unwrap();
        world.stage.clock.advance(Millis(1));
        let page = rita.opens(&person(&anna)).await;
        let ask = rita.opens(&link(&page, "/name")).await;
        let code = rita.opens(&format!("{}/code", person(&anna))).await;
        let code = rita.submits(&code, &[("way", "officer"), ("why", "new name")]).await;
        assert!(code.status == 400 && code.shows("Confirm the name first"), "{}", code.html);
        let page = rita.submits(&ask, &[("why", "saw the new passport")]).await;
        assert!(
            page.shows("The name is confirmed") && !page.shows("got another name since"),
            "{}",
            page.html
        );
        assert_eq!(world.events("person-confirmed").await.len(), 1);
        assert!(told(&world, anna.identity.id).await.contains(&"help-given".to_owned()));
        let bound = world.node().await.authenticators.of(anna.identity.id).await.unwrap();
        assert!(bound.iter().any(|it| it.kind == Kind::Totp));
    })
    .await;
}
