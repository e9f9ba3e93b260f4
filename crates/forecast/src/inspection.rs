//! Tests of what cannot be seen from outside: features and gradients.

#[path = "../tests/support/mod.rs"]
pub(crate) mod support;

use crate::companion::Companion;
use crate::covariates::{ALIGNED, FUTURE};
use crate::dataset::{Batch, IdMaps, Rows, Sampler};
use crate::model::{Input, Net, NetShape, pinball};
use crate::prepared::Prepared;
use burn::module::{ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use domain::CalendarKind;
use domain::panel::{Panel, PanelCalendarDay, PanelStore};
use std::sync::atomic::AtomicBool;
use support::weekly;

fn window(panel: &Panel, series: usize, day: i32) -> Batch {
    let prepared = Prepared::new(panel).unwrap();
    let rows = Rows::new(&prepared, &IdMaps::of(panel));
    let mut batch = Batch::default();
    assert!(batch.push(&prepared, &rows, None, series, day));
    batch.check_finite().unwrap();
    batch
}

fn same_inputs(a: &Batch, b: &Batch) -> bool {
    (&a.history, &a.future, &a.aligned, &a.statics, &a.scale)
        == (&b.history, &b.future, &b.aligned, &b.statics, &b.scale)
}

#[test]
fn features_know_nothing_observed_after_their_day() {
    let panel = weekly(2, 2, 500, 0.4, 1);
    let cutoff = panel.last_date - chrono::Days::new(60);
    let day = crate::series::day_number(cutoff);
    let mut changed = panel.clone();
    for d in changed
        .series
        .iter_mut()
        .flat_map(|s| &mut s.days)
        .filter(|d| d.date > cutoff)
    {
        d.quantity = 7.0 * d.quantity + 1000.0;
        d.censored = !d.censored;
    }
    // Beyond the horizon even opening, price, promotion, calendar and weather are unknown.
    let horizon = cutoff + chrono::Days::new(30);
    for s in &mut changed.series {
        s.days.retain(|d| d.date <= horizon);
    }
    changed.calendar.retain(|d| d.date <= horizon);
    changed.weather.retain(|d| d.date <= horizon);
    for series in 0..4 {
        assert!(same_inputs(
            &window(&panel, series, day),
            &window(&changed, series, day)
        ));
    }
    // And the night, which has nothing but the plan, sees the same as the training saw.
    let cut = crate::truncate(&panel, cutoff);
    for series in 0..4 {
        assert!(same_inputs(
            &window(&panel, series, day),
            &window(&cut, series, day)
        ));
    }
}

#[test]
fn features_know_the_days_up_to_theirs() {
    let panel = weekly(1, 2, 500, 0.4, 1);
    let mut changed = panel.clone();
    changed.series[0].days.last_mut().unwrap().quantity += 50.0;
    let day = crate::series::day_number(panel.last_date);
    assert!(!same_inputs(
        &window(&panel, 0, day),
        &window(&changed, 0, day)
    ));
}

#[test]
fn a_special_day_is_expected_to_be_as_special_as_before() {
    let mut panel = weekly(2, 1, 800, 0.0, 1);
    let holidays: Vec<_> = panel.calendar.iter().map(|d| d.date).collect();
    for d in panel.series.iter_mut().flat_map(|s| &mut s.days) {
        if holidays.contains(&d.date) {
            d.quantity *= 2.0;
        }
    }
    let prepared = Prepared::new(&panel).unwrap();
    let last = prepared.last;
    let next = holidays
        .iter()
        .map(|d| crate::series::day_number(*d))
        .find(|d| *d > last - 200)
        .unwrap();
    let ratio = prepared
        .surroundings
        .special_ratio(0, 0, next, next - 1)
        .unwrap();
    assert!((1.4..=2.1).contains(&ratio), "{ratio}");
    let first = crate::series::day_number(holidays[0]);
    assert_eq!(
        prepared.surroundings.special_ratio(0, 0, first, first - 1),
        None
    );
}

/// One covariate of the first day ahead.
fn ahead(batch: &Batch, name: &str) -> f32 {
    let place = |names: &[&str]| names.iter().position(|n| *n == name);
    match place(&FUTURE) {
        Some(at) => batch.future[at],
        None => batch.aligned[place(&ALIGNED).unwrap()],
    }
}

#[test]
fn an_event_of_every_month_is_part_of_the_ordinary() {
    let mut panel = weekly(1, 1, 800, 0.0, 1);
    panel.calendar.clear();
    let all = panel.series[0].days.iter().map(|d| d.date);
    for date in all.filter(|d| chrono::Datelike::day(d) % 10 == 3) {
        panel.calendar.push(PanelCalendarDay {
            date,
            store: None,
            kind: CalendarKind::Event,
            name: "benefits".into(),
        });
    }
    let benefits: Vec<_> = panel.calendar.iter().map(|d| d.date).collect();
    for day in &mut panel.series[0].days {
        if benefits.contains(&day.date) {
            day.quantity *= 2.0;
        }
    }
    let eve = crate::series::day_number(*benefits.last().unwrap()) - 1;
    let batch = window(&panel, 0, eve);
    assert_eq!(ahead(&batch, "recurring_event"), 1.0);
    assert_eq!(ahead(&batch, "event"), 0.0);
    assert_eq!(ahead(&batch, "special_day"), 0.0);
    let ratio = ahead(&batch, "recurring_ratio");
    assert!((1.6..=2.1).contains(&ratio), "{ratio}");
    // Rare ones are special still.
    panel.calendar.truncate(2);
    let eve = crate::series::day_number(benefits[1]) - 1;
    let batch = window(&panel, 0, eve);
    assert_eq!(ahead(&batch, "recurring_event"), 0.0);
    assert_eq!(ahead(&batch, "event"), 1.0);
    assert_eq!(ahead(&batch, "special_day"), 1.0);
}

#[test]
fn a_season_is_given_once_it_was_seen() {
    let first = crate::series::day_number(support::start());
    let told = |days: u64, day: i32| {
        let batch = window(&weekly(1, 1, days, 0.2, 1), 0, first + day);
        ["year_sin_1", "year_cos_1", "month_sin", "season_seen"].map(|name| ahead(&batch, name))
    };
    // The last of 336 days is followed by four weeks up to the day before the first anniversary.
    assert_eq!(told(336, 100), [0.0; 4]);
    let [waves @ .., seen] = told(337, 100);
    assert!(waves.iter().any(|v| *v != 0.0) && seen == 0.0);
    assert_eq!(told(500, 362)[3], 0.0);
    assert_eq!(told(500, 363)[3], 1.0);
}

#[test]
fn a_season_grows_as_it_did_a_year_ago_half_believed() {
    let mut panel = weekly(2, 2, 500, 0.0, 1);
    let first = crate::series::day_number(support::start());
    let start = support::start();
    // One shop stands at the sea: from day 60 to day 120 it sells four times as much, the other one never.
    for series in panel.series.iter_mut() {
        for day in &mut series.days {
            let age = (day.date - start).num_days();
            let summer = series.store == 1 && (60..120).contains(&age);
            day.quantity = if summer { 40.0 } else { 10.0 };
        }
    }
    let day = first + 364 + 50;
    let growth = |panel: &Panel, store: usize, ahead: i32| {
        let prepared = Prepared::new(panel).unwrap();
        prepared.surroundings.season_growth(store, day, day + ahead)
    };
    assert_eq!(growth(&panel, 0, 25), Some(1.0));
    // Three times is as far as it goes.
    assert_eq!(growth(&panel, 1, 25), Some(3.0f64.sqrt()));
    let begun = growth(&panel, 1, 6).unwrap();
    assert!((1.1..1.7).contains(&begun), "{begun}");
    assert_eq!(ahead(&window(&panel, 0, day), "season_growth"), 1.0);
    // What happens after the day changes nothing of what was known on it.
    let known = growth(&panel, 1, 6);
    for series in &mut panel.series {
        let later = series.days.iter_mut();
        for late in later.filter(|d| crate::series::day_number(d.date) > day) {
            late.quantity *= 9.0;
        }
    }
    assert_eq!(growth(&panel, 1, 6), known);
    // Without four weeks before it nothing is known of it.
    let prepared = Prepared::new(&panel).unwrap();
    let unknown = first + 364 + 20;
    let around = &prepared.surroundings;
    assert_eq!(around.season_growth(1, unknown, unknown + 9), None);
}

#[test]
fn seasons_are_told_until_the_history_teaches_them() {
    let share = |days: u64| {
        let panel = weekly(1, 1, days, 0.0, 1);
        Prepared::new(&panel)
            .unwrap()
            .surroundings
            .untaught_season()
    };
    assert_eq!(share(200), 1.0);
    assert_eq!(share(728), 1.0);
    assert!((share(819) - 0.5).abs() < 1e-9);
    assert_eq!(share(910), 0.0);
    assert_eq!(share(1500), 0.0);
}

#[test]
fn a_shop_that_sold_twice_the_usual_is_a_surprise() {
    let mut panel = weekly(2, 2, 200, 0.0, 1);
    for day in panel.series.iter_mut().flat_map(|s| &mut s.days) {
        day.promotion = Some(false);
        day.quantity = 10.0;
    }
    let last = panel.last_date;
    for series in panel.series.iter_mut().filter(|s| s.store == 1) {
        series.days.last_mut().unwrap().quantity = 20.0;
        assert_eq!(series.days.last().unwrap().date, last);
    }
    let prepared = Prepared::new(&panel).unwrap();
    let (around, day) = (&prepared.surroundings, prepared.last);
    assert_eq!(around.store_surprise(0, day, 1), Some(1.0));
    assert_eq!(around.store_surprise(1, day, 1), Some(2.0));
    assert_eq!(around.product_surprise(0, day, 1), Some(1.5));
    // One of the six open days of a week.
    let week = around.store_surprise(1, day, 7).unwrap();
    assert!((week - 7.0 / 6.0).abs() < 1e-9, "{week}");
    assert_eq!(around.store_surprise(1, day - 195, 1), None);
}

#[test]
fn trees_know_stores_and_products_by_name() {
    let panel = weekly(2, 2, 200, 0.3, 1);
    let companion =
        Companion::fit(&Prepared::new(&panel).unwrap(), 1, &AtomicBool::new(false)).unwrap();
    assert!(companion.fits());
    let expected = companion.expect(&Prepared::new(&panel).unwrap());
    // Newcomers are put before everybody else: all the others' numbers move.
    let mut grown = panel.clone();
    let newcomer = grown.stores[0].id.clone() + " annexe";
    grown.stores.insert(0, PanelStore { id: newcomer });
    let mut product = grown.products[0].clone();
    product.id = "newcomer".into();
    grown.products.insert(0, product);
    for series in &mut grown.series {
        series.store += 1;
        series.product += 1;
    }
    assert_eq!(companion.expect(&Prepared::new(&grown).unwrap()), expected);
}

#[test]
fn every_parameter_receives_a_gradient() {
    struct Check<'a> {
        gradients: &'a GradientsParams,
        path: Vec<String>,
        seen: usize,
    }
    impl ModuleVisitor for Check<'_> {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.path.push(name.to_owned());
        }
        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
        }
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = self
                .gradients
                .get::<D>(param.id)
                .unwrap_or_else(|| panic!("{} has no gradient", self.path.join(".")));
            let size: f32 = gradient.abs().sum().into_scalar();
            assert!(
                size.is_finite() && size > 0.0,
                "{} has a gradient of {size}",
                self.path.join(".")
            );
            self.seen += 1;
        }
    }
    let panel = weekly(2, 2, 200, 0.4, 1);
    let prepared = Prepared::new(&panel).unwrap();
    let ids = IdMaps::of(&panel);
    let rows = Rows::new(&prepared, &ids);
    let mut batch = Batch::default();
    Sampler::new(&prepared, 1)
        .unwrap()
        .fill(&prepared, &rows, None, 32, &mut batch);
    let device = Device::flex().autodiff();
    let shape = NetShape {
        hidden: 16,
        blocks: 2,
        day_hidden: 8,
        decoded: 8,
        projected: 6,
        embedding: 4,
        category_embedding: 2,
        store_rows: 3,
        product_rows: 3,
        category_rows: 2,
    };
    let net = Net::new(&shape, 1, &device);
    let loss = pinball(net.forward(&Input::new(&batch, &device)), &batch, &device);
    let gradients = GradientsParams::from_grads(loss.backward(), &net);
    let mut check = Check {
        gradients: &gradients,
        path: vec![],
        seen: 0,
    };
    burn::module::Module::visit(&net, &mut check);
    assert_eq!(check.seen, 3 + 2 * 3 + 2 * 6 + 2 * 4);
}
