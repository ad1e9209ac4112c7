//! A person at a real browser: headless Chromium, driven by what a person sees and clicks.

mod look;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::{WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::Url;

use super::User;
use super::process::{Folder, Process, eventually, folder, free_ports, tests_folder};
use super::totp::fresh_code;

const SEE_SECONDS_MAX: u64 = 15;
const PAGE_MILLIS_MAX: u64 = 20_000;
const START_SECONDS_MAX: u64 = 20;

/// A desktop and a small phone.
const WIDTHS: [(u32, u32); 2] = [(1280, 900), (360, 740)];

/// What the person reads.
#[derive(Clone, Copy, Debug)]
pub enum Language {
    Danish,
    English,
}

impl Language {
    pub fn tag(self) -> &'static str {
        match self {
            Self::Danish => "da",
            Self::English => "en",
        }
    }
}

pub struct Browser {
    client: Client,
    session: String,
    driver_port: u16,
    _driver: Process,
    _folder: Folder,
}

impl Browser {
    /// A browser that knows nobody yet.
    pub async fn start(language: Language) -> Self {
        let folder = folder("browser");
        let driver_port = free_ports();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={driver_port}"));
        let driver = Process::start(&mut command, &folder.join("chromedriver.log"));
        let client = eventually("the browser starts", START_SECONDS_MAX, async || {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities(language, &folder));
            builder.connect(&format!("http://127.0.0.1:{driver_port}")).await.ok()
        })
        .await;
        let session = client.session_id().await.expect("answer").expect("a session");
        Self { client, session, driver_port, _driver: driver, _folder: folder }
    }

    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Everything to reach an identity's full strength.
    pub async fn log_in_as(&self, user: &User) {
        self.log_in(&user.username, &user.password).await;
        if let Some(secret) = &user.totp_secret {
            self.enter_code(secret).await;
        }
    }

    pub async fn log_in(&self, username: &str, password: &str) {
        self.fill("username", username).await;
        self.fill("password", password).await;
        self.click("submit").await;
    }

    /// The same, and what the page that follows has against it; none if it has nothing.
    pub async fn log_in_or_hear(&self, username: &str, password: &str) -> Option<String> {
        self.element("username").await;
        self.ask("window.isOld = true;").await;
        self.log_in(username, password).await;
        for _ in 0..SEE_SECONDS_MAX * 10 {
            // Between two pages there is nobody to ask.
            let old = self.client.execute("return window.isOld === true;", vec![]).await;
            if old.is_ok_and(|old| old == json!(false)) {
                return if self.shows("username").await { Some(self.problems().await) } else { None };
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("nothing followed {}", self.url().await)
    }

    pub async fn enter_code(&self, secret: &str) {
        self.fill_code(secret).await;
        self.click("submit").await;
    }

    pub async fn fill_code(&self, secret: &str) {
        self.element("code").await;
        let code = fresh_code(secret).await;
        self.fill("code", &code).await;
    }

    pub async fn fill(&self, id: &str, text: &str) {
        self.at(Locator::Id(id), async |field| {
            field.clear().await?;
            field.send_keys(text).await
        })
        .await;
    }

    pub async fn click(&self, id: &str) {
        self.at(Locator::Id(id), async |button| button.click().await).await;
    }

    /// Choose one of several.
    pub async fn choose(&self, id: &str, value: &str) {
        self.at(Locator::Id(id), async |list| list.select_by_value(value).await).await;
    }

    /// Go where the link leads whose address ends so.
    pub async fn follow(&self, ending: &str) {
        let link = format!("main a[href$='{ending}']");
        self.at(Locator::Css(&link), async |link| link.click().await).await;
    }

    /// Go to the first that a list found.
    pub async fn follow_first(&self) {
        self.at(Locator::Css("main tbody a, main .rows a"), async |link| link.click().await).await;
    }

    /// What the entry of a list stands for, counted from nothing.
    pub async fn option(&self, id: &str, index: usize) -> String {
        let value = self.at(Locator::Id(id), async |list| {
            list.find_all(Locator::Css("option")).await?[index].attr("value").await
        });
        value.await.expect("a value")
    }

    /// Whichever of these is there first.
    pub async fn first_of<'i>(&self, ids: [&'i str; 2]) -> &'i str {
        for _ in 0..SEE_SECONDS_MAX * 20 {
            for id in ids {
                if self.shows(id).await {
                    return id;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("neither of {ids:?} at {}:\n{}", self.url().await, self.text().await)
    }

    /// Press the button that says `words`.
    pub async fn press(&self, words: &str) {
        let button = format!("//button[contains(., '{words}')]");
        self.at(Locator::XPath(&button), async |button| button.click().await).await;
    }

    /// An impatient double click: the form is sent twice.
    pub async fn click_twice(&self, id: &str) {
        self.element(id).await;
        let twice = "const button = document.getElementById(arguments[0]); button.click(); button.click();";
        self.client.execute(twice, vec![json!(id)]).await.expect("clicked");
    }

    /// The text of what bears this id, once it is there.
    pub async fn read(&self, id: &str) -> String {
        self.text_of(Locator::Id(id)).await
    }

    /// What the page says has to be put right.
    pub async fn problems(&self) -> String {
        self.text_of(Locator::Css(".problems")).await
    }

    /// What the page asks one to tell the support desk.
    pub async fn reference(&self) -> String {
        self.text_of(Locator::Css(".reference dd")).await
    }

    /// Why the level that the service provider wants cannot be reached.
    pub async fn reasons(&self) -> String {
        self.reference().await;
        self.text_of(Locator::Css("main li")).await
    }

    /// Is it there now?
    pub async fn shows(&self, id: &str) -> bool {
        self.client.find(Locator::Id(id)).await.is_ok()
    }

    /// The language that the page declares to screen readers.
    pub async fn language_of_page(&self) -> String {
        self.ask("return document.documentElement.lang;").await.as_str().expect("a language").to_owned()
    }

    /// The page's text.
    pub async fn text(&self) -> String {
        // Between two pages there is nothing to read.
        let text = self.client.execute("return document.body ? document.body.innerText : '';", vec![]).await;
        text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Wait until the page says `words`; the whole page's text.
    pub async fn see(&self, words: &str) -> String {
        for _ in 0..SEE_SECONDS_MAX * 10 {
            let text = self.text().await;
            if text.contains(words) {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("never saw “{words}” at {}:\n{}", self.url().await, self.text().await)
    }

    /// The same of a page that is not yet as it will be.
    pub async fn see_after_reloads(&self, words: &str) {
        for _ in 0..SEE_SECONDS_MAX * 2 {
            if self.text().await.contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
            self.refresh().await;
        }
        panic!("never saw “{words}” at {}:\n{}", self.url().await, self.text().await)
    }

    pub async fn url(&self) -> Url {
        self.client.current_url().await.expect("a URL")
    }

    pub async fn back(&self) {
        self.client.back().await.expect("back");
    }

    pub async fn refresh(&self) {
        self.client.refresh().await.expect("refreshed");
    }

    /// Pages that come from here on run no scripts of theirs.
    pub async fn without_scripts(&self) {
        self.cdp("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// Pages that come from here on run their scripts again; the one in front has come without.
    pub async fn with_scripts(&self) {
        self.cdp("Emulation.setScriptExecutionDisabled", json!({ "value": false })).await;
    }

    /// Everything that the host of the page in front has given to remember.
    pub async fn cookies(&self) -> Vec<Value> {
        let found = self.cdp("Network.getCookies", json!({})).await;
        found["cookies"].as_array().expect("a list").clone()
    }

    /// Remember it again, whatever became of it since.
    pub async fn restore(&self, cookies: &[Value]) {
        for it in cookies {
            // No domain: some are for one host only, and say so in their name.
            let cookie = json!({
                "name": it["name"], "value": it["value"], "path": it["path"], "secure": it["secure"],
                "httpOnly": it["httpOnly"], "url": "https://localhost/",
            });
            let done = self.cdp("Network.setCookie", cookie).await;
            assert_eq!(done["success"], json!(true), "{it}");
        }
    }

    /// Give it a key, as WebDriver describes it.
    pub async fn has_authenticator(&self, authenticator: Value) {
        self.client.issue_cmd(AddAuthenticator(authenticator)).await.expect("a key");
    }

    /// Pages that come from here on find a browser that offers no passkeys in fields: there is the button.
    pub async fn offers_no_passkeys_in_fields(&self) {
        let source = "PublicKeyCredential.isConditionalMediationAvailable = async () => false;";
        self.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
    }

    /// Know nobody any more.
    pub async fn forget_cookies(&self) {
        self.client.delete_all_cookies().await.expect("no cookies");
    }

    /// The id of what the keyboard is at.
    pub async fn focused(&self) -> String {
        let id = self.ask("return document.activeElement.id;").await;
        id.as_str().unwrap_or_default().to_owned()
    }

    /// Wait until the page is another; where it is then.
    pub async fn eventually_leaves(&self, path: &str) -> String {
        for _ in 0..SEE_SECONDS_MAX * 10 {
            let now = self.url().await;
            if now.path() != path {
                return now.to_string();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("still at {path}:\n{}", self.text().await)
    }

    /// A new tab, in front.
    pub async fn new_tab(&self) -> WindowHandle {
        let tab = self.client.new_window(true).await.expect("a tab").handle;
        self.switch_to(&tab).await;
        tab
    }

    pub async fn switch_to(&self, tab: &WindowHandle) {
        self.client.switch_to_window(tab.clone()).await.expect("the tab");
    }

    /// At both widths: a picture for people, nothing sticking out, nothing that axe objects to.
    pub async fn inspect(&self, name: &str) {
        for (width, height) in WIDTHS {
            self.fits(name, (width, height)).await;
            self.save_picture(&format!("{name}-{width}")).await;
            let violations = self.axe().await;
            assert!(violations.is_empty(), "{name} at {width} px: {violations:#?}");
        }
        self.as_it_was().await;
    }

    /// The window's own size again.
    async fn as_it_was(&self) {
        self.cdp("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    /// Where the last link leads whose address ends so.
    pub async fn last_link(&self, ending: &str) -> String {
        let links = format!("main:has(a[href$='{ending}'])");
        let address = self.at(Locator::Css(&links), async |main| {
            let links = main.find_all(Locator::Css(&format!("a[href$='{ending}']"))).await?;
            links.last().expect("one at least").prop("href").await
        });
        address.await.expect("an address")
    }

    /// What axe finds wrong with the page.
    pub async fn axe(&self) -> Vec<Value> {
        let is_there = self.ask("return 'axe' in window;").await;
        let script = if is_there == json!(true) {
            AXE_RUN.to_owned()
        } else {
            let axe = fs::read_to_string(axe_file()).expect("axe-core, which `make system` installs");
            format!("{axe};\n{AXE_RUN}")
        };
        let found = self.client.execute_async(&script, vec![]).await.expect("axe ran");
        found.as_array().expect("a list").clone()
    }

    async fn save_picture(&self, name: &str) {
        let answer = self.cdp("Page.captureScreenshot", json!({ "captureBeyondViewport": true })).await;
        let png = BASE64.decode(answer["data"].as_str().expect("a picture")).expect("base64");
        let folder = tests_folder().join("run/screenshots");
        fs::create_dir_all(&folder).expect("folder of pictures");
        fs::write(folder.join(format!("{name}.png")), png).expect("a picture on disk");
    }

    async fn set_size(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
    }

    async fn text_of(&self, what: Locator<'_>) -> String {
        self.at(what, async |it| it.text().await).await
    }

    /// Do something at what is there, or will be.
    async fn at<T>(&self, what: Locator<'_>, act: impl AsyncFn(Element) -> Result<T, CmdError>) -> T {
        let mut last = None;
        for _ in 0..SEE_SECONDS_MAX * 10 {
            let done = match self.client.find(what).await {
                Ok(element) => act(element).await,
                Err(missing) => Err(missing),
            };
            match done {
                Ok(done) => return done,
                Err(error) if error.is_no_such_element() || gave_way(&error) => last = Some(error),
                Err(error) => panic!("at {what:?}: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("never saw {what:?} at {} ({last:?}):\n{}", self.url().await, self.text().await)
    }

    async fn element(&self, id: &str) {
        self.at(Locator::Id(id), async |_| Ok(())).await;
    }

    /// What a script that changes nothing says of the page in front.
    pub(super) async fn ask(&self, script: &str) -> Value {
        let mut last = None;
        for _ in 0..SEE_SECONDS_MAX * 10 {
            match self.client.execute(script, vec![]).await {
                Ok(answer) => return answer,
                Err(error) if gave_way(&error) => last = Some(error),
                Err(error) => panic!("{script}: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("never a page to ask at {} ({last:?})", self.url().await)
    }

    async fn cdp(&self, name: &'static str, parameters: Value) -> Value {
        self.client.issue_cmd(Cdp { name, parameters }).await.expect(name)
    }
}

impl Drop for Browser {
    /// The driver leaves its browser behind unless the session is ended, which a failing test must do too.
    fn drop(&mut self) {
        let Ok(mut driver) = TcpStream::connect(("127.0.0.1", self.driver_port)) else { return };
        let _ = driver.set_read_timeout(Some(Duration::from_secs(5)));
        let (session, port) = (&self.session, self.driver_port);
        let head = format!("DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
        let _ = driver.write_all(head.as_bytes());
        // It answers when the browser is gone, and then keeps the connection open.
        let _ = driver.read(&mut [0; 512]);
    }
}

/// Was the page that this was asked of replaced meanwhile? Then the next one is to be asked.
fn gave_way(error: &CmdError) -> bool {
    // The driver has a status for some of these; the others are what the browser said to the driver.
    const BETWEEN_PAGES: [&str; 6] = [
        "does not belong to the document",
        "Cannot find context",
        "context was destroyed",
        "aborted by navigation",
        "Inspected target navigated",
        "No node with given id",
    ];
    let words = error.to_string();
    error.is_stale_element_reference() || BETWEEN_PAGES.iter().any(|it| words.contains(it))
}

/// The checks of axe-core, as a script.
pub fn axe_file() -> PathBuf {
    tests_folder().join("node_modules/axe-core/axe.min.js")
}

const AXE_RUN: &str = "
const done = arguments[arguments.length - 1];
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];
axe.run(document, { runOnly: { type: 'tag', values: tags } }).then(
    found => done(found.violations.map(v => ({ rule: v.id, help: v.help, where: v.nodes.map(n => n.html) }))),
    error => done([String(error)]),
);";

fn capabilities(language: Language, folder: &Folder) -> fantoccini::wd::Capabilities {
    let flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
    ];
    let mut flags: Vec<String> = flags.map(str::to_owned).into();
    flags.push(format!("--user-data-dir={}", folder.join("profile").display()));
    flags.push(format!("--accept-lang={}", language.tag()));
    let wanted = json!({
        "goog:chromeOptions": { "args": flags, "prefs": { "intl.accept_languages": language.tag() } },
        "timeouts": { "pageLoad": PAGE_MILLIS_MAX, "script": PAGE_MILLIS_MAX, "implicit": 0 },
    });
    wanted.as_object().expect("an object").clone()
}

/// A command of the Chrome DevTools Protocol, sent through the driver.
#[derive(Debug)]
struct Cdp {
    name: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Cdp {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.name, "params": self.parameters }).to_string()))
    }
}

/// A virtual authenticator (WebAuthn 11.3).
#[derive(Debug)]
struct AddAuthenticator(Value);

impl WebDriverCompatibleCommand for AddAuthenticator {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/webauthn/authenticator", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}
