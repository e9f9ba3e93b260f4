//! Known rows, written as the night, the imports and the kitchen would.

use chrono::{Days, NaiveDate};
use domain::panel::DayForecast;
use domain::{ForecastSource, MovementKind, OrderSource, OrderStatus, SoldOutBy};
use entity::{daily_sales, production_order, stock_level, stock_movement, weather_day};
use sea_orm::ActiveValue::Set;
use sea_orm::{EntityTrait, IntoActiveModel};
use services::ServiceError;
use services::forecast_book::{IssuedForecast, Issuer};
use testkit::{Org, TestDb, now, today};
use uuid::Uuid;

pub(crate) fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).expect("a day of the calendar")
}

/// A distribution with these quantiles 0.1, 0.5 and 0.9; its mean is the median.
pub(crate) fn forecast(target_date: NaiveDate, low: f64, median: f64, high: f64) -> DayForecast {
    DayForecast {
        target_date,
        mean: median,
        quantiles: [
            low, low, low, median, median, median, median, median, high, high, high,
        ],
    }
}

/// Issues the same distribution for every product of a store and each of the 28 days after a night.
pub(crate) async fn issue(
    db: &TestDb,
    org: &Org,
    store_id: Uuid,
    issued_on: NaiveDate,
    (low, median, high): (f64, f64, f64),
) {
    let issued: Vec<IssuedForecast> = org
        .products
        .iter()
        .map(|product_id| IssuedForecast {
            stands_in: false,
            store_id,
            product_id: *product_id,
            days: (1..=28)
                .map(|n| forecast(issued_on + Days::new(n), low, median, high))
                .collect(),
        })
        .collect();
    let issuer = Issuer {
        source: ForecastSource::Baseline,
        model_version_id: None,
    };
    db.services()
        .forecast_book()
        .issue(&org.system(), issued_on, issuer, &issued)
        .await
        .expect("forecasts are issued");
}

pub(crate) async fn sold(
    db: &TestDb,
    org: &Org,
    store_id: Uuid,
    product_id: Uuid,
    business_date: NaiveDate,
    quantity: i64,
    censored: bool,
) {
    let row = daily_sales::Model {
        store_id,
        product_id,
        business_date,
        organization_id: org.id,
        quantity,
        revenue_minor: quantity * 200,
        unit_price_minor: Some(200),
        promotion: None,
        censored,
        updated_at: now(),
        sold_out_by: censored.then_some(SoldOutBy::LastSale),
        lost_units: Some(if censored { 4 } else { 0 }),
        examined_at: Some(now()),
    };
    daily_sales::Entity::insert(row.into_active_model())
        .exec_without_returning(db.db().connection())
        .await
        .expect("a day's sales");
}

pub(crate) async fn on_hand(
    db: &TestDb,
    org: &Org,
    store_id: Uuid,
    product_id: Uuid,
    on_hand: i64,
) {
    let row = stock_level::ActiveModel {
        store_id: Set(store_id),
        product_id: Set(product_id),
        organization_id: Set(org.id),
        on_hand: Set(on_hand),
        updated_at: Set(now()),
    };
    stock_level::Entity::insert(row)
        .exec_without_returning(db.db().connection())
        .await
        .expect("a shelf");
    let fact = stock_movement::Model {
        id: Uuid::now_v7(),
        organization_id: org.id,
        store_id,
        product_id,
        kind: MovementKind::Opening,
        quantity: on_hand,
        occurred_at: now(),
        recorded_at: now(),
        business_date: today(),
        reason: None,
        note: None,
        reverses_id: None,
        count_id: None,
        order_id: None,
        sale_id: None,
        import_id: None,
        command_id: None,
        actor_id: None,
        transfer_id: None,
    };
    stock_movement::Entity::insert(fact.into_active_model())
        .exec_without_returning(db.db().connection())
        .await
        .expect("what is there was found there");
}

pub(crate) async fn order(
    db: &TestDb,
    org: &Org,
    store_id: Uuid,
    product_id: Uuid,
    number: i64,
    production_date: NaiveDate,
    planned_quantity: i64,
    status: OrderStatus,
) {
    let row = production_order::Model {
        id: Uuid::now_v7(),
        organization_id: org.id,
        number,
        store_id,
        product_id,
        production_date,
        planned_quantity,
        produced_quantity: None,
        lost_quantity: None,
        status,
        source: OrderSource::Manual,
        suggestion_id: None,
        version: 1,
        note: None,
        created_by: None,
        created_at: now(),
        started_by: None,
        started_at: None,
        completed_by: None,
        completed_at: None,
        cancelled_by: None,
        cancelled_at: None,
        cancel_reason: None,
        updated_at: now(),
        standing_order_id: None,
        standing_date: None,
    };
    production_order::Entity::insert(row.into_active_model())
        .exec_without_returning(db.db().connection())
        .await
        .expect("an order");
}

pub(crate) async fn weather(
    db: &TestDb,
    org: &Org,
    store_id: Uuid,
    date: NaiveDate,
    rain_x10: i32,
) {
    let row = weather_day::Model {
        store_id,
        date,
        organization_id: org.id,
        temperature_c_x10: Some(140),
        precipitation_mm_x10: Some(rain_x10),
        is_forecast: false,
        updated_at: now(),
    };
    weather_day::Entity::insert(row.into_active_model())
        .exec_without_returning(db.db().connection())
        .await
        .expect("a day's weather");
}

/// The fields that were refused, with their reasons.
pub(crate) fn refused<T: std::fmt::Debug>(
    result: Result<T, ServiceError>,
) -> Vec<(String, String)> {
    match result {
        Err(ServiceError::Invalid(fields)) => {
            fields.into_iter().map(|f| (f.field, f.reason)).collect()
        }
        other => panic!("expected fields to be refused, got {other:?}"),
    }
}

/// The conflict's stable reason and its words.
pub(crate) fn conflict<T: std::fmt::Debug>(
    result: Result<T, ServiceError>,
) -> (&'static str, String) {
    match result {
        Err(ServiceError::Conflict { reason, message }) => (reason, message),
        other => panic!("expected a conflict, got {other:?}"),
    }
}

pub(crate) fn not_found<T: std::fmt::Debug>(result: Result<T, ServiceError>) {
    assert!(
        matches!(result, Err(ServiceError::NotFound(_))),
        "expected it not to be found, got {result:?}"
    );
}

pub(crate) fn forbidden<T: std::fmt::Debug>(result: Result<T, ServiceError>) {
    assert!(
        matches!(result, Err(ServiceError::Forbidden(_))),
        "expected it to be forbidden, got {result:?}"
    );
}
