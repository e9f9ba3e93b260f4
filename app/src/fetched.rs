//! What a page fetches from the server: one value that is there when the page is drawn and can be fetched again.
//!
//! [`Fetched`] is a [`Resource`] whose machinery does not know the type of the value: it carries text from the server's page to
//! the browser, and an opaque value afterwards. Compiled once instead of once a page, and every value is read by the one
//! reader that the server functions use, so the browser downloads a fraction of the code.

use crate::carried;
use crate::components::{dialogs_closed, is_dialog_open};
#[cfg(feature = "hydrate")]
use crate::device_queue::use_device_queue;
use contract::wire::{self, WireError};
use contract::{AppError, AppResult, ErrorCode};
use leptos::prelude::*;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{any::Any, future::Future, marker::PhantomData, pin::Pin, sync::Arc, time::Duration};

/// The value of a server function, without its type.
#[derive(Clone, Default)]
pub(crate) struct Payload {
    /// As it travels from the server's page to the browser.
    text: Option<Arc<str>>,
    /// As it was computed here.
    value: Option<Arc<dyn Any + Send + Sync>>,
}

impl Payload {
    fn of<T: Serialize + Send + Sync + 'static>(value: T) -> AppResult<Self> {
        // Only the server's page is read elsewhere.
        #[cfg(feature = "ssr")]
        let text = Some(carried::write(&value).map_err(unreadable)?.into());
        #[cfg(not(feature = "ssr"))]
        let text = None;
        Ok(Self {
            text,
            value: Some(Arc::new(value)),
        })
    }

    /// The value; `T` is the type that it was made of.
    pub(crate) fn take<T: Clone + DeserializeOwned + 'static>(&self) -> AppResult<T> {
        if let Some(value) = self
            .value
            .as_deref()
            .and_then(|value| value.downcast_ref::<T>())
        {
            return Ok(value.clone());
        }
        self.text
            .as_deref()
            .ok_or(WireError::Malformed)
            .and_then(carried::read)
            .map_err(unreadable)
    }
}

fn unreadable(error: WireError) -> AppError {
    let code = match error {
        WireError::Outdated => ErrorCode::Outdated,
        WireError::Malformed => ErrorCode::Internal,
    };
    AppError::new(code, error.to_string())
}

/// What a server function said.
#[derive(Clone)]
pub(crate) struct Answer(pub(crate) AppResult<Payload>);

/// Stands before an error; no character of Base64.
const REFUSED: char = '!';

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Ok(payload) => payload
                .text
                .as_deref()
                .unwrap_or_default()
                .serialize(serializer),
            Err(error) => {
                let text = carried::write(error).map_err(serde::ser::Error::custom)?;
                format!("{REFUSED}{text}").serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Some(error) = text.strip_prefix(REFUSED) {
            return carried::read(error)
                .map(|error| Self(Err(error)))
                .map_err(D::Error::custom);
        }
        Ok(Self(Ok(Payload {
            text: Some(text.into()),
            value: None,
        })))
    }
}

/// The arguments that something was asked for, to compare.
type Question = Vec<u8>;
type Load = Pin<Box<dyn Future<Output = AppResult<Payload>> + Send>>;

/// First pause before the server is asked again after it did not answer, in seconds; it doubles up to the longest.
const FIRST_PAUSE: u64 = 4;
const LONGEST_PAUSE: u64 = 60;

/// The part that knows no type.
#[derive(Clone, Copy)]
pub(crate) struct Fetching {
    resource: Resource<Answer>,
    /// Whether the last answer did not come and an older one is shown in its place.
    is_stale: RwSignal<bool>,
    /// The question that the value there now answers.
    answered: StoredValue<Question>,
    pause: StoredValue<u64>,
    /// How often somebody asked for it again.
    asked: StoredValue<u32>,
}

impl Fetching {
    fn start(
        key: Box<dyn Fn() -> Question + Send + Sync>,
        load: Box<dyn Fn() -> Load + Send + Sync>,
    ) -> Self {
        let own = StoredValue::new(None::<Self>);
        let answered = StoredValue::new(untrack(&key));
        let resource = Resource::new(key, move |question: Question| {
            let load = load();
            async move {
                let was_open = is_dialog_open();
                let answer = load.await;
                Answer(match own.try_get_value().flatten() {
                    Some(fetching) => fetching.settle(question, answer, was_open).await,
                    None => answer,
                })
            }
        });
        let fetching = Self {
            resource,
            is_stale: RwSignal::new(false),
            answered,
            pause: StoredValue::new(FIRST_PAUSE),
            asked: StoredValue::new(0),
        };
        own.set_value(Some(fetching));
        #[cfg(feature = "hydrate")]
        {
            let online = window_event_listener_untyped("online", move |_| {
                if fetching.is_stale.try_get_untracked() == Some(true) {
                    fetching.refetch();
                }
            });
            on_cleanup(move || online.remove());
            // What was sent from this device has changed it.
            use_device_queue().on_answers(move || fetching.refetch());
        }
        fetching
    }

    /// What is shown after an answer: the answer, or what was there where no answer came to the same question.
    async fn settle(
        self,
        question: Question,
        answer: AppResult<Payload>,
        was_open: bool,
    ) -> AppResult<Payload> {
        let is_repeat = self
            .answered
            .try_with_value(|answered| *answered == question)
            .unwrap_or_default();
        // A dialog that was opened meanwhile would be drawn away, with what was typed into it.
        if is_repeat && !was_open {
            // Whoever asks again meanwhile knows of the dialog, and waits behind this answer.
            let asked = self.asked.try_get_value();
            dialogs_closed(move || self.asked.try_get_value() != asked).await;
        }
        let unanswered = matches!(&answer, Err(error) if matches!(error.code, ErrorCode::Network | ErrorCode::Unavailable));
        let before = (unanswered && is_repeat)
            .then(|| self.resource.try_get_untracked().flatten())
            .flatten()
            .map(|Answer(before)| before)
            .filter(Result::is_ok);
        // The page may have gone while the answer was on its way.
        let _ = self.is_stale.try_set(before.is_some());
        if let Some(before) = before {
            self.try_later();
            return before;
        }
        let _ = self.answered.try_set_value(question);
        let _ = self.pause.try_set_value(FIRST_PAUSE);
        answer
    }

    /// A browser that has a network does not know that the server is unreachable, so it is asked again, ever more slowly.
    fn try_later(self) {
        let Some(pause) = self.pause.try_get_value() else {
            return;
        };
        let _ = self.pause.try_set_value((pause * 2).min(LONGEST_PAUSE));
        set_timeout(
            move || {
                if self.is_stale.try_get_untracked() == Some(true) {
                    self.refetch();
                }
            },
            Duration::from_secs(pause),
        );
    }

    /// The resource that waits and holds.
    pub(crate) fn resource(self) -> Resource<Answer> {
        self.resource
    }

    /// Whether what is shown is older than it should be, because the server does not answer.
    pub(crate) fn is_stale(self) -> Signal<bool> {
        self.is_stale.into()
    }

    /// Fetches again.
    pub(crate) fn refetch(self) {
        let _ = self
            .asked
            .try_update_value(|asked| *asked = asked.wrapping_add(1));
        self.resource.refetch();
    }
}

/// A value that a page fetches from the server, shown by [`crate::components::Loaded`].
///
/// When it is fetched again and the server does not answer, the value that is there stays, is marked as old, and is fetched
/// again by itself: a kitchen must not lose its board to a weak network. A new value that arrives while a dialog is in front
/// of the page waits until the dialog is closed.
pub struct Fetched<T> {
    fetching: Fetching,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Fetched<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Fetched<T> {}

impl<T: Serialize + Send + Sync + 'static> Fetched<T> {
    /// Fetches with what `source` says, and again whenever that changes.
    pub fn new<S, F>(
        source: impl Fn() -> S + Send + Sync + 'static,
        fetch: impl Fn(S) -> F + Send + Sync + 'static,
    ) -> Self
    where
        S: Serialize + 'static,
        F: Future<Output = AppResult<T>> + Send + 'static,
    {
        let source = Arc::new(source);
        let again = source.clone();
        // A source that cannot be written would be one question for ever; the sources are plain arguments.
        let key = Box::new(move || wire::to_bytes(&source()).unwrap_or_default());
        let load = Box::new(move || -> Load {
            let answer = fetch(untrack(|| again()));
            Box::pin(async move { Payload::of(answer.await?) })
        });
        Self {
            fetching: Fetching::start(key, load),
            kind: PhantomData,
        }
    }
}

impl<T> Fetched<T> {
    /// Fetches again; the old value stays until the new one is there.
    pub fn refetch(self) {
        self.fetching.refetch();
    }

    /// The value that is there now, without following it.
    pub fn peek(self) -> Option<T>
    where
        T: Clone + DeserializeOwned + 'static,
    {
        let Answer(answer) = self.fetching.resource.get_untracked()?;
        answer.and_then(|payload| payload.take()).ok()
    }

    /// The part that knows no type.
    pub(crate) fn fetching(self) -> Fetching {
        self.fetching
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Payload, carried};
    use contract::{AppError, ErrorCode};

    /// As it leaves the server and arrives in the browser.
    fn arrived(answer: &Answer) -> Answer {
        let text = serde_json::to_string(answer).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn of_text(text: &str) -> Payload {
        Payload {
            text: Some(text.into()),
            value: None,
        }
    }

    #[test]
    fn a_value_survives_the_way_through_the_page() {
        let value = vec![Some(1_i64), None];
        let Answer(sent) = arrived(&Answer(Ok(of_text(&carried::write(&value).unwrap()))));
        assert_eq!(sent.unwrap().take::<Vec<Option<i64>>>().unwrap(), value);
    }

    #[test]
    fn an_error_survives_the_way_through_the_page() {
        let error = AppError::new(ErrorCode::NotFound, "No such store.");
        let Answer(sent) = arrived(&Answer(Err(error.clone())));
        assert_eq!(sent.err(), Some(error));
    }

    #[test]
    fn a_value_of_another_version_says_so_and_a_damaged_one_is_an_error() {
        let whole = carried::write(&[7_u32; 4]).unwrap();
        let code = |text: &str| of_text(text).take::<[u32; 4]>().unwrap_err().code;
        assert_eq!(code(&whole[..whole.len() - 4]), ErrorCode::Internal);
        let first = if whole.starts_with('A') { "B" } else { "A" };
        assert_eq!(
            code(&format!("{first}{}", &whole[1..])),
            ErrorCode::Outdated
        );
        assert_eq!(code("%%%"), ErrorCode::Internal);
        assert!(Payload::default().take::<u32>().is_err());
        assert!(serde_json::from_str::<Answer>("\"!%\"").is_err());
    }

    #[test]
    fn a_value_made_here_is_not_read_again() {
        let made = Payload {
            text: None,
            value: Some(std::sync::Arc::new(7_i64)),
        };
        assert_eq!(made.take::<i64>().unwrap(), 7);
    }
}
