//! An address of its own for metrics (`metrics_listen`), for servers and workers alike.

use super::Metrics;
use super::scrape::{PATH, has_token, told, unauthenticated};
use crate::config::{Observe, Secret};
use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What is told there.
#[derive(Clone)]
struct Told {
    metrics: Arc<Metrics>,
    token: Option<Secret>,
}

/// Listens for whoever reads metrics.
pub struct Listener {
    listener: TcpListener,
    told: Told,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}

impl Listener {
    /// Takes the configured address; none where none is configured.
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn bind(observe: &Observe, metrics: Arc<Metrics>) -> anyhow::Result<Option<Self>> {
        let Some(address) = observe.metrics_listen else {
            return Ok(None);
        };
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address} for metrics"))?;
        let token = observe.metrics_token.clone();
        Ok(Some(Self {
            listener,
            told: Told { metrics, token },
        }))
    }

    /// The address that was taken.
    ///
    /// # Errors
    /// The system's.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// Answers until the token is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        let router = Router::new().route(PATH, get(answer)).with_state(self.told);
        let serving =
            axum::serve(self.listener, router).with_graceful_shutdown(stop.cancelled_owned());
        if let Err(error) = serving.await {
            tracing::error!(%error, "metrics are not served any more");
        }
    }
}

async fn answer(State(of): State<Told>, headers: HeaderMap) -> Response {
    match &of.token {
        Some(token) if !has_token(&headers, token) => unauthenticated(""),
        _ => told(&of.metrics).await,
    }
}
