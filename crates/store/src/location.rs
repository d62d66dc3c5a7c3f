//! Which database a URL names.

use evalstone_core::error::{Error, Result};

/// A database's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location<'a> {
    /// A Postgres URL.
    Postgres(&'a str),
    /// The path of a SQLite file.
    Sqlite(&'a str),
}

impl<'a> Location<'a> {
    /// Reads a database URL.
    ///
    /// # Errors
    /// Invalid for any scheme but `sqlite:`, `postgres://` and `postgresql://`: a mistyped one must
    /// not become a SQLite file of that name.
    pub fn parse(url: &'a str) -> Result<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url));
        }
        match url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path)) {
            Some(path) if path == ":memory:" || path.starts_with("file:") => Err(Error::invalid(
                "the database URL sqlite: takes the path of a file, which several connections share",
            )),
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(path)),
            Some(_) => Err(Error::invalid("the database URL sqlite: names no file")),
            None => Err(Error::invalid(format!(
                "the database URL must begin with sqlite: or postgres:// (it begins with {:?})",
                url.split(':').next().unwrap_or_default()
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes() {
        assert_eq!(Location::parse("sqlite:a b.db").expect("path"), Location::Sqlite("a b.db"));
        assert_eq!(Location::parse("sqlite:///x/y.db").expect("url"), Location::Sqlite("/x/y.db"));
        let url = "postgresql://h/d";
        assert_eq!(Location::parse(url).expect("postgres"), Location::Postgres(url));
        for wrong in [
            "postgres:typo",
            "mysql://x",
            "evalstone.db",
            "sqlite:",
            "",
            "sqlite::memory:",
            "sqlite:file:x",
        ] {
            assert!(Location::parse(wrong).is_err(), "{wrong}");
        }
    }
}
