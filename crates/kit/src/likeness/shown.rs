//! What of a value is shown in a difference.

use evalstone_core::json::Kind;

use super::Mask;
use super::node::Part;

/// How much of a value is shown.
const SHOWN: usize = 60;

/// A text, cut to what is shown of one.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A value, as far as it is short.
pub(super) fn shown(part: Part<'_>) -> String {
    match part.kind() {
        Kind::Array | Kind::Object => sized(part),
        Kind::Null | Kind::Bool | Kind::Number | Kind::String => cut(part.raw()),
    }
}

fn sized(part: Part<'_>) -> String {
    format!("{} of {} bytes", part.kind().as_str(), part.raw().len())
}

/// A value as far as its mask lets it be seen.
pub(super) fn masked(mask: Option<Mask>, part: Part<'_>) -> String {
    match mask {
        Some(Mask::Payload) => sized(part),
        Some(Mask::Secret) => part.kind().as_str().to_owned(),
        Some(Mask::Id(_) | Mask::Organization | Mask::Given | Mask::Time) | None => shown(part),
    }
}
