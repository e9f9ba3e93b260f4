//! What lies on the device: shown, changed, and told to whoever waits for it.

use super::super::book::{self, Change};
use super::super::command::{Command, Entry};
use super::super::{Heard, list, unexplained};
use super::{Keeper, PATIENCE, Tell};
use crate::device;
use chrono::TimeDelta;
use contract::stock::ReverseMovement;
use leptos::prelude::*;
use std::{rc::Rc, sync::Arc};
use uuid::Uuid;

impl Keeper {
    /// The same for all commands while the device's clock runs on: each measurement is off by a second or two, and what somebody corrects
    /// at once must not end up older than what it corrects.
    pub(super) fn steady(&self, ahead: TimeDelta) -> TimeDelta {
        let known = self.ahead.get();
        let known = known.filter(|known| (ahead - *known).abs() < book::SAME_TIME);
        let ahead = known.unwrap_or(ahead);
        self.ahead.set(Some(ahead));
        ahead
    }

    pub(super) async fn take_back(&self, id: Uuid) {
        let Ok(entries) = self.store.all().await else {
            return (self.tell)(Tell::NotUndone);
        };
        let waiting = book::taken_back(&entries, id);
        let movement = self.movements.borrow_mut().remove(&id);
        if let Some(change) = waiting {
            self.save(vec![change]).await;
        } else if let Some(movement_id) = movement {
            let command = Command::Reverse(ReverseMovement {
                command_id: Uuid::now_v7(),
                movement_id,
                note: None,
            });
            self.save(vec![Change::Add(unexplained(command))]).await;
        } else {
            return (self.tell)(Tell::NotUndone);
        }
        (self.tell)(Tell::Undone);
        self.queue.rounds.update(|rounds| *rounds += 1);
    }

    /// Shows what is on the device. Says whether the device said it; else what was shown stays.
    pub(super) async fn refresh(&self) -> bool {
        let Ok(entries) = self.store.all().await else {
            return false;
        };
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let unread = count(self.store.unread());
        if self.queue.unread.get_untracked() != unread {
            self.queue.unread.set(unread);
        }
        let (is_same, gone) = self.queue.entries.with_untracked(|known| {
            let known = list(known);
            // Another page sent them; what became of them is on the screens, and what was refused is set aside.
            let gone: Vec<Uuid> = known
                .iter()
                .map(Entry::id)
                .filter(|id| entries.iter().all(|entry| entry.id() != *id))
                .filter(|id| self.hearing.borrow().contains_key(id) && !self.is_sending.get())
                .collect();
            (known == entries, gone)
        });
        if !is_same {
            let waiting = entries.iter().filter(|entry| entry.is_waiting()).count();
            let aside = book::questions(&entries).count();
            self.queue.waiting.set(count(waiting));
            self.queue.aside.set(count(aside));
            self.queue.entries.set(Arc::new(entries));
        }
        for id in gone {
            self.hear(id, Heard::Done);
        }
        true
    }

    /// Changes what is on the device. Says whether that outlives the page.
    pub(super) async fn save(&self, changes: Vec<Change>) -> bool {
        if changes.is_empty() {
            return true;
        }
        let lasts = self.store.save(changes).await;
        // What this version does not read waits too: for the one that does.
        let is_empty = self.refresh().await
            && self.store.unread() == 0
            && self
                .queue
                .entries
                .with_untracked(|known| list(known).is_empty());
        if is_empty {
            device::remove(&self.mark);
        } else {
            // Any other text than before.
            let _ = device::write(&self.mark, &Uuid::now_v7());
        }
        lasts
    }

    pub(super) async fn change(&self, change: impl FnOnce(&[Entry]) -> Vec<Change>) {
        if let Ok(entries) = self.store.all().await {
            self.save(change(&entries)).await;
        }
    }

    /// Whether a command still waits, as far as is shown.
    pub(super) fn waits(&self, id: Uuid) -> bool {
        self.queue.entries.with_untracked(|entries| {
            list(entries)
                .iter()
                .any(|entry| entry.id() == id && entry.is_waiting())
        })
    }

    /// Shows whether the last try found no server.
    pub(super) fn tell_away(&self, is_away: bool) {
        if self.queue.is_away.get_untracked() != is_away {
            self.queue.is_away.set(is_away);
        }
    }

    /// It lies on the device: whoever gave the command may be told so, soon, if no answer comes.
    pub(super) fn lasts(self: &Rc<Self>, id: Uuid) {
        let mut hearing = self.hearing.borrow_mut();
        let Some((_, lasts)) = hearing.get_mut(&id) else {
            return;
        };
        *lasts = true;
        let own = Rc::clone(self);
        let kept = move || {
            own.hear(id, Heard::Kept);
        };
        set_timeout(kept, PATIENCE);
    }

    /// Tells whoever gave the command, once. Says whether somebody heard: the page may be gone by now.
    pub(super) fn hear(&self, id: Uuid, heard: Heard) -> bool {
        let hear = self.hearing.borrow_mut().remove(&id);
        hear.is_some_and(|(hear, _)| hear.try_run(heard).is_some())
    }

    pub(super) fn everybody_hears_that_it_is_kept(&self) {
        let lasting: Vec<Uuid> = self
            .hearing
            .borrow()
            .iter()
            .filter(|(_, (_, lasts))| *lasts)
            .map(|(id, _)| *id)
            .collect();
        for id in lasting {
            self.hear(id, Heard::Kept);
        }
    }
}
