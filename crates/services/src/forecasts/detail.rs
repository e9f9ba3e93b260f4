//! One product of one store: what was, what was said about it, and what comes.

use super::reasons::{History, Sold, marks_of_product};
use super::scores::SCORED_HORIZONS;
use super::{
    Forecasts, band, issue_of, lost_money, override_view, product_label, score_line, weather_view,
};
use crate::clock::zone;
use crate::store::{forecasts as rows, outlook};
use crate::{Ctx, ServiceError, ServiceResult};
use chrono::{Days, NaiveDate};
use contract::forecasts::{ComingDay, ForecastDetail, ForecastDetailQuery, PastDay};
use domain::Permission;
use entity::forecast;
use std::collections::{BTreeMap, HashMap};

/// Spans of history that can be shown, in weeks.
const WEEKS: [u32; 4] = [4, 8, 26, 52];

/// Reasons are counted from so many days.
const REASON_DAYS: u64 = 53 * 7;

/// A night without news for so long says nothing about the days since.
const LONGEST_GAP_DAYS: u64 = 400;

impl Forecasts<'_> {
    /// What a shelf sold, what was forecast for those days one and seven days before, the coming four weeks, and what
    /// its history says about one of them.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `forecasts.read`; [`ServiceError::NotFound`] for a store out of scope or an
    /// unknown product; [`ServiceError::Invalid`] for another span than 4, 8, 26 or 52 weeks.
    pub async fn detail(
        &self,
        ctx: &Ctx,
        asked: &ForecastDetailQuery,
    ) -> ServiceResult<ForecastDetail> {
        ctx.require(Permission::ForecastsRead)?;
        ctx.require_store(asked.store_id)?;
        if !WEEKS.contains(&asked.weeks) {
            return Err(ServiceError::field(
                "weeks",
                "range.invalid",
                "History is shown for 4, 8, 26 or 52 weeks.",
            ));
        }
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let store = outlook::get_store(db, organization_id, asked.store_id).await?;
        let (product, category) =
            outlook::get_product(db, organization_id, asked.product_id).await?;
        let today = ctx.today_in(zone(&store.time_zone)?);
        let latest = rows::find_latest_of_store(db, organization_id, store.id).await?;
        let issue = issue_of(db, organization_id, latest.as_ref()).await?;
        let closed = issue.as_ref().map_or(today - Days::new(1), |i| i.issued_on);
        let until = issue.as_ref().map_or(closed, |i| i.until);

        let from = closed - Days::new(REASON_DAYS);
        // Tickets can be in for days that no night has closed yet.
        let sold_until = (today - Days::new(1))
            .max(closed)
            .min(closed + Days::new(LONGEST_GAP_DAYS));
        let sold: BTreeMap<NaiveDate, Sold> =
            rows::list_sold_of_shelf(db, organization_id, store.id, product.id, from, sold_until)
                .await?
                .into_iter()
                .map(|d| {
                    let sold = Sold {
                        quantity: d.quantity,
                        sold_out: d.censored,
                        sold_out_by: d.sold_out_by,
                        lost: d.lost_units,
                        lost_minor: lost_money(d.lost_units, d.unit_price_minor),
                        promotion: d.promotion.is_some(),
                    };
                    (d.business_date, sold)
                })
                .collect();
        let open =
            outlook::list_open_dates(db, organization_id, store.id, from, sold_until).await?;
        let known = open.last().copied().map_or(closed, |d| d.max(closed));
        let first_shown = known - Days::new(u64::from(asked.weeks) * 7 - 1);

        let said = rows::list_of_shelf_by_horizon(
            db,
            organization_id,
            store.id,
            product.id,
            &SCORED_HORIZONS[..2],
            first_shown,
            known,
        )
        .await?;
        let coming: HashMap<NaiveDate, forecast::Model> = match &issue {
            Some(issue) => rows::list_issued_of_shelf(
                db,
                organization_id,
                store.id,
                product.id,
                issue.issued_on,
            )
            .await?
            .into_iter()
            .map(|f| (f.target_date, f))
            .collect(),
            None => HashMap::new(),
        };
        let mut overrides: HashMap<NaiveDate, _> = rows::list_overrides_of_store(
            db,
            organization_id,
            store.id,
            Some(product.id),
            first_shown,
            until,
        )
        .await?
        .into_iter()
        .map(|(o, author)| (o.target_date, override_view(o, author)))
        .collect();
        let entries =
            outlook::list_calendar_of_store(db, organization_id, store.id, from, until).await?;
        let promotions =
            outlook::list_promotions_of_store(db, organization_id, store.id, from, until).await?;
        let weather =
            outlook::list_weather_of_store(db, organization_id, store.id, from, until).await?;
        let sums = rows::list_score_sums(
            db,
            organization_id,
            Some(store.id),
            Some(product.id),
            &SCORED_HORIZONS,
            first_shown,
            known,
        )
        .await?;

        let history = History {
            store_id: store.id,
            product_id: product.id,
            category_id: product.category_id,
            sold,
            open: open.into_iter().collect(),
            entries: &entries,
            promotions: &promotions,
            weather: weather.iter().map(|w| (w.date, w)).collect(),
        };
        let coming: Vec<ComingDay> = known
            .iter_days()
            .skip(1)
            .take_while(|d| *d <= until)
            .map(|date| ComingDay {
                date,
                band: coming.get(&date).map(band),
                overridden: overrides.remove(&date),
                open: date >= today,
            })
            .collect();
        let reasons_for = asked
            .target_date
            .filter(|d| coming.iter().any(|c| c.date == *d))
            .or_else(|| coming.iter().find(|c| c.band.is_some()).map(|c| c.date));
        let reasons = reasons_for.map_or_else(Vec::new, |date| history.reasons(date, known));

        let mut day_before = HashMap::new();
        let mut week_before = HashMap::new();
        for f in said {
            if f.horizon == 1 {
                day_before.insert(f.target_date, band(&f));
            } else {
                week_before.insert(f.target_date, f.q50_milli);
            }
        }
        let past = first_shown
            .iter_days()
            .take_while(|d| *d <= known)
            .map(|date| {
                let sold_out = history.sold_out_day(date);
                PastDay {
                    date,
                    sold: history.sold_on(date),
                    sold_out: sold_out.is_some(),
                    sold_out_by: sold_out.and_then(|s| s.sold_out_by),
                    lost: sold_out.and_then(|s| s.lost),
                    lost_minor: sold_out.and_then(|s| s.lost_minor),
                    day_before: day_before.get(&date).copied(),
                    week_before_milli: week_before.get(&date).copied(),
                    overridden: overrides.get(&date).map(|o| o.quantity),
                }
            })
            .collect();
        let weather = weather
            .iter()
            .filter(|w| w.date >= first_shown)
            .map(weather_view)
            .collect();
        let (product_id, category_id) = (product.id, product.category_id);
        Ok(ForecastDetail {
            store_id: store.id,
            product: product_label(product, category.as_ref()),
            today,
            issue,
            weeks: asked.weeks,
            past,
            coming,
            marks: marks_of_product(entries, promotions, product_id, category_id)
                .into_iter()
                .filter(|m| m.ends_on >= first_shown)
                .collect(),
            weather,
            scores: SCORED_HORIZONS
                .iter()
                .filter_map(|h| score_line(*h, sums.iter().filter(|s| s.horizon == *h)))
                .collect(),
            reasons_for,
            reasons,
        })
    }
}
