//! What was read a short while ago and takes long to read: kept in the process and gone by for an hour.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// How long it is gone by what was read.
const KEPT_FOR: TimeDelta = TimeDelta::hours(1);

#[derive(Debug)]
struct Kept<B, T> {
    read_at: DateTime<Utc>,
    base: B,
    value: Arc<T>,
}

/// One value for each store. `B` is what the value was read for: another base finds nothing.
#[derive(Debug)]
pub(crate) struct Recent<B, T>(Mutex<HashMap<Uuid, Kept<B, T>>>);

impl<B, T> Default for Recent<B, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<B: PartialEq, T> Recent<B, T> {
    /// What was read for the store less than an hour before `now`.
    pub(crate) fn find(&self, store_id: Uuid, base: &B, now: DateTime<Utc>) -> Option<Arc<T>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(&store_id)?;
        let is_fresh = found.read_at <= now && now < found.read_at + KEPT_FOR;
        (is_fresh && found.base == *base).then(|| Arc::clone(&found.value))
    }

    /// Keeps what was read at `now`, in the place of what was kept for the store.
    pub(crate) fn keep(&self, store_id: Uuid, base: B, now: DateTime<Utc>, value: Arc<T>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, one| now < one.read_at + KEPT_FOR);
        let one = Kept {
            read_at: now,
            base,
            value,
        };
        kept.insert(store_id, one);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_gone_by_for_an_hour_and_for_what_it_was_read_for() {
        let (recent, store) = (Recent::<i32, ()>::default(), Uuid::from_u128(1));
        let now = DateTime::from_timestamp(1_773_130_000, 0).expect("a moment");
        assert!(recent.find(store, &7, now).is_none());
        recent.keep(store, 7, now, Arc::default());
        let is_kept = |store, base, minutes| {
            let at = now + TimeDelta::minutes(minutes);
            recent.find(store, &base, at).is_some()
        };
        assert!(is_kept(store, 7, 0) && is_kept(store, 7, 59));
        assert!(!is_kept(store, 7, 60) && !is_kept(store, 7, -1));
        assert!(!is_kept(store, 8, 5) && !is_kept(Uuid::from_u128(2), 7, 5));
        // What nobody asks for any more is not kept for ever.
        recent.keep(
            Uuid::from_u128(2),
            7,
            now + TimeDelta::minutes(61),
            Arc::default(),
        );
        assert!(!is_kept(store, 7, 5) && is_kept(Uuid::from_u128(2), 7, 70));
    }
}
