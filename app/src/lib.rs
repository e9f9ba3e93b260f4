//! The screens of Hornada: server-rendered, then alive in the browser.
//!
//! `ssr` draws pages on the server, `hydrate` makes them alive; exactly one of them is on in a real build.
//! Start at [`components`] for the pieces, [`routes`] for the pages and [`shell`] for the document around them.

// The generated texts make deep types.
#![recursion_limit = "256"]

mod carried;
pub mod charts;
pub mod components;
mod cookies;
pub mod device;
pub mod device_queue;
pub mod drafts;
pub mod fetched;
pub mod format;
mod idle;
pub mod language;
pub mod navigation;
pub mod pages;
pub mod passkeys;
pub mod refusals;
pub mod response;
pub mod routes;
pub mod server_fns;
pub mod session;
mod shell;
#[cfg(feature = "ssr")]
pub mod ssr;
pub mod store_choice;
pub mod theme;
pub mod zone;

include!(concat!(env!("OUT_DIR"), "/i18n/mod.rs"));

pub use shell::{App, Build, DrawnAt, OpenSignUp, PasskeyOrigin, SeenLink, SeenProviders, shell};
#[cfg(feature = "ssr")]
pub use ssr::Probe;
