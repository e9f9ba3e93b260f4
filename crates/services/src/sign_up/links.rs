//! Links with which somebody makes an organization: who gets one, and how.

use super::{LINK_LIFE, SigningUp};
use crate::api_keys::{digest, random_hex};
use crate::mails::{MailKind, queue};
use crate::store::{people, sign_up as rows};
use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use domain::sign_in::{is_email, normal_email};
use entity::organization_invitation as invitation;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Links that people asked for themselves and that can still be used, at most: a flood of addresses fills nothing.
const MOST_ASKED: u64 = 1_000;

/// A link that was asked for again so soon after is not made anew.
const ASK_AGAIN_AFTER: TimeDelta = TimeDelta::minutes(10);

/// A link for whoever runs the installation, who passes it on.
#[derive(Clone)]
pub struct Link {
    /// Of the invitation, as the list shows it.
    pub id: Uuid,
    pub email: String,
    /// Stands in the link, this once: it is kept nowhere.
    pub token: String,
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Who asked for a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Operator,
    /// The person.
    Oneself,
}

impl Cause {
    fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Oneself => "self",
        }
    }
}

/// A link that can still be used, without what makes it work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLink {
    pub id: Uuid,
    pub email: String,
    pub cause: Cause,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

fn checked_email(text: &str) -> ServiceResult<String> {
    let email = normal_email(text);
    if is_email(&email) {
        return Ok(email);
    }
    Err(ServiceError::field(
        "email",
        "email.format",
        "This is not an email address.",
    ))
}

fn taken() -> ServiceError {
    ServiceError::field(
        "email",
        "email.taken",
        "Somebody signs in with this address already.",
    )
}

impl SigningUp<'_> {
    /// Invites somebody to make an organization, for the operator. A link that the address had before works no more.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] for what is no address, or one with which somebody signs in already.
    pub async fn invite(&self, email: &str, now: DateTime<Utc>) -> ServiceResult<Link> {
        let email = checked_email(email)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_past_the_wall().await?;
                if people::find_by_email(&*tx, &email).await?.is_some() {
                    return Err(taken());
                }
                let link = put(&*tx, &email, Cause::Operator, now).await?;
                tx.commit().await?;
                Ok(link)
            })
            .await
    }

    /// As [`SigningUp::invite`], and the link goes to the address by mail; answers until when it works.
    ///
    /// # Errors
    /// As [`SigningUp::invite`].
    pub async fn invite_by_mail(
        &self,
        email: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<DateTime<Utc>> {
        let email = checked_email(email)?;
        let expires_at = self
            .services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_past_the_wall().await?;
                if people::find_by_email(&*tx, &email).await?.is_some() {
                    return Err(taken());
                }
                let expires_at = post(&*tx, &email, Cause::Operator, now).await?;
                tx.commit().await?;
                Ok(expires_at)
            })
            .await?;
        self.services.mails().wake();
        Ok(expires_at)
    }

    /// Somebody asks for a link themselves. Whatever comes of it, they are told the same; the link is for whoever owns the address, and
    /// goes there by mail: nothing where somebody signs in with it already, one was made a moment ago, or too many are open. Says whether one
    /// goes out.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `sign_up.closed` where the operator does not allow it; [`ServiceError::Invalid`] for what is no address.
    pub async fn ask(&self, email: &str, now: DateTime<Utc>) -> ServiceResult<bool> {
        if !self.services.terms().open_sign_up {
            return Err(ServiceError::rule(
                "sign_up.closed",
                "Here organizations are made by invitation only. Ask whoever runs this installation.",
            ));
        }
        let email = checked_email(email)?;
        let goes_out = self
            .services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_past_the_wall().await?;
                if people::find_by_email(&*tx, &email).await?.is_some() {
                    return Ok(false);
                }
                let before = rows::find_by_email(&*tx, &email).await?;
                // The operator's stays: who merely knows the address cannot take it away.
                let stays = before.is_some_and(|row| {
                    row.expires_at > now
                        && (row.cause == Cause::Operator.as_str()
                            || now - row.created_at < ASK_AGAIN_AFTER)
                });
                if stays
                    || rows::count_open(&*tx, Cause::Oneself.as_str(), now).await? >= MOST_ASKED
                {
                    return Ok(false);
                }
                post(&*tx, &email, Cause::Oneself, now).await?;
                tx.commit().await?;
                Ok(true)
            })
            .await?;
        self.services.mails().wake();
        Ok(goes_out)
    }

    /// Links that can still be used, newest first, for the operator.
    ///
    /// # Errors
    /// The database's.
    pub async fn open_links(&self, now: DateTime<Utc>) -> ServiceResult<Vec<OpenLink>> {
        let found = rows::list_open(self.services.db().past_the_wall(), now).await?;
        Ok(found
            .into_iter()
            .map(|row| OpenLink {
                id: row.id,
                email: row.email,
                cause: if row.cause == Cause::Operator.as_str() {
                    Cause::Operator
                } else {
                    Cause::Oneself
                },
                created_at: row.created_at,
                expires_at: row.expires_at,
            })
            .collect())
    }

    /// Deletes links that can no longer be used, and says how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn clear(&self, now: DateTime<Utc>) -> ServiceResult<u64> {
        let tx = self.services.db().begin_past_the_wall().await?;
        let gone = rows::delete_expired(&*tx, now).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

async fn put(
    db: &impl ConnectionTrait,
    email: &str,
    cause: Cause,
    now: DateTime<Utc>,
) -> ServiceResult<Link> {
    let token = random_hex::<32>();
    let now = now.trunc_subsecs(6);
    let row = invitation::Model {
        id: Uuid::now_v7(),
        email: email.to_owned(),
        token_hash: digest(&token),
        cause: cause.as_str().to_owned(),
        created_at: now,
        expires_at: now + LINK_LIFE,
    };
    let link = Link {
        id: row.id,
        email: row.email.clone(),
        token,
        expires_at: row.expires_at,
    };
    rows::replace(db, row).await?;
    Ok(link)
}

/// Makes a link that is written into a mail when that is sent, and says until when it works.
async fn post(
    db: &impl ConnectionTrait,
    email: &str,
    cause: Cause,
    now: DateTime<Utc>,
) -> ServiceResult<DateTime<Utc>> {
    // The token of this moment is told to nobody: the mail makes its own.
    let link = put(db, email, cause, now).await?;
    queue(db, None, MailKind::SignUp, Some(link.id), email, now).await?;
    Ok(link.expires_at)
}
