//! Argon2id on a fixed number of threads, each with memory of its own that it uses again and again.
//!
//! The pool bounds what logins can cost: memory is workers × [`Cost::memory_kib`], and who finds the queue
//! full is told to come back instead of waiting for ever.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use portner_domain::Entropy;
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use zeroize::Zeroizing;

use crate::password::Password;

/// Waiting attempts per worker: at 15 ms each, the last one waits about a second.
const QUEUE_PER_WORKER_MAX: usize = 64;
const HASH_BYTES: usize = 32;
const SALT_BYTES: usize = 16;
/// A stored hash that wants more memory than this is refused; none of ours does.
const MEMORY_KIB_MAX: u32 = 65_536;

/// What one hash costs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// The first of OWASP's equivalent minima, which fits a worker's share of a small machine.
    pub const DEFAULT: Self = Self { memory_kib: 19_456, passes: 2 };
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
    cost: Cost,
    /// What strangers' passwords are compared with, so that they take as long as anybody's.
    stranger: Arc<str>,
}

/// A place in the queue, taken before anything is counted: who finds it full has not tried yet.
pub struct Slot {
    #[expect(dead_code, reason = "the place is given back when this is dropped")]
    permit: OwnedSemaphorePermit,
}

struct Job {
    password: Zeroizing<Vec<u8>>,
    salt: Vec<u8>,
    params: Params,
    answer: oneshot::Sender<Result<[u8; HASH_BYTES], HashPoolError>>,
}

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
        let stranger = phc_string(cost, salt, hash).into();
        Ok(Self { jobs, slots: Arc::new(Semaphore::new(places)), cost, stranger })
    }

    /// A place in the queue.
    pub fn slot(&self) -> Result<Slot, HashPoolError> {
        Arc::clone(&self.slots)
            .try_acquire_owned()
            .map(|permit| Slot { permit })
            .map_err(|_| HashPoolError::Busy)
    }

    /// Hash a password for the record, as a PHC string.
    pub async fn hash(&self, password: &Password, entropy: &dyn Entropy) -> Result<String, HashPoolError> {
        let mut salt = [0_u8; SALT_BYTES];
        entropy.fill(&mut salt);
        let hash = self.compute(self.slot()?, password, salt.to_vec(), params(self.cost)?).await?;
        Ok(phc_string(self.cost, &salt, &hash))
    }

    /// Does the password fit the record? Without a record the work is done all the same, and the answer is no.
    pub async fn verify(
        &self,
        slot: Slot,
        password: &Password,
        record: Option<&str>,
    ) -> Result<bool, HashPoolError> {
        let phc =
            PasswordHash::new(record.unwrap_or(&self.stranger)).map_err(|_| HashPoolError::Unreadable)?;
        let params = Params::try_from(&phc).map_err(|_| HashPoolError::Unreadable)?;
        let (Some(salt), Some(expected)) = (phc.salt, phc.hash) else {
            return Err(HashPoolError::Unreadable);
        };
        if params.m_cost() > MEMORY_KIB_MAX || expected.as_bytes().len() != HASH_BYTES {
            return Err(HashPoolError::Unreadable);
        }
        let found = self.compute(slot, password, salt.as_ref().to_vec(), params).await?;
        let equal = bool::from(found.ct_eq(expected.as_bytes()));
        Ok(equal && record.is_some())
    }

    async fn compute(
        &self,
        slot: Slot,
        password: &Password,
        salt: Vec<u8>,
        params: Params,
    ) -> Result<[u8; HASH_BYTES], HashPoolError> {
        let (answer, found) = oneshot::channel();
        let job = Job { password: password.bytes(), salt, params, answer };
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
        if job.answer.is_closed() {
            continue;
        }
        let hash = compute(&job, &mut arena);
        if job.answer.send(hash).is_err() {
            tracing::debug!("whoever asked for a hash has gone away");
        }
    }
}

fn compute(job: &Job, arena: &mut Vec<Block>) -> Result<[u8; HASH_BYTES], HashPoolError> {
    let blocks = job.params.block_count();
    if arena.len() < blocks {
        arena.resize(blocks, Block::default());
    }
    let memory = arena.get_mut(..blocks).ok_or(HashPoolError::Stopped)?;
    let mut hash = [0; HASH_BYTES];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, job.params.clone())
        .hash_password_into_with_memory(&job.password, &job.salt, &mut hash, memory)
        .map_err(|_| HashPoolError::Unreadable)?;
    Ok(hash)
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
