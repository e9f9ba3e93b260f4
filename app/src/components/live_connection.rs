//! The browser's end of the event stream.

use super::{dialog::is_dialog_open, live::LiveEvent};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use send_wrapper::SendWrapper;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

/// Events within this time make one call: an import moves hundreds of levels at once. Short, as the server tells in bursts anyway, and
/// a change must show within a second. So often it is also looked whether a dialog that holds events back has been closed.
const GATHER: Duration = Duration::from_millis(100);
/// Longest wait between two attempts, in seconds.
const SLOWEST: u64 = 60;
/// Numbers of events that are remembered: a stream that resumes may tell of some a second time.
const REMEMBERED: usize = 1_000;

thread_local! {
    /// How far the streams of this window came. What a page loads by itself is no older: from there its stream begins, as something may
    /// happen between the two.
    static REACHED: Cell<Option<i64>> = const { Cell::new(None) };
}

struct Connection {
    topics: &'static [&'static str],
    on_change: Rc<dyn Fn(Vec<LiveEvent>)>,
    source: Option<EventSource>,
    /// Kept alive as long as the source calls it.
    handler: Option<Closure<dyn FnMut(MessageEvent)>>,
    gathered: Vec<LiveEvent>,
    gathering: Option<TimeoutHandle>,
    reconnecting: Option<TimeoutHandle>,
    /// What is shown is no older than this event: the number that the server wrote into the page, where it came with the page, else how far
    /// earlier streams came.
    drawn_at: Option<i64>,
    /// The highest number that the stream reached.
    last_id: Option<i64>,
    /// Numbers that were heard, the latest last.
    heard: Vec<i64>,
    failures: u32,
}

type Shared = Rc<RefCell<Connection>>;

impl Connection {
    /// Whether an event is news. One without a number always is.
    fn is_new(&mut self, id: Option<i64>) -> bool {
        let Some(id) = id else { return true };
        if self.heard.contains(&id) {
            return false;
        }
        if self.heard.len() >= REMEMBERED {
            self.heard.remove(0);
        }
        self.heard.push(id);
        true
    }
}

/// Of no page's own types: every page would carry it anew.
pub(super) fn connect(topics: &'static [&'static str], on_change: Rc<dyn Fn(Vec<LiveEvent>)>) {
    let connection: Shared = Rc::new(RefCell::new(Connection {
        topics,
        on_change,
        source: None,
        handler: None,
        gathered: Vec::new(),
        gathering: None,
        reconnecting: None,
        drawn_at: drawn_at().or(REACHED.get()),
        last_id: None,
        heard: Vec::new(),
        failures: 0,
    }));
    open(&connection);
    let watched = Rc::clone(&connection);
    let shown =
        window_event_listener_untyped("visibilitychange", move |_| shown_or_hidden(&watched));
    let connection = SendWrapper::new(connection);
    on_cleanup(move || {
        shown.remove();
        close(&connection);
    });
}

/// Where the page that the server drew stands among the events; nothing once the page is alive, as what is shown then was loaded by
/// itself.
fn drawn_at() -> Option<i64> {
    let root = document().document_element()?;
    if root.has_attribute("data-hydrated") {
        return None;
    }
    root.get_attribute("data-live")?.parse().ok()
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

/// Calls `act` later, unless the timer is cleared.
fn later(connection: &Shared, wait: Duration, act: fn(&Shared)) -> Option<TimeoutHandle> {
    let connection = Rc::clone(connection);
    set_timeout_with_handle(move || act(&connection), wait).ok()
}

fn open(connection: &Shared) {
    let shared = Rc::clone(connection);
    let mut connection = connection.borrow_mut();
    connection.reconnecting = None;
    // A new source cannot send the Last-Event-ID header by itself; only the browser's own retries do.
    let from = match (connection.last_id, connection.drawn_at) {
        (Some(id), _) => Some(("&last_event_id=", id)),
        (None, Some(id)) => Some(("&drawn_at_id=", id)),
        (None, None) => None,
    };
    let mut address = String::from("/api/v1/live?topics=");
    address.push_str(&connection.topics.join(","));
    if let Some((name, id)) = from {
        address.push_str(name);
        address.push_str(&id.to_string());
    }
    let Ok(source) = EventSource::new(&address) else {
        return;
    };
    // One for everything that the source says: each closure has its price.
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        hear(&shared, &event);
    });
    for name in ["hello", "error"].iter().chain(connection.topics) {
        let _ = source.add_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
    }
    connection.source = Some(source);
    connection.handler = Some(handler);
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

/// An event of the source: of a topic, `hello`, which carries a number alone, or a failure, which carries nothing.
fn hear(connection: &Shared, event: &MessageEvent) {
    let Some(text) = event.data().as_string() else {
        failed(connection);
        return;
    };
    let mut borrowed = connection.borrow_mut();
    borrowed.failures = 0;
    // From here on the stream is resumed, unless it was further already: some events come after those that follow them.
    borrowed.last_id = borrowed.last_id.max(event.last_event_id().parse().ok());
    REACHED.set(REACHED.get().max(borrowed.last_id));
    let Some((id, change)) = read(&text) else {
        return;
    };
    if !borrowed.is_new(id) {
        return;
    }
    borrowed.gathered.push(change);
    if borrowed.gathering.is_none() {
        borrowed.gathering = later(connection, GATHER, deliver);
    }
}

fn deliver(connection: &Shared) {
    let mut borrowed = connection.borrow_mut();
    // A page that is drawn anew would take an open question, and what was typed into it, away from under the hand.
    if is_dialog_open() {
        borrowed.gathering = later(connection, GATHER, deliver);
        return;
    }
    borrowed.gathering = None;
    let changes = std::mem::take(&mut borrowed.gathered);
    let on_change = Rc::clone(&borrowed.on_change);
    // Nothing may be borrowed any more: the callback may well make the component, and this connection, go away.
    drop(borrowed);
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
    borrowed.reconnecting = later(connection, wait, open);
}

/// A source that was closed calls nobody any more.
fn close(connection: &Shared) {
    let mut connection = connection.borrow_mut();
    if let Some(source) = connection.source.take() {
        source.close();
    }
    // It holds the connection in turn.
    connection.handler = None;
    if let Some(timer) = connection.gathering.take() {
        timer.clear();
    }
    if let Some(timer) = connection.reconnecting.take() {
        timer.clear();
    }
}
