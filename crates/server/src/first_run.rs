//! What a new database needs before anyone can use it: an organization and an admin key.

use evalstone_core::error::Kind;
use evalstone_core::id::OrganizationId;
use evalstone_core::key::{KeyKind, RawKey};
use evalstone_core::organization::Organization;
use evalstone_core::text::Slug;
use evalstone_store::Store;
use evalstone_store::access::{NewKey, NewOrganization};

use crate::config::BOOTSTRAP_KEY;
use crate::failure::Failure;

/// The organization of a gateway that was told nothing.
pub const DEFAULT: &str = "default";

/// What a start has made.
#[derive(Default)]
pub struct Made {
    /// The organization, if there was none.
    pub organization: Option<OrganizationId>,
    /// Its admin key, to be shown once.
    pub key: Option<RawKey>,
}

/// Makes the organization `default` in a database without organizations, with an admin key. With a `bootstrap` key that key is registered instead, whenever it
/// is not known yet; one that was revoked stays so.
///
/// # Errors
/// When the database fails.
pub async fn prepare(store: &Store, bootstrap: Option<RawKey>) -> Result<Made, Failure> {
    if let Some(key) = bootstrap {
        if store.is_registered(key.hash()).await? {
            return Ok(Made::default());
        }
        let (organization, made) = default_organization(store).await?;
        register(store, &organization, &key).await?;
        return Ok(Made { organization: made.then_some(organization.id), key: None });
    }
    if !store.organizations().await?.is_empty() {
        return Ok(Made::default());
    }
    let (organization, made) = default_organization(store).await?;
    if !made {
        return Ok(Made::default());
    }
    let key = RawKey::generate()?;
    register(store, &organization, &key).await?;
    Ok(Made { organization: Some(organization.id), key: Some(key) })
}

/// The key that the environment gives.
///
/// # Errors
/// When it is no possible key.
pub fn bootstrap_key(variable: impl Fn(&str) -> Option<String>) -> Result<Option<RawKey>, Failure> {
    variable(BOOTSTRAP_KEY)
        .filter(|text| !text.is_empty())
        .map(|text| RawKey::import(&text))
        .transpose()
        .map_err(|error| Failure::new(format!("{BOOTSTRAP_KEY}: {error}")))
}

/// The organization `default`, and whether it was made just now.
async fn default_organization(store: &Store) -> Result<(Organization, bool), Failure> {
    if let Some(organization) = store.find_organization(DEFAULT).await? {
        return Ok((organization, false));
    }
    let new = NewOrganization {
        id: None,
        slug: Slug::parse(DEFAULT)?,
        name: "Default".to_owned(),
        personal: false,
    };
    match store.create_organization(new).await {
        Ok(organization) => Ok((organization, true)),
        // Another gateway on this database was faster.
        Err(error) if error.kind() == Kind::Taken => {
            match store.find_organization(DEFAULT).await? {
                Some(organization) => Ok((organization, false)),
                None => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

async fn register(store: &Store, organization: &Organization, key: &RawKey) -> Result<(), Failure> {
    let user = store
        .find_user(organization.id, None)
        .await?
        .ok_or_else(|| Failure::new(format!("{} has no service user", organization.slug)))?;
    let new = NewKey::of(key, KeyKind::Admin, None);
    match store.register_key(organization.id, user.id, new).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == Kind::Taken => Ok(()),
        Err(error) => Err(error.into()),
    }
}
