//! Devices that the people of a store share: registering one, and taking it over. Plain forms, as the door's.

use super::login::welcome;
use crate::session::{self, AuthSession, tablet};
use crate::state::AppState;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::factors::IDLE_MINUTES;
use http::{HeaderMap, header};
use services::tablets::{KnownTablet, RegisterTablet};
use services::{Arrival, Ctx, ServiceError};
use std::time::Instant;
use uuid::Uuid;

/// Where devices are listed.
const LIST: &str = "/tablets";

/// What the form of a new device sends.
#[derive(Debug, serde::Deserialize)]
pub struct Registration {
    store_id: String,
    name: String,
    #[serde(default)]
    idle_minutes: String,
}

/// `POST /tablets`: makes the browser in which it is pressed a shared device, and ends the session of whoever pressed it: nobody leaves
/// an administrator's session behind on a counter.
pub async fn register(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    Extension(ctx): Extension<Ctx>,
    mut session: AuthSession,
    form: Result<Form<Registration>, FormRejection>,
) -> Response {
    let refused = |reason: &str| Redirect::to(&format!("{LIST}?error={reason}")).into_response();
    let Ok(Form(form)) = form else {
        return refused("other");
    };
    let Ok(store_id) = form.store_id.parse::<Uuid>() else {
        return refused("store");
    };
    let minutes = form.idle_minutes.trim();
    let idle_minutes = if minutes.is_empty() {
        Some(IDLE_MINUTES)
    } else {
        minutes.parse().ok()
    };
    let command = RegisterTablet {
        store_id,
        name: form.name,
        // What is no number is none that may be said.
        idle_minutes: idle_minutes.unwrap_or_default(),
    };
    let made = match state.services.tablets().register(&ctx, command).await {
        Ok(made) => made,
        Err(error) => {
            let reason = match &error {
                ServiceError::NotFound(_) => "store",
                ServiceError::Forbidden(_) => "forbidden",
                ServiceError::Invalid(fields) => match fields.first() {
                    Some(field) if field.field == "idle_minutes" => "idle",
                    _ => "name",
                },
                _ => "other",
            };
            let _ = error.into_app_error(&arrival.request_id);
            return refused(reason);
        }
    };
    let Some(cookie) = tablet::cookie(state.config.secure_cookie, &made.token) else {
        tracing::error!("a device's cookie could not be made");
        return refused("other");
    };
    if let Err(error) = session.logout().await {
        tracing::error!(?error, "the session could not be ended");
        return refused("other");
    }
    ([(header::SET_COOKIE, cookie)], Redirect::to(tablet::PAGE)).into_response()
}

/// What the form of a PIN sends.
#[derive(serde::Deserialize)]
pub struct TakeOver {
    who: String,
    pin: String,
}

impl std::fmt::Debug for TakeOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TakeOver").finish_non_exhaustive()
    }
}

/// `POST /tablet`: to the person's work under a new session id, or back to the PIN with a reason. Whoever was there before is out.
pub async fn take_over(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    known: Option<Extension<KnownTablet>>,
    mut session: AuthSession,
    headers: HeaderMap,
    form: Result<Form<TakeOver>, FormRejection>,
) -> Response {
    let started = Instant::now();
    let page = tablet::PAGE;
    let (Some(Extension(known)), Ok(Form(form))) = (known, form) else {
        return Redirect::to(page).into_response();
    };
    let Ok(user_id) = form.who.parse::<Uuid>() else {
        return Redirect::to(page).into_response();
    };
    let tablets = state.services.tablets();
    let taken = tablets
        .take_over(&arrival, &known, user_id, &form.pin)
        .await;
    let identity = match taken {
        Ok(identity) => identity,
        Err(error) => {
            let reason = match &error {
                ServiceError::Unauthenticated => "pin",
                ServiceError::Rule { reason, .. } if *reason == "pin.locked" => "locked",
                ServiceError::Rule { reason, .. } if *reason == "factor.required" => "factor",
                _ => "other",
            };
            let _ = error.into_app_error(&arrival.request_id);
            tokio::time::sleep_until((started + state.config.sign_in_floor).into()).await;
            let back = format!("{page}?who={user_id}&error={reason}");
            return Redirect::to(&back).into_response();
        }
    };
    let language = identity.actor.language;
    let begun = async {
        session::begin(&mut session, identity, &arrival, &headers).await?;
        tablet::bind(&session, known.id, &arrival).await
    };
    if let Err(error) = begun.await {
        tracing::error!(
            error = format!("{error:#}"),
            "the session could not be stored"
        );
        // Not bound to the device it would have every right of the person.
        if let Err(error) = session.logout().await {
            tracing::error!(?error, "the session could not be ended");
        }
        return Redirect::to(&format!("{page}?error=other")).into_response();
    }
    welcome(language, "/")
}
