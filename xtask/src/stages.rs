//! What a person watching sees: one line when a stage starts, counts and remaining time while it runs, one when it is done.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often progress is written where the output is not a terminal.
const PLAIN_INTERVAL: Duration = Duration::from_secs(15);

thread_local! {
    /// Put before what this thread says, so that stages side by side can be told apart.
    static LANE: Cell<&'static str> = const { Cell::new("") };
    /// What this thread said last.
    static RECENT: RefCell<VecDeque<String>> = const { RefCell::new(VecDeque::new()) };
}

/// So many lines are kept: what a compiler or a test runner says at its end.
const KEPT: usize = 40;

/// From now on every line of this thread's stages begins with `name`.
pub fn enter_lane(name: &'static str) {
    LANE.set(name);
}

/// Writes one line of a stage.
pub fn say(line: impl AsRef<str>) {
    let line = format!("{}{}", LANE.get(), line.as_ref());
    println!("{line}");
    RECENT.with_borrow_mut(|recent| {
        if recent.len() == KEPT {
            recent.pop_front();
        }
        recent.push_back(line);
    });
}

/// Takes what this thread said last, oldest line first; what is said afterwards starts anew.
pub fn take_recent() -> Vec<String> {
    RECENT.with_borrow_mut(|recent| recent.drain(..).collect())
}

/// `95` seconds as `1 min 35 s`.
pub fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 60, seconds % 60) {
        (0, 0..10) => format!("{:.1} s", duration.as_secs_f64()),
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// A named piece of work that is being timed.
#[derive(Debug)]
pub struct Stage {
    name: String,
    started: Instant,
}

impl Stage {
    /// Announces the stage and starts its clock.
    pub fn start(name: impl Into<String>) -> Self {
        let name = name.into();
        say(format!("-> {name}"));
        Self {
            name,
            started: Instant::now(),
        }
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Says that the stage is done, and what came of it.
    pub fn done(self, result: impl AsRef<str>) {
        say(format!(
            "   {} ({}): {}",
            self.name,
            spoken(self.started.elapsed()),
            result.as_ref()
        ));
    }
}

/// How far one of several builds that run side by side has come.
#[derive(Clone, Copy, Debug, Default)]
struct Track {
    done: usize,
    total: usize,
    finished: bool,
}

/// Progress of builds that run side by side, on one line.
#[derive(Debug)]
pub struct Board {
    started: Instant,
    state: Mutex<BoardState>,
}

#[derive(Debug)]
struct BoardState {
    tracks: Vec<(&'static str, Track)>,
    drawn: Option<Instant>,
}

impl Board {
    /// A board with one track a name.
    pub fn new(names: &[&'static str]) -> Self {
        Self {
            started: Instant::now(),
            state: Mutex::new(BoardState {
                tracks: names.iter().map(|name| (*name, Track::default())).collect(),
                drawn: None,
            }),
        }
    }

    /// Notes that `name` has finished `done` of `total` crates.
    pub fn note(&self, name: &str, done: usize, total: usize) {
        self.change(name, |track| {
            track.done = done;
            track.total = total;
        });
    }

    /// Notes that `name` has nothing left to do.
    pub fn finish(&self, name: &str) {
        self.change(name, |track| track.finished = true);
    }

    /// Writes a whole line without mixing it with the progress line.
    pub fn say(&self, line: &str) {
        let _state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if std::io::stderr().is_terminal() {
            eprint!("\r\x1b[K");
        }
        eprintln!("{line}");
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Track)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, track)) = state.tracks.iter_mut().find(|(known, _)| *known == name) {
            change(track);
        }
        let terminal = std::io::stderr().is_terminal();
        let interval = if terminal {
            Duration::from_millis(200)
        } else {
            PLAIN_INTERVAL
        };
        if state.drawn.unwrap_or(self.started).elapsed() < interval {
            return;
        }
        state.drawn = Some(Instant::now());
        let line = line(&state.tracks, self.started.elapsed());
        if terminal {
            eprint!("\r\x1b[K   {line}");
            let _ = std::io::stderr().flush();
        } else {
            println!("   {line}");
        }
    }

    /// Clears the progress line.
    pub fn clear(&self) {
        if std::io::stderr().is_terminal() {
            eprint!("\r\x1b[K");
        }
    }
}

fn line(tracks: &[(&'static str, Track)], elapsed: Duration) -> String {
    let mut parts = Vec::new();
    let (mut done, mut total) = (0, 0);
    for (name, track) in tracks {
        done += track.done;
        total += track.total;
        parts.push(match track {
            Track { finished: true, .. } => format!("{name} ready"),
            Track { total: 0, .. } => format!("{name} ..."),
            Track { done, total, .. } => format!("{name} {done} of {total} crates"),
        });
    }
    parts.push(spoken(elapsed));
    if let Some(left) = remaining(done, total, elapsed) {
        parts.push(format!("about {} left", spoken(left)));
    }
    parts.join(", ")
}

/// Remaining time if the rest goes as the first part did. Nothing before a tenth of it is known, and nothing for the last
/// twentieth: the crates at the end are our own and take longest.
pub fn remaining(done: usize, total: usize, elapsed: Duration) -> Option<Duration> {
    if done == 0 || total == 0 || done >= total || done * 10 < total || done * 20 > total * 19 {
        return None;
    }
    let per_unit = elapsed.as_secs_f64() / done as f64;
    Some(Duration::from_secs_f64(per_unit * (total - done) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_say_them() {
        assert_eq!(spoken(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(spoken(Duration::from_secs(59)), "59 s");
        assert_eq!(spoken(Duration::from_secs(95)), "1 min 35 s");
    }

    #[test]
    fn the_last_lines_are_kept() {
        take_recent();
        for number in 0..=KEPT {
            say(format!("line {number}"));
        }
        let recent = take_recent();
        assert_eq!(recent.len(), KEPT);
        assert_eq!(recent.first().map(String::as_str), Some("line 1"));
        assert!(take_recent().is_empty());
    }

    #[test]
    fn the_rest_is_estimated_only_when_something_is_known() {
        assert_eq!(remaining(1, 100, Duration::from_secs(10)), None);
        assert_eq!(
            remaining(50, 100, Duration::from_secs(60)),
            Some(Duration::from_secs(60))
        );
        assert_eq!(remaining(96, 100, Duration::from_secs(60)), None);
        assert_eq!(remaining(100, 100, Duration::from_secs(60)), None);
    }

    #[test]
    fn one_line_holds_every_track() {
        let tracks = [
            (
                "server",
                Track {
                    done: 30,
                    total: 60,
                    finished: false,
                },
            ),
            (
                "browser",
                Track {
                    done: 10,
                    total: 20,
                    finished: true,
                },
            ),
        ];
        assert_eq!(
            line(&tracks, Duration::from_secs(40)),
            "server 30 of 60 crates, browser ready, 40 s, about 40 s left"
        );
    }
}
