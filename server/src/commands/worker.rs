//! `hornada worker`: the jobs in a process of their own.

use crate::clock;
use crate::config::Config;
use crate::jobs::tasks::Jobs;
use crate::metrics::Metrics;
use crate::metrics::listen::Listener;
use crate::startup::{open_migrated, signalled};
use tokio_util::sync::CancellationToken;

/// Working is governed by the general options.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Works until told to stop; a night under way stops at its next step and resumes with the next start.
///
/// # Errors
/// When the database or the queue cannot be had.
pub async fn run(config: Config, _: Args) -> anyhow::Result<()> {
    let services = open_migrated(&config).await?;
    let stop = CancellationToken::new();
    let metrics = Metrics::new(services.clone(), None, clock::system());
    if let Some(listener) = Listener::bind(&config.observe, metrics.clone()).await? {
        tracing::info!(address = %listener.address()?, "telling metrics");
        tokio::spawn(listener.run(stop.clone()));
        tokio::spawn(metrics.keep(stop.clone()));
    }
    let jobs = Jobs::start(services, &config, clock::system(), stop.clone()).await?;
    tracing::info!("working");
    signalled().await;
    stop.cancel();
    jobs.finish(config.shutdown).await;
    Ok(())
}
