//! Who serves: promotions by the night, choices and rollbacks by people, and the history of them all.

use super::Models;
use crate::audit::{self, Change};
use crate::clock::zone;
use crate::store::{jobs, models as rows};
use crate::{Ctx, ServiceError, ServiceResult, live, receipts};
use chrono::NaiveDate;
use contract::models::{ModelVersionView, PromoteModel, RollBackModel};
use domain::{AliasChange, ModelAlias, Permission};
use entity::{model_alias_history, model_version};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

/// Longest reason that is kept of a person.
const MAX_REASON_CHARS: usize = 500;

/// What came of a night's wish to let a version serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Promotion {
    /// It serves.
    Done,
    /// Somebody chose who serves on the day that the night closes, or later: that holds until the next night.
    Held,
}

/// What an alias is pointed at, and why.
struct Pointing<'a> {
    alias: ModelAlias,
    version_id: Uuid,
    kind: AliasChange,
    reason: &'a str,
}

impl Models<'_> {
    /// Points `champion` (or `challenger`) at a version and writes down who did it and why. A version that has not
    /// passed the gate never becomes champion.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`]; [`ServiceError::Rule`] `model.gate` for a version that did not pass, `model.artifact` for
    /// one whose artifact was cleared away.
    pub async fn point(
        &self,
        ctx: &Ctx,
        alias: ModelAlias,
        version_id: Uuid,
        reason: &str,
    ) -> ServiceResult<()> {
        ctx.require(Permission::JobsRun)?;
        let pointing = Pointing {
            alias,
            version_id,
            kind: AliasChange::Promotion,
            reason,
        };
        let once = || async {
            let tx = self.services.db().begin_for(ctx.organization_id()).await?;
            point(&*tx, ctx, &pointing).await?;
            tx.commit().await
        };
        self.services.db().retry(once).await
    }

    /// Lets a version serve that won the gate in the night that closes `night`. What a person chose holds for that day: a
    /// night that closes the day of the choice, or an earlier one, leaves it as it is; later nights do not.
    ///
    /// # Errors
    /// As [`Models::point`].
    pub async fn promote_tonight(
        &self,
        ctx: &Ctx,
        night: NaiveDate,
        version_id: Uuid,
        reason: &str,
    ) -> ServiceResult<Promotion> {
        ctx.require(Permission::JobsRun)?;
        let pointing = Pointing {
            alias: ModelAlias::Champion,
            version_id,
            kind: AliasChange::Promotion,
            reason,
        };
        let once = || async {
            let tx = self.services.db().begin_for(ctx.organization_id()).await?;
            let history = rows::list_history(&*tx, ctx.organization_id(), Some(pointing.alias), 1);
            if let Some(last) = history.await?.first()
                && last.kind != AliasChange::Promotion
            {
                let zone = zone(&jobs::get_time_zone(&*tx, ctx.organization_id()).await?)?;
                if last.at.with_timezone(&zone).date_naive() >= night {
                    return Ok(Promotion::Held);
                }
            }
            point(&*tx, ctx, &pointing).await?;
            tx.commit().await?;
            Ok(Promotion::Done)
        };
        self.services.db().retry(once).await
    }

    /// Lets a version serve because a person says so. It must have passed the gate and still have its artifact.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `models.promote`, [`ServiceError::Invalid`] without a reason; as [`Models::point`].
    pub async fn promote(
        &self,
        ctx: &Ctx,
        command: &PromoteModel,
    ) -> ServiceResult<ModelVersionView> {
        ctx.require(Permission::ModelsPromote)?;
        check_reason(&command.reason)?;
        let once = || async {
            let tx = self.services.db().begin_for(ctx.organization_id()).await?;
            let known: Option<Uuid> =
                receipts::find(&*tx, ctx, command.command_id, "models.promote", command).await?;
            if known.is_none() {
                let pointing = Pointing {
                    alias: ModelAlias::Champion,
                    version_id: command.model_version_id,
                    kind: AliasChange::Choice,
                    reason: command.reason.trim(),
                };
                point(&*tx, ctx, &pointing).await?;
                let (id, chosen) = (command.command_id, &pointing.version_id);
                receipts::insert(&*tx, ctx, id, "models.promote", command, chosen).await?;
                tx.commit().await?;
            }
            Ok(())
        };
        self.services.db().retry(once).await?;
        self.view(ctx, command.model_version_id).await
    }

    /// Brings back the version that served before the one that serves now. Said twice, it goes back two steps.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `models.promote`, [`ServiceError::Invalid`] without a reason,
    /// [`ServiceError::Rule`] `model.nothing_before` where none served before; as [`Models::point`].
    pub async fn roll_back(
        &self,
        ctx: &Ctx,
        command: &RollBackModel,
    ) -> ServiceResult<ModelVersionView> {
        ctx.require(Permission::ModelsPromote)?;
        check_reason(&command.reason)?;
        let once = || async {
            let tx = self.services.db().begin_for(ctx.organization_id()).await?;
            let known: Option<Uuid> =
                receipts::find(&*tx, ctx, command.command_id, "models.roll_back", command).await?;
            if let Some(known) = known {
                return Ok(known);
            }
            let version_id = served_before(&*tx, ctx.organization_id(), ModelAlias::Champion)
                .await?
                .ok_or_else(|| {
                    ServiceError::rule(
                        "model.nothing_before",
                        "No other model served before this one.",
                    )
                })?;
            let pointing = Pointing {
                alias: ModelAlias::Champion,
                version_id,
                kind: AliasChange::Rollback,
                reason: command.reason.trim(),
            };
            point(&*tx, ctx, &pointing).await?;
            let id = command.command_id;
            receipts::insert(&*tx, ctx, id, "models.roll_back", command, &version_id).await?;
            tx.commit().await?;
            Ok(version_id)
        };
        let version_id = self.services.db().retry(once).await?;
        self.view(ctx, version_id).await
    }
}

pub(super) fn check_reason(reason: &str) -> ServiceResult<()> {
    let length = reason.trim().chars().count();
    if (1..=MAX_REASON_CHARS).contains(&length) {
        return Ok(());
    }
    Err(ServiceError::field(
        "reason",
        "length",
        format!("Say why, in 1 to {MAX_REASON_CHARS} characters."),
    ))
}

/// The version that a rollback would bring back: the one that the present one replaced. How the present one came to serve is
/// told by its last promotion or choice; a rollback to it replaced a later one and says nothing about earlier ones.
pub(super) async fn served_before(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    alias: ModelAlias,
) -> ServiceResult<Option<Uuid>> {
    let aliases = rows::list_aliases(db, organization_id).await?;
    let Some(current) = aliases.into_iter().find(|a| a.alias == alias) else {
        return Ok(None);
    };
    let came = rows::last_arrival(db, organization_id, alias, current.model_version_id).await?;
    Ok(came.and_then(|entry| entry.from_version_id))
}

fn may_serve(alias: ModelAlias, version: &model_version::Model) -> ServiceResult<()> {
    if alias == ModelAlias::Champion && !version.passed_gate {
        return Err(ServiceError::rule(
            "model.gate",
            "The gate did not let this version pass, so it cannot serve.",
        ));
    }
    if version.artifact_removed_at.is_some() {
        return Err(ServiceError::rule(
            "model.artifact",
            format!(
                "The artifact of version {} was cleared away, so it cannot serve.",
                version.number
            ),
        ));
    }
    Ok(())
}

async fn point(db: &impl ConnectionTrait, ctx: &Ctx, to: &Pointing<'_>) -> ServiceResult<()> {
    let organization_id = ctx.organization_id();
    let version = rows::find_locked(db, organization_id, to.version_id)
        .await?
        .ok_or(ServiceError::NotFound("model version"))?;
    may_serve(to.alias, &version)?;
    let before = rows::list_aliases(db, organization_id)
        .await?
        .into_iter()
        .find(|a| a.alias == to.alias)
        .map(|a| a.model_version_id);
    if before == Some(to.version_id) {
        return Ok(());
    }
    rows::upsert_alias(db, organization_id, to.alias, to.version_id, ctx.now).await?;
    rows::insert_history(
        db,
        model_alias_history::Model {
            id: Uuid::now_v7(),
            organization_id,
            alias: to.alias,
            kind: to.kind,
            from_version_id: before,
            to_version_id: Some(to.version_id),
            reason: to.reason.to_owned(),
            actor_id: ctx.actor.user_id,
            at: ctx.now,
        },
    )
    .await?;
    live::emit(
        db,
        organization_id,
        ctx.now,
        None,
        "models",
        Some(to.version_id),
        json!({ "alias": to.alias }),
    )
    .await?;
    audit::record(
        db,
        ctx,
        Change {
            action: "models.promote",
            subject_kind: "model_version",
            subject_id: to.version_id,
            before: Some(json!({ "alias": to.alias, "version": before })),
            after: Some(json!({ "alias": to.alias, "version": to.version_id, "kind": to.kind, "reason": to.reason })),
        },
    )
    .await
}
