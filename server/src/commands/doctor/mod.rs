//! `hornada doctor`: looks at installation, books, files, nights and backups, and names every fault with its mend.

mod backups;
mod books;
mod files;
pub mod finding;
mod installation;

use super::say;
use crate::config::Config;
use anyhow::bail;
use chrono::{DateTime, Utc};
use finding::{Finding, Severity};
use services::Db;

/// Which books, and how deep.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Organization's slug [default: every organization]
    #[arg(long, alias = "org", value_name = "SLUG")]
    organization: Option<String>,
    /// Also read every model and the newest backup to their last byte
    #[arg(long)]
    deep: bool,
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
}

/// What was looked at.
#[derive(Debug, Default)]
pub struct Report {
    /// Lines on what is sound.
    pub said: Vec<String>,
    pub findings: Vec<Finding>,
}

impl Report {
    fn say(&mut self, line: impl Into<String>) {
        self.said.push(line.into());
    }

    fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Findings of this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }
}

/// Looks at everything and says what was found.
///
/// # Errors
/// When something does not hold; each fault is printed.
pub async fn run(config: Config, args: Args) -> anyhow::Result<()> {
    let report = examine(&config, args.organization.as_deref(), args.deep, Utc::now()).await?;
    let (faults, warnings) = (
        report.count(Severity::Fault),
        report.count(Severity::Warning),
    );
    if args.json {
        let told = serde_json::json!({
            "sound": faults == 0,
            "said": report.said,
            "findings": report.findings,
        });
        say(&serde_json::to_string_pretty(&told)?);
    } else {
        for line in &report.said {
            say(line);
        }
        for finding in &report.findings {
            say(&finding.line());
        }
    }
    if faults > 0 {
        bail!("{faults} faults");
    }
    if !args.json {
        match warnings {
            0 => say("sound"),
            n => say(&format!("sound, with warnings: {n}")),
        }
    }
    Ok(())
}

/// Looks at an installation. What keeps the rest from being looked at is the last finding.
///
/// # Errors
/// When the organization that was named does not exist, or the database fails on the way.
pub async fn examine(
    config: &Config,
    organization: Option<&str>,
    deep: bool,
    now: DateTime<Utc>,
) -> anyhow::Result<Report> {
    let mut report = Report::default();
    if !installation::folder(&mut report, config)? {
        return Ok(report);
    }
    let db = match Db::connect(config.database_url.expose()).await {
        Ok(db) => db,
        Err(error) => {
            report.add(Finding::fault(
                "database_unreachable",
                config.database_shown(),
                format!("the database cannot be reached: {}", chain(&error)),
                "start it, or correct database_url (hornada config check)",
            ));
            return Ok(report);
        }
    };
    let services = config.services(db);
    if !installation::database(&mut report, &services, config, now).await? {
        return Ok(report);
    }
    let all = services.organizations().list().await?;
    let chosen: Vec<_> = all
        .into_iter()
        .filter(|o| organization.is_none_or(|slug| slug == o.slug))
        .collect();
    if chosen.is_empty() && organization.is_some() {
        bail!("there is no such organization");
    }
    for organization in &chosen {
        books::check(&mut report, &services, organization, now).await?;
        files::serving(&mut report, &services, config, organization, now).await?;
    }
    files::all(&mut report, &services, deep).await?;
    backups::check(&mut report, &services, config, deep, now).await?;
    Ok(report)
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
