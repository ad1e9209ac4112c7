//! What several callers ask at the same moment is asked in one statement: the price of a round trip is shared,
//! as group commit shares the price of a flush.
//!
//! An answer is never older than its question: a statement begins after every question in it was put.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use portner_domain::Millis;
use tokio::sync::{mpsc, oneshot};

use crate::Error;

/// How many questions one statement answers.
pub const GATHERED_MAX: usize = 64;

/// How many questions may wait: more than a node has requests in progress.
const WAITING_MAX: usize = 8_192;

/// A statement that takes longer has failed, and is not to hold up those behind it.
const ANSWER_WITHIN: Millis = Millis::seconds(5);

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

impl<Q: Send + 'static, A: Send + 'static> Gather<Q, A> {
    /// Start, on a Tokio runtime, with a function that answers up to [`GATHERED_MAX`] questions: as many
    /// answers, in their order.
    pub fn new<F, Answers>(answer_all: F) -> Self
    where
        F: Fn(Vec<Q>) -> Answers + Send + 'static,
        Answers: Future<Output = Result<Vec<A>, Error>> + Send + 'static,
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

async fn run<Q, A, F, Answers>(answer_all: F, mut waiting: mpsc::Receiver<Asked<Q, A>>)
where
    F: Fn(Vec<Q>) -> Answers,
    Answers: Future<Output = Result<Vec<A>, Error>>,
{
    let mut group = Vec::with_capacity(GATHERED_MAX);
    while receive_group(&mut waiting, &mut group, GATHERED_MAX).await {
        let (questions, askers): (Vec<_>, Vec<_>) =
            group.drain(..).map(|asked: Asked<Q, A>| (asked.question, asked.answer)).unzip();
        let answering = AssertUnwindSafe(answer_all(questions)).catch_unwind();
        let answers = match tokio::time::timeout(ANSWER_WITHIN.as_duration(), answering).await {
            Ok(Ok(answers)) => answers,
            Ok(Err(_)) => Err(Error::Stopped),
            Err(_) => Err(Error::Late),
        };
        // Whoever stopped waiting does not need to know.
        match answers {
            Ok(answers) => askers.into_iter().zip(answers).for_each(|(asker, answer)| {
                drop(asker.send(Ok(answer)));
            }),
            Err(error) => askers.into_iter().for_each(|asker| drop(asker.send(Err(error.clone())))),
        }
    }
}

/// Wait for one, and then for whoever else is about to ask: everything that is ready to run goes first, so this waits
/// for nothing when nothing else is to be done. False when nobody can ask any more.
pub(crate) async fn receive_group<T>(
    waiting: &mut mpsc::Receiver<T>,
    group: &mut Vec<T>,
    most: usize,
) -> bool {
    let Some(first) = waiting.recv().await else { return false };
    tokio::task::yield_now().await;
    group.push(first);
    while group.len() < most
        && let Ok(next) = waiting.try_recv()
    {
        group.push(next);
    }
    true
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

    use super::{GATHERED_MAX, Gather, padded, places};
    use crate::Error;

    #[tokio::test]
    async fn everybody_gets_their_own_answer_and_those_who_ask_together_share_a_statement() {
        let statements = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&statements);
        let doubling = Gather::new(move |questions: Vec<usize>| {
            counted.fetch_add(1, Ordering::Relaxed);
            async move {
                tokio::task::yield_now().await;
                Ok(questions.into_iter().map(|n| 2 * n).collect())
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
        let failing: Gather<(), ()> = Gather::new(|_| async { Err(Error::Stored("value")) });
        assert!(matches!(failing.ask(()).await, Err(Error::Stored("value"))));
        let silent: Gather<(), ()> = Gather::new(|_| async { Ok(Vec::new()) });
        assert!(matches!(silent.ask(()).await, Err(Error::Stopped)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_statement_that_hangs_or_falls_fails_those_who_asked_it_and_nobody_after_them() {
        let moody: Gather<u8, u8> = Gather::new(|questions: Vec<u8>| async move {
            match questions.first() {
                Some(0) => std::future::pending().await,
                Some(1) => panic!("a fault in a statement"),
                _ => Ok(questions),
            }
        });
        assert!(matches!(moody.ask(0).await, Err(Error::Late)));
        assert!(matches!(moody.ask(1).await, Err(Error::Stopped)));
        assert_eq!(moody.ask(2).await.unwrap(), 2);
    }

    #[test]
    fn lists_have_few_lengths() {
        assert_eq!(places(2, 3), "$2, $3, $4");
        let lengths: Vec<_> = [1, 2, 3, 5, 9, 33, 64].map(padded).into();
        assert_eq!(lengths, [1, 2, 4, 8, 16, 64, 64]);
    }
}
