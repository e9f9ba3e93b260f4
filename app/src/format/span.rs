//! Lengths of time.

use super::number::number;
use domain::Language;

/// At most two units, the largest first: `45 s`, `12 min`, `1 h 20 min`, `3 d 4 h`. Negative spans count as zero.
#[must_use]
pub fn duration(_language: Language, seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (days, hours, minutes) = (
        seconds / 86_400,
        seconds % 86_400 / 3600,
        seconds % 3600 / 60,
    );
    let pair = |large: i64, large_unit: &str, small: i64, small_unit: &str| {
        if small == 0 {
            format!("{large}\u{a0}{large_unit}")
        } else {
            format!("{large}\u{a0}{large_unit} {small}\u{a0}{small_unit}")
        }
    };
    if days > 0 {
        pair(days, "d", hours, "h")
    } else if hours > 0 {
        pair(hours, "h", minutes, "min")
    } else if minutes > 0 {
        format!("{minutes}\u{a0}min")
    } else {
        format!("{seconds}\u{a0}s")
    }
}

/// A timer: `04:05`, `1:02:09`.
#[must_use]
pub fn clock(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (hours, minutes, rest) = (seconds / 3600, seconds % 3600 / 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{rest:02}")
    } else {
        format!("{minutes:02}:{rest:02}")
    }
}

/// How long ago something was, from seconds: `ahora`, `hace 5 min`, `3 days ago`. The future counts as now: clocks of
/// two machines never agree to the second.
#[must_use]
pub fn ago(language: Language, seconds: i64) -> String {
    let (count, unit) = match seconds {
        i64::MIN..60 => {
            return if language == Language::Es {
                "ahora"
            } else {
                "just now"
            }
            .to_owned();
        }
        60..3600 => (seconds / 60, "min"),
        3600..86_400 => (seconds / 3600, "h"),
        _ => {
            let days = seconds / 86_400;
            let word = match (language, days) {
                (Language::Es, 1) => "día",
                (Language::Es, _) => "días",
                (Language::En, 1) => "day",
                (Language::En, _) => "days",
            };
            (days, word)
        }
    };
    let count = number(language, count);
    match language {
        Language::Es => format!("hace {count}\u{a0}{unit}"),
        Language::En => format!("{count}\u{a0}{unit} ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Language::{En, Es};

    #[test]
    fn a_duration_has_at_most_two_units() {
        assert_eq!(duration(Es, 45), "45\u{a0}s");
        assert_eq!(duration(Es, 60), "1\u{a0}min");
        assert_eq!(duration(Es, 4_800), "1\u{a0}h 20\u{a0}min");
        assert_eq!(duration(En, 86_400), "1\u{a0}d");
        assert_eq!(duration(En, -5), "0\u{a0}s");
    }

    #[test]
    fn a_timer_counts_in_minutes_and_seconds() {
        assert_eq!(clock(245), "04:05");
        assert_eq!(clock(3_729), "1:02:09");
    }

    #[test]
    fn the_past_is_told_in_the_unit_that_people_use() {
        assert_eq!(ago(Es, 30), "ahora");
        assert_eq!(ago(En, -30), "just now");
        assert_eq!(ago(Es, 300), "hace 5\u{a0}min");
        assert_eq!(ago(En, 7_200), "2\u{a0}h ago");
        assert_eq!(ago(Es, 86_400), "hace 1\u{a0}día");
        assert_eq!(ago(En, 259_200), "3\u{a0}days ago");
    }
}
