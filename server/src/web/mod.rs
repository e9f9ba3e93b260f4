//! What surrounds every request: frame, refusals, headers, the door.

pub mod connections;
pub mod cors;
pub mod csrf;
pub mod errors;
pub mod frame;
pub mod headers;
pub mod idempotency;
pub mod login;
pub mod outbound;
pub mod problems;
pub mod rates;
pub mod second_step;
pub mod tablets;
pub mod trace;
