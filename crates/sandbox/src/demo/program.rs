//! The program `portner`: where it is, and how it is told to do things.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::serving::Serving;
use crate::problem::Problem;
use crate::say::printable;

/// Long enough for keys and Argon2id in a debug build on a busy machine.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(120);

/// The program, with the configuration it is to use.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    config: PathBuf,
}

impl Program {
    /// The one that was built beside this program.
    pub fn beside_us(config: PathBuf) -> Result<Self, Problem> {
        let us = std::env::current_exe().map_err(|error| {
            Problem::new(format!("the system does not say where this program is: {error}"))
        })?;
        let path = us.with_file_name("portner");
        if path.is_file() {
            return Ok(Self { path, config });
        }
        Err(Problem::new(format!(
            "there is no {}; build both with `cargo build --package portner-cli --package portner-sandbox`",
            path.display()
        )))
    }

    /// A command to add words to.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.arg("--config").arg(&self.config).kill_on_drop(true);
        command
    }

    /// Start answering logins; what it logs goes to a new file.
    pub fn serve(&self, log: &Path) -> Result<Serving, Problem> {
        let file = File::create(log).map_err(|error| Problem::file(log, &error))?;
        let also = file.try_clone().map_err(|error| Problem::file(log, &error))?;
        let mut command = self.command();
        command.arg("serve").stdin(Stdio::null()).stdout(file).stderr(also);
        let child = command.spawn().map_err(|error| Problem::file(&self.path, &error))?;
        Ok(Serving::new(child, log.to_owned()))
    }
}

/// Run a command to its end, with this on its standard input. What it says, if it succeeds.
pub async fn run(command: &mut Command, input: &str) -> Result<String, Problem> {
    let name = name(command);
    let failed = |error: std::io::Error| Problem::new(format!("`{name}` can't be run: {error}"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that fails before it has read says why by itself.
        drop(stdin.write_all(input.as_bytes()).await);
    }
    let output = tokio::time::timeout(COMMAND_TIMEOUT, child.wait_with_output()).await.map_err(|_| {
        Problem::new(format!("`{name}` did not end within {} seconds", COMMAND_TIMEOUT.as_secs()))
    })?;
    let output = output.map_err(failed)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = printable(&String::from_utf8_lossy(&output.stderr));
    Err(Problem::new(format!("`{name}` failed with {}: {}", output.status, complaint.trim())))
}

/// The command as somebody would type it. Passwords and secrets are never among the words.
fn name(command: &Command) -> String {
    let command = command.as_std();
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words: Vec<_> =
        std::iter::once(program).chain(command.get_args()).map(|it| it.to_string_lossy()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use tokio::process::Command;

    use super::run;

    #[tokio::test]
    async fn what_is_said_comes_back() {
        assert_eq!(run(&mut Command::new("cat"), "one\ntwo\n").await.unwrap(), "one\ntwo\n");
    }

    #[tokio::test]
    async fn a_failure_is_told_in_the_words_of_the_command() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo there is no user anna >&2; exit 3"]);
        let sentence = run(&mut command, "").await.unwrap_err().to_string();
        assert!(sentence.contains("sh -c") && sentence.contains("there is no user anna"), "{sentence}");
        assert!(run(&mut Command::new("/nowhere/portner"), "").await.is_err());
    }
}
