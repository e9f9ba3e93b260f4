//! Commands of the kitchen that wait to be sent: kept on the device, sent in order, each exactly once.
//!
//! A command gets its id where it is made. It is written to the device before it is sent and leaves the device only
//! when the server has answered, so a reload, a lost network or a lost answer repeats it under the same id, which the
//! server answers without a second effect. What the server refuses is taken out and told; the others go on.
//!
//! The queue lives in local storage. A later, sturdier store (IndexedDB with a service worker) replaces [`load`] and
//! [`keep`] and nothing else.

use crate::{
    device,
    server_fns::{
        orders::{complete_order, recall_order, start_order},
        suggestions::{accept_suggestion, dismiss_suggestion},
    },
    session::use_session,
};
use contract::orders::{CompleteOrder, RecallOrder, StartOrder};
use contract::suggestions::{AcceptSuggestion, DismissSuggestion};
use contract::{AppError, ErrorCode};
use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// First pause after a failure of the network, in seconds; it doubles up to the longest.
const FIRST_PAUSE: u64 = 2;
const LONGEST_PAUSE: u64 = 30;

/// Something the kitchen did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum KitchenCommand {
    Accept(AcceptSuggestion),
    Dismiss(DismissSuggestion),
    Start(StartOrder),
    Complete(CompleteOrder),
    Recall(RecallOrder),
}

impl KitchenCommand {
    /// The id under which it is sent, however often.
    #[must_use]
    pub const fn id(&self) -> Uuid {
        match self {
            Self::Accept(c) => c.command_id,
            Self::Dismiss(c) => c.command_id,
            Self::Start(c) => c.command_id,
            Self::Complete(c) => c.command_id,
            Self::Recall(c) => c.command_id,
        }
    }

    /// The order or suggestion it is about.
    #[must_use]
    pub const fn subject(&self) -> Uuid {
        match self {
            Self::Accept(c) => c.suggestion_id,
            Self::Dismiss(c) => c.suggestion_id,
            Self::Start(c) => c.order_id,
            Self::Complete(c) => c.order_id,
            Self::Recall(c) => c.order_id,
        }
    }
}

/// Whether the same command may succeed later, unchanged.
pub(crate) fn may_succeed_later(error: &AppError) -> bool {
    matches!(
        error.code,
        ErrorCode::Network
            | ErrorCode::Unavailable
            | ErrorCode::TooManyRequests
            | ErrorCode::Internal
            | ErrorCode::Unauthenticated
    )
}

/// The queue. Copy.
#[derive(Clone, Copy)]
pub struct PendingCommands {
    queue: RwSignal<Vec<KitchenCommand>>,
    sending: StoredValue<bool>,
    key: StoredValue<String>,
    on_answer: Callback<Result<(), AppError>>,
}

impl PendingCommands {
    /// The queue of the signed-in person on this device. `on_answer` runs after each answer: load the page's data
    /// again, and tell a refusal.
    #[must_use]
    pub fn new(on_answer: Callback<Result<(), AppError>>) -> Self {
        let person = use_session()
            .map(|session| session.user.user_id)
            .unwrap_or_default();
        let queue = Self {
            queue: RwSignal::new(Vec::new()),
            sending: StoredValue::new(false),
            key: StoredValue::new(format!("hornada_pending_{person}")),
            on_answer,
        };
        // Effects run in the browser only, once the page is drawn as the server drew it.
        Effect::new(move |_| {
            let waiting = load(&queue.key.get_value());
            if !waiting.is_empty() {
                queue.queue.set(waiting);
                queue.send(FIRST_PAUSE);
            }
        });
        #[cfg(feature = "hydrate")]
        {
            let online = window_event_listener_untyped("online", move |_| queue.send(FIRST_PAUSE));
            on_cleanup(move || online.remove());
        }
        queue
    }

    /// What waits, oldest first.
    #[must_use]
    pub fn waiting(self) -> Signal<Vec<KitchenCommand>> {
        self.queue.into()
    }

    /// How many wait.
    #[must_use]
    pub fn count(self) -> Signal<i64> {
        Signal::derive(move || {
            self.queue
                .with(|queue| i64::try_from(queue.len()).unwrap_or(i64::MAX))
        })
    }

    /// Keeps a command and sends it.
    pub fn push(self, command: KitchenCommand) {
        self.queue.update(|queue| queue.push(command));
        self.keep();
        self.send(FIRST_PAUSE);
    }

    /// Takes back a command that was not sent yet; says whether it was still here.
    pub fn withdraw(self, id: Uuid) -> bool {
        let first_is_on_its_way = self.sending.get_value();
        let place = self
            .queue
            .with_untracked(|queue| queue.iter().position(|c| c.id() == id));
        match place {
            Some(0) if first_is_on_its_way => false,
            Some(_) => {
                self.queue.update(|queue| queue.retain(|c| c.id() != id));
                self.keep();
                true
            }
            None => false,
        }
    }

    fn keep(self) {
        self.queue
            .with_untracked(|queue| keep(&self.key.get_value(), queue));
    }

    fn send(self, pause: u64) {
        // The page may be gone when a pause ends; what waits stays on the device for the next one.
        if self.sending.try_get_value() != Some(false) {
            return;
        }
        let Some(command) = self.queue.with_untracked(|queue| queue.first().cloned()) else {
            return;
        };
        self.sending.set_value(true);
        spawn_local(async move {
            let id = command.id();
            let answer = deliver(command).await;
            if self.sending.try_set_value(false).is_some() {
                return;
            }
            match answer {
                Err(error) if may_succeed_later(&error) => {
                    set_timeout(
                        move || self.send((pause * 2).min(LONGEST_PAUSE)),
                        Duration::from_secs(pause),
                    );
                }
                answer => {
                    self.on_answer.run(answer);
                    self.queue.update(|queue| queue.retain(|c| c.id() != id));
                    self.keep();
                    self.send(FIRST_PAUSE);
                }
            }
        });
    }
}

async fn deliver(command: KitchenCommand) -> Result<(), AppError> {
    match command {
        KitchenCommand::Accept(c) => accept_suggestion(c).await.map(drop),
        KitchenCommand::Dismiss(c) => dismiss_suggestion(c).await.map(drop),
        KitchenCommand::Start(c) => start_order(c).await.map(drop),
        KitchenCommand::Complete(c) => complete_order(c).await.map(drop),
        KitchenCommand::Recall(c) => recall_order(c).await.map(drop),
    }
}

fn load(key: &str) -> Vec<KitchenCommand> {
    device::read(key).unwrap_or_default()
}

fn keep(key: &str, queue: &[KitchenCommand]) {
    if queue.is_empty() {
        device::remove(key);
    } else {
        // A browser that keeps nothing still sends from memory; the mark "n changes waiting" is on the screen either way.
        let _ = device::write(key, &queue);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_survives_being_written_and_read() {
        let command = KitchenCommand::Complete(CompleteOrder {
            command_id: Uuid::from_u128(1),
            order_id: Uuid::from_u128(2),
            produced_quantity: 84,
            lost_quantity: 3,
        });
        let text = serde_json::to_string(std::slice::from_ref(&command)).expect("text");
        assert_eq!(
            serde_json::from_str::<Vec<KitchenCommand>>(&text).expect("commands"),
            [command]
        );
    }

    #[test]
    fn only_failures_that_may_pass_are_tried_again() {
        let again = |code| may_succeed_later(&AppError::new(code, ""));
        assert!(
            again(ErrorCode::Network)
                && again(ErrorCode::Unavailable)
                && again(ErrorCode::Unauthenticated)
        );
        assert!(
            !again(ErrorCode::Conflict)
                && !again(ErrorCode::Invalid)
                && !again(ErrorCode::NotFound)
                && !again(ErrorCode::Forbidden)
        );
    }
}
