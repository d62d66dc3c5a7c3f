//! How much a request may bring, and how slowly. Every limit can name the setting that moves it.

use std::path::PathBuf;
use std::time::Duration;

use evalstone_core::error::{Error, Kind};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// A limit in bytes and the setting it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// The most that is accepted.
    pub bytes: u64,
    /// The setting's name, such as `limits.json_body`.
    pub setting: &'static str,
}

impl Cap {
    /// The error for something that is over this limit. `what` is a noun phrase such as
    /// `the body`.
    #[must_use]
    pub fn exceeded(&self, what: &str) -> Error {
        let Self { bytes, setting } = self;
        Error::new(
            Kind::TooLarge,
            format!("{what} is over {} (setting {setting})", size_text(*bytes)),
        )
    }
}

/// A limit in number and the setting it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountCap {
    /// The most that is accepted.
    pub most: u32,
    /// The setting's name, such as `limits.samples_per_call`.
    pub setting: &'static str,
}

impl CountCap {
    /// Whether this many are too many.
    #[must_use]
    pub fn is_over(&self, count: usize) -> bool {
        u32::try_from(count).map_or(true, |count| count > self.most)
    }

    /// The error for a call that brings more. `what` is a plural such as `samples`.
    #[must_use]
    pub fn exceeded(&self, what: &str) -> Error {
        let Self { most, setting } = self;
        Error::new(Kind::TooLarge, format!("the body has over {most} {what} (setting {setting})"))
    }
}

/// When a client counts as too slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The longest wait for the next piece of a body (setting `limits.chunk_timeout`).
    pub chunk_timeout: Duration,
    /// The least average rate in bytes per second (setting `limits.min_rate`). Only the time that
    /// was spent waiting for the client counts.
    pub min_rate: u64,
    /// How long a body may be slower than that at its start (setting `limits.min_rate_grace`).
    pub min_rate_grace: Duration,
}

/// All limits on what requests bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest JSON body.
    pub json_body: Cap,
    /// The largest body of OpenTelemetry reports, unpacked.
    pub otlp: Cap,
    /// The most that a form's files may hold, together.
    pub upload: Cap,
    /// The largest text part of a form.
    pub form_field: Cap,
    /// The most that a form's text parts may hold, together.
    pub form_text: Cap,
    /// The most parts that a form may have (setting `limits.form_parts`).
    pub form_parts: u32,
    /// The largest single record of an uploaded file.
    pub record: Cap,
    /// The most samples that one call may add: they are written in one transaction, which others
    /// wait for.
    pub samples_per_call: CountCap,
    /// When a client counts as too slow.
    pub pace: Pace,
    /// Where uploaded files lie while they are checked; they have no name there.
    pub spool_dir: PathBuf,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            json_body: Cap { bytes: 10 * MIB, setting: "limits.json_body" },
            otlp: Cap { bytes: 32 * MIB, setting: "limits.otlp" },
            upload: Cap { bytes: 2 * GIB, setting: "limits.upload" },
            form_field: Cap { bytes: MIB, setting: "limits.form_field" },
            form_text: Cap { bytes: 4 * MIB, setting: "limits.form_text" },
            form_parts: 100,
            record: Cap { bytes: 16 * MIB, setting: "limits.record" },
            samples_per_call: CountCap { most: 50_000, setting: "limits.samples_per_call" },
            pace: Pace {
                chunk_timeout: Duration::from_secs(30),
                min_rate: KIB,
                min_rate_grace: Duration::from_secs(30),
            },
            spool_dir: std::env::temp_dir(),
        }
    }
}

/// A size as people read it: in the largest unit that leaves a whole number.
#[must_use]
pub fn size_text(bytes: u64) -> String {
    for (unit, name) in [(GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")] {
        if bytes >= unit && bytes.is_multiple_of(unit) {
            return format!("{} {name}", bytes / unit);
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::{Limits, size_text};

    #[test]
    fn a_limit_names_itself() {
        let error = Limits::default().json_body.exceeded("the body");
        assert_eq!(error.message(), "the body is over 10 MiB (setting limits.json_body)");
        let samples = Limits::default().samples_per_call;
        assert!(samples.is_over(50_001) && samples.is_over(usize::MAX) && !samples.is_over(50_000));
        assert_eq!(
            samples.exceeded("samples").message(),
            "the body has over 50000 samples (setting limits.samples_per_call)"
        );
        assert_eq!(size_text(2 << 30), "2 GiB");
        assert_eq!(size_text(1_500), "1500 bytes");
        assert_eq!(size_text(0), "0 bytes");
    }
}
