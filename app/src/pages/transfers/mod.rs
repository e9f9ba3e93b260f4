//! Goods between shops: asked for, on the road, received.

mod card;
mod new;
mod sheets;
mod words;

pub use new::NewTransferPage;

use crate::{
    components::*, drafts, fetched::Fetched, i18n::*, routes::guarded,
    server_fns::transfers::list_transfers, session::may, store_choice::use_chosen_store,
};
use card::TransferCard;
use contract::transfers::{ListTransfers, TransferView};
use contract::{AppError, Page};
use domain::Permission;
use leptos::{prelude::*, task::spawn_local};
use leptos_i18n::I18nContext;
use leptos_router::hooks::use_query_map;
use sheets::sheets;
use std::future::Future;
use uuid::Uuid;

/// Transfers from and to the chosen store.
#[component]
pub fn TransfersPage() -> impl IntoView {
    guarded(Permission::StockRead, || view! { <Transfers /> })
}

/// What a person does with one transfer; lives outside of what is loaded.
#[derive(Clone, Copy)]
struct Desk {
    transfer: RwSignal<Option<TransferView>>,
    sending: RwSignal<bool>,
    receiving: RwSignal<bool>,
    cancelling: RwSignal<bool>,
    reason: RwSignal<String>,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<String>>,
    /// Of what is on the sheet, until the server has answered: pressing twice does it once.
    command_id: StoredValue<Option<Uuid>>,
    again: Callback<()>,
    toasts: Toasts,
    i18n: I18nContext<Locale>,
}

impl Desk {
    fn open(self, transfer: TransferView, sheet: RwSignal<bool>) {
        self.refusal.set(None);
        self.reason.set(String::new());
        self.command_id.set_value(None);
        self.transfer.set(Some(transfer));
        sheet.set(true);
    }

    fn command_id(self) -> Uuid {
        let id = self.command_id.get_value().unwrap_or_else(Uuid::now_v7);
        self.command_id.set_value(Some(id));
        id
    }

    /// Key of what is typed into a sheet about this transfer.
    fn draft(self, sheet: &'static str) -> Option<String> {
        self.transfer.with(|transfer| {
            transfer
                .as_ref()
                .map(|transfer| format!("transfer-{sheet}-{}", transfer.id))
        })
    }

    /// Sends a command; the sheet closes when it is done, and what was typed into it is forgotten.
    fn run(
        self,
        sheet: RwSignal<bool>,
        draft: Option<String>,
        command: impl Future<Output = Result<TransferView, AppError>> + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            let answer = command.await;
            self.busy.set(false);
            if answer
                .as_ref()
                .err()
                .is_none_or(|error| !words::is_open(error))
            {
                self.command_id.set_value(None);
            }
            let locale = self.i18n.get_locale_untracked();
            match answer {
                Ok(transfer) => {
                    if let Some(key) = &draft {
                        drafts::saved(key);
                    }
                    sheet.set(false);
                    self.toasts.done(words::done(locale, &transfer));
                }
                Err(error) => {
                    let name_of = |id: Uuid| {
                        self.transfer.with_untracked(|transfer| {
                            let mut lines = transfer.iter().flat_map(|transfer| &transfer.lines);
                            lines
                                .find(|line| line.product_id == id)
                                .map(|line| line.product_name.clone())
                        })
                    };
                    let words = words::refused(locale, &error, name_of);
                    self.refusal.set(Some(words));
                }
            }
            self.again.run(());
        });
    }
}

#[component]
fn Transfers() -> impl IntoView {
    let (i18n, toasts) = (use_i18n(), use_toasts());
    let store = use_chosen_store();
    let query = use_query_map();
    let wanted = move || {
        (
            store.get().map(|store| store.id),
            query.with(|query| query.get("after")),
        )
    };
    let list = Fetched::new(
        wanted,
        |(store_id, after): (Option<Uuid>, Option<String>)| {
            list_transfers(ListTransfers {
                store_id,
                after,
                ..ListTransfers::default()
            })
        },
    );
    use_live(&["transfers"], move |_| list.refetch());
    let desk = Desk {
        transfer: RwSignal::new(None),
        sending: RwSignal::new(false),
        receiving: RwSignal::new(false),
        cancelling: RwSignal::new(false),
        reason: RwSignal::new(String::new()),
        busy: RwSignal::new(false),
        refusal: RwSignal::new(None),
        command_id: StoredValue::new(None),
        again: Callback::new(move |()| list.refetch()),
        toasts,
        i18n,
    };
    view! {
        <PageHeader
            title=move || t_string!(i18n, transfers.title)
            over=move || store.get().map(|store| store.name).unwrap_or_default()
            lead=move || t_string!(i18n, transfers.lead)
        >
            <ButtonLink href="/stock" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>{move || t_string!(i18n, stock.back)}</ButtonLink>
            {may(Permission::StockTransfer)
                .then(|| {
                    view! {
                        <ButtonLink href="/stock/transfers/new?way=ask">{move || t_string!(i18n, transfers.ask)}</ButtonLink>
                        <ButtonLink href="/stock/transfers/new?way=send" kind=ButtonKind::Primary icon=Icon::Plus>
                            {move || t_string!(i18n, transfers.send)}
                        </ButtonLink>
                    }
                })}
        </PageHeader>
        <Loaded
            resource=list
            waiting=Waiting::Cards
            children=move |page: Shown| view! { <Cards page desk /> }
        />
        <Later part=move || sheets(desk) />
    }
}

/// A part of the list.
type Shown = Page<TransferView>;

#[component]
fn Cards(page: Shown, desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    if page.items.is_empty() {
        return view! {
            <EmptyState icon=Icon::Stock title=move || t_string!(i18n, transfers.empty_title) text=move || t_string!(i18n, transfers.empty_text) />
        }
        .into_any();
    }
    let cards = page
        .items
        .into_iter()
        .map(|transfer| view! { <TransferCard transfer desk /> })
        .collect_view();
    let store = use_chosen_store()
        .get_untracked()
        .map(|store| store.id)
        .unwrap_or_default();
    let address = format!("/stock/transfers?store={store}");
    let next = page.next.map(|next| format!("{address}&after={next}"));
    view! {
        <div class="transfers">{cards}</div>
        <nav class="more" aria-label=move || t_string!(i18n, common.pages)>
            {move || {
                query
                    .with(|query| query.get("after").is_some())
                    .then(|| view! { <a class="button button-quiet" href=address.clone()>{move || t_string!(i18n, stock.newest)}</a> })
            }}
            {next.map(|next| view! { <a class="button" rel="next" href=next>{move || t_string!(i18n, stock.older)}</a> })}
        </nav>
    }
    .into_any()
}
