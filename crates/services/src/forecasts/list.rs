//! The forecasts of one store for one day.

use super::totals::band as total_band;
use super::{
    Forecasts, band, list_order, marks, override_view, product_label, same_weekday, weather_view,
};
use crate::clock::zone;
use crate::store::{forecasts as rows, models, outlook, totals as total_rows};
use crate::{Ctx, ServiceError, ServiceResult};
use chrono::{Days, NaiveDate};
use contract::forecasts::{
    Band, CategoryOption, ForecastList, ForecastRow, ForecastTotal, IssueView, ListForecasts,
};
use domain::{Permission, TotalLevel, Unit};
use entity::forecast;
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// What a night issued, from one of its rows that reaches furthest.
pub(crate) async fn issue_of(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    latest: Option<&forecast::Model>,
) -> ServiceResult<Option<IssueView>> {
    let Some(latest) = latest else {
        return Ok(None);
    };
    let model_number = match latest.model_version_id {
        Some(id) => models::find(db, organization_id, id)
            .await?
            .map(|m| m.number),
        None => None,
    };
    Ok(Some(IssueView {
        issued_on: latest.issued_on,
        until: latest.target_date,
        source: latest.source,
        model_number,
    }))
}

/// Lower case, without the accents that people leave out when they search.
pub(crate) fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'á' | 'à' | 'â' | 'ä' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'i',
            'ó' | 'ò' | 'ô' | 'ö' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            other => other,
        })
        .collect()
}

/// The day to list: one that the latest night reached.
fn target(
    asked: &ListForecasts,
    issue: Option<&IssueView>,
    today: NaiveDate,
) -> ServiceResult<NaiveDate> {
    let Some(issue) = issue else {
        return Ok(asked
            .target_date
            .unwrap_or_else(|| today + Days::new(u64::from(asked.days_ahead.unwrap_or(1)))));
    };
    let first = issue.issued_on + Days::new(1);
    let last = issue.issued_on + Days::new(domain::panel::HORIZON_DAYS as u64);
    let date = match (asked.target_date, asked.days_ahead) {
        (Some(date), _) => date,
        (None, ahead) => issue.issued_on + Days::new(u64::from(ahead.unwrap_or(1))),
    };
    if date < first || date > last {
        return Err(ServiceError::field(
            "target_date",
            "forecast.out_of_reach",
            format!("The latest night forecast the days from {first} to {last}."),
        ));
    }
    Ok(date)
}

impl Forecasts<'_> {
    /// The forecasts of one store for one day, beside people's own numbers and what the same weekday sold last.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `forecasts.read`; [`ServiceError::NotFound`] for stores out of scope;
    /// [`ServiceError::Invalid`] for a day that the latest night did not reach.
    pub async fn list(&self, ctx: &Ctx, asked: &ListForecasts) -> ServiceResult<ForecastList> {
        ctx.require(Permission::ForecastsRead)?;
        ctx.require_store(asked.store_id)?;
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let store = outlook::get_store(db, organization_id, asked.store_id).await?;
        let today = ctx.today_in(zone(&store.time_zone)?);
        let latest = rows::find_latest_of_store(db, organization_id, store.id).await?;
        let issue = issue_of(db, organization_id, latest.as_ref()).await?;
        let target_date = target(asked, issue.as_ref(), today)?;
        let known = issue.as_ref().map_or(today - Days::new(1), |i| i.issued_on);
        let compared_with = same_weekday(target_date, known);

        let products = outlook::list_products(db, organization_id).await?;
        let issued = match &issue {
            Some(issue) => {
                rows::list_issued_of_store(
                    db,
                    organization_id,
                    store.id,
                    issue.issued_on,
                    target_date,
                    target_date,
                )
                .await?
            }
            None => Vec::new(),
        };
        let mut overrides: HashMap<Uuid, _> = rows::list_overrides_of_store(
            db,
            organization_id,
            store.id,
            None,
            target_date,
            target_date,
        )
        .await?
        .into_iter()
        .map(|(o, author)| (o.product_id, override_view(o, author)))
        .collect();
        let sold: HashMap<Uuid, i64> = rows::list_sold(
            db,
            organization_id,
            Some(store.id),
            compared_with,
            compared_with,
        )
        .await?
        .into_iter()
        .map(|d| (d.product_id, d.quantity))
        .collect();
        let entries = outlook::list_calendar_of_store(
            db,
            organization_id,
            store.id,
            target_date,
            target_date,
        )
        .await?;
        let promotions = outlook::list_promotions_of_store(
            db,
            organization_id,
            store.id,
            target_date,
            target_date,
        )
        .await?;
        let weather =
            outlook::list_weather_of_store(db, organization_id, store.id, target_date, target_date)
                .await?;

        let issued: HashMap<Uuid, forecast::Model> =
            issued.into_iter().map(|f| (f.product_id, f)).collect();
        let wanted = asked
            .search
            .as_deref()
            .map(|s| fold(s.trim()))
            .filter(|s| !s.is_empty());
        let mut categories: BTreeMap<(i32, String), CategoryOption> = BTreeMap::new();
        let mut listed = Vec::new();
        for (product, category) in products {
            let Some(f) = issued.get(&product.id) else {
                continue;
            };
            if let Some(c) = &category {
                categories.insert(
                    (c.position, c.name.clone()),
                    CategoryOption {
                        id: c.id,
                        name: c.name.clone(),
                    },
                );
            }
            if asked
                .category_id
                .is_some_and(|id| id != product.category_id)
            {
                continue;
            }
            if wanted.as_ref().is_some_and(|w| {
                !fold(&product.name).contains(w) && !fold(&product.sku).contains(w)
            }) {
                continue;
            }
            let order = list_order(&product, category.as_ref());
            let row = ForecastRow {
                band: band(f),
                source: f.source,
                overridden: overrides.remove(&product.id),
                // A shop that sold nothing at all was closed.
                sold_same_weekday: (!sold.is_empty())
                    .then(|| sold.get(&product.id).copied().unwrap_or(0)),
                product: product_label(product, category.as_ref()),
            };
            listed.push((order, row));
        }
        listed.sort_by(|a, b| a.0.cmp(&b.0));
        let rows: Vec<ForecastRow> = listed.into_iter().map(|(_, row)| row).collect();
        let sums = match &issue {
            Some(i) if asked.category_id.is_none() && wanted.is_none() => {
                let level = TotalLevel::Store;
                total_rows::list(db, organization_id, level, store.id, i.issued_on).await?
            }
            _ => Vec::new(),
        };
        let sums = sums.iter().filter(|t| t.target_date == target_date);
        let sums: HashMap<Unit, Band> = sums.map(|t| (t.unit, total_band(t))).collect();
        Ok(ForecastList {
            store_id: store.id,
            today,
            days_ahead: (target_date - known).num_days(),
            issue,
            target_date,
            compared_with,
            categories: categories.into_values().collect(),
            totals: totals(&rows, &sums),
            rows,
            marks: marks(entries, promotions),
            weather: weather.first().map(weather_view),
        })
    }
}

fn totals(rows: &[ForecastRow], sums: &HashMap<Unit, Band>) -> Vec<ForecastTotal> {
    let mut totals: Vec<ForecastTotal> = Vec::new();
    for unit in Unit::ALL {
        let of_unit: Vec<&ForecastRow> = rows.iter().filter(|r| r.product.unit == *unit).collect();
        if of_unit.is_empty() {
            continue;
        }
        let mean_milli = of_unit.iter().map(|r| r.band.mean_milli).sum();
        totals.push(ForecastTotal {
            unit: *unit,
            mean_milli,
            // A product that is no longer listed may be in the night's sum.
            band: sums
                .get(unit)
                .copied()
                .filter(|band| band.mean_milli == mean_milli),
            planned_milli: of_unit
                .iter()
                .map(|r| {
                    r.overridden
                        .as_ref()
                        .map_or(r.band.mean_milli, |o| o.quantity * 1_000)
                })
                .sum(),
            sold_same_weekday: of_unit.iter().map(|r| r.sold_same_weekday).sum(),
        });
    }
    totals.sort_by_key(|t| std::cmp::Reverse(t.mean_milli));
    totals
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn accents_and_case_do_not_matter_to_a_search() {
        assert_eq!(
            fold("Ensaïmada de CREMA y piñón"),
            "ensaimada de crema y pinon"
        );
    }
}
