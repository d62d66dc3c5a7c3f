//! The CSV file in which records go out (contract §4.3), and come in from elsewhere.

use std::borrow::Cow;
use std::io;

use bytes::Bytes;
use evalstone_core::case::Case;
use evalstone_core::error::{Error, Result};
use evalstone_core::json::{RawJson, View};
use evalstone_kit::limits::Cap;
use evalstone_kit::remote::{CaseIterator, Fetched, Unsayable, Walk};
use futures_util::TryStreamExt as _;
use tokio::sync::mpsc;

use crate::columns::ColumnMappings;
use crate::mapping::read;
use crate::report::line;
use crate::table;
use crate::wire::record::{Field, Fields, Token};

/// The largest record of a file.
const RECORD: Cap = Cap { bytes: 64 << 20, setting: "of the bridge" };
/// The records' columns, in the vendor's order.
pub const HEADER: &str = "prompt,input,context,output,golden_answer\n";

/// A case's record, if a file can hold it: every field is a text, and at least one is not empty.
///
/// # Errors
/// Why it cannot.
pub fn sayable(case: &Case) -> Result<Fields<'_>, Unsayable> {
    let fields = read(case);
    if fields.0.iter().all(|field| field.as_ref().is_none_or(Token::is_empty)) {
        return Err(Unsayable("no field of the record would have a text".to_owned()));
    }
    for (field, token) in Field::ALL.into_iter().zip(&fields.0) {
        let text = token.as_ref().map(|token| View::parse(token.as_str(), 0));
        if text.is_some_and(|view| view.ok().and_then(View::as_text).is_none()) {
            let field = field.as_str();
            return Err(Unsayable(format!(
                "{field} holds half of a surrogate pair, which no file can"
            )));
        }
    }
    Ok(fields)
}

/// The line of a case.
///
/// # Errors
/// Why no file can hold it.
pub fn csv_line(case: &Case) -> Result<String, Unsayable> {
    let fields = sayable(case)?;
    let texts = fields.0.iter().map(|token| {
        let text = token.as_ref().map(|token| RawJson::trusted(token.as_str().to_owned()));
        text.and_then(|text| text.view().as_text().map(Cow::into_owned)).unwrap_or_default()
    });
    let texts: Vec<String> = texts.collect();
    let written = line(texts.iter().map(String::as_bytes));
    let written = written.map_err(|error| Unsayable(error.message().to_owned()))?;
    String::from_utf8(written).map_err(|error| Unsayable(error.to_string()))
}

/// The cases of a file.
///
/// # Errors
/// Invalid when its header cannot be read or used.
pub fn open(file: Box<dyn io::Read + Send>) -> Result<CaseIterator> {
    let (_, rows) = table::open(file, &ColumnMappings::default(), RECORD)?;
    Ok(Box::new(rows.map(|row| row.map(|new| new.case))))
}

/// The lines of a file that is being written.
pub type Lines = mpsc::Receiver<Result<Bytes, io::Error>>;

/// Writes the file.
///
/// # Errors
/// Those of the cases; a fault when nobody takes its lines any more.
pub async fn feed(
    mut cases: Walk<'_, Fetched>,
    sender: mpsc::Sender<Result<Bytes, io::Error>>,
) -> Result<()> {
    let gone = || Error::fault("the request ended before its file did");
    sender.send(Ok(Bytes::from_static(HEADER.as_bytes()))).await.map_err(|_| gone())?;
    loop {
        let piece = match cases.try_next().await {
            Ok(Some(piece)) => piece,
            Ok(None) => return Ok(()),
            Err(error) => {
                // Without it the server would take the file for whole.
                let broken = io::Error::other("the source broke off");
                sender.send(Err(broken)).await.map_err(|_| gone())?;
                return Err(error);
            }
        };
        let mut text = String::new();
        for fetched in &piece {
            // Cases that cannot be written were sorted out before.
            text += &csv_line(&fetched.case).map_err(|why| Error::invalid(why.0))?;
        }
        sender.send(Ok(Bytes::from(text))).await.map_err(|_| gone())?;
    }
}
