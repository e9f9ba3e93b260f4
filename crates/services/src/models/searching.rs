//! Searches for settings: what was tried, and with what nights train.

use super::Models;
use super::promoting::check_reason;
use crate::audit::{self, Change};
use crate::store::searches as rows;
use crate::{Ctx, ServiceResult};
use contract::models::ModelSearchView;
use domain::Permission;
use entity::model_search;
use serde_json::{Value, json};
use uuid::Uuid;

/// Longest list.
const MOST: u64 = 100;

/// A search that is over, or a return to the usual settings.
#[derive(Clone, Debug)]
pub struct NewModelSearch {
    /// Settings with which nights train from now on; `None` = those from before stay, `{}` = the usual ones again.
    pub chosen: Option<Value>,
    /// Why, for people.
    pub reason: String,
    /// Every trial with its results.
    pub outcome: Value,
    pub data_version: String,
    pub code_version: String,
    pub seed: i64,
    pub duration_ms: i64,
}

impl Models<'_> {
    /// Records a search.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`, [`crate::ServiceError::Invalid`] without a reason or with one that is
    /// too long.
    pub async fn record_search(&self, ctx: &Ctx, new: NewModelSearch) -> ServiceResult<Uuid> {
        ctx.require(Permission::JobsRun)?;
        check_reason(&new.reason)?;
        self.services
            .db()
            .retry(|| self.record_search_once(ctx, new.clone()))
            .await
    }

    async fn record_search_once(&self, ctx: &Ctx, new: NewModelSearch) -> ServiceResult<Uuid> {
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let id = Uuid::now_v7();
        let summary = json!({ "chosen": new.chosen, "reason": new.reason });
        rows::insert(
            &*tx,
            model_search::Model {
                id,
                organization_id: ctx.organization_id(),
                chosen: new.chosen,
                reason: new.reason,
                outcome: new.outcome,
                data_version: new.data_version,
                code_version: new.code_version,
                seed: new.seed,
                duration_ms: new.duration_ms,
                created_at: ctx.now,
            },
        )
        .await?;
        audit::record(
            &*tx,
            ctx,
            Change {
                action: "models.search",
                subject_kind: "model_search",
                subject_id: id,
                before: None,
                after: Some(summary),
            },
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Settings with which nights train: those that were chosen last; `None`, or nothing in them = the usual ones.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`.
    pub async fn settings(&self, ctx: &Ctx) -> ServiceResult<Option<Value>> {
        ctx.require(Permission::JobsRun)?;
        let db = &self.services.db().of(ctx.organization_id());
        let last = rows::last_choice(db, ctx.organization_id()).await?;
        Ok(last.and_then(|search| search.chosen))
    }

    /// Searches, newest first, at most 100.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `models.read`.
    pub async fn searches(&self, ctx: &Ctx) -> ServiceResult<Vec<ModelSearchView>> {
        ctx.require(Permission::ModelsRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let searches = rows::list(db, ctx.organization_id(), MOST).await?;
        Ok(searches
            .into_iter()
            .map(|s| ModelSearchView {
                id: s.id,
                chosen: s.chosen.unwrap_or(Value::Null),
                reason: s.reason,
                outcome: s.outcome,
                data_version: s.data_version,
                code_version: s.code_version,
                seed: s.seed,
                duration_ms: s.duration_ms,
                at: s.created_at,
            })
            .collect())
    }
}
