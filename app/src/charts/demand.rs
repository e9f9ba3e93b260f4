//! One product in one shop over time: what was sold, what had been forecast, what is forecast, and how sure that is.

use super::Palette;
use charming::{
    Chart,
    component::{Axis, Grid},
    datatype::{CompositeValue, DataPoint},
    element::{
        AreaStyle, AxisLabel, AxisLine, AxisTick, AxisType, Color, ItemStyle, Label, LineStyle,
        LineStyleType, MarkLine, MarkLineData, MarkLineVariant, SplitLine, Symbol, Tooltip,
        Trigger,
    },
    series::Line,
};

/// One day on the axis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DemandDay {
    /// As it is written on the axis.
    pub label: String,
    /// Units sold; unknown for days to come and for days without sales data.
    pub sold: Option<i64>,
    /// What had been forecast for this day, one day ahead.
    pub past: Option<i64>,
    /// Tenth percentile, median and ninetieth percentile of the forecast.
    pub forecast: Option<[i64; 3]>,
    /// Name of a holiday, promotion or event on this day.
    pub event: Option<String>,
    /// Whether this is the organization's today.
    pub is_today: bool,
}

/// The words on the chart, in the language of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandWords {
    pub sold: String,
    pub forecast: String,
    pub past: String,
    pub today: String,
}

/// Sold in ink, the forecast in crust on its butter band, past forecasts thin and dashed, today and events as lines.
#[must_use]
pub fn demand(palette: &Palette, words: &DemandWords, days: &[DemandDay]) -> Chart {
    let pick = |value: fn(&DemandDay) -> Option<i64>| {
        days.iter().map(|day| point(value(day))).collect::<Vec<_>>()
    };
    let sold = line(&words.sold, palette.ink, 2.0)
        .mark_line(marks(palette, words, days))
        .data(pick(|day| day.sold));
    let past = line(&words.past, palette.blueberry, 1.25)
        .line_style(
            LineStyle::new()
                .color(palette.blueberry)
                .width(1.25)
                .type_(LineStyleType::Dashed),
        )
        .data(pick(|day| day.past));
    let median = line(&words.forecast, palette.crust, 2.5)
        .data(pick(|day| day.forecast.map(|[_, median, _]| median)));
    // A band is a line that nobody sees with a filled line stacked upon it.
    let low = line("p10", palette.butter, 0.0)
        .stack("band")
        .data(pick(|day| day.forecast.map(|[low, _, _]| low)));
    let span = line("p10–p90", palette.butter, 0.0)
        .stack("band")
        .area_style(AreaStyle::new().color(palette.butter).opacity(0.55))
        .data(pick(|day| {
            day.forecast.map(|[low, _, high]| (high - low).max(0))
        }));
    // Seen by the tooltip only, which would otherwise show the height of the band.
    let high =
        line("p90", palette.butter, 0.0).data(pick(|day| day.forecast.map(|[_, _, high]| high)));
    let DemandWords {
        sold: sold_word,
        forecast,
        past: past_word,
        ..
    } = words;
    let tip = format!(
        "{{b}}<br>{sold_word} <b>{{c0}}</b><br>{forecast} <b>{{c2}}</b> ({{c3}}–{{c5}})<br>{past_word} {{c1}}"
    );
    Chart::new()
        .grid(Grid::new().left(44).right(16).top(28).bottom(32))
        .tooltip(
            Tooltip::new()
                .trigger(Trigger::Axis)
                .formatter(tip.as_str())
                .background_color(palette.parchment)
                .border_color(palette.line),
        )
        .x_axis(
            Axis::new()
                .type_(AxisType::Category)
                .boundary_gap(false)
                .axis_tick(AxisTick::new().show(false))
                .axis_line(AxisLine::new().show(false))
                .axis_label(AxisLabel::new().color(palette.ink_soft))
                .data(days.iter().map(|day| day.label.clone()).collect()),
        )
        .y_axis(
            Axis::new()
                .type_(AxisType::Value)
                .min(0)
                .min_interval(1)
                .split_number(4)
                .axis_label(AxisLabel::new().color(palette.ink_soft))
                .split_line(
                    SplitLine::new().line_style(LineStyle::new().color(palette.line).opacity(0.5)),
                ),
        )
        .series(sold)
        .series(past)
        .series(median)
        .series(low)
        .series(span)
        .series(high)
}

fn line(name: &str, colour: &'static str, width: f64) -> Line {
    Line::new()
        .name(name)
        .symbol(Symbol::Circle)
        .symbol_size(if width > 2.0 { 5.0 } else { 0.0 })
        .show_symbol(width > 2.0)
        .line_style(LineStyle::new().color(colour).width(width))
        .item_style(ItemStyle::new().color(colour))
}

/// A value, or the mark with which the drawing library leaves a gap.
fn point(value: Option<i64>) -> DataPoint {
    DataPoint::Value(value.map_or_else(|| CompositeValue::from("-"), CompositeValue::from))
}

fn marks(palette: &Palette, words: &DemandWords, days: &[DemandDay]) -> MarkLine {
    let label = |text: &str, colour: &'static str| {
        Label::new()
            .show(true)
            .formatter(text)
            .color(Color::from(colour))
            .font_size(11)
    };
    let data = days
        .iter()
        .filter_map(|day| {
            let (text, colour) = match (&day.event, day.is_today) {
                (_, true) => (words.today.as_str(), palette.ink),
                (Some(event), false) => (event.as_str(), palette.blueberry),
                (None, false) => return None,
            };
            let at = MarkLineData::new()
                .x_axis(day.label.as_str())
                .label(label(text, colour));
            Some(MarkLineVariant::Simple(at))
        })
        .collect();
    MarkLine::new()
        .symbol(vec![Symbol::None, Symbol::None])
        .silent(true)
        .line_style(
            LineStyle::new()
                .color(palette.ink_soft)
                .width(1)
                .type_(LineStyleType::Dotted),
        )
        .data(data)
}

#[cfg(test)]
mod tests {
    use super::{DemandDay, DemandWords, demand};
    use crate::charts::palette::LIGHT;

    fn words() -> DemandWords {
        let text = str::to_owned;
        DemandWords {
            sold: text("Sold"),
            forecast: text("Forecast"),
            past: text("Then"),
            today: text("Today"),
        }
    }

    #[test]
    fn an_unknown_value_is_a_gap_and_never_a_zero() {
        let days = [
            DemandDay {
                label: "Thu".into(),
                sold: Some(0),
                past: Some(80),
                is_today: true,
                ..DemandDay::default()
            },
            DemandDay {
                label: "Fri".into(),
                forecast: Some([62, 84, 91]),
                ..DemandDay::default()
            },
        ];
        let drawing = serde_json::to_value(demand(&LIGHT, &words(), &days)).unwrap();
        let data = |series: usize| drawing["series"][series]["data"].to_string();
        assert_eq!(data(0), r#"[0,"-"]"#);
        assert_eq!(data(1), r#"[80,"-"]"#);
        assert_eq!(data(2), r#"["-",84]"#);
        assert_eq!(
            [data(3), data(4), data(5)],
            [r#"["-",62]"#, r#"["-",29]"#, r#"["-",91]"#].map(str::to_owned)
        );
    }

    #[test]
    fn today_and_events_stand_on_the_axis() {
        let days = [
            DemandDay {
                label: "Thu".into(),
                is_today: true,
                event: Some("Fair".into()),
                ..DemandDay::default()
            },
            DemandDay {
                label: "Fri".into(),
                event: Some("Holiday".into()),
                ..DemandDay::default()
            },
        ];
        let drawing = serde_json::to_value(demand(&LIGHT, &words(), &days)).unwrap();
        let marks = &drawing["series"][0]["markLine"]["data"];
        assert_eq!(marks[0]["label"]["formatter"], "Today");
        assert_eq!(
            (&marks[1]["xAxis"], &marks[1]["label"]["formatter"]),
            (&"Fri".into(), &"Holiday".into())
        );
    }
}
