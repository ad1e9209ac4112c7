//! What a directory said, written down before it is compared: a run reads its source three times, and a directory says
//! something else each time.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::mapping::Mapping;
use super::record::{Field, Row, Wrong, key};
use super::source::{Source, Unusable};

/// What one entry may take, in bytes, as it is written down: a thousand groups have room.
const ENTRY_BYTES_MAX: u64 = 256 * 1024;

/// Written down so far.
pub struct Writing {
    file: File,
    sum: Sum,
    count: u64,
}

/// A source that was written down.
pub struct Kept<'m> {
    mapping: &'m Mapping,
    reader: BufReader<File>,
    line: u64,
    digest: String,
}

/// An entry: a text or what is wrong with it, for each field.
#[derive(Deserialize, Serialize)]
struct Line(BTreeMap<Field, Result<String, Option<String>>>);

/// The sum of what each entry is: a directory gives them in no order.
#[derive(Default)]
struct Sum([u64; 4]);

impl Writing {
    /// Into a file that nobody else knows.
    pub fn new(file: File) -> Self {
        Self { file, sum: Sum::default(), count: 0 }
    }

    /// How many entries there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// One more.
    pub fn add(&mut self, texts: BTreeMap<Field, Result<String, Wrong>>) -> Result<(), Unusable> {
        let told = |wrong| match wrong {
            Wrong::Unreadable(_, why) => Some(why),
            _ => None,
        };
        let line = Line(texts.into_iter().map(|(field, text)| (field, text.map_err(told))).collect());
        let mut bytes = serde_json::to_vec(&line).map_err(|error| Unusable::Unreadable(error.to_string()))?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length >= ENTRY_BYTES_MAX) {
            return Err(Unusable::Unreadable(format!("an entry has more than {ENTRY_BYTES_MAX} bytes")));
        }
        self.sum.add(&bytes);
        self.count += 1;
        bytes.push(b'\n');
        self.file.write_all(&bytes).map_err(unwritable)
    }

    /// All of it: a source.
    pub fn kept(self, mapping: &Mapping) -> Kept<'_> {
        let Self { file, sum, count } = self;
        let said = format!("{}\n{count}\n{:?}", mapping.text, sum.0);
        let digest = hex::encode(digest(&SHA256, said.as_bytes()));
        Kept { mapping, reader: BufReader::new(file), line: 0, digest }
    }
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let hash = digest(&SHA256, bytes);
        for (sum, part) in self.0.iter_mut().zip(hash.as_ref().chunks(size_of::<u64>())) {
            *sum = sum.wrapping_add(part.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)));
        }
    }
}

impl Kept<'_> {
    fn read(&mut self) -> Result<Option<Line>, Unusable> {
        let mut text = Vec::new();
        let mut limited = (&mut self.reader).take(ENTRY_BYTES_MAX);
        limited.read_until(b'\n', &mut text).map_err(unwritable)?;
        if text.is_empty() {
            return Ok(None);
        }
        self.line += 1;
        serde_json::from_slice(&text).map(Some).map_err(|error| Unusable::Unreadable(error.to_string()))
    }

    fn row(&self, line: &Line) -> Row {
        let value = |field: Field| {
            let constant = || self.mapping.constants.get(&field).map(String::as_str);
            line.0.get(&field).and_then(|text| text.as_deref().ok()).or_else(constant)
        };
        let wrong = line.0.iter().find_map(|(field, text)| match text {
            Ok(_) => None,
            Err(Some(why)) => Some(Wrong::Unreadable(*field, why.clone())),
            Err(None) => Some(Wrong::Missing(*field)),
        });
        let said = match wrong {
            Some(wrong) => Err(wrong),
            None => self.mapping.reading.record(value).map(Box::new),
        };
        Row { line: self.line, key: key(value(Field::Key)).ok(), said }
    }
}

impl Source for Kept<'_> {
    async fn begin(&mut self) -> Result<(), Unusable> {
        self.line = 0;
        self.reader.seek(SeekFrom::Start(0)).map(drop).map_err(unwritable)
    }

    async fn next(&mut self, most: usize) -> Result<Vec<Row>, Unusable> {
        let mut rows = Vec::with_capacity(most);
        while rows.len() < most
            && let Some(line) = self.read()?
        {
            rows.push(self.row(&line));
        }
        Ok(rows)
    }

    fn digest(&self) -> String {
        self.digest.clone()
    }

    /// Whoever asks again hears of other things that changed meanwhile.
    fn is_fleeting(&self) -> bool {
        true
    }
}

fn unwritable(error: std::io::Error) -> Unusable {
    Unusable::Unreadable(format!("what the directory said can't be kept: {error}"))
}
