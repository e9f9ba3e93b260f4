//! Who is signed in.

use contract::AppResult;
use contract::session::CurrentUser;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// The signed-in person, with the moment and the business date of the answer: for pages that stay open overnight.
///
/// # Errors
/// [`contract::ErrorCode::Unauthenticated`] when the session has ended.
#[server(name = GetCurrentUser, endpoint = "current_user", input = GetUrl, output = Compact)]
pub async fn current_user() -> AppResult<CurrentUser> {
    crate::ssr::run(async |services, ctx| services.identity().current_user(&ctx).await).await
}
