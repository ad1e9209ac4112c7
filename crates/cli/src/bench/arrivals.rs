//! Logins that arrive at a fixed rate, whatever became of those before: how long somebody waits who comes when the
//! machine is as busy as that.

use std::sync::Arc;
use std::time::Duration;

use portner_domain::{Clock, Millis};

use crate::bench::as_f64;
use crate::bench::stage::Stage;
use crate::problem::Problem;
use crate::real::RealClock;
use crate::say::say;

/// What 99 of 100 logins may take at most (`docs/ARCHITECTURE.md` has the load they come in).
pub const P99_BUDGET: Millis = Millis(300);

/// How long logins took, from when each was due.
pub struct Waits(Vec<u64>);

impl Waits {
    /// Begin `work` so many times at this rate. A login that is begun late, because the machine was busy, has waited
    /// since it was due.
    pub async fn of<W, F>(stage: &Arc<Stage>, count: usize, per_second: f64, work: W) -> Result<Self, Problem>
    where
        W: Fn(Arc<Stage>, usize) -> F,
        F: Future<Output = Result<(), Problem>> + Send + 'static,
    {
        let began = RealClock.now();
        let mut logins = Vec::new();
        for n in 0..count {
            let after = Duration::from_secs_f64(as_f64(n as u64) / per_second.max(0.001));
            let due = began.plus(Millis(u64::try_from(after.as_millis()).unwrap_or(u64::MAX)));
            if let Some(wait) = due.since(RealClock.now()) {
                tokio::time::sleep(wait.as_duration()).await;
            }
            let login = work(Arc::clone(stage), n);
            logins.push(tokio::spawn(async move {
                login.await?;
                Ok::<u64, Problem>(RealClock.now().since(due).unwrap_or_default().0)
            }));
        }
        let mut waits = Vec::new();
        for login in logins {
            waits.push(login.await??);
        }
        waits.sort_unstable();
        Ok(Self(waits))
    }

    fn percentile(&self, percent: usize) -> u64 {
        let place = self.0.len().saturating_mul(percent).div_ceil(100).saturating_sub(1);
        self.0.get(place).copied().unwrap_or_default()
    }

    /// Say it, beside what it may be.
    pub fn say(&self, percent: u8, per_second: f64) {
        let (p50, p99) = (self.percentile(50), self.percentile(99));
        say(&format!(
            "at {percent} % of that        {per_second:8.1} logins arriving per second, {} in all",
            self.0.len()
        ));
        say(&format!("                       p50 {p50} ms, p99 {p99} ms of {} ms", P99_BUDGET.0));
    }
}

#[cfg(test)]
mod tests {
    use super::Waits;

    #[test]
    fn of_a_hundred_the_ninety_ninth_is_the_one_that_all_but_one_are_no_worse_than() {
        let waits = Waits((1..=100).collect());
        assert_eq!((waits.percentile(50), waits.percentile(99)), (50, 99));
        assert_eq!(Waits(vec![7]).percentile(99), 7);
        assert_eq!(Waits(Vec::new()).percentile(50), 0);
    }
}
