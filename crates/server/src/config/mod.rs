//! The configuration: small typed structs, one file per concern. What is set by flags wins over the
//! environment, that over the file, that over the defaults (`config/default.toml` shows them all).

mod database;
mod dialects;
mod limits;
mod log;
mod shutdown;
mod sources;
mod upstream;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use evalstone_kit::dialect::Means;
use serde::{Deserialize, Serialize};

pub use self::database::{Database, DatabaseUrl};
pub use self::dialects::Dialects;
pub use self::limits::LimitSettings;
pub use self::log::{Log, LogFormat};
pub use self::shutdown::Shutdown;
pub use self::sources::{BOOTSTRAP_KEY, Overrides, environment, load};
pub use self::upstream::{Mode, UpstreamSettings};

/// EVAL on a telephone's keypad.
const PORT: u16 = 3825;

/// Everything that can be configured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where all enabled dialects and our own routes are served.
    pub listen: SocketAddr,
    /// Where the SQLite database lies by default, and uploads while they are checked.
    pub data_dir: PathBuf,
    /// The database.
    pub database: Database,
    /// The log.
    pub log: Log,
    /// What requests may bring.
    pub limits: LimitSettings,
    /// How the gateway stops.
    pub shutdown: Shutdown,
    /// The dialects by their short names.
    pub dialects: Dialects,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)),
            data_dir: PathBuf::from("data"),
            database: Database::default(),
            log: Log::default(),
            limits: LimitSettings::default(),
            shutdown: Shutdown::default(),
            dialects: Dialects::default(),
        }
    }
}

impl Config {
    /// The database's URL: the configured one, or SQLite in the data directory.
    #[must_use]
    pub fn database_url(&self) -> DatabaseUrl {
        self.database.url.clone().unwrap_or_else(|| {
            DatabaseUrl::from(format!("sqlite:{}", self.data_dir.join("evalstone.db").display()))
        })
    }

    /// The directory of uploads that are being checked.
    #[must_use]
    pub fn spool_dir(&self) -> PathBuf {
        self.data_dir.join("spool")
    }

    /// What the dialects are given.
    #[must_use]
    pub fn means(&self) -> Means {
        let limits = self.limits.limits(self.spool_dir());
        Means { limits, data_dir: self.data_dir.clone() }
    }

    /// The configuration as TOML, with the database's password masked.
    ///
    /// # Errors
    /// When a path is not UTF-8, which TOML cannot say.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        let shown = Self {
            database: Database { url: Some(self.database_url()), ..self.database.clone() },
            ..self.clone()
        };
        toml::to_string_pretty(&shown)
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, DatabaseUrl};

    const DEFAULT_TOML: &str = include_str!("../../../../config/default.toml");

    #[test]
    fn the_default_file_says_the_defaults() {
        let parsed: Config = toml::from_str(DEFAULT_TOML).expect("it is valid");
        assert_eq!(parsed, Config::default());
    }

    /// A setting without a default stands there as a comment.
    #[test]
    fn the_default_file_shows_every_setting() {
        let mut full = Config::default();
        full.database.url = Some(DatabaseUrl::from("sqlite:data/evalstone.db".to_owned()));
        full.dialects.0.retain(|name, _| name != "gentrace");
        for settings in full.dialects.0.values_mut() {
            settings.listen = Some(Config::default().listen);
        }
        let mut full = toml::Table::try_from(&full).expect("it can be written");
        // What all dialects have is shown for one.
        let aegis = full["dialects"]["aegis"].as_table_mut().expect("a table");
        let common = ["enabled", "listen", "upstream"];
        aegis.retain(|name, _| !common.contains(&name));
        // Dialects' own settings that have no default.
        let without_default = "[znyx.upstream]\nurl = \"\"\n[znyx.runtime]\nurl = \"\"\n[aegis.runs]\nbudget = 1.0\n\
            [aegis.models.gpt-4o]\nurl = \"\"\nname = \"\"\nkey_env = \"\"\ntimeout = \"\"\n\
            retries = 1\nparallel = 1\ninput_price = 1.0\noutput_price = 1.0\n";
        add(&mut full["dialects"], without_default.parse::<toml::Table>().expect("TOML").into());
        let uncommented = DEFAULT_TOML.replace("\n#: ", "\n");
        let shown: toml::Table = uncommented.parse().expect("commented settings are valid too");
        toml::from_str::<Config>(&uncommented).expect("and of the right kinds");
        assert_eq!(names(&full, ""), names(&shown, ""));
    }

    /// Adds what a value does not have yet.
    fn add(value: &mut toml::Value, more: toml::Value) {
        if let (toml::Value::Table(value), toml::Value::Table(more)) = (value, more) {
            for (name, more) in more {
                match value.get_mut(&name) {
                    Some(value) => add(value, more),
                    None => drop(value.insert(name, more)),
                }
            }
        }
    }

    fn names(table: &toml::Table, path: &str) -> Vec<String> {
        let mut names: Vec<String> = table
            .iter()
            .flat_map(|(key, value)| match value {
                toml::Value::Table(inner) => names(inner, &format!("{path}{key}.")),
                _ => vec![format!("{path}{key}")],
            })
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_shown_can_be_read_again() {
        let shown = Config::default().to_toml().expect("UTF-8");
        let read: Config = toml::from_str(&shown).expect("it is a configuration");
        assert_eq!(read.database_url(), Config::default().database_url());
        assert_eq!(read.limits, Config::default().limits);
    }

    #[test]
    fn unknown_settings_are_refused() {
        for bad in ["port = 1", "[database]\npool = 3", "[log]\nformat = \"xml\"", "[dialects.x]"] {
            assert!(toml::from_str::<Config>(bad).is_err(), "{bad}");
        }
    }
}
