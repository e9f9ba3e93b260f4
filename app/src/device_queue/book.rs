//! The rules of the queue, without device or network: what is sent next, and what an answer does to the rest.

use super::command::{Aside, Command, Entry, Standing};
use chrono::{DateTime, TimeDelta, Utc};
use contract::stock::ReverseMovement;
use contract::{AppError, ErrorCode};
use domain::batches::MAX_DAYS_LATE;
use uuid::Uuid;

/// Clocks that differ by less agree.
pub(super) const SAME_TIME: TimeDelta = TimeDelta::seconds(30);

/// So long a command that was given its moment may take to arrive, when it is as old as can be.
const ON_THE_WAY: TimeDelta = TimeDelta::hours(6);

/// What came of sending a command.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// Booked, now or at an earlier attempt; or somebody else had done the same. With the movement of stock that it became.
    Done(Option<Uuid>),
    /// Refused for good.
    Refused {
        error: AppError,
        standing: Option<Box<Standing>>,
    },
}

/// A change of what is on the device.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// At the end.
    Add(Entry),
    /// In its place, if it is still there.
    Update(Entry),
    Remove(Uuid),
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

/// A failure that does not name the request is not the server's own but of something before it, as of a proxy whose server is away; it
/// passes as the network's do.
pub(super) fn by_whom(error: AppError) -> AppError {
    if error.code == ErrorCode::Internal && error.request_id.is_empty() {
        return AppError {
            code: ErrorCode::Network,
            ..error
        };
    }
    error
}

/// The command to be sent next: they go in the order in which they were given, past those that were set aside.
pub(super) fn next(entries: &[Entry]) -> Option<&Entry> {
    entries.iter().find(|entry| entry.is_waiting())
}

/// What the verdict on a command changes. With a refused one everything is set aside that was done with the same order after
/// it: sent alone it would be refused too, or mean something else.
pub(super) fn judged(entries: &[Entry], id: Uuid, verdict: Verdict) -> Vec<Change> {
    let Some(place) = entries.iter().position(|entry| entry.id() == id) else {
        return Vec::new();
    };
    let (error, standing) = match verdict {
        Verdict::Done(movement_id) => {
            let entry = &entries[place];
            let movement_id = movement_id.filter(|_| entry.is_unwanted);
            let reversal = movement_id.map(|movement_id| Change::Add(reversal(entry, movement_id)));
            return reversal.into_iter().chain([Change::Remove(id)]).collect();
        }
        // Not booked, and not wanted any more.
        Verdict::Refused { .. } if entries[place].is_unwanted => return vec![Change::Remove(id)],
        Verdict::Refused { error, standing } => (error, standing.map(|standing| *standing)),
    };
    let refused = &entries[place];
    let subject = refused.command.subject();
    let after = entries[place + 1..]
        .iter()
        .filter(|entry| subject.is_some() && entry.command.subject() == subject)
        .filter(|entry| entry.is_waiting());
    let mut changes = vec![set_aside(refused, &error, standing.clone(), None)];
    changes.extend(after.map(|entry| set_aside(entry, &error, standing.clone(), Some(id))));
    changes
}

/// Takes back a booking that waits to be sent. One that has been on its way may be booked: it goes on being sent, and is reversed
/// with the answer. Nothing where it does not wait (any more).
pub(super) fn taken_back(entries: &[Entry], id: Uuid) -> Option<Change> {
    let entry = entries
        .iter()
        .find(|entry| entry.id() == id && entry.is_waiting())?;
    Some(if entry.is_tried {
        Change::Update(Entry {
            is_unwanted: true,
            ..entry.clone()
        })
    } else {
        Change::Remove(id)
    })
}

/// By how much the device's clock was ahead of the server's when something was done. It is taken to be what it is now, unless the clock
/// was set back since: `ran` is how long ago it was by a clock that nobody sets, while the page is the same. That one may stand still
/// while the device sleeps, so it tells nothing where it ran less than the other.
pub(super) fn ahead(
    done_at: DateTime<Utc>,
    now: DateTime<Utc>,
    server: DateTime<Utc>,
    ran: Option<TimeDelta>,
) -> TimeDelta {
    match ran {
        Some(ran) if ran - (now - done_at) > SAME_TIME => done_at - (server - ran),
        _ => now - server,
    }
}

/// When something that was pressed on this device was done, by the server's clock. Said of what is sent at once as well: the first try may
/// find no answer, or a session that has ended, and what it said is repeated hours later.
pub(super) fn done_at(
    pressed_at: DateTime<Utc>,
    ahead: TimeDelta,
    server: DateTime<Utc>,
) -> DateTime<Utc> {
    let is_right = ahead.abs() <= SAME_TIME;
    let done_at = if is_right {
        pressed_at
    } else {
        pressed_at - ahead
    };
    // A clock that was ahead and has been put right since names what has not come yet.
    if done_at - server > SAME_TIME {
        server
    } else {
        done_at
    }
}

/// Whether a command has a moment that is to be found before it is sent for the first time. What has been on its way keeps its
/// words: it may be booked already.
pub(super) fn lacks_moment(entry: &Entry) -> bool {
    if entry.is_timed || entry.is_tried {
        return false;
    }
    match &entry.command {
        Command::Enter(count) => count.counted_at.is_some(),
        Command::Waste(waste) => waste.at.is_none() && waste.pressed_at.is_none(),
        Command::Complete(batch) => entry.may_be_dated && batch.completed_local.is_none(),
        Command::Rebake(_) => entry.may_be_dated,
        _ => false,
    }
}

/// Gives a command its moment by the server's clock, once. `ahead`: by how much the device's clock was ahead when it was pressed.
pub(super) fn timed(mut entry: Entry, ahead: TimeDelta, server: DateTime<Utc>) -> Entry {
    let pressed = done_at(entry.pressed_at, ahead, server);
    match &mut entry.command {
        Command::Enter(count) => {
            if let Some(counted_at) = count.counted_at.as_mut()
                && ahead.abs() > SAME_TIME
            {
                *counted_at -= ahead;
            }
        }
        Command::Waste(waste) => waste.pressed_at = Some(pressed),
        Command::Complete(batch) => {
            // Nothing comes out of an order before there is one: a clock that was behind has been put right since.
            let is_wrong = made_at(batch.order_id).is_some_and(|made| made - pressed > SAME_TIME);
            let pressed = if is_wrong { server } else { pressed };
            batch.completed_at = Some(came_out(batch.completed_at, pressed, server));
        }
        Command::Rebake(batch) => {
            batch.completed_at = Some(came_out(batch.completed_at, pressed, server));
        }
        _ => return entry,
    }
    entry.is_timed = true;
    entry
}

/// When a batch came out: as it says already, else when that was pressed. What lies further back than the server takes, as where a
/// device lay in a drawer for weeks, came out as long ago as it takes; refused, it would be lost.
fn came_out(
    said: Option<DateTime<Utc>>,
    pressed: DateTime<Utc>,
    server: DateTime<Utc>,
) -> DateTime<Utc> {
    let earliest = server - TimeDelta::days(MAX_DAYS_LATE) + ON_THE_WAY;
    said.unwrap_or(pressed).max(earliest)
}

/// When the server made something, by its own clock: the first part of its id says so.
fn made_at(id: Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanoseconds) = id.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
}

fn reversal(entry: &Entry, movement_id: Uuid) -> Entry {
    let command = Command::Reverse(ReverseMovement {
        command_id: Uuid::now_v7(),
        movement_id,
        note: None,
    });
    Entry::new(command, entry.about.clone())
}

fn set_aside(
    entry: &Entry,
    error: &AppError,
    standing: Option<Standing>,
    because_of: Option<Uuid>,
) -> Change {
    Change::Update(Entry {
        aside: Some(Aside {
            error: error.clone(),
            standing,
            because_of,
        }),
        ..entry.clone()
    })
}

/// A command that was set aside, and those that were set aside because of it, oldest first.
pub(super) fn together(entries: &[Entry], id: Uuid) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(move |entry| {
        entry
            .aside
            .as_ref()
            .is_some_and(|aside| entry.id() == id || aside.because_of == Some(id))
    })
}

/// Sends what was set aside once more, in its old place.
pub(super) fn again(entries: &[Entry], id: Uuid) -> Vec<Change> {
    together(entries, id)
        .map(|entry| {
            Change::Update(Entry {
                aside: None,
                ..entry.clone()
            })
        })
        .collect()
}

/// Puts others in the place of what was set aside, or nothing.
pub(super) fn replaced(entries: &[Entry], id: Uuid, with: Vec<Entry>) -> Vec<Change> {
    // Whoever decides twice, on two screens, decides once.
    let gone: Vec<Change> = together(entries, id)
        .map(|entry| Change::Remove(entry.id()))
        .collect();
    if gone.is_empty() {
        return gone;
    }
    with.into_iter().map(Change::Add).chain(gone).collect()
}

/// The questions that a person has to answer: what was set aside without being a consequence.
pub(super) fn questions(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(|entry| {
        entry
            .aside
            .as_ref()
            .is_some_and(|aside| aside.because_of.is_none())
    })
}

/// Does the changes to a list, as every place that keeps one does.
#[cfg(test)]
pub(super) fn apply(entries: &mut Vec<Entry>, changes: Vec<Change>) {
    for change in changes {
        match change {
            Change::Add(new) => {
                if entries.iter().all(|entry| entry.id() != new.id()) {
                    entries.push(new);
                }
            }
            Change::Update(new) => {
                if let Some(old) = entries.iter_mut().find(|entry| entry.id() == new.id()) {
                    *old = new;
                }
            }
            Change::Remove(id) => entries.retain(|entry| entry.id() != id),
        }
    }
}
