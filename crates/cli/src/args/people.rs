//! `portner import`, `export` and `scim`: people who come from elsewhere, and go there.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use portner_domain::FeedRunId;
use portner_domain::identity::{State, UserName};
use portner_domain::unit::Unit;

use super::Day;

/// People from registers of staff.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Put on record what a file of comma-separated values says.
    Csv(ImportCsv),
    /// Put on record what Active Directory or another directory says.
    Ldap(ImportLdap),
    /// The feeds of the configuration: how each goes, when it was read and when it will be.
    Status,
    /// The last runs, newest first: identifier, feed, state, when, what.
    Runs,
    /// Let a run that is held go on, when the same file is imported again.
    Approve {
        /// The run.
        run: FeedRunId,
    },
    /// A run that is held comes to nothing.
    Drop {
        /// The run.
        run: FeedRunId,
    },
}

/// What is on record, as a file.
#[derive(Debug, Subcommand)]
pub enum Export {
    /// People, without CPR numbers: comma-separated values that no spreadsheet takes for formulas.
    People(ExportPeople),
}

/// Which people, and where to.
#[derive(Args, Debug)]
pub struct ExportPeople {
    /// Those whose name, user name or address has words that begin so.
    #[arg(long, default_value = "")]
    pub name: String,
    /// Those of this unit and of what is below it; may be given several times.
    #[arg(long)]
    pub unit: Vec<Unit>,
    /// Those in this state: active, locked or ended.
    #[arg(long, value_parser = state)]
    pub state: Option<State>,
    /// The file to write, which is not there yet; standard output if absent.
    #[arg(long)]
    pub out: Option<PathBuf>,
}

fn state(word: &str) -> Result<State, &'static str> {
    word.parse().ok().filter(|state| *state != State::Erased).ok_or("write active, locked or ended")
}

/// A directory of people.
#[derive(Args, Debug)]
pub struct ImportLdap {
    /// What the source is called, in every identity that comes from it.
    #[arg(long)]
    pub feed: String,
    /// The file (TOML) that says which directory it is, and what its attributes mean.
    pub mapping: PathBuf,
    /// Read only what changed since the last run, where the directory can tell; nobody is stopped then.
    #[arg(long)]
    pub changed: bool,
    /// Only say what would happen.
    #[arg(long)]
    pub dry_run: bool,
    /// Answer in JSON.
    #[arg(long)]
    pub json: bool,
    /// Where to write the records that can't be used. [default: FEED.errors.csv in the current folder]
    #[arg(long)]
    pub errors: Option<PathBuf>,
}

/// A file of people.
#[derive(Args, Debug)]
pub struct ImportCsv {
    /// What the source is called, in every identity that comes from it.
    #[arg(long)]
    pub feed: String,
    /// The file (TOML) that says what the columns mean.
    #[arg(long)]
    pub mapping: PathBuf,
    /// The file.
    pub file: PathBuf,
    /// Only say what would happen.
    #[arg(long)]
    pub dry_run: bool,
    /// Answer in JSON.
    #[arg(long)]
    pub json: bool,
    /// Where to write the records that can't be used. [default: FILE.errors.csv in the current folder]
    #[arg(long)]
    pub errors: Option<PathBuf>,
}

/// Programs that feed the directory by SCIM.
#[derive(Debug, Subcommand)]
pub enum Scim {
    /// Who they are.
    #[command(subcommand)]
    Client(ScimClient),
}

/// Who may feed the directory by SCIM.
#[derive(Debug, Subcommand)]
pub enum ScimClient {
    /// Let one in, and print its token, once. One that was revoked or is over gets another token and keeps its people.
    Add {
        /// What it is called, in every identity that comes from it: small letters, digits and -.
        name: String,
        /// The day on which its token ends.
        #[arg(long)]
        until: Option<Day>,
        /// The authoritative source that it hands on, such as "payroll": whoever it registers is verified from there.
        #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
        employment_source: Option<String>,
    },
    /// All of them: name, state, since when and until when.
    List,
    /// Take the token of one back, at once. The people and groups stay.
    Revoke {
        /// What it is called.
        name: String,
    },
    /// Let one have somebody who was entered by hand: from now on it says what is on record of them.
    Adopt {
        /// What it is called.
        name: String,
        /// Who.
        #[arg(long)]
        user_name: UserName,
        /// What the client calls them.
        #[arg(long)]
        external_id: Option<String>,
    },
}
