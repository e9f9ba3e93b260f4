//! What the operator can do, one module a command.

pub mod backtest;
pub mod backup;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod import;
pub mod key;
pub mod mail;
pub mod migrate;
pub mod model;
pub mod nightly;
pub mod organization;
pub mod restore;
pub mod serve;
pub mod setup;
pub mod user;
pub mod verify;
pub mod worker;

use anyhow::{Context, bail};
use services::Services;
use services::organizations::OrganizationView;
use std::io::{IsTerminal, Read, Write};

/// What was asked for was refused because of what was handed in; the process ends with 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// Writes a line for the operator; that nobody reads any more is no fault.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// The organization that was named, or the only one.
///
/// # Errors
/// When there is none, or none was named and there are several.
pub(crate) async fn organization(
    services: &Services,
    slug: Option<&str>,
) -> anyhow::Result<OrganizationView> {
    if let Some(slug) = slug {
        return services
            .organizations()
            .find_by_slug(slug)
            .await?
            .with_context(|| format!("there is no organization {slug:?}"));
    }
    let mut all = services.organizations().list().await?;
    match all.len() {
        1 => Ok(all.remove(0)),
        0 => bail!("there is no organization yet; see hornada setup --help"),
        _ => bail!(
            "name the organization with --org: {}",
            all.iter()
                .map(|o| o.slug.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// A password from the environment, else from standard input (one line), so that it stands in no process list.
///
/// # Errors
/// When neither gives one.
pub(crate) fn password(from_environment: Option<&crate::config::Secret>) -> anyhow::Result<String> {
    if let Some(secret) = from_environment {
        return Ok(secret.expose().to_owned());
    }
    let mut input = std::io::stdin().lock();
    if input.is_terminal() {
        let _ = write!(std::io::stderr().lock(), "Password (shown as you type): ");
    }
    let mut text = String::new();
    if input.is_terminal() {
        std::io::BufRead::read_line(&mut input, &mut text)
            .context("the password cannot be read")?;
    } else {
        input
            .take(10_000)
            .read_to_string(&mut text)
            .context("the password cannot be read")?;
    }
    let line = text.lines().next().unwrap_or_default().to_owned();
    if line.is_empty() {
        bail!("give the password on standard input or in HORNADA_PASSWORD");
    }
    Ok(line)
}

/// The password in `HORNADA_PASSWORD`, if it is set.
pub(crate) fn password_variable() -> Option<crate::config::Secret> {
    std::env::var("HORNADA_PASSWORD")
        .ok()
        .filter(|p| !p.is_empty())
        .map(crate::config::Secret::from)
}
