//! Takes the weights of one comparison after the other, gives how they add up (Splink's waterfall
//! chart of a pair's match weight).

use super::marks::{Mark, Reference};
use super::rows::{Label, Panel, RowChart};
use crate::canvas::{Key, Shape, Tone};
use crate::figure::{Figure, Head};
use crate::numbers;
use crate::scale::Scale;
use crate::table::{Table, figures, words};

/// Weights that add up.
#[derive(Clone, Debug)]
pub struct Waterfall {
    /// The weight before anything was compared, such as that of the prior, with its name.
    pub start: WaterfallStep,
    /// Weights in the order in which they are added.
    pub steps: Vec<WaterfallStep>,
    /// Sums to compare with.
    pub thresholds: Vec<Reference>,
}

/// One weight.
#[derive(Clone, Debug)]
pub struct WaterfallStep {
    /// What was compared.
    pub name: String,
    /// What came of it; empty where there is nothing to say.
    pub level: String,
    /// Weight in bits.
    pub weight_bits: f64,
}

impl Waterfall {
    /// The sum of all.
    pub fn sum(&self) -> f64 {
        self.all().map(|step| step.weight_bits).sum()
    }

    /// The figure with its table: each weight, and the sum so far.
    pub fn figure(self, head: Head) -> Figure {
        let mut so_far = 0.0;
        let mut rows: Vec<Vec<String>> = self
            .all()
            .map(|step| {
                so_far += step.weight_bits;
                vec![
                    step.name.clone(),
                    step.level.clone(),
                    numbers::bits(step.weight_bits),
                    numbers::bits(so_far),
                ]
            })
            .collect();
        let probability = numbers::percent(numbers::probability_of_bits(so_far));
        rows.push(vec![
            "Sum".to_owned(),
            format!("probability {probability}"),
            String::new(),
            numbers::bits(so_far),
        ]);
        let columns = vec![
            words("Comparison"),
            words("Level"),
            figures("Weight (bits)"),
            figures("Sum so far"),
        ];
        let most =
            self.steps.iter().max_by(|a, b| a.weight_bits.abs().total_cmp(&b.weight_bits.abs()));
        let most = most.map_or_else(String::new, |step| {
            let bits = numbers::bits(step.weight_bits);
            format!(" {} weighs most, with {bits} bits.", step.name)
        });
        let description = format!(
            "The weights of {} add up to {} bits, a probability of {probability}.{most}",
            numbers::counted(self.steps.len() as u64, "comparison", "comparisons"),
            numbers::bits(so_far)
        );
        head.drawn(description, Table { columns, rows }, self.chart())
    }

    fn all(&self) -> impl Iterator<Item = &WaterfallStep> {
        [&self.start].into_iter().chain(&self.steps)
    }

    fn chart(&self) -> RowChart {
        let (mut labels, mut rows, mut sums) = (Vec::new(), Vec::new(), Vec::new());
        let mut from = 0.0;
        for step in self.all() {
            let to = from + step.weight_bits;
            let tone = if step.weight_bits < 0.0 { Tone::Second } else { Tone::First };
            let bar = Mark::Bar { from, to, tone, lane: 0 };
            rows.push((vec![bar, Mark::Drop { at: to }], vec![numbers::bits(step.weight_bits)]));
            labels.push(Label { group: None, name: step.label() });
            sums.push(to);
            from = to;
        }
        let bar = Mark::Bar { from: 0.0, to: from, tone: Tone::Third, lane: 0 };
        rows.push((vec![bar], vec![numbers::bits(from)]));
        labels.push(Label { group: None, name: "Sum".to_owned() });
        let places = self.thresholds.iter().map(|threshold| threshold.at);
        let key = |tone, text: &'static str| Key { shape: Shape::Bar, tone, text: text.into() };
        RowChart {
            labels,
            panels: vec![Panel {
                axis: "Match weight in bits, added up from above".to_owned(),
                scale: Scale::bits(sums.into_iter().chain(places)),
                rows,
                references: self.thresholds.clone(),
            }],
            keys: vec![
                key(Tone::First, "Speaks for one person"),
                key(Tone::Second, "Speaks against it"),
                key(Tone::Third, "Sum"),
            ],
            lanes: 1,
        }
    }
}

impl WaterfallStep {
    fn label(&self) -> String {
        if self.level.is_empty() {
            self.name.clone()
        } else {
            format!("{}: {}", self.name, self.level)
        }
    }
}
