//! Who asks: the organization, user and rights that an API key stands for (design §2.2).

use std::sync::Arc;

use crate::attempt::Attempt;
use crate::id::{
    ApiKeyId, EnvironmentId, Id, Number, OrganizationId, PipelineId, ProjectId, UserId,
};
use crate::key::KeyKind;
use crate::source::{Assigned, SourceKind};

/// The holder of a valid key, or the gateway in the name of an organization's service user. The store
/// methods that serve requests take one, so that none of their queries can be unscoped.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The organization that the key belongs to.
    pub organization: OrganizationId,
    /// The organization's public number.
    pub organization_number: Number,
    /// The short name that may stand for the organization in paths.
    pub organization_slug: String,
    /// Whether the organization stands for a single person without one.
    pub personal: bool,
    /// The pipeline of datasets that name none.
    pub default_pipeline: PipelineId,
    /// The key's user.
    pub user: UserId,
    /// The user's public number.
    pub user_number: Number,
    /// The user's e-mail address.
    pub email: String,
    /// The user's role in the organization.
    pub role: Role,
    /// The key itself; the nil id, which no key has, for what the gateway does of its own accord.
    pub key: ApiKeyId,
    /// What kind of key it is; the gateway has an administrator's rights.
    pub kind: KeyKind,
    /// The one project that the key is for; none for a key of the whole organization.
    pub project: Option<ProjectId>,
    /// The one environment of that project that the key is for, if it is for one only.
    pub environment: Option<EnvironmentId>,
    /// The write that is asked for, when the client can tell its repetitions.
    pub attempt: Option<Arc<Attempt>>,
    /// What the write makes has been made elsewhere already, with this id.
    pub assigned: Option<Arc<Assigned>>,
}

impl Caller {
    /// Whether what is asked for may have been done before: such a write shares no transaction with
    /// others, whom it could make wait.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.assigned.is_some() || self.attempt.as_ref().is_some_and(|attempt| attempt.may_repeat())
    }

    /// The id for a new thing of this kind: the one that it has elsewhere, else a new one.
    #[must_use]
    pub fn new_id<K>(&self, kind: SourceKind) -> Id<K> {
        let assigned = self.assigned.as_deref().filter(|assigned| assigned.kind == kind);
        assigned.and_then(Assigned::as_id).unwrap_or_else(Id::generate)
    }

    /// Whether the key may change datasets and cases.
    #[must_use]
    pub const fn may_write(&self) -> bool {
        match self.kind {
            KeyKind::Runtime => false,
            KeyKind::Ci | KeyKind::Admin => true,
        }
    }
}

#[cfg(any(test, feature = "testing"))]
impl Caller {
    /// Somebody with a key that writes, in an organization of several people, for tests.
    #[must_use]
    pub fn sample() -> Self {
        Self {
            organization: OrganizationId::generate(),
            organization_number: 3,
            organization_slug: "default".to_owned(),
            personal: false,
            default_pipeline: PipelineId::generate(),
            user: UserId::generate(),
            user_number: 7,
            email: "dana@example.com".to_owned(),
            role: Role::Member,
            key: ApiKeyId::generate(),
            kind: KeyKind::Ci,
            project: None,
            environment: None,
            attempt: None,
            assigned: None,
        }
    }
}

/// A user's role in the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Works with what is shared.
    Member,
    /// May also remove what belongs to the organization as a whole.
    Admin,
}

impl Role {
    /// The word used on the command line and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }

    /// The role of that word, if there is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Member, Self::Admin].into_iter().find(|role| role.as_str() == word)
    }
}
