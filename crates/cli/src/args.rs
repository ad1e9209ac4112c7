//! The command line.

mod people;
mod sp;
mod sync;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use portner_authenticators::device::Serial;
use portner_domain::identity::{Cvr, UserName};
use portner_domain::right::{Constraint, Group, Scope, Uri};
use portner_domain::role;
use portner_domain::unit::Unit;
use portner_domain::{Level, Moment, ProofingId};
use portner_federation::Edition;

pub use self::people::{Export, ExportPeople, Import, ImportCsv, ImportLdap, Scim, ScimClient};
pub use self::sp::{AddSp, Sp, TestLogin};
pub use self::sync::Sync;

/// Portner: a local identity provider with its user directory, for Danish organisations.
#[derive(Debug, Parser)]
#[command(name = "portner", version, about)]
pub struct Arguments {
    /// The configuration file.
    #[arg(long, global = true, env = "PORTNER_CONFIG", default_value = "portner.toml")]
    pub config: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new installation: configuration, keys, database, and a link for the first administrator.
    Init(Init),
    /// Answer logins until stopped.
    Serve,
    /// Say what is wrong with the configuration before anything starts.
    CheckConfig,
    /// Bring the database to this version.
    Migrate,
    /// Service providers.
    #[command(subcommand)]
    Sp(Sp),
    /// Users.
    #[command(subcommand)]
    User(User),
    /// Who administers: help desk, registrars, administrators, auditors.
    #[command(subcommand)]
    Role(Role),
    /// Devices that show one-time codes.
    #[command(subcommand)]
    Token(Token),
    /// Keys.
    #[command(subcommand)]
    Key(Key),
    /// The directory that knows the passwords of the local network.
    #[command(subcommand)]
    Directory(Directory),
    /// People from registers of staff.
    #[command(subcommand)]
    Import(Import),
    /// Programs that feed the directory by SCIM.
    #[command(subcommand)]
    Scim(Scim),
    /// MitID Erhverv: who is there, and what is done about it.
    #[command(subcommand)]
    Sync(Sync),
    /// What is on record, as a file.
    #[command(subcommand)]
    Export(Export),
    /// The audit log.
    #[command(subcommand)]
    Audit(Audit),
    /// Measure this machine: throughput per core beside the raw rate of the same run.
    #[command(subcommand)]
    Bench(Bench),
}

/// Wishes for a new installation. What is not given is asked for.
#[derive(Args, Debug)]
pub struct Init {
    /// The folder for configuration, keys and database.
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// Where browsers reach it: https://login.example.dk
    #[arg(long)]
    pub public_url: Option<String>,
    /// The organisation's name.
    #[arg(long)]
    pub organisation: Option<String>,
    /// The organisation's CVR number: eight digits.
    #[arg(long)]
    pub cvr: Option<Cvr>,
    /// Its name in the federation; can't be changed later. [default: saml. before the public host name]
    #[arg(long)]
    pub entity_id: Option<String>,
    /// Where to listen for the reverse proxy.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// Where to listen for health checks and metrics.
    #[arg(long, default_value = "127.0.0.1:8081")]
    pub management: String,
    /// Who helps people that can't log in.
    #[arg(long, default_value = "IT-service")]
    pub support_name: String,
    /// Their telephone number.
    #[arg(long)]
    pub support_phone: Option<String>,
    /// Their e-mail address.
    #[arg(long)]
    pub support_email: Option<String>,
    /// The NSIS level notified as an electronic identification scheme; none if not notified.
    #[arg(long)]
    pub scheme_level: Option<Level>,
    /// The NSIS level notified as an identity broker; none if not notified.
    #[arg(long)]
    pub broker_level: Option<Level>,
}

/// Users.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Register somebody.
    Add(AddUser),
    /// Invite somebody to choose a password and a second factor of their own. Prints a code, to be handed over.
    Invite(Invite),
    /// Record that somebody's identity was proofed just now.
    Proof(Proof),
    /// What is on record about somebody, and what level they can reach and why.
    Show(Named),
    /// Stop somebody from logging in, and end their sessions at once.
    Lock(Reasoned),
    /// Let somebody log in again.
    Unlock(Reasoned),
    /// End somebody's sessions at once. They may log in again.
    Logout(Reasoned),
    /// Look at somebody's attempts again, before the time that wrong ones have cost them.
    UnlockFactors(Reasoned),
    /// Give users the passwords that they have in another system, as its hashes: Argon2id, bcrypt or PBKDF2.
    ImportPasswords(ImportPasswords),
    /// Make somebody a member of a group.
    Join(Membership),
    /// End a membership.
    Leave(Membership),
    /// Give somebody a right, to be told to service providers.
    Grant(Entitlement),
    /// Take a right away: the one with exactly these constraints.
    Withdraw(Entitlement),
}

/// Roles.
#[derive(Debug, Subcommand)]
pub enum Role {
    /// Give somebody a role. Refused if they hold one that does not go with it.
    Grant(GrantRole),
    /// Take a role away.
    Withdraw(WithdrawRole),
    /// Who holds which role.
    List,
}

/// A role to be held.
#[derive(Args, Debug)]
pub struct GrantRole {
    /// What they log in with.
    #[arg(long)]
    pub user_name: UserName,
    /// Which: support, registrar, user-administrator, rights-administrator, sp-administrator, security-administrator,
    /// key-custodian or auditor.
    #[arg(long)]
    pub role: role::Role,
    /// For this part of the organisation only: names from the top down with / between them.
    #[arg(long)]
    pub unit: Option<Unit>,
    /// The day before which it ends, as 2027-01-31.
    #[arg(long)]
    pub until: Option<Day>,
}

/// A role to be held no more.
#[derive(Args, Debug)]
pub struct WithdrawRole {
    /// What they log in with.
    #[arg(long)]
    pub user_name: UserName,
    /// Which.
    #[arg(long)]
    pub role: role::Role,
    /// The part of the organisation that it is held for, if it is.
    #[arg(long)]
    pub unit: Option<Unit>,
}

/// Somebody to invite.
#[derive(Args, Debug)]
pub struct Invite {
    /// What they log in with.
    #[arg(long)]
    pub user_name: UserName,
    /// The proofing with which the code is handed over to them in person. What they bind is worth what it is worth;
    /// without one it is worth nothing.
    #[arg(long)]
    pub with_proofing: Option<ProofingId>,
    /// For how many hours the code works.
    #[arg(long, default_value_t = 48, value_parser = clap::value_parser!(u64).range(1..=48))]
    pub hours: u64,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

/// A proofing.
#[derive(Args, Debug)]
pub struct Proof {
    /// What they log in with.
    #[arg(long)]
    pub user_name: UserName,
    /// How: R1 register, R2 digital post, R3 private MitID at Substantial, R4 at High, R5 professional MitID at
    /// Substantial, R6 passport chip, R7 in person, R8 in person by two officers.
    #[arg(long, value_parser = ["R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8"])]
    pub route: String,
}

/// Devices that show one-time codes.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Enter the devices of a seed file into the stock: CSV (serial,secret[,period,digits,algorithm]) or PSKC.
    Import {
        /// The file. Destroy it afterwards.
        file: PathBuf,
        /// The key (hexadecimal) that an encrypted PSKC file opens with.
        #[arg(long)]
        key_file: Option<PathBuf>,
    },
    /// All of them: serial number, state, owner.
    List,
    /// One of them.
    Show {
        /// Its serial number.
        serial: Serial,
    },
    /// Give one from the stock to somebody.
    Assign {
        /// Its serial number.
        serial: Serial,
        /// Who gets it, by user name.
        user_name: UserName,
        /// The proofing with which it is handed over to them in person. Without one it carries no level.
        #[arg(long)]
        with_proofing: Option<ProofingId>,
    },
    /// Take one back into the stock, from whoever has it.
    Release {
        /// Its serial number.
        serial: Serial,
    },
    /// One is lost: it works no more, at once.
    Lost {
        /// Its serial number.
        serial: Serial,
    },
    /// One is not used any more.
    Retire {
        /// Its serial number.
        serial: Serial,
    },
    /// Learn the clock of one anew, from two codes that it showed one after the other.
    Resync {
        /// Its serial number.
        serial: Serial,
        /// What it showed.
        code: String,
        /// What it showed next.
        next_code: String,
    },
}

/// Somebody to register.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line, each read once")]
pub struct AddUser {
    /// What they log in with.
    #[arg(long)]
    pub user_name: UserName,
    /// First names.
    #[arg(long)]
    pub first_name: String,
    /// Surname.
    #[arg(long)]
    pub last_name: String,
    /// Work e-mail.
    #[arg(long)]
    pub email: Option<String>,
    /// How their identity was proofed: R1 register, R2 digital post, R3 private MitID at Substantial, R4 at High,
    /// R5 professional MitID at Substantial, R6 passport chip, R7 in person, R8 in person by two officers; or none.
    #[arg(long, value_parser = ["none", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8"], default_value = "none")]
    pub route: String,
    /// The authoritative source in which their employment was verified, such as "payroll".
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub employment_source: Option<String>,
    /// Read the password from standard input (its first line) instead of making one.
    #[arg(long)]
    pub password_stdin: bool,
    /// Give them no password here: they log in with that of the local network.
    #[arg(long, conflicts_with = "password_stdin")]
    pub no_password: bool,
    /// Read the one-time code secret, in base32, from standard input (its next line) instead of making one.
    #[arg(long)]
    pub totp_stdin: bool,
    /// Give them no one-time codes.
    #[arg(long, conflicts_with = "totp_stdin")]
    pub no_totp: bool,
    /// Give them neither, and invite them to choose for themselves. Prints a code, to be handed over; with a route it
    /// is handed over in person, and what they choose is worth what the proofing is worth.
    #[arg(long, conflicts_with_all = ["password_stdin", "no_password", "totp_stdin", "no_totp"])]
    pub invite: bool,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Somebody.
#[derive(Args, Debug)]
pub struct Named {
    /// What they log in with.
    #[arg(long)]
    pub user_name: UserName,
}

/// Somebody, and a reason.
#[derive(Args, Debug)]
pub struct Reasoned {
    /// What they log in with.
    #[arg(long)]
    pub user_name: UserName,
    /// Why, for the log.
    #[arg(long)]
    pub why: String,
}

/// Password hashes from another system.
#[derive(Args, Debug)]
pub struct ImportPasswords {
    /// Lines of USER,HASH; "-" is standard input. Nothing is imported if one of them can't be used.
    #[arg(long)]
    pub hash_file: PathBuf,
    /// The file is one line with this user's hash.
    #[arg(long)]
    pub user_name: Option<UserName>,
}

/// Somebody, and a group.
#[derive(Args, Debug)]
pub struct Membership {
    /// What they log in with.
    #[arg(long)]
    pub user_name: UserName,
    /// The name of the group.
    #[arg(long)]
    pub group: Group,
}

/// Somebody, and a right.
#[derive(Args, Debug)]
pub struct Entitlement {
    /// What they log in with.
    #[arg(long)]
    pub user_name: UserName,
    /// The URI of the privilege.
    #[arg(long)]
    pub privilege: Uri,
    /// Where it holds: cvr:12345678, production-unit:1234567890 or se-number:12345678.
    #[arg(long)]
    pub scope: Scope,
    /// Within which data, as NAME=VALUE; may be given several times.
    #[arg(long = "constraint")]
    pub constraints: Vec<Constraint>,
}

/// Keys.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// The keys, with states, fingerprints and dates, and the service providers pinned to them.
    List,
    /// Make the next signing key and publish it. It signs when it is activated.
    Next(NewKey),
    /// Make a key and print a request for a certificate around it, such as OCES3.
    Request(NewKey),
    /// Publish a certificate as the next signing key: of a key made with `request`, or brought with --key.
    Import {
        /// The certificate (PEM).
        #[arg(long)]
        certificate: PathBuf,
        /// Its private key (PEM, PKCS#8), if it was made elsewhere. It is kept under the passphrase.
        #[arg(long)]
        key: Option<PathBuf>,
    },
    /// Sign with the next key from now on.
    Activate {
        /// Only say what would happen, service provider by service provider.
        #[arg(long)]
        dry_run: bool,
        /// Even if it has been published for less than a day.
        #[arg(long)]
        force: bool,
    },
    /// Sign with the key before again.
    Rollback,
    /// Publish a key no more, for ever.
    Retire {
        /// Which: the beginning of its name. The one that is retiring, if there is only one.
        key: Option<String>,
        /// Even if service providers are pinned to it.
        #[arg(long)]
        force: bool,
    },
    /// Sign for one service provider with a key of its own.
    Pin {
        /// Its entityID.
        entity_id: String,
        /// Which key: the beginning of its name. The active one if absent.
        #[arg(long)]
        key: Option<String>,
        /// Until this day begins (UTC), such as 2027-03-01; until further notice if absent.
        #[arg(long)]
        until: Option<Day>,
    },
    /// Sign for a service provider as for everybody else.
    Unpin {
        /// Its entityID.
        entity_id: String,
    },
    /// A key may be in the wrong hands: make a new one that takes the place of all at once.
    Emergency(NewKey),
    /// Our metadata, as it is published or as it is uploaded.
    Metadata {
        /// upload, mitid-erhverv or kombit; signed and dated as it is published if absent.
        #[arg(long = "for", value_parser = edition, default_value = "")]
        edition: Edition,
        /// The file to write; standard output if absent.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

/// Where a new key is to be.
#[derive(Args, Debug)]
pub struct NewKey {
    /// In the token of [keys.pkcs11], which it never leaves; in a file under the passphrase if absent.
    #[arg(long)]
    pub in_token: bool,
}

/// The beginning of a day in UTC.
#[derive(Clone, Copy, Debug)]
pub struct Day(pub Moment);

impl std::str::FromStr for Day {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let begins = Moment::parse_xs_date_time(&format!("{text}T00:00:00Z"));
        begins.map(Self).ok_or("write a day like 2027-03-01")
    }
}

fn edition(word: &str) -> Result<Edition, &'static str> {
    Edition::of_word(word).ok_or("write upload, mitid-erhverv or kombit")
}

/// The directory that knows the passwords of the local network.
#[derive(Debug, Subcommand)]
pub enum Directory {
    /// Try every server step by step, from its name to the user's password, and say what to do where it fails.
    Test(TestUser),
}

/// Somebody to look for in the directory.
#[derive(Args, Debug)]
pub struct TestUser {
    /// What they log in with.
    pub user_name: UserName,
    /// Read their password from standard input (its first line), and try it at the first server that works.
    #[arg(long)]
    pub password: bool,
}

/// The audit log.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Check the whole log against its checkpoints, and name the first event that does not fit.
    Verify,
    /// Print events as lines of JSON, oldest first.
    Events {
        /// Only events of this kind.
        #[arg(long)]
        kind: Option<String>,
    },
}

/// Measurements.
#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Signed request in, signed and encrypted assertion out, with a live session.
    Sso {
        /// How many.
        #[arg(long, default_value_t = 20_000)]
        count: usize,
        /// How many at a time.
        #[arg(long, default_value_t = 64)]
        at_once: usize,
        /// Size of the signing key: 2048 or 3072.
        #[arg(long, default_value_t = 3072, value_parser = clap::value_parser!(u16).range(2048..=3072))]
        bits: u16,
        /// An empty database to use instead of a SQLite file: postgres://user@host/name
        #[arg(long)]
        database: Option<String>,
    },
    /// Password and one-time code, from the request to the assertion.
    Login {
        /// How many.
        #[arg(long, default_value_t = 400)]
        count: usize,
        /// How many at a time.
        #[arg(long, default_value_t = 16)]
        at_once: usize,
        /// At which share of what was measured, in percent, others arrive afterwards, to see how long they wait.
        #[arg(long, default_value_t = 70, value_parser = clap::value_parser!(u8).range(1..=100))]
        at: u8,
    },
    /// How long a wrong password takes to be refused, of somebody and of nobody: can they be told apart?
    Enum {
        /// How many attempts of each.
        #[arg(long, default_value_t = 1000)]
        count: usize,
    },
    /// How long it takes to import people, new and again, and with how much memory.
    Import {
        /// How many.
        #[arg(long, default_value_t = 100_000)]
        count: usize,
        /// An empty database to use instead of a SQLite file: postgres://user@host/name
        #[arg(long)]
        database: Option<String>,
    },
}
