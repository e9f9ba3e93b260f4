//! From a question to a key, and to its end.

use super::{Passkeys, Purpose, Waiting, name_of, over, read_answer, text_of};
use crate::factors::{end_others, write_down};
use crate::store::{factors, organizations, passkeys as rows, people};
use crate::{Ctx, ServiceError, ServiceResult};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::SubsecRound;
use contract::factors::RecoveryCodes;
use contract::passkeys::{AddPasskey, BeginPasskey, PasskeyQuestion, RemovePasskey};
use domain::factors::MOST_PASSKEYS;
use entity::passkey;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{PasskeyRegistration, RegisterPublicKeyCredential};

/// Longest name of a device, in characters.
const LONGEST_NAME: usize = 60;

fn enough(there: usize) -> ServiceResult<()> {
    if there < MOST_PASSKEYS {
        return Ok(());
    }
    Err(ServiceError::rule(
        "passkey.many",
        format!(
            "Nobody has more than {MOST_PASSKEYS} passkeys. Remove one that you no longer use."
        ),
    ))
}

/// What the person calls the device.
fn called(name: &str) -> ServiceResult<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(ServiceError::field(
            "name",
            "passkey.name",
            format!("A name has 1 to {LONGEST_NAME} characters."),
        ));
    }
    Ok(name.to_owned())
}

fn refused() -> ServiceError {
    ServiceError::rule(
        "passkey.refused",
        "The device gave no passkey that can be used here.",
    )
}

impl Passkeys<'_> {
    /// Asks the device of the person who asks for a new key, after a fresh proof: an answer of a passkey, a code or a recovery code where
    /// there is a second factor, else the password. The key is to be one that the device finds by itself, and uses for nobody but who it
    /// has made sure of.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] on `code` or `password`; [`ServiceError::Rule`] `passkey.off`, `passkey.many`; as
    /// [`Ctx::require_own_account`].
    pub async fn ask_new(
        &self,
        ctx: &Ctx,
        command: BeginPasskey,
    ) -> ServiceResult<PasskeyQuestion> {
        let user_id = ctx.require_own_account()?;
        let organization_id = ctx.organization_id();
        let waiting = Waiting::own(ctx, Purpose::Add, user_id)?;
        let relying = self.services.relying()?;
        let (person, organization, known, has_one) = {
            let db = &self.services.db().read_for(organization_id).await?;
            let person = people::find_by_id(db, user_id).await?;
            let organization = organizations::get(db, organization_id).await?;
            let known = rows::list(db, organization_id, user_id).await?;
            let person = person.ok_or(ServiceError::Unauthenticated)?;
            let has_one = factors::is_asked(db, organization_id, user_id).await?;
            (person, organization, known, has_one)
        };
        enough(known.len())?;
        self.services
            .factors()
            .prove_afresh(ctx, user_id, &command.proof)
            .await?;
        let known = known
            .iter()
            .filter_map(|row| URL_SAFE_NO_PAD.decode(&row.credential_id).ok())
            .collect();
        let begun = relying.webauthn.start_passkey_registration(
            user_id,
            &person.email,
            &format!("{} ({})", person.display_name, organization.name),
            Some(known),
        );
        let failed = |e: String| ServiceError::Internal(format!("no passkey can be asked: {e}"));
        let (question, state) = begun.map_err(|e| failed(e.to_string()))?;
        let mut options =
            serde_json::to_value(&question.public_key).map_err(|e| failed(e.to_string()))?;
        // Without it nobody could come in by the key alone.
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = Value::Bool(true);
        self.ask(waiting, &(has_one, &state), ctx.now).await?;
        Ok(PasskeyQuestion {
            options: options.to_string(),
        })
    }

    /// Keeps the key that the device made. Whoever had no second factor until now gets recovery codes, and everything else that they are signed
    /// in with ends; else there are none to tell.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] on `name`; [`ServiceError::Rule`] `passkey.over` where nothing was asked in this session, or too long ago,
    /// `passkey.refused`, `passkey.taken`, `passkey.many`; as [`Ctx::require_own_account`].
    pub async fn add(&self, ctx: &Ctx, command: AddPasskey) -> ServiceResult<RecoveryCodes> {
        let user_id = ctx.require_own_account()?;
        let organization_id = ctx.organization_id();
        let name = called(&command.name)?;
        let relying = self.services.relying()?;
        let waiting = Waiting::own(ctx, Purpose::Add, user_id)?;
        let (had_one, state): (bool, PasskeyRegistration) = self.take(waiting, ctx.now).await?;
        let answer = read_answer::<RegisterPublicKeyCredential>(&command.answer);
        let key = relying
            .webauthn
            .finish_passkey_registration(&answer.ok_or_else(refused)?, &state)
            .map_err(|error| {
                tracing::debug!(%error, "a new passkey was refused");
                refused()
            })?;
        let now = ctx.now.trunc_subsecs(6);
        let row = passkey::Model {
            id: Uuid::now_v7(),
            organization_id,
            user_id,
            name,
            credential_id: name_of(key.cred_id()),
            credential: text_of(&key)?,
            added_at: now,
            last_used_at: None,
            suspect_at: None,
        };
        // Whosever it is: a name that stands for two keys would stand for nobody.
        let db = self.services.db().past_the_wall();
        let taken = rows::find_by_credential(db, &row.credential_id).await?;
        if taken.is_some() {
            return Err(ServiceError::rule(
                "passkey.taken",
                "This passkey is known already.",
            ));
        }
        let (told, hashes) = self.services.factors().codes_for(user_id)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                people::get_locked(&*tx, organization_id, user_id).await?;
                // Counts wrong codes, and is what people's factors are locked by.
                factors::ensure(&*tx, organization_id, user_id).await?;
                let factor = factors::find_locked(&*tx, organization_id, user_id).await?;
                let app = factor.is_some_and(|factor| factor.enrolled_at.is_some());
                let there = rows::count(&*tx, organization_id, user_id).await?;
                enough(usize::try_from(there).unwrap_or(usize::MAX))?;
                let first = !app && there == 0;
                if !had_one && !first {
                    // A factor was made meanwhile, elsewhere: then the password alone is no proof.
                    return Err(over());
                }
                rows::insert(&*tx, row.clone()).await?;
                let mut ended = 0;
                if first {
                    factors::replace_codes(&*tx, organization_id, user_id, &hashes, now).await?;
                    // An app that waits for its first code was begun by the password alone too.
                    factors::update_app_removed(&*tx, organization_id, user_id).await?;
                    ended = end_others(&*tx, ctx, user_id).await?;
                }
                let after =
                    json!({ "passkey_id": row.id, "name": row.name, "sessions_ended": ended });
                write_down(&*tx, ctx, "passkey.add", user_id, Some(after)).await?;
                tx.commit().await?;
                Ok(if first {
                    told.clone()
                } else {
                    RecoveryCodes { codes: Vec::new() }
                })
            })
            .await
    }

    /// Forgets a passkey of the person who asks, after a fresh proof. With the last factor the recovery codes go too.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] where the person has no such key; [`ServiceError::Rule`] `factor.required` where a role asks for a
    /// second factor and this is the last; [`ServiceError::Invalid`] on `code`; as [`Ctx::require_own_account`].
    pub async fn remove(&self, ctx: &Ctx, command: RemovePasskey) -> ServiceResult<()> {
        let user_id = ctx.require_own_account()?;
        let organization_id = ctx.organization_id();
        let id = command.passkey_id;
        let gone = || ServiceError::NotFound("passkey");
        let own = self.services.factors();
        {
            let db = &self.services.db().read_for(organization_id).await?;
            let found = rows::find(db, organization_id, user_id, id).await?;
            found.ok_or_else(gone)?;
            // Before the proof, which may spend a code.
            own.require_other(db, organization_id, user_id).await?;
        }
        own.prove_afresh(ctx, user_id, &command.proof).await?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let factor = factors::find_locked(&*tx, organization_id, user_id).await?;
                own.require_other(&*tx, organization_id, user_id).await?;
                let found = rows::find(&*tx, organization_id, user_id, id).await?;
                let row = found.ok_or_else(gone)?;
                rows::delete(&*tx, organization_id, user_id, id).await?;
                let app = factor.is_some_and(|factor| factor.enrolled_at.is_some());
                if !app && rows::count(&*tx, organization_id, user_id).await? == 0 {
                    factors::delete(&*tx, organization_id, user_id).await?;
                }
                let before = json!({ "passkey_id": id, "name": row.name });
                write_down(&*tx, ctx, "passkey.remove", user_id, Some(before)).await?;
                tx.commit().await
            })
            .await
    }
}
