//! Every query of the product. Functions take `&impl ConnectionTrait` and the organization, and are named
//! get (must be there), find, list, insert, update, delete.

pub mod alerts;
pub mod audit;
pub mod beliefs;
pub mod books;
pub mod calendar;
pub mod catalog;
pub mod counts;
pub mod day_parts;
pub mod days;
pub mod first_stock;
pub mod forecasts;
pub mod history;
pub mod import_rejects;
pub mod imports;
pub mod ingredients;
pub mod jobs;
pub mod lots;
pub mod models;
pub mod orders;
pub mod organizations;
pub mod outlook;
pub mod panel;
pub mod people;
pub mod recipes;
pub mod searches;
pub mod sessions;
pub mod shelves;
pub mod sold_out;
pub mod standing_orders;
pub mod stock;
pub mod suggestions;
pub mod tickets;
pub mod totals;
pub mod transfers;
