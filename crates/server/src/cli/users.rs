//! `evalstone users`.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};
use evalstone_core::caller::Role;
use evalstone_core::organization::User;
use evalstone_core::text::check_plain;
use evalstone_store::Store;
use serde_json::{Value, json};

use super::{organization, output};
use crate::failure::Failure;

/// Commands on users.
#[derive(Debug, Subcommand)]
pub enum Users {
    /// Make a user
    Create(Create),
    /// List an organization's users
    List {
        /// Slug or id of the organization
        #[arg(long, value_name = "ORG")]
        org: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

/// What to make.
#[derive(Args, Debug)]
pub struct Create {
    /// E-mail address, unique in the organization
    email: String,
    /// Slug or id of the organization
    #[arg(long, value_name = "ORG")]
    org: String,
    /// What the user may do
    #[arg(
        long,
        default_value = "member",
        value_parser = PossibleValuesParser::new(["member", "admin"]).try_map(role)
    )]
    role: Role,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

fn role(word: String) -> Result<Role, String> {
    Role::from_word(&word).ok_or(word)
}

impl Users {
    /// Does it.
    ///
    /// # Errors
    /// When the organization does not exist, the address is in use, or the database fails.
    pub async fn run(self, store: &Store) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(store).await,
            Self::List { org, json } => list(store, &org, json).await,
        }
    }
}

impl Create {
    async fn run(self, store: &Store) -> Result<(), Failure> {
        let Self { email, org, role, json } = self;
        check_plain("the e-mail address", &email)?;
        if !is_address(&email) {
            return Err(Failure::new(format!("{email:?} is not an e-mail address")));
        }
        let organization = organization(store, &org).await?;
        let made = store.create_user(organization.id, &email, role).await?;
        if json {
            return output::json(&document(&made));
        }
        output::text(&format!("made user {} of {}", made.email, organization.slug))
    }
}

/// The longest e-mail address that mail can be sent to, with room to spare (RFC 5321); it stands in
/// an index whose keys are limited.
const MAX_ADDRESS: usize = 320;

/// Only what would be a slip of the hand is refused: something, `@`, something, no blanks.
fn is_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
        && text.len() <= MAX_ADDRESS
        && !text.chars().any(char::is_whitespace)
}

async fn list(store: &Store, org: &str, json: bool) -> Result<(), Failure> {
    let organization = organization(store, org).await?;
    let all = store.users(organization.id).await?;
    if json {
        return output::json(&all.iter().map(document).collect());
    }
    let rows: Vec<_> = all
        .iter()
        .map(|one| {
            let kind = if one.service { "service" } else { "" };
            [one.email.clone(), one.role.as_str().into(), kind.into(), one.number.to_string()]
        })
        .collect();
    output::table(["EMAIL", "ROLE", "KIND", "NUMBER"], &rows)
}

fn document(user: &User) -> Value {
    json!({
        "id": user.id.to_string(),
        "number": user.number,
        "email": user.email,
        "role": user.role.as_str(),
        "service": user.service,
        "created_at": output::time(user.created_at),
    })
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn slips_of_the_hand_are_refused() {
        assert!(is_address("dana@example.com"));
        let long = format!("dana@{}.example", "x".repeat(320));
        for bad in [&long, "", "dana", "@example.com", "dana@", "dana @example.com"] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
