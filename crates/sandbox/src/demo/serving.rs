//! Portner while it runs: a child that does not outlive us, and whose death is not hidden.

use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::time::{sleep, timeout};

use super::fetch::Fetch;
use crate::problem::Problem;
use crate::say::{complain, printable, say};

const READY_WITHIN: Duration = Duration::from_secs(60);
const ASK_EVERY: Duration = Duration::from_millis(100);
const ASKS_PER_SIGN_OF_LIFE: u32 = 50;
const STOP_WITHIN: Duration = Duration::from_secs(5);
const LAST_LINES_MAX: usize = 20;

/// The running process. Dropped, it is killed.
pub struct Serving {
    child: Child,
    log: PathBuf,
}

impl Serving {
    /// A process that was just started, logging here.
    pub fn new(child: Child, log: PathBuf) -> Self {
        Self { child, log }
    }

    /// Wait until the address of its health says that all is well.
    pub async fn wait_until_ready(&mut self, fetch: &Fetch, health: &str) -> Result<(), Problem> {
        say("starting Portner");
        let answers = tokio::select! {
            problem = self.ended() => return Err(problem),
            answers = timeout(READY_WITHIN, until_well(fetch, health)) => answers,
        };
        answers.map_err(|_| {
            let (seconds, log) = (READY_WITHIN.as_secs(), self.log.display());
            Problem::new(format!("Portner is not ready after {seconds} seconds ({health}); {log} says why"))
        })
    }

    /// Wait until it ends by itself, which it should not.
    pub async fn ended(&mut self) -> Problem {
        let how = match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        Problem::new(format!(
            "Portner ended by itself ({how}); the end of {}:\n{}",
            self.log.display(),
            self.last_lines()
        ))
    }

    /// Its process.
    pub fn id(&self) -> Result<u32, Problem> {
        self.child.id().ok_or_else(|| Problem::new("Portner has ended"))
    }

    /// Ask it to stop, and kill it if it does not.
    pub async fn stop(mut self) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        // No id: it has ended and was waited for.
        let Some(id) = id else { return };
        if let Err(error) = kill_process(id, Signal::TERM) {
            complain(&format!("Portner can't be asked to stop: {error}"));
        }
        if timeout(STOP_WITHIN, self.child.wait()).await.is_err() {
            complain(&format!("Portner did not stop within {} seconds and is killed", STOP_WITHIN.as_secs()));
            drop(self.child.kill().await);
        }
    }

    fn last_lines(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = printable(&String::from_utf8_lossy(&text));
        let lines: Vec<_> = text.lines().collect();
        lines.get(lines.len().saturating_sub(LAST_LINES_MAX)..).unwrap_or_default().join("\n")
    }
}

async fn until_well(fetch: &Fetch, health: &str) {
    let mut asks: u32 = 0;
    while !fetch.is_well(health).await {
        sleep(ASK_EVERY).await;
        asks = asks.saturating_add(1);
        if asks.is_multiple_of(ASKS_PER_SIGN_OF_LIFE) {
            say(&format!("waiting for {health}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::process::Command;

    use super::super::fetch::Fetch;
    use super::Serving;

    fn started(script: &str) -> (tempfile::TempDir, Serving) {
        let place = tempfile::tempdir().unwrap();
        let log = place.path().join("portner.log");
        let file = std::fs::File::create(&log).unwrap();
        let child = Command::new("sh").args(["-c", script]).stdout(file).kill_on_drop(true).spawn().unwrap();
        (place, Serving::new(child, log))
    }

    #[tokio::test]
    async fn a_death_is_told_with_the_last_lines_of_the_log() {
        let (_place, mut serving) = started("seq 1 100; echo the audit log is locked; exit 7");
        let fetch = Fetch::new().unwrap();
        let sentence = serving.wait_until_ready(&fetch, "http://127.0.0.1:1/").await.unwrap_err().to_string();
        assert!(
            sentence.contains("exit status: 7") && sentence.ends_with("the audit log is locked"),
            "{sentence}"
        );
        assert!(!sentence.contains("\n80\n"), "only the last lines: {sentence}");
    }

    #[tokio::test]
    async fn it_is_stopped_politely() {
        let (place, serving) =
            started("trap 'echo goodbye; exit 0' TERM; echo up; while :; do sleep 0.01; done");
        let log = place.path().join("portner.log");
        while std::fs::read_to_string(&log).unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        serving.stop().await;
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "up\ngoodbye\n");
    }
}
