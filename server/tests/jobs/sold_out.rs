//! Sold-out days, found by the night before it trains.

use crate::bakery::{Bakery, monday, once_each};
use crate::scoring::send_file;
use chrono::{Days, TimeDelta};
use domain::{ForecastSource, JobStatus};
use server::jobs::night::NightResult;
use testkit::on_both;

/// Three weeks until Monday: the first product sells every 24 minutes from eight to half past seven and the second every
/// hour, and on Monday the first has its last sale at half past one.
fn three_weeks() -> String {
    let mut csv = "transaction_id,timestamp,store_id,product_id,quantity_sold,price_unit,total_amount,promotion_applied_id\n".to_owned();
    for ago in (0..21).rev() {
        let date = monday() - Days::new(ago);
        let busy = if ago == 0 { 15 } else { 30 };
        let all_day = (0..busy).map(|n| (1, 480 + 24 * n));
        let hourly = (0..12).map(|n| (2, 500 + 60 * n));
        for (product, minute) in all_day.chain(hourly) {
            let (hour, minute) = (minute / 60, minute % 60);
            csv += &format!(
                "{date}-{product}-{hour}-{minute},{date}T{hour:02}:{minute:02},S01,P{product:03},1,2.00,2.00,\n"
            );
        }
    }
    csv
}

#[tokio::test]
async fn the_night_marks_what_ran_out_before_it_reads_the_history_and_only_once() {
    on_both(async |db| {
        let bakery = Bakery::new(&db, "horno").await;
        let id = send_file(&bakery, three_weeks()).await;
        let imports = bakery.services().imports();
        imports.advance(&bakery.ctx(), id).await.unwrap();

        // Killed after the marks were left: the first steps are not done again, although the history reads differently now.
        let runner = bakery.runner().without_training();
        let run_id = bakery.ask(monday(), false).await;
        let dying = runner.clone().stopping_after("sold_out");
        assert_eq!(bakery.run(&dying, run_id).await, NightResult::Stopped);
        bakery.hands.advance(TimeDelta::seconds(61));
        let ended = bakery.run(&runner, run_id).await;
        assert_eq!(ended, NightResult::Finished(JobStatus::Degraded));
        once_each(&bakery.view(run_id).await);
        let (_, found) = bakery.step(run_id, "sold_out").await;
        assert_eq!(
            (&found["examined"], &found["by_last_sale"]),
            (&42.into(), &1.into()),
            "{found}"
        );
        assert!(found["lost_minor"].as_i64().unwrap() > 2_000, "{found}");

        // What the forecaster learns from.
        let panels = bakery.services().panels();
        let panel = panels.build(&bakery.ctx(), monday()).await.unwrap().panel;
        let marked: Vec<_> = panel
            .series
            .iter()
            .flat_map(|s| &s.days)
            .filter(|d| d.censored)
            .collect();
        assert_eq!(marked.len(), 1);
        assert_eq!((marked[0].date, marked[0].quantity), (monday(), 15.0));
        let (_, forecast) = bakery.step(run_id, "forecast").await;
        assert_eq!(
            forecast["source"],
            serde_json::json!(ForecastSource::Baseline)
        );

        // Done again on purpose, there is nothing new to look at.
        let run_id = bakery.ask(monday(), true).await;
        bakery.run(&runner, run_id).await;
        let (status, found) = bakery.step(run_id, "sold_out").await;
        assert_eq!(
            (status, &found["examined"]),
            (JobStatus::Succeeded, &0.into())
        );
    })
    .await;
}
