//! Charts of process indicators, from their gated tables.

use tallystick_chart::{
    Along, Figure, Head, Line, LinePoint, Lines, Moment, Scale, StackedBars, StackedRow, numbers,
};

use crate::study::cell::Cell;
use crate::study::process::{Indicator, Plot, Row};

/// The chart of an indicator, if it has one.
pub(in crate::report) fn process(place: usize, indicator: &Indicator) -> Option<Figure> {
    let id = format!("process-{}", place + 1);
    let title = format!("{}. {}", indicator.id, indicator.title);
    let head = Head::new(id, title, indicator.note);
    match indicator.plot? {
        Plot::Shares(parts) => Some(shares(head, indicator, parts)),
        Plot::Months => Some(months(head, indicator)),
        Plot::Reached => Some(reached(head, indicator)),
    }
}

/// Each row as a whole of two parts; rows that are hidden are left out.
fn shares(head: Head, indicator: &Indicator, parts: [&'static str; 2]) -> Figure {
    let rows = indicator.rows.iter().filter_map(|row| match row.cells.first() {
        Some(Cell::Share { count, of, .. }) => {
            Some(StackedRow { name: row.label.clone(), counts: vec![*count, of - count] })
        }
        _ => None,
    });
    StackedBars {
        head: indicator.columns[0].into(),
        parts: parts.map(Into::into).into(),
        axis: "Share of persons".into(),
        is_shares: true,
        rows: rows.collect(),
    }
    .figure(head)
}

/// Means of the column `Mean` along months, which are the rows.
fn months(head: Head, indicator: &Indicator) -> Figure {
    let Some(column) = indicator.columns.iter().position(|name| *name == "Mean") else {
        return head.empty("There is nothing to show.");
    };
    let points = (1_u32..).zip(&indicator.rows).map(|(month, row)| {
        let value = match row.cells.get(column - 1) {
            Some(Cell::Number { value, .. }) => *value,
            _ => f64::NAN,
        };
        LinePoint { at: f64::from(month), value, low: f64::NAN, high: f64::NAN }
    });
    let points: Vec<LinePoint> = points.collect();
    Lines {
        scale: Scale::numbers(
            points.iter().map(|point| point.value).collect::<Vec<_>>().into_iter(),
        ),
        lines: vec![Line { name: "Mean contacts".to_owned(), is_stepped: false, points }],
        along: Along::Numbers("Month since the index day".into()),
        value: "Contacts of an enrolled client".into(),
        number: |value| numbers::decimals(value, 2),
        band: "".into(),
        moments: Vec::new(),
        at_risk: None,
    }
    .figure(head)
}

/// The share of all that was reached by days, from counts between days; a gap where hidden ones leave it open.
fn reached(head: Head, indicator: &Indicator) -> Figure {
    let count = |row: &Row| match row.cells.first() {
        Some(Cell::Count { count, .. }) => Some(*count),
        _ => None,
    };
    let all = indicator.rows.iter().find(|row| row.part_of.is_none()).and_then(count);
    let counts: Vec<Option<u64>> =
        indicator.rows.iter().filter(|row| row.part_of.is_some()).map(count).collect();
    let mut points = vec![LinePoint { at: 0.0, value: 0.0, low: f64::NAN, high: f64::NAN }];
    for (place, row) in indicator.rows.iter().filter(|row| row.part_of.is_some()).enumerate() {
        let Some(day) = row.until else { continue };
        // From below, or from above where a span below is hidden: what is told is the sum of hidden ones, which is no secret.
        let sum = |counts: &[Option<u64>]| counts.iter().copied().sum::<Option<u64>>();
        let below = sum(&counts[..=place]);
        let above = sum(&counts[place + 1..]).zip(all).map(|(above, all)| all - above);
        let value = below.or(above).zip(all);
        let value = value.map_or(f64::NAN, |(sum, all)| numbers::ratio(sum, all));
        points.push(LinePoint { at: f64::from(day), value, low: f64::NAN, high: f64::NAN });
    }
    if points.iter().filter(|point| point.value.is_finite()).count() < 2 {
        return head.empty("Too few persons between the days to draw a line.");
    }
    Lines {
        scale: Scale::Shares { min: 0.0 },
        lines: vec![Line { name: "Intake complete".to_owned(), is_stepped: false, points }],
        along: Along::Numbers("Days since the referral".into()),
        value: "Share of referrals".into(),
        number: numbers::percent,
        band: "".into(),
        moments: vec![Moment { at: 30.0, name: "30 days: the law\u{2019}s limit".to_owned() }],
        at_risk: None,
    }
    .figure(head)
}
