//! `[password]`: what a password has to be, and what its hash costs.

use std::path::PathBuf;

use portner_authenticators::{
    Cost, HASH_MEMORY_KIB_MAX, HASH_PASSES_MAX, PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PasswordRules,
    RuleSettings,
};
use portner_domain::Millis;
use serde::Deserialize;

use super::Config;

/// Longest time, in days, for which a password that falls short of new rules may still be used.
const GRACE_DAYS_MAX: u64 = 365;
/// The same for one that is known from a breach.
const BREACHED_GRACE_DAYS_MAX: u64 = 30;

/// What a password has to be, and what its hash costs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Passwords {
    /// Fewest characters.
    pub chars_min: usize,
    /// Most characters.
    pub chars_max: usize,
    /// How many of somebody's last passwords a new one must differ from.
    pub history: u32,
    /// Days for which a password that falls short of new rules may still be used.
    pub grace_days: u64,
    /// Days for which one that is known from a breach may.
    pub breached_grace_days: u64,
    /// The organisation's own words, one on each line.
    pub words_file: Option<PathBuf>,
    /// Passwords known from breaches: SHA-1 in hexadecimal, ordered.
    pub breached_file: Option<PathBuf>,
    /// Memory of an Argon2id hash, in KiB.
    pub hash_memory_kib: u32,
    /// Its passes.
    pub hash_passes: u32,
}

impl Default for Passwords {
    fn default() -> Self {
        let Cost { memory_kib, passes } = Cost::DEFAULT;
        Self {
            chars_min: PASSWORD_CHARS_MIN,
            chars_max: PASSWORD_BYTES_MAX,
            history: 8,
            grace_days: 30,
            breached_grace_days: 7,
            words_file: None,
            breached_file: None,
            hash_memory_kib: memory_kib,
            hash_passes: passes,
        }
    }
}

impl Config {
    /// What a new password hash costs.
    pub const fn hash_cost(&self) -> Cost {
        Cost { memory_kib: self.password.hash_memory_kib, passes: self.password.hash_passes }
    }

    /// The rules for passwords, with their lists open.
    pub fn password_rules(&self) -> Result<PasswordRules, String> {
        let Passwords { chars_min, chars_max, history, .. } = self.password;
        let days = |days: u64| Millis::hours(days.saturating_mul(24));
        let file = |file: &Option<PathBuf>| file.as_ref().map(|file| self.storage.data.join(file));
        let settings = RuleSettings {
            chars_min,
            chars_max,
            history,
            grace: days(self.password.grace_days),
            breached_grace: days(self.password.breached_grace_days),
            organisation: self.organisation.name.clone(),
            words_file: file(&self.password.words_file),
            breached_file: file(&self.password.breached_file),
        };
        PasswordRules::open(settings).map_err(|error| format!("password.{error}"))
    }

    /// What is wrong with the section whatever is on the disk.
    pub(super) fn wrong_with_passwords(&self) -> Vec<String> {
        let Passwords { grace_days, breached_grace_days, .. } = self.password;
        let mut problems = Vec::new();
        if !self.hash_cost().is_sensible() {
            let Cost { memory_kib, passes } = self.hash_cost();
            problems.push(format!(
                "password.hash_memory_kib = {memory_kib} with password.hash_passes = {passes} is too weak or too dear; \
                 write at least 47104 with 1, 19456 with 2, 12288 with 3, 9216 with 4 or 7168 with 5 passes, and at \
                 most {HASH_MEMORY_KIB_MAX} with {HASH_PASSES_MAX}"
            ));
        }
        for (key, days, most) in [
            ("grace_days", grace_days, GRACE_DAYS_MAX),
            ("breached_grace_days", breached_grace_days, BREACHED_GRACE_DAYS_MAX),
        ] {
            if days > most {
                problems.push(format!("password.{key} = {days} is too long; write at most {most}"));
            }
        }
        problems
    }
}
