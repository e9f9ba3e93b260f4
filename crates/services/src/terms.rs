//! What whoever runs the installation decides about organizations.

use crate::Services;
use chrono::TimeDelta;

/// Terms of an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether people may ask for an organization of their own, without an invitation.
    pub open_sign_up: bool,
    /// So long after its people asked for it an organization is erased.
    pub deletion_waiting: TimeDelta,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            open_sign_up: false,
            deletion_waiting: TimeDelta::days(30),
        }
    }
}

impl Services {
    /// The same use cases under other terms.
    #[must_use]
    pub fn under(mut self, terms: Terms) -> Self {
        self.terms = terms;
        self
    }

    /// The terms that hold.
    #[must_use]
    pub fn terms(&self) -> Terms {
        self.terms
    }
}
