//! Nights as the screens show them.

use crate::nights::Nights;
use crate::organizations::OrganizationView;
use crate::pages::{cut, limit_of, part};
use crate::store::{jobs as rows, organizations};
use crate::{Ctx, ServiceError, ServiceResult};
use chrono::{DateTime, NaiveDate, Utc};
use contract::Page;
use contract::nights::{NightStepView, NightView};
use domain::{JobStatus, Permission};
use entity::job_run;
use std::collections::HashMap;
use uuid::Uuid;

impl Nights<'_> {
    /// Nights, newest first, with their steps.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `jobs.read`.
    pub async fn list(
        &self,
        ctx: &Ctx,
        before: Option<NaiveDate>,
        limit: u64,
    ) -> ServiceResult<Vec<NightView>> {
        ctx.require(Permission::JobsRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let runs = rows::list_runs(db, ctx.organization_id(), before, limit.min(100)).await?;
        self.with_steps(ctx, runs).await
    }

    /// Nights page by page, newest first, with their steps.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `jobs.read`; [`ServiceError::Invalid`] for an unreadable cursor.
    pub async fn page(
        &self,
        ctx: &Ctx,
        after: Option<&str>,
        limit: Option<u32>,
    ) -> ServiceResult<Page<NightView>> {
        ctx.require(Permission::JobsRead)?;
        let before = after.map(part::<NaiveDate>).transpose()?;
        let limit = limit_of(limit);
        let db = self.services.db().of(ctx.organization_id());
        let runs = rows::list_runs(&*db, ctx.organization_id(), before, limit as u64 + 1).await?;
        let (runs, next) = cut(runs, limit, |run| run.business_date.to_string());
        let items = self.with_steps(ctx, runs).await?;
        Ok(Page { items, next })
    }

    /// One night with its steps.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for a run of another organization.
    pub async fn get(&self, ctx: &Ctx, run_id: Uuid) -> ServiceResult<NightView> {
        ctx.require(Permission::JobsRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let run = rows::find_run_by_id(db, ctx.organization_id(), run_id)
            .await?
            .ok_or(ServiceError::NotFound("job run"))?;
        self.with_steps(ctx, vec![run])
            .await?
            .pop()
            .ok_or(ServiceError::NotFound("job run"))
    }

    async fn with_steps(
        &self,
        ctx: &Ctx,
        runs: Vec<job_run::Model>,
    ) -> ServiceResult<Vec<NightView>> {
        let ids: Vec<Uuid> = runs.iter().map(|r| r.id).collect();
        let mut steps: HashMap<Uuid, Vec<NightStepView>> = HashMap::new();
        for step in rows::list_steps(
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
            &ids,
        )
        .await?
        {
            steps.entry(step.run_id).or_default().push(NightStepView {
                name: step.name,
                position: step.position,
                status: step.status,
                attempts: step.attempts,
                started_at: step.started_at,
                finished_at: step.finished_at,
                detail: step.detail,
            });
        }
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let db = self.services.db().of(ctx.organization_id());
        let organization =
            OrganizationView::from(organizations::get(&*db, ctx.organization_id()).await?);
        Ok(runs
            .into_iter()
            .map(|r| NightView {
                late: there_at(&r, ctx.now) > organization.deadline_of(r.business_date),
                steps: steps.remove(&r.id).unwrap_or_default(),
                id: r.id,
                business_date: r.business_date,
                status: r.status,
                trigger: r.trigger,
                started_at: r.started_at,
                finished_at: r.finished_at,
                error: r.error,
            })
            .collect())
    }
}

/// When forecasts were there; a night that left none is late from its deadline on.
fn there_at(run: &job_run::Model, now: DateTime<Utc>) -> DateTime<Utc> {
    run.finished_at
        .filter(|_| matches!(run.status, JobStatus::Succeeded | JobStatus::Degraded))
        .unwrap_or(now)
}
