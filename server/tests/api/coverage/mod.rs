//! Access: every REST endpoint and every server function refuses strangers, wrong roles and other organizations' ids.
//!
//! An endpoint of the router stands in `server::api::endpoints()`; a server function registers itself. Both must stand
//! in `table.rs`; one that does not fails the test. To add one: a line there.

mod matrix;
pub mod table;

use crate::app::{TestApp, Visitor};
use contract::calendar::{SaveCalendarEntry, SavePromotion};
use contract::orders::CreateOrder;
use contract::stock::AdjustStock;
use domain::{CalendarKind, Permission, RoleKey, StockReason};
use leptos::server_fn::axum::server_fn_paths;
use reqwest::StatusCode;
use server::api::Access::{self, Needs, SignedIn};
use server::api::endpoints;
use services::Services;
use std::collections::BTreeSet;
use table::{FUNCTIONS, REST};
use testkit::{Org, OrgSpec, org_with, today};
use uuid::Uuid;

fn role_with(permission: Permission) -> Option<RoleKey> {
    RoleKey::ALL
        .iter()
        .copied()
        .find(|r| r.permissions().contains(&permission))
}

fn role_without(permission: Permission) -> Option<RoleKey> {
    RoleKey::ALL
        .iter()
        .copied()
        .find(|r| !r.permissions().contains(&permission))
}

/// Ids of things that an organization has.
struct Things(Vec<(&'static str, Uuid)>);

impl Things {
    async fn of(org: &Org, services: &Services) -> Self {
        let ctx = org.system();
        let (store_id, product_id) = (org.stores[0], org.products[0]);
        let order = CreateOrder {
            command_id: Uuid::now_v7(),
            store_id,
            product_id,
            production_date: today(),
            planned_quantity: 12,
            note: None,
        };
        let order = services
            .production_orders()
            .create(&ctx, order)
            .await
            .unwrap()
            .id;
        let adjust = AdjustStock {
            command_id: Uuid::now_v7(),
            store_id,
            product_id,
            change: 20,
            reason: StockReason::Correction,
            note: None,
            at: None,
        };
        let movement = services
            .stock()
            .adjust(&ctx, adjust)
            .await
            .unwrap()
            .movement_id;
        let entry = SaveCalendarEntry {
            command_id: Uuid::now_v7(),
            id: None,
            store_id: None,
            kind: CalendarKind::Event,
            name: "Feria".into(),
            starts_on: today(),
            ends_on: today(),
            note: None,
        };
        let entry = services
            .calendar()
            .save_entry(&ctx, &entry)
            .await
            .unwrap()
            .id;
        let promotion = SavePromotion {
            command_id: Uuid::now_v7(),
            id: None,
            code: "DOS".into(),
            name: "Dos".into(),
            store_id: None,
            product_id: None,
            category_id: None,
            discount_bp: 1_000,
            starts_on: today(),
            ends_on: today(),
        };
        let promotion = services
            .calendar()
            .save_promotion(&ctx, &promotion)
            .await
            .unwrap()
            .id;
        Self(vec![
            ("{store}", store_id),
            ("{product}", product_id),
            ("{user}", org.user(RoleKey::Production)),
            ("{order}", order),
            ("{movement}", movement),
            ("{entry}", entry),
            ("{promotion}", promotion),
            ("{nothing}", Uuid::now_v7()),
        ])
    }

    fn fill(&self, arguments: &str) -> String {
        let filled = self
            .0
            .iter()
            .fold(arguments.to_owned(), |text, (name, id)| {
                text.replace(name, &id.to_string())
            });
        filled.replace("{command}", &Uuid::now_v7().to_string())
    }
}

struct Roles {
    app: TestApp,
    signed_in: Vec<(RoleKey, Visitor)>,
}

impl Roles {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let mut signed_in = Vec::new();
        for role in RoleKey::ALL.iter().copied() {
            signed_in.push((role, app.signed_in(role).await));
        }
        Self { app, signed_in }
    }

    fn visitor(&self, role: RoleKey) -> &Visitor {
        &self.signed_in.iter().find(|(r, _)| *r == role).unwrap().1
    }
}

#[tokio::test]
async fn every_server_function_is_listed_and_refuses_strangers_wrong_roles_and_other_organizations()
{
    let roles = Roles::start().await;
    let other = org_with(
        &roles.app.db,
        OrgSpec {
            slug: "otro".into(),
            ..OrgSpec::default()
        },
    )
    .await;
    let services = roles.app.db.services();
    let (ours, theirs) = (
        Things::of(&roles.app.org, services).await,
        Things::of(&other, services).await,
    );
    let registered: Vec<(String, String)> = server_fn_paths()
        .map(|(path, method)| (path.to_owned(), method.to_string()))
        .collect();
    assert!(!registered.is_empty());
    let listed: BTreeSet<&str> = FUNCTIONS.iter().map(|f| f.path).collect();
    let mut wrong = Vec::new();
    for (path, method) in &registered {
        let Some(function) = FUNCTIONS.iter().find(|f| f.path == path) else {
            wrong.push(format!(
                "{method} {path} is not listed in coverage/table.rs"
            ));
            continue;
        };
        let own = ours.fill(function.arguments);
        let status = roles.app.stranger().call(method, path, &own).await.status();
        if status != StatusCode::UNAUTHORIZED {
            wrong.push(format!("{path}: a stranger got {status}"));
        }
        if let Needs(permission) = function.access
            && let Some(role) = role_without(permission)
        {
            let status = roles.visitor(role).call(method, path, &own).await.status();
            if status != StatusCode::FORBIDDEN {
                wrong.push(format!("{path}: {role} without {permission} got {status}"));
            }
        }
        let allowed = match function.access {
            Needs(permission) => role_with(permission),
            _ => Some(RoleKey::Analyst),
        };
        let Some(allowed) = allowed else { continue };
        if function.takes_ids {
            let response = roles
                .visitor(allowed)
                .call(method, path, &theirs.fill(function.arguments))
                .await;
            if response.status() != StatusCode::NOT_FOUND {
                let (status, text) = (response.status(), response.text().await.unwrap());
                wrong.push(format!(
                    "{path}: another organization's ids got {status} {text}"
                ));
            }
        } else {
            let status = roles
                .visitor(allowed)
                .call(method, path, &own)
                .await
                .status();
            if status == StatusCode::UNAUTHORIZED
                || status == StatusCode::FORBIDDEN
                || status.is_server_error()
            {
                wrong.push(format!("{path}: {allowed}, who may, got {status}"));
            }
        }
    }
    for path in listed {
        if !registered.iter().any(|(p, _)| p == path) {
            wrong.push(format!("{path} is listed and does not exist"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_rest_endpoint_refuses_strangers_and_wrong_roles() {
    let roles = Roles::start().await;
    let mut wrong = Vec::new();
    for endpoint in endpoints() {
        let path = endpoint.path.split('/').map(|part| {
            if part.starts_with('{') {
                "0198c000-0000-7000-8000-000000000009"
            } else {
                part
            }
        });
        let path = path.collect::<Vec<_>>().join("/");
        let arguments = REST
            .iter()
            .find(|(m, p, _)| *m == endpoint.method.as_str() && *p == endpoint.path)
            .map_or("", |(_, _, a)| a);
        let status = roles
            .app
            .stranger()
            .call(endpoint.method.as_str(), &path, arguments)
            .await
            .status();
        // Who asks for a token says who they are in the body, and is told where they are nobody.
        let is_door = endpoint.path.starts_with("/api/v1/auth/");
        let is_expected = match endpoint.access {
            Access::Public => {
                status.is_success() || (is_door && status == StatusCode::UNAUTHORIZED)
            }
            _ => status == StatusCode::UNAUTHORIZED,
        };
        if !is_expected {
            wrong.push(format!("{endpoint:?}: a stranger got {status}"));
        }
        let allowed = match endpoint.access {
            Access::Public => continue,
            SignedIn => Some(RoleKey::Analyst),
            Needs(permission) => {
                if let Some(role) = role_without(permission) {
                    let status = roles
                        .visitor(role)
                        .call(endpoint.method.as_str(), &path, arguments)
                        .await
                        .status();
                    if status != StatusCode::FORBIDDEN {
                        wrong.push(format!("{endpoint:?}: {role} got {status}"));
                    }
                }
                role_with(permission)
            }
        };
        let Some(allowed) = allowed else { continue };
        let status = roles
            .visitor(allowed)
            .call(endpoint.method.as_str(), &path, arguments)
            .await
            .status();
        // An id that exists nowhere is as unknown as another organization's.
        let unknown = endpoint.path.contains('{')
            && status != StatusCode::NOT_FOUND
            && status != StatusCode::UNPROCESSABLE_ENTITY;
        if unknown
            || status == StatusCode::UNAUTHORIZED
            || status == StatusCode::FORBIDDEN
            || status.is_server_error()
        {
            wrong.push(format!("{endpoint:?}: {allowed}, who may, got {status}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
