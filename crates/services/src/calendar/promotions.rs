//! Promotions.

use super::{Calendar, announce, check_common, check_store, names};
use crate::audit::{self, Change};
use crate::store::{calendar as rows, outlook};
use crate::{Ctx, ServiceError, ServiceResult, receipts};
use chrono::SubsecRound;
use contract::FieldError;
use contract::calendar::{DeletePromotion, PromotionView, SavePromotion};
use domain::Permission;
use entity::promotion;
use serde_json::{Value, json};
use uuid::Uuid;

/// Deepest discount, basis points.
const DEEPEST_DISCOUNT_BP: i32 = 9_000;

/// Longest code, in characters.
const LONGEST_CODE: usize = 40;

const SUBJECT: &str = "promotion";

fn values(row: &promotion::Model) -> Value {
    json!({
        "code": row.code, "name": row.name, "store_id": row.store_id, "product_id": row.product_id,
        "category_id": row.category_id, "discount_bp": row.discount_bp, "starts_on": row.starts_on,
        "ends_on": row.ends_on,
    })
}

fn check(command: &SavePromotion) -> ServiceResult<()> {
    let mut wrong = check_common(&command.name, command.starts_on, command.ends_on);
    let mut say = |field: &str, reason: &str, message: &str| {
        wrong.push(FieldError {
            field: field.into(),
            reason: reason.into(),
            message: message.into(),
        });
    };
    let code = command.code.trim();
    if code.is_empty() {
        say(
            "code",
            "required",
            "It needs a code, as it stands on tickets.",
        );
    } else if code.chars().count() > LONGEST_CODE {
        say("code", "text.too_long", "A code has at most 40 characters.");
    } else if code
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || c == ',')
    {
        say("code", "code.format", "A code has no spaces and no commas.");
    }
    if !(0..=DEEPEST_DISCOUNT_BP).contains(&command.discount_bp) {
        say(
            "discount_bp",
            "number.range",
            "A discount lies between 0 and 90 percent.",
        );
    }
    if command.product_id.is_some() && command.category_id.is_some() {
        say(
            "category_id",
            "promotion.one_subject",
            "A promotion is about one product or one category, not both.",
        );
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Invalid(wrong))
    }
}

impl Calendar<'_> {
    /// Creates a promotion, or changes the one with the command's id.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `calendar.write`; [`ServiceError::NotFound`] for a store, product or
    /// promotion that is unknown or out of scope; [`ServiceError::Invalid`] for fields that are missing or wrong;
    /// [`ServiceError::Conflict`] when the code is taken; [`ServiceError::Rule`] `promotion.sold` when the code of a
    /// promotion that stands on tickets would change.
    pub async fn save_promotion(
        &self,
        ctx: &Ctx,
        command: &SavePromotion,
    ) -> ServiceResult<PromotionView> {
        ctx.require(Permission::CalendarWrite)?;
        check(command)?;
        self.services
            .db()
            .retry(|| self.save_promotion_once(ctx, command))
            .await
    }

    async fn save_promotion_once(
        &self,
        ctx: &Ctx,
        command: &SavePromotion,
    ) -> ServiceResult<PromotionView> {
        let operation = "calendar.save_promotion";
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
            Some(id) => Some(self.promotion_in_reach(&*tx, ctx, id).await?),
        };
        check_store(&*tx, ctx, command.store_id).await?;
        if let Some(product_id) = command.product_id {
            outlook::get_product(&*tx, organization_id, product_id).await?;
        }
        let (names, _, categories) = names(&*tx, organization_id).await?;
        if let Some(id) = command.category_id
            && !categories.iter().any(|c| c.id == id)
        {
            return Err(ServiceError::NotFound("category"));
        }
        let code = command.code.trim().to_owned();
        if let Some(other) = rows::find_promotion_by_code(&*tx, organization_id, &code).await?
            && Some(other.id) != command.id
        {
            return Err(ServiceError::Conflict {
                reason: "promotion.code_taken",
                message: format!(
                    "{code} is already the code of \"{}\" ({} to {}). Nothing was saved; choose another code.",
                    other.name, other.starts_on, other.ends_on
                ),
            });
        }
        if let Some(standing) = standing.as_ref().filter(|s| s.code != code)
            && rows::promotion_was_sold(&*tx, organization_id, &standing.code).await?
        {
            return Err(ServiceError::rule(
                "promotion.sold",
                format!(
                    "Tickets carry the code {}; it can no longer change. Nothing was saved.",
                    standing.code
                ),
            ));
        }
        let before = standing.as_ref().map(values);
        let row = promotion::Model {
            id: standing.as_ref().map_or_else(Uuid::now_v7, |s| s.id),
            organization_id,
            code,
            name: command.name.trim().to_owned(),
            store_id: command.store_id,
            product_id: command.product_id,
            category_id: command.category_id,
            discount_bp: command.discount_bp,
            starts_on: command.starts_on,
            ends_on: command.ends_on,
            created_by: standing
                .as_ref()
                .map_or(ctx.actor.user_id, |s| s.created_by),
            created_at: standing
                .as_ref()
                .map_or_else(|| ctx.now.trunc_subsecs(6), |s| s.created_at),
        };
        if standing.is_some() {
            rows::update_promotion(&*tx, &row).await?;
        } else {
            rows::insert_promotion(&*tx, row.clone()).await?;
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
        let answer = names.promotion(ctx, row);
        receipts::insert(&*tx, ctx, command.command_id, operation, command, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Takes a promotion away.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `calendar.write`; [`ServiceError::NotFound`] for a promotion out of scope;
    /// [`ServiceError::Rule`] `promotion.sold` when tickets carry its code: the history would lose its reason.
    pub async fn delete_promotion(
        &self,
        ctx: &Ctx,
        command: &DeletePromotion,
    ) -> ServiceResult<()> {
        ctx.require(Permission::CalendarWrite)?;
        self.services
            .db()
            .retry(|| self.delete_promotion_once(ctx, command))
            .await
    }

    async fn delete_promotion_once(
        &self,
        ctx: &Ctx,
        command: &DeletePromotion,
    ) -> ServiceResult<()> {
        let operation = "calendar.delete_promotion";
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        if receipts::find::<()>(&*tx, ctx, command.command_id, operation, command)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let row = self.promotion_in_reach(&*tx, ctx, command.id).await?;
        if rows::promotion_was_sold(&*tx, organization_id, &row.code).await? {
            return Err(ServiceError::rule(
                "promotion.sold",
                format!(
                    "Tickets carry the code {}, so the forecasts must know why those days sold more. It stays; end it earlier instead.",
                    row.code
                ),
            ));
        }
        rows::delete_promotion(&*tx, organization_id, row.id).await?;
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

    async fn promotion_in_reach(
        &self,
        db: &impl sea_orm::ConnectionTrait,
        ctx: &Ctx,
        id: Uuid,
    ) -> ServiceResult<promotion::Model> {
        rows::find_promotion(db, ctx.organization_id(), id)
            .await?
            .filter(|row| super::in_reach(ctx, row.store_id))
            .ok_or(ServiceError::NotFound("promotion"))
    }
}
