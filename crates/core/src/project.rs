//! Projects: what policies are published for, and the environments in which they take effect
//! (ZNYX contract §1.3, §2.4).

use chrono::{DateTime, Utc};

use crate::id::{EnvironmentId, Number, ProjectId};
use crate::text::Slug;

/// The environments that every project starts with, in the order in which policies move on.
pub const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];

/// A project of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The identifier.
    pub id: ProjectId,
    /// The public number.
    pub number: Number,
    /// The name that people read, any text.
    pub name: String,
    /// The short name that may stand for the id; unique in the organization.
    pub slug: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Where a project's policies take effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The identifier.
    pub id: EnvironmentId,
    /// The public number.
    pub number: Number,
    /// The project that it belongs to.
    pub project: ProjectId,
    /// The name, which may stand for the id; unique in the project.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// The longest name of an environment in characters: it stands in URLs, and in an index whose keys
/// are limited.
pub const MAX_ENVIRONMENT_NAME: usize = 64;

/// A project with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectOverview {
    /// The project.
    pub project: Project,
    /// Its environments, oldest first.
    pub environments: Vec<Environment>,
    /// The runtime keys of its environments that are not revoked, oldest first.
    pub runtime_keys: Vec<RuntimeKey>,
}

/// A key by which a runtime works in an environment; everything but the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeKey {
    /// The environment.
    pub environment: EnvironmentId,
    /// The key's first characters.
    pub prefix: String,
    /// When it stops working, if ever.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The slug of a project in whose name no character can stand in a slug.
const NAMELESS: &str = "project";
/// The most characters of a name that go into a slug.
const FROM_NAME: usize = 60;
/// The highest number that tells projects of one name apart; further ones are told by their ids.
const NUMBERED: usize = 9;

/// The slugs that a project of this name may have, the first that is free being the one: its
/// letters and digits, and if need be a number or the random end of its id.
pub fn slugs(name: &str, id: ProjectId) -> impl Iterator<Item = Slug> {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut stem: String = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    stem.truncate(FROM_NAME);
    let stem = match stem.trim_end_matches('-') {
        "" => NAMELESS.to_owned(),
        stem => stem.to_owned(),
    };
    let random = id.uuid().simple().to_string().split_off(20);
    let numbered: Vec<String> = (2..=NUMBERED).map(|n| format!("{stem}-{n}")).collect();
    let last = format!("{stem}-{random}");
    let all = std::iter::once(stem).chain(numbered).chain([last]);
    all.filter_map(|text| Slug::parse(&text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_of_a_name() {
        let id: ProjectId = "0193a1b2-0000-7000-8000-0123456789ab".parse().expect("an id");
        let first = |name: &str| slugs(name, id).next().map(Slug::into_string);
        for (name, slug) in [
            ("Support Bot", "support-bot"),
            ("  v2.0 -- (beta)!  ", "v2-0-beta"),
            ("x", "x"),
            ("Gr\u{f6}\u{df}e", "gr-e"),
            ("\u{9879}\u{76ee}", "project"),
            ("", "project"),
        ] {
            assert_eq!(first(name).as_deref(), Some(slug), "{name:?}");
        }
        let long = format!("{}- tail", "a".repeat(59));
        assert_eq!(first(&long), Some("a".repeat(59)));
    }

    #[test]
    fn more_slugs_follow_and_the_last_is_the_project_s_own() {
        let id: ProjectId = "0193a1b2-0000-7000-8000-0123456789ab".parse().expect("an id");
        let all: Vec<String> = slugs("Bot", id).map(Slug::into_string).collect();
        assert_eq!(all.len(), 10);
        assert_eq!(all[..3], ["bot", "bot-2", "bot-3"]);
        assert_eq!(all[9], "bot-0123456789ab");
    }
}
