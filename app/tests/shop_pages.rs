//! The pages of the store manager and the analyst as the server sends them, over a real database.
#![cfg(feature = "ssr")]
#![expect(
    clippy::unwrap_used,
    reason = "a test may stop where its own premises fail"
)]

use app::{App, shell};
use axum::{Router, body::Body, extract::Request};
use chrono::Days;
use contract::calendar::{SaveCalendarEntry, SavePromotion};
use domain::panel::DayForecast;
use domain::{CalendarKind, ForecastSource, RoleKey};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use services::Ctx;
use services::forecast_book::{IssuedForecast, Issuer};
use testkit::{Org, OrgSpec, TestDb, org_with, today};
use tower::ServiceExt;
use uuid::Uuid;

/// A shop with two products, forecasts from last night, a fair and a promotion.
async fn shop(db: &TestDb) -> Org {
    let org = org_with(
        db,
        OrgSpec {
            products: 2,
            ..OrgSpec::default()
        },
    )
    .await;
    let night = today() - Days::new(1);
    let day = |n: u64| DayForecast {
        target_date: night + Days::new(n),
        mean: 84.0,
        quantiles: [
            62.0, 62.0, 70.0, 75.0, 80.0, 84.0, 85.0, 87.0, 89.0, 91.0, 95.0,
        ],
    };
    let issued: Vec<IssuedForecast> = org
        .products
        .iter()
        .map(|product_id| IssuedForecast {
            stands_in: false,
            store_id: org.stores[0],
            product_id: *product_id,
            days: (1..=28).map(day).collect(),
        })
        .collect();
    let issuer = Issuer {
        source: ForecastSource::Baseline,
        model_version_id: None,
    };
    let services = db.services();
    services
        .forecast_book()
        .issue(&org.system(), night, issuer, &issued)
        .await
        .unwrap();
    let analyst = org.ctx(RoleKey::Analyst).await;
    let fair = SaveCalendarEntry {
        command_id: Uuid::now_v7(),
        id: None,
        store_id: None,
        kind: CalendarKind::Event,
        name: "Feria del barrio".into(),
        starts_on: today() + Days::new(2),
        ends_on: today() + Days::new(3),
        note: None,
    };
    services
        .calendar()
        .save_entry(&analyst, &fair)
        .await
        .unwrap();
    let promotion = SavePromotion {
        command_id: Uuid::now_v7(),
        id: None,
        code: "PRIMAVERA".into(),
        name: "Primavera".into(),
        store_id: None,
        product_id: None,
        category_id: None,
        discount_bp: 2_000,
        starts_on: today() + Days::new(5),
        ends_on: today() + Days::new(9),
    };
    services
        .calendar()
        .save_promotion(&analyst, &promotion)
        .await
        .unwrap();
    org
}

async fn get(db: &TestDb, ctx: &Ctx, path: &str, language: &str) -> (u16, String) {
    let options = LeptosOptions::builder()
        .output_name("hornada")
        .site_pkg_dir("pkg")
        .build();
    let services = db.services().clone();
    let user = services.identity().current_user(ctx).await.unwrap();
    let context = move || {
        provide_context(user.clone());
        provide_context(services.clone());
    };
    let router: Router = Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, {
            let options = options.clone();
            move || shell(options.clone())
        })
        .with_state(options);
    let mut request = Request::builder()
        .uri(path)
        .header("accept", "text/html")
        .header("cookie", format!("hornada_language={language}"))
        .body(Body::empty())
        .unwrap();
    request.extensions_mut().insert(ctx.clone());
    let response = router.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn every_page_of_the_shop_is_sent_whole_in_both_languages() {
    let db = TestDb::sqlite().await;
    let org = shop(&db).await;
    let manager = org.ctx(RoleKey::StoreManager).await;
    let detail = format!("/forecast/{}", org.products[0]);
    let pages: [(&str, &[&str], &[&str]); 8] = [
        (
            "/today",
            &[
                "Se venderán hoy",
                "84",
                "62–91",
                "Producto 1",
                "Feria del barrio",
                "Prevé el patrón semanal",
            ],
            &["Today will sell", "84", "The weekly rhythm forecasts"],
        ),
        (
            "/forecast?days=7",
            &["D+28", "Producto 2", "62–91", "Total previsto", "168"],
            &["D+7", "Expected in all", "Set my number"],
        ),
        (
            &detail,
            &[
                "Producto 1",
                "¿Por qué 84?",
                "Ver los datos en tabla",
                "Poner mi cifra",
                "Primavera",
            ],
            &["Why 84?", "The days ahead", "8 days in 10"],
        ),
        (
            "/events",
            &["marzo de 2026", "Feria del barrio", "Todas las tiendas"],
            &["March 2026", "Every shop"],
        ),
        (
            "/promotions",
            &["PRIMAVERA", "−20", "Todo"],
            &["PRIMAVERA", "Everything"],
        ),
        ("/alerts", &["Todo en calma"], &["All quiet"]),
        (
            "/orders/dispatch",
            &["Lista de reparto", "Ese día no sale nada"],
            &["Dispatch list", "Nothing goes out that day"],
        ),
        (
            "/orders/labels",
            &["Etiquetas", "Rollo, 100 × 60 mm"],
            &["Copies of each", "No labels yet"],
        ),
    ];
    for (path, spanish, english) in pages {
        for (language, pieces) in [("es", spanish), ("en", english)] {
            let (status, body) = get(&db, &manager, path, language).await;
            assert_eq!(status, 200, "{path} in {language}");
            for piece in pieces {
                assert!(
                    body.contains(piece),
                    "{piece:?} is missing on {path} in {language}"
                );
            }
        }
    }
}

#[tokio::test]
async fn what_a_person_may_not_see_or_do_is_not_offered() {
    let db = TestDb::sqlite().await;
    let org = shop(&db).await;
    let kitchen = org.ctx(RoleKey::Production).await;
    let (_, list) = get(&db, &kitchen, "/forecast", "es").await;
    assert!(list.contains("Producto 1") && !list.contains("Poner mi cifra"));
    let manager = org.ctx(RoleKey::StoreManager).await;
    let (_, events) = get(&db, &kitchen, "/events", "es").await;
    let (_, own_events) = get(&db, &manager, "/events", "es").await;
    let offered = |page: &str| page.matches("Apuntar un día").count();
    assert!(events.contains("Feria del barrio") && offered(&own_events) > offered(&events));
    let (_, forbidden) = get(&db, &kitchen, "/today", "es").await;
    assert!(!forbidden.contains("Se venderán hoy"));
    let other = org_with(
        &db,
        OrgSpec {
            slug: "vecino".into(),
            ..OrgSpec::default()
        },
    )
    .await;
    let foreign = format!("/forecast/{}", other.products[0]);
    let (status, body) = get(&db, &manager, &foreign, "es").await;
    assert_eq!(status, 404);
    assert!(body.contains("Esto ya no existe o nunca estuvo aquí"));
}
