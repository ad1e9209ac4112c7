//! Four stories of people and those who help them, told to the end: the first day, a forgotten password, a lost device,
//! the last day.

use std::time::{Duration, Instant};

use crate::harness::{Browser, Demo, Language, Post, User};

const CHOSEN: &str = "en lang adgangskode fra i dag";
const CHOSEN_LATER: &str = "endnu en lang adgangskode, fra i morgen";
/// Within what time of its entry an end is felt everywhere.
const ENDED_WITHIN: Duration = Duration::from_secs(2);

/// The demo, with a mail server, a registrar and the support desk.
struct Town {
    demo: Demo,
    post: Post,
    rita: User,
    sue: User,
}

impl Town {
    async fn start() -> Self {
        let (demo, post) = (Demo::start().await, Post::open().await);
        let demo = demo.configured(&post.configuration()).await;
        let rita = demo.cli.add_officer("rita", "registrar");
        let sue = demo.cli.add_officer("sue", "support");
        Self { demo, post, rita, sue }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.demo.url.trim_end_matches('/'))
    }

    /// An officer at their own screen, in front of somebody's page, which they searched for.
    async fn officer_at(&self, officer: &User, language: Language, who: &str) -> Browser {
        let browser = Browser::start(language).await;
        browser.open(&self.at("/office")).await;
        browser.log_in_as(officer).await;
        browser.see(&officer.username).await;
        browser.open(&self.at("/office/people")).await;
        browser.fill("q", who).await;
        browser.click("search").await;
        browser.follow_first().await;
        browser
    }

    /// The registrar meets somebody, and hands out a code; what they type at `/welcome`.
    async fn met(&self, language: Language, who: &str, email: &str) -> String {
        let rita = self.officer_at(&self.rita, language, who).await;
        let name = |page: &str| format!("{page}-{}", language.tag());
        rita.follow("/proof").await;
        rita.read("place").await;
        rita.inspect(&name("office-proof")).await;
        rita.choose("paper1", "driving-licence").await;
        rita.fill("number1", &format!("98765{}", who.len())).await;
        rita.fill("last1", "31.12.2030").await;
        for check in ["photo", "genuine", "record"] {
            rita.click(check).await;
        }
        rita.choose("second", "questions").await;
        rita.fill("place", "Borgerservice, Rådhuspladsen 1").await;
        rita.click("submit").await;
        rita.follow("/code").await;
        rita.choose("way", "mail").await;
        rita.fill("why", "legitimation set").await;
        rita.inspect(&name("office-hand-out")).await;
        rita.click("submit").await;
        let first = rita.read("first").await;
        rita.inspect(&name("office-code")).await;
        let substantial = match language {
            Language::Danish => "Betydelig",
            Language::English => "Substantial",
        };
        assert!(rita.read("after").await.contains(substantial));
        format!("{first} {}", self.post.half_for(email).await)
    }

    /// They choose a password and an app with a code; the app's secret.
    async fn chooses(&self, browser: &Browser, code: &str, password: &str) -> String {
        browser.open(&self.at("/welcome")).await;
        browser.fill("code", code).await;
        browser.click("submit").await;
        browser.fill("password", password).await;
        browser.fill("password_again", password).await;
        browser.click("submit").await;
        let secret: String = browser.read("key").await.split_whitespace().collect();
        browser.enter_code(&secret).await;
        browser.read("continue").await;
        secret
    }

    /// They log in at a service provider, which gets Substantial.
    async fn reaches_substantial(&self, browser: &Browser, username: &str, (password, secret): (&str, &str)) {
        browser.open(&self.demo.sp_url).await;
        browser.click("login").await;
        browser.log_in(username, password).await;
        browser.enter_code(secret).await;
        assert!(browser.read("attributes").await.contains("Substantial"));
    }

    /// Support finds out who is on the telephone.
    async fn verified(&self, sue: &Browser, page: &str) {
        sue.follow("/caller").await;
        sue.click("called-back").await;
        sue.fill("note", "ringet op på nummeret i telefonbogen").await;
        sue.inspect(page).await;
        sue.click("submit").await;
        sue.read("caller").await;
    }
}

#[tokio::test]
async fn a_new_employee_goes_from_the_register_of_staff_to_substantial() {
    let town = Town::start().await;
    town.demo.cli.import_staff(&["4711;nina;Nina;Nielsen;nina@example.dk;"]);
    let code = town.met(Language::Danish, "nina", "nina@example.dk").await;
    let nina = Browser::start(Language::Danish).await;
    let secret = town.chooses(&nina, &code, CHOSEN).await;
    town.reaches_substantial(&nina, "nina", (CHOSEN, &secret)).await;
    let shown = town.demo.cli.show("nina");
    assert!(
        shown.contains("R7 (Substantial)") && shown.contains("Your ties to the organisation are confirmed"),
        "{shown}"
    );
    town.demo.cli.verify_audit_log();
}

#[tokio::test]
async fn a_forgotten_password_by_telephone_and_back_to_substantial() {
    let town = Town::start().await;
    let language = Language::English;
    let sue = town.officer_at(&town.sue, language, "anna").await;
    sue.inspect("office-person-en").await;
    town.verified(&sue, "office-caller-en").await;
    sue.follow("/reset").await;
    sue.fill("why", "forgot it on holiday").await;
    sue.inspect("office-reset-en").await;
    sue.click("submit").await;
    let first = sue.read("first").await;
    sue.inspect("office-reset-code-en").await;
    let second = town.post.half_for("anna@example.dk").await;

    // With the code she can log in, but nobody vouches for who she is.
    let anna = Browser::start(language).await;
    let secret = town.chooses(&anna, &format!("{first} {second}"), CHOSEN).await;
    anna.open(&town.demo.sp_url).await;
    anna.click("login").await;
    anna.log_in("anna", CHOSEN).await;
    anna.reasons().await;

    let code = town.met(language, "anna", "anna@example.dk").await;
    let newer = town.chooses(&anna, &code, CHOSEN_LATER).await;
    assert_ne!(secret, newer);
    town.reaches_substantial(&anna, "anna", (CHOSEN_LATER, &newer)).await;
    town.demo.cli.verify_audit_log();
}

#[tokio::test]
async fn a_lost_device_works_no_more_and_another_takes_its_place() {
    let town = Town::start().await;
    let language = Language::Danish;
    let user = town.demo.user("anna");
    let anna = Browser::start(language).await;
    anna.open(&town.at("/me")).await;
    anna.log_in(&user.username, &user.password).await;
    anna.read("level").await;

    let sue = town.officer_at(&town.sue, language, "anna").await;
    town.verified(&sue, "office-caller-da").await;
    sue.follow("/lost").await;
    sue.read("device").await;
    let device = sue.option("device", 1).await;
    sue.choose("device", &device).await;
    sue.fill("why", "tabt i toget").await;
    sue.inspect("office-lost-da").await;
    sue.click("submit").await;
    sue.see("meldt mistet").await;

    anna.open(&town.at("/me")).await;
    anna.read("username").await;
    anna.open(&town.demo.sp_url).await;
    anna.click("login").await;
    anna.log_in(&user.username, &user.password).await;
    anna.reasons().await;

    let code = town.met(language, "anna", "anna@example.dk").await;
    let secret = town.chooses(&anna, &code, CHOSEN).await;
    town.reaches_substantial(&anna, "anna", (CHOSEN, &secret)).await;
    town.demo.cli.verify_audit_log();
}

#[tokio::test]
async fn whoever_leaves_is_logged_out_within_two_seconds_and_stays_out() {
    let town = Town::start().await;
    town.demo.cli.import_staff(&["4711;nina;Nina;Nielsen;nina@example.dk;"]);
    let code = town.met(Language::English, "nina", "nina@example.dk").await;
    let nina = Browser::start(Language::English).await;
    let secret = town.chooses(&nina, &code, CHOSEN).await;
    town.reaches_substantial(&nina, "nina", (CHOSEN, &secret)).await;
    nina.open(&town.demo.sp_url).await;
    nina.click("login-passive").await;
    assert_eq!(nina.first_of(["status", "attributes"]).await, "attributes");

    town.demo.cli.import_staff(&["4711;nina;Nina;Nielsen;nina@example.dk;left"]);
    let ended = Instant::now();
    loop {
        nina.open(&town.demo.sp_url).await;
        nina.click("login-passive").await;
        if nina.first_of(["status", "attributes"]).await == "status" {
            break;
        }
        assert!(ended.elapsed() < ENDED_WITHIN, "the session outlives her employment");
    }
    nina.open(&town.demo.sp_url).await;
    nina.click("login").await;
    nina.log_in("nina", CHOSEN).await;
    nina.problems().await;
    let shown = town.demo.cli.show("nina");
    assert!(shown.contains("ended") && !shown.contains("authenticator  "), "{shown}");
    town.demo.cli.verify_audit_log();
}

#[tokio::test]
async fn a_register_of_staff_that_lost_a_fifth_is_held_until_somebody_lets_it_go_on() {
    let town = Town::start().await;
    let line = |n: usize| format!("{n};user{n};Nina;Nielsen;user{n}@example.dk;");
    let all: Vec<String> = (0..60).map(line).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    town.demo.cli.import_staff(&all);
    let fewer = &all[12..];
    assert!(town.demo.cli.try_import_staff(fewer).is_err_and(|said| said.contains("held: 12 of 60")));
    assert!(town.demo.cli.show("user3").contains("active"));

    let uma = town.demo.cli.add_officer("uma", "user-administrator");
    let browser = Browser::start(Language::Danish).await;
    browser.open(&town.at("/office")).await;
    browser.log_in_as(&uma).await;
    browser.see("uma").await;
    browser.open(&town.at("/office/health")).await;
    browser.read("alarms").await;
    browser.inspect("office-health-da").await;
    browser.open(&town.at("/office/proposals")).await;
    browser.see("12 of 60").await;
    browser.inspect("office-proposals-da").await;
    browser.press("Godkend").await;
    browser.see("Godkendt og gennemført").await;
    town.demo.cli.import_staff(fewer);
    assert!(
        town.demo.cli.show("user3").contains("locked") && town.demo.cli.show("user20").contains("active")
    );

    assert!(town.demo.cli.try_import_staff(&fewer[12..]).is_err());
    browser.open(&town.at("/office/proposals")).await;
    browser.press("Afvis").await;
    browser.see("Afvist").await;
    assert!(town.demo.cli.try_import_staff(&fewer[12..]).is_err(), "what was declined is held again");
    assert!(town.demo.cli.show("user20").contains("active"));
    town.demo.cli.verify_audit_log();
}
