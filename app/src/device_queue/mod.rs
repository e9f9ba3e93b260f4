//! What was done on this device and the server has not answered yet: kept on the device, sent in order, each exactly once.
//!
//! A command gets its id where it is made. It is on the device's disk before the screen says so, and leaves the device only when
//! the server has answered, so a reload, an empty battery, a lost network or a lost answer repeats it under the same id, which the
//! server answers without a second effect. What the server refuses is set aside with its reason, for a person to decide, and
//! the others go on ([`book`] holds the rules).
//!
//! Pages see the queue through [`DeviceQueue`]; the part that keeps and sends comes when the page is alive, and until then
//! what is pressed waits for it in memory.

#[cfg(feature = "hydrate")]
mod as_person;
mod aside;
#[cfg_attr(
    not(any(feature = "hydrate", test)),
    expect(
        dead_code,
        reason = "the server draws pages, and keeps and sends nothing"
    )
)]
pub(crate) mod book;
#[cfg(feature = "hydrate")]
pub(crate) mod browser;
#[cfg(feature = "hydrate")]
mod clock;
mod command;
#[cfg(feature = "hydrate")]
mod keeper;
mod leaving;
#[cfg(any(feature = "hydrate", test))]
mod rest;
#[cfg(feature = "hydrate")]
mod store;
#[cfg(test)]
mod tests;
#[cfg(feature = "hydrate")]
mod worker;

pub use command::{About, Aside, Command, Entry, Rebake};

use crate::components::Later;
use crate::device;
use chrono::{DateTime, Utc};
use contract::AppError;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use std::{any::Any, sync::Arc};
use uuid::Uuid;

/// What whoever gave a command hears of it, once.
#[derive(Clone, Debug)]
pub enum Heard {
    /// Booked.
    Done,
    /// Refused, and not kept: it is still in front of the person.
    Refused(AppError),
    /// It lies on the device and is sent when there is an answer to be had.
    Kept,
}

/// What a page wants of the part that keeps and sends.
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "the server sends nothing")
)]
#[derive(Clone, Debug)]
pub(crate) enum Wish {
    Push(Box<Entry>, Option<Callback<Heard>>),
    /// Sends what was set aside again.
    Again(Uuid),
    /// Puts others in the place of what was set aside, or nothing.
    Replace(Uuid, Vec<Entry>),
    /// Undoes a booking of stock, sent or not.
    TakeBack(Uuid),
}

/// A list or a wish whose type the frame of every page does not know: what handles commands is no part of what a page loads first.
type Opaque = Arc<dyn Any + Send + Sync>;

fn list(entries: &Opaque) -> &[Entry] {
    entries
        .downcast_ref::<Vec<Entry>>()
        .map_or(&[], Vec::as_slice)
}

fn nothing() -> Opaque {
    Arc::new(())
}

/// The queue of the signed-in person on this device. Copy; get it with [`use_device_queue`].
#[derive(Clone, Copy)]
pub struct DeviceQueue {
    /// The [`Entry`]s as on the device, oldest first.
    entries: RwSignal<Opaque>,
    /// Those that were answered, but are not yet in what the page has loaded.
    answered: RwSignal<Opaque>,
    waiting: RwSignal<i64>,
    aside: RwSignal<i64>,
    /// How many lie on the device that another version of the program wrote and this one does not read.
    unread: RwSignal<i64>,
    /// Counts the times at which answers came.
    #[cfg_attr(
        not(feature = "hydrate"),
        expect(dead_code, reason = "the server sends nothing")
    )]
    rounds: RwSignal<i64>,
    is_sending: RwSignal<bool>,
    /// Whether the list of what was set aside is in front of the page.
    list_open: RwSignal<bool>,
    /// When what the page shows was kept, where the device shows it because the server does not answer: in milliseconds since the
    /// epoch, else 0.
    kept_at: RwSignal<i64>,
    /// Whether the last try to send found no server.
    is_away: RwSignal<bool>,
    /// Whether a newer version of the program is there.
    is_outdated: RwSignal<bool>,
    /// The [`Wish`]es that the keeper has not seen yet.
    wishes: RwSignal<Opaque>,
}

impl DeviceQueue {
    pub(crate) fn provide() {
        provide_context(Self {
            entries: RwSignal::new(nothing()),
            answered: RwSignal::new(nothing()),
            waiting: RwSignal::new(0),
            aside: RwSignal::new(0),
            unread: RwSignal::new(0),
            rounds: RwSignal::new(0),
            is_sending: RwSignal::new(false),
            list_open: RwSignal::new(false),
            kept_at: RwSignal::new(0),
            is_away: RwSignal::new(false),
            is_outdated: RwSignal::new(false),
            wishes: RwSignal::new(nothing()),
        });
    }

    /// Keeps a command and sends it. What is refused is set aside.
    pub fn push(self, command: Command, about: About) {
        self.wish(Wish::Push(Box::new(Entry::new(command, about)), None));
    }

    /// Keeps a command and sends it, and tells soon what became of it. What is refused while `hear` listens is not set aside.
    pub fn push_and_hear(self, command: Command, about: About, hear: Callback<Heard>) {
        self.wish(Wish::Push(Box::new(Entry::new(command, about)), Some(hear)));
    }

    /// Undoes a booking of stock that was given here.
    pub fn take_back(self, command_id: Uuid) {
        self.wish(Wish::TakeBack(command_id));
    }

    fn wish(self, wish: Wish) {
        let mut wishes = self.take_wishes();
        wishes.push(wish);
        self.wishes.set(Arc::new(wishes));
    }

    /// The wishes that nobody has seen to, without telling anybody that they are taken.
    fn take_wishes(self) -> Vec<Wish> {
        let wishes = self
            .wishes
            .try_update_untracked(|wishes| std::mem::replace(wishes, nothing()));
        wishes
            .and_then(|wishes| wishes.downcast_ref::<Vec<Wish>>().cloned())
            .unwrap_or_default()
    }

    /// What the page's data does not know yet: answered a moment ago, or still waiting; oldest first.
    pub fn with_ahead<R>(self, with: impl FnOnce(&[Entry], &[Entry]) -> R) -> R {
        self.answered.with(|answered| {
            self.entries
                .with(|entries| with(list(answered), list(entries)))
        })
    }

    /// To be called with new data: it holds what was answered, unless it is the device's own copy, which may be older.
    pub fn is_loaded(self) {
        let has_some = self
            .answered
            .with_untracked(|answered| !list(answered).is_empty());
        let is_new = self.kept_at.get_untracked() == 0;
        if has_some && is_new && !self.is_sending.get_untracked() {
            self.answered.set(nothing());
        }
    }

    /// How many wait to be sent.
    #[must_use]
    pub fn waiting(self) -> i64 {
        self.waiting.get()
    }

    /// How many were set aside and need a decision.
    #[must_use]
    pub fn aside(self) -> i64 {
        self.aside.get()
    }

    /// Brings the list of what was set aside in front of the page.
    pub fn open_list(self) {
        self.list_open.set(true);
    }

    /// When what the page shows was kept, where it is the device's own copy.
    #[must_use]
    pub fn kept_at(self) -> Option<DateTime<Utc>> {
        let at = self.kept_at.get();
        (at > 0)
            .then(|| DateTime::from_timestamp_millis(at))
            .flatten()
    }

    /// Whether the server is out of reach, whatever the browser believes of its network: the page is the device's own copy, or the last
    /// try to send what waits found nobody.
    #[must_use]
    pub fn is_cut_off(self) -> bool {
        self.kept_at.get() > 0 || (self.is_away.get() && self.waiting.get() > 0)
    }

    /// Runs `act` whenever answers came that the page's data does not hold.
    #[cfg(feature = "hydrate")]
    pub(crate) fn on_answers(self, act: impl Fn() + 'static) {
        Effect::new(move |before: Option<i64>| {
            let rounds = self.rounds.get();
            if before.is_some_and(|before| before != rounds) {
                act();
            }
            rounds
        });
    }
}

/// The queue of this device.
#[must_use]
pub fn use_device_queue() -> DeviceQueue {
    use_context::<DeviceQueue>().expect("App provides the queue")
}

/// Keeps and sends from now on, and draws what belongs to it: the list of what was set aside, the question before signing out, the
/// word that a newer version is there. Its code comes after the page, which can be used without, and only where there is something
/// to keep.
#[lazy(queue_later)]
fn keep_queue(queue: DeviceQueue, person: Uuid) -> AnyView {
    #[cfg(feature = "hydrate")]
    {
        keeper::start(queue, person);
        worker::start(queue);
    }
    let _ = person;
    view! {
        <aside::AsideDialog queue />
        <leaving::LeaveDialog queue />
        <leaving::Notices queue />
    }
    .into_any()
}

/// Pages on which commands are given; they open without a network too (frontend/worker.js knows the same ones).
const PAGES: [&str; 4] = ["/kitchen", "/stock/waste", "/stock/count", "/today"];

/// Stands in local storage while something of this person lies on the device, so that every page goes on sending it, and changes with
/// it.
fn mark(person: Uuid) -> String {
    format!("hornada_waits_{person}")
}

/// Draws the part that keeps and sends, as soon as it is needed.
pub(crate) fn keep_when_needed(person: Uuid) -> AnyView {
    let (queue, path) = (use_device_queue(), use_location().pathname);
    let is_needed = Memo::new(move |before: Option<&bool>| {
        before == Some(&true)
            || path.with(|path| PAGES.contains(&path.as_str()))
            || device::has(&mark(person))
    });
    (move || {
        is_needed
            .get()
            .then(|| view! { <Later part=move || keep_queue(queue, person) /> })
    })
    .into_any()
}

/// A command of which nothing but itself is known.
#[cfg(feature = "hydrate")]
fn unexplained(command: Command) -> Entry {
    let about = About {
        product: String::new(),
        store: String::new(),
        quantity: None,
        unit: domain::Unit::Piece,
    };
    Entry::new(command, about)
}
