//! A dialect's routes as a table: one resource a line, its methods, and an answer to all others.

use std::future::Future;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Next, from_fn};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, Route, web};

use crate::panics::caught;

/// Writes "method not allowed" as a dialect does; the `Allow` header is added to it.
pub type NotAllowed = fn() -> HttpResponse;

/// Begins the line of one path of the table.
pub fn resource(path: &str) -> Line {
    Line { path: path.to_owned(), methods: Vec::new(), routes: Vec::new() }
}

/// One path and its methods.
///
/// `HEAD` is answered only where it is given: a `HEAD` for a path that has `GET` gets 405, as it
/// does from the frameworks that the vendors use.
#[must_use]
pub struct Line {
    path: String,
    methods: Vec<Method>,
    routes: Vec<Route>,
}

impl Line {
    /// Answers `GET`.
    pub fn get<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::GET, handler)
    }

    /// Answers `POST`.
    pub fn post<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::POST, handler)
    }

    /// Answers `PUT`.
    pub fn put<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::PUT, handler)
    }

    /// Answers `PATCH`.
    pub fn patch<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::PATCH, handler)
    }

    /// Answers `DELETE`.
    pub fn delete<F, Args>(self, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.method(Method::DELETE, handler)
    }

    /// Answers any other method.
    pub fn method<F, Args>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.methods.push(method.clone());
        self.routes.push(web::method(method).to(handler));
        self
    }

    /// The resource. Methods that were not given are answered by `not_allowed` with an `Allow`
    /// header. A panic in a handler becomes an empty 500, which the dialect's
    /// [`crate::errors::guard`] puts into its shape; it is caught here already because only here
    /// is the route known that logs and metrics want.
    pub fn build(
        self,
        not_allowed: NotAllowed,
    ) -> Resource<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<BoxBody>,
            Error = actix_web::Error,
            InitError = (),
        >,
    > {
        let allow = allow_header(&self.methods);
        self.routes
            .into_iter()
            .fold(web::resource(self.path), Resource::route)
            .default_service(web::to(move || refuse(not_allowed, allow.clone())))
            .wrap(from_fn(survive))
    }
}

fn allow_header(methods: &[Method]) -> Option<HeaderValue> {
    let list: Vec<&str> = methods.iter().map(Method::as_str).collect();
    HeaderValue::from_str(&list.join(", ")).ok()
}

fn refuse(
    not_allowed: NotAllowed,
    allow: Option<HeaderValue>,
) -> impl Future<Output = HttpResponse> {
    let mut response = not_allowed();
    if let Some(allow) = allow {
        response.headers_mut().insert(ALLOW, allow);
    }
    std::future::ready(response)
}

async fn survive(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    // Holding a second handle on the request is possible only below the routing, which needs the
    // one and only.
    let kept = request.request().clone();
    match caught(async move { next.call(request).await }).await {
        Ok(answer) => answer,
        Err(_) => {
            Ok(ServiceResponse::new(kept, HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR)))
        }
    }
}
