//! The organization's own settings.

use crate::audit::{self, Change};
use crate::store::organizations;
use crate::{Ctx, ServiceError, ServiceResult};
use contract::catalog::SetupOrganization;
use entity::organization;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

/// Wrong settings: field, kind of fault, words.
pub(in crate::catalog) fn faults(
    wanted: &SetupOrganization,
) -> Vec<(&'static str, &'static str, String)> {
    let mut faults = Vec::new();
    if wanted.name.trim().is_empty() {
        faults.push(("organization.name", "required", "a name is needed".into()));
    }
    if wanted.time_zone.parse::<chrono_tz::Tz>().is_err() {
        let text = "not an IANA time zone".into();
        faults.push(("organization.time_zone", "time_zone", text));
    }
    for (field, hour) in [
        ("organization.night_hour", wanted.night_hour),
        ("organization.deadline_hour", wanted.deadline_hour),
    ] {
        if hour.is_some_and(|hour| !(0..=23).contains(&hour)) {
            faults.push((field, "range", "an hour is 0 to 23".into()));
        }
    }
    if let (Some(night), Some(deadline)) = (wanted.night_hour, wanted.deadline_hour)
        && deadline <= night
    {
        let text = "forecasts must be there after the night began".into();
        faults.push(("organization.deadline_hour", "order", text));
    }
    if wanted
        .import_error_threshold_bp
        .is_some_and(|share| !(0..=10_000).contains(&share))
    {
        let text = "a share is 0 to 10000 basis points".into();
        faults.push(("organization.import_error_threshold_bp", "range", text));
    }
    for (field, money) in [
        ("organization.waste_alert_minor", wanted.waste_alert_minor),
        (
            "organization.count_recount_minor",
            wanted.count_recount_minor,
        ),
        (
            "organization.count_approval_minor",
            wanted.count_approval_minor,
        ),
    ] {
        if money.is_some_and(|money| money < 0) {
            faults.push((field, "range", "money is not negative".into()));
        }
    }
    for (field, minute) in [
        ("organization.midday_minute", wanted.midday_minute),
        ("organization.afternoon_minute", wanted.afternoon_minute),
    ] {
        if minute.is_some_and(|minute| !(1..1_440).contains(&minute)) {
            let text = "a part of the day begins between minute 1 and 1439".into();
            faults.push((field, "range", text));
        }
    }
    faults
}

fn facts(row: &organization::Model) -> Value {
    json!({
        "name": row.name,
        "currency": row.currency,
        "language": row.language,
        "time_zone": row.time_zone,
        "night_hour": row.night_hour,
        "deadline_hour": row.deadline_hour,
        "import_error_threshold_bp": row.import_error_threshold_bp,
        "allow_oversell": row.allow_oversell,
        "waste_alert_minor": row.waste_alert_minor,
        "count_recount_minor": row.count_recount_minor,
        "count_approval_minor": row.count_approval_minor,
        "midday_minute": row.midday_minute,
        "afternoon_minute": row.afternoon_minute,
        "keep_months": row.keep_months,
    })
}

/// The settings as the file wants them; what it leaves out stays as it is.
pub(in crate::catalog) fn merged(
    before: &organization::Model,
    wanted: &SetupOrganization,
) -> ServiceResult<organization::Model> {
    let mut after = before.clone();
    wanted.name.trim().clone_into(&mut after.name);
    after.time_zone.clone_from(&wanted.time_zone);
    after.night_hour = wanted.night_hour.unwrap_or(before.night_hour);
    after.deadline_hour = wanted.deadline_hour.unwrap_or(before.deadline_hour);
    after.import_error_threshold_bp = wanted
        .import_error_threshold_bp
        .unwrap_or(before.import_error_threshold_bp);
    after.allow_oversell = wanted.allow_oversell.unwrap_or(before.allow_oversell);
    after.waste_alert_minor = wanted.waste_alert_minor.unwrap_or(before.waste_alert_minor);
    after.count_recount_minor = wanted.count_recount_minor.or(before.count_recount_minor);
    after.count_approval_minor = wanted.count_approval_minor.or(before.count_approval_minor);
    after.midday_minute = wanted.midday_minute.unwrap_or(before.midday_minute);
    after.afternoon_minute = wanted.afternoon_minute.unwrap_or(before.afternoon_minute);
    // Looked at together with what is kept: a file may name only one of them.
    if after.afternoon_minute <= after.midday_minute {
        return Err(ServiceError::field(
            "organization.afternoon_minute",
            "order",
            "the afternoon begins after midday",
        ));
    }
    Ok(after)
}

/// Writes settings that differ, under the next version, and who changed what.
pub(in crate::catalog) async fn write(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    before: &organization::Model,
    mut after: organization::Model,
) -> ServiceResult<organization::Model> {
    if after == *before {
        return Ok(after);
    }
    after.version = before.version + 1;
    let change = Change {
        action: "organizations.change",
        subject_kind: "organization",
        subject_id: before.id,
        before: Some(facts(before)),
        after: Some(facts(&after)),
    };
    organizations::update_settings(db, &after).await?;
    audit::record(db, ctx, change).await?;
    Ok(after)
}

/// Brings the settings to what the file says; what it leaves out stays as it is.
pub(in crate::catalog) async fn set_up(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    wanted: &SetupOrganization,
) -> ServiceResult<()> {
    let before = organizations::get(db, ctx.organization_id()).await?;
    let after = merged(&before, wanted)?;
    write(db, ctx, &before, after).await.map(drop)
}
