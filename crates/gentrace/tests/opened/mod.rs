//! A database with one organization and one key.

use evalstone_core::caller::Caller;
use evalstone_core::dataset::NewDataset;
use evalstone_core::key::{KeyKind, RawKey};
use evalstone_core::text::Slug;
use evalstone_store::access::{NewKey, NewOrganization};
use evalstone_store::{Options, Store};

/// The key, which may write.
pub const KEY: &str = "My API Key";

/// A new database in this folder, and the key's holder.
pub async fn open(folder: &tempfile::TempDir) -> (Store, Caller) {
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    let statement_timeout = std::time::Duration::from_secs(10);
    let store = Store::open(&Options { url, pool_size: 2, statement_timeout }).expect("opens");
    let slug = Slug::parse("test").expect("a slug");
    let new = NewOrganization { id: None, slug, name: "Test".to_owned(), personal: false };
    let organization = store.create_organization(new).await.expect("made").id;
    let user = store.find_user(organization, None).await.expect("found").expect("a service user");
    let key = NewKey::of(&RawKey::import(KEY).expect("a key"), KeyKind::Ci, None);
    store.register_key(organization, user.id, key).await.expect("registered");
    let caller = store.authenticate(KEY).await.expect("answers").expect("known");
    (store, caller)
}

/// A dataset to be made.
pub fn new_dataset() -> NewDataset {
    NewDataset {
        id: None,
        origin: "gentrace",
        pipeline: None,
        shared: true,
        name: "d".to_owned(),
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
