//! Log lines, for people or for machines, always on standard error, so that a command's answer stays clean; and traces, where a
//! collector is configured.

use crate::config::{Config, LogFormat, Observe};
use crate::web::outbound::choose_cryptography;
use crate::web::trace;
use anyhow::Context;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use std::io::IsTerminal;
use std::time::Duration;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};
use uuid::Uuid;

/// A collector that does not answer is given up after this; what it should have had is lost.
const EXPORT: Duration = Duration::from_secs(3);

/// A process that ends waits so long for its last traces to leave.
const FLUSH: Duration = Duration::from_secs(4);

/// What must be told to end with the process.
#[derive(Debug, Default)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Sends the traces that were not sent yet, as far as the collector takes them in time.
    pub fn stop(self) {
        if let Some(traces) = self.traces
            && let Err(error) = traces.shutdown_with_timeout(FLUSH)
        {
            tracing::warn!(%error, "the last traces did not leave");
        }
    }
}

/// Starts logging, and tracing where it is configured, for the rest of the process.
///
/// # Errors
/// When the filter or the collector's address cannot be read.
pub fn start(config: &Config) -> anyhow::Result<Telemetry> {
    // A session cookie that outlived its session is daily business, not a warning a request. What exists for traces only is no context
    // of a log line.
    let quiet = [
        "tower_sessions_core=error",
        "tower_sessions=error",
        "sqlx=warn",
        "sea_orm=warn",
        "hornada_trace=off",
    ];
    let mut filter = EnvFilter::try_new(&config.log)
        .with_context(|| format!("the log filter {:?} cannot be read", config.log))?;
    for directive in quiet {
        if !config
            .log
            .contains(directive.split('=').next().unwrap_or(directive))
        {
            filter = filter.add_directive(directive.parse().context("a filter of our own")?);
        }
    }
    let lines = tracing_subscriber::fmt::layer::<Registry>()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match config.log_format {
        LogFormat::Text => lines.with_target(false).with_filter(filter).boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_filter(filter)
            .boxed(),
    };
    let provider = provider(&config.observe)?;
    let mut layers = vec![lines];
    if let Some(provider) = &provider {
        let tracer = provider.tracer("hornada");
        let spans = filter_fn(is_traced).with_max_level_hint(LevelFilter::INFO);
        layers.push(
            tracing_opentelemetry::layer::<Registry>()
                .with_tracer(tracer)
                .with_location(false)
                .with_threads(false)
                .with_target(false)
                .with_filter(spans)
                .boxed(),
        );
    }
    // A second start in one process (a test) keeps the first.
    let _ = tracing_subscriber::registry().with(layers).try_init();
    Ok(Telemetry { traces: provider })
}

/// Spans of our own that were made for traces, and statements of the database; never log lines, which say more than a trace should.
fn is_traced(of: &Metadata<'_>) -> bool {
    let is_wanted = of.is_span() && *of.level() <= Level::INFO;
    is_wanted && (of.target() == trace::TARGET || of.target().starts_with("sea_orm"))
}

/// What collects spans and sends them from a thread of its own. Where the collector does not take them they are dropped, and nobody
/// waits.
fn provider(observe: &Observe) -> anyhow::Result<Option<SdkTracerProvider>> {
    let Some(endpoint) = &observe.traces else {
        return Ok(None);
    };
    choose_cryptography();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint.as_str())
        .with_timeout(EXPORT)
        .with_headers(observe.headers()?)
        .build()
        .context("traces cannot be sent to otlp_endpoint")?;
    let resource = Resource::builder()
        .with_service_name("hornada")
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", Uuid::now_v7().to_string()),
        ])
        .build();
    // By the trace's number alone: what a caller wishes does not decide how much is traced, and all parts of a trace agree.
    let share = Sampler::TraceIdRatioBased(f64::from(observe.trace_percent) / 100.0);
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(share)
        .with_resource(resource)
        .build();
    Ok(Some(provider))
}
