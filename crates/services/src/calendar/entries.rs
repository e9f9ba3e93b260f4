//! Holidays, events and closures.

use super::{Calendar, announce, check_common, check_store, names};
use crate::audit::{self, Change};
use crate::store::calendar as rows;
use crate::{Ctx, ServiceError, ServiceResult, receipts};
use chrono::SubsecRound;
use contract::FieldError;
use contract::calendar::{CalendarEntryView, DeleteCalendarEntry, SaveCalendarEntry};
use domain::Permission;
use entity::calendar_entry;
use serde_json::{Value, json};
use uuid::Uuid;

/// Longest note, in characters.
const LONGEST_NOTE: usize = 500;

const SUBJECT: &str = "calendar_entry";

fn values(row: &calendar_entry::Model) -> Value {
    json!({
        "store_id": row.store_id, "kind": row.kind, "name": row.name, "starts_on": row.starts_on,
        "ends_on": row.ends_on, "note": row.note,
    })
}

fn check(command: &SaveCalendarEntry) -> ServiceResult<()> {
    let mut wrong = check_common(&command.name, command.starts_on, command.ends_on);
    if command
        .note
        .as_ref()
        .is_some_and(|n| n.trim().chars().count() > LONGEST_NOTE)
    {
        wrong.push(FieldError {
            field: "note".into(),
            reason: "text.too_long".into(),
            message: "A note has at most 500 characters.".into(),
        });
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Invalid(wrong))
    }
}

impl Calendar<'_> {
    /// Creates an entry, or changes the one with the command's id.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `calendar.write`; [`ServiceError::NotFound`] for a store or an entry out of
    /// scope; [`ServiceError::Invalid`] for fields that are missing or wrong, among them an entry for every store by
    /// somebody who does not look after every store.
    pub async fn save_entry(
        &self,
        ctx: &Ctx,
        command: &SaveCalendarEntry,
    ) -> ServiceResult<CalendarEntryView> {
        ctx.require(Permission::CalendarWrite)?;
        check(command)?;
        self.services
            .db()
            .retry(|| self.save_entry_once(ctx, command))
            .await
    }

    async fn save_entry_once(
        &self,
        ctx: &Ctx,
        command: &SaveCalendarEntry,
    ) -> ServiceResult<CalendarEntryView> {
        let operation = "calendar.save_entry";
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        if let Some(answer) =
            receipts::find(&*tx, ctx, command.command_id, operation, command).await?
        {
            return Ok(answer);
        }
        // What is not there for the caller is said first: anything else would tell that it exists.
        let standing = match command.id {
            None => None,
            Some(id) => Some(self.entry_in_reach(&*tx, ctx, id).await?),
        };
        check_store(&*tx, ctx, command.store_id).await?;
        let before = standing.as_ref().map(values);
        let row = calendar_entry::Model {
            id: standing.as_ref().map_or_else(Uuid::now_v7, |s| s.id),
            organization_id,
            store_id: command.store_id,
            kind: command.kind,
            name: command.name.trim().to_owned(),
            starts_on: command.starts_on,
            ends_on: command.ends_on,
            note: command
                .note
                .as_deref()
                .map(str::trim)
                .filter(|n| !n.is_empty())
                .map(str::to_owned),
            created_by: standing
                .as_ref()
                .map_or(ctx.actor.user_id, |s| s.created_by),
            created_at: standing
                .as_ref()
                .map_or_else(|| ctx.now.trunc_subsecs(6), |s| s.created_at),
        };
        if standing.is_some() {
            rows::update_entry(&*tx, &row).await?;
        } else {
            rows::insert_entry(&*tx, row.clone()).await?;
        }
        audit::record(
            &*tx,
            ctx,
            Change {
                action: "calendar.write",
                subject_kind: SUBJECT,
                subject_id: row.id,
                before,
                after: Some(values(&row)),
            },
        )
        .await?;
        announce(&*tx, ctx, row.store_id, row.id).await?;
        let (names, _, _) = names(&*tx, organization_id).await?;
        let answer = names.entry(ctx, row);
        receipts::insert(&*tx, ctx, command.command_id, operation, command, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Takes an entry away.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `calendar.write`; [`ServiceError::NotFound`] for an entry out of scope.
    pub async fn delete_entry(
        &self,
        ctx: &Ctx,
        command: &DeleteCalendarEntry,
    ) -> ServiceResult<()> {
        ctx.require(Permission::CalendarWrite)?;
        self.services
            .db()
            .retry(|| self.delete_entry_once(ctx, command))
            .await
    }

    async fn delete_entry_once(
        &self,
        ctx: &Ctx,
        command: &DeleteCalendarEntry,
    ) -> ServiceResult<()> {
        let operation = "calendar.delete_entry";
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        if receipts::find::<()>(&*tx, ctx, command.command_id, operation, command)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let row = self.entry_in_reach(&*tx, ctx, command.id).await?;
        rows::delete_entry(&*tx, ctx.organization_id(), row.id).await?;
        audit::record(
            &*tx,
            ctx,
            Change {
                action: "calendar.write",
                subject_kind: SUBJECT,
                subject_id: row.id,
                before: Some(values(&row)),
                after: None,
            },
        )
        .await?;
        announce(&*tx, ctx, row.store_id, row.id).await?;
        receipts::insert(&*tx, ctx, command.command_id, operation, command, &()).await?;
        tx.commit().await
    }

    /// An entry that the caller may write; one of another store, or of all stores, looks as if it did not exist.
    async fn entry_in_reach(
        &self,
        db: &impl sea_orm::ConnectionTrait,
        ctx: &Ctx,
        id: Uuid,
    ) -> ServiceResult<calendar_entry::Model> {
        rows::find_entry(db, ctx.organization_id(), id)
            .await?
            .filter(|row| super::in_reach(ctx, row.store_id))
            .ok_or(ServiceError::NotFound("calendar entry"))
    }
}
