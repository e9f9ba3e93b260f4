//! What is refused, reported or kept apart.

use super::*;

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
            "B4,2026-03-08T08:30,S01,P001,-2,2.00,4.00,",
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
                ("store_id", "other_store", 1),
                ("total_amount", "paid_return", 1),
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
            [3, 4, 5, 6, 7, 8, 9, 12]
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
