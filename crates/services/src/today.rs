//! The store manager's first page: what today and tomorrow look like, and what to do about it.
//!
//! Each request asks the database a fixed number of questions, however many products there are.

use crate::clock::zone;
use crate::forecasts::{
    issue_of, list_order, lost_money, marks, override_view, product_label, score_line, weather_view,
};
use crate::stock::ages;
use crate::store::{alerts as alert_rows, forecasts as rows, outlook};
use crate::{Ctx, ServiceResult, Services, alerts, production_orders};
use chrono::{DateTime, Days, NaiveDate, Timelike, Utc};
use contract::forecasts::{Band, OverrideView};
use contract::today::{DayOutlook, LastNightView, TodayRow, TodayView, YesterdayView};
use domain::outlook::{self as rules, Risk, Spread};
use domain::{AlertStatus, Permission};
use entity::{category, product, store};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Events so many days ahead are near.
const NEAR_DAYS: u64 = 14;

/// Goods that keep longer than this are not at risk of waste tomorrow.
const FRESH_DAYS: i32 = 7;

/// Alerts that the page shows.
const ALERTS_SHOWN: u64 = 8;

/// Use case of the page of today; see [`Services::today`].
#[derive(Clone, Copy, Debug)]
pub struct Today<'a> {
    services: &'a Services,
}

impl Services {
    /// Today and tomorrow of a store.
    #[must_use]
    pub fn today(&self) -> Today<'_> {
        Today { services: self }
    }
}

/// Everything known about the store's shelves, by product.
#[derive(Default)]
struct Shelves {
    bands: HashMap<(Uuid, NaiveDate), Band>,
    overrides: HashMap<(Uuid, NaiveDate), OverrideView>,
    on_hand: HashMap<Uuid, i64>,
    /// Part of it that can no longer be sold.
    expired: HashMap<Uuid, i64>,
    arriving: HashMap<(Uuid, NaiveDate), i64>,
    sold: HashMap<Uuid, i64>,
    /// Whether any ticket of today is in.
    tickets_in: bool,
    passed_bp: i64,
}

pub(crate) fn spread(band: &Band) -> Spread {
    Spread {
        low: band.low_milli,
        median: band.median_milli,
        high: band.high_milli,
        mean: band.mean_milli,
    }
}

fn as_band(spread: Spread) -> Band {
    Band {
        low_milli: spread.low,
        median_milli: spread.median,
        high_milli: spread.high,
        mean_milli: spread.mean,
    }
}

/// Share of the opening hours that has passed at the store, on its own clock.
pub(crate) fn passed_bp(store: &store::Model, now: DateTime<Utc>, zone: chrono_tz::Tz) -> i64 {
    let minute = i64::from(now.with_timezone(&zone).num_seconds_from_midnight() / 60);
    rules::day_passed_bp(
        minute,
        i64::from(store.opens_at_minute),
        i64::from(store.closes_at_minute),
    )
}

impl Shelves {
    fn outlook(&self, product_id: Uuid, date: NaiveDate) -> Option<DayOutlook> {
        self.bands.get(&(product_id, date)).map(|band| DayOutlook {
            band: *band,
            overridden: self.overrides.get(&(product_id, date)).cloned(),
        })
    }

    /// The row of a product that is forecast, on its way or on the shelf; nothing for the others.
    fn row(
        &self,
        product: product::Model,
        category: Option<&category::Model>,
        date: NaiveDate,
    ) -> Option<TodayRow> {
        let tomorrow = date + Days::new(1);
        let arriving = self.arriving.get(&(product.id, date)).copied().unwrap_or(0);
        let on_hand = self.on_hand.get(&product.id).copied();
        let sold = self.sold.get(&product.id).copied().unwrap_or(0);
        let today = self.outlook(product.id, date);
        let next = self.outlook(product.id, tomorrow);
        if today.is_none() && next.is_none() && arriving == 0 && on_hand.unwrap_or(0) <= 0 {
            return None;
        }
        // Without tickets the shelf is still as it was in the morning, so the whole day is before it.
        let passed = if self.tickets_in { self.passed_bp } else { 0 };
        let left = today
            .as_ref()
            .map(|o| rules::left_of_day(spread(&o.band), sold, passed));
        let expired = self.expired.get(&product.id).copied().unwrap_or(0);
        // Below zero the shelf is not known: more was sold than anybody wrote down. What expired is nobody's to buy.
        let available = on_hand
            .map(|n| n - expired)
            .filter(|n| *n >= 0)
            .map(|n| n + arriving);
        let (sell_out, missing) = match (left, available) {
            (Some(left), Some(available)) => (
                rules::sell_out_risk(available, left),
                rules::missing(available, left),
            ),
            _ => (Risk::Unknown, 0),
        };
        let (waste, surplus) = match (left, available) {
            (Some(_), Some(_)) if product.shelf_life_days > FRESH_DAYS => (Risk::None, 0),
            (Some(left), Some(available)) => {
                let until_expiry = (1..product.shelf_life_days.max(1))
                    .filter_map(|n| date.checked_add_days(Days::new(n.unsigned_abs().into())))
                    .filter_map(|d| self.bands.get(&(product.id, d)))
                    .fold(left, |sum, band| sum.and(spread(band)));
                (
                    rules::waste_risk(available, until_expiry),
                    rules::surplus(available, until_expiry),
                )
            }
            _ => (Risk::Unknown, 0),
        };
        Some(TodayRow {
            arriving_tomorrow: self
                .arriving
                .get(&(product.id, tomorrow))
                .copied()
                .unwrap_or(0),
            product: product_label(product, category),
            today,
            tomorrow: next,
            on_hand,
            expired,
            arriving,
            sold,
            left_today: left.map(as_band),
            sell_out,
            missing,
            waste,
            surplus: if waste >= Risk::Possible { surplus } else { 0 },
        })
    }
}

/// How soon a row wants a look: likely trouble first.
fn pressing(row: &TodayRow) -> u8 {
    match row.sell_out.max(row.waste) {
        Risk::Likely => 0,
        Risk::Possible => 1,
        Risk::None | Risk::Unknown => 2,
    }
}

impl Today<'_> {
    /// Today and tomorrow of one store: forecast, shelf, what is on its way, what may run out or be left over, alerts,
    /// special days, weather, and how yesterday went.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `today.read`; [`crate::ServiceError::NotFound`] for a store out of
    /// scope.
    pub async fn view(&self, ctx: &Ctx, store_id: Uuid) -> ServiceResult<TodayView> {
        ctx.require(Permission::TodayRead)?;
        ctx.require_store(store_id)?;
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let store = outlook::get_store(db, organization_id, store_id).await?;
        let zone = zone(&store.time_zone)?;
        let date = ctx.today_in(zone);
        let (yesterday, tomorrow) = (date - Days::new(1), date + Days::new(1));
        let near = date + Days::new(NEAR_DAYS);

        let latest = rows::find_latest_of_store(db, organization_id, store_id).await?;
        let issue = issue_of(db, organization_id, latest.as_ref()).await?;
        let issued_on = issue.as_ref().map_or(yesterday, |i| i.issued_on);
        let products = outlook::list_products(db, organization_id).await?;
        // Whether what stays today is sold in time needs the days until it expires.
        let keeping: Vec<Uuid> = products
            .iter()
            .filter(|(p, _)| (3..=FRESH_DAYS).contains(&p.shelf_life_days))
            .map(|(p, _)| p.id)
            .collect();
        let bands = outlook::list_bands_of_store(
            db,
            (organization_id, store_id),
            issued_on,
            (date, tomorrow),
            (&keeping, date + Days::new(FRESH_DAYS.unsigned_abs().into())),
        )
        .await?;
        let overrides =
            rows::list_overrides_of_store(db, organization_id, store_id, None, date, tomorrow)
                .await?;
        let sold = rows::list_sold(db, organization_id, Some(store_id), yesterday, date).await?;
        let orders =
            outlook::list_coming_orders(db, organization_id, store_id, date, tomorrow).await?;
        let entries =
            outlook::list_calendar_of_store(db, organization_id, store_id, date, near).await?;
        let promotions =
            outlook::list_promotions_of_store(db, organization_id, store_id, date, near).await?;
        let weather =
            outlook::list_weather_of_store(db, organization_id, store_id, date, tomorrow).await?;
        let open_alerts = alert_rows::list(
            db,
            organization_id,
            &alert_rows::Scope::of(ctx, Some(store_id)),
            Some(AlertStatus::Open),
            None,
            ALERTS_SHOWN,
        )
        .await?;
        let sums = rows::list_score_sums(
            db,
            organization_id,
            Some(store_id),
            None,
            &[1],
            yesterday,
            yesterday,
        )
        .await?;
        let last_night = outlook::find_last_run(db, organization_id).await?;

        let rows = products.iter().map(|(product, _)| product);
        let ages = ages::of_shelves(db, organization_id, date, &[store_id], rows).await?;
        let mut shelves = Shelves {
            expired: ages
                .iter()
                .map(|((_, p), ages)| (*p, ages.expired(date)))
                .collect(),
            passed_bp: passed_bp(&store, ctx.now, zone),
            bands,
            overrides: overrides
                .into_iter()
                .map(|(o, author)| ((o.product_id, o.target_date), override_view(o, author)))
                .collect(),
            on_hand: ages
                .iter()
                .map(|((_, p), ages)| (*p, ages.on_hand()))
                .collect(),
            ..Shelves::default()
        };
        for order in orders {
            *shelves
                .arriving
                .entry((order.product_id, order.production_date))
                .or_default() += production_orders::rest(&order);
        }
        let names: HashMap<Uuid, String> = products
            .iter()
            .map(|(p, _)| (p.id, p.name.clone()))
            .collect();
        let mut sold_out = BTreeMap::new();
        let mut lost_minor: Option<i64> = None;
        for day in sold {
            if day.business_date == date {
                shelves.tickets_in = true;
                shelves.sold.insert(day.product_id, day.quantity);
            } else if day.censored
                && let Some(name) = names.get(&day.product_id)
            {
                sold_out.insert(name.clone(), ());
                if let Some(lost) = lost_money(day.lost_units, day.unit_price_minor) {
                    *lost_minor.get_or_insert(0) += lost;
                }
            }
        }

        let mut listed: Vec<_> = products
            .into_iter()
            .filter_map(|(product, category)| {
                let order = list_order(&product, category.as_ref());
                let row = shelves.row(product, category.as_ref(), date)?;
                Some(((pressing(&row), order), row))
            })
            .collect();
        listed.sort_by(|a, b| a.0.cmp(&b.0));
        let store_names = HashMap::from([(store.id, store.name.clone())]);
        Ok(TodayView {
            store_id,
            store_name: store.name,
            date,
            now: ctx.now,
            day_passed_bp: shelves.passed_bp,
            tickets_in: shelves.tickets_in,
            issue,
            last_night: last_night.map(|run| LastNightView {
                business_date: run.business_date,
                status: run.status,
                finished_at: run.finished_at,
            }),
            rows: listed.into_iter().map(|(_, row)| row).collect(),
            alerts: alerts::views(open_alerts, &store_names, &names, &HashMap::new()),
            marks: marks(entries, promotions),
            weather: weather.iter().map(weather_view).collect(),
            yesterday: YesterdayView {
                date: yesterday,
                score: score_line(1, &sums),
                sold_out: sold_out.into_keys().collect(),
                lost_minor,
            },
        })
    }
}
