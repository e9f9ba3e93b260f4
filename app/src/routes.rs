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
    path,
};

/// Declares pages whose code the browser fetches when one of their group is first opened, so that the first page does not
/// carry them all. `Name name => expression` becomes a type for `view={Lazy::<Name>::new()}`.
///
/// A group is one file, with what several groups share in files of their own. Pages between which one person goes to and fro
/// stand in one group.
macro_rules! on_demand {
    ($group:ident: $($name:ident $draw:ident => $page:expr;)+) => {$(
        struct $name;

        impl LazyRoute for $name {
            fn data() -> Self {
                Self
            }

            async fn view(_this: Self) -> AnyView {
                $draw().await
            }
        }

        #[lazy($group)]
        fn $draw() -> AnyView {
            $page.into_any()
        }
    )+};
}

on_demand! {
    account:
    Login login => pages::LoginPage();
}

on_demand! {
    today:
    Today today => guarded(Permission::TodayRead, pages::TodayPage);
    Alerts alerts => guarded(Permission::AlertsRead, pages::AlertsPage);
}

on_demand! {
    forecast:
    Forecast forecast => guarded(Permission::ForecastsRead, pages::ForecastPage);
}

on_demand! {
    charts:
    ForecastDetail forecast_detail => guarded(Permission::ForecastsRead, pages::ForecastDetailPage);
    StyleGuide style_guide => pages::StyleGuidePage();
}

on_demand! {
    kitchen:
    Kitchen kitchen => pages::KitchenPage();
}

on_demand! {
    plan:
    Plan plan => pages::PlanPage();
}

on_demand! {
    orders:
    Orders orders => pages::OrdersPage();
    Order order => pages::OrderPage();
}

on_demand! {
    new_order:
    NewOrder new_order => pages::NewOrderPage();
}

on_demand! {
    stock:
    Stock stock => pages::StockPage();
    Ledger ledger => pages::LedgerPage();
}

on_demand! {
    transfers:
    Transfers transfers => pages::TransfersPage();
    NewTransfer new_transfer => pages::NewTransferPage();
}

on_demand! {
    waste:
    Waste waste => pages::WastePage();
    Count count => pages::CountPage();
}

on_demand! {
    events:
    Events events => guarded(Permission::CalendarRead, pages::EventsPage);
}

on_demand! {
    promotions:
    Promotions promotions => guarded(Permission::CalendarRead, pages::PromotionsPage);
}

on_demand! {
    imports:
    Imports imports => guarded(Permission::ImportsRead, pages::ImportsPage);
    Import import => guarded(Permission::ImportsRead, pages::ImportPage);
}

on_demand! {
    send_import:
    SendImport send_import => guarded(Permission::ImportsCreate, pages::SendPage);
}

on_demand! {
    jobs:
    Jobs jobs => pages::JobsPage();
}

on_demand! {
    users:
    Users users => guarded(Permission::UsersRead, pages::UsersPage);
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
                <Route path=path!("/login") view={Lazy::<Login>::new()} ssr=SsrMode::Async />
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
                <Route path=path!("/stock/transfers") view={Lazy::<Transfers>::new()} ssr=SsrMode::Async />
                <Route path=path!("/stock/transfers/new") view={Lazy::<NewTransfer>::new()} ssr=SsrMode::Async />
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
