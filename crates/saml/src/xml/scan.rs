//! What is refused before the parser sees it: document types, floods, and names that parsers disagree about.
//!
//! One pass over the bytes, in time linear in their number, keeping one counter per open element. It need
//! not find every mistake: the parser does that. It must only never let through what the parser would pay
//! for dearly, or read differently than others do.

use super::{Kind, XmlFault};

/// Deeper than any SAML schema nests.
const DEPTH_MAX: usize = 64;
/// The most on any SAML element is a dozen.
const ATTRIBUTES_PER_ELEMENT_MAX: usize = 64;
/// Declarations in scope at once; parsers copy them from element to element.
const NAMESPACES_IN_SCOPE_MAX: usize = 64;
/// Longer than any name in any SAML schema.
const NAME_BYTES_MAX: usize = 256;
/// Canonicalisation writes a namespace name again wherever it is used anew: a long one would multiply.
const NAMESPACE_BYTES_MAX: usize = 256;

/// Refuse a text that breaks the limits of its kind.
pub(super) fn check(text: &str, kind: Kind) -> Result<(), XmlFault> {
    if text.len() > kind.bytes_max() {
        return Err(XmlFault::TooLarge);
    }
    if !references_are_characters(text) {
        return Err(XmlFault::Malformed);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut scan = Scan { kind, rest: declaration(text)?, in_scope: Vec::new(), elements: 0, roots: 0 };
    while let Some((_, markup)) = scan.rest.split_once('<') {
        scan.rest = scan.markup(markup)?;
    }
    if scan.roots == 1 && scan.in_scope.is_empty() { Ok(()) } else { Err(XmlFault::Malformed) }
}

/// Does every `&#…;` name a character there is? The parser reads `&#xD800;` as U+FFFD where others refuse it.
fn references_are_characters(text: &str) -> bool {
    text.split('&').skip(1).filter_map(|rest| rest.strip_prefix('#')).all(|rest| {
        let (number, _) = rest.split_once(';').unwrap_or_default();
        let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
        let only_digits = digits.chars().all(|c| c.is_digit(radix));
        only_digits && u32::from_str_radix(digits, radix).is_ok_and(|n| char::from_u32(n).is_some())
    })
}

/// What follows the XML declaration, if there is one and it says what we know: XML 1.0, in UTF-8. Word for word
/// (XML 1.0 2.8), because parsers are patient with it in different ways.
fn declaration(text: &str) -> Result<&str, XmlFault> {
    let Some(declared) = text.strip_prefix("<?xml").filter(|rest| rest.starts_with(WHITE)) else {
        return Ok(text);
    };
    let (mut declared, rest) = declared.split_once("?>").ok_or(XmlFault::Malformed)?;
    let mut last = 0;
    while !declared.trim_matches(WHITE).is_empty() {
        let (name, value, after) = attribute(declared.trim_start_matches(WHITE))?;
        let place = match (name, value) {
            ("version", "1.0") => 1,
            ("encoding", name) if name.eq_ignore_ascii_case("utf-8") => 2,
            ("encoding", _) => return Err(XmlFault::Encoding),
            ("standalone", "yes" | "no") => 3,
            _ => return Err(XmlFault::Malformed),
        };
        let is_in_order = place > last && (last > 0 || place == 1);
        if !is_in_order || !declared.starts_with(WHITE) {
            return Err(XmlFault::Malformed);
        }
        (last, declared) = (place, after);
    }
    if last > 0 { Ok(rest) } else { Err(XmlFault::Malformed) }
}

/// White space, as XML knows it.
const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];

struct Scan<'t> {
    kind: Kind,
    rest: &'t str,
    /// For each open element, the number of namespace declarations on it and above it.
    in_scope: Vec<usize>,
    elements: u32,
    roots: usize,
}

impl<'t> Scan<'t> {
    /// Read what follows a `<`; return what follows the markup.
    fn markup(&mut self, markup: &'t str) -> Result<&'t str, XmlFault> {
        if let Some(comment) = markup.strip_prefix("!--") {
            self.aside(comment, "-->")
        } else if let Some(cdata) = markup.strip_prefix("![CDATA[") {
            self.aside(cdata, "]]>")
        } else if markup.starts_with('!') {
            Err(XmlFault::Doctype)
        } else if let Some(instruction) = markup.strip_prefix('?') {
            let after = self.aside(instruction, "?>")?;
            let (content, _) = instruction.split_once("?>").unwrap_or_default();
            if is_target(content.split(WHITE).next().unwrap_or_default()) {
                Ok(after)
            } else {
                Err(XmlFault::Malformed)
            }
        } else if let Some(end) = markup.strip_prefix('/') {
            self.in_scope.pop().ok_or(XmlFault::Malformed)?;
            end.split_once('>').map(|(_, rest)| rest).ok_or(XmlFault::Malformed)
        } else {
            self.start_tag(markup)
        }
    }

    /// Comments, CDATA sections and processing instructions: messages have none, so that no reader can
    /// stop at one (T-SIG-05).
    fn aside(&self, content: &'t str, end: &str) -> Result<&'t str, XmlFault> {
        match self.kind {
            Kind::Message => Err(XmlFault::Markup),
            Kind::Metadata => content.split_once(end).map(|(_, rest)| rest).ok_or(XmlFault::Malformed),
        }
    }

    fn start_tag(&mut self, markup: &'t str) -> Result<&'t str, XmlFault> {
        self.elements += 1;
        if self.elements > self.kind.nodes_max() {
            return Err(XmlFault::TooLarge);
        }
        let (name, mut rest) = split_name(markup)?;
        checked_name(name)?;
        let mut namespaces = self.in_scope.last().copied().unwrap_or(0);
        let mut attributes = 0;
        let mut has_default_namespace = false;
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix("/>") {
                self.roots += usize::from(self.in_scope.is_empty());
                return Ok(after);
            }
            if let Some(after) = rest.strip_prefix('>') {
                self.roots += usize::from(self.in_scope.is_empty());
                self.in_scope.push(namespaces);
                return if self.in_scope.len() > DEPTH_MAX { Err(XmlFault::TooLarge) } else { Ok(after) };
            }
            let (name, value, after) = attribute(rest)?;
            rest = after;
            attributes += 1;
            namespaces += usize::from(is_namespace(name, value)?);
            // Every other attribute that stands twice is found by the parser.
            if name == "xmlns" && std::mem::replace(&mut has_default_namespace, true) {
                return Err(XmlFault::Malformed);
            }
            if attributes > ATTRIBUTES_PER_ELEMENT_MAX || namespaces > NAMESPACES_IN_SCOPE_MAX {
                return Err(XmlFault::TooLarge);
            }
        }
    }
}

/// The name of an instruction, with nothing grown onto it; `xml` is for the declaration, which stands at the
/// beginning or nowhere (XML 1.0 2.6).
fn is_target(name: &str) -> bool {
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.chars().all(in_name) && !name.eq_ignore_ascii_case("xml")
}

fn split_name(text: &str) -> Result<(&str, &str), XmlFault> {
    let end = text.find([' ', '\t', '\r', '\n', '/', '>', '=']).ok_or(XmlFault::Malformed)?;
    text.split_at_checked(end).ok_or(XmlFault::Malformed)
}

/// A name with at most one colon, inside it: others are names to some parsers and not to others.
fn checked_name(name: &str) -> Result<(), XmlFault> {
    if name.len() > NAME_BYTES_MAX {
        return Err(XmlFault::TooLarge);
    }
    let colons = name.matches(':').count();
    let well_placed = colons == 0 || (colons == 1 && !name.starts_with(':') && !name.ends_with(':'));
    if name.is_empty() || !well_placed { Err(XmlFault::Malformed) } else { Ok(()) }
}

fn attribute(text: &str) -> Result<(&str, &str, &str), XmlFault> {
    let (name, rest) = split_name(text)?;
    checked_name(name)?;
    let rest = rest.trim_start().strip_prefix('=').ok_or(XmlFault::Malformed)?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(XmlFault::Malformed)?;
    let mut parts = rest.splitn(3, quote);
    let (_, value, after) = (parts.next(), parts.next(), parts.next());
    let (value, after) = value.zip(after).ok_or(XmlFault::Malformed)?;
    if value.contains('<') { Err(XmlFault::Malformed) } else { Ok((name, value, after)) }
}

/// Does it declare a namespace? Undeclared prefixes (`xmlns:p=""`), relative namespace names and names
/// hidden behind character references are refused: canonicalisers fail or differ on them (T-C14N-01).
fn is_namespace(name: &str, value: &str) -> Result<bool, XmlFault> {
    // Namespaces in XML 1.0 section 3 reserves it, yet there are parsers to which `a:xmlns` is the default one.
    if name.ends_with(":xmlns") {
        return Err(XmlFault::Malformed);
    }
    let prefixed = name.starts_with("xmlns:");
    if !prefixed && name != "xmlns" {
        return Ok(false);
    }
    if value.len() > NAMESPACE_BYTES_MAX {
        return Err(XmlFault::TooLarge);
    }
    let undeclares_default = !prefixed && value.is_empty();
    if undeclares_default || is_absolute(value) { Ok(true) } else { Err(XmlFault::Malformed) }
}

fn is_absolute(uri: &str) -> bool {
    let scheme_ends = uri.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    });
    let in_uri = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$()*+,;=".contains(c);
    scheme_ends && uri.chars().all(in_uri) && uri.matches('#').count() <= 1
}
