//! What a caller may know about a failure.

use crate::wire::OUTDATED;
use serde::{Deserialize, Serialize};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};
use server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};

/// Result of every server function.
pub type AppResult<T> = Result<T, AppError>;

/// The kinds of failure a caller can act on; each has one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    /// It is not at the version that the caller named in `If-Match`; nothing was changed.
    PreconditionFailed,
    /// The version that the caller has seen must be named in `If-Match`; nothing was changed.
    PreconditionRequired,
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
    /// The page was made by another version of the program and must be loaded again; only the browser finds that out.
    Outdated,
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
            Self::Conflict | Self::Outdated => 409,
            Self::PreconditionFailed => 412,
            Self::TooLarge => 413,
            Self::Invalid => 422,
            Self::PreconditionRequired => 428,
            Self::TooManyRequests => 429,
            Self::Unavailable | Self::Network => 503,
            Self::Internal => 500,
        }
    }
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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

/// Errors travel as JSON, whoever asks: whatever stands between a page and a server function answers with them too.
///
/// The browser reads them with its own parser: it is there, and one of ours would be a part of every page.
#[derive(Debug)]
pub struct ErrorText;

impl ContentType for ErrorText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for ErrorText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl Encodes<AppError> for ErrorText {
    type Error = serde_json::Error;

    fn encode(error: &AppError) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(error).map(Bytes::from)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Decodes<AppError> for ErrorText {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<AppError, Self::Error> {
        serde_json::from_slice(&bytes)
    }
}

#[cfg(target_arch = "wasm32")]
impl Decodes<AppError> for ErrorText {
    type Error = &'static str;

    fn decode(bytes: Bytes) -> Result<AppError, Self::Error> {
        browser::read(&bytes).ok_or("The answer is no error of ours.")
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use super::{AppError, ErrorCode, FieldError};
    use js_sys::{Array, JSON, Reflect};
    use serde::Deserialize;
    use serde::de::value::{Error, StrDeserializer};
    use wasm_bindgen::{JsCast, JsValue};

    fn text(of: &JsValue, key: &str) -> Option<String> {
        Reflect::get(of, &key.into()).ok()?.as_string()
    }

    pub(super) fn read(bytes: &[u8]) -> Option<AppError> {
        let error = JSON::parse(std::str::from_utf8(bytes).ok()?).ok()?;
        let code = text(&error, "code")?;
        let fields = Reflect::get(&error, &"fields".into()).ok();
        let fields = fields.and_then(|fields| fields.dyn_into::<Array>().ok());
        Some(AppError {
            code: ErrorCode::deserialize(StrDeserializer::<Error>::new(&code)).ok()?,
            reason: text(&error, "reason").unwrap_or_default(),
            message: text(&error, "message")?,
            fields: fields
                .into_iter()
                .flat_map(|fields| fields.to_vec())
                .filter_map(|field| {
                    Some(FieldError {
                        field: text(&field, "field")?,
                        reason: text(&field, "reason")?,
                        message: text(&field, "message")?,
                    })
                })
                .collect(),
            request_id: text(&error, "request_id").unwrap_or_default(),
        })
    }
}

impl FromServerFnError for AppError {
    type Encoder = ErrorText;

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
            ServerFnErrorErr::Deserialization(m) if m == OUTDATED => {
                Self::new(ErrorCode::Outdated, OUTDATED)
            }
            other => Self::new(ErrorCode::Internal, other.to_string()),
        }
    }
}
