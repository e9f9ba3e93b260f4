//! What is weighed against the limit of approval, and who may agree.

use crate::production_orders::moment;
use crate::store::{counts, people, shelves};
use crate::{Ctx, ServiceResult};
use chrono::TimeDelta;
use domain::Permission;
use domain::counts::{Approval, WEIGHED_HOURS, approval, worth_together};
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What the differences of a count are worth, at cost, together with those that the people who entered its numbers found in this store
/// within the last hours and that nobody approved.
pub(crate) async fn weigh(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    store_id: Uuid,
    differences: &BTreeMap<Uuid, i64>,
    entered: &BTreeSet<Uuid>,
) -> ServiceResult<i64> {
    let organization_id = ctx.organization_id();
    let since = moment(ctx) - TimeDelta::hours(WEIGHED_HOURS);
    let earlier =
        counts::list_unapproved_since(db, organization_id, store_id, since, entered).await?;
    let shelves = earlier.keys().chain(differences.keys());
    let shelves = shelves.map(|product_id| (store_id, *product_id));
    let names = shelves::list_names(db, organization_id, shelves).await?;
    let mut parts = Vec::with_capacity(earlier.len() + differences.len());
    for (product_id, difference) in earlier.iter().chain(differences) {
        let cost = names.product(*product_id)?.unit_cost_minor;
        parts.push((*product_id, *difference, cost));
    }
    Ok(worth_together(parts))
}

/// Whether the caller may agree to a count with numbers of these people.
pub(crate) async fn may_agree(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    store_id: Uuid,
    entered: &BTreeSet<Uuid>,
) -> ServiceResult<Approval> {
    let right = Permission::StockApprove;
    if !ctx.actor.permissions.contains(&right) {
        return Ok(Approval::Refused);
    }
    let by = ctx.actor.user_id;
    let is_own = by.is_some_and(|person| entered.contains(&person));
    let others = is_own
        && people::has_other_with_permission(db, ctx.organization_id(), store_id, right, entered)
            .await?;
    Ok(approval(entered, by.as_ref(), others))
}
