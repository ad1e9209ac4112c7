//! How much memory a process has resident, over time.

use std::fmt;
use std::time::Duration;

use portner_domain::{Clock, Moment};

use crate::problem::Problem;
use crate::real::RealClock;

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What was seen of it, in MiB.
pub struct Memory {
    status: String,
    seen: Vec<u64>,
}

impl Memory {
    /// Of this process.
    pub fn of(process: u32) -> Self {
        Self { status: format!("/proc/{process}/status"), seen: Vec::new() }
    }

    /// Look, until then.
    pub async fn watch_until(&mut self, end: Moment) -> Result<(), Problem> {
        while RealClock.now() < end {
            let text = std::fs::read_to_string(&self.status)
                .map_err(|error| Problem::file(std::path::Path::new(&self.status), &error))?;
            let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let kib =
                line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok());
            self.seen
                .push(kib.ok_or_else(|| Problem::new("the system does not say how much memory"))? / 1_024);
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at =
            |share: usize| self.seen.get(self.seen.len() * share / 10).or(self.seen.last()).unwrap_or(&0);
        write!(f, "{} MiB resident after a tenth of the time, {} after half, ", at(1), at(5))?;
        write!(f, "{} at the end, {} at most", at(10), self.seen.iter().max().unwrap_or(&0))
    }
}
