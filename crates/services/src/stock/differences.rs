//! Alerts about counts that were far off.

use crate::alerting::{self, NewAlert};
use crate::count_sheets::limits;
use crate::ledger::Shelf;
use crate::production_orders::moment;
use crate::store::counts::{NewCount, NewCountLine};
use crate::store::{alerts, shelves, stock};
use crate::{Ctx, ServiceResult};
use chrono::{DateTime, Utc};
use domain::counts::worth;
use domain::stock::count_difference;
use domain::{AlertKind, Severity};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

fn key_of((store_id, product_id): Shelf) -> String {
    format!("count_difference:{store_id}:{product_id}")
}

fn alert_of(shelf: Shelf, difference: i64, money_minor: i64) -> NewAlert {
    NewAlert {
        store_id: Some(shelf.0),
        product_id: Some(shelf.1),
        kind: AlertKind::CountDifference,
        severity: Severity::Warning,
        dedup_key: key_of(shelf),
        detail: json!({ "quantity": difference, "money_minor": money_minor }),
    }
}

/// What the difference of each product is worth, at cost, without a sign.
async fn worths(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    count: &NewCount,
) -> ServiceResult<BTreeMap<Uuid, i64>> {
    let shelves = count.lines.iter().map(|l| (count.store_id, l.product_id));
    let names = shelves::list_names(db, ctx.organization_id(), shelves).await?;
    let mut worths = BTreeMap::new();
    for line in &count.lines {
        let cost = names.product(line.product_id)?.unit_cost_minor;
        let difference = count_difference(line.counted, line.expected);
        worths.insert(line.product_id, worth(difference, cost));
    }
    Ok(worths)
}

/// A shelf whose last count was far off has an open alert, any other that was counted has none. A count that comes after a later one of the
/// same shelf says nothing new.
pub(super) async fn sync_differences(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    count: &NewCount,
) -> ServiceResult<()> {
    let limits = limits(db, ctx.organization_id()).await?;
    if limits.recount_minor.is_none() {
        return Ok(());
    }
    let worths = worths(db, ctx, count).await?;
    let shelves = count.lines.iter().map(|l| (count.store_id, l.product_id));
    let earliest = count.lines.iter().map(|line| line.counted_at).min();
    let since = earliest.unwrap_or(count.counted_at);
    let counts = stock::list_counts_since(db, ctx.organization_id(), shelves, since).await?;
    let is_last = |line: &&NewCountLine| {
        let marks = counts.get(&(count.store_id, line.product_id));
        let mut marks = marks.into_iter().flatten();
        !marks.any(|(mark, _)| mark.counted_at > line.counted_at)
    };
    let (mut wanted, mut gone) = (Vec::new(), Vec::new());
    for line in count.lines.iter().filter(is_last) {
        let key = key_of((count.store_id, line.product_id));
        let money = worths.get(&line.product_id).copied().unwrap_or(0);
        if !limits.wants_recount(money) {
            gone.push(key);
            continue;
        }
        let difference = count_difference(line.counted, line.expected);
        wanted.push(alert_of(
            (count.store_id, line.product_id),
            difference,
            money,
        ));
    }
    alerting::open(db, ctx.organization_id(), moment(ctx), wanted).await?;
    alerting::resolve(db, ctx.organization_id(), moment(ctx), &gone).await
}

/// What was learned late changed the last count of these shelves: an alert about one of them tells what it differs by now, and goes where
/// that is no more worth a word. Nothing is opened: a history that is taken in late makes every count differ from what was written before.
/// Five statements and those of the alerts, whatever the number of shelves; one where no such alert stands.
pub(crate) async fn follow_top_ups(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    mut topped_up: BTreeMap<Shelf, Uuid>,
) -> ServiceResult<()> {
    if topped_up.is_empty() {
        return Ok(());
    }
    let keys: Vec<String> = topped_up.keys().copied().map(key_of).collect();
    let standing = alerts::list_standing_among(db, organization_id, &keys).await?;
    topped_up.retain(|shelf, _| standing.contains(&key_of(*shelf)));
    if topped_up.is_empty() {
        return Ok(());
    }
    let limits = limits(db, organization_id).await?;
    let names = shelves::list_names(db, organization_id, topped_up.keys().copied()).await?;
    let differences = stock::list_differences(db, organization_id, &topped_up).await?;
    let (mut wanted, mut gone) = (Vec::new(), Vec::new());
    for shelf in topped_up.keys() {
        let difference = differences.get(shelf).copied().unwrap_or(0);
        let money = worth(difference, names.product(shelf.1)?.unit_cost_minor);
        if limits.wants_recount(money) {
            wanted.push(alert_of(*shelf, difference, money));
        } else {
            gone.push(key_of(*shelf));
        }
    }
    alerting::open(db, organization_id, now, wanted).await?;
    alerting::resolve(db, organization_id, now, &gone).await
}
