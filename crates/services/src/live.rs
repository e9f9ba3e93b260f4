//! What others' screens must hear: written with the change, in its transaction, and read by every server process.

use crate::store::live as rows;
use crate::{Db, ServiceResult};
use chrono::{DateTime, Utc};
use entity::live_event;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::broadcast;
use uuid::Uuid;

/// How often the outbox is looked at while somebody listens.
const POLL: Duration = Duration::from_millis(250);

/// Identifiers are handed out before commit, so a lower one may appear later; so far back is looked again.
const LOOK_BACK: i64 = 500;

/// A change that screens may show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveEvent {
    /// Ascending within a database; the resume point of a stream.
    pub id: i64,
    pub organization_id: Uuid,
    pub store_id: Option<Uuid>,
    /// `orders`, `stock`, `counts`, `transfers`, `recipes`, `suggestions`, `imports`, `jobs`, `alerts`, `forecasts`, `calendar`, `users`, `channels`,
    /// `audit`.
    pub topic: String,
    pub subject_id: Option<Uuid>,
    pub detail: Value,
}

/// Writes an event into the caller's transaction.
pub(crate) async fn emit(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    store_id: Option<Uuid>,
    topic: &str,
    subject_id: Option<Uuid>,
    detail: Value,
) -> ServiceResult<()> {
    let row = live_event::ActiveModel {
        id: NotSet,
        organization_id: Set(organization_id),
        store_id: Set(store_id),
        topic: Set(topic.to_owned()),
        subject_id: Set(subject_id),
        detail: Set(detail),
        created_at: Set(now),
    };
    rows::insert(db, row).await
}

/// Fans events out to the screens of this process.
#[derive(Clone, Debug)]
pub struct Live {
    db: Db,
    sender: broadcast::Sender<LiveEvent>,
    /// The newest event that [`Live::run`] saw; 0 before it saw any.
    reached: Arc<AtomicI64>,
}

impl Live {
    /// A fan-out over the database's outbox; nothing is read until [`Live::run`].
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self {
            db,
            sender: broadcast::channel(1_024).0,
            reached: Arc::default(),
        }
    }

    /// A stream of events from now on. A receiver that falls behind is told so and should reload.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<LiveEvent> {
        self.sender.subscribe()
    }

    /// How many streams are open in this process.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Events of an organization after a resume point, at most 500, ascending. PostgreSQL hands numbers out before commit, so lower ones
    /// may have come since: those not far below that were made at or after `young` come first, and whoever heard of them already drops
    /// them by their number. Without `young` they are left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn since(
        &self,
        organization_id: Uuid,
        id: i64,
        young: Option<DateTime<Utc>>,
    ) -> ServiceResult<Vec<LiveEvent>> {
        let db = &self.db.of(organization_id);
        let mut events = Vec::new();
        if let Some(young) = young
            && self.db.is_postgres()
        {
            let below = (id.saturating_sub(LOOK_BACK), id);
            events = rows::list_young(db, organization_id, below, young).await?;
        }
        events.extend(rows::list_after(db, Some(organization_id), id, 500).await?);
        Ok(events.into_iter().map(event).collect())
    }

    /// Number of the newest event of any organization; 0 where there is none.
    ///
    /// # Errors
    /// The database's.
    pub async fn newest(&self) -> ServiceResult<i64> {
        rows::newest(self.db.past_the_wall()).await
    }

    /// Whether events after a resume point may have been cleared away, so that what was missed since cannot be told one by one. Resume
    /// points are numbers of events that were there once. Ask after [`Live::since`], or some may go in between.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_forgotten(&self, id: i64) -> ServiceResult<bool> {
        let oldest = rows::oldest(self.db.past_the_wall()).await?;
        Ok(oldest.is_some_and(|oldest| id.saturating_add(1) < oldest))
    }

    /// From which number on a page that is drawn now can ask for what it missed: at most what is there, and half a second behind it or
    /// so; nothing before [`Live::run`] has seen an event.
    #[must_use]
    pub fn reached(&self) -> Option<i64> {
        let id = self.reached.load(Ordering::Relaxed);
        (id > 0).then_some(id)
    }

    /// Reads the outbox for as long as it is polled; drop the future to stop. Faults of the database are waited out.
    pub async fn run(self) {
        let mut high = loop {
            match self.newest().await {
                Ok(id) => break id,
                Err(error) => tracing::warn!(%error, "live events cannot be read yet"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        };
        let mut sent: BTreeSet<i64> = BTreeSet::new();
        let mut order: VecDeque<i64> = VecDeque::new();
        let mut start = high;
        let mut ticks = tokio::time::interval(POLL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.reached.store(high, Ordering::Relaxed);
            ticks.tick().await;
            if self.sender.receiver_count() == 0 {
                // What happened while nobody listened is nobody's news. Somebody may have begun to listen since that was looked at, so
                // that what was read last time still counts.
                start = high;
                if let Ok(id) = self.newest().await {
                    high = id;
                }
                tokio::time::sleep(POLL).await;
                continue;
            }
            let from = (high - LOOK_BACK).max(start);
            let events = match rows::list_after(self.db.past_the_wall(), None, from, 2_000).await {
                Ok(events) => events,
                Err(error) => {
                    tracing::warn!(%error, "live events cannot be read");
                    continue;
                }
            };
            for row in events {
                if !sent.insert(row.id) {
                    continue;
                }
                order.push_back(row.id);
                if order.len() > 4_000
                    && let Some(oldest) = order.pop_front()
                {
                    sent.remove(&oldest);
                }
                high = high.max(row.id);
                // Nobody listening any more is no fault.
                let _ = self.sender.send(event(row));
            }
        }
    }
}

fn event(row: live_event::Model) -> LiveEvent {
    LiveEvent {
        id: row.id,
        organization_id: row.organization_id,
        store_id: row.store_id,
        topic: row.topic,
        subject_id: row.subject_id,
        detail: row.detail,
    }
}
