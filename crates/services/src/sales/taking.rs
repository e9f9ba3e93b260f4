//! Writing sold lines with everything that follows from them: tickets, sums of the day, the ledger.

use super::standing::{self, Standing};
use crate::ServiceResult;
use crate::ledger::{self, NewMovement};
use crate::store::days::{self, DayChange};
use crate::store::tickets::{self, NewLine, NewTicket};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{MovementKind, PaymentMethod, ReturnTo, SaleSource, StockReason};
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A line of a ticket, good as far as its values and the catalog can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SoldLine {
    pub transaction_id: String,
    /// Its name on the ticket, see `ingest::identity`.
    pub line: String,
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub sold_at: DateTime<Utc>,
    pub business_date: NaiveDate,
    /// Base units; below zero where they were brought back.
    pub quantity: i64,
    pub unit_price_minor: i64,
    pub total_minor: i64,
    pub promotion_code: Option<String>,
    pub payment_method: Option<PaymentMethod>,
    /// Where goes what was brought back, if somebody said.
    pub return_to: Option<ReturnTo>,
}

impl SoldLine {
    /// Where goes what was brought back; nothing of a sale. Who does not say has it thrown away: bread that was out of the shop is not
    /// sold again.
    fn goes_back_to(&self) -> Option<ReturnTo> {
        (self.quantity < 0).then(|| self.return_to.unwrap_or(ReturnTo::Waste))
    }
}

/// Where sales come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub source: SaleSource,
    pub import_id: Option<Uuid>,
    pub actor_id: Option<Uuid>,
}

/// What is written.
#[derive(Default)]
struct Chunk {
    new_tickets: Vec<NewTicket>,
    /// Tickets that are there already, with what is added to them.
    old_tickets: Vec<NewTicket>,
    lines: Vec<NewLine>,
    days: BTreeMap<(Uuid, Uuid, NaiveDate), DayChange>,
    movements: Vec<NewMovement>,
}

/// Writes the lines that are not stored yet in the caller's transaction; `stored` is what [`standing::lock_tickets`] found in it. Returns
/// how many were written.
pub(crate) async fn take(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    origin: Origin,
    lines: impl IntoIterator<Item = &SoldLine>,
    stored: &standing::Tickets,
) -> ServiceResult<i64> {
    let chunk = collect(origin, lines, stored);
    if chunk.lines.is_empty() {
        return Ok(0);
    }
    tickets::insert_tickets(db, organization_id, now, origin, &chunk.new_tickets).await?;
    tickets::add_to_tickets(db, organization_id, now, origin, &chunk.old_tickets).await?;
    tickets::insert_lines(db, organization_id, origin.import_id, &chunk.lines).await?;
    days::add(db, organization_id, now, &chunk.days).await?;
    ledger::post(db, organization_id, now, chunk.movements).await?;
    Ok(i64::try_from(chunk.lines.len()).unwrap_or(i64::MAX))
}

fn collect<'a>(
    origin: Origin,
    lines: impl IntoIterator<Item = &'a SoldLine>,
    stored: &standing::Tickets,
) -> Chunk {
    let mut chunk = Chunk::default();
    let mut seen: HashMap<(Uuid, &str), (bool, usize)> = HashMap::new();
    let mut last_price: HashMap<(Uuid, Uuid, NaiveDate), DateTime<Utc>> = HashMap::new();
    for c in lines {
        let Standing::New(ticket_id) = standing::compare(c, stored) else {
            continue;
        };
        let (old, index) = *seen
            .entry((c.store_id, &c.transaction_id))
            .or_insert_with(|| {
                let tickets = if ticket_id.is_some() {
                    &mut chunk.old_tickets
                } else {
                    &mut chunk.new_tickets
                };
                tickets.push(NewTicket {
                    id: ticket_id.unwrap_or_else(Uuid::now_v7),
                    store_id: c.store_id,
                    transaction_id: c.transaction_id.clone(),
                    business_date: c.business_date,
                    sold_at: c.sold_at,
                    total_minor: 0,
                    payment_method: c.payment_method,
                });
                (ticket_id.is_some(), tickets.len() - 1)
            });
        let ticket = if old {
            &mut chunk.old_tickets[index]
        } else {
            &mut chunk.new_tickets[index]
        };
        ticket.total_minor += c.total_minor;
        let sale_id = ticket.id;
        chunk.lines.push(NewLine {
            sale_id,
            line: c.line.clone(),
            store_id: c.store_id,
            product_id: c.product_id,
            business_date: c.business_date,
            quantity: c.quantity,
            unit_price_minor: c.unit_price_minor,
            total_minor: c.total_minor,
            promotion_code: c.promotion_code.clone(),
            return_to: c.goes_back_to(),
        });
        let key = (c.store_id, c.product_id, c.business_date);
        let day = chunk.days.entry(key).or_default();
        day.add_line(c.quantity, c.total_minor);
        // What is paid back was paid at the price of some other day.
        if c.quantity > 0 {
            let last = last_price.entry(key).or_insert(c.sold_at);
            if c.sold_at >= *last {
                *last = c.sold_at;
                day.unit_price_minor = Some(c.unit_price_minor);
            }
            if c.promotion_code.is_some() {
                day.promotion.clone_from(&c.promotion_code);
            }
        }
        move_goods(&mut chunk.movements, c, sale_id, origin);
    }
    // What came back for no money leaves the day as it was: one on which nothing was sold is none of the history.
    chunk.days.retain(|_, day| *day != DayChange::default());
    chunk
}

/// What a line does to its shelf. What is brought back to be thrown away comes and goes at the same moment, so that the ledger has both.
fn move_goods(movements: &mut Vec<NewMovement>, c: &SoldLine, sale_id: Uuid, origin: Origin) {
    let mut write = |kind: MovementKind, quantity: i64, reason: Option<StockReason>| {
        let shelf = (c.store_id, c.product_id);
        let mut movement = NewMovement::new(shelf, kind, quantity, c.sold_at, c.business_date);
        movement.reason = reason;
        movement.sale_id = Some(sale_id);
        movement.import_id = origin.import_id;
        movement.actor_id = origin.actor_id;
        movements.push(movement);
    };
    let Some(to) = c.goes_back_to() else {
        return write(MovementKind::Sale, -c.quantity, None);
    };
    write(MovementKind::Return, -c.quantity, None);
    if to == ReturnTo::Waste {
        write(MovementKind::Waste, c.quantity, Some(StockReason::Returned));
    }
}
