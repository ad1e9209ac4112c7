//! How an import goes, on standard error: what is being done, how fast, and how long it will take; and the file of
//! records that can't be used.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portner_directory::feed::{ErrorFile, Phase, Told, Watch};
use portner_domain::{Clock, Millis, Moment};

use crate::problem::Problem;

/// How often it is told.
const BETWEEN: Millis = Millis::seconds(2);

/// Tells the terminal, and writes the error file.
pub struct Telling {
    clock: Arc<dyn Clock>,
    path: PathBuf,
    errors: Option<ErrorFile<File>>,
    failure: Option<std::io::Error>,
    phase: &'static str,
    began: Moment,
    told: Moment,
    is_silent: bool,
}

impl Telling {
    /// With an error file there, once there is a record to write into it.
    pub fn new(clock: Arc<dyn Clock>, path: &Path) -> Self {
        let now = clock.now();
        let path = path.to_owned();
        Self { clock, path, errors: None, failure: None, phase: "", began: now, told: now, is_silent: false }
    }

    /// Only the error file.
    pub fn silent(clock: Arc<dyn Clock>, path: &Path) -> Self {
        Self { is_silent: true, ..Self::new(clock, path) }
    }

    /// The error file is whole.
    pub fn close(mut self) -> Result<(), Problem> {
        let closed = match self.errors.take() {
            Some(errors) => {
                if !self.is_silent {
                    tell(&format!("what could not be used is in {}", self.path.display()));
                }
                errors.close()
            }
            None => Ok(()),
        };
        let failed = |error| Problem::file("the error file", &self.path, &error);
        match self.failure {
            Some(failure) => Err(failed(failure)),
            None => closed.map_err(failed),
        }
    }

    fn write(&mut self, told: &Told) -> std::io::Result<()> {
        let mut errors = match self.errors.take() {
            Some(errors) => errors,
            None => ErrorFile::new(File::create(&self.path)?)?,
        };
        errors.tell(told)?;
        self.errors = Some(errors);
        Ok(())
    }
}

impl Watch for Telling {
    fn phase(&mut self, phase: Phase) {
        self.phase = match phase {
            Phase::Fetching => "asking the directory",
            Phase::Reading => "reading",
            Phase::Comparing => "comparing",
            Phase::Applying => "putting on record",
            Phase::Stopping => "stopping those who are not in it any more",
        };
        // What comparing found is found again; and what an earlier run found may be mended.
        if matches!(phase, Phase::Reading | Phase::Applying) {
            self.errors = None;
            let removed = std::fs::remove_file(&self.path);
            self.failure = removed.err().filter(|error| error.kind() != std::io::ErrorKind::NotFound);
        }
        (self.began, self.told) = (self.clock.now(), self.clock.now());
    }

    fn progress(&mut self, done: u64, of: u64) {
        let now = self.clock.now();
        if self.is_silent || now.since(self.told).is_none_or(|since| since < BETWEEN) {
            return;
        }
        self.told = now;
        let spent = now.since(self.began).unwrap_or_default().0.max(1);
        let rate = done.saturating_mul(1_000) / spent;
        let left = of.saturating_sub(done) / rate.max(1);
        let phase = self.phase;
        match of {
            0 => tell(&format!("{phase}: {done}, {rate} a second")),
            of => tell(&format!("{phase}: {done} of {of}, {rate} a second, {left} s left")),
        }
    }

    fn wrong(&mut self, told: &Told) {
        if self.failure.is_none() {
            self.failure = self.write(told).err();
        }
    }
}

fn tell(text: &str) {
    // Whoever closed the pipe does not want to know.
    drop(writeln!(std::io::stderr().lock(), "{text}"));
}
