//! Where the queue lies: in the browser's database, on the disk before anybody is told that it is kept.
//!
//! A browser without a database, or one that refuses it, keeps the queue in local storage, and one that refuses that too in
//! memory. What is added lies behind everything that is there already, whichever page of the device adds it: while something lies
//! beside the database, what comes later lies there too.

use super::book::Change;
use super::browser::{call, get, happens, happens_within, set};
use super::command::Entry;
use super::rest::Rest;
use crate::device;
use js_sys::{Array, Object};
use std::cell::{Cell, RefCell};
use std::time::Duration;
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

const DATABASE: &str = "hornada";
const COMMANDS: &str = "commands";

/// So long the database may take to open; some browsers never say that it does not.
const OPENING: Duration = Duration::from_secs(3);

/// The queue of one person on this device.
pub(super) struct Store {
    person: String,
    /// None where the browser refuses one.
    database: RefCell<Option<JsValue>>,
    /// What the database did not take.
    rest: RefCell<Rest>,
    /// How many of the database's entries another version wrote and this one does not read.
    unread: Cell<usize>,
    /// Whether the rest is in memory only.
    is_fleeting: Cell<bool>,
}

impl Store {
    pub(super) async fn open(person: Uuid) -> Self {
        Self {
            person: person.to_string(),
            database: RefCell::new(open().await.ok()),
            rest: RefCell::default(),
            unread: Cell::new(0),
            is_fleeting: Cell::new(false),
        }
    }

    fn key(&self) -> String {
        format!("hornada_queue_{}", self.person)
    }

    /// Everything that is there, oldest first. Fails where the database does: what it holds is not nothing.
    pub(super) async fn all(&self) -> Result<Vec<Entry>, JsValue> {
        let database = self.database.borrow().clone();
        let rows = match database {
            Some(database) => match self.rows(&database).await {
                Ok(rows) => rows,
                Err(_) => self.rows(&self.reopened().await?).await?,
            },
            None => Vec::new(),
        };
        let mut entries: Vec<Entry> = rows.into_iter().map(|(_, entry)| entry).collect();
        self.read_rest();
        entries.extend(self.rest.borrow().entries().cloned());
        Ok(entries)
    }

    /// How many another version wrote and this one does not read, as of the last look. They stay as they are, for that version.
    pub(super) fn unread(&self) -> usize {
        self.unread.get() + self.rest.borrow().unread()
    }

    /// Changes what is there. Says whether that outlives the page.
    pub(super) async fn save(&self, changes: Vec<Change>) -> bool {
        self.read_rest();
        let is_beside = self.rest.borrow().entries().next().is_some();
        let (added, others): (Vec<Change>, Vec<Change>) = changes
            .into_iter()
            .partition(|change| matches!(change, Change::Add(_)));
        let inside: Vec<Change> = added
            .iter()
            .filter(|_| !is_beside)
            .chain(&others)
            .cloned()
            .collect();
        let database = self.database.borrow().clone();
        let has_database = database.is_some();
        let is_written = match database {
            Some(database) => self.is_written(&database, &inside).await,
            None => false,
        };
        // What lies beside the database is changed there; nothing new comes to lie there without need.
        let is_done = is_written || !has_database || others.iter().all(|change| self.knows(change));
        let beside = added
            .into_iter()
            .filter(|_| is_beside || !is_written)
            .chain(others)
            .collect();
        self.save_beside(beside) && is_done
    }

    /// Whether a change is about something beside the database.
    fn knows(&self, change: &Change) -> bool {
        let id = match change {
            Change::Add(entry) | Change::Update(entry) => entry.id(),
            Change::Remove(id) => *id,
        };
        self.rest.borrow().entries().any(|entry| entry.id() == id)
    }

    fn save_beside(&self, changes: Vec<Change>) -> bool {
        self.read_rest();
        let concerns = changes
            .iter()
            .any(|change| matches!(change, Change::Add(_)) || self.knows(change));
        if !concerns {
            return true;
        }
        let mut rest = self.rest.borrow_mut();
        rest.apply(changes);
        let is_kept = if rest.is_empty() {
            device::remove(&self.key());
            true
        } else {
            // A browser that keeps nothing still sends from memory; "n changes waiting" is on the screen either way.
            device::write(&self.key(), &*rest)
        };
        self.is_fleeting.set(!is_kept);
        is_kept
    }

    /// Reads what lies beside the database: another page may have changed it.
    fn read_rest(&self) {
        if !self.is_fleeting.get() {
            let text = device::read_text(&self.key());
            *self.rest.borrow_mut() = text.map_or_else(Rest::default, |text| Rest::of(&text));
        }
    }

    /// Opens the database once more: browsers close it under a page, as when they clear up.
    async fn reopened(&self) -> Result<JsValue, JsValue> {
        let database = open().await?;
        if let Some(before) = self.database.replace(Some(database.clone())) {
            // One that is closed already was what was wanted.
            let _ = call(&before, "close", &[]);
        }
        Ok(database)
    }

    async fn is_written(&self, database: &JsValue, changes: &[Change]) -> bool {
        if changes.is_empty() || self.write(database, changes).await.is_ok() {
            return true;
        }
        match self.reopened().await {
            Ok(database) => self.write(&database, changes).await.is_ok(),
            Err(_) => false,
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
        let own: Vec<JsValue> = rows
            .iter()
            .filter(|row| get(row, "person").as_string().as_ref() == Some(&self.person))
            .collect();
        let read: Vec<(JsValue, Entry)> = own
            .iter()
            .filter_map(|row| {
                let text = get(row, "entry").as_string()?;
                // What another version wrote stays where it is, for that version.
                let entry = serde_json::from_slice(text.as_bytes()).ok()?;
                Some((get(row, "place"), entry))
            })
            .collect();
        self.unread.set(own.len() - read.len());
        Ok(read)
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
    if let Err(error) = happens_within(
        Some(OPENING),
        &request,
        "onsuccess",
        &["onerror", "onblocked"],
    )
    .await
    {
        // Should it open yet, nobody uses it.
        set(&request, "onsuccess", &closer(request.clone()));
        return Err(error);
    }
    let database = get(&request, "result");
    // A later version of the program changes the tables once nobody holds them any more.
    set(&database, "onversionchange", &closer(request));
    Ok(database)
}

/// A listener that closes what a request opened.
fn closer(request: JsValue) -> JsValue {
    Closure::once_into_js(move |_: JsValue| {
        // One that is closed already was what was wanted.
        let _ = call(&get(&request, "result"), "close", &[]);
    })
}
