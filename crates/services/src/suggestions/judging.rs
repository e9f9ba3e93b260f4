//! What people's changes brought: judged by night, once their days are over, by what was wanted then.

use super::Suggestions;
use crate::ledger::Shelf;
use crate::policies::terms_of;
use crate::production_orders::moment;
use crate::stock::ages;
use crate::store::suggestion_outcomes::{self as rows, Brought, Span};
use crate::store::{orders, shelves, suggestions};
use crate::{Ctx, ServiceResult, StoreScope, audit, live};
use chrono::{Datelike, Days, NaiveDate};
use contract::suggestions::JudgedSuggestions;
use domain::replenish::{Margins, Reasons, wanted};
use domain::{OrderStatus, Permission, ReplenishmentPolicy, SuggestionStatus};
use entity::{
    daily_sales, product, production_order, store, store_product, suggestion, suggestion_outcome,
};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Days that are judged, each of them in so many nights: what comes late corrects what was said.
const JUDGED_DAYS: u64 = 7;

/// The longest that a batch of fresh goods has to feed a shop, in days (`domain::replenish::cover`).
const LONGEST_COVER: u64 = 7;

/// A suggestion that somebody changed or said no to, and the days that its batch had to feed.
struct Change {
    row: suggestion::Model,
    first: NaiveDate,
    last: NaiveDate,
}

impl Change {
    const fn shelf(&self) -> Shelf {
        (self.row.store_id, self.row.product_id)
    }
}

/// What can be said of a change.
enum Verdict {
    Judged(Box<suggestion_outcome::Model>),
    /// In the end as much was planned as had been suggested.
    Unchanged,
    Moved,
    Unpriced,
    Unknown,
}

/// Everything that changes are judged by.
struct Facts {
    stores: BTreeMap<Uuid, store::Model>,
    products: BTreeMap<Uuid, product::Model>,
    carried: BTreeMap<Shelf, store_product::Model>,
    sold: HashMap<(Shelf, NaiveDate), daily_sales::Model>,
    open: BTreeSet<(Uuid, NaiveDate)>,
    /// Those that accepted suggestions became.
    orders: HashMap<Uuid, production_order::Model>,
    /// Those that somebody wrote by hand, by production date.
    by_hand: HashMap<(Shelf, NaiveDate), Vec<production_order::Model>>,
    brought: HashMap<Shelf, Vec<Brought>>,
    /// What could still be sold when a day began.
    leftovers: HashMap<(Shelf, NaiveDate), i64>,
}

impl Suggestions<'_> {
    /// Judges the changes to suggestions whose days were over within the week until `until`: what the system's number would have cost
    /// in leftovers and missed sales, and what the person's did. A second call changes nothing, unless more is known by then.
    ///
    /// Left out are goods that keep, batches that were baked for another day or given up, and days of which nobody can tell what was
    /// wanted. What an accepted batch was changed to later on, and what came out of it, is not judged: the decision is.
    ///
    /// # Errors
    /// Forbidden without `jobs.run`.
    pub async fn judge(&self, ctx: &Ctx, until: NaiveDate) -> ServiceResult<JudgedSuggestions> {
        ctx.require(Permission::JobsRun)?;
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let products: BTreeMap<Uuid, product::Model> = shelves::list_products(db, organization_id)
            .await?
            .into_iter()
            .map(|(product, _)| (product.id, product))
            .collect();
        let lead = products.values().map(|p| p.lead_time_days).max();
        let lead = u64::try_from(lead.unwrap_or(0)).unwrap_or(0);
        let since = until - Days::new(JUDGED_DAYS - 1);
        let from = since - Days::new(LONGEST_COVER - 1 + lead);
        let rows = suggestions::list_changed(db, organization_id, from, until).await?;
        let mut found = JudgedSuggestions::default();
        let (mut changes, mut left_out) = (Vec::new(), Vec::new());
        for row in rows {
            let Some((policy, first, last)) = covered(&row) else {
                // One odd row is no reason to judge none of the others.
                tracing::warn!(suggestion_id = %row.id, "the reasons of a suggestion cannot be read: it is not judged");
                found.unknown += 1;
                continue;
            };
            if !(since..=until).contains(&last) {
                continue;
            }
            if policy == ReplenishmentPolicy::ReorderPoint {
                found.keeping += 1;
                left_out.push(row.id);
            } else {
                changes.push(Change { row, first, last });
            }
        }
        let facts = facts(db, organization_id, &changes, products).await?;
        let mut judged = Vec::new();
        for change in &changes {
            match facts.verdict(ctx, change) {
                Verdict::Judged(outcome) => {
                    found.judged += 1;
                    found.saved_minor = found.saved_minor.saturating_add(outcome.saved_minor);
                    judged.push(*outcome);
                    continue;
                }
                Verdict::Unchanged => {}
                Verdict::Moved => found.moved += 1,
                Verdict::Unpriced => found.unpriced += 1,
                Verdict::Unknown => found.unknown += 1,
            }
            left_out.push(change.row.id);
        }
        self.services
            .db()
            .retry(|| {
                self.write_judged(ctx, until, (judged.as_slice(), left_out.as_slice()), found)
            })
            .await
    }

    /// Writes what is known now and was not before, and takes back what is not known any more.
    async fn write_judged(
        &self,
        ctx: &Ctx,
        until: NaiveDate,
        (judged, left_out): (&[suggestion_outcome::Model], &[Uuid]),
        mut found: JudgedSuggestions,
    ) -> ServiceResult<JudgedSuggestions> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let ids = judged.iter().map(|row| row.suggestion_id);
        let ids: Vec<Uuid> = ids.chain(left_out.iter().copied()).collect();
        let before = rows::list_of(&*tx, organization_id, &ids).await?;
        let news: Vec<suggestion_outcome::Model> = judged
            .iter()
            .filter(|row| {
                let known = before.get(&row.suggestion_id);
                known.is_none_or(|known| !says_same(known, row))
            })
            .cloned()
            .collect();
        let gone: Vec<Uuid> = left_out
            .iter()
            .copied()
            .filter(|id| before.contains_key(id))
            .collect();
        found.written = news.len() as u64;
        found.removed = gone.len() as u64;
        if news.is_empty() && gone.is_empty() {
            return Ok(found);
        }
        rows::upsert(&*tx, &news).await?;
        rows::delete(&*tx, organization_id, &gone).await?;
        let detail = json!({ "judged_until": until });
        live::emit(
            &*tx,
            organization_id,
            moment(ctx),
            None,
            "suggestions",
            None,
            detail,
        )
        .await?;
        let change = audit::Change {
            action: "suggestions.judge",
            subject_kind: "organization",
            subject_id: organization_id,
            before: None,
            after: Some(json!({ "until": until, "found": found })),
        };
        audit::record(&*tx, ctx, change).await?;
        tx.commit().await?;
        Ok(found)
    }
}

/// As what goods a suggestion was computed, and the first and the last day that its batch feeds; nothing where its reasons cannot be read.
fn covered(row: &suggestion::Model) -> Option<(ReplenishmentPolicy, NaiveDate, NaiveDate)> {
    let reasons: Reasons = serde_json::from_value(row.reasons.clone()).ok()?;
    let more = Days::new(u64::from(reasons.covers_days.max(1)) - 1);
    let last = reasons.covers_from.checked_add_days(more)?;
    Some((reasons.policy, reasons.covers_from, last))
}

/// Whether nothing but the moment differs.
fn says_same(before: &suggestion_outcome::Model, after: &suggestion_outcome::Model) -> bool {
    let same_moment = suggestion_outcome::Model {
        judged_at: before.judged_at,
        ..after.clone()
    };
    *before == same_moment
}

async fn facts(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    changes: &[Change],
    products: BTreeMap<Uuid, product::Model>,
) -> ServiceResult<Facts> {
    let stores: BTreeSet<Uuid> = changes.iter().map(|c| c.row.store_id).collect();
    let shelved: BTreeSet<Uuid> = changes.iter().map(|c| c.row.product_id).collect();
    let first = changes.iter().map(|c| c.first.min(c.row.production_date));
    let span = Span {
        from: first.min().unwrap_or_default(),
        until: changes.iter().map(|c| c.last).max().unwrap_or_default(),
        stores: stores.into_iter().collect(),
        products: shelved.into_iter().collect(),
    };
    let mut by_opening: BTreeMap<NaiveDate, BTreeSet<Shelf>> = BTreeMap::new();
    for change in changes {
        let shelves = by_opening.entry(change.first).or_default();
        shelves.insert(change.shelf());
    }
    let mut leftovers = HashMap::new();
    for (day, shelves) in by_opening {
        let (of_day, goods): (BTreeSet<Uuid>, BTreeSet<Uuid>) = shelves.iter().copied().unzip();
        let of_day: Vec<Uuid> = of_day.into_iter().collect();
        let goods = products.values().filter(|p| goods.contains(&p.id));
        let there = ages::at_opening(db, organization_id, day, &of_day, goods).await?;
        for shelf in shelves {
            if let Some(ages) = there.get(&shelf) {
                leftovers.insert((shelf, day), ages.good(day));
            }
        }
    }
    let ids: Vec<Uuid> = changes.iter().filter_map(|c| c.row.order_id).collect();
    let became = orders::list_named(db, organization_id, &ids).await?;
    let mut by_hand: HashMap<(Shelf, NaiveDate), Vec<production_order::Model>> = HashMap::new();
    for order in
        orders::list_by_hand(db, organization_id, &span.stores, span.from, span.until).await?
    {
        let shelf = (order.store_id, order.product_id);
        let of_day = by_hand.entry((shelf, order.production_date)).or_default();
        of_day.push(order);
    }
    Ok(Facts {
        stores: shelves::list_stores(db, organization_id, &StoreScope::All)
            .await?
            .into_iter()
            .map(|store| (store.id, store))
            .collect(),
        products,
        carried: shelves::list_carried(db, organization_id, &span.stores).await?,
        sold: rows::list_sold(db, organization_id, &span).await?,
        open: rows::list_open_days(db, organization_id, &span).await?,
        orders: became.into_iter().map(|order| (order.id, order)).collect(),
        by_hand,
        brought: rows::list_brought(db, organization_id, &span).await?,
        leftovers,
    })
}

impl Facts {
    fn verdict(&self, ctx: &Ctx, change: &Change) -> Verdict {
        let (row, shelf) = (&change.row, change.shelf());
        let Some((decided, own)) = self.decided(row) else {
            return Verdict::Moved;
        };
        if decided == row.quantity {
            return Verdict::Unchanged;
        }
        let Some(product) = self.products.get(&row.product_id) else {
            return Verdict::Unknown;
        };
        if product.price_minor <= 0 || product.unit_cost_minor <= 0 {
            return Verdict::Unpriced;
        }
        let Some((demand, censored)) = self.demand(change) else {
            return Verdict::Unknown;
        };
        let terms = terms_of(product, self.carried.get(&shelf));
        let margins = Margins {
            price_minor: product.price_minor,
            unit_cost_minor: product.unit_cost_minor,
            salvage_minor: terms.salvage_minor,
            substitution_share_bp: terms.substitution_share_bp,
        };
        let beside = self.beside(change, product, &own);
        let cost = |quantity: i64| margins.cost(beside.saturating_add(quantity), demand);
        let (suggested_cost_minor, decided_cost_minor) = (cost(row.quantity), cost(decided));
        Verdict::Judged(Box::new(suggestion_outcome::Model {
            suggestion_id: row.id,
            organization_id: row.organization_id,
            store_id: row.store_id,
            product_id: row.product_id,
            production_date: row.production_date,
            demand,
            censored,
            beside,
            suggested_quantity: row.quantity,
            decided_quantity: decided,
            suggested_cost_minor,
            decided_cost_minor,
            saved_minor: suggested_cost_minor - decided_cost_minor,
            judged_at: moment(ctx),
        }))
    }

    /// What was decided instead, and the orders that it became; nothing where these goods were baked for another day in the end, or
    /// given up. Who says no and then writes an order by hand has decided on that one.
    fn decided(&self, row: &suggestion::Model) -> Option<(i64, Vec<&production_order::Model>)> {
        if row.status == SuggestionStatus::Accepted {
            let order = self.orders.get(&row.order_id?)?;
            let stands = order.status != OrderStatus::Cancelled
                && order.production_date == row.production_date;
            let quantity = row.accepted_quantity.unwrap_or(row.quantity);
            return stands.then(|| (quantity, vec![order]));
        }
        let shelf = (row.store_id, row.product_id);
        let of_day = self.by_hand.get(&(shelf, row.production_date));
        // What was planned before the suggestion was computed is among its pending goods.
        let own = of_day
            .into_iter()
            .flatten()
            .filter(|order| order.created_at >= row.created_at);
        let own: Vec<&production_order::Model> = own.collect();
        let planned = own.iter().fold(0_i64, |sum, order| {
            sum.saturating_add(order.planned_quantity)
        });
        Some((planned, own))
    }

    /// What was wanted on the days that the batch had to feed, and whether that is an estimate. A shop that sells nothing at all on a
    /// day on which it opens has not told yet what it sold.
    fn demand(&self, change: &Change) -> Option<(i64, bool)> {
        let (store_id, shelf) = (change.row.store_id, change.shelf());
        let store = self.stores.get(&store_id)?;
        let (mut demand, mut censored) = (0_i64, false);
        for date in change.first.iter_days().take_while(|d| *d <= change.last) {
            if !self.open.contains(&(store_id, date)) {
                let weekday = date.weekday().num_days_from_monday();
                if store.opening_days >> weekday & 1 == 1 {
                    return None;
                }
                continue;
            }
            let Some(day) = self.sold.get(&(shelf, date)) else {
                continue;
            };
            let of_day = wanted(day.quantity, day.censored, day.lost_units)?;
            demand = demand.saturating_add(of_day);
            censored |= day.censored;
        }
        Some((demand, censored))
    }

    /// What was there whatever had been decided: what was left from before and could still be sold, and what other batches and other
    /// stores brought meanwhile.
    fn beside(
        &self,
        change: &Change,
        product: &product::Model,
        own: &[&production_order::Model],
    ) -> i64 {
        let shelf = change.shelf();
        let left = self.leftovers.get(&(shelf, change.first));
        let mut left = left.copied().unwrap_or(0);
        if product.lead_time_days > 0 {
            // What is baked ahead lies on the shelf already when its first day begins.
            let baked = own.iter().filter_map(|order| order.produced_quantity);
            left -= baked.sum::<i64>();
        }
        let days = change.first..=change.last;
        let others = self.brought.get(&shelf).into_iter().flatten();
        let others = others.filter(|brought| {
            let is_own = brought
                .order_id
                .is_some_and(|id| own.iter().any(|order| order.id == id));
            days.contains(&brought.date) && !is_own
        });
        let others: i64 = others.map(|brought| brought.quantity).sum();
        left.max(0).saturating_add(others).max(0)
    }
}
