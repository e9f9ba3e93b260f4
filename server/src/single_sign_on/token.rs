//! Whether an ID token is the provider's word, meant for us, now, and for this browser (OpenID Connect Core 1.0, section 3.1.3.7).

use chrono::{DateTime, Utc};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

/// Longest text that is read as a token.
const LONGEST: usize = 64 * 1_024;

/// So far two clocks may be apart, in seconds.
const LEEWAY: f64 = 60.0;

/// Shortest modulus of RSA, as base64url: 2,048 bits (RFC 7518, section 3.3).
const SHORTEST_MODULUS: usize = 342;

/// An Ed25519 key as base64url: 32 bytes.
const ED25519_KEY: usize = 43;

/// What signs: nothing that is `none`, and nothing that is signed with a secret, which whoever knows the client's could do.
const TAKEN: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Values of `acr` that say that more than one factor was asked for: OpenID's own (PAPE; EAP ACR Values 1.0) and REFEDS'.
const MULTI_FACTOR: [&str; 4] = [
    "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
    "https://refeds.org/profile/mfa",
    "phr",
    "phrh",
];

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the ID token cannot be read")]
    Unreadable,
    #[error("the ID token is signed in a way that is not taken")]
    Algorithm,
    #[error("no key of the provider fits the ID token")]
    NoKey,
    #[error("the ID token is not signed by the provider")]
    Signature,
    #[error("the ID token is of another issuer, or meant for somebody else")]
    Claims,
    #[error("the ID token is meant for others too, or for another client")]
    Audience,
    #[error("the ID token has expired, or begins later")]
    Time,
    #[error("the ID token answers another request")]
    Nonce,
}

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now: DateTime<Utc>,
}

/// What a provider says of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub subject: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
    /// Whether it says that it asked for more than one factor.
    pub factor: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    /// Seconds since 1970, with or without a fraction.
    exp: f64,
    iat: f64,
    #[serde(default)]
    nbf: Option<f64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    azp: Option<String>,
}

fn text(claims: &Value, name: &str) -> Option<String> {
    claims.get(name)?.as_str().map(str::to_owned)
}

/// RFC 8176: `mfa` says that several factors were asked for; single methods do not.
fn says_factor(claims: &Value) -> bool {
    let methods = claims.get("amr").and_then(Value::as_array);
    let by_method = methods.is_some_and(|list| list.iter().any(|one| one.as_str() == Some("mfa")));
    let class = claims.get("acr").and_then(Value::as_str);
    by_method || class.is_some_and(|class| MULTI_FACTOR.contains(&class))
}

/// What claims say, of a token or of the provider's answer to who somebody is.
#[must_use]
pub fn said(subject: String, claims: &Value) -> Said {
    Said {
        subject,
        email: text(claims, "email"),
        // A text that says "true" is not what the standard has.
        email_verified: claims.get("email_verified") == Some(&Value::Bool(true)),
        name: text(claims, "name"),
        factor: says_factor(claims),
    }
}

/// Whether a key can have signed in this way. What a provider publishes is looked at before it is used.
fn fits(key: &Jwk, header: &Header) -> bool {
    let named = match (&header.kid, &key.common.key_id) {
        (Some(wanted), Some(id)) => wanted == id,
        (Some(_), None) => false,
        (None, _) => true,
    };
    let signs = match &key.common.public_key_use {
        None => true,
        Some(purpose) => *purpose == PublicKeyUse::Signature,
    };
    let alg = header.alg;
    let is_kind = match &key.algorithm {
        AlgorithmParameters::RSA(rsa) => {
            let of_rsa = matches!(
                alg,
                Algorithm::RS256
                    | Algorithm::RS384
                    | Algorithm::RS512
                    | Algorithm::PS256
                    | Algorithm::PS384
                    | Algorithm::PS512
            );
            of_rsa && rsa.n.len() >= SHORTEST_MODULUS
        }
        AlgorithmParameters::EllipticCurve(ec) => match ec.curve {
            EllipticCurve::P256 => alg == Algorithm::ES256,
            EllipticCurve::P384 => alg == Algorithm::ES384,
            _ => false,
        },
        AlgorithmParameters::OctetKeyPair(pair) => {
            alg == Algorithm::EdDSA
                && pair.curve == EllipticCurve::Ed25519
                && pair.x.len() == ED25519_KEY
        }
        _ => false,
    };
    named && signs && is_kind
}

/// What is asked of a token by the library; its times are compared with our own clock.
fn validation(alg: Algorithm, expected: &Expected<'_>) -> Validation {
    let mut validation = Validation::new(alg);
    validation.validate_exp = false;
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client_id]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation
}

/// What a token says, once it is proved to be the provider's word for this browser.
///
/// # Errors
/// Why it is not.
pub fn verify(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<Said, TokenError> {
    if token.len() > LONGEST {
        return Err(TokenError::Unreadable);
    }
    // An algorithm that is not known, `none` among them, cannot be read either.
    let header = decode_header(token).map_err(|_| TokenError::Unreadable)?;
    if !TAKEN.contains(&header.alg) {
        return Err(TokenError::Algorithm);
    }
    // What must be understood and is not (RFC 7515, section 4.1.11).
    if header.crit.is_some() {
        return Err(TokenError::Unreadable);
    }
    let validation = validation(header.alg, expected);
    let mut refusal = TokenError::NoKey;
    for key in keys.iter().filter(|key| fits(key, &header)) {
        let Ok(key) = DecodingKey::from_jwk(key) else {
            continue;
        };
        match decode::<Value>(token, &key, &validation) {
            Ok(read) => return judge(&read.claims, expected),
            Err(error) => refusal = refusal_of(&error),
        }
        // Without a name of the key another one may be meant.
        if refusal != TokenError::Signature {
            break;
        }
    }
    Err(refusal)
}

fn refusal_of(error: &jsonwebtoken::errors::Error) -> TokenError {
    use jsonwebtoken::errors::ErrorKind as K;
    match error.kind() {
        K::InvalidSignature
        | K::InvalidKeyFormat
        | K::InvalidEcdsaKey
        | K::InvalidEddsaKey
        | K::InvalidRsaKey(_) => TokenError::Signature,
        K::InvalidIssuer | K::InvalidAudience | K::InvalidSubject | K::MissingRequiredClaim(_) => {
            TokenError::Claims
        }
        _ => TokenError::Unreadable,
    }
}

fn judge(value: &Value, expected: &Expected<'_>) -> Result<Said, TokenError> {
    let claims: Claims =
        serde_json::from_value(value.clone()).map_err(|_| TokenError::Unreadable)?;
    // A list of issuers is none.
    if claims.iss != expected.issuer || claims.sub.is_empty() {
        return Err(TokenError::Claims);
    }
    let for_us_alone = match &claims.aud {
        Audience::One(one) => one == expected.client_id,
        Audience::Many(many) => many.len() == 1 && many[0] == expected.client_id,
    };
    let by_us = claims
        .azp
        .as_deref()
        .is_none_or(|azp| azp == expected.client_id);
    if !for_us_alone || !by_us {
        return Err(TokenError::Audience);
    }
    let now = expected.now.timestamp() as f64;
    let begun = claims.iat <= now + LEEWAY && claims.nbf.is_none_or(|from| from <= now + LEEWAY);
    if claims.exp + LEEWAY <= now || !begun {
        return Err(TokenError::Time);
    }
    if claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(TokenError::Nonce);
    }
    Ok(said(claims.sub, value))
}
