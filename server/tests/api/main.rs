//! The server from outside: a real server on a free port, a real database, a client that keeps cookies.
//!
//! One binary for all areas, one module an area. To add an area: a file here and a `mod` line.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails where it stands"
)]

mod app;
mod coverage;
mod door;
mod edge;
mod live;
mod models;
mod planning;
mod processes;
mod purchases;
mod resources;
mod resources_changed;
mod sales;
mod stock;
