//! `.csv`: a dialect's table of cases.

use std::cell::RefCell;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use evalstone_core::error::{Error, Result};
use evalstone_kit::remote::{
    About, CaseIterator, Fetched, Manner, Outward, Remote, RemoteDataset, Reply, Table, Unreadable,
    Walk,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::sink::Sink;

/// How many rows are read at a time.
const PIECE: usize = 500;

/// A table.
pub struct TableFile {
    path: PathBuf,
    form: Outward,
    dataset: RefCell<Option<RemoteDataset>>,
    sink: Option<Sink>,
}

impl TableFile {
    /// A table that is read.
    pub fn open(file: &Path, name: String, form: Outward) -> Self {
        let dataset = RemoteDataset {
            id: String::new(),
            about: About { name, shared: true, ..About::default() },
            case_count: None,
            created_at: None,
        };
        let dataset = RefCell::new(Some(dataset));
        Self { path: file.to_owned(), form, dataset, sink: None }
    }

    /// A table that is written.
    pub fn create(file: &Path, form: Outward) -> Self {
        let sink = Some(Sink::new(file));
        Self { path: file.to_owned(), form, dataset: RefCell::default(), sink }
    }

    fn table(&self) -> Result<Table> {
        self.form.table.ok_or_else(|| Error::fault("a table in no form"))
    }

    fn rows(&self) -> Result<CaseIterator> {
        let path = self.sink.as_ref().map_or(self.path.as_path(), Sink::so_far);
        let file = File::open(path)
            .map_err(|error| Error::invalid(format!("cannot read {}: {error}", path.display())))?;
        (self.table()?.open)(Box::new(file))
    }
}

impl Remote for TableFile {
    fn datasets(&self) -> Walk<'_, RemoteDataset> {
        let dataset = self.dataset.borrow().iter().cloned().collect();
        stream::once(async move { Ok(dataset) }).boxed_local()
    }

    fn cases<'a>(&'a self, _: &'a str) -> Walk<'a, Result<Fetched, Unreadable>> {
        stream::try_unfold(None::<CaseIterator>, move |rows| {
            let piece = (|| {
                let mut rows = match rows {
                    Some(rows) => rows,
                    None => self.rows()?,
                };
                let mut piece = Vec::new();
                for row in rows.by_ref().take(PIECE) {
                    piece.push(Ok(Fetched { id: None, dataset: None, case: row?, origin: None }));
                }
                Ok((!piece.is_empty()).then_some((piece, Some(rows))))
            })();
            std::future::ready(piece)
        })
        .boxed_local()
    }

    fn manner(&self) -> Manner {
        Manner { whole: true, portion: None }
    }

    fn upload<'a>(
        &'a self,
        like: &'a RemoteDataset,
        mut cases: Walk<'a, Fetched>,
    ) -> Reply<'a, RemoteDataset> {
        Box::pin(async move {
            let table = self.table()?;
            let mut file = Sink::begin(self.sink.as_ref(), &like.id)?;
            write!(file, "{}", table.header).map_err(Error::fault)?;
            while let Some(piece) = cases.try_next().await? {
                for fetched in &piece {
                    let line = (table.line)(&fetched.case).map_err(|why| Error::invalid(why.0))?;
                    write!(file, "{line}").map_err(Error::fault)?;
                }
            }
            file.flush().map_err(Error::fault)?;
            *self.dataset.borrow_mut() = Some(like.clone());
            Ok(like.clone())
        })
    }

    fn finish(&self) -> Reply<'_, ()> {
        Box::pin(std::future::ready(self.sink.as_ref().map_or(Ok(()), Sink::finish_begun)))
    }
}
