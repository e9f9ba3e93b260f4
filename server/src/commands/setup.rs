//! `hornada setup`: an organization with its master data, from a file. See `docs/catalog.md`.

use super::{password, password_variable, say};
use crate::config::Config;
use crate::startup::open_migrated;
use anyhow::Context;
use chrono::Utc;
use contract::catalog::{SetupCount, SetupFile};
use services::organizations::{FirstAdmin, NewOrganization};
use services::{Arrival, Ctx};
use std::path::PathBuf;

/// What is to be set up.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// JSON file as docs/catalog.md describes it
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Address of the first administrator of a new organization; the password comes from HORNADA_PASSWORD or standard input
    #[arg(long, value_name = "EMAIL")]
    admin: Option<String>,
    /// Name of the first administrator
    #[arg(long, value_name = "NAME", requires = "admin", default_value = "Admin")]
    admin_name: String,
}

/// Reads the file and brings the database to what it says.
///
/// # Errors
/// When the file cannot be read or says something wrong; then nothing was changed.
pub async fn run(config: Config, args: Args) -> anyhow::Result<()> {
    let text = std::fs::read(&args.file)
        .with_context(|| format!("{} cannot be read", args.file.display()))?;
    let file: SetupFile = serde_json::from_slice(&text)
        .with_context(|| format!("{} is wrong", args.file.display()))?;
    let services = open_migrated(&config).await?;
    let now = Utc::now();
    let found = services
        .organizations()
        .find_by_slug(&file.organization.slug)
        .await?;
    let id = match found {
        Some(organization) => organization.id,
        None => {
            let admin = match args.admin {
                None => None,
                Some(email) => {
                    let password = password(password_variable().as_ref())?;
                    Some(FirstAdmin {
                        email,
                        display_name: args.admin_name,
                        password,
                    })
                }
            };
            let new = NewOrganization {
                slug: file.organization.slug.clone(),
                name: file.organization.name.clone(),
                currency: file.organization.currency.clone(),
                language: file.organization.language,
                time_zone: file.organization.time_zone.clone(),
            };
            services
                .organizations()
                .create(&Arrival::command_line(now), new, admin)
                .await?
        }
    };
    let ctx = Ctx::system(id, "command_line", now);
    let report = services.catalog().set_up(&ctx, &file).await?;
    let line = |name: &str, count: SetupCount| {
        say(&format!(
            "{name}: {} new, {} changed, {} as they were",
            count.created, count.changed, count.unchanged
        ));
    };
    line("stores", report.stores);
    line("categories", report.categories);
    line("products", report.products);
    line("listings", report.listings);
    line("suppliers", report.suppliers);
    line("ingredients", report.ingredients);
    line("recipes", report.recipes);
    line("promotions", report.promotions);
    line("calendar", report.calendar);
    line("weather", report.weather);
    Ok(())
}
