//! What lies in local storage, beside the browser's database, entry by entry: what another version of the program wrote stays as it is, for
//! that version, and hides nothing else.

use super::book::Change;
use super::command::Entry;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Kept {
    Read(Box<Entry>),
    Unread(Value),
}

impl Kept {
    fn of(value: Value) -> Self {
        let text = serde_json::to_string(&value).unwrap_or_default();
        // From bytes, as everything is read.
        match serde_json::from_slice(text.as_bytes()) {
            Ok(entry) => Self::Read(Box::new(entry)),
            Err(_) => Self::Unread(value),
        }
    }

    fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Read(entry) => Some(entry),
            Self::Unread(_) => None,
        }
    }

    fn is(&self, id: Uuid) -> bool {
        self.entry().is_some_and(|entry| entry.id() == id)
    }
}

/// Entries in their order, those among them that this version does not read as they were written.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Rest(Vec<Kept>);

impl Rest {
    /// What a text holds. Nothing of it is thrown away, not even where it is no list.
    pub(super) fn of(text: &str) -> Self {
        let values = match serde_json::from_slice(text.as_bytes()) {
            Ok(Value::Array(values)) => values,
            Ok(value) => vec![value],
            Err(_) => vec![Value::String(text.to_owned())],
        };
        Self(values.into_iter().map(Kept::of).collect())
    }

    /// Those that this version reads, oldest first.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter_map(Kept::entry)
    }

    /// How many this version does not read.
    pub(super) fn unread(&self) -> usize {
        self.0.len() - self.entries().count()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Does the changes; what is not read stays where it is.
    pub(super) fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Add(new) => {
                    if !self.0.iter().any(|kept| kept.is(new.id())) {
                        self.0.push(Kept::Read(Box::new(new)));
                    }
                }
                Change::Update(new) => {
                    if let Some(old) = self.0.iter_mut().find(|kept| kept.is(new.id())) {
                        *old = Kept::Read(Box::new(new));
                    }
                }
                Change::Remove(id) => self.0.retain(|kept| !kept.is(id)),
            }
        }
    }
}
