use domain::{PaymentMethod, ReturnTo, SaleSource, SoldOutBy};
use entity::{daily_sales, sale, sale_line};

use crate::{BREAD, FLOUR, IMPORT, Keeper, ORGANIZATION, SALE, STORE, at, day, other};

pub async fn keep(keeper: &mut Keeper<'_>) {
    let imported = sale::Model {
        id: SALE,
        organization_id: ORGANIZATION,
        store_id: STORE,
        transaction_id: "T-1".into(),
        business_date: day("2026-01-01"),
        sold_at: at("2026-01-01T09:00:00Z"),
        source: SaleSource::Import,
        import_id: Some(IMPORT),
        payment_method: Some(PaymentMethod::Card),
        total_minor: 240,
        recorded_at: at("2026-02-01T08:01:00Z"),
    };
    let counter = sale::Model {
        id: other(1),
        transaction_id: "T-2".into(),
        source: SaleSource::Counter,
        import_id: None,
        payment_method: None,
        ..imported.clone()
    };
    keeper.keep(sale::Entity, vec![imported, counter]).await;
    let line = sale_line::Model {
        sale_id: SALE,
        line: "1".into(),
        organization_id: ORGANIZATION,
        store_id: STORE,
        product_id: BREAD,
        business_date: day("2026-01-01"),
        quantity: 2,
        unit_price_minor: 120,
        total_minor: 240,
        promotion_code: Some("PAN10".into()),
        import_id: Some(IMPORT),
        return_to: None,
    };
    let returned = sale_line::Model {
        line: "2".into(),
        product_id: FLOUR,
        quantity: -500,
        total_minor: -60,
        promotion_code: None,
        import_id: None,
        return_to: Some(ReturnTo::Shelf),
        ..line.clone()
    };
    keeper.keep(sale_line::Entity, vec![line, returned]).await;
    let sold_out = daily_sales::Model {
        store_id: STORE,
        product_id: BREAD,
        business_date: day("2026-01-01"),
        organization_id: ORGANIZATION,
        quantity: 2,
        revenue_minor: 240,
        unit_price_minor: Some(120),
        promotion: Some("PAN10".into()),
        censored: true,
        updated_at: at("2026-02-01T08:01:00Z"),
        sold_out_by: Some(SoldOutBy::LastSale),
        lost_units: Some(3),
        examined_at: Some(at("2026-02-02T01:00:00Z")),
    };
    let quiet = daily_sales::Model {
        business_date: day("2026-01-02"),
        unit_price_minor: None,
        promotion: None,
        censored: false,
        sold_out_by: None,
        lost_units: None,
        examined_at: None,
        ..sold_out.clone()
    };
    keeper
        .keep(daily_sales::Entity, vec![sold_out, quiet])
        .await;
}
