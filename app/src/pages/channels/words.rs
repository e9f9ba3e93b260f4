//! What rules and channels share: sending a command, and words.

use crate::pages::admin_words;
pub(super) use crate::pages::alerts::kind_word;
use crate::{components::*, i18n::*, refusals::told};
use contract::AppError;
use domain::channels::Measure;
use domain::{ChannelKind, Severity};
use leptos::{prelude::*, task::spawn_local};
use std::future::Future;

/// Sends a command of a row, and says what came of it. Copy.
#[derive(Clone, Copy)]
pub(super) struct Deed {
    pub busy: RwSignal<bool>,
    reload: Callback<()>,
    toasts: Toasts,
    i18n: leptos_i18n::I18nContext<Locale>,
}

impl Deed {
    pub(super) fn new(reload: Callback<()>) -> Self {
        Self {
            busy: RwSignal::new(false),
            reload,
            toasts: use_toasts(),
            i18n: use_i18n(),
        }
    }

    /// Says that something was done.
    pub(super) fn say(self, words: fn(Locale) -> &'static str) {
        self.toasts.done(words(self.i18n.get_locale_untracked()));
    }

    /// Sends; loads the list again when it is done.
    pub(super) fn run<T: 'static>(
        self,
        answer: impl Future<Output = Result<T, AppError>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        self.busy.set(true);
        spawn_local(async move {
            let answer = answer.await;
            // The page may be gone by now.
            let _ = self.busy.try_set(false);
            match answer {
                Ok(value) => {
                    done(value);
                    let _ = self.reload.try_run(());
                }
                Err(error) => {
                    let locale = self.i18n.get_locale_untracked();
                    let words = admin_words::reason(locale, &error.reason)
                        .map_or_else(|| told(locale, &error), str::to_owned);
                    self.toasts.failed(words);
                }
            }
        });
    }
}

/// How a channel carries messages.
pub(super) fn carrier_word(locale: Locale, kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Webhook => td_string!(locale, channels.webhook),
        ChannelKind::Mail => td_string!(locale, channels.mail),
    }
}

pub(super) fn severity_word(locale: Locale, severity: Severity) -> &'static str {
    match severity {
        Severity::Info => td_string!(locale, alerts.severity_info),
        Severity::Warning => td_string!(locale, alerts.severity_warning),
        Severity::Critical => td_string!(locale, alerts.severity_critical),
    }
}

pub(super) const fn severity_tone(severity: Severity) -> Tone {
    match severity {
        Severity::Info => Tone::Info,
        Severity::Warning => Tone::Attention,
        Severity::Critical => Tone::Danger,
    }
}

/// What the box of a threshold takes.
pub(super) fn measure_word(locale: Locale, measure: Measure) -> &'static str {
    match measure {
        Measure::Quantity => td_string!(locale, channels.from_quantity),
        Measure::Money => td_string!(locale, channels.from_money),
        Measure::Ratio => td_string!(locale, channels.from_ratio),
    }
}
