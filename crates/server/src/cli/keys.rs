//! `evalstone keys`.

use std::io::{IsTerminal as _, Read as _};

use chrono::{DateTime, TimeDelta, Utc};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use evalstone_core::key::{KeyKind, MAX_KEY_BYTES, RawKey};
use evalstone_core::organization::{ApiKey, Organization, User};
use evalstone_kit::quantity::Span;
use evalstone_store::Store;
use evalstone_store::access::NewKey;
use serde_json::{Value, json};

use super::{organization, output};
use crate::failure::Failure;

/// Commands on API keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Make a key; it is shown only this once
    Create(New),
    /// Register a key that exists elsewhere, such as a vendor's, read from standard input
    Import(New),
    /// List an organization's keys
    List {
        /// Slug or id of the organization
        #[arg(long, value_name = "ORG")]
        org: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key: it stops working at once
    Revoke {
        /// The key's number, id or first characters, as `keys list` shows them
        key: String,
        /// Slug or id of the organization
        #[arg(long, value_name = "ORG")]
        org: String,
    },
}

/// A key to be registered.
#[derive(Args, Debug)]
pub struct New {
    /// Slug or id of the organization
    #[arg(long, value_name = "ORG")]
    org: String,
    /// runtime reads, ci also writes, admin also manages keys
    #[arg(long, value_parser = kinds())]
    kind: KeyKind,
    /// E-mail address of the user it belongs to; the organization's service user when not given
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
    /// How long it works, such as 12h or 90d; for ever when not given
    #[arg(long, value_name = "TIME")]
    expires_in: Option<Span>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

fn kinds() -> impl TypedValueParser<Value = KeyKind> {
    PossibleValuesParser::new(KeyKind::ALL.map(KeyKind::as_str))
        .try_map(|word| KeyKind::from_word(&word).ok_or(word))
}

impl Keys {
    /// Does it.
    ///
    /// # Errors
    /// When the organization, user or key does not exist, the key is registered already, or the
    /// database fails.
    pub async fn run(self, store: &Store) -> Result<(), Failure> {
        match self {
            Self::Create(new) => {
                let key = RawKey::generate()?;
                new.register(store, &key).await?.print(&key, true)
            }
            Self::Import(new) => {
                let key = read_key()?;
                new.register(store, &key).await?.print(&key, false)
            }
            Self::List { org, json } => list(store, &org, json).await,
            Self::Revoke { key, org } => revoke(store, &org, &key).await,
        }
    }
}

/// A key that was registered.
struct Registered {
    id: String,
    organization: Organization,
    user: User,
    kind: KeyKind,
    expires_at: Option<DateTime<Utc>>,
    json: bool,
}

impl New {
    async fn register(self, store: &Store, key: &RawKey) -> Result<Registered, Failure> {
        let Self { org, kind, user, expires_in, json } = self;
        let expires_at = expires_in.map(after).transpose()?;
        let organization = organization(store, &org).await?;
        let user = find_user(store, &organization, user.as_deref()).await?;
        let new = NewKey::of(key, kind, expires_at);
        let id = store.register_key(organization.id, user.id, new).await?.to_string();
        Ok(Registered { id, organization, user, kind, expires_at, json })
    }
}

impl Registered {
    /// Prints what was registered; the key itself only when `shown`, for whoever imports one has it.
    fn print(self, key: &RawKey, shown: bool) -> Result<(), Failure> {
        let Self { id, organization, user, kind, expires_at, json } = self;
        if json {
            let mut document = json!({
                "id": id,
                "organization": organization.slug,
                "user": user.email,
                "kind": kind.as_str(),
                "prefix": key.prefix(),
                "expires_at": expires_at.map(output::time),
            });
            if shown {
                document["key"] = Value::from(key.expose());
            }
            return output::json(&document);
        }
        if shown {
            // Nothing else goes to standard output, so that a script can take it as it is.
            eprintln!(
                "{} key of {} for {}, shown only this once:",
                kind.as_str(),
                user.email,
                organization.slug
            );
            return output::text(key.expose());
        }
        output::text(&format!(
            "registered {} key {}… of {} for {}",
            kind.as_str(),
            key.prefix(),
            user.email,
            organization.slug
        ))
    }
}

fn after(Span(span): Span) -> Result<DateTime<Utc>, Failure> {
    TimeDelta::from_std(span)
        .ok()
        .and_then(|span| Utc::now().checked_add_signed(span))
        .ok_or_else(|| Failure::new("--expires-in is too far in the future"))
}

async fn find_user(
    store: &Store,
    organization: &Organization,
    email: Option<&str>,
) -> Result<User, Failure> {
    store.find_user(organization.id, email).await?.ok_or_else(|| {
        let slug = &organization.slug;
        match email {
            Some(email) => Failure::new(format!("{slug} has no user {email:?}")),
            None => Failure::new(format!("{slug} has no service user")),
        }
    })
}

/// One line of standard input. More than a key's length and its line's end is not read.
fn read_key() -> Result<RawKey, Failure> {
    let mut input = std::io::stdin().lock();
    if input.is_terminal() {
        eprintln!("the key, then Enter and Ctrl-D:");
    }
    let mut text = String::new();
    input.by_ref().take(MAX_KEY_BYTES as u64 + 3).read_to_string(&mut text)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(RawKey::import(line.strip_suffix('\r').unwrap_or(line))?)
}

async fn list(store: &Store, org: &str, json: bool) -> Result<(), Failure> {
    let organization = organization(store, org).await?;
    let all = store.keys(organization.id).await?;
    if json {
        return output::json(&all.iter().map(document).collect());
    }
    let rows: Vec<_> = all
        .iter()
        .map(|key| {
            [
                key.number.to_string(),
                format!("{}…", key.prefix),
                key.kind.as_str().to_owned(),
                key.email.clone(),
                state(key),
                key.last_used_at.map(output::time).unwrap_or_default(),
            ]
        })
        .collect();
    output::table(["NUMBER", "KEY", "KIND", "USER", "STATE", "LAST USED"], &rows)
}

fn state(key: &ApiKey) -> String {
    match (key.revoked_at, key.expires_at) {
        (Some(at), _) => format!("revoked {}", output::time(at)),
        (None, Some(at)) if at <= Utc::now() => format!("expired {}", output::time(at)),
        (None, Some(at)) => format!("until {}", output::time(at)),
        (None, None) => "active".to_owned(),
    }
}

async fn revoke(store: &Store, org: &str, name: &str) -> Result<(), Failure> {
    let organization = organization(store, org).await?;
    let keys = store.keys(organization.id).await?;
    let number = find(&keys, name)?.number;
    store.revoke_key(organization.id, number).await?;
    output::text(&format!("revoked key {number} of {}", organization.slug))
}

/// The one key of that number, id or prefix.
fn find<'a>(keys: &'a [ApiKey], name: &str) -> Result<&'a ApiKey, Failure> {
    let exact = |key: &&ApiKey| key.number.to_string() == name || key.id.to_string() == name;
    if let Some(key) = keys.iter().find(exact) {
        return Ok(key);
    }
    let begun: Vec<&ApiKey> =
        keys.iter().filter(|key| !key.prefix.is_empty() && key.prefix == name).collect();
    match begun.as_slice() {
        [key] => Ok(key),
        [] => Err(Failure::new(format!("there is no key {name:?}; see `evalstone keys list`"))),
        _ => Err(Failure::new(format!("several keys begin with {name:?}; give the number"))),
    }
}

fn document(key: &ApiKey) -> Value {
    json!({
        "id": key.id.to_string(),
        "number": key.number,
        "prefix": key.prefix,
        "kind": key.kind.as_str(),
        "user": key.email,
        "project": key.project.map(|id| id.to_string()),
        "environment": key.environment.map(|id| id.to_string()),
        "expires_at": key.expires_at.map(output::time),
        "last_used_at": key.last_used_at.map(output::time),
        "revoked_at": key.revoked_at.map(output::time),
        "created_at": output::time(key.created_at),
        "rotated_at": key.rotated_at.map(output::time),
    })
}
