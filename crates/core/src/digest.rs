//! Digests of cases and datasets (design §2.4): the same whichever dialect shows them.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::case::Case;
use crate::normal::NormalForm;

/// A SHA-256. It is displayed in lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The SHA-256 of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Takes the bytes of a digest that was made before.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Digest({self})")
    }
}

/// The digest of a case: the SHA-256 of its normal form's canonical JSON.
#[must_use]
pub fn case_digest(case: &Case) -> Digest {
    Digest::of(NormalForm::of(case).canonical().as_bytes())
}

/// The digest of a dataset in the making: the SHA-256 of its cases' digests in their order; or in the same way
/// of what came of a run, part by part.
#[derive(Clone, Debug, Default)]
pub struct DatasetDigest {
    hasher: Sha256,
    count: u64,
}

impl DatasetDigest {
    /// The digest of no cases yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next case.
    pub fn push(&mut self, case: &Digest) {
        self.hasher.update(case.as_bytes());
        self.count += 1;
    }

    /// How many cases were added.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The digest of the cases that were added.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest(self.hasher.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::RawObject;
    use crate::samples::{case, json, object, sha256_hex};

    #[test]
    fn a_case_digest_is_the_sha_256_of_the_canonical_normal_form() {
        let case = Case {
            stage: Some("output".to_owned()),
            metadata: Some(object(r#"{"b": 1.0, "a": [] }"#)),
            ..case(r#"{ "input" : "hi" , "output": true }"#)
        };
        let canonical =
            r#"{"inputs":{"input":"hi"},"metadata":{"a":[],"b":1},"output":true,"stage":"output"}"#;
        assert_eq!(NormalForm::of(&case).canonical(), canonical);
        assert_eq!(case_digest(&case).to_string(), sha256_hex(canonical.as_bytes()));
    }

    #[test]
    fn a_case_digest_ignores_the_name_and_what_counts_as_none() {
        let bare = case(r#"{"input":"hi"}"#);
        let dressed = Case {
            name: Some("a name".to_owned()),
            stage: Some("input".to_owned()),
            output: Some(json("null")),
            expected: Some(RawObject::empty()),
            metadata: Some(RawObject::empty()),
            ..bare.clone()
        };
        assert_eq!(case_digest(&bare), case_digest(&dressed));
        assert_ne!(case_digest(&bare), case_digest(&case(r#"{"input":"ho"}"#)));
    }

    #[test]
    fn a_dataset_digest_covers_its_cases_in_their_order() {
        let (one, two) = (case_digest(&case(r#"{"a":1}"#)), case_digest(&case(r#"{"a":2}"#)));
        let digest = |cases: &[Digest]| {
            let mut dataset = DatasetDigest::new();
            cases.iter().for_each(|case| dataset.push(case));
            (dataset.count(), dataset.finish().to_string())
        };
        let joined = [one.as_bytes().as_slice(), two.as_bytes()].concat();
        assert_eq!(digest(&[one, two]), (2, sha256_hex(&joined)));
        assert_ne!(digest(&[two, one]), digest(&[one, two]));
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest(&[]), (0, nothing.to_owned()));
    }

    #[test]
    fn a_digest_survives_its_bytes() {
        let digest = case_digest(&Case::default());
        assert_eq!(Digest::from_bytes(*digest.as_bytes()), digest);
        assert_eq!(format!("{digest:?}"), format!("Digest({digest})"));
    }
}
