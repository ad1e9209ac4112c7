//! Exclusive XML Canonicalization 1.0 (without comments) of an element: the bytes a signature covers.

use roxmltree::{Node, NodeId};

/// The canonical form of `apex`, leaving out one descendant (the enveloped signature).
///
/// `inclusive` is the `PrefixList` of `InclusiveNamespaces`, with `#default` for the default namespace.
pub(crate) fn exclusive(apex: Node<'_, '_>, without: Option<NodeId>, inclusive: &[&str]) -> Vec<u8> {
    let mut canonical =
        Canonical { out: Vec::with_capacity(apex.range().len()), without, inclusive, rendered: Vec::new() };
    canonical.node(apex);
    canonical.out
}

struct Canonical<'a> {
    out: Vec<u8>,
    without: Option<NodeId>,
    inclusive: &'a [&'a str],
    /// The declarations the output has made so far, innermost last. The default namespace has prefix "".
    rendered: Vec<(&'a str, &'a str)>,
}

impl<'a> Canonical<'a> {
    /// Recursion is as deep as the document, which the parser has bounded.
    fn node(&mut self, node: Node<'a, '_>) {
        if self.without == Some(node.id()) {
            return;
        }
        if node.is_element() {
            self.element(node);
        } else if node.is_text() {
            escape_text(node.text().unwrap_or_default(), &mut self.out);
        } else if let Some(instruction) = node.pi() {
            self.write(["<?", instruction.target]);
            if let Some(value) = instruction.value {
                self.write([" ", value]);
            }
            self.write(["?>"]);
        }
    }

    fn element(&mut self, node: Node<'a, '_>) {
        let name = qualified_name(node);
        let outer = self.rendered.len();
        self.write(["<", name]);
        self.namespaces(node, prefix(name));
        self.attributes(node);
        self.write([">"]);
        for child in node.children() {
            self.node(child);
        }
        self.write(["</", name, ">"]);
        self.rendered.truncate(outer);
    }

    /// Section 3: a declaration is written where its prefix is first visibly used, or where it is on the
    /// inclusive list, unless the nearest written ancestor already says the same.
    fn namespaces(&mut self, node: Node<'a, '_>, own: &'a str) {
        let on_attributes = node.attributes().filter_map(|attribute| {
            let name = source(node, attribute.range_qname());
            name.contains(':').then(|| prefix(name))
        });
        let listed = self.inclusive.iter().map(|name| if *name == "#default" { "" } else { *name });
        let listed = listed.filter(|name| name.is_empty() || namespace(node, name).is_some());
        let mut used: Vec<&str> = std::iter::once(own).chain(on_attributes).chain(listed).collect();
        used.sort_unstable();
        used.dedup();
        for prefix in used.into_iter().filter(|prefix| *prefix != "xml") {
            let uri = namespace(node, prefix).unwrap_or_default();
            let said = self.rendered.iter().rev().find(|(name, _)| *name == prefix).map(|(_, uri)| *uri);
            if said.unwrap_or_default() != uri {
                self.rendered.push((prefix, uri));
                self.write([if prefix.is_empty() { " xmlns" } else { " xmlns:" }, prefix, "=\""]);
                escape_attribute(uri, &mut self.out);
                self.write(["\""]);
            }
        }
    }

    fn attributes(&mut self, node: Node<'a, '_>) {
        let mut attributes: Vec<_> = node.attributes().collect();
        attributes
            .sort_unstable_by_key(|attribute| (attribute.namespace().unwrap_or_default(), attribute.name()));
        for attribute in attributes {
            self.write([" ", source(node, attribute.range_qname()), "=\""]);
            escape_attribute(attribute.value(), &mut self.out);
            self.write(["\""]);
        }
    }

    fn write<const N: usize>(&mut self, parts: [&str; N]) {
        for part in parts {
            self.out.extend_from_slice(part.as_bytes());
        }
    }
}

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn namespace<'a>(node: Node<'a, '_>, prefix: &str) -> Option<&'a str> {
    node.lookup_namespace_uri(Some(prefix).filter(|prefix| !prefix.is_empty()))
}

/// The tree forgets prefixes, the source has them.
fn qualified_name<'a>(node: Node<'a, '_>) -> &'a str {
    let tag = source(node, node.range()).trim_start_matches('<');
    let end = tag.find([' ', '\t', '\r', '\n', '/', '>']).unwrap_or(tag.len());
    tag.get(..end).unwrap_or_default()
}

fn source<'a>(node: Node<'a, '_>, range: std::ops::Range<usize>) -> &'a str {
    node.document().input_text().get(range).unwrap_or_default()
}

/// Text as Canonical XML 1.0 section 2.3 writes it.
pub(super) fn escape_text(text: &str, out: &mut Vec<u8>) {
    escape(text, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    });
}

/// An attribute value as Canonical XML 1.0 section 2.3 writes it.
pub(super) fn escape_attribute(value: &str, out: &mut Vec<u8>) {
    escape(value, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#x9;"),
        b'\n' => Some("&#xA;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    });
}

/// Every byte that must be escaped is ASCII, so whole runs between them can be copied.
fn escape(text: &str, out: &mut Vec<u8>, reference: impl Fn(u8) -> Option<&'static str>) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| reference(*byte).is_some()) {
        let (plain, from) = rest.split_at(at);
        out.extend_from_slice(plain);
        if let Some((special, after)) = from.split_first() {
            out.extend_from_slice(reference(*special).unwrap_or_default().as_bytes());
            rest = after;
        }
    }
    out.extend_from_slice(rest);
}
