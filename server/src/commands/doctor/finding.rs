//! What the doctor found, and how it is mended.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something does not hold: the exit status is 1.
    Fault,
    /// It works, and should not stay so.
    Warning,
}

/// One fault or warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    /// Stable name, for programs.
    pub name: &'static str,
    /// Where: an organization, a file, the database.
    pub place: String,
    pub what: String,
    /// The command or setting that mends it.
    pub mend: String,
}

impl Finding {
    /// A fault.
    pub fn fault(
        name: &'static str,
        place: impl Into<String>,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Fault,
            name,
            place: place.into(),
            what: what.into(),
            mend: mend.into(),
        }
    }

    /// A warning.
    pub fn warning(
        name: &'static str,
        place: impl Into<String>,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::fault(name, place, what, mend)
        }
    }

    /// For people.
    #[must_use]
    pub fn line(&self) -> String {
        let word = match self.severity {
            Severity::Fault => "FAULT",
            Severity::Warning => "WARN ",
        };
        format!(
            "{word}  {} ({}): {}\n       mend: {}",
            self.place, self.name, self.what, self.mend
        )
    }
}
