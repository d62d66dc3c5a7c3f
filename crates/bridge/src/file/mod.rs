//! Files as places. What a file holds is told by its name's end:
//!
//! | end | what | written | read |
//! | --- | --- | --- | --- |
//! | `.evalstone.jsonl` | an archive of any datasets and runs, with all that is moved of them ([`archive`]) | yes | yes |
//! | `.jsonl` | a case a line: ours ([`mod@line`]), or an element of a dialect's lists | yes | yes |
//! | `.json` | a list, or a dialect's list answer as it was saved | a dialect's | yes |
//! | `.csv` | a dialect's table | yes | yes |

pub mod archive;
pub mod line;

mod lists;
mod sink;
mod table;
mod text;

use std::path::Path;
use std::rc::Rc;

use evalstone_core::error::{Error, Result};
use evalstone_kit::remote::{Outward, Remote};

use crate::place::Place;
use archive::Archive;
use lists::ListFile;
use table::TableFile;
use text::TextFile;

/// How a file is meant.
#[derive(Clone, Default)]
pub struct Meant {
    /// The dialect in whose form its cases are; where none is named, ours or whichever fits.
    pub form: Option<Outward>,
    /// All dialects.
    pub dialects: Vec<Outward>,
    /// What its dataset is called; the file's name without its end when not given.
    pub name: Option<String>,
}

impl Place {
    /// A file that is read.
    ///
    /// # Errors
    /// Not found when there is none; invalid when its name's end says nothing, or an archive is not whole.
    pub fn file_to_read(path: &str, meant: &Meant) -> Result<Self> {
        let file = Path::new(path);
        if !file.is_file() {
            return Err(Error::invalid(format!("there is no file {path}")));
        }
        let name = meant.name.clone().unwrap_or_else(|| stem(file));
        let (remote, speaks): (Rc<dyn Remote>, _) = match Kind::of(path)? {
            Kind::Archive => (Rc::new(Archive::open(file)?), None),
            Kind::Lines => (Rc::new(TextFile::open(file, &name, meant)?), meant.form),
            Kind::Lists => (Rc::new(ListFile::open(file, name, meant)), meant.form),
            Kind::Table => {
                let form = table_of(meant)?;
                (Rc::new(TableFile::open(file, name, form)), Some(form))
            }
        };
        Ok(Self { name: path.to_owned(), speaks, remote })
    }

    /// A file that is written. It comes into being when it is whole.
    ///
    /// # Errors
    /// Invalid when there is one of this name, or its end says nothing.
    pub fn file_to_write(path: &str, meant: &Meant) -> Result<Self> {
        let file = Path::new(path);
        if file.exists() {
            return Err(Error::invalid(format!("there is a file {path} already")));
        }
        let (remote, speaks): (Rc<dyn Remote>, _) = match Kind::of(path)? {
            Kind::Archive => (Rc::new(Archive::create(file)), None),
            Kind::Lines => (Rc::new(TextFile::create(file, meant)), meant.form),
            Kind::Lists => {
                let form = meant.form.ok_or_else(|| {
                    Error::invalid("say in which dialect's form a .json file is to be written")
                })?;
                (Rc::new(ListFile::create(file, form)), Some(form))
            }
            Kind::Table => {
                let form = table_of(meant)?;
                (Rc::new(TableFile::create(file, form)), Some(form))
            }
        };
        Ok(Self { name: path.to_owned(), speaks, remote })
    }
}

/// What a file's name says.
enum Kind {
    Archive,
    Lines,
    Lists,
    Table,
}

impl Kind {
    fn of(path: &str) -> Result<Self> {
        Ok(match () {
            () if path.ends_with(".evalstone.jsonl") => Self::Archive,
            () if path.ends_with(".jsonl") => Self::Lines,
            () if path.ends_with(".json") => Self::Lists,
            () if path.ends_with(".csv") => Self::Table,
            () => {
                return Err(Error::invalid(format!(
                    "{path} ends in none of .evalstone.jsonl, .jsonl, .json, .csv; a server is named \
                     DIALECT+https://…"
                )));
            }
        })
    }
}

/// The dialect whose tables are meant: the one that is named, or the only one that has any.
fn table_of(meant: &Meant) -> Result<Outward> {
    let form =
        meant.form.or_else(|| meant.dialects.iter().copied().find(|one| one.table.is_some()));
    let form = form.ok_or_else(|| Error::invalid("no dialect writes tables"))?;
    match form.table {
        Some(_) => Ok(form),
        None => Err(Error::invalid(format!("{} has no form of tables", form.title))),
    }
}

fn stem(file: &Path) -> String {
    file.file_stem().map_or_else(|| "file".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
