//! What is looked up when somebody asks: counts of the database, the pool, the process, the disk.

use super::process::{self, Process};
use super::{METADATA, Metrics, names};
use crate::clock::Clock;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::{AlertKind, JobStatus};
use metrics::{Key, Recorder};
use services::live::Live;
use services::observing::{Counts, Quality, UNDER_WAY};
use services::{ServiceResult, Services};
use std::fmt;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// Counts are looked up at most so often, however many ask.
const COUNTS_STAY: Duration = Duration::from_secs(15);

/// How good forecasts are changes with a night.
const QUALITY_STAYS: Duration = Duration::from_secs(300);

/// Whoever asks is answered after this with what is known, and that the database did not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// So long is waited for how good forecasts are: with many organizations it takes longer, and is told when it is known. Both together are
/// less than what Prometheus waits.
const PATIENCE_FOR_QUALITY: Duration = Duration::from_secs(3);

/// What is looked at, and when it was.
pub(super) struct Watched {
    services: Services,
    live: Option<Live>,
    clock: Clock,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    counts: Option<Instant>,
    quality: Option<Instant>,
    /// Finds out how good forecasts are.
    judging: Option<JoinHandle<ServiceResult<Quality>>>,
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

impl Watched {
    pub(super) fn new(services: Services, live: Option<Live>, clock: Clock) -> Self {
        Self {
            services,
            live,
            clock,
            seen: Mutex::default(),
        }
    }
}

fn is_due(at: Option<Instant>, stays: Duration) -> bool {
    at.is_none_or(|at| at.elapsed() >= stays)
}

fn at(moment: DateTime<Utc>) -> f64 {
    moment.timestamp_millis() as f64 / 1_000.0
}

fn day(day: NaiveDate) -> f64 {
    at(day.and_time(NaiveTime::MIN).and_utc())
}

impl Metrics {
    /// Looks up what is older than it may be. One at a time; whoever asks meanwhile waits for the same answer.
    pub(super) async fn refresh(&self) {
        self.look_at_ourselves();
        let mut seen = self.watched.seen.lock().await;
        if !is_due(seen.counts, COUNTS_STAY) {
            return;
        }
        let asked = tokio::time::timeout(PATIENCE, self.ask()).await;
        seen.counts = Some(Instant::now());
        let answered = match asked {
            Ok(Ok((took, counts, backup))) => {
                self.set(names::DATABASE_ANSWER, took.as_secs_f64());
                self.show_counts(&counts);
                if let Some(backup) = backup {
                    self.set(names::BACKUP_FINISHED, at(backup));
                }
                true
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "what is to be told to Prometheus cannot be counted");
                false
            }
            Err(_) => {
                tracing::warn!("counting for Prometheus took too long and was given up");
                false
            }
        };
        self.set(names::DATABASE_UP, f64::from(u8::from(answered)));
        if answered {
            self.judge(&mut seen).await;
        }
    }

    /// Finds out how good forecasts are, in a task of its own: how many organizations there are must not decide whether the database
    /// counts as up.
    async fn judge(&self, seen: &mut Seen) {
        if seen.judging.is_none() && !is_due(seen.quality, QUALITY_STAYS) {
            return;
        }
        let judging = seen.judging.get_or_insert_with(|| {
            let services = self.watched.services.clone();
            tokio::spawn(async move { services.observing().quality().await })
        });
        let Ok(judged) = tokio::time::timeout(PATIENCE_FOR_QUALITY, judging).await else {
            return;
        };
        seen.judging = None;
        match judged {
            Ok(Ok(quality)) => {
                self.show_quality(&quality);
                seen.quality = Some(Instant::now());
            }
            Ok(Err(error)) => tracing::warn!(%error, "how good forecasts are cannot be told"),
            Err(error) => tracing::warn!(%error, "telling how good forecasts are broke off"),
        }
    }

    /// What the database says: how long it took to answer, counts, and when the last backup was finished.
    async fn ask(&self) -> ServiceResult<(Duration, Counts, Option<DateTime<Utc>>)> {
        let started = Instant::now();
        self.watched.services.db().ping().await?;
        let took = started.elapsed();
        let observing = self.watched.services.observing();
        let counts = observing.counts((self.watched.clock)()).await?;
        let book = self.watched.services.backups();
        let backup = match book.last_done().await? {
            Some(done) => Some(done.finished_at),
            // Begun and never finished is older than any: whoever watches hears of it.
            None => book.last_failure().await?.map(|_| DateTime::UNIX_EPOCH),
        };
        Ok((took, counts, backup))
    }

    /// What costs nothing to look at.
    fn look_at_ourselves(&self) {
        let services = &self.watched.services;
        if let Some(live) = &self.watched.live {
            self.set(names::LIVE_STREAMS, live.listeners() as f64);
        }
        let pool = services.observing().pool();
        for (state, connections) in [
            ("idle", pool.idle),
            ("used", pool.open.saturating_sub(pool.idle)),
        ] {
            let label = ("state", state.to_owned());
            self.set_by(names::DATABASE_CONNECTIONS, label, f64::from(connections));
        }
        self.set(names::DATABASE_CONNECTIONS_MOST, f64::from(pool.most));
        let process = Process::read();
        if let Some(bytes) = process.memory_bytes {
            self.set(names::PROCESS_MEMORY, bytes as f64);
        }
        if let Some(seconds) = process.cpu_seconds {
            self.recorder
                .register_counter(&Key::from_static_name(names::PROCESS_CPU), &METADATA)
                .absolute(seconds);
        }
        if let Some(files) = process.open_files {
            self.set(names::PROCESS_FILES, files as f64);
        }
        if let Some((free, all)) = process::disk(services.data_dir()) {
            self.set(names::DISK_FREE, free as f64);
            self.set(names::DISK_SIZE, all as f64);
        }
    }

    fn show_counts(&self, counts: &Counts) {
        let now = (self.watched.clock)();
        self.set(names::ORGANIZATIONS, counts.organizations as f64);
        for status in JobStatus::ALL {
            let runs = counts.nights.get(status).copied().unwrap_or_default();
            let label = ("status", status.to_string());
            self.set_by(names::NIGHTS, label, runs as f64);
        }
        self.set(names::NIGHTS_LATE, counts.nights_late as f64);
        self.set(names::QUEUE_DEPTH, counts.queued as f64);
        let oldest = counts.queued_since.map_or(0.0, |since| at(now) - at(since));
        self.set(names::QUEUE_OLDEST, oldest.max(0.0));
        if let Some(night) = &counts.last_night {
            self.set(names::NIGHT_FINISHED, at(night.finished_at));
            self.set(names::NIGHT_SECONDS, night.seconds.unwrap_or(f64::NAN));
            for (step, seconds) in &night.steps {
                self.set_by(names::NIGHT_STEP_SECONDS, ("step", step.clone()), *seconds);
            }
        }
        for kind in AlertKind::ALL {
            let open = counts.alerts.get(kind).copied().unwrap_or_default();
            self.set_by(names::ALERTS, ("kind", kind.to_string()), open as f64);
        }
        for status in &UNDER_WAY {
            let imports = counts.imports.get(status).copied().unwrap_or_default();
            let label = ("status", status.to_string());
            self.set_by(names::IMPORTS, label, imports as f64);
        }
        self.set(names::MODELS, counts.models as f64);
        if let Some(trained) = counts.oldest_training {
            self.set(names::MODEL_TRAINED, day(trained));
        }
    }

    /// What is not known is `NaN`, which no rule holds for: an old number would look like one of today.
    fn show_quality(&self, quality: &Quality) {
        for (window, value) in [
            ("night", quality.wape_night),
            ("week", quality.wape_week),
            ("month", quality.wape_month),
        ] {
            let label = ("window", window.to_owned());
            self.set_by(names::FORECAST_WAPE, label, value.unwrap_or(f64::NAN));
        }
        for (name, value) in [
            (names::FORECAST_WAPE_BASELINE, quality.wape_night_baseline),
            (names::FORECAST_BIAS, quality.bias),
            (names::FORECAST_COVERAGE, quality.inside_80),
            (names::FORECAST_CHANGE, quality.worst_change),
            (names::FORECAST_DRIFT, quality.worst_drift),
        ] {
            self.set(name, value.unwrap_or(f64::NAN));
        }
        self.set(names::FORECAST_WORSE, quality.worse as f64);
    }
}
