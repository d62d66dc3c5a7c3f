//! Pipelines (contract §3.1).

use evalstone_core::error::Result;
use evalstone_core::text::{MAX_SLUG, Slug};
use serde::Serialize;
use uuid::Uuid;

use super::body::Body;
use super::ids::uuid_of;
use super::problems::quoted;
use super::query::{Query, text as query_text};
use super::timestamp::Timestamp;
use super::values::{boolean, slug, text, uuid};

/// A pipeline.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pipeline {
    /// UUID.
    pub id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed, or else made.
    pub updated_at: Timestamp,
    /// The short name; unique in the organization.
    pub slug: String,
    /// The name that people read.
    pub display_name: Option<String>,
    /// UUID of its folder, kept as given.
    pub folder_id: Option<String>,
    /// When it was archived, if it is.
    pub archived_at: Option<Timestamp>,
    /// UUID of its golden dataset, if it has one.
    pub golden_dataset_id: Option<String>,
}

/// The body of `POST /v4/pipelines`.
#[derive(Debug)]
pub struct NewPipeline {
    /// The short name.
    pub slug: Slug,
    /// The name that people read.
    pub display_name: Option<String>,
    /// The folder.
    pub folder_id: Option<Uuid>,
}

impl NewPipeline {
    /// Reads a body.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut body = Body::parse(bytes)?;
        let slug = body.required("slug", slug);
        let display_name = body.nullable("displayName", text).flatten();
        let folder_id = body.nullable("folderId", uuid).flatten();
        body.finish(slug.map(|slug| Self { slug, display_name, folder_id }))
    }
}

/// The body of `POST /v4/pipelines/{id}`: what is not there stays as it is.
#[derive(Debug)]
pub struct PipelineUpdate {
    /// The new name, or null.
    pub display_name: Option<Option<String>>,
    /// The new folder, or null.
    pub folder_id: Option<Option<Uuid>>,
    /// Whether it is archived.
    pub is_archived: Option<bool>,
}

impl PipelineUpdate {
    /// Reads a body.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut body = Body::parse(bytes)?;
        let made = Self {
            display_name: body.nullable("displayName", text),
            folder_id: body.nullable("folderId", uuid),
            is_archived: body.optional("isArchived", boolean),
        };
        body.finish(Some(made))
    }
}

/// The query of `GET /v4/pipelines`.
#[derive(Debug)]
pub struct PipelineQuery {
    /// Conditions on the slug.
    pub slug: SlugFilter,
    /// Only those in this folder, or in none.
    pub folder_id: Option<Option<Uuid>>,
}

/// `slug=x` and `slug[contains]=x` and so on: all conditions hold together.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SlugFilter {
    /// `slug` itself.
    pub equals: Option<String>,
    /// `contains`.
    pub contains: Option<String>,
    /// `search`.
    pub search: Option<String>,
    /// `startsWith`.
    pub starts_with: Option<String>,
    /// `endsWith`.
    pub ends_with: Option<String>,
    /// `in`.
    pub is_in: Option<Vec<String>>,
    /// `notIn`.
    pub not_in: Option<Vec<String>>,
    /// Whether `mode` is `insensitive`.
    pub insensitive: bool,
}

/// How many slugs `in` and `notIn` may name, so that one statement can hold them.
const MAX_SLUGS: usize = 1_000;

impl PipelineQuery {
    /// Reads a query string.
    ///
    /// # Errors
    /// Invalid, with everything that is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let mut query = Query::parse(text);
        let folder_id = query.value("folderId", folder);
        let mut slug = SlugFilter { equals: query.value("slug", query_text), ..Default::default() };
        for (name, value) in query.pairs().to_vec() {
            if let Some(condition) = name.strip_prefix("slug[") {
                let outcome = slug.add(&name, condition, &value);
                query.problems().keep(outcome);
            }
        }
        query.finish(Self { slug, folder_id })
    }
}

impl SlugFilter {
    /// Adds the condition that follows `slug[` in a parameter's name.
    fn add(&mut self, name: &str, condition: &str, value: &str) -> Result<(), String> {
        let condition = condition.strip_suffix("][]").or_else(|| condition.strip_suffix(']'));
        match condition {
            Some("contains") => self.contains = Some(pattern(name, value)?),
            Some("search") => self.search = Some(pattern(name, value)?),
            Some("startsWith") => self.starts_with = Some(pattern(name, value)?),
            Some("endsWith") => self.ends_with = Some(pattern(name, value)?),
            Some("in") => extend(&mut self.is_in, name, value)?,
            Some("notIn") => extend(&mut self.not_in, name, value)?,
            Some("mode") => self.insensitive = is_insensitive(name, value)?,
            _ => return Err(format!("{} is not a known filter", quoted(name))),
        }
        Ok(())
    }
}

/// A UUID; null is spelled as nothing or as `null`.
fn folder(name: &str, value: &str) -> Result<Option<Uuid>, String> {
    match value {
        "" | "null" => Ok(None),
        value => uuid_of(name, value).map(Some),
    }
}

fn pattern(name: &str, value: &str) -> Result<String, String> {
    if value.chars().count() > MAX_SLUG {
        return Err(format!("'{name}' must not have more than {MAX_SLUG} characters"));
    }
    query_text(name, value)
}

/// Adds the slugs of a comma list; repeated parameters make one list.
fn extend(list: &mut Option<Vec<String>>, name: &str, value: &str) -> Result<(), String> {
    let list = list.get_or_insert_default();
    list.extend(query_text(name, value)?.split(',').map(str::to_owned));
    if list.len() > MAX_SLUGS {
        return Err(format!("'{name}' must not name more than {MAX_SLUGS} slugs"));
    }
    Ok(())
}

fn is_insensitive(name: &str, value: &str) -> Result<bool, String> {
    match value {
        "default" => Ok(false),
        "insensitive" => Ok(true),
        _ => Err(format!("'{name}' must be default or insensitive")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> PipelineQuery {
        PipelineQuery::parse(text).expect(text)
    }

    fn refusal(text: &str) -> String {
        PipelineQuery::parse(text).expect_err(text).message().to_owned()
    }

    #[test]
    fn every_condition_on_a_slug() {
        let given = "slug=a&slug[contains]=b&slug%5Bsearch%5D=c+d&slug[startsWith]=e\
             &slug[endsWith]=f&slug[in]=g%2Ch&slug[in]=i&slug[in][]=j&slug[notIn]=k&slug[mode]=insensitive";
        let text = |text: &str| Some(text.to_owned());
        let list = |texts: &[&str]| Some(texts.iter().map(|&text| text.to_owned()).collect());
        let expected = SlugFilter {
            equals: text("a"),
            contains: text("b"),
            search: text("c d"),
            starts_with: text("e"),
            ends_with: text("f"),
            is_in: list(&["g", "h", "i", "j"]),
            not_in: list(&["k"]),
            insensitive: true,
        };
        assert_eq!(query(given).slug, expected);
        assert_eq!(query("slugs=x&sl=1&").slug, SlugFilter::default());
        assert!(!query("slug[mode]=default").slug.insensitive);
    }

    #[test]
    fn unknown_conditions_are_refused() {
        assert_eq!(
            refusal("slug[equals]=x&slug[mode]=other&slug[in]=%00&folderId=x"),
            "Invalid parameters: 'folderId' must be a UUID; 'slug[equals]' is not a known filter; \
             'slug[mode]' must be default or insensitive; 'slug[in]' holds the character U+0000 at \
             position 1, which cannot be stored"
        );
        for name in ["slug[", "slug[]", "slug[in", "slug[in][0]", "slug[contains]x"] {
            assert!(refusal(&format!("{name}=x")).contains("is not a known filter"), "{name}");
        }
    }

    #[test]
    fn what_no_statement_could_hold_is_refused() {
        assert!(query(&format!("slug[contains]={}", "a".repeat(255))).slug.contains.is_some());
        for name in ["contains", "search", "startsWith", "endsWith"] {
            let long = format!("slug[{name}]={}", "a".repeat(256));
            assert!(refusal(&long).contains("more than 255 characters"), "{name}");
        }
        assert!(query(&format!("slug[in]={}", ",".repeat(999))).slug.is_in.is_some());
        assert!(
            refusal(&format!("slug[in]={}", ",".repeat(1000))).contains("more than 1000 slugs")
        );
    }

    #[test]
    fn no_folder_has_two_spellings() {
        assert_eq!(query("").folder_id, None);
        assert_eq!(query("folderId=").folder_id, Some(None));
        assert_eq!(query("folderId=null").folder_id, Some(None));
        let folder = "6527747A-BA86-441A-AEBD-1AD94460BC89";
        assert_eq!(query(&format!("folderId={folder}")).folder_id, Some(folder.parse().ok()));
    }

    #[test]
    fn slugs_of_new_pipelines() {
        let body = |slug: &str| format!(r#"{{"slug": "{slug}"}}"#);
        let slug = |slug: &str| NewPipeline::parse(body(slug).as_bytes());
        assert!(slug("email-summarizer").is_ok());
        assert!(slug(&"a".repeat(255)).is_ok());
        assert!(slug(&"a".repeat(256)).is_err());
        assert_eq!(
            slug("A b").expect_err("refused").message(),
            "Invalid parameters: 'slug' must match ^[a-z0-9]+(-[a-z0-9]+)*$"
        );
        assert_eq!(
            slug("").expect_err("refused").message(),
            "Invalid parameters: 'slug' must not be empty"
        );
    }

    #[test]
    fn an_update_tells_null_from_nothing() {
        let update = |body: &str| PipelineUpdate::parse(body.as_bytes()).expect(body);
        let PipelineUpdate { display_name, folder_id, is_archived } = update(r#"{"slug": 1}"#);
        assert_eq!((display_name, folder_id, is_archived), (None, None, None));
        let update = update(r#"{"displayName": null, "folderId": null, "isArchived": false}"#);
        assert_eq!((update.display_name, update.folder_id), (Some(None), Some(None)));
        assert_eq!(update.is_archived, Some(false));
    }
}
