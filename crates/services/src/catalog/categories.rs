//! Categories: added and changed.

use super::{Catalog, category_view, check_version};
use crate::audit::{self, Change};
use crate::ingredients::Faults;
use crate::store::{assortment as rows, catalog, organizations};
use crate::{Ctx, ServiceError, ServiceResult, receipts};
use contract::assortment::SaveCategory;
use contract::catalog::CategoryView;
use domain::Permission;
use entity::category;
use serde_json::json;
use uuid::Uuid;

const SAVE: &str = "catalog.save_category";
const LONGEST_NAME: usize = 120;
const LAST_POSITION: i32 = 999;

impl Catalog<'_> {
    /// One category.
    ///
    /// # Errors
    /// Forbidden without `catalog.read`; not found.
    pub async fn category(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<CategoryView> {
        let all = self.categories(ctx).await?;
        all.into_iter()
            .find(|category| category.id == id)
            .ok_or(ServiceError::NotFound("category"))
    }

    /// Adds a category or changes one.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; invalid fields; not found; a conflict when the name is taken or somebody else changed it.
    pub async fn save_category(
        &self,
        ctx: &Ctx,
        command: &SaveCategory,
    ) -> ServiceResult<CategoryView> {
        ctx.require(Permission::SettingsWrite)?;
        let mut faults = Faults::default();
        faults.name("name", &command.values.name, LONGEST_NAME);
        faults.unless(
            (0..=LAST_POSITION).contains(&command.values.position),
            "position",
            "number.range",
            "A position is 0 to 999.",
        );
        faults.answer()?;
        self.services
            .db()
            .retry(|| self.save_category_once(ctx, command))
            .await
    }

    async fn save_category_once(
        &self,
        ctx: &Ctx,
        command: &SaveCategory,
    ) -> ServiceResult<CategoryView> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        organizations::lock_numbers(&*tx, organization_id).await?;
        let old = match command.category_id {
            Some(id) => Some(rows::get_category_locked(&*tx, organization_id, id).await?),
            None => None,
        };
        if let Some(answer) = receipts::find(&*tx, ctx, command.command_id, SAVE, command).await? {
            return Ok(answer);
        }
        if let Some(old) = &old {
            check_version("category", old.version, command.version)?;
        }
        let name = command.values.name.trim();
        let others = catalog::list_categories(&*tx, organization_id).await?;
        if others
            .iter()
            .any(|other| other.name == name && Some(other.id) != command.category_id)
        {
            return Err(ServiceError::Conflict {
                reason: "category.name_taken",
                message: "Another category has this name. Nothing was saved.".into(),
            });
        }
        let mut row = category::Model {
            id: old.as_ref().map_or_else(Uuid::now_v7, |old| old.id),
            organization_id,
            name: name.to_owned(),
            position: command.values.position,
            version: old.as_ref().map_or(1, |old| old.version),
        };
        let changed = old.as_ref() != Some(&row);
        match &old {
            None => catalog::insert_category(&*tx, row.clone()).await?,
            Some(_) if changed => {
                row.version += 1;
                catalog::update_category(&*tx, row.clone()).await?;
            }
            Some(_) => {}
        }
        let answer = category_view(row);
        if changed {
            let change = Change {
                action: "catalog.write",
                subject_kind: "category",
                subject_id: answer.id,
                before: old.map(|old| json!(category_view(old))),
                after: Some(json!(answer)),
            };
            audit::record(&*tx, ctx, change).await?;
        }
        receipts::insert(&*tx, ctx, command.command_id, SAVE, command, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}
