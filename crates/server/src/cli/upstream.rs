//! `evalstone mirror` and `evalstone diff`: what running beside a vendor has left behind.

use clap::Subcommand;
use evalstone_core::upstream::{Difference, Miss};
use evalstone_store::Store;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{organization, output};
use crate::failure::Failure;

/// Commands on calls that a vendor has carried out.
#[derive(Debug, Subcommand)]
pub enum Mirror {
    /// List the calls that a vendor has carried out and the gateway has not
    Misses {
        /// Slug or id of the organization
        #[arg(long, value_name = "ORG")]
        org: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Give one of them up: it is never carried out here
    Forget {
        /// The call's id, as `mirror misses --json` shows it
        id: Uuid,
        /// Slug or id of the organization
        #[arg(long, value_name = "ORG")]
        org: String,
    },
    /// Have all of them tried again by the running gateway, those that had failed too
    Retry {
        /// Slug or id of the organization
        #[arg(long, value_name = "ORG")]
        org: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
}

/// Commands on how a vendor's answers differ from ours.
#[derive(Debug, Subcommand)]
pub enum Diff {
    /// Print the differences that were found
    Report {
        /// Slug or id of the organization
        #[arg(long, value_name = "ORG")]
        org: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
        /// Forget them once they are printed
        #[arg(long)]
        clear: bool,
    },
}

impl Mirror {
    /// Does it.
    ///
    /// # Errors
    /// When the organization does not exist, or the database fails.
    pub async fn run(self, store: &Store) -> Result<(), Failure> {
        match self {
            Self::Misses { org, json } => {
                let misses = store.misses(organization(store, &org).await?.id).await?;
                if json { output::json(&misses.iter().map(miss).collect()) } else { list(&misses) }
            }
            Self::Forget { id, org } => {
                let organization = organization(store, &org).await?.id;
                if !store.misses(organization).await?.iter().any(|miss| miss.id == id) {
                    return Err(Failure::new(format!("there is no such call: {id}")));
                }
                store.end_miss(organization, id).await?;
                output::text(&format!("{id} is forgotten"))
            }
            Self::Retry { org, json } => {
                let count = store.retry_misses(organization(store, &org).await?.id).await?;
                if json {
                    output::json(&json!({ "retried": count }))
                } else {
                    output::text(&format!("{count} calls are due"))
                }
            }
        }
    }
}

impl Diff {
    /// Does it.
    ///
    /// # Errors
    /// When the organization does not exist, or the database fails.
    pub async fn run(self, store: &Store) -> Result<(), Failure> {
        let Self::Report { org, json, clear } = self;
        let organization = organization(store, &org).await?.id;
        let differences = store.differences(organization).await?;
        if json {
            output::json(&differences.iter().map(difference).collect())?;
        } else {
            report(&differences)?;
        }
        if clear {
            store.clear_differences(organization).await?;
        }
        Ok(())
    }
}

fn miss(miss: &Miss) -> Value {
    let Miss {
        organization: _,
        id,
        number: _,
        dialect,
        key,
        method,
        target,
        route,
        content_type,
        content_encoding,
        made,
        bytes,
        failed,
        reason,
        tries,
        due_at,
        created_at,
    } = miss;
    json!({
        "id": id.to_string(),
        "dialect": dialect,
        "route": route,
        "method": method,
        "target": target,
        "key": key.to_string(),
        "content_type": content_type,
        "content_encoding": content_encoding,
        "bytes": bytes,
        "made": made.as_ref().map(|(kind, id)| json!({ "kind": kind, "id": id })),
        "state": state(*failed),
        "reason": reason,
        "tries": tries,
        "due_at": (!failed).then(|| output::time(*due_at)),
        "created_at": output::time(*created_at),
    })
}

const fn state(failed: bool) -> &'static str {
    if failed { "failed" } else { "waiting" }
}

fn list(misses: &[Miss]) -> Result<(), Failure> {
    let row = |miss: &Miss| {
        [
            output::time(miss.created_at),
            miss.dialect.clone(),
            format!("{} {}", miss.method, miss.target),
            state(miss.failed).to_owned(),
            miss.tries.to_string(),
            miss.reason.clone(),
        ]
    };
    let rows: Vec<_> = misses.iter().map(row).collect();
    output::table(["CAME", "DIALECT", "CALL", "STATE", "TRIES", "REASON"], &rows)
}

fn difference(difference: &Difference) -> Value {
    let Difference {
        dialect,
        route,
        pointer,
        kind,
        count,
        ours,
        theirs,
        first_seen_at,
        last_seen_at,
    } = difference;
    json!({
        "dialect": dialect,
        "route": route,
        "pointer": pointer,
        "kind": kind,
        "count": count,
        "ours": ours,
        "theirs": theirs,
        "first_seen_at": output::time(*first_seen_at),
        "last_seen_at": output::time(*last_seen_at),
    })
}

fn report(differences: &[Difference]) -> Result<(), Failure> {
    let row = |difference: &Difference| {
        [
            difference.count.to_string(),
            difference.dialect.clone(),
            difference.route.clone(),
            if difference.pointer.is_empty() { "/" } else { &difference.pointer }.to_owned(),
            difference.kind.clone(),
            difference.ours.clone(),
            difference.theirs.clone(),
        ]
    };
    let rows: Vec<_> = differences.iter().map(row).collect();
    output::table(["COUNT", "DIALECT", "ROUTE", "PLACE", "KIND", "OURS", "THEIRS"], &rows)
}
