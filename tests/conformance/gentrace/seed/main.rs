//! Brings a database, beside the gateway that serves it, to the state that the vendor's own API tests
//! expect: once at the start and again for each line on standard input, answering each with the
//! line `seeded`. It ends with its input.
//!
//! The organization and the key `My API Key` are made before through the command line. Everything
//! else goes through the store, because no dialect lets a client choose ids.
//! `EVALSTONE_DATABASE_URL` names the database.

mod rows;

use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use evalstone_core::caller::Caller;
use evalstone_core::case::{Case, Origin};
use evalstone_core::dataset::{NewCase, NewDataset, Reference};
use evalstone_core::id::{Id, OrganizationId};
use evalstone_core::json::RawObject;
use evalstone_core::pipeline::NewPipeline;
use evalstone_core::run::{NewRun, RunKind};
use evalstone_core::text::Slug;
use evalstone_store::{Options, Store};
use uuid::{Uuid, uuid};

use rows::Rows;

/// The key that the tests send.
const KEY: &str = "My API Key";
/// What the tests call almost everything, the organization included.
const USUAL: Uuid = uuid!("123e4567-e89b-12d3-a456-426614174000");
/// The dataset to which the tests add cases.
const OTHER_DATASET: Uuid = uuid!("b2c3d4e5-f6a7-8901-2345-67890abcdef1");
/// What the tests call the pipeline beside its id.
const SLUG: &str = "email-summarizer";
/// The dialect that the objects are made through.
const DIALECT: &str = "gentrace";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let url = std::env::var("EVALSTONE_DATABASE_URL")?;
    let statement_timeout = Duration::from_secs(30);
    let store = Store::open(&Options { url: url.clone(), pool_size: 1, statement_timeout })?;
    let mut rows = Rows::open(&url)?;
    let caller =
        store.authenticate(KEY).await?.ok_or("first import the key: evalstone keys import")?;
    if caller.organization != OrganizationId::from_uuid(USUAL) {
        return Err(
            format!("the key is of organization {}, not {USUAL}", caller.organization).into()
        );
    }
    loop {
        rows.erase(USUAL)?;
        seed(&store, &caller).await?;
        println!("seeded");
        std::io::stdout().flush()?;
        if std::io::stdin().read_line(&mut String::new())? == 0 {
            return Ok(());
        }
    }
}

/// Makes everything; the organization has nothing but its users and keys.
async fn seed(store: &Store, caller: &Caller) -> Result<()> {
    store.create_pipeline(caller, pipeline(caller.default_pipeline.uuid(), "default")?).await?;
    store.create_pipeline(caller, pipeline(USUAL, SLUG)?).await?;
    for id in [USUAL, OTHER_DATASET] {
        store.create_dataset(caller, dataset(id)).await?;
    }
    store.add_case(caller, DIALECT, &Reference::Id(USUAL), case()).await?;
    let run = NewRun {
        id: Some(Id::from_uuid(USUAL)),
        kind: RunKind::Experiment,
        origin: DIALECT,
        pipeline: Id::from_uuid(USUAL),
        name: None,
        metadata: None,
    };
    store.create_run(caller, run).await?;
    Ok(())
}

fn pipeline(id: Uuid, slug: &str) -> Result<NewPipeline> {
    let slug = Slug::parse(slug)?;
    Ok(NewPipeline { id: Some(Id::from_uuid(id)), slug, display_name: None, folder: None })
}

fn dataset(id: Uuid) -> NewDataset {
    NewDataset {
        id: Some(Id::from_uuid(id)),
        origin: DIALECT,
        pipeline: Some(Id::from_uuid(USUAL)),
        shared: true,
        name: "seeded".to_owned(),
        name_key: None,
        description: None,
        category: None,
        creator: None,
        source: "customer".to_owned(),
        public: false,
        golden: false,
        facet: None,
    }
}

fn case() -> NewCase {
    let case =
        Case { name: Some("seeded".to_owned()), inputs: RawObject::empty(), ..Case::default() };
    let origin = Origin { dialect: DIALECT.to_owned(), source_id: None, facet: None };
    NewCase { id: Some(Id::from_uuid(USUAL)), case, origin }
}
