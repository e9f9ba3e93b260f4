//! From a secret to a factor, to its recovery codes, and to its end.

use super::{Factors, SECRET_BYTES, end_others, step_of, totp, write_down, wrong_code};
use crate::passkeys::{Purpose, Waiting};
use crate::store::{factors as rows, organizations, passkeys, people, pins, sessions, tokens};
use crate::users::finish;
use crate::{Arrival, Ctx, ServiceError, ServiceResult, receipts, roles};
use chrono::SubsecRound;
use contract::factors::{BeginFactor, Enrolment, ProveFactor, RecoveryCodes, ResetFactor};
use domain::Permission;
use domain::factors::{
    Answer, PENDING_LIFE, RECOVERY_ALPHABET, RECOVERY_CHARACTERS, RECOVERY_CODES, read_answer,
    shown_recovery_code,
};
use qrcode::{Color, QrCode};
use serde_json::json;
use std::fmt::Write as _;
use uuid::Uuid;

/// The dark modules of a QR code, row by row, and the modules of its side.
fn drawn(address: &str) -> ServiceResult<(u32, String)> {
    let code = QrCode::new(address)
        .map_err(|e| ServiceError::Internal(format!("no QR code can be made: {e}")))?;
    let side = code.width();
    let mut path = String::new();
    for (at, _) in code
        .to_colors()
        .into_iter()
        .enumerate()
        .filter(|(_, color)| *color == Color::Dark)
    {
        // Writing into a string cannot fail.
        let _ = write!(path, "M{} {}h1v1h-1z", at % side, at / side);
    }
    Ok((u32::try_from(side).unwrap_or(u32::MAX), path))
}

/// In groups of four, as people type them.
fn grouped(text: &str) -> String {
    text.as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Ten recovery codes that nobody knows yet.
fn fresh_codes() -> Vec<String> {
    (0..RECOVERY_CODES)
        .map(|_| {
            rand::random::<[u8; RECOVERY_CHARACTERS]>()
                .iter()
                // 256 is a multiple of 32: every character is as likely.
                .map(|byte| char::from(RECOVERY_ALPHABET[usize::from(byte % 32)]))
                .collect()
        })
        .collect()
}

fn arrival_of(ctx: &Ctx) -> Arrival {
    Arrival {
        now: ctx.now,
        request_id: ctx.request_id.clone(),
        source: ctx.source.clone(),
    }
}

impl Factors<'_> {
    /// Proves the factor of the person who asks, by a code or by what a passkey answered (JSON), or says that it is wrong.
    async fn prove_own(&self, ctx: &Ctx, user_id: Uuid, code: &str) -> ServiceResult<()> {
        let (arrival, organization_id) = (arrival_of(ctx), ctx.organization_id());
        let right = if code.trim_start().starts_with('{') {
            let waiting = Waiting::own(ctx, Purpose::Prove, user_id)?;
            let keys = self.services.passkeys();
            let answered = keys.prove_person(&arrival, waiting, organization_id, user_id, code);
            answered.await?.is_some()
        } else {
            let proof = self.prove(&arrival, organization_id, user_id, code).await?;
            proof.is_some()
        };
        right.then_some(()).ok_or_else(wrong_code)
    }

    /// Proves that it is still the same person: by their second factor, or by the password where they have none.
    pub(crate) async fn prove_afresh(
        &self,
        ctx: &Ctx,
        user_id: Uuid,
        proof: &str,
    ) -> ServiceResult<()> {
        if self.is_enrolled(ctx, user_id).await? {
            return self.prove_own(ctx, user_id, proof).await;
        }
        let right = self
            .services
            .identity()
            .confirm_password(ctx, proof)
            .await?;
        right.then_some(()).ok_or_else(|| {
            ServiceError::field("password", "password.wrong", "This is not your password.")
        })
    }

    /// Whether the person has a second factor, whichever.
    async fn is_enrolled(&self, ctx: &Ctx, user_id: Uuid) -> ServiceResult<bool> {
        let db = self.services.db().of(ctx.organization_id());
        rows::is_asked(&*db, ctx.organization_id(), user_id).await
    }

    /// New recovery codes, as they are told and as they are kept.
    pub(crate) fn codes_for(&self, user_id: Uuid) -> ServiceResult<(RecoveryCodes, Vec<String>)> {
        let codes = fresh_codes();
        let hashes = self.hashes(user_id, &codes)?;
        Ok((shown(&codes), hashes))
    }

    /// A new secret for the app of the person who asks. It counts once a code of it was given; until then the one before does.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] on `code` where a factor is there and its code is missing or wrong; as [`Ctx::require_own_account`].
    pub async fn enrol(&self, ctx: &Ctx, command: BeginFactor) -> ServiceResult<Enrolment> {
        let user_id = ctx.require_own_account()?;
        let organization_id = ctx.organization_id();
        let has_one = self.is_enrolled(ctx, user_id).await?;
        if has_one {
            let code = command.code.as_deref().unwrap_or_default();
            self.prove_own(ctx, user_id, code).await?;
        }
        let secret = rand::random::<[u8; SECRET_BYTES]>();
        let sealed = self.services.vault.seal(user_id, &secret)?;
        let (email, organization) = {
            let db = &self.services.db().read_for(organization_id).await?;
            let person = people::find_by_id(db, user_id).await?;
            let person = person.ok_or(ServiceError::Unauthenticated)?;
            let organization = organizations::get(db, organization_id).await?;
            (person.email, organization.name)
        };
        let app = totp(secret.to_vec(), &email, &format!("Hornada {organization}"))?;
        let address = app
            .to_url()
            .map_err(|e| ServiceError::Internal(format!("no second factor can be made: {e}")))?;
        let (qr_side, qr_path) = drawn(&address)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                people::get_locked(&*tx, organization_id, user_id).await?;
                rows::find_locked(&*tx, organization_id, user_id).await?;
                if !has_one && rows::is_asked(&*tx, organization_id, user_id).await? {
                    // Made meanwhile, elsewhere: then its code is asked for.
                    return Err(wrong_code());
                }
                let now = ctx.now.trunc_subsecs(6);
                rows::update_pending(&*tx, organization_id, user_id, sealed.clone(), now).await?;
                tx.commit().await
            })
            .await?;
        Ok(Enrolment {
            secret: grouped(&app.secret().to_base32()),
            address,
            qr_side,
            qr_path,
        })
    }

    /// Makes the secret that waits the person's factor, by a first code of it, and gives them recovery codes. With the first factor everything
    /// else that the person is signed in with ends.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] on `code`; [`ServiceError::Rule`] `factor.not_begun` where no secret waits, or it waited too long.
    pub async fn confirm(&self, ctx: &Ctx, command: ProveFactor) -> ServiceResult<RecoveryCodes> {
        let user_id = ctx.require_own_account()?;
        let organization_id = ctx.organization_id();
        let Some(Answer::Code(code)) = read_answer(&command.code) else {
            return Err(wrong_code());
        };
        let codes = fresh_codes();
        let hashes = self.hashes(user_id, &codes)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                people::get_locked(&*tx, organization_id, user_id).await?;
                let row = rows::find_locked(&*tx, organization_id, user_id).await?;
                let is_first = !rows::is_asked(&*tx, organization_id, user_id).await?;
                let waiting = row.and_then(|row| row.pending_sealed.zip(row.pending_at));
                let fresh = waiting.filter(|(_, at)| ctx.now - *at < PENDING_LIFE);
                let Some((sealed, _)) = fresh else {
                    return Err(ServiceError::rule(
                        "factor.not_begun",
                        "This took too long. Begin again with a new QR code.",
                    ));
                };
                let secret = self.services.vault.open(user_id, &sealed)?;
                let step = step_of(secret, &code, ctx.now.timestamp())?.ok_or_else(wrong_code)?;
                let now = ctx.now.trunc_subsecs(6);
                rows::update_enrolled(&*tx, organization_id, user_id, &sealed, step, now).await?;
                rows::replace_codes(&*tx, organization_id, user_id, &hashes, now).await?;
                let ended = if is_first {
                    end_others(&*tx, ctx, user_id).await?
                } else {
                    0
                };
                let after = json!({ "sessions_ended": ended });
                write_down(&*tx, ctx, "factor.enrol", user_id, Some(after)).await?;
                tx.commit().await
            })
            .await?;
        Ok(shown(&codes))
    }

    /// New recovery codes in the place of all that are there.
    ///
    /// # Errors
    /// [`ServiceError::Invalid`] on `code`; [`ServiceError::Rule`] `factor.none`.
    pub async fn renew_codes(
        &self,
        ctx: &Ctx,
        command: ProveFactor,
    ) -> ServiceResult<RecoveryCodes> {
        let user_id = ctx.require_own_account()?;
        let organization_id = ctx.organization_id();
        self.require_enrolled(ctx, user_id).await?;
        self.prove_own(ctx, user_id, &command.code).await?;
        let codes = fresh_codes();
        let hashes = self.hashes(user_id, &codes)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let now = ctx.now.trunc_subsecs(6);
                rows::replace_codes(&*tx, organization_id, user_id, &hashes, now).await?;
                write_down(&*tx, ctx, "factor.renew_codes", user_id, None).await?;
                tx.commit().await
            })
            .await?;
        Ok(shown(&codes))
    }

    /// Goes on without a second factor.
    ///
    /// # Errors
    /// [`ServiceError::Rule`] `factor.required` where a role asks for one, `factor.none`; [`ServiceError::Invalid`] on `code`.
    pub async fn remove(&self, ctx: &Ctx, command: ProveFactor) -> ServiceResult<()> {
        let user_id = ctx.require_own_account()?;
        let organization_id = ctx.organization_id();
        {
            let db = &self.services.db().read_for(organization_id).await?;
            let app = rows::find(db, organization_id, user_id).await?;
            if app.is_none_or(|factor| factor.enrolled_at.is_none()) {
                return Err(none());
            }
            // Before the proof, which may spend a code.
            self.require_other(db, organization_id, user_id).await?;
        }
        self.prove_own(ctx, user_id, &command.code).await?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                rows::find_locked(&*tx, organization_id, user_id).await?;
                self.require_other(&*tx, organization_id, user_id).await?;
                if passkeys::count(&*tx, organization_id, user_id).await? > 0 {
                    // The recovery codes stand in for these too.
                    rows::update_app_removed(&*tx, organization_id, user_id).await?;
                } else {
                    rows::delete(&*tx, organization_id, user_id).await?;
                }
                write_down(&*tx, ctx, "factor.remove", user_id, None).await?;
                tx.commit().await
            })
            .await
    }

    /// Takes factor, passkeys, recovery codes and PIN of a person away who lost them, and ends what they are signed in with.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `users.write`, or where the person holds a right of administration that the caller lacks;
    /// [`ServiceError::Rule`] `users.self` for one's own, which takes a code.
    pub async fn reset(&self, ctx: &Ctx, command: ResetFactor) -> ServiceResult<()> {
        ctx.require(Permission::UsersWrite)?;
        if ctx.actor.user_id == Some(command.user_id) {
            // Who finds a browser open must not get rid of the code that they lack.
            return Err(ServiceError::rule(
                "users.self",
                "You cannot take your own second factor away here; another administrator can.",
            ));
        }
        let organization_id = ctx.organization_id();
        let operation = "factor.reset";
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let row = people::get_locked(&*tx, organization_id, command.user_id).await?;
                roles::require_reach(&*tx, ctx, row.id).await?;
                let done = receipts::find::<()>(&*tx, ctx, command.command_id, operation, &command)
                    .await?;
                if done.is_some() {
                    return Ok(());
                }
                let factor = rows::find_locked(&*tx, organization_id, row.id).await?;
                let had = factor.is_some_and(|factor| factor.enrolled_at.is_some());
                rows::delete(&*tx, organization_id, row.id).await?;
                let keys = passkeys::delete_all(&*tx, organization_id, row.id).await?;
                let had_pin = pins::delete(&*tx, organization_id, row.id).await?;
                tokens::update_of_user_revoked(&*tx, organization_id, row.id, ctx.now).await?;
                let ended = sessions::delete_of_user(&*tx, organization_id, row.id).await?;
                receipts::insert(&*tx, ctx, command.command_id, operation, &command, &()).await?;
                let before = json!({ "factor": had, "passkeys": keys, "pin": had_pin });
                let after = json!({ "factor": false, "pin": false, "sessions_ended": ended });
                finish(&*tx, ctx, operation, row.id, Some(before), Some(after)).await?;
                tx.commit().await
            })
            .await
    }

    async fn require_enrolled(&self, ctx: &Ctx, user_id: Uuid) -> ServiceResult<()> {
        if self.is_enrolled(ctx, user_id).await? {
            return Ok(());
        }
        Err(none())
    }

    fn hashes(&self, user_id: Uuid, codes: &[String]) -> ServiceResult<Vec<String>> {
        codes
            .iter()
            .map(|code| self.services.vault.keyed("recovery", user_id, code))
            .collect()
    }
}

fn none() -> ServiceError {
    ServiceError::rule("factor.none", "There is no second factor yet.")
}

fn shown(codes: &[String]) -> RecoveryCodes {
    RecoveryCodes {
        codes: codes.iter().map(|code| shown_recovery_code(code)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_codes_differ_and_are_read_back_as_they_were_made() {
        let codes = fresh_codes();
        let different: std::collections::BTreeSet<&String> = codes.iter().collect();
        assert_eq!(different.len(), RECOVERY_CODES);
        for code in &codes {
            // Six digits alone would be read as a code of the app.
            let read = read_answer(&shown_recovery_code(code));
            assert_eq!(read, Some(Answer::Recovery(code.clone())));
        }
    }

    #[test]
    fn a_secret_is_drawn_as_squares_that_lie_within_the_side() {
        let app = totp(vec![7; SECRET_BYTES], "ana@horno.example", "Hornada: Sur").unwrap();
        let address = app.to_url().unwrap();
        assert!(address.starts_with("otpauth://totp/"), "{address}");
        let (side, path) = drawn(&address).unwrap();
        assert!(
            side >= 21 && path.starts_with("M0 0h1v1h-1z"),
            "{side} {path}"
        );
        assert_eq!(grouped("ABCDEFGHIJ"), "ABCD EFGH IJ");
    }

    /// RFC 6238, appendix B, SHA-1, the last six of the eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890".to_vec();
        for (at, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            let step = step_of(secret.clone(), code, at).unwrap();
            assert_eq!(step, Some(at / 30), "{at}");
            assert_eq!(step_of(secret.clone(), code, at + 61).unwrap(), None);
        }
    }
}
