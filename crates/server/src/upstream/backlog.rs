//! Making up for calls that were missed.

use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use evalstone_core::error::{Error, Result};
use evalstone_core::source::{Assigned, SourceKind};
use evalstone_core::upstream::Miss;
use evalstone_kit::dialect::Dialect;
use evalstone_kit::limits::Cap;
use futures_util::future::join_all;
use futures_util::stream;

use super::copy::{Copied, Copy};
use super::held::Held;
use super::lanes::{Lanes, pause, warn};
use super::{Upstreams, numbers};

/// How often is looked for calls that are due.
const TICK: Duration = Duration::from_secs(1);
/// How long a call that is being tried belongs to who tries it, who says again and again that it still does.
const LEASE: Duration = Duration::from_secs(60);
const RENEWAL: Duration = Duration::from_secs(15);

/// Tries again what was missed, for as long as it is polled.
pub async fn make_up(upstreams: Upstreams, lanes: Lanes) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        loop {
            match round(&upstreams, &lanes).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    warn("what was missed could not be looked for", &error);
                    break;
                }
            }
        }
    }
}

/// Tries what is due, one call of each organization and dialect. Says how many were carried out.
async fn round(upstreams: &Upstreams, lanes: &Lanes) -> Result<usize> {
    let store = &upstreams.0.store;
    let backlog = store.miss_backlog().await?;
    numbers::show(upstreams.0.upstreams.iter().map(|up| up.dialect.name), &backlog);
    if backlog.iter().all(|line| line.failed) {
        return Ok(0);
    }
    let claimed = store.claim_misses(Utc::now() + LEASE).await?;
    let tried = claimed.into_iter().map(|miss| attempt(upstreams, lanes, miss));
    Ok(join_all(tried).await.into_iter().filter(|done| *done).count())
}

/// Tries one call again, and says whether the next one of its lane can be tried at once.
async fn attempt(upstreams: &Upstreams, lanes: &Lanes, miss: Miss) -> bool {
    let store = &upstreams.0.store;
    let (organization, id) = (miss.organization, miss.id);
    let copied = match upstreams.dialect(&miss.dialect) {
        Some(dialect) => {
            let trying = async {
                let _turn = lanes.turn(organization, dialect.name).await;
                again(upstreams, lanes, dialect, &miss).await
            };
            let copied = holding(upstreams, &miss, trying).await;
            copied.unwrap_or_else(|error| Copied::Failed(error.to_string()))
        }
        None => Copied::Refused("the dialect is not enabled".to_owned()),
    };
    let (is_over, kept) = match copied {
        Copied::Done(_) => (true, store.end_miss(organization, id).await),
        Copied::Refused(reason) => {
            (true, store.postpone_miss(organization, id, reason, None).await.map(drop))
        }
        Copied::Failed(reason) => {
            let due = Utc::now() + pause(miss.tries);
            (false, store.postpone_miss(organization, id, reason, Some(due)).await.map(drop))
        }
    };
    match kept {
        Ok(()) => is_over,
        Err(error) => {
            warn("what became of a call that was tried again could not be kept", &error);
            false
        }
    }
}

/// Lets something be done with a call, which nobody else takes meanwhile.
async fn holding<T>(upstreams: &Upstreams, miss: &Miss, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        if let Ok(done) = tokio::time::timeout(RENEWAL, work.as_mut()).await {
            return done;
        }
        let (reason, until) = (miss.reason.clone(), Some(Utc::now() + LEASE));
        let store = &upstreams.0.store;
        if let Err(error) = store.postpone_miss(miss.organization, miss.id, reason, until).await {
            warn("a call that is tried again could not be held", &error);
        }
    }
}

async fn again(
    upstreams: &Upstreams,
    lanes: &Lanes,
    dialect: &Dialect,
    miss: &Miss,
) -> Result<Copied> {
    let path = miss.target.split('?').next().unwrap_or_default();
    let Some(call) = dialect.likeness.call(&miss.method, path) else {
        return Ok(Copied::Refused("such calls are not carried out here".to_owned()));
    };
    let store = &upstreams.0.store;
    // While this waited for its turn, somebody may have given it up.
    let (reason, until) = (miss.reason.clone(), Some(Utc::now() + LEASE));
    if !store.postpone_miss(miss.organization, miss.id, reason, until).await? {
        return Ok(Copied::Done(None));
    }
    let Some(caller) = store.holder(miss.organization, miss.key).await? else {
        return Ok(Copied::Refused("the key is revoked or expired".to_owned()));
    };
    let made = miss.made.as_ref().and_then(|(kind, id)| {
        let kind = SourceKind::from_word(kind)?;
        Some(Assigned { dialect: dialect.name, kind, id: id.clone() })
    });
    let copy = Copy {
        id: miss.id,
        call,
        target: miss.target.clone(),
        content_type: miss.content_type.clone(),
        content_encoding: miss.content_encoding.clone(),
        body: body(upstreams, miss).await?,
        made,
    };
    let copied = lanes.copier().apply(dialect, &caller, &copy).await;
    let outcome = match &copied {
        Copied::Done(_) => "made_up",
        Copied::Refused(_) => "failed",
        Copied::Failed(_) => "retried",
    };
    numbers::copied(dialect.name, &miss.route, outcome);
    Ok(copied)
}

/// The body as it was kept.
async fn body(upstreams: &Upstreams, miss: &Miss) -> Result<Held> {
    let pieces = stream::try_unfold(0, |position| async move {
        let piece = upstreams.0.store.miss_piece(miss.organization, miss.id, position).await?;
        Ok(piece.map(|piece| (Bytes::from(piece), position + 1)))
    });
    let cap = Cap { bytes: miss.bytes, setting: "the length that was kept" };
    let body = Held::take(pieces, cap, upstreams.0.spool_dir.clone(), |error: Error| error).await?;
    if body.len() == miss.bytes {
        Ok(body)
    } else {
        Err(Error::fault("the body of a call that was missed is not whole"))
    }
}
