//! Figures of the report.
//!
//! Takes an evaluation, gives figures drawn from numbers that passed the gate, each with its table and its description.

mod arms;
mod balance;
mod effects;
mod process;
mod time;

use std::borrow::Cow;

use tallystick_chart::{IntervalRow, Intervals, Reference, Scale, Shape, Stroke, Tone, numbers};

use crate::regression::Estimate;

pub(super) use arms::{flow, overlap};
pub(super) use balance::{balance_rows, love};
pub(super) use effects::{forest, linkages, tipping, versions};
pub(super) use process::process;
pub(super) use time::{course, course_before, first_arrest};

/// One row of a figure of ratios.
fn row(
    group: Option<String>,
    name: impl Into<String>,
    ratio: &Estimate,
    tone: Tone,
) -> IntervalRow {
    let Estimate { estimate, lower, upper, .. } = *ratio;
    let name = name.into();
    IntervalRow { group, name, value: estimate, low: lower, high: upper, shape: Shape::Dot, tone }
}

/// Ratios on a logarithmic axis.
fn ratios(heads: [&'static str; 2], rows: Vec<IntervalRow>) -> Intervals {
    let ends = rows.iter().flat_map(|row| [row.low, row.high, row.value]);
    Intervals {
        heads: heads.map(Into::into),
        axis: Cow::Borrowed("Rate ratio, programme over comparison"),
        scale: Scale::ratios(ends),
        number: |value| numbers::decimals(value, 2),
        reference: Some(Reference {
            at: 1.0,
            name: "no difference".to_owned(),
            stroke: Stroke::Solid,
        }),
        rows,
    }
}
