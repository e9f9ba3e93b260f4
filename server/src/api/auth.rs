//! Tokens for people and keys. Public: whoever asks says who they are in the body; no cookie is read or set.

use super::{Access, Endpoint};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult};
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::{Extension, Json};
use contract::ErrorCode;
use contract::keys::AccessToken;
use http::StatusCode;
use serde::Deserialize;
use services::identity::SignIn;
use services::tokens::Grant;
use services::{Arrival, ServiceError, ServiceResult};
use std::borrow::Cow;
use std::time::Instant;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/api/v1/auth/token", Access::Public, token)
            .named("requestToken")
            .summary("An access token and a refresh token, for a person or a key")
            .takes::<RequestToken>()
            .gives::<AccessToken>(),
        Endpoint::post("/api/v1/auth/refresh", Access::Public, refresh)
            .named("refreshToken")
            .summary("The next pair of tokens; a refresh token is good for one")
            .takes::<RequestRefresh>()
            .gives::<AccessToken>(),
        Endpoint::post("/api/v1/auth/revoke", Access::Public, revoke)
            .named("revokeToken")
            .summary(
                "Ends the tokens of a sign-in, or everything that the person is signed in with",
            )
            .takes::<RequestRevoke>()
            .gives_nothing(),
    ]
}

/// Body of `POST /api/v1/auth/token`: a person's address and password, with a code where they have a second factor, or a key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestToken {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    api_key: Option<String>,
}

/// An object of these texts and nothing else.
fn texts(description: &str, names: &[&str]) -> ObjectBuilder {
    let start = ObjectBuilder::new()
        .description(Some(description))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    names.iter().fold(start, |object, name| {
        let text = ObjectBuilder::new().schema_type(Type::String);
        object.property(*name, text).required(*name)
    })
}

// By hand: the derive cannot say that it is one of several.
impl PartialSchema for RequestToken {
    fn schema() -> RefOr<Schema> {
        let person = "A person with address and password.";
        let factor = "A person with a second factor: a code of the app, or a recovery code, too.";
        OneOfBuilder::new()
            .description(Some("Who wants a token."))
            .item(texts(person, &["email", "password"]))
            .item(texts(factor, &["email", "password", "code"]))
            .item(texts("A program with its key.", &["api_key"]))
            .into()
    }
}

impl ToSchema for RequestToken {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("TokenRequest")
    }
}

/// Body of `POST /api/v1/auth/refresh`.
#[derive(Deserialize, ToSchema)]
#[schema(as = TokenRefresh)]
#[serde(deny_unknown_fields)]
struct RequestRefresh {
    refresh_token: String,
}

/// Body of `POST /api/v1/auth/revoke`.
#[derive(Deserialize, ToSchema)]
#[schema(as = TokenRevocation)]
#[serde(deny_unknown_fields)]
struct RequestRevoke {
    refresh_token: String,
    /// Everything that the person is signed in with, browsers too.
    #[serde(default)]
    everywhere: bool,
}

fn read<T>(arrival: &Arrival, asked: Result<Json<T>, JsonRejection>) -> Result<T, ApiError> {
    asked.map(|Json(value)| value).map_err(|rejection| {
        let error = ServiceError::field("body", "format", rejection.body_text());
        ApiError::from_service(error, &arrival.request_id)
    })
}

async fn answer(
    state: &AppState,
    arrival: &Arrival,
    granted: ServiceResult<Grant>,
    refused: &str,
) -> ApiResult<AccessToken> {
    let issued = match granted {
        Ok(grant) => state.tokens.issue(grant, arrival.now).await,
        Err(error) => Err(error),
    };
    issued.map(Json).map_err(|error| match error {
        ServiceError::Unauthenticated => {
            ApiError::new(ErrorCode::Unauthenticated, refused, &arrival.request_id)
        }
        other => ApiError::from_service(other, &arrival.request_id),
    })
}

/// `POST /api/v1/auth/token` with `{"email", "password"}`, and `"code"` where the person has a second factor, or `{"api_key"}`: an access
/// token of 15 minutes and a refresh token. A refusal says nothing of what was wrong and takes as long as every other; that a code is
/// missing (422, `factor.needed`), or that a second factor must be made first (422, `factor.required`), is told to who gave the right
/// password alone.
async fn token(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    asked: Result<Json<RequestToken>, JsonRejection>,
) -> ApiResult<AccessToken> {
    let started = Instant::now();
    let asked = read(&arrival, asked)?;
    let tokens = state.services.tokens();
    let granted = match asked {
        RequestToken {
            email: Some(email),
            password: Some(password),
            code,
            api_key: None,
        } => {
            let asked = SignIn { email, password };
            tokens.for_person(&arrival, asked, code.as_deref()).await
        }
        RequestToken {
            email: None,
            password: None,
            code: None,
            api_key: Some(key),
        } => tokens.for_key(&arrival, &key).await,
        _ => Err(ServiceError::field(
            "body",
            "format",
            "Give email and password, with code where one is asked, or api_key.",
        )),
    };
    let refused = matches!(
        granted,
        Err(ServiceError::Unauthenticated | ServiceError::TooManyRequests(_))
    );
    let answer = answer(
        &state,
        &arrival,
        granted,
        "Address and password, or the key, are not right.",
    )
    .await;
    if refused {
        tokio::time::sleep_until((started + state.config.sign_in_floor).into()).await;
    }
    answer
}

/// `POST /api/v1/auth/refresh` with `{"refresh_token"}`: the next pair. A refresh token is good for one; brought a second time, it ends every
/// token of its sign-in.
async fn refresh(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    asked: Result<Json<RequestRefresh>, JsonRejection>,
) -> ApiResult<AccessToken> {
    let asked = read(&arrival, asked)?;
    let granted = state
        .services
        .tokens()
        .refresh(&arrival, &asked.refresh_token)
        .await;
    answer(
        &state,
        &arrival,
        granted,
        "This refresh token is spent or has ended. Ask for a new token.",
    )
    .await
}

/// `POST /api/v1/auth/revoke` with `{"refresh_token"}` and if wanted `"everywhere": true`: ends the tokens of that sign-in, or everything that
/// the person is signed in with. Answers 204, also for a token that nobody knows (RFC 7009).
async fn revoke(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    asked: Result<Json<RequestRevoke>, JsonRejection>,
) -> Result<StatusCode, ApiError> {
    let asked = read(&arrival, asked)?;
    state
        .services
        .tokens()
        .revoke(&arrival, &asked.refresh_token, asked.everywhere)
        .await
        .map(|()| StatusCode::NO_CONTENT)
        .map_err(|error| ApiError::from_service(error, &arrival.request_id))
}
