//! What a page fetches from the server: one value that is there when the page is drawn and can be fetched again.
//!
//! [`Fetched`] is a [`Resource`] whose machinery does not know the type of the value: it carries text from the server's page to
//! the browser, and an opaque value afterwards. Compiled once instead of once a page, and every value is read by the one JSON
//! reader that the server functions use, so the browser downloads a fraction of the code.

use crate::components::{dialogs_closed, is_dialog_open};
use contract::{AppError, AppResult, ErrorCode};
use leptos::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::{
    any::Any, fmt::Debug, future::Future, marker::PhantomData, pin::Pin, sync::Arc, time::Duration,
};

/// The value of a server function, without its type.
#[derive(Clone, Default)]
pub(crate) struct Payload {
    /// As it travels from the server's page to the browser.
    text: Option<Arc<RawValue>>,
    /// As it was computed here.
    value: Option<Arc<dyn Any + Send + Sync>>,
}

impl Payload {
    fn of<T: Serialize + Send + Sync + 'static>(value: T) -> AppResult<Self> {
        // Only the server's page is read elsewhere.
        #[cfg(feature = "ssr")]
        let text = Some(
            serde_json::value::to_raw_value(&value)
                .map_err(|_| unreadable())?
                .into(),
        );
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
        let text = self.text.as_deref().ok_or_else(unreadable)?;
        // From bytes, as the answers of server functions are read: reading from text is a second copy of all that code.
        serde_json::from_slice(text.get().as_bytes()).map_err(|_| unreadable())
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.as_deref().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<Box<RawValue>>::deserialize(deserializer)?;
        Ok(Self {
            text: text.map(Arc::from),
            value: None,
        })
    }
}

/// The page was drawn by another version of the program.
fn unreadable() -> AppError {
    AppError::new(ErrorCode::Internal, "The page's data cannot be read.")
}

type Load = Pin<Box<dyn Future<Output = AppResult<Payload>> + Send>>;

/// First pause before the server is asked again after it did not answer, in seconds; it doubles up to the longest.
const FIRST_PAUSE: u64 = 4;
const LONGEST_PAUSE: u64 = 60;

/// The part that knows no type.
#[derive(Clone, Copy)]
pub(crate) struct Fetching {
    resource: Resource<AppResult<Payload>>,
    /// Whether the last answer did not come and an older one is shown in its place.
    is_stale: RwSignal<bool>,
    /// The question that the value there now answers.
    answered: StoredValue<String>,
    pause: StoredValue<u64>,
}

impl Fetching {
    fn start(
        key: Box<dyn Fn() -> String + Send + Sync>,
        load: Box<dyn Fn() -> Load + Send + Sync>,
    ) -> Self {
        let own = StoredValue::new(None::<Self>);
        let answered = StoredValue::new(untrack(&key));
        let resource = Resource::new(key, move |question: String| {
            let load = load();
            async move {
                let was_open = is_dialog_open();
                let answer = load.await;
                match own.try_get_value().flatten() {
                    Some(fetching) => fetching.settle(question, answer, was_open).await,
                    None => answer,
                }
            }
        });
        let fetching = Self {
            resource,
            is_stale: RwSignal::new(false),
            answered,
            pause: StoredValue::new(FIRST_PAUSE),
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
        }
        fetching
    }

    /// What is shown after an answer: the answer, or what was there where no answer came to the same question.
    async fn settle(
        self,
        question: String,
        answer: AppResult<Payload>,
        was_open: bool,
    ) -> AppResult<Payload> {
        let is_repeat = self
            .answered
            .try_with_value(|answered| *answered == question)
            .unwrap_or_default();
        // A dialog that was opened meanwhile would be drawn away, with what was typed into it.
        if is_repeat && !was_open {
            dialogs_closed().await;
        }
        let unanswered = matches!(&answer, Err(error) if matches!(error.code, ErrorCode::Network | ErrorCode::Unavailable));
        let before = (unanswered && is_repeat)
            .then(|| self.resource.try_get_untracked().flatten())
            .flatten()
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
    pub(crate) fn resource(self) -> Resource<AppResult<Payload>> {
        self.resource
    }

    /// Whether what is shown is older than it should be, because the server does not answer.
    pub(crate) fn is_stale(self) -> Signal<bool> {
        self.is_stale.into()
    }

    /// Fetches again.
    pub(crate) fn refetch(self) {
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
        S: Debug + 'static,
        F: Future<Output = AppResult<T>> + Send + 'static,
    {
        let source = Arc::new(source);
        let again = source.clone();
        let key = Box::new(move || format!("{:?}", source()));
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
        let answer = self.fetching.resource.get_untracked()?;
        answer.and_then(|payload| payload.take()).ok()
    }

    /// The part that knows no type.
    pub(crate) fn fetching(self) -> Fetching {
        self.fetching
    }
}

#[cfg(test)]
mod tests {
    use super::Payload;

    #[test]
    fn a_value_survives_the_way_through_the_page() {
        let text = serde_json::to_string(&Payload {
            text: Some(
                serde_json::value::to_raw_value(&vec![Some(1_i64), None])
                    .unwrap()
                    .into(),
            ),
            value: None,
        })
        .unwrap();
        assert_eq!(text, "[1,null]");
        let arrived: Payload = serde_json::from_str(&text).unwrap();
        assert_eq!(arrived.take::<Vec<Option<i64>>>().unwrap(), [Some(1), None]);
    }

    #[test]
    fn a_value_of_another_shape_is_an_error_and_not_a_panic() {
        let arrived: Payload = serde_json::from_str("{\"a\":1}").unwrap();
        assert!(arrived.take::<Vec<i64>>().is_err());
        assert!(Payload::default().take::<i64>().is_err());
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
