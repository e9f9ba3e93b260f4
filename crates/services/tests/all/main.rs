//! Use cases on a real database, SQLite and PostgreSQL; one module an area, one binary for all.

mod orders;
mod scene;
mod stock;
mod suggestions;
