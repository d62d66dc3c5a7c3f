//! `evalstone orgs`.

use clap::{Args, Subcommand};
use evalstone_core::id::OrganizationId;
use evalstone_core::organization::Organization;
use evalstone_core::text::{Slug, check_plain};
use evalstone_store::Store;
use evalstone_store::access::NewOrganization;
use evalstone_store::sharing::Adopted;
use serde_json::{Value, json};

use super::{organization, output};
use crate::config::Config;
use crate::failure::Failure;
use crate::{dialects, seeding};

/// Commands on organizations.
#[derive(Debug, Subcommand)]
pub enum Orgs {
    /// Make an organization
    Create(Create),
    /// List all organizations
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make a dataset, collection or scoring run the organization's own: without an owner, shared
    Adopt(Adopt),
}

/// What becomes the organization's own, by the number that the Aegis dialect shows.
#[derive(Args, Debug)]
pub struct Adopt {
    /// Slug or id of the organization
    #[arg(value_name = "ORG")]
    org: String,
    #[command(flatten)]
    what: Adoptee,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Adoptee {
    /// A dataset; its owner's runs on it become shared
    #[arg(long, value_name = "NUMBER")]
    dataset: Option<i64>,
    /// A collection; what is in it becomes shared
    #[arg(long, value_name = "NUMBER")]
    collection: Option<i64>,
    /// A scoring run
    #[arg(long, value_name = "NUMBER")]
    run: Option<i64>,
}

/// What to make.
#[derive(Args, Debug)]
pub struct Create {
    /// Short name, which may stand for the id in paths: lower-case letters, digits, hyphens
    #[arg(value_parser = |text: &str| Slug::parse(text))]
    slug: Slug,
    /// Name that people read; the slug when not given
    #[arg(long)]
    name: Option<String>,
    /// UUID, when it is given from outside
    #[arg(long, value_name = "UUID")]
    id: Option<OrganizationId>,
    /// It stands for a single person without an organization
    #[arg(long)]
    personal: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Orgs {
    /// Does it.
    ///
    /// # Errors
    /// When the slug or the id is in use, or the database fails.
    pub async fn run(self, store: &Store, config: &Config) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(store, config).await,
            Self::List { json } => list(store, json).await,
            Self::Adopt(adopt) => adopt.run(store).await,
        }
    }
}

impl Create {
    async fn run(self, store: &Store, config: &Config) -> Result<(), Failure> {
        let Self { slug, name, id, personal, json } = self;
        let name = name.unwrap_or_else(|| slug.as_str().to_owned());
        check_plain("name", &name)?;
        let new = NewOrganization { id, slug, name, personal };
        let made = store.create_organization(new).await?;
        if let Err(failure) = seed(store, config, made.id).await {
            let what = "it has not got all samples, which can be installed";
            eprintln!("warning: {what}: {failure}");
        }
        if json {
            return output::json(&document(&made));
        }
        output::text(&format!("made organization {} ({})", made.slug, made.id))
    }
}

impl Adopt {
    async fn run(self, store: &Store) -> Result<(), Failure> {
        let Self { org, what } = self;
        let (what, name) = what.named()?;
        let organization = organization(store, &org).await?;
        store.adopt(organization.id, what).await?;
        output::text(&format!("{name} is {}'s own", organization.slug))
    }
}

impl Adoptee {
    fn named(self) -> Result<(Adopted, String), Failure> {
        let Self { dataset, collection, run } = self;
        match (dataset, collection, run) {
            (Some(number), None, None) => {
                Ok((Adopted::Dataset(number), format!("dataset {number}")))
            }
            (None, Some(number), None) => {
                Ok((Adopted::Collection(number), format!("collection {number}")))
            }
            (None, None, Some(number)) => Ok((Adopted::Run(number), format!("run {number}"))),
            _ => Err(Failure::new("name one dataset, collection or run")),
        }
    }
}

async fn seed(store: &Store, config: &Config, organization: OrganizationId) -> Result<(), Failure> {
    let dialects = dialects::enabled(&config.dialects, store, &config.means())?;
    Ok(seeding::seed(&dialects, organization).await?)
}

async fn list(store: &Store, json: bool) -> Result<(), Failure> {
    let all = store.organizations().await?;
    if json {
        return output::json(&all.iter().map(document).collect());
    }
    let rows: Vec<_> = all
        .iter()
        .map(|one| [one.slug.clone(), one.name.clone(), one.id.to_string(), one.number.to_string()])
        .collect();
    output::table(["SLUG", "NAME", "ID", "NUMBER"], &rows)
}

fn document(organization: &Organization) -> Value {
    json!({
        "id": organization.id.to_string(),
        "number": organization.number,
        "slug": organization.slug,
        "name": organization.name,
        "personal": organization.personal,
        "created_at": output::time(organization.created_at),
    })
}
