//! Ingredients, suppliers, deliveries and recipes over REST.

mod bodies;

use super::changes::{Removal, changed, done, identifier, query, seen, shown};
use super::cursor::{self, Part};
use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use bodies::{Ingredient, OfKitchen, Recipe, Supplier};
use contract::Page;
use contract::ingredients::{
    DeliveryView, IngredientView, PriceView, PurchaseList, ReadIngredients, ReceiveDelivery,
    SupplierView,
};
use contract::recipes::{NeedsView, ReadNeeds, RecipeView, RemoveRecipe};
use domain::Permission;
use http::{HeaderMap, StatusCode};
use services::ServiceError;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::RecipesRead);
    let write = Access::Needs(Permission::RecipesWrite);
    vec![
        Endpoint::get("/api/v1/ingredients", read, list_ingredients)
            .named("listIngredients")
            .summary("Ingredients by code, with the stock of a kitchen")
            .asks::<OfKitchen>()
            .gives_page::<IngredientView>(),
        Endpoint::post("/api/v1/ingredients", write, add_ingredient)
            .named("createIngredient")
            .summary("A new ingredient")
            .takes::<Ingredient>()
            .gives::<IngredientView>(),
        Endpoint::get("/api/v1/ingredients/to-buy", read, to_buy)
            .named("readPurchaseList")
            .summary("What to buy for a kitchen, by supplier, and what is on order")
            .asks::<ReadIngredients>()
            .gives::<PurchaseList>(),
        Endpoint::put("/api/v1/ingredients/{id}", write, put_ingredient)
            .named("changeIngredient")
            .summary("All that the ingredient is from now on; its unit cannot change")
            .takes::<Ingredient>()
            .gives::<IngredientView>(),
        Endpoint::get("/api/v1/ingredients/{id}/prices", read, prices)
            .named("listIngredientPrices")
            .summary("The latest prices of an ingredient, the newest first")
            .gives_list::<PriceView>(),
        Endpoint::get("/api/v1/suppliers", read, list_suppliers)
            .named("listSuppliers")
            .summary("Who brings ingredients, by name")
            .asks::<Part>()
            .gives_page::<SupplierView>(),
        Endpoint::post("/api/v1/suppliers", write, add_supplier)
            .named("createSupplier")
            .summary("A new supplier")
            .takes::<Supplier>()
            .gives::<SupplierView>(),
        Endpoint::put("/api/v1/suppliers/{id}", write, put_supplier)
            .named("changeSupplier")
            .summary("All that the supplier is from now on")
            .takes::<Supplier>()
            .gives::<SupplierView>(),
        Endpoint::post("/api/v1/deliveries", write, deliver)
            .named("receiveDelivery")
            .summary(
                "Puts what a supplier brought without a purchase onto the shelves of a kitchen",
            )
            .takes::<ReceiveDelivery>()
            .gives::<DeliveryView>(),
        Endpoint::get("/api/v1/recipes", read, list_recipes)
            .named("listRecipes")
            .summary("Recipes by name, with cost and allergens")
            .asks::<Part>()
            .gives_page::<RecipeView>(),
        Endpoint::post("/api/v1/recipes", write, add_recipe)
            .named("createRecipe")
            .summary("A new recipe, of a product or of a dough or a filling")
            .takes::<Recipe>()
            .gives::<RecipeView>(),
        Endpoint::get("/api/v1/recipes/needs", read, needs)
            .named("readNeeds")
            .summary("What a batch would take and lack, through all levels")
            .asks::<ReadNeeds>()
            .gives::<NeedsView>(),
        Endpoint::get("/api/v1/recipes/{id}", read, show_recipe)
            .named("readRecipe")
            .summary("One recipe, its version as `ETag`")
            .gives::<RecipeView>(),
        Endpoint::put("/api/v1/recipes/{id}", write, put_recipe)
            .named("changeRecipe")
            .summary("All that the recipe is from now on")
            .takes::<Recipe>()
            .gives::<RecipeView>(),
        Endpoint::delete("/api/v1/recipes/{id}", write, remove_recipe)
            .named("removeRecipe")
            .summary("Removes a recipe that no other one uses")
            .asks::<Removal>()
            .gives_nothing(),
    ]
}

/// `GET /api/v1/ingredients?store_id=ID&limit=50&after=CURSOR`: ingredients by code, with the stock of a kitchen, the first in scope where none is
/// named.
async fn list_ingredients(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<OfKitchen>, QueryRejection>,
) -> ApiResult<Page<IngredientView>> {
    let asked = query(&ctx, asked)?;
    let wanted = ReadIngredients {
        store_id: asked.store_id,
    };
    let part = Part {
        after: asked.after,
        limit: asked.limit,
    };
    let found = state.services.ingredients().list(&ctx, wanted).await;
    let found = found.map(|view| view.items);
    cursor::part_of(&ctx, found, part, |ingredient| ingredient.code.clone())
}

/// `POST /api/v1/ingredients`: a new ingredient. The same `command_id` has one effect and one answer.
async fn add_ingredient(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<Ingredient>, JsonRejection>,
) -> Result<Response, ApiError> {
    let command = body(&ctx, asked)?.command(None, 0);
    let result = state.services.ingredients().save(&ctx, command).await;
    shown(&ctx, result, |ingredient| ingredient.version)
}

/// `GET /api/v1/ingredients/to-buy?store_id=ID`: what to buy for a kitchen, by supplier, and what is on order.
async fn to_buy(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ReadIngredients>, QueryRejection>,
) -> ApiResult<PurchaseList> {
    let wanted = query(&ctx, asked)?;
    answer(
        &ctx,
        state.services.ingredients().to_buy(&ctx, wanted).await,
    )
}

/// `PUT /api/v1/ingredients/{id}` with `If-Match` or `version`: all that the ingredient is from now on; its unit cannot change.
async fn put_ingredient(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Json<Ingredient>, JsonRejection>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, "ingredient not found")?;
    let asked = body(&ctx, asked)?;
    let seen = seen(&ctx, &headers, asked.version)?;
    let command = asked.command(Some(id), seen.version);
    let result = state.services.ingredients().save(&ctx, command).await;
    Ok(changed(&ctx, seen, result, |ingredient| ingredient.version))
}

/// `GET /api/v1/ingredients/{id}/prices`: the latest prices of an ingredient, the newest first.
async fn prices(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> ApiResult<Vec<PriceView>> {
    let id = identifier(&ctx, &id, "ingredient not found")?;
    let ingredients = state.services.ingredients();
    let wanted = ReadIngredients { store_id: None };
    let all = answer(&ctx, ingredients.list(&ctx, wanted).await)?;
    let known = all.0.items.iter().any(|ingredient| ingredient.id == id);
    let prices = if known {
        ingredients.prices(&ctx, id).await
    } else {
        Err(ServiceError::NotFound("ingredient"))
    };
    answer(&ctx, prices)
}

/// `GET /api/v1/suppliers?limit=50&after=CURSOR`: who brings ingredients, by name.
async fn list_suppliers(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Part>, QueryRejection>,
) -> ApiResult<Page<SupplierView>> {
    let part = query(&ctx, asked)?;
    let wanted = ReadIngredients { store_id: None };
    let found = state.services.ingredients().list(&ctx, wanted).await;
    let found = found.map(|view| view.suppliers);
    cursor::part_of(&ctx, found, part, |supplier| supplier.name.clone())
}

/// `POST /api/v1/suppliers`: a new supplier. The same `command_id` has one effect and one answer.
async fn add_supplier(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<Supplier>, JsonRejection>,
) -> Result<Response, ApiError> {
    let command = body(&ctx, asked)?.command(None, 0);
    let ingredients = state.services.ingredients();
    let result = ingredients.save_supplier(&ctx, command).await;
    shown(&ctx, result, |supplier| supplier.version)
}

/// `PUT /api/v1/suppliers/{id}` with `If-Match` or `version`: all that the supplier is from now on.
async fn put_supplier(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Json<Supplier>, JsonRejection>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, "supplier not found")?;
    let asked = body(&ctx, asked)?;
    let seen = seen(&ctx, &headers, asked.version)?;
    let command = asked.command(Some(id), seen.version);
    let ingredients = state.services.ingredients();
    let result = ingredients.save_supplier(&ctx, command).await;
    Ok(changed(&ctx, seen, result, |supplier| supplier.version))
}

/// `POST /api/v1/deliveries`: puts what a supplier brought without a purchase onto the shelves of a kitchen. The same `command_id` has one effect
/// and one answer.
async fn deliver(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<ReceiveDelivery>, JsonRejection>,
) -> ApiResult<DeliveryView> {
    let command = body(&ctx, asked)?;
    let ingredients = state.services.ingredients();
    answer(&ctx, ingredients.deliver(&ctx, command).await)
}

/// `GET /api/v1/recipes?limit=50&after=CURSOR`: recipes by name, with cost and allergens.
async fn list_recipes(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Part>, QueryRejection>,
) -> ApiResult<Page<RecipeView>> {
    let part = query(&ctx, asked)?;
    let found = state.services.recipes().list(&ctx).await;
    let found = found.map(|view| view.items);
    cursor::part_of(&ctx, found, part, |recipe| recipe.name.clone())
}

/// `POST /api/v1/recipes`: a new recipe, of a product or, without one, of a dough or a filling. The same `command_id` has one effect and one
/// answer.
async fn add_recipe(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<Recipe>, JsonRejection>,
) -> Result<Response, ApiError> {
    let command = body(&ctx, asked)?.command(None, 0);
    let result = state.services.recipes().save(&ctx, command).await;
    shown(&ctx, result, |recipe| recipe.version)
}

/// `GET /api/v1/recipes/needs?store_id=ID&product_id=ID&quantity=120`: what a batch would take and lack, through all levels.
async fn needs(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ReadNeeds>, QueryRejection>,
) -> ApiResult<NeedsView> {
    let wanted = query(&ctx, asked)?;
    answer(&ctx, state.services.recipes().needs(&ctx, wanted).await)
}

/// `GET /api/v1/recipes/{id}`: one recipe, its version as `ETag`.
async fn show_recipe(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, "recipe not found")?;
    let found = state.services.recipes().list(&ctx).await.and_then(|view| {
        let mut recipes = view.items.into_iter();
        recipes
            .find(|recipe| recipe.id == id)
            .ok_or(ServiceError::NotFound("recipe"))
    });
    shown(&ctx, found, |recipe| recipe.version)
}

/// `PUT /api/v1/recipes/{id}` with `If-Match` or `version`: all that the recipe is from now on; cost and allergens of what is made with it
/// follow.
async fn put_recipe(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Json<Recipe>, JsonRejection>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, "recipe not found")?;
    let asked = body(&ctx, asked)?;
    let seen = seen(&ctx, &headers, asked.version)?;
    let command = asked.command(Some(id), seen.version);
    let result = state.services.recipes().save(&ctx, command).await;
    Ok(changed(&ctx, seen, result, |recipe| recipe.version))
}

/// `DELETE /api/v1/recipes/{id}?version=3&command_id=ID`, the version as `If-Match` instead: removes a recipe that no other one uses. 204.
async fn remove_recipe(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Query<Removal>, QueryRejection>,
) -> Result<StatusCode, ApiError> {
    let id = identifier(&ctx, &id, "recipe not found")?;
    let asked = query(&ctx, asked)?;
    let seen = seen(&ctx, &headers, asked.version)?;
    let command = RemoveRecipe {
        command_id: asked.command_id(),
        recipe_id: id,
        version: seen.version,
    };
    done(&ctx, state.services.recipes().remove(&ctx, command).await)
}
