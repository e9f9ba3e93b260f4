//! What the browser's passkeys are asked. By name, and not through the bindings of each interface, which would stand in the script that every
//! page loads first. The browser reads and writes the JSON of WebAuthn by itself.

/// Why nothing came of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// Closed by the person, or nobody answered in time; browsers do not say which.
    Closed,
    /// The device that was to make a key has one already.
    Known,
    /// The device cannot do it, or the server put no question.
    Failed,
}

/// Whether passkeys can be asked on this page: under the address for which they are made, by a browser that knows how.
#[must_use]
pub fn are_possible() -> bool {
    #[cfg(feature = "hydrate")]
    {
        browser::are_possible()
    }
    #[cfg(not(feature = "hydrate"))]
    false
}

/// Has a device make a key; its answer.
///
/// # Errors
/// Why there is none.
pub async fn make(options: String) -> Result<String, Unanswered> {
    #[cfg(feature = "hydrate")]
    {
        browser::answer("parseCreationOptionsFromJSON", "create", &options).await
    }
    #[cfg(not(feature = "hydrate"))]
    Err(no_browser(&options))
}

/// Has a device prove that it holds a key; its answer.
///
/// # Errors
/// Why there is none.
pub async fn prove(options: String) -> Result<String, Unanswered> {
    #[cfg(feature = "hydrate")]
    {
        browser::answer("parseRequestOptionsFromJSON", "get", &options).await
    }
    #[cfg(not(feature = "hydrate"))]
    Err(no_browser(&options))
}

/// The question at the door, as the server puts it to this session.
///
/// # Errors
/// Where it puts none.
pub async fn question_of(address: &'static str) -> Result<String, Unanswered> {
    #[cfg(feature = "hydrate")]
    {
        let put = browser::question_of(address).await;
        put.map_err(|_| Unanswered::Failed)
    }
    #[cfg(not(feature = "hydrate"))]
    Err(no_browser(address))
}

#[cfg(not(feature = "hydrate"))]
fn no_browser(_asked: &str) -> Unanswered {
    Unanswered::Failed
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::Unanswered;
    use crate::device_queue::browser::{ask, call, get, navigator, set};
    use js_sys::{JSON, Object};
    use wasm_bindgen::JsValue;

    fn window() -> JsValue {
        web_sys::window().map_or(JsValue::UNDEFINED, JsValue::from)
    }

    pub(super) fn are_possible() -> bool {
        let Some(window) = web_sys::window() else {
            return false;
        };
        let own = window
            .document()
            .and_then(|document| document.document_element())
            .and_then(|root| root.get_attribute("data-passkeys"));
        let here = window.location().origin().ok();
        let kind = get(&window.into(), "PublicKeyCredential");
        own.is_some()
            && own == here
            && kind.is_function()
            && get(&kind, "parseRequestOptionsFromJSON").is_function()
    }

    pub(super) async fn answer(
        read: &str,
        method: &str,
        options: &str,
    ) -> Result<String, Unanswered> {
        asked(read, method, options).await.map_err(|error| {
            match get(&error, "name").as_string().as_deref() {
                Some("NotAllowedError" | "AbortError") => Unanswered::Closed,
                Some("InvalidStateError") => Unanswered::Known,
                _ => Unanswered::Failed,
            }
        })
    }

    async fn asked(read: &str, method: &str, options: &str) -> Result<String, JsValue> {
        let kind = get(&window(), "PublicKeyCredential");
        let options = JSON::parse(options)?;
        let question = JsValue::from(Object::new());
        set(&question, "publicKey", &call(&kind, read, &[&options])?);
        let found = ask(&navigator("credentials"), method, &[&question]).await?;
        let told = JSON::stringify(&call(&found, "toJSON", &[])?)?;
        Ok(String::from(told))
    }

    pub(super) async fn question_of(address: &str) -> Result<String, JsValue> {
        let how = JsValue::from(Object::new());
        set(&how, "method", &JsValue::from_str("POST"));
        let address = JsValue::from_str(address);
        let answer = ask(&window(), "fetch", &[&address, &how]).await?;
        let text = ask(&answer, "text", &[]).await?;
        match (get(&answer, "ok").as_bool(), text.as_string()) {
            (Some(true), Some(text)) => Ok(text),
            _ => Err(JsValue::UNDEFINED),
        }
    }
}
