//! Imports of sales: what they change, what they refuse, and that no interruption or repetition shows in the books.

mod refusing;

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
        file.push_str("T99,2026-03-01T08:00,S01,P001,-1,2.00,2.00,\n");
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
