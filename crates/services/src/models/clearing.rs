//! Which artifacts may go: rows stay for ever, their folders do not.

use super::Models;
use super::promoting::served_before;
use crate::audit::{self, Change};
use crate::store::models as rows;
use crate::{Ctx, ServiceResult};
use chrono::TimeDelta;
use domain::{ModelAlias, Permission};
use serde_json::json;
use std::collections::HashSet;
use uuid::Uuid;

/// How long after it was marked an artifact is still sought where asking costs something.
const SOUGHT_DAYS: i64 = 7;

/// An artifact that is no longer kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClearedArtifact {
    /// Its folder, below the data folder.
    pub path: String,
    /// Marked now or lately: whoever marked it may have died before deleting it.
    pub is_recent: bool,
}

impl Models<'_> {
    /// Marks the artifacts that are no longer kept as removed and names every folder, below the data folder, that may be
    /// deleted: also those marked before, because whoever marked them may have died before deleting.
    ///
    /// Kept are the latest `keep` versions, of those that passed the gate the latest `keep`, whatever has a name, and what a
    /// rollback would bring back. From the moment it is marked a version can no longer be promoted.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`.
    pub async fn clear_artifacts(
        &self,
        ctx: &Ctx,
        keep: usize,
    ) -> ServiceResult<Vec<ClearedArtifact>> {
        ctx.require(Permission::JobsRun)?;
        let once = || self.clear_artifacts_once(ctx, keep);
        self.services.db().retry(once).await
    }

    async fn clear_artifacts_once(
        &self,
        ctx: &Ctx,
        keep: usize,
    ) -> ServiceResult<Vec<ClearedArtifact>> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let all = rows::list_kept(&*tx, organization_id).await?;
        let named = rows::list_aliases(&*tx, organization_id).await?;
        let mut kept: HashSet<Uuid> = named.iter().map(|a| a.model_version_id).collect();
        kept.extend(served_before(&*tx, organization_id, ModelAlias::Champion).await?);
        kept.extend(all.iter().take(keep).map(|v| v.id));
        let passed = all.iter().filter(|v| v.passed_gate);
        kept.extend(passed.take(keep).map(|v| v.id));
        let gone: Vec<_> = all.iter().filter(|v| !kept.contains(&v.id)).collect();
        let fresh = gone.iter().filter(|v| v.artifact_removed_at.is_none());
        let fresh: Vec<(Uuid, i32)> = fresh.map(|v| (v.id, v.number)).collect();
        if !fresh.is_empty() {
            let ids: Vec<Uuid> = fresh.iter().map(|(id, _)| *id).collect();
            rows::mark_removed(&*tx, organization_id, &ids, ctx.now).await?;
            let numbers: Vec<i32> = fresh.iter().map(|(_, number)| *number).collect();
            audit::record(
                &*tx,
                ctx,
                Change {
                    action: "models.clear_artifacts",
                    subject_kind: "organization",
                    subject_id: organization_id,
                    before: None,
                    after: Some(json!({ "versions": numbers, "kept": keep })),
                },
            )
            .await?;
        }
        tx.commit().await?;
        let sought = ctx.now - TimeDelta::days(SOUGHT_DAYS);
        Ok(gone
            .into_iter()
            .map(|v| ClearedArtifact {
                path: v.artifact_path.clone(),
                is_recent: v.artifact_removed_at.is_none_or(|at| at > sought),
            })
            .collect())
    }
}
