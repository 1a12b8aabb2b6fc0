//! Who the two arms are: flow and scores.

use tallystick_chart::{
    Figure, FlowBox, FlowChart, Head, Key, Label, Mark, Panel, RowChart, Scale, Shape, Table, Tone,
    figures as number_column, numbers, words as word_column,
};

use crate::report::gate::Gate;
use crate::report::tables::{Step, flow as flow_sheet, steps};
use crate::report::told::{Told, left_out};
use crate::study::Evaluation;

/// The flow as a diagram; none where a count of it is hidden, and the table stands alone.
pub(in crate::report) fn flow(it: &Evaluation) -> Option<Figure> {
    let all = steps(it);
    let [first, matched, observed @ ..] = all.as_slice() else { return None };
    if !all.iter().all(|step| step.is_told) {
        return None;
    }
    let flow_box = |step: &Step, left_out| FlowBox {
        name: step.name.clone(),
        count: step.counts.iter().sum(),
        by_source: vec![
            ("Programme".to_owned(), step.counts[1]),
            ("Comparison".to_owned(), step.counts[0]),
        ],
        left_out,
    };
    let mut left = vec![
        ("programme, without a match".to_owned(), first.counts[1] - matched.counts[1]),
        ("comparison, not chosen".to_owned(), first.counts[0] - matched.counts[0]),
    ];
    if let Some(without) = left_out(it).filter(|_| Told::of(it).left_out) {
        // Below those of their arm.
        for (place, arm) in [(2, 0), (1, 1)] {
            if without[arm] > 0 {
                left.insert(place, ("of these without a score".to_owned(), without[arm]));
            }
        }
    }
    let mut boxes = vec![flow_box(first, Vec::new()), flow_box(matched, left)];
    for step in observed {
        let gone = matched.counts.iter().sum::<u64>() - step.counts.iter().sum::<u64>();
        let left =
            if gone > 0 { vec![("in sets not observed".to_owned(), gone)] } else { Vec::new() };
        boxes.push(flow_box(step, left));
    }
    let sheet = flow_sheet(it);
    let mut columns = vec![word_column(&sheet.columns[0])];
    columns.extend(sheet.columns[1..].iter().map(|name| number_column(name)));
    let table = Table { columns, rows: sheet.rows.clone() };
    let head = Head::new(
        "flow-figure",
        "Persons at each step",
        "From the persons of the study to those whose outcome was observed. The steps before, from records to persons, are in the \
         bundle\u{2019}s linkage report.",
    );
    let description: Vec<String> = table.tips();
    Some(head.drawn(description.join(". "), table, FlowChart { steps: boxes }))
}

/// Scores of both arms, as shares of each arm, in bins joined until none is too small.
pub(in crate::report) fn overlap(it: &Evaluation) -> Figure {
    let mut text = "Shares of each arm\u{2019}s persons by the chance of being in the programme that the covariates give, before matching. Where \
                    one arm has a bar and the other has none, nobody can be compared."
        .to_owned();
    if left_out(it).is_some() {
        text += " Persons of a level that the other arm does not have have no score, and are in the bar at their end: their chance is 0 or 1.";
    }
    let head = Head::new("overlap", "Propensity scores of both arms", text);
    let Ok(matched) = &it.matched else {
        return head.empty("There are no scores.");
    };
    let bins = joined(&matched.overlap, Gate::of(it));
    if bins.is_empty() {
        return head.empty("An arm has too few persons.");
    }
    let last = bins.len() - 1;
    let chance = |logit: f64| numbers::decimals(1.0 / (1.0 + libm::exp(-logit)), 3);
    let name = |place: usize, bin: &Joined| match place {
        // The ends of the range are scores of one person each.
        0 if last == 0 => "all".to_owned(),
        0 => format!("below {}", chance(bin.to)),
        place if place == last => format!("{} and more", chance(bin.from)),
        _ => format!("{} to {}", chance(bin.from), chance(bin.to)),
    };
    let rows = bins.iter().enumerate().map(|(place, bin)| {
        let shares = [1, 0].map(|arm: usize| numbers::ratio(bin.counts[arm], it.persons[arm]));
        (name(place, bin), shares)
    });
    drawn(head, &rows.collect::<Vec<_>>())
}

/// Two bars a bin, on an axis no longer than the bars.
fn drawn(head: Head, bins: &[(String, [f64; 2])]) -> Figure {
    const SIDES: [&str; 2] = ["Programme", "Comparison"];
    const TONES: [Tone; 2] = [Tone::First, Tone::Quiet];
    let cells = |(name, shares): &(String, [f64; 2])| {
        let shares = shares.map(numbers::fine_percent);
        std::iter::once(name.clone()).chain(shares).collect()
    };
    let mut columns = vec![word_column("Chance of being in the programme")];
    columns.extend(SIDES.map(number_column));
    let table = Table { columns, rows: bins.iter().map(cells).collect() };
    let marks = |(_, shares): &(String, [f64; 2])| {
        let bars = (0..).zip(shares.iter().zip(TONES));
        let bar =
            |(lane, (to, tone)): (u32, (&f64, Tone))| Mark::Bar { from: 0.0, to: *to, tone, lane };
        (bars.map(bar).collect(), shares.map(numbers::fine_percent).to_vec())
    };
    let label = |(name, _): &(String, [f64; 2])| Label { group: None, name: name.clone() };
    let key =
        |(text, tone): (&'static str, Tone)| Key { shape: Shape::Bar, tone, text: text.into() };
    let ends = bins.iter().flat_map(|(_, shares)| *shares);
    let chart = RowChart {
        labels: bins.iter().map(label).collect(),
        panels: vec![Panel {
            axis: "Share of the arm\u{2019}s persons".to_owned(),
            scale: Scale::percents(ends),
            rows: bins.iter().map(marks).collect(),
            references: Vec::new(),
        }],
        keys: SIDES.into_iter().zip(TONES).map(key).collect(),
        lanes: 2,
    };
    head.drawn(table.tips().join(". "), table, chart)
}

/// A bin with counts of the comparison and of the programme.
struct Joined {
    from: f64,
    to: f64,
    counts: [u64; 2],
}

/// Neighbouring bins together until each count is nobody or enough; what is left at the end joins those before it until they
/// fit. None where an arm has too few persons.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of persons")]
fn joined(overlap: &crate::propensity::Overlap, gate: Gate) -> Vec<Joined> {
    let fits = |counts: [u64; 2]| counts.iter().all(|count| gate.fits(*count));
    let mut all: Vec<Joined> = Vec::new();
    let mut is_open = false;
    for (place, (programme, comparison)) in
        (0u32..).zip(overlap.programme.iter().zip(&overlap.comparison))
    {
        let from = overlap.low + f64::from(place) * overlap.width;
        let bin = Joined {
            from,
            to: from + overlap.width,
            counts: [*comparison as u64, *programme as u64],
        };
        match all.last_mut().filter(|_| is_open) {
            Some(open) => open.join(&bin),
            None => all.push(bin),
        }
        is_open = all.last().is_some_and(|bin| !fits(bin.counts) || bin.counts == [0, 0]);
    }
    while is_open && let Some(rest) = all.pop() {
        let Some(last) = all.last_mut() else { break };
        last.join(&rest);
        is_open = !fits(last.counts);
    }
    all
}

impl Joined {
    fn join(&mut self, next: &Self) {
        self.to = next.to;
        self.counts = [0, 1].map(|arm: usize| self.counts[arm] + next.counts[arm]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propensity::Overlap;

    /// Small counts from a seed, as many small bins as large ones.
    fn drawn(seed: u32) -> Overlap {
        let mut state = seed;
        let mut next = |most: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from((state >> 8) % most)
        };
        let mut counts =
            || (0..8).map(|_| if next(2) < 0.5 { next(6) } else { next(40) }).collect();
        Overlap { low: -2.0, width: 1.0, programme: counts(), comparison: counts() }
    }

    #[test]
    fn no_bin_tells_of_too_few_and_none_is_lost() {
        let gate = Gate::new(11);
        let mut hidden = 0;
        for seed in 0..2_000 {
            let overlap = drawn(seed);
            let bins = joined(&overlap, gate);
            let wholes = [&overlap.comparison, &overlap.programme].map(|it| it.iter().sum::<f64>());
            let sums = [0, 1].map(|arm: usize| bins.iter().map(|bin| bin.counts[arm]).sum::<u64>());
            assert!(bins.iter().flat_map(|bin| bin.counts).all(|count| gate.fits(count)), "{seed}");
            if bins.is_empty() {
                hidden += 1;
                assert!(wholes.iter().any(|whole| *whole < 11.0), "{seed}");
            } else {
                assert!(
                    sums.iter().zip(wholes).all(|(sum, whole)| (*sum as f64 - whole).abs() < 0.5),
                    "{seed}"
                );
            }
            let edges = bins.windows(2).all(|pair| (pair[0].to - pair[1].from).abs() < 1e-9);
            assert!(edges, "{seed}");
        }
        assert!(hidden < 200, "most have bins");
    }

    #[test]
    fn no_bin_of_the_histogram_tells_of_too_few() {
        let overlap = Overlap {
            low: -2.0,
            width: 1.0,
            programme: vec![0.0, 4.0, 30.0, 12.0],
            comparison: vec![60.0, 40.0, 9.0, 3.0],
        };
        let evaluation_gate = |counts: &[Joined]| {
            counts.iter().all(|bin| bin.counts.iter().all(|count| *count == 0 || *count >= 11))
        };
        let bins = joined(&overlap, Gate::new(11));
        assert!(evaluation_gate(&bins));
        let sums = [0, 1].map(|arm: usize| bins.iter().map(|bin| bin.counts[arm]).sum::<u64>());
        assert_eq!(sums, [112, 46]);
    }
}
