//! Recovery codes: ten codes on paper, each of which stands in for a lost device once.
//!
//! A code is 75 random bits in fifteen signs of Crockford's base32, so a plain hash of it can't be reversed; it is
//! hashed together with the set it belongs to. All ten are one authenticator, so a new set takes the place of the old.

use aws_lc_rs::digest::{SHA256, digest};
use portner_audit_log::{Event, Tx};
use portner_domain::authenticator::{Authenticator, Ceremony, Kind};
use portner_domain::{AuthenticatorId, Entropy, IdentityId};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Authenticators, Error, store};

/// Codes of a set.
pub const RECOVERY_CODES: usize = 10;
/// Signs of a code, of five bits each (NIST SP 800-63B-4, 3.1.2.1, asks for 64 bits).
pub const CODE_CHARS: usize = 15;
/// Signs that are read together.
const GROUP_CHARS: usize = 5;
/// Signs of the first half of a code that is handed out in two: whoever has one half still has 35 bits to guess.
const FIRST_HALF_CHARS: usize = 8;
/// Most signs that are looked at of what somebody typed.
const TYPED_CHARS_MAX: usize = 64;

/// Crockford's base32: no I, L, O or U, which are taken for 1, 1, 0 and V.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Fifteen signs that somebody has on paper: a recovery code, or an invitation. Never printed, except to its owner.
pub struct PaperCode(Zeroizing<String>);

impl PaperCode {
    /// A new one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0_u8; CODE_CHARS]);
        entropy.fill(&mut *bytes);
        let sign = |byte: &u8| ALPHABET.get(usize::from(byte & 31)).map(|sign| char::from(*sign));
        Self(Zeroizing::new(bytes.iter().filter_map(sign).collect()))
    }

    /// As people type it: case, spaces and hyphens do not matter, and what looks like a digit is one.
    pub fn typed(text: &str) -> Option<Self> {
        let mut code = Zeroizing::new(String::with_capacity(TYPED_CHARS_MAX));
        for sign in text.chars().take(TYPED_CHARS_MAX).filter(|sign| !sign.is_whitespace() && *sign != '-') {
            code.push(match sign.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            });
        }
        let fits = code.len() == CODE_CHARS && code.bytes().all(|sign| ALPHABET.contains(&sign));
        (fits && text.chars().count() <= TYPED_CHARS_MAX).then_some(Self(code))
    }

    /// For its owner, in groups.
    pub fn expose(&self) -> Zeroizing<String> {
        let groups: Vec<&str> =
            self.0.as_bytes().chunks(GROUP_CHARS).filter_map(|it| std::str::from_utf8(it).ok()).collect();
        Zeroizing::new(groups.join("-"))
    }

    /// In two halves, to reach its owner on two ways. Typed one after the other, they are the code.
    pub fn halves(&self) -> [Zeroizing<String>; 2] {
        let (first, second) = self.0.split_at_checked(FIRST_HALF_CHARS).unwrap_or((&self.0, ""));
        [first, second].map(|half| {
            let (start, end) = half.split_at_checked(half.len() / 2).unwrap_or((half, ""));
            Zeroizing::new(format!("{start}-{end}"))
        })
    }

    /// Under which it is on record, as part of something with a name of its own.
    pub fn hash(&self, part_of: &str) -> String {
        let text = Zeroizing::new(format!("{part_of}\0{}", *self.0));
        hex::encode(digest(&SHA256, text.as_bytes()))
    }
}

impl Authenticators {
    /// Give an identity a new set of recovery codes, to be shown once. An earlier set stops working.
    pub async fn bind_recovery_codes(
        &self,
        tx: &mut Tx,
        identity: IdentityId,
        ceremony: Ceremony,
    ) -> Result<(Authenticator, Vec<PaperCode>), Error> {
        let bound = self.new_authenticator(tx.now(), Kind::RecoveryCode, ceremony);
        let codes: Vec<_> = (0..RECOVERY_CODES).map(|_| PaperCode::generate(&*self.entropy)).collect();
        let hashes: Vec<_> = codes.iter().map(|code| hash(code, bound.id)).collect();
        // What the codes are verified against stands in a table of its own.
        let conn = self.bind(tx, identity, &bound, ceremony, "").await?;
        store::recovery::insert(conn, bound.id, &hashes).await?;
        Ok((bound, codes))
    }

    /// How many recovery codes somebody has left; `None` without a set.
    pub async fn recovery_codes_left(&self, identity: IdentityId) -> Result<Option<u64>, Error> {
        let db = self.log.database();
        let Some(bound) = store::bound(db, identity, Kind::RecoveryCode).await? else { return Ok(None) };
        let codes = store::recovery::of(db, bound.authenticator.id).await?;
        Ok(Some(left(&codes)))
    }

    /// Use a code up, in the transaction in which it is accepted. Of fifty who send it at once, one wins.
    pub(crate) async fn spend_recovery_code(
        tx: &mut Tx,
        (identity, set): (IdentityId, AuthenticatorId),
        number: i64,
        left: u64,
    ) -> Result<bool, Error> {
        let now = tx.now();
        let event = Event::RecoveryCodeUsed { authenticator: set, identity, left };
        store::recovery::spend(tx.write(event), set, number, now).await
    }
}

fn hash(code: &PaperCode, set: AuthenticatorId) -> String {
    code.hash(&format!("recovery-code/{set}"))
}

/// The number of this code in its set, used or not. Every code of the set is compared, and each in constant time.
pub(crate) fn number_of(
    code: &PaperCode,
    set: AuthenticatorId,
    codes: &[store::recovery::Code],
) -> Option<i64> {
    let typed = hash(code, set);
    let mut found = None;
    for code in codes {
        if bool::from(code.hash.as_bytes().ct_eq(typed.as_bytes())) {
            found = Some(code.number);
        }
    }
    found
}

/// How many of them still work.
pub(crate) fn left(codes: &[store::recovery::Code]) -> u64 {
    u64::try_from(codes.iter().filter(|code| !code.used).count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use portner_audit_log::testing::TestEntropy;

    use super::{ALPHABET, PaperCode};

    #[test]
    fn a_code_is_read_as_people_write_it() {
        let code = PaperCode::typed("0123A-BCDEF-GHJK1").unwrap();
        for spelling in ["0123abcdefghjk1", " o123A BCDEF ghjkL ", "O123A-bcdef-GHJKi"] {
            assert_eq!(PaperCode::typed(spelling).unwrap().expose(), code.expose(), "{spelling}");
        }
        for wrong in
            ["", "0123A-BCDEF-GHJK", "0123A-BCDEF-GHJKMN", "0123A-BCDEF-GHJKU", "123456", "æ123A-BCDEF-GHJK"]
        {
            assert!(PaperCode::typed(wrong).is_none(), "{wrong}");
        }
        assert!(PaperCode::typed(&format!("0123ABCDEFGHJK1{}", " ".repeat(100))).is_none());
    }

    #[test]
    fn two_halves_one_after_the_other_are_the_code() {
        let code = PaperCode::typed("0123A-BCDEF-GHJK1").unwrap();
        let [first, second] = code.halves();
        assert_eq!((first.as_str(), second.as_str()), ("0123-ABCD", "EFG-HJK1"));
        let typed = format!("{} {}", *first, second.to_lowercase());
        assert_eq!(PaperCode::typed(&typed).unwrap().expose(), code.expose());
        assert!([first, second].iter().all(|half| PaperCode::typed(half).is_none()));
    }

    #[test]
    fn a_code_has_75_bits_and_no_two_are_the_same() {
        let entropy = TestEntropy::new(1);
        let codes: std::collections::BTreeSet<String> =
            (0..1000).map(|_| PaperCode::generate(&entropy).expose().to_string()).collect();
        assert_eq!(codes.len(), 1000);
        assert!(codes.iter().all(|code| code.len() == 17 && PaperCode::typed(code).is_some()));
        let used: std::collections::BTreeSet<u8> = codes.iter().flat_map(|code| code.bytes()).collect();
        assert_eq!(used.len(), ALPHABET.len() + 1, "every sign, and the hyphen");
    }
}
