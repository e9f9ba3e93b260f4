//! Making an organization: plain forms that work before, and without, any script. What was typed comes back with what is wrong with it,
//! but for the password.

use super::login::enter;
use crate::session::AuthSession;
use crate::state::AppState;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use domain::Language;
use http::HeaderMap;
use services::identity::{SignIn, SignedIn};
use services::sign_up::SignUp;
use services::{Arrival, ServiceError};
use url::form_urlencoded;

const PAGE: &str = "/sign-up";

/// What the form of an invited person sends.
#[derive(serde::Deserialize)]
pub struct Filled {
    token: String,
    name: String,
    #[serde(default)]
    currency: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    time_zone: String,
    #[serde(default)]
    store_name: String,
    #[serde(default)]
    store_city: String,
    #[serde(default)]
    display_name: String,
    password: String,
}

impl std::fmt::Debug for Filled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filled").finish_non_exhaustive()
    }
}

/// What the form of somebody without an invitation sends.
#[derive(serde::Deserialize)]
pub struct Asked {
    email: String,
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asked").finish_non_exhaustive()
    }
}

fn back(pairs: &[(&str, &str)]) -> Response {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    Redirect::to(&format!("{PAGE}?{}", query.finish())).into_response()
}

/// The stable key of what went wrong, for the page: a field's as `FIELD.REASON`.
fn key_of(error: &ServiceError) -> String {
    match error {
        ServiceError::Invalid(fields) => fields
            .first()
            .map(|fault| format!("{}.{}", fault.field, fault.reason))
            .unwrap_or_default(),
        ServiceError::Rule { reason, .. } => (*reason).to_owned(),
        ServiceError::TooManyRequests(_) => "locked".to_owned(),
        _ => "other".to_owned(),
    }
}

/// `POST /sign-up`: the organization is made and its administrator is signed in, or back to the form with what is wrong.
pub async fn sign_up(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    mut session: AuthSession,
    headers: HeaderMap,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    let Ok(Form(filled)) = form else {
        return back(&[("error", "other")]);
    };
    if state.rates.of_stranger(&arrival.source).is_too_many() {
        return again(&filled, "locked");
    }
    let asked = SignUp {
        token: filled.token.clone(),
        name: filled.name.clone(),
        currency: filled.currency.clone(),
        language: filled.language.parse().unwrap_or(Language::Es),
        time_zone: filled.time_zone.clone(),
        store_name: filled.store_name.clone(),
        store_city: filled.store_city.clone(),
        display_name: filled.display_name.clone(),
        password: filled.password.clone(),
    };
    let made = match state.services.sign_up().sign_up(&arrival, asked).await {
        Ok(made) => made,
        Err(error) => {
            let key = key_of(&error);
            // Logs what is worth logging; the person is told by the page.
            let _ = error.into_app_error(&arrival.request_id);
            return again(&filled, &key);
        }
    };
    tracing::info!(organization_id = %made.organization_id, "an organization signed up");
    let door = SignIn {
        email: made.email,
        password: filled.password,
    };
    match state.services.identity().sign_in(&arrival, door).await {
        Ok(SignedIn::Done(identity)) => {
            let next = "/settings?welcome=1";
            enter(&mut session, *identity, &arrival, &headers, next).await
        }
        // Nobody who has just come has a second factor.
        Ok(SignedIn::Half(_)) => Redirect::to("/login").into_response(),
        Err(error) => {
            // It is made all the same: they come in through the door.
            let _ = error.into_app_error(&arrival.request_id);
            Redirect::to("/login").into_response()
        }
    }
}

fn again(filled: &Filled, error: &str) -> Response {
    back(&[
        ("token", &filled.token),
        ("error", error),
        ("name", &filled.name),
        ("currency", &filled.currency),
        ("language", &filled.language),
        ("time_zone", &filled.time_zone),
        ("store_name", &filled.store_name),
        ("store_city", &filled.store_city),
        ("display_name", &filled.display_name),
    ])
}

/// `POST /sign-up/ask`: somebody wants a link. They are told the same whatever comes of it.
pub async fn ask(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    form: Result<Form<Asked>, FormRejection>,
) -> Response {
    let Ok(Form(asked)) = form else {
        return back(&[("error", "other")]);
    };
    if state.rates.of_stranger(&arrival.source).is_too_many() {
        return back(&[("error", "locked")]);
    }
    match state
        .services
        .sign_up()
        .ask(&asked.email, arrival.now)
        .await
    {
        // Whether a mail goes out is told to nobody.
        Ok(_) => back(&[("asked", "1")]),
        Err(error) => {
            let key = key_of(&error);
            let _ = error.into_app_error(&arrival.request_id);
            back(&[("error", &key), ("email", &asked.email)])
        }
    }
}

/// Where somebody makes an organization with a token.
#[must_use]
pub fn address(origin: &str, token: &str) -> String {
    format!("{origin}{PAGE}?token={token}")
}
