//! The registry of model versions: what was trained, on what, how good it was, and which one serves.

mod clearing;
mod promoting;
mod reading;
mod searching;

pub use clearing::ClearedArtifact;
pub use promoting::Promotion;
pub use searching::NewModelSearch;

use crate::audit::{self, Change};
use crate::store::models as rows;
use crate::{Ctx, ServiceResult, Services};
use chrono::NaiveDate;
use domain::{ModelAlias, Permission};
use entity::model_version;
use serde_json::{Value, json};
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
    /// Everything the backtest found, by window, store and horizon; `None` where nothing was judged.
    pub report: Option<Value>,
    pub passed_gate: bool,
    /// Why it passed or did not.
    pub reason: String,
    pub parameter_count: i64,
    pub duration_ms: i64,
}

/// The version that serves.
#[derive(Clone, Debug, PartialEq)]
pub struct ServingModel {
    pub id: Uuid,
    pub number: i32,
    /// Folder of the artifact below the data folder.
    pub artifact_path: String,
    /// The same, where it is.
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
    /// Registers a version, whether the gate let it pass or not; the same artifact twice is the same version.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`.
    pub async fn register(&self, ctx: &Ctx, new: NewModelVersion) -> ServiceResult<Uuid> {
        ctx.require(Permission::JobsRun)?;
        self.services
            .db()
            .retry(|| self.register_once(ctx, new.clone()))
            .await
    }

    async fn register_once(&self, ctx: &Ctx, new: NewModelVersion) -> ServiceResult<Uuid> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
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
                report: new.report,
                passed_gate: new.passed_gate,
                reason: new.reason,
                parameter_count: new.parameter_count,
                duration_ms: new.duration_ms,
                artifact_removed_at: None,
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

    /// The version that serves under a name.
    ///
    /// # Errors
    /// The database's.
    pub async fn serving(
        &self,
        ctx: &Ctx,
        alias: ModelAlias,
    ) -> ServiceResult<Option<ServingModel>> {
        let db = &self.services.db().of(ctx.organization_id());
        let aliases = rows::list_aliases(db, ctx.organization_id()).await?;
        let Some(pointer) = aliases.into_iter().find(|a| a.alias == alias) else {
            return Ok(None);
        };
        let version = rows::find(db, ctx.organization_id(), pointer.model_version_id).await?;
        Ok(version.map(|v| ServingModel {
            id: v.id,
            number: v.number,
            artifact_dir: self.services.data_dir().join(&v.artifact_path),
            artifact_path: v.artifact_path,
            metrics: v.metrics,
        }))
    }
}
