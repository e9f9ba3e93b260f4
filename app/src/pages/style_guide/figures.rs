//! Numbers, lists and the chart.

use crate::{
    charts::{Chart, ChartKey, DemandDay, DemandWords, Stroke, demand},
    components::{
        Badge, Card, Cell, Column, Notice, RangeBar, Reason, Section, Stat, StatusPill, Table,
        Tone, WhyPanel,
    },
    format::use_format,
    i18n::{t_string, use_i18n},
};
use chrono::{Days, NaiveDate};
use leptos::prelude::*;

#[component]
pub fn Figures() -> impl IntoView {
    view! {
        <Marks />
        <Numbers />
        <Listing />
        <Drawing />
    }
}

#[component]
fn Marks() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Section title=move || t_string!(i18n, style_guide.marks)>
            <div class="row">
                <StatusPill text=move || t_string!(i18n, style_guide.waiting_state) />
                <StatusPill tone=Tone::Fine text=move || t_string!(i18n, style_guide.done) />
                <StatusPill tone=Tone::Attention text=move || t_string!(i18n, style_guide.attention) />
                <StatusPill tone=Tone::Danger text=move || t_string!(i18n, style_guide.danger) />
                <StatusPill tone=Tone::Info text=move || t_string!(i18n, style_guide.info) />
                <Badge tone=Tone::Danger text="3" />
                <Badge text="12" />
            </div>
            <div class="grid">
                <Notice tone=Tone::Info title=move || t_string!(i18n, style_guide.notice_title)>
                    <p>{move || t_string!(i18n, style_guide.notice_text)}</p>
                </Notice>
                <Notice tone=Tone::Attention>
                    <p>{move || t_string!(i18n, style_guide.attention)}</p>
                </Notice>
                <Notice tone=Tone::Danger>
                    <p>{move || t_string!(i18n, style_guide.wrong)}</p>
                </Notice>
            </div>
        </Section>
    }
}

#[component]
fn Numbers() -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let reasons = vec![
        Reason {
            text: TextProp::from(move || t_string!(i18n, style_guide.why_friday)),
            effect: Some(TextProp::from(move || format.signed(12))),
            direction: 1,
        },
        Reason {
            text: TextProp::from(move || t_string!(i18n, style_guide.why_rain)),
            effect: Some(TextProp::from(move || format.signed(-5))),
            direction: -1,
        },
        Reason {
            text: TextProp::from(move || t_string!(i18n, style_guide.why_same)),
            effect: None,
            direction: 0,
        },
    ];
    view! {
        <Section title=move || t_string!(i18n, style_guide.numbers)>
            <div class="grid">
                <Card title=move || t_string!(i18n, style_guide.croissant)>
                    <Stat
                        label=move || t_string!(i18n, style_guide.forecast)
                        value=move || format.number(84)
                        detail=move || t_string!(i18n, style_guide.range)
                    />
                    <RangeBar low=62 median=84 high=91 scale=120 actual=79 />
                    <WhyPanel question=move || t_string!(i18n, style_guide.why) reasons open=true />
                </Card>
                <Card title=move || t_string!(i18n, style_guide.ensaimada)>
                    <Stat
                        label=move || t_string!(i18n, style_guide.stock)
                        value=move || format.number(-3)
                        tone=Tone::Danger
                    />
                    <RangeBar low=8 median=14 high=30 scale=120 />
                </Card>
                <Card title=move || t_string!(i18n, style_guide.revenue)>
                    <Stat
                        label=move || t_string!(i18n, style_guide.revenue)
                        value=move || format.money(123_450)
                        detail=move || format.percent(0.042, 1)
                    />
                </Card>
            </div>
        </Section>
    }
}

#[component]
fn Listing() -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let product = move || t_string!(i18n, style_guide.product);
    let on_hand = move || t_string!(i18n, style_guide.stock);
    let tomorrow = move || t_string!(i18n, style_guide.forecast);
    let rows: Vec<(TextProp, i64, i64, Tone)> = vec![
        (
            TextProp::from(move || t_string!(i18n, style_guide.croissant)),
            12,
            84,
            Tone::Fine,
        ),
        (
            TextProp::from(move || t_string!(i18n, style_guide.baguette)),
            0,
            1_140,
            Tone::Danger,
        ),
        (
            TextProp::from(move || t_string!(i18n, style_guide.ensaimada)),
            6,
            30,
            Tone::Attention,
        ),
    ];
    let state = move |tone: Tone| match tone {
        Tone::Danger => t_string!(i18n, style_guide.danger),
        Tone::Attention => t_string!(i18n, style_guide.attention),
        _ => t_string!(i18n, style_guide.done),
    };
    view! {
        <Section title=move || t_string!(i18n, style_guide.table)>
            <Table
                caption=move || t_string!(i18n, style_guide.table)
                columns=vec![
                    Column::text(product),
                    Column::number(on_hand),
                    Column::number(tomorrow),
                    Column::text(move || t_string!(i18n, style_guide.marks)),
                ]
            >
                {rows
                    .into_iter()
                    .map(|(name, stock, forecast, tone)| {
                        view! {
                            <tr>
                                <Cell label=product lead=true>{move || name.get()}</Cell>
                                <Cell label=on_hand numeric=true>{move || format.number(stock)}</Cell>
                                <Cell label=tomorrow numeric=true>{move || format.number(forecast)}</Cell>
                                <Cell label=move || t_string!(i18n, style_guide.marks)>
                                    <StatusPill tone text=move || state(tone) />
                                </Cell>
                            </tr>
                        }
                    })
                    .collect_view()}
            </Table>
        </Section>
    }
}

/// A made-up fortnight that shows every part of the chart.
const SOLD: [i64; 9] = [71, 64, 60, 66, 88, 97, 52, 74, 69];
const PAST: [i64; 9] = [68, 66, 63, 64, 85, 90, 60, 72, 66];
const COMING: [[i64; 3]; 6] = [
    [62, 84, 91],
    [80, 96, 118],
    [40, 55, 70],
    [52, 70, 92],
    [50, 68, 95],
    [47, 66, 96],
];

fn fortnight(label: impl Fn(NaiveDate) -> String, event: &str) -> Vec<DemandDay> {
    let start = NaiveDate::from_ymd_opt(2026, 11, 12).unwrap_or_default();
    (0..SOLD.len() + COMING.len())
        .map(|index| DemandDay {
            label: label(start + Days::new(index as u64)),
            sold: SOLD.get(index).copied(),
            past: PAST.get(index).copied(),
            forecast: index
                .checked_sub(SOLD.len())
                .and_then(|coming| COMING.get(coming).copied()),
            event: (index == 5).then(|| event.to_owned()),
            is_today: index + 1 == SOLD.len(),
        })
        .collect()
}

#[component]
fn Drawing() -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let days = move || {
        fortnight(
            |date| format.date_short(date),
            t_string!(i18n, style_guide.sale),
        )
    };
    let (sold, forecast, past) = (
        move || t_string!(i18n, style_guide.sold),
        move || t_string!(i18n, style_guide.forecast_word),
        move || t_string!(i18n, style_guide.past),
    );
    let words = move || DemandWords {
        sold: sold().to_owned(),
        forecast: forecast().to_owned(),
        past: past().to_owned(),
        today: t_string!(i18n, common.today).to_owned(),
    };
    let written = move |value: Option<i64>| {
        value.map_or_else(|| "–".to_owned(), |value| format.number(value))
    };
    view! {
        <Section title=move || t_string!(i18n, style_guide.chart)>
            <ChartKey entries=vec![
                (Stroke::Ink, sold.into()),
                (Stroke::Crust, forecast.into()),
                (Stroke::Dashed, past.into()),
            ] />
            <Chart
                title=move || t_string!(i18n, style_guide.demand)
                plot=move |palette| demand(palette, &words(), &days())
            >
                <Table
                    caption=move || t_string!(i18n, style_guide.demand)
                    columns=vec![
                        Column::text(move || t_string!(i18n, style_guide.day)),
                        Column::number(sold),
                        Column::number(forecast),
                        Column::number(past),
                    ]
                >
                    {move || {
                        days()
                            .into_iter()
                            .map(|day| {
                                view! {
                                    <tr>
                                        <Cell lead=true>{day.label}</Cell>
                                        <Cell label=sold numeric=true>{move || written(day.sold)}</Cell>
                                        <Cell label=forecast numeric=true>
                                            {move || written(day.forecast.map(|[_, median, _]| median))}
                                        </Cell>
                                        <Cell label=past numeric=true>{move || written(day.past)}</Cell>
                                    </tr>
                                }
                            })
                            .collect_view()
                    }}
                </Table>
            </Chart>
        </Section>
    }
}
