//! How many tests passed and failed, read from what the test runners say.

use serde::Deserialize;

/// Passed and failed tests of one stage or of the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed, and whole stages that could not run.
    pub failed: u64,
}

impl Tally {
    /// One test that passed.
    pub const PASSED: Self = Self {
        passed: 1,
        failed: 0,
    };
    /// One test that failed.
    pub const FAILED: Self = Self {
        passed: 0,
        failed: 1,
    };

    /// One test with this outcome.
    pub const fn one(passed: bool) -> Self {
        if passed { Self::PASSED } else { Self::FAILED }
    }

    /// The same counts, with one failure added where the runner failed although no test did: it could not build or start.
    #[must_use]
    pub const fn with_status(self, success: bool) -> Self {
        if !success && self.failed == 0 {
            Self { failed: 1, ..self }
        } else {
            self
        }
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Counts in `test result: ok. 5 passed; 0 failed; 0 ignored; ..`, one line a test program.
pub fn libtest(line: &str) -> Option<Tally> {
    let counts = line
        .trim()
        .strip_prefix("test result: ")?
        .split_once(". ")?
        .1;
    Some(Tally {
        passed: number_before(counts, "passed")?,
        failed: number_before(counts, "failed")?,
    })
}

/// Counts in nextest's `Summary [ 1.2s] 7 tests run: 5 passed (1 slow), 2 failed, 0 skipped`.
pub fn nextest(line: &str) -> Option<Tally> {
    let line = line.trim();
    if !line.starts_with("Summary [") {
        return None;
    }
    let counts = line.split_once(" run: ")?.1;
    let count = |word| number_before(counts, word).unwrap_or(0);
    Some(Tally {
        passed: count("passed"),
        failed: count("failed") + count("timed"),
    })
}

/// The number that stands before `word` in a list such as `5 passed (1 slow), 2 failed`.
fn number_before(text: &str, word: &str) -> Option<u64> {
    text.split([',', ';', '(']).find_map(|part| {
        let mut words = part.split_whitespace();
        let number = words.next()?.parse().ok()?;
        (words.next()? == word).then_some(number)
    })
}

#[derive(Debug, Deserialize)]
struct PlaywrightReport {
    stats: PlaywrightStats,
    #[serde(default)]
    errors: Vec<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct PlaywrightStats {
    expected: u64,
    unexpected: u64,
    flaky: u64,
    skipped: u64,
}

/// Counts in Playwright's JSON report, and how many tests were skipped. A flaky test counts as failed, and so does a
/// spec that cannot be loaded.
///
/// # Errors
/// When it is no such report.
pub fn playwright(report: &str) -> serde_json::Result<(Tally, u64)> {
    let report: PlaywrightReport = serde_json::from_str(report)?;
    let failed = report.stats.unexpected + report.stats.flaky;
    let failed = if failed == 0 {
        report.errors.len() as u64
    } else {
        failed
    };
    Ok((
        Tally {
            passed: report.stats.expected,
            failed,
        },
        report.stats.skipped,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libtest_lines_are_counted() {
        let line = "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.00s";
        assert_eq!(
            libtest(line),
            Some(Tally {
                passed: 5,
                failed: 2
            })
        );
        assert_eq!(libtest("test rules::ok ... ok"), None);
    }

    #[test]
    fn nextest_summaries_are_counted() {
        let line = "     Summary [   0.042s] 8 tests run: 5 passed (1 slow), 2 failed, 1 timed out, 3 skipped";
        assert_eq!(
            nextest(line),
            Some(Tally {
                passed: 5,
                failed: 3
            })
        );
        assert_eq!(
            nextest("     Summary [ 1s] 2 tests run: 2 passed, 0 skipped"),
            Some(Tally {
                passed: 2,
                failed: 0
            })
        );
        assert_eq!(nextest("        PASS [ 1s] domain a::b"), None);
    }

    #[test]
    fn playwright_reports_are_counted() {
        let report = r#"{"errors":[],"stats":{"expected":4,"unexpected":1,"flaky":1,"skipped":2,"duration":1.5}}"#;
        assert_eq!(
            playwright(report).unwrap(),
            (
                Tally {
                    passed: 4,
                    failed: 2
                },
                2
            )
        );
        let broken = r#"{"errors":[{"message":"x"}],"stats":{"expected":0,"unexpected":0,"flaky":0,"skipped":0}}"#;
        assert_eq!(playwright(broken).unwrap().0, Tally::FAILED);
        assert!(playwright("no report").is_err());
    }

    #[test]
    fn a_runner_that_fails_without_a_failed_test_counts_as_one() {
        assert_eq!(Tally::default().with_status(false), Tally::FAILED);
        assert_eq!(
            Tally {
                passed: 3,
                failed: 2
            }
            .with_status(false),
            Tally {
                passed: 3,
                failed: 2
            }
        );
        assert_eq!(
            Tally::PASSED.with_status(true).to_string(),
            "1 passed, 0 failed"
        );
    }
}
