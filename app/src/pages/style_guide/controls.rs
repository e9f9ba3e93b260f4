//! What is pressed, typed into and chosen from.

use crate::{
    components::{
        Button, ButtonKind, ButtonLink, Choice, DateField, DropZone, Icon, IconButton, Keypad,
        QuantityInput, Section, Segmented, Select, Switch, TabLinks, TextArea, TextInput,
    },
    i18n::{t_string, use_i18n},
};
use leptos::{html, prelude::*};

#[component]
pub fn Controls() -> impl IntoView {
    view! {
        <Buttons />
        <Fields />
        <Choices />
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Section title=move || t_string!(i18n, style_guide.buttons)>
            <div class="row">
                <Button kind=ButtonKind::Primary icon=Icon::Kitchen>{move || t_string!(i18n, style_guide.bake)}</Button>
                <Button>{move || t_string!(i18n, style_guide.save)}</Button>
                <Button kind=ButtonKind::Quiet>{move || t_string!(i18n, style_guide.see)}</Button>
                <Button kind=ButtonKind::Danger icon=Icon::Bin>{move || t_string!(i18n, style_guide.discard)}</Button>
                <Button kind=ButtonKind::Primary busy=true>{move || t_string!(i18n, style_guide.busy)}</Button>
                <Button disabled=true>{move || t_string!(i18n, style_guide.cannot)}</Button>
                <IconButton icon=Icon::Pencil label=move || t_string!(i18n, style_guide.see) on_press=|()| () />
                <ButtonLink href="/style-guide" icon=Icon::ChevronRight>{move || t_string!(i18n, style_guide.see)}</ButtonLink>
            </div>
            <div class="row">
                <Button kind=ButtonKind::Primary large=true icon=Icon::Check>{move || t_string!(i18n, style_guide.large)}</Button>
                <Button large=true>{move || t_string!(i18n, style_guide.save)}</Button>
            </div>
        </Section>
    }
}

#[component]
fn Fields() -> impl IntoView {
    let i18n = use_i18n();
    let (text, note, wrong) = (
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
        RwSignal::new(String::from("12")),
    );
    let (quantity, counted, day) = (
        RwSignal::new(Some(84)),
        RwSignal::new(Some(6)),
        RwSignal::new(None),
    );
    let file = NodeRef::<html::Input>::new();
    view! {
        <Section title=move || t_string!(i18n, style_guide.fields)>
            <div class="grid">
                <TextInput
                    name="guide-product"
                    label=move || t_string!(i18n, style_guide.product)
                    hint=move || t_string!(i18n, style_guide.product_hint)
                    value=text
                />
                <TextInput
                    name="guide-wrong"
                    label=move || t_string!(i18n, style_guide.quantity)
                    error=move || Some(t_string!(i18n, style_guide.wrong).to_owned())
                    value=wrong
                />
                <DateField name="guide-day" label=move || t_string!(i18n, style_guide.day) value=day optional=true />
                <TextArea name="guide-note" label=move || t_string!(i18n, style_guide.note) value=note optional=true />
                <QuantityInput
                    name="guide-quantity"
                    label=move || t_string!(i18n, style_guide.quantity)
                    hint=move || t_string!(i18n, style_guide.quantity_hint)
                    value=quantity
                    step=12
                />
                <QuantityInput
                    name="guide-counted"
                    label=move || t_string!(i18n, style_guide.stock)
                    value=counted
                    large=true
                />
                <Keypad value=counted max=9_999 />
                <DropZone
                    name="guide-file"
                    label=move || t_string!(i18n, style_guide.drop)
                    hint=move || t_string!(i18n, style_guide.drop_hint)
                    accept=".csv,text/csv"
                    node_ref=file
                />
            </div>
        </Section>
    }
}

#[component]
fn Choices() -> impl IntoView {
    let i18n = use_i18n();
    let (reason, range, on) = (
        RwSignal::new(String::from("expired")),
        RwSignal::new(String::from("day")),
        RwSignal::new(true),
    );
    let reasons = move || {
        vec![
            Choice::new("expired", move || {
                t_string!(i18n, style_guide.reason_expired)
            }),
            Choice::new("damaged", move || {
                t_string!(i18n, style_guide.reason_damaged)
            }),
            Choice::new("sampling", move || {
                t_string!(i18n, style_guide.reason_sampling)
            }),
        ]
    };
    let views = vec![
        Choice::new("day", move || t_string!(i18n, style_guide.view_day)),
        Choice::new("week", move || t_string!(i18n, style_guide.view_week)),
        Choice::new("month", move || t_string!(i18n, style_guide.view_month)),
    ];
    let tabs = vec![
        (
            "/style-guide".to_owned(),
            TextProp::from(move || t_string!(i18n, style_guide.tab_list)),
        ),
        (
            "/kitchen".to_owned(),
            TextProp::from(move || t_string!(i18n, style_guide.tab_board)),
        ),
    ];
    view! {
        <Section title=move || t_string!(i18n, style_guide.choices)>
            <TabLinks label=move || t_string!(i18n, style_guide.view) tabs />
            <div class="grid">
                <Select
                    name="guide-reason"
                    label=move || t_string!(i18n, style_guide.reason)
                    value=reason
                    options=reasons
                />
                <Segmented
                    name="guide-view"
                    label=move || t_string!(i18n, style_guide.view)
                    value=range
                    options=views
                />
                <Switch name="guide-alert" label=move || t_string!(i18n, style_guide.alert) value=on />
            </div>
        </Section>
    }
}
