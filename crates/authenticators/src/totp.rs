//! Time-based one-time codes (RFC 6238). Apps show six digits for thirty seconds and use SHA-1, all of them; devices
//! say what they do in a [`CodeShape`].

use data_encoding::BASE32_NOPAD;
use portner_domain::{Entropy, Moment};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

/// Bytes of a secret we make; also the least we accept (RFC 4226 4, R6 recommends 160 bits).
const SECRET_BYTES: usize = 20;
const SECRET_BYTES_MAX: usize = 64;
/// Steps before and after the present one whose codes are accepted: clocks drift.
const SKEW_STEPS: u64 = 1;

/// What the codes of a device look like, and how they are made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CodeShape {
    /// Six or eight.
    pub digits: u8,
    /// How long a code is shown: 30 or 60 seconds.
    pub period_seconds: u64,
    /// The hash below the HMAC.
    pub algorithm: CodeAlgorithm,
}

/// The hash below the HMAC of a code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CodeAlgorithm {
    /// SHA-1, whose faults do not touch HMAC (RFC 4226, B.2).
    Sha1,
    /// SHA-256.
    Sha256,
}

impl CodeAlgorithm {
    /// The word for it in rows and seed files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }
}

impl std::str::FromStr for CodeAlgorithm {
    type Err = ();

    /// As seed files write it: `SHA1`, `sha-256`, `HMAC-SHA256`.
    fn from_str(word: &str) -> Result<Self, ()> {
        let word = word.trim().to_ascii_lowercase().replace('-', "");
        let word = word.strip_prefix("hmac").unwrap_or(&word);
        [Self::Sha1, Self::Sha256].into_iter().find(|one| one.word() == word).ok_or(())
    }
}

impl CodeShape {
    /// What every app does.
    pub const APP: Self = Self { digits: 6, period_seconds: 30, algorithm: CodeAlgorithm::Sha1 };

    /// Of a device; `None` for what no device we know of does.
    pub fn new(digits: u8, period_seconds: u64, algorithm: CodeAlgorithm) -> Option<Self> {
        let known = [6, 8].contains(&digits) && [30, 60].contains(&period_seconds);
        known.then_some(Self { digits, period_seconds, algorithm })
    }

    /// Has this the form of its codes?
    pub(crate) fn takes(self, typed: &str) -> bool {
        digits(typed, self).is_some()
    }

    /// The number of the step that a clock is in.
    pub fn step_at(self, at: Moment) -> u64 {
        at.unix_seconds() / self.period_seconds.max(1)
    }
}

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
        self.step_near(CodeShape::APP, code, CodeShape::APP.step_at(now))
    }

    /// The same for a clock that is now in the step `centre`.
    pub(crate) fn step_near(&self, shape: CodeShape, code: &str, centre: u64) -> Option<u64> {
        let typed = digits(code, shape)?;
        let codes = Codes::of(self, shape);
        found(window(centre, SKEW_STEPS).map(|step| (step, codes.is(step, &typed))))
    }

    /// The later of two steps in a row, near `centre`, that have these codes; the one nearest to it in the past or
    /// future, since what is learnt should be least surprising.
    pub(crate) fn pair_near(
        &self,
        shape: CodeShape,
        pair: [&str; 2],
        centre: u64,
        reach: u64,
    ) -> Option<u64> {
        let [first, second] = pair.map(|code| digits(code, shape));
        let (first, second) = (first?, second?);
        let codes = Codes::of(self, shape);
        let in_a_row = |step: u64| codes.is(step, &second) & codes.is(step.saturating_sub(1), &first);
        let mut steps: Vec<u64> = window(centre, reach).collect();
        steps.sort_by_key(|step| std::cmp::Reverse(step.abs_diff(centre)));
        found(steps.into_iter().map(|step| (step, in_a_row(step))))
    }
}

/// The codes of one secret.
struct Codes(Totp);

impl Codes {
    fn of(secret: &TotpSecret, shape: CodeShape) -> Self {
        let algorithm = match shape.algorithm {
            CodeAlgorithm::Sha1 => Algorithm::SHA1,
            CodeAlgorithm::Sha256 => Algorithm::SHA256,
        };
        let builder = Builder::new().with_algorithm(algorithm).with_digits(shape.digits);
        let builder = builder.with_step_duration(shape.period_seconds).with_secret(secret.0.to_vec());
        Self(builder.build_noncompliant())
    }

    /// Does the step have this code? In constant time (CWE-208).
    fn is(&self, step: u64, typed: &str) -> Choice {
        let shown = self.0.generate(step.saturating_mul(self.0.step())).to_string();
        shown.as_bytes().ct_eq(typed.as_bytes())
    }
}

/// What somebody typed, without the spaces they typed it with, if it has the form of such a code.
fn digits(typed: &str, shape: CodeShape) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let fits = digits.len() == usize::from(shape.digits) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then_some(digits)
}

fn window(centre: u64, reach: u64) -> std::ops::RangeInclusive<u64> {
    centre.saturating_sub(reach)..=centre.saturating_add(reach)
}

/// The last step that fits. All are looked at, and it takes as long whichever it is (CWE-208).
fn found(steps: impl Iterator<Item = (u64, Choice)>) -> Option<u64> {
    let (mut any, mut last) = (Choice::from(0), 0_u64);
    for (step, fits) in steps {
        any |= fits;
        last.conditional_assign(&step, fits);
    }
    bool::from(any).then_some(last)
}

#[cfg(test)]
mod tests {
    use portner_domain::Moment;

    use super::{CodeAlgorithm, CodeShape, TotpSecret};

    /// RFC 6238, appendix B: eight digits.
    #[test]
    fn codes_of_devices_are_those_of_the_specification() {
        let sha1 = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        let sha256 = TotpSecret::from_bytes(b"12345678901234567890123456789012").unwrap();
        let check = |secret: &TotpSecret, algorithm, seconds: i64, code| {
            let shape = CodeShape::new(8, 30, algorithm).unwrap();
            let step = shape.step_at(Moment(seconds * 1_000));
            assert_eq!(secret.step_near(shape, code, step), Some(step), "{code}");
            assert_eq!(secret.step_near(shape, code, step + 2), None, "{code}");
        };
        check(&sha1, CodeAlgorithm::Sha1, 59, "94287082");
        check(&sha256, CodeAlgorithm::Sha256, 59, "46119246");
        check(&sha1, CodeAlgorithm::Sha1, 20_000_000_000, "65353130");
        check(&sha256, CodeAlgorithm::Sha256, 20_000_000_000, "77737706");
    }

    /// What finds a step looks at every step and stops at none, and compares with `subtle`: nothing else in this file
    /// looks at a code.
    #[test]
    fn t_totp_02_every_step_of_the_window_is_compared_and_none_in_a_hurry() {
        use std::cell::Cell;

        use subtle::Choice;

        for right in 0..5_u64 {
            let looked_at = Cell::new(0);
            let steps = (0..5_u64).map(|step| {
                looked_at.set(looked_at.get() + 1);
                (step, Choice::from(u8::from(step == right)))
            });
            assert_eq!((super::found(steps), looked_at.get()), (Some(right), 5));
        }
        let (code, _) = include_str!("totp.rs").split_once("#[cfg(test)]").unwrap();
        assert_eq!(code.matches(".ct_eq(").count(), 1);
        for hasty in [".check(", "== typed", "generate(step) =="] {
            assert!(!code.contains(hasty), "{hasty}");
        }
    }

    #[test]
    fn a_device_has_six_or_eight_digits_for_half_a_minute_or_a_whole_one() {
        for (digits, period) in [(7, 30), (6, 15), (10, 60), (0, 30), (6, 0)] {
            assert_eq!(CodeShape::new(digits, period, CodeAlgorithm::Sha1), None);
        }
        for word in ["SHA1", "sha-1", "HMAC-SHA1"] {
            assert_eq!(word.parse(), Ok(CodeAlgorithm::Sha1));
        }
        assert_eq!("SHA512".parse::<CodeAlgorithm>(), Err(()));
    }

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
