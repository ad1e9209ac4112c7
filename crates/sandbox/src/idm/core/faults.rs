//! Bad weather: what the real service does on some nights, as often as it is told to, and the same for the same seed.

use std::collections::{BTreeMap, VecDeque};

use aws_lc_rs::digest::{SHA256, digest};
use portner_domain::Millis;
use serde::{Deserialize, Serialize};

use super::route::Operation;

/// The longest that an answer may be kept back.
const DELAY_MAX: Millis = Millis::minutes(10);

/// Values that look random and come again with the same seed.
#[derive(Clone, Debug)]
pub struct Sequence {
    seed: u64,
    drawn: u64,
}

impl Sequence {
    /// From its beginning.
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next 256 bits.
    pub fn bytes(&mut self) -> [u8; 32] {
        let input = [self.seed.to_be_bytes(), self.drawn.to_be_bytes()].concat();
        self.drawn = self.drawn.wrapping_add(1);
        digest(&SHA256, &input).as_ref().try_into().unwrap_or_default()
    }

    /// The next UUID.
    pub fn uuid(&mut self) -> String {
        let mut first = [0; 16];
        first.copy_from_slice(self.bytes().first_chunk::<16>().unwrap_or(&[0; 16]));
        uuid::Builder::from_random_bytes(first).into_uuid().to_string()
    }

    /// The next number below `bound`; 0 if there is none.
    pub fn below(&mut self, bound: u64) -> u64 {
        let bytes = self.bytes();
        let number = u64::from_be_bytes(*bytes.first_chunk::<8>().unwrap_or(&[0; 8]));
        number.checked_rem(bound).unwrap_or(0)
    }
}

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// 503, and nothing was done.
    Unavailable,
    /// 500 with the sentence that says nothing, and nothing was done.
    Internal,
    /// 429 with `Retry-After`, and nothing was done.
    RateLimit,
    /// The connection ends, and nothing was done.
    DropBefore,
    /// The connection ends without an answer to what was done.
    DropAfter,
    /// A token is over before its time.
    TokenExpiry,
    /// A change collides with another one that nobody sees.
    Optimistic,
    /// A search finds nobody.
    EmptySearch,
    /// A search answers 200 with a page.
    HtmlSearch,
    /// A search takes long.
    SlowSearch,
}

impl Fault {
    fn befalls(self, operation: Option<&Operation>) -> bool {
        match self {
            Self::SlowSearch | Self::EmptySearch | Self::HtmlSearch => {
                operation.is_some_and(Operation::lists)
            }
            Self::Optimistic => operation.is_some_and(Operation::changes_identity),
            Self::TokenExpiry => operation.is_some_and(|operation| *operation != Operation::Authenticate),
            _ => true,
        }
    }
}

/// What `POST /faults` says. What it leaves out is fair weather.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Forecast {
    /// What the dice are thrown with.
    pub seed: u64,
    /// How often each goes wrong: from 0 to 1.
    pub probability: BTreeMap<Fault, f64>,
    /// What goes wrong next, one call each: a fault waits for a call that it can befall.
    pub next: VecDeque<Fault>,
    /// The least and the most that an answer is kept back.
    pub latency_ms: [u64; 2],
    /// The same for a slow search.
    pub slow_search_ms: [u64; 2],
}

impl Forecast {
    /// What is known of ordinary nights: slow searches, some 503, now and then a lost connection or a page.
    pub fn realistic(seed: u64) -> Self {
        let often = [
            (Fault::Unavailable, 0.02),
            (Fault::DropBefore, 0.005),
            (Fault::Optimistic, 0.01),
            (Fault::SlowSearch, 1.0),
            (Fault::HtmlSearch, 0.01),
        ];
        Self {
            seed,
            probability: BTreeMap::from(often),
            next: VecDeque::new(),
            latency_ms: [50, 300],
            slow_search_ms: [5_000, 60_000],
        }
    }

    /// What is wrong with it, if anything.
    pub fn mistake(&self) -> Option<&'static str> {
        if !self.probability.values().all(|often| (0.0..=1.0).contains(often)) {
            return Some("a probability is a number from 0 to 1");
        }
        let fits = |[least, most]: [u64; 2]| least <= most && most <= DELAY_MAX.0;
        let fit = fits(self.latency_ms) && fits(self.slow_search_ms);
        (!fit).then_some("a delay is [least, most] in milliseconds, at most ten minutes")
    }
}

/// The weather as it goes on.
#[derive(Clone, Debug)]
pub struct Weather {
    forecast: Forecast,
    dice: Sequence,
}

impl From<Forecast> for Weather {
    /// From its beginning.
    fn from(forecast: Forecast) -> Self {
        Self { dice: Sequence::new(forecast.seed), forecast }
    }
}

impl Weather {
    /// What it is made from.
    pub fn forecast(&self) -> &Forecast {
        &self.forecast
    }

    /// What goes wrong with a call, if anything. The first that strikes is the only one.
    pub fn strike(&mut self, operation: Option<&Operation>) -> Option<Fault> {
        if self.forecast.next.front().is_some_and(|fault| fault.befalls(operation)) {
            return self.forecast.next.pop_front();
        }
        for (fault, often) in &self.forecast.probability {
            if *often > 0.0 && fault.befalls(operation) && thrown(&mut self.dice) < *often {
                return Some(*fault);
            }
        }
        None
    }

    /// How long the answer is kept back.
    pub fn delay(&mut self, fault: Option<Fault>) -> Millis {
        let slow = fault == Some(Fault::SlowSearch);
        let [least, most] = if slow { self.forecast.slow_search_ms } else { self.forecast.latency_ms };
        if most == 0 {
            return Millis(0);
        }
        Millis(least.saturating_add(self.dice.below(most.saturating_sub(least).saturating_add(1))))
    }
}

/// From 0 to 1, without 1.
fn thrown(dice: &mut Sequence) -> f64 {
    const STEPS: u32 = 1_000_000;
    let step = u32::try_from(dice.below(u64::from(STEPS))).unwrap_or(0);
    f64::from(step) / f64::from(STEPS)
}
