//! Arguments of metrics, checked against what the catalogue declares (contract §3.1, U23).

use evalstone_core::json::{Kind, View};
use evalstone_core::metric::Metric;

/// Checks the arguments that are given to a metric; the error continues a sentence that begins with it.
///
/// # Errors
/// What is wrong with the first argument that is, in the order in which they are declared; then what is
/// not declared.
pub fn check_arguments(metric: &Metric, given: Option<View<'_>>) -> Result<(), String> {
    if let Some(given) = given.filter(|given| given.kind() != Kind::Object) {
        let found = article(given.kind().as_str());
        return Err(format!("has metric_args that are {found}, not an object"));
    }
    let declared: Vec<View<'_>> = metric.arguments.view().items().collect();
    for argument in &declared {
        let name = text_member(*argument, "name");
        let required = argument.get("required").and_then(View::as_bool) == Some(true);
        let value = given.and_then(|given| given.get(&name));
        match value {
            Some(value) => check_value(&name, *argument, value)?,
            None if required && argument.get("default").is_none() => {
                return Err(format!("requires the argument {name}"));
            }
            None => {}
        }
    }
    let is_declared = |key: &str| declared.iter().any(|a| text_member(*a, "name") == key);
    let unknown = given.into_iter().flat_map(View::members).map(|(key, _)| key);
    match unknown.into_iter().find(|key| !key.text().is_some_and(|text| is_declared(&text))) {
        Some(key) => {
            let names: Vec<String> = declared.iter().map(|a| text_member(*a, "name")).collect();
            let taken = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            Err(format!("has no argument {}; it takes {taken}", key.raw()))
        }
        None => Ok(()),
    }
}

fn text_member(argument: View<'_>, key: &str) -> String {
    argument.get(key).and_then(View::as_text).unwrap_or_default().into_owned()
}

/// Checks a value against the type, the list of values and the bounds that are declared for it.
fn check_value(name: &str, declared: View<'_>, value: View<'_>) -> Result<(), String> {
    let types: Vec<String> = declared
        .get("types")
        .into_iter()
        .flat_map(View::items)
        .filter_map(|item| item.as_text().map(std::borrow::Cow::into_owned))
        .collect();
    if !types.iter().any(|name| is_of_type(name, value)) {
        let wanted = types.join(" or ");
        return Err(format!("wants {wanted} for the argument {name}, not {}", shown(value)));
    }
    if let Some(values) = declared.get("values") {
        let text = value.as_text();
        if !values.items().any(|allowed| allowed.as_text() == text) {
            let (allowed, found) = (values.compact(), shown(value));
            return Err(format!("wants one of {allowed} for the argument {name}, not {found}"));
        }
    }
    check_bounds(name, declared, value)
}

fn check_bounds(name: &str, declared: View<'_>, value: View<'_>) -> Result<(), String> {
    let Some(given) = number(value) else { return Ok(()) };
    let bound = |key| declared.get(key).and_then(number);
    let broken = [
        ("at least", bound("minimum").filter(|least| given < *least)),
        ("at most", bound("maximum").filter(|most| given > *most)),
        ("more than", bound("exclusive_minimum").filter(|least| given <= *least)),
    ];
    match broken.into_iter().find_map(|(word, bound)| Some((word, bound?))) {
        Some((word, bound)) => {
            Err(format!("wants {word} {bound} for the argument {name}, not {}", shown(value)))
        }
        None => Ok(()),
    }
}

fn number(value: View<'_>) -> Option<f64> {
    (value.kind() == Kind::Number).then(|| value.raw().parse().ok()).flatten()
}

/// Types match strictly (contract U23): a boolean is no integer and `5.0` neither, an integer is a
/// number.
fn is_of_type(name: &str, value: View<'_>) -> bool {
    let all =
        |kind: Kind| value.kind() == Kind::Array && value.items().all(|item| item.kind() == kind);
    match name {
        "bool" => value.kind() == Kind::Bool,
        "int" => is_integer(value),
        "number" => value.kind() == Kind::Number,
        "string" => value.kind() == Kind::String,
        "object" => value.kind() == Kind::Object,
        "string[]" => all(Kind::String),
        "number[]" => all(Kind::Number),
        _ => false,
    }
}

/// Whether it is a number without point and exponent.
pub fn is_integer(value: View<'_>) -> bool {
    value.kind() == Kind::Number && !value.raw().contains(['.', 'e', 'E'])
}

/// How much of a value an error repeats.
const SHOWN: usize = 60;

/// A value as errors repeat it.
pub fn shown(value: View<'_>) -> String {
    let text = value.compact();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// A kind of value with its article.
pub fn article(kind: &str) -> String {
    match kind {
        "null" => kind.to_owned(),
        "array" | "object" => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}
