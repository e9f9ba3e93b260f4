//! Typed failures of the use cases: public code, private cause.

use contract::{AppError, ErrorCode, FieldError};
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Result of every use case.
pub type ServiceResult<T> = Result<T, ServiceError>;

/// Why a use case did not happen. Nothing was changed in any of these cases.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// No such thing in the caller's organization or stores.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The caller is known but holds no such permission.
    #[error("permission {0} is missing")]
    Forbidden(&'static str),
    /// Nobody is signed in.
    #[error("not signed in")]
    Unauthenticated,
    /// The caller's organization is suspended, or is being erased: nobody of it is let in.
    #[error("This organization is suspended. Ask whoever runs this installation.")]
    Suspended,
    /// Changed by somebody else first; says by whom and what.
    #[error("{message}")]
    Conflict {
        reason: &'static str,
        message: String,
    },
    /// Fields that were given wrong.
    #[error("invalid input: {}", .0.iter().map(|f| format!("{}: {}", f.field, f.message)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldError>),
    /// A rule of the domain forbids it; `reason` is the stable key.
    #[error("{message}")]
    Rule {
        reason: &'static str,
        message: String,
    },
    /// Too many attempts.
    #[error("{0}")]
    TooManyRequests(String),
    /// More bytes than are taken.
    #[error("{0}")]
    TooLarge(String),
    /// Temporarily not possible.
    #[error("{message}")]
    Unavailable {
        message: String,
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// The database failed.
    #[error("the database failed")]
    Database(#[source] DbErr),
    /// A fault on our side.
    #[error("{0}")]
    Internal(String),
}

impl ServiceError {
    /// One wrong field.
    #[must_use]
    pub fn field(field: &str, reason: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError {
            field: field.into(),
            reason: reason.into(),
            message: message.into(),
        }])
    }

    /// A broken rule.
    #[must_use]
    pub fn rule(reason: &'static str, message: impl Into<String>) -> Self {
        Self::Rule {
            reason,
            message: message.into(),
        }
    }

    /// Whether the same attempt may succeed when repeated at once: lost a race for a lock, a serialization
    /// failure, or a unique key that a concurrent transaction took first.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        if self.is_taken_key() {
            return true;
        }
        match error {
            DbErr::Exec(RuntimeErr::SqlxError(e))
            | DbErr::Query(RuntimeErr::SqlxError(e))
            | DbErr::Conn(RuntimeErr::SqlxError(e)) => {
                // 40001 serialization failure and 40P01 deadlock (PostgreSQL); 5 busy, 6 locked, 517 stale snapshot (SQLite).
                e.as_database_error()
                    .and_then(|d| d.code())
                    .is_some_and(|c| {
                        matches!(c.as_ref(), "40001" | "40P01" | "5" | "6" | "261" | "517")
                    })
            }
            _ => false,
        }
    }

    /// Whether a row was refused because its key is in use.
    #[must_use]
    pub fn is_taken_key(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
    }

    /// What the caller may know; logs private causes once, here at the boundary.
    #[must_use]
    pub fn into_app_error(self, request_id: &str) -> AppError {
        let (code, reason, fields) = match &self {
            Self::NotFound(_) => (ErrorCode::NotFound, "", Vec::new()),
            Self::Forbidden(p) => (ErrorCode::Forbidden, *p, Vec::new()),
            Self::Unauthenticated => (ErrorCode::Unauthenticated, "", Vec::new()),
            Self::Suspended => (ErrorCode::Forbidden, "organization.suspended", Vec::new()),
            Self::Conflict { reason, .. } => (ErrorCode::Conflict, *reason, Vec::new()),
            Self::Invalid(fields) => (ErrorCode::Invalid, "", fields.clone()),
            Self::Rule { reason, .. } => (ErrorCode::Invalid, *reason, Vec::new()),
            Self::TooManyRequests(_) => (ErrorCode::TooManyRequests, "", Vec::new()),
            Self::TooLarge(_) => (ErrorCode::TooLarge, "", Vec::new()),
            Self::Unavailable { .. } => (ErrorCode::Unavailable, "", Vec::new()),
            Self::Database(_) | Self::Internal(_) => (ErrorCode::Internal, "", Vec::new()),
        };
        let message = match &self {
            Self::Database(_) | Self::Internal(_) => {
                tracing::error!(
                    request_id,
                    error = &self as &dyn std::error::Error,
                    "request failed"
                );
                "Something went wrong on our side. Nothing was changed; please try again."
                    .to_owned()
            }
            Self::Unavailable { message, source } => {
                tracing::warn!(
                    request_id,
                    source = source.as_ref().map(tracing::field::display),
                    "temporarily unavailable"
                );
                message.clone()
            }
            other => other.to_string(),
        };
        AppError {
            code,
            reason: reason.to_owned(),
            message,
            fields,
            request_id: request_id.to_owned(),
        }
    }
}

impl From<DbErr> for ServiceError {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::ConnectionAcquire(_) => Self::Unavailable {
                message: "The database is busy. Nothing was changed; please try again in a moment."
                    .into(),
                source: Some(Box::new(error)),
            },
            other if is_unstorable(&other) => Self::field(
                "request",
                "unstorable",
                "A day that no calendar has, or a text with signs that cannot be kept. Nothing was changed.",
            ),
            other => Self::Database(other),
        }
    }
}

/// Whether PostgreSQL was given what its types cannot hold: a day before the year -4713, a text with a zero in it. Whoever asked sent it.
fn is_unstorable(error: &DbErr) -> bool {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(e)) | DbErr::Query(RuntimeErr::SqlxError(e)) => e
            .as_database_error()
            .and_then(|d| d.code())
            .is_some_and(|c| matches!(c.as_ref(), "22008" | "22021" | "22P05")),
        _ => false,
    }
}
