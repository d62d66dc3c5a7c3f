//! What a dialect cannot say of a dataset (design §2.4, law 4).

use std::collections::BTreeMap;

use evalstone_core::error::Result;
use evalstone_core::loss::loss as loss_of;
use evalstone_kit::remote::{Outward, RemoteDataset};
use futures_util::TryStreamExt as _;
use serde::Serialize;

use crate::place::Place;

/// What a dialect cannot say of a dataset.
#[derive(Debug, Serialize)]
pub struct Loss {
    /// The dataset's id.
    pub dataset: String,
    /// The dialect's short name.
    pub dialect: &'static str,
    /// How many cases it has.
    pub case_count: u64,
    /// How many of them the dialect says whole.
    pub lossless: u64,
    /// How many its vendor does not take at all, whatever it could say of them.
    pub unwritable: u64,
    /// How many lose which field.
    pub fields: BTreeMap<&'static str, u64>,
    /// What it cannot say of the dataset besides its cases.
    pub unsaid: Vec<&'static str>,
    /// Each case, if that is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cases: Option<Vec<CaseLoss>>,
}

/// What a dialect cannot say of a case.
#[derive(Debug, Serialize)]
pub struct CaseLoss {
    /// Its id.
    pub id: Option<String>,
    /// The fields of the normal form that are lost.
    pub fields: Vec<&'static str>,
    /// Why it cannot be written at all, if it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unwritable: Option<String>,
}

/// Reads a dataset of `place` and tells what `outward` cannot say of it, case by case when `each`.
///
/// # Errors
/// When the dataset cannot be read.
pub async fn loss(
    place: &Place,
    dataset: &RemoteDataset,
    outward: &Outward,
    each: bool,
) -> Result<Loss> {
    let mut loss = Loss {
        dataset: dataset.id.clone(),
        dialect: outward.name,
        case_count: 0,
        lossless: 0,
        unwritable: 0,
        fields: BTreeMap::new(),
        unsaid: (outward.unsaid)(&dataset.about),
        cases: each.then(Vec::new),
    };
    let mut walk = place.remote.cases(&dataset.id);
    while let Some(piece) = walk.try_next().await? {
        for fetched in piece.into_iter().flatten() {
            let lost = loss_of(&fetched.case, &(outward.round_trip)(&fetched.case));
            let unwritable = (outward.writable)(&fetched.case).err().map(|why| why.0);
            let fields: Vec<&'static str> = lost.iter().map(|field| field.as_str()).collect();
            loss.case_count += 1;
            loss.unwritable += u64::from(unwritable.is_some());
            loss.lossless += u64::from(fields.is_empty());
            for field in &fields {
                *loss.fields.entry(field).or_default() += 1;
            }
            if let Some(cases) = &mut loss.cases {
                cases.push(CaseLoss { id: fetched.id, fields, unwritable });
            }
        }
    }
    Ok(loss)
}
