//! Adding and changing a supplier, in a sheet.

use super::{Amount, AmountInput, Desk, SheetForm};
use crate::{components::*, format::use_format, i18n::*, server_fns::recipes::save_supplier};
use contract::ingredients::{SaveSupplier, SupplierView};
use leptos::prelude::*;

/// The sheet. `subject` says who is changed; nobody means that one is added.
#[component]
pub(super) fn SupplierForm(desk: Desk, subject: RwSignal<Option<SupplierView>>) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || match subject.get() {
        Some(supplier) => supplier.name,
        None => t_string!(i18n, recipes.add_supplier).to_owned(),
    };
    view! {
        <Dialog open=desk.open title sheet=true>
            {move || desk.open.get().then(|| view! { <Fields desk supplier=subject.get_untracked() /> })}
        </Dialog>
    }
}

#[component]
fn Fields(desk: Desk, supplier: Option<SupplierView>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let of = |read: fn(&SupplierView) -> String| {
        RwSignal::new(supplier.as_ref().map(read).unwrap_or_default())
    };
    let name = of(|s| s.name.clone());
    let email = of(|s| s.email.clone().unwrap_or_default());
    let phone = of(|s| s.phone.clone().unwrap_or_default());
    let cost = Amount::new(
        supplier.as_ref().map(|s| s.order_cost_minor),
        format.minor_digits(),
    );
    let days = RwSignal::new(Some(
        supplier.as_ref().map_or(2, |s| s.lead_time_days.into()),
    ));
    let draft = supplier.as_ref().map_or_else(
        || "supplier".to_owned(),
        |supplier| format!("supplier-{}", supplier.id),
    );
    let sent_as = draft.clone();
    let standing = StoredValue::new(supplier);
    let save = move || {
        let Ok(order_cost) = cost.read() else {
            return;
        };
        let standing = standing.get_value();
        let some =
            |text: RwSignal<String>| Some(text.get_untracked()).filter(|t| !t.trim().is_empty());
        let command = SaveSupplier {
            command_id: desk.command_id(),
            supplier_id: standing.as_ref().map(|s| s.id),
            version: standing.as_ref().map_or(0, |s| s.version),
            name: name.get_untracked(),
            email: some(email),
            phone: some(phone),
            lead_time_days: days.get_untracked().unwrap_or(-1) as i32,
            order_cost_minor: order_cost.unwrap_or(0),
        };
        let done = |l: Locale| td_string!(l, recipes.saved);
        desk.run(sent_as.clone(), done, save_supplier(command));
    };
    view! {
        <SheetForm desk draft on_save=move |()| save()>
            <TextInput name="supplier_name" label=move || t_string!(i18n, recipes.name) value=name error=desk.beside("name") />
            <TextInput name="email" kind="email" label=move || t_string!(i18n, recipes.email) value=email optional=true />
            <TextInput name="phone" kind="tel" label=move || t_string!(i18n, recipes.phone) value=phone optional=true />
            <QuantityInput name="lead_days" label=move || t_string!(i18n, recipes.lead_days) value=days max=365 error=desk.beside("lead_time_days") />
            <AmountInput
                name="order_cost"
                label=move || t_string!(i18n, recipes.order_cost)
                hint=move || t_string!(i18n, recipes.order_cost_hint)
                amount=cost
                error=desk.beside("order_cost")
            />
        </SheetForm>
    }
}
