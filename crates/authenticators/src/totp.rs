//! Time-based one-time codes (RFC 6238): six digits, thirty seconds, SHA-1, which is what every app does.

use data_encoding::BASE32_NOPAD;
use portner_domain::{Entropy, Moment};
use subtle::ConstantTimeEq;
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

/// Bytes of a secret we make; also the least we accept (RFC 4226 4, R6 recommends 160 bits).
const SECRET_BYTES: usize = 20;
const SECRET_BYTES_MAX: usize = 64;
/// Steps before and after the present one whose codes are accepted: clocks drift.
const SKEW_STEPS: u64 = 1;

/// What an authenticator app and we both know. Never printed, except to its owner.
pub struct TotpSecret(Zeroizing<Vec<u8>>);

/// Something that can't be such a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a one-time code secret is {SECRET_BYTES} to {SECRET_BYTES_MAX} bytes in base32 (letters A-Z and digits 2-7)"
)]
pub struct BadSecret;

impl TotpSecret {
    /// A new one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut secret = Zeroizing::new(vec![0; SECRET_BYTES]);
        entropy.fill(&mut secret);
        Self(secret)
    }

    /// As people type it: spaces and case do not matter.
    pub fn from_base32(text: &str) -> Result<Self, BadSecret> {
        let text: Zeroizing<String> = Zeroizing::new(
            text.chars().filter(|c| !c.is_whitespace() && *c != '=').collect::<String>().to_uppercase(),
        );
        Self::from_bytes(&BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| BadSecret)?)
    }

    /// As it was sealed.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, BadSecret> {
        let fits = (SECRET_BYTES..=SECRET_BYTES_MAX).contains(&bytes.len());
        if fits { Ok(Self(Zeroizing::new(bytes.to_vec()))) } else { Err(BadSecret) }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// For its owner, in base32.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&self.0))
    }

    /// Which step's code is this? `None` if it is no code that is valid at `now`.
    pub fn step_of(&self, code: &str, now: Moment) -> Option<u64> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let totp = self.totp();
        let present = now.unix_seconds() / totp.step();
        let steps = present.saturating_sub(SKEW_STEPS)..=present.saturating_add(SKEW_STEPS);
        // All of them, and each whole: how long it takes says nothing about how much of a guess was right.
        let mut found = None;
        for step in steps {
            let expected = totp.generate(step.saturating_mul(totp.step())).to_string();
            if bool::from(expected.as_bytes().ct_eq(digits.as_bytes())) {
                found = found.or(Some(step));
            }
        }
        found
    }

    fn totp(&self) -> Totp {
        Builder::new().with_algorithm(Algorithm::SHA1).with_secret(self.0.to_vec()).build_noncompliant()
    }
}

#[cfg(test)]
mod tests {
    use portner_domain::Moment;

    use super::TotpSecret;

    /// RFC 6238, appendix B, the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_specification() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        let check = |seconds: i64, code| {
            assert_eq!(
                secret.step_of(code, Moment(seconds * 1_000)),
                Some(u64::try_from(seconds / 30).unwrap())
            );
        };
        check(59, "287082");
        check(1_111_111_109, "081804");
        check(1_111_111_111, "050471");
        check(1_234_567_890, "005924");
        check(2_000_000_000, "279 037");
    }

    #[test]
    fn a_code_is_good_one_step_early_and_one_late_and_no_more() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        let at = |seconds: i64| secret.step_of("287082", Moment(seconds * 1_000));
        assert_eq!([at(29), at(30), at(89)], [Some(1); 3]);
        assert_eq!(at(90), None, "two steps late");
    }

    #[test]
    fn t_totp_03_a_secret_has_at_least_160_bits() {
        assert!(TotpSecret::from_bytes(&[0; 19]).is_err());
        assert!(TotpSecret::from_base32("GEZDGNBVGY3TQOJQ").is_err());
        let typed = TotpSecret::from_base32("gezd gnbv gy3t qojq gezd gnbv gy3t qojq").unwrap();
        assert_eq!(typed.bytes(), b"12345678901234567890");
    }
}
