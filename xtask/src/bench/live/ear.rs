//! One open screen: a stream of events, when each of them arrived, and how the stream goes on where it is cut.

use crate::bench::orders::{list, text};
use crate::bench::visitor::Visitor;
use anyhow::{Context, Result, bail, ensure};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const TOPICS: &str = "orders,stock";
/// How long a read waits before it is looked whether the stream is to end, or to be cut.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a stream that is cut again and again lives, in milliseconds.
const LIVES: std::ops::Range<u64> = 200..1_500;
/// How long it is away then, in milliseconds.
const AWAY: std::ops::Range<u64> = 20..800;

/// Somebody's screen.
#[derive(Debug)]
pub struct Ear {
    /// The same person at every server. A stream that is cut goes on at the next one.
    doors: Vec<Visitor>,
    first: usize,
    /// What it must hear of, and nothing else.
    pub stores: BTreeSet<String>,
    /// Whether it is cut at random moments, and the seed of those.
    pub cut: Option<u64>,
    told: Mutex<Told>,
}

/// What a screen was told so far.
#[derive(Debug, Default)]
pub struct Told {
    pub is_open: bool,
    /// By their number, as they arrived first.
    pub events: BTreeMap<i64, Event>,
    pub cuts: u64,
    /// Events that arrived once more.
    pub again: u64,
    /// Times that it was told to load everything, and up to which number that counts.
    pub resets: Vec<i64>,
}

/// An event that arrived.
#[derive(Clone, Debug)]
pub struct Event {
    pub at: Instant,
    pub what: What,
}

/// What an event is of, as far as commands are told apart by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Sale { store: String },
    Order { id: String, status: String },
    Else,
}

/// One message of a stream.
#[derive(Debug, Default, PartialEq, Eq)]
struct Message {
    kind: String,
    id: Option<i64>,
    data: String,
}

/// How far a stream got, over all its connections.
#[derive(Debug, Default)]
struct Place {
    /// Number of the last message that had one, as a browser remembers it.
    last: Option<i64>,
    /// This connection was told to load everything, and not yet up to where.
    is_reset: bool,
    /// This connection was told all that was missed.
    is_greeted: bool,
}

impl Ear {
    /// # Errors
    /// When nobody is signed in.
    pub fn new(doors: Vec<Visitor>, first: usize, cut: Option<u64>) -> Result<Self> {
        let user = doors.first().context("no server")?.current_user()?;
        let stores = list(&user["stores"])?.iter();
        let stores = stores.map(|store| Ok(text(store, "id")?.to_owned()));
        Ok(Self {
            stores: stores.collect::<Result<_>>()?,
            doors,
            first,
            cut,
            told: Mutex::default(),
        })
    }

    pub fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens until it is over.
    ///
    /// # Errors
    /// When a server ends the stream, tells of a foreign store, or says what nobody understands.
    pub fn listen(&self, over: &AtomicBool) -> Result<()> {
        let mut random = self.cut.map(ChaCha8Rng::seed_from_u64);
        let mut last = None;
        for door in self.doors.iter().cycle().skip(self.first) {
            let life = random.as_mut().map(|random| random.random_range(LIVES));
            let end = life.map(|life| Instant::now() + Duration::from_millis(life));
            let stream = door.listen(&format!("/api/v1/live?topics={TOPICS}"), last)?;
            last = self.hear(stream, last, || {
                over.load(Ordering::SeqCst) || end.is_some_and(|end| Instant::now() >= end)
            })?;
            let Some(random) = random.as_mut().filter(|_| !over.load(Ordering::SeqCst)) else {
                break;
            };
            self.told().cuts += 1;
            std::thread::sleep(Duration::from_millis(random.random_range(AWAY)));
        }
        Ok(())
    }

    /// One connection, to its end; the number of the last message.
    fn hear(
        &self,
        mut stream: TcpStream,
        last: Option<i64>,
        is_over: impl Fn() -> bool,
    ) -> Result<Option<i64>> {
        stream.set_read_timeout(Some(LOOK_EVERY))?;
        let mut place = Place {
            last,
            ..Place::default()
        };
        let mut is_headed = false;
        let (mut pending, mut piece) = (Vec::new(), vec![0_u8; 16 * 1_024]);
        while !is_over() {
            let count = match stream.read(&mut piece) {
                Ok(0) => bail!(
                    "a server ended a stream: {}",
                    String::from_utf8_lossy(&pending)
                ),
                Ok(count) => count,
                Err(error) if is_nothing_yet(error.kind()) => continue,
                Err(error) => return Err(error).context("a stream broke"),
            };
            let at = Instant::now();
            pending.extend_from_slice(&piece[..count]);
            if !is_headed {
                let Some(head) = cut_off(&mut pending, b"\r\n\r\n") else {
                    continue;
                };
                let status = head.split_whitespace().nth(1);
                ensure!(status == Some("200"), "a stream was refused: {head}");
                is_headed = true;
            }
            while let Some(block) = cut_off(&mut pending, b"\n\n") {
                self.take(&mut place, &Message::read(&block), at)?;
            }
        }
        Ok(place.last)
    }

    fn take(&self, place: &mut Place, message: &Message, at: Instant) -> Result<()> {
        if message.kind.is_empty() {
            return Ok(());
        }
        place.last = message.id.or(place.last);
        let mut told = self.told();
        if message.kind == "hello" {
            place.is_greeted = true;
            told.is_open = true;
            if std::mem::take(&mut place.is_reset) {
                told.resets.push(message.id.context("hello has no number")?);
            }
            return Ok(());
        }
        let data: Value = serde_json::from_str(&message.data)
            .with_context(|| format!("an event that nobody understands: {}", message.data))?;
        let Some(id) = message.id else {
            ensure!(data["detail"]["missed"] == true, "no number: {data}");
            // While it is open it is told everything one by one.
            ensure!(
                !place.is_greeted,
                "an open stream fell behind its server's events"
            );
            place.is_reset = true;
            return Ok(());
        };
        let store = data["store_id"].as_str();
        if let Some(store) = store {
            ensure!(
                self.stores.contains(store),
                "a screen was told of a foreign store: {data}"
            );
        }
        let what = What::of(&data, store);
        let mut is_new = false;
        told.events.entry(id).or_insert_with(|| {
            is_new = true;
            Event { at, what }
        });
        told.again += u64::from(!is_new);
        Ok(())
    }
}

impl What {
    fn of(data: &Value, store: Option<&str>) -> Self {
        let topic = data["topic"].as_str().unwrap_or_default();
        let (subject, detail) = (data["subject_id"].as_str(), &data["detail"]);
        match (topic, subject, store) {
            ("orders", Some(id), _) => Self::Order {
                id: id.to_owned(),
                status: detail["status"].as_str().unwrap_or_default().to_owned(),
            },
            ("stock", _, Some(store)) if detail["sales"] == true => Self::Sale {
                store: store.to_owned(),
            },
            _ => Self::Else,
        }
    }
}

impl Message {
    fn read(block: &str) -> Self {
        let mut message = Self::default();
        for line in block.lines() {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut message.kind),
                "id" => message.id = value.parse().ok(),
                "data" => message.data.push_str(value),
                // Comments, and how long to wait before another attempt.
                _ => {}
            }
        }
        message
    }
}

fn is_nothing_yet(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// Takes what stands before an end, and the end, out of what came; nothing where the end has not come.
fn cut_off(pending: &mut Vec<u8>, end: &[u8]) -> Option<String> {
    let at = pending.windows(end.len()).position(|bytes| bytes == end)?;
    let rest = pending.split_off(at + end.len());
    let whole = std::mem::replace(pending, rest);
    Some(String::from_utf8_lossy(&whole[..at]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_once_they_are_whole() {
        let mut pending = b"HTTP/1.0 200 OK\r\na: b\r\n\r\n: live\nretry: 2000\n\nid: 7\nevent: stock\ndata: {\"a\":1}\n\nid: 8\nev".to_vec();
        assert!(
            cut_off(&mut pending, b"\r\n\r\n")
                .unwrap()
                .ends_with("a: b")
        );
        let comment = Message::read(&cut_off(&mut pending, b"\n\n").unwrap());
        assert_eq!(comment, Message::default());
        let message = Message::read(&cut_off(&mut pending, b"\n\n").unwrap());
        assert_eq!(
            (message.kind.as_str(), message.id, message.data.as_str()),
            ("stock", Some(7), "{\"a\":1}")
        );
        assert_eq!(cut_off(&mut pending, b"\n\n"), None);
        assert_eq!(pending, b"id: 8\nev");
    }

    #[test]
    fn sales_and_orders_are_told_apart() {
        let of = |data: Value| What::of(&data, data["store_id"].as_str());
        let sale = serde_json::json!({ "topic": "stock", "store_id": "s", "subject_id": null, "detail": { "sales": true } });
        assert_eq!(of(sale), What::Sale { store: "s".into() });
        let order = serde_json::json!({ "topic": "orders", "store_id": "s", "subject_id": "o", "detail": { "status": "pending" } });
        let (id, status) = ("o".into(), "pending".into());
        assert_eq!(of(order), What::Order { id, status });
        let shelf = serde_json::json!({ "topic": "stock", "store_id": "s", "subject_id": "p", "detail": { "on_hand": 1 } });
        assert_eq!(of(shelf), What::Else);
    }
}
