//! Every metric there is. The dashboard and the alert rules in `deploy/observability` name no others; a test compares.

/// How a metric is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// A metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub help: &'static str,
}

macro_rules! metrics {
    ($($constant:ident = $kind:ident $name:literal, $help:literal;)+) => {
        $(#[doc = $help] pub const $constant: &str = $name;)+

        /// Every metric, with what it says.
        pub const METRICS: &[Metric] = &[$(Metric { name: $name, kind: Kind::$kind, help: $help }),+];
    };
}

metrics! {
    REQUESTS = Counter "hornada_http_requests_total", "Requests answered, by route, method and class of the status.";
    REQUEST_SECONDS = Histogram "hornada_http_request_duration_seconds", "Seconds until the head of the answer left, by route and method.";
    IN_FLIGHT = Gauge "hornada_http_requests_in_flight", "Requests that are being answered.";
    LIVE_STREAMS = Gauge "hornada_live_streams", "Open streams of live events.";
    DATABASE_UP = Gauge "hornada_database_up", "1 where the database answered within five seconds, else 0.";
    DATABASE_ANSWER = Gauge "hornada_database_answer_seconds", "Seconds to get a connection from the pool and an answer on it.";
    DATABASE_CONNECTIONS = Gauge "hornada_database_connections", "Connections to the database, by state: idle or used.";
    DATABASE_CONNECTIONS_MOST = Gauge "hornada_database_connections_max", "Connections that there may be at most.";
    ORGANIZATIONS = Gauge "hornada_organizations", "Organizations of the installation.";
    NIGHTS = Gauge "hornada_nights", "Nightly runs of the last seven days, by status.";
    NIGHTS_LATE = Gauge "hornada_nights_late", "Organizations whose forecasts should be there by now and are not.";
    NIGHT_FINISHED = Gauge "hornada_night_last_finished_timestamp_seconds", "When the last night was finished, in seconds since 1970.";
    NIGHT_SECONDS = Gauge "hornada_night_duration_seconds", "Seconds that the last finished night took.";
    NIGHT_STEP_SECONDS = Gauge "hornada_night_step_duration_seconds", "Seconds that each step of the last finished night took.";
    QUEUE_DEPTH = Gauge "hornada_queue_depth", "Nightly runs that wait for a worker.";
    QUEUE_OLDEST = Gauge "hornada_queue_oldest_seconds", "Age of the oldest of them in seconds; 0 where none waits.";
    ALERTS = Gauge "hornada_alerts_open", "Alerts of all organizations that are not resolved, by kind.";
    IMPORTS = Gauge "hornada_imports_under_way", "Imports that are being worked on, by state.";
    FORECAST_WAPE = Gauge "hornada_forecast_wape_ratio", "Weighted absolute percentage error of the forecasts of the night before: of the last night (night), of the last seven (week), of the 28 before those (month).";
    FORECAST_WAPE_BASELINE = Gauge "hornada_forecast_wape_baseline_ratio", "The same of the seasonal baseline, for the last night.";
    FORECAST_BIAS = Gauge "hornada_forecast_bias_ratio", "Sum of (mean - actual) over sum of actual, of the last night.";
    FORECAST_COVERAGE = Gauge "hornada_forecast_coverage_ratio", "Share of actuals between the quantiles 0.1 and 0.9, of the last night; 0.8 is right.";
    FORECAST_CHANGE = Gauge "hornada_forecast_error_change_ratio", "Error of the last seven nights over that of the 28 before them, of the organization where it is largest.";
    FORECAST_WORSE = Gauge "hornada_forecast_worse_organizations", "Organizations whose error of the last seven nights is more than 1.1 times that of the 28 before them.";
    FORECAST_DRIFT = Gauge "hornada_forecast_drift_ratio", "Drift that the nights found, where it is largest; above 1.5 an alert is open.";
    MODELS = Gauge "hornada_models_serving", "Trained models that serve.";
    MODEL_TRAINED = Gauge "hornada_model_oldest_trained_timestamp_seconds", "Beginning of the last trading day that the oldest serving model learned from, in seconds since 1970.";
    BACKUP_FINISHED = Gauge "hornada_backup_last_success_timestamp_seconds", "When the last backup was finished, in seconds since 1970; 0 where all failed so far, not there where none was begun.";
    DISK_FREE = Gauge "hornada_disk_free_bytes", "Bytes that can still be written to the disk of the data folder.";
    DISK_SIZE = Gauge "hornada_disk_size_bytes", "Size of that disk in bytes.";
    PROCESS_MEMORY = Gauge "process_resident_memory_bytes", "Memory of this process in bytes.";
    PROCESS_CPU = Counter "process_cpu_seconds_total", "Processor time of this process in whole seconds.";
    PROCESS_FILES = Gauge "process_open_fds", "Open file descriptors of this process.";
    PROCESS_STARTED = Gauge "process_start_time_seconds", "When this process began to be watched, in seconds since 1970.";
    BUILD = Gauge "hornada_build_info", "1, with the version of the program.";
}
