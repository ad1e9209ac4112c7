//! What `fuzz/` must see of the inside; compiled only for it (`--cfg fuzzing`).

use std::fmt::Write as _;

use roxmltree::Node;

use crate::xml::{self, Kind, c14n};

/// The canonical form of a document we read.
pub fn canonical(text: &str) -> Option<String> {
    let document = xml::parse(text, Kind::Metadata).ok()?;
    String::from_utf8(c14n::exclusive(document.root_element(), None, &[])).ok()
}

/// What a document says below its root: names, values and text, without prefixes and comments.
pub fn meaning(text: &str) -> Option<String> {
    let document = xml::parse(text, Kind::Metadata).ok()?;
    let mut said = String::new();
    tell(document.root_element(), &mut said);
    Some(said)
}

fn tell(node: Node<'_, '_>, said: &mut String) {
    if let Some(instruction) = node.pi() {
        let _ = write!(said, "[{:?}]", (instruction.target, instruction.value.unwrap_or_default()));
    } else if node.is_text() {
        said.push_str(&node.text().unwrap_or_default().replace(['[', ']'], "[bracket]"));
    } else if node.is_element() {
        let mut attributes: Vec<_> =
            node.attributes().map(|it| (it.namespace().unwrap_or_default(), it.name(), it.value())).collect();
        attributes.sort_unstable();
        let name = (node.tag_name().namespace().unwrap_or_default(), node.tag_name().name());
        let _ = write!(said, "[{name:?} {attributes:?}");
        node.children().for_each(|child| tell(child, said));
        said.push(']');
    }
}
