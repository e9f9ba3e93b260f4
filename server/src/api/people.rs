//! Invitations, and the sessions of oneself, over REST.

use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use contract::ErrorCode;
use contract::people::{
    InvitationView, InvitePerson, ResendInvitation, RevokeInvitation, SessionView,
};
use domain::Permission;
use http::StatusCode;
use serde::Deserialize;
use services::Ctx;
use services::sessions::SessionName;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::UsersRead);
    let write = Access::Needs(Permission::UsersWrite);
    vec![
        Endpoint::get("/api/v1/invitations", read, list)
            .named("listInvitations")
            .summary("Invitations that are neither accepted nor revoked, newest first")
            .gives_list::<InvitationView>(),
        Endpoint::post("/api/v1/invitations", write, create)
            .named("createInvitation")
            .summary("Invites somebody: a mail with a link that is good for seven days, once")
            .takes::<InvitePerson>()
            .creates::<InvitationView>(),
        Endpoint::post("/api/v1/invitations/{id}/resend", write, resend)
            .named("resendInvitation")
            .summary("Sends the mail again with another link; the link before ends")
            .takes::<Resending>()
            .gives::<InvitationView>(),
        Endpoint::delete("/api/v1/invitations/{id}", write, revoke)
            .named("revokeInvitation")
            .summary("Takes an invitation back; its link ends at once")
            .gives_nothing(),
        Endpoint::get("/api/v1/sessions", Access::SignedIn, sessions)
            .named("listSessions")
            .summary("Browsers in which the caller is signed in; none for keys")
            .gives_list::<SessionView>(),
        Endpoint::delete("/api/v1/sessions/{id}", Access::SignedIn, end_session)
            .named("endSession")
            .summary("Ends one of the caller's own sessions")
            .gives_nothing(),
    ]
}

/// Body of `POST /api/v1/invitations/{id}/resend`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = InvitationResending)]
#[serde(deny_unknown_fields)]
struct Resending {
    command_id: Uuid,
}

fn identifier(ctx: &Ctx, text: &str, what: &str) -> Result<Uuid, ApiError> {
    // What is no identifier names nothing.
    text.parse().map_err(|_| {
        let message = format!("{what} not found");
        ApiError::new(ErrorCode::NotFound, &message, &ctx.request_id)
    })
}

/// `GET /api/v1/invitations`: what is open, newest first; those that have run out too, which can be sent again.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
) -> ApiResult<Vec<InvitationView>> {
    answer(&ctx, state.services.invitations().list(&ctx).await)
}

/// `POST /api/v1/invitations`: invites somebody with roles and stores. The mail goes out by itself; `sent_at` says when it has.
async fn create(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<InvitePerson>, JsonRejection>,
) -> Result<(StatusCode, Json<InvitationView>), ApiError> {
    let command = body(&ctx, asked)?;
    let made = state.services.invitations().create(&ctx, command).await;
    answer(&ctx, made).map(|made| (StatusCode::CREATED, made))
}

/// `POST /api/v1/invitations/{id}/resend`: another link, another seven days.
async fn resend(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Resending>, JsonRejection>,
) -> ApiResult<InvitationView> {
    let invitation_id = identifier(&ctx, &id, "invitation")?;
    let command = ResendInvitation {
        command_id: body(&ctx, asked)?.command_id,
        invitation_id,
    };
    let sent = state.services.invitations().resend(&ctx, command).await;
    answer(&ctx, sent)
}

/// `DELETE /api/v1/invitations/{id}`: answers 204, and 404 where it is not open any more.
async fn revoke(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let invitation_id = identifier(&ctx, &id, "invitation")?;
    let command = RevokeInvitation { invitation_id };
    let revoked = state.services.invitations().revoke(&ctx, command).await;
    answer(&ctx, revoked).map(|_| StatusCode::NO_CONTENT)
}

/// `GET /api/v1/sessions`: where the caller is signed in with a browser. A key is nobody and gets 401.
async fn sessions(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    current: Option<Extension<SessionName>>,
) -> ApiResult<Vec<SessionView>> {
    let current = current.map(|Extension(name)| name);
    answer(&ctx, state.services.account().sessions(&ctx, current).await)
}

/// `DELETE /api/v1/sessions/{id}`: answers 204, and 404 where the caller has no such session.
async fn end_session(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = identifier(&ctx, &id, "session")?;
    let ended = state.services.account().end_session(&ctx, id).await;
    answer(&ctx, ended).map(|_| StatusCode::NO_CONTENT)
}
