//! The registry of model versions: what was trained, on what, how good it was, and which one serves.

use crate::audit::{self, Change};
use crate::store::models as rows;
use crate::{Ctx, ServiceError, ServiceResult, Services, live};
use chrono::NaiveDate;
use contract::nights::ModelVersionView;
use domain::{ModelAlias, Permission};
use entity::{model_alias_history, model_version};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;
use uuid::Uuid;

/// A trained model about to be registered.
#[derive(Clone, Debug)]
pub struct NewModelVersion {
    pub family: String,
    /// Folder of the artifact below the data folder; the same folder is registered once.
    pub artifact_path: String,
    pub manifest: Value,
    pub schema_hash: String,
    pub data_version: String,
    pub code_version: String,
    pub seed: i64,
    pub trained_on: NaiveDate,
    pub metrics: Value,
    pub baseline_metrics: Value,
    pub passed_gate: bool,
    pub parameter_count: i64,
    pub duration_ms: i64,
}

/// The version that serves.
#[derive(Clone, Debug, PartialEq)]
pub struct ServingModel {
    pub id: Uuid,
    pub number: i32,
    /// Folder of the artifact.
    pub artifact_dir: PathBuf,
    pub metrics: Value,
}

/// Model versions.
#[derive(Debug)]
pub struct Models<'a> {
    services: &'a Services,
}

impl Services {
    /// Model versions of an organization.
    #[must_use]
    pub fn models(&self) -> Models<'_> {
        Models { services: self }
    }
}

impl Models<'_> {
    /// Registers a version; the same artifact twice is the same version.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `jobs.run`.
    pub async fn register(&self, ctx: &Ctx, new: NewModelVersion) -> ServiceResult<Uuid> {
        ctx.require(Permission::JobsRun)?;
        self.services
            .db()
            .retry(|| self.register_once(ctx, new.clone()))
            .await
    }

    async fn register_once(&self, ctx: &Ctx, new: NewModelVersion) -> ServiceResult<Uuid> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin().await?;
        if let Some(known) = rows::find_by_path(&*tx, organization_id, &new.artifact_path).await? {
            return Ok(known.id);
        }
        let id = Uuid::now_v7();
        let number = rows::next_number(&*tx, organization_id).await?;
        let summary = json!({ "number": number, "trained_on": new.trained_on, "data_version": new.data_version, "passed_gate": new.passed_gate });
        rows::insert(
            &*tx,
            model_version::Model {
                id,
                organization_id,
                number,
                family: new.family,
                artifact_path: new.artifact_path,
                manifest: new.manifest,
                schema_hash: new.schema_hash,
                data_version: new.data_version,
                code_version: new.code_version,
                seed: new.seed,
                trained_on: new.trained_on,
                metrics: new.metrics,
                baseline_metrics: new.baseline_metrics,
                passed_gate: new.passed_gate,
                parameter_count: new.parameter_count,
                duration_ms: new.duration_ms,
                created_at: ctx.now,
            },
        )
        .await?;
        audit::record(
            &*tx,
            ctx,
            Change {
                action: "models.register",
                subject_kind: "model_version",
                subject_id: id,
                before: None,
                after: Some(summary),
            },
        )
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Points `champion` (or `challenger`) at a version and writes down who did it and why. A version that has not
    /// passed the gate never becomes champion.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], [`ServiceError::Rule`] `model.gate` for a version that did not pass.
    pub async fn point(
        &self,
        ctx: &Ctx,
        alias: ModelAlias,
        version_id: Uuid,
        reason: &str,
    ) -> ServiceResult<()> {
        ctx.require(Permission::JobsRun)?;
        self.services
            .db()
            .retry(|| self.point_once(ctx, alias, version_id, reason))
            .await
    }

    async fn point_once(
        &self,
        ctx: &Ctx,
        alias: ModelAlias,
        version_id: Uuid,
        reason: &str,
    ) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin().await?;
        let version = rows::find(&*tx, organization_id, version_id)
            .await?
            .ok_or(ServiceError::NotFound("model version"))?;
        if alias == ModelAlias::Champion && !version.passed_gate {
            return Err(ServiceError::rule(
                "model.gate",
                "This version did not beat the seasonal baseline, so it cannot serve.",
            ));
        }
        let before = rows::list_aliases(&*tx, organization_id)
            .await?
            .into_iter()
            .find(|a| a.alias == alias)
            .map(|a| a.model_version_id);
        if before == Some(version_id) {
            return Ok(());
        }
        rows::upsert_alias(&*tx, organization_id, alias, version_id, ctx.now).await?;
        rows::insert_history(
            &*tx,
            model_alias_history::Model {
                id: Uuid::now_v7(),
                organization_id,
                alias,
                from_version_id: before,
                to_version_id: Some(version_id),
                reason: reason.to_owned(),
                actor_id: ctx.actor.user_id,
                at: ctx.now,
            },
        )
        .await?;
        live::emit(
            &*tx,
            organization_id,
            ctx.now,
            None,
            "models",
            Some(version_id),
            json!({ "alias": alias }),
        )
        .await?;
        audit::record(
            &*tx,
            ctx,
            Change {
                action: "models.promote",
                subject_kind: "model_version",
                subject_id: version_id,
                before: Some(json!({ "alias": alias, "version": before })),
                after: Some(json!({ "alias": alias, "version": version_id, "reason": reason })),
            },
        )
        .await?;
        tx.commit().await
    }

    /// The version that serves under a name.
    ///
    /// # Errors
    /// The database's.
    pub async fn serving(
        &self,
        ctx: &Ctx,
        alias: ModelAlias,
    ) -> ServiceResult<Option<ServingModel>> {
        let db = self.services.db().connection();
        let aliases = rows::list_aliases(db, ctx.organization_id()).await?;
        let Some(pointer) = aliases.into_iter().find(|a| a.alias == alias) else {
            return Ok(None);
        };
        let version = rows::find(db, ctx.organization_id(), pointer.model_version_id).await?;
        Ok(version.map(|v| ServingModel {
            id: v.id,
            number: v.number,
            artifact_dir: self.services.data_dir().join(&v.artifact_path),
            metrics: v.metrics,
        }))
    }

    /// Versions, newest first, at most 100.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `models.read`.
    pub async fn list(&self, ctx: &Ctx) -> ServiceResult<Vec<ModelVersionView>> {
        ctx.require(Permission::ModelsRead)?;
        let db = self.services.db().connection();
        let aliases: HashMap<Uuid, ModelAlias> = rows::list_aliases(db, ctx.organization_id())
            .await?
            .into_iter()
            .map(|a| (a.model_version_id, a.alias))
            .collect();
        Ok(rows::list(db, ctx.organization_id(), 100)
            .await?
            .into_iter()
            .map(|v| ModelVersionView {
                alias: aliases.get(&v.id).copied(),
                id: v.id,
                number: v.number,
                family: v.family,
                trained_on: v.trained_on,
                created_at: v.created_at,
                passed_gate: v.passed_gate,
                metrics: v.metrics,
                baseline_metrics: v.baseline_metrics,
                parameter_count: v.parameter_count,
                duration_ms: v.duration_ms,
            })
            .collect())
    }
}
