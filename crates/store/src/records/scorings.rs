//! Rows of scoring runs, of what they score and of what came of it.

use std::sync::Arc;

use diesel::prelude::*;
use evalstone_core::case::Case;
use evalstone_core::dataset::Owner;
use evalstone_core::error::{Error, Result};
use evalstone_core::id::{EvaluationId, Number};
use evalstone_core::json::{RawJson, RawObject};
use evalstone_core::scoring::{
    Judgement, NewScore, OpenRow, Outcome, Place, ScoredRow, Scoring, StoredScore,
};

use super::datasets::OwnerColumns;
use super::runs::status_of;
use crate::schema::{evaluations, judgements, run_rows, runs};
use crate::types::{Key, Time};

/// How a scoring run is named here.
#[derive(Clone, Copy)]
pub enum By {
    /// By its id.
    Id(Key),
    /// By its public number.
    Number(Number),
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = runs)]
pub struct ScoringRecord {
    pub id: Key,
    pub number: i64,
    pub owner_id: Option<Key>,
    pub shared: bool,
    pub name: Option<String>,
    pub dataset_id: Option<Key>,
    pub collection_id: Option<Key>,
    pub threshold: Option<i64>,
    pub settings: Option<String>,
    pub status: String,
    pub total: i64,
    pub completed: i64,
    pub summary: Option<String>,
    pub started_at: Option<Time>,
    pub finished_at: Option<Time>,
    pub created_at: Time,
}

/// The number and name of what a run belongs to.
pub type PlaceColumns = (i64, String);

impl ScoringRecord {
    /// The run with what other tables hold of it.
    pub fn into_scoring(
        self,
        owner: Option<OwnerColumns>,
        dataset: Option<PlaceColumns>,
        collection: Option<PlaceColumns>,
    ) -> Result<Scoring> {
        let Self {
            id,
            number,
            owner_id,
            shared,
            name,
            dataset_id,
            collection_id,
            threshold,
            settings,
            status,
            total,
            completed,
            summary,
            started_at,
            finished_at,
            created_at,
        } = self;
        let status = status_of(&status)?;
        let owner =
            owner_id.zip(owner).map(|(id, (number, email))| Owner { id: id.into(), number, email });
        Ok(Scoring {
            id: id.into(),
            number,
            owner,
            shared,
            name: name.unwrap_or_default(),
            dataset: place(dataset_id, dataset),
            collection: place(collection_id, collection),
            threshold,
            settings: RawObject::trusted(settings.unwrap_or_else(|| "{}".to_owned())),
            status,
            total,
            completed,
            summary: summary.map(RawObject::trusted),
            started_at: started_at.map(Into::into),
            finished_at: finished_at.map(Into::into),
            created_at: created_at.into(),
        })
    }
}

fn place<I: From<Key>>(id: Option<Key>, columns: Option<PlaceColumns>) -> Option<Place<I>> {
    let (id, (number, name)) = id.zip(columns)?;
    Some(Place { id: id.into(), number, name })
}

#[derive(Debug, Insertable)]
#[diesel(table_name = runs, treat_none_as_default_value = false)]
pub struct NewScoringRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub kind: &'a str,
    pub pipeline_id: Key,
    pub owner_id: Option<Key>,
    pub shared: bool,
    pub name: &'a str,
    pub name_key: &'a str,
    pub status: &'a str,
    pub origin: &'a str,
    pub dataset_id: Option<Key>,
    pub collection_id: Option<Key>,
    pub runner: &'a str,
    pub until_number: Option<i64>,
    pub total: i64,
    pub threshold: Option<i64>,
    pub settings: &'a str,
}

/// What a gateway that works on a scoring run is told of it.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = runs)]
pub struct ClaimedScoringRecord {
    pub threshold: Option<i64>,
    pub settings: Option<String>,
    pub attempts: i64,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = run_rows)]
pub struct RowRecord {
    pub position: i64,
    pub part: i64,
    pub case_id: Option<Key>,
    pub stage: Option<String>,
    pub inputs: String,
    pub output: Option<String>,
    pub expected: Option<String>,
    pub metadata: Option<String>,
}

impl From<RowRecord> for OpenRow {
    fn from(record: RowRecord) -> Self {
        let RowRecord { position, part, case_id, stage, inputs, output, expected, metadata } =
            record;
        let case = Case {
            name: None,
            stage,
            inputs: RawObject::trusted(inputs),
            output: output.map(RawJson::trusted),
            expected: expected.map(RawObject::trusted),
            metadata: metadata.map(RawObject::trusted),
        };
        Self { position, part, case_id: case_id.map(Into::into), case }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = run_rows, treat_none_as_default_value = false)]
pub struct NewRowRecord<'a> {
    pub organization_id: Key,
    pub run_id: Key,
    pub position: i64,
    pub part: i64,
    pub case_id: Option<Key>,
    pub stage: Option<&'a str>,
    pub inputs: &'a str,
    pub output: Option<&'a str>,
    pub expected: Option<&'a str>,
    pub metadata: Option<&'a str>,
}

/// How many columns a [`NewRowRecord`] binds.
pub const NEW_ROW_COLUMNS: usize = 10;

impl<'a> NewRowRecord<'a> {
    /// The row at this place of a run. Names of cases do not count in scoring.
    pub fn of(
        (organization_id, run_id): (Key, Key),
        position: i64,
        part: i64,
        case_id: Option<Key>,
        case: &'a Case,
    ) -> Self {
        let Case { name: _, stage, inputs, output, expected, metadata } = case;
        Self {
            organization_id,
            run_id,
            position,
            part,
            case_id,
            stage: stage.as_deref(),
            inputs: inputs.as_str(),
            output: output.as_ref().map(RawJson::as_str),
            expected: expected.as_ref().map(RawObject::as_str),
            metadata: metadata.as_ref().map(RawObject::as_str),
        }
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = evaluations, treat_none_as_default_value = false)]
pub struct NewScoreRecord<'a> {
    pub organization_id: Key,
    pub id: Key,
    pub run_id: Key,
    pub row_position: i64,
    pub case_id: Option<Key>,
    pub name: &'a str,
    pub model: &'a str,
    pub arguments: Option<&'a str>,
    pub threshold: i64,
    pub score: Option<f64>,
    pub passed: Option<bool>,
    pub explanation: Option<&'a str>,
    pub details: Option<&'a str>,
    pub cost: Option<i64>,
    pub error: Option<&'a str>,
    pub started_at: Time,
    pub finished_at: Time,
}

/// How many columns a [`NewScoreRecord`] binds.
pub const NEW_SCORE_COLUMNS: usize = 17;

impl<'a> NewScoreRecord<'a> {
    /// The rows of what was said of a row of a run.
    pub fn all_of(
        (organization_id, run_id): (Key, Key),
        scored: &'a ScoredRow,
    ) -> impl Iterator<Item = Self> + 'a {
        let ScoredRow { row, evaluations } = scored;
        evaluations.iter().map(move |new| {
            let NewScore { metric, model, arguments, threshold, outcome, started_at, finished_at } =
                new;
            let (score, explanation, details, cost, error) = match outcome {
                Outcome::Scored { score, explanation, details, cost } => {
                    (Some(*score), Some(explanation.as_str()), details.as_ref(), *cost, None)
                }
                Outcome::Failed { explanation, cost } => {
                    (None, None, None, *cost, Some(explanation.as_str()))
                }
            };
            Self {
                organization_id,
                id: EvaluationId::generate().into(),
                run_id,
                row_position: row.position,
                case_id: row.case_id.map(Into::into),
                name: metric,
                model,
                arguments: arguments.as_ref().map(|arguments| arguments.as_str()),
                threshold: *threshold,
                score,
                passed: Some(score.is_some_and(|score| score >= *threshold as f64)),
                explanation,
                details: details.map(RawObject::as_str),
                cost,
                error,
                started_at: (*started_at).into(),
                finished_at: (*finished_at).into(),
            }
        })
    }
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = evaluations)]
pub struct ScoreRecord {
    pub id: Key,
    pub number: i64,
    pub name: String,
    pub model: Option<String>,
    pub arguments: Option<String>,
    pub threshold: Option<i64>,
    pub score: Option<f64>,
    pub explanation: Option<String>,
    pub details: Option<String>,
    pub cost: Option<i64>,
    pub error: Option<String>,
    pub started_at: Time,
    pub finished_at: Time,
}

impl ScoreRecord {
    /// The evaluation with the row that it is of, in the run of this number.
    pub fn into_score(self, run: Number, row: RowRecord) -> Result<StoredScore> {
        let Self {
            id,
            number,
            name,
            model,
            arguments,
            threshold,
            score,
            explanation,
            details,
            cost,
            error,
            started_at,
            finished_at,
        } = self;
        let whole = || Error::fault("an evaluation in the database is not whole");
        let outcome = match error {
            Some(explanation) => Outcome::Failed { explanation, cost },
            None => Outcome::Scored {
                score: score.ok_or_else(whole)?,
                explanation: explanation.ok_or_else(whole)?,
                details: details.map(RawObject::trusted),
                cost,
            },
        };
        let score = NewScore {
            metric: name,
            model: model.ok_or_else(whole)?,
            arguments: arguments.map(RawObject::trusted).map(Arc::new),
            threshold: threshold.ok_or_else(whole)?,
            outcome,
            started_at: started_at.into(),
            finished_at: finished_at.into(),
        };
        Ok(StoredScore { id: id.into(), number, run, score, case: OpenRow::from(row).case })
    }
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = judgements)]
pub struct JudgementRecord {
    pub digest: Vec<u8>,
    pub score: f64,
    pub explanation: String,
    pub details: Option<String>,
}

impl TryFrom<JudgementRecord> for Judgement {
    type Error = Error;

    fn try_from(record: JudgementRecord) -> Result<Self> {
        let JudgementRecord { digest, score, explanation, details } = record;
        let digest = digest
            .try_into()
            .map_err(|_| Error::fault("a digest in the database is not 32 bytes"))?;
        Ok(Self { digest, score, explanation, details: details.map(RawObject::trusted) })
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = judgements, treat_none_as_default_value = false)]
pub struct NewJudgementRecord<'a> {
    pub organization_id: Key,
    pub digest: &'a [u8],
    pub score: f64,
    pub explanation: &'a str,
    pub details: Option<&'a str>,
}
