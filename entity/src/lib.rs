//! Rows of the database, one module a table, as `docs/data-dictionary.md` names them. No logic lives here.
//!
//! Quantities are whole base units of the product, money is whole minor units of the organization's currency,
//! instants are UTC. JSON columns are free-form [`serde_json::Value`]s; who writes one owns its shape.

pub mod prelude;

pub mod alert;
pub mod audit_entry;
pub mod audit_head;
pub mod backup;
pub mod calendar_entry;
pub mod category;
pub mod command_receipt;
pub mod count_sheet;
pub mod count_sheet_line;
pub mod daily_sales;
pub mod forecast;
pub mod forecast_override;
pub mod forecast_score;
pub mod forecast_total;
pub mod import;
pub mod import_reject;
pub mod ingredient;
pub mod ingredient_price;
pub mod job_run;
pub mod job_step;
pub mod live_event;
pub mod lot;
pub mod model_alias;
pub mod model_alias_history;
pub mod model_search;
pub mod model_version;
pub mod order_batch;
pub mod order_ingredient;
pub mod organization;
pub mod product;
pub mod production_order;
pub mod promotion;
pub mod purchase;
pub mod purchase_line;
pub mod purchase_receipt;
pub mod recipe;
pub mod recipe_line;
pub mod role;
pub mod sale;
pub mod sale_line;
pub mod session;
pub mod standing_order;
pub mod stock_count;
pub mod stock_count_line;
pub mod stock_level;
pub mod stock_movement;
pub mod store;
pub mod store_product;
pub mod suggestion;
pub mod suggestion_outcome;
pub mod suggestion_version;
pub mod supplier;
pub mod transfer;
pub mod transfer_line;
pub mod transfer_part;
pub mod user;
pub mod user_role;
pub mod user_store_scope;
pub mod weather_day;
