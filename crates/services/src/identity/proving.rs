//! Proving again who one is, before something that cannot be taken back.

use super::IdentityService;
use crate::{Ctx, ServiceError, ServiceResult};

impl IdentityService<'_> {
    /// Whether the signed-in person knows their password. Failures count as those of a sign-in do.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `person.needed` for programs and jobs; [`ServiceError::Invalid`] `password.wrong`;
    /// [`ServiceError::TooManyRequests`] during a pause.
    pub(crate) async fn prove(&self, ctx: &Ctx, password: &str) -> ServiceResult<()> {
        if ctx.actor.user_id.is_none() {
            return Err(ServiceError::rule(
                "person.needed",
                "Only a person who is signed in can do this.",
            ));
        }
        if self.confirm_password(ctx, password).await? {
            return Ok(());
        }
        Err(ServiceError::field(
            "password",
            "password.wrong",
            "This is not your password.",
        ))
    }
}
