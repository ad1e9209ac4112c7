//! The checkpoints remembered outside the database, so that a log cut short together with its checkpoints is found.
//!
//! One checkpoint a line, as a JSON string holding the signed note. The file is only appended to and each line
//! stands alone: it may be rotated, and copied wherever the database administrator can't write.

use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use tokio::fs::OpenOptions;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Mutex;

use crate::Error;
use crate::note::{Checkpoint, NOTE_BYTES_MAX, VerifierKey};

/// Where the newest checkpoint is looked for: several of the largest notes.
const TAIL_BYTES: u64 = 8 * NOTE_BYTES_MAX as u64;

/// Appends to the file.
pub(crate) struct CheckpointFile {
    path: PathBuf,
    newest: Mutex<Option<Checkpoint>>,
}

impl CheckpointFile {
    /// Open it and find its newest checkpoint. No file is one that remembers nothing yet.
    pub(crate) fn open(path: &Path, keys: &[VerifierKey]) -> Result<Self, Error> {
        let newest = read(path, TAIL_BYTES)?.last().transpose()?;
        let newest = newest.map(|note| Checkpoint::open(&note, keys)).transpose()?;
        Ok(Self { path: path.to_owned(), newest: Mutex::new(newest) })
    }

    /// The newest checkpoint it has.
    pub(crate) async fn newest(&self) -> Option<Checkpoint> {
        self.newest.lock().await.clone()
    }

    /// Add one. Durable on return.
    pub(crate) async fn append(&self, note: &str, checkpoint: Checkpoint) -> Result<(), Error> {
        let line = serde_json::to_string(note).map_err(|error| Error::Event(error.to_string().into()))?;
        // A line that a crash cut short would swallow the next: an empty line between costs nothing.
        let line = format!("\n{line}\n");
        let mut newest = self.newest.lock().await;
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path).await?;
        file.write_all(line.as_bytes()).await?;
        file.sync_data().await?;
        *newest = Some(checkpoint);
        Ok(())
    }
}

/// The notes of a file.
pub(crate) type Notes = Box<dyn Iterator<Item = Result<String, Error>> + Send>;

/// The notes in the file, in its order, as it is now.
pub(crate) fn notes(path: &Path) -> Result<Notes, Error> {
    read(path, u64::MAX)
}

/// The notes in the last so many bytes. Lines that a crash, or reading from the middle, cut short are passed over:
/// whoever could damage a line could as well have taken it away, and the next one covers what it covered.
fn read(path: &Path, tail_bytes: u64) -> Result<Notes, Error> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Box::new(std::iter::empty())),
        Err(error) => return Err(error.into()),
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(tail_bytes)))?;
    let lines = BufReader::new(file.take(length.min(tail_bytes))).split(b'\n');
    Ok(Box::new(lines.filter_map(|line| match line {
        Ok(line) => serde_json::from_slice(&line).ok().map(Ok),
        Err(error) => Some(Err(error.into())),
    })))
}
