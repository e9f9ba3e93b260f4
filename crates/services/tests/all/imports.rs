//! Imports of sales: what they change, what they refuse, and that no interruption or repetition shows in the books.

use contract::imports::{CreateImport, DecideImport, ImportReport, ImportView};
use contract::stock::{CountedProduct, PostCount};
use domain::{ImportStatus, RoleKey};
use futures::StreamExt;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use services::imports::{Advance, Imports, TEMPLATE_CSV};
use services::{Ctx, ServiceError};
use std::collections::BTreeMap;
use testkit::{Org, OrgSpec, TestDb, now, on_both, org_with};
use uuid::Uuid;

const HEADER: &str = "transaction_id,timestamp,store_id,product_id,quantity_sold,price_unit,total_amount,promotion_applied_id";

/// Larger than any file of these tests.
const LIMIT: u64 = 10_000_000;

fn csv(rows: &[&str]) -> String {
    let mut text = HEADER.to_owned();
    for row in rows {
        text.push('\n');
        text.push_str(row);
    }
    text.push('\n');
    text
}

/// Tickets on consecutive days before [`now`], three lines each: nine pieces of P001 and P002 a ticket.
fn tickets(count: usize) -> String {
    let mut rows = Vec::new();
    for i in 0..count {
        let (day, hour) = (1 + i % 9, 8 + i % 10);
        for (sku, quantity) in [("P001", 2), ("P002", 3), ("P001", 4)] {
            rows.push(format!(
                "T{i},2026-03-{day:02}T{hour:02}:15,S01,{sku},{quantity},2.00,{}.00,",
                quantity * 2
            ));
        }
    }
    csv(&rows.iter().map(String::as_str).collect::<Vec<_>>())
}

struct Desk {
    db: TestDb,
    org: Org,
    ctx: Ctx,
}

impl Desk {
    async fn new(db: TestDb) -> Self {
        let org = org_with(
            &db,
            OrgSpec {
                stores: 2,
                products: 3,
                ..Default::default()
            },
        )
        .await;
        let ctx = org.ctx(RoleKey::Analyst).await;
        Self { db, org, ctx }
    }

    /// Few rows a transaction, so that small files need several.
    fn imports(&self) -> Imports<'_> {
        self.db.services().imports().with_batch_rows(7)
    }

    async fn send_as(
        &self,
        command: CreateImport,
        bytes: &[u8],
    ) -> Result<ImportView, ServiceError> {
        let pieces: Vec<_> = bytes.chunks(1_000).map(|p| Ok(p.to_vec())).collect();
        self.imports()
            .create(&self.ctx, command, futures::stream::iter(pieces), LIMIT)
            .await
    }

    fn command(&self) -> CreateImport {
        CreateImport {
            command_id: Uuid::now_v7(),
            file_name: "sales.csv".into(),
            store_id: Some(self.org.stores[0]),
            threshold_bp: None,
        }
    }

    /// Sends and checks.
    async fn check(&self, bytes: impl AsRef<[u8]>) -> ImportReport {
        let import = self
            .send_as(self.command(), bytes.as_ref())
            .await
            .expect("the upload is stored");
        self.imports()
            .advance(&self.ctx, import.id)
            .await
            .expect("the check runs");
        self.imports()
            .report(&self.ctx, import.id)
            .await
            .expect("there is a report")
    }

    fn decide(&self, import_id: Uuid) -> DecideImport {
        DecideImport {
            command_id: Uuid::now_v7(),
            import_id,
        }
    }

    /// Sends, checks and takes.
    async fn take(&self, bytes: impl AsRef<[u8]>) -> ImportView {
        let report = self.check(bytes).await;
        assert_eq!(report.import.status, ImportStatus::Checked, "{report:?}");
        self.imports()
            .apply(&self.ctx, self.decide(report.import.id))
            .await
            .expect("it may be taken");
        self.advance(report.import.id).await
    }

    async fn advance(&self, id: Uuid) -> ImportView {
        self.imports()
            .advance(&self.ctx, id)
            .await
            .expect("the work goes on");
        self.imports()
            .get(&self.ctx, id)
            .await
            .expect("it is there")
    }

    async fn undo(&self, id: Uuid) -> ImportView {
        self.imports()
            .undo(&self.ctx, self.decide(id))
            .await
            .expect("it may be undone");
        self.advance(id).await
    }

    async fn on_hand(&self) -> BTreeMap<String, i64> {
        let levels = self
            .db
            .services()
            .stock()
            .levels(&self.ctx, self.org.stores[0])
            .await
            .expect("levels");
        levels
            .levels
            .into_iter()
            .map(|l| (l.sku, l.on_hand))
            .collect()
    }

    /// Everything that an import may change, in a form that can be compared.
    async fn books(&self) -> Vec<String> {
        let mut all = Vec::new();
        for sql in [
            "SELECT s.code || ' ' || p.sku || ' ' || CAST(d.business_date AS TEXT) || ' ' || d.quantity || ' ' || d.revenue_minor \
             || ' ' || COALESCE(CAST(d.unit_price_minor AS TEXT), '-') || ' ' || COALESCE(d.promotion, '-') AS line \
             FROM daily_sales d JOIN stores s ON s.id = d.store_id JOIN products p ON p.id = d.product_id ORDER BY 1",
            "SELECT s.transaction_id || ' ' || s.total_minor || ' ' || l.line || ' ' || l.quantity || ' ' || l.total_minor AS line \
             FROM sale_lines l JOIN sales s ON s.id = l.sale_id ORDER BY 1",
            "SELECT p.sku || ' ' || l.on_hand AS line FROM stock_levels l JOIN products p ON p.id = l.product_id \
             WHERE l.on_hand <> 0 ORDER BY 1",
        ] {
            all.extend(self.column::<Line>(sql).await.into_iter().map(|l| l.line));
        }
        self.check_books().await;
        all
    }

    async fn check_books(&self) {
        let books = self
            .db
            .services()
            .books()
            .check(&self.org.system())
            .await
            .expect("readable books");
        assert!(books.differences.is_empty(), "{:?}", books.differences);
        assert!(books.audit_broken.is_none(), "{:?}", books.audit_broken);
    }

    async fn column<T: FromQueryResult>(&self, sql: &str) -> Vec<T> {
        let connection = self.db.db().connection();
        let rows = connection
            .query_all_raw(Statement::from_string(
                connection.get_database_backend(),
                sql,
            ))
            .await
            .expect("readable rows");
        rows.iter()
            .map(|r| T::from_query_result(r, "").expect("the expected columns"))
            .collect()
    }
}

#[derive(Debug, FromQueryResult)]
struct Line {
    line: String,
}

fn reasons(report: &ImportReport) -> Vec<(&str, &str, i64)> {
    report
        .reasons
        .iter()
        .map(|r| (r.column.as_str(), r.reason.as_str(), r.rows))
        .collect()
}

fn conflict(error: &ServiceError) -> &'static str {
    match error {
        ServiceError::Conflict { reason, .. } => reason,
        other => panic!("expected a conflict, got {other:?}"),
    }
}

#[tokio::test]
async fn good_rows_become_tickets_days_and_movements() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        let view = desk
            .take(csv(&[
                "T1,2026-03-08T08:30,S01,P001,2,2.00,4.00,",
                "T1,2026-03-08T08:30,S01,P001,3,2.00,6.00,",
                "T1,2026-03-08T08:30,S01,P002,1,1.50,1.50,SPRING",
                "T2,2026-03-08T23:30Z,S01,P001,5,1.80,9.00,",
            ]))
            .await;
        assert_eq!(
            (
                view.status,
                view.rows_total,
                view.rows_good,
                view.rows_applied
            ),
            (ImportStatus::Applied, 4, 4, 4)
        );
        assert_eq!(
            (view.first_date, view.last_date),
            ("2026-03-08".parse().ok(), "2026-03-09".parse().ok())
        );
        assert_eq!(
            desk.books().await,
            [
                "S01 P001 2026-03-08 5 1000 200 -",
                "S01 P001 2026-03-09 5 900 180 -",
                "S01 P002 2026-03-08 1 150 150 SPRING",
                "T1 1150 P001 2 400",
                "T1 1150 P001~2 3 600",
                "T1 1150 P002 1 150",
                "T2 900 P001 5 900",
            ]
        );
        let report = desk.imports().report(&desk.ctx, view.id).await.unwrap();
        assert_eq!(
            report.unknown_promotions.len(),
            1,
            "an unknown promotion is reported and its sale taken"
        );
        assert_eq!(
            (
                report.unknown_promotions[0].code.as_str(),
                report.unknown_promotions[0].first_row
            ),
            ("SPRING", 4)
        );
    })
    .await;
}

#[tokio::test]
async fn the_check_alone_changes_nothing() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        let report = desk.check(tickets(30)).await;
        assert_eq!(
            (report.import.status, report.import.rows_good),
            (ImportStatus::Checked, 90)
        );
        assert!(desk.books().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        desk.take(tickets(30)).await;
        let once = desk.books().await;
        let again = desk.take(tickets(30)).await;
        assert_eq!(
            (
                again.rows_good,
                again.rows_duplicate,
                again.rows_rejected,
                again.rows_applied
            ),
            (0, 90, 0, 0)
        );
        assert_eq!(desk.books().await, once);
        let report = desk.imports().report(&desk.ctx, again.id).await.unwrap();
        assert_eq!(
            report.same_files.len(),
            1,
            "the report names the earlier import of the same bytes"
        );
    })
    .await;
}

#[tokio::test]
async fn one_command_sent_twice_is_one_import() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        let command = desk.command();
        let first = desk
            .send_as(command.clone(), tickets(3).as_bytes())
            .await
            .unwrap();
        let second = desk
            .send_as(command.clone(), tickets(3).as_bytes())
            .await
            .unwrap();
        assert_eq!(first.id, second.id);
        let other = CreateImport {
            file_name: "other.csv".into(),
            ..command
        };
        assert_eq!(
            conflict(&desk.send_as(other, b"").await.unwrap_err()),
            "command.reused"
        );
        let uploads = std::fs::read_dir(desk.db.services().data_dir().join("imports"))
            .unwrap()
            .count();
        assert_eq!(uploads, 1, "nothing is left of the repetitions");

        desk.advance(first.id).await;
        let apply = desk.decide(first.id);
        desk.imports()
            .apply(&desk.ctx, apply.clone())
            .await
            .unwrap();
        desk.imports().apply(&desk.ctx, apply).await.unwrap();
        assert_eq!(desk.advance(first.id).await.rows_applied, 9);
        let late = desk
            .imports()
            .apply(&desk.ctx, desk.decide(first.id))
            .await
            .unwrap_err();
        assert_eq!(conflict(&late), "import.not_checked");
    })
    .await;
}

#[tokio::test]
async fn an_import_that_is_stopped_between_chunks_ends_with_the_same_totals() {
    on_both(async |db| {
        let whole = Desk::new(db.clone()).await;
        whole.take(tickets(20)).await;
        let expected = whole.books().await;
        let undone = whole
            .imports()
            .list(&whole.ctx, None, 1)
            .await
            .unwrap()
            .items[0]
            .id;
        whole.undo(undone).await;
        assert!(whole.books().await.is_empty());

        let report = whole.check(tickets(20)).await;
        let id = report.import.id;
        whole
            .imports()
            .apply(&whole.ctx, whole.decide(id))
            .await
            .unwrap();
        let mut stops = 0;
        while whole
            .imports()
            .advance_at_most(&whole.ctx, id, 1)
            .await
            .unwrap()
            == Advance::Stopped
        {
            stops += 1;
            whole.check_books().await;
        }
        assert_eq!(
            stops, 8,
            "nine chunks of seven rows; the run with the last of them ends the import"
        );
        assert_eq!(whole.books().await, expected);
        assert_eq!(
            whole
                .imports()
                .get(&whole.ctx, id)
                .await
                .unwrap()
                .rows_applied,
            60
        );
    })
    .await;
}

#[tokio::test]
async fn a_stopped_check_starts_over_and_finds_the_same() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        let mut file = tickets(10);
        file.push_str("T99,2026-03-01T08:00,S01,P001,-1,2.00,-2.00,\n");
        let import = desk.send_as(desk.command(), file.as_bytes()).await.unwrap();
        assert_eq!(
            desk.imports()
                .advance_at_most(&desk.ctx, import.id, 4)
                .await
                .unwrap(),
            Advance::Stopped
        );
        let view = desk.advance(import.id).await;
        assert_eq!(
            (
                view.status,
                view.rows_total,
                view.rows_good,
                view.rows_rejected
            ),
            (ImportStatus::Checked, 31, 30, 1)
        );
    })
    .await;
}

#[tokio::test]
async fn work_left_lying_by_a_dead_process_is_found_and_finished() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        let import = desk.check(tickets(20)).await.import;
        desk.imports()
            .apply(&desk.ctx, desk.decide(import.id))
            .await
            .unwrap();
        desk.imports()
            .advance_at_most(&desk.ctx, import.id, 3)
            .await
            .unwrap();
        assert!(
            desk.imports().leftovers(now()).await.unwrap().is_empty(),
            "it may still be alive"
        );
        let later = now() + chrono::TimeDelta::minutes(10);
        assert_eq!(desk.imports().resume_all(later).await.unwrap(), 1);
        let view = desk.imports().get(&desk.ctx, import.id).await.unwrap();
        assert_eq!(
            (view.status, view.rows_applied),
            (ImportStatus::Applied, 60)
        );
        assert!(desk.imports().leftovers(later).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn undoing_restores_tickets_days_and_stock() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        desk.take(csv(&[
            "A1,2026-03-05T09:00,S01,P001,1,2.00,2.00,",
            "T3,2026-03-04T11:15,S01,P003,1,2.00,2.00,",
        ]))
        .await;
        let before = desk.books().await;
        let second = desk
            .take(
                tickets(20)
                    .replace("2.00,", "2.10,")
                    .replace(".10,4.00", ".10,4.20")
                    .replace(".10,6.00", ".10,6.30")
                    .replace(".10,8.00", ".10,8.40"),
            )
            .await;
        assert_eq!(second.rows_applied, 60);
        assert_ne!(desk.books().await, before);
        desk.imports()
            .undo(&desk.ctx, desk.decide(second.id))
            .await
            .unwrap();
        let mut stops = 0;
        while desk
            .imports()
            .advance_at_most(&desk.ctx, second.id, 1)
            .await
            .unwrap()
            == Advance::Stopped
        {
            stops += 1;
            desk.check_books().await;
        }
        assert!(stops > 5, "undoing stops and goes on as well");
        assert_eq!(desk.books().await, before);
        let view = desk.imports().get(&desk.ctx, second.id).await.unwrap();
        assert_eq!((view.status, view.rows_applied), (ImportStatus::Undone, 0));
        let again = desk
            .imports()
            .undo(&desk.ctx, desk.decide(second.id))
            .await
            .unwrap_err();
        assert_eq!(conflict(&again), "import.not_applied");
    })
    .await;
}

#[tokio::test]
async fn history_leaves_a_shelf_that_nobody_counted_at_zero_and_later_sales_reduce_a_managed_one() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        desk.take(tickets(20)).await;
        assert_eq!(
            desk.on_hand().await["P001"],
            0,
            "years of sales are no minus"
        );
        // A second file of history, after the first.
        desk.take(csv(&["N1,2026-03-09T20:00,S01,P001,4,2.00,8.00,"]))
            .await;
        assert_eq!(desk.on_hand().await["P001"], 0);
        let counted = PostCount {
            command_id: Uuid::now_v7(),
            store_id: desk.org.stores[0],
            counted_at: Some(now() - chrono::TimeDelta::hours(10)),
            lines: vec![CountedProduct {
                product_id: desk.org.products[0],
                counted: 12,
            }],
            note: None,
        };
        desk.db
            .services()
            .stock()
            .count(&desk.ctx, counted)
            .await
            .unwrap();
        assert_eq!(desk.on_hand().await["P001"], 12);
        // Facts before the count do not move the shelf, facts after it do.
        desk.take(csv(&[
            "L1,2026-03-07T10:00,S01,P001,7,2.00,14.00,",
            "L2,2026-03-10T07:10,S01,P001,5,2.00,10.00,",
        ]))
        .await;
        assert_eq!(desk.on_hand().await["P001"], 7);
        desk.check_books().await;
    })
    .await;
}

#[tokio::test]
async fn undoing_history_leaves_a_counted_shelf_as_it_was_counted() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        let import = desk.take(tickets(20)).await;
        let counted = PostCount {
            command_id: Uuid::now_v7(),
            store_id: desk.org.stores[0],
            counted_at: None,
            lines: vec![CountedProduct {
                product_id: desk.org.products[0],
                counted: 12,
            }],
            note: None,
        };
        desk.db
            .services()
            .stock()
            .count(&desk.ctx, counted)
            .await
            .unwrap();
        desk.undo(import.id).await;
        let on_hand = desk.on_hand().await;
        assert_eq!((on_hand["P001"], on_hand["P002"]), (12, 0));
        desk.check_books().await;
    })
    .await;
}

#[tokio::test]
async fn above_the_threshold_nothing_is_taken() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        let bad = "X1,2026-03-05T09:00,S01,NOPE,1,2.00,2.00,\n";
        let mut file = tickets(6);
        file.push_str(bad);
        let report = desk.check(&file).await;
        assert_eq!(
            report.import.status,
            ImportStatus::Refused,
            "1 of 19 is more than 5 %"
        );
        let problem = report.import.problem.unwrap();
        assert_eq!(
            (problem.reason.as_str(), problem.argument.as_str()),
            ("threshold_exceeded", "5.2")
        );
        let refused = desk
            .imports()
            .apply(&desk.ctx, desk.decide(report.import.id))
            .await
            .unwrap_err();
        assert_eq!(conflict(&refused), "import.not_checked");
        assert!(desk.books().await.is_empty());

        let mut file = tickets(7);
        file.push_str(bad);
        let report = desk.check(&file).await;
        assert_eq!(
            report.import.status,
            ImportStatus::Checked,
            "1 of 22 is less than 5 %"
        );
        let command = CreateImport {
            threshold_bp: Some(0),
            ..desk.command()
        };
        let import = desk.send_as(command, file.as_bytes()).await.unwrap();
        assert_eq!(
            desk.advance(import.id).await.status,
            ImportStatus::Refused,
            "a stricter threshold for one file"
        );
    })
    .await;
}

#[tokio::test]
async fn rows_that_are_stored_already_do_not_thin_out_the_rejected_ones() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        desk.take(tickets(30)).await;
        let mut file = tickets(30);
        file.push_str("X1,2026-03-05T09:00,S01,NOPE,1,2.00,2.00,\n");
        let report = desk.check(&file).await;
        assert_eq!(
            report.import.status,
            ImportStatus::Refused,
            "one new row, and that one is wrong"
        );
    })
    .await;
}

#[tokio::test]
async fn bad_rows_are_reported_with_row_column_value_and_reason_and_good_ones_taken() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        desk.take(csv(&["OLD,2026-03-01T09:00,S01,P001,1,2.00,2.00,"]))
            .await;
        let mut file = csv(&[
            "T1,2026-03-08T08:30,S01,P001,2,2.00,4.00,",
            "T1,2026-03-08T08:30,S01,P001,2,2.00,4.00,",
            "B1,2026-03-08T08:30,S02,P001,2,2.00,4.00,",
            "B2,2026-03-08T08:30,S01,P999,2,2.00,4.00,",
            "B3,2026-03-10T08:30,S01,P001,2,2.00,4.00,",
            "B4,2026-03-08T08:30,S01,P001,-2,2.00,-4.00,",
            "B5,2026-03-08T08:30,S01,P001,9999999,2.00,4.00,",
            "B6,2026-03-08T08:30,S01,P001,2,2.00,5.00,",
            "OLD,2026-03-01T09:00,S01,P001,1,2.00,2.00,",
            "OLD,2026-03-01T09:00,S01,P002,7,2.00,14.00,",
        ]);
        file.push_str("OLD2,2026-03-01T09:00,S01,P00");
        let command = CreateImport {
            threshold_bp: Some(10_000),
            ..desk.command()
        };
        let import = desk.send_as(command, file.as_bytes()).await.unwrap();
        desk.advance(import.id).await;
        let report = desk.imports().report(&desk.ctx, import.id).await.unwrap();
        assert_eq!(
            reasons(&report),
            [
                ("quantity_sold", "absurd_quantity", 1),
                ("", "duplicate_in_file", 1),
                ("timestamp", "future_date", 1),
                ("total_amount", "negative_amount", 1),
                ("quantity_sold", "negative_quantity", 1),
                ("store_id", "other_store", 1),
                ("", "truncated_line", 1),
                ("product_id", "unknown_product", 1),
                ("total_amount", "wrong_total", 1),
            ]
        );
        let counts = &report.import;
        assert_eq!(
            (
                counts.rows_total,
                counts.rows_good,
                counts.rows_rejected,
                counts.rows_duplicate
            ),
            (11, 2, 8, 1)
        );

        // Page by page, in the order of the file.
        let (mut seen, mut behind) = (Vec::new(), None::<String>);
        loop {
            let page = desk
                .imports()
                .rejects(&desk.ctx, import.id, None, behind.as_deref(), 4)
                .await
                .unwrap();
            seen.extend(page.items);
            behind = page.next;
            if behind.is_none() {
                break;
            }
        }
        assert_eq!(
            seen.iter().map(|r| r.row).collect::<Vec<_>>(),
            [3, 4, 5, 6, 7, 7, 8, 9, 12]
        );
        assert_eq!(
            (seen[1].value.as_str(), seen[1].argument.as_str()),
            ("S02", "S01")
        );
        assert_eq!(
            seen[2].message,
            "There is no product with the code \"P999\"."
        );

        desk.imports()
            .apply(&desk.ctx, desk.decide(import.id))
            .await
            .unwrap();
        assert_eq!(desk.advance(import.id).await.rows_applied, 2);
        desk.check_books().await;
    })
    .await;
}

#[tokio::test]
async fn a_line_that_is_stored_differently_is_rejected_and_so_is_a_ticket_number_used_twice() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        desk.take(csv(&[
            "T1,2026-03-01T09:00,S01,P001,1,2.00,2.00,",
            "T9,2026-03-01T09:00,S01,P001,1,2.00,2.00,",
        ]))
        .await;
        let books = desk.books().await;
        let report = desk
            .check(csv(&[
                "T1,2026-03-01T09:00,S01,P001,2,2.00,4.00,",
                "T9,2026-03-02T09:00,S01,P002,2,2.00,4.00,",
            ]))
            .await;
        assert_eq!(
            reasons(&report),
            [
                ("", "already_stored_differently", 1),
                ("transaction_id", "transaction_stored", 1)
            ]
        );
        let page = desk
            .imports()
            .rejects(&desk.ctx, report.import.id, None, None, 10)
            .await
            .unwrap();
        assert_eq!(page.items[0].argument, "1 x 2.00 = 2.00");
        assert_eq!(page.items[1].argument, "2026-03-01T08:00:00Z");
        assert_eq!(desk.books().await, books);
    })
    .await;
}

#[tokio::test]
async fn corrected_rejects_find_their_place() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        let mut file = tickets(20);
        file.push_str("R1,2026-03-05T09:00,S01,P001,1,2.00,2.00,\nR1,2026-03-05T09:00,S01,P001,3,2.00,9.00,\n");
        let first = desk.take(&file).await;
        assert_eq!((first.rows_good, first.rows_rejected), (61, 1));
        let pieces: Vec<_> = desk.imports().rejects_csv(&desk.ctx, first.id).await.unwrap().collect().await;
        let rejects: Vec<u8> = pieces.into_iter().flat_map(|p| p.unwrap()).collect();
        let rejects = String::from_utf8(rejects).unwrap();
        assert_eq!(rejects.lines().count(), 2);
        assert!(rejects.contains("P001~2,63,total_amount,wrong_total,"), "{rejects}");
        let corrected = rejects.replace("9.00,", "6.00,");
        let second = desk.take(&corrected).await;
        assert_eq!((second.rows_good, second.rows_applied), (1, 1));
        let whole = file.replace("9.00,", "6.00,");
        let third = desk.take(&whole).await;
        assert_eq!((third.rows_duplicate, third.rows_applied), (62, 0), "the corrected file adds nothing more");
        desk.check_books().await;
    })
    .await;
}

#[tokio::test]
async fn files_that_are_no_sales_get_a_clear_word_and_change_nothing() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        let latin: Vec<u8> = [
            HEADER.as_bytes(),
            b"\nT1,2026-03-08T08:30,S01,PI\xd1A,2,2.00,4.00,\n",
        ]
        .concat();
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(HEADER.bytes().flat_map(|b| [b, 0]))
            .collect();
        for (bytes, reason) in [
            (b"".to_vec(), "file_empty"),
            (format!("{HEADER}\n").into_bytes(), "file_only_header"),
            (b"PK\x03\x04\x14\0\0\0\x08\0sales.csv".to_vec(), "file_zip"),
            (
                b"PK\x03\x04\x14\0\0\0\x08\0[Content_Types].xml".to_vec(),
                "file_excel",
            ),
            (b"\x1f\x8b\x08\0\0\0\0\0".to_vec(), "file_compressed"),
            (utf16, "file_utf16"),
            (b"\0\0\0 ftypisom".to_vec(), "file_binary"),
            (b"date;shop;article\n1;2;3\n".to_vec(), "header_absent"),
            (
                b"transaction_id,timestamp\nT1,2026-03-08T08:30\n".to_vec(),
                "header_missing_columns",
            ),
            (latin, "threshold_exceeded"),
        ] {
            let report = desk.check(&bytes).await;
            assert_eq!(report.import.status, ImportStatus::Refused, "{reason}");
            let problem = report.import.problem.unwrap();
            assert_eq!(problem.reason, reason);
            assert!(problem.message.ends_with('.'), "{}", problem.message);
        }
        assert!(desk.books().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_upload_that_is_too_large_or_breaks_off_leaves_nothing() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        let bytes = tickets(30);
        let pieces: Vec<std::io::Result<Vec<u8>>> = bytes
            .as_bytes()
            .chunks(100)
            .map(|p| Ok(p.to_vec()))
            .collect();
        let large = desk
            .imports()
            .create(
                &desk.ctx,
                desk.command(),
                futures::stream::iter(pieces),
                1_000,
            )
            .await;
        assert!(matches!(large, Err(ServiceError::TooLarge(_))), "{large:?}");
        let broken = [
            Ok(bytes.into_bytes()),
            Err(std::io::Error::other("connection reset")),
        ];
        let broken = desk
            .imports()
            .create(
                &desk.ctx,
                desk.command(),
                futures::stream::iter(broken),
                LIMIT,
            )
            .await;
        assert!(
            matches!(broken, Err(ServiceError::Invalid(_))),
            "{broken:?}"
        );
        assert_eq!(
            std::fs::read_dir(desk.db.services().data_dir().join("imports"))
                .unwrap()
                .count(),
            0
        );
        assert!(
            desk.imports()
                .list(&desk.ctx, None, 10)
                .await
                .unwrap()
                .items
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn two_imports_of_one_file_at_once_take_each_line_once() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        let first = desk.check(tickets(40)).await.import.id;
        let second = desk.check(tickets(40)).await.import.id;
        for id in [first, second] {
            desk.imports()
                .apply(&desk.ctx, desk.decide(id))
                .await
                .unwrap();
        }
        let imports = desk.imports();
        let (a, b, c) = tokio::join!(
            imports.advance(&desk.ctx, first),
            imports.advance(&desk.ctx, second),
            imports.advance(&desk.ctx, first),
        );
        let ends = [a.unwrap(), b.unwrap(), c.unwrap()];
        assert_eq!(
            ends.iter().filter(|e| **e == Advance::Elsewhere).count(),
            1,
            "one import has one runner: {ends:?}"
        );
        let taken = |v: ImportView| v.rows_applied;
        let sum = taken(imports.get(&desk.ctx, first).await.unwrap())
            + taken(imports.get(&desk.ctx, second).await.unwrap());
        assert_eq!(sum, 120);
        let days = desk
            .column::<Line>("SELECT CAST(SUM(quantity) AS TEXT) AS line FROM daily_sales")
            .await;
        assert_eq!(days[0].line, (40 * 9).to_string());
        desk.check_books().await;
    })
    .await;
}

#[tokio::test]
async fn only_who_may_import_does_and_other_organizations_see_nothing() {
    on_both(async |db| {
        let desk = Desk::new(db.clone()).await;
        let import = desk.check(tickets(3)).await.import;
        for role in [RoleKey::StoreManager, RoleKey::Production] {
            let ctx = desk.org.ctx(role).await;
            assert!(matches!(
                desk.imports().get(&ctx, import.id).await,
                Err(ServiceError::Forbidden(_))
            ));
            assert!(matches!(
                desk.imports().list(&ctx, None, 5).await,
                Err(ServiceError::Forbidden(_))
            ));
            assert!(matches!(
                desk.imports().apply(&ctx, desk.decide(import.id)).await,
                Err(ServiceError::Forbidden(_))
            ));
            assert!(matches!(
                desk.imports().rejects_csv(&ctx, import.id).await.err(),
                Some(ServiceError::Forbidden(_))
            ));
        }
        let admin = desk.org.ctx(RoleKey::Admin).await;
        assert!(
            desk.imports().get(&admin, import.id).await.is_ok(),
            "an administrator may look"
        );
        assert!(matches!(
            desk.imports().apply(&admin, desk.decide(import.id)).await,
            Err(ServiceError::Forbidden(_))
        ));

        let other = org_with(
            &db,
            OrgSpec {
                slug: "other".into(),
                ..Default::default()
            },
        )
        .await;
        let stranger = other.ctx(RoleKey::Analyst).await;
        assert!(matches!(
            desk.imports().get(&stranger, import.id).await,
            Err(ServiceError::NotFound(_))
        ));
        assert!(matches!(
            desk.imports().report(&stranger, import.id).await,
            Err(ServiceError::NotFound(_))
        ));
        assert!(matches!(
            desk.imports()
                .discard(&stranger, desk.decide(import.id))
                .await,
            Err(ServiceError::NotFound(_))
        ));
        assert!(
            desk.imports()
                .list(&stranger, None, 5)
                .await
                .unwrap()
                .items
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn imports_are_listed_newest_first_page_by_page_and_a_discarded_one_stays_out_of_the_books() {
    on_both(async |db| {
        let mut desk = Desk::new(db).await;
        let mut ids = Vec::new();
        for i in 0..5 {
            desk.ctx.now = now() + chrono::TimeDelta::seconds(i / 2);
            ids.push(
                desk.send_as(desk.command(), tickets(2).as_bytes())
                    .await
                    .unwrap()
                    .id,
            );
        }
        ids.reverse();
        let (mut seen, mut behind) = (Vec::new(), None::<String>);
        loop {
            let page = desk
                .imports()
                .list(&desk.ctx, behind.as_deref(), 2)
                .await
                .unwrap();
            seen.extend(page.items.into_iter().map(|i| i.id));
            behind = page.next;
            if behind.is_none() {
                break;
            }
        }
        assert_eq!(seen, ids);
        let discarded = desk
            .imports()
            .discard(&desk.ctx, desk.decide(ids[0]))
            .await
            .unwrap();
        assert_eq!(discarded.status, ImportStatus::Discarded);
        assert_eq!(desk.advance(ids[0]).await.status, ImportStatus::Discarded);
        assert!(desk.books().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_file_for_all_stores_takes_the_senders_own_and_the_template_passes() {
    on_both(async |db| {
        let desk = Desk::new(db).await;
        let command = CreateImport {
            store_id: None,
            ..desk.command()
        };
        let file = csv(&[
            "T1,2026-03-08T08:30,S01,P001,2,2.00,4.00,",
            "T1,2026-03-08T08:30,S02,P001,2,2.00,4.00,",
        ]);
        let import = desk.send_as(command, file.as_bytes()).await.unwrap();
        assert_eq!(desk.advance(import.id).await.rows_good, 2);

        let template = TEMPLATE_CSV
            .replace("CROISSANT", "P001")
            .replace("BAGUETTE", "P002")
            .replace("2026-03-14", "2026-03-09");
        assert_eq!(desk.check(template).await.import.rows_good, 2);
    })
    .await;
}
