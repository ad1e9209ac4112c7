//! Signed notes and the checkpoints in them: the formats of C2SP `signed-note` and `tlog-checkpoint`, which
//! tools of other logs read too.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::Error;
use crate::error::within;
use crate::tree::Hash;

/// The most a note may take.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;
/// The most signatures a note may have.
pub const NOTE_SIGNATURES_MAX: usize = 100;

/// The signature type of Ed25519 (C2SP signed-note, "Signature types").
const TYPE_ED25519: u8 = 1;
const PUBLIC_KEY_BYTES: usize = 32;
const KEY_ID_BYTES: usize = 4;

/// A key that vouches for notes, written `name+id+key`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifierKey {
    name: String,
    id: [u8; KEY_ID_BYTES],
    public: [u8; PUBLIC_KEY_BYTES],
}

impl VerifierKey {
    fn new(name: &str, public: [u8; PUBLIC_KEY_BYTES]) -> Result<Self, Error> {
        if !is_key_name(name) {
            return Err(Error::Secret("a key name is not empty and has neither spaces nor a plus sign"));
        }
        let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        context.update(name.as_bytes());
        context.update(&[b'\n', TYPE_ED25519]);
        context.update(&public);
        let mut id = [0; KEY_ID_BYTES];
        id.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
        Ok(Self { name: name.to_owned(), id, public })
    }

    /// The name; of a log, its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn accepts(&self, text: &str, signature: &Signature<'_>) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(text.as_bytes(), &signature.bytes).is_ok()
    }

    fn made(&self, signature: &Signature<'_>) -> bool {
        signature.name == self.name && signature.id == self.id
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = BASE64.encode([&[TYPE_ED25519], self.public.as_slice()].concat());
        write!(f, "{}+{}+{key}", self.name, hex::encode(self.id))
    }
}

impl FromStr for VerifierKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::Secret("a verifier key is written name+id+key");
        let (name, rest) = text.split_once('+').ok_or_else(malformed)?;
        let (id, key) = rest.split_once('+').ok_or_else(malformed)?;
        let key = BASE64.decode(key).map_err(|_| malformed())?;
        let Some((&TYPE_ED25519, public)) = key.split_first() else {
            return Err(Error::Secret("a verifier key is of type Ed25519"));
        };
        let key = Self::new(name, public.try_into().map_err(|_| malformed())?)?;
        // The identifier is compared as text: upper-case digits are another text.
        if hex::encode(key.id) == id {
            Ok(key)
        } else {
            Err(Error::Secret("a verifier key with another's id"))
        }
    }
}

/// Signs notes.
pub struct NoteSigner {
    pair: Ed25519KeyPair,
    key: VerifierKey,
}

impl NoteSigner {
    /// From the 32 secret bytes of an Ed25519 key (RFC 8032).
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, Error> {
        let unusable = |_| Error::Secret("an Ed25519 key that can't be used");
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(unusable)?;
        let public =
            pair.public_key().as_ref().try_into().map_err(|_| Error::Secret("not an Ed25519 key"))?;
        Ok(Self { pair, key: VerifierKey::new(name, public)? })
    }

    /// What others need to verify.
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The note over `text`, which ends in a newline.
    pub fn sign(&self, text: &str) -> String {
        let signature = [self.key.id.as_slice(), self.pair.sign(text.as_bytes()).as_ref()].concat();
        format!("{text}\n— {} {}\n", self.key.name, BASE64.encode(signature))
    }
}

/// The text of a note, if one of `keys` signed it. Signatures of other keys are passed over, as witnesses may
/// add theirs; a wrong signature by a key we know spoils the note.
pub fn open<'n>(note: &'n str, keys: &[VerifierKey]) -> Result<&'n str, Error> {
    let (text, signatures) = take_apart(note)?;
    let mut signed = false;
    for signature in &signatures {
        let Some(key) = keys.iter().find(|key| key.made(signature)) else { continue };
        if !key.accepts(text, signature) {
            return Err(Error::Secret("a signature is wrong"));
        }
        signed = true;
    }
    if signed { Ok(text) } else { Err(Error::Secret("no signature by a known key")) }
}

struct Signature<'n> {
    name: &'n str,
    id: [u8; KEY_ID_BYTES],
    bytes: Vec<u8>,
}

fn take_apart(note: &str) -> Result<(&str, Vec<Signature<'_>>), Error> {
    within("a note", note.len(), NOTE_BYTES_MAX)?;
    let malformed = || Error::Secret("not a signed note");
    if note.chars().any(|c| c < ' ' && c != '\n') {
        return Err(malformed());
    }
    // The last empty line separates; the text keeps its own newline.
    let at = note.rfind("\n\n").ok_or_else(malformed)?;
    let (text, rest) = note.split_at_checked(at + 1).ok_or_else(malformed)?;
    let lines = rest.strip_prefix('\n').and_then(|rest| rest.strip_suffix('\n')).ok_or_else(malformed)?;
    let signatures: Option<Vec<_>> =
        lines.split('\n').take(NOTE_SIGNATURES_MAX + 1).map(signature_line).collect();
    let signatures = signatures.filter(|found| found.len() <= NOTE_SIGNATURES_MAX).ok_or_else(malformed)?;
    Ok((text, signatures))
}

fn signature_line(line: &str) -> Option<Signature<'_>> {
    let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
    let decoded = BASE64.decode(encoded).ok()?;
    let (id, bytes) = decoded.split_first_chunk::<KEY_ID_BYTES>()?;
    (is_key_name(name) && !bytes.is_empty()).then(|| Signature { name, id: *id, bytes: bytes.to_vec() })
}

fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

/// What a log commits itself to: its first `size` events have this root.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many events.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

impl Checkpoint {
    /// As a signed note; the origin is the signer's name.
    pub fn sign(size: u64, root: Hash, signer: &NoteSigner) -> String {
        signer.sign(&format!("{}\n{size}\n{root}\n", signer.key().name()))
    }

    /// From a note, if one of `keys` signed it as the log it names.
    pub fn open(note: &str, keys: &[VerifierKey]) -> Result<Self, Error> {
        let checkpoint: Self = open(note, keys)?.parse()?;
        if keys.iter().any(|key| key.name() == checkpoint.origin) {
            Ok(checkpoint)
        } else {
            Err(Error::Secret("a checkpoint of another log"))
        }
    }
}

impl FromStr for Checkpoint {
    type Err = Error;

    /// Lines after the third are extensions that we have no use for.
    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || Error::Secret("not a checkpoint");
        let mut lines = text.strip_suffix('\n').ok_or_else(malformed)?.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(malformed());
        };
        let number: u64 = size.parse().map_err(|_| malformed())?;
        // "+5" and "05" are numbers too, but not sizes.
        if origin.is_empty() || number.to_string() != size || lines.any(str::is_empty) {
            return Err(malformed());
        }
        Ok(Self { origin: origin.to_owned(), size: number, root: root.parse().map_err(|_| malformed())? })
    }
}

#[cfg(test)]
mod tests {
    use super::{BASE64, Checkpoint, NoteSigner, VerifierKey, open};
    use crate::tree::leaf_hash;
    use base64::Engine as _;

    // The vectors of golang.org/x/mod/sumdb/note, where the format comes from.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const PETER_SECRET: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                        then you don't know what your problem is.\n";
    const SIGNED: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn peter() -> VerifierKey {
        PETER.parse().unwrap()
    }

    fn signer(name: &str, seed: u8) -> NoteSigner {
        NoteSigner::new(name, &[seed; 32]).unwrap()
    }

    #[test]
    fn the_published_note_is_opened_and_signed_alike() {
        assert_eq!(open(SIGNED, &[peter()]).unwrap(), TEXT);
        let seed = BASE64.decode(PETER_SECRET).unwrap()[1..].try_into().unwrap();
        let signer = NoteSigner::new("PeterNeumann", &seed).unwrap();
        assert_eq!(signer.key().to_string(), PETER);
        assert_eq!(signer.sign(TEXT), SIGNED);
    }

    #[test]
    fn no_part_and_no_change_of_a_verifier_key_is_one() {
        for from in 0..PETER.len() {
            for to in from..=PETER.len() {
                let part = &PETER[from..to];
                assert_eq!(part.parse::<VerifierKey>().is_ok(), part == PETER, "{part}");
            }
            let mut bytes = PETER.as_bytes().to_vec();
            bytes[from] += 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(changed.parse::<VerifierKey>().is_err(), "{changed}");
        }
        // A key that is too long, and a type we do not know, each with the right identifier.
        for bad in [
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
            "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
        }
    }

    #[test]
    fn no_character_of_a_note_can_be_changed_or_left_out() {
        for (at, c) in SIGNED.char_indices() {
            let after = &SIGNED[at + c.len_utf8()..];
            for instead in ["", "\u{1}", "~"] {
                let other = format!("{}{instead}{after}", &SIGNED[..at]);
                assert!(open(&other, &[peter()]).is_err(), "{at}: {other}");
            }
        }
    }

    #[test]
    fn signatures_of_others_are_passed_over_but_one_of_ours_is_needed() {
        let witness = signer("witness.example/w", 9);
        let cosigned = format!("{SIGNED}{}", witness.sign(TEXT).rsplit_once("\n\n").unwrap().1);
        assert_eq!(open(&cosigned, &[peter()]).unwrap(), TEXT);
        assert_eq!(open(&cosigned, &[witness.key().clone()]).unwrap(), TEXT);
        assert!(open(&cosigned, &[]).is_err());
        assert!(open(&cosigned, &[signer("witness.example/w", 8).key().clone()]).is_err());
        let line = SIGNED.rsplit_once("\n\n").unwrap().1;
        assert!(open(&format!("{TEXT}\n{}", line.repeat(101)), &[peter()]).is_err(), "too many");
    }

    #[test]
    fn a_checkpoint_has_one_form() {
        let (signer, root) = (signer("log.example/audit", 1), leaf_hash(b"x"));
        let keys = [signer.key().clone()];
        let note = Checkpoint::sign(7, root, &signer);
        let opened = Checkpoint::open(&note, &keys).unwrap();
        assert_eq!((opened.origin.as_str(), opened.size, opened.root), ("log.example/audit", 7, root));
        assert!(
            Checkpoint::open(&signer.sign(&format!("log.example/audit\n7\n{root}\nmore\n")), &keys).is_ok()
        );
        for text in [
            format!("log.example/audit\n07\n{root}\n"),
            format!("log.example/audit\n+7\n{root}\n"),
            format!("log.example/audit\n-7\n{root}\n"),
            format!("log.example/audit\n7\n{root}"),
            format!("log.example/audit\n7\n{root}\n\n"),
            format!("log.example/audit\n7\n{root}=\n"),
            "log.example/audit\n7\n".to_owned(),
            format!("other.example/audit\n7\n{root}\n"),
        ] {
            assert!(Checkpoint::open(&signer.sign(&text), &keys).is_err(), "{text}");
        }
    }
}
