//! The picture of one product, its key, and the same numbers as a table.

use super::mark_word;
use crate::{
    charts::{Chart, ForecastWords, forecast_chart},
    components::{Cell, Column, Table},
    format::use_format,
    i18n::{t_string, use_i18n},
};
use chrono::NaiveDate;
use contract::forecasts::{Band, ForecastDetail, whole};
use domain::Unit;
use leptos::prelude::*;

/// One line of the table.
#[derive(Clone, Copy)]
struct Line {
    date: NaiveDate,
    sold: Option<i64>,
    sold_out: bool,
    lost: Option<(i64, i64)>,
    said: Option<Band>,
    own: Option<i64>,
}

fn lines(detail: &ForecastDetail) -> Vec<Line> {
    let coming = detail.coming.iter().rev().map(|d| Line {
        date: d.date,
        sold: None,
        sold_out: false,
        lost: None,
        said: d.band,
        own: d.overridden.as_ref().map(|o| o.quantity),
    });
    let past = detail.past.iter().rev().map(|d| Line {
        date: d.date,
        sold: d.sold,
        sold_out: d.sold_out,
        lost: d.lost.zip(d.lost_minor).filter(|(units, _)| *units > 0),
        said: d.day_before,
        own: d.overridden,
    });
    // Latest first: that is what people look for.
    coming.chain(past).collect()
}

/// The chart with its table.
#[component]
pub fn History(detail: ForecastDetail) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let name = detail.product.name.clone();
    let shown = detail.clone();
    let plot = move |palette: &crate::charts::Palette| {
        let words = ForecastWords {
            sold: t_string!(i18n, forecast.sold).to_owned(),
            forecast: t_string!(i18n, forecast.forecast).to_owned(),
            said_before: t_string!(i18n, forecast.said_before).to_owned(),
            said_week_before: t_string!(i18n, forecast.said_week_before).to_owned(),
            own_number: t_string!(i18n, forecast.own_number).to_owned(),
            sold_out: t_string!(i18n, forecast.sold_out).to_owned(),
            today: t_string!(i18n, common.today).to_owned(),
            rain: t_string!(i18n, forecast.rain).to_owned(),
            temperature: t_string!(i18n, forecast.temperature).to_owned(),
        };
        forecast_chart(&shown, &words, |date| format.date_short(date), palette)
    };
    let lost: Vec<(i64, i64)> = lines(&detail).iter().filter_map(|l| l.lost).collect();
    let (units, minor) = lost.iter().fold((0, 0), |(u, m), l| (u + l.0, m + l.1));
    let (days, unit) = (lost.len(), detail.product.unit);
    let missed = move || {
        t_string!(
            i18n,
            forecast.lost_total,
            units = format.quantity_with_unit(units, unit),
            money = format.money(minor),
            days = days
        )
    };
    view! {
        <Key />
        {(days > 0).then(|| view! { <p class="quiet">{missed}</p> })}
        <Chart title=move || t_string!(i18n, forecast.chart_title, name = name.clone()) height=420 plot>
            <Numbers detail />
        </Chart>
    }
}

/// What the lines and signs mean.
#[component]
fn Key() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <ul class="chart-key" aria-hidden="true">
            <li data-sign="sold">{move || t_string!(i18n, forecast.sold)}</li>
            <li data-sign="forecast">{move || t_string!(i18n, forecast.forecast)}</li>
            <li data-sign="range">{move || t_string!(i18n, forecast.range)}</li>
            <li data-sign="said">{move || t_string!(i18n, forecast.said_before)}</li>
            <li data-sign="week">{move || t_string!(i18n, forecast.said_week_before)}</li>
            <li data-sign="out">{move || t_string!(i18n, forecast.sold_out)}</li>
            <li data-sign="own">{move || t_string!(i18n, forecast.own_number)}</li>
            <li data-sign="flag">{move || t_string!(i18n, forecast.special_day)}</li>
            <li data-sign="promotion">{move || t_string!(i18n, forecast.promotion)}</li>
        </ul>
    }
}

#[component]
fn Numbers(detail: ForecastDetail) -> impl IntoView {
    let i18n = use_i18n();
    let unit = detail.product.unit;
    let marks = detail.marks.clone();
    let columns = vec![
        Column::text(move || t_string!(i18n, forecast.col_day)),
        Column::number(move || t_string!(i18n, forecast.sold)),
        Column::number(move || t_string!(i18n, forecast.forecast)),
        Column::number(move || t_string!(i18n, forecast.col_range)),
        Column::number(move || t_string!(i18n, forecast.own_number)),
        Column::text(move || t_string!(i18n, forecast.col_note)),
    ];
    view! {
        <Table caption=move || t_string!(i18n, forecast.table_caption) columns>
            {lines(&detail)
                .into_iter()
                .map(|line| {
                    let on = marks.iter().filter(|m| m.covers(line.date)).cloned().collect::<Vec<_>>();
                    view! { <NumberRow line unit on /> }
                })
                .collect_view()}
        </Table>
    }
}

#[component]
fn NumberRow(line: Line, unit: Unit, on: Vec<contract::calendar::DayMark>) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let quantity =
        move |n: Option<i64>| n.map_or_else(|| "–".to_owned(), |n| format.quantity(n, unit));
    let notes = move || {
        let mut all: Vec<String> = on
            .iter()
            .map(|mark| format!("{}: {}", mark_word(i18n.get_locale(), mark.kind), mark.name))
            .collect();
        match line.lost {
            Some((units, minor)) => all.push(t_string!(
                i18n,
                forecast.sold_out_lost,
                units = format.quantity_with_unit(units, unit),
                money = format.money(minor)
            )),
            None if line.sold_out => all.push(t_string!(i18n, forecast.sold_out).to_owned()),
            None => {}
        }
        all.join(" · ")
    };
    view! {
        <tr>
            <Cell lead=true>{move || format.date_short(line.date)}</Cell>
            <Cell numeric=true label=move || t_string!(i18n, forecast.sold)>
                {move || quantity(line.sold)}
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, forecast.forecast)>
                {move || quantity(line.said.map(|b| whole(b.median_milli)))}
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, forecast.col_range)>
                {move || match line.said {
                    Some(band) => format!("{}–{}", quantity(Some(band.low())), quantity(Some(band.high()))),
                    None => "–".to_owned(),
                }}
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, forecast.own_number)>
                {move || quantity(line.own)}
            </Cell>
            <Cell label=move || t_string!(i18n, forecast.col_note)>{notes}</Cell>
        </tr>
    }
}
