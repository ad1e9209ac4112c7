//! A data folder made by `portner init`, and commands run on it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub struct Installation {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

/// What a command said, and whether it was content.
#[derive(Debug)]
pub struct Said {
    pub ok: bool,
    pub out: String,
    pub err: String,
}

impl Installation {
    pub fn new() -> Self {
        let folder = TempDir::with_prefix("portner-cli-").unwrap();
        let made = Self { folder, environment: Vec::new() };
        let said = run(&init_arguments(&made.data()), "");
        assert!(said.ok, "{said:?}");
        made
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn config(&self) -> PathBuf {
        self.data().join("portner.toml")
    }

    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    pub fn runs(&self, arguments: &[&str]) -> Said {
        self.runs_with(arguments, "")
    }

    pub fn runs_with(&self, arguments: &[&str], typed: &str) -> Said {
        let config = self.config().display().to_string();
        run_in(&self.environment, &[&["--config", &config], arguments].concat(), typed)
    }

    /// Every command from now on finds this in its environment.
    pub fn sets(&mut self, name: &'static str, value: &str) {
        self.environment.push((name, value.to_owned()));
    }

    /// A command that has to work; what it said.
    pub fn does(&self, arguments: &[&str]) -> String {
        let said = self.runs(arguments);
        assert!(said.ok && said.err.is_empty(), "{arguments:?}: {said:?}");
        said.out
    }

    /// Write the configuration anew with something replaced.
    pub fn changes(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.config()).unwrap();
        assert!(text.contains(from), "{from}: {text}");
        std::fs::write(self.config(), text.replace(from, to)).unwrap();
    }
}

pub fn init_arguments(data: &Path) -> Vec<&str> {
    vec![
        "init",
        "--data",
        data.to_str().unwrap(),
        "--public-url",
        "https://login.example.dk",
        "--organisation",
        "Eksempel Kommune",
        "--cvr",
        "12345678",
        "--scheme-level",
        "Substantial",
        "--broker-level",
        "Substantial",
    ]
}

/// Run it, with this on standard input.
pub fn run(arguments: &[&str], typed: &str) -> Said {
    run_in(&[], arguments, typed)
}

fn run_in(environment: &[(&'static str, String)], arguments: &[&str], typed: &str) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portner"));
    command.args(arguments).env_remove("PORTNER_CONFIG").envs(environment.iter().cloned());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Whoever reads nothing may be gone before we have written.
    drop(child.stdin.take().unwrap().write_all(typed.as_bytes()));
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { ok: status.success(), out: text(stdout), err: text(stderr) }
}

impl Said {
    /// It failed, with one sentence that has all of this in it.
    pub fn complains(&self, parts: &[&str]) {
        assert!(!self.ok && self.out.is_empty(), "{self:?}");
        assert!(self.err.starts_with("portner: ") && self.err.lines().count() == 1, "{}", self.err);
        for part in parts {
            assert!(self.err.contains(part), "{part}: {}", self.err);
        }
    }
}
