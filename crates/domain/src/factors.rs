//! What proves who somebody is besides the password: codes of an authenticator app, recovery codes, and PINs on shared tablets.

use chrono::TimeDelta;

/// Wrong codes in a row that a second factor forgives before it pauses, as [`crate::sign_in::pause_after`] says.
pub const FREE_FAILURES_OF_FACTOR: u32 = 5;

/// So long after the password the second step may be answered.
pub const HALF_LIFE: TimeDelta = TimeDelta::minutes(10);

/// So long a secret waits for the code that confirms it.
pub const PENDING_LIFE: TimeDelta = TimeDelta::minutes(30);

/// So long a question to a passkey may be answered: WebAuthn, level 3, section 15.1 recommends five minutes at least.
pub const CHALLENGE_LIFE: TimeDelta = TimeDelta::minutes(5);

/// Passkeys that a person has at most.
pub const MOST_PASSKEYS: usize = 20;

/// Digits of a code of an authenticator app.
pub const CODE_DIGITS: usize = 6;

/// Recovery codes that a person gets at once.
pub const RECOVERY_CODES: usize = 10;

/// Characters of a recovery code: 50 bits of chance in letters and digits that nobody takes for one another (Crockford's Base32).
pub const RECOVERY_CHARACTERS: usize = 10;

/// The letters and digits of recovery codes.
pub const RECOVERY_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Wrong PINs of a person on one tablet after which the PIN waits for a sign-in with the password.
pub const TRIES_OF_PIN: i32 = 5;

/// After so many minutes without a request a session by PIN ends, where nobody said otherwise.
pub const IDLE_MINUTES: i32 = 10;

/// The least and the most that may be said instead.
pub const IDLE_RANGE: std::ops::RangeInclusive<i32> = 1..=120;

/// Why a PIN is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPin {
    #[error("A PIN has 4 to 8 digits.")]
    Format,
    #[error("This PIN is tried first: one digit repeated, or digits in a row.")]
    Guessable,
}

impl WeakPin {
    /// Stable key of the reason.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Format => "pin.format",
            Self::Guessable => "pin.guessable",
        }
    }
}

/// Whether a text has the form of a PIN.
#[must_use]
pub fn is_pin(text: &str) -> bool {
    (4..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a new PIN may be taken.
///
/// # Errors
/// Why not.
pub fn check_pin(pin: &str) -> Result<(), WeakPin> {
    if !is_pin(pin) {
        return Err(WeakPin::Format);
    }
    let digits = pin.as_bytes();
    let steps = |by: i16| {
        digits
            .windows(2)
            .all(|two| i16::from(two[1]) - i16::from(two[0]) == by)
    };
    if [-1, 0, 1].into_iter().any(steps) {
        return Err(WeakPin::Guessable);
    }
    Ok(())
}

/// What somebody typed at the second step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The digits of an authenticator app.
    Code(String),
    /// A recovery code as it was made: without dashes, in small letters.
    Recovery(String),
}

/// Reads what somebody typed: spaces and dashes count for nothing, and letters that look like digits count as these.
#[must_use]
pub fn read_answer(text: &str) -> Option<Answer> {
    if text.len() > 64 {
        return None;
    }
    let bare: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect();
    if bare.len() == CODE_DIGITS && bare.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Answer::Code(bare));
    }
    let plain: String = bare
        .chars()
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    let fits =
        plain.len() == RECOVERY_CHARACTERS && plain.bytes().all(|b| RECOVERY_ALPHABET.contains(&b));
    fits.then_some(Answer::Recovery(plain))
}

/// A recovery code as people read it: `xxxxx-xxxxx`.
#[must_use]
pub fn shown_recovery_code(plain: &str) -> String {
    match plain.split_at_checked(RECOVERY_CHARACTERS / 2) {
        Some((first, second)) => format!("{first}-{second}"),
        None => plain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_four_to_eight_digits_and_is_not_what_everybody_tries_first() {
        for good in ["2580", "1357", "90210", "12344321", "1122"] {
            assert_eq!(check_pin(good), Ok(()), "{good}");
        }
        for wrong in ["", "123", "123456789", "12a4", "１２３４", "12 4"] {
            assert_eq!(check_pin(wrong), Err(WeakPin::Format), "{wrong}");
        }
        for first in ["0000", "77777777", "1234", "456789", "4321", "98765432"] {
            assert_eq!(check_pin(first), Err(WeakPin::Guessable), "{first}");
        }
    }

    #[test]
    fn what_is_typed_is_read_with_its_spaces_and_its_confusions() {
        let code = |text: &str| Some(Answer::Code(text.to_owned()));
        assert_eq!(read_answer(" 123 456 "), code("123456"));
        assert_eq!(read_answer("000000"), code("000000"));
        let plain = "0a1bc2d3e4";
        let shown = shown_recovery_code(plain);
        assert_eq!(shown, "0a1bc-2d3e4");
        for typed in [shown.as_str(), "OALBC 2D3E4", "oaibc2d3e4"] {
            assert_eq!(
                read_answer(typed),
                Some(Answer::Recovery(plain.to_owned())),
                "{typed}"
            );
        }
        for nothing in [
            "",
            "12345",
            "1234567",
            "0a1bc-2d3e",
            "uuuuu-uuuuu",
            &"1".repeat(65),
        ] {
            assert_eq!(read_answer(nothing), None, "{nothing}");
        }
    }
}
