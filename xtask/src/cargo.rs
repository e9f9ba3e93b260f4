//! Runs cargo and turns its progress bar into counts.

use crate::children::run_lines;
use crate::stages::Board;
use crate::workspace::Workspace;
use anyhow::{Result, bail};

/// `done` and `total` of a progress line such as `Building [===>   ] 312/640: foo`.
fn progress(line: &str) -> Option<(usize, usize)> {
    let (_, rest) = line
        .trim_start()
        .strip_prefix("Building [")?
        .split_once("] ")?;
    let counts = rest.split([':', ' ']).next()?;
    let (done, total) = counts.split_once('/')?;
    Some((done.parse().ok()?, total.parse().ok()?))
}

/// Whether a line only says what cargo is busy with.
pub fn is_status(line: &str) -> bool {
    const WORDS: [&str; 13] = [
        "Adding",
        "Blocking",
        "Building",
        "Checking",
        "Compiling",
        "Dirty",
        "Documenting",
        "Downloaded",
        "Downloading",
        "Finished",
        "Fresh",
        "Locking",
        "Updating",
    ];
    let text = strip_colour(line);
    let text = text.trim();
    text.is_empty()
        || text
            .split_whitespace()
            .next()
            .is_some_and(|word| WORDS.contains(&word))
}

/// A line without terminal colours.
pub fn strip_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            for skipped in characters.by_ref() {
                if skipped.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Runs `cargo ARGUMENTS`, a build, showing its counts on `track` of the board.
///
/// # Errors
/// When the build fails; the compiler's messages have been written by then.
pub fn build(workspace: &Workspace, board: &Board, track: &str, arguments: &[&str]) -> Result<()> {
    let mut command = workspace.cargo();
    command
        .args(arguments)
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "100")
        .env("CARGO_TERM_COLOR", "never");
    let status = run_lines(&mut command, |line| {
        let line = strip_colour(line);
        if let Some((done, total)) = progress(&line) {
            board.note(track, done, total);
        } else if !is_status(&line) {
            board.say(&line);
        }
    })?;
    if !status.success() {
        bail!("`cargo {}` failed", arguments.join(" "));
    }
    board.finish(track);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_progress_bar() {
        assert_eq!(
            progress("    Building [=====>       ] 312/640: serde, syn(build.rs)"),
            Some((312, 640))
        );
        assert_eq!(progress("    Building [> ] 0/7"), Some((0, 7)));
        assert_eq!(progress("   Compiling serde v1.0.0"), None);
    }

    #[test]
    fn warnings_are_kept_and_status_lines_are_not() {
        assert!(is_status("   Compiling serde v1.0.0"));
        assert!(is_status(
            "\u{1b}[1m\u{1b}[32m    Finished\u{1b}[0m release"
        ));
        assert!(is_status(""));
        assert!(!is_status("warning: unused variable: `x`"));
        assert!(!is_status("error[E0308]: mismatched types"));
    }
}
