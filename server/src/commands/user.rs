//! `hornada user`.

use super::{organization, password, password_variable, say};
use crate::config::Config;
use crate::startup::open_migrated;
use anyhow::{Context, bail};
use chrono::Utc;
use contract::factors::ResetFactor;
use contract::users::{CreateUser, ResetPassword};
use domain::sign_in::normal_email;
use domain::{Language, RoleKey};
use services::{Ctx, Services};
use uuid::Uuid;

/// What is to be done with people. Passwords come from `HORNADA_PASSWORD` or standard input.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Add a person
    Add(Add),
    /// Give a person a new password and end their sessions
    ResetPassword(Reset),
    /// Take second factor, recovery codes and PIN of a person away who lost them, and end their sessions
    ResetFactor(Reset),
}

/// A person to be added.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// Slug of the organization, where there are several
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// Address to sign in with
    #[arg(long, value_name = "EMAIL")]
    email: String,
    /// Name as others see it
    #[arg(long, value_name = "NAME")]
    name: String,
    /// store_manager, production, analyst or admin; several with commas
    #[arg(long, value_name = "ROLE", value_delimiter = ',', required = true)]
    role: Vec<RoleKey>,
    /// Codes of the stores that the person sees, with commas; every store where it is not given
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    stores: Vec<String>,
    /// es or en; the browser's where it is not given
    #[arg(long, value_name = "LANGUAGE")]
    language: Option<Language>,
}

/// A person to be let in again.
#[derive(Debug, clap::Args)]
pub struct Reset {
    /// Slug of the organization, where there are several
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// Address the person signs in with
    #[arg(long, value_name = "EMAIL")]
    email: String,
}

/// Does it.
///
/// # Errors
/// What the rules for people say.
pub async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Add(add) => self::add(config, add).await,
        Command::ResetPassword(reset) => self::reset(config, reset).await,
        Command::ResetFactor(reset) => reset_factor(config, reset).await,
    }
}

async fn add(config: Config, add: Add) -> anyhow::Result<()> {
    let password = password(password_variable().as_ref())?;
    let services = open_migrated(&config).await?;
    let organization = organization(&services, add.org.as_deref()).await?;
    let ctx = Ctx::system(organization.id, "command_line", Utc::now());
    let known = services.catalog().stores(&ctx).await?;
    let mut stores = Vec::new();
    for code in &add.stores {
        let store = known
            .iter()
            .find(|s| s.code == *code)
            .with_context(|| format!("there is no store {code:?}"))?;
        stores.push(store.id);
    }
    let command = CreateUser {
        command_id: Uuid::now_v7(),
        email: add.email,
        display_name: add.name,
        language: add.language,
        roles: add.role,
        role_ids: Vec::new(),
        all_stores: stores.is_empty(),
        stores,
        password,
    };
    let email = normal_email(&command.email);
    services.users().create(&ctx, command).await?;
    say(&format!("{email} can sign in to {}", organization.name));
    Ok(())
}

/// Who is meant, and in whose name it is done.
async fn meant(services: &Services, reset: &Reset) -> anyhow::Result<(Ctx, Uuid, String)> {
    let organization = organization(services, reset.org.as_deref()).await?;
    let ctx = Ctx::system(organization.id, "command_line", Utc::now());
    let email = normal_email(&reset.email);
    let people = services.users().list(&ctx).await?;
    let Some(person) = people.into_iter().find(|u| u.email == email) else {
        bail!("nobody in {} signs in with {email}", organization.name);
    };
    Ok((ctx, person.id, email))
}

async fn reset_factor(config: Config, reset: Reset) -> anyhow::Result<()> {
    let services = open_migrated(&config).await?;
    let (ctx, user_id, email) = meant(&services, &reset).await?;
    let command = ResetFactor {
        command_id: Uuid::now_v7(),
        user_id,
    };
    services.factors().reset(&ctx, command).await?;
    say(&format!(
        "{email} has neither second factor nor PIN any more; sessions have ended"
    ));
    Ok(())
}

async fn reset(config: Config, reset: Reset) -> anyhow::Result<()> {
    let password = password(password_variable().as_ref())?;
    let services = open_migrated(&config).await?;
    let (ctx, user_id, email) = meant(&services, &reset).await?;
    let command = ResetPassword {
        command_id: Uuid::now_v7(),
        user_id,
        password,
    };
    services.users().reset_password(&ctx, command).await?;
    say(&format!(
        "{email} has a new password; sessions under the old one have ended"
    ));
    Ok(())
}
