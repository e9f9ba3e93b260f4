//! Invitations, and the account of whoever asks. What changes an account itself are plain forms of the server.

use contract::AppResult;
use contract::people::{
    AccountView, InvitationView, InvitePerson, ResendInvitation, RevokeInvitation, UnlockUser,
};
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// Open invitations, newest first. Needs `users.read`.
///
/// # Errors
/// As [`contract::ErrorCode`] says.
#[server(name = ListInvitationsCall, endpoint = "list_invitations", input = GetUrl, output = Compact)]
pub async fn list_invitations() -> AppResult<Vec<InvitationView>> {
    crate::ssr::run(async |services, ctx| services.invitations().list(&ctx).await).await
}

/// Invites somebody. Needs `users.write`.
///
/// # Errors
/// By field: `email.format`, `email.taken`, `email.invited`, `roles.none`, `stores.none`.
#[server(name = InvitePersonCall, endpoint = "invite_person", input = Json, output = Compact)]
pub async fn invite_person(command: InvitePerson) -> AppResult<InvitationView> {
    crate::ssr::run(async |services, ctx| services.invitations().create(&ctx, command).await).await
}

/// Sends an invitation again, with another link. Needs `users.write`.
///
/// # Errors
/// Not found where it is not open any more.
#[server(name = ResendInvitationCall, endpoint = "resend_invitation", input = Json, output = Compact)]
pub async fn resend_invitation(command: ResendInvitation) -> AppResult<InvitationView> {
    crate::ssr::run(async |services, ctx| services.invitations().resend(&ctx, command).await).await
}

/// Takes an invitation back. Needs `users.write`.
///
/// # Errors
/// Not found where it is not open any more.
#[server(name = RevokeInvitationCall, endpoint = "revoke_invitation", input = Json, output = Compact)]
pub async fn revoke_invitation(command: RevokeInvitation) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| services.invitations().revoke(&ctx, command).await).await
}

/// Lifts the pause of a person after failed sign-ins. Needs `users.write`.
///
/// # Errors
/// Not found where there is no such person.
#[server(name = UnlockUserCall, endpoint = "unlock_user", input = Json, output = Compact)]
pub async fn unlock_user(command: UnlockUser) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| services.users().unlock(&ctx, command).await).await
}

/// The account of whoever asks, with where they are signed in.
///
/// # Errors
/// [`contract::ErrorCode::Unauthenticated`] when the session has ended.
#[server(name = ViewAccountCall, endpoint = "view_account", input = GetUrl, output = Compact)]
pub async fn view_account() -> AppResult<AccountView> {
    let current = use_context::<http::request::Parts>().and_then(|parts| {
        parts
            .extensions
            .get::<services::sessions::SessionName>()
            .copied()
    });
    crate::ssr::run(async |services, ctx| services.account().view(&ctx, current).await).await
}
