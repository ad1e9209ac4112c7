//! How often something is tried, and how long the pauses are.

use std::time::Duration;

use portner_domain::{Entropy, Millis};

/// How a client repeats what may be repeated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pace {
    /// All in all.
    pub attempts: u32,
    /// The first pause at its longest; each of the next is twice as long.
    pub pause: Millis,
    /// None is longer.
    pub pause_max: Millis,
}

impl Default for Pace {
    fn default() -> Self {
        Self { attempts: 4, pause: Millis::seconds(2), pause_max: Millis::minutes(1) }
    }
}

impl Pace {
    /// After the attempt of this number, from nought: between a half and all of what is due, so that clients that failed
    /// together do not come back together.
    pub(super) fn pause(self, attempt: u32, entropy: &dyn Entropy) -> Duration {
        let due = self.pause.0.saturating_mul(1_u64.checked_shl(attempt).unwrap_or(u64::MAX));
        let due = due.min(self.pause_max.0);
        let mut dice = [0; 8];
        entropy.fill(&mut dice);
        let half = due / 2;
        Duration::from_millis(half + u64::from_le_bytes(dice) % (due - half + 1))
    }
}

#[cfg(test)]
mod tests {
    use portner_domain::{Entropy, Millis};

    use super::Pace;

    struct Always(u8);

    impl Entropy for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn pauses_grow_up_to_a_limit_and_are_never_all_the_same() {
        let pace = Pace { attempts: 9, pause: Millis(1_000), pause_max: Millis(6_000) };
        for (attempt, due) in
            [(0, 1_000), (1, 2_000), (2, 4_000), (3, 6_000), (63, 6_000), (64, 6_000), (u32::MAX, 6_000)]
        {
            for dice in [0, 1, 77, 255] {
                let pause = pace.pause(attempt, &Always(dice)).as_millis();
                assert!((due / 2..=due).contains(&pause), "{attempt}: {pause}");
            }
            assert_ne!(pace.pause(attempt, &Always(0)), pace.pause(attempt, &Always(77)));
        }
        assert!(Pace { pause: Millis(0), ..pace }.pause(0, &Always(255)).is_zero());
    }
}
