//! Clearing away what an organization does not want to keep for longer than it says in its settings. What happened (sales, stock, orders,
//! the audit log) is never cleared away: it is what the product learns from, and what the law wants kept.

use crate::store::retention::{self as rows, Clearable};
use crate::{ServiceResult, Services};
use chrono::{DateTime, Months, NaiveDate, Utc};
use uuid::Uuid;

/// Fewest and most months that can be said.
pub const KEEP_MONTHS: std::ops::RangeInclusive<i32> = 6..=120;

/// Rows that go in one transaction.
const ROWS_AT_ONCE: u64 = 1_000;

/// Batches of one table of one organization at one time; what is left goes the next time.
const MOST_BATCHES: usize = 50;

/// See [`Services::retention`].
#[derive(Debug)]
pub struct Retention<'a> {
    services: &'a Services,
}

impl Services {
    /// Old rows of organizations that do not want to keep them.
    #[must_use]
    pub fn retention(&self) -> Retention<'_> {
        Retention { services: self }
    }
}

impl Retention<'_> {
    /// Clears away old forecasts, rejected rows and alerts that are over, of every organization that says how long it keeps them. Answers
    /// how many rows went.
    ///
    /// # Errors
    /// The database's; what went before it is gone, and of other organizations all.
    pub async fn clear(&self, now: DateTime<Utc>) -> ServiceResult<u64> {
        let db = self.services.db();
        let mut result = Ok(0);
        // The list of organizations belongs to none of them.
        for (organization_id, months) in rows::list_organizations(db.past_the_wall()).await? {
            let months = months.clamp(*KEEP_MONTHS.start(), *KEEP_MONTHS.end());
            let Some(before) = now.checked_sub_months(Months::new(months.unsigned_abs())) else {
                continue;
            };
            let before = (before, before.date_naive());
            result = match (result, self.clear_one(organization_id, before).await) {
                (Ok(gone), Ok(some)) => Ok(gone + some),
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
        }
        result
    }

    async fn clear_one(
        &self,
        organization_id: Uuid,
        before: (DateTime<Utc>, NaiveDate),
    ) -> ServiceResult<u64> {
        let db = self.services.db();
        let mut gone = 0;
        for what in Clearable::ALL {
            for _ in 0..MOST_BATCHES {
                let some = db.retry(|| async {
                    let tx = db.begin_for(organization_id).await?;
                    let some = rows::delete_some(&*tx, what, organization_id, before, ROWS_AT_ONCE)
                        .await?;
                    tx.commit().await?;
                    Ok(some)
                });
                let some = some.await?;
                gone += some;
                if some < ROWS_AT_ONCE {
                    break;
                }
            }
        }
        Ok(gone)
    }
}
