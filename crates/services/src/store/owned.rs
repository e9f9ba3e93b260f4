//! Every table whose rows belong to an organization: what is exported of it, and in which order its rows go when the organization is
//! erased. A new table stands here too; a test compares the list with the database.

use crate::{ServiceError, ServiceResult};
use chrono::SecondsFormat;
use futures::TryStreamExt;
use sea_orm::sea_query::sea_value_to_json_value;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityName, EntityTrait,
    IdenStatic, Iterable, ModelTrait, QueryFilter, Statement, Value,
};
use serde_json::{Map, json};
use std::pin::pin;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use uuid::Uuid;

/// What an export holds of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exported {
    Whole,
    /// Everything but these columns, which are secrets.
    Without(&'static [&'static str]),
    /// Nothing, for this reason.
    Never(&'static str),
}

/// A table whose rows belong to an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owned {
    pub table: &'static str,
    /// The column by which a row names another one of the same table.
    pub names: Option<&'static str>,
    pub exported: Exported,
}

macro_rules! owned {
    ($($module:ident, $names:expr, $exported:expr;)+) => {
        /// Every table of tenants, in an order in which rows can be deleted: what names a row goes before it.
        #[must_use]
        pub fn owned() -> Vec<Owned> {
            vec![$(Owned {
                table: EntityName::table_name(&entity::$module::Entity),
                names: $names,
                exported: $exported,
            }),+]
        }

        /// Writes an organization's rows of a table as lines of JSON, and says how many.
        pub(crate) async fn copy<W: AsyncWrite + Unpin + Send>(
            db: &DatabaseTransaction,
            table: &Owned,
            organization_id: Uuid,
            out: &mut W,
        ) -> ServiceResult<u64> {
            let without: &[&str] = match table.exported {
                Exported::Whole => &[],
                Exported::Without(columns) => columns,
                Exported::Never(_) => return Ok(0),
            };
            $(
                if table.table == EntityName::table_name(&entity::$module::Entity) {
                    let own = entity::$module::Column::OrganizationId;
                    return copy_rows::<entity::$module::Entity, W>(db, own, organization_id, without, out).await;
                }
            )+
            Err(ServiceError::Internal(format!("{} is no table of tenants", table.table)))
        }
    };
}

use Exported::{Never, Whole, Without};

owned! {
    organization_export, None, Never("the work on this file");
    channel_message, None, Whole;
    alert_rule, None, Whole;
    alert_channel, None, Without(&["secret"]);
    alert, None, Whole;
    audit_check, None, Whole;
    audit_entry, None, Whole;
    audit_head, None, Whole;
    calendar_entry, None, Whole;
    command_receipt, None, Never("repeats what other tables hold, for commands that are sent twice");
    count_sheet_line, None, Whole;
    daily_sales, None, Whole;
    forecast_override, None, Whole;
    forecast_score, None, Whole;
    forecast_total, None, Whole;
    forecast, None, Whole;
    idempotent_answer, None, Never("repeats what other tables hold, for requests that are sent twice");
    import_reject, None, Whole;
    invitation, None, Without(&["token_hash"]);
    ingredient_price, None, Whole;
    ingredient, None, Whole;
    job_step, None, Whole;
    live_event, None, Never("what open pages were told in the last two days");
    model_alias_history, None, Whole;
    model_alias, None, Whole;
    model_search, None, Whole;
    outgoing_mail, None, Never("mails on their way; what they are about stands in other tables");
    order_batch, None, Whole;
    order_ingredient, None, Whole;
    passkey, None, Without(&["credential_id", "credential"]);
    passkey_challenge, None, Never("secrets of who is signed in");
    password_reset, None, Never("secrets of who is signed in");
    pin_failure, None, Never("how often somebody mistyped");
    pin, None, Never("secrets of who is signed in");
    promotion, None, Whole;
    purchase_line, None, Whole;
    purchase_receipt, None, Whole;
    recipe_line, None, Whole;
    recovery_code, None, Never("secrets of who is signed in");
    refresh_token, None, Never("secrets of who is signed in");
    sale_line, None, Whole;
    session, None, Never("secrets of who is signed in");
    standing_order, None, Whole;
    stock_count_line, None, Whole;
    stock_level, None, Whole;
    stock_movement, Some("reverses_id"), Whole;
    store_product, None, Whole;
    suggestion_outcome, None, Whole;
    suggestion_version, None, Whole;
    tablet, None, Without(&["token_hash"]);
    transfer_line, None, Whole;
    transfer_part, None, Whole;
    user_factor, None, Never("secrets of who is signed in");
    user_identity, None, Whole;
    identity_provider_domain, None, Whole;
    identity_provider, None, Without(&["secret_sealed"]);
    user_role, None, Whole;
    user_store_scope, None, Whole;
    weather_day, None, Whole;
    api_key, Some("rotated_from"), Without(&["secret_hash"]);
    count_sheet, None, Whole;
    lot, None, Whole;
    model_version, None, Whole;
    purchase, None, Whole;
    recipe, None, Whole;
    role, None, Whole;
    sale, None, Whole;
    transfer, None, Whole;
    import, None, Whole;
    production_order, None, Whole;
    stock_count, None, Whole;
    supplier, None, Whole;
    suggestion, None, Whole;
    job_run, None, Whole;
    product, None, Whole;
    store, Some("kitchen_store_id"), Whole;
    category, None, Whole;
    user, None, Without(&["password_hash"]);
}

fn broken(error: &dyn std::fmt::Display) -> ServiceError {
    ServiceError::Internal(format!("an export cannot be written: {error}"))
}

/// A value as other programs read it: moments as RFC 3339, days as ISO 8601.
fn plain(value: &Value) -> serde_json::Value {
    match value {
        Value::ChronoDate(Some(day)) => json!(day.to_string()),
        Value::ChronoDateTimeUtc(Some(at)) => {
            json!(at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        }
        other => sea_value_to_json_value(other),
    }
}

async fn write_line<M: ModelTrait, W: AsyncWrite + Unpin + Send>(
    row: M,
    without: &[&str],
    out: &mut W,
) -> ServiceResult<()> {
    let mut bytes = {
        let mut line = Map::new();
        for column in <M::Entity as EntityTrait>::Column::iter() {
            let name = IdenStatic::as_str(&column);
            if !without.contains(&name) {
                line.insert(name.to_owned(), plain(&row.get(column)));
            }
        }
        serde_json::to_vec(&line).map_err(|e| broken(&e))?
    };
    bytes.push(b'\n');
    out.write_all(&bytes).await.map_err(|e| broken(&e))
}

async fn copy_rows<E: EntityTrait, W: AsyncWrite + Unpin + Send>(
    db: &DatabaseTransaction,
    own: E::Column,
    organization_id: Uuid,
    without: &[&str],
    out: &mut W,
) -> ServiceResult<u64> {
    let mut rows = pin!(E::find().filter(own.eq(organization_id)).stream(db).await?);
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        write_line(row, without, out).await?;
        count += 1;
    }
    Ok(count)
}

/// Writes the organization's own row.
pub(crate) async fn copy_organization<W: AsyncWrite + Unpin + Send>(
    db: &DatabaseTransaction,
    organization_id: Uuid,
    out: &mut W,
) -> ServiceResult<u64> {
    let own = entity::organization::Column::Id;
    copy_rows::<entity::organization::Entity, W>(db, own, organization_id, &[], out).await
}

/// Deletes some rows of a table, at most so many, and of those that name each other only what nothing names. Says how many went.
pub(crate) async fn delete_some(
    db: &impl ConnectionTrait,
    table: &Owned,
    organization_id: Uuid,
    limit: u64,
) -> ServiceResult<u64> {
    let name = table.table;
    let unnamed = table.names.map_or_else(String::new, |column| {
        format!(
            " AND NOT EXISTS (SELECT 1 FROM {name} naming WHERE naming.{column} = own.id AND naming.id <> own.id)"
        )
    });
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => format!(
            "DELETE FROM {name} WHERE ctid = ANY(ARRAY(SELECT own.ctid FROM {name} own \
             WHERE own.organization_id = $1{unnamed} LIMIT {limit}))"
        ),
        _ => format!(
            "DELETE FROM {name} WHERE rowid IN (SELECT own.rowid FROM {name} own \
             WHERE own.organization_id = ?{unnamed} LIMIT {limit})"
        ),
    };
    let statement = Statement::from_sql_and_values(backend, sql, [organization_id.into()]);
    Ok(db.execute_raw(statement).await?.rows_affected())
}

/// Says to PostgreSQL that this transaction erases an organization: what only grows lets its rows go then.
pub(crate) async fn allow_erasing(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<()> {
    if db.get_database_backend() == DbBackend::Postgres {
        // The value is ours: a number.
        db.execute_unprepared(&format!("SET LOCAL hornada.erasing = '{organization_id}'"))
            .await?;
    }
    Ok(())
}
