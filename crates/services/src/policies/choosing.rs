//! Choosing the terms of shelves, and giving shelves back to their products.

use super::{Policies, choice_of};
use crate::ledger::{Shelf, lock_levels};
use crate::production_orders::moment;
use crate::store::{policies as rows, shelves};
use crate::{Ctx, ServiceError, ServiceResult, alerting, audit, live, receipts};
use contract::policies::{PoliciesSet, SetPolicies};
use domain::Permission;
use domain::replenish::{ChoiceError, Levels, ShelfChoice};
use entity::store_product;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const SET: &str = "policies.set";

/// Shelves for which the same is chosen in one go.
const MAX_AT_ONCE: usize = 500;

fn refused(error: ChoiceError) -> ServiceError {
    let field = match error {
        ChoiceError::ServiceLevel => "service_level",
        ChoiceError::Salvage => "salvage",
        ChoiceError::SubstitutionShare => "substitution_share",
        ChoiceError::ReorderPoint => "reorder_point",
        ChoiceError::OrderUpTo => "order_up_to",
    };
    ServiceError::field(field, "number.range", error.to_string())
}

/// What the audit log keeps of a shelf's terms.
fn snapshot(row: &store_product::Model) -> Value {
    json!({
        "store_id": row.store_id,
        "product_id": row.product_id,
        "choice": choice_of(row),
        "reorder_point": row.reorder_point,
        "order_up_to": row.order_up_to,
        "version": row.policy_version,
    })
}

fn shelf(row: &store_product::Model) -> Shelf {
    (row.store_id, row.product_id)
}

/// The shelf with what is chosen for it now; its version and moment are not touched.
fn chosen(
    row: &store_product::Model,
    choice: ShelfChoice,
    levels: Option<Levels>,
) -> store_product::Model {
    let levels = levels.unwrap_or(Levels {
        reorder_point: row.reorder_point,
        order_up_to: row.order_up_to,
    });
    store_product::Model {
        policy: choice.policy,
        ratio_by: choice.ratio_by,
        service_level_bp: choice.service_level_bp,
        salvage_minor: choice.salvage_minor,
        substitution_share_bp: choice.substitution_share_bp,
        reorder_point: levels.reorder_point,
        order_up_to: levels.order_up_to,
        ..row.clone()
    }
}

/// What the person saw of each shelf.
fn seen(ctx: &Ctx, command: &SetPolicies) -> ServiceResult<BTreeMap<Shelf, i32>> {
    let seen: BTreeMap<Shelf, i32> = command
        .shelves
        .iter()
        .map(|one| ((one.store_id, one.product_id), one.version))
        .collect();
    if seen.is_empty() || command.shelves.len() > MAX_AT_ONCE {
        return Err(ServiceError::field(
            "shelves",
            "length",
            format!("between 1 and {MAX_AT_ONCE} shelves"),
        ));
    }
    if seen.len() < command.shelves.len() {
        return Err(ServiceError::field(
            "shelves",
            "twice",
            "a shelf stands in the list twice",
        ));
    }
    for (store_id, _) in seen.keys() {
        ctx.require_store(*store_id)?;
    }
    Ok(seen)
}

impl Policies<'_> {
    /// Chooses the same terms for some shelves, all of them or none. They count from the next time that suggestions are computed.
    ///
    /// # Errors
    /// Forbidden without `policies.write`; not found (a store out of scope, a product that it does not carry); numbers out of their
    /// range; a conflict when somebody else changed one of the shelves since the person looked, or for a reused command id.
    pub async fn set(&self, ctx: &Ctx, command: SetPolicies) -> ServiceResult<PoliciesSet> {
        ctx.require(Permission::PoliciesWrite)?;
        let seen = seen(ctx, &command)?;
        let choice = command.choice.unwrap_or_default();
        choice.check().map_err(refused)?;
        if let Some(levels) = &command.levels {
            levels.check().map_err(refused)?;
        }
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let organization_id = ctx.organization_id();
                let before = rows::list_locked(&*tx, organization_id, seen.keys().copied()).await?;
                // Before anything is refused: a shelf may have left the list since the command was carried out.
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, SET, &command).await?
                {
                    return Ok(answer);
                }
                if before.len() < seen.len() {
                    return Err(ServiceError::NotFound("shelf"));
                }
                check_seen(&*tx, ctx, &before, &seen).await?;
                let on_hand = if command.levels.is_some() {
                    let shelves = seen.keys().copied();
                    Some(lock_levels(&*tx, organization_id, moment(ctx), shelves).await?)
                } else {
                    None
                };
                let changes: Vec<(&store_product::Model, store_product::Model)> = before
                    .iter()
                    .map(|row| (row, chosen(row, choice, command.levels)))
                    .filter(|(before, after)| *before != after)
                    .map(|(before, after)| {
                        let after = store_product::Model {
                            policy_version: before.policy_version + 1,
                            updated_at: moment(ctx),
                            ..after
                        };
                        (before, after)
                    })
                    .collect();
                let after: Vec<store_product::Model> =
                    changes.iter().map(|(_, after)| after.clone()).collect();
                rows::update(&*tx, &after).await?;
                if let Some(on_hand) = &on_hand {
                    sync_alerts(&*tx, ctx, &after, on_hand).await?;
                }
                announce(&*tx, ctx, &changes).await?;
                let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
                let answer = PoliciesSet {
                    changed: count(changes.len()),
                    unchanged: count(before.len() - changes.len()),
                };
                receipts::insert(&*tx, ctx, command.command_id, SET, &command, &answer).await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }
}

/// Refuses to change shelves that look different from what the person saw.
async fn check_seen(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    rows: &[store_product::Model],
    seen: &BTreeMap<Shelf, i32>,
) -> ServiceResult<()> {
    let stale: Vec<Shelf> = rows
        .iter()
        .filter(|row| seen.get(&shelf(row)) != Some(&row.policy_version))
        .map(shelf)
        .collect();
    let Some(first) = stale.first() else {
        return Ok(());
    };
    let names = shelves::list_names(db, ctx.organization_id(), [*first]).await?;
    let (store, product) = (&names.store(first.0)?.name, &names.product(first.1)?.name);
    let others = match stale.len() - 1 {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    Err(ServiceError::Conflict {
        reason: "policy.stale",
        message: format!(
            "Somebody else changed what is chosen for {product} in {store}{others}. Your choice was not saved; look at the shelves as they are now and try again."
        ),
    })
}

/// Shelves whose levels changed: below a new reorder point an alert opens, without one it has no cause any more.
async fn sync_alerts(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    rows: &[store_product::Model],
    on_hand: &BTreeMap<Shelf, i64>,
) -> ServiceResult<()> {
    let (with, without): (Vec<_>, Vec<_>) =
        rows.iter().partition(|row| row.reorder_point.is_some());
    let levels: BTreeMap<Shelf, i64> = with
        .into_iter()
        .map(|row| (shelf(row), on_hand.get(&shelf(row)).copied().unwrap_or(0)))
        .collect();
    let (organization_id, now) = (ctx.organization_id(), moment(ctx));
    alerting::sync_reorder_points(db, organization_id, now, &levels).await?;
    let without = without.into_iter().map(shelf);
    alerting::forget_reorder_points(db, organization_id, now, without).await
}

/// Tells screens, a store at a time, and the audit log. Call it last before the receipt and the commit.
async fn announce(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    changes: &[(&store_product::Model, store_product::Model)],
) -> ServiceResult<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let stores: BTreeSet<Uuid> = changes.iter().map(|(before, _)| before.store_id).collect();
    for store_id in stores {
        let detail = json!({ "policies": true });
        let organization_id = ctx.organization_id();
        live::emit(
            db,
            organization_id,
            moment(ctx),
            Some(store_id),
            "suggestions",
            None,
            detail,
        )
        .await?;
    }
    let before: Vec<Value> = changes.iter().map(|(before, _)| snapshot(before)).collect();
    let after: Vec<Value> = changes.iter().map(|(_, after)| snapshot(after)).collect();
    let change = audit::Change {
        action: SET,
        subject_kind: "organization",
        subject_id: ctx.organization_id(),
        before: Some(json!({ "shelves": before })),
        after: Some(json!({ "shelves": after })),
    };
    audit::record(db, ctx, change).await
}
