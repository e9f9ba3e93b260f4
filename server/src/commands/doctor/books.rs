//! Books and nights of an organization.

use super::Report;
use super::finding::Finding;
use chrono::{DateTime, TimeDelta, Utc};
use domain::JobStatus;
use services::organizations::OrganizationView;
use services::{Ctx, Services};

/// A night that waits for so long is stuck.
const STUCK_AFTER: TimeDelta = TimeDelta::hours(2);

/// Checks that every level is the sum of its movements, that the audit log's seals hold, that the latest night left no gap in the forecasts,
/// and how the nights went. Forecasts of an older night than the last one are a warning: no fault of the books, but screens show them.
pub(super) async fn check(
    report: &mut Report,
    services: &Services,
    organization: &OrganizationView,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let ctx = Ctx::system(organization.id, "doctor", now);
    let slug = organization.slug.as_str();
    let books = services.books().check(&ctx).await?;
    report.say(format!(
        "{slug}: {} shelves, {} movements, {} audit entries",
        books.shelves, books.movements, books.audit_entries
    ));
    for d in &books.differences {
        report.add(Finding::fault(
            "level_differs",
            slug,
            format!(
                "store {} product {}: level {} but ledger {}",
                d.store_id, d.product_id, d.level, d.ledger
            ),
            "something wrote past the program: put the last backup back beside this one (hornada restore --data OTHER) and compare the shelf, then count it",
        ));
    }
    if let Some(broken) = &books.audit_broken {
        report.add(Finding::fault(
            "audit_broken",
            slug,
            format!("audit log: entry {}: {}", broken.sequence, broken.message),
            "the log was changed past the program: compare it with the last backup whose log holds (hornada restore --data OTHER, hornada doctor)",
        ));
    }
    match services.forecast_book().gaps(&ctx).await? {
        None => report.say("no forecasts yet"),
        Some(gaps) => {
            report.say(format!(
                "forecasts issued on {}: {} series, {} rows",
                gaps.issued_on, gaps.series, gaps.rows
            ));
            let nights = (organization.forecast_due(now) - gaps.issued_on).num_days();
            if nights > 0 && !organization.is_shut() {
                report.add(Finding::warning(
                    "forecasts_old",
                    slug,
                    format!("{nights} nights since then have not forecast"),
                    format!(
                        "hornada nightly --org {slug}; see that serve or worker runs with jobs on"
                    ),
                ));
            }
            for gap in &gaps.missing {
                report.add(Finding::fault(
                    "forecast_missing",
                    slug,
                    format!("no forecast: {gap}"),
                    format!("hornada nightly --org {slug}"),
                ));
            }
        }
    }
    let nights = services.nights().list(&ctx, None, 10).await?;
    if let Some(last) = nights.first()
        && last.status == JobStatus::Failed
    {
        report.add(Finding::warning(
            "night_failed",
            slug,
            format!(
                "the night of {} failed: {}",
                last.business_date,
                last.error
                    .as_deref()
                    .unwrap_or("no reason was written down")
            ),
            format!("hornada nightly --org {slug} --date {}", last.business_date),
        ));
    }
    for night in nights {
        let waits = matches!(night.status, JobStatus::Queued)
            || (night.status == JobStatus::Running
                && night.started_at.is_some_and(|at| now - at > STUCK_AFTER));
        let is_old = now.date_naive() - night.business_date > TimeDelta::days(2);
        if waits && (is_old || night.status == JobStatus::Running) {
            report.add(Finding::warning(
                "night_stuck",
                slug,
                format!(
                    "the night of {} waits and nobody works on it",
                    night.business_date
                ),
                "start hornada worker, or hornada serve with jobs on",
            ));
        }
    }
    Ok(())
}
