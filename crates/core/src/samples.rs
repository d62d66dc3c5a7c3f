//! Short ways to write values in this crate's tests.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::case::Case;
use crate::json::{RawJson, RawObject};

/// A payload that the test knows to be JSON.
pub(crate) fn json(text: &str) -> RawJson {
    RawJson::parse(text).expect(text)
}

/// A payload that the test knows to be an object.
pub(crate) fn object(text: &str) -> RawObject {
    json(text).try_into().expect(text)
}

/// A case that has inputs only.
pub(crate) fn case(inputs: &str) -> Case {
    Case { inputs: object(inputs), ..Case::default() }
}

/// A SHA-256 in hexadecimal, made without the code under test.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes it");
        hex
    })
}
