//! XML as what it says: expanded names, attributes without order, no comments.

use std::collections::BTreeMap;

use uppsala::{Document, NodeId, NodeKind, QName};

/// An expanded name: the namespace's URI, or nothing, and the local name.
pub type Name = (String, String);

/// A name as people write expanded ones.
pub fn spelled((uri, local): &Name) -> String {
    if uri.is_empty() { local.clone() } else { format!("{{{uri}}}{local}") }
}

/// An element. The order of elements has no meaning but that equal ones are neighbours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Element {
    /// Its name.
    pub name: Name,
    /// Its attributes, declarations of namespaces not among them.
    pub attributes: BTreeMap<Name, String>,
    /// What is in it.
    pub inside: Vec<Inside>,
}

/// What an element may hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Inside {
    /// Text, never empty, as long as no element interrupts it.
    Text(String),
    /// An element.
    Element(Element),
}

impl Element {
    /// The root element of a document, whose depth is bounded, so that this may recurse. Comments
    /// and processing instructions are left out, CDATA is text. With `strips`, whitespace at both
    /// ends of each text is left out too.
    pub fn root(document: &Document<'_>, strips: bool) -> Option<Self> {
        Self::of(document, document.document_element()?, strips)
    }

    fn of(document: &Document<'_>, node: NodeId, strips: bool) -> Option<Self> {
        let element = document.element(node)?;
        let attributes = element.attributes.iter();
        let attributes = attributes
            .map(|attribute| (expanded(&attribute.name), attribute.value.to_string()))
            .collect();
        let mut inside = Vec::new();
        let mut text = String::new();
        for child in document.children_iter(node) {
            match document.node_kind(child) {
                Some(NodeKind::Text(more) | NodeKind::CData(more)) => text.push_str(more),
                Some(NodeKind::Element(_)) => {
                    push_text(&mut inside, &mut text, strips);
                    inside.extend(Self::of(document, child, strips).map(Inside::Element));
                }
                _ => {}
            }
        }
        push_text(&mut inside, &mut text, strips);
        Some(Self { name: expanded(&element.name), attributes, inside })
    }

    /// Sorts what is in it, at every depth.
    pub fn sort(&mut self) {
        for inside in &mut self.inside {
            if let Inside::Element(element) = inside {
                element.sort();
            }
        }
        self.inside.sort();
    }
}

fn push_text(inside: &mut Vec<Inside>, text: &mut String, strips: bool) {
    let whole = std::mem::take(text);
    // XML's own whitespace, not Unicode's.
    let kept = if strips { whole.trim_matches([' ', '\t', '\n', '\r']) } else { &whole };
    if !kept.is_empty() {
        inside.push(Inside::Text(kept.to_owned()));
    }
}

fn expanded(name: &QName<'_>) -> Name {
    (name.namespace_uri.as_deref().unwrap_or_default().to_owned(), name.local_name.to_string())
}
