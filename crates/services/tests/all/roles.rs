//! Roles of an organization's own, and how far somebody reaches who hands out rights.

use crate::scene::reason;
use contract::roles::{ChangeRole, CreateRole, DeleteRole, RoleView};
use contract::users::{ChangeUser, CreateUser, ResetPassword, SetUserActive};
use domain::{Permission as P, RoleKey};
use entity::audit_entry;
use sea_orm::EntityTrait;
use services::{Arrival, Ctx, ServiceError};
use std::collections::BTreeSet;
use testkit::{Org, OrgSpec, TestDb, now, on_both, org_with};
use uuid::Uuid;

fn wanted(name: &str, permissions: &[P]) -> CreateRole {
    CreateRole {
        command_id: Uuid::now_v7(),
        name: name.into(),
        permissions: permissions.to_vec(),
    }
}

fn changed(role: &RoleView, name: &str, permissions: &[P]) -> ChangeRole {
    ChangeRole {
        command_id: Uuid::now_v7(),
        role_id: role.id,
        version: role.version,
        name: name.into(),
        permissions: permissions.to_vec(),
    }
}

fn deleted(role: &RoleView) -> DeleteRole {
    DeleteRole {
        command_id: Uuid::now_v7(),
        role_id: role.id,
        version: role.version,
    }
}

fn person(email: &str, roles: &[RoleKey], role_ids: &[Uuid], stores: &[Uuid]) -> CreateUser {
    CreateUser {
        command_id: Uuid::now_v7(),
        email: email.into(),
        display_name: "Marta Gil".into(),
        language: None,
        roles: roles.to_vec(),
        role_ids: role_ids.to_vec(),
        all_stores: stores.is_empty(),
        stores: stores.to_vec(),
        password: "otra palabra larga".into(),
    }
}

async fn ctx_of(db: &TestDb, user_id: Uuid) -> Ctx {
    let found = db.services().identity().find(user_id).await.expect("read");
    let arrival = Arrival {
        now: now(),
        request_id: "r".into(),
        source: "192.0.2.7".into(),
    };
    arrival.by(found.expect("a person").actor)
}

fn two_stores() -> OrgSpec {
    OrgSpec {
        stores: 2,
        ..OrgSpec::default()
    }
}

async fn role_of(org: &Org, db: &TestDb, key: RoleKey) -> RoleView {
    let admin = org.ctx(RoleKey::Admin).await;
    let roles = db.services().roles().list(&admin).await.expect("roles");
    roles
        .into_iter()
        .find(|r| r.key == Some(key))
        .expect("a role")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_made_held_changed_and_deleted_once_nobody_holds_it() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let (roles, users) = (db.services().roles(), db.services().users());
        let command = wanted("Turno de noche", &[P::OrdersRead, P::OrdersStart]);
        let made = roles.create(&admin, command.clone()).await.expect("made");
        let again = roles.create(&admin, command).await.expect("known");
        assert_eq!(made, again);
        assert_eq!((made.key, made.version, made.holders), (None, 1, 0));
        let taken = roles
            .create(&admin, wanted("turno DE noche", &[P::OrdersRead]))
            .await;
        assert_eq!(reason(&taken.expect_err("taken")), "role.taken");

        let night = person("noche@horno.example", &[], &[made.id], &[]);
        let id = users.create(&admin, night).await.expect("added");
        let holds = ctx_of(&db, id).await.actor.permissions;
        assert_eq!(holds, BTreeSet::from([P::OrdersRead, P::OrdersStart]));
        let listed = users.list(&admin).await.expect("listed");
        let listed = listed.iter().find(|u| u.id == id).expect("there");
        assert_eq!(listed.own_roles[0].name, "Turno de noche");
        assert!(listed.roles.is_empty());

        let held = roles.delete(&admin, deleted(&made)).await;
        assert_eq!(reason(&held.expect_err("held")), "role.held");
        let next = roles
            .change(&admin, changed(&made, "Noche", &[P::OrdersRead]))
            .await
            .expect("changed");
        assert_eq!((next.version, next.holders), (2, 1));
        // For everybody who holds it, at once.
        let holds = ctx_of(&db, id).await.actor.permissions;
        assert_eq!(holds, BTreeSet::from([P::OrdersRead]));
        let stale = roles
            .change(&admin, changed(&made, "Otra", &[P::OrdersRead]))
            .await;
        assert!(
            matches!(
                stale,
                Err(ServiceError::Conflict {
                    reason: "role.stale",
                    ..
                })
            ),
            "{stale:?}"
        );
        let move_on = ChangeUser {
            command_id: Uuid::now_v7(),
            user_id: id,
            display_name: "Marta Gil".into(),
            language: None,
            roles: vec![RoleKey::Production],
            role_ids: vec![],
            all_stores: true,
            stores: vec![],
        };
        users.change(&admin, move_on).await.expect("changed");
        roles.delete(&admin, deleted(&next)).await.expect("deleted");
        let gone = roles.get(&admin, made.id).await;
        assert!(matches!(gone, Err(ServiceError::NotFound(_))), "{gone:?}");

        let log = audit_entry::Entity::find().all(db.db().connection()).await;
        let log = log.expect("log");
        let change = log
            .iter()
            .find(|e| e.action == "roles.change")
            .expect("logged");
        assert_eq!(
            change.before.as_ref().expect("before")["name"],
            "Turno de noche"
        );
        assert_eq!(
            change.after.as_ref().expect("after")["permissions"][0],
            "orders.read"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_four_stay_as_they_are_and_can_be_copied() {
    on_both(async |db| {
        let org = org_with(&db, OrgSpec::default()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let roles = db.services().roles();
        for key in RoleKey::ALL.iter().copied() {
            let four = role_of(&org, &db, key).await;
            let change = roles
                .change(&admin, changed(&four, "X", &[P::OrdersRead]))
                .await;
            assert_eq!(reason(&change.expect_err("built in")), "role.built_in");
            let delete = roles.delete(&admin, deleted(&four)).await;
            assert_eq!(reason(&delete.expect_err("built in")), "role.built_in");
            let name = format!("Copia {key}");
            let copy = roles.create(&admin, wanted(&name, &four.permissions)).await;
            assert_eq!(copy.expect("copied").permissions, four.permissions);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hands_out_administration_that_they_do_not_hold() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let (roles, users) = (db.services().roles(), db.services().users());
        // An administrator does not bake and lets others bake.
        assert!(!admin.actor.permissions.contains(&P::OrdersComplete));
        let bake = wanted("Horno", &[P::OrdersRead, P::OrdersComplete]);
        let bake = roles.create(&admin, bake).await.expect("made");

        let hr = roles
            .create(&admin, wanted("Personal", &[P::UsersRead, P::UsersWrite]))
            .await
            .expect("made");
        let id = users
            .create(&admin, person("rrhh@horno.example", &[], &[hr.id], &[]))
            .await
            .expect("added");
        let hr_ctx = ctx_of(&db, id).await;
        // Work may be handed out.
        users
            .create(&hr_ctx, person("pan@horno.example", &[], &[bake.id], &[]))
            .await
            .expect("added");
        // Administration may not: not in a role of one's own making, not by one of the four, not to oneself.
        let keys = roles
            .create(&hr_ctx, wanted("Llaves", &[P::KeysManage]))
            .await;
        assert!(
            matches!(keys, Err(ServiceError::Forbidden("keys.manage"))),
            "{keys:?}"
        );
        let grow = [P::UsersRead, P::UsersWrite, P::SettingsWrite];
        let grown = roles.change(&hr_ctx, changed(&hr, "Personal", &grow)).await;
        assert!(
            matches!(grown, Err(ServiceError::Forbidden(_))),
            "{grown:?}"
        );
        let boss = person("jefa@horno.example", &[RoleKey::Admin], &[], &[]);
        let boss = users.create(&hr_ctx, boss).await;
        assert!(matches!(boss, Err(ServiceError::Forbidden(_))), "{boss:?}");
        let climb = ChangeUser {
            command_id: Uuid::now_v7(),
            user_id: id,
            display_name: "Marta Gil".into(),
            language: None,
            roles: vec![RoleKey::Admin],
            role_ids: vec![hr.id],
            all_stores: true,
            stores: vec![],
        };
        let climbed = users.change(&hr_ctx, climb).await;
        assert!(
            matches!(climbed, Err(ServiceError::Forbidden(_))),
            "{climbed:?}"
        );
        // Nor is an administrator's password set, or their account closed, from below.
        let taken = ResetPassword {
            command_id: Uuid::now_v7(),
            user_id: org.user(RoleKey::Admin),
            password: "otra palabra larga".into(),
        };
        let taken = users.reset_password(&hr_ctx, taken).await;
        assert!(
            matches!(taken, Err(ServiceError::Forbidden(_))),
            "{taken:?}"
        );
        let closed = SetUserActive {
            command_id: Uuid::now_v7(),
            user_id: org.user(RoleKey::Admin),
            active: false,
        };
        let closed = users.set_active(&hr_ctx, closed).await;
        assert!(
            matches!(closed, Err(ServiceError::Forbidden(_))),
            "{closed:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reaches_into_stores_that_they_do_not_see() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let (roles, users) = (db.services().roles(), db.services().users());
        let hr = roles
            .create(&admin, wanted("Personal", &[P::UsersRead, P::UsersWrite]))
            .await
            .expect("made");
        let here = [org.stores[0]];
        let id = users
            .create(&admin, person("rrhh@horno.example", &[], &[hr.id], &here))
            .await
            .expect("added");
        let local = ctx_of(&db, id).await;
        let seller =
            |email: &str, stores: &[Uuid]| person(email, &[RoleKey::StoreManager], &[], stores);
        users
            .create(&local, seller("a@horno.example", &here))
            .await
            .expect("here");
        for beyond in [&[org.stores[1]][..], &[]] {
            let refused = users
                .create(&local, seller("b@horno.example", beyond))
                .await;
            assert_eq!(reason(&refused.expect_err("beyond")), "users.beyond_stores");
        }
        // Production sees every store.
        let reset = ResetPassword {
            command_id: Uuid::now_v7(),
            user_id: org.user(RoleKey::Production),
            password: "otra palabra larga".into(),
        };
        let refused = users.reset_password(&local, reset).await;
        assert_eq!(reason(&refused.expect_err("beyond")), "users.beyond_stores");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_held_elsewhere_is_not_changed_from_here() {
    on_both(async |db| {
        let org = org_with(&db, two_stores()).await;
        let admin = org.ctx(RoleKey::Admin).await;
        let (roles, users) = (db.services().roles(), db.services().users());
        let rights = [P::UsersRead, P::UsersWrite];
        let hr = roles.create(&admin, wanted("Personal", &rights)).await;
        let hr = hr.expect("made");
        let (here, there) = ([org.stores[0]], [org.stores[1]]);
        let local = person("rrhh@horno.example", &[], &[hr.id], &here);
        let local = users.create(&admin, local).await.expect("added");
        let local = ctx_of(&db, local).await;
        let night = roles
            .create(&admin, wanted("Noche", &[P::OrdersRead]))
            .await;
        let night = night.expect("made");
        let near = person("a@horno.example", &[], &[night.id], &here);
        users.create(&admin, near).await.expect("added");
        let more = [P::OrdersRead, P::OrdersStart];
        let night = roles.change(&local, changed(&night, "Noche", &more)).await;
        let night = night.expect("only people of here hold it");
        let far = person("b@horno.example", &[], &[night.id], &there);
        users.create(&admin, far).await.expect("added");
        let most = [P::OrdersRead, P::OrdersStart, P::OrdersCancel];
        let refused = roles.change(&local, changed(&night, "Noche", &most)).await;
        assert_eq!(reason(&refused.expect_err("beyond")), "users.beyond_stores");
        let changed = roles.change(&admin, changed(&night, "Noche", &most)).await;
        changed.expect("by who sees every store");
    })
    .await;
}
