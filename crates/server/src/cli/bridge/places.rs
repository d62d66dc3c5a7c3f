//! What commands name: this store, servers with their keys, files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use evalstone_bridge::file::Meant;
use evalstone_bridge::place::{Address, Place};
use evalstone_kit::observe::OWN;
use evalstone_kit::quantity::Span;
use evalstone_kit::remote::client::Server;
use evalstone_store::Store;
use secrecy::SecretString;

use super::super::organization;
use crate::config::Config;
use crate::dialects;
use crate::failure::Failure;
use crate::opening;

/// Whose datasets of this store are meant.
#[derive(Args, Clone, Debug)]
pub struct Whose {
    /// Slug or id of the organization
    #[arg(long, value_name = "ORG", default_value = "default")]
    org: String,
    /// E-mail address of the user whose private datasets are meant, too, and who owns what is made; the
    /// organization's service user when not given
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
}

/// How servers are asked.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Servers")]
pub struct Patience {
    /// How long nothing may come from a server before a request is given up
    #[arg(long, value_name = "TIME", default_value = "60s")]
    timeout: Span,
    /// How often a request is repeated that fails for a reason that passes
    #[arg(long, value_name = "N", default_value_t = 6)]
    retries: usize,
    /// The first pause before a repetition; each is twice as long as the one before
    #[arg(long, value_name = "TIME", default_value = "500ms")]
    first_pause: Span,
}

impl Default for Patience {
    fn default() -> Self {
        let Server { timeout, retries, first_pause, .. } = Server::default();
        Self { timeout: Span(timeout), retries, first_pause: Span(first_pause) }
    }
}

/// The key and the options of the server that is read.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Source")]
pub struct SourceSide {
    /// Environment variable that holds the source's key [default: EVALSTONE_SOURCE_KEY]
    #[arg(long, value_name = "NAME")]
    source_key_env: Option<String>,
    /// File that holds the source's key
    #[arg(long, value_name = "FILE", conflicts_with = "source_key_env")]
    source_key_file: Option<PathBuf>,
    /// What the source's dialect is told besides, as org=ID
    #[arg(long = "source-option", value_name = "NAME=VALUE", value_parser = option)]
    source_options: Vec<(String, String)>,
}

/// The key and the options of the server that is written.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Target")]
pub struct TargetSide {
    /// Environment variable that holds the target's key [default: EVALSTONE_TARGET_KEY]
    #[arg(long, value_name = "NAME")]
    target_key_env: Option<String>,
    /// File that holds the target's key
    #[arg(long, value_name = "FILE", conflicts_with = "target_key_env")]
    target_key_file: Option<PathBuf>,
    /// What the target's dialect is told besides, as org=ID
    #[arg(long = "target-option", value_name = "NAME=VALUE", value_parser = option)]
    target_options: Vec<(String, String)>,
}

/// How a file is meant.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Files")]
pub struct Files {
    /// In which dialect's form a file's cases are, where its name's end leaves that open
    #[arg(long, value_name = "DIALECT")]
    form: Option<String>,
    /// What the dataset of a file is called; the file's name without its end when not given
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// Whether a place is read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It is read.
    Read,
    /// It is written.
    Written,
}

/// One end of a move.
struct Side {
    key_env: String,
    key_file: Option<PathBuf>,
    options: Vec<(String, String)>,
}

fn option(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE is wanted")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl From<SourceSide> for Side {
    fn from(side: SourceSide) -> Self {
        let SourceSide { source_key_env, source_key_file, source_options } = side;
        let key_env = source_key_env.unwrap_or_else(|| "EVALSTONE_SOURCE_KEY".to_owned());
        Self { key_env, key_file: source_key_file, options: source_options }
    }
}

impl From<TargetSide> for Side {
    fn from(side: TargetSide) -> Self {
        let TargetSide { target_key_env, target_key_file, target_options } = side;
        let key_env = target_key_env.unwrap_or_else(|| "EVALSTONE_TARGET_KEY".to_owned());
        Self { key_env, key_file: target_key_file, options: target_options }
    }
}

impl Side {
    fn key(&self) -> Result<Option<SecretString>, Failure> {
        let text = match &self.key_file {
            Some(file) => Some(std::fs::read_to_string(file).map_err(|error| {
                Failure::new(format!("cannot read {}: {error}", file.display()))
            })?),
            None => std::env::var(&self.key_env).ok(),
        };
        let text = text.map(|text| text.trim_end_matches(['\r', '\n']).to_owned());
        Ok(text.filter(|text| !text.is_empty()).map(SecretString::from))
    }
}

/// Makes places of what a command names.
pub struct Places<'a> {
    /// The configuration, which says where this store is.
    pub config: &'a Config,
    /// Whose datasets are meant there.
    pub whose: &'a Whose,
    /// How servers are asked.
    pub patience: &'a Patience,
    /// How files are meant.
    pub files: &'a Files,
}

impl Places<'_> {
    /// Both ends. What dialects alone know of this store's datasets is said as the other end says it.
    ///
    /// # Errors
    /// When one of them cannot be meant or reached.
    pub async fn both(
        &self,
        (source, source_side): (&str, SourceSide),
        (target, target_side): (&str, TargetSide),
        target_is: Use,
    ) -> Result<(Place, Place), Failure> {
        let (source, target) = (Address::parse(source)?, Address::parse(target)?);
        let spoken = |address: &Address| match address {
            Address::Server { dialect, .. } => {
                dialects::outward(dialect).map(|outward| outward.name)
            }
            Address::Store | Address::File(_) => Ok(OWN),
        };
        let (source_speaks, target_speaks) = (spoken(&source)?, spoken(&target)?);
        let from = self.one(&source, &source_side.into(), target_speaks, Use::Read).await?;
        let to = self.one(&target, &target_side.into(), source_speaks, target_is).await?;
        Ok((from, to))
    }

    /// This store, its datasets as a dialect says them.
    ///
    /// # Errors
    /// When it cannot be opened, or there is no such organization or user.
    pub async fn store(&self, dialect: &'static str) -> Result<Place, Failure> {
        let store: Store = opening::open(self.config)?;
        let Whose { org, user } = self.whose;
        let organization = organization(&store, org).await?;
        let caller = store.keyless_caller(organization.id, user.as_deref()).await?;
        let caller = caller.ok_or_else(|| {
            let user = user.as_deref().unwrap_or("service user");
            Failure::new(format!("{} has no user {user:?}", organization.slug))
        })?;
        // Only what speaks no dialect says what each of them alone knows.
        let dialects = if dialect == OWN { dialects::names().collect() } else { Vec::new() };
        Ok(Place::store(store, caller, dialect, dialects))
    }

    async fn one(
        &self,
        address: &Address,
        side: &Side,
        dialect: &'static str,
        used: Use,
    ) -> Result<Place, Failure> {
        match address {
            Address::Store => self.store(dialect).await,
            Address::File(path) => self.file(path, used),
            Address::Server { dialect, url } => {
                let Patience { timeout, retries, first_pause } = self.patience;
                let mut options = BTreeMap::new();
                options.extend(side.options.iter().cloned());
                let server = Server {
                    url: url.clone(),
                    key: side.key()?,
                    timeout: timeout.0,
                    retries: *retries,
                    first_pause: first_pause.0,
                    options,
                };
                Ok(Place::server(dialects::outward(dialect)?, server)?)
            }
        }
    }

    fn file(&self, path: &str, used: Use) -> Result<Place, Failure> {
        let Files { form, name } = self.files;
        let form = form.as_deref().map(dialects::outward).transpose()?;
        let meant = Meant { form, dialects: dialects::outwards().collect(), name: name.clone() };
        Ok(match used {
            Use::Read => Place::file_to_read(path, &meant)?,
            Use::Written => Place::file_to_write(path, &meant)?,
        })
    }

    /// How long a dataset rests before it is begun again.
    pub fn pause(&self) -> Duration {
        self.patience.first_pause.0
    }

    /// How often a dataset is begun again.
    pub fn tries(&self) -> usize {
        self.patience.retries
    }
}
