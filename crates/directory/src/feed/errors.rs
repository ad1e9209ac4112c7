//! The records that could not be used, in a file for whoever mends the source.

use std::io::{self, Write};

use super::record::Wrong;
use crate::export::{inert, without_cpr};

/// A record that can't be used. Says which and why, and never what is in it: that may be a CPR number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Told {
    /// Where in the source.
    pub line: u64,
    /// Whose, if that can be read.
    pub key: Option<String>,
    /// What is wrong.
    pub wrong: Wrong,
}

/// A file of comma-separated values: line, key, what is wrong, what to do.
pub struct ErrorFile<W: Write> {
    out: csv::Writer<W>,
}

impl<W: Write> ErrorFile<W> {
    /// With its header.
    pub fn new(out: W) -> io::Result<Self> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(["line", "key", "what is wrong", "what to do"])?;
        Ok(Self { out })
    }

    /// One more.
    pub fn tell(&mut self, told: &Told) -> io::Result<()> {
        let (line, key) = (told.line.to_string(), inert(without_cpr(told.key.clone().unwrap_or_default())));
        self.out.write_record([line.as_str(), &key, &told.wrong.to_string(), told.wrong.remedy()])?;
        Ok(())
    }

    /// All of it is written.
    pub fn close(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorFile, Told};
    use crate::feed::record::{Field, Wrong};

    #[test]
    fn an_error_file_has_neither_formulas_nor_numbers() {
        let mut bytes = Vec::new();
        let mut file = ErrorFile::new(&mut bytes).unwrap();
        for (line, key) in [(2, "=cmd|' /C calc'!A0"), (3, "0101701234"), (4, "010170-1234"), (5, "47,11")] {
            let wrong = Wrong::Missing(Field::LastName);
            file.tell(&Told { line, key: Some(key.to_owned()), wrong }).unwrap();
        }
        file.close().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains("2,'=cmd"), "{text}");
        assert!(!text.contains("1234"), "{text}");
        assert!(text.contains("5,\"47,11\",last_name is empty,correct the value in the source"), "{text}");
    }
}
