//! What several callers ask at the same moment is asked in one statement: the price of a round trip is shared,
//! as group commit shares the price of a flush.
//!
//! An answer is never older than its question: a statement begins after every question in it was put.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use portner_domain::Millis;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool};
use tokio::sync::{mpsc, oneshot};

use crate::Error;

/// How many questions one statement answers.
pub const GATHERED_MAX: usize = 64;

/// How many questions may wait: more than a node has requests in progress.
const WAITING_MAX: usize = 8_192;

/// A statement that takes longer has failed, and is not to hold up those behind it.
const ANSWER_WITHIN: Millis = Millis::seconds(5);

/// How long a connection is kept that nobody asks: longer than between two statements of a busy node, and not so long
/// that whoever closes the pool waits for it.
const KEPT: Millis = Millis(100);

/// A place to ask. Cheap to clone; the task behind it ends with the last handle.
#[derive(Debug)]
pub struct Gather<Q, A> {
    queue: mpsc::Sender<Asked<Q, A>>,
}

struct Asked<Q, A> {
    question: Q,
    answer: oneshot::Sender<Result<A, Error>>,
}

impl<Q, A> Clone for Gather<Q, A> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

/// A connection of a pool, for one statement. Whoever hands it back lets the next statement have it: a pool would ask
/// it first whether it still works, which costs as much as a small statement.
pub type Lent = PoolConnection<Any>;

impl<Q: Send + 'static, A: Send + 'static> Gather<Q, A> {
    /// Start, on a Tokio runtime, with a function that answers up to [`GATHERED_MAX`] questions on a connection of
    /// `pool`: as many answers, in their order. While it is asked again and again it keeps one connection, unless the
    /// pool has no other.
    pub fn over<F, Answers>(pool: AnyPool, answer_all: F) -> Self
    where
        F: Fn(Lent, Vec<Q>) -> Answers + Send + Sync + 'static,
        Answers: Future<Output = Result<(Lent, Vec<A>), Error>> + Send + 'static,
    {
        let answer_all = Arc::new(answer_all);
        let has_others = pool.options().get_max_connections() > 1;
        Self::new(move |kept: Option<Lent>, asked| {
            let (pool, answer_all) = (pool.clone(), Arc::clone(&answer_all));
            async move {
                let lent = match kept.filter(|_| !pool.is_closed()) {
                    Some(kept) => kept,
                    None => pool.acquire().await?,
                };
                let (lent, answers) = answer_all(lent, asked).await?;
                Ok((has_others.then_some(lent), answers))
            }
        })
    }

    /// The same with anything that is kept from one statement to the next, or nothing.
    fn new<K, F, Answers>(answer_all: F) -> Self
    where
        K: Send + 'static,
        F: Fn(Option<K>, Vec<Q>) -> Answers + Send + 'static,
        Answers: Future<Output = Result<(Option<K>, Vec<A>), Error>> + Send + 'static,
    {
        let (queue, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(run(answer_all, waiting));
        Self { queue }
    }

    /// Ask, and wait for the answer.
    pub async fn ask(&self, question: Q) -> Result<A, Error> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Asked { question, answer }).map_err(|refusal| match refusal {
            mpsc::error::TrySendError::Full(_) => Error::QueueFull,
            mpsc::error::TrySendError::Closed(_) => Error::Stopped,
        })?;
        answered.await.unwrap_or(Err(Error::Stopped))
    }
}

async fn run<Q, A, K, F, Answers>(answer_all: F, mut waiting: mpsc::Receiver<Asked<Q, A>>)
where
    F: Fn(Option<K>, Vec<Q>) -> Answers,
    Answers: Future<Output = Result<(Option<K>, Vec<A>), Error>>,
{
    let mut kept = None;
    let mut group = Vec::with_capacity(GATHERED_MAX);
    while next_group(&mut waiting, &mut group, &mut kept).await {
        let (questions, askers): (Vec<_>, Vec<_>) =
            group.drain(..).map(|asked: Asked<Q, A>| (asked.question, asked.answer)).unzip();
        let answering = AssertUnwindSafe(answer_all(kept.take(), questions)).catch_unwind();
        let answers = match tokio::time::timeout(ANSWER_WITHIN.as_duration(), answering).await {
            Ok(Ok(answers)) => answers,
            Ok(Err(_)) => Err(Error::Stopped),
            Err(_) => Err(Error::Late),
        };
        // Whoever stopped waiting does not need to know.
        match answers {
            Ok((keep, answers)) => {
                kept = keep;
                askers.into_iter().zip(answers).for_each(|(asker, answer)| drop(asker.send(Ok(answer))));
            }
            Err(error) => askers.into_iter().for_each(|asker| drop(asker.send(Err(error.clone())))),
        }
    }
}

/// Wait for the next group. What is kept is given up if nobody asks for a while: others may need it, and a server may be
/// restarted meanwhile.
async fn next_group<T, K>(waiting: &mut mpsc::Receiver<T>, group: &mut Vec<T>, kept: &mut Option<K>) -> bool {
    if kept.is_some() {
        let received = receive_group(waiting, group, GATHERED_MAX);
        if let Ok(received) = tokio::time::timeout(KEPT.as_duration(), received).await {
            return received;
        }
        *kept = None;
    }
    receive_group(waiting, group, GATHERED_MAX).await
}

/// Wait for one, and then for whoever else is about to ask: everything that is ready to run goes first, and again as long
/// as that brings more, so this waits for nothing when nothing else is to be done. False when nobody can ask any more. If
/// it is given up, who was received is in the group, and goes with the next call.
pub(crate) async fn receive_group<T>(
    waiting: &mut mpsc::Receiver<T>,
    group: &mut Vec<T>,
    most: usize,
) -> bool {
    if group.is_empty() {
        let Some(first) = waiting.recv().await else { return false };
        group.push(first);
    }
    loop {
        tokio::task::yield_now().await;
        let before = group.len();
        while group.len() < most
            && let Ok(next) = waiting.try_recv()
        {
            group.push(next);
        }
        if group.len() == before || group.len() == most {
            return true;
        }
    }
}

/// `$3, $4, $5`: places for so many values, the first of which is the `first`th.
pub fn places(first: usize, count: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    places.join(", ")
}

/// The next power of two, at most [`GATHERED_MAX`]: lists of a few lengths only are worth preparing once and
/// keeping. The last value is repeated to fill them.
pub const fn padded(count: usize) -> usize {
    let padded = count.next_power_of_two();
    if padded > GATHERED_MAX { GATHERED_MAX } else { padded }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{GATHERED_MAX, Gather, KEPT, Lent, padded, places};
    use crate::Error;
    use crate::testing::for_each_engine;

    #[tokio::test]
    async fn everybody_gets_their_own_answer_and_those_who_ask_together_share_a_statement() {
        let statements = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&statements);
        let doubling = Gather::new(move |_: Option<()>, questions: Vec<usize>| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::task::yield_now().await;
                Ok((None, questions.into_iter().map(|n| 2 * n).collect()))
            }
        });
        let asking: Vec<_> = (0..1_000_usize)
            .map(|n| {
                let doubling = doubling.clone();
                tokio::spawn(async move { (n, doubling.ask(n).await) })
            })
            .collect();
        for asked in asking {
            let (n, answer) = asked.await.unwrap();
            assert_eq!(answer.unwrap(), 2 * n);
        }
        let statements = statements.load(Ordering::Relaxed);
        assert!((1_000 / GATHERED_MAX..100).contains(&statements), "{statements}");
    }

    #[tokio::test]
    async fn a_failure_is_everybodys_and_too_few_answers_leave_nobody_waiting() {
        let failing: Gather<(), ()> = Gather::new(|_: Option<()>, _| async { Err(Error::Stored("value")) });
        assert!(matches!(failing.ask(()).await, Err(Error::Stored("value"))));
        let silent: Gather<(), ()> = Gather::new(|_: Option<()>, _| async { Ok((None, Vec::new())) });
        assert!(matches!(silent.ask(()).await, Err(Error::Stopped)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_statement_that_hangs_or_falls_fails_those_who_asked_it_and_nobody_after_them() {
        let moody: Gather<u8, u8> = Gather::new(|_: Option<()>, questions: Vec<u8>| async move {
            match questions.first() {
                Some(0) => std::future::pending().await,
                Some(1) => panic!("a fault in a statement"),
                _ => Ok((None, questions)),
            }
        });
        assert!(matches!(moody.ask(0).await, Err(Error::Late)));
        assert!(matches!(moody.ask(1).await, Err(Error::Stopped)));
        assert_eq!(moody.ask(2).await.unwrap(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_kept_goes_from_one_statement_to_the_next_until_nobody_asks_for_a_while_or_one_fails() {
        let counting: Gather<bool, u8> = Gather::new(|kept: Option<u8>, questions: Vec<bool>| async move {
            let nth = kept.unwrap_or(0) + 1;
            if questions == [true] { Ok((Some(nth), vec![nth])) } else { Err(Error::Stored("value")) }
        });
        assert_eq!(counting.ask(true).await.unwrap(), 1);
        tokio::time::sleep(KEPT.as_duration() / 2).await;
        assert_eq!(counting.ask(true).await.unwrap(), 2);
        tokio::time::sleep(KEPT.as_duration() * 2).await;
        assert_eq!(counting.ask(true).await.unwrap(), 1);
        assert!(counting.ask(false).await.is_err());
        assert_eq!(counting.ask(true).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_connection_is_kept_while_it_is_asked_and_a_closed_pool_gets_it_back() {
        for_each_engine(|stage| async move {
            let pool = stage.database.reader().clone();
            let reading: Gather<i64, i64> = Gather::over(pool.clone(), |mut lent: Lent, asked| async move {
                let found = sqlx::query_scalar("SELECT CAST($1 AS BIGINT)").bind(asked[0]);
                let found = found.fetch_one(&mut *lent).await?;
                Ok((lent, vec![found]))
            });
            assert_eq!(reading.ask(7).await.unwrap(), 7);
            let in_use = || usize::try_from(pool.size()).unwrap() - pool.num_idle();
            tokio::time::sleep(KEPT.as_duration() / 4).await;
            assert_eq!(in_use(), 1, "it is kept");
            tokio::time::sleep(KEPT.as_duration() * 2).await;
            assert_eq!(in_use(), 0, "nobody asked for a while");
            assert_eq!(reading.ask(8).await.unwrap(), 8);
            pool.close().await;
            assert!(reading.ask(9).await.is_err(), "closed is closed");
        })
        .await;
    }

    #[test]
    fn lists_have_few_lengths() {
        assert_eq!(places(2, 3), "$2, $3, $4");
        let lengths: Vec<_> = [1, 2, 3, 5, 9, 33, 64].map(padded).into();
        assert_eq!(lengths, [1, 2, 4, 8, 16, 64, 64]);
    }
}
