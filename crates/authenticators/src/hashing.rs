//! Password hashes on a fixed number of threads, each with memory of its own that it uses again and again.
//!
//! The pool bounds what logins can cost: memory is workers × [`Cost::memory_kib`], and who finds the queue
//! full is told to come back instead of waiting for ever. New hashes are Argon2id; what may be on record besides
//! is in [`record`].

mod record;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use portner_domain::Entropy;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

pub use self::record::{Record, UnusableHash};
use crate::password::Password;

/// Waiting attempts per worker: at 15 ms each, the last one waits about a second.
const QUEUE_PER_WORKER_MAX: usize = 64;
const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
/// A stored hash that wants more memory than this is refused, and no more can be configured.
pub const MEMORY_KIB_MAX: u32 = 65_536;
/// A stored hash that wants more passes than this is refused, and no more can be configured.
pub const PASSES_MAX: u32 = 10;

/// What one hash costs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// The second of OWASP's equivalent minima, which fits a worker's share of a small machine.
    pub const DEFAULT: Self = Self { memory_kib: 19_456, passes: 2 };

    /// Is it at least one of the equivalent minima of the OWASP Password Storage Cheat Sheet, and not so much that
    /// a login could be felt by others?
    pub const fn is_sensible(self) -> bool {
        let least = match self.passes {
            1 => 47_104,
            2 => 19_456,
            3 => 12_288,
            4 => 9_216,
            _ => 7_168,
        };
        self.memory_kib >= least
            && self.memory_kib <= MEMORY_KIB_MAX
            && self.passes >= 1
            && self.passes <= PASSES_MAX
    }

    /// What an attacker has to do for a guess, to compare two costs by.
    const fn work(self) -> u64 {
        #[expect(clippy::as_conversions, reason = "u64::from is not const")]
        let (memory, passes) = (self.memory_kib as u64, self.passes as u64);
        memory * passes
    }
}

/// The pool could not do its work.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HashPoolError {
    /// The queue is full.
    #[error("too many passwords are waiting to be checked")]
    Busy,
    /// The workers are gone, or one failed.
    #[error("the password workers have stopped")]
    Stopped,
    /// A hash on record can't be read.
    #[error("a password hash on record can't be read")]
    Unreadable,
}

/// The workers. Cloning gives another handle to the same ones; they stop with the last handle.
#[derive(Clone)]
pub struct HashPool {
    jobs: SyncSender<Job>,
    slots: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
    cost: Cost,
    /// What strangers' passwords are compared with, so that they take as long as anybody's.
    stranger: Arc<Record>,
}

/// A place in the queue, taken before anything is counted: who finds it full has not tried yet.
pub struct Slot {
    #[expect(dead_code, reason = "the place is given back when this is dropped")]
    permit: OwnedSemaphorePermit,
}

/// Something to do with a worker's memory. Whoever asked has a channel in it for the answer.
type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

impl HashPool {
    /// Start so many workers.
    pub fn start(workers: usize, cost: Cost, entropy: &dyn Entropy) -> Result<Self, HashPoolError> {
        let places = workers.max(1).saturating_mul(QUEUE_PER_WORKER_MAX);
        let (jobs, queue) = sync_channel(places);
        let queue = Arc::new(Mutex::new(queue));
        for n in 0..workers.max(1) {
            let queue = Arc::clone(&queue);
            let builder = std::thread::Builder::new().name(format!("argon2-{n}"));
            builder.spawn(move || work(&queue)).map_err(|_| HashPoolError::Stopped)?;
        }
        let mut nobody = [0_u8; SALT_BYTES + HASH_BYTES];
        entropy.fill(&mut nobody);
        let (salt, hash) = nobody.split_at(SALT_BYTES);
        let stranger = Arc::new(Record::made(params(cost)?, salt, hash));
        let slots = Arc::new(Semaphore::new(places));
        Ok(Self { jobs, slots, computed: Arc::default(), cost, stranger })
    }

    /// A place in the queue.
    pub fn slot(&self) -> Result<Slot, HashPoolError> {
        Arc::clone(&self.slots)
            .try_acquire_owned()
            .map(|permit| Slot { permit })
            .map_err(|_| HashPoolError::Busy)
    }

    /// What a new hash costs.
    pub const fn cost(&self) -> Cost {
        self.cost
    }

    /// How many hashes have been computed since the start: work can be compared by it, without a watch.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// Hash a password for the record, as a PHC string.
    pub async fn hash(&self, password: &Password, entropy: &dyn Entropy) -> Result<String, HashPoolError> {
        let mut salt = [0_u8; SALT_BYTES];
        entropy.fill(&mut salt);
        let (password, params) = (password.bytes(), params(self.cost)?);
        let hash = move |arena: &mut Vec<Block>| {
            let mut hash = [0; HASH_BYTES];
            argon2id(&params, &password, &salt, &mut hash, arena)?;
            Ok((salt, hash))
        };
        let (salt, hash) = self.run(self.slot()?, hash).await?;
        Ok(phc_string(self.cost, &salt, &hash))
    }

    /// Does the password fit the record? Without a record the work is done all the same, and the answer is no.
    pub async fn verify(
        &self,
        slot: Slot,
        password: &Password,
        record: Option<&str>,
    ) -> Result<bool, HashPoolError> {
        let somebody = record.is_some();
        let record = match record {
            Some(text) => Arc::new(Record::parse(text)?),
            None => Arc::clone(&self.stranger),
        };
        let password = password.bytes();
        let fits = self.run(slot, move |arena| record.fits(&password, arena)).await?;
        Ok(fits && somebody)
    }

    /// Is a hash on record worth less than one made now would be?
    pub fn is_outdated(&self, record: &str) -> bool {
        Record::parse(record).is_ok_and(|record| record.is_worth_less_than(self.cost))
    }

    async fn run<T: Send + 'static>(
        &self,
        slot: Slot,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T, HashPoolError> + Send + 'static,
    ) -> Result<T, HashPoolError> {
        let (answer, found) = oneshot::channel();
        let computed = Arc::clone(&self.computed);
        let job: Job = Box::new(move |arena| {
            if answer.is_closed() {
                return;
            }
            let outcome = work(arena);
            computed.fetch_add(1, Ordering::Relaxed);
            if answer.send(outcome).is_err() {
                tracing::debug!("whoever asked for a hash has gone away");
            }
        });
        self.jobs.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => HashPoolError::Busy,
            TrySendError::Disconnected(_) => HashPoolError::Stopped,
        })?;
        let found = found.await.map_err(|_| HashPoolError::Stopped)?;
        drop(slot);
        found
    }
}

fn work(queue: &Mutex<Receiver<Job>>) {
    // Above 32 MiB an allocation per hash costs more than the hash: the arena lives as long as the worker.
    let mut arena: Vec<Block> = Vec::new();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        job(&mut arena);
    }
}

fn argon2id(
    params: &Params,
    password: &[u8],
    salt: &[u8],
    hash: &mut [u8],
    arena: &mut Vec<Block>,
) -> Result<(), HashPoolError> {
    let blocks = params.block_count();
    if arena.len() < blocks {
        arena.resize(blocks, Block::default());
    }
    let memory = arena.get_mut(..blocks).ok_or(HashPoolError::Stopped)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password, salt, hash, memory)
        .map_err(|_| HashPoolError::Unreadable)
}

fn params(cost: Cost) -> Result<Params, HashPoolError> {
    Params::new(cost.memory_kib, cost.passes, 1, Some(HASH_BYTES)).map_err(|_| HashPoolError::Unreadable)
}

fn phc_string(cost: Cost, salt: &[u8], hash: &[u8]) -> String {
    let Cost { memory_kib, passes } = cost;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m={memory_kib},t={passes},p=1${salt}${hash}")
}

#[cfg(test)]
mod tests {
    use portner_audit_log::testing::TestEntropy;

    use super::{Cost, HashPool, HashPoolError};
    use crate::password::Password;

    const CHEAP: Cost = Cost { memory_kib: 64, passes: 1 };

    fn password(text: &str) -> Password {
        Password::typed(text).unwrap()
    }

    async fn verify(pool: &HashPool, text: &str, record: Option<&str>) -> Result<bool, HashPoolError> {
        pool.verify(pool.slot()?, &password(text), record).await
    }

    #[tokio::test]
    async fn only_the_right_password_fits_and_nothing_fits_a_stranger() {
        let entropy = TestEntropy::new(1);
        let pool = HashPool::start(2, CHEAP, &entropy).unwrap();
        let record = pool.hash(&password("correct horse battery"), &entropy).await.unwrap();
        assert!(record.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert_eq!(verify(&pool, "correct horse battery", Some(&record)).await, Ok(true));
        assert_eq!(verify(&pool, "correct horse batterz", Some(&record)).await, Ok(false));
        assert_eq!(verify(&pool, "correct horse battery", None).await, Ok(false));
        assert_eq!(verify(&pool, "x", Some("$md5$")).await, Err(HashPoolError::Unreadable));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_instead_of_waiting_for_ever() {
        let entropy = TestEntropy::new(1);
        let slow = Cost { memory_kib: 32_768, passes: 4 };
        let pool = HashPool::start(1, slow, &entropy).unwrap();
        let tries: Vec<_> = (0..100)
            .map(|_| {
                let pool = pool.clone();
                tokio::spawn(async move { verify(&pool, "x", None).await })
            })
            .collect();
        let mut busy = 0;
        for one in tries {
            busy += usize::from(one.await.unwrap() == Err(HashPoolError::Busy));
        }
        assert!((30..=40).contains(&busy), "{busy} were refused");
    }
}
