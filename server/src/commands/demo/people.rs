//! One person a role, all with the same password: for looking around on one's own machine only.

use crate::commands::say;
use contract::users::CreateUser;
use domain::{Language, RoleKey};
use services::{Ctx, Services};
use uuid::Uuid;

/// The demo's password.
pub(super) const PASSWORD: &str = "pan-recien-hecho";

/// The administrator's address.
pub(super) const ADMIN: &str = "admin@demo.hornada.local";

const PEOPLE: [(RoleKey, &str, &str); 3] = [
    (
        RoleKey::StoreManager,
        "tienda@demo.hornada.local",
        "Carmen Tienda",
    ),
    (
        RoleKey::Production,
        "obrador@demo.hornada.local",
        "Mateo Obrador",
    ),
    (
        RoleKey::Analyst,
        "analista@demo.hornada.local",
        "Lucía Analista",
    ),
];

/// Adds those who are missing. The store manager sees the first two shops.
pub(super) async fn add(services: &Services, ctx: &Ctx) -> anyhow::Result<()> {
    let known: Vec<String> = services
        .users()
        .list(ctx)
        .await?
        .into_iter()
        .map(|u| u.email)
        .collect();
    let stores = services.catalog().stores(ctx).await?;
    for (role, email, name) in PEOPLE {
        if known.iter().any(|k| k == email) {
            continue;
        }
        let own = role == RoleKey::StoreManager;
        services
            .users()
            .create(
                ctx,
                CreateUser {
                    command_id: Uuid::now_v7(),
                    email: email.to_owned(),
                    display_name: name.to_owned(),
                    language: Some(Language::Es),
                    roles: vec![role],
                    role_ids: Vec::new(),
                    all_stores: !own,
                    stores: if own {
                        stores.iter().take(2).map(|s| s.id).collect()
                    } else {
                        Vec::new()
                    },
                    password: PASSWORD.to_owned(),
                },
            )
            .await?;
    }
    Ok(())
}

/// Prints where the demo is and who may sign in.
pub(super) fn introduce(address: &str) {
    say("");
    say(&format!(
        "Open {address} and sign in; every password is {PASSWORD}"
    ));
    for (role, email, _) in PEOPLE {
        say(&format!("  {:<14} {email}", role.as_str()));
    }
    say(&format!("  {:<14} {ADMIN}", RoleKey::Admin.as_str()));
    say("");
}
