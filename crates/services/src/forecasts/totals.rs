//! What shops, products and the chain sell in all.

use super::Forecasts;
use super::list::issue_of;
use crate::ctx::StoreScope;
use crate::forecast_book::{levels, milli};
use crate::store::{forecasts as rows, models, outlook, shelves, totals as total_rows};
use crate::{Ctx, ServiceError, ServiceResult};
use contract::forecasts::{Band, ForecastTotals, ListTotals, TotalDay};
use domain::replenish::DayDemand;
use domain::totals::{Adder, Together};
use domain::{Permission, TotalLevel, Unit};
use entity::{forecast, forecast_total};
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// Totals of a night's forecasts on every level, by unit. How alike shelves err is the model's own measure, where there is one.
pub(crate) async fn total_up(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    model_version_id: Option<Uuid>,
    forecasts: Arc<Vec<forecast::Model>>,
) -> ServiceResult<Vec<forecast_total::Model>> {
    let manifest = match model_version_id {
        Some(id) => models::find(db, organization_id, id).await?,
        None => None,
    };
    let together: Together = manifest
        .and_then(|m| serde_json::from_value(m.manifest["calibration"]["together"].clone()).ok())
        .unwrap_or_default();
    let units: HashMap<Uuid, Unit> = shelves::list_products(db, organization_id)
        .await?
        .into_iter()
        .map(|(product, _)| (product.id, product.unit))
        .collect();
    // Seconds of arithmetic in a large chain.
    let work = move || sums(organization_id, &together, &units, &forecasts);
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ServiceError::Internal(error.to_string()))
}

fn sums(
    organization_id: Uuid,
    together: &Together,
    units: &HashMap<Uuid, Unit>,
    forecasts: &[forecast::Model],
) -> Vec<forecast_total::Model> {
    let mut sums: BTreeMap<_, (Adder, i64)> = BTreeMap::new();
    for f in forecasts {
        let Some(&unit) = units.get(&f.product_id) else {
            continue;
        };
        let part = DayDemand::from_milli(f.mean_milli, levels(f));
        for level in TotalLevel::ALL {
            let subject_id = match level {
                TotalLevel::Store => f.store_id,
                TotalLevel::Product => f.product_id,
                TotalLevel::Chain => organization_id,
            };
            let (adder, mean) = sums
                .entry((*level, subject_id, unit, f.issued_on, f.target_date))
                .or_insert_with(|| (Adder::new(together.at(*level)), 0));
            adder.add(&part);
            *mean += f.mean_milli;
        }
    }
    sums.into_iter()
        .map(
            |((level, subject_id, unit, issued_on, target_date), (adder, mean_milli))| {
                let q = adder.total().quantiles.map(milli);
                forecast_total::Model {
                    level,
                    subject_id,
                    unit,
                    issued_on,
                    target_date,
                    organization_id,
                    shelves: adder.parts() as i32,
                    mean_milli,
                    q05_milli: q[0],
                    q10_milli: q[1],
                    q20_milli: q[2],
                    q30_milli: q[3],
                    q40_milli: q[4],
                    q50_milli: q[5],
                    q60_milli: q[6],
                    q70_milli: q[7],
                    q80_milli: q[8],
                    q90_milli: q[9],
                    q95_milli: q[10],
                }
            },
        )
        .collect()
}

impl Forecasts<'_> {
    /// What a shop, a product over all shops, or the chain sells in all, as the latest night forecast it. Means are the sums of
    /// those of the forecasts; people's own numbers are not in them.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `forecasts.read`, and for products and the chain without every store in scope;
    /// [`ServiceError::NotFound`] for stores out of scope; [`ServiceError::Invalid`] where the store or the product is not named.
    pub async fn totals(&self, ctx: &Ctx, asked: &ListTotals) -> ServiceResult<ForecastTotals> {
        ctx.require(Permission::ForecastsRead)?;
        let required = |id: Option<Uuid>, field: &str| {
            id.ok_or_else(|| {
                ServiceError::field(field, "required", "Name whose total you ask for.")
            })
        };
        let organization_id = ctx.organization_id();
        let subject_id = match asked.level {
            TotalLevel::Store => {
                let store_id = required(asked.store_id, "store_id")?;
                ctx.require_store(store_id)?;
                store_id
            }
            TotalLevel::Product => required(asked.product_id, "product_id")?,
            TotalLevel::Chain => organization_id,
        };
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        if asked.level != TotalLevel::Store && ctx.actor.stores != StoreScope::All {
            return Err(ServiceError::Forbidden("stores.all"));
        }
        match asked.level {
            TotalLevel::Store => {
                outlook::get_store(db, organization_id, subject_id).await?;
            }
            TotalLevel::Product => {
                outlook::get_product(db, organization_id, subject_id).await?;
            }
            TotalLevel::Chain => {}
        }
        let latest = match asked.level {
            TotalLevel::Store => {
                rows::find_latest_of_store(db, organization_id, subject_id).await?
            }
            TotalLevel::Product | TotalLevel::Chain => {
                rows::find_latest(db, organization_id).await?
            }
        };
        let issue = issue_of(db, organization_id, latest.as_ref()).await?;
        let days = match &issue {
            Some(issue) => {
                total_rows::list(
                    db,
                    organization_id,
                    asked.level,
                    subject_id,
                    issue.issued_on,
                )
                .await?
            }
            None => Vec::new(),
        };
        Ok(ForecastTotals {
            level: asked.level,
            issue,
            days: days.iter().map(view).collect(),
        })
    }
}

fn view(total: &forecast_total::Model) -> TotalDay {
    TotalDay {
        target_date: total.target_date,
        unit: total.unit,
        shelves: total.shelves,
        band: band(total),
    }
}

pub(super) fn band(total: &forecast_total::Model) -> Band {
    Band {
        low_milli: total.q10_milli,
        median_milli: total.q50_milli,
        high_milli: total.q90_milli,
        mean_milli: total.mean_milli,
    }
}
