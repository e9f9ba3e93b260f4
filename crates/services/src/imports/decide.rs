//! A person's word about a checked or taken import.

use super::{Imports, views};
use crate::audit::{self, Change};
use crate::store::imports as rows;
use crate::{Ctx, ServiceError, ServiceResult, live, receipts};
use contract::imports::{DecideImport, ImportView};
use domain::{ImportStatus, Permission};
use sea_orm::ActiveEnum;
use serde_json::json;
use uuid::Uuid;

struct Decision {
    operation: &'static str,
    from: &'static [ImportStatus],
    to: ImportStatus,
    reason: &'static str,
    refusal: &'static str,
}

const APPLY: Decision = Decision {
    operation: "imports.apply",
    from: &[ImportStatus::Checked],
    to: ImportStatus::Applying,
    reason: "import.not_checked",
    refusal: "Only an import that passed its check can be taken.",
};

const UNDO: Decision = Decision {
    operation: "imports.undo",
    from: &[ImportStatus::Applied],
    to: ImportStatus::Undoing,
    reason: "import.not_applied",
    refusal: "Only an import that was taken can be undone.",
};

const DISCARD: Decision = Decision {
    operation: "imports.discard",
    from: &[
        ImportStatus::Uploaded,
        ImportStatus::Checked,
        ImportStatus::Failed,
    ],
    to: ImportStatus::Discarded,
    reason: "import.not_open",
    refusal: "Only an import that was not taken yet can be discarded.",
};

impl Imports<'_> {
    /// Says that a checked import is to be taken; [`Imports::advance`] takes it.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `imports.create`; [`ServiceError::Conflict`] in another state.
    pub async fn apply(&self, ctx: &Ctx, command: DecideImport) -> ServiceResult<ImportView> {
        ctx.require(Permission::ImportsCreate)?;
        self.decide(ctx, command, &APPLY).await
    }

    /// Says that a taken import is to be undone; [`Imports::advance`] undoes it.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `imports.undo`; [`ServiceError::Conflict`] in another state.
    pub async fn undo(&self, ctx: &Ctx, command: DecideImport) -> ServiceResult<ImportView> {
        ctx.require(Permission::ImportsUndo)?;
        self.decide(ctx, command, &UNDO).await
    }

    /// Decides against an import that was not taken.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `imports.create`; [`ServiceError::Conflict`] in another state.
    pub async fn discard(&self, ctx: &Ctx, command: DecideImport) -> ServiceResult<ImportView> {
        ctx.require(Permission::ImportsCreate)?;
        self.decide(ctx, command, &DISCARD).await
    }

    async fn decide(
        &self,
        ctx: &Ctx,
        command: DecideImport,
        decision: &Decision,
    ) -> ServiceResult<ImportView> {
        self.services
            .db()
            .retry(|| self.decide_once(ctx, &command, decision))
            .await?;
        self.get(ctx, command.import_id).await
    }

    async fn decide_once(
        &self,
        ctx: &Ctx,
        command: &DecideImport,
        decision: &Decision,
    ) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let row = rows::get(&*tx, organization_id, command.import_id).await?;
        views::require_scope(ctx, &row)?;
        if receipts::find::<Uuid>(&*tx, ctx, command.command_id, decision.operation, command)
            .await?
            .is_some()
        {
            return Ok(());
        }
        if !rows::move_state(&*tx, row.id, decision.from, decision.to, ctx.now).await? {
            return Err(ServiceError::Conflict {
                reason: decision.reason,
                message: format!(
                    "{} This one is {}. Nothing was changed.",
                    decision.refusal,
                    row.status.to_value()
                ),
            });
        }
        receipts::insert(
            &*tx,
            ctx,
            command.command_id,
            decision.operation,
            command,
            &row.id,
        )
        .await?;
        live::emit(
            &*tx,
            organization_id,
            ctx.now,
            row.store_id,
            views::TOPIC,
            Some(row.id),
            json!({ "status": decision.to }),
        )
        .await?;
        audit::record(
            &*tx,
            ctx,
            Change {
                action: decision.operation,
                subject_kind: "import",
                subject_id: row.id,
                before: Some(json!({ "status": row.status })),
                after: Some(json!({ "status": decision.to })),
            },
        )
        .await?;
        tx.commit().await
    }
}
