//! What another server of the same dialect is like: which calls read and which make or change something,
//! where ids stand in them, and what of two equal answers always differs.
//!
//! A dialect says this as data, [`Likeness`]; [`rewrite`] puts one side's ids in the place of the other's,
//! [`compare`] tells how two answers differ. Nothing here knows a store or calls anybody.

pub mod compare;
mod form;
mod lists;
pub mod names;
mod node;
pub mod rewrite;
mod shown;
mod times;

#[cfg(test)]
mod compare_tests;

use evalstone_core::source::{SourceKind, Spelling};

/// What a dialect says of servers that speak it.
#[derive(Debug)]
pub struct Likeness {
    /// How ids are spelled.
    pub spelling: Spelling,
    /// The calls that two servers can be compared by and that can be carried out twice. Of several that fit
    /// a path the first counts.
    pub calls: &'static [Call],
    /// What fields of answers and of JSON bodies, parameters of paths and of queries hold, by their name. A
    /// name such as `user.id` stands for the field `id` of what lies under `user`, also in a list there, and
    /// goes before the bare name.
    pub fields: &'static [(&'static str, Mask)],
    /// Path prefixes under which the gateway has something of its own, which no other server answers.
    pub own: &'static [&'static str],
}

/// One operation.
#[derive(Debug)]
pub struct Call {
    /// Its method.
    pub method: &'static str,
    /// Its path with parameters in braces.
    pub path: &'static str,
    /// What the field `id` of its answer, or of the rows of its answer, is an id of.
    pub subject: Option<SourceKind>,
    /// What it does.
    pub effect: Effect,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It only reads.
    Reads,
    /// It only reads, and its rows are those of the other server in the same order. Only from such a list
    /// can be known what was made without an id being told.
    Lists,
    /// It makes what its answer's field `id` names.
    Makes,
    /// It changes, removes or adds something.
    Changes,
    /// It reads what is each server's own, though its path looks like another call's.
    Apart,
}

impl Effect {
    /// Whether something is different afterwards.
    #[must_use]
    pub const fn changes(self) -> bool {
        match self {
            Self::Reads | Self::Lists | Self::Apart => false,
            Self::Makes | Self::Changes => true,
        }
    }
}

/// What a field holds, as far as two servers' answers differ in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// An id, or a list of ids. Equal when both name the same thing.
    Id(SourceKind),
    /// The organization's id. Each server has its own.
    Organization,
    /// A name that each server gives by itself and nobody asks by. Only its type is compared.
    Given,
    /// A time. Compared by presence, by format, and by the order of the times of one object.
    Time,
    /// What users have put in. It is compared whole, and never shown.
    Payload,
    /// A secret. It is never looked at.
    Secret,
}

impl Likeness {
    /// The call that a request makes; none when two servers cannot be compared by it.
    #[must_use]
    pub fn call(&self, method: &str, path: &str) -> Option<&'static Call> {
        self.calls.iter().find(|call| call.method == method && fits(call.path, path))
    }

    /// Whether a path belongs to the gateway alone.
    #[must_use]
    pub fn is_own(&self, path: &str) -> bool {
        self.own.iter().any(|prefix| crate::dialect::is_under(path, prefix))
    }

    /// What the field `name` under `parent` holds.
    pub(crate) fn mask(&self, parent: &str, name: &str) -> Option<Mask> {
        let qualified = |field: &str| {
            field.split_once('.').is_some_and(|(over, own)| over == parent && own == name)
        };
        let found = self.fields.iter().find(|(field, _)| qualified(field));
        let found = found.or_else(|| self.fields.iter().find(|(field, _)| *field == name));
        found.map(|(_, mask)| *mask)
    }
}

impl Call {
    /// The operation with this method and path.
    #[must_use]
    pub const fn new(
        method: &'static str,
        path: &'static str,
        subject: Option<SourceKind>,
        effect: Effect,
    ) -> Self {
        Self { method, path, subject, effect }
    }

    /// The method and the path's pattern.
    #[must_use]
    pub fn route(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// The segments of a path, without regard to a slash at the end.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_suffix('/').unwrap_or(path).split('/').skip(1)
}

/// The name of a pattern's segment that is a parameter.
fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut given = segments(path);
    let all = segments(pattern).all(|wanted| {
        given.next().is_some_and(|given| match parameter(wanted) {
            Some(_) => !given.is_empty(),
            None => given == wanted,
        })
    });
    all && given.next().is_none()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A dialect for tests.
    pub static SAMPLE: Likeness = Likeness {
        spelling: Spelling::Uuid,
        calls: &[
            Call {
                method: "GET",
                path: "/v1/{org_id}/sets/all",
                subject: None,
                effect: Effect::Reads,
            },
            Call {
                method: "GET",
                path: "/v1/{org_id}/sets/{set_id}",
                subject: Some(SourceKind::Dataset),
                effect: Effect::Reads,
            },
            Call {
                method: "POST",
                path: "/v1/{org_id}/sets",
                subject: Some(SourceKind::Dataset),
                effect: Effect::Makes,
            },
        ],
        fields: &[
            ("user.id", Mask::Given),
            ("rows.id", Mask::Id(SourceKind::Case)),
            ("org_id", Mask::Organization),
            ("set_id", Mask::Id(SourceKind::Dataset)),
            ("set_ids", Mask::Id(SourceKind::Dataset)),
            ("created", Mask::Time),
            ("updated", Mask::Time),
            ("inputs", Mask::Payload),
            ("key", Mask::Secret),
        ],
        own: &["/page"],
    };

    #[test]
    fn the_first_call_that_fits_counts() {
        let path = |method, path| SAMPLE.call(method, path).map(|call| call.path);
        assert_eq!(path("GET", "/v1/o/sets/all"), Some("/v1/{org_id}/sets/all"));
        assert_eq!(path("GET", "/v1/o/sets/1/"), Some("/v1/{org_id}/sets/{set_id}"));
        assert_eq!(path("POST", "/v1/o/sets"), Some("/v1/{org_id}/sets"));
        for (method, other) in [
            ("PUT", "/v1/o/sets"),
            ("GET", "/v1/o/sets//"),
            ("GET", "/v1/o/sets/1/2"),
            ("GET", "/"),
        ] {
            assert_eq!(path(method, other), None, "{other}");
        }
    }

    #[test]
    fn a_field_under_its_parent_goes_before_the_bare_name() {
        assert_eq!(SAMPLE.mask("user", "id"), Some(Mask::Given));
        assert_eq!(SAMPLE.mask("rows", "id"), Some(Mask::Id(SourceKind::Case)));
        assert_eq!(SAMPLE.mask("", "id"), None);
        assert_eq!(SAMPLE.mask("anything", "created"), Some(Mask::Time));
        assert!(SAMPLE.is_own("/page/1") && !SAMPLE.is_own("/pages"));
    }
}
