//! What stands on the axis of the forecast's picture: flags of special days, grounds of promotions, the line of today.

use super::Palette;
use super::forecast::{Day, at};
use charming::{
    datatype::{DataPoint, DataPointItem},
    element::{
        ItemStyle, Label, LineStyle, LineStyleType, MarkArea, MarkAreaData, MarkLine, MarkLineData,
        MarkLineVariant, Symbol,
    },
    series::Scatter,
};
use chrono::NaiveDate;
use contract::calendar::MarkKind;
use contract::forecasts::ForecastDetail;

/// A flag on a pole, its foot at the bottom.
const FLAG: &str = "path://M3 24V1M3 2c5-3 8 3 15 0v9c-7 3-10-3-15 0";

/// Holidays, events and closures as flags on the axis.
pub(super) fn flags(
    detail: &ForecastDetail,
    names: &[String],
    days: &[Day],
    palette: &Palette,
) -> Scatter {
    let data: Vec<DataPoint> = days
        .iter()
        .zip(names)
        .filter_map(|(day, name)| {
            let mark = detail.marks.iter().find(|m| {
                m.starts_on == day.date
                    && !matches!(m.kind, MarkKind::Promotion | MarkKind::SchoolHoliday)
            })?;
            Some(DataPoint::from(
                DataPointItem::new(at(name, 0.0)).name(&mark.name),
            ))
        })
        .collect();
    Scatter::new()
        .name("flags")
        .symbol(Symbol::Custom(FLAG.to_owned()))
        .symbol_size(16)
        .item_style(ItemStyle::new().color(palette.basil))
        .data(data)
}

/// Days with a promotion as a light ground.
pub(super) fn promotions(
    detail: &ForecastDetail,
    names: &[String],
    days: &[Day],
    palette: &Palette,
) -> MarkArea {
    let place = |date: NaiveDate| days.iter().position(|d| d.date == date);
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return MarkArea::new();
    };
    let areas: Vec<(MarkAreaData, MarkAreaData)> = detail
        .marks
        .iter()
        .filter(|m| m.kind == MarkKind::Promotion)
        .filter_map(|m| {
            let from = place(m.starts_on.max(first.date))?;
            let until = place(m.ends_on.min(last.date))?;
            let edge = |n: usize| MarkAreaData::new().name(&m.name).x_axis(names[n].clone());
            Some((edge(from), edge(until)))
        })
        .collect();
    MarkArea::new()
        .silent(true)
        .label(Label::new().color(palette.ink_soft).font_size(11))
        .item_style(ItemStyle::new().color(palette.blueberry).opacity(0.1))
        .data(areas)
}

pub(super) fn today_line(
    detail: &ForecastDetail,
    days: &[Day],
    label: impl Fn(NaiveDate) -> String,
    word: &str,
    palette: &Palette,
) -> MarkLine {
    let shown = days.iter().any(|d| d.date == detail.today);
    let lines = shown
        .then(|| {
            MarkLineVariant::Simple(
                MarkLineData::new()
                    .name(word)
                    .x_axis(label(detail.today).as_str())
                    .label(Label::new().formatter("{b}").color(palette.ink)),
            )
        })
        .into_iter()
        .collect::<Vec<_>>();
    MarkLine::new()
        .symbol(vec![Symbol::None, Symbol::None])
        .line_style(
            LineStyle::new()
                .color(palette.ink)
                .width(1)
                .type_(LineStyleType::Solid),
        )
        .data(lines)
}
