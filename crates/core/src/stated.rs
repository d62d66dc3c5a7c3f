//! What design §2.4's table says of a case, stated plainly for the laws of the dialects (feature
//! `testing`). It shares nothing with the code that the laws judge but the reader of JSON.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::case::{Case, STAGES};
use crate::json::{Kind, RawJson, RawObject, View};

/// A member of an object.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// The key; none when no text can be it.
    pub key: Option<String>,
    /// Its one spelling.
    token: String,
    /// The value.
    pub value: View<'a>,
}

/// `stage*`, `output*` and `inputs*` of a case.
#[derive(Debug)]
pub struct Stated<'a> {
    /// `stage*`.
    pub stage: Option<String>,
    /// `output*`.
    pub output: Option<View<'a>>,
    /// The members of `inputs*` in their order.
    pub inputs: Vec<Member<'a>>,
}

impl<'a> Stated<'a> {
    /// Of this case.
    #[must_use]
    pub fn of(case: &'a Case) -> Self {
        let mut inputs = members(Some(&case.inputs));
        let last = |key: &str| inputs.iter().rev().find(|member| member.is(key)).map(|m| m.value);
        let own_output = case.output.as_ref().map(RawJson::view).filter(|own| !own.is_null());
        let moved_output =
            last("output").filter(|output| own_output.is_none() && !output.is_null());
        let is_engines = |name: &str| STAGES.contains(&name);
        let moved_stage = last("stage")
            .and_then(View::as_text)
            .filter(|name| case.stage.is_none() && is_engines(name));
        let moved_stage = moved_stage.map(Cow::into_owned);
        if moved_output.is_some() {
            inputs.retain(|member| !member.is("output"));
        }
        if moved_stage.is_some() {
            inputs.retain(|member| !member.is("stage"));
        }
        let stage = case.stage.clone().or(moved_stage);
        Self { stage, output: own_output.or(moved_output), inputs }
    }

    /// Whether a reading sees no value in `inputs*`: of duplicates the last counts, a null never.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let last: BTreeMap<_, _> =
            self.inputs.iter().map(|member| (member.token.as_str(), member.value)).collect();
        last.into_values().all(View::is_null)
    }
}

impl Member<'_> {
    /// Whether the key is this text.
    #[must_use]
    pub fn is(&self, key: &str) -> bool {
        self.key.as_deref() == Some(key)
    }

    /// Whether the value is a string of at least one character.
    #[must_use]
    pub fn is_filled_text(&self) -> bool {
        self.value.kind() == Kind::String && self.value.raw() != "\"\""
    }
}

/// The members of an object in their order; none of an absent one.
#[must_use]
pub fn members(object: Option<&RawObject>) -> Vec<Member<'_>> {
    let members = object.into_iter().flat_map(|object| object.view().members());
    let stated = members.map(|(key, value)| Member {
        key: key.text().map(Cow::into_owned),
        token: key.canonical().into_owned(),
        value,
    });
    stated.collect()
}

/// Whether a dialect can say these members: it has each, and none stands twice.
#[must_use]
pub fn can_say(members: &[Member<'_>], has: impl Fn(&Member<'_>) -> bool) -> bool {
    let mut seen = BTreeSet::new();
    members.iter().all(|member| seen.insert(&member.token) && has(member))
}
