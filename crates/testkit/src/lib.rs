//! What tests of the use cases and of the server stand on: a migrated database a test on each engine, an organization
//! to act in, and a fixed moment.
//!
//! ```no_run
//! # async fn example() {
//! testkit::on_both(async |db| {
//!     let org = testkit::org_with(&db, testkit::OrgSpec { stores: 2, products: 3, ..Default::default() }).await;
//!     let ctx = org.ctx(domain::RoleKey::Production).await;
//!     assert_eq!(db.services().catalog().products(&ctx).await.expect("may read").len(), 3);
//! })
//! .await;
//! # }
//! ```

mod authenticator;
mod database;
mod organization;

pub use authenticator::Authenticator;
pub use database::{TestDb, on_both};
pub use organization::{Org, OrgSpec, PASSWORD, org_with};

use chrono::{DateTime, NaiveDate, TimeZone, Utc};

/// The moment at which tests happen: Tuesday 10 March 2026, 07:30 in Madrid.
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 10, 6, 30, 0)
        .single()
        .expect("a moment that exists once")
}

/// The business date of [`now`] in Madrid.
#[must_use]
pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 10).expect("a day of the calendar")
}
