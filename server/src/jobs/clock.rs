//! The clock: starts each organization's night at its own local hour, picks up nights that a dead process left, and
//! raises the alarm when forecasts are not there in the morning.

use super::night::NightRunner;
use super::queue::{Queue, WakeUp};
use chrono::{NaiveDate, Timelike};
use domain::JobTrigger;
use services::organizations::OrganizationView;
use services::quality::NightAlerts;
use services::{Ctx, clock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the clock is looked at.
const TICK: Duration = Duration::from_secs(5);

/// How often it is looked at what becomes wrong or right by itself.
const SWEEP: Duration = Duration::from_secs(60);

/// Ticks until the token is cancelled.
pub async fn tick(queue: Queue, runner: NightRunner, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut swept = tokio::time::Instant::now();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let sweep = swept.elapsed() >= SWEEP;
        if sweep {
            swept = tokio::time::Instant::now();
        }
        match runner.services().organizations().list().await {
            Ok(organizations) => {
                for organization in organizations.into_iter().filter(|o| !o.is_shut()) {
                    if let Err(error) = look(&queue, &runner, &organization).await {
                        tracing::error!(
                            organization = organization.slug,
                            error = format!("{error:#}"),
                            "the night's clock failed"
                        );
                    }
                    if sweep {
                        let ctx = Ctx::system(organization.id, "clock", runner.now());
                        let standing = runner.services().standing_orders();
                        if let Err(error) = standing.sweep(&ctx).await {
                            tracing::error!(organization = organization.slug, %error, "standing orders were not made");
                        }
                        if let Err(error) = runner.services().alerts().sweep(&ctx).await {
                            tracing::error!(organization = organization.slug, %error, "alerts were not looked at");
                        }
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "organizations cannot be listed"),
        }
    }
}

/// What is due for one organization at this moment.
///
/// # Errors
/// The database's and the queue's.
pub async fn look(
    queue: &Queue,
    runner: &NightRunner,
    organization: &OrganizationView,
) -> anyhow::Result<()> {
    let ctx = Ctx::system(organization.id, "clock", runner.now());
    let zone = clock::zone(&organization.time_zone)?;
    let local = ctx.now.with_timezone(&zone);
    let Some(closed) = local.date_naive().pred_opt() else {
        return Ok(());
    };
    let hour = i32::try_from(local.hour()).unwrap_or_default();
    let due = hour >= organization.night_hour;
    let woken = wake(queue, runner, &ctx, due.then_some(closed)).await;
    // Above all when nobody can be woken, the alarm must be raised.
    if hour >= organization.deadline_hour && local.second() < 30 {
        watch_deadline(runner, &ctx, closed).await?;
    }
    woken
}

/// Puts the night that is due into the book, and wakes a worker for every run that waits.
async fn wake(
    queue: &Queue,
    runner: &NightRunner,
    ctx: &Ctx,
    due: Option<NaiveDate>,
) -> anyhow::Result<()> {
    let nights = runner.services().nights();
    if let Some(closed) = due
        && has_sales(runner, ctx, closed).await?
    {
        // Does nothing when this night is in the book already. A failed night waits for a person: repeating it blindly would
        // only fail again. A night that began while the day's file is still being taken would learn from half of it.
        if !nights.is_known(ctx, closed).await?
            && !runner.services().imports().is_moving(ctx, ctx.now).await?
        {
            nights
                .enqueue(ctx, closed, JobTrigger::Clock, false)
                .await?;
        }
    }
    // Asked for by a button, never taken, or left by a process that died. Waking twice is harmless: a claim decides.
    for run_id in nights.waiting(ctx, ctx.now).await? {
        queue
            .wake(WakeUp {
                organization_id: ctx.organization_id(),
                run_id,
            })
            .await?;
    }
    Ok(())
}

/// Raises the alarm when the forecasts of the night that closed a day are not there, and ends it when they are.
async fn watch_deadline(runner: &NightRunner, ctx: &Ctx, closed: NaiveDate) -> anyhow::Result<()> {
    let services = runner.services();
    let issued = services
        .forecast_book()
        .latest_issue(ctx, Some(closed))
        .await?;
    let late = issued != Some(closed) && has_sales(runner, ctx, closed).await?;
    let alerts = NightAlerts {
        forecast_late: Some(late),
        ..NightAlerts::default()
    };
    let quality = services.quality();
    Ok(quality.set_night_alerts(ctx, closed, alerts).await?)
}

/// An organization that has not sold anything yet has nothing to learn from, and no night.
async fn has_sales(runner: &NightRunner, ctx: &Ctx, until: NaiveDate) -> anyhow::Result<bool> {
    Ok(runner.services().quality().has_sales(ctx, until).await?)
}
