//! Mails: what is to be sent stands in the database with the change that wants it, and is sent by whichever process takes it first.
//!
//! A row says what a mail is about and to whom it goes. What it says is written when it is sent: the links in it are good for something,
//! and stand nowhere but in the mail. A second attempt writes another link, which ends the one before.

mod alerts;
mod letters;

pub use letters::Letter;

use crate::api_keys::{digest, random_hex};
use crate::invitations::is_open;
use crate::recovery::{ASKED_AT_MOST, LINK_LIFE, PER};
use crate::store::{
    invitations, mails as rows, organizations, password_resets, people, sign_up as links,
};
use crate::{ServiceResult, Services};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use domain::Language;
use domain::channels::TRIED_FOR;
use entity::{outgoing_mail, password_reset};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// So long a process has for sending one; then another may take it.
pub const CLAIM: TimeDelta = TimeDelta::minutes(2);

/// So long after the first failure it is tried again; doubled with every further one.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(30);

/// The longest time between two attempts.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(1);

/// After so long nobody waits for a mail any more.
const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(3);

/// Nobody waits for so long for a link after having said that they forgot their password.
const RESET_GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(1);

/// Mails that are looked at to find one that nobody else takes.
const LOOKED_AT: u64 = 20;

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailKind {
    /// Of an invitation.
    Invitation,
    /// Of whoever has the address, if anybody does.
    PasswordReset,
    /// Of a person.
    PasswordChanged,
    /// Of a link with which somebody makes an organization.
    SignUp,
    /// Of a message over a channel of alerts.
    Alert,
}

const KINDS: [MailKind; 5] = [
    MailKind::Invitation,
    MailKind::PasswordReset,
    MailKind::PasswordChanged,
    MailKind::SignUp,
    MailKind::Alert,
];

impl MailKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
            Self::PasswordChanged => "password_changed",
            Self::SignUp => "sign_up",
            Self::Alert => "alert",
        }
    }

    fn of(word: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A mail that this process may send until its claim runs out.
#[derive(Clone, Debug)]
pub struct ClaimedMail {
    pub id: Uuid,
    /// With this attempt.
    pub attempts: i32,
    row: outgoing_mail::Model,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    Sent,
    /// There is nothing to send: no such account, or what it was about has ended.
    Dropped,
    /// With the reason, without addresses and secrets.
    Failed(String),
}

/// Use cases of mails, for whoever sends them; see [`Services::mails`].
#[derive(Clone, Debug)]
pub struct Mails<'a> {
    services: &'a Services,
}

impl Services {
    /// Mails of all organizations.
    #[must_use]
    pub fn mails(&self) -> Mails<'_> {
        Mails { services: self }
    }
}

/// Puts a mail among those that are to be sent, in the caller's transaction. Whoever committed it calls [`Mails::wake`].
pub(crate) async fn queue(
    db: &impl ConnectionTrait,
    organization_id: Option<Uuid>,
    kind: MailKind,
    subject_id: Option<Uuid>,
    recipient: &str,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    let now = now.trunc_subsecs(6);
    let row = outgoing_mail::Model {
        id: Uuid::now_v7(),
        organization_id,
        kind: kind.as_str().to_owned(),
        subject_id,
        recipient: recipient.to_owned(),
        queued_at: now,
        next_attempt_at: now,
        claimed_until: None,
        attempts: 0,
        finished_at: None,
        outcome: None,
        error: None,
    };
    rows::insert(db, row).await
}

/// The pause after so many attempts that failed.
fn pause_after(attempts: i32) -> TimeDelta {
    let doubled = attempts.clamp(1, 12) - 1;
    FIRST_PAUSE
        .checked_mul(1 << doubled)
        .map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE))
}

impl Mails<'_> {
    /// Tells whoever sends mails in this process that there is one.
    pub(crate) fn wake(&self) {
        self.services.mail_waits.notify_one();
    }

    /// Resolves when a mail was put there by this process.
    pub async fn queued(&self) {
        self.services.mail_waits.notified().await;
    }

    /// Takes the mail that has waited longest, if there is one whose time has come.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim(&self, now: DateTime<Utc>) -> ServiceResult<Option<ClaimedMail>> {
        let db = self.services.db();
        for row in rows::list_due(db.past_the_wall(), now, LOOKED_AT).await? {
            let taken = db
                .retry(|| async {
                    let tx = db.begin_past_the_wall().await?;
                    let until = (now + CLAIM).trunc_subsecs(6);
                    let taken = rows::claim(&*tx, row.id, now, until).await?;
                    tx.commit().await?;
                    Ok(taken)
                })
                .await?;
            if taken {
                return Ok(Some(ClaimedMail {
                    id: row.id,
                    attempts: row.attempts + 1,
                    row,
                }));
            }
        }
        Ok(None)
    }

    /// Writes the mail, with a link of its own where it has one; nothing where there is nothing to send any more. `origin` is the address under
    /// which people reach the product, as the operator says it: never one that came with a request.
    ///
    /// # Errors
    /// The database's.
    pub async fn write(
        &self,
        mail: &ClaimedMail,
        origin: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<Option<Letter>> {
        match MailKind::of(&mail.row.kind) {
            Some(MailKind::Invitation) => self.invitation(mail, origin, now).await,
            Some(MailKind::PasswordReset) => self.password_reset(mail, origin, now).await,
            Some(MailKind::PasswordChanged) => self.password_changed(mail, origin).await,
            Some(MailKind::SignUp) => self.sign_up(mail, origin, now).await,
            Some(MailKind::Alert) => self.alert(mail, origin).await,
            // Of a newer version, which is about to take this process's place.
            None => Ok(None),
        }
    }

    async fn invitation(
        &self,
        mail: &ClaimedMail,
        origin: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<Option<Letter>> {
        let (Some(organization_id), Some(id)) = (mail.row.organization_id, mail.row.subject_id)
        else {
            return Ok(None);
        };
        let token = random_hex::<32>();
        let db = self.services.db();
        db.retry(|| async {
            let tx = db.begin_for(organization_id).await?;
            let invitation = match invitations::get_open_locked(&*tx, organization_id, id).await {
                Ok(row) if is_open(&row, now) => row,
                Ok(_) | Err(crate::ServiceError::NotFound(_)) => return Ok(None),
                Err(error) => return Err(error),
            };
            let organization = organizations::get(&*tx, organization_id).await?;
            let inviter = match invitation.invited_by {
                Some(id) => people::find_by_id(&*tx, id).await?.map(|p| p.display_name),
                None => None,
            };
            invitations::update_token(&*tx, organization_id, id, &digest(&token)).await?;
            tx.commit().await?;
            let language = invitation.language.unwrap_or(organization.language);
            let link = format!("{origin}/invitation?token={token}");
            Ok(Some(letters::invitation(
                language,
                &invitation.email,
                &organization.name,
                inviter.as_deref(),
                &link,
            )))
        })
        .await
    }

    async fn password_reset(
        &self,
        mail: &ClaimedMail,
        origin: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<Option<Letter>> {
        let db = self.services.db();
        let found = people::find_by_email(db.past_the_wall(), &mail.row.recipient).await?;
        let Some(person) = found.filter(|person| person.active) else {
            return Ok(None);
        };
        let organization_id = person.organization_id;
        let token = random_hex::<32>();
        let written = db
            .retry(|| async {
                let tx = db.begin_for(organization_id).await?;
                let now = now.trunc_subsecs(6);
                let expires_at = now + LINK_LIFE;
                let hash = digest(&token);
                match password_resets::find_locked(&*tx, organization_id, mail.id).await? {
                    Some(row) if row.used_at.is_some() => return Ok(None),
                    Some(row) => {
                        password_resets::update_token(
                            &*tx,
                            organization_id,
                            row.id,
                            &hash,
                            expires_at,
                        )
                        .await?;
                    }
                    None => {
                        let made = password_resets::count_since(
                            &*tx,
                            organization_id,
                            person.id,
                            now - PER,
                        )
                        .await?;
                        // Whoever asks for more fills somebody's letter box.
                        if made >= ASKED_AT_MOST {
                            return Ok(None);
                        }
                        let row = password_reset::Model {
                            id: mail.id,
                            organization_id,
                            user_id: person.id,
                            token_hash: hash,
                            created_at: now,
                            expires_at,
                            used_at: None,
                        };
                        password_resets::insert(&*tx, row).await?;
                    }
                }
                let language = match person.language {
                    Some(language) => language,
                    None => organizations::get(&*tx, organization_id).await?.language,
                };
                tx.commit().await?;
                Ok(Some(language))
            })
            .await?;
        let link = format!("{origin}/reset?token={token}");
        Ok(written.map(|language| {
            letters::password_reset(language, &person.email, &person.display_name, &link)
        }))
    }

    async fn password_changed(
        &self,
        mail: &ClaimedMail,
        origin: &str,
    ) -> ServiceResult<Option<Letter>> {
        let (Some(organization_id), Some(id)) = (mail.row.organization_id, mail.row.subject_id)
        else {
            return Ok(None);
        };
        let db = self.services.db().read_for(organization_id).await?;
        let Some(person) = people::find_by_id(&db, id).await? else {
            return Ok(None);
        };
        let language: Language = match person.language {
            Some(language) => language,
            None => organizations::get(&db, organization_id).await?.language,
        };
        let link = format!("{origin}/forgot");
        Ok(Some(letters::password_changed(
            language,
            &person.email,
            &person.display_name,
            &link,
        )))
    }

    async fn sign_up(
        &self,
        mail: &ClaimedMail,
        origin: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<Option<Letter>> {
        let Some(id) = mail.row.subject_id else {
            return Ok(None);
        };
        let token = random_hex::<32>();
        let db = self.services.db();
        let is_open = db
            .retry(|| async {
                let tx = db.begin_past_the_wall().await?;
                let is_open = links::update_token(&*tx, id, &digest(&token), now).await?;
                tx.commit().await?;
                Ok(is_open)
            })
            .await?;
        let link = format!("{origin}/sign-up?token={token}");
        Ok(is_open.then(|| letters::sign_up(&mail.row.recipient, &link)))
    }

    /// Writes down what became of a mail that was claimed. One that could not be sent is tried again after a while, ever more slowly, until
    /// nobody waits for it any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle(
        &self,
        mail: &ClaimedMail,
        delivery: &Delivery,
        now: DateTime<Utc>,
    ) -> ServiceResult<()> {
        let now = now.trunc_subsecs(6);
        let kind = MailKind::of(&mail.row.kind);
        let patience = match kind {
            Some(MailKind::PasswordReset) => RESET_GIVEN_UP_AFTER,
            Some(MailKind::Alert) => TRIED_FOR,
            _ => GIVEN_UP_AFTER,
        };
        let next = now + pause_after(mail.attempts);
        let is_over = next - mail.row.queued_at > patience;
        let told = alerts::outcome(delivery, is_over, next, now);
        let db = self.services.db();
        db.retry(|| async {
            let tx = db.begin_past_the_wall().await?;
            match delivery {
                Delivery::Sent => {
                    rows::finish(&*tx, mail.id, now, "sent", None).await?;
                    if let (Some(MailKind::Invitation), Some(id)) = (kind, mail.row.subject_id) {
                        invitations::update_sent(&*tx, id, now).await?;
                    }
                }
                Delivery::Dropped => {
                    let why = Some("there is nothing to send");
                    rows::finish(&*tx, mail.id, now, "dropped", why).await?;
                }
                Delivery::Failed(why) if is_over => {
                    rows::finish(&*tx, mail.id, now, "given_up", Some(why.as_str())).await?;
                }
                Delivery::Failed(why) => {
                    rows::update_failed(&*tx, mail.id, next, why).await?;
                }
            }
            if kind == Some(MailKind::Alert) {
                alerts::settle(&*tx, mail, told.clone(), now).await?;
            }
            tx.commit().await
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_as_it_is_written() {
        for kind in KINDS {
            assert_eq!(MailKind::of(kind.as_str()), Some(kind));
        }
        assert_eq!(MailKind::of("letter"), None);
    }

    #[test]
    fn the_pause_between_attempts_doubles_up_to_an_hour() {
        assert_eq!(pause_after(1), TimeDelta::seconds(30));
        assert_eq!(pause_after(2), TimeDelta::minutes(1));
        assert_eq!(pause_after(7), TimeDelta::minutes(32));
        assert_eq!(pause_after(8), LONGEST_PAUSE);
        assert_eq!(pause_after(i32::MAX), LONGEST_PAUSE);
        assert_eq!(pause_after(0), TimeDelta::seconds(30));
    }
}
