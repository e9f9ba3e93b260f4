//! A new password for whoever forgot theirs, by a link in a mail.
//!
//! Asking is the same work whether anybody has the address or not: one row that says which address was given. Whether there is such an
//! account is found out later, by whoever sends the mails, and nobody who asks can see that.

use crate::api_keys::digest;
use crate::audit::{self, Change};
use crate::invitations::{LONGEST_TOKEN, ended_link};
use crate::mails::{MailKind, queue};
use crate::store::{organizations, password_resets as rows, people, pins, sessions, tokens};
use crate::{Actor, Arrival, ServiceError, ServiceResult, Services, password_rules};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use contract::people::LinkView;
use domain::sign_in::{is_email, network_of, normal_email};
use entity::{password_reset, user};
use serde_json::json;

/// So long a link is good.
pub const LINK_LIFE: TimeDelta = TimeDelta::hours(1);

/// Links that one person is sent at most
pub(crate) const ASKED_AT_MOST: u64 = 5;
/// in so long.
pub(crate) const PER: TimeDelta = TimeDelta::hours(1);

/// Use cases of lost passwords; see [`Services::recovery`].
#[derive(Clone, Debug)]
pub struct Recovery<'a> {
    services: &'a Services,
}

impl Services {
    /// New passwords for those who forgot theirs.
    #[must_use]
    pub fn recovery(&self) -> Recovery<'_> {
        Recovery { services: self }
    }
}

impl Recovery<'_> {
    /// Has a link sent to whoever has this address, if anybody does. The answer, and the work, is the same where nobody has.
    ///
    /// # Errors
    /// [`ServiceError::TooManyRequests`] for an address, or from a network address, that asked too often; the same for every address.
    pub async fn ask(&self, arrival: &Arrival, email: &str) -> ServiceResult<()> {
        let email = normal_email(email);
        if !is_email(&email) {
            // That a text is no address is seen by looking at it.
            return Ok(());
        }
        // A count of its own: asking for links keeps nobody from signing in.
        let network = network_of(&arrival.source);
        let (from, whose) = (format!("ask {network}"), format!("ask {email}"));
        self.services.throttle.enter(&from, &whose, arrival.now)?;
        let db = self.services.db();
        db.retry(|| async {
            let tx = db.begin_past_the_wall().await?;
            queue(
                &*tx,
                None,
                MailKind::PasswordReset,
                None,
                &email,
                arrival.now,
            )
            .await?;
            tx.commit().await
        })
        .await?;
        self.services.mails().wake();
        Ok(())
    }

    async fn find(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<(password_reset::Model, user::Model)> {
        if token.is_empty() || token.len() > LONGEST_TOKEN {
            return Err(ended_link());
        }
        // The link says of which organization it is: there is none to ask in before it was found.
        let db = self.services.db().past_the_wall();
        let row = rows::find_by_hash(db, &digest(token))
            .await?
            .filter(|row| row.used_at.is_none() && now < row.expires_at)
            .ok_or_else(ended_link)?;
        let person = people::find_by_id(db, row.user_id)
            .await?
            .filter(|person| person.active)
            .ok_or_else(ended_link)?;
        Ok((row, person))
    }

    /// What a link is for; nothing where it has ended.
    ///
    /// # Errors
    /// The database's.
    pub async fn look(&self, token: &str, now: DateTime<Utc>) -> ServiceResult<Option<LinkView>> {
        let (_, person) = match self.find(token, now).await {
            Ok(found) => found,
            Err(ServiceError::Rule { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let db = self.services.db().of(person.organization_id);
        let organization = organizations::get(&*db, person.organization_id).await?;
        Ok(Some(LinkView {
            email: person.email,
            organization_name: organization.name,
            language: person.language.unwrap_or(organization.language),
        }))
    }

    /// Gives whoever follows a link the password that they chose, lifts a pause, and ends everything that was signed in before, other links
    /// and a PIN too: it was set by whoever knew the password before.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `link.ended`; [`ServiceError::Invalid`] for a password that is too easy to guess.
    pub async fn set(&self, arrival: &Arrival, token: &str, password: &str) -> ServiceResult<()> {
        let (found, person) = self.find(token, arrival.now).await?;
        password_rules::check(password, &person.email, &person.display_name).await?;
        let hash = self.services.passwords.hash(password).await?;
        let organization_id = person.organization_id;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let person = people::get_locked(&*tx, organization_id, person.id).await?;
                let is_good = rows::find_locked(&*tx, organization_id, found.id)
                    .await?
                    .is_some_and(|row| row.used_at.is_none() && row.token_hash == found.token_hash);
                if !is_good || !person.active {
                    return Err(ended_link());
                }
                let now = arrival.now.trunc_subsecs(6);
                rows::update_of_user_used(&*tx, organization_id, person.id, now).await?;
                people::update_password(&*tx, organization_id, person.id, &hash).await?;
                tokens::update_of_user_revoked(&*tx, organization_id, person.id, now).await?;
                let ended = sessions::delete_of_user(&*tx, organization_id, person.id).await?;
                let had_pin = pins::delete(&*tx, organization_id, person.id).await?;
                queue(
                    &*tx,
                    Some(organization_id),
                    MailKind::PasswordChanged,
                    Some(person.id),
                    &person.email,
                    arrival.now,
                )
                .await?;
                let ctx = arrival.by(Actor::system(organization_id, "password_reset"));
                let change = Change {
                    action: "users.recover_password",
                    subject_kind: "user",
                    subject_id: person.id,
                    before: None,
                    after: Some(json!({ "sessions_ended": ended, "pin_ended": had_pin })),
                };
                audit::record(&*tx, &ctx, change).await?;
                tx.commit().await
            })
            .await?;
        self.services.throttle.forgive_account(&person.email);
        self.services.mails().wake();
        Ok(())
    }
}
