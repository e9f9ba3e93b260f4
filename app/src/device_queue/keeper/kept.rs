//! What lies on the device: shown, changed, and told to whoever waits for it.

use super::super::book::{self, Change};
use super::super::command::{Command, Entry};
use super::super::{Heard, list, unexplained};
use super::{Keeper, Tell};
use crate::device;
use contract::stock::ReverseMovement;
use leptos::prelude::*;
use std::sync::Arc;
use uuid::Uuid;

impl Keeper {
    pub(super) async fn take_back(&self, id: Uuid) {
        let waiting = book::taken_back(&self.store.all().await, id);
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

    /// Shows what is on the device.
    pub(super) async fn refresh(&self) {
        let entries = self.store.all().await;
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
            let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
            let waiting = entries.iter().filter(|entry| entry.is_waiting()).count();
            let aside = book::questions(&entries).count();
            self.queue.waiting.set(count(waiting));
            self.queue.aside.set(count(aside));
            self.queue.entries.set(Arc::new(entries));
        }
        for id in gone {
            self.hear(id, Heard::Done(None));
        }
    }

    pub(super) async fn save(&self, changes: Vec<Change>) {
        self.store.save(changes).await;
        self.refresh().await;
        if self
            .queue
            .entries
            .with_untracked(|known| list(known).is_empty())
        {
            device::remove(&self.mark);
        } else {
            // Any other text than before.
            let _ = device::write(&self.mark, &Uuid::now_v7());
        }
    }

    pub(super) async fn change(&self, change: impl FnOnce(&[Entry]) -> Vec<Change>) {
        let changes = change(&self.store.all().await);
        self.save(changes).await;
    }

    /// Tells whoever gave the command, once. Says whether somebody heard: the page may be gone by now.
    pub(super) fn hear(&self, id: Uuid, heard: Heard) -> bool {
        let hear = self.hearing.borrow_mut().remove(&id);
        hear.is_some_and(|hear| hear.try_run(heard).is_some())
    }

    pub(super) fn everybody_hears_that_it_is_kept(&self) {
        let all = std::mem::take(&mut *self.hearing.borrow_mut());
        for hear in all.into_values() {
            let _ = hear.try_run(Heard::Kept);
        }
    }
}
