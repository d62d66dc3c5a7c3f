//! The sets that the binary carries, written for this gateway and labelled for the policy in
//! `config/znyx-example-policy.yaml`.

use super::manifest::Manifest;
use super::{Entry, Samples};

/// The source of own sets (contract §4.1).
const ZNYX_SAMPLE: &str = "znyx_sample";

/// Each set's manifest and its samples, one a line.
const SETS: [(&str, &str); 5] = [
    (
        include_str!("../../catalog/znyx-jailbreak/manifest.toml"),
        include_str!("../../catalog/znyx-jailbreak/samples.jsonl"),
    ),
    (
        include_str!("../../catalog/znyx-pii/manifest.toml"),
        include_str!("../../catalog/znyx-pii/samples.jsonl"),
    ),
    (
        include_str!("../../catalog/znyx-toxicity/manifest.toml"),
        include_str!("../../catalog/znyx-toxicity/samples.jsonl"),
    ),
    (
        include_str!("../../catalog/znyx-secrets/manifest.toml"),
        include_str!("../../catalog/znyx-secrets/samples.jsonl"),
    ),
    (
        include_str!("../../catalog/znyx-benign/manifest.toml"),
        include_str!("../../catalog/znyx-benign/samples.jsonl"),
    ),
];

/// The entries of the own sets.
pub fn entries() -> Vec<Entry> {
    let entries = SETS.iter().map(|(manifest, samples)| {
        let manifest = Manifest::of_toml(manifest).ok()?;
        let count = samples.lines().count();
        let entry = Entry::of(manifest, ZNYX_SAMPLE, Samples::Carried(samples));
        Some(Entry { sample_count: i64::try_from(count).ok(), ..entry })
    });
    entries.flatten().collect()
}
