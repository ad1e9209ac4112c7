//! The one XML parser, behind a check of everything an attacker may inflate.
//!
//! Every document that reaches this crate goes through [`parse`]; what is signed, what is digested and what
//! is read are nodes of the one tree it returns.

pub(crate) mod c14n;
mod scan;
pub(crate) mod writer;

use roxmltree::{Document, Node, ParsingOptions};

use crate::names;

/// What a document is, which decides how much of it we are ready to read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A protocol message or an assertion: small, machine-made, no comments.
    Message,
    /// Metadata: larger, and people put comments into it.
    Metadata,
}

/// Larger than any message with a signature, chains and extensions; a tenth of a millisecond to parse.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// One entity's metadata with logos as data URLs.
const METADATA_BYTES_MAX: usize = 2 * 1024 * 1024;
/// An assertion with hundreds of privileges still fits.
const MESSAGE_NODES_MAX: u32 = 10_000;
/// Every attribute a service provider could ask for, several times over.
const METADATA_NODES_MAX: u32 = 50_000;

impl Kind {
    fn bytes_max(self) -> usize {
        match self {
            Self::Message => MESSAGE_BYTES_MAX,
            Self::Metadata => METADATA_BYTES_MAX,
        }
    }

    fn nodes_max(self) -> u32 {
        match self {
            Self::Message => MESSAGE_NODES_MAX,
            Self::Metadata => METADATA_NODES_MAX,
        }
    }
}

/// Why a text is not a document we read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum XmlFault {
    /// More bytes, elements, attributes or namespaces, or deeper, than any honest sender needs.
    #[error("the XML is larger or deeper than allowed")]
    TooLarge,
    /// A document type declaration: the door to entities.
    #[error("the XML has a document type declaration (DOCTYPE), which SAML never needs")]
    Doctype,
    /// A comment, processing instruction or CDATA section where none may be.
    #[error("the XML has a comment, processing instruction or CDATA section")]
    Markup,
    /// Not UTF-8.
    #[error("the XML is not UTF-8")]
    Encoding,
    /// Not well-formed, or well-formed only to some parsers.
    #[error("the XML is not well-formed")]
    Malformed,
}

/// The tree of a document within the limits of its kind.
pub(crate) fn parse(text: &str, kind: Kind) -> Result<Document<'_>, XmlFault> {
    scan::check(text, kind)?;
    let options =
        ParsingOptions { allow_dtd: false, nodes_limit: kind.nodes_max(), ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::NodesLimitReached => XmlFault::TooLarge,
        _ => XmlFault::Malformed,
    })
}

/// Is it this element?
pub(crate) fn is(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.is_element() && node.tag_name().namespace() == Some(namespace) && node.tag_name().name() == name
}

/// Its children of this name, in order.
pub(crate) fn children<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| is(*child, namespace, name))
}

/// Its child of this name. Two where the schema allows one is an attack on whoever reads the other.
pub(crate) fn child<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> Result<Option<Node<'a, 'i>>, XmlFault> {
    let mut found = children(node, namespace, name);
    match (found.next(), found.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(XmlFault::Malformed),
    }
}

/// All of its text, which is all of its content: never the part before a comment.
pub(crate) fn text<'a>(node: Node<'a, '_>) -> Result<&'a str, XmlFault> {
    let mut content = node.children();
    match (content.next(), content.next()) {
        (None, _) => Ok(""),
        (Some(only), None) if only.is_text() => Ok(only.text().unwrap_or_default()),
        _ => Err(XmlFault::Markup),
    }
}

/// The text of its child of this name, without the white space around it, for types that collapse it.
pub(crate) fn child_text<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> Result<Option<&'a str>, XmlFault> {
    child(node, namespace, name)?.map(|found| text(found).map(str::trim)).transpose()
}

/// An attribute without a prefix, which is how SAML, XML-DSig and XML encryption write theirs. The tree's own
/// look-up by a bare name finds `x:Destination` as well, which other readers do not (T-PARSE-01).
pub(crate) trait Unprefixed<'a> {
    fn unprefixed(&self, name: &str) -> Option<&'a str>;
}

impl<'a> Unprefixed<'a> for Node<'a, '_> {
    fn unprefixed(&self, name: &str) -> Option<&'a str> {
        let mut own = self.attributes().filter(|attribute| attribute.namespace().is_none());
        own.find(|attribute| attribute.name() == name).map(|attribute| attribute.value())
    }
}

/// An `xs:boolean` attribute; absent is `None`.
pub(crate) fn boolean(node: Node<'_, '_>, name: &str) -> Result<Option<bool>, XmlFault> {
    match node.unprefixed(name).map(str::trim) {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(_) => Err(XmlFault::Malformed),
    }
}

/// The bytes of a base64 text that may be broken into lines.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(compact).ok()
}

/// The language of an element, `xml:lang`.
pub(crate) fn language<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    let mut all = node.attributes();
    let found = all.find(|it| it.namespace() == Some(names::XML) && it.name() == "lang")?;
    Some(found.value())
}
