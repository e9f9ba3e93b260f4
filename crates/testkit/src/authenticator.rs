//! A device that makes passkeys and answers for them (WebAuthn, level 3), with the browser around it. In software, so that tests can do
//! with it what no good device does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Somebody was there.
const PRESENT: u8 = 0x01;
/// It was made sure who.
const VERIFIED: u8 = 0x04;
/// A new key follows.
const ATTESTED: u8 = 0x40;

#[derive(Clone)]
struct Key {
    id: Vec<u8>,
    user: Vec<u8>,
    secret: SigningKey,
    counter: u32,
}

/// A device. A clone of it is a copy of its keys, counters and all.
#[derive(Clone)]
pub struct Authenticator {
    origin: String,
    keys: Vec<Key>,
    /// Whether it makes sure who holds it.
    pub verifies: bool,
    /// Whether its keys count how often they were used.
    pub counts: bool,
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("a text");
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

impl Authenticator {
    /// A device whose browser shows a page of this origin.
    #[must_use]
    pub fn at(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            keys: Vec::new(),
            verifies: true,
            counts: true,
        }
    }

    /// The same device on a page of another origin.
    #[must_use]
    pub fn on(mut self, origin: &str) -> Self {
        origin.clone_into(&mut self.origin);
        self
    }

    fn client_data(&self, kind: &str, challenge: &Value) -> Vec<u8> {
        let said = json!({
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": false,
        });
        said.to_string().into_bytes()
    }

    fn flags(&self) -> u8 {
        if self.verifies {
            PRESENT | VERIFIED
        } else {
            PRESENT
        }
    }

    /// Makes a key for whom the options name; what the page sends to the server.
    ///
    /// # Panics
    /// For options that are none.
    pub fn make(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options");
        let id = rand::random::<[u8; 16]>().to_vec();
        // All but some four in 2^32 are keys.
        let secret = SigningKey::from_slice(&rand::random::<[u8; 32]>()).expect("a key");
        let point = secret.verifying_key().to_encoded_point(false);
        let mut data = Sha256::digest(options["rp"]["id"].as_str().expect("a name")).to_vec();
        data.push(self.flags() | ATTESTED);
        data.extend([0; 4]);
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(&id);
        // CBOR: {1: 2, 3: -7, -1: 1, -2: x, -3: y}, a point of P-256 for ES256 (RFC 9053, section 7.1.1).
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(point.x().expect("a point"));
        data.extend([0x22, 0x58, 0x20]);
        data.extend(point.y().expect("a point"));
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt");
        object.push(0x64);
        object.extend(b"none");
        object.push(0x67);
        object.extend(b"attStmt");
        object.extend([0xa0, 0x68]);
        object.extend(b"authData");
        object.extend([0x58, u8::try_from(data.len()).expect("short")]);
        object.extend(&data);
        let told = json!({
            "id": text(&id),
            "rawId": text(&id),
            "type": "public-key",
            "response": {
                "clientDataJSON": text(&self.client_data("webauthn.create", &options["challenge"])),
                "attestationObject": text(&object),
                "transports": ["internal"],
            },
            "clientExtensionResults": { "credProps": { "rk": true } },
        });
        self.keys.push(Key {
            id,
            user: bytes(&options["user"]["id"]),
            secret,
            counter: 0,
        });
        told.to_string()
    }

    /// Answers with the newest key that the options allow; what the page sends to the server.
    ///
    /// # Panics
    /// For options that are none, or that allow none of its keys.
    pub fn prove(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("options");
        let allowed = options["allowCredentials"].as_array().expect("a list");
        let allows =
            |key: &Key| allowed.is_empty() || allowed.iter().any(|one| bytes(&one["id"]) == key.id);
        let (flags, counts) = (self.flags(), self.counts);
        let said = self.client_data("webauthn.get", &options["challenge"]);
        let key = self.keys.iter_mut().rev().find(|key| allows(key));
        let key = key.expect("a key that is allowed");
        key.counter += u32::from(counts);
        let mut data = Sha256::digest(options["rpId"].as_str().expect("a name")).to_vec();
        data.push(flags);
        data.extend(key.counter.to_be_bytes());
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&said));
        let signature: Signature = key.secret.sign(&signed);
        let told = json!({
            "id": text(&key.id),
            "rawId": text(&key.id),
            "type": "public-key",
            "response": {
                "clientDataJSON": text(&said),
                "authenticatorData": text(&data),
                "signature": text(signature.to_der().as_bytes()),
                "userHandle": text(&key.user),
            },
            "clientExtensionResults": {},
        });
        told.to_string()
    }
}
