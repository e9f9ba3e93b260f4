//! The organization's own settings, as its people read and change them.

use super::Catalog;
use super::setup::settings as rules;
use crate::ctx::StoreScope;
use crate::store::organizations;
use crate::{Ctx, ServiceError, ServiceResult, receipts};
use contract::FieldError;
use contract::catalog::SetupOrganization;
use contract::settings::{ChangeSettings, OrganizationSettings};
use domain::Permission;
use entity::organization;

const CHANGE: &str = "settings.change";
const LONGEST_NAME: usize = 120;

fn view(row: organization::Model) -> OrganizationSettings {
    OrganizationSettings {
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
    }
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

impl Catalog<'_> {
    /// The caller's organization.
    ///
    /// # Errors
    /// Forbidden without `catalog.read`.
    pub async fn settings(&self, ctx: &Ctx) -> ServiceResult<OrganizationSettings> {
        ctx.require(Permission::CatalogRead)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        Ok(view(organizations::get(&*db, organization_id).await?))
    }

    /// Changes the settings that the command names.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; invalid fields; a rule when somebody who does not look after every store asks.
    pub async fn change_settings(
        &self,
        ctx: &Ctx,
        command: &ChangeSettings,
    ) -> ServiceResult<OrganizationSettings> {
        ctx.require(Permission::SettingsWrite)?;
        if ctx.actor.stores != StoreScope::All {
            return Err(ServiceError::rule(
                "settings.all_needed",
                "Only those who look after every store can change what holds for all of them.",
            ));
        }
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
        rules::set_up(&*tx, ctx, &wanted)
            .await
            .map_err(|error| match error {
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
            })?;
        let answer = view(organizations::get(&*tx, organization_id).await?);
        receipts::insert(&*tx, ctx, command.command_id, CHANGE, command, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
