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
    SsrMode,
    components::{FlatRoutes, Route},
    hooks::use_location,
    path,
};

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
                <Route path=path!("/admin/users") view=|| guarded(Permission::UsersRead, pages::UsersPage) ssr=SsrMode::Async />
                <Route path=path!("/alerts") view=|| guarded(Permission::AlertsRead, pages::AlertsPage) ssr=SsrMode::Async />
                <Route path=path!("/events") view=|| guarded(Permission::CalendarRead, pages::EventsPage) ssr=SsrMode::Async />
                <Route path=path!("/forecast") view=|| guarded(Permission::ForecastsRead, pages::ForecastPage) ssr=SsrMode::Async />
                <Route path=path!("/forecast/:product") view=|| guarded(Permission::ForecastsRead, pages::ForecastDetailPage) ssr=SsrMode::Async />
                <Route path=path!("/promotions") view=|| guarded(Permission::CalendarRead, pages::PromotionsPage) ssr=SsrMode::Async />
                <Route path=path!("/admin/jobs") view=pages::JobsPage ssr=SsrMode::Async />
                <Route path=path!("/kitchen") view=pages::KitchenPage ssr=SsrMode::Async />
                <Route path=path!("/plan") view=pages::PlanPage ssr=SsrMode::Async />
                <Route path=path!("/orders") view=pages::OrdersPage ssr=SsrMode::Async />
                <Route path=path!("/orders/new") view=pages::NewOrderPage ssr=SsrMode::Async />
                <Route path=path!("/orders/:id") view=pages::OrderPage ssr=SsrMode::Async />
                <Route path=path!("/stock") view=pages::StockPage ssr=SsrMode::Async />
                <Route path=path!("/stock/waste") view=pages::WastePage ssr=SsrMode::Async />
                <Route path=path!("/stock/count") view=pages::CountPage ssr=SsrMode::Async />
                <Route path=path!("/stock/:product") view=pages::LedgerPage ssr=SsrMode::Async />
                <Route path=path!("/imports") view=|| guarded(Permission::ImportsRead, pages::ImportsPage) ssr=SsrMode::Async />
                <Route path=path!("/imports/new") view=|| guarded(Permission::ImportsCreate, pages::SendPage) ssr=SsrMode::Async />
                <Route path=path!("/imports/:id") view=|| guarded(Permission::ImportsRead, pages::ImportPage) ssr=SsrMode::Async />
                <Route path=path!("/today") view=|| guarded(Permission::TodayRead, pages::TodayPage) ssr=SsrMode::Async />
                <Route path=path!("/style-guide") view=pages::StyleGuidePage ssr=SsrMode::Async />
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
