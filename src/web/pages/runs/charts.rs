//! The figures of a finished run, and what its record says of it in numbers.

use tallystick_chart::{
    Figure, Head, Key, Label, Mark, Markup, Panel, RowChart, Scale, Shape, Table, Tone, figures,
    numbers, words,
};

use crate::persons::Step;
use crate::report::figures::Figures;
use crate::report::model::LinkageReport;
use crate::runs::Run;

/// The record of what a run came to, as it is kept.
pub(super) struct Summary(serde_json::Value);

impl Summary {
    /// Of a run that has one.
    pub(super) fn of(run: &Run) -> Option<Self> {
        serde_json::from_str(run.summary.as_deref()?).ok().map(Self)
    }

    fn at(&self, place: &str) -> Option<&serde_json::Value> {
        self.0.pointer(place)
    }

    /// A count of the part `counts`.
    pub(super) fn count(&self, name: &str) -> String {
        let count = self.whole(&format!("/counts/{name}"));
        count.map_or_else(|| numbers::NOT_AVAILABLE.to_owned(), numbers::count)
    }

    /// A count anywhere.
    pub(super) fn whole(&self, place: &str) -> Option<u64> {
        self.at(place).and_then(serde_json::Value::as_u64)
    }

    /// An estimate of the part `quality`: value and both ends.
    pub(super) fn estimate(&self, name: &str) -> [f64; 3] {
        ["value", "low", "high"].map(|end| {
            let number = self.at(&format!("/quality/{name}/{end}"));
            number.and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN)
        })
    }

    /// A text anywhere.
    pub(super) fn text(&self, place: &str) -> String {
        self.at(place).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    }

    /// Sentences a reader must not miss.
    pub(super) fn warnings(&self) -> Vec<String> {
        let list = self.at("/warnings").and_then(serde_json::Value::as_array);
        let texts = list.into_iter().flatten().filter_map(serde_json::Value::as_str);
        texts.map(ToOwned::to_owned).collect()
    }
}

/// A figure as markup of ours.
pub(super) fn written(figure: &Figure) -> String {
    let mut out = Markup::default();
    figure.write(&mut out, None);
    out.finish()
}

/// The figures of a run, in the order of the page: quality, weights, levels, sizes of clusters, blocking.
pub(super) fn drawn(report: &LinkageReport) -> Vec<String> {
    let Figures { quality, weights, levels, clusters, passes, source_counts, .. } =
        Figures::of(report);
    [quality, weights, levels, clusters, source_counts, passes].iter().map(written).collect()
}

/// How the ids of persons changed since the run before.
pub(super) fn steps(step: &Step) -> String {
    let rows = [
        ("kept", "the same records as before", step.kept, Tone::First),
        ("returned", "as in an earlier run", step.returned, Tone::First),
        ("created", "new persons", step.created, Tone::Third),
        ("split", "new, split from others", step.split, Tone::Second),
        ("merged", "ended in others", step.merged, Tone::Second),
        ("moved", "records went to another person", step.moved, Tone::Second),
        ("gone", "without records now", step.gone, Tone::Quiet),
    ];
    let bar = |(_, _, count, tone): &(&str, &str, u64, Tone)| {
        let to = *count as f64;
        (vec![Mark::Bar { from: 0.0, to, tone: *tone, lane: 0 }], vec![numbers::count(*count)])
    };
    let key = |text: &'static str, tone| Key { shape: Shape::Bar, tone, text: text.into() };
    let chart = RowChart {
        labels: rows
            .iter()
            .map(|(name, ..)| Label { group: None, name: (*name).to_owned() })
            .collect(),
        panels: vec![Panel {
            axis: "Ids of persons (logarithmic scale)".to_owned(),
            scale: Scale::log_counts(rows.iter().map(|(_, _, count, _)| *count)),
            rows: rows.iter().map(bar).collect(),
            references: Vec::new(),
        }],
        keys: vec![
            key("as before", Tone::First),
            key("new", Tone::Third),
            key("changed", Tone::Second),
            key("ended", Tone::Quiet),
        ],
        lanes: 1,
    };
    let cells = rows.iter().map(|(name, meaning, count, _)| {
        vec![(*name).to_owned(), (*meaning).to_owned(), numbers::count(*count)]
    });
    let table = Table {
        columns: vec![words("Change"), words("Meaning"), figures("Ids")],
        rows: cells.collect(),
    };
    let sentences =
        rows.iter().map(|(name, _, count, _)| format!("{name}: {}.", numbers::count(*count)));
    let head = Head::new(
        "figure-persons",
        "Ids of persons since the run before",
        "A person keeps its id as long as most of its records stay together. Many splits or merges after a small change of \
         the sources ask for a look at what changed.",
    );
    written(&head.drawn(sentences.collect::<Vec<_>>().join(" "), table, chart))
}
