//! Carrying out here what a vendor has carried out.

use evalstone_core::caller::Caller;
use evalstone_core::error::Result;
use evalstone_core::source::{Assigned, Spelling};
use evalstone_kit::dialect::Dialect;
use evalstone_kit::likeness::Call;
use evalstone_kit::likeness::compare::What;
use evalstone_store::Store;
use evalstone_store::names::Book;
use uuid::Uuid;

use std::sync::Arc;

use super::held::Held;
use super::inner::{Inner, OwnAnswer, OwnCall};
use super::translate::{self, Named, Whole};

/// How much of a refusal is kept.
const REASON: usize = 300;

/// A call that a vendor has carried out.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Its own id, under which it is carried out once.
    pub id: Uuid,
    /// What it does.
    pub call: &'static Call,
    /// The path with its query, with the vendor's ids.
    pub target: String,
    /// The body's content type.
    pub content_type: Option<String>,
    /// How the body is packed.
    pub content_encoding: Option<String>,
    /// The body.
    pub body: Held,
    /// What the vendor has made, if something.
    pub made: Option<Assigned>,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum Copied {
    /// It is done, with our answer where there is one.
    Done(Option<OwnAnswer>),
    /// We refuse it; trying again does not help until somebody changes something.
    Refused(String),
    /// It did not work out; it may later.
    Failed(String),
}

/// What carries out calls.
#[derive(Clone)]
pub struct Copier {
    /// The store.
    pub store: Store,
    /// The dialects.
    pub inner: Inner,
    /// How long a JSON body may be whose ids are translated.
    pub most: u64,
}

impl Copier {
    /// Carries out a call.
    pub async fn apply(&self, dialect: &Dialect, caller: &Caller, copy: &Copy) -> Copied {
        match self.try_apply(dialect, caller, copy).await {
            Ok(copied) => copied,
            Err(error) => Copied::Failed(error.to_string()),
        }
    }

    async fn try_apply(&self, dialect: &Dialect, caller: &Caller, copy: &Copy) -> Result<Copied> {
        let Copy { id, call, target, content_type, content_encoding, body, made } = copy;
        if let Some(made) = made
            && self.is_there(dialect, caller, made).await?
        {
            return Ok(Copied::Done(None));
        }
        let content_type = content_type.as_deref();
        let likeness = dialect.likeness;
        let looked_into = translate::looked_into(body, content_type, self.most).await?;
        let named = Named { call, target, body: looked_into.as_deref(), content_type };
        let (renamed, unknown) = translate::to_ours(&self.store, dialect, caller, named).await?;
        // A number of the vendor's that is left as it is may be another thing's here.
        if likeness.spelling == Spelling::Number {
            if let Some((kind, id)) = unknown.first() {
                let kind = kind.as_str();
                return Ok(Copied::Refused(format!("the vendor's {kind} {id} is not known here")));
            }
            let is_long = looked_into.is_none();
            if is_long && translate::may_hide_ids(likeness, body, content_type).await? {
                let why = "its body is too long for ids in it to be translated (setting compared)";
                return Ok(Copied::Refused(why.to_owned()));
            }
        }
        let own = OwnCall {
            method: call.method,
            target: &renamed.target,
            content_type,
            content_encoding: content_encoding.as_deref(),
            name: call.effect.changes().then(|| format!("mirror-{id}")),
            body: renamed.body.map_or_else(|| body.clone(), |text| Held::Memory(text.into())),
        };
        let mut caller = caller.clone();
        caller.assigned = made.clone().map(Arc::new);
        let answer = self.inner.call(caller, own, self.most).await?;
        let is_known = call.subject.is_some_and(|kind| !unknown.iter().any(|(of, _)| *of == kind));
        Ok(judged(call, answer, is_known))
    }

    /// Whether what the vendor has made was made here before.
    async fn is_there(&self, dialect: &Dialect, caller: &Caller, made: &Assigned) -> Result<bool> {
        let name = (made.kind, made.id.clone());
        let spelling = dialect.likeness.spelling;
        let known = self.store.our_names(caller, dialect.name, spelling, vec![name]).await?;
        Ok(!known.is_empty())
    }

    /// Learns from our answer and the vendor's what things are called on both sides.
    ///
    /// # Errors
    /// Only when the database fails.
    pub async fn learn(
        &self,
        dialect: &Dialect,
        caller: &Caller,
        call: &'static Call,
        ours: &OwnAnswer,
        theirs: &Held,
    ) -> Result<()> {
        let theirs = theirs.whole(self.most).await?;
        let Some((ours, theirs)) = ours.body.clone().zip(theirs) else {
            return Ok(());
        };
        let json = || "application/json".to_owned();
        let both = [ours, theirs].map(|body| Whole { status: 200, content_type: json(), body });
        let (differences, names) =
            translate::compared(&self.store, dialect, caller, call, both.into()).await?;
        // Rows that do not say the same are no rows of one thing.
        if call.effect.changes() || !differences.iter().any(|found| is_of_content(found.what)) {
            translate::remember(&self.store, dialect, caller, Book::Map, &names).await?;
        }
        Ok(())
    }
}

/// Whether a difference is one of what is said, and not of how it is said.
const fn is_of_content(what: What) -> bool {
    match what {
        What::Missing | What::Additional | What::Format | What::Sequence => false,
        What::Status
        | What::ContentType
        | What::Body
        | What::Null
        | What::Type
        | What::Value
        | What::Length
        | What::Order
        | What::Id => true,
    }
}

/// What became of a call. `is_known`: what it is about is in the id map.
fn judged(call: &Call, answer: OwnAnswer, is_known: bool) -> Copied {
    match answer.status {
        0..=399 => Copied::Done(Some(answer)),
        // What is to be gone is gone; of what is not known that cannot be said.
        404 if call.method == "DELETE" && is_known => Copied::Done(None),
        408 | 429 | 500.. => Copied::Failed(reason(&answer)),
        _ => Copied::Refused(reason(&answer)),
    }
}

fn reason(answer: &OwnAnswer) -> String {
    let text = answer.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let text: String = text.chars().filter(|c| *c != '\0').take(REASON).collect();
    format!("{} {text}", answer.status)
}
