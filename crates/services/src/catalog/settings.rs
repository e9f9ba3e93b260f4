//! The organization's own settings, as its people read and change them.

use super::Catalog;
use super::setup::settings as rules;
use crate::retention::KEEP_MONTHS;
use crate::store::organizations;
use crate::{Ctx, ServiceError, ServiceResult, deletions, receipts};
use contract::FieldError;
use contract::catalog::SetupOrganization;
use contract::settings::{ChangeSettings, OrganizationSettings, UnsetSetting};
use domain::Permission;
use entity::organization;
use sea_orm::ConnectionTrait;

const CHANGE: &str = "settings.change";
const LONGEST_NAME: usize = 120;

async fn view(
    db: &impl ConnectionTrait,
    row: organization::Model,
) -> ServiceResult<OrganizationSettings> {
    let deletion = deletions::view(db, &row).await?;
    Ok(OrganizationSettings {
        has_sold: organizations::has_sold(db, row.id).await?,
        id: row.id,
        slug: row.slug,
        name: row.name,
        currency: row.currency,
        language: row.language,
        time_zone: row.time_zone,
        night_hour: row.night_hour,
        deadline_hour: row.deadline_hour,
        import_error_threshold_bp: row.import_error_threshold_bp,
        allow_oversell: row.allow_oversell,
        waste_alert_minor: row.waste_alert_minor,
        count_recount_minor: row.count_recount_minor,
        count_approval_minor: row.count_approval_minor,
        midday_minute: row.midday_minute,
        afternoon_minute: row.afternoon_minute,
        keep_months: row.keep_months,
        version: row.version,
        deletion,
    })
}

/// What a file with these changes and nothing else would say.
fn file(row: &organization::Model, command: &ChangeSettings) -> SetupOrganization {
    SetupOrganization {
        slug: row.slug.clone(),
        name: command.name.clone().unwrap_or_else(|| row.name.clone()),
        currency: row.currency.clone(),
        language: row.language,
        time_zone: command
            .time_zone
            .clone()
            .unwrap_or_else(|| row.time_zone.clone()),
        // Looked at together: the night begins before its deadline.
        night_hour: command.night_hour.or(Some(row.night_hour)),
        deadline_hour: command.deadline_hour.or(Some(row.deadline_hour)),
        import_error_threshold_bp: command.import_error_threshold_bp,
        allow_oversell: command.allow_oversell,
        waste_alert_minor: command.waste_alert_minor,
        count_recount_minor: command.count_recount_minor,
        count_approval_minor: command.count_approval_minor,
        midday_minute: command.midday_minute,
        afternoon_minute: command.afternoon_minute,
    }
}

/// The name of a field as the command has it.
fn bare(field: &str) -> String {
    field
        .strip_prefix("organization.")
        .unwrap_or(field)
        .to_owned()
}

/// The fault of a field as the command has it.
fn in_own_words(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Invalid(faults) => ServiceError::Invalid(
            faults
                .into_iter()
                .map(|fault| FieldError {
                    field: bare(&fault.field),
                    ..fault
                })
                .collect(),
        ),
        other => other,
    }
}

/// Whoever changes something says what they have seen.
fn check_version(now: i32, known: Option<i32>) -> ServiceResult<()> {
    match known {
        Some(known) if known == now => Ok(()),
        Some(known) => Err(ServiceError::Conflict {
            reason: "organization.stale",
            message: format!(
                "Somebody else changed the settings meanwhile: they are of version {now}, not {known}. Nothing was saved; look at them again."
            ),
        }),
        None => Err(ServiceError::field(
            "version",
            "required",
            "Name the version that you read.",
        )),
    }
}

/// What files of a setup do not say.
fn further(after: &mut organization::Model, command: &ChangeSettings) -> ServiceResult<()> {
    if let Some(currency) = &command.currency {
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(ServiceError::field(
                "currency",
                "format",
                "A currency is an ISO 4217 code, for example EUR.",
            ));
        }
        after.currency.clone_from(currency);
    }
    if let Some(language) = command.language {
        after.language = language;
    }
    if let Some(months) = command.keep_months {
        if !KEEP_MONTHS.contains(&months) {
            return Err(ServiceError::field(
                "keep_months",
                "range",
                "6 to 120 months are kept, or everything.",
            ));
        }
        after.keep_months = Some(months);
    }
    for unset in &command.unset {
        match unset {
            UnsetSetting::CountRecountMinor => after.count_recount_minor = None,
            UnsetSetting::CountApprovalMinor => after.count_approval_minor = None,
            UnsetSetting::KeepMonths => after.keep_months = None,
        }
    }
    Ok(())
}

impl Catalog<'_> {
    /// The caller's organization.
    ///
    /// # Errors
    /// Forbidden without `catalog.read`.
    pub async fn settings(&self, ctx: &Ctx) -> ServiceResult<OrganizationSettings> {
        ctx.require(Permission::CatalogRead)?;
        let organization_id = ctx.organization_id();
        let db = &self.services.db().read_for(organization_id).await?;
        let row = organizations::get(db, organization_id).await?;
        view(db, row).await
    }

    /// Changes the settings that the command names.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; invalid fields; a rule when somebody who does not look after every store asks; a conflict
    /// `organization.stale` where somebody else changed them first.
    pub async fn change_settings(
        &self,
        ctx: &Ctx,
        command: &ChangeSettings,
    ) -> ServiceResult<OrganizationSettings> {
        ctx.require(Permission::SettingsWrite)?;
        ctx.require_all_stores()?;
        if let Some(name) = &command.name
            && (name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control))
        {
            return Err(ServiceError::field(
                "name",
                "text.too_long",
                "A name has at most 120 characters.",
            ));
        }
        self.services
            .db()
            .retry(|| self.change_settings_once(ctx, command))
            .await
    }

    async fn change_settings_once(
        &self,
        ctx: &Ctx,
        command: &ChangeSettings,
    ) -> ServiceResult<OrganizationSettings> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        organizations::lock_numbers(&*tx, organization_id).await?;
        if let Some(answer) = receipts::find(&*tx, ctx, command.command_id, CHANGE, command).await?
        {
            return Ok(answer);
        }
        let before = organizations::get(&*tx, organization_id).await?;
        check_version(before.version, command.version)?;
        let wanted = file(&before, command);
        let faults = rules::faults(&wanted);
        if !faults.is_empty() {
            let faults = faults
                .into_iter()
                .map(|(field, reason, message)| FieldError {
                    field: bare(field),
                    reason: reason.to_owned(),
                    message,
                });
            return Err(ServiceError::Invalid(faults.collect()));
        }
        let mut after = rules::merged(&before, &wanted).map_err(in_own_words)?;
        further(&mut after, command)?;
        if after.currency != before.currency
            && organizations::has_sold(&*tx, organization_id).await?
        {
            return Err(ServiceError::field(
                "currency",
                "organization.has_sold",
                "Something was sold already: its money is of this currency.",
            ));
        }
        let after = rules::write(&*tx, ctx, &before, after).await?;
        let answer = view(&*tx, after).await?;
        receipts::insert(&*tx, ctx, command.command_id, CHANGE, command, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
