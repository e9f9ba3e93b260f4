//! Products and their categories: found, added, changed, taken off sale.

use super::{category_form::CategoryForm, product_form::ProductForm};
use crate::{
    components::*,
    fetched::Fetched,
    format::use_format,
    i18n::*,
    pages::ingredients::Desk,
    server_fns::catalog::{list_products, read_catalog},
    session::may,
};
use contract::Page;
use contract::assortment::ListProducts;
use contract::catalog::{CategoryView, ProductView};
use domain::Permission;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

/// The page's sheets and what they are about; live outside of what is loaded.
#[derive(Clone, Copy)]
struct Desks {
    product: Desk,
    subject: RwSignal<Option<ProductView>>,
    category: Desk,
    group: RwSignal<Option<CategoryView>>,
    /// Every category, to choose from.
    known: RwSignal<Vec<CategoryView>>,
}

/// What the address asks for.
fn wanted() -> Memo<ListProducts> {
    let query = use_query_map();
    Memo::new(move |_| {
        query.with(|query| {
            let get = |key: &str| query.get(key).filter(|text| !text.trim().is_empty());
            ListProducts {
                category_id: get("category").and_then(|text| text.parse().ok()),
                search: get("search"),
                active: match get("show").as_deref() {
                    Some("all") => None,
                    Some("off") => Some(false),
                    _ => Some(true),
                },
                after: get("after"),
                limit: None,
            }
        })
    })
}

/// Every product.
#[component]
pub fn ProductsPage() -> impl IntoView {
    let i18n = use_i18n();
    let wanted = wanted();
    let shown = Fetched::new(
        move || wanted.get(),
        |wanted: ListProducts| async move {
            let page = list_products(wanted).await?;
            let (_, categories) = read_catalog().await?;
            Ok((page, categories))
        },
    );
    // A recipe says what its product costs; whoever may not read recipes hears nothing of them.
    if may(Permission::RecipesRead) {
        use_live(&["recipes"], move |_| shown.refetch());
    }
    let reload = Callback::new(move |()| shown.refetch());
    let desks = Desks {
        product: Desk::new(reload),
        subject: RwSignal::new(None),
        category: Desk::new(reload),
        group: RwSignal::new(None),
        known: RwSignal::new(Vec::new()),
    };
    let add = move |()| {
        desks.subject.set(None);
        desks.product.show();
    };
    let add_group = move |()| {
        desks.group.set(None);
        desks.category.show();
    };
    view! {
        <PageHeader title=move || t_string!(i18n, assortment.products_title) lead=move || t_string!(i18n, assortment.products_lead)>
            <Button kind=ButtonKind::Quiet icon=Icon::Plus on_press=add_group>
                {move || t_string!(i18n, assortment.category_add)}
            </Button>
            <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=add>
                {move || t_string!(i18n, assortment.product_add)}
            </Button>
        </PageHeader>
        <Search wanted />
        <Loaded
            resource=shown
            children=move |(page, categories): (Page<ProductView>, Vec<CategoryView>)| {
                desks.known.set(categories.clone());
                let chosen = wanted.get_untracked().category_id;
                view! {
                    <Categories categories chosen desks />
                    <Products page desks />
                }
            }
        />
        <Later part=move || draw_sheets(desks) />
    }
}

#[lazy(products_later)]
fn draw_sheets(desks: Desks) -> AnyView {
    view! {
        <ProductForm desk=desks.product subject=desks.subject known=desks.known />
        <CategoryForm desk=desks.category subject=desks.group />
    }
    .into_any()
}

#[component]
fn Search(wanted: Memo<ListProducts>) -> impl IntoView {
    let i18n = use_i18n();
    let typed = move || wanted.with(|wanted| wanted.search.clone().unwrap_or_default());
    let active = move || wanted.with(|wanted| wanted.active);
    let category = move || {
        wanted.with(|wanted| {
            wanted
                .category_id
                .map(|id| id.to_string())
                .unwrap_or_default()
        })
    };
    view! {
        <form class="filters" method="get" action="/products">
            <input type="hidden" name="category" value=category />
            <Field for_id="product-search" label=move || t_string!(i18n, common.search)>
                <input
                    class="input"
                    id="product-search"
                    name="search"
                    type="search"
                    autocomplete="off"
                    aria-describedby="product-search-note"
                    value=typed
                />
            </Field>
            <Field for_id="product-show" label=move || t_string!(i18n, assortment.show)>
                <select class="input select" id="product-show" name="show" aria-describedby="product-show-note">
                    <option value="">{move || t_string!(i18n, assortment.on_sale)}</option>
                    <option value="off" selected=move || active() == Some(false)>
                        {move || t_string!(i18n, assortment.off_sale)}
                    </option>
                    <option value="all" selected=move || active().is_none()>
                        {move || t_string!(i18n, common.all)}
                    </option>
                </select>
            </Field>
            <Button submit=true icon=Icon::Search>{move || t_string!(i18n, orders.filter)}</Button>
        </form>
    }
}

/// The categories side by side, as ways to their part of the list.
#[component]
fn Categories(categories: Vec<CategoryView>, chosen: Option<Uuid>, desks: Desks) -> impl IntoView {
    let i18n = use_i18n();
    let tab = move |id: Option<Uuid>, name: TextProp| {
        let href = id.map_or_else(
            || "/products".to_owned(),
            |id| format!("/products?category={id}"),
        );
        let current = (id == chosen).then_some("page");
        view! { <a class="tab" href=href aria-current=current>{move || name.get()}</a> }
    };
    let edited = categories
        .iter()
        .find(|category| Some(category.id) == chosen)
        .cloned();
    let edit = edited.map(|category| {
        let press = move |()| {
            desks.group.set(Some(category.clone()));
            desks.category.show();
        };
        view! {
            <Button kind=ButtonKind::Quiet icon=Icon::Pencil on_press=press>
                {move || t_string!(i18n, assortment.category_change)}
            </Button>
        }
    });
    let all = tab(None, (move || t_string!(i18n, common.all)).into());
    let rest = categories
        .into_iter()
        .map(|category| tab(Some(category.id), category.name.into()))
        .collect_view();
    view! {
        <nav class="tabs" aria-label=move || t_string!(i18n, assortment.category)>{all} {rest}</nav>
        {edit}
    }
}

#[component]
fn Products(page: Page<ProductView>, desks: Desks) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    if page.items.is_empty() {
        return view! {
            <EmptyState icon=Icon::Search title=move || t_string!(i18n, assortment.none) text=move || t_string!(i18n, assortment.none_text) />
        }
        .into_any();
    }
    let columns = vec![
        Column::text(move || t_string!(i18n, orders.product)),
        Column::text(move || t_string!(i18n, assortment.category)),
        Column::number(move || t_string!(i18n, assortment.price)),
        Column::number(move || t_string!(i18n, assortment.cost)),
        Column::number(move || t_string!(i18n, assortment.life)),
        Column::text(move || t_string!(i18n, users.state)),
        Column::text(""),
    ];
    let rows = page
        .items
        .into_iter()
        .map(|product| view! { <Row product desks /> })
        .collect_view();
    let next = page.next.map(|next| {
        let mut query = query.get_untracked();
        query.replace("after", next);
        let href = format!("/products{}", query.to_query_string());
        view! { <a class="button" rel="next" href=href>{move || t_string!(i18n, common.next)}</a> }
    });
    view! {
        <Table caption=move || t_string!(i18n, assortment.products_title) columns>{rows}</Table>
        <nav class="more" aria-label=move || t_string!(i18n, common.pages)>{next}</nav>
    }
    .into_any()
}

#[component]
fn Row(product: ProductView, desks: Desks) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (price, cost, life) = (
        product.price_minor,
        product.unit_cost_minor,
        product.shelf_life_days,
    );
    let active = product.active;
    let (sku, name) = (product.sku.clone(), product.name.clone());
    let category = product.category_name.clone();
    let edit = move |()| {
        desks.subject.set(Some(product.clone()));
        desks.product.show();
    };
    view! {
        <tr>
            <Cell lead=true>
                <strong>{name}</strong>
                <br />
                <span class="muted">{sku}</span>
            </Cell>
            <Cell label=move || t_string!(i18n, assortment.category)>{category}</Cell>
            <Cell label=move || t_string!(i18n, assortment.price) numeric=true>{move || format.money(price)}</Cell>
            <Cell label=move || t_string!(i18n, assortment.cost) numeric=true>{move || format.money(cost)}</Cell>
            <Cell label=move || {
                t_string!(i18n, assortment.life)
            } numeric=true>{move || format.number(i64::from(life))}</Cell>
            <Cell label=move || t_string!(i18n, users.state)>
                <StatusPill
                    tone=if active { Tone::Fine } else { Tone::Neutral }
                    text=move || if active { t_string!(i18n, assortment.on_sale) } else { t_string!(i18n, assortment.off_sale) }
                />
            </Cell>
            <Cell>
                <div class="row-actions">
                    <Button kind=ButtonKind::Quiet on_press=edit>{move || t_string!(i18n, users.edit)}</Button>
                </div>
            </Cell>
        </tr>
    }
}
