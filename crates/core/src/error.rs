//! What can go wrong, without a word about transport: each dialect maps [`Kind`] to its own status
//! and body in one exhaustive match.

use std::fmt;
use std::time::Duration;

/// Why a request could not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What was sent breaks a rule; the message says which, and where.
    Invalid,
    /// No key, or one that is unknown, expired or revoked.
    Unauthenticated,
    /// The key is good, but may not do this.
    Forbidden,
    /// There is no such thing, or none that this caller may see: the two are never told apart.
    NotFound,
    /// A name, slug or id that must be unique is in use.
    Taken,
    /// What may be spent is spent; the message names the setting.
    OverBudget,
    /// The payload is over a limit; the message names the limit and its setting.
    TooLarge,
    /// The client was too slow in sending.
    TooSlow,
    /// A documented operation that is not served here.
    Unsupported,
    /// Not now: overloaded, shutting down, or the database is out of reach. A later try may work.
    Unavailable {
        /// How long the client should wait before it tries again.
        retry_after: Duration,
    },
    /// A fault of ours.
    Fault,
}

/// An error with two messages: one that is safe to show to a client, and internal context that
/// only logs may hold.
pub struct Error {
    kind: Kind,
    message: String,
    context: Option<String>,
}

/// The result of domain and store calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of this kind; `message` is shown to clients.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), context: None }
    }

    /// A rule is broken; the message says which and where.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    /// Nothing of that name is visible to the caller. `what` is a noun such as `Dataset`.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("{what} not found"))
    }

    /// A unique name is in use.
    pub fn taken(message: impl Into<String>) -> Self {
        Self::new(Kind::Taken, message)
    }

    /// A later try may work.
    pub fn unavailable(message: impl Into<String>, retry_after: Duration) -> Self {
        Self::new(Kind::Unavailable { retry_after }, message)
    }

    /// A fault of ours. `context` goes to the log; the client is told what it can do.
    pub fn fault(context: impl fmt::Display) -> Self {
        Self::new(
            Kind::Fault,
            "The gateway could not complete this request; nothing was changed. Try again, and \
             report the X-Request-Id if it persists.",
        )
        .with_context(context)
    }

    /// Adds what the log should know and the client must not.
    #[must_use]
    pub fn with_context(mut self, context: impl fmt::Display) -> Self {
        self.context = Some(context.to_string());
        self
    }

    /// The kind, for the dialect's mapping.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The text that may be shown to a client.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The text for the log only.
    #[must_use]
    pub fn context(&self) -> Option<&str> {
        self.context.as_deref()
    }
}

/// The client text alone, so that context cannot be displayed by accident.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("context", &self.context)
            .finish()
    }
}

impl std::error::Error for Error {}
