//! What Prometheus is told. Requests are counted as they are answered; what stands in the database is looked up when somebody asks,
//! at most every 15 seconds.
//!
//! Each server of a process has a recorder of its own: nothing is installed for the whole process, so that several servers (in tests)
//! do not count into each other.

pub mod listen;
pub mod names;
mod process;
mod refresh;
pub mod scrape;

pub(crate) use process::disk;

use crate::clock::Clock;
use axum::extract::MatchedPath;
use http::{Extensions, Method, StatusCode};
use metrics::{Gauge, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use names::{Kind, METRICS};
use services::Services;
use services::live::Live;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Upper edges of the classes of durations, in seconds; 0.2 is what pages are promised.
const BUCKETS: [f64; 14] = [
    0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// How often what was measured is put into its classes, so that it does not pile up where nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// Route of a request that fits none: files, and addresses that lead nowhere. One name, however many addresses are tried.
pub const UNMATCHED: &str = "unmatched";

/// What the metrics library wants to know of who measures; nothing reads it.
static METADATA: Metadata<'static> = Metadata::new("hornada", Level::INFO, None);

/// The metrics of one server or worker.
#[derive(Debug)]
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    in_flight: Gauge,
    watched: refresh::Watched,
}

impl Metrics {
    /// Metrics over these use cases; without `live` where no streams are served.
    #[must_use]
    pub fn new(services: Services, live: Option<Live>, clock: Clock) -> Arc<Self> {
        let recorder = PrometheusBuilder::new()
            .set_buckets(&BUCKETS)
            .expect("there are classes")
            .build_recorder();
        for metric in METRICS {
            let (name, help) = (metric.name.into(), metric.help.into());
            match metric.kind {
                Kind::Counter => recorder.describe_counter(name, None, help),
                Kind::Gauge => recorder.describe_gauge(name, None, help),
                Kind::Histogram => recorder.describe_histogram(name, None, help),
            }
        }
        let in_flight =
            recorder.register_gauge(&Key::from_static_name(names::IN_FLIGHT), &METADATA);
        let metrics = Self {
            handle: recorder.handle(),
            in_flight,
            recorder,
            watched: refresh::Watched::new(services, live, clock),
        };
        metrics.set(names::PROCESS_STARTED, process::now());
        metrics.set_by(
            names::BUILD,
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            1.0,
        );
        Arc::new(metrics)
    }

    fn set(&self, name: &'static str, value: f64) {
        self.recorder
            .register_gauge(&Key::from_static_name(name), &METADATA)
            .set(value);
    }

    fn set_by(&self, name: &'static str, (label, of): (&'static str, String), value: f64) {
        let key = Key::from_parts(name, vec![Label::new(label, of)]);
        self.recorder.register_gauge(&key, &METADATA).set(value);
    }

    /// A request begins; it ends when what comes back is dropped.
    #[must_use]
    pub fn enter(&self) -> InFlight {
        self.in_flight.increment(1.0);
        InFlight(self.in_flight.clone())
    }

    /// A request was answered.
    pub fn answered(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let route = Label::new("route", route.to_owned());
        let method = Label::from_static_parts("method", method_name(method));
        let class = Label::from_static_parts("status", class(status));
        let requests = Key::from_parts(names::REQUESTS, vec![route.clone(), method.clone(), class]);
        self.recorder
            .register_counter(&requests, &METADATA)
            .increment(1);
        let seconds = Key::from_parts(names::REQUEST_SECONDS, vec![route, method]);
        self.recorder
            .register_histogram(&seconds, &METADATA)
            .record(took.as_secs_f64());
    }

    /// Everything in Prometheus' text format, refreshed where it is older than 15 seconds.
    pub async fn render(&self) -> String {
        self.refresh().await;
        self.handle.render()
    }

    /// Keeps what was measured small until the token is cancelled.
    pub async fn keep(self: Arc<Self>, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => self.handle.run_upkeep(),
            }
        }
    }
}

/// A request under way, also one that is given up.
#[derive(Debug)]
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// The pattern that a request fits, never the address itself: there are as many addresses as callers like.
#[must_use]
pub fn route(extensions: &Extensions) -> Option<&str> {
    extensions.get::<MatchedPath>().map(MatchedPath::as_str)
}

/// Callers may invent methods.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}
