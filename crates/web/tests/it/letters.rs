//! Letters in the organisation's own words: chosen on a page, looked at first, and in the next letter of any node.

use portner_audit_log::Event;
use portner_domain::letter::LetterKind;
use portner_domain::role::Role;
use portner_web::mail::{MailServer, MailTls};

use crate::browser::{Browser, Page, router_with_mail};
use crate::mail::{Server, Tls, postman, read, settled_anna};
use crate::office::{officer, person};
use crate::own_pages::{link, visits};
use crate::stage::{World, for_each_world};

const LOCKED: &str = "/office/letters/locked";
const DANISH: &str = "Kære {user-name} hos {organisation}\n\n- Læs <b>det hele</b>\n- Ring ikke\n\n\
                      {what-happened}\n\n{details}";
const ENGLISH: &str = "Dear {user-name}\n\n{what-happened}\n\n{details}";
const WORDS: [(&str, &str); 5] = [
    ("danish-subject", "Nyt om dit login hos {organisation}"),
    ("danish", DANISH),
    ("english-subject", "News of your login"),
    ("english", ENGLISH),
    ("why", "our own tone"),
];

async fn writer(world: &World) -> Browser {
    let sven = officer(world, "sven", Role::SecurityAdministrator, None).await;
    let mut browser = Browser::new(world).await;
    assert_eq!(visits(&mut browser, world, &sven, "/office").await.status, 200);
    browser
}

/// What is typed, with something else at one entry.
fn with<'a>(entry: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let others = WORDS.into_iter().filter(|(name, _)| *name != entry);
    others.chain([(entry, value)]).collect()
}

async fn keeps(browser: &mut Browser) -> Page {
    let ask = browser.opens(LOCKED).await;
    let page = browser.submits(&ask, &with("wish", "preview")).await;
    browser.submits(&page, &with("wish", "do")).await
}

#[tokio::test]
async fn t_letter_01_a_letter_is_worded_as_it_was_looked_at_and_keeps_its_warning() {
    for_each_world(|world| async move {
        let mut browser = writer(&world).await;
        let (anna, server) = (settled_anna(&world).await, Server::start(Tls::Plain).await);
        let settings = server.settings(MailTls::DangerPlain, None);
        // Another node, which runs all the while.
        let postman = postman(&world, Some(settings)).await;
        let list = browser.opens("/office/letters").await;
        assert!(list.shows("Portner’s own") && list.shows("No words have changed"), "{}", list.html);
        let ask = browser.opens(&link(&list, LOCKED)).await;
        assert!(ask.shows("{what-happened}") && ask.shows("The text has to have it"), "{}", ask.html);
        assert!(!ask.shows("Use Portner’s own words again"), "they are there already");
        let page = browser.submits(&ask, &with("wish", "do")).await;
        assert!(page.status == 400 && page.shows("First see how the letter looks"), "{}", page.html);
        let page = browser.submits(&ask, &with("wish", "preview")).await;
        assert_eq!(page.status, 200, "{}", page.html);
        for read in [
            "Subject: News of your login",
            "Emne: Nyt om dit login hos Eksempel Kommune",
            "Læs &#60;b&#62;det hele&#60;/b&#62;",
            "Was it not you?",
            "we never send a link",
        ] {
            assert!(page.html.contains(read) || page.shows(read), "{read}: {}", page.html);
        }
        // What was looked at is what is kept.
        let page =
            browser.submits(&page, &[with("danish-subject", "Andet"), vec![("wish", "do")]].concat()).await;
        assert!(page.status == 400 && page.shows("First see how the letter looks"), "{}", page.html);
        let page = browser.submits(&page, &[with("why", " "), vec![("wish", "do")]].concat()).await;
        assert!(page.status == 400 && page.shows("Write a reason"), "{}", page.html);
        assert_eq!(world.events("letter-worded").await, []);
        let page = keeps(&mut browser).await;
        assert!(page.shows("The letter has new words") && page.shows("Yours, since"), "{}", page.html);

        world.lock(&anna).await;
        assert_eq!(postman.round().await.unwrap(), 1);
        let letter = read(&server.caught().last().unwrap().message);
        for part in [
            "Kære anna hos Eksempel Kommune",
            "- Læs <b>det hele</b>\r\n- Ring ikke",
            "<li>Læs &#60;b&#62;det hele&#60;/b&#62;</li>",
            "Dear anna",
            "Dit login er spærret",
            "Var det ikke dig?",
            "Was it not you?",
            "IT-service",
            "70 10 20 30",
            "vi sender aldrig et link",
        ] {
            assert!(letter.contains(part), "{part}: {letter}");
        }
        assert!(!letter.contains("Det her er sket"), "{letter}");
        let events = world.events("letter-worded").await;
        let [Event::LetterWorded { letter: LetterKind::Locked, words: Some(words) }] = events.as_slice()
        else {
            panic!("{events:?}")
        };
        assert_eq!((words.danish.text.as_str(), words.english.text.as_str()), (DANISH, ENGLISH));
    })
    .await;
}

#[tokio::test]
async fn the_log_is_the_history_of_a_letter_and_portners_own_words_come_back() {
    for_each_world(|world| async move {
        let mut browser = writer(&world).await;
        let (anna, server) = (settled_anna(&world).await, Server::start(Tls::Plain).await);
        let settings = server.settings(MailTls::DangerPlain, None);
        let postman = postman(&world, Some(settings)).await;
        assert!(keeps(&mut browser).await.shows("The letter has new words"));
        world.stage.seal().await;
        let list = browser.opens("/office/letters").await;
        assert!(
            list.shows("sven") && list.html.contains("Kære {user-name}"),
            "the log is the history: {}",
            list.html
        );
        let ask = browser.opens(LOCKED).await;
        assert!(ask.html.contains("Kære {user-name}") && ask.shows("Use Portner’s own words again"));
        let page = browser.submits(&ask, &with("wish", "own")).await;
        assert!(page.shows("Portner’s own words again"), "{}", page.html);
        world.lock(&anna).await;
        assert_eq!(postman.round().await.unwrap(), 1);
        let letter = read(&server.caught().last().unwrap().message);
        assert!(letter.contains("Det her er sket med brugernavnet anna"), "{letter}");
    })
    .await;
}

#[tokio::test]
async fn t_letter_01_what_can_be_no_letter_is_told_and_loses_nothing() {
    for_each_world(|world| async move {
        let mut browser = writer(&world).await;
        let ask = browser.opens(LOCKED).await;
        for (entry, typed, said) in [
            ("danish", "Hej {navn}\n\n{what-happened}\n\n{details}", "{navn} can’t be put into this letter"),
            (
                "danish",
                "Kode: {code}\n\n{what-happened}\n\n{details}",
                "{code} can’t be put into this letter",
            ),
            ("danish", "Hej\n\n{details}", "{what-happened} is missing"),
            ("english", "{what-happened}", "{details} is missing"),
            ("english", "Now: {details}\n\n{what-happened}", "in a paragraph by itself"),
            ("english", "See https://evil.example\n\n{what-happened}\n\n{details}", "No address of the web"),
            ("danish", "Hej { dig\n\n{what-happened}\n\n{details}", "a brace too many"),
            ("danish", "Hej\u{202e}\n\n{what-happened}\n\n{details}", "that nobody can see"),
            ("danish", "", "Write something here"),
            ("danish-subject", "Nyt\r\nBcc: mallory@evil.example", "that nobody can see"),
            ("danish-subject", "{details}", "can’t stand in the subject"),
            ("english-subject", &"x".repeat(101), "no more than 100 characters"),
            ("english", &"x".repeat(4_001), "no more than 4000 characters"),
        ] {
            for wish in ["preview", "do"] {
                let typed = [with(entry, typed), vec![("wish", wish)]].concat();
                let page = browser.submits(&ask, &typed).await;
                assert!(page.status == 400 && page.shows(said), "{entry}: {said}: {}", page.html);
                assert!(
                    page.html.contains("our own tone") && page.html.contains("{what-happened}"),
                    "{}",
                    page.html
                );
                assert!(
                    page.html.contains("aria-invalid") || !page.html.contains(&format!("{entry}-problem"))
                );
            }
        }
        assert_eq!(world.events("letter-worded").await, []);
        assert_eq!(browser.opens("/office/letters/no-such").await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn whoever_words_a_letter_does_not_undo_what_another_wrote_meanwhile() {
    for_each_world(|world| async move {
        let mut browser = writer(&world).await;
        let early = browser.opens(LOCKED).await;
        assert!(keeps(&mut browser).await.shows("The letter has new words"));
        let other = |wish| [with("english-subject", "Mine"), vec![("wish", wish)]].concat();
        let page = browser.submits(&early, &other("preview")).await;
        let page = browser.submits(&page, &other("do")).await;
        assert!(page.status == 400 && page.shows("Somebody else changed the details"), "{}", page.html);
        assert!(page.html.contains("value=\"Mine\""), "{}", page.html);
        let page = browser.submits(&early, &with("wish", "own")).await;
        assert_eq!(page.status, 400, "{}", page.html);
        let page = keeps(&mut browser).await;
        assert!(page.status == 400 && page.shows("like that already"), "{}", page.html);
        assert_eq!(world.events("letter-worded").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn half_of_a_code_is_sent_in_the_words_of_its_letter() {
    for_each_world(|world| async move {
        let mut browser = writer(&world).await;
        let ask = browser.opens("/office/letters/half").await;
        let words = |text: &'static str| {
            [
                ("danish-subject", "Din kode"),
                ("danish", text),
                ("english-subject", "Your code"),
                ("english", "{code}\n\nGo to {address}."),
                ("why", "shorter"),
            ]
        };
        let page =
            browser.submits(&ask, &[&words("Gå til {address}.")[..], &[("wish", "do")]].concat()).await;
        assert!(page.status == 400 && page.shows("{code} is missing"), "{}", page.html);
        let text = words("Her er den, {user-name}:\n\n{code}\n\nSkriv selv {address}.");
        let page = browser.submits(&ask, &[&text[..], &[("wish", "preview")]].concat()).await;
        assert!(page.shows("000-0000") && page.shows("/welcome"), "{}", page.html);
        let page = browser.submits(&page, &[&text[..], &[("wish", "do")]].concat()).await;
        assert!(page.shows("The letter has new words"), "{}", page.html);

        let anna = world.anna().await;
        let server = Server::start(Tls::Plain).await;
        let mail = MailServer::new(server.settings(MailTls::DangerPlain, None)).unwrap();
        let sue = officer(&world, "sue", Role::Support, None).await;
        let mut desk = Browser::at(router_with_mail(&world, &world.node().await, Some(mail)));
        visits(&mut desk, &world, &sue, "/office").await;
        let page = desk.opens(&format!("{}/caller", person(&anna))).await;
        desk.submits(&page, &[("called-back", "yes"), ("outcome", "yes")]).await;
        let page = desk.opens(&format!("{}/reset", person(&anna))).await;
        let page = desk.submits(&page, &[("why", "forgot it")]).await;
        assert!(page.shows("Part 2 has been sent to anna@example.dk"), "{}", page.html);
        let letter = read(&server.caught().last().unwrap().message);
        assert!(letter.contains("Her er den, anna:") && letter.contains("/welcome."), "{letter}");
        assert!(letter.contains("Fortæl aldrig nogen del 2") && !letter.contains("{code}"), "{letter}");
        assert!(letter.lines().any(|line| line.len() == 8 && line.as_bytes()[3] == b'-'), "{letter}");
    })
    .await;
}
