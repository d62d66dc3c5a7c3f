//! What Pydantic takes for a boolean when it is not strict.

use evalstone_core::json::View;
use evalstone_kit::pydantic::json;

use super::Rule;

/// The truth value of `value`, or the rule it breaks.
pub fn parse(value: View<'_>) -> Result<bool, Rule> {
    json::boolean(value).map_err(Rule::from)
}
