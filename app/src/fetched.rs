//! What a page fetches from the server: one value that is there when the page is drawn and can be fetched again.
//!
//! [`Fetched`] is a [`Resource`] whose machinery does not know the type of the value: it carries text from the server's page to
//! the browser, and an opaque value afterwards. Compiled once instead of once a page, and every value is read by the one JSON
//! reader that the server functions use, so the browser downloads a fraction of the code.

use contract::{AppError, AppResult, ErrorCode};
use leptos::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::{any::Any, fmt::Debug, future::Future, marker::PhantomData, pin::Pin, sync::Arc};

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

/// A value that a page fetches from the server, shown by [`crate::components::Loaded`].
pub struct Fetched<T> {
    resource: Resource<AppResult<Payload>>,
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
            resource: start(key, load),
            kind: PhantomData,
        }
    }
}

impl<T> Fetched<T> {
    /// Fetches again; the old value stays until the new one is there.
    pub fn refetch(self) {
        self.resource.refetch();
    }

    /// The value that is there now, without following it.
    pub fn peek(self) -> Option<T>
    where
        T: Clone + DeserializeOwned + 'static,
    {
        let answer = self.resource.get_untracked()?;
        answer.and_then(|payload| payload.take()).ok()
    }

    /// The resource behind it.
    pub(crate) fn resource(self) -> Resource<AppResult<Payload>> {
        self.resource
    }
}

fn start(
    key: Box<dyn Fn() -> String + Send + Sync>,
    load: Box<dyn Fn() -> Load + Send + Sync>,
) -> Resource<AppResult<Payload>> {
    Resource::new(key, move |_| load())
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
