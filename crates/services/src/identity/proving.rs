//! Proving again who one is, before something that cannot be taken back.

use super::IdentityService;
use crate::store::people;
use crate::{Arrival, Ctx, ServiceError, ServiceResult};

impl IdentityService<'_> {
    /// Whether the signed-in person knows their password. Failures count as those of a sign-in do.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `person.needed` for programs and jobs; [`ServiceError::Invalid`] `password.wrong`;
    /// [`ServiceError::TooManyRequests`] during a pause.
    pub(crate) async fn prove(&self, ctx: &Ctx, password: &str) -> ServiceResult<()> {
        let Some(user_id) = ctx.actor.user_id else {
            return Err(ServiceError::rule(
                "person.needed",
                "Only a person who is signed in can do this.",
            ));
        };
        let db = self.services.db().of(ctx.organization_id());
        let row = people::find_by_id(&*db, user_id)
            .await?
            .ok_or(ServiceError::Unauthenticated)?;
        self.services
            .throttle
            .enter(&ctx.source, &row.email, ctx.now)?;
        if let Some(until) = row.locked_until.filter(|until| *until > ctx.now) {
            return Err(super::throttle::paused(until, ctx.now));
        }
        let stored = Some(row.password_hash.as_str());
        if self.services.passwords.verify(password, stored).await? {
            self.services.throttle.succeed(&ctx.source, &row.email);
            return Ok(());
        }
        let arrival = Arrival {
            now: ctx.now,
            request_id: ctx.request_id.clone(),
            source: ctx.source.clone(),
        };
        self.count_failure(&arrival, &row).await?;
        Err(ServiceError::field(
            "password",
            "password.wrong",
            "This is not your password.",
        ))
    }
}
