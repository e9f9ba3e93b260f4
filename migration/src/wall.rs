//! The wall between tenants on PostgreSQL: row-level security. SQLite knows none, and nothing of this happens there. See
//! `docs/adr/0013-wall-between-tenants.md`.
//!
//! A connection says for whom it asks by two settings: `hornada.organization_id`, and `hornada.wall`, which is `open` for whoever asks
//! for no organization. Where neither is said, no row is seen.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Whom a user who stands above row-level security steps down to. A role belongs to the whole server, not to one database.
const TENANT: &str = "hornada_tenant";

const POLICY: &str = "tenant";

/// Puts a table with a column `organization_id` behind the wall. Every migration that adds a table of a tenant calls this, after its
/// columns and its numbering are there.
pub(crate) async fn raise(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    raise_by(manager, table, "organization_id").await
}

/// Like [`raise`], for a table that says under another name to whom a row belongs.
pub(crate) async fn raise_by(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
) -> Result<(), DbErr> {
    // In subqueries, so that the settings are read once a statement and not once a row. A setting that was made for a transaction that is
    // over reads as an empty text.
    let allowed = format!(
        "{column} = (SELECT nullif(current_setting('hornada.organization_id', true), '')::uuid) \
         OR (SELECT current_setting('hornada.wall', true) = 'open')"
    );
    let statements = [
        format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
        // Else whoever made the table would not be bound.
        format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
        format!("CREATE POLICY {POLICY} ON {table} USING ({allowed}) WITH CHECK ({allowed})"),
        format!(
            "DO $$ DECLARE numbering regclass; BEGIN \
             IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{TENANT}') THEN RETURN; END IF; \
             GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {TENANT}; \
             FOR numbering IN SELECT DISTINCT d.objid::regclass FROM pg_depend d JOIN pg_class s ON s.oid = d.objid \
              WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass \
                AND d.refobjid = '{table}'::regclass AND s.relkind = 'S' LOOP \
             EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %s TO {TENANT}', numbering); \
             END LOOP; END $$"
        ),
    ];
    execute(manager, &statements).await
}

/// Takes back what [`raise`] did. A table that is dropped takes its part of the wall with it.
pub(crate) async fn lower(manager: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let statements = [
        format!("DROP POLICY {POLICY} ON {table}"),
        format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"),
        format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
        format!(
            "DO $$ BEGIN \
             IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{TENANT}') THEN REVOKE ALL ON {table} FROM {TENANT}; END IF; \
             END $$"
        ),
    ];
    execute(manager, &statements).await
}

/// Makes the role of tenants where it is not there and may be made: a server whose databases are all migrated at once makes it once.
/// Whoever may not make it goes without, and says so; a user whom the policies bind anyway needs none.
pub(crate) async fn make_role(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let statements = [
        format!(
            "DO $$ BEGIN \
             IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{TENANT}') THEN RETURN; END IF; \
             CREATE ROLE {TENANT} NOLOGIN; \
             EXCEPTION \
             WHEN duplicate_object OR unique_violation THEN NULL; \
             WHEN insufficient_privilege THEN RAISE WARNING 'the role {TENANT} cannot be made by %', current_user; \
             END $$"
        ),
        // A superuser may become anybody; a user who merely bypasses policies must be told that it may step down.
        format!(
            "DO $$ BEGIN \
             IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{TENANT}') \
                AND (SELECT rolbypassrls AND NOT rolsuper FROM pg_roles WHERE rolname = current_user) THEN \
             EXECUTE format('GRANT {TENANT} TO %I', current_user); END IF; \
             EXCEPTION \
             WHEN unique_violation THEN NULL; \
             WHEN insufficient_privilege THEN RAISE WARNING '% cannot be made a member of {TENANT}', current_user; \
             END $$"
        ),
        format!(
            "DO $$ BEGIN \
             IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{TENANT}') THEN \
             EXECUTE format('GRANT USAGE ON SCHEMA %I TO {TENANT}', current_schema()); END IF; \
             EXCEPTION \
             WHEN insufficient_privilege THEN RAISE WARNING 'schema % cannot be opened to {TENANT}', current_schema(); \
             END $$"
        ),
    ];
    execute(manager, &statements).await
}

/// Takes the schema back from the role. The role stays: other databases of the server may use it.
pub(crate) async fn forget_role(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let statement = format!(
        "DO $$ BEGIN \
         IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{TENANT}') THEN \
         EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM {TENANT}', current_schema()); END IF; \
         EXCEPTION WHEN insufficient_privilege THEN NULL; \
         END $$"
    );
    execute(manager, &[statement]).await
}

async fn execute(manager: &SchemaManager<'_>, statements: &[String]) -> Result<(), DbErr> {
    if manager.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(statement)
            .await?;
    }
    Ok(())
}
