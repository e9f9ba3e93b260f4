//! Granting tokens, renewing and ending them.

use super::{Claimed, Grant, REFRESH_LIFE, Subject, Tokens};
use crate::api_keys::{digest, is_alive, random_hex};
use crate::audit::{self, Change};
use crate::identity::{SignIn, SignedIn};
use crate::store::{api_keys, organizations, people, sessions, tokens as rows};
use crate::{Actor, Arrival, Ctx, ServiceError, ServiceResult};
use chrono::SubsecRound;
use entity::refresh_token;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

/// Longest text that can be a refresh token.
const LONGEST: usize = 200;

/// Adds the next refresh token of a family in the caller's transaction.
async fn insert(
    db: &impl ConnectionTrait,
    arrival: &Arrival,
    claimed: Claimed,
) -> ServiceResult<Grant> {
    let secret = random_hex::<32>();
    let now = arrival.now.trunc_subsecs(6);
    let (user_id, api_key_id) = match claimed.subject {
        Subject::Person(id) => (Some(id), None),
        Subject::Key(id) => (None, Some(id)),
    };
    let row = refresh_token::Model {
        id: Uuid::now_v7(),
        organization_id: claimed.organization_id,
        family_id: claimed.family_id,
        user_id,
        api_key_id,
        token_epoch: claimed.epoch,
        token_hash: digest(&secret),
        issued_at: now,
        expires_at: now + REFRESH_LIFE,
        used_at: None,
        revoked_at: None,
    };
    rows::insert(db, row).await?;
    Ok(Grant {
        claimed,
        refresh_token: secret,
    })
}

/// For whom a refresh token stands.
fn subject_of(row: &refresh_token::Model) -> ServiceResult<Subject> {
    match (row.user_id, row.api_key_id) {
        (Some(id), None) => Ok(Subject::Person(id)),
        (None, Some(id)) => Ok(Subject::Key(id)),
        _ => Err(ServiceError::Internal(format!(
            "refresh token {} is of nobody, or of two",
            row.id
        ))),
    }
}

async fn write_down(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &str,
    subject: Subject,
    after: Option<Value>,
) -> ServiceResult<()> {
    let (subject_kind, subject_id) = match subject {
        Subject::Person(id) => ("user", id),
        Subject::Key(id) => ("api_key", id),
    };
    let change = Change {
        action,
        subject_kind,
        subject_id,
        before: None,
        after,
    };
    audit::record(db, ctx, change).await
}

impl Tokens<'_> {
    /// Tokens for a person, who gives a code too where they have a second factor. Pauses, failures and the time that it takes are those
    /// of every sign-in.
    ///
    /// # Errors
    /// As [`crate::identity::IdentityService::sign_in`]; [`ServiceError::Rule`] `factor.needed` where the code is missing,
    /// `factor.required` where the person must make a second factor first, which is done in a browser.
    pub async fn for_person(
        &self,
        arrival: &Arrival,
        asked: SignIn,
        code: Option<&str>,
    ) -> ServiceResult<Grant> {
        let people = self.services.identity();
        let identity = match people.sign_in(arrival, asked).await? {
            SignedIn::Done(identity) => *identity,
            SignedIn::Half(half) => {
                let code = code.ok_or_else(|| {
                    ServiceError::rule(
                        "factor.needed",
                        "Give the code of the authenticator app, or a recovery code, as `code`.",
                    )
                })?;
                let proved = people.second_step(arrival, &half, code).await;
                proved.map_err(|error| match error {
                    ServiceError::NotFound(_) => ServiceError::Unauthenticated,
                    other => other,
                })?
            }
        };
        if identity.must_enrol() {
            return Err(ServiceError::rule(
                "factor.required",
                "Your role asks for a second factor. Sign in with a browser once and make one.",
            ));
        }
        let claimed = Claimed {
            subject: Subject::Person(identity.user_id),
            organization_id: identity.actor.organization_id,
            family_id: Uuid::now_v7(),
            epoch: identity.token_epoch,
        };
        self.begin(arrival, identity.actor, claimed).await
    }

    /// Tokens for a key.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`] where it is none, has expired or was revoked.
    pub async fn for_key(&self, arrival: &Arrival, key: &str) -> ServiceResult<Grant> {
        let recognised = self
            .services
            .api_keys()
            .recognise(key, arrival.now)
            .await?
            .ok_or(ServiceError::Unauthenticated)?;
        let claimed = Claimed {
            subject: Subject::Key(recognised.key_id),
            organization_id: recognised.actor.organization_id,
            family_id: Uuid::now_v7(),
            epoch: 0,
        };
        self.begin(arrival, recognised.actor, claimed).await
    }

    async fn begin(
        &self,
        arrival: &Arrival,
        actor: Actor,
        claimed: Claimed,
    ) -> ServiceResult<Grant> {
        let ctx = arrival.by(actor);
        self.services
            .db()
            .retry(|| async {
                let tx = self
                    .services
                    .db()
                    .begin_for(claimed.organization_id)
                    .await?;
                let grant = insert(&*tx, arrival, claimed).await?;
                let after = json!({ "family_id": claimed.family_id });
                write_down(&*tx, &ctx, "tokens.issue", claimed.subject, Some(after)).await?;
                tx.commit().await?;
                Ok(grant)
            })
            .await
    }

    /// The next pair of tokens for a refresh token, which is spent by that. One that was spent before ends its family.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`] where it is none, is spent or has ended, or its person or key has; [`ServiceError::Suspended`].
    pub async fn refresh(&self, arrival: &Arrival, token: &str) -> ServiceResult<Grant> {
        let row = self.find(token).await?;
        let row = row.ok_or(ServiceError::Unauthenticated)?;
        let (organization_id, id) = (row.organization_id, row.id);
        if organizations::is_shut(&self.services.db().of(organization_id), organization_id).await? {
            return Err(ServiceError::Suspended);
        }
        let granted = self
            .services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let row = rows::get_locked(&*tx, organization_id, id).await?;
                if row.revoked_at.is_some() || row.expires_at <= arrival.now {
                    return Ok(None);
                }
                let subject = subject_of(&row)?;
                let now = arrival.now.trunc_subsecs(6);
                if row.used_at.is_some() {
                    rows::update_family_revoked(&*tx, organization_id, row.family_id, now).await?;
                    let ctx = arrival.by(Actor::system(organization_id, "tokens"));
                    let after = json!({ "family_id": row.family_id });
                    write_down(&*tx, &ctx, "tokens.reuse", subject, Some(after)).await?;
                    tx.commit().await?;
                    return Ok(None);
                }
                if !self.lives(&*tx, &row, arrival).await? {
                    return Ok(None);
                }
                rows::update_used_at(&*tx, organization_id, row.id, now).await?;
                let claimed = Claimed {
                    subject,
                    organization_id,
                    family_id: row.family_id,
                    epoch: row.token_epoch,
                };
                let grant = insert(&*tx, arrival, claimed).await?;
                tx.commit().await?;
                Ok(Some(grant))
            })
            .await?;
        granted.ok_or(ServiceError::Unauthenticated)
    }

    /// Ends the family of a refresh token, or with `everywhere` everything that its person is signed in with, sessions of browsers too. One that
    /// nobody knows is as good as ended (RFC 7009).
    ///
    /// # Errors
    /// The database's; [`ServiceError::Rule`] `tokens.of_key` where everything of a key is to end: then the key is revoked.
    pub async fn revoke(
        &self,
        arrival: &Arrival,
        token: &str,
        everywhere: bool,
    ) -> ServiceResult<()> {
        let Some(row) = self.find(token).await? else {
            return Ok(());
        };
        let organization_id = row.organization_id;
        let subject = subject_of(&row)?;
        let ended = row.revoked_at.is_some() || row.expires_at <= arrival.now;
        // A spent token proves little, so that it ends its own family at most.
        let is_proof = !ended && row.used_at.is_none();
        if ended || (everywhere && !is_proof) {
            return Ok(());
        }
        if everywhere && matches!(subject, Subject::Key(_)) {
            return Err(ServiceError::rule(
                "tokens.of_key",
                "Revoke the key instead: that ends everything that was fetched with it.",
            ));
        }
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let now = arrival.now.trunc_subsecs(6);
                let action = match subject {
                    Subject::Person(user_id) if everywhere => {
                        rows::update_of_user_revoked(&*tx, organization_id, user_id, now).await?;
                        sessions::delete_of_user(&*tx, organization_id, user_id).await?;
                        "tokens.revoke_all"
                    }
                    _ => {
                        rows::update_family_revoked(&*tx, organization_id, row.family_id, now)
                            .await?;
                        "tokens.revoke"
                    }
                };
                let ctx = arrival.by(Actor::system(organization_id, "tokens"));
                let after = json!({ "family_id": row.family_id });
                write_down(&*tx, &ctx, action, subject, Some(after)).await?;
                tx.commit().await
            })
            .await
    }

    async fn find(&self, token: &str) -> ServiceResult<Option<refresh_token::Model>> {
        if token.is_empty() || token.len() > LONGEST {
            return Ok(None);
        }
        // The token says of which organization it is: there is none to ask in before it was found.
        rows::find_by_hash(self.services.db().past_the_wall(), &digest(token)).await
    }

    /// Whether the person or key behind a refresh token still is what it was.
    async fn lives(
        &self,
        db: &impl ConnectionTrait,
        row: &refresh_token::Model,
        arrival: &Arrival,
    ) -> ServiceResult<bool> {
        let organization_id = row.organization_id;
        match subject_of(row)? {
            Subject::Person(id) => Ok(people::find_by_id(db, id).await?.is_some_and(|person| {
                person.organization_id == organization_id
                    && person.active
                    && person.token_epoch == row.token_epoch
            })),
            Subject::Key(id) => Ok(api_keys::find(db, organization_id, id)
                .await?
                .is_some_and(|key| is_alive(&key, arrival.now))),
        }
    }
}
