//! Ingredients on the same shelves as products, suppliers, recipes, and what a batch takes of them; from when on waste is worth an alert.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{
    drop_index, drop_tables, grant, index, key, owned_by, refers, revoke, table, unique,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const ORGANIZATIONS: &str = "organizations";
const PRODUCTS: &str = "products";
const SUPPLIERS: &str = "suppliers";
const INGREDIENTS: &str = "ingredients";
const PRICES: &str = "ingredient_prices";
const RECIPES: &str = "recipes";
const LINES: &str = "recipe_lines";
const TAKEN: &str = "order_ingredients";
const READ: &str = "recipes.read";
const WRITE: &str = "recipes.write";
const ROLES: &[&str] = &["production", "analyst"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let kind = Table::alter()
            .table(PRODUCTS)
            .add_column(text("kind").default("product").take())
            .take();
        manager.alter_table(kind).await?;
        index(manager, PRODUCTS, &["organization_id", "kind"]).await?;
        let alert = Table::alter()
            .table(ORGANIZATIONS)
            .add_column(big_integer("waste_alert_minor").default(1_000_i64).take())
            .take();
        manager.alter_table(alert).await?;
        manager
            .create_table(
                table(SUPPLIERS)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("name"))
                    .col(text_null("email"))
                    .col(text_null("phone"))
                    .col(integer("lead_time_days"))
                    .col(big_integer("order_cost_minor"))
                    .col(integer("version"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("lead_time_days >= 0"))
                    .check(Expr::cust("order_cost_minor >= 0"))
                    .take(),
            )
            .await?;
        unique(manager, SUPPLIERS, &["organization_id", "name"]).await?;
        manager
            .create_table(
                table(INGREDIENTS)
                    .col(uuid("product_id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid_null("supplier_id"))
                    .col(boolean("stocked"))
                    .col(boolean("flour"))
                    .col(big_integer("pack_quantity"))
                    .col(big_integer_null("pack_price_minor"))
                    .col(integer("holding_bp"))
                    .foreign_key(&mut owned_by("product_id", PRODUCTS))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("supplier_id", SUPPLIERS))
                    .check(Expr::cust("pack_quantity > 0"))
                    .check(Expr::cust("pack_price_minor >= 0"))
                    .check(Expr::cust("holding_bp >= 0"))
                    .take(),
            )
            .await?;
        index(manager, INGREDIENTS, &["organization_id"]).await?;
        index(manager, INGREDIENTS, &["supplier_id"]).await?;
        manager
            .create_table(
                table(PRICES)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("product_id"))
                    .col(uuid_null("supplier_id"))
                    .col(big_integer("pack_quantity"))
                    .col(big_integer("pack_price_minor"))
                    .col(uuid_null("actor_id"))
                    .col(timestamp_with_time_zone("recorded_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut owned_by("product_id", PRODUCTS))
                    .foreign_key(&mut refers("supplier_id", SUPPLIERS))
                    .foreign_key(&mut refers("actor_id", "users"))
                    .check(Expr::cust("pack_quantity > 0"))
                    .check(Expr::cust("pack_price_minor >= 0"))
                    .take(),
            )
            .await?;
        index(manager, PRICES, &["product_id", "recorded_at"]).await?;
        index(manager, PRICES, &["organization_id"]).await?;
        manager
            .create_table(
                table(RECIPES)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid_null("product_id"))
                    .col(text("name"))
                    .col(text("unit"))
                    .col(big_integer("yield_quantity"))
                    .col(integer("loss_bp"))
                    .col(big_integer("other_cost_minor"))
                    .col(integer_null("oven_minutes"))
                    .col(text_null("method"))
                    .col(integer("version"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("product_id", PRODUCTS))
                    .check(Expr::cust("yield_quantity > 0"))
                    .check(Expr::cust("loss_bp BETWEEN 0 AND 9000"))
                    .check(Expr::cust("oven_minutes > 0"))
                    .check(Expr::cust("other_cost_minor >= 0"))
                    .take(),
            )
            .await?;
        unique(manager, RECIPES, &["organization_id", "name"]).await?;
        unique(manager, RECIPES, &["product_id"]).await?;
        manager
            .create_table(
                table(LINES)
                    .col(uuid("recipe_id"))
                    .col(integer("position"))
                    .col(uuid("organization_id"))
                    .col(uuid_null("ingredient_id"))
                    .col(uuid_null("part_id"))
                    .col(big_integer("quantity"))
                    .primary_key(&mut key(&["recipe_id", "position"]))
                    .foreign_key(&mut owned_by("recipe_id", RECIPES))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("ingredient_id", PRODUCTS))
                    .foreign_key(&mut refers("part_id", RECIPES))
                    .check(Expr::cust("quantity > 0"))
                    .check(Expr::cust("(ingredient_id IS NULL) <> (part_id IS NULL)"))
                    .take(),
            )
            .await?;
        index(manager, LINES, &["organization_id"]).await?;
        index(manager, LINES, &["ingredient_id"]).await?;
        index(manager, LINES, &["part_id"]).await?;
        manager
            .create_table(
                table(TAKEN)
                    .col(uuid("order_id"))
                    .col(uuid("product_id"))
                    .col(uuid("organization_id"))
                    .col(uuid("store_id"))
                    .col(big_integer("reserved_quantity"))
                    .col(big_integer("used_quantity"))
                    .primary_key(&mut key(&["order_id", "product_id"]))
                    .foreign_key(&mut owned_by("order_id", "production_orders"))
                    .foreign_key(&mut refers("product_id", PRODUCTS))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .check(Expr::cust("reserved_quantity >= 0"))
                    .check(Expr::cust("used_quantity >= 0"))
                    .take(),
            )
            .await?;
        index(manager, TAKEN, &["organization_id"]).await?;
        index(manager, TAKEN, &["store_id", "product_id"]).await?;
        index(manager, TAKEN, &["product_id"]).await?;
        grant(manager, READ, ROLES).await?;
        grant(manager, WRITE, ROLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        revoke(manager, WRITE).await?;
        revoke(manager, READ).await?;
        drop_tables(
            manager,
            &[TAKEN, LINES, RECIPES, PRICES, INGREDIENTS, SUPPLIERS],
        )
        .await?;
        let alert = Table::alter()
            .table(ORGANIZATIONS)
            .drop_column("waste_alert_minor")
            .take();
        manager.alter_table(alert).await?;
        drop_index(manager, PRODUCTS, &["organization_id", "kind"]).await?;
        let kind = Table::alter().table(PRODUCTS).drop_column("kind").take();
        manager.alter_table(kind).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
