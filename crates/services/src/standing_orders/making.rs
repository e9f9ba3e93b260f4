//! From standing orders to orders: the clock looks every minute whether those of today and tomorrow are there.

use super::StandingOrders;
use crate::production_orders::{self, NewOrder};
use crate::store::{organizations, panel, shelves, standing_orders as rows};
use crate::{Ctx, ServiceResult, clock};
use chrono::{Days, NaiveDate};
use domain::standing::{is_due, is_on};
use domain::{CalendarKind, OrderSource, Permission, ProductKind};
use entity::{calendar_entry, product, standing_order, store};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// So many standing orders are looked at in one step; one transaction makes two orders of each at most.
const ROWS_AT_ONCE: u64 = 200;

/// What one step did, and where the next one begins.
struct Step {
    made: u64,
    next: Option<Uuid>,
}

impl StandingOrders<'_> {
    /// Makes the orders of today and tomorrow, on each store's own calendar, that are not there yet; answers with how many. For the clock,
    /// every minute and from any number of processes: an order is made once for a day, whatever becomes of it. None is made for a day on
    /// which nobody bakes, or whose goods would come to a closed store.
    ///
    /// # Errors
    /// Forbidden without `jobs.run`; the database's.
    pub async fn sweep(&self, ctx: &Ctx) -> ServiceResult<u64> {
        ctx.require(Permission::JobsRun)?;
        let (mut made, mut after) = (0, None);
        loop {
            let step = self
                .services
                .db()
                .retry(|| self.sweep_some(ctx, after))
                .await?;
            made += step.made;
            if step.next.is_none() {
                return Ok(made);
            }
            after = step.next;
        }
    }

    async fn sweep_some(&self, ctx: &Ctx, after: Option<Uuid>) -> ServiceResult<Step> {
        let db = self.services.db();
        let organization_id = ctx.organization_id();
        let known = rows::list_in_force(
            &db.of(ctx.organization_id()),
            organization_id,
            days_on_earth(ctx),
            after,
            ROWS_AT_ONCE,
        )
        .await?;
        let is_full = known.len() as u64 == ROWS_AT_ONCE;
        let next = known.last().filter(|_| is_full).map(|row| row.id);
        let mut step = Step { made: 0, next };
        if missing(&db.of(ctx.organization_id()), ctx, &known)
            .await?
            .is_empty()
        {
            return Ok(step);
        }
        let tx = db.begin_for(ctx.organization_id()).await?;
        // Once more, now that nobody else can change them, end them or make their orders.
        let ids = known.iter().map(|row| row.id);
        let known = rows::list_locked(&*tx, organization_id, ids).await?;
        organizations::lock_numbers(&*tx, organization_id).await?;
        for (row, date) in missing(&*tx, ctx, &known).await? {
            let new = NewOrder {
                store_id: row.store_id,
                product_id: row.product_id,
                production_date: date,
                planned_quantity: row.quantity,
                source: OrderSource::Standing,
                suggestion_id: None,
                standing: Some((row.id, date)),
                note: row.note.clone(),
            };
            production_orders::add(&*tx, ctx, new).await?;
            step.made += 1;
        }
        tx.commit().await?;
        Ok(step)
    }
}

/// The days that are today or tomorrow anywhere: stores in the east may be a day ahead of the west.
fn days_on_earth(ctx: &Ctx) -> (NaiveDate, NaiveDate) {
    let here = ctx.now.date_naive();
    (here - Days::new(1), here + Days::new(2))
}

/// Orders that are due today or tomorrow and were never made: six statements, whatever their number.
async fn missing<'r>(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    known: &'r [standing_order::Model],
) -> ServiceResult<Vec<(&'r standing_order::Model, NaiveDate)>> {
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let organization_id = ctx.organization_id();
    let span = days_on_earth(ctx);
    let ids = known.iter().map(|row| row.id);
    let made = rows::list_made(db, organization_id, ids, span).await?;
    let shelves_of = known.iter().map(|row| (row.store_id, row.product_id));
    let names = shelves::list_names(db, organization_id, shelves_of).await?;
    // Whoever has no kitchen of its own is baked for by another store.
    let bakers = names.stores.values().filter_map(|s| s.kitchen_store_id);
    let bakers =
        shelves::list_names(db, organization_id, bakers.map(|id| (id, Uuid::nil()))).await?;
    let leads = names.products.values().map(lead_of);
    let until = span.1 + leads.max().unwrap_or(Days::new(0));
    let mut closures = panel::list_calendar(db, organization_id, span.0, until).await?;
    closures.retain(|entry| entry.kind == CalendarKind::Closure);
    let mut due = Vec::new();
    for row in known {
        let (store, product) = (names.store(row.store_id)?, names.product(row.product_id)?);
        let today = ctx.today_in(clock::zone(&store.time_zone)?);
        let baker = store.kitchen_store_id.map(|id| bakers.store(id));
        let baker = baker.transpose()?.unwrap_or(store);
        for date in [today, today + Days::new(1)] {
            if is_due(row.weekdays, row.valid_from, row.valid_until, date)
                && is_on(baker.opening_days, date)
                && is_open(store, &closures, date + lead_of(product))
                && is_baked(product, date)
                && !made.contains(&(row.id, date))
            {
                due.push((row, date));
            }
        }
    }
    Ok(due)
}

/// Days from the oven to the shop's shelf.
fn lead_of(product: &product::Model) -> Days {
    Days::new(u64::try_from(product.lead_time_days).unwrap_or(0))
}

/// Whether goods can be sold there: its own opening days, less the days on which it or every store is closed.
fn is_open(store: &store::Model, closures: &[calendar_entry::Model], date: NaiveDate) -> bool {
    let is_closed = closures.iter().any(|entry| {
        entry.store_id.is_none_or(|id| id == store.id)
            && entry.starts_on <= date
            && date <= entry.ends_on
    });
    store.active && is_on(store.opening_days, date) && !is_closed
}

fn is_baked(product: &product::Model, date: NaiveDate) -> bool {
    product.active
        && product.kind == ProductKind::Product
        && product.discontinued_on.is_none_or(|gone| date < gone)
}
