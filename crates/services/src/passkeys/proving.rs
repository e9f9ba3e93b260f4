//! What a passkey answers: at the door, at the second step, and when it is asked again who somebody is.

use super::{Passkeys, Purpose, Waiting, key_of, name_of, read_answer, text_of};
use crate::factors::write_down;
use crate::store::passkeys as rows;
use crate::{Actor, Arrival, Ctx, ServiceError, ServiceResult};
use chrono::SubsecRound;
use contract::passkeys::PasskeyQuestion;
use entity::passkey;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{DiscoverableAuthentication, PublicKeyCredential, WebauthnError};

/// Whose passkey answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proven {
    pub passkey_id: Uuid,
    pub organization_id: Uuid,
    pub user_id: Uuid,
}

impl Passkeys<'_> {
    /// Asks for any passkey of this installation. The question is the same for everybody: nobody learns from it who has one.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `passkey.off`.
    pub(crate) async fn ask_anybody(
        &self,
        arrival: &Arrival,
        holder: Uuid,
    ) -> ServiceResult<PasskeyQuestion> {
        let waiting = Waiting {
            holder,
            purpose: Purpose::Enter,
            whose: None,
        };
        self.put(arrival, waiting, &[]).await
    }

    /// Asks for a passkey of one person.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `passkey.none` where they have none that is good, `passkey.off`.
    pub(crate) async fn ask_person(
        &self,
        arrival: &Arrival,
        waiting: Waiting,
        organization_id: Uuid,
        user_id: Uuid,
    ) -> ServiceResult<PasskeyQuestion> {
        let db = self.services.db().of(organization_id);
        let mut keys = rows::list(&*db, organization_id, user_id).await?;
        keys.retain(|row| row.suspect_at.is_none());
        if keys.is_empty() {
            return Err(ServiceError::rule(
                "passkey.none",
                "There is no passkey that could be asked.",
            ));
        }
        self.put(arrival, waiting, &keys).await
    }

    /// Puts a question to any key, or to one of these. An answer is checked against the key as it is by then, so no key goes into what
    /// waits.
    async fn put(
        &self,
        arrival: &Arrival,
        waiting: Waiting,
        keys: &[passkey::Model],
    ) -> ServiceResult<PasskeyQuestion> {
        let relying = self.services.relying()?;
        let begun = relying.webauthn.start_discoverable_authentication();
        let (question, state) =
            begun.map_err(|e| ServiceError::Internal(format!("no passkey can be asked: {e}")))?;
        // Only what the browser is asked: that forms should fill themselves in, which goes with it, is not wanted.
        let mut options = serde_json::to_value(&question.public_key)
            .map_err(|e| ServiceError::Internal(format!("no passkey can be asked: {e}")))?;
        let allowed =
            |row: &passkey::Model| json!({ "type": "public-key", "id": row.credential_id });
        options["allowCredentials"] = Value::Array(keys.iter().map(allowed).collect());
        self.ask(waiting, &state, arrival.now).await?;
        Ok(PasskeyQuestion {
            options: options.to_string(),
        })
    }

    /// Asks the signed-in person for one of their passkeys again; what it answers goes where a code is wanted.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `passkey.none`, `passkey.off`; as [`Ctx::require_own_account`].
    pub async fn ask_again(&self, ctx: &Ctx) -> ServiceResult<PasskeyQuestion> {
        let user_id = ctx.require_own_account()?;
        let waiting = Waiting::own(ctx, Purpose::Prove, user_id)?;
        let arrival = Arrival {
            now: ctx.now,
            request_id: ctx.request_id.clone(),
            source: ctx.source.clone(),
        };
        self.ask_person(&arrival, waiting, ctx.organization_id(), user_id)
            .await
    }

    /// Who answered the question that was put to anybody. `None` for an answer that proves nothing: an unknown key, a key of another
    /// person, a wrong signature.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `passkey.over`, `passkey.off`.
    pub(crate) async fn prove_anybody(
        &self,
        arrival: &Arrival,
        holder: Uuid,
        answer: &str,
    ) -> ServiceResult<Option<Proven>> {
        let relying = self.services.relying()?;
        let waiting = Waiting {
            holder,
            purpose: Purpose::Enter,
            whose: None,
        };
        let state: DiscoverableAuthentication = self.take(waiting, arrival.now).await?;
        let Some(answer) = read_answer::<PublicKeyCredential>(answer) else {
            return Ok(None);
        };
        let told = relying
            .webauthn
            .identify_discoverable_authentication(&answer);
        let Ok((user_id, credential_id)) = told else {
            return Ok(None);
        };
        // Whose it is, is not known before it is found.
        let db = self.services.db().past_the_wall();
        let found = rows::find_by_credential(db, &name_of(credential_id)).await?;
        let Some(found) = found.filter(|row| row.user_id == user_id) else {
            return Ok(None);
        };
        self.settle(arrival, found.organization_id, user_id, &answer, &state)
            .await
    }

    /// Whether the person answered whom the question was put to; as [`Passkeys::prove_anybody`].
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `passkey.over`, `passkey.off`.
    pub(crate) async fn prove_person(
        &self,
        arrival: &Arrival,
        waiting: Waiting,
        organization_id: Uuid,
        user_id: Uuid,
        answer: &str,
    ) -> ServiceResult<Option<Proven>> {
        let state: DiscoverableAuthentication = self.take(waiting, arrival.now).await?;
        let Some(answer) = read_answer::<PublicKeyCredential>(answer) else {
            return Ok(None);
        };
        // A device that names a person must name this one.
        let other = answer
            .get_user_unique_id()
            .is_some_and(|named| named != user_id.as_bytes());
        if other {
            return Ok(None);
        }
        self.settle(arrival, organization_id, user_id, &answer, &state)
            .await
    }

    /// Checks an answer against the person's key of that name, and keeps what it changed. A counter that did not rise makes the key suspect:
    /// two devices may hold it.
    async fn settle(
        &self,
        arrival: &Arrival,
        organization_id: Uuid,
        user_id: Uuid,
        answer: &PublicKeyCredential,
        state: &DiscoverableAuthentication,
    ) -> ServiceResult<Option<Proven>> {
        let relying = self.services.relying()?;
        let name = name_of(answer.get_credential_id());
        let db = self.services.db();
        db.retry(|| async {
            let tx = db.begin_for(organization_id).await?;
            // Of two answers at once the second is checked against what the first left.
            let found = rows::find_locked(&*tx, organization_id, user_id, &name).await?;
            let Some(row) = found.filter(|row| row.suspect_at.is_none()) else {
                return Ok(None);
            };
            let mut key = key_of(&row)?;
            let now = arrival.now.trunc_subsecs(6);
            let checked =
                relying
                    .webauthn
                    .finish_discoverable_authentication_v2(answer, state.clone(), &key);
            match checked {
                Ok(result) => {
                    key.update_credential(&result);
                    rows::update_used(&*tx, organization_id, row.id, text_of(&key)?, now).await?;
                    tx.commit().await?;
                    Ok(Some(Proven {
                        passkey_id: row.id,
                        organization_id,
                        user_id,
                    }))
                }
                // Said only of an answer whose signature is right.
                Err(WebauthnError::CredentialPossibleCompromise) => {
                    tracing::warn!(
                        passkey_id = %row.id,
                        "the sign counter of a passkey did not rise: it may have been copied"
                    );
                    rows::update_suspect(&*tx, organization_id, row.id, now).await?;
                    let ctx = arrival.by(Actor::system(organization_id, "sign_in"));
                    let after = json!({ "passkey_id": row.id, "name": row.name });
                    write_down(&*tx, &ctx, "passkey.suspect", user_id, Some(after)).await?;
                    tx.commit().await?;
                    Ok(None)
                }
                Err(error) => {
                    tracing::debug!(%error, "a passkey's answer was refused");
                    Ok(None)
                }
            }
        })
        .await
    }
}
