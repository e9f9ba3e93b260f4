//! What is weighed against the limit of approval, and who may agree.

use crate::ledger::Shelf;
use crate::production_orders::moment;
use crate::store::{counts, people, shelves, stock};
use crate::{Ctx, ServiceResult};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Permission;
use domain::counts::{Approval, WEIGHED_HOURS, approval, worth_together};
use sea_orm::ConnectionTrait;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a number about to be weighed says of a product.
pub(crate) struct Difference {
    pub product_id: Uuid,
    pub counted_at: DateTime<Utc>,
    /// Counted less expected, in base units.
    pub quantity: i64,
}

/// What the differences of a count are worth, at cost, together with those that the people who entered its numbers found in this store
/// within the last hours and that nobody approved.
///
/// A number as of a moment before a count that is booked already moves no shelf: the later count stands. It is weighed by itself, or who
/// invents one could take back with it what they find missing next.
pub(crate) async fn weigh(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    store_id: Uuid,
    differences: &[Difference],
    entered: &BTreeSet<Uuid>,
) -> ServiceResult<i64> {
    let organization_id = ctx.organization_id();
    let since = moment(ctx) - TimeDelta::hours(WEIGHED_HOURS);
    let earlier =
        counts::list_unapproved_since(db, organization_id, store_id, since, entered).await?;
    let products = earlier.iter().map(|found| found.product_id);
    let products = products.chain(differences.iter().map(|found| found.product_id));
    let shelves: BTreeSet<Shelf> = products.map(|product_id| (store_id, product_id)).collect();
    let names = shelves::list_names(db, organization_id, shelves).await?;
    let overtaken = list_overtaken(db, organization_id, store_id, differences).await?;
    let earlier = earlier
        .iter()
        .map(|found| (found.product_id, found.quantity, found.is_overtaken));
    let own = differences.iter().map(|found| {
        let is_overtaken = overtaken.contains(&found.product_id);
        (found.product_id, found.quantity, is_overtaken)
    });
    let mut parts = Vec::new();
    for (at, (product_id, quantity, is_overtaken)) in earlier.chain(own).enumerate() {
        let cost = names.product(product_id)?.unit_cost_minor;
        let by_itself = is_overtaken.then_some(at);
        parts.push(((product_id, by_itself), quantity, cost));
    }
    Ok(worth_together(parts))
}

/// Products of which a count is booked that was taken later than these numbers.
async fn list_overtaken(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    differences: &[Difference],
) -> ServiceResult<BTreeSet<Uuid>> {
    let off = || differences.iter().filter(|found| found.quantity != 0);
    let Some(since) = off().map(|found| found.counted_at).min() else {
        return Ok(BTreeSet::new());
    };
    let shelves = off().map(|found| (store_id, found.product_id));
    let counts = stock::list_counts_since(db, organization_id, shelves, since).await?;
    let is_overtaken = |found: &&Difference| {
        let marks = counts.get(&(store_id, found.product_id));
        let mut marks = marks.into_iter().flatten();
        marks.any(|(mark, _)| mark.counted_at > found.counted_at)
    };
    let those = off().filter(is_overtaken);
    Ok(those.map(|found| found.product_id).collect())
}

/// Whether the caller may agree to a count with numbers of these people. Where nobody who is active has the right for the store, there is
/// nobody to wait for: then whoever may count may agree too.
pub(crate) async fn may_agree(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    store_id: Uuid,
    entered: &BTreeSet<Uuid>,
) -> ServiceResult<Approval> {
    let right = Permission::StockApprove;
    let organization_id = ctx.organization_id();
    if !ctx.actor.permissions.contains(&right) {
        let nobody = BTreeSet::new();
        let is_there =
            people::has_other_with_permission(db, organization_id, store_id, right, &nobody);
        return Ok(if is_there.await? {
            Approval::Refused
        } else {
            Approval::OwnForLackOfOthers
        });
    }
    let by = ctx.actor.user_id;
    let is_own = by.is_some_and(|person| entered.contains(&person));
    let others = is_own
        && people::has_other_with_permission(db, organization_id, store_id, right, entered).await?;
    Ok(approval(entered, by.as_ref(), others))
}
