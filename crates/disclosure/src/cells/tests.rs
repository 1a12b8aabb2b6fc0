//! Laws of small cells. What a network says is checked by tables that it gives as proof, and by intervals that
//! are passed around until nothing moves.

use proptest::prelude::*;

use super::*;

const RULE: CellRule = CellRule { threshold: 11, width_min: 10 };

fn count(cell: Cell) -> Option<u64> {
    match cell {
        Cell::Shown(count) => Some(count),
        Cell::Hidden => None,
    }
}

#[test]
fn one_small_cell_takes_the_smallest_other_with_it() {
    let made = protect_counts(&[100, 3, 0, 40, 12], RULE).unwrap();
    let shown: Vec<_> = made.cells.into_iter().map(count).collect();
    assert_eq!(shown, [Some(100), None, Some(0), Some(40), None]);
    assert_eq!(made.total, Cell::Shown(155));
}

#[test]
fn two_small_cells_that_give_each_other_away_take_a_third() {
    // 1 + 2 = 3: either is 1 or 2. With 40 hidden too, each can be up to 41.
    let made = protect_counts(&[1, 2, 40, 50], RULE).unwrap();
    let shown: Vec<_> = made.cells.into_iter().map(count).collect();
    assert_eq!(shown, [None, None, None, Some(50)]);
    // 9 and 9 leave 17 possible counts.
    let made = protect_counts(&[9, 9, 40, 50], RULE).unwrap();
    let shown: Vec<_> = made.cells.into_iter().map(count).collect();
    assert_eq!(shown, [None, None, Some(40), Some(50)]);
}

#[test]
fn a_small_total_is_hidden_too() {
    let made = protect_counts(&[3, 0], RULE).unwrap();
    assert_eq!((made.cells, made.total), (vec![Cell::Hidden, Cell::Shown(0)], Cell::Hidden));
    let made = protect_counts(&[0, 0], RULE).unwrap();
    assert_eq!(made.total, Cell::Shown(0));
}

#[test]
fn one_small_cell_of_a_table_takes_a_rectangle() {
    let counts = [5, 20, 30, 40, 60, 70, 80, 90, 95];
    let made = protect_table(3, 3, &counts, RULE).unwrap();
    let shown: Vec<_> = made.cells.into_iter().map(count).collect();
    let expected = [None, None, Some(30), None, None, Some(70), Some(80), Some(90), Some(95)];
    assert_eq!(shown, expected);
    assert!(made.row_totals.into_iter().chain(made.column_totals).all(|cell| cell != Cell::Hidden));
}

#[test]
fn the_corners_of_a_rectangle_can_be_too_small_to_protect_each_other() {
    // Each line has two hidden cells, which many programs take for enough; but 2 + 2 and 2 + 2 leave three counts.
    let counts = [2, 2, 90, 2, 2, 90, 90, 90, 90];
    let made = protect_table(3, 3, &counts, RULE).unwrap();
    let hidden = made.cells.iter().filter(|cell| **cell == Cell::Hidden).count();
    assert!(hidden > 4, "{hidden}");
}

#[test]
fn rules_without_effect_and_wrong_shapes_are_refused() {
    let rule = |threshold, width_min| CellRule { threshold, width_min };
    for rule in [rule(1, 1), rule(11, 0), rule(11, 11)] {
        assert_eq!(protect_counts(&[1], rule), Err(CellsInvalid::Rule));
    }
    assert_eq!(protect_table(2, 2, &[1, 2, 3], RULE), Err(CellsInvalid::Shape));
    assert_eq!(protect_table(0, 2, &[], RULE), Err(CellsInvalid::Shape));
    assert_eq!(protect_table(64, 64, &[0; 4_096], RULE), Err(CellsInvalid::Large));
    assert_eq!(protect_counts(&[COUNT_MAX + 1], RULE), Err(CellsInvalid::Large));
}

#[test]
fn the_largest_table_is_protected() {
    let mut number = 1_u64;
    let mut next = || {
        number =
            number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (number >> 33) % 97
    };
    let counts: Vec<u64> =
        (0..62 * 62).map(|_| if next() < 20 { next() % 11 } else { 11 + next() }).collect();
    let network = table(62, 62, &counts, RULE).unwrap();
    let hidden = hide(&network, RULE);
    assert!(is_protected(&network, &hidden, RULE));
    let small = counts.iter().filter(|count| (1..11).contains(*count)).count();
    let all = hidden.iter().filter(|hidden| **hidden).count();
    assert!(all < 2 * small, "{all} hidden for {small} small counts");
}

/// Whether counts keep every row, column and total.
fn adds_up(network: &Network, counts: &[u64]) -> bool {
    let mut balance = vec![0_i128; network.nodes];
    for (arc, count) in network.arcs.iter().zip(counts) {
        balance[arc.from] += i128::from(*count);
        balance[arc.to] -= i128::from(*count);
    }
    balance.iter().all(|balance| *balance == 0)
}

/// Intervals of hidden cells, from each equation to the next until nothing moves (Fréchet bounds): never
/// narrower than the truth.
fn passed_around(network: &Network, hidden: &[bool]) -> Vec<(i128, i128)> {
    const FAR: i128 = 1 << 60;
    let start = |(arc, hidden): (&Arc, &bool)| {
        if *hidden { (1, FAR) } else { (i128::from(arc.count), i128::from(arc.count)) }
    };
    let mut ranges: Vec<(i128, i128)> = network.arcs.iter().zip(hidden).map(start).collect();
    for _ in 0..1_000 {
        let before = ranges.clone();
        for node in 0..network.nodes {
            let sign = |arc: &Arc| i128::from(arc.from == node) - i128::from(arc.to == node);
            for own in 0..ranges.len() {
                let own_sign = sign(&network.arcs[own]);
                if own_sign == 0 {
                    continue;
                }
                // own = -own_sign * (signed sum of the others)
                let (mut low, mut high) = (0_i128, 0_i128);
                for other in (0..ranges.len()).filter(|other| *other != own) {
                    let by = -own_sign * sign(&network.arcs[other]);
                    let (a, b) = (by * ranges[other].0, by * ranges[other].1);
                    (low, high) = (low + a.min(b), high + a.max(b));
                }
                ranges[own] = (ranges[own].0.max(low), ranges[own].1.min(high));
            }
        }
        if ranges == before {
            return ranges;
        }
    }
    ranges
}

/// Every hidden cell has two tables as proof that it can be far apart in, and no shown cell moves in them.
fn proves(network: &Network) -> Result<(), TestCaseError> {
    let hidden = hide(network, RULE);
    let ranges = passed_around(network, &hidden);
    for (number, arc) in network.arcs.iter().enumerate() {
        if !hidden[number] {
            prop_assert!(arc.count == 0 || arc.count >= RULE.threshold);
            continue;
        }
        let (more, most) = network.open(&hidden).more(number, 1 << 41);
        let (less, least) = network.open(&hidden).less(number, 1 << 41);
        prop_assert!(most[number] - least[number] >= RULE.width_min);
        prop_assert_eq!((most[number] - arc.count, arc.count - least[number]), (more, less));
        for counts in [&most, &least] {
            prop_assert!(adds_up(network, counts));
            for (place, count) in counts.iter().enumerate() {
                prop_assert!(hidden[place] || *count == network.arcs[place].count);
                prop_assert!(!hidden[place] || *count >= 1);
            }
        }
        let (low, high) = ranges[number];
        prop_assert!(low <= i128::from(least[number]) && i128::from(most[number]) <= high);
        prop_assert!(high - low >= i128::from(RULE.width_min));
    }
    Ok(())
}

fn counts() -> impl Strategy<Value = u64> {
    prop_oneof![2 => Just(0_u64), 4 => 1_u64..11, 4 => 11_u64..60, 1 => 60_u64..5_000]
}

proptest! {
    #[test]
    fn lines_give_no_small_count_away(counts in prop::collection::vec(counts(), 1..9)) {
        proves(&line(&counts, RULE).unwrap())?;
    }

    #[test]
    fn tables_give_no_small_count_away(
        (rows, columns, counts) in (1_usize..6, 1_usize..6).prop_flat_map(|(rows, columns)| {
            (Just(rows), Just(columns), prop::collection::vec(counts(), rows * columns))
        })
    ) {
        proves(&table(rows, columns, &counts, RULE).unwrap())?;
    }

    #[test]
    fn no_cell_is_hidden_without_need(
        (rows, columns, counts) in (1_usize..5, 1_usize..5).prop_flat_map(|(rows, columns)| {
            (Just(rows), Just(columns), prop::collection::vec(counts(), rows * columns))
        })
    ) {
        let network = table(rows, columns, &counts, RULE).unwrap();
        let hidden = hide(&network, RULE);
        for (place, arc) in network.arcs.iter().enumerate() {
            if hidden[place] && arc.count >= RULE.threshold {
                let mut fewer = hidden.clone();
                fewer[place] = false;
                prop_assert!(!is_protected(&network, &fewer, RULE));
            }
        }
    }
}
