//! What surrounds every request: frame, refusals, headers, the door.

pub mod account;
pub mod compression;
pub mod connections;
pub mod cors;
pub mod csrf;
pub mod doors;
pub mod errors;
pub mod frame;
pub mod headers;
pub mod idempotency;
pub mod login;
pub mod outbound;
pub mod passkeys;
pub mod problems;
pub mod rates;
pub mod second_step;
pub mod sign_up;
pub mod single_sign_on;
pub mod tablets;
pub mod trace;
