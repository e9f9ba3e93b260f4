//! `hornada organization`.

use super::{organization, say};
use crate::clock;
use crate::config::Config;
use crate::jobs::exporting;
use crate::startup::open_migrated;
use crate::web::sign_up::address;
use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use contract::organization::RequestExport;
use domain::JobStatus;
use services::organizations::OrganizationView;
use services::sign_up::Cause;
use services::{Arrival, Ctx};
use uuid::Uuid;

/// What is to be done with organizations.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a link with which somebody can make an organization, once, and print or send it
    Invite(Invite),
    /// Show links that can still be used, without what makes them work
    Invitations,
    /// Show every organization
    List,
    /// Show one organization
    Show(Named),
    /// Let nobody of an organization in and its jobs rest, from now on; its data stays
    Suspend(Suspend),
    /// Let an organization work again
    Resume(Named),
    /// Write everything that an organization owns into one file, and print where it is
    Export(Named),
}

/// Who is invited.
#[derive(Debug, clap::Args)]
pub struct Invite {
    /// Address of the administrator to be
    #[arg(long, value_name = "EMAIL")]
    email: String,
    /// Send the link there by mail instead of printing it
    #[arg(long)]
    mail: bool,
}

/// Which organization is meant.
#[derive(Debug, clap::Args)]
pub struct Named {
    /// Slug of the organization, where there are several
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
}

/// What is suspended, and why.
#[derive(Debug, clap::Args)]
pub struct Suspend {
    /// Slug of the organization
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Why, for the audit log
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Does it.
///
/// # Errors
/// What the rules for organizations say.
pub async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Invite(asked) => invite(config, asked).await,
        Command::Invitations => invitations(config).await,
        Command::List => list(config).await,
        Command::Show(asked) => show(config, asked).await,
        Command::Suspend(asked) => suspend(config, asked).await,
        Command::Resume(asked) => resume(config, asked).await,
        Command::Export(asked) => export(config, asked).await,
    }
}

async fn invite(config: Config, asked: Invite) -> anyhow::Result<()> {
    let services = open_migrated(&config).await?;
    let (door, now) = (services.sign_up(), Utc::now());
    if asked.mail {
        let until = door.invite_by_mail(&asked.email, now).await?;
        say(&format!(
            "a running server sends the mail; its link works once, until {}",
            at(until)
        ));
        return Ok(());
    }
    let link = door.invite(&asked.email, now).await?;
    say(&address(&config.origin(), &link.token));
    eprintln!(
        "This is shown once. It works once, until {}.",
        at(link.expires_at)
    );
    Ok(())
}

async fn invitations(config: Config) -> anyhow::Result<()> {
    let services = open_migrated(&config).await?;
    for link in services.sign_up().open_links(Utc::now()).await? {
        let cause = match link.cause {
            Cause::Operator => "invited",
            Cause::Oneself => "asked",
        };
        say(&format!(
            "{}  {}  {cause} {}, until {}",
            link.id,
            link.email,
            at(link.created_at),
            at(link.expires_at)
        ));
    }
    Ok(())
}

fn at(moment: DateTime<Utc>) -> String {
    format!("{} UTC", moment.format("%F %R"))
}

fn state(organization: &OrganizationView) -> String {
    match (
        organization.erasing_since,
        organization.suspended_at,
        organization.erase_after,
    ) {
        (Some(since), _, _) => format!("being erased since {}", at(since)),
        (None, Some(since), _) => format!("suspended since {}", at(since)),
        (None, None, Some(after)) => format!("works, to be erased after {}", at(after)),
        (None, None, None) => "works".to_owned(),
    }
}

async fn list(config: Config) -> anyhow::Result<()> {
    let services = open_migrated(&config).await?;
    for organization in services.organizations().list().await? {
        say(&format!(
            "{}  {}  {}",
            organization.slug,
            organization.name,
            state(&organization)
        ));
    }
    Ok(())
}

async fn show(config: Config, asked: Named) -> anyhow::Result<()> {
    let services = open_migrated(&config).await?;
    let found = organization(&services, asked.org.as_deref()).await?;
    let ctx = Ctx::system(found.id, "command_line", Utc::now());
    let stores = services.catalog().stores(&ctx).await?.len();
    let people = services.users().list(&ctx).await?.len();
    for (name, value) in [
        ("id", found.id.to_string()),
        ("slug", found.slug.clone()),
        ("name", found.name.clone()),
        ("state", state(&found)),
        (
            "suspended_for",
            found.suspended_for.clone().unwrap_or_default(),
        ),
        ("created_at", at(found.created_at)),
        ("currency", found.currency.clone()),
        ("language", found.language.to_string()),
        ("time_zone", found.time_zone.clone()),
        ("night_hour", found.night_hour.to_string()),
        ("stores", stores.to_string()),
        ("people", people.to_string()),
    ] {
        say(&format!("{name} = {value}"));
    }
    Ok(())
}

async fn suspend(config: Config, asked: Suspend) -> anyhow::Result<()> {
    let services = open_migrated(&config).await?;
    let found = organization(&services, Some(&asked.org)).await?;
    let arrival = Arrival::command_line(Utc::now());
    let organizations = services.organizations();
    let ended = organizations
        .suspend(&arrival, found.id, &asked.reason)
        .await?;
    say(&format!(
        "{} is suspended, {ended} sessions ended",
        found.slug
    ));
    Ok(())
}

async fn resume(config: Config, asked: Named) -> anyhow::Result<()> {
    let services = open_migrated(&config).await?;
    let found = organization(&services, asked.org.as_deref()).await?;
    let arrival = Arrival::command_line(Utc::now());
    services.organizations().resume(&arrival, found.id).await?;
    say(&format!("{} works again", found.slug));
    Ok(())
}

async fn export(config: Config, asked: Named) -> anyhow::Result<()> {
    let services = open_migrated(&config).await?;
    let found = organization(&services, asked.org.as_deref()).await?;
    let ctx = Ctx::system(found.id, "command_line", Utc::now());
    let command = RequestExport {
        command_id: Uuid::now_v7(),
    };
    let asked_for = services.exports().request(&ctx, &command).await?;
    let clock = clock::system();
    let waiting = services.exports().waiting(clock()).await?;
    if let Some(export) = waiting.into_iter().find(|export| export.id == asked_for.id) {
        exporting::run(&services, export, &clock).await?;
    }
    // Where a server was faster it is still at it, or done.
    let ctx = Ctx::system(found.id, "command_line", clock());
    let view = services.exports().get(&ctx, asked_for.id).await?;
    match view.status {
        JobStatus::Succeeded => {
            let file = services.exports().file(&ctx, view.id).await?;
            say(&file.path.display().to_string());
            eprintln!(
                "It is deleted after {}.",
                at(view.expires_at.context("a file without an end")?)
            );
            Ok(())
        }
        JobStatus::Failed => bail!("it could not be written; the server's log says why"),
        _ => bail!("a server is writing it; ask again when it is done"),
    }
}
