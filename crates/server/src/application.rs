//! The gateway as a value: bound to its addresses, then run.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::NormalizePath;
use actix_web::{App, HttpServer, web};
use evalstone_kit::connection::adapt_connection;
use evalstone_kit::dialect::Dialect;
use evalstone_kit::errors::guard;
use evalstone_kit::observe::{Labels, observe};
use evalstone_kit::problem;
use evalstone_kit::routes::Paths;
use evalstone_store::Store;
use futures_util::future::try_join_all;

use crate::config::{Config, Shutdown};
use crate::dialects;
use crate::failure::Failure;
use crate::numbers::Numbers;
use crate::own::{self, Own};
use crate::shutdown::{Draining, Signals, stop_on_signal};
use crate::upstream::{Upstreams, beside};

/// Longer than the idle time of common load balancers and SDK pools, so that it is they who close.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client that is refused in mid-body may go on sending before it must have read the
/// answer; a connection that is cut earlier loses the answer.
const LINGER: Duration = Duration::from_secs(5);

/// A gateway that listens, but does not answer yet.
pub struct Application {
    /// Where all dialects are served.
    pub addresses: Vec<SocketAddr>,
    /// The dialects that are served.
    pub dialects: Vec<Dialect>,
    /// The vendors that it runs beside, if any.
    pub upstreams: Option<Upstreams>,
    servers: Vec<Server>,
    signals: Signals,
    draining: Draining,
    shutdown: Shutdown,
}

/// What one listener serves.
#[derive(Clone)]
struct Served {
    dialects: Vec<Dialect>,
    /// None where a dialect is served alone.
    own: Option<Own>,
    upstreams: Option<Upstreams>,
}

impl Application {
    /// Binds every configured address. Port 0 takes a free one; [`Self::addresses`] tells which.
    ///
    /// # Errors
    /// When an address cannot be bound.
    pub fn bind(config: &Config, store: &Store, numbers: Numbers) -> Result<Self, Failure> {
        let draining = Draining::default();
        let dialects = dialects::enabled(&config.dialects, store, &config.means())?;
        let own = Own { store: store.clone(), draining: draining.clone(), numbers };
        let upstreams = Upstreams::of(config, store, &dialects)?;
        let common =
            Served { dialects: dialects.clone(), own: Some(own), upstreams: upstreams.clone() };
        let (server, addresses) = listen(common, config.listen, &config.shutdown)?;
        let mut servers = vec![server];
        for dialect in &dialects {
            if let Some(address) = config.dialects.of(dialect.name).listen {
                let (dialects, upstreams) =
                    (vec![dialect.clone()], upstreams.as_ref().map(|all| all.alone(dialect.name)));
                let alone = Served { dialects, own: None, upstreams };
                let (server, addresses) = listen(alone, address, &config.shutdown)?;
                tracing::info!(dialect = dialect.name, ?addresses, "serving one dialect alone");
                servers.push(server);
            }
        }
        let (signals, shutdown) = (Signals::listen()?, config.shutdown.clone());
        Ok(Self { addresses, dialects, upstreams, servers, signals, draining, shutdown })
    }

    /// The URL under which clients on this machine reach the gateway.
    #[must_use]
    pub fn base_url(&self) -> String {
        let local = self.addresses.first().map(|address| match address {
            // Nobody can connect to "any address".
            SocketAddr::V4(v4) if v4.ip().is_unspecified() => format!("127.0.0.1:{}", v4.port()),
            SocketAddr::V6(v6) if v6.ip().is_unspecified() => format!("[::1]:{}", v6.port()),
            address => address.to_string(),
        });
        format!("http://{}", local.unwrap_or_default())
    }

    /// Serves until a signal stops it.
    ///
    /// # Errors
    /// When a server fails.
    pub async fn run(self) -> Result<(), Failure> {
        let handles = self.servers.iter().map(Server::handle).collect();
        let stopping = stop_on_signal(self.signals, handles, self.draining, self.shutdown);
        let stopping = actix_web::rt::spawn(stopping);
        try_join_all(self.servers).await?;
        stopping.abort();
        Ok(())
    }
}

/// Starts one server.
fn listen(
    served: Served,
    address: SocketAddr,
    shutdown: &Shutdown,
) -> Result<(Server, Vec<SocketAddr>), Failure> {
    let server = HttpServer::new(move || app(&served))
        .disable_signals()
        .shutdown_timeout(shutdown.drain.0.as_millis().div_ceil(1000) as u64)
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_TIMEOUT)
        .client_disconnect_timeout(LINGER)
        // The last piece of an answer must not wait until the client has acknowledged the one before.
        .tcp_nodelay(true)
        .bind(address)
        .map_err(|error| Failure::new(format!("cannot listen on {address}: {error}")))?;
    let addresses = server.addrs();
    Ok((server.run(), addresses))
}

/// One worker's application. All scopes are mounted before any fallback, so that a dialect that
/// answers whatever is unknown does not hide another's; our own paths are none of theirs.
fn app(
    served: &Served,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    let mut app = App::new();
    for dialect in &served.dialects {
        app = app.configure(|config| (dialect.mount)(config));
    }
    for dialect in &served.dialects {
        app = app.configure(|config| (dialect.fallback)(config));
    }
    let (app, own) = match &served.own {
        Some(own) => {
            let app = app.app_data(web::Data::new(own.clone()));
            (app.default_service(own::table().or(own::unknown)), Paths::of(&[own::table()]))
        }
        None => (app.default_service(web::to(own::unknown)), Paths::default()),
    };
    app.wrap(guard(problem::render))
        .wrap(beside(served.upstreams.clone()))
        // Before anything looks at a path it is the one that is routed.
        .wrap(NormalizePath::trim())
        .wrap(adapt_connection())
        .wrap(observe(Labels::of(&served.dialects, &own.into())))
}
