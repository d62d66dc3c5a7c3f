//! Organizations.

use chrono::{DateTime, Utc};
use evalstone_core::json::object;

use super::time;

/// The plan of an organization that pays nobody. The vendor's page has a text here, never null.
const PLAN: &str = "self-hosted";

/// An organization as answers show it (contract §2.4).
#[derive(Clone, Debug)]
pub struct Organization {
    /// The UUID.
    pub id: String,
    /// The name that people read.
    pub name: String,
    /// The short name that may stand for the id in paths.
    pub slug: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl Organization {
    /// The organization's JSON text. What nobody was asked for is null.
    pub fn to_json(&self) -> String {
        let Self { id, name, slug, created_at } = self;
        object(|object| {
            object.text("id", id);
            object.text("name", name);
            object.text("slug", slug);
            object.text("plan", PLAN);
            object.json("industry", "null");
            object.json("company_size", "null");
            object.text("created_at", &time(*created_at));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Organization;

    #[test]
    fn all_seven_keys_in_the_order_of_the_page() {
        let organization = Organization {
            id: "o".to_owned(),
            name: "A \"B\"".to_owned(),
            slug: "a-b".to_owned(),
            created_at: "2026-04-22T12:00:00Z".parse().expect("a time"),
        };
        assert_eq!(
            organization.to_json(),
            r#"{"id":"o","name":"A \"B\"","slug":"a-b","plan":"self-hosted","industry":null,"company_size":null,"created_at":"2026-04-22T12:00:00.000000Z"}"#
        );
    }
}
