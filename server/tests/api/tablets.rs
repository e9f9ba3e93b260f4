//! Shared devices from outside: registering one, taking it over, and what a PIN does not open.

use crate::app::{TestApp, Visitor, location, session_cookie};
use crate::coverage::table::FUNCTIONS;
use chrono::TimeDelta;
use contract::factors::SetPin;
use contract::session::CurrentUser;
use contract::tablets::{RevokeTablet, TabletPicker};
use domain::RoleKey;
use leptos::server_fn::axum::server_fn_paths;
use reqwest::{Method, Response, StatusCode};
use server::api::Access::{Needs, Public};
use server::api::endpoints;
use testkit::{PASSWORD, on_both};
use uuid::Uuid;

const PIN: &str = "2580";

async fn pin(app: &TestApp, role: RoleKey) {
    let command = SetPin {
        pin: PIN.into(),
        password: PASSWORD.into(),
    };
    let ctx = app.org.ctx(role).await;
    app.db
        .services()
        .factors()
        .set_pin(&ctx, command)
        .await
        .unwrap();
}

/// A browser that an administrator made a device of the first store.
async fn registered(app: &TestApp) -> Visitor {
    let visitor = app.signed_in(RoleKey::Admin).await;
    let store = app.org.stores[0].to_string();
    let form = [
        ("store_id", store.as_str()),
        ("name", "Mostrador"),
        ("idle_minutes", "10"),
    ];
    let request = visitor.request(Method::POST, "/tablets").form(&form);
    let answer = request.send().await.unwrap();
    assert_eq!(
        (answer.status(), location(&answer)),
        (StatusCode::SEE_OTHER, "/tablet")
    );
    let cookies = answer.headers().get_all("set-cookie").iter();
    let cookies: Vec<&str> = cookies.map(|c| c.to_str().unwrap()).collect();
    let own = cookies
        .iter()
        .find(|c| c.starts_with("hornada_tablet="))
        .unwrap();
    assert!(
        own.contains("HttpOnly") && own.contains("SameSite=Lax"),
        "{own}"
    );
    visitor
}

async fn take_over(visitor: &Visitor, user_id: Uuid, pin: &str) -> Response {
    let who = user_id.to_string();
    let request = visitor.request(Method::POST, "/tablet");
    request
        .form(&[("who", who.as_str()), ("pin", pin)])
        .send()
        .await
        .unwrap()
}

async fn current(visitor: &Visitor) -> CurrentUser {
    let answer = visitor.call("GET", "/api/current_user", "").await;
    assert_eq!(answer.status(), StatusCode::OK);
    contract::wire::from_bytes(&answer.bytes().await.unwrap()).unwrap()
}

async fn picker(visitor: &Visitor) -> Option<TabletPicker> {
    let answer = visitor.call("GET", "/api/read_tablet", "").await;
    assert_eq!(answer.status(), StatusCode::OK);
    contract::wire::from_bytes(&answer.bytes().await.unwrap()).unwrap()
}

/// Arguments with an id that nothing has wherever one is named.
fn filled(arguments: &str) -> String {
    let names = [
        "{store}",
        "{product}",
        "{user}",
        "{order}",
        "{movement}",
        "{entry}",
        "{promotion}",
        "{nothing}",
        "{command}",
    ];
    names.iter().fold(arguments.to_owned(), |text, name| {
        text.replace(name, &Uuid::now_v7().to_string())
    })
}

#[tokio::test]
async fn registering_ends_the_administrators_session_and_the_device_shows_the_names() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        pin(&app, RoleKey::StoreManager).await;
        let tablet = registered(&app).await;
        assert!(
            !tablet.is_known().await,
            "nobody leaves an administrator behind"
        );
        let shown = picker(&tablet).await.unwrap();
        assert_eq!(shown.people.len(), 1);
        assert_eq!(tablet.page("/tablet").await.status(), StatusCode::OK);
        // A stranger elsewhere learns no name, and who is led to the door is led to the names here.
        let stranger = app.stranger();
        let refused = stranger.call("GET", "/api/read_tablet", "").await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        let page = stranger.page("/tablet").await.text().await.unwrap();
        assert!(!page.contains("Persona store_manager"));
        assert_eq!(location(&tablet.page("/stock").await), "/tablet");

        let manager = app.org.user(RoleKey::StoreManager);
        let wrong = take_over(&tablet, manager, "1470").await;
        assert_eq!(location(&wrong), format!("/tablet?who={manager}&error=pin"));
        assert!(session_cookie(&wrong).is_none());
        let right = take_over(&tablet, manager, PIN).await;
        assert_eq!(location(&right), "/");
        let person = current(&tablet).await;
        assert_eq!(person.user_id, manager);
        assert_eq!(person.tablet.unwrap().name, "Mostrador");
        // Leaving leads back to the names.
        assert_eq!(location(&tablet.sign_out().await), "/tablet");
        assert!(!tablet.is_known().await);
    })
    .await;
}

#[tokio::test]
async fn a_session_by_pin_administers_nothing_and_changes_no_proof() {
    let app = TestApp::start().await;
    pin(&app, RoleKey::Admin).await;
    let tablet = registered(&app).await;
    take_over(&tablet, app.org.user(RoleKey::Admin), PIN).await;
    let person = current(&tablet).await;
    assert!(person.permissions.iter().all(|right| right.fits_tablet()));
    assert_eq!(person.stores.len(), 1, "the device's store alone");
    let own = [
        "/api/begin_factor",
        "/api/confirm_factor",
        "/api/renew_recovery_codes",
        "/api/remove_factor",
        "/api/ask_passkey",
        "/api/begin_passkey",
        "/api/add_passkey",
        "/api/remove_passkey",
        "/api/set_pin",
        "/api/remove_pin",
    ];
    let mut wrong = Vec::new();
    for (path, method) in server_fn_paths() {
        let function = FUNCTIONS.iter().find(|f| f.path == path).unwrap();
        let ruled = match function.access {
            Needs(right) => !right.fits_tablet(),
            _ => own.contains(&path),
        };
        let arguments = filled(function.arguments);
        let answer = tablet.call(method.as_str(), path, &arguments).await;
        if ruled && answer.status() != StatusCode::FORBIDDEN {
            wrong.push(format!("{path}: {}", answer.status()));
        }
    }
    for operation in endpoints() {
        let ruled = match operation.access {
            Needs(right) => !right.fits_tablet(),
            _ => false,
        };
        if !ruled || operation.access == Public {
            continue;
        }
        let path = operation.path.replace("{id}", &Uuid::now_v7().to_string());
        let answer = tablet.call(operation.method.as_str(), &path, "").await;
        if answer.status() != StatusCode::FORBIDDEN {
            wrong.push(format!("{operation:?}: {}", answer.status()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    // Nor is another device made from it.
    let store = app.org.stores[0].to_string();
    let form = [("store_id", store.as_str()), ("name", "Otro")];
    let request = tablet.request(Method::POST, "/tablets").form(&form);
    let refused = request.send().await.unwrap();
    assert_eq!(location(&refused), "/tablets?error=forbidden");
}

#[tokio::test]
async fn guessing_a_pin_locks_it_and_needs_the_device() {
    let app = TestApp::start().await;
    pin(&app, RoleKey::StoreManager).await;
    let tablet = registered(&app).await;
    let manager = app.org.user(RoleKey::StoreManager);
    // Without the device's cookie no PIN is looked at.
    let before = app.db.services().passwords().computed();
    let nowhere = take_over(&app.stranger(), manager, PIN).await;
    assert_eq!(location(&nowhere), "/tablet");
    assert_eq!(app.db.services().passwords().computed(), before);
    let mut ends = Vec::new();
    for guess in 0..20 {
        let refused = take_over(&tablet, manager, &format!("9{guess:03}")).await;
        let end = location(&refused).rsplit('=').next().unwrap_or_default();
        ends.push(end.to_owned());
    }
    assert_eq!(ends[..4], ["pin", "pin", "pin", "pin"]);
    assert!(ends[4..].iter().all(|end| end == "locked"), "{ends:?}");
    let right = take_over(&tablet, manager, PIN).await;
    assert!(location(&right).ends_with("error=locked"));
    app.signed_in(RoleKey::StoreManager).await;
    assert_eq!(location(&take_over(&tablet, manager, PIN).await), "/");
}

#[tokio::test]
async fn the_next_person_ends_the_one_before_and_quiet_and_ending_the_device_end_both() {
    on_both(async |db| {
        let app = TestApp::start_on(db).await;
        for role in [RoleKey::StoreManager, RoleKey::Analyst] {
            pin(&app, role).await;
        }
        let tablet = registered(&app).await;
        let (one, other) = (
            app.org.user(RoleKey::StoreManager),
            app.org.user(RoleKey::Analyst),
        );
        let first = take_over(&tablet, one, PIN).await;
        let cookie = session_cookie(&first).unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        take_over(&tablet, other, PIN).await;
        assert_eq!(current(&tablet).await.user_id, other);
        let replayed = app.stranger().request(Method::GET, "/api/current_user");
        let replayed = replayed.header("cookie", cookie).send().await.unwrap();
        assert_eq!(replayed.status(), StatusCode::UNAUTHORIZED);

        for _ in 0..3 {
            app.advance(TimeDelta::minutes(9));
            assert!(tablet.is_known().await, "somebody works");
        }
        app.advance(TimeDelta::minutes(10));
        assert!(!tablet.is_known().await);
        take_over(&tablet, other, PIN).await;
        assert!(tablet.is_known().await);
        let admin = app.org.ctx(RoleKey::Admin).await;
        let tablets = app.db.services().tablets();
        let tablet_id = tablets.list(&admin).await.unwrap()[0].id;
        tablets
            .revoke(&admin, RevokeTablet { tablet_id })
            .await
            .unwrap();
        assert!(!tablet.is_known().await);
        assert_eq!(location(&take_over(&tablet, other, PIN).await), "/tablet");
    })
    .await;
}
