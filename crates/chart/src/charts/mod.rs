//! The kinds of charts. Most are rows with marks on an axis; the others have a plot of their own.

mod balance;
mod flow;
mod histogram;
mod intervals;
mod lines;
mod marks;
mod overlap;
mod paired;
mod plot;
mod rows;
mod stacked;
mod waterfall;

pub use balance::{Balance, BalanceRow};
pub use flow::{FlowBox, FlowChart};
pub use histogram::{Bin, Histogram, Ruler, Threshold};
pub use intervals::{IntervalRow, Intervals};
pub use lines::{Along, AtRisk, Line, LinePoint, Lines, Moment};
pub use marks::{Mark, Reference};
pub use overlap::{OverlapChart, OverlapRow};
pub use paired::{PairedBars, PairedRow};
pub use rows::{Label, Panel, RowChart};
pub use stacked::{StackedBars, StackedRow};
pub use waterfall::{Waterfall, WaterfallStep};
