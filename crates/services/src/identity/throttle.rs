//! Failures of sign-in, counted in memory by account and by network address.
//!
//! Every address that is tried is counted, whether there is such an account or not, so that a pause tells nothing
//! about who has one. A restart forgets them; pauses of existing accounts also stand in the database.

use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, TimeDelta, Utc};
use domain::sign_in::{
    FREE_FAILURES_OF_ACCOUNT, FREE_FAILURES_OF_ADDRESS, network_of, pause_after,
};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// After so long without a failure the count starts again.
pub(super) const FORGET_AFTER: TimeDelta = TimeDelta::hours(1);

/// Entries kept at most; beyond it the oldest are forgotten, so that guessing cannot fill the memory.
const MOST: usize = 20_000;

#[derive(Clone, Copy, Debug)]
struct Count {
    failures: u32,
    last: DateTime<Utc>,
    paused_until: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Account(String),
    Address(String),
}

/// Counts of one process.
#[derive(Debug, Default)]
pub struct Throttle {
    counts: Mutex<HashMap<Key, Count>>,
}

/// What somebody in a pause is told.
pub(crate) fn paused(until: DateTime<Utc>, now: DateTime<Utc>) -> ServiceError {
    let seconds = (until - now).num_seconds().max(1);
    ServiceError::TooManyRequests(format!(
        "Too many failed attempts. Try again in {seconds} seconds."
    ))
}

impl Throttle {
    fn counts(&self) -> MutexGuard<'_, HashMap<Key, Count>> {
        // Counting holds no invariant that a panic elsewhere could break.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets an attempt through and counts it as a failure until [`Throttle::succeed`] says otherwise, so that many
    /// attempts at once cannot slip past the count.
    pub(crate) fn enter(
        &self,
        address: &str,
        email: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<()> {
        let mut counts = self.counts();
        let keys = [
            (Key::Address(network_of(address)), FREE_FAILURES_OF_ADDRESS),
            (Key::Account(email.to_owned()), FREE_FAILURES_OF_ACCOUNT),
        ];
        for (key, _) in &keys {
            if let Some(until) = counts
                .get(key)
                .and_then(|c| c.paused_until)
                .filter(|until| *until > now)
            {
                return Err(paused(until, now));
            }
        }
        if counts.len() >= MOST {
            forget(&mut counts, now);
        }
        for (key, free) in keys {
            let count = counts.entry(key).or_insert(Count {
                failures: 0,
                last: now,
                paused_until: None,
            });
            if now - count.last > FORGET_AFTER {
                count.failures = 0;
            }
            count.failures = count.failures.saturating_add(1);
            count.last = now;
            count.paused_until = pause_after(count.failures, free).map(|pause| now + pause);
        }
        Ok(())
    }

    /// Takes back the count of an attempt that succeeded.
    pub(super) fn succeed(&self, address: &str, email: &str) {
        let mut counts = self.counts();
        counts.remove(&Key::Account(email.to_owned()));
        if let Some(count) = counts.get_mut(&Key::Address(network_of(address))) {
            count.failures = count.failures.saturating_sub(1);
            count.paused_until = None;
        }
    }

    /// Lifts the pause of an account whose password was set anew.
    pub(crate) fn forgive_account(&self, email: &str) {
        self.counts().remove(&Key::Account(email.to_owned()));
    }
}

fn forget(counts: &mut HashMap<Key, Count>, now: DateTime<Utc>) {
    counts.retain(|_, c| {
        now - c.last <= FORGET_AFTER || c.paused_until.is_some_and(|until| until > now)
    });
    if counts.len() < MOST {
        return;
    }
    let mut moments: Vec<DateTime<Utc>> = counts.values().map(|c| c.last).collect();
    moments.sort_unstable();
    let limit = moments[moments.len() / 4];
    counts.retain(|_, c| c.last > limit);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn an_account_pauses_after_the_free_failures_whoever_asks() {
        let throttle = Throttle::default();
        for i in 0..5 {
            throttle
                .enter(&format!("10.0.0.{i}"), "a@b.es", at(0))
                .unwrap();
        }
        assert!(matches!(
            throttle.enter("10.0.0.9", "a@b.es", at(1)),
            Err(ServiceError::TooManyRequests(_))
        ));
        throttle.enter("10.0.0.9", "c@b.es", at(1)).unwrap();
        throttle.enter("10.0.0.9", "a@b.es", at(31)).unwrap();
        assert!(
            throttle.enter("10.0.0.9", "a@b.es", at(61)).is_err(),
            "the second pause is longer"
        );
    }

    #[test]
    fn an_address_pauses_after_trying_many_accounts() {
        let throttle = Throttle::default();
        for i in 0..25 {
            throttle
                .enter("10.0.0.1", &format!("{i}@b.es"), at(0))
                .unwrap();
        }
        assert!(throttle.enter("10.0.0.1", "new@b.es", at(1)).is_err());
        throttle.enter("10.0.0.2", "new@b.es", at(1)).unwrap();
    }

    #[test]
    fn who_has_a_whole_network_is_one_caller() {
        let throttle = Throttle::default();
        for i in 0..25 {
            throttle
                .enter(&format!("2001:db8::{i:x}"), &format!("{i}@b.es"), at(0))
                .unwrap();
        }
        assert!(throttle.enter("2001:db8::ffff", "new@b.es", at(1)).is_err());
        throttle
            .enter("2001:db8:0:1::1", "new@b.es", at(1))
            .unwrap();
    }

    #[test]
    fn a_success_takes_its_own_count_back() {
        let throttle = Throttle::default();
        for _ in 0..200 {
            throttle.enter("10.0.0.1", "a@b.es", at(0)).unwrap();
            throttle.succeed("10.0.0.1", "a@b.es");
        }
    }

    #[test]
    fn an_hour_of_quiet_forgets_the_failures() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            throttle.enter("10.0.0.1", "a@b.es", at(0)).unwrap();
        }
        throttle.enter("10.0.0.1", "a@b.es", at(3_700)).unwrap();
        throttle.enter("10.0.0.1", "a@b.es", at(3_701)).unwrap();
    }

    #[test]
    fn memory_stays_bounded_whatever_is_tried() {
        let throttle = Throttle::default();
        for i in 0..(2 * MOST as i64) {
            throttle
                .enter(&format!("a{i}"), &format!("{i}@b.es"), at(i / 1_000))
                .unwrap();
        }
        assert!(throttle.counts().len() <= MOST + 2);
    }
}
