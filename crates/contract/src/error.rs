//! What a caller may know about a failure.

use serde::{Deserialize, Serialize};
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// Result of every server function.
pub type AppResult<T> = Result<T, AppError>;

/// The kinds of failure a caller can act on; each has one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Nobody is signed in, or the session ended.
    Unauthenticated,
    /// Signed in, but not allowed.
    Forbidden,
    /// No such thing in the caller's organization.
    NotFound,
    /// Somebody else changed it first, or the command id was used for something else.
    Conflict,
    /// A field or a rule was violated; nothing was changed.
    Invalid,
    /// Too many requests.
    TooManyRequests,
    /// Too large to be taken.
    TooLarge,
    /// Temporarily not able to answer.
    Unavailable,
    /// The network failed on the way; the server may or may not have acted.
    Network,
    /// A fault on our side.
    Internal,
}

impl ErrorCode {
    /// The one status table, for REST and server functions alike.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::Invalid => 422,
            Self::TooManyRequests => 429,
            Self::Unavailable | Self::Network => 503,
            Self::Internal => 500,
        }
    }
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the field in the command.
    pub field: String,
    /// Stable key of the reason, translated by the screens; unknown keys are shown through `message`.
    pub reason: String,
    /// English sentence for scripts and logs.
    pub message: String,
}

/// The one error that crosses the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError {
    pub code: ErrorCode,
    /// Stable key of the broken rule, for example `order.not_pending`; empty where the code says it all.
    #[serde(default)]
    pub reason: String,
    /// English sentence: what happened, what was kept, what to do.
    pub message: String,
    #[serde(default)]
    pub fields: Vec<FieldError>,
    /// Ties the answer to the server's log.
    #[serde(default)]
    pub request_id: String,
}

impl AppError {
    /// An error without field details.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            reason: String::new(),
            message: message.into(),
            fields: Vec::new(),
            request_id: String::new(),
        }
    }

    /// The message for one field, if there is one.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldError> {
        self.fields.iter().find(|f| f.field == name)
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AppError {}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            ServerFnErrorErr::Request(m) | ServerFnErrorErr::Response(m) => Self::new(
                ErrorCode::Network,
                format!("The server could not be reached: {m}"),
            ),
            ServerFnErrorErr::Args(m) | ServerFnErrorErr::MissingArg(m) => Self::new(
                ErrorCode::Invalid,
                format!("The request could not be read: {m}"),
            ),
            other => Self::new(ErrorCode::Internal, other.to_string()),
        }
    }
}
