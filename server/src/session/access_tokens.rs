//! Access tokens: short-lived, signed (JWT, RFC 7519, HS256), kept nowhere.

use chrono::{DateTime, TimeDelta, Utc};
use contract::keys::AccessToken;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use serde::{Deserialize, Serialize};
use services::tokens::{Claimed, Grant, REFRESH_LIFE, SigningKey, Subject};
use services::{ServiceError, ServiceResult, Services};
use std::sync::{Arc, PoisonError, RwLock};
use uuid::Uuid;

/// So long an access token is taken.
pub const LIFE: TimeDelta = TimeDelta::minutes(15);

const ISSUER: &str = "hornada";
const AUDIENCE: &str = "hornada-api";

/// Longest text that can be an access token.
const LONGEST: usize = 2_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Person,
    Key,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    org: Uuid,
    kind: Kind,
    /// The sign-in from which the token comes.
    sid: Uuid,
    /// The person's `token_epoch` at the sign-in.
    epoch: i32,
    jti: Uuid,
    iat: i64,
    exp: i64,
}

/// Makes and reads access tokens with what signs in the database.
#[derive(Clone)]
pub struct AccessTokens {
    services: Services,
    keys: Arc<RwLock<Vec<SigningKey>>>,
}

impl std::fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessTokens").finish_non_exhaustive()
    }
}

fn find(keys: &[SigningKey], id: &str) -> Option<SigningKey> {
    keys.iter().find(|key| key.id == id).cloned()
}

/// What is asked of every token. Its end is compared with our own clock.
fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation
}

impl AccessTokens {
    /// Over these use cases.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self {
            services,
            keys: Arc::default(),
        }
    }

    /// The pair of tokens that was granted.
    ///
    /// # Errors
    /// The database's.
    pub async fn issue(&self, grant: Grant, now: DateTime<Utc>) -> ServiceResult<AccessToken> {
        let key = self.services.tokens().signing_key(now).await?;
        let claimed = grant.claimed;
        let (kind, sub) = match claimed.subject {
            Subject::Person(id) => (Kind::Person, id),
            Subject::Key(id) => (Kind::Key, id),
        };
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub,
            org: claimed.organization_id,
            kind,
            sid: claimed.family_id,
            epoch: claimed.epoch,
            jti: Uuid::now_v7(),
            iat: now.timestamp(),
            exp: (now + LIFE).timestamp(),
        };
        let header = Header {
            kid: Some(key.id.clone()),
            ..Header::new(Algorithm::HS256)
        };
        let access_token = encode(&header, &claims, &EncodingKey::from_secret(&key.secret))
            .map_err(|e| ServiceError::Internal(format!("a token could not be signed: {e}")))?;
        Ok(AccessToken {
            access_token,
            token_type: "Bearer".to_owned(),
            expires_in: LIFE.num_seconds(),
            refresh_token: grant.refresh_token,
            refresh_expires_in: REFRESH_LIFE.num_seconds(),
        })
    }

    /// What a token says, if it is one of ours and has not expired.
    ///
    /// # Errors
    /// The database's.
    pub async fn read(&self, token: &str, now: DateTime<Utc>) -> ServiceResult<Option<Claimed>> {
        if token.len() > LONGEST {
            return Ok(None);
        }
        let Some(kid) = decode_header(token).ok().and_then(|header| header.kid) else {
            return Ok(None);
        };
        let Some(key) = self.key(&kid).await? else {
            return Ok(None);
        };
        let key = DecodingKey::from_secret(&key.secret);
        let Ok(read) = decode::<Claims>(token, &key, &validation()) else {
            return Ok(None);
        };
        let claims = read.claims;
        if claims.exp <= now.timestamp() {
            return Ok(None);
        }
        Ok(Some(Claimed {
            subject: match claims.kind {
                Kind::Person => Subject::Person(claims.sub),
                Kind::Key => Subject::Key(claims.sub),
            },
            organization_id: claims.org,
            family_id: claims.sid,
            epoch: claims.epoch,
        }))
    }

    /// What a token names as its signer. What is not known here may be another server's, or newer.
    async fn key(&self, id: &str) -> ServiceResult<Option<SigningKey>> {
        let known = find(
            &self.keys.read().unwrap_or_else(PoisonError::into_inner),
            id,
        );
        if known.is_some() {
            return Ok(known);
        }
        let keys = self.services.tokens().signing_keys().await?;
        let found = find(&keys, id);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(found)
    }
}
