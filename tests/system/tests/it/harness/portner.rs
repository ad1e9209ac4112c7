//! Portner as an operator meets it: programs, flags and files. The only place that knows the command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use data_encoding::BASE32_NOPAD;
use serde::Deserialize;

use super::Visitor;
use super::process::{Folder, Process, built, eventually, folder, free_ports, run};

const START_SECONDS_MAX: u64 = 30;
const PASSWORD: &str = "en lang adgangskode til prøven";

/// What the register of staff means by its columns.
const STAFF: &str = "load = \"full\"\nemployment_source = \"payroll\"\n\n[columns]\nkey = \"number\"\n\
    user_name = \"user\"\nfirst_name = \"first\"\nlast_name = \"last\"\nemail = \"mail\"\nstatus = \"status\"\n\n\
    [constants]\ncvr = \"12345678\"\nnsis = \"ja\"\n\n[status]\nended = [\"left\"]\n";

/// The same with everybody's CPR number, and without a brake.
const PEOPLE: &str = "load = \"full\"\nemployment_source = \"hr\"\n\n[columns]\nkey = \"number\"\n\
    user_name = \"user\"\nfirst_name = \"first\"\nlast_name = \"last\"\nemail = \"mail\"\ncpr = \"cpr\"\n\
    status = \"status\"\n\n[constants]\ncvr = \"12345678\"\nnsis = \"ja\"\n\n[status]\nended = [\"left\"]\n\
    stopped = [\"away\"]\n\n[brake]\npercent = 100\nidentities = 1000000\n";

/// A policy for who reads only the older key transport and whose metadata does not say so.
pub const COMPATIBLE: &str = "encryption = \"compatible\"\n";
/// A policy for who asks by POST, too.
pub const ASKS_BY_POST: &str = "requests = [\"redirect\", \"post\"]\n";

/// Somebody who can try to log in.
#[derive(Clone, Debug, Deserialize)]
pub struct User {
    pub username: String,
    pub password: String,
    pub totp_secret: Option<String>,
}

/// The command line of one installation.
pub struct Cli {
    config: PathBuf,
    /// What the environment says instead of the file.
    environment: Vec<(&'static str, String)>,
}

impl Cli {
    /// A service provider with a policy of its own, beside its metadata.
    pub fn add_service_provider(&self, metadata: &Path, policy: &str) {
        let policy_file = metadata.with_extension("policy.toml");
        fs::write(&policy_file, policy).expect("policy on disk");
        self.must(&["sp", "add", utf8(metadata), "--policy", utf8(&policy_file)], "");
    }

    /// An employee with password and TOTP, whose proofing is worth Substantial.
    pub fn add_user(&self, username: &str) -> User {
        let secret = new_totp_secret();
        let input = format!("{PASSWORD}\n{secret}\n");
        self.add(username, "--totp-stdin", &input);
        User { username: username.to_owned(), password: PASSWORD.to_owned(), totp_secret: Some(secret) }
    }

    /// An employee with a password only.
    pub fn add_user_without_second_factor(&self, username: &str) -> User {
        self.add(username, "--no-totp", &format!("{PASSWORD}\n"));
        User { username: username.to_owned(), password: PASSWORD.to_owned(), totp_secret: None }
    }

    /// An employee whose password the directory of the network knows.
    pub fn add_user_of_the_network(&self, username: &str) {
        let who =
            ["user", "add", "--user-name", username, "--first-name", username, "--last-name", "Testesen"];
        let proofed = ["--route", "R3", "--employment-source", "payroll", "--no-password", "--no-totp"];
        self.must(&[&who[..], &proofed].concat(), "");
    }

    /// What is on record about somebody.
    pub fn show(&self, username: &str) -> String {
        self.must(&["user", "show", "--user-name", username], "")
    }

    /// Every step to the directory and back, with somebody's password.
    pub fn test_directory(&self, username: &str, password: &str) -> Result<String, String> {
        run(self.command().args(["directory", "test", username, "--password"]), &format!("{password}\n"))
    }

    fn add(&self, username: &str, codes: &str, input: &str) {
        let who =
            ["user", "add", "--user-name", username, "--first-name", username, "--last-name", "Testesen"];
        let proofed = ["--route", "R3", "--employment-source", "payroll", "--password-stdin", codes];
        self.must(&[&who[..], &proofed].concat(), input);
    }

    /// The link of an invitation that is handed over in person, with a proofing worth Substantial.
    pub fn invite(&self, username: &str) -> String {
        let proofed = self.must(&["user", "proof", "--user-name", username, "--route", "R7"], "");
        let proofing = proofed.split_whitespace().nth(1).expect("a proofing");
        let with = ["user", "invite", "--user-name", username, "--with-proofing", proofing, "--json"];
        let said: serde_json::Value = serde_json::from_str(&self.must(&with, "")).expect("JSON");
        said["link"].as_str().expect("a link").to_owned()
    }

    /// A code device in the stock; what its codes are made from.
    pub fn add_code_device(&self, serial: &str) -> String {
        let secret = new_totp_secret();
        let file = self.config.with_file_name(format!("{serial}.csv"));
        fs::write(&file, format!("{serial},{secret}\n")).expect("a seed file on disk");
        self.must(&["token", "import", utf8(&file)], "");
        secret
    }

    /// An officer: password, TOTP, a proofing worth Substantial, and a role.
    pub fn add_officer(&self, username: &str, role: &str) -> User {
        let user = self.add_user(username);
        self.must(&["role", "grant", "--user-name", username, "--role", role], "");
        user
    }

    /// The register of staff says who works here: lines of number, user name, last day.
    pub fn import_staff(&self, lines: &[&str]) {
        self.try_import_staff(lines).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The same, and what was said if it was not done.
    pub fn try_import_staff(&self, lines: &[&str]) -> Result<String, String> {
        let (mapping, file) =
            (self.config.with_file_name("staff.toml"), self.config.with_file_name("staff.csv"));
        fs::write(&mapping, STAFF).expect("a mapping on disk");
        let header = "number;user;first;last;mail;status";
        fs::write(&file, format!("{header}\n{}\n", lines.join("\n"))).expect("a file on disk");
        let errors = self.config.with_file_name("staff.errors.csv");
        let feed =
            ["import", "csv", "--feed", "payroll", "--mapping", utf8(&mapping), "--errors", utf8(&errors)];
        run(self.command().args(feed).arg(&file), "")
    }

    /// A register of staff with CPR numbers says who works here; so many may be lost at once.
    pub fn import_people(&self, lines: &[String]) {
        let file = |name: &str| self.config.with_file_name(name);
        let (mapping, people, errors) = (file("people.toml"), file("people.csv"), file("people.errors.csv"));
        fs::write(&mapping, PEOPLE).expect("a mapping on disk");
        fs::write(&people, format!("number;user;first;last;mail;cpr;status\n{}\n", lines.join("\n")))
            .expect("people");
        let feed = ["import", "csv", "--feed", "hr", "--mapping", utf8(&mapping), "--errors", utf8(&errors)];
        self.must(&[&feed[..], &[utf8(&people)]].concat(), "");
    }

    /// `portner sync …`, and what was said if it was not done.
    pub fn sync(&self, arguments: &[&str]) -> Result<String, String> {
        run(self.command().arg("sync").args(arguments), "")
    }

    /// The same, not waited for.
    pub fn begin_sync(&self, arguments: &[&str]) -> Process {
        let log = self.config.with_file_name("sync.log");
        Process::start(self.command().arg("sync").args(arguments), &log)
    }

    /// Add this to the configuration.
    fn configure(&self, section: &str) {
        self.rewrite(|text| text.push_str(section));
    }

    fn rewrite(&self, change: impl FnOnce(&mut String)) {
        let mut text = fs::read_to_string(&self.config).expect("the configuration");
        change(&mut text);
        fs::write(&self.config, text).expect("the configuration");
        self.must(&["check-config"], "");
    }

    /// A program that may feed the directory; its token.
    pub fn add_scim_client(&self, name: &str) -> String {
        let said = self.must(&["scim", "client", "add", name], "");
        said.lines().last().expect("a token").to_owned()
    }

    pub fn lock(&self, username: &str) {
        self.must(&["user", "lock", "--user-name", username, "--why", "a test"], "");
    }

    pub fn unlock(&self, username: &str) {
        self.must(&["user", "unlock", "--user-name", username, "--why", "a test"], "");
    }

    /// A proofing worth Substantial.
    pub fn proof(&self, username: &str) {
        self.must(&["user", "proof", "--user-name", username, "--route", "R3"], "");
    }

    pub fn grant(&self, username: &str, privilege: &str, scope: &str) {
        let what = ["--privilege", privilege, "--scope", scope];
        self.must(&[&["user", "grant", "--user-name", username], what.as_slice()].concat(), "");
    }

    pub fn join(&self, username: &str, group: &str) {
        self.must(&["user", "join", "--user-name", username, "--group", group], "");
    }

    pub fn leave(&self, username: &str, group: &str) {
        self.must(&["user", "leave", "--user-name", username, "--group", group], "");
    }

    /// The log fits its checkpoints.
    pub fn verify_audit_log(&self) {
        self.must(&["audit", "verify"], "");
    }

    /// The log's events of a kind, one JSON object a line.
    pub fn events(&self, kind: &str) -> String {
        self.must(&["audit", "events", "--kind", kind], "")
    }

    fn must(&self, arguments: &[&str], input: &str) -> String {
        run(self.command().args(arguments), input).unwrap_or_else(|error| panic!("{error}"))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(built("portner"));
        command.arg("--config").arg(&self.config).envs(self.environment.iter().cloned());
        command
    }
}

/// What `portner-sandbox demo` says when it accepts requests.
#[derive(Deserialize)]
struct Ready {
    url: String,
    sp_url: String,
    metadata_url: String,
    management_url: String,
    config: PathBuf,
    users: Vec<User>,
}

/// The demo: Portner on a data folder of its own, and the sandbox's service provider.
pub struct Demo {
    pub url: String,
    pub sp_url: String,
    pub metadata_url: String,
    pub management_url: String,
    pub cli: Cli,
    users: Vec<User>,
    port: u16,
    process: Process,
    folder: Folder,
}

impl Demo {
    pub async fn start() -> Self {
        Self::start_in(folder("demo"), free_ports()).await
    }

    /// The same demo, stopped and started again on what it left behind.
    pub async fn start_again(self) -> Self {
        let Self { process, folder, port, .. } = self;
        drop(process);
        Self::start_in(folder, port).await
    }

    /// The same demo, with terms of use.
    pub async fn with_terms(self, version: &str, danish: &str, english: &str) -> Self {
        let mut section = format!("\n[terms]\nversion = \"{version}\"\n");
        for (language, text) in [("danish", danish), ("english", english)] {
            let file = self.folder.join(&format!("{language}.txt"));
            fs::write(&file, text).expect("terms on disk");
            section.push_str(&format!("{language}_file = \"{}\"\n", utf8(&file)));
        }
        self.configured(&section).await
    }

    /// The same demo, with more in its configuration.
    pub async fn configured(self, section: &str) -> Self {
        self.cli.configure(section);
        self.start_again().await
    }

    pub fn user(&self, username: &str) -> &User {
        let found = self.users.iter().find(|user| user.username == username);
        found.unwrap_or_else(|| panic!("the demo has no {username}"))
    }

    async fn start_in(folder: Folder, port: u16) -> Self {
        let ready_file = folder.join("ready.json");
        let _ = fs::remove_file(&ready_file);
        let mut command = Command::new(built("portner-sandbox"));
        command.args(["demo", "--port", &port.to_string(), "--data"]).arg(folder.join("data"));
        command.arg("--ready-file").arg(&ready_file);
        let mut process = Process::start(&mut command, &folder.join("demo.log"));
        let ready: Ready = eventually("the demo is ready", START_SECONDS_MAX, async || {
            let log = folder.join("demo.log");
            assert!(process.is_running(), "the demo ended: {}", fs::read_to_string(log).unwrap_or_default());
            serde_json::from_slice(&fs::read(&ready_file).ok()?).ok()
        })
        .await;
        let Ready { url, sp_url, metadata_url, management_url, config, users } = ready;
        let cli = Cli { config, environment: Vec::new() };
        Self { url, sp_url, metadata_url, management_url, cli, users, port, process, folder }
    }
}

/// A crowd goes round service providers for a while; fails if anybody was taken for somebody else.
pub fn press(storage: Storage, users: u32, service_providers: u32, seconds: u32) -> String {
    let folder = folder("load");
    let mut command = Command::new(built("portner-sandbox"));
    command.arg("load").arg("--data").arg(folder.join("data")).args(["--port", &free_ports().to_string()]);
    command.args(["--users", &users.to_string(), "--service-providers", &service_providers.to_string()]);
    command.args(["--seconds", &seconds.to_string()]).envs(environment(storage));
    run(&mut command, "").unwrap_or_else(|error| panic!("{error}"))
}

/// Where an installation keeps what it knows.
#[derive(Clone, Copy, Debug)]
pub enum Storage {
    Sqlite,
    PostgresAndRedis,
}

/// Portner as an organisation installs it: `init`, `check-config`, `serve`.
pub struct Portner {
    pub url: String,
    /// The link that `init` printed for the first administrator.
    pub setup_link: String,
    pub cli: Cli,
    management_url: String,
    process: Process,
    folder: Folder,
}

impl Portner {
    pub async fn install(storage: Storage) -> Self {
        let folder = folder("portner");
        let port = free_ports();
        let url = format!("http://localhost:{port}");
        let cli = Cli { config: folder.join("data/portner.toml"), environment: environment(storage) };
        let setup_link = init(&cli, &folder, &url, port);
        cli.must(&["check-config"], "");
        let process = serve(&cli, &folder);
        let management_url = format!("http://localhost:{}", port + 1);
        let mut portner = Self { url, setup_link, cli, management_url, process, folder };
        portner.serves().await;
        portner
    }

    /// Where signed requests go.
    pub fn sso_url(&self) -> String {
        format!("{}/saml/sso", self.url)
    }

    /// The IdP's metadata.
    pub async fn metadata(&self) -> String {
        self.try_metadata().await.expect("metadata is served")
    }

    /// A power cut, and the next morning.
    pub fn kill_nine(&mut self) {
        self.process.kill_nine();
    }

    /// Add this to the configuration, and start again with it.
    pub async fn configure(&mut self, section: &str) {
        self.cli.configure(section);
        self.kill_nine();
        self.start_again().await;
    }

    /// Something in the configuration is something else from now on.
    pub async fn reconfigure(&mut self, from: &str, to: &str) {
        self.cli.rewrite(|text| {
            assert!(text.contains(from), "{text}");
            *text = text.replace(from, to);
        });
        self.kill_nine();
        self.start_again().await;
    }

    /// All that it said about itself since it was last started.
    pub fn serve_log(&self) -> String {
        fs::read_to_string(self.folder.join("serve.log")).expect("a log")
    }

    /// What a load balancer hears.
    pub async fn health(&self) -> u16 {
        let page = Visitor::new().open(&format!("{}/health/ready", self.management_url)).await;
        page.expect("an answer").status
    }

    pub async fn start_again(&mut self) {
        self.process = serve(&self.cli, &self.folder);
        self.serves().await;
    }

    async fn serves(&mut self) {
        eventually("Portner serves", START_SECONDS_MAX, async || {
            let log = self.folder.join("serve.log");
            assert!(
                self.process.is_running(),
                "Portner ended: {}",
                fs::read_to_string(log).unwrap_or_default()
            );
            self.try_metadata().await
        })
        .await;
    }

    async fn try_metadata(&self) -> Option<String> {
        let page = Visitor::new().open(&format!("{}/saml/metadata", self.url)).await.ok()?;
        (page.status == 200).then_some(page.html)
    }
}

/// 160 bits that no other test of this run uses, so that no test waits for another's code to expire.
fn new_totp_secret() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    BASE32_NOPAD.encode(format!("secret number {:06}", COUNT.fetch_add(1, Ordering::Relaxed)).as_bytes())
}

/// Make the installation; the last thing that `init` says is the link for the first administrator.
fn init(cli: &Cli, folder: &Folder, url: &str, port: u16) -> String {
    let [listen, management] = [port, port + 1].map(|port| format!("127.0.0.1:{port}"));
    let mut init = cli.command();
    init.arg("init").arg("--data").arg(folder.join("data")).args(["--public-url", url]);
    init.args([
        "--entity-id",
        "https://saml.portner.test",
        "--organisation",
        "Testkommunen",
        "--cvr",
        "12345678",
    ]);
    init.args(["--listen", &listen, "--management", &management, "--support-email", "hjaelp@portner.test"]);
    init.args(["--scheme-level", "Substantial", "--broker-level", "Substantial"]);
    let said = run(&mut init, "").unwrap_or_else(|error| panic!("{error}"));
    said.lines().last().expect("a link").to_owned()
}

fn serve(cli: &Cli, folder: &Folder) -> Process {
    Process::start(cli.command().arg("serve"), &folder.join("serve.log"))
}

/// A database of its own on the tests' PostgreSQL, sessions in a numbered database of their Redis.
fn environment(storage: Storage) -> Vec<(&'static str, String)> {
    static REDIS_NUMBER: AtomicU32 = AtomicU32::new(1);
    let Storage::PostgresAndRedis = storage else { return Vec::new() };
    let (postgres, redis) = (needed("PORTNER_TEST_POSTGRES"), needed("PORTNER_TEST_REDIS"));
    let number = REDIS_NUMBER.fetch_add(1, Ordering::Relaxed);
    let database = format!("system_{}_{number}", std::process::id());
    let mut create = Command::new("psql");
    create.args([&postgres, "--quiet", "--command", &format!("CREATE DATABASE {database}")]);
    run(&mut create, "").unwrap_or_else(|error| panic!("{error}"));
    vec![
        ("PORTNER__STORAGE__DATABASE", with_path(&postgres, &database)),
        ("PORTNER__STORAGE__SESSIONS", with_path(&redis, &number.to_string())),
    ]
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn with_path(url: &str, path: &str) -> String {
    let mut url = url::Url::parse(url).expect("a URL");
    url.set_path(path);
    url.into()
}

fn needed(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run `make system`"))
}
