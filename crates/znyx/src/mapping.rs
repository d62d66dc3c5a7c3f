//! Between the vendor's objects and the domain (design §2.3 and §2.4, the ZNYX rows).

use std::borrow::Cow;

use evalstone_core::benchmark::{
    Benchmark, BenchmarkFilter, Regression, Regressions, StoredVerdict, Verdict,
};
use evalstone_core::case::{Case, DEFAULT_STAGE, Origin, key};
use evalstone_core::dataset::{
    Added, Dataset, DatasetFilter, NewCase, NewDataset, StoredCase, Window,
};
use evalstone_core::json::{ObjectBuilder, RawJson, RawObject, View};
use evalstone_core::lens::{Reading, expected, subject, text};
use evalstone_core::run::RunStatus;
use evalstone_evals::detection::{Comparison, rule_hits_match};

use crate::wire::benchmark::texts;
use crate::{NAME, wire};

/// The key of the trust level in what the store keeps for this dialect alone.
const TRUST_LEVEL: &str = "trust_level";

/// The key of the user in a request's metadata.
const USER_ID: &str = "user_id";

/// The context of samples whose text is what the system answered.
const OUTPUT: &str = "output";

/// A dataset to be made. The trust level is kept only when it is not the usual one.
pub fn new_dataset(new: wire::NewDataset) -> NewDataset {
    let wire::NewDataset { name, description, category, trust_level, is_public, created_by } = new;
    let facet = (trust_level != wire::CUSTOM)
        .then(|| ObjectBuilder::new().text_member(TRUST_LEVEL, &trust_level).build().into());
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
        facet,
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

/// A case as a runtime sees it that evaluates it: without what is expected. Detectors take its
/// metadata for a request's, and limit how often and how alike one user asks: each sample that names
/// no user is one of its own, as it is where the gateway calls the runtime (contract §5.5).
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
    let sample_id = id.to_string();
    let metadata = metadata.unwrap_or_default();
    let names_user = metadata.view().get(USER_ID).is_some_and(|user| !user.is_null());
    let metadata = if names_user {
        metadata
    } else {
        metadata.with_members(&[(USER_ID, RawJson::from_text(&sample_id).view())])
    };
    wire::worker::BareSample { sample_id, eval_text: input_text, stage: context, metadata }
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
