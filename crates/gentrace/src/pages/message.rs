//! Attributes and events of spans. Events of the GenAI conventions are messages of a
//! conversation, and read as such.

use std::borrow::Cow;

use evalstone_core::json::{RawJson, View, encode};
use maud::{Markup, html};

use super::value;

/// What the names of GenAI events begin with.
const GEN_AI: &str = "gen_ai.";
/// The attributes that hold what a message says, in the conventions' successive versions.
const CONTENT: [&str; 6] =
    ["content", "gen_ai.event.content", "message", "gen_ai.prompt", "gen_ai.completion", "body"];
const ROLE: &str = "role";
const EXCEPTION: &str = "exception";

/// An attribute's key with the value that it has.
type Pair<'a> = (Cow<'a, str>, View<'a>);

/// The attributes of a span, an event, a resource or a scope.
pub fn attributes(holder: View<'_>) -> Markup {
    pairs(&pairs_of(holder))
}

/// Whether there are any.
pub fn has_attributes(holder: View<'_>) -> bool {
    !pairs_of(holder).is_empty()
}

fn pairs_of(holder: View<'_>) -> Vec<Pair<'_>> {
    let attributes = holder.get("attributes").into_iter().flat_map(View::items);
    let pairs = attributes.filter_map(|attribute| {
        let key = attribute.get("key")?.as_text_lossy()?;
        Some((key, attribute.get("value")?))
    });
    pairs.collect()
}

fn pairs(pairs: &[Pair<'_>]) -> Markup {
    html! {
        dl.pairs {
            @for (key, value) in pairs {
                dt { bdi { (key) } }
                dd { (shown(*value)) }
            }
        }
    }
}

/// An attribute's value.
fn shown(value: View<'_>) -> Markup {
    let Some((kind, inner)) = value.members().next() else {
        return html! { p.none { "empty" } };
    };
    if kind.is("stringValue") {
        return match inner.as_text() {
            Some(text) => value::said(&text),
            // Half a surrogate pair is in no text: only its escape can be shown.
            None => value::json(inner),
        };
    }
    value::member(RawJson::trusted(plain(value)).view())
}

/// An attribute's value in JSON's own words, without OTLP's names of types. Numbers and texts
/// stay as they are spelled. It recurses as deep as payloads may be nested at the most.
fn plain(value: View<'_>) -> String {
    let Some((kind, inner)) = value.members().next() else {
        return "null".to_owned();
    };
    let values = || inner.get("values").into_iter().flat_map(View::items);
    if kind.is("arrayValue") {
        let items: Vec<String> = values().map(plain).collect();
        return format!("[{}]", items.join(","));
    }
    if kind.is("kvlistValue") {
        let member = |member: View<'_>| {
            let key = member.get("key").map_or_else(|| encode(""), |key| key.raw().to_owned());
            format!("{key}:{}", member.get("value").map_or_else(|| "null".to_owned(), plain))
        };
        let members: Vec<String> = values().map(member).collect();
        return format!("{{{}}}", members.join(","));
    }
    if kind.is("intValue") {
        // A 64-bit integer is written as a text.
        return inner.as_text().map_or_else(|| inner.raw().to_owned(), Cow::into_owned);
    }
    inner.raw().to_owned()
}

/// An event of a span.
pub fn event(event: View<'_>) -> Markup {
    let name = event.get("name").and_then(View::as_text_lossy).unwrap_or_default();
    let mut rest = pairs_of(event);
    if !name.starts_with(GEN_AI) {
        let class = if name == EXCEPTION { "message exception" } else { "message event" };
        return html! {
            section class=(class) {
                h4 { bdi { (name) } }
                @if !rest.is_empty() { (pairs(&rest)) }
            }
        };
    }
    let said = CONTENT.iter().find_map(|key| take(&mut rest, key));
    let role = take(&mut rest, ROLE).map(|role| text(role).into_owned());
    let speaker = role.unwrap_or_else(|| speaker(&name).to_owned());
    html! {
        section.message {
            h4 { bdi { (speaker) } " " span.soft { "· " bdi { (name) } } }
            @if let Some(said) = said { (message(said)) }
            @if !rest.is_empty() { (pairs(&rest)) }
        }
    }
}

/// What a message says. A choice holds a whole message as JSON, whose text is what matters.
fn message(value: View<'_>) -> Markup {
    let text = text(value);
    let nested = RawJson::parse(&text).ok();
    let content = nested.as_ref().and_then(|json| json.view().get("content"));
    match content.and_then(View::as_text) {
        Some(content) => html! {
            (value::text(&content, "words"))
            details { summary.small { "The whole message" } (value::said(&text)) }
        },
        None if nested.is_none() && !text.is_empty() => value::text(&text, "words"),
        None => shown(value),
    }
}

/// Takes the attribute with this key out of the others.
fn take<'a>(pairs: &mut Vec<Pair<'a>>, key: &str) -> Option<View<'a>> {
    let at = pairs.iter().position(|(other, _)| other == key)?;
    Some(pairs.remove(at).1)
}

fn text(value: View<'_>) -> Cow<'_, str> {
    let inner = value.members().next().map(|(_, inner)| inner);
    inner.and_then(View::as_text_lossy).unwrap_or_default()
}

/// Who speaks, as an event's name says: `gen_ai.user.message` is the user's.
fn speaker(name: &str) -> &str {
    match name.strip_prefix(GEN_AI).unwrap_or(name) {
        "choice" => "assistant",
        rest => rest.split('.').next().unwrap_or(rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> RawJson {
        RawJson::parse(text).expect(text)
    }

    #[test]
    fn values_lose_the_names_of_their_types_and_nothing_else() {
        let value = r#"{"kvlistValue":{"values":[{"key":"\u0061","value":{"arrayValue":{"values":[
            {"intValue":"-9223372036854775808"},{"doubleValue":1.0e5},{"boolValue":true},
            {"stringValue":"\ud800"},{"bytesValue":"AA=="},{}]}}},{"key":"b","value":{}}]}}"#;
        assert_eq!(
            plain(json(value).view()),
            r#"{"\u0061":[-9223372036854775808,1.0e5,true,"\ud800","AA==",null],"b":null}"#
        );
    }

    #[test]
    fn messages_are_said_by_somebody() {
        let user = r#"{"name":"gen_ai.user.message","attributes":[
            {"key":"content","value":{"stringValue":"<b>Hi</b>\nyou"}}]}"#;
        let page = event(json(user).view()).into_string();
        assert!(page.contains("<bdi>user</bdi>") && page.contains("&lt;b&gt;Hi&lt;/b&gt;\nyou"));
        let choice = r#"{"name":"gen_ai.choice","attributes":[
            {"key":"index","value":{"intValue":"0"}},
            {"key":"message","value":{"stringValue":"{\"content\":\"a\\nb\",\"role\":\"x\"}"}}]}"#;
        let page = event(json(choice).view()).into_string();
        assert!(page.contains("<bdi>assistant</bdi>") && page.contains(">a\nb</pre>"), "{page}");
        assert!(page.contains("<bdi>index</bdi>"), "{page}");
    }

    #[test]
    fn other_events_show_their_attributes() {
        let exception = r#"{"name":"exception","attributes":[
            {"key":"exception.type","value":{"stringValue":"ValueError"}},{"key":"<k>","value":{}}]}"#;
        let page = event(json(exception).view()).into_string();
        assert!(page.contains("message exception") && page.contains("ValueError"));
        assert!(page.contains("&lt;k&gt;") && !page.contains("<k>"));
    }
}
