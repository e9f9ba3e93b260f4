//! Server-sent events: what others change while a page is open.

use super::{Access, Endpoint};
use crate::session::{AuthSession, Listening};
use crate::state::AppState;
use crate::web::errors::{ApiError, Caller};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use contract::ErrorCode;
use domain::Permission;
use futures::stream::{self, Stream, StreamExt};
use http::{HeaderMap, HeaderName, HeaderValue};
use services::live::LiveEvent;
use services::{Ctx, ServiceError};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;
use tokio_stream::wrappers::BroadcastStream;

/// A stream ends after this and the browser comes back, with the rights it has then; earlier where these have changed.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// After a broken stream the browser waits so long.
const RETRY: Duration = Duration::from_secs(2);

/// A stream that resumes hears again of what was made so short a while ago, as some of it may have been committed since it broke.
const LATE: TimeDelta = TimeDelta::seconds(30);

/// A page that has just been drawn missed less, and is drawn anew for nothing where it missed nothing.
const LATE_WHEN_DRAWN: TimeDelta = TimeDelta::seconds(2);

/// So many events are looked back at; with that many there may be more.
const MOST_MISSED: usize = 500;

/// Topics, and the permission without which nobody hears of them.
pub const TOPICS: &[(&str, Permission)] = &[
    ("alerts", Permission::AlertsRead),
    ("audit", Permission::AuditRead),
    ("calendar", Permission::CalendarRead),
    ("channels", Permission::SettingsWrite),
    ("counts", Permission::StockCount),
    ("forecasts", Permission::ForecastsRead),
    ("imports", Permission::ImportsRead),
    ("jobs", Permission::JobsRead),
    ("orders", Permission::OrdersRead),
    ("recipes", Permission::RecipesRead),
    ("stock", Permission::StockRead),
    ("transfers", Permission::StockRead),
    ("suggestions", Permission::SuggestionsRead),
    ("users", Permission::UsersRead),
];

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/live", Access::SignedIn, live)
            .streams()
            .named("listen")
            .summary("Server-sent events of what others change, one type a topic")
            .asks::<Wish>()
            .gives_text("text/event-stream"),
    ]
}

#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
struct Wish {
    /// Separated by commas.
    #[serde(default)]
    topics: String,
    /// Resume point for a stream that the page itself opens anew; the browser's own retries send it as a header.
    last_event_id: Option<i64>,
    /// The number that the server wrote into the page that now opens its first stream.
    drawn_at_id: Option<i64>,
}

/// What one stream may carry.
struct Filter {
    ctx: Ctx,
    topics: BTreeSet<&'static str>,
}

impl Filter {
    fn passes(&self, event: &LiveEvent) -> bool {
        event.organization_id == self.ctx.organization_id()
            && self.topics.contains(event.topic.as_str())
            && event
                .store_id
                .is_none_or(|store| self.ctx.actor.stores.contains(store))
    }
}

/// Topics that were asked for and may be heard. Those that may not are left out: a page is the same for every role.
fn topics(ctx: &Ctx, wish: &str) -> Result<BTreeSet<&'static str>, ApiError> {
    let mut found = BTreeSet::new();
    let mut refused = None;
    for name in wish
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        let Some((topic, permission)) = TOPICS.iter().find(|(topic, _)| *topic == name) else {
            return Err(ApiError::new(
                ErrorCode::Invalid,
                "There is no such topic.",
                &ctx.request_id,
            ));
        };
        match ctx.require(*permission) {
            Ok(()) => {
                found.insert(*topic);
            }
            Err(error) => refused = Some(error),
        }
    }
    match refused {
        Some(error) if found.is_empty() => Err(ApiError::from_service(error, &ctx.request_id)),
        None if found.is_empty() => Err(ApiError::new(
            ErrorCode::Invalid,
            "Name at least one topic: ?topics=orders,stock",
            &ctx.request_id,
        )),
        _ => Ok(found),
    }
}

fn as_event(event: &LiveEvent) -> Event {
    let body = serde_json::json!({
        "id": event.id, "topic": event.topic, "store_id": event.store_id, "subject_id": event.subject_id, "detail": event.detail,
    });
    Event::default()
        .id(event.id.to_string())
        .event(event.topic.clone())
        .data(body.to_string())
}

/// Tells of every topic at once: some changes were missed, so whatever is shown should be loaded again.
fn everything(filter: &Filter) -> Vec<Event> {
    let body = |topic| serde_json::json!({ "topic": topic, "detail": { "missed": true } });
    filter
        .topics
        .iter()
        .map(|topic| Event::default().event(*topic).data(body(topic).to_string()))
        .collect()
}

/// `GET /api/v1/live?topics=orders,stock`. Each message is of the type of its topic and is
/// `{id, topic, store_id, subject_id, detail}`; `detail.missed` says that some changes could not be told one by one. Once it has told what
/// was missed, a message of type `hello` carries the number from which the stream can be resumed though nothing has happened yet. A
/// change may be told twice, under the same number.
async fn live(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Wish>, QueryRejection>,
    headers: HeaderMap,
    session: AuthSession,
) -> Response {
    let listening = Listening::begin(&state, &ctx, &headers, &session);
    let wish = match asked {
        Ok(Query(wish)) => wish,
        Err(rejection) => {
            let error = ServiceError::field("query", "format", rejection.body_text());
            return ApiError::from_service(error, &ctx.request_id).into_response();
        }
    };
    let filter = match topics(&ctx, &wish.topics) {
        Ok(topics) => Filter { ctx, topics },
        Err(error) => return error.into_response(),
    };
    let answer = |error| ApiError::from_service(error, &filter.ctx.request_id).into_response();
    let newest = match state.live.newest().await {
        Ok(id) => id,
        Err(error) => return answer(error),
    };
    // Listening before looking back: what happens in between is found in both, and never in neither.
    let receiver = state.live.subscribe();
    let header = headers
        .get("last-event-id")
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.parse::<i64>().ok());
    let now = filter.ctx.now;
    let (from, young) = match (header.or(wish.last_event_id), wish.drawn_at_id) {
        (Some(id), _) => (id, Some(now - LATE)),
        (None, Some(id)) => (id, Some(now - LATE_WHEN_DRAWN)),
        (None, None) => (newest, None),
    };
    let organization_id = filter.ctx.organization_id();
    let missed = match state.live.since(organization_id, from, young).await {
        Ok(events) => events,
        Err(error) => return answer(error),
    };
    let is_forgotten = match state.live.has_forgotten(from).await {
        Ok(is_forgotten) => is_forgotten,
        Err(error) => return answer(error),
    };
    let missed = Missed {
        is_whole: missed.len() < MOST_MISSED && !is_forgotten,
        events: missed,
    };
    let stop = state.stop.clone();
    let end = async move {
        tokio::select! {
            () = stop.cancelled_owned() => {}
            () = tokio::time::sleep(LONGEST) => {}
            () = listening.ended() => {}
        }
    };
    let messages = messages(filter, newest, missed, receiver).take_until(Box::pin(end));
    let mut response = Sse::new(messages)
        .keep_alive(KeepAlive::default())
        .into_response();
    // Proxies must pass each message on at once.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

/// What happened since the resume point.
struct Missed {
    events: Vec<LiveEvent>,
    /// Whether that is all of it: there may be more, or some may have been cleared away.
    is_whole: bool,
}

fn messages(
    filter: Filter,
    newest: i64,
    missed: Missed,
    receiver: tokio::sync::broadcast::Receiver<LiveEvent>,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    let told: BTreeSet<i64> = missed.events.iter().map(|e| e.id).collect();
    let told_last = told.last().copied();
    let before: Vec<Event> = if missed.is_whole {
        missed
            .events
            .iter()
            .filter(|e| filter.passes(e))
            .map(as_event)
            .collect()
    } else {
        everything(&filter)
    };
    let after = BroadcastStream::new(receiver).flat_map(move |event| {
        stream::iter(match event {
            Ok(event) if told.contains(&event.id) || !filter.passes(&event) => Vec::new(),
            Ok(event) => vec![as_event(&event)],
            Err(_lagged) => everything(&filter),
        })
    });
    // An empty comment opens the stream at once, so that the page knows it is heard.
    let opening = stream::iter([Event::default().retry(RETRY).comment("live")]);
    // After what was missed: from then on the page goes on from here, whether it was told of anything or not.
    let reached = told_last.map_or(newest, |id| id.max(newest));
    let hello = Event::default().event("hello").id(reached.to_string());
    let hello = stream::iter([hello.data("{}")]);
    let opening = opening.chain(stream::iter(before)).chain(hello);
    opening.chain(after).map(Ok)
}
