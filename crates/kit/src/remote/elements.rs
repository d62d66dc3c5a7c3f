//! The elements of a JSON answer's lists, one by one: an answer with all records of a dataset may be
//! longer than memory.

use std::fmt;
use std::io::{self, BufReader, Read};

use evalstone_core::error::{Error, Result};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, de};
use serde_json::value::RawValue;
use tokio::sync::mpsc;

/// How many elements a piece has at the most.
const PIECE: usize = 500;
/// How many bytes a piece has at the most, unless a single element has more.
const PIECE_BYTES: usize = 512 * 1024;
/// How many pieces wait for whoever reads them.
const WAITING: usize = 2;

/// What is wanted of an answer.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The members that are lists, whose elements are wanted. Of an answer that is a list itself all
    /// elements are.
    pub lists: Vec<&'static str>,
    /// The members that are wanted as they are.
    pub members: Vec<&'static str>,
}

impl Wanted {
    /// The elements of this list alone.
    #[must_use]
    pub fn list(name: &'static str) -> Self {
        Self { lists: vec![name], members: Vec::new() }
    }
}

/// An element of one of the lists that are asked for, or one of the members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The name of the member that it is, or is in; the empty one for an answer that is a list itself.
    pub of: &'static str,
    /// The element's text.
    pub text: Box<str>,
}

/// Some elements that follow each other, or why no more follow.
pub type Piece = Result<Vec<Element>, Broken>;

/// Why an answer's elements end before the answer does.
#[derive(Debug)]
pub enum Broken {
    /// The rest did not come.
    Off(io::Error),
    /// It is not the JSON that was expected.
    Strange(String),
}

impl Broken {
    /// The domain's word for it. `what` names what was read.
    #[must_use]
    pub fn into_error(self, what: &str) -> Error {
        match self {
            Self::Off(error) => Error::unavailable(
                format!("{what} broke off: {error}"),
                std::time::Duration::from_secs(1),
            ),
            Self::Strange(why) => Error::invalid(format!("{what} is not what was expected: {why}")),
        }
    }
}

/// Reads what is wanted of the object that `reader` gives, or, where it gives an array, the array's
/// elements, which are objects: a number that is cut off would pass for a shorter one. Other members are
/// passed over. The reading is done on a thread for blocking work; it stops when nobody takes the pieces any
/// more.
pub fn elements(reader: impl Read + Send + 'static, wanted: Wanted) -> mpsc::Receiver<Piece> {
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let mut out = Out { sender, piece: Vec::new(), bytes: 0 };
        let mut deserializer = serde_json::Deserializer::from_reader(BufReader::new(reader));
        let read = deserializer
            .deserialize_any(Answer { wanted: &wanted, out: &mut out })
            .and_then(|()| deserializer.end());
        let sent = out.flush();
        let broken = match read {
            Ok(()) => return,
            Err(_) if !sent => return,
            Err(error) if error.is_io() => Broken::Off(error.into()),
            Err(error) if error.is_eof() => {
                Broken::Off(io::Error::new(io::ErrorKind::UnexpectedEof, error.to_string()))
            }
            Err(error) => Broken::Strange(error.to_string()),
        };
        // Nobody waits for it when the receiver is gone.
        drop(out.sender.blocking_send(Err(broken)));
    });
    receiver
}

/// Ends the reading of what nobody takes.
const UNWANTED: &str = "nobody wants the rest";

/// Where elements go.
struct Out {
    sender: mpsc::Sender<Piece>,
    piece: Vec<Element>,
    bytes: usize,
}

impl Out {
    /// Takes one; false when nobody wants more.
    fn take(&mut self, of: &'static str, text: Box<RawValue>) -> bool {
        let text: Box<str> = text.into();
        self.bytes += text.len();
        self.piece.push(Element { of, text });
        let full = self.piece.len() == PIECE || self.bytes >= PIECE_BYTES;
        !full || self.flush()
    }

    fn flush(&mut self) -> bool {
        self.bytes = 0;
        let piece = std::mem::take(&mut self.piece);
        piece.is_empty() || self.sender.blocking_send(Ok(piece)).is_ok()
    }
}

struct Answer<'a> {
    wanted: &'a Wanted,
    out: &'a mut Out,
}

impl<'de> Visitor<'de> for Answer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list, or an object with {}", self.wanted.lists.join(", "))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        List { name: "", out: self.out }.visit_seq(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let Wanted { lists, members } = self.wanted;
        let named =
            |names: &[&'static str], key: &str| names.iter().copied().find(|name| *name == key);
        let mut found = lists.is_empty();
        while let Some(key) = object.next_key::<String>()? {
            if let Some(name) = named(lists, &key) {
                found = true;
                object.next_value_seed(List { name, out: &mut *self.out })?;
            } else if let Some(name) = named(members, &key) {
                if !self.out.take(name, object.next_value()?) {
                    return Err(de::Error::custom(UNWANTED));
                }
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        if found { Ok(()) } else { Err(de::Error::custom(format!("no {}", lists.join(", ")))) }
    }
}

struct List<'a> {
    name: &'static str,
    out: &'a mut Out,
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list as {:?}", self.name)
    }

    /// A list that is null has no elements.
    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element::<Box<RawValue>>()? {
            if !self.out.take(self.name, element) {
                return Err(de::Error::custom(UNWANTED));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(
        text: impl Into<Vec<u8>>,
        lists: &'static [&'static str],
    ) -> (Vec<(String, String)>, String) {
        let mut pieces = elements(
            io::Cursor::new(text.into()),
            Wanted { lists: lists.to_vec(), members: vec!["id"] },
        );
        let (mut all, mut end) = (Vec::new(), "whole".to_owned());
        while let Some(piece) = pieces.recv().await {
            match piece {
                Ok(piece) => all.extend(
                    piece.into_iter().map(|one| (one.of.to_owned(), String::from(one.text))),
                ),
                Err(Broken::Off(_)) => end = "off".to_owned(),
                Err(Broken::Strange(why)) => end = why,
            }
        }
        (all, end)
    }

    #[actix_web::test]
    async fn elements_keep_every_byte() {
        let text =
            r#"{"id":1,"records":[{ "a" : 1.0,"a":"\ud800" },5 ],"other":[1],"runs":[ [2]]}"#;
        let (all, end) = read(text, &["records", "runs"]).await;
        let expected = [
            ("id", "1"),
            ("records", r#"{ "a" : 1.0,"a":"\ud800" }"#),
            ("records", "5"),
            ("runs", "[2]"),
        ];
        let shown: Vec<_> = all.iter().map(|(list, text)| (list.as_str(), text.as_str())).collect();
        assert_eq!((shown.as_slice(), end.as_str()), (&expected[..], "whole"));
        let (all, end) = read(r#"{"runs":null,"id":1}"#, &["runs"]).await;
        assert_eq!((all.len(), end.as_str()), (1, "whole"));
        let (all, end) = read("[1,2]", &["x"]).await;
        assert_eq!((all.len(), end.as_str()), (2, "whole"));
    }

    #[actix_web::test]
    async fn more_than_a_piece_comes_whole() {
        let text = format!("{{\"data\":[{}]}}", vec!["{\"n\":1}"; 3 * PIECE + 7].join(","));
        let (all, end) = read(text, &["data"]).await;
        assert_eq!((all.len(), end.as_str()), (3 * PIECE + 7, "whole"));
    }

    #[actix_web::test]
    async fn what_breaks_off_is_told_from_what_is_strange() {
        for (text, elements, end) in
            [("{\"data\":[{},{\"a\":1", 1, "off"), ("{\"data\":[{}]", 1, "off"), ("", 0, "off")]
        {
            let (all, told) = read(text, &["data"]).await;
            assert_eq!((all.len(), told.as_str()), (elements, end), "{text}");
        }
        for (text, why) in [
            ("{\"rows\":[1]}", "no data"),
            ("{\"data\":5}", "a list as \"data\""),
            ("<html>", "expected value"),
            ("7", "a list, or an object with data"),
            ("{\"data\":[1]} x", "trailing characters"),
        ] {
            let (_, told) = read(text, &["data"]).await;
            assert!(told.contains(why), "{text}: {told}");
        }
    }
}
