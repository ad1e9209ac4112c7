//! `portner init`: a new installation.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portner_directory::{make_setup_link, name_organisation};
use portner_domain::identity::Cvr;
use portner_domain::{Clock, Entropy, Level};
use portner_federation::keys::file;
use portner_saml::generate::{OwnKey, self_signed};
use zeroize::Zeroizing;

use crate::args::Init;
use crate::config::Config;
use crate::done;
use crate::node::{adopt_configured_key, current_database, database, log, operator};
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};
use crate::say::say;

/// Where the passphrase of the signing key is put, seen from the data folder.
const PASSPHRASE: &str = "keys/passphrase";

/// Questions that were answered.
struct Answers {
    data: PathBuf,
    public_url: String,
    organisation: String,
    cvr: Cvr,
}

/// `portner init`: make an installation, and print where it is and the link for the first administrator.
pub async fn init(wishes: &Init) -> Result<ExitCode, Problem> {
    let Made { file, link, passphrase } = make(wishes).await?;
    say(&format!("made {}", file.display()));
    say(&format!("start with: portner serve --config {}", file.display()));
    say(&format!(
        "the passphrase of the signing key is in {}; better kept apart from the key, as a",
        passphrase.display()
    ));
    say("systemd credential or on another disk: move it, and name its place in keys.passphrase_file");
    say("the first administrator's link works once, within an hour:");
    Ok(done(&link))
}

/// A new installation.
pub struct Made {
    /// Its configuration.
    pub file: PathBuf,
    /// The first administrator's link.
    pub link: String,
    /// Where the passphrase of the signing key is.
    pub passphrase: PathBuf,
}

/// Make configuration, keys and database.
pub async fn make(wishes: &Init) -> Result<Made, Problem> {
    let answers = answers(wishes)?;
    let file = answers.data.join("portner.toml");
    if file.exists() {
        return Err(Problem::new(format!("{} exists; choose another folder with --data", file.display())));
    }
    // A mistake in an answer is said before anything is there that the next try would stumble over.
    Config::check_draft(&configuration(wishes, &answers, &answers.data)?)?;
    private_folder(&answers.data)?;
    private_folder(&answers.data.join("keys"))?;
    let data = std::fs::canonicalize(&answers.data)
        .map_err(|error| Problem::file("the folder", &answers.data, &error))?;
    make_keys(&data, &answers.organisation)?;
    write_new(&file, configuration(wishes, &answers, &data)?.as_bytes())?;
    let config = Config::load(&file)?;
    database(&config).await?.migrate().await?;
    adopt_configured_key(&config, &log(current_database(&config).await?), operator()).await?;
    let link = first_administrator(&config, &answers).await?;
    Ok(Made { file, link, passphrase: data.join(PASSPHRASE) })
}

async fn first_administrator(config: &Config, answers: &Answers) -> Result<String, Problem> {
    let database = current_database(config).await?;
    let mut tx = log(database.clone()).begin(operator()).await?;
    name_organisation(&database, &mut tx, &answers.cvr, &answers.organisation).await?;
    let token = make_setup_link(&mut tx, &RealEntropy).await?;
    tx.commit().await?;
    let public = config.public().map_err(Problem::new)?;
    Ok(format!("{}/setup/{}", public.origin, token.expose()))
}

fn answers(wishes: &Init) -> Result<Answers, Problem> {
    let text = |given: &Option<String>, question: &str| match given {
        Some(given) => Ok(given.clone()),
        None => ask(question),
    };
    let cvr = match &wishes.cvr {
        Some(cvr) => cvr.clone(),
        None => ask("CVR number (eight digits)")?.parse()?,
    };
    Ok(Answers {
        data: wishes.data.clone().map_or_else(|| ask("Data folder").map(PathBuf::from), Ok)?,
        public_url: text(&wishes.public_url, "Public URL (https://login.example.dk)")?,
        organisation: text(&wishes.organisation, "Organisation")?,
        cvr,
    })
}

fn ask(question: &str) -> Result<String, Problem> {
    say(&format!("{question}:"));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    match answer.trim() {
        "" => Err(Problem::new(format!(
            "{question}: an answer is needed; `portner init --help` shows the flags"
        ))),
        answer => Ok(answer.to_owned()),
    }
}

fn make_keys(data: &Path, organisation: &str) -> Result<(), Problem> {
    let keys = data.join("keys");
    let secret = || {
        let mut secret = Zeroizing::new([0_u8; 32]);
        RealEntropy.fill(&mut *secret);
        Zeroizing::new(STANDARD.encode(*secret))
    };
    let (passphrase, signing) = (secret(), OwnKey::generate()?);
    write_new(&data.join(PASSPHRASE), passphrase.as_bytes())?;
    let sealed = file::sealed(signing.pkcs8(), passphrase.as_bytes(), &RealEntropy)?;
    write_new(&keys.join("signing.key"), sealed.as_bytes())?;
    let certificate = self_signed(&key_name(organisation), &signing, RealClock.now(), &RealEntropy)?;
    write_new(&keys.join("signing.crt"), certificate.as_bytes())?;
    for name in ["envelope.key", "audit.key"] {
        write_new(&keys.join(name), secret().as_bytes())?;
    }
    Ok(())
}

/// What certificates call our signing keys.
pub fn key_name(organisation: &str) -> String {
    format!("{organisation} - Portner")
}

fn configuration(wishes: &Init, answers: &Answers, data: &Path) -> Result<String, Problem> {
    let host = url::Url::parse(&answers.public_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let entity_id = match (&wishes.entity_id, host) {
        (Some(given), _) => given.clone(),
        (None, Some(host)) => format!("https://saml.{host}"),
        (None, None) => {
            return Err(Problem::new("the public URL has no host; write https://login.example.dk"));
        }
    };
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let optional = |key: &str, value: Option<String>| match value {
        Some(value) => format!("{key} = {}", quoted(&value)),
        None => format!("# {key} = \"\""),
    };
    let loopback =
        wishes.listen.parse::<std::net::SocketAddr>().is_ok_and(|address| address.ip().is_loopback());
    let level = |key: &str, level: Option<Level>| optional(key, level.map(|level| level.word().to_owned()));
    Ok(include_str!("portner.toml.in")
        .replace("@public_url@", &quoted(&answers.public_url))
        .replace("@entity_id@", &quoted(&entity_id))
        .replace("@organisation@", &quoted(&answers.organisation))
        .replace("@cvr@", &quoted(answers.cvr.as_str()))
        .replace("@support_name@", &quoted(&wishes.support_name))
        .replace("@support_phone@", &optional("phone", wishes.support_phone.clone()))
        .replace("@support_email@", &optional("email", wishes.support_email.clone()))
        .replace("@listen@", &quoted(&wishes.listen))
        .replace("@management@", &quoted(&wishes.management))
        .replace("@trusted@", if loopback { r#"["127.0.0.1/32", "::1/128"]"# } else { "[]" })
        .replace("@data@", &quoted(&data.display().to_string()))
        .replace("@scheme_level@", &level("scheme_level", wishes.scheme_level))
        .replace("@broker_level@", &level("broker_level", wishes.broker_level)))
}

fn private_folder(path: &Path) -> Result<(), Problem> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| Problem::file("the folder", path, &error))
}

/// A file that nobody else may read, and that was not there before.
fn write_new(path: &Path, content: &[u8]) -> Result<(), Problem> {
    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        });
    written.map_err(|error| Problem::file("the file", path, &error))
}
