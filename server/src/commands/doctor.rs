//! `hornada doctor`: recomputes what the books say, and names every fault.

use super::say;
use crate::config::Config;
use crate::startup::open;
use anyhow::bail;
use chrono::Utc;
use migration::{Migrator, MigratorTrait};
use services::Ctx;
use services::db::Wall;

/// Which books.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Organization's slug [default: every organization]
    #[arg(long, alias = "org", value_name = "SLUG")]
    organization: Option<String>,
}

/// Checks that the database itself keeps organizations apart (a warning where it does not), that every level is the sum of its
/// movements, that the audit log's seals hold, and that the latest night left no gap in the forecasts. Forecasts of an older night than the last one are a warning: no fault of the books, but screens show
/// them.
///
/// # Errors
/// When something does not hold; each fault is printed.
pub async fn run(config: Config, args: Args) -> anyhow::Result<()> {
    let services = open(&config).await?;
    let pending = Migrator::get_pending_migrations(services.db().past_the_wall())
        .await?
        .len();
    let (mut faults, mut warnings) = (0, 0);
    if pending > 0 {
        say(&format!(
            "FAULT  the database lacks {pending} migrations: run hornada migrate"
        ));
        bail!("1 fault");
    }
    match services.db().wall().await? {
        Wall::Conditions => say("organizations are kept apart by the conditions of the queries"),
        Wall::Policies => say("organizations are kept apart by row-level security"),
        Wall::Role => say("organizations are kept apart by row-level security, as hornada_tenant"),
        Wall::Missing => {
            warnings += 1;
            say(
                "WALL   row-level security does not bind this database user: connect as a user that is neither superuser nor \
                 BYPASSRLS, or let it become hornada_tenant; docs/server.md has the statements",
            );
        }
    }
    let all = services.organizations().list().await?;
    let chosen: Vec<_> = all
        .into_iter()
        .filter(|o| {
            args.organization
                .as_ref()
                .is_none_or(|slug| *slug == o.slug)
        })
        .collect();
    if chosen.is_empty() {
        bail!("there is no such organization");
    }
    for organization in chosen {
        let ctx = Ctx::system(organization.id, "doctor", Utc::now());
        let books = services.books().check(&ctx).await?;
        say(&format!(
            "{}: {} shelves, {} movements, {} audit entries",
            organization.slug, books.shelves, books.movements, books.audit_entries
        ));
        for d in &books.differences {
            faults += 1;
            say(&format!(
                "FAULT  store {} product {}: level {} but ledger {}",
                d.store_id, d.product_id, d.level, d.ledger
            ));
        }
        if let Some(broken) = &books.audit_broken {
            faults += 1;
            say(&format!("FAULT  audit log: {broken:?}"));
        }
        match services.forecast_book().gaps(&ctx).await? {
            None => say("no forecasts yet"),
            Some(gaps) => {
                say(&format!(
                    "forecasts issued on {}: {} series, {} rows",
                    gaps.issued_on, gaps.series, gaps.rows
                ));
                let due = organization.forecast_due(ctx.now);
                let nights = (due - gaps.issued_on).num_days();
                if nights > 0 {
                    warnings += 1;
                    say(&format!(
                        "OLD    {nights} nights since then have not forecast"
                    ));
                }
                for gap in &gaps.missing {
                    faults += 1;
                    say(&format!("FAULT  no forecast: {gap}"));
                }
            }
        }
    }
    if faults > 0 {
        bail!("{faults} faults");
    }
    match warnings {
        0 => say("sound"),
        n => say(&format!("sound, with warnings: {n}")),
    }
    Ok(())
}
