//! The support desk: who is asking, forgotten passwords, lost devices, code devices, CPR numbers, and why logins fail.

use axum::http::Method;
use portner_audit_log::{Event, EventId};
use portner_authenticators::device::NewDevice;
use portner_authenticators::{CodeShape, TotpSecret};
use portner_directory::{Personal, rename};
use portner_domain::authenticator::{Ceremony, Kind};
use portner_domain::help::{CALLER_FRESH_MAX, CallerCheck, Help, SecondHalf};
use portner_domain::life::Locker;
use portner_domain::proofing::Evidence;
use portner_domain::role::Role;
use portner_domain::{IdentityId, Level, Millis};
use portner_web::mail::{MailServer, MailTls};

use crate::browser::{Browser, Page, router_with_mail};
use crate::mail::{Server, Tls, read};
use crate::office::{holds, officer, person, works_in};
use crate::own_pages::{link, shown_secret, visits};
use crate::stage::{OIOSAML3, PASSWORD, SUBSTANTIAL, User, World, for_each_world};

const CHOSEN: &str = "et langt og godt kodeord";
const DESK: [&str; 3] = ["reset", "lost", "device"];

/// Somebody at the support desk, logged in.
async fn at_the_desk(world: &World) -> (User, Browser) {
    let sue = officer(world, "sue", Role::Support, None).await;
    let mut browser = Browser::new(world).await;
    assert_eq!(visits(&mut browser, world, &sue, "/office").await.status, 200);
    (sue, browser)
}

/// The officer finds out who is asking.
async fn verifies(browser: &mut Browser, who: &User) -> Page {
    let page = browser.opens(&format!("{}/caller", person(who))).await;
    browser.submits(&page, &[("called-back", "yes"), ("note", "spoke to Anna"), ("outcome", "yes")]).await
}

/// A text of a page by its id.
pub fn text<'p>(page: &'p Page, id: &str) -> &'p str {
    let (_, rest) =
        page.html.split_once(&format!("id=\"{id}\">")).unwrap_or_else(|| panic!("{id}: {}", page.html));
    rest.split('<').next().unwrap()
}

/// From the two halves to a login that has been chosen.
pub async fn uses(world: &World, first: &str, second: &str) -> Page {
    let mut browser = Browser::new(world).await;
    let page = browser.opens("/welcome").await;
    let page = browser.submits(&page, &[("code", &format!("{first} {second}"))]).await;
    let page = browser.submits(&page, &[("password", CHOSEN), ("password_again", CHOSEN)]).await;
    let secret = shown_secret(&page);
    let code = totp_rs::Builder::new()
        .with_secret(secret)
        .build_noncompliant()
        .generate(world.now().unix_seconds())
        .to_string();
    browser.submits(&page, &[("code", &code)]).await
}

async fn levels(world: &World, user: &User) -> Vec<(Kind, Option<Level>)> {
    let bound = world.node().await.authenticators.of(user.identity.id).await.unwrap();
    bound.iter().map(|it| (it.kind, it.registered)).collect()
}

#[tokio::test]
async fn t_desk_01_nothing_is_done_for_a_caller_whom_this_officer_did_not_verify_lately() {
    for_each_world(|world| async move {
        let (anna, (_, mut sue)) = (world.anna().await, at_the_desk(&world).await);
        let tim = officer(&world, "tim", Role::Support, None).await;
        let mut tims = Browser::new(&world).await;
        visits(&mut tims, &world, &tim, "/office").await;
        let bo = world.user("bo").with_password().registered().await;
        let refused = async |browser: &mut Browser, who: &User| {
            for act in DESK {
                let device = world.node().await.authenticators.of(who.identity.id).await.unwrap();
                let device = device.last().unwrap().id.to_string();
                let page = browser.opens(&format!("{}/{act}", person(who))).await;
                assert!(page.shows("First find out who is asking"), "{}", page.html);
                let typed = [("why", "asked nicely"), ("device", device.as_str()), ("serial", "A1")];
                let page = browser.submits(&page, &typed).await;
                assert!(page.status == 400 && page.shows("First find out who is asking"), "{}", page.html);
                assert!(page.html.contains("asked nicely"), "what was typed stays");
            }
        };
        refused(&mut sue, &anna).await;
        for (ticked, outcome, said) in [
            ("questions", "yes", "Questions are not enough"),
            ("nothing", "yes", "Questions are not enough"),
            ("called-back", "", "Choose one of the two buttons"),
        ] {
            let page = sue.opens(&format!("{}/caller", person(&anna))).await;
            let page = sue.submits(&page, &[(ticked, "yes"), ("outcome", outcome)]).await;
            assert!(page.status == 400 && page.shows(said), "{}", page.html);
        }
        assert_eq!(world.events("caller-checked").await, []);
        refused(&mut sue, &anna).await;

        let page = verifies(&mut sue, &anna).await;
        assert!(page.shows("written down that you have verified") && page.shows("You can help until"));
        let expected = Event::CallerChecked {
            identity: anna.identity.id,
            checks: vec![CallerCheck::CalledBack],
            verified: true,
            note: "spoke to Anna".to_owned(),
        };
        assert_eq!(world.events("caller-checked").await, [expected]);
        // Neither another officer nor another person may rest on it, and it does not last.
        refused(&mut tims, &anna).await;
        refused(&mut sue, &bo).await;
        let page = sue.opens(&format!("{}/caller", person(&anna))).await;
        let page = sue.submits(&page, &[("outcome", "no"), ("note", "hung up")]).await;
        assert!(page.shows("could not verify the person") && !page.shows("You can help until"));
        refused(&mut sue, &anna).await;
        verifies(&mut sue, &anna).await;
        world.stage.clock.advance(CALLER_FRESH_MAX);
        refused(&mut sue, &anna).await;
        assert_eq!(world.events("help-given").await, []);
    })
    .await;
}

#[tokio::test]
async fn t_desk_01_a_forgotten_password_ends_at_once_and_the_code_comes_by_two_ways() {
    for_each_world(|world| async move {
        let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
        let server = Server::start(Tls::Plain).await;
        let mail = || MailServer::new(server.settings(MailTls::DangerPlain, None)).unwrap();
        let sue = officer(&world, "sue", Role::Support, None).await;
        let mut desk = Browser::at(router_with_mail(&world, &world.node().await, Some(mail())));
        let mut annas = Browser::new(&world).await;
        assert!(visits(&mut annas, &world, &anna, "/me").await.shows("Your profile"));

        // Found, verified, reset, read out: one page for each step.
        visits(&mut desk, &world, &sue, "/office").await;
        let page = desk.opens("/office/people?q=anna").await;
        let page = desk.opens(&link(&page, &anna.identity.id.to_string())).await;
        let page = desk.opens(&link(&page, "/caller")).await;
        let page = desk.submits(&page, &[("called-back", "yes"), ("outcome", "yes")]).await;
        let ask = desk.opens(&link(&page, "/reset")).await;
        let page = desk.submits(&ask, &[("why", "forgot it")]).await;
        assert!(page.status == 200 && page.shows("has no level"), "{}", page.html);
        assert!(page.shows("Part 2 has been sent to anna@example.dk") && page.shows("A registrar verifies"));
        let first = text(&page, "first").to_owned();
        let caught = server.caught();
        let [letter] = caught.as_slice() else { panic!("{caught:?}") };
        let letter = read(&letter.message);
        assert!(!page.html.contains("id=\"second\"") && !letter.contains(&first), "each way has one half");
        let second = letter.lines().find(|line| line.len() == 8 && line.as_bytes()[3] == b'-').unwrap();

        assert!(annas.opens("/me").await.has_field("password"), "her session is over");
        let page = annas.opens("/me").await;
        let page = annas.submits(&page, &[("username", "anna"), ("password", PASSWORD)]).await;
        assert!(page.has_field("password") && page.html.contains("problems"), "the old password is gone");
        for half in [first.as_str(), second] {
            let page = annas.opens("/welcome").await;
            let page = annas.submits(&page, &[("code", half)]).await;
            assert!(page.shows("has expired or is misspelt"), "one half is nothing");
        }
        let done = uses(&world, &first, second).await;
        assert!(done.shows("has no assurance level yet"), "{}", done.html);
        assert_eq!(levels(&world, &anna).await, [(Kind::Password, None), (Kind::Totp, None)]);
        assert_eq!(
            world.events("help-given").await,
            [Event::HelpGiven {
                identity: anna.identity.id,
                help: Help::PasswordReset,
                why: "forgot it".to_owned()
            }]
        );
        let handed = world.events("code-handed-out").await;
        assert!(
            matches!(handed.as_slice(), [Event::CodeHandedOut { second_half: SecondHalf::Mail, .. }]),
            "{handed:?}"
        );
        let told = told(&world, anna.identity.id).await;
        for kind in ["caller-checked", "help-given", "authenticator-removed", "code-handed-out"] {
            assert!(told.iter().any(|event| event == kind), "{kind}: {told:?}");
        }
        // Nothing at Substantial until somebody proofs her anew.
        world.pass(1);
        let request = sp.request(&world, |it| it.class_refs = SUBSTANTIAL);
        let page = annas.asks(&request).await;
        let page = annas.submits(&page, &[("username", "anna"), ("password", CHOSEN)]).await;
        assert!(!page.has_field("SAMLResponse"), "{}", page.html);
    })
    .await;
}

/// The kinds of what somebody is to be told by letter.
pub async fn told(world: &World, who: IdentityId) -> Vec<String> {
    let mut kinds = Vec::new();
    loop {
        let claimed = world.stage.log.claim_notices().await.unwrap();
        if claimed.is_empty() {
            return kinds;
        }
        for one in claimed.into_iter().filter(|one| one.notice.identity == who) {
            let _: EventId = one.notice.id;
            kinds.extend(one.notice.events.iter().map(|event| event.kind().to_owned()));
        }
    }
}

#[tokio::test]
async fn without_a_way_to_send_both_halves_are_on_paper_and_the_page_says_so() {
    for_each_world(|world| async move {
        let (anna, (_, mut sue)) = (world.anna().await, at_the_desk(&world).await);
        verifies(&mut sue, &anna).await;
        let ask = sue.opens(&format!("{}/reset", person(&anna))).await;
        let page = sue.submits(&ask, &[("why", "forgot it")]).await;
        assert!(
            page.shows("can't be sent by e-mail") && page.shows("Do not read part 2 out"),
            "{}",
            page.html
        );
        let done = uses(&world, text(&page, "first"), text(&page, "second")).await;
        assert!(done.shows("has no assurance level yet"), "{}", done.html);
        let handed = world.events("code-handed-out").await;
        assert!(matches!(handed.as_slice(), [Event::CodeHandedOut { second_half: SecondHalf::Paper, .. }]));
    })
    .await;
}

#[tokio::test]
async fn t_desk_01_support_raises_nobodys_level_whatever_it_does() {
    for_each_world(|world| async move {
        let (low, (_, mut sue)) =
            (world.user("low").with_password().registered().await, at_the_desk(&world).await);
        let anna = world.anna().await;
        let node = world.node().await;
        let serial = "A1".parse().unwrap();
        let seed = TotpSecret::generate(&*world.stage.entropy);
        let mut tx = world.begin().await;
        let device = NewDevice { serial, seed, shape: CodeShape::APP };
        node.authenticators.add_code_devices(&mut tx, &[device]).await.unwrap();
        tx.commit().await.unwrap();
        for who in [&low, &anna] {
            verifies(&mut sue, who).await;
            let ask = sue.opens(&format!("{}/device", person(who))).await;
            let wrong = sue.submits(&ask, &[("serial", "B2"), ("why", "new phone")]).await;
            assert!(wrong.status == 400 && wrong.shows("no device with that serial number"));
            let page = sue.submits(&ask, &[("serial", "a1"), ("why", "new phone")]).await;
            if who.identity.id == low.identity.id {
                assert!(page.shows("The code device is registered"), "{}", page.html);
                assert!(levels(&world, who).await.contains(&(Kind::TotpDevice, None)));
            } else {
                assert!(page.shows("belongs to somebody"), "{}", page.html);
            }
            let ask = sue.opens(&format!("{}/reset", person(who))).await;
            let page = sue.submits(&ask, &[("why", "forgot it")]).await;
            uses(&world, text(&page, "first"), text(&page, "second")).await;
            let found = levels(&world, who).await;
            assert!(found.iter().all(|(_, level)| level.is_none()), "{found:?}");
        }
        let bound = world.events("authenticator-bound").await;
        let by_desk = bound.iter().rev().take(5);
        assert!(by_desk.clone().all(|event| matches!(
            event,
            Event::AuthenticatorBound { ceremony: Ceremony::Unvouched, level: None, .. }
        )));
        // And it has no way to proof anybody, or to hand out a code that rests on a proofing.
        for page in ["proof", "second", "code", "half", "name"] {
            assert_eq!(sue.opens(&format!("{}/{page}", person(&anna))).await.status, 403, "{page}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_somebody_still_has_is_named_as_the_way_back() {
    for_each_world(|world| async move {
        let (anna, (_, mut sue)) = (world.anna().await, at_the_desk(&world).await);
        world.sql("INSERT INTO authenticator (id, identity, kind, registered, verifier, bound_at, last_step) SELECT '019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa', id, 'passkey', 'Substantial', '', 0, 0 FROM identity WHERE user_name = 'anna'").await;
        verifies(&mut sue, &anna).await;
        let ask = sue.opens(&format!("{}/reset", person(&anna))).await;
        let page = sue.submits(&ask, &[("why", "forgot it")]).await;
        assert!(page.shows("reaches the level Substantial: they log in with it"), "{}", page.html);
    })
    .await;
}

#[tokio::test]
async fn a_lost_device_works_no_more_and_ends_every_session() {
    for_each_world(|world| async move {
        let (anna, (_, mut sue)) = (world.anna().await, at_the_desk(&world).await);
        let mut annas = Browser::new(&world).await;
        visits(&mut annas, &world, &anna, "/me/password").await;
        verifies(&mut sue, &anna).await;
        let bound = world.node().await.authenticators.of(anna.identity.id).await.unwrap();
        let of = |kind| bound.iter().find(|it| it.kind == kind).unwrap().id.to_string();
        let ask = sue.opens(&format!("{}/lost", person(&anna))).await;
        assert!(!ask.html.contains(&of(Kind::Password)), "a password is not lost but forgotten");
        for (device, said) in
            [(String::new(), "Choose the device"), (of(Kind::Password), "Choose the device")]
        {
            let page = sue.submits(&ask, &[("device", &device), ("why", "on the train")]).await;
            assert!(page.status == 400 && page.shows(said), "{}", page.html);
        }
        let page = sue.submits(&ask, &[("device", &of(Kind::Totp)), ("why", "on the train")]).await;
        assert!(page.shows("reported lost"), "{}", page.html);
        assert_eq!(levels(&world, &anna).await.len(), 1);
        assert!(annas.opens("/me").await.has_field("password"));
        assert!(told(&world, anna.identity.id).await.contains(&"authenticator-reported-lost".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn whoever_may_not_log_in_gets_no_code() {
    for_each_world(|world| async move {
        let (anna, (_, mut sue)) = (world.anna().await, at_the_desk(&world).await);
        verifies(&mut sue, &anna).await;
        let mut tx = world.begin().await;
        portner_directory::lock(&mut tx, anna.identity.id, Locker::Source, "left").await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let ask = sue.opens(&format!("{}/reset", person(&anna))).await;
        let page = sue.submits(&ask, &[("why", "forgot it")]).await;
        assert!(page.status == 400 && page.shows("is blocked or has ended"), "{}", page.html);
        assert_eq!(world.events("invitation-made").await, []);
    })
    .await;
}

pub async fn personal(world: &World) -> Personal {
    let envelope = portner_audit_log::envelope::Envelope::new("k1", &[7; 32]).unwrap();
    let entropy = std::sync::Arc::clone(&world.stage.entropy);
    Personal::open(world.stage.log.clone(), std::sync::Arc::new(envelope), entropy).await.unwrap()
}

pub async fn has_cpr(world: &World, user: &User, cpr: &str) {
    let personal = personal(world).await;
    let mut tx = world.begin().await;
    personal.set_cpr(&mut tx, user.identity.person, &cpr.parse().unwrap()).await.unwrap().unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn t_cpr_01_a_number_is_looked_up_by_post_with_a_reason_and_where_one_may_find_people() {
    for_each_world(|world| async move {
        let anna = world.anna().await;
        works_in(&world, &anna, "Skole/Nord").await;
        has_cpr(&world, &anna, "010170-1234").await;
        let sue = officer(&world, "sue", Role::Support, Some("Skole")).await;
        let tim = officer(&world, "tim", Role::Support, Some("Vej")).await;
        let mut browser = Browser::new(&world).await;
        visits(&mut browser, &world, &sue, "/office").await;
        let ask = browser.opens("/office/cpr").await;
        for (cpr, why, said) in [
            ("", "calls from abroad", "ten digits"),
            ("010170-123", "calls from abroad", "ten digits"),
            ("010170-1234", " ", "Write a reason"),
        ] {
            let page = browser.submits(&ask, &[("cpr", cpr), ("why", why)]).await;
            assert!(page.status == 400 && page.shows(said), "{}", page.html);
            assert!(!page.html.contains("010170-1234"), "the number never comes back");
        }
        assert_eq!(world.events("cpr-looked-up").await, []);
        let found = browser.submits(&ask, &[("cpr", "0101701234"), ("why", "calls from abroad")]).await;
        assert!(
            found.shows("Found for 010170-••••") && found.shows("Anna Østergård & Søn"),
            "{}",
            found.html
        );
        assert!(!found.html.contains("1701234") && !found.html.contains("70-1234"));
        let why = "calls from abroad".to_owned();
        let looked_up = |found| Event::CprLookedUp { found, why: why.clone() };
        assert_eq!(world.events("cpr-looked-up").await, [looked_up(vec![anna.identity.id])]);
        // An address with a number in it looks nobody up.
        let page = browser.sends(Method::GET, "/office/cpr?cpr=0101701234&why=x", &[]).await;
        assert!(page.status == 200 && !page.shows("Anna Østergård"), "{}", page.html);

        let mut elsewhere = Browser::new(&world).await;
        visits(&mut elsewhere, &world, &tim, "/office").await;
        let ask = elsewhere.opens("/office/cpr").await;
        let page = elsewhere.submits(&ask, &[("cpr", "0101701234"), ("why", &why)]).await;
        assert!(page.shows("Nobody in the part") && !page.shows("Østergård & Søn</a>"), "{}", page.html);
        assert_eq!(world.events("cpr-looked-up").await.last(), Some(&looked_up(vec![])));
        for _ in 0..59 {
            elsewhere.submits(&ask, &[("cpr", "0101701234"), ("why", &why)]).await;
        }
        let page = elsewhere.submits(&ask, &[("cpr", "0101701234"), ("why", &why)]).await;
        assert!(page.status == 400 && page.shows("Wait an hour"), "{}", page.html);
        assert!(!world.written().await.join("\n").contains("0101701234"));
    })
    .await;
}

#[tokio::test]
async fn the_page_says_in_plain_words_why_logins_failed_and_what_is_open() {
    for_each_world(|world| async move {
        let (anna, (_, mut sue)) = (world.anna().await, at_the_desk(&world).await);
        let bo = world.user("bo").with_password().registered().await;
        let mut annas = Browser::new(&world).await;
        let page = annas.opens("/me").await;
        for _ in 0..2 {
            annas.submits(&page, &[("username", "anna"), ("password", "det forkerte kodeord")]).await;
        }
        let asked = annas.submits(&page, &[("username", "anna"), ("password", PASSWORD)]).await;
        assert!(asked.shows("Your profile"), "{}", asked.html);
        let mut tx = world.begin().await;
        rename(&mut tx, anna.identity.person, "Anna", "Berg").await.unwrap();
        tx.commit().await.unwrap();
        world.stage.seal().await;
        let page = sue.opens(&person(&anna)).await;
        assert!(page.shows("Wrong password, or") && page.shows("2 times, last"), "{}", page.html);
        assert!(page.shows("got another name since") && page.shows("no CPR number on record"));
        assert!(!page.shows("so they have no level"));
        assert!(sue.opens(&person(&bo)).await.shows("so they have no level"));
        let rita =
            world.user("rita").with_password().with_totp().proofed(Evidence::InPerson).registered().await;
        holds(&world, &rita, Role::Auditor, None).await;
        world.stage.clock.advance(Millis(1));
        let mut auditor = Browser::new(&world).await;
        visits(&mut auditor, &world, &rita, "/office").await;
        assert!(auditor.opens(&person(&anna)).await.shows("Wrong password, or"));
    })
    .await;
}

#[tokio::test]
async fn the_start_page_leads_to_whoever_calls_and_shows_only_what_is_ones_own_to_see() {
    for_each_world(|world| async move {
        let (anna, bo) = (world.anna().await, world.user("bo").with_password().registered().await);
        works_in(&world, &anna, "Skole/Nord").await;
        works_in(&world, &bo, "Vej").await;
        let sally = officer(&world, "sally", Role::Support, Some("Skole")).await;
        let mut browser = Browser::new(&world).await;
        let page = visits(&mut browser, &world, &sally, "/office").await;
        assert!(page.html.contains("role=\"search\"") && page.has_field("q"), "{}", page.html);
        assert!(page.shows("Whoever's page you open") && page.shows("Nobody."), "{}", page.html);
        assert!(!page.html.contains("id=\"waits\""), "she decides nothing: {}", page.html);
        // One field, one press, one link.
        let found = browser.opens("/office/people?q=anna").await;
        browser.opens(&link(&found, &anna.identity.id.to_string())).await;
        world.lock(&anna).await;
        world.lock(&bo).await;
        let page = browser.opens("/office").await;
        let lists = page.html.matches(&format!("/office/people/{}", anna.identity.id)).count();
        assert_eq!(lists, 2, "helped last, and stopped: {}", page.html);
        assert!(!page.html.contains(&bo.identity.id.to_string()), "bo works elsewhere");

        works_in(&world, &anna, "Vej").await;
        let page = browser.opens("/office").await;
        assert!(!page.html.contains(&anna.identity.id.to_string()), "she works elsewhere now: {}", page.html);
        let rita = officer(&world, "rita", Role::Registrar, None).await;
        let mut ritas = Browser::new(&world).await;
        let page = visits(&mut ritas, &world, &rita, "/office").await;
        assert!(page.shows("No meetings are waiting"), "{}", page.html);
        let uma = officer(&world, "uma", Role::UserAdministrator, None).await;
        let mut umas = Browser::new(&world).await;
        let page = visits(&mut umas, &world, &uma, "/office").await;
        assert!(page.shows("No proposals are waiting for your answer"), "{}", page.html);
        world.pass(25 * 60);
        let page = visits(&mut umas, &world, &uma, "/office").await;
        assert!(!page.html.contains(&bo.identity.id.to_string()), "that was yesterday: {}", page.html);
    })
    .await;
}
