//! The access matrix: every page, server function and REST operation, and what comes of it for a stranger, for each role, for
//! another store, another organization, a session that was ended and a person whose account was closed.
//!
//! What is specified stands in one list for each of the three kinds, is compared with what the server answers, and is written
//! down in `docs/access-matrix.md`. What is new and stands in no list fails. `HORNADA_WRITE_ACCESS_MATRIX=1` writes the document
//! instead of comparing it.

use super::table::{FUNCTIONS, REST};
use super::{Roles, Things};
use crate::app::{TestApp, Visitor, location, session_cookie};
use contract::users::SetUserActive;
use domain::{Permission as P, RoleKey};
use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::generate_route_list;
use reqwest::{Method, StatusCode};
use server::api::Access::{self, Needs, Public, SignedIn};
use server::api::endpoints;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use testkit::{OrgSpec, PASSWORD, org_with};
use uuid::Uuid;

/// Every page, in the order of its address. A page is a frame: what it shows comes through the functions and operations below.
#[rustfmt::skip]
const PAGES: &[(&str, Access)] = &[
    ("/", SignedIn),
    ("/account", SignedIn),
    ("/account/security", SignedIn),
    ("/admin/jobs", Needs(P::JobsRead)),
    ("/admin/users", Needs(P::UsersRead)),
    ("/alerts", Needs(P::AlertsRead)),
    ("/alerts/channels", Needs(P::SettingsWrite)),
    ("/alerts/rules", Needs(P::SettingsWrite)),
    ("/audit", Needs(P::AuditRead)),
    ("/events", Needs(P::CalendarRead)),
    ("/forecast", Needs(P::ForecastsRead)),
    ("/forecast/{product}", Needs(P::ForecastsRead)),
    ("/forgot", Public),
    ("/health", Needs(P::BackupsRead)),
    ("/imports", Needs(P::ImportsRead)),
    ("/imports/new", Needs(P::ImportsCreate)),
    ("/imports/{id}", Needs(P::ImportsRead)),
    ("/ingredients", Needs(P::RecipesRead)),
    ("/ingredients/buy", Needs(P::RecipesRead)),
    ("/invitation", Public),
    ("/keys", Needs(P::KeysManage)),
    ("/kitchen", Needs(P::OrdersRead)),
    ("/login", Public),
    ("/login/code", Public),
    ("/login/sso", Public),
    ("/orders", Needs(P::OrdersRead)),
    ("/orders/dispatch", Needs(P::OrdersRead)),
    ("/orders/labels", Needs(P::OrdersRead)),
    ("/orders/mixes", Needs(P::RecipesRead)),
    ("/orders/new", Needs(P::OrdersCreate)),
    ("/orders/standing", Needs(P::OrdersRead)),
    ("/orders/{id}", Needs(P::OrdersRead)),
    ("/plan", Needs(P::SuggestionsRead)),
    ("/policies", Needs(P::PoliciesWrite)),
    ("/products", Needs(P::SettingsWrite)),
    ("/promotions", Needs(P::CalendarRead)),
    ("/recipes", Needs(P::RecipesRead)),
    ("/reset", Public),
    ("/roles", Needs(P::UsersRead)),
    ("/settings", Needs(P::SettingsWrite)),
    ("/settings/sign-on", Needs(P::SettingsWrite)),
    ("/sign-up", Public),
    ("/stock", Needs(P::StockRead)),
    ("/stock/count", Needs(P::StockCount)),
    ("/stock/opening", Needs(P::StockAdjust)),
    ("/stock/projected", Needs(P::StockRead)),
    ("/stock/transfers", Needs(P::StockRead)),
    ("/stock/transfers/new", Needs(P::StockTransfer)),
    ("/stock/waste", Needs(P::StockWaste)),
    ("/stock/{product}", Needs(P::StockRead)),
    ("/stores", Needs(P::SettingsWrite)),
    ("/style-guide", SignedIn),
    ("/tablet", Public),
    ("/tablets", Needs(P::UsersRead)),
    ("/today", Needs(P::TodayRead)),
];

/// An id that nothing has.
const NOTHING: &str = "0198c000-0000-7000-8000-000000000009";

/// Where the matrix is written down, from the workspace.
const DOCUMENT: &str = "docs/access-matrix.md";

fn may(role: RoleKey, access: Access) -> bool {
    match access {
        Public | SignedIn => true,
        Needs(permission) => role.permissions().contains(&permission),
    }
}

fn needs(access: Access) -> String {
    match access {
        Public => "nothing".to_owned(),
        SignedIn => "a session".to_owned(),
        Needs(permission) => format!("`{permission}`"),
    }
}

/// What is sent under the name of a store, in functions (`{store}`) and operations (`store_id=`).
fn names_a_store(arguments: &str) -> bool {
    arguments.contains("\"store_id\":\"{store}\"")
        || arguments.contains("store_id]={store}")
        || arguments.starts_with("store_id=")
}

/// One line of the document.
fn line(table: &mut String, what: &str, access: Access, no: [&str; 5]) {
    let [stranger, without, store, organization, ended] = no;
    let _ = write!(table, "| {what} | {} | {stranger} |", needs(access));
    for role in RoleKey::ALL.iter().copied() {
        let cell = if may(role, access) { "yes" } else { without };
        let _ = write!(table, " {cell} |");
    }
    let _ = writeln!(table, " {store} | {organization} | {ended} | {ended} |");
}

fn head(document: &mut String, title: &str, what: &str) {
    let _ = write!(document, "\n## {title}\n\n| {what} | needs | stranger |");
    for role in RoleKey::ALL.iter() {
        let _ = write!(document, " {role} |");
    }
    document.push_str(
        " another store | another organization | ended session | closed account |\n|---|---|---|",
    );
    for _ in 0..RoleKey::ALL.len() + 4 {
        document.push_str("---|");
    }
    document.push('\n');
}

/// The document, from the lists alone.
fn document() -> String {
    let mut text = String::from(
        "# Who may do what\n\n\
         Made from the lists that the server's access tests walk (`server/tests/api/coverage`), and compared with them by a test;\n\
         `HORNADA_WRITE_ACCESS_MATRIX=1 cargo test -p server --test api matrix` writes it anew.\n\n\
         A number is the status of the refusal. A role that lacks the permission gets 403. A store out of the person's scope and\n\
         anything of another organization are as unknown as an id that nothing has: 404. `-` means that the line names no such\n\
         thing; what it shows is then cut to the person's stores and organization. An ended session (signed out, ended by\n\
         the administrator, run out) and a closed account are strangers.\n",
    );
    head(&mut text, "Pages", "page");
    for (path, access) in PAGES {
        let no = match access {
            Public => ["yes", "-", "-", "-", "yes"],
            _ => ["302 to /login", "403", "-", "-", "302 to /login"],
        };
        line(&mut text, path, *access, no);
    }
    head(&mut text, "Server functions", "function");
    let mut functions: Vec<_> = FUNCTIONS.iter().collect();
    functions.sort_by_key(|f| f.path);
    for function in functions {
        let of_store = function.takes_ids && names_a_store(function.arguments);
        let store = if of_store { "404" } else { "-" };
        let organization = if function.takes_ids { "404" } else { "-" };
        let no = ["401", "403", store, organization, "401"];
        line(&mut text, function.path, function.access, no);
    }
    head(&mut text, "REST operations", "operation");
    let mut operations = endpoints();
    operations.sort_by_key(|e| (e.path, e.method.to_string()));
    for operation in operations {
        let of_store = names_a_store(arguments_of(&operation.method, operation.path));
        let store = if of_store { "404" } else { "-" };
        let organization = if of_store || operation.path.contains('{') {
            "404"
        } else {
            "-"
        };
        let no = match operation.access {
            Public => ["yes", "-", "-", "-", "yes"],
            _ => ["401", "403", store, organization, "401"],
        };
        let what = format!("{} {}", operation.method, operation.path);
        line(&mut text, &what, operation.access, no);
    }
    text
}

fn arguments_of(method: &Method, path: &str) -> &'static str {
    REST.iter()
        .find(|(m, p, _)| *m == method.as_str() && *p == path)
        .map_or("", |(_, _, arguments)| *arguments)
}

#[test]
fn the_access_matrix_that_is_written_down_is_the_one_that_is_tested() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(DOCUMENT);
    let current = document();
    if std::env::var_os("HORNADA_WRITE_ACCESS_MATRIX").is_some() {
        std::fs::write(&path, current).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let new: Vec<&str> = current
        .lines()
        .filter(|line| !written.lines().any(|l| l == *line))
        .collect();
    assert!(
        written == current,
        "{DOCUMENT} is not current; HORNADA_WRITE_ACCESS_MATRIX=1 writes it. New lines:\n{}",
        new.join("\n")
    );
}

/// An address with an id in every place that takes one.
fn filled(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { NOTHING } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Somebody with a cookie that was good once.
async fn holding(app: &TestApp, cookie: &str, method: &str, path: &str, html: bool) -> StatusCode {
    let accept = if html {
        "text/html"
    } else {
        "application/json"
    };
    app.stranger()
        .request(method.parse().unwrap(), path)
        .header("cookie", cookie)
        .header("accept", accept)
        .send()
        .await
        .unwrap()
        .status()
}

/// The cookies of a session that was ended and of a person whose account was closed since; both were administrators.
async fn spent(app: &TestApp) -> [String; 2] {
    let cookie = async |role: RoleKey| {
        let visitor = app.stranger();
        let answer = visitor.sign_in(&app.org.email(role), PASSWORD).await;
        let cookie = session_cookie(&answer).unwrap();
        (
            visitor,
            cookie.split(';').next().unwrap_or_default().to_owned(),
        )
    };
    let (leaving, ended) = cookie(RoleKey::Admin).await;
    let (_, closed) = cookie(RoleKey::Analyst).await;
    for one in [&ended, &closed] {
        let status = holding(app, one, "GET", "/api/current_user", false).await;
        assert_eq!(status, StatusCode::OK, "good before");
    }
    leaving.sign_out().await;
    let command = SetUserActive {
        command_id: Uuid::now_v7(),
        user_id: app.org.user(RoleKey::Analyst),
        active: false,
    };
    let admin = app.org.ctx(RoleKey::Admin).await;
    let services = app.db.services();
    services.users().set_active(&admin, command).await.unwrap();
    [ended, closed]
}

#[tokio::test]
async fn every_page_is_listed_and_opens_for_those_who_may_alone() {
    let roles = Roles::start().await;
    let routes: BTreeSet<String> = generate_route_list(::app::App)
        .iter()
        .map(|route| route.path().to_owned())
        .collect();
    let listed: BTreeSet<String> = PAGES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(routes, listed, "pages of the router and of the list");
    let mut wrong = Vec::new();
    for (path, access) in PAGES {
        let address = filled(path);
        let stranger = roles.app.stranger().page(&address).await;
        let (status, away) = (stranger.status(), location(&stranger).to_owned());
        let as_specified = match access {
            Public => status == StatusCode::OK,
            _ => status == StatusCode::FOUND && away.starts_with("/login"),
        };
        if !as_specified {
            wrong.push(format!("{path}: a stranger got {status} {away}"));
        }
        for role in RoleKey::ALL.iter().copied() {
            let status = roles.visitor(role).page(&address).await.status();
            // An id that nothing has is unknown to those who may look. Who is signed in is led on from the door.
            let as_specified = if may(role, *access) {
                status == StatusCode::OK
                    || (path.contains('{') && status == StatusCode::NOT_FOUND)
                    || (matches!(*path, "/" | "/login") && status.is_redirection())
            } else {
                status == StatusCode::FORBIDDEN
            };
            if !as_specified {
                wrong.push(format!("{path}: {role} got {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_function_answers_each_role_as_the_matrix_says() {
    let roles = Roles::start().await;
    let spec = OrgSpec {
        slug: "otro".into(),
        ..OrgSpec::default()
    };
    let other = org_with(&roles.app.db, spec).await;
    let services = roles.app.db.services();
    let ours = Things::of(&roles.app.org, services).await;
    let theirs = Things::of(&other, services).await;
    let away = roles.app.org.stores[1].to_string();
    let mut wrong = Vec::new();
    for (path, method) in server_fn_paths() {
        let Some(function) = FUNCTIONS.iter().find(|f| f.path == path) else {
            wrong.push(format!("{path} is not listed in coverage/table.rs"));
            continue;
        };
        let call = async |who: &Visitor, arguments: &str| {
            let answer = who.call(method.as_str(), path, arguments).await;
            answer.status()
        };
        for role in RoleKey::ALL.iter().copied() {
            let who = roles.visitor(role);
            let (status, as_specified) = if !may(role, function.access) {
                let status = call(who, &ours.fill(function.arguments)).await;
                (status, status == StatusCode::FORBIDDEN)
            } else if function.takes_ids {
                // Past the permission, and another organization's things are not there.
                let status = call(who, &theirs.fill(function.arguments)).await;
                (status, status == StatusCode::NOT_FOUND)
            } else {
                let status = call(who, &ours.fill(function.arguments)).await;
                (status, passed(status))
            };
            if !as_specified {
                wrong.push(format!("{path}: {role} got {status}"));
            }
        }
        // The store manager's scope is the first store.
        let manager = RoleKey::StoreManager;
        if may(manager, function.access) && function.takes_ids && names_a_store(function.arguments)
        {
            let arguments = ours.fill(&function.arguments.replace("{store}", &away));
            let status = call(roles.visitor(manager), &arguments).await;
            if status != StatusCode::NOT_FOUND {
                wrong.push(format!("{path}: another store got {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Neither refused nor a fault of the server.
fn passed(status: StatusCode) -> bool {
    status != StatusCode::UNAUTHORIZED
        && status != StatusCode::FORBIDDEN
        && !status.is_server_error()
}

#[tokio::test]
async fn every_operation_answers_each_role_as_the_matrix_says() {
    let roles = Roles::start().await;
    let spec = OrgSpec {
        slug: "otro".into(),
        ..OrgSpec::default()
    };
    let other = org_with(&roles.app.db, spec).await;
    let mut wrong = Vec::new();
    for operation in endpoints() {
        let path = filled(operation.path);
        let arguments = arguments_of(&operation.method, operation.path);
        let method = operation.method.as_str();
        for role in RoleKey::ALL.iter().copied() {
            let status = roles
                .visitor(role)
                .call(method, &path, arguments)
                .await
                .status();
            let as_specified = if may(role, operation.access) {
                // Who gives no credential that is good gets no token, whoever is signed in.
                passed(status)
                    || (status == StatusCode::UNAUTHORIZED && path.starts_with("/api/v1/auth/"))
            } else {
                status == StatusCode::FORBIDDEN
            };
            if !as_specified {
                wrong.push(format!("{operation:?}: {role} got {status}"));
            }
        }
        if !names_a_store(arguments) {
            continue;
        }
        let elsewhere = [
            (RoleKey::StoreManager, roles.app.org.stores[1]),
            (RoleKey::Analyst, other.stores[0]),
        ];
        for (role, store) in elsewhere {
            if !may(role, operation.access) {
                continue;
            }
            let arguments = arguments.replace(NOTHING, &store.to_string());
            let who = roles.visitor(role);
            let status = who.call(method, &path, &arguments).await.status();
            if status != StatusCode::NOT_FOUND {
                wrong.push(format!(
                    "{operation:?}: {role} in another store got {status}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn an_ended_session_and_a_closed_account_open_nothing() {
    let app = TestApp::start().await;
    let cookies = spent(&app).await;
    let functions = server_fn_paths().map(|(path, method)| (method.to_string(), path.to_owned()));
    let operations = endpoints();
    let operations = operations
        .iter()
        .filter(|operation| operation.access != Public)
        .map(|operation| (operation.method.to_string(), filled(operation.path)));
    let calls: Vec<(String, String)> = functions.chain(operations).collect();
    let mut wrong = Vec::new();
    for cookie in &cookies {
        for (method, path) in &calls {
            let status = holding(&app, cookie, method, path, false).await;
            if status != StatusCode::UNAUTHORIZED {
                wrong.push(format!("{method} {path} got {status}"));
            }
        }
        for (path, access) in PAGES {
            let status = holding(&app, cookie, "GET", &filled(path), true).await;
            let expected = if *access == Public {
                StatusCode::OK
            } else {
                StatusCode::FOUND
            };
            if status != expected {
                wrong.push(format!("{path} got {status}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
