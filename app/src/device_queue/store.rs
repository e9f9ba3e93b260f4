//! Where the queue lies: in the browser's database, on the disk before anybody is told that it is kept.
//!
//! A browser without a database, or one that refuses it, keeps the queue in local storage, and one that refuses that too in
//! memory. What is added lies behind everything that is there already, whichever page of the device adds it.

use super::book::{Change, apply};
use super::browser::{call, get, happens, set};
use super::command::Entry;
use crate::device;
use js_sys::{Array, Object};
use std::cell::RefCell;
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

const DATABASE: &str = "hornada";
const COMMANDS: &str = "commands";

/// The queue of one person on this device.
pub(super) struct Store {
    person: String,
    database: Option<JsValue>,
    /// What the database did not take.
    rest: RefCell<Vec<Entry>>,
}

impl Store {
    pub(super) async fn open(person: Uuid) -> Self {
        Self {
            person: person.to_string(),
            database: open().await.ok(),
            rest: RefCell::default(),
        }
    }

    fn key(&self) -> String {
        format!("hornada_queue_{}", self.person)
    }

    /// Everything that is there, oldest first.
    pub(super) async fn all(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = match &self.database {
            Some(database) => self
                .rows(database)
                .await
                .unwrap_or_default()
                .into_iter()
                .map(|(_, entry)| entry)
                .collect(),
            None => Vec::new(),
        };
        if let Some(kept) = device::read(&self.key()) {
            *self.rest.borrow_mut() = kept;
        }
        entries.extend(self.rest.borrow().iter().cloned());
        entries
    }

    /// Changes what is there, all of it or nothing.
    pub(super) async fn save(&self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        let mut left = changes;
        if let Some(database) = &self.database
            && self.write(database, &left).await.is_ok()
        {
            // What lies beside the database is changed there; nothing new comes to lie there.
            left.retain(|change| !matches!(change, Change::Add(_)));
        }
        let mut rest = self.rest.borrow_mut();
        let before = rest.len();
        let known = |id: Uuid| rest.iter().any(|entry| entry.id() == id);
        let concerns = left.iter().any(|change| match change {
            Change::Add(_) => true,
            Change::Update(entry) => known(entry.id()),
            Change::Remove(id) => known(*id),
        });
        if concerns {
            apply(&mut rest, left);
            if rest.is_empty() && before > 0 {
                device::remove(&self.key());
            } else {
                // A browser that keeps nothing still sends from memory; "n changes waiting" is on the screen either way.
                let _ = device::write(&self.key(), &*rest);
            }
        }
    }

    /// The rows with their keys.
    async fn rows(&self, database: &JsValue) -> Result<Vec<(JsValue, Entry)>, JsValue> {
        let transaction = call(database, "transaction", &[&COMMANDS.into()])?;
        let table = call(&transaction, "objectStore", &[&COMMANDS.into()])?;
        self.rows_of(&table).await
    }

    async fn rows_of(&self, table: &JsValue) -> Result<Vec<(JsValue, Entry)>, JsValue> {
        let request = call(table, "getAll", &[])?;
        happens(&request, "onsuccess", &["onerror"]).await?;
        let rows: Array = get(&request, "result").dyn_into()?;
        Ok(rows
            .iter()
            .filter(|row| get(row, "person").as_string().as_ref() == Some(&self.person))
            .filter_map(|row| {
                let text = get(&row, "entry").as_string()?;
                // What a later version wrote stays where it is, for that version.
                let entry = serde_json::from_slice(text.as_bytes()).ok()?;
                Some((get(&row, "place"), entry))
            })
            .collect())
    }

    async fn write(&self, database: &JsValue, changes: &[Change]) -> Result<(), JsValue> {
        let lasting = Object::new();
        // The browser says "done" once it is on the disk, not once the system promises to write it.
        set(&lasting, "durability", &"strict".into());
        let transaction = call(
            database,
            "transaction",
            &[&COMMANDS.into(), &"readwrite".into(), &lasting],
        )?;
        let table = call(&transaction, "objectStore", &[&COMMANDS.into()])?;
        // Reading in the same transaction: another page may have sent and removed what this one still shows.
        let rows = self.rows_of(&table).await?;
        let place = |id: Uuid| {
            let row = rows.iter().find(|(_, entry)| entry.id() == id);
            row.map(|(place, _)| place)
        };
        for change in changes {
            match change {
                Change::Add(entry) if place(entry.id()).is_none() => {
                    call(&table, "add", &[&self.row(entry)?])?;
                }
                Change::Update(entry) => {
                    if let Some(place) = place(entry.id()) {
                        let row = self.row(entry)?;
                        set(&row, "place", place);
                        call(&table, "put", &[&row])?;
                    }
                }
                Change::Remove(id) => {
                    if let Some(place) = place(*id) {
                        call(&table, "delete", &[place])?;
                    }
                }
                Change::Add(_) => {}
            }
        }
        happens(&transaction, "oncomplete", &["onabort", "onerror"]).await
    }

    fn row(&self, entry: &Entry) -> Result<JsValue, JsValue> {
        let text = serde_json::to_string(entry).map_err(|error| error.to_string())?;
        let row = Object::new();
        set(&row, "person", &self.person.as_str().into());
        set(&row, "entry", &text.into());
        Ok(row.into())
    }
}

async fn open() -> Result<JsValue, JsValue> {
    let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
    let factory = get(&window.into(), "indexedDB");
    let request = call(&factory, "open", &[&DATABASE.into(), &1.into()])?;
    let opened = request.clone();
    let first = Closure::once_into_js(move |_: JsValue| {
        let options = Object::new();
        set(&options, "keyPath", &"place".into());
        set(&options, "autoIncrement", &true.into());
        // A failure here fails the opening, which is told there.
        let _ = call(
            &get(&opened, "result"),
            "createObjectStore",
            &[&COMMANDS.into(), &options],
        );
    });
    set(&request, "onupgradeneeded", &first);
    happens(&request, "onsuccess", &["onerror", "onblocked"]).await?;
    Ok(get(&request, "result"))
}
