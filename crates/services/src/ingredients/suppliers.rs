//! Suppliers: who brings ingredients, how long it takes, what an order costs.

use super::editing::{Faults, LONGEST_NAME, MAX_MONEY, check_version};
use super::{Ingredients, announce};
use crate::audit::{self, Change};
use crate::store::{ingredients as rows, organizations};
use crate::{Ctx, ServiceError, ServiceResult, receipts};
use contract::ingredients::{SaveSupplier, SupplierView};
use domain::Permission;
use entity::supplier;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

const SAVE: &str = "ingredients.save_supplier";
const MAX_LEAD_DAYS: i32 = 365;

/// Writes a supplier; answers with its row and whether anything changed.
pub(crate) async fn put_supplier(
    db: &impl ConnectionTrait,
    command: &SaveSupplier,
    organization_id: Uuid,
    old: Option<&supplier::Model>,
) -> ServiceResult<(supplier::Model, bool)> {
    let text = |text: &Option<String>| {
        let text = text.as_deref().map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let mut row = supplier::Model {
        id: old.map_or_else(Uuid::now_v7, |old| old.id),
        organization_id,
        name: command.name.trim().to_owned(),
        email: text(&command.email),
        phone: text(&command.phone),
        lead_time_days: command.lead_time_days,
        order_cost_minor: command.order_cost_minor,
        version: old.map_or(1, |old| old.version),
    };
    if old == Some(&row) {
        return Ok((row, false));
    }
    if old.is_some() {
        row.version += 1;
    }
    rows::write_supplier(db, old.is_none(), &row).await?;
    Ok((row, true))
}

pub(super) fn supplier_view(row: supplier::Model) -> SupplierView {
    SupplierView {
        id: row.id,
        name: row.name,
        email: row.email,
        phone: row.phone,
        lead_time_days: row.lead_time_days,
        order_cost_minor: row.order_cost_minor,
        version: row.version,
    }
}

impl Ingredients<'_> {
    /// Adds a supplier or changes one.
    ///
    /// # Errors
    /// Forbidden without `recipes.write`; invalid fields; not found; a conflict when the name is taken or somebody else changed it.
    pub async fn save_supplier(
        &self,
        ctx: &Ctx,
        command: SaveSupplier,
    ) -> ServiceResult<SupplierView> {
        ctx.require(Permission::RecipesWrite)?;
        check_supplier(&command)?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                organizations::lock_numbers(&*tx, organization_id).await?;
                let old = match command.supplier_id {
                    Some(id) => Some(rows::get_supplier_locked(&*tx, organization_id, id).await?),
                    None => None,
                };
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, SAVE, &command).await?
                {
                    return Ok(answer);
                }
                if let Some(old) = &old {
                    check_version("supplier", old.version, command.version)?;
                }
                let name = command.name.trim();
                let others = rows::list_suppliers(&*tx, organization_id).await?;
                if others
                    .iter()
                    .any(|other| other.name == name && Some(other.id) != command.supplier_id)
                {
                    return Err(ServiceError::Conflict {
                        reason: "supplier.name_taken",
                        message: "Another supplier has this name.".into(),
                    });
                }
                let (row, _) = put_supplier(&*tx, &command, organization_id, old.as_ref()).await?;
                announce(&*tx, ctx, Some(row.id)).await?;
                let values = |row: &supplier::Model| {
                    json!({
                        "name": row.name, "email": row.email, "phone": row.phone,
                        "lead_time_days": row.lead_time_days, "order_cost_minor": row.order_cost_minor,
                    })
                };
                let change = Change {
                    action: "recipes.write",
                    subject_kind: "supplier",
                    subject_id: row.id,
                    before: old.as_ref().map(values),
                    after: Some(values(&row)),
                };
                audit::record(&*tx, ctx, change).await?;
                let answer = supplier_view(row);
                receipts::insert(&*tx, ctx, command.command_id, SAVE, &command, &answer)
                    .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }
}

/// # Errors
/// Every field that is out of range.
pub(crate) fn check_supplier(command: &SaveSupplier) -> ServiceResult<()> {
    let mut faults = Faults::default();
    faults.name("name", &command.name, LONGEST_NAME);
    for (field, text) in [("email", &command.email), ("phone", &command.phone)] {
        let fits = text
            .as_ref()
            .is_none_or(|t| t.chars().count() <= LONGEST_NAME);
        faults.unless(fits, field, "text.too_long", "The text is too long.");
    }
    faults.unless(
        (0..=MAX_LEAD_DAYS).contains(&command.lead_time_days),
        "lead_time_days",
        "number.range",
        "A delivery takes 0 to 365 days.",
    );
    faults.unless(
        (0..=MAX_MONEY).contains(&command.order_cost_minor),
        "order_cost",
        "number.range",
        "What an order costs is not negative.",
    );
    faults.answer()
}
