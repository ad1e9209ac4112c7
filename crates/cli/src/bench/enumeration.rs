//! How long a wrong password takes to be refused: of somebody, of nobody, of somebody who is locked, of somebody who
//! has none. Who can tell them apart with a watch can find out who works here.
//!
//! A measurement and not a test: what a busy machine does to it is no fault of the program. That the same work is
//! done for all four is tested without a watch.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use crate::bench::as_f64;
use crate::bench::browser::Browser;
use crate::bench::stage::{Stage, Terms};
use crate::problem::Problem;
use crate::say::say;

/// Attempts on one user name; more would be refused without being looked at.
const ATTEMPTS_EACH: usize = 4;
/// A difference that is smaller than this, in milliseconds, or than this share of the whole, is none.
const DIFFERENCE_MS_MAX: f64 = 1.0;
const DIFFERENCE_SHARE_MAX: f64 = 0.02;
/// Standard errors beyond which a difference is no accident: one run in sixteen thousand.
const ACCIDENT_ERRORS_MAX: f64 = 4.0;

/// Who is tried.
const NAMES: [(&str, &str); 4] = [
    ("somebody", "user"),
    ("nobody", "stranger"),
    ("somebody locked", "locked"),
    ("without a password", "bare"),
];

/// Try each so often, in turns, so that whatever else the machine does is shared by all.
pub async fn measure(count: usize) -> Result<ExitCode, Problem> {
    let users = count.div_ceil(ATTEMPTS_EACH);
    let stage = Arc::new(Stage::set(users, &Terms::default()).await?);
    stage.add_locked_and_bare(users).await?;
    let mut taken: [Vec<f64>; 4] = Default::default();
    for n in 0..count {
        for turn in 0..NAMES.len() {
            let who = (n + turn) % NAMES.len();
            let (Some((_, prefix)), Some(taken)) = (NAMES.get(who), taken.get_mut(who)) else { continue };
            // Everybody comes from an address of their own: what is measured is not the address's limit.
            let number = u32::try_from(n * NAMES.len() + turn).unwrap_or(u32::MAX);
            let from = SocketAddr::from((Ipv4Addr::from_bits(0x0A00_0000 | number), 40_000));
            let mut browser = Browser::coming_from(Arc::clone(&stage), from);
            let name = format!("{prefix}{}", n / ATTEMPTS_EACH);
            taken.push(browser.refused_after_ms(&stage.request_url()?, &name).await?);
        }
    }
    Ok(tell(&taken))
}

struct Sample {
    mean: f64,
    /// The square of the mean's standard error.
    error: f64,
}

impl Sample {
    fn of(values: &[f64]) -> Self {
        let count = as_f64(values.len().max(2) as u64);
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        Self { mean, error: variance / count }
    }
}

/// Welch's comparison of each with the first.
fn tell(taken: &[Vec<f64>; 4]) -> ExitCode {
    let [somebody, others @ ..] = taken;
    let first = Sample::of(somebody);
    say(&format!("{:22} {:8.2} ms to be refused, mean of {}", NAMES[0].0, first.mean, somebody.len()));
    let mut code = ExitCode::SUCCESS;
    for ((name, _), values) in NAMES.iter().skip(1).zip(others) {
        let sample = Sample::of(values);
        let difference = sample.mean - first.mean;
        let errors = difference.abs() / (sample.error + first.error).sqrt().max(f64::MIN_POSITIVE);
        let small =
            difference.abs() < DIFFERENCE_MS_MAX && difference.abs() < DIFFERENCE_SHARE_MAX * first.mean;
        let verdict = match (small, errors > ACCIDENT_ERRORS_MAX) {
            (true, _) => "the same",
            (false, false) => "no more than chance; measure more",
            (false, true) => {
                code = ExitCode::FAILURE;
                "TOLD APART"
            }
        };
        let mean = sample.mean;
        say(&format!(
            "{name:22} {mean:8.2} ms, {difference:+.2} ms ({errors:.1} standard errors): {verdict}"
        ));
    }
    code
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;

    use super::tell;

    #[test]
    fn a_difference_that_is_no_accident_is_told() {
        let around = |mean: f64| (0..1_000).map(|n| mean + f64::from(n % 7)).collect::<Vec<_>>();
        assert_eq!(tell(&[around(20.0), around(20.1), around(20.0), around(20.0)]), ExitCode::SUCCESS);
        assert_eq!(tell(&[around(20.0), around(2.0), around(20.0), around(20.0)]), ExitCode::FAILURE);
        let noisy = |mean: f64| (0..20).map(|n| mean + f64::from(n % 2) * 100.0).collect::<Vec<_>>();
        assert_eq!(tell(&[noisy(50.0), noisy(55.0), noisy(50.0), noisy(50.0)]), ExitCode::SUCCESS);
    }
}
