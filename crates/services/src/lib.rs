//! Use cases. Each method authorizes on its first line, opens one transaction, asks `store` for rows and `domain`
//! for rules, commits, and answers with a `contract` view. No row type of `entity` appears in a public signature.

pub mod account;
pub mod alert_rules;
pub mod alerts;
pub mod api_keys;
pub mod audit_checks;
pub mod audit_log;
pub mod backups;
pub mod books;
pub mod calendar;
pub mod catalog;
pub mod channels;
pub mod clock;
pub mod count_sheets;
pub mod ctx;
pub mod db;
pub mod deletions;
mod drift;
pub mod errands;
pub mod error;
pub mod exports;
pub mod factors;
pub mod forecast_book;
pub mod forecasts;
pub mod health;
pub mod history;
pub mod housekeeping;
pub mod idempotency;
pub mod identity;
pub mod imports;
pub mod ingredients;
pub mod invitations;
pub mod live;
pub mod mails;
pub mod models;
mod night_views;
pub mod nights;
pub mod observing;
pub mod organizations;
pub mod panels;
pub mod passkeys;
pub(crate) mod password_rules;
pub mod passwords;
pub mod policies;
pub mod predictions;
pub mod production_orders;
pub mod purchases;
pub mod quality;
mod recent;
pub mod recipes;
pub mod recovery;
pub mod retention;
pub mod roles;
pub mod sales;
pub mod sessions;
pub mod sign_up;
pub mod single_sign_on;
pub mod snapshots;
pub mod sold_out;
pub mod standing_orders;
pub mod stock;
pub mod suggestions;
mod suspensions;
mod sweeping;
pub mod tablets;
pub mod terms;
pub mod today;
pub mod tokens;
pub mod transfers;
pub(crate) mod user_passwords;
pub mod users;
pub mod vault;
pub mod weather;

pub(crate) mod alerting;
pub(crate) mod audit;
pub(crate) mod kitchens;
pub(crate) mod ledger;
pub(crate) mod pages;
pub(crate) mod receipts;
pub(crate) mod store;

pub use ctx::{Actor, Arrival, AtTablet, Ctx, StoreScope};
pub use db::Db;
pub use error::{ServiceError, ServiceResult};
pub use terms::Terms;

use std::path::PathBuf;
use std::sync::Arc;

/// Entry to all use cases; cheap to clone. Areas hang on it by extension methods in their own modules,
/// for example `services.production_orders().complete(&ctx, command)`.
#[derive(Clone, Debug)]
pub struct Services {
    db: Db,
    data_dir: Arc<PathBuf>,
    passwords: Arc<passwords::Passwords>,
    throttle: Arc<identity::Throttle>,
    usual: Arc<sweeping::Usual>,
    foreseen: Arc<ingredients::Foreseen>,
    recognised: Arc<api_keys::Recognised>,
    mail_waits: Arc<tokio::sync::Notify>,
    terms: Terms,
    vault: Arc<vault::Vault>,
    relying: Option<Arc<passkeys::RelyingParty>>,
}

impl Services {
    /// Binds the use cases to a database and to the folder where uploads and model artifacts are kept.
    #[must_use]
    pub fn new(db: Db, data_dir: PathBuf) -> Self {
        Self {
            db,
            vault: Arc::new(vault::Vault::new(data_dir.join(vault::KEY_FILE))),
            data_dir: Arc::new(data_dir),
            passwords: Arc::default(),
            throttle: Arc::default(),
            usual: Arc::default(),
            foreseen: Arc::default(),
            recognised: Arc::default(),
            mail_waits: Arc::default(),
            terms: Terms::default(),
            relying: None,
        }
    }

    /// The same, with the key of the installation in this file instead of the data folder's.
    #[must_use]
    pub fn with_secret_key(mut self, file: PathBuf) -> Self {
        self.vault = Arc::new(vault::Vault::new(file));
        self
    }

    /// The database behind the use cases.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Folder of uploads (`imports/`) and model artifacts (`models/`).
    #[must_use]
    pub fn data_dir(&self) -> &std::path::Path {
        &self.data_dir
    }
}
