//! Takes the report, gives its figures: title, caption, description, drawing, and the same numbers
//! as a table.

mod method;
mod persons;
mod results;
mod sources;
mod weights;

pub(super) use tallystick_chart::{Content, Figure, Table, figures, words};

use super::model::LinkageReport;

/// All figures in the order of the page.
pub(crate) struct Figures {
    pub(crate) flow: Figure,
    pub(crate) quality: Figure,
    pub(crate) source_counts: Figure,
    pub(crate) overlaps: Figure,
    pub(crate) clusters: Figure,
    pub(crate) weights: Figure,
    pub(crate) levels: Figure,
    pub(crate) agreement: Figure,
    pub(crate) passes: Figure,
    pub(crate) rows: Figure,
    pub(crate) completeness: Figure,
    pub(crate) review: Figure,
}

impl Figures {
    /// Figures of a report.
    pub(crate) fn of(report: &LinkageReport) -> Self {
        Self {
            flow: results::flow(report),
            quality: results::quality(report),
            source_counts: persons::source_counts(report),
            overlaps: persons::overlaps(report),
            clusters: persons::clusters(report),
            weights: weights::weights(report),
            levels: method::levels(report),
            agreement: method::agreement(report),
            passes: method::passes(report),
            rows: sources::rows(report),
            completeness: sources::completeness(report),
            review: results::review(report),
        }
    }

    /// The same as a list.
    #[cfg(test)]
    pub(super) fn all(&self) -> [&Figure; 12] {
        [
            &self.flow,
            &self.quality,
            &self.source_counts,
            &self.overlaps,
            &self.clusters,
            &self.weights,
            &self.levels,
            &self.agreement,
            &self.passes,
            &self.rows,
            &self.completeness,
            &self.review,
        ]
    }
}
