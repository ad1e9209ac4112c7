//! How the installation is.

use super::OfficeFrame;
use crate::pages::{Content, Problem, page};
use crate::text::Language;

/// It.
#[derive(Clone, Debug)]
pub struct HealthPage<'a> {
    /// What stands around it.
    pub frame: &'a OfficeFrame,
    /// What somebody has to look at, as sentences.
    pub alarms: Vec<String>,
    /// The signing keys, as sentences.
    pub keys: Vec<String>,
    /// The newest signed checkpoint of the log.
    pub checkpoint: Option<&'a str>,
    /// The letters that wait, as a sentence.
    pub letters: String,
    /// The last runs of feeds, as sentences.
    pub runs: Vec<String>,
    /// What runs.
    pub version: &'a str,
}

page!(HealthPage<'a>, "office_health.html");

impl Content for HealthPage<'_> {
    fn heading(&self, say: Language) -> String {
        say.text("office-health-heading")
    }

    fn problems(&self, say: Language) -> Vec<Problem> {
        self.frame.problems(say)
    }
}
