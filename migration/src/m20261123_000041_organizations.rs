//! Organizations as tenants that come and go: invitations, suspension, a version of the settings, exports, deletion. What only grows may
//! be deleted by the one who erases an organization for good, and by nobody else.

use sea_orm_migration::sea_orm::DbBackend;
use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, refers, table, unique, unique_where};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const ORGANIZATIONS: &str = "organizations";
const INVITATIONS: &str = "organization_invitations";
const EXPORTS: &str = "organization_exports";

/// Tables of which the database refuses to change or delete rows.
const APPEND_ONLY: [&str; 5] = [
    "stock_movements",
    "audit_entries",
    "model_alias_history",
    "model_searches",
    "suggestion_versions",
];

fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        ("version", integer("version").default(1).take()),
        ("keep_months", integer_null("keep_months").take()),
        (
            "suspended_at",
            timestamp_with_time_zone_null("suspended_at").take(),
        ),
        ("suspended_for", text_null("suspended_for").take()),
        (
            "deletion_asked_at",
            timestamp_with_time_zone_null("deletion_asked_at").take(),
        ),
        // No foreign key: people name their organization already.
        ("deletion_asked_by", uuid_null("deletion_asked_by").take()),
        (
            "erase_after",
            timestamp_with_time_zone_null("erase_after").take(),
        ),
        (
            "erasing_since",
            timestamp_with_time_zone_null("erasing_since").take(),
        ),
    ]
}

/// Lets rows of a table go that only grows, where the organization is being erased; on PostgreSQL only for the transaction that says so.
async fn let_go(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let erased = "EXISTS (SELECT 1 FROM organizations WHERE id = OLD.organization_id AND erasing_since IS NOT NULL)";
    let statements = match manager.get_database_backend() {
        // Conditions apart: a truncation has no old row.
        DbBackend::Postgres => vec![format!(
            "CREATE OR REPLACE FUNCTION {table}_refuse_change() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN \
             IF TG_OP = 'DELETE' THEN \
             IF current_setting('hornada.erasing', true) = OLD.organization_id::text AND {erased} THEN RETURN OLD; END IF; \
             END IF; \
             RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation'; END $$"
        )],
        _ => vec![
            format!("DROP TRIGGER {table}_refuse_delete"),
            format!(
                "CREATE TRIGGER {table}_refuse_delete BEFORE DELETE ON {table} WHEN NOT {erased} \
                 BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            ),
        ],
    };
    execute(manager, &statements).await
}

/// Takes back what [`let_go`] did.
async fn hold(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let statements = match manager.get_database_backend() {
        DbBackend::Postgres => vec![format!(
            "CREATE OR REPLACE FUNCTION {table}_refuse_change() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION '{table} is append-only' \
             USING ERRCODE = 'restrict_violation'; END $$"
        )],
        _ => vec![
            format!("DROP TRIGGER {table}_refuse_delete"),
            format!(
                "CREATE TRIGGER {table}_refuse_delete BEFORE DELETE ON {table} \
                 BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            ),
        ],
    };
    execute(manager, &statements).await
}

async fn execute(manager: &SchemaManager<'_>, statements: &[String]) -> Result<(), DbErr> {
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(statement)
            .await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (_, column) in columns() {
            let alter = Table::alter()
                .table(ORGANIZATIONS)
                .add_column(column)
                .take();
            manager.alter_table(alter).await?;
        }
        for table in APPEND_ONLY {
            let_go(manager, table).await?;
        }

        // The operator's: there is no organization yet.
        manager
            .create_table(
                table(INVITATIONS)
                    .col(uuid("id").primary_key())
                    .col(text("email"))
                    .col(text("token_hash"))
                    .col(text("cause"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .check(Expr::cust("email = lower(email)"))
                    .check(Expr::cust("cause IN ('operator', 'self')"))
                    .take(),
            )
            .await?;
        unique(manager, INVITATIONS, &["token_hash"]).await?;
        // A newer one takes the place of an older one.
        unique(manager, INVITATIONS, &["email"]).await?;
        index(manager, INVITATIONS, &["expires_at"]).await?;

        manager
            .create_table(
                table(EXPORTS)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("status"))
                    .col(uuid_null("requested_by"))
                    .col(timestamp_with_time_zone("requested_at"))
                    .col(text_null("owner"))
                    .col(timestamp_with_time_zone_null("heartbeat_at"))
                    .col(integer("tables_done"))
                    .col(integer("tables_total"))
                    .col(big_integer("rows_done"))
                    .col(timestamp_with_time_zone_null("finished_at"))
                    .col(text_null("path"))
                    .col(big_integer_null("bytes"))
                    .col(text_null("sha256"))
                    .col(text_null("error"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .col(timestamp_with_time_zone_null("removed_at"))
                    .foreign_key(&mut refers("organization_id", ORGANIZATIONS))
                    .foreign_key(&mut refers("requested_by", "users"))
                    .check(Expr::cust(
                        "status IN ('queued', 'running', 'succeeded', 'failed')",
                    ))
                    .take(),
            )
            .await?;
        index(manager, EXPORTS, &["organization_id", "requested_at"]).await?;
        index(manager, EXPORTS, &["requested_by"]).await?;
        unique_where(
            manager,
            EXPORTS,
            &["organization_id"],
            "finished_at IS NULL",
        )
        .await?;
        crate::wall::raise(manager, EXPORTS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[EXPORTS, INVITATIONS]).await?;
        for table in APPEND_ONLY {
            hold(manager, table).await?;
        }
        for (name, _) in columns() {
            let alter = Table::alter().table(ORGANIZATIONS).drop_column(name).take();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
