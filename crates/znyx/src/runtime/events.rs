//! What passes by in a stream of server-sent events, as far as a trace wants to know it.

use evalstone_core::json::{Kind, MAX_DEPTH, RawJson, View, check_bytes};

/// The longest line that is looked at. The runtime's windows have 2,000 characters at the most.
const LONGEST_LINE: usize = 1 << 20;

/// Reads along with a stream.
#[derive(Debug, Default)]
pub struct Watch {
    line: Vec<u8>,
    event: Vec<u8>,
    data: Vec<u8>,
    rules: Vec<RawJson>,
    lost: bool,
}

/// What a whole stream came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// What its last event says.
    pub summary: RawJson,
    /// The rules that fired, JSON strings, each once.
    pub rules: Vec<RawJson>,
}

impl Watch {
    /// Reads the next bytes. Gives what the stream came to once they end it.
    pub fn read(&mut self, piece: &[u8]) -> Option<Done> {
        let mut done = None;
        for byte in piece {
            if *byte != b'\n' {
                self.lost |= self.line.len() >= LONGEST_LINE;
                if !self.lost {
                    self.line.push(*byte);
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = line.strip_suffix(b"\r").unwrap_or(&line);
            if line.is_empty() {
                done = done.or(self.dispatch());
            } else if let Some(name) = field(line, b"event:") {
                self.event = name.to_vec();
            } else if let Some(data) = field(line, b"data:") {
                self.data = data.to_vec();
            }
        }
        done
    }

    fn dispatch(&mut self) -> Option<Done> {
        let (event, data) = (std::mem::take(&mut self.event), std::mem::take(&mut self.data));
        let text = check_bytes(&data, MAX_DEPTH).ok()?;
        let data = RawJson::trusted(text.to_owned());
        match event.as_slice() {
            b"guardrail" | b"block" => {
                for rule in rules(data.view()) {
                    if !self.rules.contains(&rule) {
                        self.rules.push(rule);
                    }
                }
                None
            }
            b"done" if !self.lost => {
                Some(Done { summary: data, rules: std::mem::take(&mut self.rules) })
            }
            _ => None,
        }
    }
}

/// A field's value; a blank before it is no part of it.
fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.strip_prefix(name)?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

/// The ids of the rules that a verdict says have fired, JSON strings.
pub fn rules(verdict: View<'_>) -> Vec<RawJson> {
    let hits = verdict.get("rule_hits");
    let ids = hits.into_iter().flat_map(View::items).filter_map(|hit| hit.get("rule_id"));
    ids.filter(|id| id.kind() == Kind::String).map(RawJson::from_view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "event: guardrail\ndata: {\"rule_hits\": [{\"rule_id\": \"a\"}, {\"rule_id\": \"b\"}, 5]}\n\n\
        event: chunk\r\ndata:{\"text\": \"event: done\"}\r\n\r\n\
        : a comment\n\nevent: block\ndata: {\"rule_hits\": [{\"rule_id\": \"a\"}, {\"rule_id\": \"c\"}]}\n\n\
        event: guardrail\ndata: broken\n\n\
        event: done\ndata: {\"final_decision\": \"BLOCK\"}\n\n";

    #[test]
    fn a_stream_is_understood_however_it_is_cut() {
        let expected = Done {
            summary: RawJson::trusted("{\"final_decision\": \"BLOCK\"}".to_owned()),
            rules: ["\"a\"", "\"b\"", "\"c\""].map(|id| RawJson::trusted(id.to_owned())).into(),
        };
        for size in [1, 7, STREAM.len()] {
            let mut watch = Watch::default();
            let pieces = STREAM.as_bytes().chunks(size);
            let done: Vec<Done> = pieces.filter_map(|piece| watch.read(piece)).collect();
            assert_eq!(done.as_slice(), std::slice::from_ref(&expected), "in pieces of {size}");
        }
    }

    #[test]
    fn a_stream_without_an_end_comes_to_nothing() {
        let mut watch = Watch::default();
        let without_end = STREAM.trim_end().as_bytes();
        assert_eq!(watch.read(without_end), None);
        let mut watch = Watch::default();
        let long = format!("data: {}\n\n{STREAM}", "x".repeat(LONGEST_LINE));
        assert_eq!(watch.read(long.as_bytes()), None);
    }
}
