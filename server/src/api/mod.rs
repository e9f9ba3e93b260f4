//! REST under `/api/v1`. Every endpoint stands in [`endpoints`] with the permission it needs; the router is built from
//! that list and the access test walks it.
//!
//! To add one: write the handler in the file of its area with [`crate::web::errors::Caller`] as an argument, and one
//! line in that area's `endpoints()` that also says what it takes and gives: the description of the API is made from it.

pub mod about;
pub mod audit_export;
pub mod auth;
pub mod backups;
pub mod calendar;
pub mod catalog;
mod changes;
pub mod channels;
pub mod counting;
mod cursor;
pub mod deciding;
pub mod docs;
pub mod endpoint;
pub mod forecast_lists;
pub mod forecasts;
pub mod health;
pub mod identity_providers;
pub mod imports;
pub mod info;
pub mod keys;
pub mod live;
pub mod models;
pub mod openapi;
pub mod orders;
pub mod organization;
pub mod oversight;
pub mod people;
pub mod planning;
pub mod policies;
pub mod predict;
pub mod production;
pub mod purchases;
pub mod recipes;
pub mod roles;
pub mod sales;
pub mod stock;
pub mod suggestions;
pub mod transfers;
pub mod versions;

pub use endpoint::{Access, Endpoint};

use crate::state::AppState;
use crate::web::errors::ApiError;
use axum::extract::rejection::JsonRejection;
use axum::{Json, Router};
use services::{Ctx, ServiceError};
use std::time::Duration;

/// The JSON of a request, or what is wrong with it.
fn body<T>(ctx: &Ctx, body: Result<Json<T>, JsonRejection>) -> Result<T, ApiError> {
    body.map(|Json(value)| value).map_err(|rejection| {
        let error = ServiceError::field("body", "format", rejection.body_text());
        ApiError::from_service(error, &ctx.request_id)
    })
}

/// Every endpoint there is.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    [
        audit_export::endpoints(),
        auth::endpoints(),
        calendar::endpoints(),
        catalog::endpoints(),
        channels::endpoints(),
        counting::endpoints(),
        deciding::endpoints(),
        forecast_lists::endpoints(),
        forecasts::endpoints(),
        health::endpoints(),
        backups::endpoints(),
        identity_providers::endpoints(),
        imports::endpoints(),
        info::endpoints(),
        keys::endpoints(),
        live::endpoints(),
        models::endpoints(),
        openapi::endpoints(),
        orders::endpoints(),
        organization::endpoints(),
        oversight::endpoints(),
        people::endpoints(),
        planning::endpoints(),
        policies::endpoints(),
        predict::endpoints(),
        production::endpoints(),
        purchases::endpoints(),
        recipes::endpoints(),
        roles::endpoints(),
        sales::endpoints(),
        stock::endpoints(),
        suggestions::endpoints(),
        transfers::endpoints(),
    ]
    .concat()
}

/// The endpoints, those for strangers apart from those behind the session.
pub(crate) fn routers(timeout: Duration) -> (Router<AppState>, Router<AppState>) {
    let (public, private): (Vec<_>, Vec<_>) = endpoints()
        .into_iter()
        .partition(|e| e.access == Access::Public);
    let mount = |list: Vec<Endpoint>| {
        list.into_iter()
            .fold(Router::new(), |router, e| e.mount(router, timeout))
    };
    (mount(public), mount(private))
}
