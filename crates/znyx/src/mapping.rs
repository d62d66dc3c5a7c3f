//! Between the vendor's objects and the domain (design §2.3 and §2.4, the ZNYX rows).

mod catalog;
mod evaluations;
pub mod policies;
pub mod tenancy;
#[cfg(test)]
mod tests;
mod traces;

use std::borrow::Cow;

use evalstone_core::benchmark::{
    Benchmark, BenchmarkFilter, Regression, Regressions, StoredVerdict, Verdict,
};
use evalstone_core::case::{Case, DEFAULT_STAGE, Origin, key};
use evalstone_core::dataset::{
    Added, Dataset, DatasetChange, DatasetFilter, NewCase, NewDataset, StoredCase, Window,
};
use evalstone_core::json::{ObjectBuilder, RawJson, RawObject, View};
use evalstone_core::lens::{Reading, Text, expected, subject, text};
use evalstone_core::run::RunStatus;
use evalstone_evals::detection::{Comparison, rule_hits_match};

use crate::wire::benchmark::texts;
use crate::{NAME, wire};

pub use catalog::{catalog_page, filtered, installed};
pub use evaluations::evaluated;
pub use traces::{
    annotated_case, annotation, annotation_filter, exported, new_annotation, new_trace, trace,
    trace_filter, trace_row,
};

/// The key of the trust level in what the store keeps for this dialect alone.
const TRUST_LEVEL: &str = "trust_level";

/// The JSON string of a case in which nothing is to be evaluated.
const NO_TEXT: &str = "\"\"";

/// The context of samples whose text is what the system answered.
const OUTPUT: &str = "output";

/// A dataset to be made.
pub fn new_dataset(new: wire::NewDataset) -> NewDataset {
    let wire::NewDataset { name, description, category, trust_level, is_public, created_by } = new;
    NewDataset {
        id: None,
        origin: NAME,
        pipeline: None,
        shared: true,
        name,
        name_key: None,
        description,
        category,
        creator: created_by,
        source: wire::CUSTOMER.to_owned(),
        public: is_public,
        golden: false,
        facet: facet(&trust_level),
    }
}

/// The trust level that what is kept says.
pub fn trust_level(facet: Option<&RawJson>) -> Cow<'_, str> {
    facet
        .and_then(|facet| facet.view().get(TRUST_LEVEL))
        .and_then(View::as_text)
        .unwrap_or(Cow::Borrowed(wire::CUSTOM))
}

/// What is kept of a trust level: nothing when it is the usual one.
pub fn facet(trust_level: &str) -> Option<RawJson> {
    (trust_level != wire::CUSTOM)
        .then(|| ObjectBuilder::new().text_member(TRUST_LEVEL, trust_level).build().into())
}

/// What an update asks to change of a dataset.
pub fn dataset_change(update: wire::DatasetUpdate) -> DatasetChange {
    let wire::DatasetUpdate { name, description, category, trust_level, is_public } = update;
    DatasetChange {
        name,
        description,
        category,
        public: is_public,
        golden: None,
        archived: None,
        facet: trust_level.map(|trust_level| facet(&trust_level)),
    }
}

/// A dataset as the vendor shows it, whichever dialect made it.
pub fn dataset(dataset: &Dataset) -> wire::Dataset<'_> {
    let Dataset {
        id,
        number: _,
        pipeline: _,
        owner: _,
        author_email: _,
        shared: _,
        name,
        description,
        category,
        creator,
        source,
        public,
        origin: _,
        case_count,
        slots: _,
        version: _,
        collection: _,
        archived_at: _,
        created_at,
        updated_at,
        facet,
    } = dataset;
    wire::Dataset {
        id: *id,
        name,
        description: description.as_deref(),
        category: category.as_deref(),
        trust_level: trust_level(facet.as_ref()),
        source,
        sample_count: *case_count,
        is_public: *public,
        created_by: creator.as_deref(),
        created_at: *created_at,
        updated_at: *updated_at,
    }
}

/// Which datasets a query asks for; none when no dataset can meet it, because no stored text has
/// the U+0000 that it names.
pub fn filter(query: &wire::DatasetQuery) -> Option<DatasetFilter> {
    let wire::DatasetQuery { category, categories, source, window: _ } = query;
    let several = categories.iter().flat_map(|list| list.split(',')).map(str::trim);
    let named: Vec<&str> = category
        .iter()
        .map(String::as_str)
        .chain(several)
        .filter(|name| !name.is_empty())
        .collect();
    let storable = |name: &&str| !name.contains('\0');
    let categories: Vec<String> =
        named.iter().copied().filter(storable).map(str::to_owned).collect();
    let source = source.clone().filter(|source| !source.is_empty());
    let impossible = (categories.is_empty() && !named.is_empty())
        || source.as_deref().is_some_and(|source| !storable(&source));
    (!impossible).then(|| DatasetFilter { categories, source, ..DatasetFilter::default() })
}

/// The part of a list.
pub fn window(window: wire::Window) -> Window {
    let wire::Window { limit, offset } = window;
    Window { offset, limit: Some(limit) }
}

/// A sample to be stored.
pub fn new_case(sample: wire::SampleInput) -> NewCase {
    let origin = Origin { dialect: NAME.to_owned(), source_id: None, facet: None };
    NewCase { id: None, case: write(sample), origin }
}

/// A row of a file, to be stored. An answer that it has besides its text becomes the case's output,
/// and so, at the stage `output`, what is evaluated: the vendor's own tool reads such rows so
/// (contract §3.7).
pub fn imported_case(row: wire::ImportedRow) -> NewCase {
    let wire::ImportedRow { input, output_text } = row;
    let Some(answer) = output_text else {
        return new_case(input);
    };
    let inputs = ObjectBuilder::new().member(key::INPUT, input.input_text.view()).build();
    let new = new_case(input);
    NewCase { case: Case { inputs, output: Some(answer), ..new.case }, ..new }
}

/// A stored case as the vendor shows it, whichever dialect wrote it.
pub fn sample(stored: &StoredCase) -> wire::Sample<'_> {
    let StoredCase { id, number: _, dataset: _, pipeline: _, case, origin: _, created_at } = stored;
    wire::Sample { id: *id, shown: shown(case), created_at: *created_at }
}

/// What adding samples came to.
pub fn added(outcome: &Added) -> wire::Added {
    let Added { dataset, added, case_count } = outcome;
    wire::Added { added: *added, dataset_id: dataset.to_string(), sample_count: *case_count }
}

/// What an import came to.
pub fn imported(outcome: &Added) -> wire::Imported {
    let Added { dataset, added, case_count } = outcome;
    wire::Imported { imported: *added, dataset_id: dataset.to_string(), sample_count: *case_count }
}

/// A benchmark as the vendor shows it.
pub fn benchmark_run(benchmark: Benchmark) -> wire::benchmark::BenchmarkRun {
    let Benchmark {
        id,
        number: _,
        dataset,
        policy_version,
        bundle,
        status,
        until: _,
        total,
        completed,
        summary,
        failure: _,
        started_at,
        finished_at,
        created_at,
    } = benchmark;
    wire::benchmark::BenchmarkRun {
        id: id.to_string(),
        dataset_id: dataset.to_string(),
        policy_version,
        bundle_id: bundle,
        status: status.as_str(),
        total_samples: total,
        completed_samples: completed,
        results_summary: summary.unwrap_or_default(),
        started_at,
        completed_at: finished_at,
        created_at,
    }
}

/// A verdict as the vendor shows it.
pub fn benchmark_result(stored: StoredVerdict) -> wire::benchmark::BenchmarkResult {
    let StoredVerdict { id, case_id, case, verdict, passed, created_at } = stored;
    let Verdict { decision, score, rule_hits, detectors, latency_ms } = verdict;
    let input = read(&case);
    let expected = input.expected_rule_hits.as_ref().map(|hits| texts(hits.view()));
    let matched = rule_hits_match(expected.as_deref(), &texts(rule_hits.view()));
    wire::benchmark::BenchmarkResult {
        id: id.to_string(),
        sample_id: case_id.to_string(),
        input,
        actual_decision: decision,
        actual_risk_score: score,
        actual_rule_hits: rule_hits,
        is_correct: passed,
        rule_hits_match: matched,
        latency_ms,
        detector_results: detectors,
        created_at,
    }
}

/// What a runtime reports, as it is stored.
pub fn verdict(report: wire::worker::Report) -> Verdict {
    let wire::worker::Report {
        sample_id: _,
        decision,
        risk_score,
        rule_hits,
        detector_results,
        latency_ms,
    } = report;
    Verdict { decision, score: risk_score, rule_hits, detectors: detector_results, latency_ms }
}

/// A case as a runtime sees it that evaluates it: without what is expected, and without its metadata.
pub fn bare_sample(stored: &StoredCase) -> wire::worker::BareSample {
    let StoredCase { id, number: _, dataset: _, pipeline: _, case, origin: _, created_at: _ } =
        stored;
    let wire::SampleInput {
        input_text,
        context,
        expected_decision: _,
        expected_rule_hits: _,
        metadata: _,
    } = read(case);
    wire::worker::BareSample { sample_id: id.to_string(), eval_text: input_text, stage: context }
}

/// How two benchmarks differ, as the vendor shows it.
pub fn comparison(
    base: Benchmark,
    candidate: Benchmark,
    comparison: Comparison,
    regressions: Regressions,
) -> wire::benchmark::Comparison {
    let Comparison {
        block_rate_delta,
        accuracy_delta,
        avg_latency_delta_ms,
        p99_latency_delta_ms,
        psi,
    } = comparison;
    let Regressions { count, first } = regressions;
    wire::benchmark::Comparison {
        base: benchmark_run(base),
        candidate: benchmark_run(candidate),
        block_rate_delta,
        accuracy_delta,
        avg_latency_delta_ms,
        p99_latency_delta_ms,
        psi,
        regression_count: count,
        regressions: first.into_iter().map(regression).collect(),
    }
}

fn regression(regression: Regression) -> wire::benchmark::Regression {
    let Regression { case, expected, base, candidate } = regression;
    let decision = expected.as_ref().and_then(expected::decision).map(RawJson::from_view);
    wire::benchmark::Regression {
        sample_id: case.to_string(),
        expected_decision: decision,
        base_decision: base,
        candidate_decision: candidate,
    }
}

/// Which benchmarks a query asks for; none when no benchmark can meet it.
pub fn benchmark_filter(query: &wire::benchmark::BenchmarkQuery) -> Option<BenchmarkFilter> {
    let wire::benchmark::BenchmarkQuery { dataset_id, status, window: _ } = query;
    let dataset = match dataset_id {
        Some(id) => Some(id.parse().ok()?),
        None => None,
    };
    let status = match status {
        Some(word) => Some(RunStatus::from_word(word)?),
        None => None,
    };
    Some(BenchmarkFilter { dataset, status })
}

/// Design §2.4's `write`: sample → case.
pub fn write(sample: wire::SampleInput) -> Case {
    let wire::SampleInput { input_text, context, expected_decision, expected_rule_hits, metadata } =
        sample;
    let (inputs, output) = if context == OUTPUT {
        (RawObject::empty(), Some(input_text))
    } else {
        (ObjectBuilder::new().member(key::INPUT, input_text.view()).build(), None)
    };
    let verdict = [(key::DECISION, expected_decision), (key::RULE_HITS, expected_rule_hits)];
    let expected = verdict.iter().fold(ObjectBuilder::new(), |object, (key, value)| match value {
        Some(value) => object.member(key, value.view()),
        None => object,
    });
    Case {
        name: None,
        stage: (context != DEFAULT_STAGE).then_some(context),
        inputs,
        output,
        expected: Some(expected.build()).filter(|expected| !expected.is_empty()),
        metadata,
    }
}

/// Design §2.4's `read`: case → sample.
pub fn read(case: &Case) -> wire::SampleInput {
    shown(case).into_input()
}

fn shown(case: &Case) -> wire::Shown<'_> {
    let Case { name: _, stage: _, inputs: _, output: _, expected, metadata } = case;
    let reading = Reading::of(case);
    let output = reading.output();
    let context = match reading.stage() {
        Some(stage) => stage,
        None if output.is_some() && reading.inputs().is_blank() => OUTPUT,
        None => DEFAULT_STAGE,
    };
    let evaluated = match output {
        Some(output) if context == OUTPUT => Some(text(output)),
        _ => subject(reading.inputs()),
    };
    wire::Shown {
        input_text: evaluated.map_or(NO_TEXT.into(), Text::into_token),
        context,
        expected_decision: expected.as_ref().and_then(expected::decision),
        expected_rule_hits: expected.as_ref().and_then(expected::rule_hits),
        metadata: metadata.as_ref(),
    }
}
