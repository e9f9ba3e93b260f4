//! Questions to the model that serves: the night's numbers, other prices, other models, other facts, other people.

use crate::bakery::{Bakery, LONG, monday};
use chrono::{Days, NaiveDate};
use contract::calendar::SaveCalendarEntry;
use contract::models::RollBackModel;
use contract::predict::{AssumedWeather, Predict, PredictionSource, PredictionView};
use domain::{CalendarKind, ForecastSource};
use entity::{forecast, job_step};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use server::jobs::model_store::ModelStore;
use server::predict::Predictor;
use services::history::DailyTotal;
use services::{Ctx, ServiceError, StoreScope};
use std::collections::BTreeSet;
use std::time::Duration;
use testkit::on_both;
use uuid::Uuid;

fn predictor(bakery: &Bakery) -> Predictor {
    Predictor::new(
        bakery.services().clone(),
        ModelStore::default(),
        bakery.hands.clock(),
    )
}

fn plain(store_id: Uuid, product_id: Uuid, date: NaiveDate) -> Predict {
    Predict {
        store_id,
        product_id,
        date,
        price: None,
        promotion: None,
        weather: None,
    }
}

async fn issued(bakery: &Bakery) -> Vec<forecast::Model> {
    forecast::Entity::find()
        .filter(forecast::Column::OrganizationId.eq(bakery.org.id))
        .filter(forecast::Column::IssuedOn.eq(monday()))
        .all(bakery.db.db().connection())
        .await
        .unwrap()
}

fn numbers(row: &forecast::Model) -> (i64, [i64; 11]) {
    let quantiles = [
        row.q05_milli,
        row.q10_milli,
        row.q20_milli,
        row.q30_milli,
        row.q40_milli,
        row.q50_milli,
        row.q60_milli,
        row.q70_milli,
        row.q80_milli,
        row.q90_milli,
        row.q95_milli,
    ];
    (row.mean_milli, quantiles)
}

/// Asks again and again until the answer is as wanted; every answer on the way must be one.
async fn until(
    predictor: &Predictor,
    ctx: &Ctx,
    question: &Predict,
    wanted: impl Fn(&PredictionView) -> bool,
) -> PredictionView {
    let asking = async {
        loop {
            let view = predictor.one(ctx, question).await.unwrap();
            if wanted(&view) {
                return view;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), asking)
        .await
        .unwrap()
}

#[tokio::test]
async fn as_planned_the_answers_are_the_nights_and_computed_anew_they_have_the_same_numbers() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let ctx = bakery.ctx();
        let early = predictor(&bakery);
        let (store, product) = (bakery.org.stores[0], bakery.org.products[0]);
        let question = plain(store, product, monday() + Days::new(1));
        let refused = early.one(&ctx, &question).await.unwrap_err();
        assert!(matches!(
            refused,
            ServiceError::Conflict {
                reason: "prediction.no_night",
                ..
            }
        ));
        bakery.night(&bakery.runner(), monday()).await;
        let rows = issued(&bakery).await;
        assert!(!rows.is_empty());
        let questions: Vec<Predict> = rows
            .iter()
            .map(|r| plain(r.store_id, r.product_id, r.target_date))
            .collect();
        let same = |answers: Vec<contract::predict::PredictionOutcome>, source| {
            for (row, answer) in rows.iter().zip(answers) {
                let view = answer.prediction.unwrap();
                assert_eq!(numbers(row), (view.mean_milli, view.quantiles_milli));
                assert_eq!((view.source, view.issued_on), (source, monday()));
                assert_eq!(view.model_version.map(|m| m.id), row.model_version_id);
                assert_eq!(view.interval_80.low_milli, row.q10_milli);
                assert_eq!(view.interval_90.high_milli, row.q95_milli);
            }
        };
        let stored = early.many(&ctx, &questions).await.unwrap();
        same(stored, PredictionSource::Stored);
        // Without the night's word for what it read nothing stored is believed.
        job_step::Entity::delete_many()
            .filter(job_step::Column::OrganizationId.eq(bakery.org.id))
            .filter(job_step::Column::Name.eq("data_version"))
            .exec(bakery.db.db().connection())
            .await
            .unwrap();
        let computed = predictor(&bakery).many(&ctx, &questions).await.unwrap();
        same(computed, PredictionSource::Computed);
    })
    .await;
}

#[tokio::test]
async fn another_price_changes_its_own_question_and_what_nobody_learned_is_said_to_be_ignored() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let (store, product) = (bakery.org.stores[0], bakery.org.products[0]);
        let dearer: Vec<DailyTotal> = (10..40)
            .map(|back| monday() - Days::new(back))
            .filter(|date| bakery.sold(store, product, *date) > 0)
            .map(|date| DailyTotal {
                store_id: store,
                product_id: product,
                business_date: date,
                quantity: bakery.sold(store, product, date),
                unit_price_minor: 260,
                promotion: None,
                sold_out: false,
            })
            .collect();
        assert!(!dearer.is_empty());
        let history = bakery.services().history();
        history.put_totals(&bakery.ctx(), &dearer).await.unwrap();
        bakery.night(&bakery.runner(), monday()).await;
        let rows = issued(&bakery).await;
        let row = rows
            .iter()
            .find(|r| (r.store_id, r.product_id) == (store, product))
            .unwrap();
        let as_planned = plain(store, product, row.target_date);
        let cheaper = Predict {
            price: Some(90),
            ..as_planned.clone()
        };
        let warm = Predict {
            weather: Some(AssumedWeather {
                temperature_c: Some(35.0),
                precipitation_mm: None,
            }),
            ..as_planned.clone()
        };
        let (ctx, predictor) = (bakery.ctx(), predictor(&bakery));
        let asked = [cheaper.clone(), as_planned.clone(), warm];
        let answers = predictor.many(&ctx, &asked).await.unwrap();
        let views: Vec<PredictionView> =
            answers.into_iter().map(|a| a.prediction.unwrap()).collect();
        let [cheap, usual, warm] = &views[..] else {
            panic!("three answers")
        };
        assert_eq!(cheap.source, PredictionSource::Computed);
        assert!(cheap.ignored.is_empty());
        assert_ne!(cheap.mean_milli, usual.mean_milli);
        for view in [usual, warm] {
            assert_eq!(numbers(row), (view.mean_milli, view.quantiles_milli));
            assert_eq!(view.source, PredictionSource::Stored);
            assert_eq!(view.forecast_by, ForecastSource::Model);
        }
        // There never was any weather in this history.
        assert_eq!(warm.ignored, ["weather"]);
        // Asked alone, and asked again, it is the same.
        for _ in 0..2 {
            assert_eq!(&predictor.one(&ctx, &cheaper).await.unwrap(), cheap);
        }
    })
    .await;
}

#[tokio::test]
async fn another_model_and_another_fact_take_effect_while_questions_are_answered() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        bakery
            .night(&bakery.runner(), monday() - Days::new(1))
            .await;
        bakery.night(&bakery.runner(), monday()).await;
        let (ctx, predictor) = (bakery.ctx(), predictor(&bakery));
        let row = issued(&bakery).await.swap_remove(0);
        let question = plain(row.store_id, row.product_id, row.target_date);
        let before = predictor.one(&ctx, &question).await.unwrap();
        assert_eq!(before.source, PredictionSource::Stored);
        assert_eq!(before.model_version.unwrap().number, 2);
        let command = RollBackModel {
            command_id: Uuid::now_v7(),
            reason: "a try".to_owned(),
        };
        let models = bakery.services().models();
        models.roll_back(&ctx, &command).await.unwrap();
        let is_first =
            |view: &PredictionView| view.model_version.is_some_and(|model| model.number == 1);
        let after = until(&predictor, &ctx, &question, is_first).await;
        assert_eq!(after.source, PredictionSource::Computed);

        let command = RollBackModel {
            command_id: Uuid::now_v7(),
            reason: "and back".to_owned(),
        };
        // Where nothing is left to go back to, the first one stays.
        let is_back = models.roll_back(&ctx, &command).await.is_ok();
        if is_back {
            let stored = |view: &PredictionView| view.source == PredictionSource::Stored;
            let again = until(&predictor, &ctx, &question, stored).await;
            assert_eq!(again.quantiles_milli, before.quantiles_milli);
        }
        let current = predictor.one(&ctx, &question).await.unwrap();
        let entry = SaveCalendarEntry {
            command_id: Uuid::now_v7(),
            id: None,
            store_id: None,
            kind: CalendarKind::PublicHoliday,
            name: "Feria".into(),
            starts_on: row.target_date,
            ends_on: row.target_date,
            note: None,
        };
        let calendar = bakery.services().calendar();
        calendar.save_entry(&ctx, &entry).await.unwrap();
        let differs = |view: &PredictionView| {
            view.source == PredictionSource::Computed && view.mean_milli != current.mean_milli
        };
        until(&predictor, &ctx, &question, differs).await;
    })
    .await;
}

#[tokio::test]
async fn a_batch_has_an_error_for_what_is_out_of_scope_out_of_reach_or_somebody_elses() {
    on_both(async |db| {
        let bakery = Bakery::with_history(&db, "horno", LONG).await;
        let other = Bakery::new(&db, "otro").await;
        bakery
            .night(&bakery.runner().without_training(), monday())
            .await;
        let row = issued(&bakery).await.swap_remove(0);
        let good = plain(row.store_id, row.product_id, row.target_date);
        let mut ctx = bakery.ctx();
        ctx.actor.stores = StoreScope::Only(BTreeSet::from([row.store_id, other.org.stores[0]]));
        let out_of_scope = *bakery
            .org
            .stores
            .iter()
            .find(|s| **s != row.store_id)
            .unwrap();
        let with = |change: &dyn Fn(&mut Predict)| {
            let mut question = good.clone();
            change(&mut question);
            question
        };
        let asked = [
            good.clone(),
            with(&|q: &mut Predict| q.store_id = out_of_scope),
            with(&|q: &mut Predict| q.store_id = other.org.stores[0]),
            with(&|q: &mut Predict| q.product_id = other.org.products[0]),
            with(&|q: &mut Predict| q.date = monday()),
            with(&|q: &mut Predict| q.date = monday() + Days::new(29)),
            with(&|q: &mut Predict| q.price = Some(0)),
            with(&|q: &mut Predict| q.price = Some(90)),
        ];
        let predictor = predictor(&bakery);
        let answers = predictor.many(&ctx, &asked).await.unwrap();
        let status = |a: &contract::predict::PredictionOutcome| {
            a.error.as_ref().map_or(200, |e| e.code.status())
        };
        let found: Vec<u16> = answers.iter().map(status).collect();
        assert_eq!(found, [200, 404, 404, 404, 422, 422, 422, 200]);
        // Without a model the baseline forecasts, and listens to no price.
        let last = answers[7].prediction.as_ref().unwrap();
        assert_eq!(last.forecast_by, ForecastSource::Baseline);
        assert_eq!(
            (last.model_version, &last.ignored[..]),
            (None, &["price".to_owned()][..])
        );
        assert_eq!(last.source, PredictionSource::Stored);
        let alone = predictor.one(&ctx, &asked[2]).await.unwrap_err();
        assert!(matches!(alone, ServiceError::NotFound(_)));
        assert!(predictor.many(&ctx, &[]).await.is_err());
        assert!(
            predictor
                .many(&ctx, &vec![good.clone(); 1_001])
                .await
                .is_err()
        );
        ctx.actor.permissions.clear();
        let stranger = predictor.one(&ctx, &good).await.unwrap_err();
        assert!(matches!(stranger, ServiceError::Forbidden(_)));
    })
    .await;
}
