//! `hornada config`.

use super::say;
use crate::backup::{Seal, due};
use crate::config::Config;
use crate::startup::open;
use anyhow::{Context, bail};
use migration::{Migrator, MigratorTrait};

/// What is to be done with the configuration.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Say what holds, without secrets, and whether folder, files and database can be reached
    Check,
}

/// Says what holds and whether it works.
///
/// # Errors
/// When something cannot be reached.
pub async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    let Command::Check = command;
    let origin = config
        .public_origin
        .as_deref()
        .unwrap_or("(the Host header)");
    for (name, value) in [
        ("data", config.data.display().to_string()),
        ("database_url", config.database_shown()),
        ("listen", config.listen.to_string()),
        ("site_root", config.site_root.display().to_string()),
        ("public_origin", origin.to_owned()),
        ("secure_cookie", config.secure_cookie.to_string()),
        (
            "session_idle_minutes",
            config.session.idle.num_minutes().to_string(),
        ),
        (
            "session_hours",
            config.session.absolute.num_hours().to_string(),
        ),
        (
            "trusted_proxies",
            config
                .trusted_proxies
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(","),
        ),
        (
            "api_rate_per_minute",
            config.api_rate_per_minute.to_string(),
        ),
        ("open_sign_up", config.terms.open_sign_up.to_string()),
        (
            "deletion_days",
            config.terms.deletion_waiting.num_days().to_string(),
        ),
        ("cors_origins", config.cors_origins.join(",")),
        ("log", config.log.clone()),
        (
            "log_format",
            format!("{:?}", config.log_format).to_lowercase(),
        ),
        (
            "upload_limit_mib",
            (config.upload_limit_bytes / (1_024 * 1_024)).to_string(),
        ),
        (
            "request_timeout_seconds",
            config.request_timeout.as_secs().to_string(),
        ),
        ("shutdown_seconds", config.shutdown.as_secs().to_string()),
        ("jobs", config.jobs.to_string()),
        ("api_docs", config.api_docs.to_string()),
        ("keep_models", config.keep_models.to_string()),
        (
            "model_store",
            config
                .model_store
                .clone()
                .unwrap_or_else(|| "none".to_owned()),
        ),
        ("training_device", config.training_device.to_string()),
        ("webhook_plain", config.webhooks.plain.to_string()),
        ("webhook_ports", listed(&config.webhooks.ports)),
        ("webhook_inside", listed(&config.webhooks.inside)),
        (
            "single_sign_on_plain",
            config.single_sign_on.plain.to_string(),
        ),
        ("single_sign_on_ports", listed(&config.single_sign_on.ports)),
        (
            "single_sign_on_inside",
            listed(&config.single_sign_on.inside),
        ),
        (
            "metrics_listen",
            config
                .observe
                .metrics_listen
                .map_or_else(|| "none".to_owned(), |address| address.to_string()),
        ),
        (
            "metrics_token",
            given(config.observe.metrics_token.is_some()),
        ),
        (
            "otlp_endpoint",
            config
                .observe
                .traces
                .clone()
                .unwrap_or_else(|| "none".to_owned()),
        ),
        (
            "otlp_headers",
            given(config.observe.trace_headers.is_some()),
        ),
        ("trace_percent", config.observe.trace_percent.to_string()),
        ("smtp_url", given(config.mail.smtp_url.is_some())),
        ("mail_from", config.mail.from.to_string()),
        (
            "backup_to",
            match due::place(&config.backups, None) {
                Ok(place) => place.shown(),
                Err(_) => "none".to_owned(),
            },
        ),
        (
            "backup_at",
            config
                .backups
                .at
                .map_or_else(|| "never".to_owned(), |at| at.format("%H:%M").to_string()),
        ),
        ("backup_keep", config.backups.keep.to_string()),
    ] {
        say(&format!("{name} = {value}"));
    }
    let mut wrong = Vec::new();
    if let Err(error) = config.models() {
        wrong.push(format!("{error:#}"));
    }
    if let Err(error) = config.training_device.check() {
        wrong.push(error.to_string());
    }
    if config.backups.to.is_some() {
        let checked = due::place(&config.backups, None).and_then(|_| Seal::of(&config.backups));
        if let Err(error) = checked {
            wrong.push(format!("{error:#}"));
        }
    }
    if !config.site_root.join("pkg").is_dir() {
        wrong.push(format!(
            "the browser's files are not in {}",
            config.site_root.display()
        ));
    }
    let services = open(&config).await?;
    let probe = config.data.join(".write-probe");
    if std::fs::write(&probe, b"")
        .and_then(|()| std::fs::remove_file(&probe))
        .is_err()
    {
        wrong.push(format!(
            "the data folder {} cannot be written",
            config.data.display()
        ));
    }
    let pending = Migrator::get_pending_migrations(services.db().past_the_wall())
        .await
        .context("the database's migrations cannot be read")?
        .len();
    if pending > 0 {
        wrong.push(format!(
            "{pending} migrations are pending; hornada migrate or hornada serve applies them"
        ));
    }
    if wrong.is_empty() {
        say("everything can be reached");
        return Ok(());
    }
    bail!("{}", wrong.join("; "))
}

/// Values with commas between them.
fn listed<T: ToString>(values: &[T]) -> String {
    if values.is_empty() {
        return "none".to_owned();
    }
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    values.join(",")
}

/// Of a secret only whether there is one.
fn given(is_given: bool) -> String {
    let text = if is_given { "(secret)" } else { "none" };
    text.to_owned()
}
