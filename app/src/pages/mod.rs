//! One module a screen. Each is a component without props; what it shows comes from its address and its resource.

mod admin_words;
mod alerts;
mod assortment;
mod audit;
mod calendar;
mod channels;
mod forecast;
mod health;
mod imports;
mod ingredients;
mod jobs;
mod keys;
mod kitchen;
mod login;
mod lost;
mod orders;
mod oven;
mod plan;
mod policies;
mod recipes;
mod secret;
mod stock;
mod style_guide;
mod today;
mod transfers;
mod units;
mod users;

pub use alerts::AlertsPage;
pub use assortment::{ProductsPage, StoresPage};
pub use audit::AuditPage;
pub use calendar::{EventsPage, PromotionsPage};
pub use channels::{AlertRulesPage, ChannelsPage};
pub use forecast::{ForecastDetailPage, ForecastPage};
pub use health::HealthPage;
pub use imports::{ImportPage, ImportsPage, SendPage};
pub use ingredients::{BuyPage, IngredientsPage};
pub use jobs::JobsPage;
pub use keys::KeysPage;
pub use kitchen::KitchenPage;
pub use login::LoginPage;
pub use lost::{ForbiddenPage, NotFoundPage};
pub use orders::{
    DispatchPage, LabelsPage, MixesPage, NewOrderPage, OrderPage, OrdersPage, StandingOrdersPage,
};
pub use plan::PlanPage;
pub use policies::PoliciesPage;
pub use recipes::RecipesPage;
pub use stock::{CountPage, LedgerPage, OpeningPage, ProjectedWastePage, StockPage, WastePage};
pub use style_guide::StyleGuidePage;
pub use today::TodayPage;
pub use transfers::{NewTransferPage, TransfersPage};

use stock::{levels_of, reason_words};
pub use users::UsersPage;
