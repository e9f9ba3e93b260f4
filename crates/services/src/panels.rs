//! From rows to the forecaster's panel: what was sold on open days, and what is planned for the days ahead.

use crate::store::panel as rows;
use crate::{Ctx, ServiceResult, Services};
use chrono::{Datelike, Days, NaiveDate};
use domain::panel::{
    HORIZON_DAYS, Panel, PanelCalendarDay, PanelDay, PanelProduct, PanelSeries, PanelStore,
    PanelWeatherDay, PlannedDay,
};
use domain::{CalendarKind, Permission};
use entity::{promotion, store};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// A series without a sale for so many days is no longer on sale, unless it is listed.
const QUIET_DAYS: u64 = 56;

/// Minor units in one major unit of currency (every currency we serve has two decimals).
const MINOR_PER_MAJOR: f64 = 100.0;

/// A panel and what its indices stand for.
#[derive(Clone, Debug)]
pub struct OrganizationPanel {
    pub panel: Panel,
    /// Store identifiers by panel index.
    pub store_ids: Vec<Uuid>,
    /// Product identifiers by panel index.
    pub product_ids: Vec<Uuid>,
}

/// Builds panels.
#[derive(Debug)]
pub struct Panels<'a> {
    services: &'a Services,
}

impl Services {
    /// The forecaster's view of an organization.
    #[must_use]
    pub fn panels(&self) -> Panels<'_> {
        Panels { services: self }
    }
}

impl Panels<'_> {
    /// Everything known at the close of `last_date`, with the open days of the next four weeks to forecast.
    /// Without any sale the panel has no series.
    ///
    /// Days without a sale: a store-day without any sale is a closed day and has no row; a product without a sale on
    /// an open day, between its first sale and eight weeks after its latest, has a row of zero.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`; the database's.
    pub async fn build(&self, ctx: &Ctx, last_date: NaiveDate) -> ServiceResult<OrganizationPanel> {
        ctx.require(Permission::JobsRun)?;
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let stores = rows::list_shops(db, organization_id).await?;
        let products = rows::list_products(db, organization_id).await?;
        let store_ids: Vec<Uuid> = stores.iter().map(|s| s.id).collect();
        let product_ids: Vec<Uuid> = products.iter().map(|(p, _)| p.id).collect();
        let store_index: HashMap<Uuid, usize> = store_ids
            .iter()
            .enumerate()
            .map(|(i, id)| (*id, i))
            .collect();
        let product_index: HashMap<Uuid, usize> = product_ids
            .iter()
            .enumerate()
            .map(|(i, id)| (*id, i))
            .collect();
        let horizon_end = last_date + Days::new(HORIZON_DAYS as u64);
        let first = rows::sold_range(db, organization_id, last_date)
            .await?
            .map_or(last_date, |(first, _)| first);

        let entries = rows::list_calendar(db, organization_id, first, horizon_end).await?;
        let mut calendar = Vec::new();
        for entry in &entries {
            let store = match entry.store_id {
                None => None,
                Some(id) => match store_index.get(&id) {
                    Some(index) => Some(*index),
                    None => continue,
                },
            };
            let mut date = entry.starts_on.max(first);
            while date <= entry.ends_on.min(horizon_end) {
                calendar.push(PanelCalendarDay {
                    date,
                    store,
                    kind: entry.kind,
                    name: entry.name.clone(),
                });
                date = date + Days::new(1);
            }
        }
        let closed: BTreeSet<(Option<usize>, NaiveDate)> = calendar
            .iter()
            .filter(|c| c.kind == CalendarKind::Closure)
            .map(|c| (c.store, c.date))
            .collect();
        let promotions = rows::list_promotions(db, organization_id, first, horizon_end).await?;
        let listings: BTreeMap<(Uuid, Uuid), bool> = rows::list_listings(db, organization_id)
            .await?
            .into_iter()
            .map(|l| ((l.store_id, l.product_id), l.listed))
            .collect();

        let mut series = Vec::new();
        for (store_at, store) in stores.iter().enumerate() {
            let sold =
                rows::list_sold_days(db, organization_id, store.id, first, last_date).await?;
            let open_dates: BTreeSet<NaiveDate> = sold.iter().map(|d| d.business_date).collect();
            let open_ahead = open_days_ahead(store, store_at, &open_dates, &closed, last_date);
            let mut by_product: BTreeMap<usize, Vec<rows::SoldDay>> = BTreeMap::new();
            for day in sold {
                if let Some(product) = product_index.get(&day.product_id) {
                    by_product.entry(*product).or_default().push(day);
                }
            }
            for (product_at, (product, _)) in products.iter().enumerate() {
                let listed = listings.get(&(store.id, product.id)).copied();
                let sold = by_product.remove(&product_at).unwrap_or_default();
                let last_sold = sold.last().map(|d| d.business_date);
                let recently = last_sold.is_some_and(|d| d + Days::new(QUIET_DAYS) > last_date);
                let on_sale = product.active
                    && listed != Some(false)
                    && (recently || (sold.is_empty() && listed == Some(true)));
                let days = fill_open_days(&sold, &open_dates, last_date);
                let planned = if on_sale {
                    open_ahead
                        .iter()
                        .filter(|date| {
                            product.introduced_on.is_none_or(|d| d <= **date)
                                && product.discontinued_on.is_none_or(|d| **date < d)
                        })
                        .map(|date| {
                            let running = running_promotion(
                                &promotions,
                                store.id,
                                product.id,
                                product.category_id,
                                *date,
                            );
                            PlannedDay {
                                date: *date,
                                price: Some(major(discounted(product.price_minor, running))),
                                promotion: Some(running.is_some()),
                            }
                        })
                        .collect()
                } else {
                    Vec::new()
                };
                if !days.is_empty() || !planned.is_empty() {
                    series.push(PanelSeries {
                        store: store_at,
                        product: product_at,
                        days,
                        planned,
                    });
                }
            }
        }

        let weather = rows::list_weather(db, organization_id, first, horizon_end)
            .await?
            .into_iter()
            .filter_map(|w| {
                store_index.get(&w.store_id).map(|store| PanelWeatherDay {
                    date: w.date,
                    store: Some(*store),
                    temperature_c: w.temperature_c_x10.map(|t| f64::from(t) / 10.0),
                    precipitation_mm: w.precipitation_mm_x10.map(|p| f64::from(p) / 10.0),
                })
            })
            .collect();
        let panel = Panel {
            stores: store_ids
                .iter()
                .map(|id| PanelStore { id: id.to_string() })
                .collect(),
            products: products
                .iter()
                .map(|(p, category)| PanelProduct {
                    id: p.id.to_string(),
                    category: category.clone(),
                    list_price: Some(major(p.price_minor)),
                    unit_cost: (p.unit_cost_minor > 0).then(|| major(p.unit_cost_minor)),
                    salvage: (p.salvage_minor > 0).then(|| major(p.salvage_minor)),
                })
                .collect(),
            series,
            calendar,
            weather,
            last_date,
        };
        Ok(OrganizationPanel {
            panel,
            store_ids,
            product_ids,
        })
    }
}

fn major(minor: i64) -> f64 {
    minor as f64 / MINOR_PER_MAJOR
}

fn discounted(price_minor: i64, promotion: Option<&promotion::Model>) -> i64 {
    promotion.map_or(price_minor, |p| {
        price_minor - price_minor * i64::from(p.discount_bp) / 10_000
    })
}

/// The promotion that runs for this shelf on this day; the deepest where several do.
pub(crate) fn running_promotion(
    promotions: &[promotion::Model],
    store_id: Uuid,
    product_id: Uuid,
    category_id: Uuid,
    date: NaiveDate,
) -> Option<&promotion::Model> {
    promotions
        .iter()
        .filter(|p| p.starts_on <= date && date <= p.ends_on)
        .filter(|p| p.store_id.is_none_or(|s| s == store_id))
        .filter(|p| p.product_id.is_none_or(|s| s == product_id))
        .filter(|p| p.category_id.is_none_or(|s| s == category_id))
        .max_by_key(|p| p.discount_bp)
}

/// Days of the next four weeks on which the store opens: its opening days less its closures. A store that, in the
/// last eight weeks, never sold on one of its nominal opening days is taken as closed on that weekday.
fn open_days_ahead(
    store: &store::Model,
    store_at: usize,
    open_dates: &BTreeSet<NaiveDate>,
    closed: &BTreeSet<(Option<usize>, NaiveDate)>,
    last_date: NaiveDate,
) -> Vec<NaiveDate> {
    let since = last_date - Days::new(QUIET_DAYS);
    let recent: Vec<NaiveDate> = open_dates.range(since..).copied().collect();
    let weekday_seen: BTreeSet<u32> = recent
        .iter()
        .map(|d| d.weekday().num_days_from_monday())
        .collect();
    // Too little history says nothing about weekdays.
    let learned = recent.len() >= 21;
    (1..=HORIZON_DAYS as u64)
        .map(|ahead| last_date + Days::new(ahead))
        .filter(|date| {
            let weekday = date.weekday().num_days_from_monday();
            store.opening_days & (1 << weekday) != 0
                && (!learned || weekday_seen.contains(&weekday))
                && !closed.contains(&(None, *date))
                && !closed.contains(&(Some(store_at), *date))
        })
        .collect()
}

fn fill_open_days(
    sold: &[rows::SoldDay],
    open_dates: &BTreeSet<NaiveDate>,
    last_date: NaiveDate,
) -> Vec<PanelDay> {
    let (Some(first), Some(last)) = (sold.first(), sold.last()) else {
        return Vec::new();
    };
    let end = last_date.min(last.business_date + Days::new(QUIET_DAYS));
    let mut sold = sold.iter().peekable();
    let mut days: Vec<PanelDay> = Vec::new();
    let mut price = first.unit_price_minor;
    for date in open_dates.range(first.business_date..=end) {
        match sold.next_if(|d| d.business_date == *date) {
            Some(day) => {
                price = day.unit_price_minor.or(price);
                days.push(PanelDay {
                    date: *date,
                    quantity: day.quantity.max(0) as f64,
                    price: price.map(major),
                    promotion: Some(day.promotion.is_some()),
                    censored: day.censored,
                });
            }
            None => days.push(PanelDay {
                date: *date,
                quantity: 0.0,
                price: price.map(major),
                promotion: Some(false),
                censored: false,
            }),
        }
    }
    days
}
