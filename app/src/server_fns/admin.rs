//! What administrators look after: keys, health, rules and channels of alerts, the audit log.

use contract::audit::{AuditCheckView, AuditEntryView, CheckAudit, ListAudit};
use contract::channels as wire;
use contract::health::HealthView;
use contract::keys::{ApiKeyView, CreateApiKey, NewApiKey, RotateApiKey};
use contract::wire::Compact;
use contract::{AppResult, Page};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use uuid::Uuid;

/// Keys of programs, newest first, ended ones too.
#[server(endpoint = "list_api_keys", input = Json, output = Compact)]
pub async fn list_api_keys(after: Option<String>) -> AppResult<Page<ApiKeyView>> {
    crate::ssr::run(async |services, ctx| {
        services.api_keys().list(&ctx, after.as_deref(), None).await
    })
    .await
}

/// Makes a key; its secret is answered this once.
#[server(name = CreateApiKeyCall, endpoint = "create_api_key", input = Json, output = Compact)]
pub async fn create_api_key(command: CreateApiKey) -> AppResult<NewApiKey> {
    crate::ssr::run(async |services, ctx| services.api_keys().create(&ctx, command).await).await
}

/// Another key in the place of one; its secret is answered this once.
#[server(name = RotateApiKeyCall, endpoint = "rotate_api_key", input = Json, output = Compact)]
pub async fn rotate_api_key(command: RotateApiKey) -> AppResult<NewApiKey> {
    crate::ssr::run(async |services, ctx| services.api_keys().rotate(&ctx, command).await).await
}

/// Ends a key and every token that was fetched with it.
#[server(endpoint = "revoke_api_key", input = Json, output = Compact)]
pub async fn revoke_api_key(key_id: Uuid) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| services.api_keys().revoke(&ctx, key_id).await).await
}

/// How everything is doing.
#[server(endpoint = "read_health", input = Json, output = Compact)]
pub async fn read_health() -> AppResult<HealthView> {
    let own = crate::ssr::installation();
    crate::ssr::run(async |services, ctx| services.health().read(&ctx, own).await).await
}

/// Rules of alerts, the oldest first.
#[server(endpoint = "list_alert_rules", input = Json, output = Compact)]
pub async fn list_alert_rules() -> AppResult<(Vec<wire::AlertRuleView>, Vec<wire::ChannelView>)> {
    crate::ssr::run(async |services, ctx| {
        let rules = services.alert_rules().list(&ctx).await?;
        Ok((rules, services.channels().list(&ctx).await?))
    })
    .await
}

/// Adds or changes a rule.
#[server(endpoint = "save_alert_rule", input = Json, output = Compact)]
pub async fn save_alert_rule(command: wire::SaveAlertRule) -> AppResult<wire::AlertRuleView> {
    crate::ssr::run(async |services, ctx| services.alert_rules().save(&ctx, &command).await).await
}

/// Takes a rule away.
#[server(endpoint = "remove_alert_rule", input = Json, output = Compact)]
pub async fn remove_alert_rule(command: wire::RemoveAlertRule) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| services.alert_rules().remove(&ctx, &command).await).await
}

/// Channels, the oldest first.
#[server(endpoint = "list_channels", input = Json, output = Compact)]
pub async fn list_channels() -> AppResult<Vec<wire::ChannelView>> {
    crate::ssr::run(async |services, ctx| services.channels().list(&ctx).await).await
}

/// Adds a channel; its secret is answered this once.
#[server(endpoint = "create_channel", input = Json, output = Compact)]
pub async fn create_channel(command: wire::CreateChannel) -> AppResult<wire::ChannelWithSecret> {
    crate::ssr::run(async |services, ctx| services.channels().create(&ctx, &command).await).await
}

/// Changes a channel.
#[server(endpoint = "change_channel", input = Json, output = Compact)]
pub async fn change_channel(command: wire::ChangeChannel) -> AppResult<wire::ChannelView> {
    crate::ssr::run(async |services, ctx| services.channels().change(&ctx, &command).await).await
}

/// Gives a channel another secret, which is answered this once.
#[server(endpoint = "renew_channel_secret", input = Json, output = Compact)]
pub async fn renew_channel_secret(
    command: wire::NameChannel,
) -> AppResult<wire::ChannelWithSecret> {
    crate::ssr::run(async |services, ctx| services.channels().renew_secret(&ctx, &command).await)
        .await
}

/// Sends a message that tries a channel.
#[server(endpoint = "test_channel", input = Json, output = Compact)]
pub async fn test_channel(command: wire::NameChannel) -> AppResult<wire::MessageView> {
    crate::ssr::run(async |services, ctx| services.channels().test(&ctx, &command).await).await
}

/// Takes a channel away.
#[server(endpoint = "remove_channel", input = Json, output = Compact)]
pub async fn remove_channel(command: wire::NameChannel) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| services.channels().remove(&ctx, &command).await).await
}

/// What was sent over a channel and what became of it.
#[server(endpoint = "list_channel_messages", input = Json, output = Compact)]
pub async fn list_channel_messages(
    wanted: wire::ListMessages,
) -> AppResult<Page<wire::MessageView>> {
    crate::ssr::run(async |services, ctx| services.channels().messages(&ctx, &wanted).await).await
}

/// Who did what, the latest first.
#[server(name = ListAuditCall, endpoint = "list_audit", input = Json, output = Compact)]
pub async fn list_audit(wanted: ListAudit) -> AppResult<Page<AuditEntryView>> {
    crate::ssr::run(async |services, ctx| services.audit_log().list(&ctx, &wanted).await).await
}

/// The newest check of the audit log.
#[server(endpoint = "read_audit_check", input = Json, output = Compact)]
pub async fn read_audit_check() -> AppResult<Option<AuditCheckView>> {
    crate::ssr::run(async |services, ctx| services.audit_log().newest_check(&ctx).await).await
}

/// Asks for a check of the audit log.
#[server(endpoint = "start_audit_check", input = Json, output = Compact)]
pub async fn start_audit_check(command: CheckAudit) -> AppResult<AuditCheckView> {
    crate::ssr::run(async |services, ctx| services.audit_log().start_check(&ctx, &command).await)
        .await
}
