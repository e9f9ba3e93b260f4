//! Alerts that leave the house: over what, from which size on, and when a message that was not taken is sent again.

use crate::vocabulary::{AlertKind, UnknownWord, word_list};
use chrono::{DateTime, TimeDelta, Utc};

word_list! {
    /// How a channel carries messages.
    ChannelKind { Webhook = "webhook", Mail = "mail" }
}

word_list! {
    /// What became of a message.
    MessageStatus {
        Waiting = "waiting",
        /// The other side took it.
        Sent = "sent",
        /// The other side did not take it within a day, or said that it never will.
        GivenUp = "given_up",
    }
}

/// In what the size of an alert is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Base units of a product.
    Quantity,
    /// Minor units of the organization's currency.
    Money,
    /// Basis points: 12,000 is a fifth more than before.
    Ratio,
}

/// In what alerts of a kind are measured; nothing where they are there or not.
#[must_use]
pub const fn measure_of(kind: AlertKind) -> Option<Measure> {
    match kind {
        AlertKind::NegativeStock | AlertKind::StockOutRisk | AlertKind::MissingIngredients => {
            Some(Measure::Quantity)
        }
        AlertKind::WasteRisk | AlertKind::CountDifference => Some(Measure::Money),
        AlertKind::Drift => Some(Measure::Ratio),
        AlertKind::BelowReorderPoint
        | AlertKind::OrderLate
        | AlertKind::ForecastLate
        | AlertKind::NightFailed
        | AlertKind::BaselineServing
        | AlertKind::DataQuality => None,
    }
}

/// Whether an alert of this size is meant by a rule with this threshold. What goes down counts as what goes up. An alert without a size is
/// meant by rules without a threshold only.
#[must_use]
pub fn is_meant(threshold: Option<i64>, size: Option<i64>) -> bool {
    match (threshold, size) {
        (None, _) => true,
        (Some(threshold), Some(size)) => size.unsigned_abs() >= threshold.unsigned_abs(),
        (Some(_), None) => false,
    }
}

/// Pauses after the first attempts, in seconds; the last one is kept to from then on.
const PAUSES: [i64; 8] = [30, 120, 600, 1_800, 3_600, 7_200, 14_400, 14_400];

/// So long a message is tried to be sent.
pub const TRIED_FOR: TimeDelta = TimeDelta::days(1);

/// When a message is sent again after its `attempts`-th attempt was not taken; nothing when a day is over.
#[must_use]
pub fn next_attempt(
    created_at: DateTime<Utc>,
    attempts: u32,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let turn = (attempts.saturating_sub(1) as usize).min(PAUSES.len() - 1);
    let next = now + TimeDelta::seconds(PAUSES[turn]);
    (next < created_at + TRIED_FOR).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_sent_ever_more_rarely_and_given_up_after_a_day() {
        let created: DateTime<Utc> = "2026-03-10T06:30:00Z".parse().expect("a moment");
        let (mut now, mut attempts, mut pauses) = (created, 1, Vec::new());
        while let Some(next) = next_attempt(created, attempts, now) {
            pauses.push((next - now).num_seconds());
            (now, attempts) = (next, attempts + 1);
        }
        assert!(pauses.is_sorted(), "{pauses:?}");
        assert_eq!(pauses.first(), Some(&30));
        assert!(pauses.len() >= 8, "{pauses:?}");
        assert!(now < created + TRIED_FOR);
        assert!(now > created + TimeDelta::hours(18), "{now}");
    }

    #[test]
    fn a_rule_means_alerts_of_its_size_and_larger() {
        assert!(is_meant(None, None) && is_meant(None, Some(-3)));
        assert!(is_meant(Some(5), Some(5)) && is_meant(Some(5), Some(-7)));
        assert!(!is_meant(Some(5), Some(4)) && !is_meant(Some(5), Some(-4)));
        assert!(!is_meant(Some(5), None));
        assert!(is_meant(Some(5), Some(i64::MIN)));
    }
}
