//! One module a screen. Each is a component without props; what it shows comes from its address and its resource.

mod account;
mod alerts;
mod calendar;
mod doors;
mod forecast;
mod imports;
mod ingredients;
mod jobs;
mod kitchen;
mod login;
mod login_code;
mod lost;
mod orders;
mod oven;
mod plan;
mod policies;
mod recipes;
mod roles;
mod security;
mod settings;
mod sign_up;
mod stock;
mod style_guide;
mod tablet;
mod tablets;
mod today;
mod transfers;
mod units;
mod users;

pub use account::AccountPage;
pub use alerts::AlertsPage;
pub use calendar::{EventsPage, PromotionsPage};
pub use doors::{ForgotPage, InvitationPage, ResetPage};
pub use forecast::{ForecastDetailPage, ForecastPage};
pub use imports::{ImportPage, ImportsPage, SendPage};
pub use ingredients::{BuyPage, IngredientsPage};
pub use jobs::JobsPage;
pub use kitchen::KitchenPage;
pub use login::LoginPage;
pub use login_code::LoginCodePage;
pub use lost::{ForbiddenPage, NotFoundPage};
pub use orders::{
    DispatchPage, LabelsPage, MixesPage, NewOrderPage, OrderPage, OrdersPage, StandingOrdersPage,
};
pub use plan::PlanPage;
pub use policies::PoliciesPage;
pub use recipes::RecipesPage;
pub use roles::RolesPage;
pub use security::SecurityPage;
pub use settings::SettingsPage;
pub use sign_up::SignUpPage;
pub use stock::{CountPage, LedgerPage, OpeningPage, ProjectedWastePage, StockPage, WastePage};
pub use style_guide::StyleGuidePage;
pub use tablet::TabletPage;
pub use tablets::TabletsPage;
pub use today::TodayPage;
pub use transfers::{NewTransferPage, TransfersPage};

use stock::{levels_of, reason_words};
pub use users::UsersPage;
