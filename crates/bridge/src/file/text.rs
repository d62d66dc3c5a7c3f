//! `.jsonl`: a case a line. Ours are objects as [`super::line`] has them, which may also name the
//! `dataset` they belong to; others are elements of a dialect's lists.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use evalstone_core::error::{Error, Result};
use evalstone_core::json::{RawJson, object};
use evalstone_kit::limits::Cap;
use evalstone_kit::remote::{
    About, Fetched, Manner, Outward, Remote, RemoteDataset, Reply, Unreadable, Walk,
};
use evalstone_kit::table::lines::Lines;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Meant;
use super::line::{one_line, read_case, write_case};
use super::sink::Sink;

/// The longest line.
pub const LINE: Cap = Cap { bytes: 256 << 20, setting: "of the bridge" };
/// How many lines, and about how many bytes of them, are read at a time.
const PIECE: usize = 500;
const PIECE_BYTES: usize = 1 << 20;

/// The members of our own lines.
const OURS: [&str; 9] =
    ["dataset", "why", "id", "name", "stage", "inputs", "output", "expected", "metadata"];

/// A file of lines.
pub struct TextFile {
    path: PathBuf,
    /// The datasets in it: how they are called, and which lines are theirs.
    datasets: RefCell<Vec<(RemoteDataset, Option<String>)>>,
    form: Option<Outward>,
    dialects: Vec<Outward>,
    sink: Option<Sink>,
}

impl TextFile {
    /// A file that is read; it is looked through for the datasets that its lines name.
    pub fn open(file: &Path, name: &str, meant: &Meant) -> Result<Self> {
        let this = Self {
            path: file.to_owned(),
            datasets: RefCell::default(),
            form: meant.form,
            dialects: meant.dialects.clone(),
            sink: None,
        };
        let mut named = BTreeSet::new();
        let mut lines = this.lines()?;
        while let Some(line) = lines.next_line()? {
            if let Ok(fetched) = this.read(line) {
                named.insert(fetched.dataset);
            }
        }
        *this.datasets.borrow_mut() = datasets(name, &named);
        Ok(this)
    }

    /// A file that is written.
    pub fn create(file: &Path, meant: &Meant) -> Self {
        Self {
            path: file.to_owned(),
            datasets: RefCell::default(),
            form: meant.form,
            dialects: meant.dialects.clone(),
            sink: Some(Sink::new(file)),
        }
    }

    fn lines(&self) -> Result<Lines<File>> {
        let path = self.sink.as_ref().map_or(self.path.as_path(), Sink::so_far);
        let file = File::open(path)
            .map_err(|error| Error::invalid(format!("cannot read {}: {error}", path.display())))?;
        Ok(Lines::new(file, LINE)?)
    }

    fn read(&self, line: &str) -> Result<Fetched, String> {
        let json = RawJson::parse(line).map_err(|fault| fault.to_string())?;
        element(&json, self.form, &self.dialects)
    }

    fn write(&self, fetched: &Fetched) -> String {
        let Fetched { id, case, .. } = fetched;
        let text = match self.form {
            Some(form) => (form.shown)(case, id.as_deref()),
            None => object(|object| write_case(object, id.as_deref(), case)),
        };
        one_line(&text)
    }
}

/// The case that an element is: in this dialect's form, else in ours, else in the first that fits.
pub fn element(
    json: &RawJson,
    form: Option<Outward>,
    dialects: &[Outward],
) -> Result<Fetched, String> {
    if let Some(form) = form {
        return (form.case)(json);
    }
    let view = json.view();
    let ours = view.members().all(|(key, _)| OURS.iter().any(|name| key.is(name)));
    if ours {
        let (id, case) = read_case(view)?;
        let dataset = view.get("dataset").and_then(|name| name.as_text().map(Into::into));
        return Ok(Fetched { id, dataset, case, origin: None });
    }
    let fits = |dialect: &&Outward| dialect.case_marks.iter().any(|mark| view.get(mark).is_some());
    match dialects.iter().find(fits) {
        Some(dialect) => (dialect.case)(json),
        None => Err(format!(
            "no case: neither ours, with inputs and none but {}, nor another's",
            OURS.join(", ")
        )),
    }
}

/// The datasets of a file whose cases name these: each with the name in the cases that are its.
pub fn datasets(
    name: &str,
    named: &BTreeSet<Option<String>>,
) -> Vec<(RemoteDataset, Option<String>)> {
    let one = |id: Option<&String>, name: String| RemoteDataset {
        id: id.cloned().unwrap_or_default(),
        about: About { name, shared: true, ..About::default() },
        case_count: None,
        created_at: None,
    };
    // One dataset is called as the file is, of several each as its cases call it.
    match named.len() {
        0 => vec![(one(None, name.to_owned()), None)],
        1 => {
            let named = named.first().cloned().flatten();
            vec![(one(named.as_ref(), name.to_owned()), named)]
        }
        _ => named
            .iter()
            .map(|named| {
                let called = named.clone().unwrap_or_else(|| name.to_owned());
                (one(named.as_ref(), called), named.clone())
            })
            .collect(),
    }
}

impl Remote for TextFile {
    fn datasets(&self) -> Walk<'_, RemoteDataset> {
        // Most places list the newest first, and are read backwards.
        let all = self.datasets.borrow().iter().rev().map(|(one, _)| one.clone()).collect();
        stream::once(async move { Ok(all) }).boxed_local()
    }

    fn cases<'a>(&'a self, id: &'a str) -> Walk<'a, Result<Fetched, Unreadable>> {
        let several = self.datasets.borrow().len() > 1;
        let wanted = self
            .datasets
            .borrow()
            .iter()
            .find(|(dataset, _)| dataset.id == id)
            .and_then(|(_, named)| named.clone());
        let first = self.datasets.borrow().first().is_some_and(|(dataset, _)| dataset.id == id);
        let theirs = move |fetched: &Fetched| !several || fetched.dataset == wanted;
        stream::try_unfold(None::<Lines<File>>, move |lines| {
            let piece = (|| {
                let mut lines = match lines {
                    Some(lines) => lines,
                    None => self.lines()?,
                };
                let mut piece = Vec::new();
                let (mut count, mut bytes) = (0, 0);
                while count < PIECE && bytes < PIECE_BYTES {
                    let Some(line) = lines.next_line()? else { break };
                    count += 1;
                    bytes += line.len();
                    match self.read(line) {
                        Ok(fetched) if !theirs(&fetched) => {}
                        Ok(fetched) => piece.push(Ok(fetched)),
                        // Whose it is cannot be told; it is told once.
                        Err(_) if !first => {}
                        Err(why) => {
                            let text = line.to_owned();
                            let why = format!("line {}: {why}", lines.place().line);
                            piece.push(Err(Unreadable { text, why }));
                        }
                    }
                }
                Ok((count > 0).then_some((piece, Some(lines))))
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
            let mut file = Sink::begin(self.sink.as_ref(), &like.id)?;
            while let Some(piece) = cases.try_next().await? {
                for fetched in &piece {
                    writeln!(file, "{}", self.write(fetched)).map_err(Error::fault)?;
                }
            }
            file.flush().map_err(Error::fault)?;
            *self.datasets.borrow_mut() = vec![(like.clone(), None)];
            Ok(like.clone())
        })
    }

    fn finish(&self) -> Reply<'_, ()> {
        Box::pin(std::future::ready(self.sink.as_ref().map_or(Ok(()), Sink::finish_begun)))
    }
}

#[cfg(test)]
mod tests {
    use evalstone_core::case::Case;

    use super::*;

    #[tokio::test]
    async fn a_case_that_is_spelled_over_several_lines_is_written_on_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cases.jsonl");
        let inputs = RawJson::parse("{\"a\":\r\n1,\n\"b\":2}").expect("JSON");
        let case = Case { inputs: inputs.try_into().expect("an object"), ..Case::default() };
        let fetched = Fetched { id: None, dataset: None, case, origin: None };
        let file = TextFile::create(&path, &Meant::default());
        let like = datasets("cases", &BTreeSet::new()).remove(0).0;
        let cases = stream::iter([Ok(vec![fetched])]).boxed_local();
        file.upload(&like, cases).await.expect("a dataset");
        file.finish().await.expect("a file");
        let file = TextFile::open(&path, "cases", &Meant::default()).expect("a file");
        let read: Vec<_> = file.cases("").try_concat().await.expect("cases");
        let [Ok(Fetched { case, .. })] = read.as_slice() else { panic!("{read:?}") };
        let keys: Vec<&str> = case.inputs.view().members().map(|(key, _)| key.raw()).collect();
        assert_eq!(keys, ["\"a\"", "\"b\""]);
    }
}
