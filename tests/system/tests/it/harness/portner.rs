//! Portner as an operator meets it: programs, flags and files. The only place that knows the command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use data_encoding::BASE32_NOPAD;
use serde::Deserialize;

use super::Visitor;
use super::process::{Folder, Process, built, eventually, folder, free_port, run};

const START_SECONDS_MAX: u64 = 30;
const PASSWORD: &str = "correct horse battery staple 7";

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
}

impl Cli {
    pub fn add_service_provider(&self, metadata: &Path) {
        self.must(&["sp", "add", metadata.to_str().expect("UTF-8")], "");
    }

    /// An employee with password and TOTP, whose proofing is worth Substantial.
    pub fn add_user(&self, username: &str) -> User {
        let secret = new_totp_secret();
        let name = format!("{username} Testesen");
        let who = ["user", "add", "--user-name", username, "--name", &name, "--route", "R3"];
        let input = format!("{PASSWORD}\n{secret}\n");
        self.must(&[&who[..], &["--password-stdin", "--totp-stdin"]].concat(), &input);
        User { username: username.to_owned(), password: PASSWORD.to_owned(), totp_secret: Some(secret) }
    }

    /// An employee with a password only.
    pub fn add_user_without_second_factor(&self, username: &str) -> User {
        let name = format!("{username} Testesen");
        let who = ["user", "add", "--user-name", username, "--name", &name, "--route", "R3"];
        self.must(&[&who[..], &["--password-stdin"]].concat(), &format!("{PASSWORD}\n"));
        User { username: username.to_owned(), password: PASSWORD.to_owned(), totp_secret: None }
    }

    pub fn lock(&self, user: &User) {
        self.must(&["user", "lock", &user.username], "");
    }

    pub fn unlock(&self, user: &User) {
        self.must(&["user", "unlock", &user.username], "");
    }

    /// The log fits its checkpoints.
    pub fn verify_audit_log(&self) {
        self.must(&["audit", "verify"], "");
    }

    /// The log's events about assertions, one JSON object a line.
    pub fn issued_assertions(&self) -> String {
        self.must(&["audit", "events", "--kind", "assertion-issued"], "")
    }

    fn migrate(&self) {
        self.must(&["check-config"], "");
        self.must(&["migrate"], "");
    }

    fn must(&self, arguments: &[&str], input: &str) -> String {
        let mut command = Command::new(built("portner"));
        command.arg("--config").arg(&self.config).args(arguments);
        run(&mut command, input).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// What `portner-sandbox demo` says when it accepts requests.
#[derive(Deserialize)]
struct Ready {
    url: String,
    sp_url: String,
    metadata_url: String,
    config: PathBuf,
    users: Vec<User>,
}

/// The demo: Portner on a data folder of its own, and the sandbox's service provider.
pub struct Demo {
    pub url: String,
    pub sp_url: String,
    pub metadata_url: String,
    pub cli: Cli,
    users: Vec<User>,
    port: u16,
    process: Process,
    folder: Folder,
}

impl Demo {
    pub async fn start() -> Self {
        Self::start_in(folder("demo"), free_port()).await
    }

    /// The same demo, stopped and started again on what it left behind.
    pub async fn start_again(self) -> Self {
        let Self { process, folder, port, .. } = self;
        drop(process);
        Self::start_in(folder, port).await
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
        let Ready { url, sp_url, metadata_url, config, users } = ready;
        Self { url, sp_url, metadata_url, cli: Cli { config }, users, port, process, folder }
    }
}

/// Where an installation keeps what it knows.
#[derive(Clone, Copy, Debug)]
pub enum Storage {
    Sqlite,
    PostgresAndRedis,
}

/// Portner as an organisation installs it: `init`, `migrate`, `serve`.
pub struct Portner {
    pub url: String,
    pub cli: Cli,
    process: Process,
    folder: Folder,
}

impl Portner {
    pub async fn install(storage: Storage) -> Self {
        let folder = folder("portner");
        let data = folder.join("data");
        let url = format!("http://localhost:{}", free_port());
        let mut init = Command::new(built("portner"));
        init.arg("init").arg("--data").arg(&data).args(["--public-url", &url]);
        init.args(["--organisation", "Testkommunen", "--cvr", "12345678"]);
        run(&mut init, "").unwrap_or_else(|error| panic!("{error}"));
        let cli = Cli { config: data.join("portner.toml") };
        if let Storage::PostgresAndRedis = storage {
            keep_elsewhere(&cli.config);
        }
        cli.migrate();
        let process = serve(&cli, &folder);
        let mut portner = Self { url, cli, process, folder };
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

fn serve(cli: &Cli, folder: &Folder) -> Process {
    let mut command = Command::new(built("portner"));
    command.arg("serve").arg("--config").arg(&cli.config);
    Process::start(&mut command, &folder.join("serve.log"))
}

/// A database of its own on the tests' PostgreSQL, sessions in a numbered database of their Redis.
fn keep_elsewhere(config: &Path) {
    static REDIS_NUMBER: AtomicU32 = AtomicU32::new(1);
    let postgres = needed("PORTNER_TEST_POSTGRES");
    let redis = needed("PORTNER_TEST_REDIS");
    let number = REDIS_NUMBER.fetch_add(1, Ordering::Relaxed);
    let database = format!("system_{}_{number}", std::process::id());
    let mut create = Command::new("psql");
    create.args([&postgres, "--quiet", "--command", &format!("CREATE DATABASE {database}")]);
    run(&mut create, "").unwrap_or_else(|error| panic!("{error}"));

    let text = fs::read_to_string(config).expect("portner.toml");
    let mut settings: toml::Table = text.parse().expect("portner.toml is TOML");
    let storage = settings.entry("storage").or_insert_with(|| toml::Table::new().into());
    let storage = storage.as_table_mut().expect("[storage]");
    storage.insert("database".into(), with_path(&postgres, &database).into());
    storage.insert("sessions".into(), with_path(&redis, &number.to_string()).into());
    fs::write(config, settings.to_string()).expect("portner.toml");
}

fn with_path(url: &str, path: &str) -> String {
    let mut url = url::Url::parse(url).expect("a URL");
    url.set_path(path);
    url.into()
}

fn needed(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} is not set: run `make system`"))
}
