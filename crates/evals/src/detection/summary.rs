//! What a run came to.

use evalstone_core::json::{ObjectWriter, object};

use super::distribution::BINS;
use super::{BinaryConfusion, Confusion, Counts, Percentiles};
use crate::number::Float;

/// The numbers of a run (ZNYX contract §3.17). Shares are 0 to 1 and rounded to four decimals,
/// latencies are milliseconds rounded to one. A number that is not defined is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// How many of the labelled rows are right; none without labelled rows. Stricter than precision
    /// and recall, which ask only whether a case was flagged.
    pub accuracy: Option<f64>,
    /// See [`super::Classification::precision`].
    pub precision: Option<f64>,
    /// See [`super::Classification::recall`].
    pub recall: Option<f64>,
    /// See [`super::Classification::f1`].
    pub f1: Option<f64>,
    /// See [`super::Classification::fp_rate`].
    pub fp_rate: Option<f64>,
    /// The counts behind these four.
    pub binary_confusion: BinaryConfusion,
    /// What was decided where what was expected, over the labelled rows.
    pub confusion: Confusion,
    /// How many rows there are.
    pub total: u64,
    /// How many of the labelled rows are right.
    pub correct: u64,
    /// How many of the labelled rows are not.
    pub incorrect: u64,
    /// How many rows have no expectation.
    pub unlabelled: u64,
    /// How many rows, labelled or not, could not be evaluated.
    pub errors: u64,
    /// How many of all rows were decided BLOCK; none without rows.
    pub block_rate: Option<f64>,
    /// How often each decision was taken, over all rows and in the order of first sight.
    pub decisions: Counts,
    /// The mean latency of all rows; none without rows.
    pub avg_latency_ms: Option<f64>,
    /// The percentiles of all rows' latencies; zeros without rows.
    pub latency: Percentiles,
    /// See [`super::auroc`]; of the labelled rows' risk scores.
    pub auroc: Option<f64>,
    /// See [`super::auprc`]; of the labelled rows' risk scores.
    pub auprc: Option<f64>,
    /// See [`super::ece`]; of the labelled rows' risk scores, a hundredth of each being the
    /// probability.
    pub ece: Option<f64>,
    /// See [`super::histogram`]; of all rows' risk scores.
    pub score_histogram: [u64; BINS],
}

impl Summary {
    /// The summary as a JSON object, its keys in the contract's order and its numbers spelled as
    /// the vendor's Python spells them. What is not defined is `null`.
    #[must_use]
    pub fn to_json(&self) -> String {
        object(|json| self.write(json))
    }

    fn write(&self, json: &mut ObjectWriter<'_>) {
        let Self {
            accuracy,
            precision,
            recall,
            f1,
            fp_rate,
            binary_confusion,
            confusion,
            total,
            correct,
            incorrect,
            unlabelled,
            errors,
            block_rate,
            decisions,
            avg_latency_ms,
            latency,
            auroc,
            auprc,
            ece,
            score_histogram,
        } = self;
        json.nullable("accuracy", accuracy.map(Float));
        json.nullable("precision", precision.map(Float));
        json.nullable("recall", recall.map(Float));
        json.nullable("f1", f1.map(Float));
        json.nullable("fp_rate", fp_rate.map(Float));
        json.json("binary_confusion", &binary_to_json(*binary_confusion));
        json.json("confusion", &confusion_to_json(confusion));
        json.plain("total", total);
        json.plain("correct", correct);
        json.plain("incorrect", incorrect);
        json.plain("unlabelled", unlabelled);
        json.plain("errors", errors);
        json.nullable("block_rate", block_rate.map(Float));
        json.json("decisions", &counts_to_json(decisions));
        json.nullable("avg_latency_ms", avg_latency_ms.map(Float));
        json.json("latency", &percentiles_to_json(*latency));
        json.nullable("auroc", auroc.map(Float));
        json.nullable("auprc", auprc.map(Float));
        json.nullable("ece", ece.map(Float));
        json.json("score_histogram", &list_to_json(score_histogram));
    }
}

fn binary_to_json(counts: BinaryConfusion) -> String {
    let BinaryConfusion { true_positives, false_positives, false_negatives, true_negatives } =
        counts;
    object(|json| {
        json.plain("tp", true_positives);
        json.plain("fp", false_positives);
        json.plain("fn", false_negatives);
        json.plain("tn", true_negatives);
    })
}

fn confusion_to_json(confusion: &Confusion) -> String {
    object(|json| {
        for (expected, decisions) in confusion {
            json.json(expected, &counts_to_json(decisions));
        }
    })
}

fn counts_to_json(counts: &Counts) -> String {
    object(|json| {
        for (text, count) in counts {
            json.plain(text, count);
        }
    })
}

fn percentiles_to_json(latency: Percentiles) -> String {
    let Percentiles { p50, p95, p99 } = latency;
    object(|json| {
        json.plain("p50", Float(p50));
        json.plain("p95", Float(p95));
        json.plain("p99", Float(p99));
    })
}

fn list_to_json(counts: &[u64]) -> String {
    let spelled: Vec<String> = counts.iter().map(u64::to_string).collect();
    format!("[{}]", spelled.join(","))
}
