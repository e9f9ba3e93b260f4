//! Coming in through an organization's provider: the provider here is one of this test's own, which says what it is told to say.

use crate::app::{TestApp, Visitor, location, session_cookie};
use crate::passkeys;
use axum::extract::{Form, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use contract::single_sign_on::{ProviderValues, ProviderView, SaveProvider};
use contract::users::SetUserActive;
use domain::RoleKey;
use http::{HeaderMap, StatusCode};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use testkit::{Org, OrgSpec, PASSWORD, TestDb, now, on_both, org_with};
use tokio::net::TcpListener;
use url::Url;
use uuid::Uuid;

const SECRET: &str = "a secret: with/odd signs";

/// What stands before 32 random bytes that are a private key of Ed25519, in PKCS #8 (RFC 8410).
const ED25519: &[u8] = &[
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// What the provider says to whoever redeems a code, and what it was asked.
#[derive(Default)]
struct Mind {
    claims: Value,
    asked: Vec<(HeaderMap, HashMap<String, String>)>,
}

#[derive(Clone)]
struct Known {
    issuer: String,
    private: EncodingKey,
    public: Jwk,
    mind: Arc<Mutex<Mind>>,
}

/// A provider on this machine.
struct Idp {
    port: u16,
    known: Known,
}

async fn describe(State(known): State<Known>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", known.issuer);
    Json(json!({
        "issuer": known.issuer, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"), "end_session_endpoint": at("/end"),
    }))
}

async fn keys(State(known): State<Known>) -> Json<Value> {
    // One that nobody here knows must not hide the others.
    Json(json!({ "keys": [{ "kty": "new", "x": 1 }, known.public] }))
}

async fn redeem(
    State(known): State<Known>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Json<Value> {
    let mut mind = known.mind.lock().unwrap();
    mind.asked.push((headers, form));
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid.clone_from(&known.public.common.key_id);
    let token = encode(&header, &mind.claims, &known.private).unwrap();
    Json(json!({ "access_token": "none", "token_type": "Bearer", "id_token": token }))
}

impl Idp {
    async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
        let bytes = [ED25519, &one.as_bytes()[..], &other.as_bytes()[..]];
        let private = EncodingKey::from_ed_der(&bytes.concat());
        let mut public = Jwk::from_encoding_key(&private, Algorithm::EdDSA).unwrap();
        public.common.key_id = Some("a".to_owned());
        let known = Known {
            issuer: format!("http://127.0.0.1:{port}"),
            private,
            public,
            mind: Arc::default(),
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/token", post(redeem))
            .with_state(known.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, known }
    }

    /// From now on it says this of everybody.
    fn says(&self, claims: Value) {
        self.known.mind.lock().unwrap().claims = claims;
    }

    fn asked(&self) -> Vec<(HeaderMap, HashMap<String, String>)> {
        self.known.mind.lock().unwrap().asked.clone()
    }
}

/// A server whose operator means this provider.
async fn app_for(db: TestDb, idp: &Idp) -> TestApp {
    let port = idp.port;
    TestApp::start_with(db, |options| {
        options.single_sign_on_plain = Some(true);
        options.single_sign_on_ports = Some(vec![port]);
        options.single_sign_on_inside = Some(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    })
    .await
}

fn values(idp: &Idp, domain: &str) -> ProviderValues {
    ProviderValues {
        name: "Horno".into(),
        issuer: idp.known.issuer.clone(),
        client_id: "hornada".into(),
        domains: vec![domain.into()],
        makes_people: false,
        roles: Vec::new(),
        role_ids: Vec::new(),
        all_stores: false,
        stores: Vec::new(),
        trusts_factor: false,
        passwords_allowed: true,
        active: true,
    }
}

async fn name_provider(app: &TestApp, org: &Org, values: ProviderValues) -> ProviderView {
    let command = SaveProvider {
        command_id: Uuid::now_v7(),
        provider_id: None,
        version: 0,
        values,
        client_secret: Some(SECRET.into()),
    };
    let services = app.db.services();
    let single_sign_on = services.single_sign_on();
    single_sign_on.save(&org.system(), &command).await.unwrap()
}

/// Somebody who stands at the provider.
struct Away {
    redirect_uri: Url,
    state: String,
    nonce: String,
}

async fn set_out(visitor: &Visitor, provider: &ProviderView) -> Away {
    let response = visitor
        .page(&format!("/login/sso/{}?next=/stock", provider.id))
        .await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let url = Url::parse(location(&response)).unwrap();
    assert_eq!(url.path(), "/authorize");
    let asked: HashMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["code_challenge_method"], "S256");
    Away {
        redirect_uri: Url::parse(&asked["redirect_uri"]).unwrap(),
        state: asked["state"].clone(),
        nonce: asked["nonce"].clone(),
    }
}

impl Away {
    fn answer(&self, state: &str) -> String {
        format!("{}?code=c&state={state}", self.redirect_uri.path())
    }

    async fn come_back(&self, visitor: &Visitor) -> String {
        let response = visitor.page(&self.answer(&self.state)).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        location(&response).to_owned()
    }
}

fn claims(idp: &Idp, away: &Away, subject: &str, email: &str) -> Value {
    let at = now().timestamp();
    json!({
        "iss": idp.known.issuer, "aud": "hornada", "sub": subject, "iat": at, "exp": at + 300, "nonce": away.nonce,
        "email": email, "email_verified": true, "name": "Ana Pan",
    })
}

fn reason(location: &str) -> Option<&str> {
    let query = location.strip_prefix("/login?")?;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("error="))
}

/// Whoever this is comes in, or is told why not.
async fn attempt(
    idp: &Idp,
    visitor: &Visitor,
    provider: &ProviderView,
    subject: &str,
    email: &str,
) -> String {
    let away = set_out(visitor, provider).await;
    idp.says(claims(idp, &away, subject, email));
    away.come_back(visitor).await
}

#[tokio::test]
async fn somebody_who_is_there_comes_in_under_a_new_session_and_is_known_by_their_subject() {
    on_both(async |db| {
        let idp = Idp::start().await;
        let app = app_for(db, &idp).await;
        let provider = name_provider(&app, &app.org, values(&idp, "horno.example")).await;
        let email = app.org.email(RoleKey::Analyst);
        let visitor = app.stranger();

        let away = set_out(&visitor, &provider).await;
        idp.says(claims(&idp, &away, "1", &email.to_uppercase()));
        let response = visitor.page(&away.answer(&away.state)).await;
        assert_eq!(location(&response), "/stock");
        assert!(session_cookie(&response).is_some());
        assert!(visitor.is_known().await);

        let asked = idp.asked();
        let (headers, form) = &asked[0];
        assert!(
            headers["authorization"]
                .to_str()
                .unwrap()
                .starts_with("Basic ")
        );
        assert_eq!(form["grant_type"], "authorization_code");
        assert_eq!(form["redirect_uri"], away.redirect_uri.as_str());
        assert_eq!(form["code_verifier"].len(), 43);
        assert!(!form.contains_key("client_secret"));

        // The same way back leads nowhere a second time, here or in another browser.
        assert!(visitor.sign_out().await.status().is_redirection());
        assert_eq!(reason(&away.come_back(&visitor).await), Some("sso_ended"));
        assert_eq!(
            reason(&away.come_back(&app.stranger()).await),
            Some("sso_ended")
        );
        assert_eq!(idp.asked().len(), 1);

        // Another subject by the same address is somebody else; the same subject by another address is the same person.
        let other = attempt(&idp, &app.stranger(), &provider, "2", &email).await;
        assert_eq!(reason(&other), Some("single_sign_on.other_subject"));
        let moved = attempt(&idp, &app.stranger(), &provider, "1", "ana@horno.example").await;
        assert_eq!(moved, "/stock");
    })
    .await;
}

#[tokio::test]
async fn whoever_leaves_is_offered_to_leave_the_provider_too() {
    let idp = Idp::start().await;
    let app = app_for(TestDb::sqlite().await, &idp).await;
    let provider = name_provider(&app, &app.org, values(&idp, "horno.example")).await;
    let visitor = app.stranger();
    let email = app.org.email(RoleKey::Analyst);
    assert_eq!(
        attempt(&idp, &visitor, &provider, "1", &email).await,
        "/stock"
    );
    let left = visitor.sign_out().await;
    assert_eq!(
        location(&left),
        format!("/login?signed_out=1&left={}", provider.id)
    );
    assert!(!visitor.is_known().await);
    let out = visitor
        .page(&format!("/login/sso/{}/leave", provider.id))
        .await;
    assert!(location(&out).starts_with(&format!("{}/end?client_id=hornada&", idp.known.issuer)));
}

#[tokio::test]
async fn a_word_that_is_not_for_this_browser_or_not_the_providers_lets_nobody_in() {
    on_both(async |db| {
        let idp = Idp::start().await;
        let app = app_for(db, &idp).await;
        let provider = name_provider(&app, &app.org, values(&idp, "horno.example")).await;
        let email = app.org.email(RoleKey::Analyst);

        // Another's state, or none: who set out may still come back.
        let visitor = app.stranger();
        let away = set_out(&visitor, &provider).await;
        idp.says(claims(&idp, &away, "1", &email));
        for state in ["", "another"] {
            let response = visitor.page(&away.answer(state)).await;
            assert_eq!(reason(location(&response)), Some("sso_ended"));
        }
        assert!(idp.asked().is_empty());

        // A token for another way.
        let elsewhere = set_out(&app.stranger(), &provider).await;
        idp.says(claims(&idp, &elsewhere, "1", &email));
        assert_eq!(reason(&away.come_back(&visitor).await), Some("sso_refused"));
        assert!(!visitor.is_known().await);

        // For another client, of another provider, too old.
        for (name, value) in [
            ("aud", json!("another")),
            ("iss", json!("https://login.evil.example")),
            ("exp", json!(now().timestamp() - 600)),
        ] {
            let visitor = app.stranger();
            let away = set_out(&visitor, &provider).await;
            let mut said = claims(&idp, &away, "1", &email);
            said[name] = value;
            idp.says(said);
            assert_eq!(
                reason(&away.come_back(&visitor).await),
                Some("sso_refused"),
                "{name}"
            );
            assert!(!visitor.is_known().await);
        }

        // After ten minutes nobody comes back.
        let away = set_out(&visitor, &provider).await;
        app.advance(chrono::TimeDelta::minutes(11));
        idp.says(claims(&idp, &away, "1", &email));
        assert_eq!(reason(&away.come_back(&visitor).await), Some("sso_ended"));
    })
    .await;
}

#[tokio::test]
async fn an_unverified_address_another_domain_and_a_closed_account_stay_outside() {
    on_both(async |db| {
        let idp = Idp::start().await;
        let app = app_for(db, &idp).await;
        let provider = name_provider(&app, &app.org, values(&idp, "horno.example")).await;
        let email = app.org.email(RoleKey::Production);

        let visitor = app.stranger();
        let away = set_out(&visitor, &provider).await;
        let mut said = claims(&idp, &away, "1", &email);
        said["email_verified"] = json!(false);
        idp.says(said);
        let told = away.come_back(&visitor).await;
        assert_eq!(reason(&told), Some("single_sign_on.unverified"));

        let told = attempt(&idp, &visitor, &provider, "1", "ana@evil.example").await;
        assert_eq!(reason(&told), Some("single_sign_on.domain"));
        let told = attempt(&idp, &visitor, &provider, "1", "nobody@horno.example").await;
        assert_eq!(reason(&told), Some("single_sign_on.unknown"));

        assert_eq!(
            attempt(&idp, &visitor, &provider, "1", &email).await,
            "/stock"
        );
        let close = SetUserActive {
            command_id: Uuid::now_v7(),
            user_id: app.org.user(RoleKey::Production),
            active: false,
        };
        let services = app.db.services();
        let ctx = app.org.system();
        services.users().set_active(&ctx, close).await.unwrap();
        assert!(!visitor.is_known().await);
        let told = attempt(&idp, &app.stranger(), &provider, "1", &email).await;
        assert_eq!(reason(&told), Some("inactive"));
    })
    .await;
}

#[tokio::test]
async fn a_provider_speaks_for_its_own_organization_alone() {
    on_both(async |db| {
        let idp = Idp::start().await;
        let app = app_for(db, &idp).await;
        let spec = OrgSpec {
            slug: "otro".into(),
            ..OrgSpec::default()
        };
        let other = org_with(&app.db, spec).await;
        let makes_people = ProviderValues {
            makes_people: true,
            roles: vec![RoleKey::Analyst],
            all_stores: true,
            ..values(&idp, "horno.example")
        };
        let theirs = name_provider(&app, &other, makes_people).await;
        // It names a person of the first organization, by an address that it was told to take: nobody comes in, and nobody is made.
        let email = app.org.email(RoleKey::Admin);
        let visitor = app.stranger();
        let told = attempt(&idp, &visitor, &theirs, "1", &email).await;
        assert_eq!(reason(&told), Some("single_sign_on.unknown"));
        assert!(!visitor.is_known().await);

        // Somebody whom nobody knows becomes a person of that organization.
        let told = attempt(&idp, &visitor, &theirs, "2", "nueva@horno.example").await;
        assert_eq!(told, "/stock");
        let people = app
            .db
            .services()
            .users()
            .list(&other.system())
            .await
            .unwrap();
        let made = people
            .iter()
            .find(|p| p.email == "nueva@horno.example")
            .unwrap();
        assert_eq!(made.roles, [RoleKey::Analyst]);
        let first = app
            .db
            .services()
            .users()
            .list(&app.org.system())
            .await
            .unwrap();
        assert!(first.iter().all(|p| p.email != "nueva@horno.example"));

        // What set out to one provider does not come back to another.
        let ours = name_provider(&app, &app.org, values(&idp, "horno.example")).await;
        let visitor = app.stranger();
        let away = set_out(&visitor, &theirs).await;
        idp.says(claims(&idp, &away, "1", &email));
        let path = format!("{}?code=c&state={}", ours.redirect_path, away.state);
        let response = visitor.page(&path).await;
        assert_eq!(reason(location(&response)), Some("sso_ended"));
    })
    .await;
}

#[tokio::test]
async fn passwords_close_for_whoever_has_come_in_through_a_provider_that_closes_them() {
    on_both(async |db| {
        let idp = Idp::start().await;
        let app = app_for(db, &idp).await;
        let closed = ProviderValues {
            passwords_allowed: false,
            ..values(&idp, "horno.example")
        };
        let provider = name_provider(&app, &app.org, closed).await;
        let email = app.org.email(RoleKey::Analyst);
        // A provider that was set up wrong keeps nobody out who never came through it.
        app.signed_in(RoleKey::Analyst).await;
        let visitor = app.stranger();
        assert_eq!(
            attempt(&idp, &visitor, &provider, "1", &email).await,
            "/stock"
        );
        let refused = app.stranger().sign_in(&email, PASSWORD).await;
        assert_eq!(reason(location(&refused)), Some("password_closed"));
        let wrong = app.stranger().sign_in(&email, "another password").await;
        assert_eq!(reason(location(&wrong)), Some("credentials"));
        app.signed_in(RoleKey::Admin).await;
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_asked_for_after_the_provider_and_is_no_way_around_it() {
    on_both(async |db| {
        let idp = Idp::start().await;
        let app = app_for(db, &idp).await;
        let closed = ProviderValues {
            passwords_allowed: false,
            ..values(&idp, "horno.example")
        };
        let provider = name_provider(&app, &app.org, closed).await;
        let email = app.org.email(RoleKey::Analyst);
        let own = app.signed_in(RoleKey::Analyst).await;
        let (mut device, _) = passkeys::added(&app, &own).await;

        let visitor = app.stranger();
        let led = attempt(&idp, &visitor, &provider, "1", &email).await;
        assert!(led.starts_with("/login/code"), "{led}");
        assert!(!visitor.is_known().await);
        let told = device.prove(&passkeys::options(&visitor, true).await);
        let entered = passkeys::answer(&visitor, &told, true).await;
        assert_eq!(location(&entered), "/stock?a=b");
        assert!(visitor.is_known().await);

        let alone = app.stranger();
        let told = device.prove(&passkeys::options(&alone, false).await);
        let refused = passkeys::answer(&alone, &told, false).await;
        assert_eq!(reason(location(&refused)), Some("password_closed"));
        assert!(!alone.is_known().await);
    })
    .await;
}

#[tokio::test]
async fn which_provider_is_named_depends_on_what_was_set_and_not_on_who_is_there() {
    let idp = Idp::start().await;
    let app = app_for(TestDb::sqlite().await, &idp).await;
    let provider = name_provider(&app, &app.org, values(&idp, "horno.example")).await;
    let ask = async |hint: &str| {
        let form = [("hint", hint), ("next", "/stock")];
        let visitor = app.stranger();
        let request = visitor.request(reqwest::Method::POST, "/login/sso");
        let response = request.form(&form).send().await.unwrap();
        location(&response).to_owned()
    };
    let known = ask(&app.org.email(RoleKey::Admin)).await;
    assert_eq!(known, "/login/sso?next=/stock&for=horno.example");
    assert_eq!(ask("nobody@horno.example").await, known);
    assert_eq!(ask("horno").await, "/login/sso?next=/stock&for=horno");
    let none = "/login/sso?error=sso_none&next=/stock";
    assert_eq!(ask("ana@pan.example").await, none);
    assert_eq!(ask("otro").await, none);

    let page = app.stranger().page("/login/sso?for=horno.example").await;
    let text = page.text().await.unwrap();
    assert!(text.contains(&format!("/login/sso/{}", provider.id)));

    // A domain that two organizations name leads nowhere.
    let spec = OrgSpec {
        slug: "otro".into(),
        ..OrgSpec::default()
    };
    let other = org_with(&app.db, spec).await;
    name_provider(&app, &other, values(&idp, "horno.example")).await;
    assert_eq!(ask("nobody@horno.example").await, none);
    assert_eq!(ask("horno").await, "/login/sso?next=/stock&for=horno");

    // Another site's page begins nothing: there is a button to press first.
    let visitor = app.stranger();
    let path = format!("/login/sso/{}", provider.id);
    let request = visitor.request(reqwest::Method::GET, &path);
    let response = request
        .header("sec-fetch-site", "cross-site")
        .send()
        .await
        .unwrap();
    assert_eq!(
        location(&response),
        format!("/login/sso?for={}", provider.id)
    );
}

#[tokio::test]
async fn a_provider_on_this_machine_is_not_asked_unless_the_operator_says_so() {
    let idp = Idp::start().await;
    let app = TestApp::start().await;
    let provider = name_provider(&app, &app.org, values(&idp, "horno.example")).await;
    let response = app
        .stranger()
        .page(&format!("/login/sso/{}", provider.id))
        .await;
    assert_eq!(reason(location(&response)), Some("sso_provider"));
}

#[tokio::test]
async fn only_who_may_be_anybody_names_providers_and_no_answer_holds_the_secret() {
    let idp = Idp::start().await;
    let app = app_for(TestDb::sqlite().await, &idp).await;
    let made = name_provider(&app, &app.org, values(&idp, "horno.example")).await;
    assert!(made.has_secret);
    let admin = app.signed_in(RoleKey::Admin).await;
    let text = admin
        .get("/api/v1/identity-providers")
        .await
        .text()
        .await
        .unwrap();
    assert!(
        text.contains("horno.example") && !text.contains(SECRET),
        "{text}"
    );

    // Somebody who may change settings, and nothing else of administration.
    let mut ctx = app.org.ctx(RoleKey::Admin).await;
    ctx.actor
        .permissions
        .remove(&domain::Permission::UsersWrite);
    let command = SaveProvider {
        command_id: Uuid::now_v7(),
        provider_id: Some(made.id),
        version: made.version,
        values: made.values.clone(),
        client_secret: None,
    };
    let services = app.db.services();
    let refused = services.single_sign_on().save(&ctx, &command).await;
    assert!(matches!(refused, Err(services::ServiceError::Forbidden(_))));

    // The secret stays where nothing is said of it.
    let kept = services
        .single_sign_on()
        .save(&app.org.system(), &command)
        .await
        .unwrap();
    assert!(kept.has_secret);
    assert_eq!(kept.version, made.version + 1);
}
