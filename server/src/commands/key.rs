//! `hornada key`.

use super::{organization, say};
use crate::config::Config;
use crate::startup::open_migrated;
use anyhow::Context;
use chrono::{TimeDelta, Utc};
use contract::keys::{ApiKeyView, CreateApiKey, NewApiKey, RotateApiKey};
use domain::Permission;
use services::{Ctx, Services};
use uuid::Uuid;

/// What is to be done with keys of programs.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a key and print it, this once
    Create(Create),
    /// Show every key, without its secret
    List(List),
    /// Put another key in the place of one, and print it, this once
    Rotate(Rotate),
    /// End a key and everything that was fetched with it, at once
    Revoke(Revoke),
}

/// A key to be made.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// Slug of the organization, where there are several
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// What the key is for, as people will read it
    #[arg(long, value_name = "NAME")]
    name: String,
    /// What it may do, for example sales.record; several with commas
    #[arg(
        long,
        value_name = "PERMISSION",
        value_delimiter = ',',
        required = true
    )]
    permissions: Vec<Permission>,
    /// Codes of the stores that it sees, with commas; every store where it is not given
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    stores: Vec<String>,
    /// It ends after so many days; never where it is not given
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=3_650))]
    days: Option<u16>,
    /// Requests a minute; those of the configuration where it is not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate_per_minute: Option<u32>,
}

/// Whose keys are shown.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Slug of the organization, where there are several
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
}

/// A key to be replaced.
#[derive(Debug, clap::Args)]
pub struct Rotate {
    /// Slug of the organization, where there are several
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// The key's prefix, as the list shows it
    #[arg(value_name = "PREFIX")]
    prefix: String,
    /// So many hours the old one still works
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=720))]
    grace_hours: u32,
}

/// A key to be ended.
#[derive(Debug, clap::Args)]
pub struct Revoke {
    /// Slug of the organization, where there are several
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// The key's prefix, as the list shows it
    #[arg(value_name = "PREFIX")]
    prefix: String,
}

/// Does it.
///
/// # Errors
/// What the rules for keys say.
pub async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create(asked) => create(config, asked).await,
        Command::List(asked) => list(config, asked).await,
        Command::Rotate(asked) => rotate(config, asked).await,
        Command::Revoke(asked) => revoke(config, asked).await,
    }
}

async fn enter(config: &Config, slug: Option<&str>) -> anyhow::Result<(Services, Ctx)> {
    let services = open_migrated(config).await?;
    let organization = organization(&services, slug).await?;
    let ctx = Ctx::system(organization.id, "command_line", Utc::now());
    Ok((services, ctx))
}

async fn all(services: &Services, ctx: &Ctx) -> anyhow::Result<Vec<ApiKeyView>> {
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = services
            .api_keys()
            .list(ctx, after.as_deref(), Some(200))
            .await?;
        found.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}

async fn named(services: &Services, ctx: &Ctx, prefix: &str) -> anyhow::Result<ApiKeyView> {
    all(services, ctx)
        .await?
        .into_iter()
        .find(|key| key.prefix == prefix)
        .with_context(|| format!("there is no key {prefix:?}; see hornada key list"))
}

fn show(made: &NewApiKey) {
    if let Some(secret) = &made.secret {
        say(secret);
    }
    eprintln!("This is shown once. It is kept nowhere.");
}

async fn create(config: Config, asked: Create) -> anyhow::Result<()> {
    let (services, ctx) = enter(&config, asked.org.as_deref()).await?;
    let known = services.catalog().stores(&ctx).await?;
    let mut stores = Vec::new();
    for code in &asked.stores {
        let store = known
            .iter()
            .find(|s| s.code == *code)
            .with_context(|| format!("there is no store {code:?}"))?;
        stores.push(store.id);
    }
    let command = CreateApiKey {
        command_id: Uuid::now_v7(),
        name: asked.name,
        permissions: asked.permissions,
        all_stores: stores.is_empty(),
        stores,
        expires_at: asked.days.map(|n| ctx.now + TimeDelta::days(n.into())),
        rate_per_minute: asked.rate_per_minute,
    };
    show(&services.api_keys().create(&ctx, command).await?);
    Ok(())
}

async fn list(config: Config, asked: List) -> anyhow::Result<()> {
    let (services, ctx) = enter(&config, asked.org.as_deref()).await?;
    for key in all(&services, &ctx).await? {
        let ends = match (key.revoked_at, key.expires_at) {
            (Some(at), _) => format!("revoked {}", at.format("%F %R")),
            (None, Some(at)) if at <= ctx.now => format!("expired {}", at.format("%F %R")),
            (None, Some(at)) => format!("until {}", at.format("%F %R")),
            (None, None) => "without end".to_owned(),
        };
        let used = key.last_used_at.map_or_else(
            || "never used".to_owned(),
            |at| format!("used {}", at.format("%F %R")),
        );
        let permissions: Vec<&str> = key.permissions.iter().map(|p| p.as_str()).collect();
        let stores = if key.all_stores {
            "every store".to_owned()
        } else {
            format!("{} stores", key.stores.len())
        };
        say(&format!(
            "{}  {}  {ends}, {used}, {stores}, {}",
            key.prefix,
            key.name,
            permissions.join(",")
        ));
    }
    Ok(())
}

async fn rotate(config: Config, asked: Rotate) -> anyhow::Result<()> {
    let (services, ctx) = enter(&config, asked.org.as_deref()).await?;
    let command = RotateApiKey {
        command_id: Uuid::now_v7(),
        key_id: named(&services, &ctx, &asked.prefix).await?.id,
        grace_seconds: Some(asked.grace_hours * 3_600),
    };
    show(&services.api_keys().rotate(&ctx, command).await?);
    Ok(())
}

async fn revoke(config: Config, asked: Revoke) -> anyhow::Result<()> {
    let (services, ctx) = enter(&config, asked.org.as_deref()).await?;
    let key = named(&services, &ctx, &asked.prefix).await?;
    services.api_keys().revoke(&ctx, key.id).await?;
    say(&format!("{} ({}) has ended", key.prefix, key.name));
    Ok(())
}
