//! What ingredients bring along: costs, allergens, ages, what can be counted of them.

use crate::bread::{bread, flour};
use crate::scene::bakery;
use contract::ingredients::SaveIngredient;
use domain::RoleKey;
use entity::audit_entry;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use testkit::on_both;

#[tokio::test(flavor = "multi_thread")]
async fn what_rolls_up_is_in_the_audit_log_and_drops_no_declared_allergen() {
    on_both(async |db| {
        let org = bakery(&db).await;
        let kitchen = org.ctx(RoleKey::Production).await;
        let bread = bread(&db, &kitchen, &org).await;
        // Nobody says gluten of the flour any more; of the bread somebody did.
        let of_soy = SaveIngredient {
            ingredient_id: Some(bread.flour.id),
            version: bread.flour.version,
            allergens: vec!["soy".into()],
            ..flour()
        };
        let ingredients = db.services().ingredients();
        ingredients.save(&kitchen, of_soy).await.expect("saved");
        let products = db.services().catalog().products(&kitchen).await;
        let products = products.expect("products");
        let product = products.iter().find(|p| p.id == org.products[0]);
        assert_eq!(product.expect("it").allergens, ["gluten", "soy"]);
        let entries = audit_entry::Entity::find()
            .filter(audit_entry::Column::SubjectKind.eq("product"))
            .filter(audit_entry::Column::SubjectId.eq(org.products[0]))
            .order_by_asc(audit_entry::Column::Sequence)
            .all(db.db().connection())
            .await
            .expect("entries");
        let said: Vec<_> = entries
            .into_iter()
            .map(|entry| (entry.before.expect("before"), entry.after.expect("after")))
            .collect();
        assert_eq!(said.len(), 2);
        assert_eq!(said[0].0["unit_cost_minor"], 80);
        assert_eq!(said[0].1["unit_cost_minor"], 24);
        assert_eq!(said[1].0["allergens"], serde_json::json!(["gluten"]));
        assert_eq!(said[1].1["allergens"], serde_json::json!(["gluten", "soy"]));
    })
    .await;
}
