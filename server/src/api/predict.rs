//! Questions to the model that serves, over REST.

use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Response};
use contract::ErrorCode;
use contract::predict::{
    ModelInfoView, Predict, PredictBatch, PredictionBatchView, PredictionView,
};
use domain::Permission;
use http::{HeaderValue, header};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::ForecastsRead);
    let models = Access::Needs(Permission::ModelsRead);
    vec![
        Endpoint::post("/api/v1/predict", read, one)
            .named("predict")
            .summary(
                "What will be wanted of a product in a shop on a day, as planned or as assumed",
            )
            .takes::<Predict>()
            .gives::<PredictionView>(),
        Endpoint::post("/api/v1/predict/batch", read, many)
            .named("predictBatch")
            .summary("Many such questions at once: for each in its place a prediction or an error")
            .takes::<PredictBatch>()
            .gives::<PredictionBatchView>(),
        Endpoint::get("/api/v1/model/info", models, info)
            .named("readServingModel")
            .summary("The model that serves, what it reads and how it was judged")
            .gives::<ModelInfoView>(),
    ]
}

/// An error that says when to ask again where it may be gone by then.
struct Refused(ApiError);

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let is_busy = self.0.0.code == ErrorCode::Unavailable;
        let mut response = self.0.into_response();
        if is_busy {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// `POST /api/v1/predict` with `store_id`, `product_id`, `date` and, where something else than what is planned is assumed, `price` (minor
/// units), `promotion` (`{"discount_bp": 2000}`, or null for none) and `weather` (`temperature_c`, `precipitation_mm`): the distribution of
/// what will be wanted, as mean, intervals and quantiles, with the model version.
async fn one(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<Predict>, JsonRejection>,
) -> Result<Json<PredictionView>, Refused> {
    let asked = body(&ctx, asked)?;
    Ok(answer(&ctx, state.predictor.one(&ctx, &asked).await)?)
}

/// `POST /api/v1/predict/batch` with `items`, 1 to 1,000 such questions: for each in its place a `prediction` or an `error`.
async fn many(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<PredictBatch>, JsonRejection>,
) -> Result<Json<PredictionBatchView>, Refused> {
    let asked = body(&ctx, asked)?;
    let items = state.predictor.many(&ctx, &asked.items).await;
    let view = items.map(|items| PredictionBatchView { items });
    Ok(answer(&ctx, view)?)
}

/// `GET /api/v1/model/info`: the model that serves, what it was trained on, what it reads and how it was judged beside the baselines.
async fn info(State(state): State<AppState>, Caller(ctx): Caller) -> ApiResult<ModelInfoView> {
    answer(&ctx, state.services.predictions().model_info(&ctx).await)
}
