//! A part of a long list.

use serde::{Deserialize, Serialize};

/// Some items, and where the next ones start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Give it back as `after` for the items that follow; `None` at the end.
    pub next: Option<String>,
}
