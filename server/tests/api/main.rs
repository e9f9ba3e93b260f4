//! The server from outside: a real server on a free port, a real database, a client that keeps cookies.
//!
//! One binary for all areas, one module an area. To add an area: a file here and a `mod` line.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails where it stands"
)]

mod app;
mod attacks;
mod audit_export;
mod channels;
mod coverage;
mod door;
mod edge;
mod factors;
mod hardening;
mod keys;
mod live;
mod models;
mod observe;
mod openapi;
mod organization;
mod passkeys;
mod people;
mod planning;
mod predict;
mod processes;
mod purchases;
mod resources;
mod resources_changed;
mod sales;
mod single_sign_on;
mod stock;
mod tablets;
mod traces;
