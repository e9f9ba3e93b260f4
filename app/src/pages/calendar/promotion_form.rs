//! The form of a promotion.

use super::{chosen, field_word, store_choices, trouble_word};
use crate::{
    components::{
        Button, ButtonKind, Choice, DateField, Dialog, Icon, Notice, QuantityInput, Select,
        TextInput, Tone, use_toasts,
    },
    drafts,
    i18n::{t_string, use_i18n},
    server_fns::calendar::save_promotion,
};
use chrono::NaiveDate;
use contract::AppError;
use contract::calendar::{PromotionView, SavePromotion, SubjectOption};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// What the form offers to choose from.
#[derive(Clone, Debug, Default)]
pub(super) struct Offer {
    pub(super) everywhere: bool,
    pub(super) products: Vec<SubjectOption>,
    pub(super) categories: Vec<SubjectOption>,
}

/// State of the form; made outside of what is loaded.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    open: RwSignal<bool>,
    id: RwSignal<Option<Uuid>>,
    code: RwSignal<String>,
    name: RwSignal<String>,
    store: RwSignal<String>,
    /// `product:<id>`, `category:<id>` or nothing for everything.
    subject: RwSignal<String>,
    /// Percent.
    discount: RwSignal<Option<i64>>,
    starts_on: RwSignal<Option<NaiveDate>>,
    ends_on: RwSignal<Option<NaiveDate>>,
    trouble: RwSignal<Option<AppError>>,
    busy: RwSignal<bool>,
    sent: StoredValue<Option<SavePromotion>>,
    offer: RwSignal<Offer>,
}

fn after(text: &str, prefix: &str) -> Option<Uuid> {
    text.strip_prefix(prefix).and_then(chosen)
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            id: RwSignal::new(None),
            code: RwSignal::new(String::new()),
            name: RwSignal::new(String::new()),
            store: RwSignal::new(String::new()),
            subject: RwSignal::new(String::new()),
            discount: RwSignal::new(Some(10)),
            starts_on: RwSignal::new(None),
            ends_on: RwSignal::new(None),
            trouble: RwSignal::new(None),
            busy: RwSignal::new(false),
            sent: StoredValue::new(None),
            offer: RwSignal::new(Offer::default()),
        }
    }

    /// Opens the form for a new promotion. A form that was left half filled opens as it was.
    pub(super) fn add(self, store_id: Option<Uuid>, offer: Offer) {
        let everywhere = offer.everywhere;
        self.offer.set(offer);
        if self.id.get_untracked().is_some() || self.name.with_untracked(String::is_empty) {
            self.clear();
            if !everywhere {
                self.store
                    .set(store_id.map(|id| id.to_string()).unwrap_or_default());
            }
        }
        self.open.set(true);
    }

    pub(super) fn edit(self, promotion: &PromotionView, offer: Offer) {
        self.offer.set(offer);
        self.id.set(Some(promotion.id));
        self.code.set(promotion.code.clone());
        self.name.set(promotion.name.clone());
        self.store.set(
            promotion
                .store_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
        );
        self.subject
            .set(match (promotion.product_id, promotion.category_id) {
                (Some(id), _) => format!("product:{id}"),
                (None, Some(id)) => format!("category:{id}"),
                (None, None) => String::new(),
            });
        self.discount
            .set(Some(i64::from(promotion.discount_bp) / 100));
        self.starts_on.set(Some(promotion.starts_on));
        self.ends_on.set(Some(promotion.ends_on));
        self.trouble.set(None);
        self.open.set(true);
    }

    fn clear(self) {
        self.id.set(None);
        self.code.set(String::new());
        self.name.set(String::new());
        self.store.set(String::new());
        self.subject.set(String::new());
        self.discount.set(Some(10));
        self.starts_on.set(None);
        self.ends_on.set(None);
        self.trouble.set(None);
        self.sent.set_value(None);
    }

    fn command(self) -> Option<SavePromotion> {
        let starts_on = self.starts_on.get_untracked()?;
        let percent = self.discount.get_untracked()?;
        let subject = self.subject.get_untracked();
        let mut command = SavePromotion {
            command_id: Uuid::now_v7(),
            id: self.id.get_untracked(),
            code: self.code.get_untracked(),
            name: self.name.get_untracked(),
            store_id: self.store.with_untracked(|s| chosen(s)),
            product_id: after(&subject, "product:"),
            category_id: after(&subject, "category:"),
            discount_bp: i32::try_from(percent * 100).unwrap_or(i32::MAX),
            starts_on,
            ends_on: self.ends_on.get_untracked().unwrap_or(starts_on),
        };
        if let Some(sent) = self.sent.get_value() {
            let again = SavePromotion {
                command_id: sent.command_id,
                ..command.clone()
            };
            if again == sent {
                command = again;
            }
        }
        self.sent.set_value(Some(command.clone()));
        Some(command)
    }
}

#[component]
pub(super) fn PromotionDialog(desk: Desk, #[prop(into)] on_saved: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let Desk {
        open,
        trouble,
        busy,
        starts_on,
        discount,
        offer,
        ..
    } = desk;
    let save = move || {
        let Some(command) = desk.command() else {
            return;
        };
        busy.set(true);
        spawn_local(async move {
            match save_promotion(command).await {
                Ok(promotion) => {
                    drafts::saved("promotion");
                    toasts.done(untrack(|| {
                        t_string!(i18n, calendar.saved, name = promotion.name)
                    }));
                    desk.clear();
                    open.set(false);
                    on_saved.run(());
                }
                Err(error) => trouble.set(Some(error)),
            }
            busy.set(false);
        });
    };
    view! {
        <Dialog open title=move || t_string!(i18n, calendar.new_promotion) sheet=true>
            <form
                class="calendar-form"
                data-draft="promotion"
                on:submit=move |event| {
                    event.prevent_default();
                    if !busy.get_untracked() {
                        save();
                    }
                }
            >
                {move || {
                    trouble
                        .with(|t| t.as_ref().and_then(|error| trouble_word(i18n.get_locale(), error)))
                        .map(|words| {
                            view! {
                                <Notice tone=Tone::Attention>
                                    <p role="alert">{words}</p>
                                </Notice>
                            }
                        })
                }}
                <PromotionFields desk />
                <div class="dialog-actions">
                    <Button
                        kind=ButtonKind::Primary
                        icon=Icon::Check
                        submit=true
                        busy
                        disabled=Signal::derive(move || {
                            starts_on.with(Option::is_none) || discount.with(Option::is_none) || offer.with(|o| o.products.is_empty())
                        })
                    >
                        {move || t_string!(i18n, calendar.save)}
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}

#[component]
fn PromotionFields(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let Desk {
        trouble,
        starts_on,
        discount,
        offer,
        ..
    } = desk;
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            trouble.with(|t| {
                t.as_ref()
                    .and_then(|error| field_word(i18n.get_locale(), error, field))
            })
        })
    };
    let (own, all) = (store_choices(false), store_choices(true));
    let stores = Signal::derive(move || {
        if offer.with(|o| o.everywhere) {
            all.clone()
        } else {
            own.clone()
        }
    });
    let subjects = Signal::derive(move || {
        let everything = Choice::new("", move || t_string!(i18n, calendar.subject_all));
        offer.with(|o| {
            let category =
                |c: &SubjectOption| Choice::new(format!("category:{}", c.id), c.name.clone());
            let product =
                |p: &SubjectOption| Choice::new(format!("product:{}", p.id), p.name.clone());
            std::iter::once(everything.clone())
                .chain(o.categories.iter().map(category))
                .chain(o.products.iter().map(product))
                .collect::<Vec<_>>()
        })
    });
    view! {
        <TextInput
            name="promotion-name"
            label=move || t_string!(i18n, calendar.name)
            hint=move || t_string!(i18n, calendar.promotion_name_hint)
            value=desk.name
            error=wrong("name")
        />
        <TextInput
            name="promotion-code"
            label=move || t_string!(i18n, calendar.code)
            hint=move || t_string!(i18n, calendar.code_hint)
            value=desk.code
            error=wrong("code")
        />
        <QuantityInput
            name="promotion-discount"
            label=move || t_string!(i18n, calendar.discount)
            value=discount
            step=5
            max=90
            error=wrong("discount_bp")
        />
        <Select
            name="promotion-subject"
            label=move || t_string!(i18n, calendar.subject)
            value=desk.subject
            options=subjects
            error=wrong("category_id")
        />
        <div class="calendar-span">
            <DateField
                name="promotion-starts"
                label=move || t_string!(i18n, calendar.starts_on)
                value=starts_on
                error=wrong("starts_on")
            />
            <DateField
                name="promotion-ends"
                label=move || t_string!(i18n, calendar.ends_on)
                value=desk.ends_on
                optional=true
                error=wrong("ends_on")
            />
        </div>
        <Select
            name="promotion-store"
            label=move || t_string!(i18n, calendar.store)
            value=desk.store
            options=stores
            error=wrong("store_id")
        />
    }
}
