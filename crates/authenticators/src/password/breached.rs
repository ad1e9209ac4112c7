//! Passwords that are known from breaches: a list on the disk, far too large to be read, in which one line is found
//! by halving.
//!
//! The list is the one commonly handed out: a line for each password, `HASH:COUNT`, ordered by the SHA-1 of the
//! password in hexadecimal. The hash says which passwords are meant and protects nothing; it is never stored.

use std::cmp::Ordering;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use zeroize::Zeroizing;

const HASH_CHARS: usize = 40;
const HASH_CHARS_U64: u64 = 40;
/// Longest line with its ending: a hash, a colon, a count.
const LINE_BYTES_MAX: usize = 64;
/// What is read at once when so little is left that halving it again saves nothing.
const BLOCK_BYTES: usize = 4096;
/// Places at which a list is looked at when it is opened.
const SAMPLES: u64 = 64;

/// An open list.
#[derive(Debug)]
pub struct BreachedList {
    file: File,
    bytes: u64,
}

/// Why a list can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BadList {
    /// It can't be read.
    #[error("it can't be read: {0}")]
    Unreadable(#[from] io::Error),
    /// A line is none.
    #[error(
        "at byte {at} there is no line of 40 hexadecimal digits, a colon and a number; the list of SHA-1 hashes ordered by hash is needed, unpacked"
    )]
    NotALine {
        /// Where.
        at: u64,
    },
    /// Lines are not in order.
    #[error("it is not ordered by hash (byte {at}); take the list that is ordered by hash, or sort it")]
    NotOrdered {
        /// Where.
        at: u64,
    },
}

/// A line, and where it begins.
struct Line {
    hash: [u8; HASH_CHARS],
    begins: u64,
}

impl BreachedList {
    /// Open a list, and look at it in some places: another format, or another order, would let everything pass.
    pub fn open(path: &Path) -> Result<Self, BadList> {
        let file = File::open(path)?;
        let list = Self { bytes: file.metadata()?.len(), file };
        let mut before = [0; HASH_CHARS];
        for sample in 0..SAMPLES {
            let from = u128::from(list.bytes) * u128::from(sample) / u128::from(SAMPLES);
            let Some(line) = list.line_after(u64::try_from(from).unwrap_or(list.bytes), list.bytes)? else {
                continue;
            };
            if line.hash < before {
                return Err(BadList::NotOrdered { at: line.begins });
            }
            before = line.hash;
        }
        if before == [0; HASH_CHARS] { Err(BadList::NotALine { at: 0 }) } else { Ok(list) }
    }

    /// Is this password on the list? Some thirty reads, most of them from the system's cache.
    pub fn holds(&self, password: &[u8]) -> Result<bool, BadList> {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, password);
        let wanted = Zeroizing::new(hex::encode_upper(hash.as_ref()));
        let wanted = wanted.as_bytes();
        // The line, if there is one, begins in from..to, and a line begins at `from`.
        let (mut from, mut to) = (0, self.bytes);
        while to.saturating_sub(from) > u64::try_from(BLOCK_BYTES).unwrap_or(u64::MAX) {
            let middle = from.midpoint(to);
            let Some(line) = self.line_after(middle, to)? else {
                to = middle;
                continue;
            };
            match line.hash.as_slice().cmp(wanted) {
                Ordering::Equal => return Ok(true),
                Ordering::Greater => to = middle,
                Ordering::Less => from = line.begins,
            }
        }
        // The last line that begins before `to` may end after it.
        let block = self.read(from, to.saturating_sub(from).saturating_add(HASH_CHARS_U64))?;
        Ok(block
            .split(|byte| *byte == b'\n')
            .any(|line| line.get(..HASH_CHARS).is_some_and(|hash| hash.eq_ignore_ascii_case(wanted))))
    }

    /// The first line that begins at or after `from` (the first of all, or one after a line break) and before `to`.
    fn line_after(&self, from: u64, to: u64) -> Result<Option<Line>, BadList> {
        let looked_from = from.saturating_sub(1);
        let block = self.read(looked_from, u64::try_from(2 * LINE_BYTES_MAX).unwrap_or(u64::MAX))?;
        let skipped = match from {
            0 => 0,
            _ => match block.iter().position(|byte| *byte == b'\n') {
                Some(at) => at.saturating_add(1),
                None if looked_from.saturating_add(length(&block)) >= self.bytes => return Ok(None),
                None => return Err(BadList::NotALine { at: from }),
            },
        };
        let begins = looked_from.saturating_add(u64::try_from(skipped).unwrap_or(u64::MAX));
        let line = block.get(skipped..).unwrap_or_default();
        if begins >= to || line.is_empty() {
            return Ok(None);
        }
        let hash = hash_of(line).ok_or(BadList::NotALine { at: begins })?;
        Ok(Some(Line { hash, begins }))
    }

    fn read(&self, from: u64, bytes: u64) -> Result<Vec<u8>, BadList> {
        let bytes = bytes.min(self.bytes.saturating_sub(from));
        let mut block = vec![0; usize::try_from(bytes).unwrap_or(BLOCK_BYTES)];
        self.file.read_exact_at(&mut block, from)?;
        Ok(block)
    }
}

fn length(block: &[u8]) -> u64 {
    u64::try_from(block.len()).unwrap_or(u64::MAX)
}

fn hash_of(line: &[u8]) -> Option<[u8; HASH_CHARS]> {
    let (hash, rest) = line.split_first_chunk::<HASH_CHARS>()?;
    let counted = rest.first() == Some(&b':') && rest.get(1).is_some_and(u8::is_ascii_digit);
    let hexadecimal = hash.iter().all(u8::is_ascii_hexdigit);
    (counted && hexadecimal).then(|| hash.map(|digit| digit.to_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
    use tempfile::NamedTempFile;

    use super::{BadList, BreachedList};

    fn file(lines: impl IntoIterator<Item = String>, ending: &str) -> NamedTempFile {
        let mut file = NamedTempFile::new().unwrap();
        for line in lines {
            write!(file, "{line}{ending}").unwrap();
        }
        file
    }

    fn lines(count: usize) -> Vec<String> {
        let hash =
            |n| hex::encode_upper(digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("password {n}").as_bytes()));
        let mut lines: Vec<String> =
            (0..count).map(|n| format!("{}:{}", hash(n), n * n * 31 % 100_000_000)).collect();
        lines.sort();
        lines
    }

    #[test]
    fn each_password_on_the_list_is_found_and_no_other() {
        for (count, ending) in [(1, "\n"), (2, "\r\n"), (97, "\n"), (5_000, "\r\n")] {
            let file = file(lines(count), ending);
            let list = BreachedList::open(file.path()).unwrap();
            for n in 0..count {
                assert!(list.holds(format!("password {n}").as_bytes()).unwrap(), "{n} of {count}");
                assert!(!list.holds(format!("passphrase {n}").as_bytes()).unwrap(), "{n} of {count}");
            }
        }
    }

    #[test]
    fn a_last_line_without_an_end_is_a_line() {
        let file = file([lines(3_000).join("\n")], "");
        let list = BreachedList::open(file.path()).unwrap();
        assert!((0..3_000).all(|n| list.holds(format!("password {n}").as_bytes()).unwrap()));
    }

    #[test]
    fn a_list_that_would_let_everything_pass_is_refused() {
        let check = |file: &NamedTempFile| BreachedList::open(file.path()).unwrap_err();
        assert!(matches!(check(&file(Vec::new(), "")), BadList::NotALine { at: 0 }));
        assert!(matches!(check(&file(["PK\u{3}\u{4}".repeat(100)], "")), BadList::NotALine { .. }));
        let ntlm = lines(100).into_iter().map(|line| line[8..].to_owned());
        assert!(matches!(check(&file(ntlm, "\n")), BadList::NotALine { .. }));
        let mut by_count = lines(1_000);
        by_count.reverse();
        assert!(matches!(check(&file(by_count, "\n")), BadList::NotOrdered { .. }));
        assert!(matches!(
            BreachedList::open(std::path::Path::new("/nowhere/list")).unwrap_err(),
            BadList::Unreadable(_)
        ));
    }

    #[test]
    fn damage_found_while_looking_is_an_error_and_not_a_no() {
        let whole = lines(2_000).join("\n");
        let file = file([whole.clone()], "");
        let list = BreachedList::open(file.path()).unwrap();
        std::fs::write(file.path(), "x".repeat(whole.len())).unwrap();
        assert!(list.holds(b"password 1").is_err());
        std::fs::write(file.path(), "").unwrap();
        assert!(matches!(list.holds(b"password 1"), Err(BadList::Unreadable(_))));
    }
}
