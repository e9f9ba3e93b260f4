//! What proves who somebody is besides the password: codes of an authenticator app (TOTP, RFC 6238: HMAC-SHA-1, six digits, steps of
//! 30 seconds, one step of tolerance), recovery codes, and PINs for the shared tablets of stores.
//!
//! The shared secret of an app is kept under the key of the installation ([`crate::vault`]). A code is good once: the step of the last one
//! that was taken is kept, and none of it or before it is taken again (RFC 6238, section 5.2).

mod enrolling;
mod pins;
mod proving;

use crate::audit::{self, Change};
use crate::passkeys::Passkeys;
use crate::sessions::SessionName;
use crate::store::{factors as rows, passkeys, people, pins as pin_rows, sessions, tokens};
use crate::{Ctx, ServiceError, ServiceResult, Services};
use contract::factors::SecurityView;
use sea_orm::ConnectionTrait;
use serde_json::Value;
use totp_rs::{Builder, Totp};
use uuid::Uuid;

/// Bytes of a secret: 160 bits, as RFC 4226, section 4 recommends.
const SECRET_BYTES: usize = 20;

/// Use cases of second factors and PINs; see [`Services::factors`].
#[derive(Clone, Debug)]
pub struct Factors<'a> {
    services: &'a Services,
}

impl Services {
    /// Second factors and PINs.
    #[must_use]
    pub fn factors(&self) -> Factors<'_> {
        Factors { services: self }
    }
}

/// The app's side of a secret, with what it shows of whose it is.
fn totp(secret: Vec<u8>, account: &str, issuer: &str) -> ServiceResult<Totp> {
    // A colon parts the two in the address of a secret.
    let plain = |text: &str| text.replace(':', " ");
    Builder::new()
        .with_secret(secret)
        .with_account_name(plain(account))
        .with_issuer(Some(plain(issuer)))
        .build()
        .map_err(|e| ServiceError::Internal(format!("no second factor can be made: {e}")))
}

/// The number of the step of time whose code this is, around a moment.
fn step_of(secret: Vec<u8>, code: &str, at: i64) -> ServiceResult<Option<i64>> {
    let app = totp(secret, "-", "Hornada")?;
    let at = u64::try_from(at).unwrap_or_default();
    Ok(app
        .check(code, at)
        .and_then(|step| i64::try_from(step).ok()))
}

fn wrong_code() -> ServiceError {
    ServiceError::field(
        "code",
        "factor.wrong",
        "This code is wrong, or was used already.",
    )
}

pub(crate) async fn write_down(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &str,
    user_id: Uuid,
    after: Option<Value>,
) -> ServiceResult<()> {
    let change = Change {
        action,
        subject_kind: "user",
        subject_id: user_id,
        before: None,
        after,
    };
    audit::record(db, ctx, change).await
}

/// With a person's first factor, whichever, everything but the session in which it was made ends, tokens of programs too: it was begun by the
/// password alone. Says how many sessions.
pub(crate) async fn end_others(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    user_id: Uuid,
) -> ServiceResult<u32> {
    let organization_id = ctx.organization_id();
    tokens::update_of_user_revoked(db, organization_id, user_id, ctx.now).await?;
    let mut ended = 0;
    for session in sessions::list_of_user(db, organization_id, user_id, ctx.now).await? {
        if Some(SessionName::of_digest(&session.id)) != ctx.session {
            sessions::delete(db, &session.id).await?;
            ended += 1;
        }
    }
    Ok(ended)
}

impl Factors<'_> {
    /// How the person who asks comes in.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`] for who is no person.
    pub async fn read(&self, ctx: &Ctx) -> ServiceResult<SecurityView> {
        let user_id = ctx.actor.user_id.ok_or(ServiceError::Unauthenticated)?;
        let organization_id = ctx.organization_id();
        let db = &self.services.db().read_for(organization_id).await?;
        let factor = rows::find(db, organization_id, user_id).await?;
        let factor_since = factor.and_then(|factor| factor.enrolled_at);
        let codes_left = rows::count_codes(db, organization_id, user_id).await?;
        let factor_required = self.is_required(db, organization_id, user_id).await?;
        let pin = pin_rows::find(db, organization_id, user_id).await?;
        let passkeys = Passkeys::shown(db, organization_id, user_id).await?;
        Ok(SecurityView {
            factor_since,
            codes_left: u32::try_from(codes_left).unwrap_or(u32::MAX),
            factor_required,
            must_enrol: factor_required && factor_since.is_none() && passkeys.is_empty(),
            passkeys,
            passkeys_possible: self.services.passkey_origin().is_some(),
            pin_locked: pin.as_ref().is_some_and(|pin| pin.locked_at.is_some()),
            pin_since: pin.map(|pin| pin.set_at),
            by_pin: ctx.actor.tablet.is_some(),
        })
    }

    /// Whether a role of the person asks for a second factor.
    async fn is_required(
        &self,
        db: &impl ConnectionTrait,
        organization_id: Uuid,
        user_id: Uuid,
    ) -> ServiceResult<bool> {
        let held = people::list_roles(db, organization_id, Some(user_id)).await?;
        Ok(held.values().flatten().any(|h| h.role.factor_required))
    }

    /// Refuses to take the last second factor of somebody whose role asks for one.
    pub(crate) async fn require_other(
        &self,
        db: &impl ConnectionTrait,
        organization_id: Uuid,
        user_id: Uuid,
    ) -> ServiceResult<()> {
        let app = rows::find(db, organization_id, user_id).await?;
        let app = app.is_some_and(|factor| factor.enrolled_at.is_some());
        let keys = passkeys::count(db, organization_id, user_id).await?;
        if keys + u64::from(app) > 1 || !self.is_required(db, organization_id, user_id).await? {
            return Ok(());
        }
        Err(ServiceError::rule(
            "factor.required",
            "Your role asks for a second factor. You can put another one in its place.",
        ))
    }
}
