//! Ingredients, suppliers and recipes, for the screens.

use contract::AppError;
use contract::ingredients as ingredient;
use contract::purchases as purchase;
use contract::recipes as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use uuid::Uuid;

/// Ingredients with the stock of a kitchen.
#[server(endpoint = "list_ingredients", input = Json, output = Compact)]
pub async fn list_ingredients(
    wanted: ingredient::ReadIngredients,
) -> Result<ingredient::IngredientsView, AppError> {
    crate::ssr::run(async |services, ctx| services.ingredients().list(&ctx, wanted).await).await
}

/// What an ingredient cost.
#[server(endpoint = "list_ingredient_prices", input = Json, output = Compact)]
pub async fn list_ingredient_prices(
    ingredient_id: Uuid,
) -> Result<Vec<ingredient::PriceView>, AppError> {
    crate::ssr::run(async |services, ctx| services.ingredients().prices(&ctx, ingredient_id).await)
        .await
}

/// What a kitchen should buy.
#[server(endpoint = "list_to_buy", input = Json, output = Compact)]
pub async fn list_to_buy(
    wanted: ingredient::ReadIngredients,
) -> Result<ingredient::PurchaseList, AppError> {
    crate::ssr::run(async |services, ctx| services.ingredients().to_buy(&ctx, wanted).await).await
}

/// Adds or changes an ingredient.
#[server(endpoint = "save_ingredient", input = Json, output = Compact)]
pub async fn save_ingredient(
    command: ingredient::SaveIngredient,
) -> Result<ingredient::IngredientView, AppError> {
    crate::ssr::run(async |services, ctx| services.ingredients().save(&ctx, command).await).await
}

/// Adds or changes a supplier.
#[server(endpoint = "save_supplier", input = Json, output = Compact)]
pub async fn save_supplier(
    command: ingredient::SaveSupplier,
) -> Result<ingredient::SupplierView, AppError> {
    crate::ssr::run(async |services, ctx| services.ingredients().save_supplier(&ctx, command).await)
        .await
}

/// Puts a delivery onto the shelves.
#[server(endpoint = "receive_delivery", input = Json, output = Compact)]
pub async fn receive_delivery(
    command: ingredient::ReceiveDelivery,
) -> Result<ingredient::DeliveryView, AppError> {
    crate::ssr::run(async |services, ctx| services.ingredients().deliver(&ctx, command).await).await
}

/// Writes down what was sent to a supplier.
#[server(endpoint = "create_purchase", input = Json, output = Compact)]
pub async fn create_purchase(
    command: purchase::CreatePurchase,
) -> Result<purchase::PurchaseView, AppError> {
    crate::ssr::run(async |services, ctx| services.purchases().create(&ctx, command).await).await
}

/// Puts what came of a purchase onto the shelves.
#[server(endpoint = "receive_purchase", input = Json, output = Compact)]
pub async fn receive_purchase(
    command: purchase::ReceivePurchase,
) -> Result<purchase::PurchaseView, AppError> {
    crate::ssr::run(async |services, ctx| services.purchases().receive(&ctx, command).await).await
}

/// Nothing more comes of a purchase.
#[server(endpoint = "cancel_purchase", input = Json, output = Compact)]
pub async fn cancel_purchase(
    command: purchase::CancelPurchase,
) -> Result<purchase::PurchaseView, AppError> {
    crate::ssr::run(async |services, ctx| services.purchases().cancel(&ctx, command).await).await
}

/// All recipes.
#[server(endpoint = "list_recipes", input = Json, output = Compact)]
pub async fn list_recipes() -> Result<wire::RecipesView, AppError> {
    crate::ssr::run(async |services, ctx| services.recipes().list(&ctx).await).await
}

/// Adds or changes a recipe.
#[server(endpoint = "save_recipe", input = Json, output = Compact)]
pub async fn save_recipe(command: wire::SaveRecipe) -> Result<wire::RecipeView, AppError> {
    crate::ssr::run(async |services, ctx| services.recipes().save(&ctx, command).await).await
}

/// Removes a recipe.
#[server(endpoint = "remove_recipe", input = Json, output = Compact)]
pub async fn remove_recipe(command: wire::RemoveRecipe) -> Result<(), AppError> {
    crate::ssr::run(async |services, ctx| services.recipes().remove(&ctx, command).await).await
}

/// What a batch takes and lacks.
#[server(endpoint = "read_needs", input = Json, output = Compact)]
pub async fn read_needs(wanted: wire::ReadNeeds) -> Result<wire::NeedsView, AppError> {
    crate::ssr::run(async |services, ctx| services.recipes().needs(&ctx, wanted).await).await
}
