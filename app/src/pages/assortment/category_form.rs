//! Adding and changing a category, in a sheet.

use crate::pages::ingredients::{Desk, SheetForm};
use crate::{components::*, i18n::*, server_fns::catalog::save_category};
use contract::assortment::{CategoryValues, SaveCategory};
use contract::catalog::CategoryView;
use leptos::prelude::*;

/// The sheet. `subject` says which category is changed; none means that one is added.
#[component]
pub(super) fn CategoryForm(desk: Desk, subject: RwSignal<Option<CategoryView>>) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || match subject.get() {
        Some(category) => category.name,
        None => t_string!(i18n, assortment.category_add).to_owned(),
    };
    view! {
        <Dialog open=desk.open title sheet=true>
            {move || desk.open.get().then(|| view! { <Fields desk category=subject.get_untracked() /> })}
        </Dialog>
    }
}

#[component]
fn Fields(desk: Desk, category: Option<CategoryView>) -> impl IntoView {
    let i18n = use_i18n();
    let name = RwSignal::new(
        category
            .as_ref()
            .map(|c| c.name.clone())
            .unwrap_or_default(),
    );
    let position = RwSignal::new(Some(category.as_ref().map_or(0, |c| i64::from(c.position))));
    let seen = category.map(|category| (category.id, category.version));
    let draft = seen.map_or_else(|| "category".to_owned(), |(id, _)| format!("category-{id}"));
    let sent_as = draft.clone();
    let save = move |()| {
        let position = position.get_untracked().unwrap_or(-1);
        let command = SaveCategory {
            command_id: desk.command_id(),
            category_id: seen.map(|(id, _)| id),
            version: seen.map_or(0, |(_, version)| version),
            values: CategoryValues {
                name: name.get_untracked(),
                position: i32::try_from(position).unwrap_or(-1),
            },
        };
        let done = |l: Locale| td_string!(l, assortment.category_saved);
        desk.run(sent_as.clone(), done, save_category(command));
    };
    view! {
        <SheetForm desk draft on_save=save>
            <TextInput name="category_name" label=move || t_string!(i18n, recipes.name) value=name error=desk.beside("name") />
            <QuantityInput
                name="category_position"
                label=move || t_string!(i18n, assortment.position)
                hint=move || t_string!(i18n, assortment.position_hint)
                value=position
                max=999
                error=desk.beside("position")
            />
        </SheetForm>
    }
}
