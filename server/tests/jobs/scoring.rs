//! How forecasts turned out.

use crate::bakery::{Bakery, monday};
use chrono::{Days, NaiveDate, TimeDelta};
use contract::imports::{CreateImport, DecideImport};
use domain::{AlertKind, ImportStatus, JobStatus};
use entity::{forecast, forecast_score};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use testkit::on_both;
use uuid::Uuid;

/// The day's tickets come in as a file, through the same door as a person's upload, and somebody has them taken.
pub async fn send(bakery: &Bakery, date: NaiveDate) -> Uuid {
    send_file(bakery, bakery.tickets(date)).await
}

/// The same with a file of one's own.
pub async fn send_file(bakery: &Bakery, csv: String) -> Uuid {
    let ctx = bakery.ctx();
    let imports = bakery.services().imports();
    let command = CreateImport {
        command_id: Uuid::now_v7(),
        file_name: "sales.csv".to_owned(),
        store_id: None,
        threshold_bp: None,
    };
    let file = futures::stream::iter([std::io::Result::Ok(csv.into_bytes())]);
    let import = imports
        .create(&ctx, command, file, 10_000_000)
        .await
        .unwrap();
    imports.advance(&ctx, import.id).await.unwrap();
    let decision = DecideImport {
        command_id: Uuid::now_v7(),
        import_id: import.id,
    };
    imports.apply(&ctx, decision).await.unwrap();
    import.id
}

async fn import(bakery: &Bakery, date: NaiveDate) {
    let ctx = bakery.ctx();
    let imports = bakery.services().imports();
    let id = send(bakery, date).await;
    imports.advance(&ctx, id).await.unwrap();
    let taken = imports.get(&ctx, id).await.unwrap();
    assert_eq!(
        (taken.status, taken.rows_rejected),
        (ImportStatus::Applied, 0),
        "{taken:?}"
    );
}

async fn scores(bakery: &Bakery, target: NaiveDate) -> Vec<forecast_score::Model> {
    let rows = forecast_score::Entity::find().filter(forecast_score::Column::TargetDate.eq(target));
    rows.all(bakery.db.db().connection()).await.unwrap()
}

#[tokio::test]
async fn the_next_days_sales_score_the_forecasts_that_were_made_for_it_once() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", 60).await;
        let runner = bakery.runner().without_training();
        bakery.night(&runner, monday()).await;
        let tuesday = monday() + Days::new(1);
        let issued: Vec<forecast::Model> = forecast::Entity::find()
            .filter(forecast::Column::TargetDate.eq(tuesday))
            .all(db.db().connection())
            .await
            .unwrap();
        assert!(!issued.is_empty());
        assert!(scores(&bakery, tuesday).await.is_empty());

        bakery.hands.advance(TimeDelta::days(1));
        import(&bakery, tuesday).await;
        bakery.night(&runner, tuesday).await;
        let scored = scores(&bakery, tuesday).await;
        assert_eq!(scored.len(), issued.len());
        for f in &issued {
            let shelf = |s: &&forecast_score::Model| {
                (s.store_id, s.product_id) == (f.store_id, f.product_id)
            };
            let [s] = scored.iter().filter(shelf).collect::<Vec<_>>()[..] else {
                panic!("one score a shelf")
            };
            let actual = bakery.sold(f.store_id, f.product_id, tuesday);
            assert_eq!((s.horizon, s.issued_on, s.actual), (1, monday(), actual));
            assert_eq!((s.q50_milli, s.mean_milli), (f.q50_milli, f.mean_milli));
            assert_eq!(s.absolute_error_milli, (1_000 * actual - f.q50_milli).abs());
            let within = (f.q10_milli..=f.q90_milli).contains(&(1_000 * actual));
            assert_eq!(s.inside_80, within);
            let week_before = bakery.sold(f.store_id, f.product_id, tuesday - Days::new(7));
            assert_eq!(s.baseline_q50_milli, Some(1_000 * week_before));
        }
        let run_id = bakery.ask(tuesday, false).await;
        let (status, summary) = bakery.step(run_id, "score").await;
        assert_eq!(
            (status, &summary["scored"]),
            (JobStatus::Succeeded, &issued.len().into())
        );
        let (_, report) = bakery.step(run_id, "report").await;
        assert_eq!(report["wape_day_1"], summary["wape_day_1"]);
        assert!(report["wape_day_1"].is_number());

        // Asked for again, nothing is scored; done again on purpose, the same scores stand once.
        bakery.hands.advance(TimeDelta::minutes(9));
        bakery.ask(tuesday, false).await;
        assert_eq!(scores(&bakery, tuesday).await, scored);
        let run_id = bakery.ask(tuesday, true).await;
        bakery.run(&runner, run_id).await;
        let mut again = scores(&bakery, tuesday).await;
        for (new, old) in again.iter_mut().zip(&scored) {
            assert!(new.scored_at > old.scored_at);
            new.scored_at = old.scored_at;
        }
        assert_eq!(again, scored);
    })
    .await;
}

#[tokio::test]
async fn a_day_whose_sales_come_late_is_scored_when_its_night_is_done_again() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", 60).await;
        let runner = bakery.runner().without_training();
        bakery.night(&runner, monday()).await;
        let tuesday = monday() + Days::new(1);
        bakery.hands.advance(TimeDelta::days(1));
        bakery.night(&runner, tuesday).await;
        let run_id = bakery.ask(tuesday, false).await;
        assert_eq!(bakery.step(run_id, "score").await.0, JobStatus::Skipped);
        assert!(scores(&bakery, tuesday).await.is_empty());
        assert!(bakery.stands(AlertKind::DataQuality).await);

        import(&bakery, tuesday).await;
        let run_id = bakery.ask(tuesday, true).await;
        bakery.run(&runner, run_id).await;
        assert_eq!(bakery.step(run_id, "score").await.0, JobStatus::Succeeded);
        assert!(!scores(&bakery, tuesday).await.is_empty());
        assert!(!bakery.stands(AlertKind::DataQuality).await);
    })
    .await;
}

#[tokio::test]
async fn a_day_whose_sales_come_late_is_scored_by_the_next_night_and_not_again_by_the_one_after() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", 60).await;
        let runner = bakery.runner().without_training();
        bakery.night(&runner, monday()).await;
        let (tuesday, wednesday) = (monday() + Days::new(1), monday() + Days::new(2));
        bakery.hands.advance(TimeDelta::days(1));
        bakery.night(&runner, tuesday).await;
        assert!(scores(&bakery, tuesday).await.is_empty());

        bakery.hands.advance(TimeDelta::hours(8));
        import(&bakery, tuesday).await;
        bakery.hands.advance(TimeDelta::hours(16));
        import(&bakery, wednesday).await;
        bakery.night(&runner, wednesday).await;
        let late = scores(&bakery, tuesday).await;
        assert!(!late.is_empty());
        let run_id = bakery.ask(wednesday, false).await;
        let (_, detail) = bakery.step(run_id, "score").await;
        assert_eq!(detail["late_days"][tuesday.to_string()], late.len());

        bakery.hands.advance(TimeDelta::days(1));
        bakery.night(&runner, wednesday + Days::new(1)).await;
        assert_eq!(scores(&bakery, tuesday).await, late);
    })
    .await;
}
