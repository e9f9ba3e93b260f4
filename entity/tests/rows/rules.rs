//! Rules that the database itself keeps, whoever writes to it.

use domain::{AlertStatus, MovementKind, StockReason};
use entity::{
    alert, audit_entry, order_batch, product, production_order, sale, sale_line, stock_movement,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr,
    EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, SqlErr, sea_query::Expr,
};

use crate::engines::Scratch;
use crate::{
    BREAD, MOVEMENT, ORGANIZATION, SALE, at, keep_every_table, other, oversight, production, stock,
};

async fn add<M, A>(db: &DatabaseConnection, row: M) -> Result<(), DbErr>
where
    M: IntoActiveModel<A>,
    A: ActiveModelTrait + Send,
{
    <A::Entity as EntityTrait>::insert(row.into_active_model().reset_all())
        .exec_without_returning(db)
        .await
        .map(drop)
}

fn assert_refused(outcome: Result<(), DbErr>, words: &str) {
    let error = outcome.expect_err("the database must refuse this");
    let text = error.to_string().to_lowercase();
    assert!(text.contains(words), "{words:?} is not in {text:?}");
}

fn assert_taken(outcome: &Result<(), DbErr>) {
    let error = outcome.as_ref().expect_err("the key is taken");
    assert!(
        matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))),
        "{error}"
    );
}

async fn append_only(db: &DatabaseConnection) {
    for (table, change) in [
        ("stock_movements", "note = 'changed'"),
        ("audit_entries", "action = 'changed'"),
        ("suggestion_versions", "quantity = 1"),
    ] {
        let mut statements = vec![
            format!("UPDATE {table} SET {change}"),
            format!("DELETE FROM {table}"),
        ];
        if db.get_database_backend() == DbBackend::Postgres {
            statements.push(format!("TRUNCATE {table} CASCADE"));
        }
        for statement in statements {
            let outcome = db.execute_unprepared(&statement).await.map(drop);
            assert_refused(outcome, &format!("{table} is append-only"));
        }
    }
    let movements = stock_movement::Entity::find().all(db).await.unwrap();
    assert!(movements.contains(&stock::movement()));
    assert_eq!(audit_entry::Entity::find().all(db).await.unwrap().len(), 2);
}

async fn one_open_alert_a_key(db: &DatabaseConnection) {
    let open = |number| alert::Model {
        id: other(number),
        status: AlertStatus::Open,
        ..oversight::alert()
    };
    // The one that is over does not stand in the way; one that is open does, and so does an acknowledged one.
    add(db, open(10)).await.unwrap();
    assert_taken(&add(db, open(11)).await);
    for (status, free) in [
        (AlertStatus::Acknowledged, false),
        (AlertStatus::Resolved, true),
    ] {
        let moved = alert::Entity::update_many()
            .col_expr(alert::Column::Status, Expr::value(status.as_str()))
            .filter(alert::Column::Id.eq(other(10)))
            .exec(db)
            .await
            .unwrap();
        assert_eq!(moved.rows_affected, 1);
        let outcome = add(db, open(12)).await;
        if free {
            outcome.unwrap();
        } else {
            assert_taken(&outcome);
        }
    }
}

async fn movements_make_sense(db: &DatabaseConnection) {
    let movement = |number| stock_movement::Model {
        id: other(number),
        ..stock::movement()
    };
    let second_reversal = stock_movement::Model {
        kind: MovementKind::Reversal,
        quantity: 4,
        reverses_id: Some(MOVEMENT),
        ..movement(20)
    };
    assert_taken(&add(db, second_reversal).await);
    let waste_that_adds = stock_movement::Model {
        quantity: 4,
        ..movement(21)
    };
    assert_refused(add(db, waste_that_adds).await, "check");
    let waste_without_reason = stock_movement::Model {
        reason: None,
        ..movement(22)
    };
    assert_refused(add(db, waste_without_reason).await, "check");
    let production_that_takes = stock_movement::Model {
        kind: MovementKind::Production,
        ..movement(23)
    };
    assert_refused(add(db, production_that_takes).await, "check");
    // Every kind is welcome with the sign that the domain gives it, and nothing where both occur.
    for (number, kind) in (24..).zip(MovementKind::ALL) {
        let sensible = stock_movement::Model {
            kind: *kind,
            quantity: kind.sign().unwrap_or(0),
            reason: kind.needs_reason().then_some(StockReason::Unknown),
            ..movement(number)
        };
        add(db, sensible).await.unwrap();
    }
}

async fn orders_make_sense(db: &DatabaseConnection) {
    let order = production_order::Model {
        id: other(40),
        number: 40,
        suggestion_id: None,
        standing_order_id: None,
        standing_date: None,
        ..production::order()
    };
    let empty = production_order::Model {
        planned_quantity: 0,
        ..order.clone()
    };
    assert_refused(add(db, empty).await, "check");
    let same_number = production_order::Model {
        number: 1,
        ..order.clone()
    };
    assert_taken(&add(db, same_number).await);
    let same_suggestion = production_order::Model {
        suggestion_id: production::order().suggestion_id,
        ..order.clone()
    };
    assert_taken(&add(db, same_suggestion).await);
    let same_standing_order = production_order::Model {
        standing_order_id: production::order().standing_order_id,
        standing_date: production::order().standing_date,
        ..order.clone()
    };
    assert_taken(&add(db, same_standing_order).await);
    add(db, order).await.unwrap();
    let batch = order_batch::Model {
        id: other(41),
        organization_id: ORGANIZATION,
        order_id: other(40),
        part: 1,
        produced_quantity: 20,
        lost_quantity: 0,
        loss_reason: None,
        completed_at: at("2026-01-03T05:00:00Z"),
        recorded_at: at("2026-01-03T05:00:00Z"),
        completed_by: None,
        command_id: None,
        lot_id: None,
        reversed_at: None,
    };
    let without_reason = order_batch::Model {
        lost_quantity: 2,
        ..batch.clone()
    };
    assert_refused(add(db, without_reason).await, "check");
    add(db, batch.clone()).await.unwrap();
    let same_part = order_batch::Model {
        id: other(42),
        ..batch
    };
    assert_taken(&add(db, same_part).await);
}

async fn removing_respects_what_is_named(db: &DatabaseConnection) {
    let outcome = product::Entity::delete_by_id(BREAD)
        .exec(db)
        .await
        .map(drop);
    assert_refused(outcome, "foreign key");

    // A ticket takes its lines with it; the ledger keeps what it knew.
    sale::Entity::delete_by_id(SALE).exec(db).await.unwrap();
    let lines = sale_line::Entity::find()
        .filter(sale_line::Column::SaleId.eq(SALE))
        .all(db)
        .await
        .unwrap();
    assert!(lines.is_empty(), "{lines:?}");
    let movement = stock_movement::Entity::find_by_id(MOVEMENT)
        .one(db)
        .await
        .unwrap();
    assert_eq!(movement.unwrap().sale_id, Some(SALE));
}

/// SQLite keeps instants as text, whose order must be that of time whatever the digits of the fraction.
async fn instants_are_in_order(db: &DatabaseConnection) {
    let instants = [
        "2030-01-01T00:00:00Z",
        "2030-01-01T00:00:00.000001Z",
        "2030-01-01T00:00:00.5Z",
        "2030-01-01T00:00:00.500001Z",
        "2030-01-01T00:00:01Z",
    ]
    .map(at);
    for (number, occurred_at) in (60..).zip(instants.iter().rev()) {
        let movement = stock_movement::Model {
            id: other(number),
            occurred_at: *occurred_at,
            ..stock::movement()
        };
        add(db, movement).await.unwrap();
    }
    for (position, instant) in instants.iter().enumerate() {
        let found: Vec<_> = stock_movement::Entity::find()
            .filter(stock_movement::Column::OccurredAt.gte(*instant))
            .order_by_asc(stock_movement::Column::OccurredAt)
            .all(db)
            .await
            .unwrap()
            .iter()
            .map(|movement| movement.occurred_at)
            .collect();
        assert_eq!(found, instants[position..]);
    }
}

async fn the_database_keeps_its_rules(scratch: Scratch) {
    let db = &scratch.db;
    keep_every_table(db).await;
    append_only(db).await;
    one_open_alert_a_key(db).await;
    movements_make_sense(db).await;
    orders_make_sense(db).await;
    removing_respects_what_is_named(db).await;
    instants_are_in_order(db).await;
    scratch.close().await;
}

#[tokio::test]
async fn the_database_keeps_its_rules_on_sqlite() {
    the_database_keeps_its_rules(Scratch::sqlite().await).await;
}

#[tokio::test]
async fn the_database_keeps_its_rules_on_postgres() {
    if let Some(scratch) = Scratch::postgres().await {
        the_database_keeps_its_rules(scratch).await;
    }
}
