//! What this process knows of the installation and the database does not: looked up when an administrator asks how everything is doing.

use crate::state::AppState;
use migration::{Migrator, MigratorTrait};
use services::health::Installation;
use std::sync::Arc;

/// The probe of a server.
pub(crate) fn of(state: &AppState) -> app::Probe {
    let migrations: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    let folder = state.services.data_dir().to_owned();
    let backups_by_clock = state.config.backups.at.is_some();
    app::Probe(Arc::new(move || Installation {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        migrations: migrations.clone(),
        disk: crate::metrics::disk(&folder),
        backups_by_clock,
    }))
}
