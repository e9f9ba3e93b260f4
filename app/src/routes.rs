//! Every address, in one place. A page is one line here and one in [`crate::pages`].

use crate::{
    components::Frame,
    navigation::home_of,
    pages,
    response::redirect,
    session::{may, use_session},
};
use domain::Permission;
use leptos::prelude::*;
use leptos_router::{
    Lazy, LazyRoute, SsrMode,
    components::{FlatRoutes, Route},
    hooks::use_location,
    lazy_route, path,
};

/// Declares pages whose code the browser fetches when they are first opened, so that the first page does not carry them
/// all. `Name => expression` becomes a type for `view={Lazy::<Name>::new()}`.
macro_rules! on_demand {
    ($($name:ident => $page:expr;)+) => {$(
        struct $name;

        #[lazy_route]
        impl LazyRoute for $name {
            fn data() -> Self {
                Self
            }

            fn view(_this: Self) -> AnyView {
                $page.into_any()
            }
        }
    )+};
}

on_demand! {
    Today => guarded(Permission::TodayRead, pages::TodayPage);
    Forecast => guarded(Permission::ForecastsRead, pages::ForecastPage);
    ForecastDetail => guarded(Permission::ForecastsRead, pages::ForecastDetailPage);
    Events => guarded(Permission::CalendarRead, pages::EventsPage);
    Promotions => guarded(Permission::CalendarRead, pages::PromotionsPage);
    Alerts => guarded(Permission::AlertsRead, pages::AlertsPage);
    Jobs => pages::JobsPage();
    Kitchen => pages::KitchenPage();
    Plan => pages::PlanPage();
    Orders => pages::OrdersPage();
    NewOrder => pages::NewOrderPage();
    Order => pages::OrderPage();
    Stock => pages::StockPage();
    Waste => pages::WastePage();
    Count => pages::CountPage();
    Ledger => pages::LedgerPage();
    Imports => guarded(Permission::ImportsRead, pages::ImportsPage);
    SendImport => guarded(Permission::ImportsCreate, pages::SendPage);
    Import => guarded(Permission::ImportsRead, pages::ImportPage);
    Users => guarded(Permission::UsersRead, pages::UsersPage);
    StyleGuide => pages::StyleGuidePage();
}

/// All pages, inside the frame.
///
/// Pages are sent whole (`SsrMode::Async`): the status is right, the page works without scripts, and nothing jumps.
#[component]
pub fn AppRoutes() -> impl IntoView {
    view! {
        <Frame>
            <FlatRoutes fallback=|| pages::NotFoundPage().into_any()>
                <Route path=path!("/") view=Home ssr=SsrMode::Async />
                <Route path=path!("/login") view=pages::LoginPage ssr=SsrMode::Async />
                <Route path=path!("/today") view={Lazy::<Today>::new()} ssr=SsrMode::Async />
                <Route path=path!("/forecast") view={Lazy::<Forecast>::new()} ssr=SsrMode::Async />
                <Route path=path!("/forecast/:product") view={Lazy::<ForecastDetail>::new()} ssr=SsrMode::Async />
                <Route path=path!("/events") view={Lazy::<Events>::new()} ssr=SsrMode::Async />
                <Route path=path!("/promotions") view={Lazy::<Promotions>::new()} ssr=SsrMode::Async />
                <Route path=path!("/alerts") view={Lazy::<Alerts>::new()} ssr=SsrMode::Async />
                <Route path=path!("/admin/jobs") view={Lazy::<Jobs>::new()} ssr=SsrMode::Async />
                <Route path=path!("/kitchen") view={Lazy::<Kitchen>::new()} ssr=SsrMode::Async />
                <Route path=path!("/plan") view={Lazy::<Plan>::new()} ssr=SsrMode::Async />
                <Route path=path!("/orders") view={Lazy::<Orders>::new()} ssr=SsrMode::Async />
                <Route path=path!("/orders/new") view={Lazy::<NewOrder>::new()} ssr=SsrMode::Async />
                <Route path=path!("/orders/:id") view={Lazy::<Order>::new()} ssr=SsrMode::Async />
                <Route path=path!("/stock") view={Lazy::<Stock>::new()} ssr=SsrMode::Async />
                <Route path=path!("/stock/waste") view={Lazy::<Waste>::new()} ssr=SsrMode::Async />
                <Route path=path!("/stock/count") view={Lazy::<Count>::new()} ssr=SsrMode::Async />
                <Route path=path!("/stock/:product") view={Lazy::<Ledger>::new()} ssr=SsrMode::Async />
                <Route path=path!("/imports") view={Lazy::<Imports>::new()} ssr=SsrMode::Async />
                <Route path=path!("/imports/new") view={Lazy::<SendImport>::new()} ssr=SsrMode::Async />
                <Route path=path!("/imports/:id") view={Lazy::<Import>::new()} ssr=SsrMode::Async />
                <Route path=path!("/admin/users") view={Lazy::<Users>::new()} ssr=SsrMode::Async />
                <Route path=path!("/style-guide") view={Lazy::<StyleGuide>::new()} ssr=SsrMode::Async />
            </FlatRoutes>
        </Frame>
    }
    .into_any()
}

/// Draws `page` for those who hold the permission; strangers go to sign in and come back, others are told so.
///
/// This is courtesy: what protects the data is the service behind each server function.
pub fn guarded<V: IntoView + 'static>(needs: Permission, page: impl FnOnce() -> V) -> AnyView {
    if use_session().is_none() {
        redirect(&sign_in_address());
        return pages::ForbiddenPage().into_any();
    }
    if !may(needs) {
        return pages::ForbiddenPage().into_any();
    }
    page().into_any()
}

fn sign_in_address() -> String {
    let location = use_location();
    let (path, search) = (
        location.pathname.get_untracked(),
        location.search.get_untracked(),
    );
    let here = if search.is_empty() {
        path
    } else {
        format!("{path}?{search}")
    };
    let mut address = String::from("/login?next=");
    for byte in here.bytes() {
        // RFC 3986, 2.3: everything but the unreserved characters is escaped; the slash may stand in a query.
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    address
}

/// The first question of the day, which depends on who asks.
#[component]
fn Home() -> impl IntoView {
    match use_session() {
        Some(session) => redirect(home_of(&session.user.permissions)),
        None => redirect("/login"),
    }
}
