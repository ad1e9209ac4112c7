//! Where records come from, whatever kind of source it is; and CSV, the first kind.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use aws_lc_rs::digest::{Context, SHA256};
use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::WINDOWS_1252;

use super::mapping::{Encoding, Mapping};
use super::record::{Field, Row, Wrong, key};

/// The most that one record may take, in bytes: far more than its fields may have together.
pub const RECORD_BYTES_MAX: u64 = 64 * 1024;
/// What is read at a time; a record may be followed by so much more.
const BUFFER_BYTES: usize = 64 * 1024;

/// Something that has records. It is read several times in a run, from the beginning each time.
pub trait Source {
    /// Begin again.
    fn begin(&mut self) -> impl Future<Output = Result<(), Unusable>> + Send;

    /// The next records, at most so many; none at the end.
    fn next(&mut self, most: usize) -> impl Future<Output = Result<Vec<Row>, Unusable>> + Send;

    /// SHA-256 of what it said since it was begun, and of how it is understood, in hexadecimal. Asked at the end.
    fn digest(&self) -> String;

    /// Does it say something else each time it is asked anew? Then an approval is not for all that it said, but for
    /// what that takes from whom.
    fn is_fleeting(&self) -> bool {
        false
    }
}

/// Why a source is not used at all. Nothing changes then.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unusable {
    /// Nothing is in it.
    #[error("the source has no records; nothing was changed")]
    Empty,
    /// It has not all columns that the mapping names.
    #[error("the file has no column {}; nothing was changed. Does the separator fit, and the first line?", .0.join(", "))]
    NoSuchColumn(Vec<String>),
    /// It can't be read.
    #[error("the source can't be read, and nothing was changed: {0}")]
    Unreadable(String),
    /// It has too many records.
    #[error("the source has more than {} records; nothing was changed", super::index::FEED_RECORDS_MAX)]
    TooMany,
    /// Too many user names change.
    #[error(
        "more than {} user names would change; nothing was changed. Is user_name the right column?",
        super::names::USER_NAMES_CHANGED_MAX
    )]
    TooManyUserNames,
    /// It says something else than a moment ago.
    #[error("the source changed while it was read; nobody was stopped for not being in it. Run it again")]
    Changed,
    /// Another run of the feed is under way.
    #[error("another run of this feed is under way; if it was killed, try again in a minute")]
    Busy,
}

/// A file of comma-separated values.
pub struct Csv<'m> {
    mapping: &'m Mapping,
    file: File,
    reader: csv::Reader<Metered>,
    /// Where each field is, since [`Source::begin`].
    places: BTreeMap<Field, usize>,
    width: usize,
    record: ByteRecord,
}

impl<'m> Csv<'m> {
    /// Of a file that can be read again from its beginning.
    pub fn new(mapping: &'m Mapping, file: File) -> io::Result<Self> {
        let reader = reader(mapping, file.try_clone()?);
        Ok(Self { mapping, file, reader, places: BTreeMap::new(), width: 0, record: ByteRecord::new() })
    }

    /// False at the end.
    fn read(&mut self) -> Result<bool, Unusable> {
        self.reader.get_mut().left = RECORD_BYTES_MAX;
        let unreadable = |error: csv::Error| Unusable::Unreadable(error.to_string());
        let read = self.reader.read_byte_record(&mut self.record).map_err(unreadable)?;
        let bytes = u64::try_from(self.record.as_slice().len()).unwrap_or(u64::MAX);
        if bytes > RECORD_BYTES_MAX { Err(Unusable::Unreadable(too_long())) } else { Ok(read) }
    }

    fn texts(&self, line: u64) -> Result<Vec<String>, Unusable> {
        let text = |bytes: &[u8]| match self.mapping.encoding {
            Encoding::Windows1252 => Ok(WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()),
            Encoding::Utf8 => String::from_utf8(bytes.to_vec()).map_err(|_| {
                let hint = "is the encoding windows-1252?";
                Unusable::Unreadable(format!("line {line} is not UTF-8; {hint}"))
            }),
        };
        self.record.iter().map(text).collect()
    }

    fn row(&self, line: u64, texts: &[String]) -> Row {
        if texts.len() != self.width {
            let wrong = Wrong::Ragged { found: texts.len(), expected: self.width };
            return Row { line, key: None, said: Err(wrong) };
        }
        let value = |field: Field| {
            let constant = || self.mapping.constants.get(&field).map(String::as_str);
            self.places.get(&field).and_then(|at| texts.get(*at)).map(String::as_str).or_else(constant)
        };
        let said = self.mapping.reading.record(value).map(Box::new);
        Row { line, key: key(value(Field::Key)).ok(), said }
    }
}

impl Source for Csv<'_> {
    async fn begin(&mut self) -> Result<(), Unusable> {
        let unreadable = |error: io::Error| Unusable::Unreadable(error.to_string());
        self.file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        self.reader = reader(self.mapping, self.file.try_clone().map_err(unreadable)?);
        if !self.read()? {
            return Err(Unusable::Empty);
        }
        let header: Vec<String> = self.texts(1)?;
        let header: Vec<&str> =
            header.iter().map(|name| name.trim_start_matches('\u{feff}').trim()).collect();
        let find = |name: &str| header.iter().position(|there| *there == name.trim());
        let columns = &self.mapping.columns;
        let places = columns.iter().filter_map(|(field, name)| Some((*field, find(name)?))).collect();
        let missing: Vec<String> = columns.values().filter(|name| find(name).is_none()).cloned().collect();
        if !missing.is_empty() {
            return Err(Unusable::NoSuchColumn(missing));
        }
        (self.width, self.places) = (header.len(), places);
        Ok(())
    }

    async fn next(&mut self, most: usize) -> Result<Vec<Row>, Unusable> {
        let mut rows = Vec::with_capacity(most);
        while rows.len() < most && self.read()? {
            let line = self.record.position().map_or(0, csv::Position::line);
            rows.push(self.row(line, &self.texts(line)?));
        }
        Ok(rows)
    }

    fn digest(&self) -> String {
        hex::encode(self.reader.get_ref().digest.clone().finish())
    }
}

/// From where the file stands. The mapping is part of what is hashed.
fn reader(mapping: &Mapping, file: File) -> csv::Reader<Metered> {
    let mut digest = Context::new(&SHA256);
    digest.update(mapping.text.as_bytes());
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(mapping.separator)
        .buffer_capacity(BUFFER_BYTES)
        .from_reader(Metered { file, left: 0, digest })
}

/// A file that gives out no more than one record may take before it is allowed again: an open quotation mark would
/// otherwise read the rest of the file into memory.
struct Metered {
    file: File,
    left: u64,
    digest: Context,
}

impl Read for Metered {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(too_long()));
        }
        let read = self.file.read(into)?;
        self.left = self.left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
        if let Some(bytes) = into.get(..read) {
            self.digest.update(bytes);
        }
        Ok(read)
    }
}

fn too_long() -> String {
    format!("a record has more than {RECORD_BYTES_MAX} bytes; is a quotation mark left open?")
}
