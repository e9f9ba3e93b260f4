//! Child programs: each in a process group of its own, so that ending one ends what it started too, and none outlives us.

use anyhow::{Context, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// How long a child may take to end by itself once asked to.
const PATIENCE: Duration = Duration::from_secs(10);

static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());
/// Set once a signal has told us to end; from then on nothing new starts.
static STOPPED: AtomicBool = AtomicBool::new(false);
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running child and its process group. Dropping it ends the whole group.
#[derive(Debug)]
pub struct Running {
    child: Child,
}

impl Running {
    /// Starts `command` in a new process group, without a terminal to read from.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut groups = locked(&GROUPS);
        if STOPPED.load(Ordering::SeqCst) {
            drop(groups);
            wait_for_the_end();
        }
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        groups.push(child.id());
        Ok(Self { child })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the program has ended, and how.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Asks the program to end with `signal` and waits; after ten seconds the whole group is killed.
    pub fn end(&mut self, signal: &str) {
        end_group(self.child.id(), signal, || {
            matches!(self.child.try_wait(), Ok(Some(_)) | Err(_))
        });
        let _ = self.child.wait();
        self.forget();
    }

    /// Waits for the program to end.
    ///
    /// # Errors
    /// When the system does not tell how it ended.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait()?;
        self.forget();
        Ok(status)
    }

    fn forget(&self) {
        locked(&GROUPS).retain(|group| *group != self.child.id());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if locked(&GROUPS).contains(&self.child.id()) {
            self.end("TERM");
        }
    }
}

/// Sends `signal` to a process group; `false` when there is no such group any more.
fn send(group: u32, signal: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("kill -s {signal} -- -{group}")])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn end_group(group: u32, signal: &str, mut gone: impl FnMut() -> bool) {
    let started = Instant::now();
    send(group, signal);
    while started.elapsed() < PATIENCE {
        if gone() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    // Whatever the leader left behind.
    send(group, "KILL");
}

/// Leaves the rest to the thread that is ending the program.
fn wait_for_the_end() -> ! {
    loop {
        std::thread::park();
    }
}

/// What `main` does last: ends what is left, unless a signal is doing so already.
pub fn finish() {
    if STOPPED.load(Ordering::SeqCst) {
        wait_for_the_end();
    }
    end_all();
}

/// Ends every child still running and removes every temporary folder. Safe to call twice.
fn end_all() {
    let groups: Vec<u32> = std::mem::take(&mut *locked(&GROUPS));
    for group in &groups {
        send(*group, "TERM");
    }
    for group in groups {
        end_group(group, "TERM", || !send(group, "0"));
    }
    for folder in std::mem::take(&mut *locked(&FOLDERS)) {
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// From here on an interrupt, a hang-up or a request to terminate ends our children before ourselves.
///
/// # Errors
/// When the handlers cannot be set.
pub fn end_with_us() -> Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            eprintln!("\nstopping ...");
            {
                let _groups = locked(&GROUPS);
                STOPPED.store(true, Ordering::SeqCst);
            }
            end_all();
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// A folder under the system's temporary folder that is removed when we end, however we end.
///
/// # Errors
/// When it cannot be made.
pub fn temporary_folder(prefix: &str) -> Result<PathBuf> {
    let folder = tempfile::Builder::new()
        .prefix(prefix)
        .tempdir_in("/tmp")?
        .keep();
    locked(&FOLDERS).push(folder.clone());
    Ok(folder)
}

/// Removes a folder made by [`temporary_folder`] now.
pub fn remove_folder(folder: &Path) {
    let _ = std::fs::remove_dir_all(folder);
    locked(&FOLDERS).retain(|known| known != folder);
}

/// Runs `command` to its end and hands every line of both its outputs to `line`. Carriage returns end a line too.
///
/// # Errors
/// When it cannot be started.
pub fn run_lines(command: &mut Command, mut line: impl FnMut(&str)) -> Result<ExitStatus> {
    let mut running = Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let (send_line, lines) = mpsc::channel();
    let outputs: [Option<Box<dyn Read + Send>>; 2] = [
        running.child.stdout.take().map(|pipe| Box::new(pipe) as _),
        running.child.stderr.take().map(|pipe| Box::new(pipe) as _),
    ];
    for output in outputs.into_iter().flatten() {
        let send_line = send_line.clone();
        std::thread::spawn(move || forward(BufReader::new(output), &send_line));
    }
    drop(send_line);
    for text in lines {
        line(&text);
    }
    running.wait()
}

fn forward(mut output: impl BufRead, lines: &mpsc::Sender<String>) {
    let mut pending = Vec::new();
    loop {
        let (used, ended) = match output.fill_buf() {
            Ok([]) | Err(_) => (0, true),
            Ok(bytes) => {
                for byte in bytes {
                    if matches!(byte, b'\n' | b'\r') {
                        let text = String::from_utf8_lossy(&pending).into_owned();
                        pending.clear();
                        if lines.send(text).is_err() {
                            return;
                        }
                    } else {
                        pending.push(*byte);
                    }
                }
                (bytes.len(), false)
            }
        };
        if ended {
            if !pending.is_empty() {
                let _ = lines.send(String::from_utf8_lossy(&pending).into_owned());
            }
            return;
        }
        output.consume(used);
    }
}

/// Runs `command` silently; on failure the error holds the end of what it said.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub fn run_quiet(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut said = Vec::new();
    let status = run_lines(command, |line| said.push(line.to_owned()))?;
    if !status.success() {
        let end = said.len().saturating_sub(40);
        bail!("{name} failed ({status}):\n{}", said[end..].join("\n"));
    }
    Ok(said.join("\n"))
}

/// Standard output of a quick program, or nothing when it is not there or does not succeed.
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_outputs_arrive_and_the_status_tells() {
        let mut lines = Vec::new();
        let status = run_lines(
            Command::new("sh").args(["-c", "echo one; printf 'a\\rb' >&2; exit 3"]),
            |line| {
                lines.push(line.to_owned());
            },
        )
        .unwrap();
        lines.sort();
        assert_eq!(lines, ["a", "b", "one"]);
        assert_eq!(status.code(), Some(3));
    }

    #[test]
    fn ending_a_program_ends_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let script = format!(
            "sleep 600 & echo $! > {0}.new; mv {0}.new {0}; wait",
            file.display()
        );
        let mut running = Running::start(Command::new("sh").args(["-c", &script])).unwrap();
        while !file.exists() {
            assert!(
                running.ended().unwrap().is_none(),
                "the shell ended too early"
            );
            std::thread::yield_now();
        }
        let grandchild = std::fs::read_to_string(&file).unwrap();
        running.end("TERM");
        // Gone, or dead and not yet collected by whoever adopted it; a killed program may need a moment to get there.
        let stat = format!("/proc/{}/stat", grandchild.trim());
        let deadline = Instant::now() + PATIENCE;
        while std::fs::read_to_string(&stat).is_ok_and(|state| !state.contains(") Z ")) {
            assert!(Instant::now() < deadline, "the grandchild still runs");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_failing_program_is_quoted() {
        let error =
            run_quiet(Command::new("sh").args(["-c", "echo the reason; exit 1"])).unwrap_err();
        assert!(error.to_string().contains("the reason"), "{error}");
    }
}
