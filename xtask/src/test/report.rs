//! What the stages of a run came to.

use crate::stages::{Stage, say, spoken, take_recent};
use crate::tally::Tally;
use anyhow::Result;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What every stage came to, in the order in which they ended.
#[derive(Debug, Default)]
pub struct Report {
    rows: Mutex<Vec<(String, Tally, Duration)>>,
    /// What stages that failed said last: it would be far up in what the run printed.
    failures: Mutex<Vec<String>>,
}

impl Report {
    /// Runs one stage. A stage that cannot run counts as one failure and the rest goes on.
    pub fn stage(&self, name: &str, work: impl FnOnce() -> Result<Tally>) -> Tally {
        take_recent();
        let stage = Stage::start(name);
        let tally = work().unwrap_or_else(|error| {
            say(format!("error: {error:#}"));
            Tally::FAILED
        });
        self.rows
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((name.to_owned(), tally, stage.elapsed()));
        if tally.failed > 0 {
            self.failures
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(take_recent());
        }
        stage.done(tally.to_string());
        tally
    }

    fn rows(&self) -> Vec<(String, Tally, Duration)> {
        self.rows
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub fn failures(&self) -> String {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.is_empty() {
            return String::new();
        }
        format!("\nSaid last by what failed:\n{}\n", failures.join("\n"))
    }

    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        for (_, tally, _) in self.rows() {
            total += tally;
        }
        total
    }

    pub fn table(&self) -> String {
        let mut table = String::new();
        for (name, tally, time) in self.rows() {
            table += &format!(
                "{name:<32} {:>6} passed {:>4} failed   {}\n",
                tally.passed,
                tally.failed,
                spoken(time)
            );
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_that_cannot_run_is_a_failure_and_the_rest_is_counted() {
        let report = Report::default();
        report.stage("one", || anyhow::bail!("no such program"));
        report.stage("two", || {
            Ok(Tally {
                passed: 7,
                failed: 0,
            })
        });
        assert_eq!(report.total().to_string(), "7 passed, 1 failed");
        assert_eq!(report.table().lines().count(), 2);
        assert!(report.failures().contains("error: no such program"));
        assert!(!report.failures().contains("two"));
    }
}
