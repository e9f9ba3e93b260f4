//! How long somebody who guesses passwords must wait, and what a password must be.

use chrono::TimeDelta;
use std::net::IpAddr;

/// Failures in a row that an account forgives before it pauses.
pub const FREE_FAILURES_OF_ACCOUNT: u32 = 5;

/// Failures in a row that an address forgives: a shop's tablets share one.
pub const FREE_FAILURES_OF_ADDRESS: u32 = 25;

/// The longest pause. Short enough that nobody can keep a colleague out for a morning by guessing on purpose.
pub const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(15);

const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(30);

/// Pause after this many failures in a row: none up to `free`, then 30 seconds, doubled with each further failure,
/// at most [`LONGEST_PAUSE`].
#[must_use]
pub fn pause_after(failures: u32, free: u32) -> Option<TimeDelta> {
    let over = failures.checked_sub(free)?;
    let factor = 1_i32
        .checked_shl(over)
        .filter(|f| *f > 0 && over < 20)
        .unwrap_or(i32::MAX);
    Some(
        FIRST_PAUSE
            .checked_mul(factor)
            .map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE)),
    )
}

/// Addresses that count as one caller: an IPv6 network of 64 bits is given to a single customer.
#[must_use]
pub fn network_of(source: &str) -> String {
    match source.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        },
        _ => source.to_owned(),
    }
}

/// Longest address that anybody can have, in characters.
pub const LONGEST_EMAIL: usize = 254;

/// Shortest password that is taken, in characters (OWASP ASVS 4.0.3, 2.1.1).
pub const SHORTEST_PASSWORD: usize = 12;

/// Longest password that is taken, in bytes: hashing must not become a way to keep the server busy.
pub const LONGEST_PASSWORD: usize = 200;

/// Why a new password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    #[error("A password needs at least {SHORTEST_PASSWORD} characters.")]
    TooShort,
    #[error("A password may have at most {LONGEST_PASSWORD} bytes.")]
    TooLong,
    #[error(
        "The password is too easy to guess: it repeats one character or is the person's own address."
    )]
    Guessable,
    #[error(
        "The password is too easy to guess: it is one of those that many people use, or made of such, of a name or of an address."
    )]
    Common,
}

impl WeakPassword {
    /// Stable key of the reason.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::TooShort => "password.too_short",
            Self::TooLong => "password.too_long",
            Self::Guessable => "password.guessable",
            Self::Common => "password.common",
        }
    }
}

/// Whether a new password may be taken for the person with this address (NIST SP 800-63B: length counts, not recipes).
///
/// # Errors
/// Why not.
pub fn check_password(password: &str, email: &str) -> Result<(), WeakPassword> {
    if password.chars().count() < SHORTEST_PASSWORD {
        return Err(WeakPassword::TooShort);
    }
    if password.len() > LONGEST_PASSWORD {
        return Err(WeakPassword::TooLong);
    }
    let first = password.chars().next();
    if password.chars().all(|c| Some(c) == first) || password.eq_ignore_ascii_case(email.trim()) {
        return Err(WeakPassword::Guessable);
    }
    Ok(())
}

/// The form in which an address is stored and compared.
#[must_use]
pub fn normal_email(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The form in which an address that somebody tries is counted and looked for: one that is too long to be anybody's is cut, and stays too
/// long, so that what strangers write fills no memory.
#[must_use]
pub fn tried_email(text: &str) -> String {
    normal_email(text).chars().take(LONGEST_EMAIL + 1).collect()
}

/// Whether a text can be an address: something, `@`, something with a dot, no spaces. The proof is a message that arrives.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty()
        && text.len() <= LONGEST_EMAIL
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// The domain of an address, in the form in which domains are stored and compared.
#[must_use]
pub fn domain_of(email: &str) -> Option<String> {
    let domain = normal_email(email).rsplit_once('@')?.1.to_owned();
    is_domain(&domain).then_some(domain)
}

/// Whether a text can be the domain of an address: lower-case labels of letters, digits and hyphens (RFC 1123, 2.1), at least two.
/// Domains in other letters are written in their ASCII form (`xn--`).
#[must_use]
pub fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failures_are_forgiven_and_then_the_pause_doubles_up_to_its_limit() {
        assert_eq!(pause_after(0, 5), None);
        assert_eq!(pause_after(4, 5), None);
        assert_eq!(pause_after(5, 5), Some(TimeDelta::seconds(30)));
        assert_eq!(pause_after(6, 5), Some(TimeDelta::seconds(60)));
        assert_eq!(pause_after(9, 5), Some(TimeDelta::seconds(480)));
        assert_eq!(pause_after(10, 5), Some(LONGEST_PAUSE));
        assert_eq!(pause_after(u32::MAX, 5), Some(LONGEST_PAUSE));
    }

    #[test]
    fn the_domain_of_an_address_is_what_stands_after_its_last_at() {
        assert_eq!(
            domain_of(" Ana@Horno.Example ").as_deref(),
            Some("horno.example")
        );
        assert_eq!(domain_of("a@b@pan.example").as_deref(), Some("pan.example"));
        for none in [
            "ana",
            "ana@",
            "ana@horno",
            "ana@horno_1.example",
            "ana@-a.example",
            "ana@a..b",
        ] {
            assert_eq!(domain_of(none), None, "{none}");
        }
        assert!(!is_domain("Horno.example"));
        assert!(!is_domain(&format!("{}.example", "a".repeat(64))));
    }

    #[test]
    fn addresses_of_one_network_are_one_caller() {
        let network = network_of("2001:db8:1:2::1");
        assert_eq!(network_of("2001:db8:1:2:ffff::9"), network);
        assert_ne!(network_of("2001:db8:1:3::1"), network);
        assert_eq!(network_of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(network_of("192.0.2.8"), "192.0.2.8");
        assert_eq!(network_of("unknown"), "unknown");
    }

    #[test]
    fn an_address_that_nobody_can_have_is_cut_and_stays_one() {
        assert_eq!(tried_email(" Ana@Horno.example "), "ana@horno.example");
        let long = format!("{}@horno.example", "a".repeat(1_000_000));
        let tried = tried_email(&long);
        assert_eq!(tried.len(), LONGEST_EMAIL + 1);
        assert!(!is_email(&tried));
    }

    #[test]
    fn the_pause_never_shrinks_with_more_failures() {
        for free in [0, 5, 25] {
            let mut last = None;
            for failures in 0..200 {
                let pause = pause_after(failures, free);
                assert!(pause >= last, "{failures} failures");
                last = pause;
            }
        }
    }

    #[test]
    fn passwords_are_judged_by_length_and_not_by_recipe() {
        assert_eq!(
            check_password("short", "a@b.es"),
            Err(WeakPassword::TooShort)
        );
        assert_eq!(check_password("pan de masa madre", "a@b.es"), Ok(()));
        assert_eq!(
            check_password("aaaaaaaaaaaa", "a@b.es"),
            Err(WeakPassword::Guessable)
        );
        assert_eq!(
            check_password("Marta@Horno.es", "marta@horno.es"),
            Err(WeakPassword::Guessable)
        );
        assert_eq!(
            check_password(&"ab".repeat(101), "a@b.es"),
            Err(WeakPassword::TooLong)
        );
        assert_eq!(check_password("ñandúñandúñu", "a@b.es"), Ok(()));
        assert_eq!(
            check_password("ñandúñandúñ", "a@b.es"),
            Err(WeakPassword::TooShort),
            "characters count, not bytes"
        );
    }

    #[test]
    fn an_address_needs_a_name_and_a_host() {
        for good in ["a@b.es", "marta.gil+pan@horno.example"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "", "a", "@b.es", "a@b", "a@.es", "a@b.", "a b@c.es", "a@b.es\n",
        ] {
            assert!(!is_email(bad), "{bad:?}");
        }
    }
}
