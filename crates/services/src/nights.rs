//! The book of nightly runs: who works on which night, how far it is, what each step found.
//!
//! The book decides; the queue only wakes a worker. A run is taken by one living process at a time, its steps are
//! rows, and a finished step is never done again for the same input.

use crate::audit::{self, Change};
use crate::store::jobs as rows;
use crate::{Ctx, ServiceError, ServiceResult, Services, live, receipts};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use contract::nights::{NightView, StartNight};
use domain::{JobKind, JobStatus, JobTrigger, Permission};
use entity::{job_run, job_step};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

/// A process that gave no sign of life for so long is taken for dead.
pub const DEAD_AFTER: TimeDelta = TimeDelta::seconds(60);

/// What became of an attempt to take a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This process works on it now.
    Taken,
    /// A living process has it, or another night of the organization is running.
    Busy,
    /// It is over. A failed one stays so until somebody asks for it again: a late call must not repeat it.
    Done(JobStatus),
}

/// Nightly runs.
#[derive(Debug)]
pub struct Nights<'a> {
    pub(crate) services: &'a Services,
}

impl Services {
    /// Nightly runs of an organization.
    #[must_use]
    pub fn nights(&self) -> Nights<'_> {
        Nights { services: self }
    }
}

impl Nights<'_> {
    /// Puts a night into the book, or returns it when it is there: one night a business date. A failed night is
    /// queued again; a finished one is queued again only when `again` is set, and then starts from its first step.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `jobs.run`; [`ServiceError::Invalid`] for a day that is not over.
    pub async fn enqueue(
        &self,
        ctx: &Ctx,
        business_date: NaiveDate,
        trigger: JobTrigger,
        again: bool,
    ) -> ServiceResult<(Uuid, JobStatus)> {
        ctx.require(Permission::JobsRun)?;
        self.services
            .db()
            .retry(|| self.enqueue_once(ctx, business_date, trigger, again))
            .await
    }

    async fn enqueue_once(
        &self,
        ctx: &Ctx,
        business_date: NaiveDate,
        trigger: JobTrigger,
        again: bool,
    ) -> ServiceResult<(Uuid, JobStatus)> {
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let put = put(&*tx, ctx, business_date, trigger, again).await?;
        tx.commit().await?;
        Ok(put)
    }

    /// Puts a night into the book at a person's word; the same command twice starts it once.
    ///
    /// # Errors
    /// As [`Nights::enqueue`].
    pub async fn start(&self, ctx: &Ctx, command: &StartNight) -> ServiceResult<NightView> {
        ctx.require(Permission::JobsRun)?;
        let zone = rows::get_time_zone(
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
        )
        .await?;
        let zone = crate::clock::zone(&zone)?;
        let yesterday = ctx.today_in(zone).pred_opt().unwrap_or_default();
        let date = command.business_date.unwrap_or(yesterday);
        if date > ctx.today_in(zone) {
            return Err(ServiceError::field(
                "business_date",
                "in_the_future",
                "This day has not begun yet.",
            ));
        }
        let db = self.services.db();
        let id = db.retry(|| self.start_once(ctx, command, date)).await?;
        self.get(ctx, id).await
    }

    async fn start_once(
        &self,
        ctx: &Ctx,
        command: &StartNight,
        date: NaiveDate,
    ) -> ServiceResult<Uuid> {
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        // A command that came to two servers at once waits for itself here.
        rows::lock_claims(&*tx, ctx.organization_id()).await?;
        let known = receipts::find(&*tx, ctx, command.command_id, "nights.start", command).await?;
        if let Some(id) = known {
            return Ok(id);
        }
        let (id, _) = put(&*tx, ctx, date, JobTrigger::Button, true).await?;
        receipts::insert(&*tx, ctx, command.command_id, "nights.start", command, &id).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Takes a run for this process. Single-flight: one living run an organization.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for a run of somebody else.
    pub async fn claim(
        &self,
        ctx: &Ctx,
        run_id: Uuid,
        owner: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<Claim> {
        ctx.require(Permission::JobsRun)?;
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        // Two processes that take two nights of one organization at the same moment must see each other.
        rows::lock_claims(&*tx, ctx.organization_id()).await?;
        let run = rows::find_run_by_id(&*tx, ctx.organization_id(), run_id)
            .await?
            .ok_or(ServiceError::NotFound("job run"))?;
        if !matches!(run.status, JobStatus::Queued | JobStatus::Running) {
            return Ok(Claim::Done(run.status));
        }
        let dead_before = now - DEAD_AFTER;
        if rows::other_is_alive(&*tx, ctx.organization_id(), run_id, dead_before).await?
            || !rows::claim_run(&*tx, ctx.organization_id(), run_id, owner, now, dead_before)
                .await?
        {
            return Ok(Claim::Busy);
        }
        live::emit(
            &*tx,
            ctx.organization_id(),
            now,
            None,
            "jobs",
            Some(run_id),
            json!({ "status": JobStatus::Running }),
        )
        .await?;
        tx.commit().await?;
        Ok(Claim::Taken)
    }

    /// Whether a night is in the book.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_known(&self, ctx: &Ctx, business_date: NaiveDate) -> ServiceResult<bool> {
        let db = &self.services.db().of(ctx.organization_id());
        Ok(
            rows::find_run(db, ctx.organization_id(), JobKind::Nightly, business_date)
                .await?
                .is_some(),
        )
    }

    /// Runs that wait for a worker: queued, or running without a sign of life. None while another one lives.
    ///
    /// # Errors
    /// The database's.
    pub async fn waiting(&self, ctx: &Ctx, now: DateTime<Utc>) -> ServiceResult<Vec<Uuid>> {
        rows::list_waiting(
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
            now - DEAD_AFTER,
        )
        .await
    }

    /// A sign of life; `false` tells the caller to stop, because the run is no longer its own.
    ///
    /// # Errors
    /// The database's.
    pub async fn beat(
        &self,
        ctx: &Ctx,
        run_id: Uuid,
        owner: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<bool> {
        let db = &self.services.db().of(ctx.organization_id());
        rows::beat(db, ctx.organization_id(), run_id, owner, now).await
    }

    /// The detail of a step that was finished for the same input, so that it need not run again.
    ///
    /// # Errors
    /// The database's.
    pub async fn finished_step(
        &self,
        ctx: &Ctx,
        run_id: Uuid,
        name: &str,
        input_hash: &str,
    ) -> ServiceResult<Option<(JobStatus, Value)>> {
        let db = &self.services.db().of(ctx.organization_id());
        let step = rows::find_step(db, ctx.organization_id(), run_id, name).await?;
        Ok(step
            .filter(|s| {
                matches!(
                    s.status,
                    JobStatus::Succeeded | JobStatus::Degraded | JobStatus::Skipped
                )
            })
            .filter(|s| s.input_hash.as_deref() == Some(input_hash))
            .map(|s| (s.status, s.detail)))
    }

    /// Writes a step as it stands: begun, or finished with what it found.
    ///
    /// # Errors
    /// The database's.
    pub async fn write_step(
        &self,
        ctx: &Ctx,
        run_id: Uuid,
        step: StepState<'_>,
        now: DateTime<Utc>,
    ) -> ServiceResult<()> {
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let known = rows::find_step(&*tx, ctx.organization_id(), run_id, step.name).await?;
        let begun = step.status == JobStatus::Running;
        rows::upsert_step(
            &*tx,
            job_step::Model {
                run_id,
                name: step.name.to_owned(),
                organization_id: ctx.organization_id(),
                position: step.position,
                status: step.status,
                attempts: known.as_ref().map_or(0, |k| k.attempts) + i32::from(begun),
                input_hash: Some(step.input_hash.to_owned()),
                detail: step.detail.clone(),
                started_at: if begun {
                    Some(now)
                } else {
                    known.and_then(|k| k.started_at)
                },
                finished_at: if begun { None } else { Some(now) },
            },
        )
        .await?;
        let detail = json!({ "step": step.name, "status": step.status });
        live::emit(
            &*tx,
            ctx.organization_id(),
            now,
            None,
            "jobs",
            Some(run_id),
            detail,
        )
        .await?;
        tx.commit().await
    }

    /// Shows how far a running step is (`done`, `total`, `remaining_seconds`, anything else worth seeing).
    ///
    /// # Errors
    /// The database's.
    pub async fn progress(
        &self,
        ctx: &Ctx,
        run_id: Uuid,
        name: &str,
        detail: Value,
        now: DateTime<Utc>,
    ) -> ServiceResult<()> {
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        rows::update_step_detail(&*tx, ctx.organization_id(), run_id, name, detail.clone()).await?;
        live::emit(
            &*tx,
            ctx.organization_id(),
            now,
            None,
            "jobs",
            Some(run_id),
            json!({ "step": name, "progress": detail }),
        )
        .await?;
        tx.commit().await
    }

    /// Ends a run; `false` when another process has taken it over, and nothing was written.
    ///
    /// # Errors
    /// The database's.
    pub async fn finish(
        &self,
        ctx: &Ctx,
        run_id: Uuid,
        owner: &str,
        status: JobStatus,
        error: Option<String>,
        now: DateTime<Utc>,
    ) -> ServiceResult<bool> {
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let ours = rows::set_status(
            &*tx,
            ctx.organization_id(),
            run_id,
            Some(owner),
            status,
            Some(now),
            error.clone(),
        )
        .await?;
        if ours {
            live::emit(
                &*tx,
                ctx.organization_id(),
                now,
                None,
                "jobs",
                Some(run_id),
                json!({ "status": status }),
            )
            .await?;
            audit::record(
                &*tx,
                ctx,
                Change {
                    action: "jobs.finish",
                    subject_kind: "job_run",
                    subject_id: run_id,
                    before: None,
                    after: Some(json!({ "status": status, "error": error })),
                },
            )
            .await?;
        }
        tx.commit().await?;
        Ok(ours)
    }
}

/// A step as it is to be written.
#[derive(Clone, Debug)]
pub struct StepState<'a> {
    pub name: &'a str,
    pub position: i32,
    pub status: JobStatus,
    /// Hash of what the step read: the same hash means the result still holds.
    pub input_hash: &'a str,
    pub detail: Value,
}

/// Puts a night into the book in the caller's transaction, or finds it there.
async fn put(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    business_date: NaiveDate,
    trigger: JobTrigger,
    again: bool,
) -> ServiceResult<(Uuid, JobStatus)> {
    let organization_id = ctx.organization_id();
    // Who claims a run, and whoever else asks for one, waits: what is found here is so until it is written.
    rows::lock_claims(db, organization_id).await?;
    let found = rows::find_run(db, organization_id, JobKind::Nightly, business_date).await?;
    let (id, status) = match found {
        Some(run) => {
            let finished = matches!(run.status, JobStatus::Succeeded | JobStatus::Degraded);
            if run.status != JobStatus::Failed && !(finished && again) {
                return Ok((run.id, run.status));
            }
            if finished {
                rows::delete_steps(db, organization_id, run.id).await?;
            }
            let queued = JobStatus::Queued;
            rows::set_status(db, organization_id, run.id, None, queued, None, None).await?;
            (run.id, queued)
        }
        None => {
            let id = Uuid::now_v7();
            rows::insert_run(
                db,
                job_run::Model {
                    id,
                    organization_id,
                    kind: JobKind::Nightly,
                    business_date,
                    status: JobStatus::Queued,
                    trigger,
                    requested_by: ctx.actor.user_id,
                    owner: None,
                    heartbeat_at: None,
                    started_at: None,
                    finished_at: None,
                    error: None,
                    created_at: ctx.now,
                },
            )
            .await?;
            (id, JobStatus::Queued)
        }
    };
    live::emit(
        db,
        organization_id,
        ctx.now,
        None,
        "jobs",
        Some(id),
        json!({ "status": status }),
    )
    .await?;
    audit::record(
        db,
        ctx,
        Change {
            action: "jobs.enqueue",
            subject_kind: "job_run",
            subject_id: id,
            before: None,
            after: Some(
                json!({ "business_date": business_date, "trigger": trigger, "again": again }),
            ),
        },
    )
    .await?;
    Ok((id, status))
}
