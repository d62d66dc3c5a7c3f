//! Parsing XML: well-formed with namespaces, within limits, and nothing fetched ever.

use uppsala::{Document, NodeId, NodeKind, Parser, QName, XmlError};

use super::parsing::brief;
use super::xml_limits::{DEEPEST, within_limits};

/// Parses a text. Call it by [`super::parsing::guarded`]: it recurses.
///
/// # Errors
/// Why and where it is not well-formed, or exceeds a limit, in words.
pub fn parsed(text: &str) -> Result<Document<'_>, String> {
    within_limits(text)?;
    // A depth that a u32 cannot hold is none.
    let deepest = u32::try_from(DEEPEST).unwrap_or(u32::MAX);
    let document =
        Parser::new().with_max_depth(deepest).parse(text).map_err(|error| fault(&error))?;
    match misnamed(&document) {
        Some(name) => Err(format!("{} is no name where namespaces are known", brief(name))),
        None => Ok(document),
    }
}

fn fault(error: &XmlError) -> String {
    let (message, line, column) = match error {
        XmlError::WellFormedness(error) => (&error.message, error.line, error.column),
        XmlError::Namespace(error) => (&error.message, error.line, error.column),
        XmlError::Parse(error) => (&error.message, error.line, error.column),
        XmlError::UnexpectedEof | XmlError::XPath(_) | XmlError::Validation(_) => {
            return brief(error);
        }
    };
    format!("{} (line {line}, column {column})", brief(message))
}

/// The first name that XML allows and Namespaces in XML do not: the parser looks prefixes up and
/// no more.
fn misnamed(document: &Document<'_>) -> Option<String> {
    let nodes = document.descendants(document.root());
    nodes.into_iter().find_map(|node| misnamed_node(document, node))
}

fn misnamed_node(document: &Document<'_>, node: NodeId) -> Option<String> {
    match document.node_kind(node)? {
        NodeKind::Element(element) => {
            if is_misnamed(&element.name) || element.name.prefix.as_deref() == Some("xmlns") {
                return Some(element.name.prefixed_name().into_owned());
            }
            let attribute =
                element.attributes.iter().find(|attribute| is_misnamed(&attribute.name));
            let undeclared = element
                .namespace_declarations
                .iter()
                .find(|(prefix, uri)| !prefix.is_empty() && uri.is_empty());
            attribute
                .map(|attribute| attribute.name.prefixed_name().into_owned())
                .or_else(|| undeclared.map(|(prefix, _)| format!("xmlns:{prefix}=\"\"")))
        }
        NodeKind::ProcessingInstruction(instruction) => {
            instruction.target.contains(':').then(|| instruction.target.to_string())
        }
        _ => None,
    }
}

fn is_misnamed(name: &QName<'_>) -> bool {
    name.local_name.is_empty()
        || name.local_name.contains(':')
        || name.prefix.as_ref().is_some_and(|prefix| prefix.is_empty())
}
