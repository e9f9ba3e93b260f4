//! People's own numbers beside the forecast.

use super::{Forecasts, override_view};
use crate::audit::{self, Change};
use crate::clock::zone;
use crate::store::{audit as log, forecasts as rows, outlook};
use crate::{Ctx, ServiceError, ServiceResult, live, receipts};
use chrono::{NaiveDate, SubsecRound};
use contract::forecasts::{DeleteOverride, OverrideView, SeenOverride, SetOverride};
use domain::Permission;
use entity::forecast_override;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

/// Largest number that is taken for one day.
const LARGEST_QUANTITY: i64 = 1_000_000;

/// Longest note, in characters.
const LONGEST_NOTE: usize = 500;

/// So far ahead a person's number is taken.
const FURTHEST_DAYS: i64 = 400;

const SUBJECT: &str = "forecast_override";

fn values(row: &forecast_override::Model) -> Value {
    json!({
        "store_id": row.store_id, "product_id": row.product_id, "target_date": row.target_date,
        "quantity": row.quantity, "note": row.note, "version": row.version,
    })
}

fn changed_meanwhile(author: &str, quantity: i64) -> ServiceError {
    ServiceError::Conflict {
        reason: "override.changed",
        message: format!(
            "{author} set this day to {quantity} in the meantime. Nothing of yours was saved; look again and decide."
        ),
    }
}

impl Forecasts<'_> {
    /// Puts a person's number beside the forecast of one day, or changes the one that they saw there.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `forecasts.override`; [`ServiceError::NotFound`] for a store out of scope or
    /// an unknown product; [`ServiceError::Invalid`] for a day that is over or a number out of range;
    /// [`ServiceError::Conflict`] when somebody else set, changed or took away the number in the meantime.
    pub async fn set_override(
        &self,
        ctx: &Ctx,
        command: &SetOverride,
    ) -> ServiceResult<OverrideView> {
        ctx.require(Permission::ForecastsOverride)?;
        ctx.require_store(command.store_id)?;
        self.services
            .db()
            .retry(|| self.set_once(ctx, command))
            .await
    }

    async fn set_once(&self, ctx: &Ctx, command: &SetOverride) -> ServiceResult<OverrideView> {
        let operation = "forecasts.set_override";
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        if let Some(answer) =
            receipts::find(&*tx, ctx, command.command_id, operation, command).await?
        {
            return Ok(answer);
        }
        let Some(author_id) = ctx.actor.user_id else {
            return Err(ServiceError::rule(
                "override.person",
                "Only a person can put a number beside the forecast.",
            ));
        };
        let store = outlook::get_store(&*tx, organization_id, command.store_id).await?;
        outlook::get_product(&*tx, organization_id, command.product_id).await?;
        let today = ctx.today_in(zone(&store.time_zone)?);
        let note = check(command, today)?;
        let now = ctx.now.trunc_subsecs(6);
        let standing = standing(
            &*tx,
            organization_id,
            command.store_id,
            command.product_id,
            command.target_date,
        )
        .await?;
        let (before, row) = match (standing, command.seen) {
            (None, None) => {
                let row = forecast_override::Model {
                    id: Uuid::now_v7(),
                    organization_id,
                    store_id: command.store_id,
                    product_id: command.product_id,
                    target_date: command.target_date,
                    quantity: command.quantity,
                    note,
                    author_id,
                    created_at: now,
                    updated_at: now,
                    version: 1,
                };
                rows::insert_override(&*tx, row.clone()).await?;
                (None, row)
            }
            (Some((standing, author)), seen) => {
                let expected = seen
                    .filter(|s| s.id == standing.id && s.version == standing.version)
                    .ok_or_else(|| changed_meanwhile(&author, standing.quantity))?;
                let before = values(&standing);
                let row = forecast_override::Model {
                    quantity: command.quantity,
                    note,
                    author_id,
                    updated_at: now,
                    version: expected.version + 1,
                    ..standing
                };
                if !rows::update_override(&*tx, &row, expected.version).await? {
                    return Err(lost_race(&*tx, organization_id, &row).await?);
                }
                (Some(before), row)
            }
            (None, Some(seen)) => return Err(taken_away(&*tx, organization_id, seen).await?),
        };
        audit::record(
            &*tx,
            ctx,
            Change {
                action: "forecasts.override",
                subject_kind: SUBJECT,
                subject_id: row.id,
                before,
                after: Some(values(&row)),
            },
        )
        .await?;
        announce(&*tx, ctx, command.store_id, command.product_id).await?;
        let answer = override_view(row, ctx.actor.display_name.clone());
        receipts::insert(&*tx, ctx, command.command_id, operation, command, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Takes a person's number away; the forecast counts again.
    ///
    /// # Errors
    /// As for [`Forecasts::set_override`].
    pub async fn delete_override(&self, ctx: &Ctx, command: &DeleteOverride) -> ServiceResult<()> {
        ctx.require(Permission::ForecastsOverride)?;
        ctx.require_store(command.store_id)?;
        self.services
            .db()
            .retry(|| self.delete_once(ctx, command))
            .await
    }

    async fn delete_once(&self, ctx: &Ctx, command: &DeleteOverride) -> ServiceResult<()> {
        let operation = "forecasts.delete_override";
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        if receipts::find::<()>(&*tx, ctx, command.command_id, operation, command)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let store = outlook::get_store(&*tx, organization_id, command.store_id).await?;
        check_day(command.target_date, ctx.today_in(zone(&store.time_zone)?))?;
        let standing = standing(
            &*tx,
            organization_id,
            command.store_id,
            command.product_id,
            command.target_date,
        )
        .await?;
        let Some((row, author)) = standing else {
            return Err(taken_away(&*tx, organization_id, command.seen).await?);
        };
        if row.id != command.seen.id || row.version != command.seen.version {
            return Err(changed_meanwhile(&author, row.quantity));
        }
        if !rows::delete_override(&*tx, organization_id, row.id, row.version).await? {
            return Err(lost_race(&*tx, organization_id, &row).await?);
        }
        audit::record(
            &*tx,
            ctx,
            Change {
                action: "forecasts.override",
                subject_kind: SUBJECT,
                subject_id: row.id,
                before: Some(values(&row)),
                after: None,
            },
        )
        .await?;
        announce(&*tx, ctx, command.store_id, command.product_id).await?;
        receipts::insert(&*tx, ctx, command.command_id, operation, command, &()).await?;
        tx.commit().await
    }
}

fn check_day(target_date: NaiveDate, today: NaiveDate) -> ServiceResult<()> {
    if target_date < today {
        return Err(ServiceError::field(
            "target_date",
            "override.day_over",
            "This day is over; a number can be put beside today and the days to come.",
        ));
    }
    if (target_date - today).num_days() > FURTHEST_DAYS {
        return Err(ServiceError::field(
            "target_date",
            "override.too_far",
            "This day is more than 400 days away.",
        ));
    }
    Ok(())
}

/// The note as it is stored, once everything is found to be in range.
fn check(command: &SetOverride, today: NaiveDate) -> ServiceResult<Option<String>> {
    check_day(command.target_date, today)?;
    if !(0..=LARGEST_QUANTITY).contains(&command.quantity) {
        return Err(ServiceError::field(
            "quantity",
            "number.range",
            "A quantity from 0 to 1,000,000.",
        ));
    }
    let note = command
        .note
        .as_deref()
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(str::to_owned);
    if note
        .as_ref()
        .is_some_and(|n| n.chars().count() > LONGEST_NOTE)
    {
        return Err(ServiceError::field(
            "note",
            "text.too_long",
            "A note has at most 500 characters.",
        ));
    }
    Ok(note)
}

async fn standing(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    product_id: Uuid,
    date: NaiveDate,
) -> ServiceResult<Option<(forecast_override::Model, String)>> {
    Ok(
        rows::list_overrides_of_store(db, organization_id, store_id, Some(product_id), date, date)
            .await?
            .into_iter()
            .next(),
    )
}

/// The conflict to report when a guarded statement found another version than was read a moment before.
async fn lost_race(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    row: &forecast_override::Model,
) -> ServiceResult<ServiceError> {
    let now = standing(
        db,
        organization_id,
        row.store_id,
        row.product_id,
        row.target_date,
    )
    .await?;
    match now {
        Some((row, author)) => Ok(changed_meanwhile(&author, row.quantity)),
        None => {
            let seen = SeenOverride {
                id: row.id,
                version: row.version,
            };
            taken_away(db, organization_id, seen).await
        }
    }
}

async fn taken_away(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    seen: SeenOverride,
) -> ServiceResult<ServiceError> {
    let who = log::find_last_actor(db, organization_id, SUBJECT, seen.id).await?;
    Ok(match who {
        Some(who) => ServiceError::Conflict {
            reason: "override.taken_away",
            message: format!(
                "{who} took this number away in the meantime. Nothing of yours was saved; look again and decide."
            ),
        },
        // Never written: not an override of this organization.
        None => ServiceError::NotFound("override"),
    })
}

async fn announce(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    store_id: Uuid,
    product_id: Uuid,
) -> ServiceResult<()> {
    live::emit(
        db,
        ctx.organization_id(),
        ctx.now,
        Some(store_id),
        "forecasts",
        Some(product_id),
        json!({ "override": true }),
    )
    .await
}
