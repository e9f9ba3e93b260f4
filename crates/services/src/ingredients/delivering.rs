//! What suppliers bring.

use super::Ingredients;
use super::editing::{MAX_MONEY, remember_price};
use crate::audit::{self, Change};
use crate::ledger::{self, NewMovement, Shelf};
use crate::production_orders::moment;
use crate::store::{catalog, ingredients as rows, organizations};
use crate::{Ctx, ServiceError, ServiceResult, clock, receipts, recipes, stock};
use contract::ingredients::{DeliveredLine, DeliveryView, ReceiveDelivery};
use domain::stock::MAX_QUANTITY;
use domain::{MovementKind, Permission, StockReason};
use entity::{ingredient, product, store};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

const OPERATION: &str = "ingredients.deliver";
const MAX_LINES: usize = 200;

fn checked(lines: &[DeliveredLine]) -> ServiceResult<BTreeMap<Uuid, DeliveredLine>> {
    let by_id: BTreeMap<Uuid, DeliveredLine> = lines
        .iter()
        .map(|line| (line.ingredient_id, *line))
        .collect();
    if lines.is_empty() || lines.len() > MAX_LINES || by_id.len() != lines.len() {
        return Err(ServiceError::field(
            "lines",
            "lines",
            "A delivery has 1 to 200 lines, each of another ingredient.",
        ));
    }
    for line in lines {
        if !(1..=MAX_QUANTITY).contains(&line.quantity) {
            return Err(ServiceError::field(
                "quantity",
                "quantity_out_of_range",
                "Quantities are whole and between 1 and 1,000,000,000.",
            ));
        }
        if line
            .pack_price_minor
            .is_some_and(|p| !(0..=MAX_MONEY).contains(&p))
        {
            return Err(ServiceError::field(
                "pack_price",
                "number.range",
                "A price is not negative and below ten million.",
            ));
        }
    }
    Ok(by_id)
}

/// Prices that came with a delivery become those of the ingredients, which are locked; what rolled up to products is for the audit log.
async fn take_prices(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    lines: &BTreeMap<Uuid, DeliveredLine>,
) -> ServiceResult<Vec<Change<'static>>> {
    let ids: Vec<Uuid> = lines.keys().copied().collect();
    let mut priced = false;
    for (product, old) in rows::list_locked(db, ctx.organization_id(), &ids).await? {
        let line = lines.get(&product.id);
        let price = line.and_then(|line| line.pack_price_minor);
        if price.is_none() || price == old.pack_price_minor {
            continue;
        }
        let new = ingredient::Model {
            pack_price_minor: price,
            ..old.clone()
        };
        rows::write(db, false, &new).await?;
        remember_price(db, ctx, Some(&old), &new).await?;
        // Whoever has the ingredient open would write the old price over this one.
        let version = product.version + 1;
        catalog::update_product(db, product::Model { version, ..product }).await?;
        priced = true;
    }
    if priced {
        recipes::roll_up(db, ctx, &recipes::Declared::new()).await
    } else {
        Ok(Vec::new())
    }
}

/// What is put onto the shelves of a kitchen.
pub(crate) struct Came<'a> {
    /// By ingredient; quantities in base units, more than zero.
    pub lines: &'a BTreeMap<Uuid, DeliveredLine>,
    pub note: Option<&'a str>,
    pub command_id: Uuid,
}

/// Takes prices over and books what came; on hand after it, by shelf, and what rolled up to products, for [`recipes::record`]. The organization's row
/// is locked.
pub(crate) async fn put_on_shelves(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    store: &store::Model,
    came: Came<'_>,
) -> ServiceResult<(BTreeMap<Shelf, i64>, Vec<Change<'static>>)> {
    // Prices before shelves: what costs roll up to is long, and tills wait for level rows.
    let rolled_up = take_prices(db, ctx, came.lines).await?;
    let shelves = came.lines.keys().map(|id| (store.id, *id));
    ledger::lock_levels(db, ctx.organization_id(), moment(ctx), shelves).await?;
    let today = clock::business_date(clock::zone(&store.time_zone)?, ctx.now);
    let movements = came.lines.values().map(|line| {
        let mut movement = NewMovement::new(
            (store.id, line.ingredient_id),
            MovementKind::Adjustment,
            line.quantity,
            moment(ctx),
            today,
        );
        movement.reason = Some(StockReason::Delivered);
        movement.note = came.note.map(str::to_owned);
        movement.command_id = Some(came.command_id);
        movement.actor_id = ctx.actor.user_id;
        movement
    });
    let levels = stock::post(db, ctx, store.id, movements.collect()).await?;
    Ok((levels, rolled_up))
}

impl Ingredients<'_> {
    /// Puts a delivery onto the shelves of a kitchen; a price on it becomes the ingredient's.
    ///
    /// # Errors
    /// Forbidden without `recipes.write`; not found: the kitchen out of scope, a store in which nobody bakes, an ingredient that is none;
    /// quantities and prices out of range; a reused command id.
    pub async fn deliver(
        &self,
        ctx: &Ctx,
        command: ReceiveDelivery,
    ) -> ServiceResult<DeliveryView> {
        ctx.require(Permission::RecipesWrite)?;
        let (kitchen, _) = self.kitchen(ctx, Some(command.store_id)).await?;
        let store = kitchen.ok_or(ServiceError::NotFound("store"))?;
        let lines = checked(&command.lines)?;
        let note = stock::note_of(command.note.as_deref())?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                organizations::lock_numbers(&*tx, organization_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, OPERATION, &command).await?
                {
                    return Ok(answer);
                }
                let came = Came {
                    lines: &lines,
                    note: note.as_deref(),
                    command_id: command.command_id,
                };
                let (levels, rolled_up) = put_on_shelves(&*tx, ctx, &store, came).await?;
                let answer = DeliveryView {
                    store_id: store.id,
                    on_hand: levels.iter().map(|((_, id), n)| (*id, *n)).collect(),
                };
                let change = Change {
                    action: "recipes.write",
                    subject_kind: "delivery",
                    subject_id: command.command_id,
                    before: None,
                    after: Some(json!({ "store_id": store.id, "lines": command.lines })),
                };
                audit::record(&*tx, ctx, change).await?;
                recipes::record(&*tx, ctx, rolled_up).await?;
                receipts::insert(&*tx, ctx, command.command_id, OPERATION, &command, &answer)
                    .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }
}
