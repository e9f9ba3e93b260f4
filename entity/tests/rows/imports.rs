use domain::ImportStatus;
use entity::{import, import_reject};

use crate::{IMPORT, Keeper, ORGANIZATION, PERSON, STORE, at, day, other};

pub async fn keep(keeper: &mut Keeper<'_>) {
    let done = import::Model {
        id: IMPORT,
        organization_id: ORGANIZATION,
        store_id: Some(STORE),
        file_name: "ventas enero.csv".into(),
        size_bytes: 5_000_000_000,
        sha256: Some("ab".repeat(32)),
        path: "imports/1.csv".into(),
        status: ImportStatus::Applied,
        rows_total: 10,
        rows_good: 7,
        rows_rejected: 2,
        rows_duplicate: 1,
        rows_applied: 7,
        bytes_done: 5_000_000_000,
        threshold_bp: 500,
        error: Some("…".into()),
        first_date: Some(day("2026-01-01")),
        last_date: Some(day("2026-01-31")),
        command_id: other(1),
        created_by: Some(PERSON),
        created_at: at("2026-02-01T08:00:00Z"),
        updated_at: at("2026-02-01T08:01:00.5Z"),
        finished_at: Some(at("2026-02-01T08:02:00.000250Z")),
    };
    let fresh = import::Model {
        id: other(1),
        store_id: None,
        sha256: None,
        status: ImportStatus::Uploaded,
        error: None,
        first_date: None,
        last_date: None,
        command_id: other(2),
        created_by: None,
        finished_at: None,
        ..done.clone()
    };
    keeper.keep(import::Entity, vec![done, fresh]).await;
    let fault = import_reject::Model {
        import_id: IMPORT,
        row_number: 3,
        column_name: "quantity_sold".into(),
        organization_id: ORGANIZATION,
        value: "-".into(),
        reason: "not_a_number".into(),
        detail: Some("\u{1F956}".into()),
        raw_line: "1,2026-01-01,S01,P001,-,1.20,1.20,".into(),
    };
    let whole_row = import_reject::Model {
        row_number: 4,
        column_name: String::new(),
        value: String::new(),
        detail: None,
        ..fault.clone()
    };
    keeper
        .keep(import_reject::Entity, vec![fault, whole_row])
        .await;
}
