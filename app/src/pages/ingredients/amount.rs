//! Numbers with decimals as people type them: money, percentages. What stands is shown to its last digit and read back as it was.

use crate::{components::*, i18n::*};
use leptos::prelude::*;

/// Shown where what was typed cannot be read.
const EXAMPLE: i64 = 1_990;

/// What stands in the box is no amount; the box says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// A box for an amount in whole steps of its last digit: cents, hundredths of a percent. Copy.
#[derive(Clone, Copy)]
pub struct Amount {
    typed: RwSignal<String>,
    unreadable: RwSignal<bool>,
    digits: u32,
}

impl Amount {
    /// A box with what stands; empty where nothing does.
    #[must_use]
    pub fn new(standing: Option<i64>, digits: u32) -> Self {
        let text = standing.map(|steps| amount_text(steps, digits));
        Self {
            typed: RwSignal::new(text.unwrap_or_default()),
            unreadable: RwSignal::new(false),
            digits,
        }
    }

    /// What was typed; `None` for an empty box.
    ///
    /// # Errors
    /// What was typed is no amount.
    pub fn read(self) -> Result<Option<i64>, Unreadable> {
        let text = self.typed.get_untracked();
        let amount = amount_of(&text, self.digits);
        let unreadable = amount.is_none() && !text.trim().is_empty();
        self.unreadable.set(unreadable);
        if unreadable {
            Err(Unreadable)
        } else {
            Ok(amount)
        }
    }
}

/// One line for an amount; may be left empty.
#[component]
pub fn AmountInput(
    #[prop(into)] name: String,
    #[prop(into)] label: TextProp,
    amount: Amount,
    #[prop(optional, into)] hint: Option<TextProp>,
    /// What the server says of it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let wrong = Signal::derive(move || {
        let example = amount_text(EXAMPLE, amount.digits);
        amount
            .unreadable
            .get()
            .then(|| t_string!(i18n, recipes.err_number, example = example))
            .or_else(|| error.get())
    });
    view! { <TextInput name label value=amount.typed hint=hint.unwrap_or_default() error=wrong optional=true /> }
}

/// Whole steps of the last digit as people type them: 1,990 with two digits is `19.90`.
fn amount_text(steps: i64, digits: u32) -> String {
    let digits = digits as usize;
    let text = format!("{steps:0width$}", width = digits + 1);
    let (whole, part) = text.split_at(text.len() - digits);
    if part.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{part}")
    }
}

/// What somebody typed, in whole steps of the last digit; comma and point both part the decimals. `None` for what is no amount.
fn amount_of(text: &str, digits: u32) -> Option<i64> {
    let digits = digits as usize;
    let text = text.trim().replace(',', ".");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 9
        || !is_number(whole)
        || part.len() > digits
        || !is_number(part)
    {
        return None;
    }
    format!("{whole}{part:0<digits$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{amount_of, amount_text};

    #[test]
    fn amounts_are_read_as_they_are_written() {
        // A loss of 1.5 % is one of 150 hundredths, and stays that when nobody touches it.
        for steps in [0, 5, 90, 150, 155, 1_990, 9_000, 123_456_789] {
            for digits in [0, 2, 3] {
                assert_eq!(amount_of(&amount_text(steps, digits), digits), Some(steps));
            }
        }
        assert_eq!(amount_text(150, 2), "1.50");
        assert_eq!(amount_text(1_500, 0), "1500");
        assert_eq!(amount_of(" 19,9 ", 2), Some(1_990));
        assert_eq!(amount_of("7", 2), Some(700));
        assert_eq!(amount_of("1500", 0), Some(1_500));
        for scrap in ["", "-3", "1.234", "1,2,3", "abc", "9999999999", ".5"] {
            assert_eq!(amount_of(scrap, 2), None, "{scrap}");
        }
        assert_eq!(amount_of("15.5", 0), None);
    }
}
