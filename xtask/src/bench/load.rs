//! Load from outside with `wrk`: many connections at once, each waiting for its answer before it asks again.

use super::Bench;
use super::visitor::Visitor;
use crate::{children, packages};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::time::Duration;

const SCRIPT: &str = include_str!("load.lua");

/// Connections that ask at the same time.
pub const CONNECTIONS: u32 = 16;
const THREADS: u32 = 2;

/// What came of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    pub requests: u64,
    /// Requests with bodies of their own that were answered with 200.
    pub good: u64,
    pub seconds: f64,
    pub p50_ms: f64,
    pub p95_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
    /// Answers of status 400 and above, connections that broke, answers that took too long.
    pub errors: u64,
}

impl Load {
    pub fn per_second(&self) -> f64 {
        self.requests as f64 / self.seconds.max(1e-6)
    }
}

/// `wrk` with its script, ready to run.
pub struct Generator<'a> {
    bench: &'a Bench<'a>,
    folder: PathBuf,
    duration: Duration,
}

impl<'a> Generator<'a> {
    /// # Errors
    /// When `wrk` is missing and cannot be installed.
    pub fn new(bench: &'a Bench<'a>, duration: Duration) -> Result<Self> {
        if packages::find_program(&["wrk"], &[]).is_none() {
            packages::install(bench.workspace, &["wrk"])?;
        }
        let folder = children::temporary_folder("hornada-load-")?;
        std::fs::write(folder.join("load.lua"), SCRIPT)?;
        Ok(Self {
            bench,
            folder,
            duration,
        })
    }

    /// As the document names it.
    pub fn command(&self) -> String {
        format!(
            "wrk -t{THREADS} -c{CONNECTIONS} -d{}s --latency",
            self.duration.as_secs()
        )
    }

    /// One page over and over, as a browser asks for it.
    ///
    /// # Errors
    /// When `wrk` fails, or the page is no page before or after.
    pub fn pages(&self, visitor: &Visitor, path: &str) -> Result<Load> {
        visitor.page(path)?;
        let headers = ["Accept: text/html", "Accept-Encoding: gzip, deflate, br"];
        let load = self.run(visitor, path, &headers, None)?;
        visitor.page(path)?;
        Ok(load)
    }

    /// Sends every body once to a server function, or as many as the time suffices for.
    ///
    /// # Errors
    /// When `wrk` fails.
    pub fn calls(&self, visitor: &Visitor, function: &str, bodies: &[String]) -> Result<Load> {
        ensure!(bodies.len() >= THREADS as usize, "there is nothing to send");
        let file = self.folder.join("bodies");
        std::fs::write(&file, bodies.join("\n") + "\n")?;
        let headers = ["Accept: application/json", "Content-Type: application/json"];
        self.run(visitor, &format!("/api/{function}"), &headers, Some(&file))
    }

    fn run(
        &self,
        visitor: &Visitor,
        path: &str,
        headers: &[&str],
        bodies: Option<&Path>,
    ) -> Result<Load> {
        let mut command = self.bench.workspace.program("wrk");
        command
            .args([
                &format!("-t{THREADS}"),
                &format!("-c{CONNECTIONS}"),
                &format!("-d{}s", self.duration.as_secs()),
            ])
            .args(["--latency", "--timeout", "10s", "-s"])
            .arg(self.folder.join("load.lua"))
            .args(["-H", &format!("Cookie: {}", visitor.cookies)])
            .args(["-H", &format!("Origin: http://{}", visitor.address)]);
        for header in headers {
            command.args(["-H", header]);
        }
        command.arg(format!("http://{}{path}", visitor.address));
        if let Some(file) = bodies {
            command.arg("--").arg(file).arg(THREADS.to_string());
        }
        let said = children::run_quiet(&mut command)?;
        read(&said).with_context(|| format!("wrk measured nothing:\n{said}"))
    }
}

impl Drop for Generator<'_> {
    fn drop(&mut self) {
        children::remove_folder(&self.folder);
    }
}

/// The line that the script prints.
fn read(said: &str) -> Option<Load> {
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("measured "))?;
    let value = |name: &str| -> Option<f64> {
        line.split_whitespace()
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)?
            .1
            .parse()
            .ok()
    };
    let milliseconds = |name| Some(value(name)? / 1e3);
    Some(Load {
        requests: value("requests")? as u64,
        good: value("good")? as u64,
        seconds: value("duration")? / 1e6,
        p50_ms: milliseconds("p50")?,
        p95_ms: milliseconds("p95")?,
        p99_ms: milliseconds("p99")?,
        max_ms: milliseconds("max")?,
        errors: (value("refused")? + value("broken")? + value("timeouts")?) as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_script_is_found_among_what_wrk_says() {
        let said = "Running 15s test @ http://127.0.0.1:3000/today\n  2 threads and 16 connections\n\
            \u{20}   Latency     7.61ms    1.20ms  30.12ms   80.00%\n  31416 requests in 15.00s, 1.00GB read\n\
            Requests/sec:   2094.40\n\
            measured requests=31416 good=0 duration=15000000 p50=7500 p95=9250 p99=12000 max=30120 refused=1 broken=2 timeouts=3\n";
        let load = read(said).unwrap();
        assert_eq!((load.requests, load.good, load.errors), (31_416, 0, 6));
        assert_eq!((load.p50_ms, load.p95_ms), (7.5, 9.25));
        assert_eq!((load.p99_ms, load.max_ms), (12.0, 30.12));
        assert!((load.per_second() - 2_094.4).abs() < 1e-6);
    }

    #[test]
    fn without_the_line_there_is_no_measurement() {
        assert_eq!(
            read("unable to connect to 127.0.0.1:1 Connection refused\n"),
            None
        );
        assert_eq!(read("measured requests=1 duration=5\n"), None);
    }
}
