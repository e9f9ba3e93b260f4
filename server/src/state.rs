//! What every handler shares.

use crate::clock::Clock;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::predict::Predictor;
use crate::session::AccessTokens;
use crate::single_sign_on::SignOn;
use crate::web::rates::Rates;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use services::Services;
use services::live::Live;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Name of the browser files: `pkg/hornada.js`, `pkg/hornada.wasm`, `pkg/hornada.css`.
pub const OUTPUT_NAME: &str = "hornada";

/// File of the site folder that holds its version; the build writes it.
const BUILD_FILE: &str = "build.txt";

fn build_of(site: &std::path::Path) -> Arc<str> {
    let text = std::fs::read_to_string(site.join(BUILD_FILE)).unwrap_or_default();
    let is_word = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_word { text.into() } else { "".into() }
}

/// Cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    pub services: Services,
    pub live: Live,
    pub clock: Clock,
    pub predictor: Predictor,
    pub config: Arc<Config>,
    pub leptos: LeptosOptions,
    pub tokens: AccessTokens,
    pub rates: Rates,
    pub sign_on: SignOn,
    /// The version of the site folder; empty where it has none, as in development.
    pub build: Arc<str>,
    pub metrics: Arc<Metrics>,
    /// Cancelled when the server stops, so that live streams end by themselves.
    pub stop: CancellationToken,
}

impl AppState {
    /// The state of a server over these use cases.
    #[must_use]
    pub fn new(services: Services, config: Config, clock: Clock) -> Self {
        let services = services
            .under(config.terms)
            .reached_at(&config.passkey_origin());
        let leptos = LeptosOptions::builder()
            .output_name(OUTPUT_NAME)
            .site_root(config.site_root.to_string_lossy().into_owned())
            .site_pkg_dir("pkg")
            .site_addr(config.listen)
            .build();
        let models = config.models().unwrap_or_else(|error| {
            // Nights refuse to start without it; predictions go on with what lies in the data folder.
            tracing::error!(
                error = format!("{error:#}"),
                "the store of models cannot be opened"
            );
            crate::jobs::model_store::ModelStore::default()
        });
        let live = Live::new(services.db().clone());
        Self {
            predictor: Predictor::new(services.clone(), models, clock.clone()),
            metrics: Metrics::new(services.clone(), Some(live.clone()), clock.clone()),
            live,
            tokens: AccessTokens::new(services.clone()),
            rates: Rates::new(config.api_rate_per_minute),
            sign_on: SignOn::new(&config.single_sign_on),
            services,
            clock,
            build: build_of(&config.site_root),
            config: Arc::new(config),
            leptos,
            stop: CancellationToken::new(),
        }
    }
}
