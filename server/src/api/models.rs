//! The registry of models: what was trained, how it was judged, who served when, and who shall.

use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use contract::ErrorCode;
use contract::models::{
    AliasChangeView, FeatureImportanceView, ModelSearchView, ModelVersionDetail, ModelVersionView,
    PromoteModel, RollBackModel,
};
use domain::Permission;
use serde::Deserialize;
use services::Ctx;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::ModelsRead);
    let promote = Access::Needs(Permission::ModelsPromote);
    vec![
        Endpoint::get("/api/v1/models", read, list)
            .named("listModels")
            .summary("Versions of the forecaster, newest first, refused ones too")
            .gives_list::<ModelVersionView>(),
        Endpoint::get("/api/v1/models/history", read, history)
            .named("listModelHistory")
            .summary("Who served when and why, newest first")
            .gives_list::<AliasChangeView>(),
        Endpoint::get("/api/v1/models/searches", read, searches)
            .named("listModelSearches")
            .summary("Searches for settings of the forecaster, newest first")
            .gives_list::<ModelSearchView>(),
        Endpoint::get("/api/v1/models/{id}", read, show)
            .named("readModel")
            .summary("Everything that is kept of a version")
            .gives::<ModelVersionDetail>(),
        Endpoint::get("/api/v1/model/features/importance", read, importance)
            .named("readFeatureImportance")
            .summary("What the version that serves listens to, by groups of inputs")
            .gives::<FeatureImportanceView>(),
        Endpoint::post("/api/v1/models/{id}/promote", promote, self::promote)
            .named("promoteModel")
            .summary("Lets a version serve that passed the gate")
            .takes::<Promotion>()
            .gives::<ModelVersionView>(),
        Endpoint::post("/api/v1/models/rollback", promote, roll_back)
            .named("rollBackModel")
            .summary("Lets the version serve again that served before")
            .takes::<RollBackModel>()
            .gives::<ModelVersionView>(),
    ]
}

/// Body of `POST /api/v1/models/{id}/promote`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ModelPromotion)]
#[serde(deny_unknown_fields)]
struct Promotion {
    command_id: Uuid,
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

fn identifier(ctx: &Ctx, text: &str) -> Result<Uuid, ApiError> {
    // What is no identifier names nothing.
    text.parse().map_err(|_| {
        ApiError::new(
            ErrorCode::NotFound,
            "model version not found",
            &ctx.request_id,
        )
    })
}

/// `GET /api/v1/models`: versions, newest first, at most 100, refused ones too.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
) -> ApiResult<Vec<ModelVersionView>> {
    answer(&ctx, state.services.models().list(&ctx).await)
}

/// `GET /api/v1/models/history`: who served when and why, newest first, at most 100 entries.
async fn history(
    State(state): State<AppState>,
    Caller(ctx): Caller,
) -> ApiResult<Vec<AliasChangeView>> {
    answer(&ctx, state.services.models().history(&ctx).await)
}

/// `GET /api/v1/models/searches`: searches for settings, newest first, at most 100.
async fn searches(
    State(state): State<AppState>,
    Caller(ctx): Caller,
) -> ApiResult<Vec<ModelSearchView>> {
    answer(&ctx, state.services.models().searches(&ctx).await)
}

/// `GET /api/v1/models/{id}`: everything that is kept of a version.
async fn show(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> ApiResult<ModelVersionDetail> {
    let id = identifier(&ctx, &id)?;
    answer(&ctx, state.services.models().get(&ctx, id).await)
}

/// `GET /api/v1/model/features/importance`: what the model that serves listens to, by groups of inputs.
async fn importance(
    State(state): State<AppState>,
    Caller(ctx): Caller,
) -> ApiResult<FeatureImportanceView> {
    let models = state.services.models();
    answer(&ctx, models.feature_importance(&ctx).await)
}

/// `POST /api/v1/models/{id}/promote`: the version serves from now on.
async fn promote(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Promotion>, JsonRejection>,
) -> ApiResult<ModelVersionView> {
    let id = identifier(&ctx, &id)?;
    let asked = body(&ctx, asked)?;
    let command = PromoteModel {
        command_id: asked.command_id,
        model_version_id: id,
        reason: asked.reason,
    };
    answer(&ctx, state.services.models().promote(&ctx, &command).await)
}

/// `POST /api/v1/models/rollback`: what served before serves again.
async fn roll_back(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<RollBackModel>, JsonRejection>,
) -> ApiResult<ModelVersionView> {
    let command = body(&ctx, asked)?;
    let models = state.services.models();
    answer(&ctx, models.roll_back(&ctx, &command).await)
}
