//! Events, promotions and the weather over REST.

use super::changes::{Removal, done, identifier, query};
use super::cursor::{self, Part};
use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use chrono::NaiveDate;
use contract::calendar::{
    CalendarEntryView, CalendarQuery, DeleteCalendarEntry, DeletePromotion, PromotionView,
    SaveCalendarEntry, SavePromotion, WeatherView,
};
use contract::weather::{ListWeather, PutWeather, WeatherValues};
use contract::{ErrorCode, Page};
use domain::{CalendarKind, Permission};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::CalendarRead);
    let write = Access::Needs(Permission::CalendarWrite);
    vec![
        Endpoint::get("/api/v1/events", read, list_events)
            .named("listEvents")
            .summary("Holidays, events and closures that touch these days, by first day")
            .asks::<Days>()
            .gives_page::<CalendarEntryView>(),
        Endpoint::post("/api/v1/events", write, add_event)
            .named("createEvent")
            .summary("A new holiday, event or closure")
            .takes::<Event>()
            .gives::<CalendarEntryView>(),
        Endpoint::get("/api/v1/events/{id}", read, show_event)
            .named("readEvent")
            .summary("One holiday, event or closure")
            .gives::<CalendarEntryView>(),
        Endpoint::put("/api/v1/events/{id}", write, put_event)
            .named("changeEvent")
            .summary("All that the holiday, event or closure is from now on")
            .takes::<Event>()
            .gives::<CalendarEntryView>(),
        Endpoint::delete("/api/v1/events/{id}", write, remove_event)
            .named("removeEvent")
            .summary("Takes the holiday, event or closure away")
            .asks::<Removal>()
            .gives_nothing(),
        Endpoint::get("/api/v1/promotions", read, list_promotions)
            .named("listPromotions")
            .summary("Promotions that touch these days, by first day")
            .asks::<Days>()
            .gives_page::<PromotionView>(),
        Endpoint::post("/api/v1/promotions", write, add_promotion)
            .named("createPromotion")
            .summary("A new promotion")
            .takes::<Promotion>()
            .gives::<PromotionView>(),
        Endpoint::get("/api/v1/promotions/{id}", read, show_promotion)
            .named("readPromotion")
            .summary("One promotion")
            .gives::<PromotionView>(),
        Endpoint::put("/api/v1/promotions/{id}", write, put_promotion)
            .named("changePromotion")
            .summary("All that the promotion is from now on")
            .takes::<Promotion>()
            .gives::<PromotionView>(),
        Endpoint::delete("/api/v1/promotions/{id}", write, remove_promotion)
            .named("removePromotion")
            .summary("Takes the promotion away, unless tickets carry its code")
            .asks::<Removal>()
            .gives_nothing(),
        Endpoint::get("/api/v1/weather", read, list_weather)
            .named("listWeather")
            .summary("What is known of these days at a store, in order, all on one page")
            .asks::<ListWeather>()
            .gives_page::<WeatherView>(),
        Endpoint::put("/api/v1/weather/{store_id}/{date}", write, put_weather)
            .named("setWeather")
            .summary("The weather of a day at a store, in the place of what was known of it")
            .texts(&["date"])
            .takes::<WeatherValues>()
            .gives::<WeatherView>(),
    ]
}

/// Which days of the calendar are listed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Days {
    from: NaiveDate,
    /// Last day, included; at most 400 days after the first.
    until: NaiveDate,
    #[serde(default)]
    store_id: Option<Uuid>,
    /// From `next` of the part before.
    #[serde(default)]
    after: Option<String>,
    /// 50 where nothing is said.
    #[schema(minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Option<u32>,
}

impl Days {
    fn apart(self) -> (CalendarQuery, Part) {
        let days = CalendarQuery {
            from: self.from,
            until: self.until,
            store_id: self.store_id,
        };
        let part = Part {
            after: self.after,
            limit: self.limit,
        };
        (days, part)
    }
}

/// Body of `POST /api/v1/events` and `PUT /api/v1/events/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = EventEdit)]
#[serde(deny_unknown_fields)]
struct Event {
    command_id: Uuid,
    /// Nothing = every store.
    #[serde(default)]
    store_id: Option<Uuid>,
    kind: CalendarKind,
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    starts_on: NaiveDate,
    /// Last day, included.
    ends_on: NaiveDate,
    #[schema(max_length = 500)]
    #[serde(default)]
    note: Option<String>,
}

impl Event {
    fn command(self, id: Option<Uuid>) -> SaveCalendarEntry {
        SaveCalendarEntry {
            command_id: self.command_id,
            id,
            store_id: self.store_id,
            kind: self.kind,
            name: self.name,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            note: self.note,
        }
    }
}

/// Body of `POST /api/v1/promotions` and `PUT /api/v1/promotions/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PromotionEdit)]
#[serde(deny_unknown_fields)]
struct Promotion {
    command_id: Uuid,
    #[schema(min_length = 1, max_length = 40)]
    code: String,
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// Nothing = every store.
    #[serde(default)]
    store_id: Option<Uuid>,
    /// Nothing = every product.
    #[serde(default)]
    product_id: Option<Uuid>,
    /// Nothing = every category.
    #[serde(default)]
    category_id: Option<Uuid>,
    #[schema(minimum = 0, maximum = 9000)]
    discount_bp: i32,
    starts_on: NaiveDate,
    /// Last day, included.
    ends_on: NaiveDate,
}

impl Promotion {
    fn command(self, id: Option<Uuid>) -> SavePromotion {
        SavePromotion {
            command_id: self.command_id,
            id,
            code: self.code,
            name: self.name,
            store_id: self.store_id,
            product_id: self.product_id,
            category_id: self.category_id,
            discount_bp: self.discount_bp,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
        }
    }
}

const NO_EVENT: &str = "calendar entry not found";
const NO_PROMOTION: &str = "promotion not found";

/// `GET /api/v1/events?from=DATE&until=DATE&store_id=ID&limit=50&after=CURSOR`: holidays, events and closures that touch these days (400 at
/// most), by first day.
async fn list_events(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Days>, QueryRejection>,
) -> ApiResult<Page<CalendarEntryView>> {
    let (days, part) = query(&ctx, asked)?.apart();
    let found = state.services.calendar().list(&ctx, &days).await;
    let found = found.map(|view| view.entries);
    cursor::part_of(&ctx, found, part, |e| format!("{}~{}", e.starts_on, e.id))
}

/// `POST /api/v1/events`: a new holiday, event or closure (`kind`), of one store or, without `store_id`, of all. The same `command_id` has one
/// effect and one answer.
async fn add_event(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<Event>, JsonRejection>,
) -> ApiResult<CalendarEntryView> {
    let command = body(&ctx, asked)?.command(None);
    let calendar = state.services.calendar();
    answer(&ctx, calendar.save_entry(&ctx, &command).await)
}

/// `GET /api/v1/events/{id}`: one holiday, event or closure.
async fn show_event(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> ApiResult<CalendarEntryView> {
    let id = identifier(&ctx, &id, NO_EVENT)?;
    answer(&ctx, state.services.calendar().entry(&ctx, id).await)
}

/// `PUT /api/v1/events/{id}`: all that it is from now on. The same `command_id` has one effect and one answer.
async fn put_event(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Event>, JsonRejection>,
) -> ApiResult<CalendarEntryView> {
    let id = identifier(&ctx, &id, NO_EVENT)?;
    let command = body(&ctx, asked)?.command(Some(id));
    let calendar = state.services.calendar();
    answer(&ctx, calendar.save_entry(&ctx, &command).await)
}

/// `DELETE /api/v1/events/{id}?command_id=ID`: takes it away. 204; with the same `command_id` again too, else 404.
async fn remove_event(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Query<Removal>, QueryRejection>,
) -> Result<StatusCode, ApiError> {
    let id = identifier(&ctx, &id, NO_EVENT)?;
    let command = DeleteCalendarEntry {
        command_id: query(&ctx, asked)?.command_id(),
        id,
    };
    let calendar = state.services.calendar();
    done(&ctx, calendar.delete_entry(&ctx, &command).await)
}

/// `GET /api/v1/promotions?from=DATE&until=DATE&store_id=ID&limit=50&after=CURSOR`: promotions that touch these days (400 at most), by first
/// day.
async fn list_promotions(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Days>, QueryRejection>,
) -> ApiResult<Page<PromotionView>> {
    let (days, part) = query(&ctx, asked)?.apart();
    let found = state.services.calendar().list(&ctx, &days).await;
    let found = found.map(|view| view.promotions);
    cursor::part_of(&ctx, found, part, |p| format!("{}~{}", p.starts_on, p.id))
}

/// `POST /api/v1/promotions`: a new promotion; store, product and category narrow it. The same `command_id` has one effect and one answer.
async fn add_promotion(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<Promotion>, JsonRejection>,
) -> ApiResult<PromotionView> {
    let command = body(&ctx, asked)?.command(None);
    let calendar = state.services.calendar();
    answer(&ctx, calendar.save_promotion(&ctx, &command).await)
}

/// `GET /api/v1/promotions/{id}`: one promotion.
async fn show_promotion(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> ApiResult<PromotionView> {
    let id = identifier(&ctx, &id, NO_PROMOTION)?;
    answer(&ctx, state.services.calendar().promotion(&ctx, id).await)
}

/// `PUT /api/v1/promotions/{id}`: all that it is from now on; the code stays once tickets carry it. The same `command_id` has one effect and one
/// answer.
async fn put_promotion(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Promotion>, JsonRejection>,
) -> ApiResult<PromotionView> {
    let id = identifier(&ctx, &id, NO_PROMOTION)?;
    let command = body(&ctx, asked)?.command(Some(id));
    let calendar = state.services.calendar();
    answer(&ctx, calendar.save_promotion(&ctx, &command).await)
}

/// `DELETE /api/v1/promotions/{id}?command_id=ID`: takes it away, unless tickets carry its code. 204; with the same `command_id` again too,
/// else 404.
async fn remove_promotion(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Query<Removal>, QueryRejection>,
) -> Result<StatusCode, ApiError> {
    let id = identifier(&ctx, &id, NO_PROMOTION)?;
    let command = DeletePromotion {
        command_id: query(&ctx, asked)?.command_id(),
        id,
    };
    let calendar = state.services.calendar();
    done(&ctx, calendar.delete_promotion(&ctx, &command).await)
}

/// `GET /api/v1/weather?store_id=ID&from=DATE&until=DATE`: what is known of these days at a store (400 at most), in order, all on one page.
async fn list_weather(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListWeather>, QueryRejection>,
) -> ApiResult<Page<WeatherView>> {
    let wanted = query(&ctx, asked)?;
    let days = state.services.weather().list(&ctx, &wanted).await;
    answer(&ctx, days.map(|items| Page { items, next: None }))
}

/// `PUT /api/v1/weather/{store_id}/{date}`: the weather of a day at a store, in the place of what was known of it; the same twice changes
/// nothing. Forecasts see it from the next night on.
async fn put_weather(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path((store_id, date)): Path<(String, String)>,
    asked: Result<Json<WeatherValues>, JsonRejection>,
) -> ApiResult<WeatherView> {
    let store_id = identifier(&ctx, &store_id, "store not found")?;
    let date: NaiveDate = date
        .parse()
        .map_err(|_| ApiError::new(ErrorCode::NotFound, "day not found", &ctx.request_id))?;
    let values = body(&ctx, asked)?;
    let command = PutWeather {
        store_id,
        date,
        values,
    };
    answer(&ctx, state.services.weather().put(&ctx, &command).await)
}
