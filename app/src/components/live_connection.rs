//! The browser's end of the event stream.

use super::{dialog::is_dialog_open, live::LiveEvent};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::{cell::RefCell, collections::VecDeque, rc::Rc, time::Duration};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

/// Events within this time make one call: an import moves hundreds of levels at once.
const GATHER: Duration = Duration::from_millis(250);
/// So often it is looked whether a dialog that holds events back has been closed.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// Longest wait between two attempts, in seconds.
const SLOWEST: u64 = 60;
/// Numbers of events that are remembered: a stream that resumes may tell of some a second time.
const REMEMBERED: usize = 1_000;

struct Connection {
    topics: &'static [&'static str],
    on_change: Rc<dyn Fn(Vec<LiveEvent>)>,
    source: Option<EventSource>,
    /// Kept alive as long as the source calls them.
    handlers: Vec<Closure<dyn FnMut(MessageEvent)>>,
    on_error: Option<Closure<dyn FnMut()>>,
    gathered: Vec<LiveEvent>,
    gathering: Option<TimeoutHandle>,
    reconnecting: Option<TimeoutHandle>,
    /// The number that the server wrote into the page, where what is shown came with the page.
    drawn_at: Option<String>,
    /// The highest number that the stream reached.
    last_id: Option<i64>,
    /// Numbers that were heard, the latest last.
    heard: VecDeque<i64>,
    failures: u32,
}

type Shared = Rc<RefCell<Connection>>;

impl Connection {
    /// From here on the stream is resumed, unless it was further already: some events come after those that follow them.
    fn reach(&mut self, id: Option<i64>) {
        self.last_id = self.last_id.max(id);
    }

    /// Whether an event is news. One without a number always is.
    fn is_new(&mut self, id: Option<i64>) -> bool {
        let Some(id) = id else { return true };
        if self.heard.contains(&id) {
            return false;
        }
        if self.heard.len() >= REMEMBERED {
            self.heard.pop_front();
        }
        self.heard.push_back(id);
        true
    }
}

pub(super) fn connect(
    topics: &'static [&'static str],
    on_change: impl Fn(Vec<LiveEvent>) + 'static,
) {
    let connection: Shared = Rc::new(RefCell::new(Connection {
        topics,
        on_change: Rc::new(on_change),
        source: None,
        handlers: Vec::new(),
        on_error: None,
        gathered: Vec::new(),
        gathering: None,
        reconnecting: None,
        drawn_at: drawn_at(),
        last_id: None,
        heard: VecDeque::new(),
        failures: 0,
    }));
    let kept = StoredValue::new_local(connection);
    Effect::new(move |_| {
        if let Some(connection) = kept.try_get_value() {
            open(&connection);
        }
    });
    let shown = document_event_listener("visibilitychange", move || {
        if let Some(connection) = kept.try_get_value() {
            shown_or_hidden(&connection);
        }
    });
    on_cleanup(move || {
        shown();
        if let Some(connection) = kept.try_get_value() {
            close(&connection);
        }
    });
}

/// Where the page that the server drew stands among the events; nothing once the page is alive, as what is shown then was loaded by
/// itself.
fn drawn_at() -> Option<String> {
    let root = document().document_element()?;
    (!root.has_attribute("data-hydrated"))
        .then(|| root.get_attribute("data-live"))
        .flatten()
}

/// Runs `act` at an event of the document until the returned function is called.
fn document_event_listener(
    name: &'static str,
    act: impl Fn() + 'static,
) -> impl FnOnce() + Send + Sync {
    let listener = Closure::<dyn FnMut()>::new(act);
    // Fails for nothing but a name that is no text.
    let _ = document().add_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
    let listener = send_wrapper::SendWrapper::new(listener);
    move || {
        let _ =
            document().remove_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
    }
}

/// A tab that nobody looks at holds no connection: a browser opens six to one host, and tabs left open would use them up.
/// When it is looked at again it catches up.
fn shown_or_hidden(connection: &Shared) {
    if document().hidden() {
        close(connection);
        return;
    }
    if connection.borrow().source.is_some() {
        return;
    }
    open(connection);
    // A stream that never opened has no number to resume from, and time alone changes some pages.
    let on_change = Rc::clone(&connection.borrow().on_change);
    on_change(Vec::new());
}

fn open(connection: &Shared) {
    let (topics, last_id, drawn_at) = {
        let connection = connection.borrow();
        (
            connection.topics,
            connection.last_id,
            connection.drawn_at.clone(),
        )
    };
    let mut address = format!("/api/v1/live?topics={}", topics.join(","));
    if let Some(id) = last_id {
        // A new source cannot send the Last-Event-ID header by itself; only the browser's own retries do.
        address.push_str("&last_event_id=");
        address.push_str(&id.to_string());
    } else if let Some(id) = drawn_at {
        address.push_str("&drawn_at_id=");
        address.push_str(&String::from(js_sys::encode_uri_component(&id)));
    }
    let Ok(source) = EventSource::new(&address) else {
        return;
    };
    let mut handlers = Vec::with_capacity(topics.len() + 1);
    let shared = Rc::clone(connection);
    let hello = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let mut connection = shared.borrow_mut();
        connection.failures = 0;
        connection.reach(event.last_event_id().parse().ok());
    });
    let _ = source.add_event_listener_with_callback("hello", hello.as_ref().unchecked_ref());
    handlers.push(hello);
    for topic in topics {
        let shared = Rc::clone(connection);
        let handler = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            receive(&shared, &event)
        });
        let _ = source.add_event_listener_with_callback(topic, handler.as_ref().unchecked_ref());
        handlers.push(handler);
    }
    let shared = Rc::clone(connection);
    let on_error = Closure::<dyn FnMut()>::new(move || failed(&shared));
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    let mut connection = connection.borrow_mut();
    connection.source = Some(source);
    connection.handlers = handlers;
    connection.on_error = Some(on_error);
}

/// An event and its number, where it has one. With the browser's own parser: another would be a part of every page.
fn read(text: &str) -> Option<(Option<i64>, LiveEvent)> {
    let event = js_sys::JSON::parse(text).ok()?;
    let value = |key: &str| js_sys::Reflect::get(&event, &key.into()).ok();
    let text = |key: &str| value(key)?.as_string();
    #[expect(clippy::cast_possible_truncation, reason = "a whole number")]
    let id = value("id").and_then(|id| id.as_f64()).map(|id| id as i64);
    let event = LiveEvent {
        topic: text("topic")?,
        subject_id: text("subject_id").and_then(|id| id.parse().ok()),
        store_id: text("store_id").and_then(|id| id.parse().ok()),
    };
    Some((id, event))
}

fn receive(connection: &Shared, event: &MessageEvent) {
    let Some((id, change)) = event.data().as_string().and_then(|text| read(&text)) else {
        return;
    };
    let mut borrowed = connection.borrow_mut();
    borrowed.failures = 0;
    borrowed.reach(id);
    if !borrowed.is_new(id) {
        return;
    }
    borrowed.gathered.push(change);
    if borrowed.gathering.is_none() {
        let shared = Rc::clone(connection);
        borrowed.gathering = set_timeout_with_handle(move || deliver(&shared), GATHER).ok();
    }
}

fn deliver(connection: &Shared) {
    // A page that is drawn anew would take an open question, and what was typed into it, away from under the hand.
    if is_dialog_open() {
        let shared = Rc::clone(connection);
        connection.borrow_mut().gathering =
            set_timeout_with_handle(move || deliver(&shared), LOOK_AGAIN).ok();
        return;
    }
    let (changes, on_change) = {
        let mut connection = connection.borrow_mut();
        connection.gathering = None;
        (
            std::mem::take(&mut connection.gathered),
            Rc::clone(&connection.on_change),
        )
    };
    // Nothing is borrowed any more: the callback may well make the component, and this connection, go away.
    on_change(changes);
}

/// The browser retries by itself while the source is merely interrupted; a closed one (an HTTP error) is ours.
fn failed(connection: &Shared) {
    let mut borrowed = connection.borrow_mut();
    let closed = borrowed
        .source
        .as_ref()
        .is_some_and(|source| source.ready_state() == EventSource::CLOSED);
    if !closed || borrowed.reconnecting.is_some() {
        return;
    }
    borrowed.failures += 1;
    let wait = Duration::from_secs((1_u64 << borrowed.failures.min(6)).min(SLOWEST));
    let shared = Rc::clone(connection);
    borrowed.reconnecting = set_timeout_with_handle(
        move || {
            shared.borrow_mut().reconnecting = None;
            open(&shared);
        },
        wait,
    )
    .ok();
}

fn close(connection: &Shared) {
    let mut connection = connection.borrow_mut();
    if let Some(source) = connection.source.take() {
        source.set_onerror(None);
        source.close();
    }
    // They hold the connection in turn.
    connection.handlers.clear();
    connection.on_error = None;
    if let Some(timer) = connection.gathering.take() {
        timer.clear();
    }
    if let Some(timer) = connection.reconnecting.take() {
        timer.clear();
    }
}
