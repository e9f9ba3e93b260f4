//! One night of one organization: steps in order, each a row, each skipped when it was done for the same input.

use super::steps::{self, Night};
use crate::clock::Clock;
use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use domain::JobStatus;
use forecast::TrainConfig;
use serde_json::{Value, json};
use services::nights::{Claim, StepState};
use services::quality::NightAlerts;
use services::{Ctx, Services};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// How often a run shows that its process lives.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Names of the steps in order. A step's position in this list is its position in the book.
pub const STEPS: [&str; 11] = [
    "quality_gate",
    "data_version",
    "train",
    "backtest",
    "promote",
    "forecast",
    "suggestions",
    "score",
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
    /// It had been done before.
    AlreadyDone,
    /// Another living process works on this organization.
    Busy,
    /// Stopped between two steps, because the process shuts down or a drill asked for it; resumes where it stopped.
    Stopped,
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
        match self
            .services
            .nights()
            .claim(&ctx, run_id, &self.owner, self.now())
            .await?
        {
            Claim::Done => return Ok(NightResult::AlreadyDone),
            Claim::Busy => return Ok(NightResult::Busy),
            Claim::Taken => {}
        }
        let view = self.services.nights().get(&ctx, run_id).await?;
        let lost = Arc::new(AtomicBool::new(false));
        let heart = tokio::spawn(beat(self.clone(), run_id, lost.clone()));
        let result = self
            .work(&ctx, run_id, view.business_date, &lost, watch)
            .await;
        heart.abort();
        match result {
            Ok(Some(status)) => {
                self.services
                    .nights()
                    .finish(
                        &self.ctx(organization_id),
                        run_id,
                        &self.owner,
                        status,
                        None,
                        self.now(),
                    )
                    .await?;
                Ok(NightResult::Finished(status))
            }
            Ok(None) => Ok(NightResult::Stopped),
            Err(error) => {
                tracing::error!(%organization_id, date = %view.business_date, error = format!("{error:#}"), "night failed");
                let ctx = self.ctx(organization_id);
                let text = Some(format!("{error:#}"));
                self.services
                    .nights()
                    .finish(
                        &ctx,
                        run_id,
                        &self.owner,
                        JobStatus::Failed,
                        text,
                        self.now(),
                    )
                    .await?;
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
        }
    }

    fn ctx(&self, organization_id: Uuid) -> Ctx {
        Ctx::system(organization_id, "nightly", self.now())
    }

    async fn work(
        &self,
        ctx: &Ctx,
        run_id: Uuid,
        date: NaiveDate,
        lost: &Arc<AtomicBool>,
        watch: &(dyn Fn(&str, &Value) + Send + Sync),
    ) -> anyhow::Result<Option<JobStatus>> {
        let mut night = Night::open(
            &self.services,
            ctx.clone(),
            run_id,
            date,
            self.training.then(|| self.train.clone()),
            self.stop.clone(),
        )
        .await?;
        let mut worst = JobStatus::Succeeded;
        for (position, name) in STEPS.iter().enumerate() {
            anyhow::ensure!(
                !lost.load(Ordering::Relaxed),
                "another process took this night over"
            );
            if self.stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            night.ctx = self.ctx(ctx.organization_id());
            let input_hash = night.input_hash(name).await?;
            let outcome = match self
                .services
                .nights()
                .finished_step(run_id, name, &input_hash)
                .await?
            {
                Some((status, detail)) => {
                    watch(name, &json!({ "status": status, "resumed": true }));
                    StepOutcome { status, detail }
                }
                None => {
                    self.step(&mut night, run_id, name, position, &input_hash, watch)
                        .await?
                }
            };
            if outcome.status == JobStatus::Degraded {
                worst = JobStatus::Degraded;
            }
            night.remember(name, outcome);
            if self.stop_after == Some(name) {
                return Ok(None);
            }
        }
        Ok(Some(worst))
    }

    async fn step(
        &self,
        night: &mut Night<'_>,
        run_id: Uuid,
        name: &'static str,
        position: usize,
        input_hash: &str,
        watch: &(dyn Fn(&str, &Value) + Send + Sync),
    ) -> anyhow::Result<StepOutcome> {
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
        match steps::run(name, night, &self.clock, watch).await {
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
                Ok(outcome)
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

async fn beat(runner: NightRunner, run_id: Uuid, lost: Arc<AtomicBool>) {
    let mut ticks = tokio::time::interval(HEARTBEAT);
    loop {
        ticks.tick().await;
        match runner
            .services
            .nights()
            .beat(run_id, &runner.owner, runner.now())
            .await
        {
            Ok(true) => {}
            Ok(false) => {
                lost.store(true, Ordering::Relaxed);
                return;
            }
            Err(error) => tracing::warn!(%error, "the night's sign of life could not be written"),
        }
    }
}
