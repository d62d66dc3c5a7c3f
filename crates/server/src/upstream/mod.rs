//! Running beside a vendor for the time of moving: each dialect may have an upstream, the vendor's own server
//! or another gateway.
//!
//! Entry points: [`Upstreams::of`] (what the configuration says), [`beside`] (the middleware around all
//! dialects), [`Upstreams::work`] (what is done beside answering). In `mirror` mode the vendor answers, and
//! what it has changed is changed here too: [`mirror`] forwards, [`lanes`] keeps the order, [`copy`] carries
//! out through the dialects' own handlers ([`inner`]), [`backlog`] makes up for what was missed. In `diff`
//! mode we answer, and [`diff`] asks the vendor the same afterwards and compares. [`translate`] puts one
//! side's ids in the place of the other's. What calls look like, each dialect says itself
//! ([`evalstone_kit::likeness`]).

mod backlog;
mod copy;
mod diff;
mod held;
mod inner;
mod lanes;
mod mirror;
pub mod numbers;
mod translate;
mod vendor;

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use evalstone_core::error::{Error, Result};
use evalstone_kit::dialect::{Dialect, is_under};
use evalstone_kit::errors::answer;
use evalstone_kit::likeness::Call;
use evalstone_kit::limits::{Cap, Pace};
use evalstone_kit::observe::UNMATCHED;
use evalstone_kit::pace::{paced, refusal};
use evalstone_store::Store;
use tokio::sync::{Semaphore, mpsc};

use crate::config::{Config, Mode};

use self::copy::Copier;
use self::diff::{DiffJob, Differ};
use self::held::Held;
use self::inner::Inner;
use self::lanes::{Lanes, MirrorJob, Unnamed};
use self::vendor::Vendor;

/// All upstreams of a gateway. Clones share them.
#[derive(Clone)]
pub struct Upstreams(Arc<All>, Option<&'static str>);

struct All {
    store: Store,
    dialects: Vec<Dialect>,
    upstreams: Vec<Upstream>,
    spool_dir: PathBuf,
    pace: Pace,
    jobs: mpsc::UnboundedSender<Job>,
    /// Taken by whoever works.
    work: Mutex<Option<mpsc::UnboundedReceiver<Job>>>,
}

/// The upstream of one dialect.
struct Upstream {
    dialect: Dialect,
    mode: Mode,
    vendor: Vendor,
    /// The largest body of a call.
    body: Cap,
    /// The largest answer that is compared.
    compared: u64,
    /// Who may wait.
    queue: Arc<Semaphore>,
    /// How many may.
    places: u32,
}

/// What is done beside answering.
enum Job {
    /// A call that a vendor has carried out.
    Mirror(MirrorJob),
    /// The same, while it is not known who made it.
    Unnamed(Unnamed),
    /// A call that we have answered.
    Diff(DiffJob),
}

impl Upstreams {
    /// The upstreams that the configuration names; none when it names none.
    ///
    /// # Errors
    /// Invalid when an address is none, or a mode has no address.
    pub fn of(config: &Config, store: &Store, dialects: &[Dialect]) -> Result<Option<Self>> {
        let mut upstreams = Vec::new();
        for dialect in dialects {
            upstreams.extend(upstream(config, dialect)?);
        }
        if upstreams.is_empty() {
            return Ok(None);
        }
        let limits = config.means().limits;
        let (jobs, work) = mpsc::unbounded_channel();
        Ok(Some(Self(
            Arc::new(All {
                store: store.clone(),
                dialects: dialects.to_vec(),
                upstreams,
                spool_dir: limits.spool_dir,
                pace: limits.pace,
                jobs,
                work: Mutex::new(Some(work)),
            }),
            None,
        )))
    }

    /// The same for an address at which this dialect alone is spoken.
    pub fn alone(&self, dialect: &'static str) -> Self {
        Self(Arc::clone(&self.0), Some(dialect))
    }

    /// Does what is to be done beside answering, for as long as it is polled.
    pub async fn work(self) {
        let taken = self.0.work.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut work) = taken else {
            return;
        };
        let All { store, dialects, .. } = self.0.as_ref();
        let inner = match Inner::new(dialects).await {
            Ok(inner) => inner,
            Err(error) => {
                evalstone_kit::errors::log(&error);
                return;
            }
        };
        let most = self.0.upstreams.iter().map(|upstream| upstream.compared).max().unwrap_or(0);
        let lanes = Lanes::new(Copier { store: store.clone(), inner, most });
        let differ = Differ::new(store.clone());
        let backlog = backlog::make_up(self.clone(), lanes.clone());
        let backlog = actix_web::rt::spawn(backlog);
        while let Some(job) = work.recv().await {
            match job {
                Job::Mirror(job) => lanes.take(job),
                Job::Unnamed(unnamed) => lanes.take_unnamed(unnamed),
                Job::Diff(job) => differ.take(job),
            }
        }
        backlog.abort();
    }

    /// Waits until nothing is left to be done beside answering.
    pub async fn finish(self) {
        for upstream in &self.0.upstreams {
            // All places together are free when nobody has one.
            drop(upstream.queue.acquire_many(upstream.places).await);
        }
    }

    /// The upstream of the dialect that answers this path, if there is one that is used.
    fn find(&self, path: &str) -> Option<&Upstream> {
        // Of all dialects' prefixes the longest that fits decides whose a path is.
        let spoken = |dialect: &&Dialect| self.1.is_none_or(|alone| alone == dialect.name);
        let fitting = self.0.dialects.iter().filter(spoken).flat_map(|dialect| {
            let fits = dialect.prefixes.iter().filter(|prefix| is_under(path, prefix));
            fits.map(move |prefix| (prefix.len(), dialect))
        });
        let (_, dialect) = fitting.max_by_key(|(length, _)| *length)?;
        let upstream = self.0.upstreams.iter().find(|up| up.dialect.name == dialect.name)?;
        (upstream.mode != Mode::Off && !dialect.likeness.is_own(path)).then_some(upstream)
    }

    /// The dialect of that name.
    fn dialect(&self, name: &str) -> Option<&Dialect> {
        self.0.dialects.iter().find(|dialect| dialect.name == name)
    }

    /// Reads a request's body.
    async fn body(&self, upstream: &Upstream, request: &mut ServiceRequest) -> Result<Held> {
        let payload = request.extract::<actix_web::web::Payload>().await.map_err(Error::fault)?;
        Held::take(paced(payload, self.0.pace), upstream.body, self.0.spool_dir.clone(), |error| {
            refusal(&error)
        })
        .await
    }
}

fn upstream(config: &Config, dialect: &Dialect) -> Result<Option<Upstream>> {
    let settings = config.dialects.of(dialect.name).upstream;
    let Some(url) = &settings.url else {
        return match settings.mode {
            Mode::Off => Ok(None),
            Mode::Mirror | Mode::Diff => Err(Error::invalid(format!(
                "dialects.{}.upstream.mode needs dialects.{0}.upstream.url",
                dialect.name
            ))),
        };
    };
    Ok(Some(Upstream {
        dialect: dialect.clone(),
        mode: settings.mode,
        vendor: Vendor::new(dialect.name, url, settings.timeout)?,
        body: Cap { bytes: settings.body.0, setting: "dialects.<name>.upstream.body" },
        compared: settings.compared.0,
        queue: Arc::new(Semaphore::new(settings.queue.max(1) as usize)),
        places: settings.queue.max(1),
    }))
}

impl Upstream {
    /// The call that a request makes, if the dialect knows it.
    fn call(&self, method: &Method, path: &str) -> Option<&'static Call> {
        self.dialect.likeness.call(method.as_str(), path)
    }

    /// The path's pattern, as the dialect's table has it.
    fn pattern(&self, path: &str) -> Arc<str> {
        self.dialect.paths.pattern(path).unwrap_or_else(|| UNMATCHED.into())
    }

    /// An error as the dialect writes it.
    fn refuse(&self, error: &Error) -> HttpResponse {
        answer(error, self.dialect.render)
    }
}

/// The path by which a request is routed: in it is decoded what need not be encoded.
fn routed(request: &ServiceRequest) -> &str {
    request.match_info().as_str()
}

/// Middleware around all dialects: calls whose dialect has an upstream go beside it.
pub fn beside<S>(
    upstreams: Option<Upstreams>,
) -> impl Transform<
    S,
    ServiceRequest,
    Response = ServiceResponse<BoxBody>,
    Error = actix_web::Error,
    InitError = (),
>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>
        + 'static,
{
    let upstreams = upstreams.map(Rc::new);
    from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
        let upstreams = upstreams.clone();
        async move {
            let Some(upstreams) = upstreams else {
                return next.call(request).await;
            };
            match upstreams.find(routed(&request)).map(|upstream| upstream.mode) {
                Some(Mode::Mirror) => Ok(mirror::answer(&upstreams, request).await),
                Some(Mode::Diff) => diff::answer(&upstreams, request, next).await,
                Some(Mode::Off) | None => next.call(request).await,
            }
        }
    })
}
