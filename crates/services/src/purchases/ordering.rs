//! Writing down what was sent to a supplier.

use super::reading::view_of;
use super::{Purchases, announce, refused};
use crate::production_orders::moment;
use crate::store::{ingredients as rows, purchases};
use crate::{Ctx, ServiceError, ServiceResult, clock, receipts, stock};
use contract::purchases::{CreatePurchase, OrderedPacks, PurchaseView};
use domain::purchases::{MAX_LINES, PurchaseRuleError, check_expected, expected_on};
use domain::stock::MAX_QUANTITY;
use domain::{Permission, PurchaseStatus};
use entity::{ingredient, product, purchase, purchase_line};
use std::collections::BTreeMap;
use uuid::Uuid;

const OPERATION: &str = "purchases.create";

/// Packs by ingredient; one twice is refused.
fn packs_of(lines: &[OrderedPacks]) -> ServiceResult<BTreeMap<Uuid, i64>> {
    let by_id: BTreeMap<Uuid, i64> = lines
        .iter()
        .map(|line| (line.ingredient_id, line.packs))
        .collect();
    if lines.is_empty() || lines.len() > MAX_LINES || by_id.len() != lines.len() {
        return Err(refused(PurchaseRuleError::Lines));
    }
    if by_id
        .values()
        .any(|packs| !(1..=MAX_QUANTITY).contains(packs))
    {
        return Err(refused(PurchaseRuleError::QuantityOutOfRange));
    }
    Ok(by_id)
}

fn line_of(
    purchase_id: Uuid,
    (product, row): &(product::Model, ingredient::Model),
    packs: i64,
) -> ServiceResult<purchase_line::Model> {
    if !row.stocked {
        return Err(ServiceError::field(
            "lines",
            "not_stocked",
            format!("No stock is kept of {}.", product.name),
        ));
    }
    let quantity = packs
        .checked_mul(row.pack_quantity)
        .filter(|quantity| *quantity <= MAX_QUANTITY)
        .ok_or_else(|| refused(PurchaseRuleError::QuantityOutOfRange))?;
    Ok(purchase_line::Model {
        purchase_id,
        product_id: product.id,
        organization_id: product.organization_id,
        packs,
        pack_quantity: row.pack_quantity,
        ordered_quantity: quantity,
        pack_price_minor: row.pack_price_minor,
        received_quantity: 0,
    })
}

impl Purchases<'_> {
    /// Writes down what was sent to a supplier: from then on it is on order, and is not bought again.
    ///
    /// # Errors
    /// Forbidden without `recipes.write`; not found: the kitchen out of scope, a store in which nobody bakes, the supplier, an ingredient
    /// that is none; quantities and days out of range; a conflict where another purchase was sent meanwhile; a reused command id.
    pub async fn create(&self, ctx: &Ctx, command: CreatePurchase) -> ServiceResult<PurchaseView> {
        ctx.require(Permission::RecipesWrite)?;
        let kitchens = self.services.ingredients();
        let (kitchen, _) = kitchens.kitchen(ctx, Some(command.store_id)).await?;
        let store = kitchen.ok_or(ServiceError::NotFound("store"))?;
        let wanted = packs_of(&command.lines)?;
        let note = stock::note_of(command.note.as_deref())?;
        let today = ctx.today_in(clock::zone(&store.time_zone)?);
        if let Some(day) = command.expected_on {
            check_expected(today, day).map_err(refused)?;
        }
        let organization_id = ctx.organization_id();
        let ids: Vec<Uuid> = wanted.keys().copied().collect();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let number = purchases::next_number(&*tx, organization_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, OPERATION, &command).await?
                {
                    return Ok(answer);
                }
                let supplier =
                    rows::get_supplier_locked(&*tx, organization_id, command.supplier_id).await?;
                let last =
                    purchases::latest_open_number(&*tx, organization_id, store.id, supplier.id)
                        .await?;
                if command.seen_number.is_some_and(|seen| seen != last) {
                    return Err(ServiceError::Conflict {
                        reason: "purchase.sent_meanwhile",
                        message: format!(
                            "What is on order from {} changed meanwhile. Look at the list again before you send this.",
                            supplier.name
                        ),
                    });
                }
                let row = purchase::Model {
                    id: Uuid::now_v7(),
                    organization_id,
                    number,
                    store_id: store.id,
                    supplier_id: supplier.id,
                    status: PurchaseStatus::Open,
                    note: note.clone(),
                    ordered_on: today,
                    ordered_at: moment(ctx),
                    expected_on: command
                        .expected_on
                        .unwrap_or_else(|| expected_on(today, supplier.lead_time_days)),
                    created_by: ctx.actor.user_id,
                    closed_by: None,
                    closed_at: None,
                    close_reason: None,
                    version: 1,
                };
                let known = rows::list_locked(&*tx, organization_id, &ids).await?;
                let lines: Vec<purchase_line::Model> = known
                    .iter()
                    .map(|known| {
                        let packs = wanted.get(&known.0.id).copied().unwrap_or_default();
                        line_of(row.id, known, packs)
                    })
                    .collect::<ServiceResult<_>>()?;
                purchases::insert(&*tx, &row, &lines).await?;
                announce(&*tx, ctx, OPERATION, None, &row, &lines).await?;
                let answer = view_of(&*tx, ctx, row).await?;
                receipts::insert(&*tx, ctx, command.command_id, OPERATION, &command, &answer)
                    .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }
}
