//! Counts of persons that may be shown beside each other.

use tallystick_study::tables::FlowStep;

/// Which steps may show their count: neither it nor what left the flow since the last one shown is from 1 to `least - 1`.
pub(super) fn shown(flow: &[FlowStep], least: u64) -> Vec<Option<u64>> {
    let is_small = |count: u64| (1..least).contains(&count);
    let mut last: Vec<u64> = Vec::new();
    let step = |step: &FlowStep| {
        let count = step.persons;
        let is_apart = last.iter().all(|earlier| !is_small(earlier.abs_diff(count)));
        if is_small(count) || !is_apart {
            return None;
        }
        last.push(count);
        Some(count)
    };
    flow.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_counts_and_small_differences_are_hidden() {
        let flow = |counts: &[u64]| -> Vec<FlowStep> {
            let step =
                |persons: &u64| FlowStep { arm: None, label: String::new(), persons: *persons };
            counts.iter().map(step).collect()
        };
        assert_eq!(
            shown(&flow(&[500, 495, 400, 5, 0]), 11),
            [Some(500), None, Some(400), None, Some(0)]
        );
        assert_eq!(shown(&flow(&[40, 40, 29, 30]), 11), [Some(40), Some(40), Some(29), None]);
    }
}
