//! The only clock. Everything below the edge is told what time it is.

use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The machine's clock.
#[must_use]
pub fn system() -> Clock {
    Arc::new(Utc::now)
}
