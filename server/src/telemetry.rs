//! Log lines: for people or for machines, always on standard error, so that a command's answer stays clean.

use crate::config::{Config, LogFormat};
use anyhow::Context;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging for the rest of the process.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(config: &Config) -> anyhow::Result<()> {
    // A session cookie that outlived its session is daily business, not a warning a request.
    let quiet = [
        "tower_sessions_core=error",
        "tower_sessions=error",
        "sqlx=warn",
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
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start in one process (a test) keeps the first.
    let _ = match config.log_format {
        LogFormat::Text => lines.with_target(false).try_init(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
    };
    Ok(())
}
