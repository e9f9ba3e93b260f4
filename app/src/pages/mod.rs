//! One module a screen. Each is a component without props; what it shows comes from its address and its resource.

mod login;
mod lost;
mod style_guide;

pub use login::LoginPage;
pub use lost::{ForbiddenPage, NotFoundPage};
pub use style_guide::StyleGuidePage;
