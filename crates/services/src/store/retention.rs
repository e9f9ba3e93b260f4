//! Old rows that an organization does not want to keep.

use crate::ServiceResult;
use chrono::{DateTime, NaiveDate, Utc};
use entity::organization;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, Statement,
    Value,
};
use uuid::Uuid;

/// What may be cleared away, and by which of its dates: what follows from other rows, and what is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clearable {
    /// By the day that was forecast; how good they were stays.
    Forecasts,
    ForecastTotals,
    /// By the end of their import; the file and its report stay.
    ImportRejects,
    /// By the moment at which they were over.
    Alerts,
}

impl Clearable {
    pub(crate) const ALL: [Self; 4] = [
        Self::Forecasts,
        Self::ForecastTotals,
        Self::ImportRejects,
        Self::Alerts,
    ];

    fn table(self) -> &'static str {
        match self {
            Self::Forecasts => "forecasts",
            Self::ForecastTotals => "forecast_totals",
            Self::ImportRejects => "import_rejects",
            Self::Alerts => "alerts",
        }
    }

    /// What makes a row old; `place` stands for the moment or day.
    fn is_old(self, place: &str) -> String {
        match self {
            Self::Forecasts | Self::ForecastTotals => format!("target_date < {place}"),
            Self::ImportRejects => {
                format!("import_id IN (SELECT id FROM imports WHERE finished_at < {place})")
            }
            Self::Alerts => format!("status = 'resolved' AND resolved_at < {place}"),
        }
    }
}

/// Organizations that want old rows cleared away, with how many months they keep.
pub(crate) async fn list_organizations(
    db: &impl ConnectionTrait,
) -> ServiceResult<Vec<(Uuid, i32)>> {
    let rows: Vec<(Uuid, Option<i32>)> = organization::Entity::find()
        .select_only()
        .column(organization::Column::Id)
        .column(organization::Column::KeepMonths)
        .filter(organization::Column::KeepMonths.is_not_null())
        .filter(organization::Column::ErasingSince.is_null())
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, months)| Some((id, months?)))
        .collect())
}

/// Deletes old rows of an organization, at most so many, and says how many went.
pub(crate) async fn delete_some(
    db: &impl ConnectionTrait,
    what: Clearable,
    organization_id: Uuid,
    before: (DateTime<Utc>, NaiveDate),
    limit: u64,
) -> ServiceResult<u64> {
    let backend = db.get_database_backend();
    let table = what.table();
    let sql = match backend {
        DbBackend::Postgres => format!(
            "DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} \
             WHERE organization_id = $1 AND {} LIMIT {limit}))",
            what.is_old("$2")
        ),
        _ => format!(
            "DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} \
             WHERE organization_id = ? AND {} LIMIT {limit})",
            what.is_old("?")
        ),
    };
    let before: Value = match what {
        Clearable::Forecasts | Clearable::ForecastTotals => before.1.into(),
        Clearable::ImportRejects | Clearable::Alerts => before.0.into(),
    };
    let statement = Statement::from_sql_and_values(backend, sql, [organization_id.into(), before]);
    Ok(db.execute_raw(statement).await?.rows_affected())
}
