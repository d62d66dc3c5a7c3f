//! What requests may bring, and how slowly.

use std::path::PathBuf;

use evalstone_kit::limits::{Cap, CountCap, Limits, Pace};
use evalstone_kit::quantity::{Size, Span};
use serde::{Deserialize, Serialize};

/// Settings of the limits. Their defaults are the kit's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// The largest JSON body.
    pub json_body: Size,
    /// The largest body of OpenTelemetry reports, unpacked.
    pub otlp: Size,
    /// The most that a form's files may hold, together.
    pub upload: Size,
    /// The largest text part of a form.
    pub form_field: Size,
    /// The most that a form's text parts may hold, together.
    pub form_text: Size,
    /// The most parts of a form.
    pub form_parts: u32,
    /// The largest single record of an uploaded file.
    pub record: Size,
    /// The most samples that one call may add.
    pub samples_per_call: u32,
    /// The longest wait for the next piece of a body.
    pub chunk_timeout: Span,
    /// The least average rate of a body, a second.
    pub min_rate: Size,
    /// How long a body may be slower than that at its start.
    pub min_rate_grace: Span,
}

impl Default for LimitSettings {
    fn default() -> Self {
        let Limits {
            json_body,
            otlp,
            upload,
            form_field,
            form_text,
            form_parts,
            record,
            samples_per_call,
            pace,
            spool_dir: _,
        } = Limits::default();
        let Pace { chunk_timeout, min_rate, min_rate_grace } = pace;
        Self {
            json_body: Size(json_body.bytes),
            otlp: Size(otlp.bytes),
            upload: Size(upload.bytes),
            form_field: Size(form_field.bytes),
            form_text: Size(form_text.bytes),
            form_parts,
            record: Size(record.bytes),
            samples_per_call: samples_per_call.most,
            chunk_timeout: Span(chunk_timeout),
            min_rate: Size(min_rate),
            min_rate_grace: Span(min_rate_grace),
        }
    }
}

impl LimitSettings {
    /// The limits as the kit takes them.
    #[must_use]
    pub fn limits(&self, spool_dir: PathBuf) -> Limits {
        let Self {
            json_body,
            otlp,
            upload,
            form_field,
            form_text,
            form_parts,
            record,
            samples_per_call,
            chunk_timeout: Span(chunk_timeout),
            min_rate: Size(min_rate),
            min_rate_grace: Span(min_rate_grace),
        } = *self;
        let default = Limits::default();
        let cap = |Size(bytes): Size, default: Cap| Cap { bytes, ..default };
        Limits {
            json_body: cap(json_body, default.json_body),
            otlp: cap(otlp, default.otlp),
            upload: cap(upload, default.upload),
            form_field: cap(form_field, default.form_field),
            form_text: cap(form_text, default.form_text),
            form_parts,
            record: cap(record, default.record),
            samples_per_call: CountCap { most: samples_per_call, ..default.samples_per_call },
            pace: Pace { chunk_timeout, min_rate, min_rate_grace },
            spool_dir,
        }
    }
}
