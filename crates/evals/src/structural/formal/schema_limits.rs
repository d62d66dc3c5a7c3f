//! What an XML Schema may cost, found out before it is compiled.
//!
//! The validator compares all that may follow each other in a type, follows chains of definitions
//! recursively, and counts occurrences of wildcards in every possible way.

use std::collections::{HashMap, HashSet};

use uppsala::xsd::XS_NAMESPACE;
use uppsala::{Document, Element, NodeId, NodeKind};

use super::parsing::brief;
use super::pattern_size;
use super::schema_values::Values;

/// The longest schema, in bytes.
pub const LONGEST: usize = 256 << 10;
/// The most global definitions, of groups, and of elements that may stand for another.
pub const MOST_DEFINITIONS: [(&str, usize); 3] =
    [("", 1_000), ("group", 200), ("substitution", 200)];
/// The most that the cubes of the types' sizes in elements and wildcards may come to; one type has
/// this at 250.
pub const MOST_COMPARISONS: f64 = 250.0 * 250.0 * 250.0;
/// The most ways to count wildcards, times the elements of the document.
pub const MOST_COUNTS: f64 = 1e9;

/// What may stand in a schema.
const DEFINITIONS: [&str; 11] = [
    "annotation",
    "attribute",
    "attributeGroup",
    "complexType",
    "element",
    "group",
    "import",
    "include",
    "notation",
    "redefine",
    "simpleType",
];
/// The types that every schema has.
const BUILT_IN: [&str; 46] = [
    "anyType",
    "anySimpleType",
    "string",
    "boolean",
    "decimal",
    "float",
    "double",
    "duration",
    "dateTime",
    "time",
    "date",
    "gYearMonth",
    "gYear",
    "gMonthDay",
    "gDay",
    "gMonth",
    "hexBinary",
    "base64Binary",
    "anyURI",
    "QName",
    "NOTATION",
    "normalizedString",
    "token",
    "language",
    "NMTOKEN",
    "NMTOKENS",
    "Name",
    "NCName",
    "ID",
    "IDREF",
    "IDREFS",
    "ENTITY",
    "ENTITIES",
    "integer",
    "nonPositiveInteger",
    "negativeInteger",
    "long",
    "int",
    "short",
    "byte",
    "nonNegativeInteger",
    "unsignedLong",
    "unsignedInt",
    "unsignedShort",
    "unsignedByte",
    "positiveInteger",
];

/// The most that judging all values may cost, in states of automata that are built.
pub const MOST_JUDGING: f64 = 2e9;

/// What a schema costs on a document.
pub struct Costs {
    /// What a value may cost.
    value: f64,
    /// Whether values may be lists of values.
    pub has_lists: bool,
    /// In how many ways the occurrences of a type may have to be counted.
    counts: f64,
}

impl Costs {
    /// Whether a document of so many elements and values may be validated.
    ///
    /// # Errors
    /// That it may not.
    pub fn allow(&self, elements: usize, values: usize) -> Result<(), String> {
        if self.value * values as f64 > MOST_JUDGING {
            return Err("the schema has so many patterns or enumerated values that the output cannot be validated".to_owned());
        }
        if self.counts * elements as f64 > MOST_COUNTS {
            return Err("the schema has wildcards beside so many counted occurrences that the output cannot be validated".to_owned());
        }
        Ok(())
    }
}

/// Whether a schema is complete in itself, and within the limits.
///
/// # Errors
/// What it refers to, or which limit it exceeds.
pub fn within_limits(document: &Document<'_>) -> Result<Costs, String> {
    has_only_definitions(document)?;
    let mut schema = Schema::default();
    for node in document.descendants(document.root()) {
        if let Some((name, element)) = of_schema(document, node) {
            schema.take(document, node, name, element)?;
        }
    }
    schema.judge()
}

/// Whether the root is a schema, and in it is what may be. The validator overlooks what it does not
/// know.
fn has_only_definitions(document: &Document<'_>) -> Result<(), String> {
    let schema = document
        .document_element()
        .filter(|root| of_schema(document, *root).is_some_and(|(name, _)| name == "schema"));
    let Some(schema) = schema else {
        return Err(format!("its root element is no schema of {XS_NAMESPACE}"));
    };
    for child in document.children_iter(schema) {
        match document.node_kind(child) {
            Some(NodeKind::Text(text) | NodeKind::CData(text)) if !text.trim().is_empty() => {
                return Err(format!("it has text between its definitions: {}", brief(text.trim())));
            }
            Some(NodeKind::Element(element))
                if of_schema(document, child)
                    .is_none_or(|(name, _)| !DEFINITIONS.contains(&name)) =>
            {
                return Err(format!("{} is no definition", brief(element.name.prefixed_name())));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The local name of an element of XML Schema's namespace.
fn of_schema<'d>(document: &'d Document<'_>, node: NodeId) -> Option<(&'d str, &'d Element<'d>)> {
    let element = document.element(node)?;
    (element.name.namespace_uri.as_deref() == Some(XS_NAMESPACE))
        .then_some((&*element.name.local_name, element))
}

/// What a type or a named group holds.
#[derive(Clone, Debug, Default)]
struct Model {
    particles: f64,
    /// The names of groups, and of the type that it extends.
    holds: Vec<String>,
    has_wildcard: bool,
    is_unbounded: bool,
    /// The product of all counts above 1, and the largest of them.
    product: f64,
    largest: f64,
}

/// What is known of a schema.
#[derive(Default)]
struct Schema {
    definitions: usize,
    groups: usize,
    substitutions: usize,
    values: Values,
    /// The local names of its own types, and of those that it refers to.
    types: HashSet<String>,
    referred: Vec<String>,
    models: HashMap<NodeId, Model>,
    /// Named types and groups, each with its kind before its name.
    named: HashMap<String, NodeId>,
}

impl Schema {
    fn take(
        &mut self,
        document: &Document<'_>,
        node: NodeId,
        name: &str,
        element: &Element<'_>,
    ) -> Result<(), String> {
        if matches!(name, "include" | "import" | "redefine")
            && let Some(location) = element.get_attribute("schemaLocation")
        {
            return Err(format!(
                "it refers to another schema, {}, and none is ever fetched",
                brief(location)
            ));
        }
        if let Some(pattern) = element.get_attribute("value").filter(|_| name == "pattern") {
            pattern_size::within_limits(pattern)
                .map_err(|why| format!("the pattern {}: {why}", brief(pattern)))?;
        }
        self.take_types(name, element);
        self.values.take(document, node, name);
        let is_global = document.parent(node) == document.document_element();
        self.definitions += usize::from(is_global);
        self.groups += usize::from(is_global && matches!(name, "group" | "attributeGroup"));
        self.substitutions += usize::from(element.get_attribute("substitutionGroup").is_some());
        let kind = if name == "group" { "group" } else { "type" };
        if name == "complexType" || (name == "group" && is_global) {
            self.models.entry(node).or_insert_with(|| Model {
                product: 1.0,
                largest: 1.0,
                ..Model::default()
            });
            if let Some(own) = element.get_attribute("name") {
                self.named.insert(format!("{kind} {own}"), node);
            }
        }
        if let Some(model) = self.model_around(document, node) {
            model.take(name, element);
        }
        Ok(())
    }

    fn take_types(&mut self, name: &str, element: &Element<'_>) {
        if matches!(name, "simpleType" | "complexType") {
            self.types.extend(element.get_attribute("name").map(str::to_owned));
        }
        for attribute in ["type", "base", "itemType", "memberTypes"] {
            let names =
                element.get_attribute(attribute).unwrap_or_default().split_ascii_whitespace();
            self.referred
                .extend(names.map(|name| name.rsplit(':').next().unwrap_or(name).to_owned()));
        }
    }

    /// The model of the type or group that something stands in.
    fn model_around(&mut self, document: &Document<'_>, node: NodeId) -> Option<&mut Model> {
        let around = document
            .ancestors(node)
            .into_iter()
            .find(|ancestor| self.models.contains_key(ancestor))?;
        self.models.get_mut(&around)
    }

    fn judge(&self) -> Result<Costs, String> {
        // The validator takes anything for what is of a type that it does not find.
        let known = |name: &str| self.types.contains(name) || BUILT_IN.contains(&name);
        if let Some(unknown) = self.referred.iter().find(|name| !known(name)) {
            return Err(format!("there is no type {}", brief(unknown)));
        }
        for (what, count) in
            [("", self.definitions), ("group", self.groups), ("substitution", self.substitutions)]
        {
            let most = MOST_DEFINITIONS
                .iter()
                .find(|(name, _)| *name == what)
                .map_or(0, |(_, most)| *most);
            if count > most {
                return Err(
                    format!("it has more than {most} {what} definitions").replace("  ", " ")
                );
            }
        }
        let mut known = HashMap::new();
        let (mut comparisons, mut counts) = (0.0, 1.0_f64);
        for node in self.models.keys() {
            let model = self.expanded(*node, &mut known);
            comparisons += model.particles.powi(3);
            counts = counts.max(model.counts());
        }
        if comparisons > MOST_COMPARISONS {
            return Err("its types have too many elements in all to compare them".to_owned());
        }
        Ok(Costs { value: self.values.dearest(), has_lists: self.values.has_lists, counts })
    }

    /// A model with all that it holds. What holds itself is left to the validator, which refuses it.
    fn expanded(&self, node: NodeId, known: &mut HashMap<NodeId, Model>) -> Model {
        if let Some(model) = known.get(&node) {
            return model.clone();
        }
        known.insert(node, Model::default());
        let mut whole = self.models.get(&node).cloned().unwrap_or_default();
        for held in std::mem::take(&mut whole.holds) {
            if let Some(node) = self.named.get(&held) {
                let inside = self.expanded(*node, known);
                whole.add(&inside);
            }
        }
        known.insert(node, whole.clone());
        whole
    }
}

impl Model {
    fn take(&mut self, name: &str, element: &Element<'_>) {
        let local = |attribute| {
            let value = element.get_attribute(attribute)?;
            Some(value.rsplit(':').next().unwrap_or(value).to_owned())
        };
        match name {
            "element" | "any" => self.particles += 1.0,
            "group" => self.holds.extend(local("ref").map(|name| format!("group {name}"))),
            "extension" => self.holds.extend(local("base").map(|name| format!("type {name}"))),
            "sequence" | "choice" | "all" => {}
            _ => return,
        }
        self.has_wildcard |= name == "any";
        let most = element.get_attribute("maxOccurs").unwrap_or("1").trim();
        match most.parse::<f64>() {
            Ok(most) if most > 1.0 => {
                self.product *= most;
                self.largest = self.largest.max(most);
            }
            Ok(_) => {}
            Err(_) => self.is_unbounded = true,
        }
    }

    fn add(&mut self, inside: &Self) {
        self.particles += inside.particles;
        self.has_wildcard |= inside.has_wildcard;
        self.is_unbounded |= inside.is_unbounded;
        self.product *= inside.product.max(1.0);
        self.largest = self.largest.max(inside.largest);
    }

    /// In how many ways occurrences may be counted at any place. Without a wildcard there is one,
    /// as models are deterministic; where all is counted, the last count follows from the others.
    fn counts(&self) -> f64 {
        match (self.has_wildcard, self.is_unbounded) {
            (false, _) => 1.0,
            (true, true) => self.product,
            (true, false) => self.product / self.largest,
        }
    }
}
