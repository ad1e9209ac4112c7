//! `portner user import-passwords`: password hashes from another system, which work until their owners log in once;
//! then they are made anew.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use portner_authenticators::ImportedHash;
use portner_directory::by_user_name;
use portner_domain::IdentityId;
use portner_domain::identity::UserName;
use zeroize::Zeroizing;

use crate::args::ImportPasswords;
use crate::config::Config;
use crate::done;
use crate::node::{Node, operator};
use crate::problem::Problem;

/// Largest file, in bytes: some three hundred thousand users.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Passwords bound in one transaction, which others wait for on SQLite.
const BATCH_PASSWORDS: usize = 500;
/// Most lines that are named when they can't be used.
const TOLD_LINES_MAX: usize = 20;

/// All of the file, or nothing of it: every line is read and looked up before the first is written.
pub async fn import(config: &Config, wishes: &ImportPasswords) -> Result<ExitCode, Problem> {
    let text = read(&wishes.hash_file)?;
    let node = Node::open(config, 1).await?;
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for (line, number) in text.lines().zip(1_u64..) {
        if line.trim().is_empty() {
            continue;
        }
        match understood(&node, wishes.user_name.as_ref(), line).await? {
            Ok(one) => found.push(one),
            Err(why) => wrong.push(format!("line {number}: {why}")),
        }
    }
    if wishes.user_name.is_some() && found.len() > 1 {
        wrong.push("there are several hashes for one user; give one".to_owned());
    }
    if !wrong.is_empty() {
        let lines: Vec<String> = wrong.iter().take(TOLD_LINES_MAX).cloned().collect();
        return Err(Problem::new(format!(
            "{} lines can't be used, and nothing was imported: {}",
            wrong.len(),
            lines.join("; ")
        )));
    }
    for batch in found.chunks(BATCH_PASSWORDS) {
        let mut tx = node.log.begin(operator()).await?;
        for (identity, hash) in batch {
            node.authenticators.bind_imported_password(&mut tx, *identity, hash).await?;
        }
        tx.commit().await?;
    }
    Ok(done(&format!("{} passwords are imported; none carries a level", found.len())))
}

/// A user name, a comma and a hash, which may have commas itself; or a hash alone, of the user who was named.
async fn understood(
    node: &Node,
    named: Option<&UserName>,
    line: &str,
) -> Result<Result<(IdentityId, ImportedHash), String>, Problem> {
    let (name, hash) = match (named, line.split_once(',')) {
        (Some(name), _) => (name.clone(), line),
        (None, Some((name, hash))) => match name.parse::<UserName>() {
            Ok(name) => (name, hash),
            Err(bad) => return Ok(Err(bad.to_string())),
        },
        (None, None) => return Ok(Err("write USER,HASH".to_owned())),
    };
    let hash = match ImportedHash::parse(hash.trim()) {
        Ok(hash) => hash,
        Err(unusable) => return Ok(Err(format!("{name}: {unusable}"))),
    };
    let identity = by_user_name(node.log.database(), &name).await?;
    Ok(identity.map(|identity| (identity.id, hash)).ok_or_else(|| format!("there is no user {name}")))
}

fn read(file: &Path) -> Result<Zeroizing<String>, Problem> {
    let cannot = |error: std::io::Error| Problem::file("the file of hashes", file, &error);
    let mut text = Zeroizing::new(String::new());
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(cannot)?
    } else {
        let open = std::fs::File::open(file).map_err(cannot)?;
        open.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(cannot)?
    };
    if u64::try_from(read).is_ok_and(|read| read <= FILE_BYTES_MAX) {
        return Ok(text);
    }
    Err(Problem::new(format!("the file of hashes has more than {FILE_BYTES_MAX} bytes; split it")))
}
