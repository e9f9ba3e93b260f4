//! Opening and resolving alerts from inside other use cases. One open alert a cause, whatever happens how often.

use crate::ServiceResult;
use crate::channels::telling;
use crate::ledger::Shelf;
use crate::live;
use crate::stock::ages;
use crate::store::{alerts, shelves};
use chrono::{DateTime, Utc};
use domain::{AlertKind, Severity, Unit};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// An alert to be open.
#[derive(Clone, Debug)]
pub(crate) struct NewAlert {
    pub store_id: Option<Uuid>,
    pub product_id: Option<Uuid>,
    pub kind: AlertKind,
    pub severity: Severity,
    /// Same key = same cause: a second opening changes only the detail.
    pub dedup_key: String,
    pub detail: Value,
}

/// Opens alerts that are not open yet and refreshes the detail of those that are. Screens hear of it only when
/// something changed: some causes are looked at every few seconds.
pub(crate) async fn open(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    wanted: Vec<NewAlert>,
) -> ServiceResult<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let changed = alerts::upsert_open(db, organization_id, now, &wanted).await?;
    if changed.is_empty() {
        return Ok(());
    }
    telling::tell(db, organization_id, now, &changed).await?;
    live::emit(
        db,
        organization_id,
        now,
        None,
        "alerts",
        None,
        json!({ "opened": changed.len() }),
    )
    .await
}

/// Resolves the open alerts with these keys, because their cause is gone.
pub(crate) async fn resolve(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    keys: &[String],
) -> ServiceResult<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let resolved = alerts::resolve(db, organization_id, now, keys).await?;
    if resolved > 0 {
        live::emit(
            db,
            organization_id,
            now,
            None,
            "alerts",
            None,
            json!({ "resolved": resolved }),
        )
        .await?;
    }
    Ok(())
}

fn negative_key((store_id, product_id): Shelf) -> String {
    format!("negative_stock:{store_id}:{product_id}")
}

/// A shelf below zero has an open alert, any other has none.
pub(crate) async fn sync_negative_stock(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    levels: &BTreeMap<Shelf, i64>,
) -> ServiceResult<()> {
    let wanted: Vec<NewAlert> = levels
        .iter()
        .filter(|(_, on_hand)| **on_hand < 0)
        .map(|(shelf, on_hand)| NewAlert {
            store_id: Some(shelf.0),
            product_id: Some(shelf.1),
            kind: AlertKind::NegativeStock,
            severity: Severity::Warning,
            dedup_key: negative_key(*shelf),
            detail: json!({ "on_hand": on_hand }),
        })
        .collect();
    open(db, organization_id, now, wanted).await?;
    let gone: Vec<String> = levels
        .iter()
        .filter(|(_, on_hand)| **on_hand >= 0)
        .map(|(s, _)| negative_key(*s))
        .collect();
    resolve(db, organization_id, now, &gone).await
}

fn low_key((store_id, product_id): Shelf) -> String {
    format!("below_reorder_point:{store_id}:{product_id}")
}

/// A shelf on which no more than its reorder point is left that can be sold. `good`: base units that have not expired.
pub(crate) fn low((store_id, product_id): Shelf, good: i64, reorder_point: i64) -> NewAlert {
    NewAlert {
        store_id: Some(store_id),
        product_id: Some(product_id),
        kind: AlertKind::BelowReorderPoint,
        severity: Severity::Info,
        dedup_key: low_key((store_id, product_id)),
        detail: json!({ "on_hand": good, "reorder_point": reorder_point }),
    }
}

/// An ingredient of which no more is free in a kitchen, or on its way there, than its reorder point. `free`: base units, of which more may
/// be held back than there are.
pub(crate) fn to_buy(shelf: Shelf, free: i64, reorder_point: i64, unit: Unit) -> NewAlert {
    NewAlert {
        detail: json!({ "on_hand": free, "reorder_point": reorder_point, "to_buy": unit }),
        ..low(shelf, free, reorder_point)
    }
}

/// A shelf at or below the reorder point that is set for it has an open alert; above it, none. What has expired does not count: an alert
/// that stands is closed only by what can be sold. That goods expire while nothing moves is for the clock to see.
pub(crate) async fn sync_reorder_points(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    levels: &BTreeMap<Shelf, i64>,
) -> ServiceResult<()> {
    let points = shelves::list_reorder_points(db, organization_id, levels.keys().copied()).await?;
    let on_hand = |shelf: &Shelf| levels.get(shelf).copied().unwrap_or(0);
    let (mut above, below): (Vec<_>, Vec<_>) = points
        .into_iter()
        .partition(|(shelf, point)| on_hand(shelf) > *point);
    let below = below.into_iter();
    let mut wanted: Vec<NewAlert> = below
        .map(|(shelf, point)| low(shelf, on_hand(&shelf), point))
        .collect();
    let mut gone = Vec::new();
    if !above.is_empty() {
        let keys: Vec<String> = above.iter().map(|(shelf, _)| low_key(*shelf)).collect();
        let standing = alerts::list_standing_among(db, organization_id, &keys).await?;
        above.retain(|(shelf, _)| standing.contains(&low_key(*shelf)));
        let asked: BTreeSet<Shelf> = above.iter().map(|(shelf, _)| *shelf).collect();
        let good = ages::good_of(db, organization_id, now, &asked).await?;
        for (shelf, point) in above {
            let good = good.get(&shelf).copied().unwrap_or(on_hand(&shelf));
            if good > point {
                gone.push(low_key(shelf));
            } else {
                wanted.push(low(shelf, good, point));
            }
        }
    }
    open(db, organization_id, now, wanted).await?;
    resolve(db, organization_id, now, &gone).await
}

/// Shelves that have no reorder point any more have no alert about it.
pub(crate) async fn forget_reorder_points(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    shelves: impl IntoIterator<Item = Shelf>,
) -> ServiceResult<()> {
    let gone: Vec<String> = shelves.into_iter().map(low_key).collect();
    resolve(db, organization_id, now, &gone).await
}
