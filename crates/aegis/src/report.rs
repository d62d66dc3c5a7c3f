//! The report of a run as CSV (contract §3.17): a line for each evaluation, and of the columns those that
//! say something on any line. The evaluations are read twice, once to learn which those are, so that
//! memory does not depend on how many there are.

use std::borrow::Cow;
use std::collections::HashMap;

use actix_web::HttpResponse;
use bytes::Bytes;
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Result};
use evalstone_core::id::Number;
use evalstone_core::json::RawObject;
use evalstone_core::lens::Text;
use evalstone_core::metric::Metric;
use evalstone_core::scoring::{NewScore, Outcome, Scoring, StoredScore};
use evalstone_evals::scoring::Cost;
use evalstone_kit::stream::streaming;
use evalstone_store::Store;
use evalstone_store::scorings::ScorePages;
use futures_util::{StreamExt as _, stream};

use crate::mapping::runs::fields;

/// The columns in the vendor's order.
const COLUMNS: [&str; 18] = [
    "alias",
    "prompt",
    "input",
    "context",
    "output",
    "golden_answer",
    "explanation",
    "model_slug",
    "is_success",
    "evaluation_cost_raw",
    "evaluation_cost",
    "is_gte_threshold",
    "threshold",
    "result",
    "metric_id",
    "eval_metadata",
    "shortname",
    "name",
];

/// A line's cells, empty ones where there is nothing to say.
type Cells = [String; COLUMNS.len()];

/// The report of a run.
///
/// # Errors
/// Not found when the run has nothing to report yet; when the database fails before the answer begins.
pub async fn csv(store: &Store, caller: &Caller, run: Scoring) -> Result<HttpResponse> {
    let metrics = store.metrics().await?;
    let lines = Lines { alias: run.name.clone(), metrics: by_name(&metrics) };
    let filled = filled(store.score_pages(caller, &run), &lines).await?;
    let Some((filled, last)) = filled else {
        return Err(Error::not_found("Evaluation of this run"));
    };
    let head: Vec<&str> = chosen(&COLUMNS, &filled).copied().collect();
    let head = line(head.iter().map(|name| name.as_bytes()))?;
    let pages = store.score_pages(caller, &run);
    let rows = stream::try_unfold((pages, lines), move |(mut pages, lines)| async move {
        let piece = pages.next().await?;
        if piece.is_empty() {
            return Ok(None);
        }
        let mut text = Vec::new();
        for score in piece {
            // What was scored since may fill columns that the head does not have.
            if score.number > last {
                return Ok((!text.is_empty()).then(|| (Bytes::from(text), (pages, lines))));
            }
            let cells = lines.cells(score);
            text.extend_from_slice(&line(chosen(&cells, &filled).map(String::as_bytes))?);
        }
        Ok(Some((Bytes::from(text), (pages, lines))))
    });
    let body = stream::once(async move { Ok(Bytes::from(head)) }).chain(rows);
    let name = format!("attachment; filename=\"run_{}_report.csv\"", run.number);
    let mut builder = HttpResponse::Ok();
    builder.content_type("text/csv; charset=utf-8").insert_header(("content-disposition", name));
    Ok(streaming(builder, body))
}

/// Which columns say something, and the number of the last evaluation; none when there is no line.
async fn filled(
    mut pages: ScorePages,
    lines: &Lines,
) -> Result<Option<([bool; COLUMNS.len()], Number)>> {
    let mut filled = None;
    loop {
        let piece = pages.next().await?;
        if piece.is_empty() {
            return Ok(filled);
        }
        for score in piece {
            let number = score.number;
            let (columns, last) = filled.get_or_insert(([false; COLUMNS.len()], number));
            *last = number;
            for (column, cell) in columns.iter_mut().zip(lines.cells(score)) {
                *column |= !cell.is_empty();
            }
        }
    }
}

fn chosen<'a, T>(
    all: &'a [T; COLUMNS.len()],
    filled: &[bool; COLUMNS.len()],
) -> impl Iterator<Item = &'a T> {
    all.iter().zip(*filled).filter(|(_, filled)| *filled).map(|(cell, _)| cell)
}

/// A line of a CSV file.
///
/// # Errors
/// None that a line in memory could have.
pub fn line<'a>(cells: impl Iterator<Item = &'a [u8]>) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    for cell in cells {
        writer.write_field(cell).map_err(Error::fault)?;
    }
    writer.write_record(None::<&[u8]>).map_err(Error::fault)?;
    writer.into_inner().map_err(Error::fault)
}

fn by_name(metrics: &[Metric]) -> HashMap<String, (i64, String)> {
    let entry = |metric: &Metric| (metric.short_name.clone(), (metric.id, metric.name.clone()));
    metrics.iter().map(entry).collect()
}

/// What lines say besides their evaluations.
struct Lines {
    alias: String,
    /// The ids and names of metrics by their short names.
    metrics: HashMap<String, (i64, String)>,
}

impl Lines {
    fn cells(&self, stored: StoredScore) -> Cells {
        let StoredScore { id: _, number: _, run: _, score, case } = stored;
        let NewScore { metric, model, arguments: _, threshold, outcome, .. } = score;
        let [prompt, input, context, output, golden_answer] = fields(&case).map(plain);
        let is_success = matches!(outcome, Outcome::Scored { .. });
        let (result, explanation, details, cost) = match outcome {
            Outcome::Scored { score, explanation, details, cost } => {
                (Some(score), explanation, details, cost)
            }
            Outcome::Failed { explanation, cost } => (None, explanation, None, cost),
        };
        let cost = cost.map(|cost| Cost(cost.unsigned_abs()).to_string()).unwrap_or_default();
        let passed = result.is_some_and(|result| result >= threshold as f64);
        let (metric_id, name) = self.metrics.get(&metric).cloned().unzip();
        [
            self.alias.clone(),
            prompt,
            input,
            context,
            output,
            golden_answer,
            explanation,
            model,
            is_success.to_string(),
            cost.clone(),
            cost,
            passed.to_string(),
            threshold.to_string(),
            result.map(|result| result.to_string()).unwrap_or_default(),
            metric_id.map(|id: i64| id.to_string()).unwrap_or_default(),
            details.map(RawObject::into_string).unwrap_or_default(),
            metric,
            name.unwrap_or_default(),
        ]
    }
}

/// A field as plain text; a text with a lone surrogate, which no file can hold, as its JSON.
fn plain(text: Option<Text<'_>>) -> String {
    text.map(|text| text.plain().map_or_else(|| text.json().to_owned(), Cow::into_owned))
        .unwrap_or_default()
}
