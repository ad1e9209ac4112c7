//! A password hash on record, in one of the forms that are understood: Argon2id, which is what we make, and what
//! other systems bring along. Each has an upper limit on its work, so that no imported record can eat the machine.

use std::num::NonZeroU32;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Block, Params};
use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use super::{Cost, HashPoolError, MEMORY_KIB_MAX, PASSES_MAX, argon2id};

/// Longest hash on record, in bytes; the longest of ours has 97.
const RECORD_BYTES_MAX: usize = 512;
/// Most lanes of an Argon2id hash; they are computed one after the other.
const LANES_MAX: u32 = 8;
/// Highest cost of a bcrypt hash: about a second.
const BCRYPT_COST_MAX: u32 = 14;
/// Most iterations of a PBKDF2 hash: about a second.
const PBKDF2_ITERATIONS_MAX: u32 = 2_000_000;
/// Fewer are worth nothing as protection, and say that something else is in the field.
const PBKDF2_ITERATIONS_MIN: u32 = 1_000;
/// Shortest hash and shortest salt that say anything, in bytes.
const HASH_BYTES_MIN: usize = 16;
const HASH_BYTES_MAX: usize = 64;
const SALT_BYTES_MIN: usize = 8;

/// A password hash that can be verified. Never printed.
pub struct Record(Scheme);

enum Scheme {
    Argon2id { params: Params, salt: Vec<u8>, hash: Vec<u8> },
    Bcrypt(String),
    Pbkdf2 { algorithm: pbkdf2::Algorithm, iterations: NonZeroU32, salt: Vec<u8>, hash: Vec<u8> },
}

/// Why a text is no hash that can be put on record.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum UnusableHash {
    /// It is none of the schemes.
    #[error(
        "this is no hash that is understood: $argon2id$…, $2a$/$2b$/$2y$… (bcrypt), $pbkdf2-sha256$i=…, $pbkdf2-sha512$i=… or pbkdf2_sha256$…"
    )]
    UnknownScheme,
    /// It is one of them, and does not read as one.
    #[error("the hash is damaged or cut short")]
    Damaged,
    /// It would take more time or memory than a login may.
    #[error(
        "the hash takes too much work: at most m={MEMORY_KIB_MAX},t={PASSES_MAX},p={LANES_MAX} for argon2id, cost {BCRYPT_COST_MAX} for bcrypt, {PBKDF2_ITERATIONS_MAX} iterations for PBKDF2"
    )]
    TooMuchWork,
}

impl From<UnusableHash> for HashPoolError {
    fn from(_: UnusableHash) -> Self {
        Self::Unreadable
    }
}

impl Record {
    /// Read what is on record, or is to be.
    pub fn parse(text: &str) -> Result<Self, UnusableHash> {
        if text.len() > RECORD_BYTES_MAX {
            return Err(UnusableHash::Damaged);
        }
        let scheme = match text.trim_start_matches('$').split('$').next() {
            Some("argon2id") => of_argon2id(text)?,
            Some("2a" | "2b" | "2y") => of_bcrypt(text)?,
            Some("pbkdf2-sha256" | "pbkdf2-sha512") => of_pbkdf2(text)?,
            Some("pbkdf2_sha256" | "pbkdf2_sha512") => of_django(text)?,
            _ => return Err(UnusableHash::UnknownScheme),
        };
        Ok(Self(scheme))
    }

    /// One of our own.
    pub(super) fn made(params: Params, salt: &[u8], hash: &[u8]) -> Self {
        Self(Scheme::Argon2id { params, salt: salt.to_vec(), hash: hash.to_vec() })
    }

    /// What it is, for the log.
    pub fn scheme(&self) -> String {
        match &self.0 {
            Scheme::Argon2id { params, .. } => {
                format!("argon2id m={},t={},p={}", params.m_cost(), params.t_cost(), params.p_cost())
            }
            Scheme::Bcrypt(text) => format!("bcrypt {}", bcrypt_cost(text).unwrap_or_default()),
            Scheme::Pbkdf2 { iterations, .. } => format!("pbkdf2 i={iterations}"),
        }
    }

    /// Is this the password? Slow; only a worker asks.
    pub(super) fn fits(&self, password: &[u8], arena: &mut Vec<Block>) -> Result<bool, HashPoolError> {
        match &self.0 {
            Scheme::Argon2id { params, salt, hash } => {
                let mut found = vec![0; hash.len()];
                argon2id(params, password, salt, &mut found, arena)?;
                Ok(found.ct_eq(hash).into())
            }
            // As the systems did where such hashes come from: it looks at the first 72 bytes.
            Scheme::Bcrypt(text) => bcrypt::verify(password, text).map_err(|_| HashPoolError::Unreadable),
            Scheme::Pbkdf2 { algorithm, iterations, salt, hash } => {
                Ok(pbkdf2::verify(*algorithm, *iterations, salt, password, hash).is_ok())
            }
        }
    }

    pub(super) const fn is_worth_less_than(&self, cost: Cost) -> bool {
        match &self.0 {
            Scheme::Argon2id { params, .. } => {
                Cost { memory_kib: params.m_cost(), passes: params.t_cost() }.work() < cost.work()
            }
            Scheme::Bcrypt(_) | Scheme::Pbkdf2 { .. } => true,
        }
    }
}

fn of_argon2id(text: &str) -> Result<Scheme, UnusableHash> {
    let phc = PasswordHash::new(text).map_err(|_| UnusableHash::Damaged)?;
    let read = Params::try_from(&phc).map_err(|_| UnusableHash::Damaged)?;
    // Only the last version (RFC 9106) is computed here.
    let (Some(salt), Some(hash), Some(0x13)) = (phc.salt, phc.hash, phc.version) else {
        return Err(UnusableHash::Damaged);
    };
    if read.m_cost() > MEMORY_KIB_MAX || read.t_cost() > PASSES_MAX || read.p_cost() > LANES_MAX {
        return Err(UnusableHash::TooMuchWork);
    }
    let (salt, hash) = long_enough(salt.as_ref(), hash.as_bytes())?;
    let params = Params::new(read.m_cost(), read.t_cost(), read.p_cost(), Some(hash.len()));
    Ok(Scheme::Argon2id { params: params.map_err(|_| UnusableHash::Damaged)?, salt, hash })
}

fn of_bcrypt(text: &str) -> Result<Scheme, UnusableHash> {
    text.parse::<bcrypt::HashParts>().map_err(|_| UnusableHash::Damaged)?;
    match bcrypt_cost(text) {
        None => Err(UnusableHash::Damaged),
        Some(cost) if cost > BCRYPT_COST_MAX => Err(UnusableHash::TooMuchWork),
        Some(_) => Ok(Scheme::Bcrypt(text.to_owned())),
    }
}

fn bcrypt_cost(text: &str) -> Option<u32> {
    text.split('$').nth(2)?.parse().ok()
}

/// `$pbkdf2-sha256$i=600000,l=32$salt$hash`, as PHC strings are.
fn of_pbkdf2(text: &str) -> Result<Scheme, UnusableHash> {
    let phc = PasswordHash::new(text).map_err(|_| UnusableHash::Damaged)?;
    let (Some(salt), Some(hash)) = (phc.salt, phc.hash) else { return Err(UnusableHash::Damaged) };
    let iterations = phc.params.get_decimal("i").ok_or(UnusableHash::Damaged)?;
    let said = phc.params.get_decimal("l").and_then(|length| usize::try_from(length).ok());
    if said.is_some_and(|length| length != hash.len()) {
        return Err(UnusableHash::Damaged);
    }
    pbkdf2_with(phc.algorithm.as_str().ends_with("sha512"), iterations, salt.as_ref(), hash.as_bytes())
}

/// `pbkdf2_sha256$600000$salt$hash`, as Django writes them: the salt is its letters, the hash padded base64.
fn of_django(text: &str) -> Result<Scheme, UnusableHash> {
    let [algorithm, iterations, salt, hash] =
        text.split('$').collect::<Vec<_>>().try_into().map_err(|_| UnusableHash::Damaged)?;
    let iterations = iterations.parse().map_err(|_| UnusableHash::Damaged)?;
    let hash = STANDARD.decode(hash).map_err(|_| UnusableHash::Damaged)?;
    pbkdf2_with(algorithm.ends_with("sha512"), iterations, salt.as_bytes(), &hash)
}

fn pbkdf2_with(sha512: bool, iterations: u32, salt: &[u8], hash: &[u8]) -> Result<Scheme, UnusableHash> {
    let algorithm = if sha512 { pbkdf2::PBKDF2_HMAC_SHA512 } else { pbkdf2::PBKDF2_HMAC_SHA256 };
    if iterations > PBKDF2_ITERATIONS_MAX {
        return Err(UnusableHash::TooMuchWork);
    }
    let iterations = NonZeroU32::new(iterations).filter(|n| n.get() >= PBKDF2_ITERATIONS_MIN);
    let (salt, hash) = long_enough(salt, hash)?;
    Ok(Scheme::Pbkdf2 { algorithm, iterations: iterations.ok_or(UnusableHash::Damaged)?, salt, hash })
}

fn long_enough(salt: &[u8], hash: &[u8]) -> Result<(Vec<u8>, Vec<u8>), UnusableHash> {
    let fits = salt.len() >= SALT_BYTES_MIN && (HASH_BYTES_MIN..=HASH_BYTES_MAX).contains(&hash.len());
    if fits { Ok((salt.to_vec(), hash.to_vec())) } else { Err(UnusableHash::Damaged) }
}

#[cfg(test)]
mod tests;
