//! What every handler shares.

use crate::clock::Clock;
use crate::config::Config;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use services::Services;
use services::live::Live;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Name of the browser files: `pkg/hornada.js`, `pkg/hornada.wasm`, `pkg/hornada.css`.
pub const OUTPUT_NAME: &str = "hornada";

/// Cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    pub services: Services,
    pub live: Live,
    pub clock: Clock,
    pub config: Arc<Config>,
    pub leptos: LeptosOptions,
    /// Cancelled when the server stops, so that live streams end by themselves.
    pub stop: CancellationToken,
}

impl AppState {
    /// The state of a server over these use cases.
    #[must_use]
    pub fn new(services: Services, config: Config, clock: Clock) -> Self {
        let leptos = LeptosOptions::builder()
            .output_name(OUTPUT_NAME)
            .site_root(config.site_root.to_string_lossy().into_owned())
            .site_pkg_dir("pkg")
            .site_addr(config.listen)
            .build();
        Self {
            live: Live::new(services.db().clone()),
            services,
            clock,
            config: Arc::new(config),
            leptos,
            stop: CancellationToken::new(),
        }
    }
}
