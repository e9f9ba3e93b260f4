//! The wall between tenants: row-level security on every table, on PostgreSQL.

use sea_orm_migration::prelude::*;

use crate::wall::{forget_role, lower, make_role, raise, raise_by};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const ORGANIZATIONS: &str = "organizations";

/// Every table whose rows name their organization.
const TABLES: [&str; 57] = [
    "stores",
    "categories",
    "products",
    "store_products",
    "users",
    "roles",
    "user_roles",
    "user_store_scopes",
    "sessions",
    "sales",
    "sale_lines",
    "daily_sales",
    "suppliers",
    "ingredients",
    "ingredient_prices",
    "recipes",
    "recipe_lines",
    "stock_movements",
    "stock_levels",
    "stock_counts",
    "stock_count_lines",
    "count_sheets",
    "count_sheet_lines",
    "lots",
    "purchases",
    "purchase_lines",
    "purchase_receipts",
    "transfers",
    "transfer_lines",
    "transfer_parts",
    "production_orders",
    "standing_orders",
    "order_batches",
    "order_ingredients",
    "suggestions",
    "suggestion_versions",
    "suggestion_outcomes",
    "model_versions",
    "model_searches",
    "model_aliases",
    "model_alias_history",
    "forecasts",
    "forecast_totals",
    "forecast_overrides",
    "forecast_scores",
    "imports",
    "import_rejects",
    "promotions",
    "calendar_entries",
    "weather_days",
    "job_runs",
    "job_steps",
    "alerts",
    "audit_entries",
    "audit_heads",
    "command_receipts",
    "live_events",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        make_role(manager).await?;
        raise_by(manager, ORGANIZATIONS, "id").await?;
        for table in TABLES {
            raise(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            lower(manager, table).await?;
        }
        lower(manager, ORGANIZATIONS).await?;
        forget_role(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
