//! How often a JSON Schema would be applied to parts of an output, found out before it is.
//!
//! References make schemas that double at every step: the validator would go on for years. Here each
//! pair of a subschema and a part of the output is looked at once.

use std::collections::HashMap;

use serde_json::Value;

use super::json_patterns::{self, Patterns};

/// The most references in a schema, which the validator follows recursively.
pub const MOST_REFERENCES: usize = 1_000;
/// The most times that a subschema may be applied to a part of the output.
pub const MOST_APPLICATIONS: f64 = 2e7;
/// The most pairs of a subschema and a part that are looked at.
const MOST_PAIRS: usize = 5_000_000;
/// The most subschemas that may be applied within each other.
const DEEPEST: usize = 5_000;

/// Whether a schema may be applied to an output.
///
/// # Errors
/// Why not.
pub fn within_limits(schema: &Value, instance: &Value) -> Result<(), String> {
    let mut targets =
        Targets { root: schema, named: HashMap::new(), references: 0, patterns: Vec::new() };
    targets.collect(schema);
    if targets.references > MOST_REFERENCES {
        return Err(format!("the schema has more than {MOST_REFERENCES} references"));
    }
    json_patterns::within_limits(&targets.patterns)?;
    let patterns = Patterns::default();
    Costs { targets, patterns, found: HashMap::new(), known: HashMap::new(), depth: 0 }
        .of(schema, instance)
        .map(drop)
}

/// What references lead to.
struct Targets<'a> {
    root: &'a Value,
    /// By anchor or identifier.
    named: HashMap<&'a str, Vec<&'a Value>>,
    references: usize,
    patterns: Vec<&'a str>,
}

impl<'a> Targets<'a> {
    fn collect(&mut self, value: &'a Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Value::Object(members) => {
                for (key, inside) in members {
                    match (key.as_str(), inside) {
                        ("$anchor" | "$dynamicAnchor" | "$id", Value::String(name)) => {
                            self.named.entry(name.trim_start_matches('#')).or_default().push(value);
                        }
                        ("$ref" | "$dynamicRef", Value::String(_)) => self.references += 1,
                        ("pattern", Value::String(pattern)) => self.patterns.push(pattern),
                        ("patternProperties", Value::Object(schemas)) => {
                            self.patterns.extend(schemas.keys().map(String::as_str));
                        }
                        _ => {}
                    }
                    self.collect(inside);
                }
            }
            _ => {}
        }
    }

    /// What a reference may lead to; what it cannot find the validator refuses.
    fn find(&self, reference: &str) -> Vec<&'a Value> {
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let bases = if base.is_empty() { vec![self.root] } else { self.identified(base) };
        if fragment.is_empty() {
            return bases;
        }
        if !fragment.starts_with('/') {
            return self.named.get(fragment).cloned().unwrap_or_default();
        }
        let fragment = fragment
            .replace("%25", "%")
            .replace("%22", "\"")
            .replace("%5E", "^")
            .replace("%20", " ");
        // In a schema with an identifier of its own a pointer starts there.
        let starts = bases.into_iter().chain(self.named.values().flatten().copied());
        starts.filter_map(|start| start.pointer(&fragment)).collect()
    }

    /// What has this identifier, or one that ends or begins like it: they may be relative.
    fn identified(&self, base: &str) -> Vec<&'a Value> {
        let last = base.rsplit('/').next().unwrap_or(base);
        let named =
            self.named.iter().filter(|(name, _)| name.trim_end_matches('#').ends_with(last));
        named.flat_map(|(_, values)| values.iter().copied()).collect()
    }
}

struct Costs<'a> {
    targets: Targets<'a>,
    patterns: Patterns,
    /// What references were found to lead to.
    found: HashMap<&'a str, Vec<&'a Value>>,
    /// By the addresses of a subschema and a part: how often subschemas are applied in all. A pair
    /// within itself counts nothing more: the validator notices that.
    known: HashMap<(usize, usize), f64>,
    depth: usize,
}

/// A sum that is not beyond the limit: further ones need not be added up.
fn bounded(cost: f64) -> Result<f64, String> {
    if cost > MOST_APPLICATIONS {
        return Err("the schema multiplies itself too often".to_owned());
    }
    Ok(cost)
}

fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

impl<'a> Costs<'a> {
    fn of(&mut self, schema: &'a Value, part: &Value) -> Result<f64, String> {
        let Value::Object(members) = schema else { return Ok(1.0) };
        let pair = (address(schema), address(part));
        if let Some(known) = self.known.get(&pair) {
            return Ok(*known);
        }
        if self.known.len() >= MOST_PAIRS || self.depth >= DEEPEST {
            return Err("the schema and the output are too large in all".to_owned());
        }
        self.known.insert(pair, 0.0);
        self.depth += 1;
        let mut cost = 1.0;
        for (keyword, argument) in members {
            cost += self.of_keyword(keyword, argument, part)?;
        }
        self.depth -= 1;
        if members.keys().any(|keyword| keyword.starts_with("unevaluated")) {
            // To know what was evaluated it is evaluated again.
            cost *= 2.0;
        }
        self.known.insert(pair, bounded(cost)?);
        Ok(cost)
    }

    fn of_keyword(
        &mut self,
        keyword: &str,
        argument: &'a Value,
        part: &Value,
    ) -> Result<f64, String> {
        match (keyword, argument) {
            ("$ref" | "$dynamicRef", Value::String(reference)) => {
                let targets = &self.targets;
                let found =
                    self.found.entry(reference).or_insert_with(|| targets.find(reference)).clone();
                self.sum(found.into_iter(), part)
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => self.sum(schemas.iter(), part),
            ("not" | "if" | "then" | "else" | "propertyNames", schema) => self.of(schema, part),
            ("dependencies" | "dependentSchemas", Value::Object(schemas)) => {
                self.sum(schemas.values(), part)
            }
            ("properties", Value::Object(schemas)) => {
                let parts =
                    schemas.iter().filter_map(|(key, schema)| Some((schema, part.get(key)?)));
                self.pairs(parts)
            }
            ("patternProperties", Value::Object(schemas)) => {
                let mut cost = 0.0;
                for (pattern, schema) in schemas {
                    for key in part.as_object().into_iter().flat_map(|members| members.keys()) {
                        cost = bounded(cost + self.patterns.cost(pattern, key))?;
                    }
                    cost += self.each(schema, part)?;
                }
                bounded(cost)
            }
            ("pattern", Value::String(pattern)) => {
                Ok(part.as_str().map_or(0.0, |text| self.patterns.cost(pattern, text)))
            }
            // Each of the values is compared, each of the names is looked for.
            ("enum" | "required", Value::Array(values)) => Ok(values.len() as f64),
            ("items" | "prefixItems", Value::Array(schemas)) => {
                self.pairs(schemas.iter().zip(part.as_array().into_iter().flatten()))
            }
            (
                "items"
                | "additionalItems"
                | "contains"
                | "unevaluatedItems"
                | "additionalProperties"
                | "unevaluatedProperties",
                schema,
            ) => self.each(schema, part),
            _ => Ok(0.0),
        }
    }

    fn sum(
        &mut self,
        schemas: impl Iterator<Item = &'a Value>,
        part: &Value,
    ) -> Result<f64, String> {
        schemas.into_iter().try_fold(0.0, |cost, schema| bounded(cost + self.of(schema, part)?))
    }

    fn pairs<'p>(
        &mut self,
        pairs: impl Iterator<Item = (&'a Value, &'p Value)>,
    ) -> Result<f64, String> {
        pairs
            .into_iter()
            .try_fold(0.0, |cost, (schema, part)| bounded(cost + self.of(schema, part)?))
    }

    /// A schema applied to all that an array or object holds.
    fn each(&mut self, schema: &'a Value, part: &Value) -> Result<f64, String> {
        match part {
            Value::Array(items) => self.pairs(items.iter().map(|item| (schema, item))),
            Value::Object(members) => self.pairs(members.values().map(|value| (schema, value))),
            _ => Ok(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_that_double_are_refused() {
        let chain: serde_json::Map<_, _> = (1..=40)
            .map(|at| {
                let held = json!({"$ref": format!("#/definitions/a{}", at - 1)});
                (format!("a{at}"), json!({"allOf": [held, held]}))
            })
            .collect();
        let doubling = json!({"definitions": chain, "$ref": "#/definitions/a40"});
        assert!(within_limits(&doubling, &json!(1)).is_err());
        let recursive = json!({"properties": {"a": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}}});
        let deep = |depth: usize| (0..depth).fold(json!(1), |inside, _| json!({"a": inside}));
        assert_eq!(within_limits(&recursive, &deep(10)), Ok(()));
        assert!(within_limits(&recursive, &deep(60)).is_err());
        let anchored = json!({"$defs": {"x": {"$anchor": "n", "items": {"allOf": [{"$ref": "#n"}, {"$ref": "#n"}]}}}, "$ref": "#n"});
        let nested = (0..60).fold(json!(1), |inside, _| json!([inside]));
        assert!(within_limits(&anchored, &nested).is_err());
        let named = json!({"$id": "http://x/y", "items": {"allOf": [{"$ref": "y"}, {"$ref": "http://x/y#"}]}});
        assert!(within_limits(&named, &nested).is_err());
    }

    #[test]
    fn common_schemas_are_allowed() {
        let tree = json!({"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}, "all": {"items": {"$ref": "#"}}}});
        let full = (0..12).fold(json!({}), |inside, _| json!({"left": inside, "right": inside}));
        assert_eq!(within_limits(&tree, &full), Ok(()));
        let wide = json!({"items": {"type": "integer", "minimum": 0}});
        assert_eq!(within_limits(&wide, &json!(vec![1; 1_000_000])), Ok(()));
        assert_eq!(within_limits(&json!({"$ref": "#"}), &json!(1)), Ok(()));
    }

    #[test]
    fn patterns_and_values_cost() {
        let ahead = json!({"items": {"pattern": "^(?=a)"}});
        assert_eq!(within_limits(&ahead, &json!(vec!["a"; 10_000])), Ok(()));
        assert!(within_limits(&ahead, &json!(vec!["a"; 30_000])).is_err());
        let keys: serde_json::Map<_, _> =
            (0..10_000).map(|at| (format!("x-{at}"), json!(at))).collect();
        let keys = Value::Object(keys);
        assert_eq!(within_limits(&json!({"patternProperties": {"^x-": {}}}), &keys), Ok(()));
        let ahead: serde_json::Map<_, _> =
            (0..10).map(|at| (format!("(?=x){at}"), json!({}))).collect();
        assert!(within_limits(&json!({"patternProperties": ahead}), &keys).is_err());
        let listed = json!({"items": {"enum": vec![0; 10_000]}});
        assert_eq!(within_limits(&listed, &json!(vec![1; 1_000])), Ok(()));
        assert!(within_limits(&listed, &json!(vec![1; 10_000])).is_err());
        assert!(
            within_limits(&json!({"allOf": vec![json!({"pattern": "a"}); 1_001]}), &json!(1))
                .is_err()
        );
    }

    #[test]
    fn references_are_bounded() {
        let many = |count: usize| json!({"allOf": vec![json!({"$ref": "#/definitions/a"}); count], "definitions": {"a": {}}});
        assert_eq!(within_limits(&many(MOST_REFERENCES), &json!(1)), Ok(()));
        assert!(within_limits(&many(MOST_REFERENCES + 1), &json!(1)).is_err());
    }
}
