//! One night of one organization: steps in order, each a row, each skipped when it was done for the same input.

use super::artifacts::KEEP_MODELS;
use super::model_store::ModelStore;
use super::steps::{self, Night};
use crate::clock::Clock;
use crate::web::trace::TARGET;
use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use domain::JobStatus;
use forecast::TrainConfig;
use serde_json::{Value, json};
use services::nights::{Claim, StepState};
use services::quality::NightAlerts;
use services::{Ctx, Services};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing::Instrument;
use uuid::Uuid;

/// How often a run shows that its process lives.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Names of the steps in order. A step's position in this list is its position in the book.
pub const STEPS: [&str; 13] = [
    "quality_gate",
    "sold_out",
    "data_version",
    "train",
    "backtest",
    "promote",
    "forecast",
    "suggestions",
    "score",
    "outcomes",
    "drift",
    "alerts",
    "report",
];

/// What a step found.
#[derive(Clone, Debug)]
pub struct StepOutcome {
    pub status: JobStatus,
    pub detail: Value,
}

impl StepOutcome {
    pub(super) fn done(detail: Value) -> Self {
        Self {
            status: JobStatus::Succeeded,
            detail,
        }
    }

    pub(super) fn degraded(detail: Value) -> Self {
        Self {
            status: JobStatus::Degraded,
            detail,
        }
    }
}

/// What came of asking for a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NightResult {
    /// Done now, cleanly or with a fall-back.
    Finished(JobStatus),
    /// It was over before, with this status.
    AlreadyDone(JobStatus),
    /// Another living process works on this organization, or has taken this run over.
    Busy,
    /// Stopped between two steps, because the process shuts down or a drill asked for it; resumes where it stopped.
    Stopped,
}

/// How a walk over the steps ended.
enum Walk {
    /// After the last step; the worst of what the steps found.
    Through(JobStatus),
    Stopped,
    /// Another process has taken the run over.
    Lost,
}

/// Shows that a run's process lives, until dropped. A walk that is cut off (by a panic, by a task that is dropped) must
/// not go on looking alive, or nobody could take it over.
struct Heart(tokio::task::AbortHandle);

impl Drop for Heart {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs nights.
#[derive(Clone)]
pub struct NightRunner {
    services: Services,
    /// Names this process in the book.
    owner: String,
    train: TrainConfig,
    clock: Clock,
    stop: Arc<AtomicBool>,
    training: bool,
    keep_models: usize,
    models: ModelStore,
    stop_after: Option<&'static str>,
}

impl std::fmt::Debug for NightRunner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NightRunner")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

impl NightRunner {
    /// A runner for this process.
    #[must_use]
    pub fn new(services: Services, train: TrainConfig, clock: Clock) -> Self {
        Self {
            services,
            owner: format!("{}-{}", std::process::id(), Uuid::now_v7()),
            train,
            clock,
            stop: Arc::new(AtomicBool::new(false)),
            training: true,
            keep_models: KEEP_MODELS,
            models: ModelStore::default(),
            stop_after: None,
        }
    }

    /// For drills: stop dead after a step, as a killed process would.
    #[must_use]
    pub fn stopping_after(mut self, step: &'static str) -> Self {
        self.stop_after = Some(step);
        self
    }

    /// Nights without training: the champion forecasts, else the baseline.
    #[must_use]
    pub fn without_training(mut self) -> Self {
        self.training = false;
        self
    }

    /// Keeps the artifacts of so many versions, besides what serves.
    #[must_use]
    pub fn keeping(mut self, models: usize) -> Self {
        self.keep_models = models;
        self
    }

    /// Keeps artifacts in an object store too.
    #[must_use]
    pub fn with_models_in(mut self, store: ModelStore) -> Self {
        self.models = store;
        self
    }

    /// Set to stop at the next step, and training at its next batch.
    #[must_use]
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        self.stop.clone()
    }

    /// The moment, by this runner's clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// The use cases behind this runner.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Works a run of the book off. `watch` hears of every change of a step and of progress within one.
    ///
    /// # Errors
    /// The first failed step's; the run is then `failed` in the book and can be started again.
    pub async fn run(
        &self,
        organization_id: Uuid,
        run_id: Uuid,
        watch: &(dyn Fn(&str, &Value) + Send + Sync),
    ) -> anyhow::Result<NightResult> {
        let ctx = self.ctx(organization_id);
        if self
            .services
            .organizations()
            .is_shut(organization_id)
            .await?
        {
            // It waits in the book until the organization may work again.
            return Ok(NightResult::Stopped);
        }
        match self
            .services
            .nights()
            .claim(&ctx, run_id, &self.owner, self.now())
            .await?
        {
            Claim::Done(status) => return Ok(NightResult::AlreadyDone(status)),
            Claim::Busy => return Ok(NightResult::Busy),
            Claim::Taken => {}
        }
        let view = self.services.nights().get(&ctx, run_id).await?;
        let heart = Heart(tokio::spawn(beat(self.clone(), organization_id, run_id)).abort_handle());
        let result = self
            .walk(&ctx, run_id, view.business_date, watch)
            .instrument(tracing::info_span!(target: TARGET, "night"))
            .await;
        drop(heart);
        let (status, error) = match result {
            Ok(Walk::Stopped) => return Ok(NightResult::Stopped),
            Ok(Walk::Lost) => return Ok(NightResult::Busy),
            Ok(Walk::Through(status)) => (status, None),
            Err(error) => (JobStatus::Failed, Some(error)),
        };
        let text = error.as_ref().map(|e| format!("{e:#}"));
        let ctx = self.ctx(organization_id);
        let nights = self.services.nights();
        if !nights
            .finish(&ctx, run_id, &self.owner, status, text, self.now())
            .await?
        {
            return Ok(NightResult::Busy);
        }
        let Some(error) = error else {
            return Ok(NightResult::Finished(status));
        };
        tracing::error!(%organization_id, date = %view.business_date, error = format!("{error:#}"), "night failed");
        let alerts = NightAlerts {
            night_failed: Some(true),
            ..NightAlerts::default()
        };
        self.services
            .quality()
            .set_night_alerts(&ctx, view.business_date, alerts)
            .await?;
        Err(error)
    }

    fn ctx(&self, organization_id: Uuid) -> Ctx {
        Ctx::system(organization_id, "nightly", self.now())
    }

    async fn walk(
        &self,
        ctx: &Ctx,
        run_id: Uuid,
        date: NaiveDate,
        watch: &(dyn Fn(&str, &Value) + Send + Sync),
    ) -> anyhow::Result<Walk> {
        let mut night = Night::open(
            &self.services,
            ctx.clone(),
            run_id,
            date,
            self.training.then(|| self.train.clone()),
            self.stop.clone(),
        )
        .await?;
        night.keep_models = self.keep_models;
        night.models = self.models.clone();
        let mut worst = JobStatus::Succeeded;
        for (position, name) in STEPS.iter().enumerate() {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(Walk::Stopped);
            }
            if !self.still_ours(ctx.organization_id(), run_id).await? {
                return Ok(Walk::Lost);
            }
            night.ctx = self.ctx(ctx.organization_id());
            let input_hash = night.input_hash(name).await?;
            let outcome = match self
                .services
                .nights()
                .finished_step(&night.ctx, run_id, name, &input_hash)
                .await?
            {
                Some((status, detail)) if night.has_what_it_left(name, &detail) => {
                    watch(name, &json!({ "status": status, "resumed": true }));
                    StepOutcome { status, detail }
                }
                _ => match self
                    .step(&mut night, run_id, name, position, &input_hash, watch)
                    .await?
                {
                    ControlFlow::Continue(outcome) => outcome,
                    ControlFlow::Break(end) => return Ok(end),
                },
            };
            if outcome.status == JobStatus::Degraded {
                worst = JobStatus::Degraded;
            }
            night.remember(name, outcome);
            if self.stop_after == Some(name) {
                return Ok(Walk::Stopped);
            }
        }
        Ok(Walk::Through(worst))
    }

    /// Whether no other process has taken the run over; a sign of life at the same time.
    async fn still_ours(&self, organization_id: Uuid, run_id: Uuid) -> anyhow::Result<bool> {
        let nights = self.services.nights();
        let ctx = self.ctx(organization_id);
        let ours = nights.beat(&ctx, run_id, &self.owner, ctx.now).await?;
        if !ours {
            tracing::warn!(%run_id, "another process has taken this night over");
        }
        Ok(ours)
    }

    /// Does a step. One that is cut off because the process shuts down is left as a killed process would leave it.
    async fn step(
        &self,
        night: &mut Night<'_>,
        run_id: Uuid,
        name: &'static str,
        position: usize,
        input_hash: &str,
        watch: &(dyn Fn(&str, &Value) + Send + Sync),
    ) -> anyhow::Result<ControlFlow<Walk, StepOutcome>> {
        let nights = self.services.nights();
        let state = |status, detail| StepState {
            name,
            position: position as i32,
            status,
            input_hash,
            detail,
        };
        nights
            .write_step(
                &night.ctx,
                run_id,
                state(JobStatus::Running, json!({})),
                self.now(),
            )
            .await?;
        watch(name, &json!({ "status": JobStatus::Running }));
        let result = steps::run(name, night, &self.clock, watch)
            .instrument(tracing::info_span!(target: TARGET, "night_step", otel.name = name))
            .await;
        if !self.still_ours(night.ctx.organization_id(), run_id).await? {
            return Ok(ControlFlow::Break(Walk::Lost));
        }
        match result {
            Ok(outcome) => {
                nights
                    .write_step(
                        &night.ctx,
                        run_id,
                        state(outcome.status, outcome.detail.clone()),
                        self.now(),
                    )
                    .await?;
                watch(
                    name,
                    &json!({ "status": outcome.status, "detail": outcome.detail }),
                );
                Ok(ControlFlow::Continue(outcome))
            }
            Err(error) if self.stop.load(Ordering::Relaxed) => {
                tracing::info!(%run_id, step = name, error = format!("{error:#}"), "stopped within a step");
                Ok(ControlFlow::Break(Walk::Stopped))
            }
            Err(error) => {
                let detail = json!({ "error": format!("{error:#}") });
                nights
                    .write_step(
                        &night.ctx,
                        run_id,
                        state(JobStatus::Failed, detail.clone()),
                        self.now(),
                    )
                    .await?;
                watch(
                    name,
                    &json!({ "status": JobStatus::Failed, "detail": detail }),
                );
                Err(error).with_context(|| format!("step {name}"))
            }
        }
    }
}

async fn beat(runner: NightRunner, organization_id: Uuid, run_id: Uuid) {
    let mut ticks = tokio::time::interval(HEARTBEAT);
    loop {
        ticks.tick().await;
        let ctx = runner.ctx(organization_id);
        match runner
            .services
            .nights()
            .beat(&ctx, run_id, &runner.owner, ctx.now)
            .await
        {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(%error, "the night's sign of life could not be written"),
        }
    }
}
