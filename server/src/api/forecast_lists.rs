//! Forecasts of stores and products, people's numbers beside them, and how they turned out, over REST.

use super::changes::{done, query};
use super::{Access, Endpoint, body, cursor};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use chrono::NaiveDate;
use contract::Page;
use contract::forecasts::{
    DeleteOverride, ForecastDetail, ForecastDetailQuery, ForecastList, ListForecasts, ListScores,
    OverrideView, ScoresView, SeenOverride, SetOverride,
};
use contract::history::{ListPastForecasts, PastForecastView};
use domain::Permission;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::ForecastsRead);
    let write = Access::Needs(Permission::ForecastsOverride);
    vec![
        Endpoint::get("/api/v1/forecasts", read, list)
            .named("listForecasts")
            .summary("The forecasts of a store for a day, with people's numbers beside them")
            .asks::<ListForecasts>()
            .gives::<ForecastList>(),
        Endpoint::get("/api/v1/forecasts/detail", read, detail)
            .named("readForecast")
            .summary("One product of a store: what was sold and said before, the days ahead, and the reasons")
            .asks::<Which>()
            .gives::<ForecastDetail>(),
        Endpoint::get("/api/v1/forecasts/scores", read, scores)
            .named("listScores")
            .summary("Error, bias and coverage 1, 7 and 28 days ahead, in all and by shelf")
            .asks::<ListScores>()
            .gives::<ScoresView>(),
        Endpoint::put("/api/v1/forecasts/overrides", write, set_override)
            .named("setOverride")
            .summary("Puts a person's number beside the forecast of one day")
            .takes::<Put>()
            .gives::<OverrideView>(),
        Endpoint::post("/api/v1/forecasts/overrides/remove", write, remove_override)
            .named("removeOverride")
            .summary("Takes a person's number away; the forecast counts again")
            .takes::<Remove>()
            .gives_nothing(),
        Endpoint::get("/api/v1/historical-predictions", read, past)
            .named("listPastForecasts")
            .summary("What was forecast for days that are over beside what was sold, the latest day first")
            .asks::<ListPastForecasts>()
            .gives_page::<PastForecastView>(),
    ]
}

/// The weeks of history of a detail where nothing is said.
const USUAL_WEEKS: u32 = 8;

/// Which product is looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Which {
    store_id: Uuid,
    product_id: Uuid,
    /// Weeks of history: 4, 8, 26 or 52; 8 where nothing is said.
    #[schema(minimum = 4, maximum = 52)]
    #[serde(default)]
    weeks: Option<u32>,
    /// The day that the reasons speak of; the first day ahead where nothing is said.
    #[serde(default)]
    target_date: Option<NaiveDate>,
}

/// Body of `PUT /api/v1/forecasts/overrides`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = OverrideChoice)]
#[serde(deny_unknown_fields)]
struct Put {
    command_id: Uuid,
    store_id: Uuid,
    product_id: Uuid,
    target_date: NaiveDate,
    /// Base units.
    #[schema(minimum = 0, maximum = 1000000)]
    quantity: i64,
    #[schema(max_length = 500)]
    #[serde(default)]
    note: Option<String>,
    /// The number that stood there; none did where nothing is said.
    #[serde(default)]
    seen: Option<SeenOverride>,
}

/// Body of `POST /api/v1/forecasts/overrides/remove`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = OverrideRemoval)]
#[serde(deny_unknown_fields)]
struct Remove {
    command_id: Uuid,
    store_id: Uuid,
    product_id: Uuid,
    target_date: NaiveDate,
    seen: SeenOverride,
}

/// `GET /api/v1/forecasts?store_id=ID&target_date=DATE&days_ahead=1&category_id=ID&search=TEXT`: the forecasts of a store for a day, with people's
/// numbers beside them, all of them.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListForecasts>, QueryRejection>,
) -> ApiResult<ForecastList> {
    let wanted = query(&ctx, asked)?;
    answer(&ctx, state.services.forecasts().list(&ctx, &wanted).await)
}

/// `GET /api/v1/forecasts/detail?store_id=ID&product_id=ID&weeks=8&target_date=DATE`: one product of a store: what was sold and said before (4, 8, 26
/// or 52 weeks), the days ahead, and what speaks for the number of `target_date`.
async fn detail(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Which>, QueryRejection>,
) -> ApiResult<ForecastDetail> {
    let asked = query(&ctx, asked)?;
    let wanted = ForecastDetailQuery {
        store_id: asked.store_id,
        product_id: asked.product_id,
        weeks: asked.weeks.unwrap_or(USUAL_WEEKS),
        target_date: asked.target_date,
    };
    answer(&ctx, state.services.forecasts().detail(&ctx, &wanted).await)
}

/// `GET /api/v1/forecasts/scores?from=DATE&until=DATE&store_id=ID&product_id=ID`: error, bias and coverage 1, 7 and 28 days ahead, over all that is
/// asked for and by shelf.
async fn scores(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListScores>, QueryRejection>,
) -> ApiResult<ScoresView> {
    let wanted = query(&ctx, asked)?;
    answer(&ctx, state.services.forecasts().scores(&ctx, &wanted).await)
}

/// `PUT /api/v1/forecasts/overrides`: puts a person's `quantity` beside the forecast of one day; `seen` names the number (`id`, `version`) that
/// stood there, else none did. What somebody else put there meanwhile is a conflict. The same `command_id` has one effect and one answer.
async fn set_override(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<Put>, JsonRejection>,
) -> ApiResult<OverrideView> {
    let asked = body(&ctx, asked)?;
    let command = SetOverride {
        command_id: asked.command_id,
        store_id: asked.store_id,
        product_id: asked.product_id,
        target_date: asked.target_date,
        quantity: asked.quantity,
        note: asked.note,
        seen: asked.seen,
    };
    let forecasts = state.services.forecasts();
    answer(&ctx, forecasts.set_override(&ctx, &command).await)
}

/// `POST /api/v1/forecasts/overrides/remove`: takes the number away that `seen` names; the forecast counts again. 204. The same `command_id` has
/// one effect.
async fn remove_override(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<Remove>, JsonRejection>,
) -> Result<StatusCode, ApiError> {
    let asked = body(&ctx, asked)?;
    let command = DeleteOverride {
        command_id: asked.command_id,
        store_id: asked.store_id,
        product_id: asked.product_id,
        target_date: asked.target_date,
        seen: asked.seen,
    };
    let forecasts = state.services.forecasts();
    done(&ctx, forecasts.delete_override(&ctx, &command).await)
}

/// `GET /api/v1/historical-predictions?store_id=ID&product_id=ID&from=DATE&until=DATE&horizon=1&limit=50&after=CURSOR`: what was forecast for days that
/// are over beside what was sold on them, the latest day first.
async fn past(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListPastForecasts>, QueryRejection>,
) -> ApiResult<Page<PastForecastView>> {
    let mut wanted = query(&ctx, asked)?;
    cursor::open(&ctx, &mut wanted.after, wanted.limit)?;
    cursor::page(&ctx, state.services.forecasts().past(&ctx, &wanted).await)
}
