//! Where settings come from: flags, then the environment, then the file, then the defaults.

use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::{Config, DatabaseUrl};
use crate::failure::Failure;

const CONFIG: &str = "EVALSTONE_CONFIG";
const LISTEN: &str = "EVALSTONE_LISTEN";
const DATA_DIR: &str = "EVALSTONE_DATA_DIR";
const DATABASE_URL: [&str; 2] = ["EVALSTONE_DATABASE_URL", "DATABASE_URL"];

/// The environment variable with an admin key of the organization `default` that is registered at
/// start. There is no flag for it: flags are seen by everyone on the machine.
pub const BOOTSTRAP_KEY: &str = "EVALSTONE_BOOTSTRAP_KEY";

/// What flags or the environment say; what they leave open is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// The listening address.
    pub listen: Option<SocketAddr>,
    /// The data directory.
    pub data_dir: Option<PathBuf>,
    /// The database's URL.
    pub database_url: Option<DatabaseUrl>,
}

impl Overrides {
    /// These, completed by `others`.
    fn or(self, others: Self) -> Self {
        let Self { config, listen, data_dir, database_url } = self;
        Self {
            config: config.or(others.config),
            listen: listen.or(others.listen),
            data_dir: data_dir.or(others.data_dir),
            database_url: database_url.or(others.database_url),
        }
    }

    fn apply(self, config: &mut Config) {
        let Self { config: _, listen, data_dir, database_url } = self;
        if let Some(listen) = listen {
            config.listen = listen;
        }
        if let Some(data_dir) = data_dir {
            config.data_dir = data_dir;
        }
        if database_url.is_some() {
            config.database.url = database_url;
        }
    }
}

/// What the environment says. A variable that is empty counts as unset, because container files
/// write it so.
///
/// # Errors
/// When a variable's value cannot be understood.
pub fn environment(variable: impl Fn(&str) -> Option<String>) -> Result<Overrides, Failure> {
    let get = |name: &str| variable(name).filter(|value| !value.is_empty());
    let listen = get(LISTEN).map(|text| {
        text.parse().map_err(|_| {
            Failure::new(format!("{LISTEN} is {text:?}, not an address such as 127.0.0.1:3825"))
        })
    });
    Ok(Overrides {
        config: get(CONFIG).map(Into::into),
        listen: listen.transpose()?,
        data_dir: get(DATA_DIR).map(Into::into),
        database_url: DATABASE_URL.into_iter().find_map(get).map(Into::into),
    })
}

/// The configuration of this process.
///
/// # Errors
/// When the file cannot be read or holds what is no setting.
pub fn load(flags: Overrides, environment: Overrides) -> Result<Config, Failure> {
    let overrides = flags.or(environment);
    let mut config = match &overrides.config {
        Some(path) => read(path)?,
        None => Config::default(),
    };
    overrides.apply(&mut config);
    Ok(config)
}

fn read(path: &Path) -> Result<Config, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("cannot read {shown}: {error}")))?;
    toml::from_str(&text).map_err(|error| {
        let (place, why) = (place(&text, error.span()), error.message());
        Failure::new(format!("{shown} is not a valid configuration: {place}: {why}"))
    })
}

/// The line and the name of the setting there. The error's own text quotes the whole line, and with
/// it a password that may stand in it.
fn place(text: &str, span: Option<Range<usize>>) -> String {
    let before = span.and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count();
    let name = text.lines().nth(line).and_then(|line| line.split_once('=')).map(|(name, _)| name);
    let is_plain =
        |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    match name.map(str::trim).filter(is_plain) {
        Some(name) => format!("line {}, {name}", line + 1),
        None => format!("line {}", line + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Overrides, environment, load};
    use crate::config::Config;

    fn env(pairs: &[(&str, &str)]) -> Overrides {
        let get = |name: &str| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        environment(get).expect("valid")
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let text =
            "listen = \"127.0.0.1:1\"\ndata_dir = \"file\"\n[database]\nurl = \"sqlite:file\"";
        std::fs::write(file.path(), text).expect("written");
        let environment = env(&[
            ("EVALSTONE_CONFIG", file.path().to_str().expect("UTF-8")),
            ("EVALSTONE_DATA_DIR", "env"),
            ("EVALSTONE_LISTEN", "127.0.0.1:2"),
        ]);
        let flags = Overrides { listen: "127.0.0.1:3".parse().ok(), ..Overrides::default() };
        let config = load(flags, environment).expect("valid");
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.data_dir, Path::new("env"));
        assert_eq!(config.database_url().expose(), "sqlite:file");
        assert_eq!(config.limits, Config::default().limits);
    }

    #[test]
    fn a_bad_file_is_named_with_the_line_and_without_its_secrets() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let text = "[database]\nurll = \"postgres://u:hush@h/d\"\n";
        std::fs::write(file.path(), text).expect("written");
        let from = Overrides { config: Some(file.path().into()), ..Overrides::default() };
        let why = load(from, Overrides::default()).expect_err("no such setting").to_string();
        assert!(
            why.contains("line 2, urll: unknown field `urll`") && !why.contains("hush"),
            "{why}"
        );
    }

    #[test]
    fn our_database_variable_wins_over_the_common_one() {
        let both = [("DATABASE_URL", "sqlite:a"), ("EVALSTONE_DATABASE_URL", "sqlite:b")];
        let url = |overrides: Overrides| overrides.database_url.map(|url| url.masked());
        assert_eq!(url(env(&both)).as_deref(), Some("sqlite:b"));
        assert_eq!(url(env(&both[..1])).as_deref(), Some("sqlite:a"));
        let empty = [("DATABASE_URL", "sqlite:a"), ("EVALSTONE_DATABASE_URL", "")];
        assert_eq!(url(env(&empty)).as_deref(), Some("sqlite:a"));
    }

    #[test]
    fn without_any_the_database_is_sqlite_in_the_data_directory() {
        let config =
            load(Overrides::default(), env(&[("EVALSTONE_DATA_DIR", "/d")])).expect("valid");
        assert_eq!(config.database_url().expose(), "sqlite:/d/evalstone.db");
    }

    #[test]
    fn a_variable_that_cannot_be_understood_is_named() {
        let failure = environment(|name| (name == "EVALSTONE_LISTEN").then(|| "here".to_owned()));
        let text = failure.expect_err("not an address").to_string();
        assert!(text.contains("EVALSTONE_LISTEN") && text.contains("127.0.0.1:3825"), "{text}");
    }
}
