//! How each server function is called, and who may. One line each, by area.

use domain::Permission as P;
use server::api::Access::{self, Needs, SignedIn};

/// A server function.
pub struct Function {
    pub path: &'static str,
    pub access: Access,
    /// Well-formed arguments: JSON where the function takes JSON, else as query or form carry them. `{store}`,
    /// `{product}`, `{user}`, `{order}`, `{entry}`, `{promotion}` and `{movement}` are replaced by ids of things, once of
    /// the caller's organization, once of another one; `{nothing}` by an id that nothing has; `{command}` by a new id.
    pub arguments: &'static str,
    /// Whether the arguments name a thing that must be there: then another organization's answers 404.
    pub takes_ids: bool,
}

const fn plain(path: &'static str, access: Access, arguments: &'static str) -> Function {
    Function {
        path,
        access,
        arguments,
        takes_ids: false,
    }
}

const fn with_ids(path: &'static str, access: Access, arguments: &'static str) -> Function {
    Function {
        path,
        access,
        arguments,
        takes_ids: true,
    }
}

/// Every server function.
#[rustfmt::skip]
pub const FUNCTIONS: &[Function] = &[
    // session
    plain("/api/current_user", SignedIn, ""),
    // users
    plain("/api/list_users", Needs(P::UsersRead), ""),
    with_ids("/api/create_user", Needs(P::UsersWrite), "command[command_id]={command}&command[email]=a%40b.es&command[display_name]=A&command[roles][0]=analyst&command[all_stores]=false&command[stores][0]={store}&command[password]=pan+de+masa+madre"),
    with_ids("/api/change_user", Needs(P::UsersWrite), "command[command_id]={command}&command[user_id]={user}&command[display_name]=A&command[roles][0]=analyst&command[all_stores]=true"),
    with_ids("/api/set_user_active", Needs(P::UsersWrite), "command[command_id]={command}&command[user_id]={user}&command[active]=true"),
    with_ids("/api/reset_password", Needs(P::UsersWrite), "command[command_id]={command}&command[user_id]={user}&command[password]=pan+de+masa+madre"),
    // today and alerts
    with_ids("/api/view_today", Needs(P::TodayRead), "store_id={store}"),
    with_ids("/api/list_alerts", Needs(P::AlertsRead), "asked[store_id]={store}"),
    with_ids("/api/acknowledge_alert", Needs(P::AlertsAcknowledge), r#"{"command":{"command_id":"{command}","alert_id":"{nothing}"}}"#),
    // forecasts
    with_ids("/api/list_forecasts", Needs(P::ForecastsRead), "asked[store_id]={store}"),
    with_ids("/api/view_forecast", Needs(P::ForecastsRead), "asked[store_id]={store}&asked[product_id]={product}&asked[weeks]=8"),
    with_ids("/api/list_forecast_scores", Needs(P::ForecastsRead), "asked[store_id]={store}&asked[from]=2026-02-01&asked[until]=2026-03-01"),
    with_ids("/api/set_override", Needs(P::ForecastsOverride), r#"{"command":{"command_id":"{command}","store_id":"{store}","product_id":"{product}","target_date":"2026-03-11","quantity":5}}"#),
    with_ids("/api/delete_override", Needs(P::ForecastsOverride), r#"{"command":{"command_id":"{command}","store_id":"{store}","product_id":"{product}","target_date":"2026-03-11","seen":{"id":"{nothing}","version":1}}}"#),
    // calendar
    with_ids("/api/list_calendar", Needs(P::CalendarRead), "asked[from]=2026-03-01&asked[until]=2026-03-31&asked[store_id]={store}"),
    with_ids("/api/save_calendar_entry", Needs(P::CalendarWrite), r#"{"command":{"command_id":"{command}","id":"{entry}","store_id":null,"kind":"event","name":"Feria","starts_on":"2026-03-12","ends_on":"2026-03-12","note":null}}"#),
    with_ids("/api/delete_calendar_entry", Needs(P::CalendarWrite), r#"{"command":{"command_id":"{command}","id":"{entry}"}}"#),
    with_ids("/api/save_promotion", Needs(P::CalendarWrite), r#"{"command":{"command_id":"{command}","id":"{promotion}","code":"X","name":"X","store_id":null,"product_id":null,"category_id":null,"discount_bp":1000,"starts_on":"2026-03-12","ends_on":"2026-03-12"}}"#),
    with_ids("/api/delete_promotion", Needs(P::CalendarWrite), r#"{"command":{"command_id":"{command}","id":"{promotion}"}}"#),
    // stock
    with_ids("/api/list_levels", Needs(P::StockRead), r#"{"store_id":"{store}"}"#),
    with_ids("/api/read_projected_waste", Needs(P::StockRead), r#"{"store_id":"{store}"}"#),
    with_ids("/api/read_ledger", Needs(P::StockRead), r#"{"wanted":{"store_id":"{store}","product_id":"{product}"}}"#),
    with_ids("/api/read_belief", Needs(P::StockRead), r#"{"wanted":{"store_id":"{store}","product_id":"{product}","at":"2026-03-10T05:00:00"}}"#),
    with_ids("/api/remove_stock", Needs(P::StockWaste), r#"{"command":{"command_id":"{command}","store_id":"{store}","product_id":"{product}","kind":"waste","quantity":1,"reason":"expired"}}"#),
    with_ids("/api/adjust_stock", Needs(P::StockAdjust), r#"{"command":{"command_id":"{command}","store_id":"{store}","product_id":"{product}","change":1,"reason":"correction"}}"#),
    with_ids("/api/reverse_movement", Needs(P::StockWaste), r#"{"command":{"command_id":"{command}","movement_id":"{movement}"}}"#),
    with_ids("/api/post_count", Needs(P::StockCount), r#"{"command":{"command_id":"{command}","store_id":"{store}","lines":[{"product_id":"{product}","counted":1}]}}"#),
    with_ids("/api/read_opening", Needs(P::StockAdjust), r#"{"store_id":"{store}"}"#),
    with_ids("/api/post_opening", Needs(P::StockAdjust), r#"{"command":{"command_id":"{command}","store_id":"{store}","lines":[{"product_id":"{product}","counted":1}]}}"#),
    // ingredients and recipes
    with_ids("/api/list_ingredients", Needs(P::RecipesRead), r#"{"wanted":{"store_id":"{store}"}}"#),
    plain("/api/list_ingredient_prices", Needs(P::RecipesRead), r#"{"ingredient_id":"{nothing}"}"#),
    with_ids("/api/list_to_buy", Needs(P::RecipesRead), r#"{"wanted":{"store_id":"{store}"}}"#),
    with_ids("/api/save_ingredient", Needs(P::RecipesWrite), r#"{"command":{"command_id":"{command}","ingredient_id":"{nothing}","version":1,"code":"H","name":"H","unit":"gram","allergens":[],"shelf_life_days":9,"service_level_bp":9500,"supplier_id":null,"stocked":true,"flour":true,"pack_quantity":1,"pack_price_minor":null,"holding_bp":0}}"#),
    with_ids("/api/save_supplier", Needs(P::RecipesWrite), r#"{"command":{"command_id":"{command}","supplier_id":"{nothing}","version":1,"name":"H","email":null,"phone":null,"lead_time_days":1,"order_cost_minor":0}}"#),
    with_ids("/api/receive_delivery", Needs(P::RecipesWrite), r#"{"command":{"command_id":"{command}","store_id":"{store}","lines":[{"ingredient_id":"{nothing}","quantity":1}]}}"#),
    with_ids("/api/create_purchase", Needs(P::RecipesWrite), r#"{"command":{"command_id":"{command}","store_id":"{store}","supplier_id":"{nothing}","lines":[{"ingredient_id":"{nothing}","packs":1}]}}"#),
    with_ids("/api/receive_purchase", Needs(P::RecipesWrite), r#"{"command":{"command_id":"{command}","purchase_id":"{nothing}","version":1,"lines":[],"close_rest":false}}"#),
    with_ids("/api/cancel_purchase", Needs(P::RecipesWrite), r#"{"command":{"command_id":"{command}","purchase_id":"{nothing}","version":1,"reason":"x"}}"#),
    plain("/api/list_recipes", Needs(P::RecipesRead), "{}"),
    with_ids("/api/save_recipe", Needs(P::RecipesWrite), r#"{"command":{"command_id":"{command}","recipe_id":"{nothing}","version":1,"product_id":null,"name":"M","unit":"gram","yield_quantity":1,"loss_bp":0,"other_cost_minor":0,"oven_minutes":null,"method":null,"lines":[{"ingredient_id":"{nothing}","part_id":null,"quantity":1}]}}"#),
    with_ids("/api/remove_recipe", Needs(P::RecipesWrite), r#"{"command":{"command_id":"{command}","recipe_id":"{nothing}","version":1}}"#),
    with_ids("/api/read_needs", Needs(P::RecipesRead), r#"{"wanted":{"store_id":"{store}","product_id":"{product}","quantity":5}}"#),
    // counting together
    with_ids("/api/read_count", Needs(P::StockCount), r#"{"store_id":"{store}"}"#),
    with_ids("/api/plan_count", Needs(P::StockCount), r#"{"command":{"command_id":"{command}","store_id":"{store}","products":["{product}"]}}"#),
    with_ids("/api/enter_counts", Needs(P::StockCount), r#"{"command":{"command_id":"{command}","store_id":"{store}","lines":[{"product_id":"{product}","counted":1}]}}"#),
    with_ids("/api/hand_in_count", Needs(P::StockCount), r#"{"command":{"command_id":"{command}","sheet_id":"{nothing}","version":1}}"#),
    with_ids("/api/decide_count", Needs(P::StockApprove), r#"{"command":{"command_id":"{command}","sheet_id":"{nothing}","version":1,"agree":true}}"#),
    with_ids("/api/drop_count", Needs(P::StockCount), r#"{"command":{"command_id":"{command}","sheet_id":"{nothing}"}}"#),
    // transfers
    with_ids("/api/list_transfers", Needs(P::StockRead), r#"{"wanted":{"store_id":"{store}"}}"#),
    plain("/api/list_transfer_places", Needs(P::StockTransfer), "{}"),
    with_ids("/api/create_transfer", Needs(P::StockTransfer), r#"{"command":{"command_id":"{command}","from_store_id":"{store}","to_store_id":"{nothing}","lines":[{"product_id":"{product}","quantity":1}],"send_now":true}}"#),
    with_ids("/api/send_transfer", Needs(P::StockTransfer), r#"{"command":{"command_id":"{command}","transfer_id":"{nothing}","lines":[{"product_id":"{product}","quantity":1}]}}"#),
    with_ids("/api/receive_transfer", Needs(P::StockTransfer), r#"{"command":{"command_id":"{command}","transfer_id":"{nothing}","lines":[]}}"#),
    with_ids("/api/cancel_transfer", Needs(P::StockTransfer), r#"{"command":{"command_id":"{command}","transfer_id":"{nothing}","reason":"x"}}"#),
    // orders
    with_ids("/api/list_orders", Needs(P::OrdersRead), r#"{"wanted":{"store_id":"{store}"}}"#),
    with_ids("/api/get_order", Needs(P::OrdersRead), r#"{"id":"{order}"}"#),
    plain("/api/read_board", Needs(P::OrdersRead), r#"{"wanted":{"date":"2026-03-11"}}"#),
    plain("/api/read_dispatch", Needs(P::OrdersRead), r#"{"wanted":{"date":"2026-03-11"}}"#),
    with_ids("/api/read_labels", Needs(P::OrdersRead), r#"{"wanted":{"order_id":"{order}"}}"#),
    with_ids("/api/read_capacity", Needs(P::OrdersRead), r#"{"wanted":{"production_date":"2026-03-11","store_id":"{store}"}}"#),
    with_ids("/api/read_mixes", Needs(P::RecipesRead), r#"{"wanted":{"date":"2026-03-11","store_id":"{store}"}}"#),
    plain("/api/list_order_products", Needs(P::CatalogRead), "{}"),
    with_ids("/api/create_order", Needs(P::OrdersCreate), r#"{"command":{"command_id":"{command}","store_id":"{store}","product_id":"{product}","production_date":"2026-03-11","planned_quantity":12}}"#),
    with_ids("/api/edit_order", Needs(P::OrdersCreate), r#"{"command":{"command_id":"{command}","order_id":"{order}","version":1,"production_date":"2026-03-11","planned_quantity":24}}"#),
    with_ids("/api/create_orders", Needs(P::OrdersCreate), r#"{"command":{"command_id":"{command}","product_id":"{product}","production_date":"2026-03-11","lines":[{"store_id":"{store}","quantity":12}]}}"#),
    with_ids("/api/read_split_weights", Needs(P::OrdersCreate), r#"{"wanted":{"product_id":"{product}","production_date":"2026-03-11"}}"#),
    with_ids("/api/list_standing_orders", Needs(P::OrdersRead), r#"{"wanted":{"store_id":"{store}"}}"#),
    with_ids("/api/create_standing_order", Needs(P::OrdersCreate), r#"{"command":{"command_id":"{command}","store_id":"{store}","product_id":"{product}","weekdays":31,"quantity":12,"valid_from":"2026-03-11"}}"#),
    with_ids("/api/edit_standing_order", Needs(P::OrdersCreate), r#"{"command":{"command_id":"{command}","standing_order_id":"{nothing}","version":1,"weekdays":31,"quantity":12,"valid_from":"2026-03-11"}}"#),
    with_ids("/api/end_standing_order", Needs(P::OrdersCreate), r#"{"command":{"command_id":"{command}","standing_order_id":"{nothing}","version":1}}"#),
    with_ids("/api/start_order", Needs(P::OrdersStart), r#"{"command":{"command_id":"{command}","order_id":"{order}"}}"#),
    with_ids("/api/complete_order", Needs(P::OrdersComplete), r#"{"command":{"command_id":"{command}","order_id":"{order}","produced_quantity":12}}"#),
    with_ids("/api/recall_order", Needs(P::OrdersComplete), r#"{"command":{"command_id":"{command}","order_id":"{order}"}}"#),
    with_ids("/api/cancel_order", Needs(P::OrdersCancel), r#"{"command":{"command_id":"{command}","order_id":"{order}","reason":"x"}}"#),
    // suggestions
    with_ids("/api/list_suggestions", Needs(P::SuggestionsRead), r#"{"wanted":{"production_date":"2026-03-11","store_id":"{store}"}}"#),
    with_ids("/api/adjust_suggestion", Needs(P::SuggestionsDecide), r#"{"command":{"command_id":"{command}","suggestion_id":"{nothing}","quantity":12}}"#),
    with_ids("/api/accept_suggestion", Needs(P::SuggestionsDecide), r#"{"command":{"command_id":"{command}","suggestion_id":"{nothing}"}}"#),
    with_ids("/api/accept_suggestions", Needs(P::SuggestionsDecide), r#"{"command":{"command_id":"{command}","suggestion_ids":["{nothing}"]}}"#),
    with_ids("/api/dismiss_suggestion", Needs(P::SuggestionsDecide), r#"{"command":{"command_id":"{command}","suggestion_id":"{nothing}","reason":"x"}}"#),
    with_ids("/api/reopen_suggestion", Needs(P::SuggestionsDecide), r#"{"command":{"command_id":"{command}","suggestion_id":"{nothing}"}}"#),
    with_ids("/api/suggestion_history", Needs(P::SuggestionsRead), r#"{"suggestion_id":"{nothing}"}"#),
    with_ids("/api/list_outcomes", Needs(P::SuggestionsRead), r#"{"wanted":{"store_id":"{store}","product_id":"{product}"}}"#),
    // policies
    with_ids("/api/list_policies", Needs(P::SuggestionsRead), r#"{"wanted":{"store_id":"{store}"}}"#),
    with_ids("/api/read_policy_costs", Needs(P::SuggestionsRead), r#"{"wanted":{"store_id":"{store}","product_id":"{product}"}}"#),
    with_ids("/api/set_policies", Needs(P::PoliciesWrite), r#"{"command":{"command_id":"{command}","shelves":[{"store_id":"{store}","product_id":"{product}","version":0}],"choice":{"service_level_bp":9800}}}"#),
    // imports
    plain("/api/list_imports", Needs(P::ImportsRead), ""),
    with_ids("/api/view_import", Needs(P::ImportsRead), "id={nothing}"),
    with_ids("/api/list_import_rejects", Needs(P::ImportsRead), "id={nothing}"),
    with_ids("/api/take_import", Needs(P::ImportsCreate), r#"{"command":{"command_id":"{command}","import_id":"{nothing}"}}"#),
    with_ids("/api/undo_import", Needs(P::ImportsUndo), r#"{"command":{"command_id":"{command}","import_id":"{nothing}"}}"#),
    with_ids("/api/discard_import", Needs(P::ImportsCreate), r#"{"command":{"command_id":"{command}","import_id":"{nothing}"}}"#),
    // nights
    plain("/api/list_nights", Needs(P::JobsRead), "{}"),
    with_ids("/api/get_night", Needs(P::JobsRead), r#"{"run_id":"{nothing}"}"#),
    plain("/api/start_night", Needs(P::JobsRun), r#"{"command":{"command_id":"{command}","business_date":null}}"#),
];

/// Queries with which REST endpoints are called, by method and path; none where none is given.
#[rustfmt::skip]
pub const REST: &[(&str, &str, &str)] = &[
    ("POST", "/api/v1/auth/token", r#"{"api_key":"hornada_00000000_none"}"#),
    ("POST", "/api/v1/auth/refresh", r#"{"refresh_token":"none"}"#),
    ("POST", "/api/v1/auth/revoke", r#"{"refresh_token":"none"}"#),
    ("POST", "/api/v1/api-keys", r#"{"command_id":"0198c000-0000-7000-8000-000000000011","name":"till","permissions":["stock.read"],"all_stores":true}"#),
    ("POST", "/api/v1/api-keys/{id}/rotate", r#"{"command_id":"0198c000-0000-7000-8000-000000000012"}"#),
    ("GET", "/api/v1/forecasts/totals", "level=store"),
    ("POST", "/api/v1/predict", r#"{"store_id":"0198c000-0000-7000-8000-000000000001","product_id":"0198c000-0000-7000-8000-000000000002","date":"2026-03-11"}"#),
    ("POST", "/api/v1/predict/batch", r#"{"items":[{"store_id":"0198c000-0000-7000-8000-000000000001","product_id":"0198c000-0000-7000-8000-000000000002","date":"2026-03-11"}]}"#),
    ("GET", "/api/v1/live", "topics=orders"),
    ("GET", "/api/v1/orders/dispatch", "date=2026-03-11"),
    ("GET", "/api/v1/orders/labels", "date=2026-03-11"),
    ("POST", "/api/v1/models/{id}/promote", r#"{"command_id":"0198c000-0000-7000-8000-000000000001","reason":"x"}"#),
    ("GET", "/api/v1/capacity", "production_date=2026-03-11"),
    ("GET", "/api/v1/mixes", "date=2026-03-11"),
    ("GET", "/api/v1/orders/split", "product_id=0198c000-0000-7000-8000-000000000009&production_date=2026-03-11"),
    ("POST", "/api/v1/orders/many", r#"{"command_id":"0198c000-0000-7000-8000-000000000003","product_id":"0198c000-0000-7000-8000-000000000009","production_date":"2026-03-11","lines":[{"store_id":"0198c000-0000-7000-8000-000000000009","quantity":12}]}"#),
    ("POST", "/api/v1/standing-orders", r#"{"command_id":"0198c000-0000-7000-8000-000000000004","store_id":"0198c000-0000-7000-8000-000000000009","product_id":"0198c000-0000-7000-8000-000000000009","weekdays":31,"quantity":12,"valid_from":"2026-03-11"}"#),
    ("POST", "/api/v1/standing-orders/{id}", r#"{"command_id":"0198c000-0000-7000-8000-000000000005","version":1,"weekdays":31,"quantity":12,"valid_from":"2026-03-11"}"#),
    ("POST", "/api/v1/standing-orders/{id}/end", r#"{"command_id":"0198c000-0000-7000-8000-000000000006","version":1}"#),
    ("GET", "/api/v1/policies", "store_id=0198c000-0000-7000-8000-000000000009"),
    ("PUT", "/api/v1/policies", r#"{"command_id":"0198c000-0000-7000-8000-000000000007","shelves":[{"store_id":"0198c000-0000-7000-8000-000000000009","product_id":"0198c000-0000-7000-8000-000000000009","version":0}]}"#),
    ("GET", "/api/v1/stock", "store_id=0198c000-0000-7000-8000-000000000009"),
    ("GET", "/api/v1/stock/projected-waste", "store_id=0198c000-0000-7000-8000-000000000009"),
    ("GET", "/api/v1/stock/opening", "store_id=0198c000-0000-7000-8000-000000000009"),
    ("POST", "/api/v1/stock/opening", r#"{"command_id":"0198c000-0000-7000-8000-000000000007","store_id":"0198c000-0000-7000-8000-000000000009","lines":[{"product_id":"0198c000-0000-7000-8000-000000000009","counted":1}]}"#),
    ("POST", "/api/v1/stock/adjust", r#"{"command_id":"0198c000-0000-7000-8000-000000000007","store_id":"0198c000-0000-7000-8000-000000000009","product_id":"0198c000-0000-7000-8000-000000000009","change":1,"reason":"correction"}"#),
    ("POST", "/api/v1/stock/remove", r#"{"command_id":"0198c000-0000-7000-8000-000000000007","store_id":"0198c000-0000-7000-8000-000000000009","product_id":"0198c000-0000-7000-8000-000000000009","kind":"waste","quantity":1,"reason":"expired"}"#),
    ("POST", "/api/v1/stock/reverse", r#"{"command_id":"0198c000-0000-7000-8000-000000000007","movement_id":"0198c000-0000-7000-8000-000000000009"}"#),
    ("POST", "/api/v1/purchases", r#"{"command_id":"0198c000-0000-7000-8000-000000000007","store_id":"0198c000-0000-7000-8000-000000000009","supplier_id":"0198c000-0000-7000-8000-000000000009","lines":[{"ingredient_id":"0198c000-0000-7000-8000-000000000009","packs":1}]}"#),
    ("POST", "/api/v1/purchases/{id}/receive", r#"{"command_id":"0198c000-0000-7000-8000-000000000007","version":1,"lines":[]}"#),
    ("POST", "/api/v1/purchases/{id}/cancel", r#"{"command_id":"0198c000-0000-7000-8000-000000000007","version":1,"reason":"x"}"#),
    ("POST", "/api/v1/sales", r#"{"sales":[]}"#),
    ("POST", "/api/v1/sales/void", r#"{"command_id":"0198c000-0000-7000-8000-000000000007","store_code":"S01","transaction_id":"T-none","reason":"x"}"#),
    ("POST", "/api/v1/models/rollback", r#"{"command_id":"0198c000-0000-7000-8000-000000000002","reason":"x"}"#),
];
