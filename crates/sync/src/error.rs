//! What can fail here that is nobody's wish. What the other side does not do is no error: see [`crate::client::Failure`].

/// Something failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database or the log.
    #[error(transparent)]
    Log(#[from] portner_audit_log::Error),
    /// The directory.
    #[error(transparent)]
    Directory(#[from] portner_directory::Error),
    /// The database.
    #[error("the tables about MitID Erhverv can't be read or written")]
    Storage(#[from] sqlx::Error),
    /// A row says something that none of our versions writes.
    #[error("a stored {0} about MitID Erhverv can't be understood")]
    Stored(&'static str),
    /// A plan that never ends is a fault of ours.
    #[error("an identity is never as it is to be, whatever is done")]
    Endless,
}
