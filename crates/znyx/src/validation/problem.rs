//! One problem, and the list that a 422 answers with.

use evalstone_core::json::object;

use super::{Place, Rule};
use crate::json::array;

/// How many problems one answer lists at the most: a body of the largest size can have millions,
/// and each takes more room in the answer than in the body.
const MAX_PROBLEMS: usize = 10_000;

/// What is wrong with a request, problem by problem.
#[derive(Debug, Default)]
pub struct Problems {
    list: Vec<String>,
}

impl Problems {
    /// A single problem.
    pub fn one(rule: &Rule, place: &Place<'_>, input: &str) -> Self {
        let mut problems = Self::default();
        problems.add(rule, place, input);
        problems
    }

    /// The body is no JSON: `character` is where, counted from its start. The vendor echoes no
    /// input then.
    pub fn broken_json(character: usize, why: String) -> Self {
        Self::one(&Rule::JsonInvalid(why), &Place::BODY.index(character), "{}")
    }

    /// Adds a problem; `input` is the JSON text of what was found there.
    pub fn add(&mut self, rule: &Rule, place: &Place<'_>, input: &str) {
        if self.list.len() >= MAX_PROBLEMS {
            return;
        }
        self.list.push(object(|object| {
            object.text("type", rule.kind());
            object.json("loc", &place.loc());
            object.text("msg", &rule.message());
            object.json("input", input);
            if let Some(context) = rule.context() {
                object.json("ctx", &context);
            }
        }));
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many problems are listed.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The JSON array that `detail` is.
    pub fn detail(&self) -> String {
        array(&self.list)
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_PROBLEMS, Place, Problems, Rule};

    /// Each item as the real FastAPI and Pydantic write it (contract §1.6).
    #[test]
    fn every_rule_is_worded_as_the_vendor_words_it() {
        let name = Place::BODY.key("name");
        for (rule, input, expected) in [
            (
                Rule::Missing,
                "{}",
                r#"{"type":"missing","loc":["body","name"],"msg":"Field required","input":{}}"#,
            ),
            (
                Rule::StringType,
                "5",
                r#"{"type":"string_type","loc":["body","name"],"msg":"Input should be a valid string","input":5}"#,
            ),
            (
                Rule::StringUnicode,
                r#""\ud800""#,
                r#"{"type":"string_unicode","loc":["body","name"],"msg":"Input should be a valid string, unable to parse raw data as a unicode string","input":"\ud800"}"#,
            ),
            (
                Rule::ValueError("no".to_owned()),
                r#""\u0000""#,
                r#"{"type":"value_error","loc":["body","name"],"msg":"Value error, no","input":"\u0000","ctx":{"error":{}}}"#,
            ),
            (
                Rule::BoolType,
                "null",
                r#"{"type":"bool_type","loc":["body","name"],"msg":"Input should be a valid boolean","input":null}"#,
            ),
            (
                Rule::BoolParsing,
                "2",
                r#"{"type":"bool_parsing","loc":["body","name"],"msg":"Input should be a valid boolean, unable to interpret input","input":2}"#,
            ),
        ] {
            assert_eq!(Problems::one(&rule, &name, input).detail(), format!("[{expected}]"));
        }
    }

    #[test]
    fn rules_of_shapes_and_numbers_are_worded_so_too() {
        let name = Place::BODY.key("name");
        for (rule, input, expected) in [
            (
                Rule::ListType,
                "{}",
                r#"{"type":"list_type","loc":["body","name"],"msg":"Input should be a valid list","input":{}}"#,
            ),
            (
                Rule::DictType,
                "[1]",
                r#"{"type":"dict_type","loc":["body","name"],"msg":"Input should be a valid dictionary","input":[1]}"#,
            ),
            (
                Rule::ModelAttributesType,
                "[]",
                r#"{"type":"model_attributes_type","loc":["body","name"],"msg":"Input should be a valid dictionary or object to extract fields from","input":[]}"#,
            ),
            (
                Rule::IntParsing,
                r#""x""#,
                r#"{"type":"int_parsing","loc":["body","name"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}"#,
            ),
            (
                Rule::IntParsingSize,
                r#""1""#,
                r#"{"type":"int_parsing_size","loc":["body","name"],"msg":"Unable to parse input string as an integer, exceeded maximum size","input":"1"}"#,
            ),
            (
                Rule::FiniteNumber,
                "1e400",
                r#"{"type":"finite_number","loc":["body","name"],"msg":"Input should be a finite number","input":1e400}"#,
            ),
            (
                Rule::StringTooLong(2),
                r#""abc""#,
                r#"{"type":"string_too_long","loc":["body","name"],"msg":"String should have at most 2 characters","input":"abc","ctx":{"max_length":2}}"#,
            ),
            (
                Rule::GreaterThanEqual(1),
                r#""0""#,
                r#"{"type":"greater_than_equal","loc":["body","name"],"msg":"Input should be greater than or equal to 1","input":"0","ctx":{"ge":1}}"#,
            ),
            (
                Rule::LessThanEqual(200),
                r#""999""#,
                r#"{"type":"less_than_equal","loc":["body","name"],"msg":"Input should be less than or equal to 200","input":"999","ctx":{"le":200}}"#,
            ),
        ] {
            assert_eq!(Problems::one(&rule, &name, input).detail(), format!("[{expected}]"));
        }
        assert_eq!(
            Problems::broken_json(8, "Expecting value".to_owned()).detail(),
            r#"[{"type":"json_invalid","loc":["body",8],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting value"}}]"#
        );
    }

    #[test]
    fn rules_of_lengths_and_kinds_of_numbers_are_worded_so_too() {
        let name = Place::BODY.key("name");
        for (rule, input, expected) in [
            (
                Rule::IntType,
                "null",
                r#"{"type":"int_type","loc":["body","name"],"msg":"Input should be a valid integer","input":null}"#,
            ),
            (
                Rule::IntFromFloat,
                "5.5",
                r#"{"type":"int_from_float","loc":["body","name"],"msg":"Input should be a valid integer, got a number with a fractional part","input":5.5}"#,
            ),
            (
                Rule::FiniteNumber,
                "1e400",
                r#"{"type":"finite_number","loc":["body","name"],"msg":"Input should be a finite number","input":1e400}"#,
            ),
            (
                Rule::StringTooShort(1),
                r#""""#,
                r#"{"type":"string_too_short","loc":["body","name"],"msg":"String should have at least 1 character","input":"","ctx":{"min_length":1}}"#,
            ),
            (
                Rule::StringTooLong(5),
                r#""aaaaaa""#,
                r#"{"type":"string_too_long","loc":["body","name"],"msg":"String should have at most 5 characters","input":"aaaaaa","ctx":{"max_length":5}}"#,
            ),
            (
                Rule::TooManyItems { most: 2, count: 3 },
                "[1,2,3]",
                r#"{"type":"too_long","loc":["body","name"],"msg":"List should have at most 2 items after validation, not 3","input":[1,2,3],"ctx":{"field_type":"List","max_length":2,"actual_length":3}}"#,
            ),
        ] {
            assert_eq!(Problems::one(&rule, &name, input).detail(), format!("[{expected}]"));
        }
    }

    #[test]
    fn the_list_has_an_end() {
        let mut problems = Problems::default();
        assert!(problems.is_empty());
        for _ in 0..=MAX_PROBLEMS {
            problems.add(&Rule::Missing, &Place::BODY, "null");
        }
        assert_eq!(problems.len(), MAX_PROBLEMS);
    }
}
