//! Model versions, forecasts, people's overrides and scores.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, key, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("model_versions")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(integer("number"))
                    .col(text("family"))
                    .col(text("artifact_path"))
                    .col(json_binary("manifest"))
                    .col(text("schema_hash"))
                    .col(text("data_version"))
                    .col(text("code_version"))
                    .col(big_integer("seed"))
                    .col(date("trained_on"))
                    .col(json_binary("metrics"))
                    .col(json_binary("baseline_metrics"))
                    .col(boolean("passed_gate"))
                    .col(big_integer("parameter_count"))
                    .col(big_integer("duration_ms"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("number >= 1"))
                    .check(Expr::cust("parameter_count >= 0"))
                    .check(Expr::cust("duration_ms >= 0"))
                    .take(),
            )
            .await?;
        unique(manager, "model_versions", &["organization_id", "number"]).await?;

        manager
            .create_table(
                table("model_aliases")
                    .col(uuid("organization_id"))
                    .col(text("alias"))
                    .col(uuid("model_version_id"))
                    .col(timestamp_with_time_zone("since_at"))
                    .primary_key(&mut key(&["organization_id", "alias"]))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("model_version_id", "model_versions"))
                    .take(),
            )
            .await?;

        manager
            .create_table(
                table("model_alias_history")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("alias"))
                    .col(uuid_null("from_version_id"))
                    .col(uuid_null("to_version_id"))
                    .col(text("reason"))
                    .col(uuid_null("actor_id"))
                    .col(timestamp_with_time_zone("at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("from_version_id", "model_versions"))
                    .foreign_key(&mut refers("to_version_id", "model_versions"))
                    .foreign_key(&mut refers("actor_id", "users"))
                    .take(),
            )
            .await?;
        index(manager, "model_alias_history", &["organization_id", "at"]).await?;

        manager
.create_table(
table("forecasts")
.col(uuid("store_id"))
.col(uuid("product_id"))
.col(date("issued_on"))
.col(date("target_date"))
.col(uuid("organization_id"))
.col(integer("horizon"))
.col(text("source"))
.col(uuid_null("model_version_id"))
.col(big_integer("mean_milli"))
.col(big_integer("q05_milli"))
.col(big_integer("q10_milli"))
.col(big_integer("q20_milli"))
.col(big_integer("q30_milli"))
.col(big_integer("q40_milli"))
.col(big_integer("q50_milli"))
.col(big_integer("q60_milli"))
.col(big_integer("q70_milli"))
.col(big_integer("q80_milli"))
.col(big_integer("q90_milli"))
.col(big_integer("q95_milli"))
.primary_key(&mut key(&["store_id", "product_id", "issued_on", "target_date"]))
.foreign_key(&mut refers("store_id", "stores"))
.foreign_key(&mut refers("product_id", "products"))
.foreign_key(&mut refers("organization_id", "organizations"))
.foreign_key(&mut refers("model_version_id", "model_versions"))
.check(Expr::cust("horizon >= 0"))
.check(Expr::cust("mean_milli >= 0"))
.check(Expr::cust("q05_milli >= 0 AND q05_milli <= q10_milli AND q10_milli <= q20_milli AND q20_milli <= q30_milli AND q30_milli <= q40_milli AND q40_milli <= q50_milli AND q50_milli <= q60_milli AND q60_milli <= q70_milli AND q70_milli <= q80_milli AND q80_milli <= q90_milli AND q90_milli <= q95_milli"))
.take(),
)
.await?;
        index(manager, "forecasts", &["organization_id", "issued_on"]).await?;
        index(manager, "forecasts", &["organization_id", "target_date"]).await?;
        index(manager, "forecasts", &["store_id", "target_date"]).await?;

        manager
            .create_table(
                table("forecast_overrides")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("store_id"))
                    .col(uuid("product_id"))
                    .col(date("target_date"))
                    .col(big_integer("quantity"))
                    .col(text_null("note"))
                    .col(uuid("author_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .col(integer("version"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("author_id", "users"))
                    .check(Expr::cust("quantity >= 0"))
                    .take(),
            )
            .await?;
        unique(
            manager,
            "forecast_overrides",
            &["store_id", "product_id", "target_date"],
        )
        .await?;
        index(
            manager,
            "forecast_overrides",
            &["organization_id", "target_date"],
        )
        .await?;

        manager
            .create_table(
                table("forecast_scores")
                    .col(uuid("store_id"))
                    .col(uuid("product_id"))
                    .col(date("target_date"))
                    .col(integer("horizon"))
                    .col(uuid("organization_id"))
                    .col(date("issued_on"))
                    .col(text("source"))
                    .col(uuid_null("model_version_id"))
                    .col(big_integer("actual"))
                    .col(big_integer("mean_milli"))
                    .col(big_integer("q50_milli"))
                    .col(big_integer("absolute_error_milli"))
                    .col(big_integer("quantile_loss_milli"))
                    .col(boolean("inside_80"))
                    .col(big_integer_null("baseline_q50_milli"))
                    .col(big_integer_null("override_quantity"))
                    .col(boolean("censored"))
                    .col(timestamp_with_time_zone("scored_at"))
                    .primary_key(&mut key(&[
                        "store_id",
                        "product_id",
                        "target_date",
                        "horizon",
                    ]))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("model_version_id", "model_versions"))
                    .check(Expr::cust("horizon >= 0"))
                    .check(Expr::cust("absolute_error_milli >= 0"))
                    .check(Expr::cust("quantile_loss_milli >= 0"))
                    .take(),
            )
            .await?;
        index(
            manager,
            "forecast_scores",
            &["organization_id", "target_date"],
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &[
                "forecast_scores",
                "forecast_overrides",
                "forecasts",
                "model_alias_history",
                "model_aliases",
                "model_versions",
            ],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
