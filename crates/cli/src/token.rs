//! `portner token …`: devices that show one-time codes.

use std::path::Path;
use std::process::ExitCode;

use portner_authenticators::device::import::{SEED_FILE_BYTES_MAX, read};
use portner_authenticators::device::{CodeDevice, DeviceState, Serial};
use portner_domain::Clock;
use portner_domain::identity::UserName;
use portner_federation::standing_of_name;
use zeroize::Zeroizing;

use crate::args::Token;
use crate::config::Config;
use crate::done;
use crate::node::{Node, operator};
use crate::problem::Problem;
use crate::real::RealClock;
use crate::say::{printable, say};
use crate::user::invite::ceremony;
use crate::user::known;

/// Do what the command says.
pub async fn run(config: &Config, command: Token) -> Result<ExitCode, Problem> {
    let node = Node::open(config, 1).await?;
    match command {
        Token::Import { file, key_file } => import(&node, &file, key_file.as_deref()).await,
        Token::List => list(&node).await,
        Token::Show { serial } => show(&node, &serial).await,
        Token::Assign { serial, user_name, with_proofing } => {
            assign(&node, &serial, &user_name, with_proofing).await
        }
        Token::Release { serial } => release(&node, &serial, DeviceState::InStock).await,
        Token::Lost { serial } => release(&node, &serial, DeviceState::Lost).await,
        Token::Retire { serial } => release(&node, &serial, DeviceState::Retired).await,
        Token::Resync { serial, code, next_code } => {
            let mut tx = node.log.begin(operator()).await?;
            let codes = [code.as_str(), next_code.as_str()];
            let drift = node.authenticators.resync_code_device(&mut tx, &serial, codes).await??;
            tx.commit().await?;
            Ok(done(&format!("{serial} is {drift} steps ahead of this machine's clock")))
        }
    }
}

async fn import(node: &Node, file: &Path, key_file: Option<&Path>) -> Result<ExitCode, Problem> {
    let text = text_of(file)?;
    let key = match key_file {
        Some(file) => {
            let key = text_of(file)?;
            let wrong = |_| Problem::new(format!("{} is no key in hexadecimal", file.display()));
            Some(Zeroizing::new(hex::decode(key.trim()).map_err(wrong)?))
        }
        None => None,
    };
    let devices = read(&text, key.as_ref().map(|key| key.as_slice()))?;
    let mut tx = node.log.begin(operator()).await?;
    let new = node.authenticators.add_code_devices(&mut tx, &devices).await?;
    tx.commit().await?;
    let known = devices.len().saturating_sub(new);
    say(&format!("{new} devices entered; {known} were known and left as they are"));
    Ok(done(&format!(
        "destroy {} and every copy of it: whoever has it can show the same codes",
        file.display()
    )))
}

fn text_of(file: &Path) -> Result<Zeroizing<String>, Problem> {
    let size = std::fs::metadata(file).map_err(|error| Problem::file("the file", file, &error))?.len();
    if usize::try_from(size).map_or(true, |size| size > SEED_FILE_BYTES_MAX) {
        return Err(Problem::new(format!("{} is larger than 8 MiB; split it", file.display())));
    }
    let text = std::fs::read_to_string(file).map_err(|error| Problem::file("the file", file, &error))?;
    Ok(Zeroizing::new(text))
}

async fn list(node: &Node) -> Result<ExitCode, Problem> {
    let mut after: Option<Serial> = None;
    loop {
        let page = node.authenticators.code_devices(after.as_ref()).await?;
        let Some(last) = page.last() else { return Ok(ExitCode::SUCCESS) };
        after = Some(last.serial.clone());
        for device in page {
            say(&format!("{:<20} {:<9} {}", device.serial, device.state.word(), owner(&device)));
        }
    }
}

fn owner(device: &CodeDevice) -> String {
    device.user_name.as_deref().map(printable).unwrap_or_default()
}

async fn show(node: &Node, serial: &Serial) -> Result<ExitCode, Problem> {
    let Some(device) = node.authenticators.code_device(serial).await? else {
        return Err(Problem::new(format!("no device has the serial number {serial}")));
    };
    let shape = device.shape;
    say(&format!("serial   {}", device.serial));
    say(&format!("state    {}", device.state.word()));
    say(&format!("owner    {}", owner(&device)));
    say(&format!(
        "codes    {} digits, {} seconds, {}",
        shape.digits,
        shape.period_seconds,
        shape.algorithm.word()
    ));
    Ok(done(&format!("drift    {} steps, {} when it was last set", device.drift, device.drift_set)))
}

async fn assign(
    node: &Node,
    serial: &Serial,
    user_name: &UserName,
    with: Option<portner_domain::ProofingId>,
) -> Result<ExitCode, Problem> {
    let standing = known(standing_of_name(node.log.database(), user_name).await?, user_name)?;
    let ceremony = ceremony(&standing, with, RealClock.now())?;
    let mut tx = node.log.begin(operator()).await?;
    let bound =
        node.authenticators.assign_code_device(&mut tx, serial, standing.identity.id, ceremony).await??;
    tx.commit().await?;
    let level = bound.registered.map_or("no level", portner_domain::Level::word);
    Ok(done(&format!("{serial} belongs to {user_name} ({level})")))
}

async fn release(node: &Node, serial: &Serial, into: DeviceState) -> Result<ExitCode, Problem> {
    let mut tx = node.log.begin(operator()).await?;
    node.authenticators.release_code_device(&mut tx, serial, into).await??;
    tx.commit().await?;
    Ok(done(&format!("{serial} is {}; its codes are not accepted", into.word())))
}
