//! Writing XML that is already in exclusive canonical form, so that what is written can be signed as it is.
//!
//! The writer escapes; its callers keep the two orders that canonical form asks for: namespace
//! declarations before attributes, and attributes by name. A test holds every document we write against
//! the canonicaliser.

use super::c14n::{escape_attribute, escape_text};

/// A value holds a character that XML 1.0 cannot carry, such as NUL: no escape exists, so nothing is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a value holds a control character that XML cannot carry; remove it at its source")]
pub struct Unwritable;

/// An XML document being written.
pub(crate) struct Writer {
    out: Vec<u8>,
    open: Vec<&'static str>,
    /// The start tag of the innermost element still lacks its `>`.
    in_tag: bool,
    writable: bool,
}

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes), open: Vec::with_capacity(12), in_tag: false, writable: true }
    }

    /// Begin an element.
    pub(crate) fn open(&mut self, name: &'static str) -> &mut Self {
        self.end_tag();
        self.raw(b"<");
        self.raw(name.as_bytes());
        self.open.push(name);
        self.in_tag = true;
        self
    }

    /// Give the element just begun an attribute or a namespace declaration.
    pub(crate) fn attribute(&mut self, name: &str, value: &str) -> &mut Self {
        debug_assert!(self.in_tag, "attributes come before content");
        self.raw(b" ");
        self.raw(name.as_bytes());
        self.raw(b"=\"");
        self.value(value, escape_attribute);
        self.raw(b"\"");
        self
    }

    /// An attribute that may be absent.
    pub(crate) fn optional(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        if let Some(value) = value {
            self.attribute(name, value);
        }
        self
    }

    /// Text.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.end_tag();
        self.value(text, escape_text);
        self
    }

    /// Bytes in base64, without line breaks: some peers stumble over them.
    pub(crate) fn base64(&mut self, bytes: &[u8]) -> &mut Self {
        self.end_tag();
        base64_simd::STANDARD.encode_append(bytes, &mut self.out);
        self
    }

    /// XML that is canonical already.
    pub(crate) fn canonical(&mut self, xml: &str) -> &mut Self {
        self.end_tag();
        self.raw(xml.as_bytes());
        self
    }

    /// End the innermost element.
    pub(crate) fn close(&mut self) -> &mut Self {
        self.end_tag();
        if let Some(name) = self.open.pop() {
            self.raw(b"</");
            self.raw(name.as_bytes());
            self.raw(b">");
        }
        self
    }

    /// Where the next byte goes: the place a signature will take.
    pub(crate) fn position(&mut self) -> usize {
        self.end_tag();
        self.out.len()
    }

    /// The document, all elements ended.
    pub(crate) fn finish(mut self) -> Result<String, Unwritable> {
        while !self.open.is_empty() {
            self.close();
        }
        if self.writable { String::from_utf8(self.out).map_err(|_| Unwritable) } else { Err(Unwritable) }
    }

    /// What is plain, as almost everything is, is only copied.
    fn value(&mut self, value: &str, escape: fn(&str, &mut Vec<u8>)) {
        if value.bytes().fold(true, |so_far, byte| so_far & is_plain(byte)) {
            self.raw(value.as_bytes());
        } else {
            self.writable &= is_writable(value);
            escape(value, &mut self.out);
        }
    }

    fn end_tag(&mut self) {
        if std::mem::take(&mut self.in_tag) {
            self.raw(b">");
        }
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }
}

/// Printable ASCII that is escaped nowhere.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'<' | b'>' | b'"')
}

/// Can XML 1.0 carry it (section 2.2, `Char`)? Surrogates cannot occur in a `str`.
pub fn is_writable(text: &str) -> bool {
    text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..))
}
