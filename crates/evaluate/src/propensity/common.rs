//! Who has somebody alike in the other arm.
//!
//! Takes arms and covariates, gives the persons whom a score can compare: those of no level, missing among them, that one arm
//! alone has, and who lack no number that nobody of the other arm lacks. Refuses covariates by which an arm would be left
//! without anybody.
//!
//! A level of one arm alone has no finite coefficient, and the fitted chance of its persons is 0 or 1: Albert, Anderson (1984),
//! doi:10.1093/biomet/71.1.1. Without them the fit is that of the others, who are looked at again until no level is of one arm
//! alone; who stays does not depend on the order of covariates.

use super::both_arms;
use crate::covariate::{Covariate, Part, Term, Values};
use crate::error::{Error, Separation, same_length};

/// Persons of one level that one arm alone had when it was looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LeftOut {
    /// The level, or that it is missing.
    pub term: Term,
    /// Persons of the comparison and of the programme; one of them is 0. Each person is counted once.
    pub persons: [u64; 2],
}

/// What both arms have in common.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InCommon {
    /// Rows of those in common, in their order.
    pub rows: Vec<usize>,
    /// Whom it leaves out, in the order in which levels were found.
    pub left_out: Vec<LeftOut>,
}

impl InCommon {
    /// Persons left out, of the comparison and of the programme.
    pub fn left_out(&self) -> [u64; 2] {
        [0, 1].map(|arm: usize| self.left_out.iter().map(|it| it.persons[arm]).sum())
    }

    /// Cells of those in common.
    pub(crate) fn pick<T: Copy>(&self, cells: &[T]) -> Vec<T> {
        self.rows.iter().map(|row| cells[*row]).collect()
    }

    /// Cells of those in common among so many persons; the others are 0.
    pub(crate) fn spread(&self, cells: &[f64], persons: usize) -> Vec<f64> {
        let mut all = vec![0.0; persons];
        self.rows.iter().zip(cells).for_each(|(row, cell)| all[*row] = *cell);
        all
    }
}

/// The persons in common.
pub fn in_common(programme: &[bool], covariates: &[Covariate]) -> Result<InCommon, Error> {
    both_arms(programme, None)?;
    let mut found = InCommon { rows: (0..programme.len()).collect(), left_out: Vec::new() };
    loop {
        let persons = found.rows.len();
        for covariate in covariates {
            same_length("covariate", programme.len(), covariate.rows())?;
            leave_out(&mut found, programme, covariate)?;
        }
        if found.rows.len() == persons {
            return Ok(found);
        }
    }
}

/// Leaves out whoever is of a level of this covariate that one arm alone has.
fn leave_out(found: &mut InCommon, programme: &[bool], covariate: &Covariate) -> Result<(), Error> {
    let places = places(covariate)?;
    let mut counts = vec![[0_u64; 2]; places.parts.len()];
    for row in &found.rows {
        if let Some(place) = places.of(*row) {
            counts[place][usize::from(programme[*row])] += 1;
        }
    }
    let is_of_one_arm = |place: usize| counts[place].contains(&0);
    found.rows.retain(|row| !places.of(*row).is_some_and(is_of_one_arm));
    let parts = places.parts.iter().zip(&counts);
    found.left_out.extend(parts.filter(|(_, it)| it.contains(&0) && **it != [0, 0]).map(
        |(part, persons)| {
            let term = Term { covariate: covariate.name.clone(), part: *part };
            LeftOut { term, persons: *persons }
        },
    ));
    for arm in [true, false] {
        if !found.rows.iter().any(|row| programme[*row] == arm) {
            return Err(separated(&found.left_out, arm));
        }
    }
    Ok(())
}

/// Every person of the arm is of some level that the other does not have. The level of most of them is named.
fn separated(left_out: &[LeftOut], arm: bool) -> Error {
    let persons = |it: &&LeftOut| it.persons[usize::from(arm)];
    let most = left_out.iter().rev().max_by_key(persons).expect("somebody was left out");
    Error::Separated { term: most.term.clone(), kind: Separation::Complete }
}

/// Levels of a covariate, missing last; of numbers it is the only one.
struct Places<'a> {
    parts: Vec<Part>,
    values: &'a Values,
}

fn places(covariate: &Covariate) -> Result<Places<'_>, Error> {
    let levels = match &covariate.values {
        Values::Number(_) => 0,
        Values::Category { codes, levels } => {
            Covariate::levels_seen(codes, *levels)?;
            *levels
        }
    };
    let parts = (0..levels).map(Part::Level).chain([Part::Missing]).collect();
    Ok(Places { parts, values: &covariate.values })
}

impl Places<'_> {
    /// The place of a person's level; none where a number is known.
    fn of(&self, row: usize) -> Option<usize> {
        let missing = self.parts.len() - 1;
        match self.values {
            Values::Number(cells) => cells[row].is_none().then_some(missing),
            Values::Category { codes, .. } => {
                Some(codes[row].map_or(missing, |code| code as usize))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARMS: [bool; 8] = [true, true, true, true, false, false, false, false];

    fn category(name: &str, codes: [u32; 8]) -> Covariate {
        // 9 stands for missing.
        let codes = codes.map(|code| (code != 9).then_some(code)).to_vec();
        Covariate { name: name.to_owned(), values: Values::Category { codes, levels: 4 } }
    }

    fn number(cells: [Option<f64>; 8]) -> Covariate {
        Covariate { name: "age".to_owned(), values: Values::Number(cells.to_vec()) }
    }

    fn left(name: &str, part: Part, persons: [u64; 2]) -> LeftOut {
        LeftOut { term: Term { covariate: name.to_owned(), part }, persons }
    }

    #[test]
    fn where_both_arms_have_every_level_all_are_in_common() {
        let race = category("race", [0, 1, 9, 0, 1, 9, 0, 0]);
        let age = number([None, Some(1.0), Some(9.0), Some(2.0), None, None, Some(5.0), None]);
        let found = in_common(&ARMS, &[race, age]).unwrap();
        assert_eq!(found, InCommon { rows: (0..8).collect(), left_out: Vec::new() });
    }

    #[test]
    fn levels_and_missing_cells_of_one_arm_are_left_out() {
        // Level 2 is the programme's, missing is the comparison's; the number is missing in the comparison alone.
        let race = category("race", [0, 1, 2, 0, 1, 9, 0, 0]);
        let mut ages = [Some(1.0); 8];
        ages[7] = None;
        let age = number(ages);
        let found = in_common(&ARMS, &[race, age]).unwrap();
        assert_eq!(found.rows, [0, 1, 3, 4, 6]);
        let wanted = [
            left("race", Part::Level(2), [0, 1]),
            left("race", Part::Missing, [1, 0]),
            left("age", Part::Missing, [1, 0]),
        ];
        assert_eq!((found.left_out.as_slice(), found.left_out()), (&wanted[..], [2, 1]));
        assert_eq!(found.spread(&found.pick(&[2.0; 8]), 8)[1..4], [2.0, 0.0, 2.0]);
    }

    /// Who is of housing 3 in the comparison is of race 2 too: without them nobody there is.
    #[test]
    fn leaving_out_one_level_can_make_another_one_armed() {
        let race = category("race", [0, 0, 1, 1, 0, 1, 2, 2]);
        let housing = category("housing", [0, 3, 1, 0, 1, 0, 3, 3]);
        for order in [[&housing, &race], [&race, &housing]] {
            let found = in_common(&ARMS, &order.map(Clone::clone)).unwrap();
            assert_eq!(found.rows, [0, 2, 3, 4, 5]);
            let wanted =
                [left("race", Part::Level(2), [2, 0]), left("housing", Part::Level(3), [0, 1])];
            assert_eq!(found.left_out, wanted);
        }
    }

    #[test]
    fn a_covariate_that_leaves_nobody_is_named() {
        let client = category("client", [1, 1, 1, 1, 0, 0, 0, 0]);
        let race = category("race", [0, 1, 2, 0, 1, 9, 0, 0]);
        let error = in_common(&ARMS, &[race.clone(), client]).unwrap_err();
        let term = Term { covariate: "client".to_owned(), part: Part::Level(1) };
        assert_eq!(error, Error::Separated { term, kind: Separation::Complete });
        let lacking = number([None, None, None, None, Some(1.0), Some(2.0), Some(1.0), Some(2.0)]);
        let error = in_common(&ARMS, &[race, lacking]).unwrap_err();
        let term = Term { covariate: "age".to_owned(), part: Part::Missing };
        assert_eq!(error, Error::Separated { term, kind: Separation::Complete });
        let error = in_common(&[true; 8], &[number([None; 8])]).unwrap_err();
        assert_eq!(error.code(), "evaluate-arm-empty", "of nobody no level is theirs alone");
    }
}
