//! What a shelf sold, what was said about it, and what comes: one picture.

use super::Palette;
use super::forecast_marks::{flags, promotions, today_line};
use charming::{
    Chart,
    component::{Axis, Grid},
    datatype::{CompositeValue, DataPoint},
    element::{
        AreaStyle, AxisLabel, AxisLine, AxisPointer, AxisTick, AxisType, ItemStyle, LineStyle,
        LineStyleType, SplitLine, Symbol, Tooltip, Trigger,
    },
    series::{Bar, Line, Scatter},
};
use chrono::NaiveDate;
use contract::forecasts::{Band, ForecastDetail};

/// ECharts' own word for "nothing here".
const GAP: &str = "-";

/// Words of the picture, in the reader's language.
#[derive(Clone, Debug)]
pub struct ForecastWords {
    pub sold: String,
    pub forecast: String,
    pub said_before: String,
    pub said_week_before: String,
    pub own_number: String,
    pub sold_out: String,
    pub today: String,
    pub rain: String,
    pub temperature: String,
}

fn units(milli: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "positions in a picture")]
    let value = (milli / 100) as f64;
    value / 10.0
}

fn point(value: Option<i64>) -> DataPoint {
    value.map_or_else(
        || DataPoint::from(GAP),
        |milli| DataPoint::from(units(milli)),
    )
}

/// Days of the picture, oldest first, with everything known about each.
pub(super) struct Day {
    pub(super) date: NaiveDate,
    sold: Option<i64>,
    sold_out: bool,
    said: Option<i64>,
    said_week_before: Option<i64>,
    band: Option<Band>,
    own: Option<i64>,
}

fn days(detail: &ForecastDetail) -> Vec<Day> {
    let past = detail.past.iter().map(|d| Day {
        date: d.date,
        sold: d.sold.map(|n| n * 1_000),
        sold_out: d.sold_out,
        said: d.day_before.map(|b| b.median_milli),
        said_week_before: d.week_before_milli,
        band: None,
        own: d.overridden.map(|n| n * 1_000),
    });
    let coming = detail.coming.iter().map(|d| Day {
        date: d.date,
        sold: None,
        sold_out: false,
        said: None,
        said_week_before: None,
        band: d.band,
        own: d.overridden.as_ref().map(|o| o.quantity * 1_000),
    });
    past.chain(coming).collect()
}

/// Draws a [`ForecastDetail`]. `label` writes a day on the axis and must write each day differently.
#[must_use]
pub fn forecast_chart(
    detail: &ForecastDetail,
    words: &ForecastWords,
    label: impl Fn(NaiveDate) -> String,
    palette: &Palette,
) -> Chart {
    let days = days(detail);
    let names: Vec<String> = days.iter().map(|d| label(d.date)).collect();
    let line = |name: &str, value: fn(&Day) -> Option<i64>| {
        Line::new()
            .name(name)
            .show_symbol(false)
            .symbol(Symbol::Circle)
            .connect_nulls(false)
            .data(days.iter().map(|d| point(value(d))).collect::<Vec<_>>())
    };
    let stroke = |color: &str, width: f64| LineStyle::new().color(color).width(width);
    let invisible = || LineStyle::new().opacity(0.0);
    let marks = |series: Line| {
        series
            .mark_area(promotions(detail, &names, &days, palette))
            .mark_line(today_line(detail, &days, &label, &words.today, palette))
    };

    Chart::new()
        .tooltip(
            Tooltip::new()
                .trigger(Trigger::Axis)
                .background_color(palette.parchment)
                .border_color(palette.line)
                .axis_pointer(AxisPointer::new().line_style(stroke(palette.line, 1.0)))
                .formatter("<b>{b0}</b><br/>{a0}: {c0}<br/>{a1}: {c1} ({c3}–{c4})<br/>{a2}: {c2}"),
        )
        .grid(Grid::new().left(48).right(16).top(28).bottom(96))
        .grid(Grid::new().left(48).right(16).height(40).bottom(28))
        .x_axis(
            Axis::new()
                .type_(AxisType::Category)
                .boundary_gap(true)
                .axis_line(AxisLine::new().show(true))
                .axis_tick(AxisTick::new().show(false))
                .axis_label(AxisLabel::new().color(palette.ink_soft))
                .data(names.clone()),
        )
        .x_axis(
            Axis::new()
                .type_(AxisType::Category)
                .grid_index(1)
                .show(false)
                .data(names.clone()),
        )
        .y_axis(
            Axis::new()
                .type_(AxisType::Value)
                .min(0)
                .split_number(4)
                .axis_label(AxisLabel::new().color(palette.ink_soft))
                .split_line(SplitLine::new().line_style(stroke(palette.line, 0.5))),
        )
        .y_axis(Axis::new().type_(AxisType::Value).grid_index(1).show(false))
        .y_axis(
            Axis::new()
                .type_(AxisType::Value)
                .grid_index(1)
                .show(false)
                .scale(true),
        )
        // The first five are named by place in the tooltip.
        .series(marks(
            line(&words.sold, |d| d.sold)
                .line_style(stroke(palette.ink, 2.0))
                .item_style(ItemStyle::new().color(palette.ink))
                .z(4),
        ))
        .series(
            line(&words.forecast, |d| d.band.map(|b| b.median_milli))
                .line_style(stroke(palette.crust, 2.5))
                .item_style(ItemStyle::new().color(palette.crust))
                .z(5),
        )
        .series(
            line(&words.said_before, |d| d.said)
                .line_style(stroke(palette.blueberry, 1.2).type_(LineStyleType::Dashed))
                .item_style(ItemStyle::new().color(palette.blueberry))
                .z(3),
        )
        .series(
            line("low", |d| d.band.map(|b| b.low_milli))
                .line_style(invisible())
                .stack("band")
                .silent(true),
        )
        .series(
            line("high", |d| d.band.map(|b| b.high_milli))
                .line_style(invisible())
                .silent(true),
        )
        .series(
            line("range", |d| d.band.map(|b| b.high_milli - b.low_milli))
                .line_style(invisible())
                .stack("band")
                .area_style(AreaStyle::new().color(palette.butter).opacity(0.65))
                .silent(true)
                .z(1),
        )
        .series(
            line(&words.said_week_before, |d| d.said_week_before)
                .line_style(
                    stroke(palette.blueberry, 1.0)
                        .type_(LineStyleType::Dotted)
                        .opacity(0.6),
                )
                .silent(true)
                .z(2),
        )
        .series(
            dots(&words.sold_out, &names, &days, |d| {
                d.sold.filter(|_| d.sold_out)
            })
            .item_style(
                ItemStyle::new()
                    .color(palette.parchment)
                    .border_color(palette.paprika)
                    .border_width(2),
            ),
        )
        .series(
            dots(&words.own_number, &names, &days, |d| d.own)
                .symbol(Symbol::Diamond)
                .symbol_size(11)
                .item_style(
                    ItemStyle::new()
                        .color(palette.crust)
                        .border_color(palette.parchment)
                        .border_width(1.5),
                ),
        )
        .series(flags(detail, &names, &days, palette))
        .series(
            Bar::new()
                .name(&words.rain)
                .x_axis_index(1)
                .y_axis_index(1)
                .item_style(ItemStyle::new().color(palette.blueberry).opacity(0.45))
                .data(weather(detail, &days, |w| w.precipitation_mm_x10)),
        )
        .series(
            Line::new()
                .name(&words.temperature)
                .x_axis_index(1)
                .y_axis_index(2)
                .show_symbol(false)
                .line_style(stroke(palette.ink_soft, 1.0))
                .item_style(ItemStyle::new().color(palette.ink_soft))
                .data(weather(detail, &days, |w| w.temperature_c_x10)),
        )
}

fn weather(
    detail: &ForecastDetail,
    days: &[Day],
    value: fn(&contract::calendar::WeatherView) -> Option<i32>,
) -> Vec<DataPoint> {
    days.iter()
        .map(|day| {
            detail
                .weather
                .iter()
                .find(|w| w.date == day.date)
                .and_then(value)
                .map_or_else(
                    || DataPoint::from(GAP),
                    |tenths| DataPoint::from(f64::from(tenths) / 10.0),
                )
        })
        .collect()
}

pub(super) fn at(name: &str, value: f64) -> CompositeValue {
    CompositeValue::from(vec![
        CompositeValue::from(name),
        CompositeValue::from(value),
    ])
}

fn dots(
    name: &str,
    names: &[String],
    days: &[Day],
    value: impl Fn(&Day) -> Option<i64>,
) -> Scatter {
    let data: Vec<DataPoint> = days
        .iter()
        .zip(names)
        .filter_map(|(day, name)| value(day).map(|milli| DataPoint::from(at(name, units(milli)))))
        .collect();
    Scatter::new().name(name).symbol_size(8).data(data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::forecasts::{ComingDay, PastDay, ProductLabel};
    use domain::Unit;
    use uuid::Uuid;

    fn detail() -> ForecastDetail {
        let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).unwrap();
        ForecastDetail {
            store_id: Uuid::nil(),
            product: ProductLabel {
                id: Uuid::nil(),
                sku: "B1".into(),
                name: "Barra".into(),
                category_id: Uuid::nil(),
                category: "Panes".into(),
                unit: Unit::Piece,
                shelf_life_days: 1,
            },
            today: day(20),
            issue: None,
            weeks: 4,
            past: vec![PastDay {
                date: day(19),
                sold: Some(12),
                sold_out: true,
                sold_out_by: Some(domain::SoldOutBy::LastSale),
                lost: Some(6),
                lost_minor: Some(900),
                day_before: None,
                week_before_milli: None,
                overridden: None,
            }],
            coming: vec![ComingDay {
                date: day(20),
                band: Some(Band {
                    low_milli: 8_000,
                    median_milli: 10_000,
                    high_milli: 13_550,
                    mean_milli: 10_100,
                }),
                overridden: None,
                open: true,
            }],
            marks: Vec::new(),
            weather: Vec::new(),
            scores: Vec::new(),
            reasons_for: None,
            reasons: Vec::new(),
        }
    }

    fn words() -> ForecastWords {
        let word = |w: &str| w.to_owned();
        ForecastWords {
            sold: word("Vendido"),
            forecast: word("Previsto"),
            said_before: word("Se dijo"),
            said_week_before: word("Una semana antes"),
            own_number: word("Tu cifra"),
            sold_out: word("Agotado"),
            today: word("hoy"),
            rain: word("Lluvia"),
            temperature: word("Temperatura"),
        }
    }

    #[test]
    fn what_is_not_known_is_a_gap_and_the_range_lies_on_its_lower_edge() {
        let chart = forecast_chart(
            &detail(),
            &words(),
            |d| d.to_string(),
            &super::super::palette::LIGHT,
        );
        let drawn = serde_json::to_value(&chart).unwrap();
        let series = drawn["series"].as_array().unwrap();
        let data = |n: usize| series[n]["data"].clone();
        assert_eq!(data(0), serde_json::json!([12.0, "-"]));
        assert_eq!(data(1), serde_json::json!(["-", 10.0]));
        assert_eq!(data(3), serde_json::json!(["-", 8.0]));
        assert_eq!(data(4), serde_json::json!(["-", 13.5]));
        assert_eq!(data(5), serde_json::json!(["-", 5.5]));
        assert_eq!(series[3]["stack"], series[5]["stack"]);
        assert_eq!(
            drawn["xAxis"][0]["data"],
            serde_json::json!(["2026-11-19", "2026-11-20"])
        );
        assert_eq!(series[0]["markLine"]["data"][0]["xAxis"], "2026-11-20");
    }
}
