//! The server behind `hornada`: web application, jobs and operator's commands. A library, so that tests start the
//! real thing.

pub mod api;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod jobs;
pub mod mail;
pub mod metrics;
pub mod predict;
mod probe;
pub mod session;
pub mod single_sign_on;
pub mod startup;
pub mod state;
pub mod telemetry;
pub mod web;
