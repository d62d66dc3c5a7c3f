//! Between the vendor's objects and the domain (design §2.3 and §2.4, the ZNYX rows).

mod evaluations;
pub mod policies;
pub mod tenancy;
mod traces;

use std::borrow::Cow;
use std::collections::HashMap;

use evalstone_core::benchmark::{
    Benchmark, BenchmarkFilter, Regression, Regressions, StoredVerdict, Verdict,
};
use evalstone_core::case::{Case, DEFAULT_STAGE, Origin, key};
use evalstone_core::dataset::{
    Added, Dataset, DatasetChange, DatasetFilter, NewCase, NewDataset, StoredCase, Window,
};
use evalstone_core::id::DatasetId;
use evalstone_core::json::{ObjectBuilder, RawJson, RawObject, View};
use evalstone_core::lens::{Reading, expected, subject, text};
use evalstone_core::run::RunStatus;
use evalstone_evals::detection::{Comparison, rule_hits_match};

use crate::catalog::Entry;
use crate::wire::benchmark::texts;
use crate::{NAME, wire};

pub use evaluations::evaluated;
pub use traces::{
    annotated_case, annotation, annotation_filter, exported, new_annotation, new_trace, trace,
    trace_filter, trace_row,
};

/// The key of the trust level in what the store keeps for this dialect alone.
const TRUST_LEVEL: &str = "trust_level";

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

/// What is kept of a trust level: nothing when it is the usual one.
fn facet(trust_level: &str) -> Option<RawJson> {
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
pub fn dataset(dataset: Dataset) -> wire::Dataset {
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
        archived_at: _,
        created_at,
        updated_at,
        facet,
    } = dataset;
    let trust_level = facet
        .as_ref()
        .and_then(|facet| facet.view().get(TRUST_LEVEL))
        .and_then(View::as_text)
        .map_or_else(|| wire::CUSTOM.to_owned(), Cow::into_owned);
    wire::Dataset {
        id: id.to_string(),
        name,
        description,
        category,
        trust_level,
        source,
        sample_count: case_count,
        is_public: public,
        created_by: creator,
        created_at,
        updated_at,
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

/// The entries of the catalog that a query asks for: as [`filter`], whichever part of the list.
pub fn filtered(entries: Vec<Entry>, query: &wire::DatasetQuery) -> Vec<Entry> {
    let Some(DatasetFilter { categories, source, .. }) = filter(query) else {
        return Vec::new();
    };
    let fits = |entry: &Entry| {
        let theme = entry.category.as_ref().is_some_and(|theme| categories.contains(theme));
        (categories.is_empty() || theme)
            && source.as_ref().is_none_or(|source| source == entry.source)
    };
    entries.into_iter().filter(fits).collect()
}

/// A part of the catalog, of which these entries are installed.
pub fn catalog(
    entries: Vec<Entry>,
    installed: &HashMap<String, DatasetId>,
    window: wire::Window,
) -> String {
    let wire::Window { limit, offset } = window;
    let total = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let part = entries.into_iter().skip(count(offset)).take(count(limit));
    let rows = part.map(|entry| {
        let dataset = installed.get(&entry.id).map(ToString::to_string);
        catalog_entry(entry, dataset).to_json()
    });
    wire::Page::head(total, window, "catalog")
        + &rows.collect::<Vec<_>>().join(",")
        + wire::Page::TAIL
}

fn catalog_entry(entry: Entry, dataset_id: Option<String>) -> wire::CatalogEntry {
    let hint = entry.hint();
    let Entry {
        id,
        name,
        description,
        category,
        trust_level,
        licence,
        source,
        sample_count,
        samples: _,
    } = entry;
    wire::CatalogEntry {
        id,
        name,
        description,
        category,
        trust_level,
        source,
        sample_count,
        dataset_id,
        licence,
        hint,
    }
}

/// The dataset of a catalog's entry.
pub fn installed(entry: &Entry) -> NewDataset {
    let Entry {
        id: _,
        name,
        description,
        category,
        trust_level,
        licence: _,
        source,
        sample_count: _,
        samples: _,
    } = entry;
    NewDataset {
        source: (*source).to_owned(),
        ..new_dataset(wire::NewDataset {
            name: name.clone(),
            description: description.clone(),
            category: category.clone(),
            trust_level: trust_level.clone(),
            is_public: false,
            created_by: None,
        })
    }
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
pub fn sample(stored: &StoredCase) -> wire::Sample {
    let StoredCase { id, number: _, dataset: _, pipeline: _, case, origin: _, created_at } = stored;
    wire::Sample { id: id.to_string(), input: read(case), created_at: *created_at }
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

/// A case as a runtime sees it that evaluates it: without what is expected.
pub fn bare_sample(stored: &StoredCase) -> wire::worker::BareSample {
    let StoredCase { id, number: _, dataset: _, pipeline: _, case, origin: _, created_at: _ } =
        stored;
    let wire::SampleInput {
        input_text,
        context,
        expected_decision: _,
        expected_rule_hits: _,
        metadata,
    } = read(case);
    wire::worker::BareSample {
        sample_id: id.to_string(),
        eval_text: input_text,
        stage: context,
        metadata,
    }
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
    let Case { name: _, stage: _, inputs: _, output: _, expected, metadata } = case;
    let reading = Reading::of(case);
    let output = reading.output();
    let context = match reading.stage() {
        Some(stage) => stage,
        None if reading.inputs().is_blank() && output.is_some() => OUTPUT,
        None => DEFAULT_STAGE,
    };
    let shown = match output {
        Some(output) if context == OUTPUT => Some(text(output)),
        _ => subject(reading.inputs()),
    };
    let input_text = match shown {
        Some(text) => RawJson::trusted(text.token().into_owned()),
        None => RawJson::from_text(""),
    };
    wire::SampleInput {
        input_text,
        context: context.to_owned(),
        expected_decision: expected.as_ref().and_then(expected::decision).map(RawJson::from_view),
        expected_rule_hits: expected.as_ref().and_then(expected::rule_hits).map(RawJson::from_view),
        metadata: metadata.clone(),
    }
}

#[cfg(test)]
mod tests {
    use evalstone_core::loss::loss;
    use evalstone_core::normal::Field;

    use super::*;

    fn object(text: &str) -> RawObject {
        RawJson::parse(text).expect(text).try_into().expect(text)
    }

    fn json(text: &str) -> RawJson {
        RawJson::parse(text).expect(text)
    }

    fn input(text: &str, context: &str) -> wire::SampleInput {
        wire::SampleInput {
            input_text: json(text),
            context: context.to_owned(),
            expected_decision: None,
            expected_rule_hits: None,
            metadata: None,
        }
    }

    /// The context and text of a case without anything else.
    fn shown(case: &Case) -> (String, String) {
        let sample = read(case);
        (sample.context, sample.input_text.into_string())
    }

    fn pair(context: &str, text: &str) -> (String, String) {
        (context.to_owned(), text.to_owned())
    }

    #[test]
    fn a_sample_becomes_a_case() {
        let plain = write(input(r#""hi""#, "input"));
        assert_eq!(plain, Case { inputs: object(r#"{"input":"hi"}"#), ..Case::default() });
        let answer = write(input(r#""hi""#, "output"));
        let expected = Case {
            stage: Some("output".to_owned()),
            output: Some(json(r#""hi""#)),
            ..Case::default()
        };
        assert_eq!(answer, expected);
        let labelled = write(wire::SampleInput {
            expected_decision: Some(json(r#""BLOCK""#)),
            expected_rule_hits: Some(json("[]")),
            metadata: Some(object("{}")),
            ..input(r#""hi""#, "odd stage")
        });
        let expected = Case {
            stage: Some("odd stage".to_owned()),
            inputs: object(r#"{"input":"hi"}"#),
            expected: Some(object(r#"{"decision":"BLOCK","rule_hits":[]}"#)),
            metadata: Some(object("{}")),
            ..Case::default()
        };
        assert_eq!(labelled, expected);
    }

    #[test]
    fn the_context_of_a_case_from_elsewhere() {
        let of = |inputs: &str, output: Option<&str>| {
            shown(&Case { inputs: object(inputs), output: output.map(json), ..Case::default() })
        };
        assert_eq!(of(r#"{"question":"why"}"#, None), pair("input", r#""why""#));
        assert_eq!(of("{}", None), pair("input", r#""""#));
        assert_eq!(of("{}", Some("42")), pair("output", r#""42""#));
        assert_eq!(of(r#"{"a":null}"#, Some(r#"{"b": 1.0}"#)), pair("output", r#""{\"b\":1.0}""#));
        assert_eq!(of(r#"{"input":"q"}"#, Some(r#""a""#)), pair("input", r#""q""#));
        assert_eq!(of(r#"{"stage":"output","output":"o"}"#, None), pair("output", r#""o""#));
        assert_eq!(of(r#"{"stage":"output","input":"q"}"#, None), pair("output", r#""q""#));
        assert_eq!(of(r#"{"stage":"nowhere"}"#, None), pair("input", r#""nowhere""#));
        assert_eq!(of(r#"{"a":1, "b":[2]}"#, None), pair("input", r#""{\"a\":1,\"b\":[2]}""#));
    }

    #[test]
    fn only_strings_are_decisions_and_only_arrays_of_strings_rule_hits() {
        let verdict = |expected: &str| {
            let sample = read(&Case { expected: Some(object(expected)), ..Case::default() });
            (
                sample.expected_decision.map(RawJson::into_string),
                sample.expected_rule_hits.map(RawJson::into_string),
            )
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            verdict(r#"{"decision":"maybe","rule_hits":[]}"#),
            (some(r#""maybe""#), some("[]"))
        );
        assert_eq!(verdict(r#"{"decision":1,"rule_hits":["a",1]}"#), (None, None));
        assert_eq!(verdict(r#"{"golden_answer":"x"}"#), (None, None));
    }

    #[test]
    fn a_loss_names_what_a_sample_cannot_say() {
        let lost = |case: Case| loss(&case, &write(read(&case)));
        let case = || Case { inputs: object(r#"{"input":"q"}"#), ..Case::default() };
        assert_eq!(lost(case()), []);
        assert_eq!(lost(Case { output: Some(json("1")), ..case() }), [Field::Output]);
        assert_eq!(lost(Case { inputs: object(r#"{"question":"q"}"#), ..case() }), [Field::Inputs]);
        assert_eq!(lost(Case { inputs: object(r#"{"input":5}"#), ..case() }), [Field::Inputs]);
        let golden = Some(object(r#"{"golden_answer":"x","decision":"ALLOW"}"#));
        assert_eq!(lost(Case { expected: golden, ..case() }), [Field::Expected]);
        let both =
            Case { stage: Some("output".to_owned()), output: Some(json(r#""a""#)), ..case() };
        assert_eq!(lost(both), [Field::Inputs]);
        let answer = Case { output: Some(json(r#""a""#)), ..Case::default() };
        assert_eq!(lost(answer), [Field::Stage]);
    }

    #[test]
    fn a_dataset_is_shared_and_its_trust_level_kept_when_it_is_unusual() {
        let new = |trust_level: &str| {
            new_dataset(wire::NewDataset {
                name: "n".to_owned(),
                description: Some("d".to_owned()),
                category: Some("c".to_owned()),
                trust_level: trust_level.to_owned(),
                is_public: true,
                created_by: Some("dana".to_owned()),
            })
        };
        let usual = new("custom");
        assert!(usual.facet.is_none() && usual.shared && usual.public && !usual.golden);
        assert_eq!((usual.origin, usual.source.as_str()), ("znyx", "customer"));
        assert_eq!(usual.creator.as_deref(), Some("dana"));
        let facet = new("of\"ficial").facet.map(RawJson::into_string);
        assert_eq!(facet.as_deref(), Some(r#"{"trust_level":"of\"ficial"}"#));
    }

    #[test]
    fn a_usual_trust_level_clears_what_was_kept() {
        let change = |trust_level: Option<&str>| {
            dataset_change(wire::DatasetUpdate {
                name: Some("n".to_owned()),
                description: Some(None),
                category: None,
                trust_level: trust_level.map(str::to_owned),
                is_public: Some(false),
            })
        };
        let usual = change(Some("custom"));
        assert!(matches!(usual.facet, Some(None)) && usual.public == Some(false));
        assert_eq!((usual.name.as_deref(), usual.description), (Some("n"), Some(None)));
        let official = change(Some("official")).facet.flatten().map(RawJson::into_string);
        assert_eq!(official.as_deref(), Some(r#"{"trust_level":"official"}"#));
        assert!(change(None).facet.is_none());
    }

    #[test]
    fn filters_are_a_union_without_empty_parts() {
        let query = |category: Option<&str>, categories: Option<&str>, source: Option<&str>| {
            let window = wire::Window { limit: 50, offset: 0 };
            let owned = |text: Option<&str>| text.map(str::to_owned);
            filter(&wire::DatasetQuery {
                category: owned(category),
                categories: owned(categories),
                source: owned(source),
                window,
            })
            .map(|filter| (filter.categories, filter.source))
        };
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(query(None, None, None), Some((named(&[]), None)));
        assert_eq!(query(Some(""), Some(" , ,"), Some("")), Some((named(&[]), None)));
        let union = query(Some(" a "), Some("b ,, c,b"), Some("customer"));
        assert_eq!(union, Some((named(&[" a ", "b", "c", "b"]), Some("customer".to_owned()))));
        assert_eq!(query(Some("\0"), Some("b"), None), Some((named(&["b"]), None)));
        assert_eq!(query(Some("\0"), None, None), None);
        assert_eq!(query(None, None, Some("a\0")), None);
    }
}
