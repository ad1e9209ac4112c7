//! All pages at once: what must hold for each of them, whoever wrote it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use portner_directory::Lacking;
use portner_domain::help::CallerCheck;
use portner_domain::identity::State;
use portner_domain::letter::LetterKind;
use portner_domain::life::Locker;
use portner_domain::meeting::Paper;
use portner_domain::role::Role;
use portner_federation::policy::Policy;

use super::{Act, ErrorKind, Frame, LoginPage, Outcome, PostPage, Said, Sheet, assets, web_address};
use crate::pages;
use crate::text::Language;

#[path = "../../examples/pages/samples.rs"]
mod samples;

/// What a login page and its stylesheet may weigh together.
const LOGIN_BYTES_MAX: usize = 50_000;

const HOSTILE: &str =
    "</title><script>alert('1')</script>\"><img src=x onerror=alert(1)>{{7*7}}{ $x }&\u{202e}";

fn every_page() -> impl Iterator<Item = (Language, String, String)> {
    Language::ALL.into_iter().flat_map(|language| {
        samples::all(language).unwrap().into_iter().map(move |(name, html)| (language, name, html))
    })
}

/// What stands between `open` and `close`, for each time it does.
fn between<'a>(html: &'a str, open: &str, close: &'a str) -> Vec<&'a str> {
    html.split(open).skip(1).filter_map(|rest| rest.split(close).next()).collect()
}

/// What is left without everything from `open` to `close`.
fn without(html: &str, open: &str, close: &str) -> String {
    let mut parts = html.split(open);
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once(close).map_or("", |(_, rest)| rest));
    std::iter::once(first).chain(rest).collect()
}

#[test]
fn every_page_has_its_language_one_heading_landmarks_and_a_way_to_help() {
    for (language, name, html) in every_page() {
        let check = |part: &str, times| assert_eq!(html.matches(part).count(), times, "{part} in {name}");
        check(&format!("<html lang=\"{}\">", language.tag()), 1);
        for part in ["<title>", "<h1>", "<header>", "<main id=\"content\"", "<footer>", "href=\"#content\""] {
            check(part, 1);
        }
        for part in ["IT-service", "tel:70102030", "mailto:it-service@eksempel.dk", "https://was.digst.dk/"] {
            assert!(html.contains(part), "{part} in {name}");
        }
        assert!(!html.contains(" style=") && !html.contains(" onclick="), "{name} obeys a strict policy");
    }
}

#[test]
fn a_title_says_first_that_something_is_wrong() {
    let right = [
        "login",
        "login-own",
        "login-again",
        "code",
        "code-own",
        "post-success",
        "finished",
        "finished-own",
        "start",
    ];
    let right = right.into_iter().chain(["start-bare", "logged-out", "setup", "setup-done"]);
    let right = right.chain(["start-unfinished", "logged-out-unfinished", "logged-out-ended"]);
    let right = right.chain(["logout-hop", "logout-hop-again", "logout-everywhere", "logout-here"]);
    let right = right.chain(["post-logout-request", "post-logout-response"]);
    let right = right.chain(["me-profile", "me-authenticators", "me-authenticators-lost", "me-sessions"]);
    let right = right.chain(["me-sessions-one", "me-log", "me-terms", "me-terms-none", "me-blocked"]);
    let right = right.chain(["me-totp", "me-password", "me-rename", "me-remove", "me-lost", "me-block"]);
    let right = right.chain(["code-or-paper", "code-paper", "welcome-code", "welcome", "welcome-password"]);
    let right = right.chain(["welcome-done", "welcome-done-no-level", "recovery", "recovery-none"]);
    let right =
        right.chain(["recovery-out", "recovery-made", "welcome-app", "welcome-device", "welcome-key"]);
    let right = right.chain(["welcome-passkey", "welcome-done-passkey", "me-device", "me-device-another"]);
    let right = right.chain(["login-key", "code-or-key", "second-key"]);
    let right = right.chain(["me-profile-no-level", "me-profile-low", "me-profile-substantial"]);
    let right = right.chain(["me-authenticators-every", "me-key-new", "me-log-newest", "me-log-oldest"]);
    let right = right.chain(["me-log-empty", "me-terms-open", "me-terms-agreed", "welcome-password-either"]);
    let right = right.chain(["terms", "terms-again", "terms-declined", "password-due", "network-password"]);
    let right = right.chain(["welcome-network", "choose-identity", "choose-identity-own"]);
    let right = right.chain(["me-identities", "me-identities-none"]);
    let right: BTreeSet<&str> = right.collect();
    for (language, name, html) in every_page() {
        let prefix = match language {
            Language::Danish => "<title>Fejl: ",
            Language::English => "<title>Error: ",
        };
        let office = name.starts_with("office-") && !name.starts_with("office-problem-");
        let office = office && !name.starts_with("office-denied-");
        let is_right = right.contains(name.as_str()) || name.starts_with("me-notice-") || office;
        assert_eq!(!html.contains(prefix), is_right, "{name}");
    }
}

#[test]
fn every_field_has_a_label_and_every_reference_a_target() {
    for (_, name, html) in every_page() {
        let ids = between(&html, " id=\"", "\"");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "an id twice in {name}");
        let labels: BTreeSet<&str> = between(&html, "<label for=\"", "\"").into_iter().collect();
        let mut inputs = between(&html, "<input", ">");
        inputs.extend(between(&html, "<select", ">"));
        inputs.extend(between(&html, "<textarea", ">"));
        let inputs: BTreeSet<&str> = inputs.iter().flat_map(|tag| between(tag, " id=\"", "\"")).collect();
        assert_eq!(labels, inputs, "{name}");
        let described =
            between(&html, "aria-describedby=\"", "\"").into_iter().flat_map(str::split_whitespace);
        let targets = described.chain(between(&html, "aria-labelledby=\"", "\""));
        for target in targets.chain(between(&html, "href=\"#", "\"")) {
            assert!(unique.contains(target), "#{target} in {name}");
        }
    }
}

#[test]
fn every_form_that_stays_with_us_carries_its_token() {
    for (_, name, html) in every_page() {
        for form in between(&html, "<form", "</form>") {
            // A form that only asks changes nothing, and stands in the address.
            if form.contains("method=\"get\"") {
                assert!(form.contains("role=\"search\"") && !form.contains("csrf"), "{name}");
                continue;
            }
            let ours = form.contains("action=\"/");
            assert!(form.contains("method=\"post\""), "{name}");
            assert_eq!(form.contains("name=\"csrf\""), ours, "{name}");
        }
    }
}

#[test]
fn the_login_form_is_what_password_managers_and_telephones_expect() {
    let (_, _, login) = every_page().find(|(_, name, _)| name == "login").unwrap();
    assert!(login.contains(r#"<input id="username" name="username" type="text" autocomplete="username""#));
    assert!(
        login.contains(
            r#"<input id="password" name="password" type="password" autocomplete="current-password""#
        )
    );
    assert!(login.contains(r#"<button id="submit">"#));
    let (_, _, code) = every_page().find(|(_, name, _)| name == "code").unwrap();
    assert!(code.contains(r#"<input id="code" name="code" type="text" autocomplete="one-time-code""#));
    assert!(code.contains(r#"inputmode="numeric""#));
}

#[test]
fn only_pages_that_go_on_by_themselves_or_ask_for_a_key_have_a_script() {
    for (_, name, html) in every_page() {
        let goes_on = name.starts_with("post-") || name.starts_with("logout-hop");
        let allowed = usize::from(goes_on || html.contains("id=\"key-form\""));
        assert_eq!(html.matches("<script").count(), allowed, "{name}");
        assert!(!html.contains("javascript:"), "{name}");
    }
}

#[test]
fn nothing_comes_from_elsewhere() {
    for (_, name, html) in every_page() {
        for address in between(&html, "<link", ">").iter().flat_map(|link| between(link, "href=\"", "\"")) {
            assert!(address.starts_with(assets::ASSETS_PATH), "{address} in {name}");
        }
        for address in between(&html, " src=\"", "\"") {
            assert!(address.starts_with("/assets/keys.js?v="), "{address} in {name}");
        }
    }
    let stylesheet = assets::asset("portner.css").unwrap();
    let stylesheet = std::str::from_utf8(&stylesheet.bytes).unwrap();
    assert!(!stylesheet.contains("url(") && !stylesheet.contains("@import"));
}

#[test]
fn a_login_page_is_light() {
    let stylesheet = assets::asset("portner.css").unwrap().bytes.len();
    for (_, name, html) in every_page() {
        assert!(html.len() + stylesheet <= LOGIN_BYTES_MAX, "{name}: {} bytes", html.len() + stylesheet);
    }
}

#[test]
fn whatever_people_and_service_providers_are_called_it_stays_text() {
    let mut site = samples::site();
    site.organisation = HOSTILE.into();
    site.service_name = HOSTILE.into();
    site.support.name = HOSTILE.into();
    site.support.phone = Some(HOSTILE.into());
    site.support.email = Some(HOSTILE.into());
    site.accessibility_url = Some(format!("javascript:{HOSTILE}"));
    for language in Language::ALL {
        let frame = Frame { site: &site, language, other_language_href: format!("javascript:{HOSTILE}") };
        let login = LoginPage {
            action: HOSTILE,
            csrf: HOSTILE,
            service_provider: Some(HOSTILE),
            key: None,
            user_name: HOSTILE,
            problem: None,
            cancel_action: Some(HOSTILE),
        };
        let html = login.render(&frame).unwrap();
        for part in ["<script", "<img", "javascript:", "alert('1')"] {
            assert!(!html.contains(part), "{part}");
        }
        assert_eq!(html.matches("</title>").count(), 1);
        assert!(html.contains("{{7*7}}{ $x }"), "names are not templates");
    }
}

#[test]
fn an_answer_goes_only_to_an_address_on_the_web_and_is_nothing_but_base64() {
    let site = samples::site();
    let frame = Frame { site: &site, language: Language::Danish, other_language_href: String::new() };
    let page = |acs, saml_response_b64| PostPage {
        acs,
        saml_response_b64,
        relay_state: Some(HOSTILE),
        service_provider: HOSTILE,
        outcome: Outcome::Success,
    };
    let html = page("https://sp.example/acs?a=1&b=\"2", "PHg+").render(&frame).unwrap();
    assert!(html.contains("action=\"https://sp.example/acs?a=1&#38;b=&#34;2\""));
    assert_eq!(html.matches("<script").count(), 1);
    assert!(page("javascript:alert(1)", "PHg+").render(&frame).is_err());
    assert!(page("https://sp.example/acs", "\"><script>").render(&frame).is_err());
}

#[test]
fn the_way_back_is_a_link_only_to_an_address_on_the_web() {
    let site = samples::site();
    let frame = Frame { site: &site, language: Language::English, other_language_href: String::new() };
    let page = |href| pages::ErrorPage {
        kind: ErrorKind::RequestExpired,
        reference: "1",
        start_again: Some(("Payroll", href)),
    };
    assert!(page("https://sp.example/").render(&frame).unwrap().contains("Start again at Payroll"));
    assert!(!page("javascript:alert(1)").render(&frame).unwrap().contains("start-again"));
}

#[test]
fn what_is_an_address_on_the_web() {
    let check = |address, is| assert_eq!(web_address(address).is_some(), is, "{address:?}");
    for address in
        ["/", "/login?lang=en", "?lang=da", "https://sp.example/", "HTTPS://SP", "http://localhost"]
    {
        check(address, true);
    }
    for address in [
        "",
        "//elsewhere",
        "/\\elsewhere",
        "/\t/elsewhere",
        "javascript:1",
        " https://x",
        "data:text/html,x",
        "høj",
    ] {
        check(address, false);
    }
}

#[test]
fn a_page_without_another_address_offers_no_other_language() {
    let site = samples::site();
    let frame = Frame { site: &site, language: Language::Danish, other_language_href: String::new() };
    let page = pages::LoggedOutPage { login_href: "/", unfinished: None };
    assert!(!page.render(&frame).unwrap().contains("<nav"));
}

#[test]
fn a_support_desk_may_have_neither_phone_nor_address() {
    let mut site = samples::site();
    site.support.phone = None;
    site.support.email = None;
    site.accessibility_url = None;
    let frame = Frame { site: &site, language: Language::English, other_language_href: "/?lang=da".into() };
    let html = pages::LoggedOutPage { login_href: "/", unfinished: None }.render(&frame).unwrap();
    assert!(html.contains("Contact IT-service"));
    assert!(!html.contains("tel:") && !html.contains("mailto:") && !html.contains("class=\"statement\""));
}

#[test]
fn an_error_has_a_status_of_its_own_kind() {
    for kind in ErrorKind::ALL {
        assert!((400..600).contains(&kind.status()), "{kind:?}");
    }
    let words: BTreeSet<&str> = ErrorKind::ALL.iter().map(|kind| kind.word()).collect();
    assert_eq!(words.len(), ErrorKind::ALL.len());
}

/// The sentences of one language: each key with the names of its arguments.
fn sentences(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut sentences = BTreeMap::new();
    let mut current = String::new();
    for (_, file) in files(&format!("locales/{}", language.tag()), "ftl") {
        for line in file.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with([' ', '}', '*'])) {
                current = key.to_owned();
                assert!(sentences.insert(current.clone(), BTreeSet::new()).is_none(), "{key} twice");
            }
            let arguments = line.split('$').skip(1).map(|rest| {
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>()
            });
            sentences.get_mut(&current).unwrap().extend(arguments);
        }
    }
    sentences
}

fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn both_languages_say_the_same_things_about_the_same_things() {
    let (danish, english) = (sentences(Language::Danish), sentences(Language::English));
    assert!(danish.len() > 100, "the files were found");
    assert_eq!(danish, english);
}

/// Every key in quotes in templates and code, and those that are put together from an error or a month.
fn keys_used() -> BTreeSet<String> {
    let mut sources = files("templates", "html");
    sources.extend(files("src/pages", "rs"));
    sources.extend(files("src/pages/me", "rs"));
    sources.extend(files("src/me", "rs"));
    sources.extend(files("src/mail", "rs"));
    sources.extend(files("src/pages/welcome", "rs"));
    sources.extend(files("src/pages/office", "rs"));
    sources.extend(files("src/office", "rs"));
    sources.extend(files("src/office/erhverv", "rs"));
    sources.extend(files("src", "rs").into_iter().filter(|(path, _)| !path.ends_with("lib.rs")));
    let code = sources.iter().filter(|(path, _)| !path.ends_with("tests.rs"));
    let quoted = code.flat_map(|(_, source)| source.split('"'));
    let mut keys: BTreeSet<String> = quoted.map(str::to_owned).collect();
    keys.extend((1..=12).map(|month| format!("month-{month}")));
    let parts =
        |kind: &ErrorKind| ["heading", "what", "next"].map(|part| format!("error-{}-{part}", kind.word()));
    keys.extend(ErrorKind::ALL.iter().flat_map(parts));
    keys.extend(put_together());
    keys
}

/// Keys that are put together from a word of the business.
fn put_together() -> Vec<String> {
    let parts = |act: Act| ["heading", "what", "submit"].map(|part| format!("office-{}-{part}", act.word()));
    let mut keys: Vec<String> = Act::ALL.into_iter().flat_map(parts).collect();
    keys.extend([Act::Lose, Act::HandOut].map(|act| format!("office-{}-choice", act.word())));
    keys.extend(Said::ALL.iter().map(|said| format!("office-{}", said.word())));
    keys.extend(Role::ALL.map(|role| format!("role-{}", role.word())));
    keys.extend(State::ALL.map(|state| format!("state-{}", state.word())));
    keys.extend(Locker::ALL.map(|locker| format!("lock-{}", locker.word())));
    keys.extend((1..=8).map(|route| format!("route-r{route}")));
    keys.extend(Paper::ALL.map(|paper| format!("paper-{}", paper.word())));
    keys.extend(CallerCheck::ALL.map(|check| format!("desk-check-{}", check.word())));
    keys.extend(["active", "next", "retiring", "retired"].map(|state| format!("key-{state}")));
    keys.extend(["running", "held", "finished", "void"].map(|state| format!("run-{state}")));
    keys.extend(["mail", "officer", "paper"].map(|way| format!("desk-code-{way}")));
    keys.extend(["mail", "officer"].map(|way| format!("proof-way-{way}")));
    keys.extend(["questions", "witness"].map(|second| format!("proof-second-{second}")));
    keys.extend(LetterKind::ALL.iter().map(|kind| format!("letter-{}", kind.word())));
    let placeholders = LetterKind::ALL.iter().flat_map(|kind| kind.knows());
    keys.extend(placeholders.map(|it| format!("placeholder-{}", it.word())));
    keys.extend(Lacking::ALL.map(|it| format!("lacking-{}", it.word())));
    keys.extend(of_policies());
    keys.extend(of_sheets());
    keys
}

/// What stands for a word in a policy.
fn of_policies() -> Vec<String> {
    let mut keys: Vec<String> =
        Policy::profile_names().map(|name| format!("office-profile-{name}")).collect();
    let names = ["pairwise-professional-uuid", "subject-name-id", "transient", "kombit-subject", "email"];
    keys.extend(names.map(|name| format!("office-name-id-{name}")));
    keys.push("office-name-id-user-name".to_owned());
    keys.extend(["oiosaml3", "compatible", "explicit"].map(|word| format!("office-encryption-{word}")));
    keys
}

/// The sentences of the forms of the administration.
fn of_sheets() -> Vec<String> {
    let mut keys = Vec::new();
    for sheet in Sheet::ALL {
        keys.extend(["heading", "what", "submit"].map(|part| format!("sheet-{}-{part}", sheet.word())));
        for entry in sheet.entries().iter().filter(|entry| entry.is_shown()) {
            keys.push(format!("sheet-{}", entry.name));
            keys.extend(entry.has_hint.then(|| format!("sheet-{}-hint", entry.name)));
        }
    }
    keys.extend(["permanent", "temporary", "robot"].map(|staff| format!("staff-{staff}")));
    keys.extend(["permitted", "withheld", "never"].map(|word| format!("admission-{word}")));
    keys.extend(["cvr", "production-unit", "se-number"].map(|scope| format!("scope-{scope}")));
    keys.extend(["levels", "everything"].map(|hold| format!("hold-for-{hold}")));
    keys
}

#[test]
fn every_sentence_is_used_and_every_sentence_used_exists() {
    let (known, used) = (sentences(Language::Danish), keys_used());
    let unused: Vec<&String> = known.keys().filter(|key| !used.contains(*key)).collect();
    assert_eq!(unused, Vec::<&String>::new(), "nobody says these");
    // A missing sentence, or one without its arguments, is written as its key: samples show every page.
    let keys: BTreeSet<&str> = known.keys().map(String::as_str).collect();
    for (_, name, html) in every_page() {
        let labels = between(&html, "aria-label=\"", "\"").join(" ");
        let text = without(&html, "<", ">") + " " + &labels;
        let words = text.split_whitespace().filter(|word| word.contains('-'));
        assert_eq!(
            words.filter(|word| keys.contains(word)).collect::<Vec<_>>(),
            Vec::<&str>::new(),
            "{name}"
        );
    }
    for (path, template) in files("templates", "html") {
        for call in ["text(\"", "about(\"", "text_with(\""] {
            for key in between(&template, call, "\"") {
                assert!(keys.contains(key), "{key} in {path}");
            }
        }
    }
}

#[test]
fn templates_have_no_sentences_of_their_own() {
    for (path, template) in files("templates", "html") {
        let text = without(&template, "{#", "#}");
        let text = without(&text, "{%", "%}");
        let text = without(&text, "{{", "}}");
        let text = without(&text, "<", ">");
        assert_eq!(text.chars().find(|c| c.is_alphanumeric()), None, "{path}: {}", text.trim());
    }
}
