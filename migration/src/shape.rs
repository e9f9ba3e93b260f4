//! The few forms from which every table is built, equal on both engines.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// A new table.
pub(crate) fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).take()
}

/// A primary key of several columns.
pub(crate) fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(*column);
    }
    key
}

/// `column` names a row of `parent`, which cannot be removed while it is named.
pub(crate) fn refers(column: &'static str, parent: &'static str) -> ForeignKeyCreateStatement {
    foreign_key(column, parent, ForeignKeyAction::Restrict)
}

/// `column` names the row of `parent` of which this row is a part: both go together.
pub(crate) fn owned_by(column: &'static str, parent: &'static str) -> ForeignKeyCreateStatement {
    foreign_key(column, parent, ForeignKeyAction::Cascade)
}

fn foreign_key(
    column: &'static str,
    parent: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from_col(column)
        .to_tbl(parent)
        .to_col("id")
        .on_delete(on_delete)
        .take()
}

/// Adds an index for a list or for the checking of a foreign key.
pub(crate) async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    let mut index = named("ix", table, columns);
    manager.create_index(index.take()).await
}

/// Removes what [`index`] added.
pub(crate) async fn drop_index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    let mut index = Index::drop();
    index.name(index_name("ix", table, columns)).table(table);
    manager.drop_index(index).await
}

/// Refuses a second row with the same values. As in SQL's standard, an absent value equals nothing.
pub(crate) async fn unique(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    let mut index = named("uq", table, columns);
    manager.create_index(index.unique().take()).await
}

/// Like [`unique`], among the rows that satisfy `condition` only.
pub(crate) async fn unique_where(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
    condition: &'static str,
) -> Result<(), DbErr> {
    let name = index_name("uq", table, columns);
    let columns = columns.join(", ");
    let statement = format!("CREATE UNIQUE INDEX {name} ON {table} ({columns}) WHERE {condition}");
    manager
        .get_connection()
        .execute_unprepared(&statement)
        .await
        .map(drop)
}

fn named(prefix: &str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(index_name(prefix, table, columns)).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

fn index_name(prefix: &str, table: &str, columns: &[&str]) -> String {
    format!("{prefix}_{table}_{}", columns.join("_"))
}

/// Makes the database itself refuse to change or remove rows of `table`.
pub(crate) async fn append_only(
    manager: &SchemaManager<'_>,
    table: &'static str,
) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let statements = match manager.get_database_backend() {
        DbBackend::Sqlite => ["UPDATE", "DELETE"]
            .map(|verb| {
                format!(
                    "CREATE TRIGGER {table}_refuse_{} BEFORE {verb} ON {table} \
                     BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
                    verb.to_lowercase(),
                )
            })
            .to_vec(),
        DbBackend::Postgres => vec![
            format!(
                "CREATE FUNCTION {table}_refuse_change() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION '{table} is append-only' \
                 USING ERRCODE = 'restrict_violation'; END $$"
            ),
            format!(
                "CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE ON {table} \
                 FOR EACH ROW EXECUTE FUNCTION {table}_refuse_change()"
            ),
            format!(
                "CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} \
                 FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse_change()"
            ),
        ],
        other => {
            return Err(DbErr::Migration(format!(
                "the schema is written for SQLite and PostgreSQL, not for {other:?}"
            )));
        }
    };
    for statement in statements {
        connection.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Drops tables in the given order, with what [`append_only`] made for them.
pub(crate) async fn drop_tables(
    manager: &SchemaManager<'_>,
    tables: &[&'static str],
) -> Result<(), DbErr> {
    for table in tables {
        manager
            .drop_table(Table::drop().table(*table).take())
            .await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            manager
                .get_connection()
                .execute_unprepared(&format!("DROP FUNCTION IF EXISTS {table}_refuse_change()"))
                .await?;
        }
    }
    Ok(())
}

/// Takes back what [`append_only`] made.
pub(crate) async fn rewritable(
    manager: &SchemaManager<'_>,
    table: &'static str,
) -> Result<(), DbErr> {
    let statements = match manager.get_database_backend() {
        DbBackend::Postgres => vec![
            format!("DROP TRIGGER {table}_refuse_change ON {table}"),
            format!("DROP TRIGGER {table}_refuse_truncate ON {table}"),
            format!("DROP FUNCTION {table}_refuse_change()"),
        ],
        _ => ["update", "delete"]
            .map(|verb| format!("DROP TRIGGER {table}_refuse_{verb}"))
            .to_vec(),
    };
    for statement in statements {
        manager
            .get_connection()
            .execute_unprepared(&statement)
            .await?;
    }
    Ok(())
}

/// Gives a permission to the roles with these keys, in every organization that is there.
pub(crate) async fn grant(
    manager: &SchemaManager<'_>,
    permission: &str,
    roles: &[&str],
) -> Result<(), DbErr> {
    for role in roles {
        let statement = match manager.get_database_backend() {
            DbBackend::Postgres => format!(
                "UPDATE roles SET permissions = permissions || '[\"{permission}\"]'::jsonb WHERE key = '{role}'"
            ),
            _ => format!(
                "UPDATE roles SET permissions = json_insert(permissions, '$[#]', '{permission}') WHERE key = '{role}'"
            ),
        };
        manager
            .get_connection()
            .execute_unprepared(&statement)
            .await?;
    }
    Ok(())
}

/// Takes a permission from every role.
pub(crate) async fn revoke(manager: &SchemaManager<'_>, permission: &str) -> Result<(), DbErr> {
    let statement = match manager.get_database_backend() {
        DbBackend::Postgres => {
            format!("UPDATE roles SET permissions = permissions - '{permission}'")
        }
        _ => format!(
            "UPDATE roles SET permissions = (SELECT json_group_array(value) FROM json_each(permissions) WHERE value <> '{permission}')"
        ),
    };
    manager
        .get_connection()
        .execute_unprepared(&statement)
        .await
        .map(drop)
}
