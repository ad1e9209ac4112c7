//! What can fail here: the sentence for people, and apart from it the cause for the operational log.

use std::sync::Arc;

/// A failure. Its text is fit for anybody; the cause is its `source()`.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The database failed or did not answer in time.
    #[error("the database does not answer")]
    Storage(#[source] Arc<sqlx::Error>),
    /// A migration failed, or one that ran is not the one we know.
    #[error("the database can't be brought to this version")]
    Migration(#[source] Arc<sqlx::migrate::MigrateError>),
    /// Redis failed or did not answer in time.
    #[error("the session store does not answer")]
    Redis(#[source] Arc<redis::RedisError>),
    /// The file outside the database failed.
    #[error("the checkpoint file can't be read or written")]
    File(#[source] Arc<std::io::Error>),
    /// A setting that means nothing.
    #[error("{0}")]
    Setting(&'static str),
    /// Fail closed: nothing happens that can't be written down.
    #[error("too many events wait to be written")]
    QueueFull,
    /// The log is shutting down.
    #[error("the log has stopped")]
    Stopped,
    /// The database is there and does not answer.
    #[error("the database did not answer in time")]
    Late,
    /// A limit was passed.
    #[error("{what} of {bytes} bytes, where {bytes_max} is the most")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// An event that has no exact canonical form.
    #[error("an event can't be written: {0}")]
    Event(Arc<str>),
    /// A stored value that Portner did not write that way.
    #[error("a stored {0} can't be read")]
    Stored(&'static str),
    /// The log is not as it was sealed: nothing more is sealed until somebody has looked.
    #[error("the audit log is not as it was sealed: {0}")]
    Tampered(&'static str),
    /// There is no such event, or no tree of that size yet.
    #[error("the log has no such event")]
    NoSuchEvent,
    /// A key, a signature or a ciphertext that is not what it should be.
    #[error("{0}")]
    Secret(&'static str),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Storage(Arc::new(error))
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Migration(Arc::new(error))
    }
}

impl From<redis::RedisError> for Error {
    fn from(error: redis::RedisError) -> Self {
        Self::Redis(Arc::new(error))
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::File(Arc::new(error))
    }
}

/// `bytes`, or the error that says it is too large.
pub(crate) fn within(what: &'static str, bytes: usize, bytes_max: usize) -> Result<(), Error> {
    if bytes > bytes_max { Err(Error::TooLarge { what, bytes, bytes_max }) } else { Ok(()) }
}
