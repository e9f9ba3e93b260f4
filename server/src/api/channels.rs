//! Which alerts leave the house, over which channels, over REST.

use super::changes::{Meant, Removal, changed, done, identifier, query, seen, shown};
use super::cursor::{self, Part};
use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use contract::Page;
use contract::channels::{
    AlertRuleValues, AlertRuleView, ChangeChannel, ChannelValues, ChannelView, ChannelWithSecret,
    CreateChannel, ListMessages, MessageView, NameChannel, RemoveAlertRule, SaveAlertRule,
};
use domain::Permission;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use services::Ctx;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let write = Access::Needs(Permission::SettingsWrite);
    vec![
        Endpoint::get("/api/v1/alert-rules", write, list_rules)
            .named("listAlertRules")
            .summary("How severe alerts of a kind are, and over which channels they are told")
            .asks::<Part>()
            .gives_page::<AlertRuleView>(),
        Endpoint::post("/api/v1/alert-rules", write, add_rule)
            .named("createAlertRule")
            .summary("Adds a rule; it holds for alerts that open or change from now on")
            .takes::<NewRule>()
            .gives::<AlertRuleView>(),
        Endpoint::put("/api/v1/alert-rules/{id}", write, put_rule)
            .named("changeAlertRule")
            .summary("All that the rule is from now on")
            .takes::<PutRule>()
            .gives::<AlertRuleView>(),
        Endpoint::delete("/api/v1/alert-rules/{id}", write, remove_rule)
            .named("removeAlertRule")
            .summary("Takes a rule away; alerts that it opened stay")
            .asks::<Removal>()
            .gives_nothing(),
        Endpoint::get("/api/v1/alert-channels", write, list)
            .named("listAlertChannels")
            .summary("Where alerts are told outside, without secrets")
            .asks::<Part>()
            .gives_page::<ChannelView>(),
        Endpoint::post("/api/v1/alert-channels", write, create)
            .named("createAlertChannel")
            .summary("Adds a webhook; its secret is answered this once")
            .takes::<CreateChannel>()
            .creates::<ChannelWithSecret>(),
        Endpoint::get("/api/v1/alert-channels/{id}", write, show)
            .named("readAlertChannel")
            .summary("One channel, without its secret")
            .gives::<ChannelView>(),
        Endpoint::put("/api/v1/alert-channels/{id}", write, put)
            .named("changeAlertChannel")
            .summary("Another name or address, or switched on or off")
            .takes::<PutChannel>()
            .gives::<ChannelView>(),
        Endpoint::delete("/api/v1/alert-channels/{id}", write, remove)
            .named("removeAlertChannel")
            .summary("Takes a channel away, with its messages and out of every rule")
            .asks::<Removal>()
            .gives_nothing(),
        Endpoint::post("/api/v1/alert-channels/{id}/secret", write, renew)
            .named("renewAlertChannelSecret")
            .summary("Another secret, answered this once; the old one signs nothing more")
            .takes::<Meant>()
            .gives::<ChannelWithSecret>(),
        Endpoint::post("/api/v1/alert-channels/{id}/test", write, test)
            .named("testAlertChannel")
            .summary("Sends a message to try the channel")
            .takes::<Meant>()
            .gives::<MessageView>(),
        Endpoint::get("/api/v1/alert-channels/{id}/messages", write, messages)
            .named("listAlertChannelMessages")
            .summary("What was sent and what became of it, the newest first")
            .asks::<Part>()
            .gives_page::<MessageView>(),
    ]
}

/// Body of `POST /api/v1/alert-rules`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewAlertRule)]
#[serde(deny_unknown_fields)]
struct NewRule {
    command_id: Uuid,
    values: AlertRuleValues,
}

/// Body of `PUT /api/v1/alert-rules/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AlertRuleEdit)]
#[serde(deny_unknown_fields)]
struct PutRule {
    command_id: Uuid,
    /// The version that was read, where `If-Match` does not name it.
    #[serde(default)]
    version: Option<i32>,
    values: AlertRuleValues,
}

/// Body of `PUT /api/v1/alert-channels/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AlertChannelEdit)]
#[serde(deny_unknown_fields)]
struct PutChannel {
    command_id: Uuid,
    /// The version that was read, where `If-Match` does not name it.
    #[serde(default)]
    version: Option<i32>,
    values: ChannelValues,
}

const NO_RULE: &str = "alert rule not found";
const NO_CHANNEL: &str = "channel not found";

/// `GET /api/v1/alert-rules?limit=50&after=CURSOR`: every rule of the organization, the oldest first.
async fn list_rules(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Part>, QueryRejection>,
) -> ApiResult<Page<AlertRuleView>> {
    let part = query(&ctx, asked)?;
    let rules = state.services.alert_rules().list(&ctx).await;
    cursor::part_of(&ctx, rules, part, |rule| rule.id.to_string())
}

/// `POST /api/v1/alert-rules`: a new rule, `values` with all that it is. The same `command_id` has one effect and one answer.
async fn add_rule(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<NewRule>, JsonRejection>,
) -> Result<Response, ApiError> {
    let asked = body(&ctx, asked)?;
    let command = SaveAlertRule {
        command_id: asked.command_id,
        rule_id: None,
        version: 0,
        values: asked.values,
    };
    let result = state.services.alert_rules().save(&ctx, &command).await;
    shown(&ctx, result, |rule| rule.version)
}

/// `PUT /api/v1/alert-rules/{id}` with `If-Match` or `version`: all that the rule is from now on.
async fn put_rule(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Json<PutRule>, JsonRejection>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, NO_RULE)?;
    let asked = body(&ctx, asked)?;
    let seen = seen(&ctx, &headers, asked.version)?;
    let command = SaveAlertRule {
        command_id: asked.command_id,
        rule_id: Some(id),
        version: seen.version,
        values: asked.values,
    };
    let result = state.services.alert_rules().save(&ctx, &command).await;
    Ok(changed(&ctx, seen, result, |rule| rule.version))
}

/// `DELETE /api/v1/alert-rules/{id}?command_id=ID`: takes a rule away. 204.
async fn remove_rule(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Query<Removal>, QueryRejection>,
) -> Result<StatusCode, ApiError> {
    let command = RemoveAlertRule {
        rule_id: identifier(&ctx, &id, NO_RULE)?,
        command_id: query(&ctx, asked)?.command_id(),
    };
    let rules = state.services.alert_rules();
    done(&ctx, rules.remove(&ctx, &command).await)
}

/// `GET /api/v1/alert-channels?limit=50&after=CURSOR`: channels, the oldest first, without secrets.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Part>, QueryRejection>,
) -> ApiResult<Page<ChannelView>> {
    let part = query(&ctx, asked)?;
    let channels = state.services.channels().list(&ctx).await;
    cursor::part_of(&ctx, channels, part, |channel| channel.id.to_string())
}

/// `POST /api/v1/alert-channels`: a new channel. The answer has the secret that its messages are signed with, this once: the same
/// `command_id` has one effect and is answered without it.
async fn create(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<CreateChannel>, JsonRejection>,
) -> Result<(StatusCode, Json<ChannelWithSecret>), ApiError> {
    let command = body(&ctx, asked)?;
    let made = state.services.channels().create(&ctx, &command).await;
    answer(&ctx, made).map(|made| (StatusCode::CREATED, made))
}

/// `GET /api/v1/alert-channels/{id}`: one channel, its version as `ETag`.
async fn show(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, NO_CHANNEL)?;
    let result = state.services.channels().get(&ctx, id).await;
    shown(&ctx, result, |channel| channel.version)
}

/// `PUT /api/v1/alert-channels/{id}` with `If-Match` or `version`: name, address and whether it is on. What waits goes to the new address.
async fn put(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Json<PutChannel>, JsonRejection>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, NO_CHANNEL)?;
    let asked = body(&ctx, asked)?;
    let seen = seen(&ctx, &headers, asked.version)?;
    let command = ChangeChannel {
        command_id: asked.command_id,
        channel_id: id,
        version: seen.version,
        values: asked.values,
    };
    let result = state.services.channels().change(&ctx, &command).await;
    Ok(changed(&ctx, seen, result, |channel| channel.version))
}

/// `DELETE /api/v1/alert-channels/{id}?command_id=ID`: takes a channel away, with its messages and out of every rule. 204.
async fn remove(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Query<Removal>, QueryRejection>,
) -> Result<StatusCode, ApiError> {
    let command = NameChannel {
        channel_id: identifier(&ctx, &id, NO_CHANNEL)?,
        command_id: query(&ctx, asked)?.command_id(),
    };
    let channels = state.services.channels();
    done(&ctx, channels.remove(&ctx, &command).await)
}

fn named(
    ctx: &Ctx,
    id: &str,
    asked: Result<Json<Meant>, JsonRejection>,
) -> Result<NameChannel, ApiError> {
    let channel_id = identifier(ctx, id, NO_CHANNEL)?;
    let command_id = body(ctx, asked)?.command_id;
    Ok(NameChannel {
        command_id,
        channel_id,
    })
}

/// `POST /api/v1/alert-channels/{id}/secret`: another secret. The answer has it, this once; messages that wait are signed with it too.
async fn renew(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Meant>, JsonRejection>,
) -> ApiResult<ChannelWithSecret> {
    let command = named(&ctx, &id, asked)?;
    let channels = state.services.channels();
    answer(&ctx, channels.renew_secret(&ctx, &command).await)
}

/// `POST /api/v1/alert-channels/{id}/test`: writes a message that tries the channel; a process with jobs sends it within seconds.
async fn test(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Meant>, JsonRejection>,
) -> ApiResult<MessageView> {
    let command = named(&ctx, &id, asked)?;
    let channels = state.services.channels();
    answer(&ctx, channels.test(&ctx, &command).await)
}

/// `GET /api/v1/alert-channels/{id}/messages?limit=50&after=CURSOR`: what was sent and what became of it, the newest first; for 30 days.
async fn messages(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Query<Part>, QueryRejection>,
) -> ApiResult<Page<MessageView>> {
    let channel_id = identifier(&ctx, &id, NO_CHANNEL)?;
    let mut part = query(&ctx, asked)?;
    cursor::open(&ctx, &mut part.after, part.limit)?;
    let wanted = ListMessages {
        channel_id,
        after: part.after,
        limit: part.limit,
    };
    let channels = state.services.channels();
    cursor::page(&ctx, channels.messages(&ctx, &wanted).await)
}
