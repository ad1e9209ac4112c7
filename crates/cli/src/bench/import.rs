//! `portner bench import`: how long it takes until so many people are on record, again when nothing differs,
//! and then until everybody is planned for MitID Erhverv.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use portner_audit_log::{Actor, Tx};
use portner_directory::feed::{Csv, Mapping, Outcome, Phase, Told, Watch};
use portner_domain::{Clock, IdentityId};
use portner_federation::strip;
use portner_saml::generate::rsa_2048;
use portner_saml::new_id;
use portner_sync::Liaison;
use portner_sync::plan::Survey;

use super::stage::wishes;
use crate::config::{Config, MitIdErhverv};
use crate::done;
use crate::feed::{importer, organisation};
use crate::init;
use crate::node::Node;
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};
use crate::say::say;

/// Each person with everything that a feed can say.
const MAPPING: &str = "load = \"full\"\nemployment_source = \"bench\"\n[columns]\nkey = \"key\"\n\
     user_name = \"user_name\"\nfirst_name = \"first_name\"\nlast_name = \"last_name\"\nemail = \"email\"\n\
     title = \"title\"\nunit = \"unit\"\ncpr = \"cpr\"\nnsis = \"nsis\"\ngroups = \"groups\"\n[groups]\nprefix = \"hr/\"\n\
     [constants]\ncvr = \"12345678\"\n";

/// Measure, in a folder of its own or in another database.
pub async fn measure(count: usize, database: Option<&str>) -> Result<ExitCode, Problem> {
    let folder = std::env::temp_dir().join(format!("portner-bench-{}", new_id(&RealEntropy)));
    let measured = measure_in(&folder, count, database).await;
    drop(std::fs::remove_dir_all(&folder));
    measured
}

async fn measure_in(folder: &Path, count: usize, database: Option<&str>) -> Result<ExitCode, Problem> {
    let mut config = Config::load(&init::make(&wishes(folder)).await?.file)?;
    if let Some(url) = database {
        config.storage.database = Some(url.to_owned());
        crate::node::migrate(&config).await?;
    }
    let node = Node::open(&config, 1).await?;
    organisation(&config, &node).await?;
    let file = folder.join("people.csv");
    write(&file, count).map_err(|error| Problem::file("the file of people", &file, &error))?;
    let before = resident_peak()?;
    for what in ["everybody is new", "nothing differs"] {
        let began = RealClock.now();
        import(&config, &node, &file).await?;
        let spent = RealClock.now().since(began).unwrap_or_default().0.max(1);
        let rate = u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(1_000) / spent;
        let seconds = spent / 100;
        say(&format!("{what:<16}  {count} people  {}.{} s  {rate} a second", seconds / 10, seconds % 10));
    }
    let liaison = liaison(&config, &node, folder)?;
    plan("nobody is there", &liaison).await?;
    liaison.danger_suppose_made().await?;
    plan("all are there", &liaison).await?;
    Ok(done(&format!("memory at most    {} MiB, {} before", resident_peak()? / 1024, before / 1024)))
}

/// Everybody is planned for, and nobody asked.
async fn plan(what: &str, liaison: &Liaison) -> Result<(), Problem> {
    let (before, began) = (resident_peak()?, RealClock.now());
    let Survey { identities, to_do, .. } = liaison.plan_all(|_| {}).await?;
    let tenths = RealClock.now().since(began).unwrap_or_default().0.max(1) / 100;
    let (seconds, tenth) = (tenths / 10, tenths % 10);
    let more = resident_peak()?.saturating_sub(before) / 1024;
    let plans = format!("{identities} plans, {to_do} with steps");
    say(&format!("{what:<16}  {plans}  {seconds}.{tenth} s  {more} MiB more"));
    Ok(())
}

/// What plans for MitID Erhverv, which has read nobody there.
fn liaison(config: &Config, node: &Node, folder: &Path) -> Result<Liaison, Problem> {
    let made = rsa_2048("mitid-erhverv.bench.example", RealClock.now(), &RealEntropy)?;
    let pem = folder.join("bench.pem");
    std::fs::write(&pem, [made.certificate_pem.as_bytes(), made.key_pem.as_bytes()].concat())?;
    let section: MitIdErhverv =
        toml::from_str(&format!("form = \"light-with-local-idp\"\ncertificate_file = {pem:?}"))?;
    crate::sync::liaison(config, &section, node, Actor::system("bench"))
}

async fn import(config: &Config, node: &Node, file: &Path) -> Result<(), Problem> {
    let mapping = Mapping::parse("bench", MAPPING)?;
    let mut source = Csv::new(&mapping, File::open(file)?)?;
    let importer = importer(config, node, file).await?;
    let strip = async |tx: &mut Tx, identity: IdentityId| strip(&node.authenticators, tx, identity).await;
    match importer.import(&mapping.feed, &mut source, &mut Silent, &strip).await? {
        Outcome::Applied(_, _, counts) if counts.failed == 0 => Ok(()),
        other => Err(Problem::new(format!("the import did not go as it should: {other:?}"))),
    }
}

struct Silent;

impl Watch for Silent {
    fn phase(&mut self, _: Phase) {}
    fn progress(&mut self, _: u64, _: u64) {}
    fn wrong(&mut self, _: &Told) {}
}

fn write(file: &Path, count: usize) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    writeln!(out, "key;user_name;first_name;last_name;email;title;unit;cpr;nsis;groups")?;
    for n in 0..count {
        let cpr = format!(
            "{:02}{:02}{:02}{:04}",
            n / 1_200_000 % 28 + 1,
            n / 100_000 % 12 + 1,
            n / 10_000 % 100,
            n % 10_000
        );
        writeln!(
            out,
            "{n};user{n};Anna {n};Andersen;user{n}@example.dk;Pædagog;Børn og Unge/Skole {};{cpr};ja;alle|skole{}",
            n % 100,
            n % 10
        )?;
    }
    out.flush()
}

/// The most memory this process ever had, in KiB (`man 5 proc`, `VmHWM`).
fn resident_peak() -> Result<u64, Problem> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok());
    number.ok_or_else(|| Problem::new("the system does not say how much memory was used"))
}
