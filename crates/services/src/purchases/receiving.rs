//! What came of a purchase, and that nothing more comes.

use super::reading::view_of;
use super::{Purchases, announce, refused, snapshot};
use crate::audit;
use crate::ingredients::{Came, MAX_MONEY, put_on_shelves};
use crate::production_orders::moment;
use crate::store::{ingredients as rows, organizations, purchases, shelves};
use crate::{Ctx, ServiceError, ServiceResult, clock, receipts, recipes};
use contract::ingredients::DeliveredLine;
use contract::purchases::{CancelPurchase, PurchaseView, ReceivePurchase, ReceivedLine};
use domain::orders::{OrderRuleError, best_before, check_reason};
use domain::purchases::{
    self as rules, Coming, MAX_LINES, PurchaseRuleError, check_best_before, is_open, price_of_pack,
};
use domain::{Permission, PurchaseStatus};
use entity::{purchase, purchase_line, purchase_receipt};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What is done with a purchase that is there. Receipts know each as the command that came in.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Step {
    Receive(ReceivePurchase),
    Cancel(CancelPurchase),
}

impl Step {
    const fn ids(&self) -> (Uuid, Uuid, i32) {
        match self {
            Self::Receive(command) => (command.command_id, command.purchase_id, command.version),
            Self::Cancel(command) => (command.command_id, command.purchase_id, command.version),
        }
    }

    const fn operation(&self) -> &'static str {
        match self {
            Self::Receive(_) => "purchases.receive",
            Self::Cancel(_) => "purchases.cancel",
        }
    }
}

/// What came by ingredient; one twice, one that was not ordered, and prices that nobody asks are refused.
fn came_of(
    told: &[ReceivedLine],
    lines: &[purchase_line::Model],
) -> ServiceResult<BTreeMap<Uuid, ReceivedLine>> {
    let by_id: BTreeMap<Uuid, ReceivedLine> = told
        .iter()
        .map(|line| (line.ingredient_id, *line))
        .collect();
    if told.len() > MAX_LINES || by_id.len() != told.len() {
        return Err(refused(PurchaseRuleError::Lines));
    }
    let was_ordered = |id: &Uuid| lines.iter().any(|line| line.product_id == *id);
    if !by_id.keys().all(was_ordered) {
        return Err(refused(PurchaseRuleError::ForeignLine));
    }
    let absurd = |price: i64| !(0..=MAX_MONEY).contains(&price);
    if told
        .iter()
        .any(|line| line.pack_price_minor.is_some_and(absurd))
    {
        return Err(ServiceError::field(
            "pack_price",
            "number.range",
            "A price is not negative and below ten million.",
        ));
    }
    Ok(by_id)
}

fn reason_of(text: &str) -> ServiceResult<&str> {
    check_reason(text).map_err(|error| {
        let why = match error {
            OrderRuleError::TextTooLong { .. } => "too_long",
            _ => "required",
        };
        ServiceError::field("reason", why, error.to_string())
    })
}

fn close(ctx: &Ctx, row: &mut purchase::Model, reason: Option<&str>) {
    row.closed_by = ctx.actor.user_id;
    row.closed_at = Some(moment(ctx));
    row.close_reason = reason.map(str::to_owned);
}

impl Purchases<'_> {
    /// Puts what came onto the shelves of the kitchen; a price on it becomes the ingredient's. What did not come stays on order, unless
    /// nothing more is expected.
    ///
    /// # Errors
    /// Forbidden without `recipes.write`; not found (a purchase of a kitchen out of scope); an ingredient that was not ordered;
    /// quantities, prices and best-before dates out of range; a reason missing; a conflict when somebody else changed it or it is over;
    /// a reused command id.
    pub async fn receive(
        &self,
        ctx: &Ctx,
        command: ReceivePurchase,
    ) -> ServiceResult<PurchaseView> {
        self.change(ctx, Step::Receive(command)).await
    }

    /// Nothing more comes of it. What came stays.
    ///
    /// # Errors
    /// Forbidden without `recipes.write`; not found; a reason missing; a conflict when somebody else changed it or it is over; a reused
    /// command id.
    pub async fn cancel(&self, ctx: &Ctx, command: CancelPurchase) -> ServiceResult<PurchaseView> {
        self.change(ctx, Step::Cancel(command)).await
    }

    /// The one way of changing a purchase: locked, once for each command, told to the screens and to the audit log.
    async fn change(&self, ctx: &Ctx, step: Step) -> ServiceResult<PurchaseView> {
        ctx.require(Permission::RecipesWrite)?;
        let (command_id, purchase_id, version) = step.ids();
        let operation = step.operation();
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let mut row = purchases::get_locked(&*tx, organization_id, purchase_id).await?;
                if !ctx.actor.stores.contains(row.store_id) {
                    return Err(ServiceError::NotFound("purchase"));
                }
                // Before the state is looked at: who asks again after a lost answer has changed it.
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command_id, operation, &step).await?
                {
                    return Ok(answer);
                }
                if !is_open(row.status) {
                    let status = row.status;
                    return Err(refused(PurchaseRuleError::Over { status }));
                }
                if row.version != version {
                    return Err(ServiceError::Conflict {
                        reason: "purchase.stale",
                        message: "Somebody else changed this purchase meanwhile. Look at it again; what you typed is kept.".into(),
                    });
                }
                let mut lines =
                    purchases::list_lines(&*tx, organization_id, [purchase_id]).await?;
                let before = snapshot(&row, &lines);
                let rolled_up = match &step {
                    Step::Receive(command) => {
                        take_in(&*tx, ctx, &mut row, &mut lines, command).await?
                    }
                    Step::Cancel(command) => {
                        let reason = reason_of(&command.reason)?;
                        row.status = rules::cancel(row.status).map_err(refused)?;
                        close(ctx, &mut row, Some(reason));
                        Vec::new()
                    }
                };
                row.version += 1;
                purchases::update(&*tx, &row).await?;
                announce(&*tx, ctx, operation, Some(before), &row, &lines).await?;
                recipes::record(&*tx, ctx, rolled_up).await?;
                let answer = view_of(&*tx, ctx, row).await?;
                receipts::insert(&*tx, ctx, command_id, operation, &step, &answer).await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }
}

/// Books what came, and writes it beside what was ordered. Answers with what rolled up to products.
async fn take_in(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    row: &mut purchase::Model,
    lines: &mut [purchase_line::Model],
    command: &ReceivePurchase,
) -> ServiceResult<Vec<audit::Change<'static>>> {
    let organization_id = ctx.organization_id();
    let told = came_of(&command.lines, lines)?;
    let text = command.reason.as_deref().map(str::trim);
    let reason = text
        .filter(|text| !text.is_empty())
        .map(reason_of)
        .transpose()?;
    let coming = |line: &purchase_line::Model| Coming {
        ordered: line.ordered_quantity,
        received: line.received_quantity,
        came: told.get(&line.product_id).map_or(0, |told| told.quantity),
    };
    let all: Vec<Coming> = lines.iter().map(coming).collect();
    row.status =
        rules::receive(row.status, &all, command.close_rest, reason.is_some()).map_err(refused)?;
    if row.status == PurchaseStatus::Received {
        close(ctx, row, reason);
    }
    organizations::lock_numbers(db, organization_id).await?;
    let ids: Vec<Uuid> = lines.iter().map(|line| line.product_id).collect();
    let known = rows::list_locked(db, organization_id, &ids).await?;
    // How long it keeps, and how it is bought by now.
    let known: BTreeMap<Uuid, (i32, i64)> = known
        .iter()
        .map(|(product, row)| (product.id, (product.shelf_life_days, row.pack_quantity)))
        .collect();
    let store = shelves::get_store(db, organization_id, row.store_id).await?;
    let today = clock::business_date(clock::zone(&store.time_zone)?, ctx.now);
    let mut booked: BTreeMap<Uuid, DeliveredLine> = BTreeMap::new();
    let mut came: Vec<purchase_receipt::Model> = Vec::new();
    for (line, coming) in lines.iter_mut().zip(&all) {
        let told = told.get(&line.product_id);
        let (life, pack) = known
            .get(&line.product_id)
            .copied()
            .unwrap_or((1, line.pack_quantity));
        let until = told.and_then(|told| told.best_before);
        if let Some(until) = until {
            check_best_before(today, life, until).map_err(refused)?;
        }
        let differs = coming.differs(command.close_rest);
        if coming.came == 0 && !differs {
            continue;
        }
        let price = told.and_then(|told| told.pack_price_minor);
        came.push(purchase_receipt::Model {
            id: Uuid::now_v7(),
            organization_id,
            purchase_id: row.id,
            store_id: store.id,
            product_id: line.product_id,
            quantity: coming.came,
            pack_price_minor: price,
            reason: reason.filter(|_| differs).map(str::to_owned),
            received_on: today,
            best_before: until.unwrap_or_else(|| best_before(today, life)),
            received_at: moment(ctx),
            received_by: ctx.actor.user_id,
            command_id: command.command_id,
        });
        if coming.came > 0 {
            let delivered = DeliveredLine {
                ingredient_id: line.product_id,
                quantity: coming.came,
                // Told of a pack as it was ordered; the ingredient's is of a pack as it is bought today.
                pack_price_minor: price
                    .map(|price| price_of_pack(price, line.pack_quantity, pack).min(MAX_MONEY)),
            };
            booked.insert(line.product_id, delivered);
            line.received_quantity += coming.came;
        }
    }
    purchases::insert_receipts(db, &came).await?;
    purchases::update_lines(db, lines).await?;
    if booked.is_empty() {
        return Ok(Vec::new());
    }
    let note = format!("#{}", row.number);
    let came = Came {
        lines: &booked,
        note: Some(&note),
        command_id: command.command_id,
    };
    let (_, rolled_up) = put_on_shelves(db, ctx, &store, came).await?;
    Ok(rolled_up)
}
