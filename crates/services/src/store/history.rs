//! Rows of daily totals and weather.

use crate::ServiceResult;
use crate::history::{DailyTotal, WeatherTotal};
use chrono::{DateTime, Utc};
use domain::SoldOutBy;
use entity::{daily_sales, weather_day};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use uuid::Uuid;

const ROWS_PER_STATEMENT: usize = 1_000;

/// Writes totals; a total of the same shelf and day is replaced.
pub(crate) async fn upsert_totals(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    totals: &[DailyTotal],
) -> ServiceResult<()> {
    use daily_sales::Column as C;
    for chunk in totals.chunks(ROWS_PER_STATEMENT) {
        let models = chunk.iter().map(|t| daily_sales::ActiveModel {
            store_id: Set(t.store_id),
            product_id: Set(t.product_id),
            business_date: Set(t.business_date),
            organization_id: Set(organization_id),
            quantity: Set(t.quantity),
            revenue_minor: Set(t.revenue_minor()),
            unit_price_minor: Set(Some(t.unit_price_minor)),
            promotion: Set(t.promotion.clone()),
            censored: Set(t.sold_out),
            updated_at: Set(now),
            sold_out_by: Set(t.sold_out.then_some(SoldOutBy::Told)),
            lost_units: Set(None),
            // A sum has no hours to look at.
            examined_at: Set(Some(now)),
        });
        daily_sales::Entity::insert_many(models)
            .on_conflict(
                OnConflict::columns([C::StoreId, C::ProductId, C::BusinessDate])
                    .update_columns([
                        C::Quantity,
                        C::RevenueMinor,
                        C::UnitPriceMinor,
                        C::Promotion,
                        C::Censored,
                        C::UpdatedAt,
                        C::SoldOutBy,
                        C::LostUnits,
                        C::ExaminedAt,
                    ])
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// Writes weather of days; a later word replaces an earlier one.
pub(crate) async fn upsert_weather(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    days: &[WeatherTotal],
) -> ServiceResult<()> {
    use weather_day::Column as C;
    for chunk in days.chunks(ROWS_PER_STATEMENT) {
        let models = chunk.iter().map(|w| weather_day::ActiveModel {
            store_id: Set(w.store_id),
            date: Set(w.date),
            organization_id: Set(organization_id),
            temperature_c_x10: Set(w.temperature_c_x10),
            precipitation_mm_x10: Set(w.precipitation_mm_x10),
            is_forecast: Set(w.is_forecast),
            updated_at: Set(now),
        });
        weather_day::Entity::insert_many(models)
            .on_conflict(
                OnConflict::columns([C::StoreId, C::Date])
                    .update_columns([
                        C::TemperatureCX10,
                        C::PrecipitationMmX10,
                        C::IsForecast,
                        C::UpdatedAt,
                    ])
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}
