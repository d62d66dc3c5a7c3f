//! `/metrics` and `/models`: lists that the vendor does not document and whose users need, because its
//! datasets name metrics by numbers (contract U4).

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use evalstone_core::json::{RawJson, object};
use evalstone_core::metric::Metric;
use evalstone_store::Store;

use crate::auth;
use crate::errors::Failure;
use crate::runs::Runs;
use crate::runs::models::KnownModel;

/// Lists the metrics in the order of their ids.
pub async fn list_metrics(
    request: HttpRequest,
    store: Data<Store>,
) -> Result<HttpResponse, Failure> {
    auth::reader(&request, &store).await?;
    Ok(array(store.metrics().await?.iter().map(metric)))
}

/// Lists the models that requests can name.
pub async fn list_models(
    request: HttpRequest,
    store: Data<Store>,
    runs: Data<Runs>,
) -> Result<HttpResponse, Failure> {
    auth::reader(&request, &store).await?;
    Ok(array(runs.models().all().iter().map(model)))
}

fn array(items: impl Iterator<Item = String>) -> HttpResponse {
    let items: Vec<String> = items.collect();
    HttpResponse::Ok().content_type("application/json").body(format!("[{}]", items.join(",")))
}

fn metric(metric: &Metric) -> String {
    let Metric { id, short_name, category, default_threshold, arguments, active, name } = metric;
    object(|object| {
        object.plain("id", id);
        object.text("shortname", short_name);
        object.text("name", name);
        object.text("category", category);
        object.plain("threshold", default_threshold);
        object.json("metric_args", RawJson::as_str(arguments));
        object.plain("is_active", active);
    })
}

fn model(model: &KnownModel) -> String {
    let KnownModel { id, slug, name, supplier, configured } = model;
    object(|object| {
        object.plain("id", id);
        object.text("slug", slug);
        object.text("name", name);
        object.nullable_text("supplier", supplier.as_deref());
        object.plain("is_configured", configured);
    })
}
