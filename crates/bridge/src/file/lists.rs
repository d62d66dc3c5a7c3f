//! `.json`: a list of cases, or an answer with one, as it was saved from a vendor's API.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use evalstone_core::error::{Error, Result};
use evalstone_core::json::RawJson;
use evalstone_kit::remote::elements::{Wanted, elements};
use evalstone_kit::remote::{
    Fetched, Manner, Outward, Remote, RemoteDataset, Reply, Unreadable, Walk,
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Meant;
use super::sink::Sink;
use super::text::{datasets, element};

/// A file with a list.
pub struct ListFile {
    path: PathBuf,
    name: String,
    form: Option<Outward>,
    dialects: Vec<Outward>,
    /// The datasets in it, once it has been looked through.
    datasets: RefCell<Vec<(RemoteDataset, Option<String>)>>,
    sink: Option<Sink>,
}

impl ListFile {
    /// A file that is read.
    pub fn open(file: &Path, name: String, meant: &Meant) -> Self {
        Self {
            path: file.to_owned(),
            name,
            form: meant.form,
            dialects: meant.dialects.clone(),
            datasets: RefCell::default(),
            sink: None,
        }
    }

    /// A file that is written in this dialect's form.
    pub fn create(file: &Path, form: Outward) -> Self {
        Self {
            path: file.to_owned(),
            name: String::new(),
            form: Some(form),
            dialects: vec![form],
            datasets: RefCell::default(),
            sink: Some(Sink::new(file)),
        }
    }

    /// All cases of the file, of whichever dataset.
    fn all(&self) -> Walk<'_, Result<Fetched, Unreadable>> {
        let path = self.sink.as_ref().map_or(self.path.as_path(), Sink::so_far);
        let keys: Vec<&'static str> = match self.form {
            Some(form) => vec![form.cases_key],
            None => self.dialects.iter().map(|dialect| dialect.cases_key).collect(),
        };
        let opened = File::open(path)
            .map(|file| elements(file, Wanted { lists: keys, members: Vec::new() }))
            .map_err(|error| Error::invalid(format!("cannot read {}: {error}", path.display())));
        let name = path.display().to_string();
        stream::try_unfold(Some(opened), move |pieces| {
            let name = name.clone();
            async move {
                let Some(pieces) = pieces else { return Ok(None) };
                let mut pieces = pieces?;
                let piece = match pieces.recv().await {
                    None => return Ok(None),
                    // A file does not grow whole by being read again.
                    Some(Err(broken)) => {
                        let error = broken.into_error(&name);
                        return Err(Error::invalid(error.message()));
                    }
                    Some(Ok(piece)) => piece,
                };
                let read = |text: Box<str>| {
                    let json = RawJson::parse(&text).map_err(|fault| fault.to_string());
                    json.and_then(|json| element(&json, self.form, &self.dialects))
                        .map_err(|why| Unreadable { text: text.into(), why })
                };
                let cases = piece.into_iter().map(|element| read(element.text)).collect();
                Ok(Some((cases, Some(Ok(pieces)))))
            }
        })
        .boxed_local()
    }

    async fn look_through(&self) -> Result<Vec<RemoteDataset>> {
        if self.datasets.borrow().is_empty() && self.sink.is_none() {
            let mut named = BTreeSet::new();
            let mut all = self.all();
            while let Some(piece) = all.try_next().await? {
                named.extend(piece.into_iter().flatten().map(|fetched| fetched.dataset));
            }
            *self.datasets.borrow_mut() = datasets(&self.name, &named);
        }
        Ok(self.datasets.borrow().iter().rev().map(|(one, _)| one.clone()).collect())
    }
}

impl Remote for ListFile {
    fn datasets(&self) -> Walk<'_, RemoteDataset> {
        stream::once(self.look_through()).boxed_local()
    }

    fn cases<'a>(&'a self, id: &'a str) -> Walk<'a, Result<Fetched, Unreadable>> {
        let datasets = self.datasets.borrow();
        let several = datasets.len() > 1;
        let wanted =
            datasets.iter().find(|(one, _)| one.id == id).and_then(|(_, named)| named.clone());
        let first = datasets.first().is_some_and(|(dataset, _)| dataset.id == id);
        let all = self.all();
        if !several {
            return all;
        }
        all.map_ok(move |mut piece| {
            piece.retain(|read| read.as_ref().map_or(first, |fetched| fetched.dataset == wanted));
            piece
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
            let form = self.form.ok_or_else(|| Error::fault("a list in no form"))?;
            let mut file = Sink::begin(self.sink.as_ref(), &like.id)?;
            write!(file, "{{\"{}\":[", form.cases_key).map_err(Error::fault)?;
            let mut comma = "";
            while let Some(piece) = cases.try_next().await? {
                for fetched in &piece {
                    let shown = (form.shown)(&fetched.case, fetched.id.as_deref());
                    write!(file, "{comma}\n{shown}").map_err(Error::fault)?;
                    comma = ",";
                }
            }
            writeln!(file, "\n]}}").and_then(|()| file.flush()).map_err(Error::fault)?;
            *self.datasets.borrow_mut() = vec![(like.clone(), None)];
            Ok(like.clone())
        })
    }

    fn finish(&self) -> Reply<'_, ()> {
        Box::pin(std::future::ready(self.sink.as_ref().map_or(Ok(()), Sink::finish_begun)))
    }
}
