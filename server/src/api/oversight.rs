//! The organization, its people, its nights, its alerts and its audit log over REST.

use super::changes::{Meant, changed, done, identifier, query, seen, shown};
use super::cursor::{self, Part};
use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use contract::Page;
use contract::alerts::{AcknowledgeAlert, AlertView, ListAlerts};
use contract::audit::{AuditEntryView, ListAudit};
use contract::nights::{NightStepView, NightView, StartNight};
use contract::settings::{ChangeSettings, OrganizationSettings};
use contract::users::UserView;
use domain::{AlertKind, AlertStatus, Permission};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let needs = Access::Needs;
    vec![
        Endpoint::get(
            "/api/v1/organization",
            needs(Permission::CatalogRead),
            settings,
        )
        .named("readOrganization")
        .summary("The caller's organization with its settings")
        .gives::<OrganizationSettings>(),
        Endpoint::patch(
            "/api/v1/organization",
            needs(Permission::SettingsWrite),
            change,
        )
        .named("changeOrganization")
        .summary("Changes the settings that the body names, of the version that was read; the others stay")
        .takes::<ChangeSettings>()
        .gives::<OrganizationSettings>(),
        Endpoint::get("/api/v1/users", needs(Permission::UsersRead), users)
            .named("listUsers")
            .summary("The people of the organization, by address")
            .asks::<Part>()
            .gives_page::<UserView>(),
        Endpoint::get("/api/v1/nights", needs(Permission::JobsRead), nights)
            .named("listNights")
            .summary("Nightly runs with their steps, newest first")
            .asks::<Part>()
            .gives_page::<NightView>(),
        Endpoint::post("/api/v1/nights", needs(Permission::JobsRun), start)
            .named("startNight")
            .summary("Starts a night by hand")
            .takes::<StartNight>()
            .gives::<NightView>(),
        Endpoint::get("/api/v1/nights/{id}", needs(Permission::JobsRead), night)
            .named("readNight")
            .summary("One nightly run with its steps")
            .gives::<NightView>(),
        Endpoint::get(
            "/api/v1/nights/{id}/steps",
            needs(Permission::JobsRead),
            steps,
        )
        .named("listNightSteps")
        .summary("The steps of a nightly run in their order, all on one page")
        .gives_page::<NightStepView>(),
        Endpoint::get("/api/v1/alerts", needs(Permission::AlertsRead), alerts)
            .named("listAlerts")
            .summary("Alerts, the latest opened first")
            .asks::<WhichAlerts>()
            .gives_page::<AlertView>(),
        Endpoint::post(
            "/api/v1/alerts/{id}/acknowledge",
            needs(Permission::AlertsAcknowledge),
            acknowledge,
        )
        .named("acknowledgeAlert")
        .summary("Somebody is looking after it")
        .takes::<Meant>()
        .gives_nothing(),
        Endpoint::get("/api/v1/audit-entries", needs(Permission::AuditRead), audit)
            .named("listAuditEntries")
            .summary("Who did what, the latest first")
            .asks::<ListAudit>()
            .gives_page::<AuditEntryView>(),
    ]
}

/// Which alerts are listed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhichAlerts {
    #[serde(default)]
    store_id: Option<Uuid>,
    #[serde(default)]
    status: Option<AlertStatus>,
    #[serde(default)]
    kind: Option<AlertKind>,
    /// From `next` of the part before.
    #[serde(default)]
    after: Option<String>,
    /// 50 where nothing is said.
    #[schema(minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Option<u32>,
}

/// `GET /api/v1/organization`: the caller's organization with its settings, and their version as `ETag`.
async fn settings(
    State(state): State<AppState>,
    Caller(ctx): Caller,
) -> Result<Response, ApiError> {
    let found = state.services.catalog().settings(&ctx).await;
    shown(&ctx, found, |settings| settings.version)
}

/// `PATCH /api/v1/organization`: changes the settings that the body names; the others stay. The version that was read stands in `If-Match` or
/// in the body. The same `command_id` has one effect and one answer.
async fn change(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    headers: HeaderMap,
    asked: Result<Json<ChangeSettings>, JsonRejection>,
) -> Result<Response, ApiError> {
    let mut command = body(&ctx, asked)?;
    let seen = seen(&ctx, &headers, command.version)?;
    command.version = Some(seen.version);
    let result = state
        .services
        .catalog()
        .change_settings(&ctx, &command)
        .await;
    Ok(changed(&ctx, seen, result, |settings| settings.version))
}

/// `GET /api/v1/users?limit=50&after=CURSOR`: the people of the organization, by address.
async fn users(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Part>, QueryRejection>,
) -> ApiResult<Page<UserView>> {
    let part = query(&ctx, asked)?;
    let users = state.services.users().list(&ctx).await;
    cursor::part_of(&ctx, users, part, |user| user.email.clone())
}

/// `GET /api/v1/nights?limit=50&after=CURSOR`: nightly runs with their steps, newest first.
async fn nights(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Part>, QueryRejection>,
) -> ApiResult<Page<NightView>> {
    let mut part = query(&ctx, asked)?;
    cursor::open(&ctx, &mut part.after, part.limit)?;
    let nights = state.services.nights();
    let result = nights.page(&ctx, part.after.as_deref(), part.limit).await;
    cursor::page(&ctx, result)
}

/// `POST /api/v1/nights`: starts a night by hand, of yesterday where no `business_date` is named; a worker takes it up within seconds. Ask
/// for it again until its status says that it is over. The same `command_id` starts it once.
async fn start(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<StartNight>, JsonRejection>,
) -> ApiResult<NightView> {
    let command = body(&ctx, asked)?;
    answer(&ctx, state.services.nights().start(&ctx, &command).await)
}

/// `GET /api/v1/nights/{id}`: one nightly run with its steps.
async fn night(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> ApiResult<NightView> {
    let id = identifier(&ctx, &id, "job run not found")?;
    answer(&ctx, state.services.nights().get(&ctx, id).await)
}

/// `GET /api/v1/nights/{id}/steps`: the steps of a nightly run in their order, all of them on one page.
async fn steps(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> ApiResult<Page<NightStepView>> {
    let id = identifier(&ctx, &id, "job run not found")?;
    let night = state.services.nights().get(&ctx, id).await;
    let steps = night.map(|night| Page {
        items: night.steps,
        next: None,
    });
    answer(&ctx, steps)
}

/// `GET /api/v1/alerts?store_id=ID&status=open&kind=KIND&limit=50&after=CURSOR`: alerts of the stores in scope and of the organization itself,
/// the latest opened first; of every status where none is named.
async fn alerts(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<WhichAlerts>, QueryRejection>,
) -> ApiResult<Page<AlertView>> {
    let mut asked = query(&ctx, asked)?;
    cursor::open(&ctx, &mut asked.after, asked.limit)?;
    let wanted = ListAlerts {
        store_id: asked.store_id,
        status: asked.status,
        kind: asked.kind,
    };
    let alerts = state.services.alerts();
    let after = asked.after.as_deref();
    cursor::page(&ctx, alerts.page(&ctx, &wanted, after, asked.limit).await)
}

/// `POST /api/v1/alerts/{id}/acknowledge`: somebody is looking after it; one that was acknowledged before stays as it was. 204.
async fn acknowledge(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Meant>, JsonRejection>,
) -> Result<StatusCode, ApiError> {
    let id = identifier(&ctx, &id, "alert not found")?;
    let asked = body(&ctx, asked)?;
    let command = AcknowledgeAlert {
        command_id: asked.command_id,
        alert_id: id,
    };
    let alerts = state.services.alerts();
    done(&ctx, alerts.acknowledge(&ctx, &command).await)
}

/// `GET /api/v1/audit-entries?actor_id=ID&action=orders.complete&subject_kind=KIND&subject_id=ID&from=INSTANT&until=INSTANT&limit=50&after=CURSOR`:
/// who did what, the latest first, each entry with what stood there before and after it.
async fn audit(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListAudit>, QueryRejection>,
) -> ApiResult<Page<AuditEntryView>> {
    let mut wanted = query(&ctx, asked)?;
    cursor::open(&ctx, &mut wanted.after, wanted.limit)?;
    let result = state.services.audit_log().list(&ctx, &wanted).await;
    cursor::page(&ctx, result)
}
