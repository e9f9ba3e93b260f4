//! `hornada serve`.

use super::say;
use crate::clock;
use crate::config::Config;
use crate::jobs::tasks::Jobs;
use crate::startup::{Application, open_migrated, signalled};

/// Serving is governed by the general options.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Serves until told to stop.
///
/// # Errors
/// When the database or the address cannot be had.
pub async fn run(config: Config, _: Args) -> anyhow::Result<()> {
    let services = open_migrated(&config).await?;
    if !config.site_root.join("pkg").is_dir() {
        tracing::warn!(folder = %config.site_root.display(), "the browser's files are not there: pages come without styles and scripts");
    }
    let shown = config.public_origin.clone();
    let application = Application::bind(services, config, clock::system()).await?;
    serve(application, shown).await
}

/// Serves, with the jobs beside it unless the configuration says that workers of their own do them.
pub(super) async fn serve(application: Application, shown: Option<String>) -> anyhow::Result<()> {
    let address = application.address()?;
    tracing::info!(%address, "serving");
    if let Some(address) = application.metrics_address()? {
        tracing::info!(%address, "telling metrics");
    }
    say(&format!(
        "Hornada serves {}",
        shown.unwrap_or_else(|| format!("http://{address}"))
    ));
    let state = application.state().clone();
    let jobs = if state.config.jobs {
        let started = Jobs::start(
            state.services.clone(),
            &state.config,
            state.clock.clone(),
            state.stop.clone(),
        )
        .await?;
        Some(started)
    } else {
        None
    };
    let served = application.run(signalled()).await;
    if let Some(jobs) = jobs {
        jobs.finish(state.config.shutdown).await;
    }
    served
}
