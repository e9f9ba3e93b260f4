//! The terms of shelves over REST.

use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use contract::ErrorCode;
use contract::policies::{
    ListPolicies, PoliciesSet, PoliciesView, PolicyCosts, ReadPolicy, SetPolicies, ShelfPolicyView,
};
use domain::Permission;
use services::{Ctx, ServiceError};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::SuggestionsRead);
    let write = Access::Needs(Permission::PoliciesWrite);
    vec![
        Endpoint::get("/api/v1/policies", read, list)
            .named("listPolicies")
            .summary("The terms of the shelves of a store, or of a product in all stores")
            .asks::<ListPolicies>()
            .gives::<PoliciesView>(),
        Endpoint::put("/api/v1/policies", write, set)
            .named("setPolicies")
            .summary("The same choice for 1 to 500 shelves, all of them or none")
            .takes::<SetPolicies>()
            .gives::<PoliciesSet>(),
        Endpoint::get("/api/v1/policies/{store_id}/{product_id}", read, read_one)
            .named("readPolicy")
            .summary("One shelf with its terms")
            .gives::<ShelfPolicyView>(),
        Endpoint::get(
            "/api/v1/policies/{store_id}/{product_id}/costs",
            read,
            costs,
        )
        .named("readPolicyCosts")
        .summary(
            "Waste and missed margin of the last 28 days under what holds, and under other choices",
        )
        .gives::<PolicyCosts>(),
    ]
}

fn shelf(ctx: &Ctx, (store, product): &(String, String)) -> Result<ReadPolicy, ApiError> {
    match (store.parse(), product.parse()) {
        (Ok(store_id), Ok(product_id)) => Ok(ReadPolicy {
            store_id,
            product_id,
        }),
        // What is no identifier names nothing.
        _ => Err(ApiError::new(
            ErrorCode::NotFound,
            "shelf not found",
            &ctx.request_id,
        )),
    }
}

/// `GET /api/v1/policies?store_id=ID&product_id=ID&category_id=ID&search=TEXT&chosen=true&after=ID&limit=50`: shelves of a store by
/// category and name, or those of a product by store, with the product's terms, what somebody chose instead, and what holds. One of
/// `store_id` and `product_id` is needed.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListPolicies>, QueryRejection>,
) -> ApiResult<PoliciesView> {
    let Query(wanted) = asked.map_err(|rejection| {
        let error = ServiceError::field("query", "format", rejection.body_text());
        ApiError::from_service(error, &ctx.request_id)
    })?;
    answer(&ctx, state.services.policies().list(&ctx, wanted).await)
}

/// `PUT /api/v1/policies`: the same `choice` for 1 to 500 shelves, all of them or none; without one they are the product's again. With
/// `levels`, reorder point and level to fill up to are set too. A stale `version` is a conflict; the same `command_id` has one effect.
/// It counts from the next time that suggestions are computed.
async fn set(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<SetPolicies>, JsonRejection>,
) -> ApiResult<PoliciesSet> {
    let command = body(&ctx, asked)?;
    answer(&ctx, state.services.policies().set(&ctx, command).await)
}

/// `GET /api/v1/policies/{store_id}/{product_id}`: one shelf with its terms.
async fn read_one(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(named): Path<(String, String)>,
) -> ApiResult<ShelfPolicyView> {
    let wanted = shelf(&ctx, &named)?;
    answer(&ctx, state.services.policies().read(&ctx, wanted).await)
}

/// `GET /api/v1/policies/{store_id}/{product_id}/costs`: waste and missed margin of the last 28 days under what holds, what the costs
/// say, and service levels of 80, 90, 95 and 98 %.
async fn costs(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(named): Path<(String, String)>,
) -> ApiResult<PolicyCosts> {
    let wanted = shelf(&ctx, &named)?;
    answer(&ctx, state.services.policies().costs(&ctx, wanted).await)
}
