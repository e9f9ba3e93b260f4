//! When what is to be baked has to be there.

use super::batches::rest;
use crate::ServiceResult;
use crate::clock::{instant, zone};
use crate::ledger::Shelf;
use crate::store::shelves::Names;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use domain::ReplenishmentPolicy;
use domain::day_parts::{DayPart, PartQuantity, scaled, still_to_come};
use domain::replenish::Reasons;
use entity::{organization, production_order, store};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A batch that is to be baked, or what is still to come of one.
pub(crate) struct Planned {
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// Base units.
    pub quantity: i64,
    pub parts: Vec<PartQuantity>,
    /// As it was planned; as the shelf goes by now where nobody said.
    pub policy: Option<ReplenishmentPolicy>,
    /// Days that it is to last.
    pub covers_days: i32,
}

impl Planned {
    /// What is still to come of an order; `reasons` are those of the suggestion that it was made from.
    pub(crate) fn of_order(order: &production_order::Model, reasons: Option<&Reasons>) -> Self {
        let (whole, quantity) = (order.planned_quantity, rest(order));
        let parts = reasons.map_or_else(Vec::new, |r| {
            still_to_come(scaled(&r.parts, whole, r.tray), whole - quantity)
        });
        Self {
            store_id: order.store_id,
            product_id: order.product_id,
            quantity,
            parts,
            policy: reasons.map(|r| r.policy),
            covers_days: reasons.map_or(1, covers_days),
        }
    }
}

pub(super) fn covers_days(reasons: &Reasons) -> i32 {
    i32::try_from(reasons.covers_days).unwrap_or(i32::MAX)
}

/// A minute of a day in a store's own time.
pub(super) fn on_day(
    store: &store::Model,
    date: NaiveDate,
    minute: i32,
) -> ServiceResult<DateTime<Utc>> {
    let local = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute));
    Ok(instant(zone(&store.time_zone)?, local))
}

/// What it takes to say when a batch is due.
pub(crate) struct DueTimes<'a> {
    pub organization: &'a organization::Model,
    pub names: &'a Names,
    /// Shelves for which somebody chose another policy than their products'.
    pub chosen: BTreeMap<Shelf, ReplenishmentPolicy>,
}

impl DueTimes<'_> {
    /// When a part of the day begins in a store: the morning when it opens, the others not before it does.
    fn begin(
        &self,
        store: &store::Model,
        date: NaiveDate,
        part: DayPart,
    ) -> ServiceResult<DateTime<Utc>> {
        let minute = match part {
            DayPart::Morning => store.opens_at_minute,
            DayPart::Midday => self.organization.midday_minute,
            DayPart::Afternoon => self.organization.afternoon_minute,
        };
        on_day(store, date, minute.max(store.opens_at_minute))
    }

    /// When how much of a batch of a day is due. A batch with parts: each when its part of the day begins. Without: fresh goods when the
    /// shop opens; goods that keep, and those that are sold on a later day, by the end of the kitchen's day.
    pub(crate) fn of(
        &self,
        kitchen: &store::Model,
        store: &store::Model,
        date: NaiveDate,
        planned: &Planned,
    ) -> ServiceResult<Vec<(DateTime<Utc>, i64)>> {
        if !planned.parts.is_empty() {
            let parts = planned.parts.iter().filter(|part| part.quantity > 0);
            return parts
                .map(|part| Ok((self.begin(store, date, part.part)?, part.quantity)))
                .collect();
        }
        let product = self.names.product(planned.product_id)?;
        let chosen = self.chosen.get(&(planned.store_id, planned.product_id));
        let policy = planned.policy.or(chosen.copied()).unwrap_or(product.policy);
        let is_for_today = policy == ReplenishmentPolicy::Newsvendor && product.lead_time_days < 1;
        let due_at = if is_for_today {
            self.begin(store, date, DayPart::Morning)?
        } else {
            on_day(kitchen, date, kitchen.closes_at_minute)?
        };
        Ok(vec![(due_at, planned.quantity)])
    }

    /// When the first of what is still to come of an order is due; `None` where nothing is. What was ordered when its moment had passed
    /// is due when the shop closes, and at no moment of that day once it has: nobody can be in time for what is asked too late.
    pub(crate) fn first_of(
        &self,
        kitchen: &store::Model,
        store: &store::Model,
        order: &production_order::Model,
        reasons: Option<&Reasons>,
    ) -> ServiceResult<Option<DateTime<Utc>>> {
        let planned = Planned::of_order(order, reasons);
        if planned.quantity < 1 {
            return Ok(None);
        }
        let date = order.production_date;
        let closing = on_day(store, date, store.closes_at_minute)?;
        let due = self.of(kitchen, store, date, &planned)?.into_iter();
        let in_time = due.map(|(at, _)| if at < order.created_at { closing } else { at });
        Ok(in_time.filter(|at| *at >= order.created_at).min())
    }
}
