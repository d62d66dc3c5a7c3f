//! What a case says, and what each dialect can say of it, by the words of design §2.4.

use sha2::{Digest as _, Sha256};

use super::dialect::Dialect;
use super::readings::seen;
use crate::arbitrary::record::Record;
use crate::arbitrary::sample::Sample;
use crate::arbitrary::test_case::TestCase;
use crate::arbitrary::value::{Member, Object, Value, plain};
use crate::arbitrary::{STAGES, canonical};

/// The normal form of a case, with the stage as it is said: the default one can be said or not.
#[derive(Clone, Debug)]
pub struct Normal {
    pub(super) stage: Option<String>,
    pub(super) inputs: Vec<Member>,
    pub(super) output: Option<Value>,
    pub(super) expected: Vec<Member>,
    pub(super) metadata: Vec<Member>,
}

impl Normal {
    /// Of what a sample writes.
    pub fn of_sample(Sample(sample): &Sample) -> Self {
        let given = |key: &str| sample.get(key).filter(|value| !matches!(value, Value::Null));
        let text = given("input_text").cloned().expect("a sample has a text");
        let context = given("context").and_then(Value::as_text);
        let context = context.map(|context| context.text().expect("a context is plain"));
        let stage = context.filter(|context| context != "input");
        let (inputs, output) = match stage.as_deref() {
            Some("output") => (Vec::new(), Some(text)),
            _ => (vec![Member::plain("input", text)], None),
        };
        let verdict = [("decision", "expected_decision"), ("rule_hits", "expected_rule_hits")];
        let expected = verdict
            .into_iter()
            .filter_map(|(key, field)| Some(Member::plain(key, given(field)?.clone())))
            .collect();
        let metadata = given("metadata").and_then(Value::as_object).map(Object::members);
        Self { stage, inputs, output, expected, metadata: metadata.unwrap_or_default().to_vec() }
    }

    /// Of what a record writes.
    pub fn of_record(Record([prompt, input, context, output, golden_answer]): &Record) -> Self {
        let member = |(key, text): (&str, &String)| {
            (!text.is_empty()).then(|| Member::plain(key, plain(text)))
        };
        let inputs = [("prompt", prompt), ("input", input), ("context", context)];
        Self {
            stage: None,
            inputs: inputs.into_iter().filter_map(member).collect(),
            output: (!output.is_empty()).then(|| plain(output)),
            expected: member(("golden_answer", golden_answer)).into_iter().collect(),
            metadata: Vec::new(),
        }
    }

    /// Of what a test case writes.
    pub fn of_test_case(TestCase(test_case): &TestCase) -> Self {
        let members = |key: &str| {
            let object = test_case.get(key).and_then(Value::as_object);
            object.map(Object::members).unwrap_or_default().to_vec()
        };
        let mut inputs = members("inputs");
        let stage = last(&inputs, "stage")
            .and_then(|value| value.as_text()?.text())
            .filter(|stage| STAGES.contains(&stage.as_str()));
        let output = last(&inputs, "output").filter(|value| !matches!(value, Value::Null)).cloned();
        let taken = [("stage", stage.is_some()), ("output", output.is_some())];
        inputs.retain(|member| !taken.iter().any(|(key, taken)| *taken && member.key.is(key)));
        let expected = members("expectedOutputs");
        Self { stage, inputs, output, expected, metadata: Vec::new() }
    }

    /// The digest in lower-case hexadecimal.
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(self.canonical()))
    }

    /// The canonical JSON, of which the digest is made.
    pub fn canonical(&self) -> String {
        let Self { stage, inputs, output, expected, metadata } = self;
        let unless_empty =
            |members: &[Member]| (!members.is_empty()).then(|| canonical::members(members));
        let stage = stage.as_deref().filter(|stage| *stage != "input");
        let fields = [
            ("expected", unless_empty(expected)),
            ("inputs", Some(canonical::members(inputs))),
            ("metadata", unless_empty(metadata)),
            ("output", output.as_ref().map(canonical::value)),
            ("stage", stage.map(canonical::text)),
        ];
        let fields: Vec<String> = fields
            .into_iter()
            .filter_map(|(name, value)| Some(format!("\"{name}\":{}", value?)))
            .collect();
        format!("{{{}}}", fields.join(","))
    }

    /// The fields that a dialect does not say wholly, in the order of the normal form.
    pub fn lost(&self, dialect: Dialect) -> Vec<&'static str> {
        let lost = match dialect {
            Dialect::Znyx => self.lost_in_samples(),
            Dialect::Aegis => self.lost_in_records(),
            Dialect::Gentrace => self.lost_in_test_cases(),
        };
        let fields = ["stage", "inputs", "output", "expected", "metadata"];
        fields.into_iter().zip(lost).filter(|(_, lost)| *lost).map(|(field, _)| field).collect()
    }

    /// A sample says one text, as the input or, at the stage `output`, as the output.
    fn lost_in_samples(&self) -> [bool; 5] {
        let Self { stage, inputs, output, expected, metadata: _ } = self;
        // Where nothing says a stage, an answer alone is taken for the stage `output`.
        let becomes_output = stage.is_none() && output.is_some() && seen(inputs).is_empty();
        let shows_output = becomes_output || stage.as_deref() == Some("output");
        let is_text = |value: &Value| value.as_text().is_some();
        let (says_inputs, says_output) = if shows_output {
            (inputs.is_empty(), output.as_ref().is_some_and(is_text))
        } else {
            let one = matches!(&inputs[..], [one] if one.key.is("input") && is_text(&one.value));
            (one, output.is_none())
        };
        let says_expected = says(expected, &["decision", "rule_hits"], |key, value| {
            if key == "decision" {
                return is_text(value);
            }
            value.as_items().is_some_and(|mut items| items.all(is_text))
        });
        [becomes_output, !says_inputs, !says_output, !says_expected, false]
    }

    /// A record says five texts that are not empty.
    fn lost_in_records(&self) -> [bool; 5] {
        let Self { stage, inputs, output, expected, metadata } = self;
        let filled = |value: &Value| value.as_text().is_some_and(|text| !text.is_empty());
        let says =
            |members: &[Member], keys: &[&str]| says(members, keys, |_, value| filled(value));
        [
            stage.as_deref().is_some_and(|stage| stage != "input"),
            !says(inputs, &["prompt", "input", "context"]),
            output.as_ref().is_some_and(|output| !filled(output)),
            !says(expected, &["golden_answer"]),
            !metadata.is_empty(),
        ]
    }

    /// A test case says everything but metadata. A stage stands among the inputs, where only the
    /// engine's are known for one. What a test case, a sample or a record wrote has no other key in
    /// the way.
    fn lost_in_test_cases(&self) -> [bool; 5] {
        let Self { stage, inputs: _, output: _, expected: _, metadata } = self;
        let unknown = stage.as_deref().is_some_and(|stage| !STAGES.contains(&stage));
        [unknown, unknown, false, false, !metadata.is_empty()]
    }
}

/// Whether these members are of such keys and values, none twice.
fn says(members: &[Member], keys: &[&str], has: impl Fn(&str, &Value) -> bool) -> bool {
    let of = |member: &Member| keys.iter().position(|key| member.key.is(key));
    let known: Option<Vec<usize>> = members.iter().map(of).collect();
    known.is_some_and(|known| {
        let twice = (0..keys.len()).any(|key| known.iter().filter(|at| **at == key).count() > 1);
        !twice && known.iter().zip(members).all(|(at, member)| has(keys[*at], &member.value))
    })
}

/// The value that a reading sees under a key: the last of duplicates.
pub(super) fn last<'a>(members: &'a [Member], key: &str) -> Option<&'a Value> {
    members.iter().rev().find(|member| member.key.is(key)).map(|member| &member.value)
}

/// The digest of a dataset with cases of these digests.
pub fn dataset_digest<'a>(cases: impl Iterator<Item = &'a String>) -> String {
    let mut all = Sha256::new();
    for case in cases {
        all.update(bytes(case));
    }
    hex(&all.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..hex.len()).step_by(2).map(|at| digit(at).expect("hexadecimal digits")).collect()
}
