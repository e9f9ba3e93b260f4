//! Putting the server together, running it, and stopping it without losing anything.

use crate::api;
use crate::backup;
use crate::clock::Clock;
use crate::config::Config;
use crate::jobs;
use crate::jobs::exporting;
use crate::metrics::listen::Listener;
use crate::metrics::scrape;
use crate::probe;
use crate::session;
use crate::state::AppState;
use crate::web::{
    account, compression, connections, cors, csrf, doors, errors, frame, headers, idempotency,
    problems, rates, tablets,
};
use anyhow::Context;
use app::{App, shell};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use contract::session::CurrentUser;
use contract::{AppError, ErrorCode};
use http::StatusCode;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};
use services::housekeeping::Cleared;
use services::live::Live;
use services::{Db, Services};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;
use tower_http::timeout::TimeoutLayer;

/// How often imports that nobody works on any more are looked for.
const RESUME_IMPORTS_EVERY: Duration = Duration::from_secs(10);

/// Largest body of a form or of a call of a server function: the renderer collects it whole, and asks nobody how much that may be.
const FORM_BYTES: usize = 2 << 20;

/// How often is cleared away what has served its time: ended sessions, old events and receipts.
const CLEAR_EVERY: Duration = Duration::from_secs(3_600);

/// Opens the data folder and the database of a configuration.
///
/// # Errors
/// When either cannot be reached, or half of a backup was put back into it.
pub async fn open(config: &Config) -> anyhow::Result<Services> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("the data folder {} cannot be made", config.data.display()))?;
    backup::marker::refuse_half_restored(&config.data)?;
    let db = Db::connect(config.database_url.expose())
        .await
        .with_context(|| format!("the database {} cannot be reached", config.database_shown()))?;
    Ok(config.services(db))
}

/// Like [`open`], and brings the database to the shape that this program needs.
///
/// # Errors
/// When the database cannot be reached or migrated.
pub async fn open_migrated(config: &Config) -> anyhow::Result<Services> {
    let services = open(config).await?;
    migration::bring_up(services.db().past_the_wall())
        .await
        .context("the database could not be migrated")?;
    // Says in the log where nothing but the queries' conditions keeps organizations apart.
    services
        .db()
        .wall()
        .await
        .context("it could not be seen what keeps organizations apart")?;
    Ok(services)
}

/// Hands use cases and person to pages and server functions.
fn provide(services: &Services, live: &Live, build: &Arc<str>, probe: &app::Probe) {
    headers::admit_scripts();
    provide_context(services.clone());
    provide_context(probe.clone());
    provide_context(app::Build(build.clone()));
    let parts = use_context::<http::request::Parts>();
    if let Some(link) = parts.and_then(|p| p.extensions.get::<app::SeenLink>().cloned()) {
        provide_context(link);
    }
    let parts = use_context::<http::request::Parts>();
    if let Some(seen) = parts.and_then(|p| p.extensions.get::<app::SeenProviders>().cloned()) {
        provide_context(seen);
    }
    provide_context(app::OpenSignUp(services.terms().open_sign_up));
    let keys = services.passkey_origin().map(str::to_owned);
    provide_context(app::PasskeyOrigin(keys));
    if let Some(person) = use_context::<http::request::Parts>()
        .and_then(|p| p.extensions.get::<CurrentUser>().cloned())
    {
        provide_context(person);
        // Before anything of the page is read.
        if let Some(id) = live.reached() {
            provide_context(app::DrawnAt(id));
        }
    }
}

/// Everything that answers, with every layer.
///
/// From the outside in: frame (id, log), headers, panics, compression, sites that may call, problem details, foreign sites refused; then
/// either a public endpoint, or session, gate, answers that are given again, and handler; then files; then "there is nothing here".
pub fn router(state: AppState) -> Router {
    let timeout = TimeoutLayer::with_status_code(
        StatusCode::SERVICE_UNAVAILABLE,
        state.config.request_timeout,
    );
    let (public, private) = api::routers(state.config.request_timeout);
    let (services, live) = (state.services.clone(), state.live.clone());
    let build = state.build.clone();
    let probe = probe::of(&state);
    let context = move || provide(&services, &live, &build, &probe);
    let options = state.leptos.clone();
    let page = move || shell(options.clone());

    let pages = Router::new()
        .leptos_routes_with_context(
            &state,
            generate_route_list(App),
            context.clone(),
            page.clone(),
        )
        .merge(doors::router())
        .merge(account::router())
        .route("/tablets", post(tablets::register))
        .layer(from_fn_with_state(state.clone(), doors::look))
        .layer(RequestBodyLimitLayer::new(FORM_BYTES))
        .layer(timeout);
    let inside = pages
        .merge(private.layer(from_fn_with_state(state.clone(), idempotency::once)))
        .layer(from_fn_with_state(state.clone(), session::gate))
        .layer(session::layer(&state))
        .layer(from_fn(headers::keep_private));

    let nowhere = render_app_async_with_context(context, page);
    let unknown: Router = Router::new()
        .fallback(any(move |request: Request| lost(nowhere.clone(), request)))
        .layer(timeout)
        .layer(from_fn_with_state(state.clone(), session::gate_unknown))
        .layer(session::layer(&state))
        .layer(from_fn(headers::keep_private))
        .with_state(());
    let files = ServeDir::new(&state.config.site_root)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .call_fallback_on_method_not_allowed(true)
        .fallback(unknown);
    let files = Router::new()
        .fallback_service(files)
        .layer(from_fn(headers::keep_files));

    let public = public
        .layer(from_fn_with_state(state.clone(), rates::strangers))
        .merge(api::docs::router())
        .layer(from_fn(headers::keep_private));
    let guarded = inside
        .merge(public)
        .route(scrape::PATH, get(scrape::scrape))
        .fallback_service(files)
        .layer(from_fn_with_state(state.clone(), csrf::guard))
        .layer(from_fn(problems::describe));
    let reachable = match cors::layer(&state.config.cors_origins) {
        Some(layer) => guarded.layer(layer),
        None => guarded,
    };

    reachable
        .layer(compression::layer())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(state.clone(), headers::secure))
        .layer(from_fn_with_state(state.clone(), frame::frame))
        .with_state(state)
}

/// The page that says that there is nothing here, with the status that says the same.
async fn lost<F>(render: F, request: Request) -> Response
where
    F: Fn(Request) -> std::pin::Pin<Box<dyn Future<Output = Response> + Send>>,
{
    let mut response = render(request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let text = cause
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| cause.downcast_ref::<String>().map(String::as_str));
    tracing::error!(cause = text.unwrap_or("unknown"), "a handler panicked");
    errors::ApiError(AppError::new(
        ErrorCode::Internal,
        "Something went wrong on our side. Please try again.",
    ))
    .into_response()
}

/// A server that listens and is ready to run.
#[derive(Debug)]
pub struct Application {
    listener: TcpListener,
    /// Where metrics are told too.
    metrics: Option<Listener>,
    state: AppState,
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Application {
    /// Listens on the configured address.
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn bind(services: Services, config: Config, clock: Clock) -> anyhow::Result<Self> {
        let listen = config.listen;
        // The first stranger must not wait for the hash that unknown accounts are verified against.
        services.passwords().verify("", None).await?;
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}"))?;
        // Where port 0 was asked for, the one that was given.
        let listen = listener.local_addr()?;
        let state = AppState::new(services, Config { listen, ..config }, clock);
        Ok(Self {
            listener,
            metrics: Listener::bind(&state.config.observe, state.metrics.clone()).await?,
            state,
        })
    }

    /// The address that was taken.
    ///
    /// # Errors
    /// The system's.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }

    /// The address that was taken for metrics, where one is configured.
    ///
    /// # Errors
    /// The system's.
    pub fn metrics_address(&self) -> anyhow::Result<Option<SocketAddr>> {
        self.metrics.as_ref().map(Listener::address).transpose()
    }

    /// What the handlers share.
    #[must_use]
    pub fn state(&self) -> &AppState {
        &self.state
    }

    /// Serves until `stop` comes, then lets requests under way finish, at most as long as configured.
    ///
    /// # Errors
    /// When requests had to be cut off.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let Self {
            listener,
            metrics,
            state,
        } = self;
        let token = state.stop.clone();
        let mut background = vec![
            tokio::spawn(state.live.clone().run()),
            tokio::spawn(clear_away(state.clone())),
            tokio::spawn(resume_imports(state.clone())),
            tokio::spawn(exporting::tick(
                state.services.clone(),
                state.clock.clone(),
                token.clone(),
            )),
            tokio::spawn(state.metrics.clone().keep(token.clone())),
        ];
        background.extend(metrics.map(|metrics| tokio::spawn(metrics.run(token.clone()))));
        let stopping = token.clone();
        tokio::spawn(async move {
            stop.await;
            tracing::info!("stopping: requests under way are finished, new ones are not taken");
            stopping.cancel();
        });
        let patience = state.config.shutdown;
        let serving = connections::serve(
            listener,
            router(state),
            connections::Limits::default(),
            token.clone(),
        );
        let overdue = async {
            token.cancelled().await;
            tokio::time::sleep(patience).await;
        };
        let result = tokio::select! {
            () = serving => Ok(()),
            () = overdue => Err(anyhow::anyhow!("requests were cut off after {} s", patience.as_secs())),
        };
        for task in background {
            task.abort();
        }
        result
    }
}

/// Goes on with imports that a crash or a restart left lying.
async fn resume_imports(state: AppState) {
    let mut ticks = tokio::time::interval(RESUME_IMPORTS_EVERY);
    loop {
        tokio::select! {
            () = state.stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = state.services.imports().resume_all((state.clock)()).await {
            tracing::warn!(%error, "imports that were left lying could not be looked for");
        }
    }
}

async fn clear_away(state: AppState) {
    let mut ticks = tokio::time::interval(CLEAR_EVERY);
    loop {
        tokio::select! {
            () = state.stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match state
            .services
            .sessions()
            .delete_expired((state.clock)())
            .await
        {
            Ok(0) => {}
            Ok(deleted) => tracing::info!(deleted, "cleared ended sessions away"),
            Err(error) => tracing::warn!(%error, "ended sessions could not be cleared away"),
        }
        match state.services.housekeeping().clear((state.clock)()).await {
            Ok(cleared) if cleared == Cleared::default() => {}
            Ok(cleared) => tracing::info!(
                live_events = cleared.live_events,
                command_receipts = cleared.command_receipts,
                idempotent_answers = cleared.idempotent_answers,
                refresh_tokens = cleared.refresh_tokens,
                "cleared away what has served its time"
            ),
            Err(error) => {
                tracing::warn!(%error, "old events and receipts could not be cleared away")
            }
        }
        jobs::tenants::clear(&state).await;
    }
}

/// Resolves when the operator or the system wants the process to end.
pub async fn signalled() {
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be heard");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
