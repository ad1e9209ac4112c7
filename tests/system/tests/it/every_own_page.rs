//! Every page of a person's own, by table: whoever adds a page under `/me` adds a line here, or this fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::json;

use crate::harness::{Browser, Demo, Language, Visitor};

/// A page, and what must stand on it in Danish and in English.
struct OwnPage {
    /// As the router has it. `{id}` is what was added last.
    route: &'static str,
    picture: &'static str,
    danish: &'static str,
    english: &'static str,
}

const fn page(
    route: &'static str,
    picture: &'static str,
    danish: &'static str,
    english: &'static str,
) -> OwnPage {
    OwnPage { route, picture, danish, english }
}

const PAGES: &[OwnPage] = &[
    page("/me", "profile", "Dit login har niveauet Betydelig.", "Your login has the level Substantial."),
    page("/me/authenticators", "authenticators", "Blå USB-nøgle", "Blå USB-nøgle"),
    page("/me/authenticators/{id}/name", "rename", "Omdøb din sikkerhedsnøgle", "Rename your security key"),
    page(
        "/me/authenticators/{id}/remove",
        "remove",
        "Fjern din sikkerhedsnøgle?",
        "Remove your security key?",
    ),
    page(
        "/me/authenticators/{id}/lost",
        "lost",
        "Det gælder »Blå USB-nøgle«.",
        "This is about “Blå USB-nøgle”.",
    ),
    page("/me/totp/new", "totp-new", "Nøglen gælder i 15 minutter.", "The key is valid for 15 minutes."),
    page("/me/code-devices/new", "device-new", "Ny kodeviser", "New code device"),
    page("/me/password", "password", "Mindst 15 tegn.", "At least 15 characters."),
    page("/me/keys/new", "keys-new", "Tilføj en nøgle", "Add a key"),
    page("/me/recovery-codes", "recovery-codes", "Du har 10 koder tilbage.", "You have 10 codes left."),
    page("/me/identities", "identities-none", "Dine andre brugernavne", "Your other user names"),
    page("/me/sessions", "sessions-two", "Ukendt browser", "Unknown browser"),
    page("/me/log", "log-first", "Din sikkerhedsnøgle blev tilføjet.", "Your security key was added."),
    page("/me/terms", "terms-none", "Vilkår for brug", "Terms of use"),
    page("/me/block", "block", "Spær mit login nu", "Block my login now"),
    page("/me/blocked", "blocked-page", "Dit login er spærret", "Your login is blocked"),
];

/// What the demo can't show, and samples do: the password's page on the way of a login, and the page that is only where
/// a directory is.
const ELSEWHERE: [&str; 2] = ["/me/password/{flow}", "/me/network-password"];

#[test]
fn the_table_has_every_page_that_the_router_has() {
    let routes = PAGES.iter().map(|page| page.route).chain(ELSEWHERE);
    let table: BTreeSet<String> = routes.map(str::to_owned).collect();
    assert_eq!(table, self::routes(), "PAGES above has a line for each GET route under /me");
}

#[tokio::test]
async fn every_own_page_in_danish() {
    every_own_page(Language::Danish).await;
}

#[tokio::test]
async fn every_own_page_in_english() {
    every_own_page(Language::English).await;
}

async fn every_own_page(language: Language) {
    let demo = Demo::start().await;
    let (browser, _elsewhere) = somebody_with_everything(&demo, language).await;
    let mut titles = BTreeMap::new();
    for page in PAGES {
        let address = match page.route.split_once("{id}") {
            Some((_, ending)) => {
                browser.open(&at(&demo, "/me/authenticators")).await;
                browser.last_link(ending).await
            }
            None => at(&demo, page.route),
        };
        browser.open(&address).await;
        browser
            .see(match language {
                Language::Danish => page.danish,
                Language::English => page.english,
            })
            .await;
        assert_eq!(browser.url().await.as_str(), address, "{} is where it leads", page.route);
        let declared = browser.examine(&format!("every-{}-{}", page.picture, language.tag())).await;
        assert_eq!((declared.language.as_str(), declared.headings), (language.tag(), 1), "{}", page.route);
        let other = titles.insert(declared.title.clone(), page.route);
        assert_eq!(other, None, "{} is also called {}", page.route, declared.title);
    }
    demo.cli.verify_audit_log();
}

/// Logged in at Substantial and in another browser, with recovery codes and a security key, all added just now.
async fn somebody_with_everything(demo: &Demo, language: Language) -> (Browser, Visitor) {
    let anna = demo.user("anna");
    let browser = Browser::start(language).await;
    browser
        .has_authenticator(json!({ "protocol": "ctap2", "transport": "usb", "isUserConsenting": true }))
        .await;
    // This one asks for both factors before it shows itself.
    browser.open(&at(demo, "/me/password")).await;
    browser.log_in_as(anna).await;
    browser.read("password_again").await;
    browser.open(&at(demo, "/me/recovery-codes")).await;
    browser.read("left").await;
    browser.click("submit").await;
    browser.read("codes").await;
    browser.open(&at(demo, "/me/keys/new")).await;
    browser.click("security-key").await;
    browser.fill("name", "Blå USB-nøgle").await;
    browser.click("key").await;
    browser.read("said").await;

    let elsewhere = Visitor::new();
    let page = elsewhere.open(&at(demo, "/login")).await.unwrap();
    let asked = [("username", anna.username.as_str()), ("password", &anna.password)];
    elsewhere.submit(&page, &asked).await.unwrap();
    // What has happened is in the log when it is sealed, within a second or so.
    let about_the_key = match language {
        Language::Danish => "Din sikkerhedsnøgle blev tilføjet.",
        Language::English => "Your security key was added.",
    };
    browser.open(&at(demo, "/me/log")).await;
    browser.see_after_reloads(about_the_key).await;
    (browser, elsewhere)
}

fn at(demo: &Demo, path: &str) -> String {
    format!("{}{path}", demo.url.trim_end_matches('/'))
}

/// Every route under `/me` that answers GET, read where the router is made.
fn routes() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/web/src/me/routes.rs");
    let source = fs::read_to_string(path).expect("the routes");
    let (_, list) = source.split_once("listed! {").expect("the list");
    let (list, _) = list.split_once("\n}").expect("its end");
    let gets =
        list.lines().filter_map(|line| line.split_once(" => ")).filter(|(_, how)| how.contains("get("));
    gets.map(|(path, _)| literal(&source, path.trim())).collect()
}

/// A string in quotes, or the constant of that name.
fn literal(source: &str, word: &str) -> String {
    let quoted = match word.strip_prefix('"') {
        Some(quoted) => quoted,
        None => {
            let constant = source.split(&format!("const {word}: &str = \"")).nth(1);
            constant.unwrap_or_else(|| panic!("where is {word}?"))
        }
    };
    quoted.split('"').next().unwrap_or_default().to_owned()
}
