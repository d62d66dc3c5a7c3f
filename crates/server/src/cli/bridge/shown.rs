//! The closing reports for people.

use evalstone_bridge::loss::Loss;
use evalstone_bridge::report::{Action, DatasetReport, Report, RunReport};
use evalstone_bridge::verify::verdict::{DatasetVerdict, RunVerdict, Verdict};

use super::super::output;
use crate::failure::Failure;

/// How many characters of a name stand in a table.
const NAME: usize = 40;

/// Prints what a move came to.
///
/// # Errors
/// When standard output is closed.
pub fn report(report: &Report, rejects: Option<&str>) -> Result<(), Failure> {
    let Report { source, target, dry_run, complete: _, datasets, runs, not_moved } = report;
    let rows: Vec<_> = datasets.iter().map(|dataset| row(dataset, *dry_run)).collect();
    let header =
        ["DATASET", "", "SOURCE", "FETCHED", "WRITTEN", "SKIPPED", "REJECTED", "LOST", "DIGEST"];
    output::table(header, &rows)?;
    for dataset in datasets {
        if let Some(why) = &dataset.why {
            line(&format!("{}: {why}", short_name(&dataset.name)))?;
        }
        if !dataset.unsaid.is_empty() {
            let unsaid = dataset.unsaid.join(", ");
            line(&format!(
                "{}: not said there besides its cases: {unsaid}",
                short_name(&dataset.name)
            ))?;
        }
    }
    for dataset in datasets.iter().filter(|dataset| !dataset.differs.is_empty()) {
        let (name, differs) = (short_name(&dataset.name), dataset.differs.join(", "));
        line(&format!("{name}: another there, and left as it is: {differs}"))?;
    }
    if !runs.is_empty() {
        let rows: Vec<_> = runs.iter().map(|run| run_row(run, *dry_run)).collect();
        output::table(["RUN", "", "PARTS", "DIGEST"], &rows)?;
    }
    for run in runs {
        let name = run_name(run.kind, run.name.as_deref(), &run.source_id);
        if let Some(why) = &run.why {
            line(&format!("{name}: {why}"))?;
        }
        run_unsaid(&name, &run.unsaid)?;
    }
    for kind in not_moved {
        line(&format!("not moved: {kind}"))?;
    }
    if let Some(rejects) = rejects {
        line(&format!("what was rejected is in {rejects}"))?;
    }
    let done = datasets.iter().filter(|dataset| dataset.complete(*dry_run)).count();
    let would = if *dry_run { "would be " } else { "" };
    let count = datasets.len();
    let mut told = format!("{source} → {target}: {done} of {count} datasets");
    if !runs.is_empty() {
        let done = runs.iter().filter(|run| run.complete()).count();
        told += &format!(" and {done} of {} runs", runs.len());
    }
    line(&format!("{told} {would}complete"))
}

/// What was done, in words.
const fn done(action: Action, dry_run: bool) -> &'static str {
    match (action, dry_run) {
        (Action::Created, false) => "created",
        (Action::Created, true) => "would create",
        (Action::Continued, false) => "continued",
        (Action::Continued, true) => "would continue",
        (Action::Skipped, _) => "is there",
        (Action::Differs, _) => "differs",
        (Action::Failed, _) => "failed",
    }
}

fn run_unsaid(name: &str, unsaid: &[String]) -> Result<(), Failure> {
    match unsaid {
        [] => Ok(()),
        unsaid => {
            line(&format!("{name}: not said there besides what came of it: {}", unsaid.join(", ")))
        }
    }
}

fn run_name(kind: &str, name: Option<&str>, id: &str) -> String {
    format!("{kind} {}", short_name(name.unwrap_or(id)))
}

fn run_row(run: &RunReport, dry_run: bool) -> [String; 4] {
    let RunReport { kind, name, source_id, action, written, verified, digests, .. } = run;
    let digest = match (verified, &digests.target) {
        (Some(false), _) => "DIFFERS".to_owned(),
        (_, Some(digest)) => short(digest),
        (_, None) => String::new(),
    };
    let name = run_name(kind, name.as_deref(), source_id);
    [name, done(*action, dry_run).to_owned(), written.to_string(), digest]
}

fn row(dataset: &DatasetReport, dry_run: bool) -> [String; 9] {
    let DatasetReport { name, action, counts, verified, digests, .. } = dataset;
    let digest = match (verified, &digests.target) {
        (Some(true), Some(digest)) => short(digest),
        (Some(false), _) => "DIFFERS".to_owned(),
        _ => digests.expected.as_deref().map(short).unwrap_or_default(),
    };
    let source = counts.source.map_or_else(|| "?".to_owned(), |count| count.to_string());
    [
        short_name(name),
        done(*action, dry_run).to_owned(),
        source,
        counts.fetched.to_string(),
        counts.written.to_string(),
        counts.skipped.to_string(),
        counts.rejected.to_string(),
        lost(counts.lossy, &counts.lost),
        digest,
    ]
}

/// A name, cut to what a table has room for.
fn short_name(name: &str) -> String {
    name.chars().take(NAME).collect()
}

/// Prints a line, much of which comes from elsewhere.
fn line(text: &str) -> Result<(), Failure> {
    output::text(&output::plain(text))
}

fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

fn lost<'a>(lossy: u64, fields: impl IntoIterator<Item = (&'a &'static str, &'a u64)>) -> String {
    let fields: Vec<String> =
        fields.into_iter().map(|(field, count)| format!("{field} {count}")).collect();
    if fields.is_empty() { "-".to_owned() } else { format!("{lossy} ({})", fields.join(", ")) }
}

/// Prints what a comparison came to.
///
/// # Errors
/// When standard output is closed.
pub fn verdict(verdict: &Verdict) -> Result<(), Failure> {
    let Verdict { source, target, equal, datasets, runs, not_compared, only_target } = verdict;
    for dataset in datasets {
        for case in dataset.cases.iter().flatten() {
            let id = |id: &Option<String>| id.clone().unwrap_or_else(|| "?".to_owned());
            let mut told =
                format!("{} {} {}", case.mark.sign(), id(&case.source_id), id(&case.target_id));
            if !case.lost.is_empty() {
                told += &format!(" loses {}", case.lost.join(", "));
            }
            if let Some(why) = &case.why {
                told += &format!(" {why}");
            }
            line(&told)?;
        }
    }
    let rows: Vec<_> = datasets.iter().map(compared).collect();
    output::table(["DATASET", "", "=", "*", "+", "-", "UNSAYABLE", "LOST", "DIGEST"], &rows)?;
    if !runs.is_empty() {
        let rows: Vec<_> = runs.iter().map(compared_run).collect();
        output::table(["RUN", "", "DIGEST"], &rows)?;
    }
    for run in runs {
        run_unsaid(&run_name(run.kind, run.name.as_deref(), &run.source_id), &run.unsaid)?;
    }
    for kind in not_compared {
        line(&format!("not compared: {kind}"))?;
    }
    for name in only_target {
        line(&format!("only there: {}", short_name(name)))?;
    }
    let word = if *equal { "equal, up to what is listed as lost" } else { "not equal" };
    line(&format!("{source} and {target}: {word}"))
}

fn compared_run(run: &RunVerdict) -> [String; 3] {
    let RunVerdict { kind, name, source_id, equal, in_parts, why, digests, .. } = run;
    let word = match (equal, in_parts) {
        (true, true) => "equal",
        (true, false) => "there; what came of it cannot be read at both ends",
        (false, _) => why.as_deref().unwrap_or("differs"),
    };
    let digest = digests.target.as_deref().map(short).unwrap_or_default();
    [run_name(kind, name.as_deref(), source_id), word.to_owned(), digest]
}

fn compared(dataset: &DatasetVerdict) -> [String; 9] {
    let DatasetVerdict { name, target_id, equal, same, changed, added, missing, unsayable, .. } =
        dataset;
    let word = match (equal, target_id) {
        (true, _) => "equal",
        (false, Some(_)) => "differs",
        (false, None) => "missing",
    };
    [
        short_name(name),
        word.to_owned(),
        same.to_string(),
        changed.to_string(),
        added.to_string(),
        missing.to_string(),
        unsayable.to_string(),
        lost(dataset.lossy, &dataset.lost),
        dataset.digests.target.as_deref().map(short).unwrap_or_default(),
    ]
}

/// Prints what a dialect cannot say of a dataset.
///
/// # Errors
/// When standard output is closed.
pub fn loss(loss: &Loss) -> Result<(), Failure> {
    let Loss { dataset, dialect, case_count, lossless, unwritable, fields, unsaid, cases } = loss;
    for case in cases.iter().flatten() {
        let id = case.id.as_deref().unwrap_or("?");
        match (&case.unwritable, case.fields.as_slice()) {
            (Some(why), _) => line(&format!("{id} cannot be written: {why}"))?,
            (None, []) => line(&format!("{id} -"))?,
            (None, fields) => line(&format!("{id} loses {}", fields.join(", ")))?,
        }
    }
    line(&format!("{dialect} says {lossless} of {case_count} cases of {dataset} whole"))?;
    for (field, count) in fields {
        line(&format!("  {count} lose {field}"))?;
    }
    if *unwritable > 0 {
        line(&format!("  {unwritable} cannot be written at all"))?;
    }
    if !unsaid.is_empty() {
        line(&format!("  not said besides its cases: {}", unsaid.join(", ")))?;
    }
    Ok(())
}
