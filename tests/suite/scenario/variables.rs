//! `{{name}}` in a scenario's texts.

use std::collections::BTreeMap;

use crate::gateway::{Gateway, Identities};
use crate::scenario::tests_folder;

/// A well-formed UUID that no gateway ever made.
pub const UNKNOWN_UUID: &str = "00000000-0000-4000-8000-00000000dead";
/// A number that no gateway under test ever reaches.
pub const UNKNOWN_NUMBER: &str = "900000000000000";

/// Names and their texts.
#[derive(Clone, Debug, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// What every scenario knows from the start.
    pub fn of(gateway: &Gateway, identities: &Identities) -> Self {
        let mut variables = Self::default();
        let Identities { home, other, ci, runtime, member, unknown, revoked, expired, imported } =
            identities;
        let known = [
            ("base", gateway.base()),
            ("data", tests_folder().join("data").display().to_string()),
            ("org", home.org.clone()),
            ("org_slug", home.slug.clone()),
            ("other_org", other.org.clone()),
            ("other_org_slug", other.slug.clone()),
            ("unknown_uuid", UNKNOWN_UUID.to_owned()),
            ("unknown_number", UNKNOWN_NUMBER.to_owned()),
            ("key.admin", home.admin.clone()),
            ("key.other", other.admin.clone()),
            ("key.ci", ci.clone()),
            ("key.runtime", runtime.clone()),
            ("key.member", member.clone()),
            ("key.unknown", unknown.clone()),
            ("key.revoked", revoked.clone()),
            ("key.expired", expired.clone()),
            ("key.imported", imported.clone()),
        ];
        for (name, text) in known {
            variables.set(name, &text);
        }
        variables
    }

    /// Gives a name another text.
    pub fn set(&mut self, name: &str, text: &str) {
        self.0.insert(name.to_owned(), text.to_owned());
    }

    /// A name's text.
    pub fn get(&self, name: &str) -> Result<&str, String> {
        self.0.get(name).map(String::as_str).ok_or_else(|| format!("no variable {{{{{name}}}}}"))
    }

    /// Puts the texts into a template. `{{repeat:N:TEXT}}` is N times TEXT, `{{braces}}` is `{{`.
    pub fn fill(&self, template: &str) -> Result<String, String> {
        let mut out = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, tail)) = after.split_once("}}") else {
                return Err(format!("{{{{ without }}}} in {template:?}"));
            };
            out.push_str(before);
            match name.strip_prefix("repeat:").map(|order| order.split_once(':')) {
                Some(Some((count, text))) => {
                    let count = count.parse().map_err(|e| format!("{{{{{name}}}}}: {e}"))?;
                    out.push_str(&text.repeat(count));
                }
                Some(None) => return Err(format!("{{{{{name}}}}} wants {{{{repeat:N:TEXT}}}}")),
                None if name == "braces" => out.push_str("{{"),
                None => out.push_str(self.get(name)?),
            }
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }
}
