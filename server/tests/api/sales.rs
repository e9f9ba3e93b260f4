//! Sales over REST.

use crate::app::TestApp;
use domain::RoleKey;
use reqwest::StatusCode;
use serde_json::{Value, json};

fn ticket(quantity: i64) -> Value {
    json!({
        "transaction_id": "T1", "store_code": "S01", "sold_at": "2026-03-09T18:10:00+01:00", "payment_method": "cash",
        "lines": [{ "sku": "P001", "quantity": quantity, "unit_price_minor": 200, "total_minor": 200 * quantity }],
    })
}

#[tokio::test]
async fn a_till_sends_tickets_and_is_told_what_became_of_each() {
    let app = TestApp::start().await;
    let till = app.signed_in(RoleKey::StoreManager).await;
    let post = async |body: &str| {
        let answer = till.call("POST", "/api/v1/sales", body).await;
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    let body = json!({ "sales": [ticket(2), ticket(2)] }).to_string();
    let (status, told) = post(&body).await;
    assert_eq!(status, StatusCode::OK);
    let outcomes: Vec<_> = (0..2)
        .map(|n| told["results"][n]["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["recorded", "already_recorded"]);
    // The answer was lost: the same again.
    let (_, told) = post(&body).await;
    assert_eq!(
        (&told["recorded"], &told["already_recorded"]),
        (&json!(0), &json!(2))
    );
    // One that says something else is refused with the field; the request as such is fine.
    let (status, told) = post(&json!({ "sales": [ticket(3)] }).to_string()).await;
    assert_eq!((status, &told["refused"]), (StatusCode::OK, &json!(1)));
    assert_eq!(
        told["results"][0]["faults"][0]["reason"],
        "already_stored_differently"
    );

    // Something comes back: on sale again where the till says so.
    let mut back = ticket(-1);
    back["transaction_id"] = json!("T2");
    back["lines"][0]["return_to"] = json!("shelf");
    let body = json!({ "sales": [back.clone()] }).to_string();
    let (status, told) = post(&body).await;
    assert_eq!((status, &told["recorded"]), (StatusCode::OK, &json!(1)));
    let (_, told) = post(&body).await;
    assert_eq!(told["already_recorded"], json!(1));
    back["lines"][0]["return_to"] = json!("waste");
    let (_, told) = post(&json!({ "sales": [back.clone()] }).to_string()).await;
    assert_eq!(
        told["results"][0]["faults"][0]["reason"],
        "already_stored_differently"
    );
    back["lines"][0]["return_to"] = json!("bin");

    // What is no request at all changes nothing and says why.
    let mut typing_error = ticket(1);
    typing_error["lines"][0]["quantitty"] = json!(1);
    let mut half = ticket(1);
    half["lines"][0]["quantity"] = json!(1.5);
    for body in [
        "".to_owned(),
        "{".to_owned(),
        "[]".to_owned(),
        json!({ "sales": [] }).to_string(),
        json!({ "sales": [typing_error] }).to_string(),
        json!({ "sales": [half] }).to_string(),
        json!({ "sales": [back] }).to_string(),
    ] {
        let (status, error) = post(&body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(
            error["fields"][0]["message"]
                .as_str()
                .is_some_and(|m| !m.is_empty()),
            "{error}"
        );
    }
}
