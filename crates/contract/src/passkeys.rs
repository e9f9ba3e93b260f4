//! Passkeys of the signed-in person. What browser and device say to each other travels as the JSON of WebAuthn, level 3, section 5.1.8 and
//! 5.1.9, which the browser reads and writes by itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyView {
    pub id: Uuid,
    /// What the person calls the device.
    pub name: String,
    pub added_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    /// Whether it may have been copied: then it lets nobody in any more.
    pub suspect: bool,
}

/// What a device is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyQuestion {
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`.
    pub options: String,
}

/// Asks for a new passkey.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginPasskey {
    /// Where there is a second factor a code, a recovery code or what a passkey answered; else the password.
    pub proof: String,
}

/// Keeps what the device made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddPasskey {
    /// 1 to 60 characters.
    pub name: String,
    /// `RegistrationResponseJSON`.
    pub answer: String,
}

/// Forgets a passkey.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovePasskey {
    pub passkey_id: Uuid,
    /// A code, a recovery code or what a passkey answered.
    pub proof: String,
}

/// Never printed.
macro_rules! secret {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+};
}

secret!(BeginPasskey, AddPasskey, RemovePasskey);
