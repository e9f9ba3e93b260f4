//! One module a screen. Each is a component without props; what it shows comes from its address and its resource.

mod alerts;
mod calendar;
mod forecast;
mod login;
mod lost;
mod style_guide;
mod today;
mod users;

pub use alerts::AlertsPage;
pub use calendar::{EventsPage, PromotionsPage};
pub use forecast::{ForecastDetailPage, ForecastPage};
pub use login::LoginPage;
pub use lost::{ForbiddenPage, NotFoundPage};
pub use style_guide::StyleGuidePage;
pub use today::TodayPage;
pub use users::UsersPage;
