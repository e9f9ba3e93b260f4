//! `hornada migrate`.

use super::say;
use crate::config::Config;
use crate::startup::open;
use anyhow::Context;
use migration::{Migrator, MigratorTrait};

/// What is to be done with migrations.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only say what would be done
    #[arg(long)]
    pending: bool,
}

/// Applies what is missing.
///
/// # Errors
/// When the database cannot be reached or refuses a step.
pub async fn run(config: Config, args: Args) -> anyhow::Result<()> {
    let services = open(&config).await?;
    let db = services.db().past_the_wall();
    let pending = Migrator::get_pending_migrations(db)
        .await
        .context("the database's migrations cannot be read")?;
    for migration in &pending {
        say(migration.name());
    }
    if !args.pending {
        migration::bring_up(db)
            .await
            .context("the database could not be migrated")?;
    }
    let what = if args.pending { "pending" } else { "applied" };
    say(&format!(
        "{} {what} in {}",
        pending.len(),
        config.database_shown()
    ));
    Ok(())
}
