//! One file per resource: parse → authorise → one store call → answer.

pub mod datasets;
pub mod experiments;
pub mod organizations;
pub mod pages;
pub mod path;
pub mod pipelines;
pub mod test_cases;
pub mod traces;
pub mod unknown;
pub mod visits;

use actix_web::HttpResponse;
use evalstone_core::error::{Error, Result};
use serde::Serialize;

/// 200 with an object. The vendor answers creates with 200 too.
fn ok(object: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(object)
}

/// 200 with an object that is JSON already.
fn ok_text(json: String) -> HttpResponse {
    HttpResponse::Ok().content_type(JSON).body(json)
}

/// An object as JSON.
pub fn json(object: &impl Serialize) -> Result<String> {
    serde_json::to_string(object).map_err(Error::fault)
}

const JSON: &str = "application/json";
