//! Law 4: what `evalstone loss` names is what the dialect does not say, no more and no less.

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::strategy::Strategy;

use super::desk::{Dataset, Desk};
use super::dialect::Dialect;
use super::digests::copied_digests;
use super::fidelity::same;
use super::search::{Plan, hold};
use super::wire::Wire;
use crate::arbitrary::record::record;
use crate::arbitrary::sample::sample;
use crate::arbitrary::test_case::test_case;
use crate::gateway::{Backend, Gateway};
use crate::json::Json;
use crate::trials::Trials;

const PLAN: Plan = Plan { batches: 3, size: 50 };

/// The fields of the normal form, in its order.
const FIELDS: [&str; 5] = ["stage", "inputs", "output", "expected", "metadata"];

/// Lists the cases.
pub fn list(trials: &mut Trials) {
    // Each with the fields that some dialect often loses of such values.
    trials.both("laws::the_loss_of_samples_is_honest", |backend| {
        honest(backend, sample(), &["stage", "inputs", "expected", "metadata"]);
    });
    trials.both("laws::the_loss_of_records_is_honest", |backend| {
        honest(backend, record(), &["inputs", "output", "expected"]);
    });
    trials.both("laws::the_loss_of_test_cases_is_honest", |backend| {
        honest(backend, test_case(), &["stage", "inputs", "output", "expected"]);
    });
}

/// What the command says of one dataset in one dialect: each case's id and lost fields.
type Cases = Vec<(String, Vec<String>)>;

/// Values that lose nothing would show nothing: at least the fields of `lost` must be named.
fn honest<S>(backend: Backend, strategy: S, lost: &[&str])
where
    S: Strategy,
    S::Value: Wire,
{
    let gateway = Gateway::start(backend);
    let desk = Desk::home(&gateway);
    let named = RefCell::new(BTreeSet::new());
    hold(strategy, PLAN, |values| {
        let dataset = Wire::write(&desk, values)?;
        for dialect in Dialect::ALL {
            let cases = reported(&gateway, &dataset, dialect)?;
            judge(&desk, values, &dataset, dialect, &cases)
                .map_err(|why| format!("{dialect}: {why}"))?;
            named.borrow_mut().extend(cases.into_iter().flat_map(|(_, fields)| fields));
        }
        Ok(())
    });
    let named = named.into_inner();
    assert!(lost.iter().all(|field| named.contains(*field)), "only {named:?} were ever lost");
}

/// Whether each case of the report loses what the design says, and something exactly when its copy
/// has another digest.
fn judge<W: Wire>(
    desk: &Desk<'_>,
    values: &[W],
    dataset: &Dataset,
    dialect: Dialect,
    cases: &Cases,
) -> Result<(), String> {
    let digests = desk.digests(dataset)?.cases;
    let shown = desk.read(dialect, dataset)?;
    let copied = copied_digests(desk, dialect, &shown)?;
    same("cases", &digests.len(), &cases.len())?;
    same("values", &values.len(), &cases.len())?;
    for (at, (id, lost)) in cases.iter().enumerate() {
        let (known, digest) = &digests[at];
        same("the case's id", known, id)?;
        let about = |what: &str| format!("{what}, of what is shown as {}", shown[at]);
        let unsaid = values[at].normal().lost(dialect).join(", ");
        same(&about("what is lost"), &unsaid, &lost.join(", "))?;
        // What cannot be written at all has no copy to compare with.
        if let Some(copied) = &copied[at] {
            same(&about("whether nothing is lost"), &(copied == digest), &lost.is_empty())?;
        }
    }
    Ok(())
}

/// The report of the command, whose sums must be those of its cases.
fn reported(gateway: &Gateway, dataset: &Dataset, dialect: Dialect) -> Result<Cases, String> {
    let name = dialect.to_string();
    let args = ["loss", &dataset.id, "--dialect", &name, "--org", "default", "--json", "--cases"];
    let output = gateway.cli(&args);
    if !output.status.success() {
        return Err(format!("{args:?}: {output:?}"));
    }
    let report = Json::parse(&output.stdout)?;
    let plain = |pointer: &str| report.at(pointer).and_then(Json::plain);
    same("the dataset", &dataset.id, &plain("/dataset")?)?;
    same("the dialect", &name, &plain("/dialect")?)?;
    let cases = report.at("/cases")?.items()?;
    let cases = cases.iter().map(case).collect::<Result<Cases, String>>()?;
    let lossless = cases.iter().filter(|(_, fields)| fields.is_empty()).count();
    same("case_count", &cases.len().to_string(), &plain("/case_count")?)?;
    same("lossless", &lossless.to_string(), &plain("/lossless")?)?;
    same("fields", &sums(&cases), &spelled(report.at("/fields")?)?)?;
    Ok(cases)
}

fn case(case: &Json) -> Result<(String, Vec<String>), String> {
    let fields = case.at("/fields")?.items()?.iter().map(Json::plain);
    Ok((case.at("/id")?.plain()?, fields.collect::<Result<_, _>>()?))
}

/// How many cases lose each field, but for those that none loses.
fn sums(cases: &Cases) -> String {
    let count = |field: &str| {
        cases.iter().filter(|(_, fields)| fields.iter().any(|lost| lost == field)).count()
    };
    let sums = FIELDS.into_iter().map(|field| (field, count(field)));
    let sums: Vec<String> = sums
        .filter(|(_, count)| *count > 0)
        .map(|(field, count)| format!("{field} {count}"))
        .collect();
    sums.join(", ")
}

/// The report's sums, in whatever order they stand.
fn spelled(fields: &Json) -> Result<String, String> {
    let Json::Object(members) = fields else {
        return Err(format!("an object is wanted, not {fields:?}"));
    };
    let known = members.iter().find(|(name, _)| !FIELDS.contains(&name.as_str()));
    if let Some((name, _)) = known {
        return Err(format!("{name} is no field of the normal form"));
    }
    let sum = |field: &&str| {
        let (_, count) = members.iter().find(|(name, _)| name == field)?;
        Some(count.plain().map(|count| format!("{field} {count}")))
    };
    let sums: Vec<String> = FIELDS.iter().filter_map(sum).collect::<Result<_, _>>()?;
    Ok(sums.join(", "))
}
