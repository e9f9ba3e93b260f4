//! `hornada serve`.

use super::say;
use crate::clock;
use crate::config::Config;
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
    let address = application.address()?;
    tracing::info!(%address, "serving");
    say(&format!(
        "Hornada serves {}",
        shown.unwrap_or_else(|| format!("http://{address}"))
    ));
    application.run(signalled()).await
}
