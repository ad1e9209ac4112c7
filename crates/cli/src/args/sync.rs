//! `portner sync …`: MitID Erhverv.

use clap::Subcommand;
use portner_domain::identity::UserName;
use uuid::Uuid;

/// MitID Erhverv: who is there, and what is done about it.
#[derive(Debug, Subcommand)]
pub enum Sync {
    /// How it goes: what is done, what waits, and what went wrong last.
    Status,
    /// Read who is there. Nothing is said.
    Read {
        /// Only the list, and what is needed to find out who somebody is.
        #[arg(long)]
        list_only: bool,
    },
    /// What would be done, and what a person has to look at, from what was last read. Nothing is asked.
    Plan {
        /// As JSON: an object for each identity, one on a line, and what they add up to.
        #[arg(long)]
        json: bool,
    },
    /// Read, and do what is planned. `portner serve` does so by itself once it is live.
    Apply {
        /// These may lose their login though they are many: the sum that a held run shows.
        #[arg(long)]
        approve: Option<String>,
    },
    /// Those who are held may lose their login within a day: the sum that a held run shows.
    Approve {
        /// The sum.
        digest: String,
    },
    /// Begin to do what is planned, or go on.
    Live,
    /// Read and plan only.
    DryRun,
    /// Do nothing at all.
    Pause,
    /// A user here and an identity there are one: for those that the plan names as candidates.
    Tie {
        /// Who here.
        user_name: UserName,
        /// Which there.
        employee: Uuid,
    },
    /// A user here is not that identity there. Nothing is said there.
    Untie {
        /// Who.
        user_name: UserName,
    },
}
