//! A running server and clients to talk to it.

use chrono::{DateTime, TimeDelta, Utc};
use domain::RoleKey;
use reqwest::{Client, Response, StatusCode, redirect};
use server::config::{Config, Options};
use server::startup::Application;
use server::web::outbound::choose_cryptography;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::{Org, OrgSpec, PASSWORD, TestDb, org_with};
use tokio_util::sync::CancellationToken;

/// A server over a database of its own, with one organization. Stops when dropped.
pub struct TestApp {
    pub db: TestDb,
    pub org: Org,
    pub address: SocketAddr,
    /// Where metrics are told too, where that is configured.
    pub metrics_address: Option<SocketAddr>,
    now: Arc<Mutex<DateTime<Utc>>>,
    stop: CancellationToken,
    running: Option<tokio::task::JoinHandle<anyhow::Result<()>>>,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// One browser or program: cookies stay, redirects are shown and not followed.
#[derive(Clone)]
pub struct Visitor {
    client: Client,
    base: String,
}

impl TestApp {
    /// On SQLite, with two stores and three products, at `testkit::now()`.
    pub async fn start() -> Self {
        Self::start_on(TestDb::sqlite().await).await
    }

    pub async fn start_on(db: TestDb) -> Self {
        Self::start_with(db, |_| {}).await
    }

    pub async fn start_with(db: TestDb, change: impl FnOnce(&mut Options)) -> Self {
        let org = org_with(
            &db,
            OrgSpec {
                stores: 2,
                products: 3,
                ..OrgSpec::default()
            },
        )
        .await;
        let site = db.services().data_dir().join("site");
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        std::fs::create_dir_all(site.join("fonts")).unwrap();
        std::fs::write(site.join("pkg/hornada.css"), "body{}").unwrap();
        std::fs::write(site.join("pkg/hornada.css.br"), b"brotli bytes").unwrap();
        std::fs::write(site.join("fonts/inter.woff2"), b"font").unwrap();
        let mut options = Options {
            data: Some(db.services().data_dir().to_owned()),
            database_url: Some(db.url().to_owned().into()),
            site_root: Some(site),
            ..Options::default()
        };
        change(&mut options);
        let mut config = Config::new(options, None).unwrap();
        config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        config.sign_in_floor = Duration::ZERO;
        let now = Arc::new(Mutex::new(testkit::now()));
        let clock = now.clone();
        let application = Application::bind(
            db.services().clone(),
            config,
            Arc::new(move || *clock.lock().unwrap()),
        )
        .await
        .unwrap();
        let address = application.address().unwrap();
        let metrics_address = application.metrics_address().unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(application.run(stop.clone().cancelled_owned()));
        Self {
            db,
            org,
            address,
            metrics_address,
            now,
            stop,
            running: Some(running),
        }
    }

    /// Lets time pass for the server.
    pub fn advance(&self, by: TimeDelta) {
        *self.now.lock().unwrap() += by;
    }

    /// Stops the server as an operator would, and waits for it.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.running.take().unwrap().await.unwrap()
    }

    /// Somebody new, signed in nowhere.
    pub fn stranger(&self) -> Visitor {
        Visitor::of(format!("http://{}", self.address))
    }

    /// The person of the test organization with this role, signed in through the form.
    pub async fn signed_in(&self, role: RoleKey) -> Visitor {
        let visitor = self.stranger();
        let response = visitor.sign_in(&self.org.email(role), PASSWORD).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(location(&response), "/");
        visitor
    }
}

/// Where an answer sends its reader.
pub fn location(response: &Response) -> &str {
    response
        .headers()
        .get("location")
        .map_or("", |v| v.to_str().unwrap())
}

/// The session cookie that an answer sets: value and attributes.
pub fn session_cookie(response: &Response) -> Option<String> {
    let all = response
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|v| v.to_str().unwrap());
    all.filter(|c| c.starts_with("hornada_session=") || c.starts_with("__Host-hornada_session="))
        .map(str::to_owned)
        .next()
}

impl Visitor {
    /// Somebody new at a server's address.
    pub fn of(base: String) -> Self {
        choose_cryptography();
        let client = Client::builder()
            .cookie_store(true)
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        Self { client, base }
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(reqwest::Method::GET, path)
            .send()
            .await
            .unwrap()
    }

    /// A page as a browser asks for it.
    pub async fn page(&self, path: &str) -> Response {
        self.request(reqwest::Method::GET, path)
            .header("accept", "text/html,application/xhtml+xml")
            .send()
            .await
            .unwrap()
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Response {
        self.sign_in_to(email, password, "").await
    }

    pub async fn sign_in_to(&self, email: &str, password: &str, next: &str) -> Response {
        let form = [("email", email), ("password", password), ("next", next)];
        self.request(reqwest::Method::POST, "/login")
            .form(&form)
            .send()
            .await
            .unwrap()
    }

    pub async fn sign_out(&self) -> Response {
        self.request(reqwest::Method::POST, "/logout")
            .send()
            .await
            .unwrap()
    }

    /// Calls a server function as our own pages do: arguments as JSON where they are, else in the query for GET and as
    /// a form otherwise.
    pub async fn call(&self, method: &str, path: &str, arguments: &str) -> Response {
        let json = arguments.starts_with('{');
        let kind = if json {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        let request = if method == "GET" {
            self.request(reqwest::Method::GET, &format!("{path}?{arguments}"))
        } else {
            self.request(method.parse().unwrap(), path)
                .header("content-type", kind)
                .body(arguments.to_owned())
        };
        request
            .header("accept", "application/json")
            .send()
            .await
            .unwrap()
    }

    /// Whether the session still stands.
    pub async fn is_known(&self) -> bool {
        self.call("GET", "/api/current_user", "").await.status() == StatusCode::OK
    }
}
