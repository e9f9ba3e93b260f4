//! Parts of a page that it can be read without: fetched once the page is alive.

use leptos::prelude::*;
use std::{future::Future, pin::Pin};

type Part = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = AnyView>>>>;

/// Draws `part`, a call of a `#[lazy]` function, as soon as its code has arrived: dialogs, which nobody sees at first, so that
/// the page itself is there sooner. It is fetched by itself as soon as what it stands in is alive, not at the first press:
/// who presses on a weak network, or without one, has it already. Give its group of code the name of the page's, with `_later`.
///
/// While parts are on their way the page's root element carries `data-arriving`, for whoever drives a browser.
#[component]
pub fn Later<F, L>(part: F) -> impl IntoView
where
    F: FnOnce() -> L + 'static,
    L: Future<Output = AnyView> + 'static,
{
    later(Box::new(move || Box::pin(part())))
}

#[cfg(feature = "hydrate")]
fn later(part: Part) -> AnyView {
    use leptos::{reactive::computed::ScopedFuture, task::spawn_local};
    use std::{future::poll_fn, task::Poll};

    let part = StoredValue::new_local(Some(part));
    let drawn = StoredValue::new_local(None::<AnyView>);
    let has_arrived = RwSignal::new(false);
    Effect::new(move |_| {
        let Some(part) = part.try_update_value(Option::take).flatten() else {
            return;
        };
        arriving(1);
        spawn_local(ScopedFuture::new(async move {
            let mut part = part();
            // What arrives for a page that has gone is not drawn: its effects and listeners would outlive the page, and ask for
            // what went with it.
            let view = poll_fn(|context| {
                if drawn.try_with_value(|_| ()).is_none() {
                    return Poll::Ready(None);
                }
                part.as_mut().poll(context).map(Some)
            })
            .await;
            arriving(-1);
            if view.is_some() && drawn.try_set_value(view).is_none() {
                let _ = has_arrived.try_set(true);
            }
        }));
    });
    let content = move || {
        has_arrived.track();
        drawn.try_update_value(Option::take).flatten()
    };
    content.into_any()
}

/// What is drawn there has no place in the server's page.
#[cfg(not(feature = "hydrate"))]
fn later(part: Part) -> AnyView {
    drop(part);
    (|| None::<AnyView>).into_any()
}

/// Counts the parts on their way, on the page's root element.
#[cfg(feature = "hydrate")]
fn arriving(more: i32) {
    const MARK: &str = "data-arriving";
    let Some(root) = document().document_element() else {
        return;
    };
    let count = root
        .get_attribute(MARK)
        .and_then(|count| count.parse::<i32>().ok())
        .unwrap_or(0)
        + more;
    // A root that takes no attributes has nobody to tell.
    let _ = if count > 0 {
        root.set_attribute(MARK, &count.to_string())
    } else {
        root.remove_attribute(MARK)
    };
}
