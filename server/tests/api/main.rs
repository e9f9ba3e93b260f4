//! The server from outside: a real server on a free port, a real database, a client that keeps cookies.
//!
//! One binary for all areas, one module an area. To add an area: a file here and a `mod` line.

mod app;
mod coverage;
mod door;
mod edge;
mod live;
