//! Where datasets are moved from and to.

use std::rc::Rc;

use evalstone_core::caller::Caller;
use evalstone_core::case::Case;
use evalstone_core::error::{Error, Result};
use evalstone_kit::remote::client::Server;
use evalstone_kit::remote::{About, Outward, Remote, RemoteDataset, Unsayable};
use evalstone_store::Store;

use crate::here::Here;

/// The word for the store of this configuration.
pub const STORE: &str = "store";

/// A place that has datasets.
#[derive(Clone)]
pub struct Place {
    /// What it is called in reports.
    pub name: String,
    /// What it speaks; a place that speaks no dialect says every case whole.
    pub speaks: Option<Outward>,
    /// How it is read and written.
    pub remote: Rc<dyn Remote>,
}

/// What a text names as a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The store of this configuration.
    Store,
    /// A server that speaks the dialect of this short name.
    Server {
        /// The dialect.
        dialect: String,
        /// Its address.
        url: String,
    },
    /// A file.
    File(String),
}

impl Address {
    /// Reads `store`, `DIALECT+https://…` or a file's path.
    ///
    /// # Errors
    /// Invalid when a server's dialect is left out.
    pub fn parse(text: &str) -> Result<Self> {
        if text == STORE {
            return Ok(Self::Store);
        }
        let Some((before, rest)) = text.split_once("://") else {
            return Ok(Self::File(text.to_owned()));
        };
        match before.split_once('+') {
            Some((dialect, scheme)) => {
                Ok(Self::Server { dialect: dialect.to_owned(), url: format!("{scheme}://{rest}") })
            }
            // It is not repeated: a password may stand in it.
            None => Err(Error::invalid(
                "say what is spoken at a server's address, as in DIALECT+https://api.example.com",
            )),
        }
    }
}

impl Place {
    /// The store, as `caller` sees it. What dialects alone know of datasets is moved as `dialect`, the
    /// short name of what is spoken at the other end, says it; and where that says everything, of each
    /// of `dialects`.
    #[must_use]
    pub fn store(
        store: Store,
        caller: Caller,
        dialect: &'static str,
        dialects: Vec<&'static str>,
    ) -> Self {
        let here = Here::new(store, caller, dialect, dialects);
        Self { name: STORE.to_owned(), speaks: None, remote: Rc::new(here) }
    }

    /// A server.
    ///
    /// # Errors
    /// Invalid when its address, key or an option cannot be meant.
    pub fn server(outward: Outward, server: Server) -> Result<Self> {
        let name = format!("{}+{}", outward.name, server.url.trim_end_matches('/'));
        let remote: Rc<dyn Remote> = Rc::from((outward.connect)(server)?);
        Ok(Self { name, speaks: Some(outward), remote })
    }

    /// What becomes of a case that is written there and read again.
    ///
    /// # Errors
    /// Why this place cannot write it at all.
    pub fn round_trip(&self, case: &Case) -> Result<Case, Unsayable> {
        let Some(outward) = self.speaks else { return Ok(case.clone()) };
        (outward.writable)(case).map(|()| (outward.round_trip)(case))
    }

    /// What of a dataset besides its cases this place cannot say.
    #[must_use]
    pub fn unsaid(&self, about: &About) -> Vec<&'static str> {
        self.speaks.map_or_else(Vec::new, |outward| (outward.unsaid)(about))
    }

    /// The short name of what it speaks; none for a place of no dialect.
    #[must_use]
    pub fn dialect(&self) -> Option<&'static str> {
        self.speaks.map(|outward| outward.name)
    }

    /// The dataset as it is moved to `target`: what a dialect alone knows stays behind where another
    /// one is spoken.
    #[must_use]
    pub fn outbound(&self, dataset: &RemoteDataset, target: &Self) -> RemoteDataset {
        let mut outbound = dataset.clone();
        let both = self.dialect().zip(target.dialect());
        if both.is_some_and(|(here, there)| here != there) {
            outbound.about.facet = None;
        }
        // Where a dialect is spoken it is the origin; only what is moved whole has had one before.
        if self.speaks.is_some() {
            outbound.about.origin = None;
        }
        outbound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_places() {
        let server = |dialect: &str, url: &str| Address::Server {
            dialect: dialect.to_owned(),
            url: url.to_owned(),
        };
        assert_eq!(Address::parse("store").expect("a place"), Address::Store);
        assert_eq!(
            Address::parse("one+https://h:1/x").expect("a place"),
            server("one", "https://h:1/x")
        );
        let file = Address::File("a+b/store.jsonl".to_owned());
        assert_eq!(Address::parse("a+b/store.jsonl").expect("a place"), file);
        assert!(
            Address::parse("https://h").expect_err("no dialect").message().contains("DIALECT+")
        );
    }
}
