//! What pages ask of the server, one file an area. Each function builds the frame, calls one use case, maps the error.

pub mod admin;
pub mod alerts;
pub mod calendar;
pub mod catalog;
pub mod counts;
pub mod factors;
pub mod forecasts;
pub mod imports;
pub mod nights;
pub mod orders;
pub mod organization;
pub mod passkeys;
pub mod people;
pub mod policies;
pub mod recipes;
pub mod roles;
pub mod session;
pub mod single_sign_on;
pub mod standing_orders;
pub mod stock;
pub mod suggestions;
pub mod tablets;
pub mod today;
pub mod transfers;
pub mod users;
