//! How runs are carried out (contract §4.5). A run is stored before anybody works on it. Whoever does
//! holds its lease and stores what it has scored row by row, so that another gateway, or this one after a
//! restart, goes on where it stopped.

pub mod models;
pub mod plan;
pub mod resolve;

mod judged;
mod score;
mod summary;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use evalstone_core::caller::Caller;
use evalstone_core::error::{Error, Kind, Result};
use evalstone_core::id::{OrganizationId, RunId};
use evalstone_core::scoring::{NewScoring, Scoring};
use evalstone_evals::judge::{Judges, is_judge_metric};
use evalstone_kit::dialect::Work;
use evalstone_store::Store;
use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

use crate::settings::{ModelSettings, RunSettings, Settings};
use models::Models;
use plan::{Part, Plan};

pub use summary::Summary;

/// How often a gateway looks for runs that another left unfinished.
const LOOK: Duration = Duration::from_secs(5);

/// How often one looks whether a run has ended that another works on.
const GLANCE: Duration = Duration::from_millis(200);

/// How often a gateway forgets what models said long ago.
const TIDY: Duration = Duration::from_secs(60 * 60);

/// How many runs a gateway works on at a time, besides those whose requests wait for their end.
const WORKERS: usize = 4;

/// Everything that carrying out runs takes. Clones share it.
#[derive(Clone)]
pub struct Runs {
    store: Store,
    judges: Judges,
    models: Arc<Models>,
    settings: RunSettings,
    budget: Option<i64>,
    /// What endpoints are configured as, by slugs: an answer of another one is not served from the cache.
    endpoints: Arc<BTreeMap<String, String>>,
    /// Wakes the workers when there is something to do.
    queued: Arc<Notify>,
    /// Who may compute at the same time: as many as there are cores.
    cores: Arc<Semaphore>,
}

impl Runs {
    /// Runs over this store, judged by the configured models.
    ///
    /// # Errors
    /// Invalid when a setting cannot be meant.
    pub fn new(store: &Store, settings: Settings) -> Result<Self> {
        let endpoint = |(slug, model): (&String, &ModelSettings)| {
            let name = model.name.as_deref().unwrap_or(slug);
            (slug.clone(), format!("{}\n{name}", model.url))
        };
        Ok(Self {
            store: store.clone(),
            judges: settings.judges()?,
            models: Arc::new(Models::of(&settings)),
            budget: settings.budget(),
            endpoints: Arc::new(settings.models.iter().map(endpoint).collect()),
            settings: settings.runs,
            queued: Arc::default(),
            cores: Arc::new(Semaphore::new(score::cores())),
        })
    }

    /// The models that requests can name.
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// What the organization must have spent less than for a run with this plan; no limit where nobody asks
    /// a model.
    pub fn budget(&self, plan: &Plan) -> Option<i64> {
        let costs = plan.metrics().any(|metric| is_judge_metric(&metric.name));
        self.budget.filter(|_| costs)
    }

    /// Refuses a plan that comes to more than can be kept. `rows` tells how many rows a part has.
    ///
    /// # Errors
    /// Invalid, naming the limit.
    pub fn check_size(&self, plan: &Plan, rows: impl Fn(&Part) -> i64) -> Result<()> {
        plan.check_size(rows, self.settings.evaluations)
    }

    /// Makes a run, if the organization can still pay for it; none when its dataset or collection is gone.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn make(&self, caller: &Caller, new: NewScoring) -> Result<Option<Scoring>> {
        self.store.make_scoring(caller, new).await.map_err(|error| match error.kind() {
            Kind::OverBudget => Error::new(
                Kind::OverBudget,
                "The organization's budget is spent (setting dialects.aegis.runs.budget)",
            ),
            _ => error,
        })
    }

    /// Tells the workers that a run waits for them.
    pub fn wake(&self) {
        self.queued.notify_one();
    }

    /// Carries a run out and gives it as it is at the end, or as it is when the patience for one request
    /// is over; then it goes on. Whoever asked may hang up: the run goes on, too.
    ///
    /// # Errors
    /// When the database fails; the run is taken up again.
    pub async fn run_to_end(&self, caller: &Caller, made: &Scoring) -> Result<Scoring> {
        let (runs, organization, id) = (self.clone(), caller.organization, made.id);
        let work = actix_web::rt::spawn(async move { runs.work_on(organization, id).await });
        let ended = async {
            // Who does not get the lease waits for whoever has it, and so does who fails.
            if let Ok(Err(error)) = work.await {
                evalstone_kit::errors::log(&error);
            }
            self.watch(caller, id).await
        };
        match tokio::time::timeout(self.settings.blocking_wait.0, ended).await {
            Ok(ended) => ended,
            Err(_) => self.find(caller, id).await,
        }
    }

    async fn watch(&self, caller: &Caller, id: RunId) -> Result<Scoring> {
        loop {
            let run = self.find(caller, id).await?;
            if run.finished_at.is_some() {
                return Ok(run);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn find(&self, caller: &Caller, id: RunId) -> Result<Scoring> {
        let run = self.store.scoring_by_id(caller, id).await?;
        run.ok_or_else(|| Error::not_found("Run"))
    }

    /// What works on runs in the background.
    pub fn workers(&self) -> Vec<Work> {
        (0..WORKERS).map(|_| Box::pin(self.clone().work_for_ever()) as Work).collect()
    }

    async fn work_for_ever(self) {
        let mut tidied = None::<Instant>;
        loop {
            if tidied.is_none_or(|at| at.elapsed() > TIDY) {
                tidied = Some(Instant::now());
                self.forget().await;
            }
            match self.work_on_next().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => evalstone_kit::errors::log(&error),
            }
            tokio::select! {
                () = self.queued.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Forgets what models said long ago.
    async fn forget(&self) {
        let age = TimeDelta::from_std(self.settings.cache_for.0).unwrap_or(TimeDelta::MAX);
        let Some(before) = Utc::now().checked_sub_signed(age) else {
            return;
        };
        if let Err(error) = self.store.forget_judgements(before).await {
            evalstone_kit::errors::log(&error);
        }
    }

    /// Works on the oldest run that waits; false when none does.
    async fn work_on_next(&self) -> Result<bool> {
        let claimed = self.store.claim_next_scoring(Uuid::new_v4(), work::TERM).await?;
        let Some(claimed) = claimed else {
            return Ok(false);
        };
        self.carry_out(claimed).await?;
        Ok(true)
    }

    /// Works on this run; false when somebody else does.
    async fn work_on(&self, organization: OrganizationId, id: RunId) -> Result<bool> {
        let claimed =
            self.store.claim_scoring(organization, id, Uuid::new_v4(), work::TERM).await?;
        let Some(claimed) = claimed else {
            return Ok(false);
        };
        self.carry_out(claimed).await?;
        Ok(true)
    }
}
