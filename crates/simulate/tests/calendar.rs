//! Holidays on their dates, weather with its seasons.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{Datelike, NaiveDate};
use domain::allergens::ALLERGENS;
use domain::{CalendarKind, StoreKind};
use simulate::{Chain, ChainConfig, easter, holidays_of_region, national_holidays};

fn day(year: i32, month: u32, of_month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, of_month).unwrap()
}

#[test]
fn easter_falls_where_the_church_has_it() {
    for (year, month, of_month) in [
        (1818, 3, 22),
        (1943, 4, 25),
        (2000, 4, 23),
        (2008, 3, 23),
        (2019, 4, 21),
        (2023, 4, 9),
        (2024, 3, 31),
        (2025, 4, 20),
        (2026, 4, 5),
        (2027, 3, 28),
        (2038, 4, 25),
        (2285, 3, 22),
    ] {
        assert_eq!(easter(year), day(year, month, of_month));
    }
}

#[test]
fn spain_has_ten_common_holidays() {
    let days: Vec<NaiveDate> = national_holidays(2025)
        .into_iter()
        .map(|(day, _)| day)
        .collect();
    let expected = [
        (1, 1),
        (1, 6),
        (4, 18),
        (5, 1),
        (8, 15),
        (10, 12),
        (11, 1),
        (12, 6),
        (12, 8),
        (12, 25),
    ];
    assert_eq!(
        days,
        expected.map(|(month, of_month)| day(2025, month, of_month))
    );
}

#[test]
fn regions_add_their_own() {
    let names = |region: &str, year: i32| holidays_of_region(region, year);
    assert!(names("ES-MD", 2025).contains(&(day(2025, 5, 2), "Fiesta de la Comunidad de Madrid")));
    assert!(names("ES-MD", 2026).contains(&(day(2026, 4, 2), "Jueves Santo")));
    assert!(names("ES-CT", 2025).contains(&(day(2025, 4, 21), "Lunes de Pascua")));
    assert!(names("ES-CT", 2025).contains(&(day(2025, 9, 11), "Diada de Catalunya")));
    assert!(
        !names("ES-CT", 2025)
            .iter()
            .any(|(_, name)| *name == "Jueves Santo")
    );
    assert!(names("ES-AN", 2024).contains(&(day(2024, 2, 28), "Día de Andalucía")));
    assert!(names("FR-75", 2025).is_empty());
}

#[test]
fn towns_keep_their_patrons_and_festivals() {
    let chain = Chain::new(ChainConfig::new(1, day(2026, 11, 19)));
    let shop = |code: &str| {
        chain
            .stores()
            .iter()
            .position(|store| store.code == code)
            .unwrap()
    };
    let has = |code: &str, kind: CalendarKind, name: &str, from: NaiveDate, to: NaiveDate| {
        let found = chain.calendar().iter().any(|entry| {
            entry.store == Some(shop(code))
                && entry.kind == kind
                && entry.name == name
                && (entry.starts_on, entry.ends_on) == (from, to)
        });
        assert!(found, "{name} of {code}");
    };
    has(
        "MAD01",
        CalendarKind::PublicHoliday,
        "San Isidro",
        day(2025, 5, 15),
        day(2025, 5, 15),
    );
    has(
        "VLC01",
        CalendarKind::PublicHoliday,
        "San Vicente Ferrer",
        day(2025, 4, 28),
        day(2025, 4, 28),
    );
    has(
        "VLC01",
        CalendarKind::Event,
        "Fallas",
        day(2026, 3, 15),
        day(2026, 3, 19),
    );
    has(
        "BCN01",
        CalendarKind::PublicHoliday,
        "Segona Pasqua",
        day(2025, 6, 9),
        day(2025, 6, 9),
    );
    has(
        "SVQ01",
        CalendarKind::PublicHoliday,
        "Corpus Christi",
        day(2025, 6, 19),
        day(2025, 6, 19),
    );
    has(
        "BIO01",
        CalendarKind::Event,
        "Aste Nagusia",
        day(2025, 8, 16),
        day(2025, 8, 24),
    );
    has(
        "BIO01",
        CalendarKind::PublicHoliday,
        "Viernes de Aste Nagusia",
        day(2025, 8, 22),
        day(2025, 8, 22),
    );
    has(
        "ZAZ01",
        CalendarKind::Event,
        "Fiestas del Pilar",
        day(2025, 10, 4),
        day(2025, 10, 12),
    );
    let ahead = chain
        .calendar()
        .iter()
        .any(|entry| entry.covers(day(2026, 12, 8)) && entry.name.starts_with("Inma"));
    assert!(ahead, "the days ahead are known too");
}

#[test]
fn six_shops_and_a_kitchen_stand_in_six_cities() {
    let chain = Chain::new(ChainConfig::new(1, day(2026, 11, 19)));
    let cities: Vec<&str> = chain
        .stores()
        .iter()
        .map(|store| store.city.as_str())
        .collect();
    assert_eq!(
        cities,
        [
            "Madrid",
            "Barcelona",
            "Valencia",
            "Sevilla",
            "Bilbao",
            "Zaragoza",
            "Getafe"
        ]
    );
    let kitchen = chain.stores().last().unwrap();
    assert_eq!(
        (kitchen.kind, kitchen.kitchen),
        (StoreKind::CentralKitchen, None)
    );
    assert!(
        chain.stores()[..6]
            .iter()
            .all(|store| store.kind == StoreKind::Shop && store.kitchen == Some(6))
    );
    assert_eq!(chain.products().len(), 45);
    assert_eq!(
        chain.categories(),
        [
            "Panes",
            "Bollería",
            "Pasteles y tartas",
            "Salado",
            "Bebidas"
        ]
    );
    // Every shop of a far larger chain lies in Spain and opens before it closes.
    let large = Chain::new(ChainConfig {
        shops: 60,
        days: 1,
        ..ChainConfig::new(1, day(2026, 11, 19))
    });
    for store in large.stores() {
        assert!(
            (27_500_000..43_900_000).contains(&store.latitude_e6),
            "{}",
            store.name
        );
        assert!(
            (-18_300_000..4_500_000).contains(&store.longitude_e6),
            "{}",
            store.name
        );
        assert!(store.opens_at_minute < store.closes_at_minute && store.closes_at_minute < 24 * 60);
        assert!(store.opening_days.count_ones() >= 6);
    }
}

#[test]
fn allergens_are_words_of_the_european_list() {
    let chain = Chain::new(ChainConfig::new(1, day(2026, 11, 19)));
    for product in chain.products() {
        for allergen in &product.allergens {
            assert!(
                ALLERGENS.contains(&allergen.as_str()),
                "{allergen} of {}",
                product.name
            );
        }
    }
}

#[test]
fn summers_are_hot_in_sevilla_and_bilbao_is_wet() {
    let chain = Chain::new(ChainConfig::new(5, day(2026, 11, 19)));
    let (sevilla, bilbao) = (3, 4);
    let mut july = (0, 0);
    let mut wet = [0, 0];
    for date in chain.start_date().iter_days().take(760) {
        let today = chain.weather(date);
        assert_eq!(today.len(), 6);
        assert!(
            today
                .iter()
                .all(|sky| sky.precipitation_mm_x10 >= 0 && !sky.is_forecast)
        );
        if date.month() == 7 {
            july = (july.0 + today[sevilla].temperature_c_x10, july.1 + 1);
        }
        wet[0] += i32::from(today[sevilla].precipitation_mm_x10 > 0);
        wet[1] += i32::from(today[bilbao].precipitation_mm_x10 > 0);
    }
    assert!(
        (250..310).contains(&(july.0 / july.1)),
        "July at {} tenths",
        july.0 / july.1
    );
    assert!(wet[1] * 2 > wet[0] * 3, "{wet:?} wet days");
}

#[test]
fn tomorrows_weather_is_foreseen_better_than_that_of_next_month() {
    let chain = Chain::new(ChainConfig::new(5, day(2026, 11, 19)));
    let mut error = [0_i64; 28];
    for issued_on in chain.start_date().iter_days().skip(5).take(700).step_by(7) {
        let foreseen = chain.forecast_weather(issued_on);
        assert_eq!(foreseen.len(), 28 * 6);
        assert_eq!(foreseen, chain.forecast_weather(issued_on));
        for sky in foreseen {
            let truth = chain.weather(sky.date)[sky.store];
            let lead = usize::try_from((sky.date - issued_on).num_days()).unwrap();
            assert!(sky.is_forecast);
            error[lead - 1] += i64::from((sky.temperature_c_x10 - truth.temperature_c_x10).abs());
        }
    }
    assert!(error[0] * 3 < error[27], "{error:?}");
    // Issued on the last day, the forecast still reaches its whole horizon.
    assert_eq!(chain.forecast_weather(day(2026, 11, 19)).len(), 28 * 6);
}
