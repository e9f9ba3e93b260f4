//! Model versions and the history of who served, as people and programs see them.

use super::Models;
use crate::store::{models as rows, shelves};
use crate::{Ctx, ServiceError, ServiceResult};
use contract::models::{
    AliasChangeView, FeatureImportanceView, ModelVersionDetail, ModelVersionView,
};
use domain::{ModelAlias, Permission};
use entity::{model_alias, model_version};
use serde_json::Value;
use uuid::Uuid;

/// How the importance of groups of inputs is measured (`forecast::importance`).
const IMPORTANCE_METHOD: &str = "permutation: rise of the quantile loss on held-out windows when a group of inputs is shuffled between \
    them, mean and standard deviation of three shufflings";

/// Longest list.
const MOST: u64 = 100;

impl Models<'_> {
    /// Versions, newest first, at most 100.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `models.read`.
    pub async fn list(&self, ctx: &Ctx) -> ServiceResult<Vec<ModelVersionView>> {
        ctx.require(Permission::ModelsRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let aliases = rows::list_aliases(db, ctx.organization_id()).await?;
        let versions = rows::list(db, ctx.organization_id(), MOST).await?;
        Ok(versions.into_iter().map(|v| view(v, &aliases)).collect())
    }

    /// Everything that is kept of a version.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `models.read`, [`ServiceError::NotFound`].
    pub async fn get(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<ModelVersionDetail> {
        ctx.require(Permission::ModelsRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let aliases = rows::list_aliases(db, ctx.organization_id()).await?;
        let mut row = rows::find(db, ctx.organization_id(), id)
            .await?
            .ok_or(ServiceError::NotFound("model version"))?;
        Ok(ModelVersionDetail {
            schema_hash: std::mem::take(&mut row.schema_hash),
            data_version: std::mem::take(&mut row.data_version),
            code_version: std::mem::take(&mut row.code_version),
            seed: row.seed,
            manifest: row.manifest.take(),
            report: row.report.take().unwrap_or(Value::Null),
            version: view(row, &aliases),
        })
    }

    /// What the champion listens to, as it was measured on the days it was judged on.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `models.read`.
    pub async fn feature_importance(&self, ctx: &Ctx) -> ServiceResult<FeatureImportanceView> {
        ctx.require(Permission::ModelsRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let aliases = rows::list_aliases(db, ctx.organization_id()).await?;
        let champion = aliases.iter().find(|a| a.alias == ModelAlias::Champion);
        let row = match champion {
            Some(alias) => rows::find(db, ctx.organization_id(), alias.model_version_id).await?,
            None => None,
        };
        let groups = row
            .as_ref()
            .and_then(|row| row.report.as_ref())
            .map(|report| report["importance"].clone())
            .filter(|importance| !importance.is_null())
            .map(serde_json::from_value)
            .transpose()
            .map_err(|e| ServiceError::Internal(e.to_string()))?;
        Ok(FeatureImportanceView {
            version: row.map(|row| view(row, &aliases)),
            groups: groups.unwrap_or_default(),
            method: IMPORTANCE_METHOD.to_owned(),
        })
    }

    /// Who served when and why, newest first, at most 100 entries.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `models.read`.
    pub async fn history(&self, ctx: &Ctx) -> ServiceResult<Vec<AliasChangeView>> {
        ctx.require(Permission::ModelsRead)?;
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let history = rows::list_history(db, ctx.organization_id(), None, MOST).await?;
        let versions = history.iter();
        let versions = versions.flat_map(|h| [h.from_version_id, h.to_version_id]);
        let versions: Vec<Uuid> = versions.flatten().collect();
        let numbers = rows::list_numbers(db, ctx.organization_id(), &versions).await?;
        let people = history.iter().filter_map(|h| h.actor_id).collect();
        let people = shelves::list_people(db, ctx.organization_id(), people).await?;
        let number = |id: Option<Uuid>| id.and_then(|id| numbers.get(&id).copied());
        Ok(history
            .into_iter()
            .map(|h| AliasChangeView {
                alias: h.alias,
                kind: h.kind,
                from_number: number(h.from_version_id),
                to_number: number(h.to_version_id),
                reason: h.reason,
                actor_name: h.actor_id.and_then(|id| people.get(&id).cloned()),
                at: h.at,
            })
            .collect())
    }

    /// One version, after a change of it.
    pub(super) async fn view(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<ModelVersionView> {
        let db = &self.services.db().of(ctx.organization_id());
        let aliases = rows::list_aliases(db, ctx.organization_id()).await?;
        let row = rows::find(db, ctx.organization_id(), id)
            .await?
            .ok_or(ServiceError::NotFound("model version"))?;
        Ok(view(row, &aliases))
    }
}

fn view(v: model_version::Model, aliases: &[model_alias::Model]) -> ModelVersionView {
    let named = aliases.iter().filter(|a| a.model_version_id == v.id);
    ModelVersionView {
        // A version can have both names; who serves matters more.
        alias: named
            .map(|a| a.alias)
            .min_by_key(|a| *a != ModelAlias::Champion),
        id: v.id,
        number: v.number,
        family: v.family,
        trained_on: v.trained_on,
        created_at: v.created_at,
        passed_gate: v.passed_gate,
        reason: v.reason,
        metrics: v.metrics,
        baseline_metrics: v.baseline_metrics,
        parameter_count: v.parameter_count,
        duration_ms: v.duration_ms,
        artifact_removed_at: v.artifact_removed_at,
    }
}
