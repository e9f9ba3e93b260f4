//! The part that keeps and sends.
//!
//! One page of a device sends at a time: it holds a lock of the browser under the person's name (Web Locks), so that two open
//! pages neither race nor overtake each other. Where the browser has no such locks both send, and the server's receipts
//! see to it that each command has one effect; their order holds too, because a page sends a command only when those before
//! it were answered. Another page learns of changes from a mark in local storage, which tells every page but the writer.

mod kept;
mod timing;

use super::as_person::ask;
use super::book::{self, Change, Verdict};
use super::browser::{alone, keep_storage};
use super::clock::ticks;
use super::command::{Command, Entry, Rebake, Standing};
use super::store::Store;
use super::{DeviceQueue, Heard, Wish, list, mark};
use crate::server_fns::{counts, orders, stock, suggestions};
use crate::{components::use_toasts, i18n::*, refusals::told};
use chrono::TimeDelta;
use contract::orders::{CompleteOrder, CreateOrder, StartOrder};
use contract::{AppError, AppResult, ErrorCode};
use leptos::{prelude::*, task::spawn_local};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::{rc::Rc, sync::Arc, time::Duration};
use uuid::Uuid;

/// First pause after a failure of the network, in seconds; it doubles up to the longest.
const FIRST_PAUSE: u64 = 2;
const LONGEST_PAUSE: u64 = 30;

/// So long whoever pressed waits for an answer before being told that it is kept.
const PATIENCE: Duration = Duration::from_secs(4);

/// So often a command on which the server fails is sent before it is set aside: it must not hold up the others for ever.
const MOST_FAILURES: u32 = 4;

struct Keeper {
    queue: DeviceQueue,
    person: Uuid,
    store: Store,
    lock: String,
    mark: String,
    is_sending: Cell<bool>,
    pause: Cell<u64>,
    /// The one timer after which it is tried again.
    later: Cell<Option<TimeoutHandle>>,
    failures: Cell<u32>,
    /// By how much the device's clock was last found to be ahead.
    ahead: Cell<Option<TimeDelta>>,
    /// Those who wait for what becomes of a command, and whether it lies on the device.
    hearing: RefCell<BTreeMap<Uuid, (Callback<Heard>, bool)>>,
    /// When commands were given in this page, by a clock that nobody sets.
    given: RefCell<BTreeMap<Uuid, f64>>,
    /// The movements that commands became, for those who want them back.
    movements: RefCell<BTreeMap<Uuid, Uuid>>,
    /// Whether the browser was asked not to clear up what lies here.
    is_storage_asked: Cell<bool>,
    tell: Box<dyn Fn(Tell)>,
}

/// What the person is told.
enum Tell {
    SetAside(AppError),
    Undone,
    NotUndone,
}

/// What the server's answer holds that somebody waits for.
#[derive(Default)]
struct Answer {
    movement_id: Option<Uuid>,
}

pub(super) fn start(queue: DeviceQueue, person: Uuid) {
    let (i18n, toasts) = (use_i18n(), use_toasts());
    let tell = move |tell| {
        let locale = i18n.get_locale_untracked();
        match tell {
            Tell::SetAside(error) => toasts.failed(told(locale, &error)),
            Tell::Undone => toasts.done(td_string!(locale, queue.taken_back)),
            Tell::NotUndone => toasts.failed(td_string!(locale, queue.not_taken_back)),
        }
    };
    let owner = Owner::current().unwrap_or_default();
    spawn_local(async move {
        let keeper = Rc::new(Keeper {
            queue,
            person,
            store: Store::open(person).await,
            lock: format!("hornada_queue_{person}"),
            mark: mark(person),
            is_sending: Cell::new(false),
            pause: Cell::new(FIRST_PAUSE),
            later: Cell::new(None),
            failures: Cell::new(0),
            ahead: Cell::new(None),
            hearing: RefCell::default(),
            given: RefCell::default(),
            movements: RefCell::default(),
            is_storage_asked: Cell::new(false),
            tell: Box::new(tell),
        });
        keeper.refresh().await;
        let own = Rc::clone(&keeper);
        owner.with(|| {
            Effect::new(move |_| {
                queue.wishes.track();
                for wish in queue.take_wishes() {
                    own.obey(wish);
                }
            });
        });
        let own = Rc::clone(&keeper);
        let _ = window_event_listener_untyped("online", move |_| own.send_now());
        let own = Rc::clone(&keeper);
        // As long as the page lives, as the queue does.
        let _ = window_event_listener_untyped("storage", move |_| {
            let own = Rc::clone(&own);
            spawn_local(async move {
                own.refresh().await;
                // The page that wrote it down may be gone before it sends it. While the network is away the timer knows better.
                if own.later.get().is_none() {
                    own.send();
                }
            });
        });
        keeper.send_now();
    });
}

impl Keeper {
    fn obey(self: &Rc<Self>, wish: Wish) {
        let own = Rc::clone(self);
        spawn_local(async move {
            match wish {
                Wish::Push(entry, hear) => {
                    if !own.is_storage_asked.replace(true) {
                        // Beside: a browser may ask the person first.
                        spawn_local(keep_storage());
                    }
                    let id = entry.id();
                    if let Some(ticks) = ticks() {
                        own.given.borrow_mut().insert(id, ticks);
                    }
                    if let Some(hear) = hear {
                        own.hearing.borrow_mut().insert(id, (hear, false));
                    }
                    if own.save(vec![Change::Add(*entry)]).await {
                        own.lasts(id);
                    }
                }
                Wish::Again(id) => own.change(|entries| book::again(entries, id)).await,
                Wish::Replace(id, with) => {
                    own.change(|entries| book::replaced(entries, id, with))
                        .await;
                }
                Wish::TakeBack(id) => {
                    let inside = Rc::clone(&own);
                    // Not while it is on its way: what is taken back then would be booked all the same.
                    alone(&own.lock, async move { inside.take_back(id).await }).await;
                }
            }
            own.send_now();
        });
    }

    fn send_now(self: &Rc<Self>) {
        self.pause.set(FIRST_PAUSE);
        self.look();
    }

    /// Sends what is on the device, as soon as the device says what that is.
    fn look(self: &Rc<Self>) {
        let own = Rc::clone(self);
        spawn_local(async move {
            if own.refresh().await {
                own.send();
            } else {
                own.try_later();
            }
        });
    }

    fn send(self: &Rc<Self>) {
        let waits = self
            .queue
            .entries
            .with_untracked(|entries| book::next(list(entries)).is_some());
        if !waits || self.is_sending.replace(true) {
            return;
        }
        self.wait(None);
        self.queue.is_sending.set(true);
        let own = Rc::clone(self);
        spawn_local(async move {
            let inside = Rc::clone(&own);
            let before = own.queue.rounds.get_untracked();
            let is_done = Rc::new(Cell::new(false));
            let tells = Rc::clone(&is_done);
            alone(&own.lock, async move {
                tells.set(inside.send_all().await);
            })
            .await;
            own.is_sending.set(false);
            own.queue.is_sending.set(false);
            if own.queue.rounds.get_untracked() != before {
                // Once more, now that nothing is under way: this loads what all of them did.
                own.queue.rounds.update(|rounds| *rounds += 1);
            }
            if is_done.get() {
                // What was given between the last look and now found somebody sending, and woke nobody.
                own.send();
            }
        });
    }

    /// Sends until nothing waits, or until there is no answer to be had; says which.
    async fn send_all(self: &Rc<Self>) -> bool {
        loop {
            if !self.refresh().await {
                self.everybody_hears_that_it_is_kept();
                self.try_later();
                return false;
            }
            let entry = self
                .queue
                .entries
                .with_untracked(|entries| book::next(list(entries)).cloned());
            let Some(entry) = entry else { return true };
            let sent = match self.send_one(&entry).await {
                // A device that does not write down what was answered would have it sent at once again, and again.
                Ok(()) if self.waits(entry.id()) => Err(AppError::new(
                    ErrorCode::Unavailable,
                    "The device does not write down what was answered.",
                )),
                sent => sent,
            };
            match sent {
                Ok(()) => {
                    self.pause.set(FIRST_PAUSE);
                    self.tell_away(false);
                }
                Err(error) => {
                    let error = book::by_whom(error);
                    self.tell_away(error.code == ErrorCode::Network);
                    self.everybody_hears_that_it_is_kept();
                    if error.code == ErrorCode::Outdated {
                        self.queue.is_outdated.set(true);
                    } else {
                        self.try_later();
                    }
                    return false;
                }
            }
        }
    }

    fn try_later(self: &Rc<Self>) {
        let pause = self.pause.get();
        self.pause.set((pause * 2).min(LONGEST_PAUSE));
        let own = Rc::clone(self);
        let again = move || {
            own.later.set(None);
            own.look();
        };
        self.wait(set_timeout_with_handle(again, Duration::from_secs(pause)).ok());
    }

    /// Puts a timer in the place of the one before it.
    fn wait(&self, timer: Option<TimeoutHandle>) {
        if let Some(before) = self.later.replace(timer) {
            before.clear();
        }
    }

    /// Sends one and does what its answer asks for. Fails where there is no answer yet.
    async fn send_one(&self, entry: &Entry) -> AppResult<()> {
        let id = entry.id();
        let entry = self.timed(entry.clone()).await?;
        let entry = self.tried(entry).await;
        let error = match deliver(self.person, entry.command.clone()).await {
            Ok(answer) => {
                if let Some(movement_id) = answer.movement_id {
                    self.movements.borrow_mut().insert(id, movement_id);
                }
                self.settle(&entry, Verdict::Done(answer.movement_id)).await;
                self.hear(id, Heard::Done);
                return Ok(());
            }
            Err(error) => book::by_whom(error),
        };
        if error.code == ErrorCode::Internal && self.failures.get() < MOST_FAILURES {
            self.failures.set(self.failures.get() + 1);
            return Err(error);
        }
        let may_pass = book::may_succeed_later(&error) && error.code != ErrorCode::Internal;
        if may_pass || error.code == ErrorCode::Outdated {
            return Err(error);
        }
        let standing = self.standing(&entry, &error).await?;
        let is_moot = standing
            .as_ref()
            .is_some_and(|standing| standing.satisfies(&entry.command));
        if is_moot || entry.is_unwanted {
            self.settle(&entry, Verdict::Done(None)).await;
            self.hear(id, Heard::Done);
        } else if self.hear(id, Heard::Refused(error.clone())) {
            // Only now: where the page has gone nobody has heard of it, and it must not vanish.
            self.failures.set(0);
            self.save(vec![Change::Remove(id)]).await;
        } else {
            (self.tell)(Tell::SetAside(error.clone()));
            let standing = standing.map(Box::new);
            self.settle(&entry, Verdict::Refused { error, standing })
                .await;
        }
        Ok(())
    }

    async fn settle(&self, entry: &Entry, verdict: Verdict) {
        self.failures.set(0);
        if matches!(verdict, Verdict::Done(_)) && entry.command.is_shown_ahead() {
            let answered = self.queue.answered.with_untracked(|answered| {
                let mut answered = list(answered).to_vec();
                answered.push(entry.clone());
                answered
            });
            self.queue.answered.set(Arc::new(answered));
        }
        let id = entry.id();
        self.change(|entries| book::judged(entries, id, verdict))
            .await;
        self.queue.rounds.update(|rounds| *rounds += 1);
    }

    /// How the order of a refused command stands; `None` where that says nothing.
    async fn standing(&self, entry: &Entry, error: &AppError) -> AppResult<Option<Standing>> {
        let (Some(order), ErrorCode::Conflict | ErrorCode::Invalid) =
            (entry.command.order(), error.code)
        else {
            return Ok(None);
        };
        match ask(self.person, orders::GetOrder { id: order }).await {
            Ok(detail) => Ok(Some(detail.into())),
            Err(error) if book::may_succeed_later(&error) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Writes down before a booking is sent that it may be booked from now on, whether an answer comes or not.
    async fn tried(&self, mut entry: Entry) -> Entry {
        if !entry.is_tried && entry.command.can_be_taken_back() {
            entry.is_tried = true;
            self.save(vec![Change::Update(entry.clone())]).await;
        }
        entry
    }
}

/// Sends a command in the name of the person who gave it.
async fn deliver(person: Uuid, command: Command) -> AppResult<Answer> {
    match command {
        Command::Accept(c) => ask::<suggestions::AcceptSuggestion>(person, c.into())
            .await
            .map(drop)?,
        Command::Dismiss(c) => ask::<suggestions::DismissSuggestion>(person, c.into())
            .await
            .map(drop)?,
        Command::Start(c) => ask::<orders::StartOrder>(person, c.into())
            .await
            .map(drop)?,
        Command::Complete(c) => ask::<orders::CompleteOrder>(person, c.into())
            .await
            .map(drop)?,
        Command::Recall(c) => ask::<orders::RecallOrder>(person, c.into())
            .await
            .map(drop)?,
        Command::Cancel(c) => ask::<orders::CancelOrder>(person, c.into())
            .await
            .map(drop)?,
        Command::Reverse(c) => ask::<stock::ReverseMovement>(person, c.into())
            .await
            .map(drop)?,
        Command::Rebake(c) => rebake(person, c).await?,
        Command::Waste(c) => {
            let change = ask::<stock::RemoveStock>(person, c.into()).await?;
            return Ok(Answer {
                movement_id: Some(change.movement_id),
            });
        }
        Command::Enter(c) => ask::<counts::EnterCounts>(person, c.into())
            .await
            .map(drop)?,
    }
    Ok(Answer::default())
}

async fn rebake(person: Uuid, command: Rebake) -> AppResult<()> {
    let create = CreateOrder {
        command_id: command.part(0),
        store_id: command.store_id,
        product_id: command.product_id,
        production_date: command.production_date,
        planned_quantity: command.produced_quantity.max(1),
        note: None,
    };
    let order = ask::<orders::CreateOrder>(person, create.into()).await?;
    let start = StartOrder {
        command_id: command.part(1),
        order_id: order.id,
    };
    ask::<orders::StartOrder>(person, start.into()).await?;
    let complete = CompleteOrder {
        command_id: command.part(2),
        order_id: order.id,
        produced_quantity: command.produced_quantity,
        lost_quantity: command.lost_quantity,
        loss_reason: command.loss_reason,
        completed_at: command.completed_at,
        ..CompleteOrder::default()
    };
    ask::<orders::CompleteOrder>(person, complete.into())
        .await
        .map(drop)
}
