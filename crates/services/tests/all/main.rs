//! Use cases on a real database, SQLite and PostgreSQL; one module an area, one binary for all.

mod ages;
mod alerts;
mod bread;
mod calendar;
mod count_sheets;
mod counts;
mod dispatch;
mod forecasts;
mod imports;
mod ingredients;
mod models;
mod orders;
mod plans;
mod recipes;
mod rows;
mod sales;
mod scene;
mod settings;
mod sold_out;
mod standing;
mod stock;
mod suggestions;
mod sweeping;
mod today;
mod totals;
mod transfers;
