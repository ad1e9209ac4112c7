//! `portner sp …`: service providers.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use portner_domain::identity::UserName;

/// Service providers.
#[derive(Debug, Subcommand)]
pub enum Sp {
    /// Register one from its metadata, or replace what is registered under the same entityID.
    Add(AddSp),
    /// All of them: state, entityID, name, how its metadata is kept fresh, and when its first certificate ends.
    List,
    /// One of them, with its policy.
    Show {
        /// Its entityID.
        entity_id: String,
    },
    /// Give one another policy, and show what that changes.
    Policy {
        /// Its entityID.
        entity_id: String,
        /// The policy file.
        file: PathBuf,
    },
    /// What somebody would get there, and why not. Nothing is issued or written down.
    Test(TestLogin),
    /// Stop answering one.
    Disable {
        /// Its entityID.
        entity_id: String,
    },
    /// Answer one again.
    Enable {
        /// Its entityID.
        entity_id: String,
    },
    /// Fetch metadata that has an address now, of one or of all.
    Refresh {
        /// Its entityID.
        entity_id: Option<String>,
    },
    /// Fetched metadata that waits for approval, and what differs in it.
    Pending {
        /// Its entityID.
        entity_id: Option<String>,
    },
    /// Use the metadata that waits.
    Approve {
        /// Its entityID.
        entity_id: String,
        /// The SHA-256 that `pending` shows, so that what is used is what was seen.
        sha256: String,
    },
    /// Do not use the metadata that waits, nor ask about it again.
    Reject {
        /// Its entityID.
        entity_id: String,
    },
    /// The last messages of one that came to nothing, newest first, and what to do.
    Failures {
        /// Its entityID.
        entity_id: String,
        /// With the messages themselves.
        #[arg(long)]
        full: bool,
    },
}

/// A service provider to register, or new metadata of one.
#[derive(Args, Debug)]
pub struct AddSp {
    /// The metadata: a file, or the https address from which it is fetched henceforth.
    pub metadata: String,
    /// What it may know. Without it a registered one keeps its policy, and a new one gets the profile
    /// oiosaml3-professional.
    #[arg(long)]
    pub policy: Option<PathBuf>,
    /// The certificate (PEM) that has to sign its metadata henceforth.
    #[arg(long)]
    pub metadata_key: Option<PathBuf>,
    /// Its metadata need not be signed any more.
    #[arg(long, conflicts_with = "metadata_key")]
    pub without_metadata_key: bool,
    /// Forget the address: its metadata is brought by hand henceforth.
    #[arg(long)]
    pub by_hand: bool,
    /// Replace metadata although the new lowers security or leads elsewhere.
    #[arg(long)]
    pub accept_lowering: bool,
}

/// A login to work through.
#[derive(Args, Debug)]
pub struct TestLogin {
    /// The entityID of the service provider.
    pub entity_id: String,
    /// Who would log in.
    #[arg(long)]
    pub user_name: UserName,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}
