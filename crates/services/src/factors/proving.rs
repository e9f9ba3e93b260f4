//! Whether a code is right.

use super::{Factors, step_of, write_down};
use crate::identity::paused;
use crate::store::factors as rows;
use crate::{Actor, Arrival, ServiceResult};
use chrono::SubsecRound;
use domain::factors::{Answer, FREE_FAILURES_OF_FACTOR, read_answer};
use domain::sign_in::pause_after;
use entity::user_factor;
use serde_json::json;
use uuid::Uuid;

/// By what somebody proved their second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    Code,
    Recovery,
}

impl Proof {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Recovery => "recovery_code",
        }
    }
}

impl Factors<'_> {
    /// Whether this is a code of the person's app, or one of their recovery codes, that was not used yet; it is from now on. `None` for
    /// a wrong one, which counts towards a pause of the account, whoever asks and from where.
    ///
    /// # Errors
    /// [`crate::ServiceError::TooManyRequests`] during a pause.
    pub(crate) async fn prove(
        &self,
        arrival: &Arrival,
        organization_id: Uuid,
        user_id: Uuid,
        answer: &str,
    ) -> ServiceResult<Option<Proof>> {
        let answer = read_answer(answer);
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let Some(row) = rows::find_locked(&*tx, organization_id, user_id).await? else {
                    return Ok(None);
                };
                if let Some(until) = row.locked_until.filter(|until| *until > arrival.now) {
                    return Err(paused(until, arrival.now));
                }
                let proof = match &answer {
                    Some(Answer::Code(code)) => {
                        let step = self.step(&row, code, arrival)?;
                        if let Some(step) = step {
                            rows::update_step(&*tx, organization_id, user_id, step).await?;
                        }
                        step.map(|_| Proof::Code)
                    }
                    Some(Answer::Recovery(code)) => {
                        let hash = self.services.vault.keyed("recovery", user_id, code)?;
                        let now = arrival.now.trunc_subsecs(6);
                        let spent =
                            rows::update_code_used(&*tx, organization_id, user_id, &hash, now)
                                .await?;
                        if spent {
                            rows::update_step(&*tx, organization_id, user_id, row.last_step)
                                .await?;
                        }
                        spent.then_some(Proof::Recovery)
                    }
                    None => None,
                };
                if proof.is_none() {
                    let failures = row.failures.saturating_add(1);
                    let counted = u32::try_from(failures).unwrap_or_default();
                    let until = pause_after(counted, FREE_FAILURES_OF_FACTOR)
                        .map(|pause| (arrival.now + pause).trunc_subsecs(6));
                    rows::update_failures(&*tx, organization_id, user_id, failures, until).await?;
                    if let Some(until) = until {
                        let ctx = arrival.by(Actor::system(organization_id, "sign_in"));
                        let after = json!({ "failures": failures, "locked_until": until });
                        write_down(&*tx, &ctx, "factor.pause", user_id, Some(after)).await?;
                    }
                }
                tx.commit().await?;
                Ok(proof)
            })
            .await
    }

    /// The step whose code this is, unless it is spent.
    fn step(
        &self,
        row: &user_factor::Model,
        code: &str,
        arrival: &Arrival,
    ) -> ServiceResult<Option<i64>> {
        let Some(sealed) = &row.secret_sealed else {
            return Ok(None);
        };
        let secret = self.services.vault.open(row.user_id, sealed)?;
        let step = step_of(secret, code, arrival.now.timestamp())?;
        Ok(step.filter(|step| *step > row.last_step))
    }
}
