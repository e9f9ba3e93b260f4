//! Posting to the stock ledger: the only way in which on hand ever changes.
//!
//! Order of locks, everywhere: level rows by (store, product) ascending, then the audit head. Level rows are locked
//! before counts are read, so a fact and a count of the same shelf never pass each other unseen.

use crate::stock::differences;
use crate::store::stock;
use crate::{ServiceResult, alerting};
use chrono::{DateTime, NaiveDate, Utc};
use domain::stock::{CountMark, Fact, count_top_ups};
use domain::{MovementKind, StockReason};
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;
use uuid::Uuid;

/// One shelf: a product in a store.
pub(crate) type Shelf = (Uuid, Uuid);

/// A movement about to be written. Signed quantity, see [`MovementKind::sign`].
#[derive(Clone, Debug)]
pub(crate) struct NewMovement {
    /// Identifier, so that callers can name it before it is written.
    pub id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub kind: MovementKind,
    pub quantity: i64,
    pub occurred_at: DateTime<Utc>,
    pub business_date: NaiveDate,
    pub reason: Option<StockReason>,
    pub note: Option<String>,
    pub reverses_id: Option<Uuid>,
    pub count_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub sale_id: Option<Uuid>,
    pub import_id: Option<Uuid>,
    pub command_id: Option<Uuid>,
    pub actor_id: Option<Uuid>,
    pub transfer_id: Option<Uuid>,
}

impl NewMovement {
    /// A movement with the required parts; the rest is `None`.
    pub(crate) fn new(
        shelf: Shelf,
        kind: MovementKind,
        quantity: i64,
        occurred_at: DateTime<Utc>,
        business_date: NaiveDate,
    ) -> Self {
        Self {
            id: Uuid::now_v7(),
            store_id: shelf.0,
            product_id: shelf.1,
            kind,
            quantity,
            occurred_at,
            business_date,
            reason: None,
            note: None,
            reverses_id: None,
            count_id: None,
            order_id: None,
            sale_id: None,
            import_id: None,
            command_id: None,
            actor_id: None,
            transfer_id: None,
        }
    }

    fn shelf(&self) -> Shelf {
        (self.store_id, self.product_id)
    }
}

/// Locks the level rows of these shelves, in the fixed order, creating missing ones at zero, and returns on hand.
/// Call it first in a transaction whose decision depends on what is there.
pub(crate) async fn lock_levels(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    shelves: impl IntoIterator<Item = Shelf>,
) -> ServiceResult<BTreeMap<Shelf, i64>> {
    let zero: BTreeMap<Shelf, i64> = shelves.into_iter().map(|s| (s, 0)).collect();
    stock::add_to_levels(db, organization_id, now, &zero).await?;
    stock::list_levels_of(db, organization_id, zero.keys().copied()).await
}

/// Writes movements and everything that follows from them in the caller's transaction: corrections of counts that
/// happened later, level rows, alerts about what is on the shelves and about counts. Returns on hand after the change, by shelf.
pub(crate) async fn post(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    movements: Vec<NewMovement>,
) -> ServiceResult<BTreeMap<Shelf, i64>> {
    if movements.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut by_shelf: BTreeMap<Shelf, Vec<Fact>> = BTreeMap::new();
    for m in &movements {
        by_shelf.entry(m.shelf()).or_default().push(Fact {
            occurred_at: m.occurred_at,
            quantity: m.quantity,
            of_count: if m.kind == MovementKind::Count {
                m.count_id
            } else {
                None
            },
        });
    }
    let zero: BTreeMap<Shelf, i64> = by_shelf.keys().map(|s| (*s, 0)).collect();
    stock::add_to_levels(db, organization_id, now, &zero).await?;

    let earliest = movements.iter().map(|m| m.occurred_at).min().unwrap_or(now);
    let counts =
        stock::list_counts_since(db, organization_id, by_shelf.keys().copied(), earliest).await?;
    let mut all = movements;
    let mut change: BTreeMap<Shelf, i64> = BTreeMap::new();
    // The last counts of their shelves that differ from now on by something else.
    let mut topped_up: BTreeMap<Shelf, Uuid> = BTreeMap::new();
    for (shelf, facts) in &by_shelf {
        let mut delta: i64 = facts.iter().map(|f| f.quantity).sum();
        let marks: &[(CountMark, NaiveDate)] = counts.get(shelf).map_or(&[], Vec::as_slice);
        let bare: Vec<CountMark> = marks.iter().map(|(m, _)| *m).collect();
        for (count_id, counted_at, quantity) in count_top_ups(&bare, facts) {
            let date = marks
                .iter()
                .find(|(m, _)| m.count_id == count_id)
                .map_or_else(|| counted_at.date_naive(), |(_, d)| *d);
            let mut top_up =
                NewMovement::new(*shelf, MovementKind::Count, quantity, counted_at, date);
            top_up.count_id = Some(count_id);
            all.push(top_up);
            delta += quantity;
            if marks
                .last()
                .is_some_and(|(m, _)| m.counted_at == counted_at)
            {
                topped_up.insert(*shelf, count_id);
            }
        }
        change.insert(*shelf, delta);
    }
    stock::insert_movements(db, organization_id, now, &all).await?;
    change.retain(|_, delta| *delta != 0);
    stock::add_to_levels(db, organization_id, now, &change).await?;
    let levels = stock::list_levels_of(db, organization_id, by_shelf.keys().copied()).await?;
    alerting::sync_negative_stock(db, organization_id, now, &levels).await?;
    alerting::sync_reorder_points(db, organization_id, now, &levels).await?;
    differences::follow_top_ups(db, organization_id, now, topped_up).await?;
    Ok(levels)
}
