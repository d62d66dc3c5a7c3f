//! A dialect's routes as a table: one resource a line, its methods, and an answer to all others.
//!
//! Actix looks for a path's resource by trying one regular expression after the other, and keeps their automata for
//! each thread: 3 MB for a hundred paths on two threads. Here a path is found in a tree.

use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::{
    Service, ServiceFactory, ServiceRequest, ServiceResponse, always_ready, fn_factory,
};
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{
    Error, FromRequest, Handler, HttpRequest, HttpResponse, Responder, Route, Scope, web,
};
use futures_util::future::{LocalBoxFuture, join_all, ready};
use matchit::Router;

use crate::panics::caught;

/// Writes "method not allowed" as a dialect does; the `Allow` header is added to it.
pub type NotAllowed = fn() -> HttpResponse;

/// Begins the line of one path of the table. `{name}` in it stands for a segment.
pub fn resource(path: &'static str) -> Line {
    Line { path, methods: Vec::new(), routes: Vec::new() }
}

/// One path and its methods.
///
/// `HEAD` is answered only where it is given: a `HEAD` for a path that has `GET` gets 405, as it
/// does from the frameworks that the vendors use.
#[must_use]
pub struct Line {
    path: &'static str,
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
        self.methods.push(method);
        self.routes.push(web::to(handler));
        self
    }
}

/// The lines of the paths under a prefix.
#[must_use]
pub struct Routes {
    prefix: &'static str,
    not_allowed: NotAllowed,
    tree: Router<usize>,
    lines: Vec<Line>,
}

impl Routes {
    /// None yet. Methods that a line does not have are answered by `not_allowed` with an `Allow` header.
    pub fn under(prefix: &'static str, not_allowed: NotAllowed) -> Self {
        Self { prefix, not_allowed, tree: Router::new(), lines: Vec::new() }
    }

    /// Adds a line. Where a literal segment and a parameter fit, the literal one answers.
    ///
    /// # Panics
    /// When there is a line already that fits the same paths.
    pub fn line(mut self, line: Line) -> Self {
        if let Err(error) = self.tree.insert(line.path, self.lines.len()) {
            panic!("{}{}: {error}", self.prefix, line.path);
        }
        self.lines.push(line);
        self
    }

    /// A scope of these paths. All others below the prefix are answered by `unknown`.
    pub fn scope<F, Args>(self, unknown: F) -> Scope
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        web::scope(self.prefix).default_service(self.or(unknown))
    }

    /// The same without a scope around them, for the paths that no other scope has.
    pub fn or<F, Args>(
        self,
        unknown: F,
    ) -> impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse,
        Error = Error,
        InitError = (),
    >
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let made = Rc::new((self, web::to(unknown)));
        fn_factory(move || Open::of(Rc::clone(&made)))
    }
}

/// The paths of some tables, by which logs and metrics name a request.
#[derive(Default)]
pub struct Paths(Router<Arc<str>>);

impl Paths {
    /// Those of these tables.
    ///
    /// # Panics
    /// When two tables have lines that fit the same paths.
    #[must_use]
    pub fn of(tables: &[Routes]) -> Self {
        let mut paths = Router::new();
        for Routes { prefix, lines, .. } in tables {
            for Line { path, .. } in lines {
                let path = format!("{prefix}{path}");
                let name = path.as_str().into();
                if let Err(error) = paths.insert(path.as_str(), name) {
                    panic!("{path}: {error}");
                }
            }
        }
        Self(paths)
    }

    /// The path as its line has it, with the parameters' names, that a request's fits.
    #[must_use]
    pub fn pattern(&self, path: &str) -> Option<Arc<str>> {
        self.0.at(path).ok().map(|found| Arc::clone(found.value))
    }
}

type Opened = <Route as ServiceFactory<ServiceRequest>>::Service;

/// The routes as one thread answers them.
struct Open {
    routes: Rc<(Routes, Route)>,
    lines: Vec<OpenLine>,
    unknown: Opened,
}

/// A line as one thread answers it.
struct OpenLine {
    /// The names of the path's parameters in their order.
    names: Vec<&'static str>,
    methods: Vec<(Method, Opened)>,
    allow: Option<HeaderValue>,
}

impl Open {
    async fn of(routes: Rc<(Routes, Route)>) -> Result<Self, ()> {
        let (Routes { lines, .. }, unknown) = &*routes;
        let lines = join_all(lines.iter().map(OpenLine::of)).await;
        let unknown = unknown.new_service(()).await?;
        let lines = lines.into_iter().collect::<Result<_, ()>>()?;
        Ok(Self { routes, lines, unknown })
    }

    /// The line that a request's path fits. What its parameters stand for is noted in the request.
    fn find(&self, request: &mut ServiceRequest) -> Option<&OpenLine> {
        let path = request.match_info().unprocessed();
        let found = self.routes.0.tree.at(path).ok()?;
        let line = self.lines.get(*found.value)?;
        let values: Vec<String> = found.params.iter().map(|(_, value)| value.to_owned()).collect();
        // So actix itself hands on what it found, though it says so in no documentation.
        let places = request.match_info_mut();
        for (name, value) in line.names.iter().zip(values) {
            places.add_static(*name, value);
        }
        Some(line)
    }
}

impl OpenLine {
    async fn of(line: &Line) -> Result<Self, ()> {
        let Line { path, methods, routes } = line;
        let opened = join_all(routes.iter().map(|route| route.new_service(()))).await;
        let opened: Vec<Opened> = opened.into_iter().collect::<Result<_, ()>>()?;
        let name = |segment: &'static str| segment.strip_prefix('{')?.strip_suffix('}');
        Ok(Self {
            names: path.split('/').filter_map(name).collect(),
            allow: allow_header(methods),
            methods: methods.iter().cloned().zip(opened).collect(),
        })
    }
}

impl Service<ServiceRequest> for Open {
    type Response = ServiceResponse;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<ServiceResponse, Error>>;

    always_ready!();

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let Some(line) = self.find(&mut request) else {
            return self.unknown.call(request);
        };
        let asked = line.methods.iter().find(|(method, _)| method == request.method());
        let Some((_, route)) = asked else {
            let refusal = refuse(self.routes.0.not_allowed, line.allow.clone());
            return Box::pin(ready(Ok(request.into_response(refusal))));
        };
        // Holding a second handle on the request is possible only below the routing, which needs the
        // one and only.
        let kept = request.request().clone();
        Box::pin(survived(kept, route.call(request)))
    }
}

/// A panic in a handler becomes an empty 500, which the dialect's [`crate::errors::guard`] puts into its shape; it is
/// caught here already because further out the request is lost, by whose path logs and metrics name the route.
async fn survived(
    request: HttpRequest,
    answer: impl Future<Output = Result<ServiceResponse, Error>>,
) -> Result<ServiceResponse, Error> {
    match caught(answer).await {
        Ok(answer) => answer,
        Err(_) => {
            Ok(ServiceResponse::new(request, HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR)))
        }
    }
}

fn allow_header(methods: &[Method]) -> Option<HeaderValue> {
    let list: Vec<&str> = methods.iter().map(Method::as_str).collect();
    HeaderValue::from_str(&list.join(", ")).ok()
}

fn refuse(not_allowed: NotAllowed, allow: Option<HeaderValue>) -> HttpResponse {
    let mut response = not_allowed();
    if let Some(allow) = allow {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}
