//! Which kitchen bakes for which stores.

use crate::store::shelves;
use crate::{Ctx, ServiceResult, StoreScope};
use entity::store;
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The active stores of an organization, and the kitchens that a question is about.
pub(crate) struct Kitchens {
    pub stores: BTreeMap<Uuid, store::Model>,
    /// By code.
    pub asked: Vec<store::Model>,
}

/// The kitchen that bakes for a store: another one, or itself.
pub(crate) fn kitchen_of(store: &store::Model) -> Uuid {
    store.kitchen_store_id.unwrap_or(store.id)
}

impl Kitchens {
    /// The kitchen of one store, or those of all stores that the caller sees. One statement.
    ///
    /// What a kitchen bakes for other shops takes its oven too, whoever looks.
    pub(crate) async fn read(
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        store_id: Option<Uuid>,
    ) -> ServiceResult<Self> {
        let organization_id = ctx.organization_id();
        if let Some(store_id) = store_id {
            ctx.require_store(store_id)?;
        }
        let all = shelves::list_stores(db, organization_id, &StoreScope::All).await?;
        if let Some(store_id) = store_id
            && !all.iter().any(|store| store.id == store_id)
        {
            // A store that is closed for good has no kitchen; one of somebody else is not there.
            shelves::get_store(db, organization_id, store_id).await?;
        }
        let is_asked = |store: &&store::Model| match store_id {
            Some(store_id) => store.id == store_id,
            None => ctx.actor.stores.contains(store.id),
        };
        let ids: BTreeSet<Uuid> = all.iter().filter(is_asked).map(kitchen_of).collect();
        let asked = all.iter().filter(|store| ids.contains(&store.id));
        Ok(Self {
            asked: asked.cloned().collect(),
            stores: all.into_iter().map(|store| (store.id, store)).collect(),
        })
    }

    /// The stores for which a kitchen bakes.
    pub(crate) fn fed_by(&self, kitchen_id: Uuid) -> impl Iterator<Item = Uuid> + '_ {
        let fed = self.stores.values();
        fed.filter(move |store| kitchen_of(store) == kitchen_id)
            .map(|store| store.id)
    }
}
