//! How soon a change shows on other screens: streams of events that must hear of commands, the time between, and whether any is lost.

mod ear;
mod work;

use super::Bench;
use super::report::{Section, Table, grouped};
use super::scene::{Engine, Scene, Server};
use super::visitor::Visitor;
use crate::stages::Stage;
use anyhow::{Result, bail, ensure};
use ear::Ear;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use work::{CLIENTS, Desk, Sent};

/// Screens that are open at the same time.
const STREAMS: usize = 50;
const QUICK_STREAMS: usize = 12;
/// Of so many streams one is cut again and again.
const ONE_CUT_OF: usize = 5;
/// Commands of each client.
const TURNS: usize = 20;
const QUICK_TURNS: usize = 6;
/// From one command to the next, of all clients together, where they come steadily.
const EVERY: Duration = Duration::from_millis(50);
/// An event that takes longer is lost.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a screen must keep.
const PROMISED: Duration = Duration::from_secs(1);
/// How often it is looked whether everything has arrived.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Sells in all shops, bakes for all shops, sees two shops.
const PEOPLE: [&str; 3] = [
    "analista@demo.hornada.local",
    "obrador@demo.hornada.local",
    "tienda@demo.hornada.local",
];

/// # Errors
/// When a command is refused, an event is lost, or the books are not sound afterwards.
pub fn measure(bench: &Bench<'_>) -> Result<Section> {
    let (mut open, mut cut) = (Vec::new(), Vec::new());
    for engine in &bench.engines {
        let (one, other) = rows(bench, *engine)?;
        open.extend(one);
        cut.extend(other);
    }
    let (streams, _) = sizes(bench);
    let away = streams / ONE_CUT_OF;
    let table = |title: String, head: &[&str], rows| Table {
        title,
        head: head.iter().map(|name| (*name).to_owned()).collect(),
        rows,
    };
    let open = table(
        format!(
            "the demo (6 shops, 45 products), {CLIENTS} clients, {streams} streams, of these the {} that stay open",
            streams - away
        ),
        &[
            "database",
            "servers",
            "load",
            "commands",
            "commands/s",
            "arrivals",
            "p50, ms",
            "p99, ms",
            "max, ms",
            "under 1 s",
            "from sending: p50, ms",
            "p99, ms",
            "max, ms",
            "lost",
        ],
        open,
    );
    let cut = table(
        format!("The other {away}, cut at random moments and resumed with `Last-Event-ID`"),
        &[
            "database",
            "servers",
            "load",
            "cuts",
            "arrivals",
            "arrived once more",
            "told to load all again",
            "arrivals in its place",
            "lost",
        ],
        cut,
    );
    let notes = vec![
        format!(
            "An arrival is one command on one stream that must hear of it, counted from when the client had the command's answer; `from sending` counts from \
             when it began to send. Commands are sales over `POST /api/v1/sales` and orders that are planned, started and completed; streams are those of an \
             analyst, a baker and a store manager, by turns and spread over the servers, as are the clients. `steady`: {} commands a second; `burst`: each \
             client sends as soon as it has its answer. What does not arrive within {} s is lost, and the measurement fails.",
            1_000 / EVERY.as_millis(),
            PATIENCE.as_secs()
        ),
        "A stream that is cut lives 0.2 to 1.5 s and is away 20 to 800 ms; where there are two servers it goes on at the other. A server that finds very much to \
         tell says once that all should be loaded again, which a page does at any event anyway. A page asks for what changed 0.1 s after an event: that and \
         its loading come on top of what is measured here. `hornada doctor` found the books sound."
            .to_owned(),
    ];
    Ok(Section::new("live", vec![open, cut], notes))
}

/// Streams, and commands of each client.
fn sizes(bench: &Bench<'_>) -> (usize, usize) {
    if bench.quick {
        (QUICK_STREAMS, QUICK_TURNS)
    } else {
        (STREAMS, TURNS)
    }
}

/// Rows of a table.
type Rows = Vec<Vec<String>>;

/// The rows of both tables.
fn rows(bench: &Bench<'_>, engine: Engine) -> Result<(Rows, Rows)> {
    let name = engine.name();
    let stage = Stage::start(format!("A demo to listen to, {name}"));
    let scene = Scene::new(bench, engine)?;
    scene.run(&["demo", "--no-serve", "--days", "120"])?;
    let count = match engine {
        Engine::Sqlite => 1,
        Engine::Postgres => 2,
    };
    let servers: Vec<Server> = (0..count).map(|_| scene.serve()).collect::<Result<_>>()?;
    let mut people = Vec::new();
    for email in PEOPLE {
        let doors = servers
            .iter()
            .map(|server| Visitor::sign_in(&server.address, email));
        people.push(doors.collect::<Result<Vec<Visitor>>>()?);
    }
    let desk = Desk::open(people[0].clone(), people[1].clone())?;
    stage.done(format!("{count} servers"));
    let (mut open, mut cut) = (Vec::new(), Vec::new());
    let loads = [("steady", Some(EVERY)), ("burst", None)];
    for (round, (load, every)) in loads.into_iter().enumerate() {
        let stage = Stage::start(format!("Changes and screens, {load}, {name}"));
        let heard = hear(bench, &people, &desk, round, every)?;
        stage.done(format!(
            "{} arrivals, {} lost",
            heard.open.len() + heard.cut,
            heard.lost.len()
        ));
        if let Some(example) = heard.lost.first() {
            bail!(
                "{name}, {load}: {} of {} commands did not show on every screen within {} s, such as {example}",
                heard.lost.len(),
                heard.commands,
                PATIENCE.as_secs()
            );
        }
        let place = [name.to_owned(), count.to_string(), load.to_owned()];
        open.push([&place[..], &heard.of_the_open()?[..]].concat());
        cut.push([&place[..], &heard.of_the_cut()[..]].concat());
    }
    for server in servers {
        server.stop();
    }
    scene.doctor()?;
    Ok((open, cut))
}

/// What came of a round.
#[derive(Debug, Default)]
struct Heard {
    commands: usize,
    took: Duration,
    /// Times from the answer and from the sending to the screens that stayed open.
    open: Vec<(Duration, Duration)>,
    /// Arrivals on streams that were cut.
    cut: usize,
    cuts: u64,
    again: u64,
    resets: usize,
    /// Arrivals that the word to load everything stands for.
    in_their_place: usize,
    lost: Vec<String>,
}

impl Heard {
    fn of_the_open(&self) -> Result<Vec<String>> {
        ensure!(!self.open.is_empty(), "no screen heard of anything");
        let sorted = |of: fn(&(Duration, Duration)) -> Duration| {
            let mut times: Vec<Duration> = self.open.iter().map(of).collect();
            times.sort_unstable();
            times
        };
        let answer = sorted(|times| times.0);
        let sending = sorted(|times| times.1);
        let in_time = answer.partition_point(|time| *time < PROMISED);
        let mut row = vec![
            self.commands.to_string(),
            format!("{:.0}", self.commands as f64 / self.took.as_secs_f64()),
            grouped(answer.len() as u64),
        ];
        row.extend(three(&answer));
        row.push(share(in_time, answer.len()));
        row.extend(three(&sending));
        row.push(self.lost.len().to_string());
        Ok(row)
    }

    fn of_the_cut(&self) -> Vec<String> {
        vec![
            self.cuts.to_string(),
            grouped(self.cut as u64),
            grouped(self.again),
            self.resets.to_string(),
            grouped(self.in_their_place as u64),
            self.lost.len().to_string(),
        ]
    }
}

/// The half, the 99th of a hundred and the longest, in milliseconds; the times stand in their order.
fn three(sorted: &[Duration]) -> [String; 3] {
    let at = |percent: usize| {
        let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        let time = sorted.get(place).copied().unwrap_or_default();
        format!("{:.0}", time.as_secs_f64() * 1e3)
    };
    [at(50), at(99), at(100)]
}

/// Never rounded up.
fn share(part: usize, all: usize) -> String {
    if part == all {
        return "100 %".to_owned();
    }
    format!("{:.2} %", (part * 10_000 / all.max(1)) as f64 / 100.0)
}

/// Opens the streams, has the commands sent, and waits until all screens have heard.
fn hear(
    bench: &Bench<'_>,
    people: &[Vec<Visitor>],
    desk: &Desk,
    round: usize,
    every: Option<Duration>,
) -> Result<Heard> {
    let (streams, turns) = sizes(bench);
    let ears: Vec<Ear> = (0..streams)
        .map(|number| {
            let doors = people[number % people.len()].clone();
            let first = number % doors.len();
            let is_cut = number % ONE_CUT_OF == ONE_CUT_OF - 1;
            Ear::new(
                doors,
                first,
                is_cut.then_some((round * streams + number) as u64),
            )
        })
        .collect::<Result<_>>()?;
    let over = AtomicBool::new(false);
    let (worked, listened) = std::thread::scope(|scope| {
        let listening: Vec<_> = ears
            .iter()
            .map(|ear| {
                let over = &over;
                scope.spawn(move || ear.listen(over))
            })
            .collect();
        let work = || -> Result<(Vec<Sent>, Duration)> {
            let is_open = || ears.iter().all(|ear| ear.told().is_open);
            ensure!(wait_until(is_open), "not every stream was opened");
            let begun = Instant::now();
            let commands = desk.work(round, turns, every)?;
            let took = begun.elapsed();
            // Whether something is lost is judged once the streams have ended.
            wait_until(|| judge(&ears, &commands).lost.is_empty());
            Ok((commands, took))
        };
        let worked = work();
        over.store(true, Ordering::SeqCst);
        let listened: Vec<Result<()>> = listening
            .into_iter()
            .map(|ear| {
                ear.join()
                    .unwrap_or_else(|_| bail!("listening to a stream panicked"))
            })
            .collect();
        (worked, listened)
    });
    // Why a stream ended tells more than what did not arrive on it.
    listened.into_iter().collect::<Result<()>>()?;
    let (commands, took) = worked?;
    Ok(Heard {
        took,
        ..judge(&ears, &commands)
    })
}

/// Whether it came to be within our patience.
fn wait_until(is_so: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        std::thread::sleep(LOOK_EVERY);
        if is_so() {
            return true;
        }
        if begun.elapsed() > PATIENCE {
            return false;
        }
    }
}

/// Compares what was sent with what the screens heard so far.
fn judge(ears: &[Ear], commands: &[Sent]) -> Heard {
    let mut events = BTreeMap::new();
    // A stream that resumes may be told of what was before the first command too.
    for ear in ears.iter().filter(|ear| ear.cut.is_none()) {
        for (number, event) in &ear.told().events {
            events.entry(*number).or_insert_with(|| event.clone());
        }
    }
    let numbers = work::numbers(commands, &events);
    let mut heard = Heard {
        commands: commands.len(),
        ..Heard::default()
    };
    for ear in ears {
        let told = ear.told();
        heard.cuts += told.cuts;
        heard.resets += told.resets.len();
        if ear.cut.is_some() {
            heard.again += told.again;
        }
        for (command, &number) in commands.iter().zip(&numbers) {
            if !ear.stores.contains(&command.store) {
                continue;
            }
            let event = number.and_then(|number| told.events.get(&number));
            let is_covered = || {
                number.is_some_and(|number| told.resets.iter().any(|reached| *reached >= number))
            };
            let times = event.map(|event| {
                let since = |moment| event.at.saturating_duration_since(moment);
                (since(command.answered), since(command.sent))
            });
            match times {
                Some((late, _)) if late > PATIENCE => {
                    heard.lost.push(format!("{command:?}, {late:?} late"));
                }
                Some(_) if ear.cut.is_some() => heard.cut += 1,
                Some(times) => heard.open.push(times),
                None if is_covered() => heard.in_their_place += 1,
                None => heard.lost.push(format!("{command:?}")),
            }
        }
    }
    heard
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_up() {
        assert_eq!(share(20_000, 20_000), "100 %");
        assert_eq!(share(19_999, 20_000), "99.99 %");
        assert_eq!(share(0, 3), "0.00 %");
    }

    #[test]
    fn of_times_the_half_nearly_all_and_the_longest_are_named() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(three(&times), ["100", "198", "200"]);
        let one = [Duration::from_millis(7)];
        assert_eq!(three(&one), ["7", "7", "7"]);
    }
}
