//! What to buy, by supplier: a list to send or to print.

use super::on_order::{OnOrder, Sending, Sheets};
use super::purchase_sheets::draw_purchase_sheets;
use super::{kitchen_in_address, of_kitchen};
use crate::{
    components::*, fetched::Fetched, format::use_format, i18n::*, server_fns::recipes::list_to_buy,
    session::may,
};
use contract::ingredients::{PurchaseLine, PurchaseList, ReadIngredients, SupplierView};
use domain::Permission;
use leptos::prelude::*;

/// The list.
#[component]
pub fn BuyPage() -> impl IntoView {
    let i18n = use_i18n();
    let kitchen = kitchen_in_address();
    let list = Fetched::new(
        move || kitchen.get(),
        |store_id| list_to_buy(ReadIngredients { store_id }),
    );
    use_live(&["recipes", "stock", "forecasts"], move |_| list.refetch());
    let sheets = Sheets::new(Callback::new(move |()| list.refetch()));
    let may_change = may(Permission::RecipesWrite);
    view! {
        <PageHeader title=move || t_string!(i18n, recipes.to_buy) lead=move || t_string!(i18n, recipes.to_buy_lead)>
            {move || {
                let href = of_kitchen("/ingredients", kitchen);
                view! { <ButtonLink href>{move || t_string!(i18n, recipes.ingredients)}</ButtonLink> }
            }}
        </PageHeader>
        <Loaded resource=list let:list>
            <Lists list sheets may_change />
        </Loaded>
        {may_change.then(|| view! { <Later part=move || draw_purchase_sheets(sheets) /> })}
    }
}

#[component]
fn Lists(list: PurchaseList, sheets: Sheets, may_change: bool) -> impl IntoView {
    let i18n = use_i18n();
    let PurchaseList {
        lines,
        suppliers,
        forecast_days,
        store_name,
        store_id,
        open,
        today,
        ..
    } = list;
    let here = store_id.zip(today).filter(|_| may_change);
    let numbers: Vec<_> = open.iter().map(|p| (p.supplier_id, p.number)).collect();
    let none = forecast_days == 0;
    let (wanted, enough): (Vec<PurchaseLine>, Vec<PurchaseLine>) =
        lines.into_iter().partition(|line| line.packs > 0);
    let calm = wanted.is_empty() && !none;
    let mut groups: Vec<(Option<SupplierView>, Vec<PurchaseLine>)> = suppliers
        .into_iter()
        .map(|supplier| {
            let lines = wanted.iter().filter(|l| l.supplier_id == Some(supplier.id));
            (lines.cloned().collect(), supplier)
        })
        .map(|(lines, supplier)| (Some(supplier), lines))
        .collect();
    let nobody = wanted.iter().filter(|line| line.supplier_id.is_none());
    groups.push((None, nobody.cloned().collect()));
    groups.retain(|(_, lines)| !lines.is_empty());
    view! {
        {none.then(|| view! { <Notice tone=Tone::Info><p>{move || t_string!(i18n, recipes.no_forecast)}</p></Notice> })}
        {calm
            .then(|| {
                view! {
                    <EmptyState
                        icon=Icon::Check
                        title=move || t_string!(i18n, recipes.nothing_to_buy)
                        text=move || t_string!(i18n, recipes.nothing_to_buy_text)
                    />
                }
            })}
        {groups
            .into_iter()
            .map(|(supplier, lines)| {
                let store = store_name.clone();
                let sending = here
                    .zip(supplier.clone())
                    .map(|((store_id, today), supplier)| {
                        let numbers = numbers.iter().filter(|(id, _)| *id == supplier.id);
                        let seen_number = numbers.map(|(_, number)| *number).max().unwrap_or(0);
                        let lines = lines.clone();
                        Sending { store_id, today, supplier, lines, seen_number }
                    });
                view! { <Order supplier lines store sending sheets /> }
            })
            .collect_view()}
        {(!open.is_empty()).then(|| view! { <OnOrder open sheets may_change /> })}
        {(!enough.is_empty())
            .then(|| {
                view! {
                    <Section title=move || t_string!(i18n, recipes.enough)>
                        <Lines lines=enough />
                    </Section>
                }
            })}
    }
}

/// What one supplier should bring, with a letter that says so.
#[component]
fn Order(
    supplier: Option<SupplierView>,
    lines: Vec<PurchaseLine>,
    store: String,
    /// What can be written down as sent, by whom may.
    sending: Option<Sending>,
    sheets: Sheets,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let costs = lines.iter().filter_map(|line| line.cost_minor);
    let total = costs.fold(0, i64::saturating_add);
    let email = supplier.as_ref().and_then(|s| s.email.clone());
    let name = supplier.map(|s| s.name);
    let title = move || match &name {
        Some(name) => name.clone(),
        None => t_string!(i18n, recipes.no_supplier).to_owned(),
    };
    let letter = lines.clone();
    let address = move || {
        let email = email.clone()?;
        let rows = letter.iter().map(|line| {
            let pack = format.quantity_with_unit(line.pack_quantity, line.unit);
            format!("{} x {pack} {} ({})", line.packs, line.name, line.code)
        });
        let body = rows.collect::<Vec<_>>().join("\n");
        let subject = t_string!(i18n, recipes.letter_subject, store = store.clone()).to_string();
        let escaped = |text: &str| escape(text);
        Some(format!(
            "mailto:{email}?subject={}&body={}",
            escaped(&subject),
            escaped(&body)
        ))
    };
    view! {
        <Section title=title lead=move || t_string!(i18n, recipes.order_total, money = format.money(total)).to_string()>
            <Lines lines />
            <div class="row-actions no-print">
                {move || {
                    address()
                        .map(|href| {
                            view! {
                                <a class="button" href=href>
                                    {move || t_string!(i18n, recipes.write_letter)}
                                </a>
                            }
                        })
                }}
                {sending
                    .map(|sending| {
                        let send = move |()| sheets.send(sending.clone());
                        view! {
                            <Button kind=ButtonKind::Primary icon=Icon::Check on_press=send>
                                {move || t_string!(i18n, recipes.sent_to_supplier)}
                            </Button>
                        }
                    })}
            </div>
        </Section>
    }
}

/// RFC 3986, 2.3: everything but the unreserved characters.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[component]
fn Lines(lines: Vec<PurchaseLine>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let columns = vec![
        Column::text(move || t_string!(i18n, recipes.ingredient)),
        Column::number(move || t_string!(i18n, recipes.packs)),
        Column::number(move || t_string!(i18n, recipes.on_hand)),
        Column::number(move || t_string!(i18n, recipes.daily_need)),
        Column::number(move || t_string!(i18n, recipes.reorder_point)),
        Column::number(move || t_string!(i18n, recipes.cost)),
    ];
    let rows = lines
        .into_iter()
        .map(|line| {
            let unit = line.unit;
            let amount = move |n: i64| format.quantity_with_unit(n, unit);
            let (packs, pack) = (line.packs, line.pack_quantity);
            let (on_hand, point) = (line.on_hand - line.reserved, line.reorder_point);
            let (on_order, coming, late) = (line.on_order, line.expected_on, line.late);
            let (need, safety) = (line.daily_need_milli / 1_000, line.safety_stock);
            let (economic, cost) = (line.economic_quantity, line.cost_minor.filter(|_| line.packs > 0));
            view! {
                <tr>
                    <Cell lead=true>
                        <strong>{line.name}</strong>
                        <br />
                        <span class="muted">
                            {move || match economic {
                                Some(n) => t_string!(i18n, recipes.economic, quantity = amount(n)).to_string(),
                                None => t_string!(i18n, recipes.weekly).to_owned(),
                            }}
                        </span>
                    </Cell>
                    <Cell numeric=true label=move || t_string!(i18n, recipes.packs)>
                        <strong>{move || if packs > 0 { format!("{} × {}", format.number(packs), amount(pack)) } else { "–".to_owned() }}</strong>
                    </Cell>
                    <Cell numeric=true label=move || t_string!(i18n, recipes.on_hand)>
                        {move || amount(on_hand)}
                        {coming
                            .map(|day| {
                                let words = move || {
                                    let (quantity, day) = (amount(on_order), format.date_short(day));
                                    if late {
                                        t_string!(i18n, recipes.on_order_late, quantity = quantity, day = day).to_string()
                                    } else {
                                        t_string!(i18n, recipes.on_order_until, quantity = quantity, day = day).to_string()
                                    }
                                };
                                view! {
                                    <br />
                                    <span class="muted">{words}</span>
                                }
                            })}
                    </Cell>
                    <Cell numeric=true label=move || t_string!(i18n, recipes.daily_need)>{move || amount(need)}</Cell>
                    <Cell numeric=true label=move || t_string!(i18n, recipes.reorder_point)>
                        {move || amount(point)}
                        <br />
                        <span class="muted">{move || t_string!(i18n, recipes.safety, quantity = amount(safety)).to_string()}</span>
                    </Cell>
                    <Cell numeric=true label=move || t_string!(i18n, recipes.cost)>
                        {move || cost.map_or_else(|| "–".to_owned(), |cost| format.money(cost))}
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=move || t_string!(i18n, recipes.to_buy) columns>{rows}</Table> }
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_letter_survives_its_way_into_an_address() {
        assert_eq!(
            escape("2 x 25 kg\nharina & sal"),
            "2%20x%2025%20kg%0Aharina%20%26%20sal"
        );
    }
}
