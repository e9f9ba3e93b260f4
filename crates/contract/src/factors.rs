//! How a person proves who they are besides the password.

use crate::passkeys::PasskeyView;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How the signed-in person comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityView {
    /// Since when a second factor is asked at sign-in; none where none is.
    pub factor_since: Option<DateTime<Utc>>,
    /// Recovery codes that were not used yet.
    pub codes_left: u32,
    /// Whether a role of the person asks for a second factor.
    pub factor_required: bool,
    /// Whether nothing else can be done before a second factor is there.
    pub must_enrol: bool,
    /// The oldest first.
    pub passkeys: Vec<PasskeyView>,
    /// Whether passkeys can be used on this installation.
    pub passkeys_possible: bool,
    /// Since when there is a PIN for the shared tablets of the person's stores.
    pub pin_since: Option<DateTime<Utc>>,
    /// Whether the PIN waits for a sign-in with the password.
    pub pin_locked: bool,
    /// Whether the person came in by PIN: then nothing here can be changed.
    pub by_pin: bool,
}

/// Begins an enrolment. Whoever has a factor already gives a code of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginFactor {
    #[serde(default)]
    pub code: Option<String>,
}

/// The secret that app and server are to share, told once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Base32 in groups of four, for typing.
    pub secret: String,
    /// `otpauth://totp/...`, as apps take it.
    pub address: String,
    /// Modules of the QR code's side, without a margin.
    pub qr_side: u32,
    /// The dark modules of the QR code as the data of an SVG path, a unit a module.
    pub qr_path: String,
}

/// A code, or a recovery code where that may stand in for one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProveFactor {
    pub code: String,
}

/// Codes that stand in for the factor once each, told this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodes {
    pub codes: Vec<String>,
}

/// Sets the PIN for shared tablets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetPin {
    /// 4 to 8 digits.
    pub pin: String,
    pub password: String,
}

/// Takes a person's second factor, recovery codes and PIN away, for who lost them, and ends their sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResetFactor {
    pub command_id: Uuid,
    pub user_id: Uuid,
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

secret!(BeginFactor, Enrolment, ProveFactor, RecoveryCodes, SetPin);
