//! Tokens signed with keys made here: those that are the provider's word, and those that are not.

use super::token::{Expected, TokenError, verify};
use super::*;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use uuid::Uuid;

const ISSUER: &str = "https://login.horno.example";
const CLIENT: &str = "hornada";
const NONCE: &str = "n-0S6_WzA2Mj";
const NOW: i64 = 1_800_000_000;

/// What stands before 32 random bytes that are a private key, in PKCS #8 (RFC 5958): of Ed25519 (RFC 8410) and of P-256 (RFC 5915).
const ED25519: &[u8] = &[
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const P256: &[u8] = &[
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20,
];

/// A key with the name under which it is published.
struct Signer {
    alg: Algorithm,
    private: EncodingKey,
    public: Jwk,
}

impl Signer {
    fn new(alg: Algorithm, id: &str) -> Self {
        let secret = rand::random::<[u8; 32]>();
        let private = match alg {
            Algorithm::ES256 => EncodingKey::from_ec_der(&[P256, &secret[..]].concat()),
            _ => EncodingKey::from_ed_der(&[ED25519, &secret[..]].concat()),
        };
        let mut public = Jwk::from_encoding_key(&private, alg).unwrap();
        public.common.key_id = Some(id.to_owned());
        Self {
            alg,
            private,
            public,
        }
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(self.alg);
        header.kid.clone_from(&self.public.common.key_id);
        encode(&header, claims, &self.private).unwrap()
    }
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "248289761001", "aud": CLIENT, "exp": NOW + 300, "iat": NOW, "nonce": NONCE,
        "email": "Ana@Horno.example", "email_verified": true, "name": "Ana",
    })
}

/// The same claims with some of them changed; null takes one away.
fn with(changes: Value) -> Value {
    let mut all = claims();
    let (Some(all_of), Value::Object(changes)) = (all.as_object_mut(), changes) else {
        panic!("claims are an object");
    };
    for (name, value) in changes {
        if value.is_null() {
            all_of.remove(&name);
        } else {
            all_of.insert(name, value);
        }
    }
    all
}

fn expected() -> Expected<'static> {
    Expected {
        issuer: ISSUER,
        client_id: CLIENT,
        nonce: NONCE,
        now: DateTime::from_timestamp(NOW, 0).unwrap(),
    }
}

fn judged(signer: &Signer, changes: Value) -> Result<Said, TokenError> {
    let token = signer.sign(&with(changes));
    verify(&token, std::slice::from_ref(&signer.public), &expected())
}

#[test]
fn a_token_that_says_everything_right_is_taken() {
    for alg in [Algorithm::EdDSA, Algorithm::ES256] {
        let said = judged(&Signer::new(alg, "a"), json!({})).unwrap();
        assert_eq!(said.subject, "248289761001");
        assert_eq!(said.email.as_deref(), Some("Ana@Horno.example"));
        assert!(said.email_verified && !said.factor);
    }
    let signer = Signer::new(Algorithm::EdDSA, "a");
    for fine in [
        json!({ "aud": [CLIENT] }),
        json!({ "azp": CLIENT }),
        json!({ "exp": NOW - 30 }),
        json!({ "iat": NOW + 30, "nbf": NOW + 30 }),
        json!({ "exp": NOW as f64 + 300.5 }),
    ] {
        assert!(judged(&signer, fine.clone()).is_ok(), "{fine}");
    }
}

#[test]
fn a_token_that_says_anything_wrong_is_refused() {
    let signer = Signer::new(Algorithm::EdDSA, "a");
    let cases = [
        (
            json!({ "iss": "https://login.evil.example" }),
            TokenError::Claims,
        ),
        (json!({ "iss": null }), TokenError::Claims),
        (json!({ "sub": null }), TokenError::Claims),
        (json!({ "aud": "another" }), TokenError::Claims),
        (json!({ "aud": null }), TokenError::Claims),
        (
            json!({ "aud": [CLIENT, "another"], "azp": CLIENT }),
            TokenError::Audience,
        ),
        (json!({ "azp": "another" }), TokenError::Audience),
        (json!({ "exp": NOW - 61 }), TokenError::Time),
        (json!({ "nbf": NOW + 61 }), TokenError::Time),
        (json!({ "iat": NOW + 61 }), TokenError::Time),
        (json!({ "nonce": "another" }), TokenError::Nonce),
        (json!({ "nonce": null }), TokenError::Nonce),
    ];
    for (changes, refusal) in cases {
        assert_eq!(judged(&signer, changes.clone()), Err(refusal), "{changes}");
    }
    // Lists of issuers, and times that are none.
    for odd in [
        json!({ "iss": [ISSUER] }),
        json!({ "exp": "soon" }),
        json!({ "sub": "" }),
    ] {
        assert!(judged(&signer, odd.clone()).is_err(), "{odd}");
    }
}

#[test]
fn nothing_but_the_providers_own_signature_counts() {
    let (signer, stranger) = (
        Signer::new(Algorithm::EdDSA, "a"),
        Signer::new(Algorithm::EdDSA, "a"),
    );
    let token = stranger.sign(&claims());
    let keys = [signer.public.clone()];
    assert_eq!(
        verify(&token, &keys, &expected()),
        Err(TokenError::Signature)
    );

    // A key by another name is not tried, and may have been published since.
    let renamed = Signer::new(Algorithm::EdDSA, "b");
    let token = renamed.sign(&claims());
    assert_eq!(verify(&token, &keys, &expected()), Err(TokenError::NoKey));

    // The same text with other claims.
    let token = signer.sign(&claims());
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts[1] = URL_SAFE_NO_PAD.encode(with(json!({ "sub": "1" })).to_string());
    assert_eq!(
        verify(&parts.join("."), &keys, &expected()),
        Err(TokenError::Signature)
    );

    // Not signed at all.
    let bare = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#),
        URL_SAFE_NO_PAD.encode(claims().to_string())
    );
    assert_eq!(
        verify(&bare, &keys, &expected()),
        Err(TokenError::Unreadable)
    );

    // Signed with what everybody can read: the provider's public key as a secret.
    let public = serde_json::to_vec(&signer.public).unwrap();
    let secret = EncodingKey::from_secret(&public);
    let token = encode(&Header::new(Algorithm::HS256), &claims(), &secret).unwrap();
    assert_eq!(
        verify(&token, &keys, &expected()),
        Err(TokenError::Algorithm)
    );

    // A key of another kind, and one that is too short to be a key.
    let other = Signer::new(Algorithm::ES256, "a");
    let token = other.sign(&claims());
    assert_eq!(verify(&token, &keys, &expected()), Err(TokenError::NoKey));
    let short: Jwk =
        serde_json::from_value(json!({ "kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "AAAA" }))
            .unwrap();
    let token = signer.sign(&claims());
    assert_eq!(
        verify(&token, &[short], &expected()),
        Err(TokenError::NoKey)
    );

    let long = "a".repeat(100_000);
    assert_eq!(
        verify(&long, &keys, &expected()),
        Err(TokenError::Unreadable)
    );
}

#[test]
fn an_address_counts_as_verified_only_where_the_provider_says_so() {
    let signer = Signer::new(Algorithm::EdDSA, "a");
    for no in [json!(null), json!(false), json!("true"), json!(1)] {
        let said = judged(&signer, json!({ "email_verified": no })).unwrap();
        assert!(!said.email_verified, "{no}");
    }
}

#[test]
fn a_second_factor_was_asked_for_only_where_the_provider_says_so() {
    let signer = Signer::new(Algorithm::EdDSA, "a");
    for yes in [
        json!({ "amr": ["pwd", "mfa"] }),
        json!({ "acr": "https://refeds.org/profile/mfa" }),
        json!({ "acr": "phrh" }),
    ] {
        assert!(judged(&signer, yes.clone()).unwrap().factor, "{yes}");
    }
    for no in [
        json!({ "amr": ["pwd"] }),
        json!({ "amr": ["otp"] }),
        json!({ "amr": "mfa" }),
        json!({ "acr": "1" }),
    ] {
        assert!(!judged(&signer, no.clone()).unwrap().factor, "{no}");
    }
}

#[test]
fn whoever_comes_back_set_out_here_and_not_long_ago() {
    let now = DateTime::from_timestamp(NOW, 0).unwrap();
    let provider = Uuid::now_v7();
    let pending = Pending::new(provider, "/".into(), now);
    let state = pending.state.clone();
    assert!(pending.is_answered_by(provider, &state, now + TimeDelta::minutes(9)));
    assert!(!pending.is_answered_by(provider, &state, now + PATIENCE));
    assert!(!pending.is_answered_by(provider, &state, now - TimeDelta::seconds(1)));
    assert!(!pending.is_answered_by(provider, "", now));
    assert!(!pending.is_answered_by(Uuid::now_v7(), &state, now));
    let other = Pending::new(provider, "/".into(), now);
    assert!(!other.is_answered_by(provider, &state, now));
    // RFC 7636, section 4.1: at least 43 characters.
    assert_eq!(pending.challenge().len(), 43);
    assert_ne!(pending.challenge(), other.challenge());
}

#[test]
fn what_a_provider_publishes_lies_below_its_name() {
    let expected = "https://login.horno.example/realms/bread/.well-known/openid-configuration";
    assert_eq!(
        metadata::address("https://login.horno.example/realms/bread"),
        expected
    );
    assert_eq!(
        metadata::address("https://login.horno.example/realms/bread/"),
        expected
    );
}
