//! Shops whose till has told nothing of the day: which shelves will run empty if people come as they usually do.

use super::{stock_out_key, threshold};
use crate::alerting::NewAlert;
use crate::alerts::Alerts;
use crate::ledger::Shelf;
use crate::recent::Recent;
use crate::store::{organizations, outlook, stock};
use crate::suggestions::parts::Profiles;
use crate::today::spread;
use crate::{Ctx, ServiceResult, clock};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use contract::today::{TodayRow, TodayView};
use domain::outlook::Risk;
use domain::untold::{Course, LEAST_LINES, Projected, project};
use domain::{AlertKind, CalendarKind, Severity};
use entity::{product, store};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// What the usual course of a shop's day depends on besides its tickets: the day, the time zone, opening, closing, and where the parts of
/// the day begin.
pub(crate) type Base = (NaiveDate, String, [i32; 4]);

/// The earlier days of shops whose tills send at night, as they were last read. They are over, and four weeks of tickets are much to read
/// every five minutes; what came late since then is seen within the hour.
pub(crate) type Usual = Recent<Base, Profiles>;

/// Minutes after midnight on a local clock.
fn minute_of(at: DateTime<Utc>, zone: Tz) -> i64 {
    i64::from(at.with_timezone(&zone).num_seconds_from_midnight() / 60)
}

/// What can be sold of a row, with what comes today; `None` where the shelf is not known.
fn available(row: &TodayRow) -> Option<i64> {
    let good = row.on_hand? - row.expired;
    (good >= 0).then_some(good + row.arriving)
}

impl Alerts<'_> {
    /// Shelves of a shop, on a day of which no ticket is in, that run empty before it closes: what was there when it opened, or when
    /// somebody counted since, against what is usually asked for from then on. Nothing where the shop does not open that day, where its
    /// earlier days say nothing of when customers come, and while it is so early that there may simply be no ticket yet.
    pub(super) async fn running_out_untold(
        &self,
        ctx: &Ctx,
        shop: &store::Model,
        today: &TodayView,
        products: &BTreeMap<Uuid, product::Model>,
        standing: &BTreeSet<String>,
    ) -> ServiceResult<Vec<NewAlert>> {
        let (db, organization_id) = (
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
        );
        // What suffices for the whole day suffices for a part of it.
        let at_risk = today
            .rows
            .iter()
            .filter(|row| row.sell_out >= Risk::Possible);
        let at_risk: Vec<&TodayRow> = at_risk.collect();
        let is_trading = shop.opening_days >> today.date.weekday().num_days_from_monday() & 1 == 1;
        if at_risk.is_empty() || !is_trading {
            return Ok(Vec::new());
        }
        let (date, shop_id) = (today.date, shop.id);
        let entries =
            outlook::list_calendar_of_store(db, organization_id, shop_id, date, date).await?;
        if entries
            .iter()
            .any(|entry| entry.kind == CalendarKind::Closure)
        {
            return Ok(Vec::new());
        }
        let organization = organizations::get(db, organization_id).await?;
        let minutes = [
            shop.opens_at_minute,
            shop.closes_at_minute,
            organization.midday_minute,
            organization.afternoon_minute,
        ];
        let base = (date, shop.time_zone.clone(), minutes);
        let profiles = self.usual(ctx, shop, base, products).await?;
        if profiles.lines() < LEAST_LINES {
            return Ok(Vec::new());
        }
        let parts = (
            i64::from(organization.midday_minute),
            i64::from(organization.afternoon_minute),
        );
        let (opens, closes) = (
            i64::from(shop.opens_at_minute),
            i64::from(shop.closes_at_minute),
        );
        let zone = clock::zone(&shop.time_zone)?;
        let midnight = date.and_time(NaiveTime::MIN);
        let opened_at = clock::instant(zone, midnight + TimeDelta::minutes(opens));
        let shelves = at_risk.iter().map(|row| (shop_id, row.product.id));
        let shelves: Vec<Shelf> = shelves.collect();
        let counts = stock::list_counts_since(db, organization_id, shelves, opened_at).await?;
        let now = minute_of(ctx.now, zone);
        let alert = |row: &TodayRow| {
            let shelf: Shelf = (shop_id, row.product.id);
            let category = products.get(&shelf.1)?.category_id;
            let course = Course::new(profiles.day(shelf, category)?, (opens, closes), parts)?;
            let there = available(row)?;
            let day = spread(&row.today.as_ref()?.band);
            let counted = counts.get(&shelf).and_then(|marks| marks.last());
            let since = counted.map_or(opens, |(mark, _)| minute_of(mark.counted_at, zone));
            let told = project(day, there, &course, since);
            let is_told = told.risk >= threshold(standing, &stock_out_key(shelf));
            (course.is_late(now) && is_told).then(|| untold(shelf, row, told))
        };
        Ok(at_risk.into_iter().filter_map(alert).collect())
    }

    /// When customers of a shop come, from its earlier days.
    async fn usual(
        &self,
        ctx: &Ctx,
        shop: &store::Model,
        base: Base,
        products: &BTreeMap<Uuid, product::Model>,
    ) -> ServiceResult<Arc<Profiles>> {
        let kept = &self.services.usual;
        if let Some(profiles) = kept.find(shop.id, &base, ctx.now) {
            return Ok(profiles);
        }
        let db = &self.services.db().of(ctx.organization_id());
        let profiles = Profiles::read(db, ctx, std::slice::from_ref(shop), products).await?;
        let profiles = Arc::new(profiles);
        // Where few tickets are there, others may be about to come, and few are soon read.
        if profiles.lines() >= LEAST_LINES {
            kept.keep(shop.id, base, ctx.now, Arc::clone(&profiles));
        }
        Ok(profiles)
    }
}

/// It runs out although the day is not over, by all that is usual.
fn untold(shelf: Shelf, row: &TodayRow, told: Projected) -> NewAlert {
    let seconds = told
        .empty_at
        .and_then(|minute| u32::try_from(minute * 60).ok());
    let empty_at = seconds.and_then(|s| NaiveTime::from_num_seconds_from_midnight_opt(s, 0));
    NewAlert {
        store_id: Some(shelf.0),
        product_id: Some(shelf.1),
        kind: AlertKind::StockOutRisk,
        severity: Severity::Info,
        dedup_key: stock_out_key(shelf),
        detail: json!({ "quantity": told.missing, "on_hand": row.on_hand, "empty_at": empty_at }),
    }
}
