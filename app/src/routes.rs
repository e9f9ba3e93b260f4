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
    ChooseView, SsrMode,
    components::{FlatRoutes, Route},
    hooks::use_location,
    path,
};
use std::pin::Pin;

/// Declares pages whose code the browser fetches when one of their group is first opened, so that the first page does not
/// carry them all. `NAME => expression` becomes a constant for `view=NAME`.
///
/// A group is one file, with what several groups share in files of their own. Pages between which one person goes to and fro
/// stand in one group.
macro_rules! on_demand {
    ($group:ident: $($name:ident $draw:ident => $page:expr;)+) => {$(
        const $name: OnDemand = OnDemand(|| Box::pin($draw()));

        #[lazy($group)]
        fn $draw() -> AnyView {
            $page.into_any()
        }
    )+};
}

/// A page that is fetched when it is opened. One type for all of them: the router compiles what it does with a page once for each type.
#[derive(Clone, Copy)]
struct OnDemand(fn() -> Pin<Box<dyn Future<Output = AnyView>>>);

impl ChooseView for OnDemand {
    async fn choose(self) -> AnyView {
        (self.0)().await
    }

    async fn preload(&self) {}
}

on_demand! {
    account:
    LOGIN login => pages::LoginPage();
    LOGIN_CODE login_code => pages::LoginCodePage();
}

on_demand! {
    tablet:
    TABLET tablet => pages::TabletPage();
}

on_demand! {
    security:
    SECURITY security => pages::SecurityPage();
}

on_demand! {
    doors:
    FORGOT forgot => pages::ForgotPage();
    RESET reset => pages::ResetPage();
    INVITATION invitation => pages::InvitationPage();
    SIGN_ON sign_on => pages::SignOnPage();
}

on_demand! {
    own:
    OWN own => pages::AccountPage();
}

on_demand! {
    sign_up:
    SIGN_UP sign_up => pages::SignUpPage();
}

on_demand! {
    settings:
    SETTINGS settings => guarded(Permission::SettingsWrite, pages::SettingsPage);
}

on_demand! {
    sign_on_settings:
    PROVIDERS providers => guarded(Permission::SettingsWrite, pages::ProvidersPage);
}

on_demand! {
    today:
    TODAY today => guarded(Permission::TodayRead, pages::TodayPage);
}

on_demand! {
    alerts:
    ALERTS alerts => guarded(Permission::AlertsRead, pages::AlertsPage);
}

on_demand! {
    forecast:
    FORECAST forecast => guarded(Permission::ForecastsRead, pages::ForecastPage);
}

on_demand! {
    charts:
    FORECAST_DETAIL forecast_detail => guarded(Permission::ForecastsRead, pages::ForecastDetailPage);
    STYLE_GUIDE style_guide => pages::StyleGuidePage();
}

on_demand! {
    kitchen:
    KITCHEN kitchen => pages::KitchenPage();
}

on_demand! {
    plan:
    PLAN plan => pages::PlanPage();
}

on_demand! {
    policies:
    POLICIES policies => guarded(Permission::PoliciesWrite, pages::PoliciesPage);
}

on_demand! {
    orders:
    ORDERS orders => pages::OrdersPage();
}

on_demand! {
    order:
    ORDER order => pages::OrderPage();
}

on_demand! {
    dispatch:
    DISPATCH dispatch => pages::DispatchPage();
}

on_demand! {
    mixes:
    MIXES mixes => pages::MixesPage();
}

on_demand! {
    labels:
    LABELS labels => pages::LabelsPage();
}

on_demand! {
    standing:
    STANDING standing => pages::StandingOrdersPage();
}

on_demand! {
    new_order:
    NEW_ORDER new_order => pages::NewOrderPage();
}

on_demand! {
    stock:
    STOCK stock => pages::StockPage();
    LEDGER ledger => pages::LedgerPage();
}

on_demand! {
    ingredients:
    INGREDIENTS ingredients => guarded(Permission::RecipesRead, pages::IngredientsPage);
    BUY buy => guarded(Permission::RecipesRead, pages::BuyPage);
    RECIPES recipes => guarded(Permission::RecipesRead, pages::RecipesPage);
}

on_demand! {
    transfers:
    TRANSFERS transfers => pages::TransfersPage();
}

on_demand! {
    new_transfer:
    NEW_TRANSFER new_transfer => pages::NewTransferPage();
}

on_demand! {
    opening:
    OPENING opening => pages::OpeningPage();
}

on_demand! {
    projected:
    PROJECTED projected => pages::ProjectedWastePage();
}

on_demand! {
    waste:
    WASTE waste => pages::WastePage();
}

on_demand! {
    count:
    COUNT count => pages::CountPage();
}

on_demand! {
    events:
    EVENTS events => guarded(Permission::CalendarRead, pages::EventsPage);
}

on_demand! {
    promotions:
    PROMOTIONS promotions => guarded(Permission::CalendarRead, pages::PromotionsPage);
}

on_demand! {
    imports:
    IMPORTS imports => guarded(Permission::ImportsRead, pages::ImportsPage);
    IMPORT import => guarded(Permission::ImportsRead, pages::ImportPage);
}

on_demand! {
    send_import:
    SEND_IMPORT send_import => guarded(Permission::ImportsCreate, pages::SendPage);
}

on_demand! {
    jobs:
    JOBS jobs => pages::JobsPage();
}

on_demand! {
    keys:
    KEYS keys => guarded(Permission::KeysManage, pages::KeysPage);
}

on_demand! {
    health:
    HEALTH health => guarded(Permission::BackupsRead, pages::HealthPage);
}

on_demand! {
    audit:
    AUDIT audit => guarded(Permission::AuditRead, pages::AuditPage);
}

on_demand! {
    channels:
    CHANNELS channels => guarded(Permission::SettingsWrite, pages::ChannelsPage);
}

on_demand! {
    alert_rules:
    ALERT_RULES alert_rules => guarded(Permission::SettingsWrite, pages::AlertRulesPage);
}

on_demand! {
    stores:
    STORES stores => guarded(Permission::SettingsWrite, pages::StoresPage);
}

on_demand! {
    products:
    PRODUCTS products => guarded(Permission::SettingsWrite, pages::ProductsPage);
}

on_demand! {
    users:
    USERS users => guarded(Permission::UsersRead, pages::UsersPage);
}

on_demand! {
    roles:
    ROLES roles => guarded(Permission::UsersRead, pages::RolesPage);
}

on_demand! {
    tablets:
    TABLETS tablets => guarded(Permission::UsersRead, pages::TabletsPage);
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
                <Route path=path!("/login") view=LOGIN ssr=SsrMode::Async />
                <Route path=path!("/forgot") view=FORGOT ssr=SsrMode::Async />
                <Route path=path!("/reset") view=RESET ssr=SsrMode::Async />
                <Route path=path!("/invitation") view=INVITATION ssr=SsrMode::Async />
                <Route path=path!("/account") view=OWN ssr=SsrMode::Async />
                <Route path=path!("/sign-up") view=SIGN_UP ssr=SsrMode::Async />
                <Route path=path!("/settings") view=SETTINGS ssr=SsrMode::Async />
                <Route path=path!("/settings/sign-on") view=PROVIDERS ssr=SsrMode::Async />
                <Route path=path!("/login/code") view=LOGIN_CODE ssr=SsrMode::Async />
                <Route path=path!("/login/sso") view=SIGN_ON ssr=SsrMode::Async />
                <Route path=path!("/tablet") view=TABLET ssr=SsrMode::Async />
                <Route path=path!("/account/security") view=SECURITY ssr=SsrMode::Async />
                <Route path=path!("/today") view=TODAY ssr=SsrMode::Async />
                <Route path=path!("/forecast") view=FORECAST ssr=SsrMode::Async />
                <Route path=path!("/forecast/:product") view=FORECAST_DETAIL ssr=SsrMode::Async />
                <Route path=path!("/events") view=EVENTS ssr=SsrMode::Async />
                <Route path=path!("/promotions") view=PROMOTIONS ssr=SsrMode::Async />
                <Route path=path!("/alerts") view=ALERTS ssr=SsrMode::Async />
                <Route path=path!("/alerts/rules") view=ALERT_RULES ssr=SsrMode::Async />
                <Route path=path!("/alerts/channels") view=CHANNELS ssr=SsrMode::Async />
                <Route path=path!("/admin/jobs") view=JOBS ssr=SsrMode::Async />
                <Route path=path!("/kitchen") view=KITCHEN ssr=SsrMode::Async />
                <Route path=path!("/plan") view=PLAN ssr=SsrMode::Async />
                <Route path=path!("/policies") view=POLICIES ssr=SsrMode::Async />
                <Route path=path!("/orders") view=ORDERS ssr=SsrMode::Async />
                <Route path=path!("/orders/new") view=NEW_ORDER ssr=SsrMode::Async />
                <Route path=path!("/orders/standing") view=STANDING ssr=SsrMode::Async />
                <Route path=path!("/orders/dispatch") view=DISPATCH ssr=SsrMode::Async />
                <Route path=path!("/orders/mixes") view=MIXES ssr=SsrMode::Async />
                <Route path=path!("/orders/labels") view=LABELS ssr=SsrMode::Async />
                <Route path=path!("/orders/:id") view=ORDER ssr=SsrMode::Async />
                <Route path=path!("/stock") view=STOCK ssr=SsrMode::Async />
                <Route path=path!("/stock/waste") view=WASTE ssr=SsrMode::Async />
                <Route path=path!("/stock/count") view=COUNT ssr=SsrMode::Async />
                <Route path=path!("/stock/transfers") view=TRANSFERS ssr=SsrMode::Async />
                <Route path=path!("/stock/transfers/new") view=NEW_TRANSFER ssr=SsrMode::Async />
                <Route path=path!("/stock/opening") view=OPENING ssr=SsrMode::Async />
                <Route path=path!("/stock/projected") view=PROJECTED ssr=SsrMode::Async />
                <Route path=path!("/stock/:product") view=LEDGER ssr=SsrMode::Async />
                <Route path=path!("/ingredients") view=INGREDIENTS ssr=SsrMode::Async />
                <Route path=path!("/ingredients/buy") view=BUY ssr=SsrMode::Async />
                <Route path=path!("/recipes") view=RECIPES ssr=SsrMode::Async />
                <Route path=path!("/imports") view=IMPORTS ssr=SsrMode::Async />
                <Route path=path!("/imports/new") view=SEND_IMPORT ssr=SsrMode::Async />
                <Route path=path!("/imports/:id") view=IMPORT ssr=SsrMode::Async />
                <Route path=path!("/stores") view=STORES ssr=SsrMode::Async />
                <Route path=path!("/products") view=PRODUCTS ssr=SsrMode::Async />
                <Route path=path!("/keys") view=KEYS ssr=SsrMode::Async />
                <Route path=path!("/health") view=HEALTH ssr=SsrMode::Async />
                <Route path=path!("/audit") view=AUDIT ssr=SsrMode::Async />
                <Route path=path!("/admin/users") view=USERS ssr=SsrMode::Async />
                <Route path=path!("/roles") view=ROLES ssr=SsrMode::Async />
                <Route path=path!("/tablets") view=TABLETS ssr=SsrMode::Async />
                <Route path=path!("/style-guide") view=STYLE_GUIDE ssr=SsrMode::Async />
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
