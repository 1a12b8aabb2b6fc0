//! Takes the levels of a pair, gives the words by which a reviewer reads them: never a value, and no likeness finer than a level.

use tallystick_linkage::compare::{
    DOB_EXACT, DOB_NEAR, DOB_PARTIAL, EXACT, Levels, MISSING, NAME_EXACT, NAME_NICKNAME,
    NAME_ONE_EDIT, NAME_TWO_EDITS, NEAR, SAME,
};
use tallystick_linkage::pattern::Pattern;

/// How two records compare in something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Likeness {
    /// It is the same.
    Same,
    /// It is nearly the same.
    Near,
    /// It differs.
    Different,
    /// At least one of the records does not have it.
    Missing,
}

impl Likeness {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Near => "near",
            Self::Different => "different",
            Self::Missing => "missing",
        }
    }
}

/// What is compared, and how the records compare.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Compared {
    /// Given name, date of birth, ...
    pub what: &'static str,
    /// How.
    pub likeness: Likeness,
    /// In which way it is near, where there are several.
    pub how: Option<&'static str>,
}

/// Names of attributes that sources may share.
const ATTRIBUTES: [&str; 4] =
    ["further number 1", "further number 2", "further number 3", "further number 4"];

/// All comparisons of a pair, in an order that is the same for every pair. Comparisons that are missing in every pair of the run are
/// shown too: whoever judges sees how little there is.
#[must_use]
pub fn compared(pattern: Pattern) -> Vec<Compared> {
    let levels = pattern.levels();
    let mut all = vec![name("given name", levels.first), name("family name", levels.last)];
    all.extend([birth(levels.dob), of_two("year of birth", levels.dob_year)]);
    all.extend(rest(&levels));
    all
}

fn rest(levels: &Levels) -> Vec<Compared> {
    let mut rest = vec![
        of_two("sex", levels.sex),
        of_two("middle initial", levels.middle),
        of_two("suffix of the name", levels.suffix),
        of_three("last four digits of the social security number", levels.ssn4),
        of_three("house and street", levels.address),
        of_three("telephone", levels.phone),
        of_three("postal code", levels.zip),
        of_three("city", levels.city),
        of_two("the agency's own number", levels.local_id),
    ];
    let attributes = ATTRIBUTES.into_iter().zip(levels.attributes);
    rest.extend(attributes.map(|(what, level)| of_three(what, level)));
    rest
}

fn name(what: &'static str, level: u8) -> Compared {
    let (likeness, how) = match level {
        MISSING => (Likeness::Missing, None),
        NAME_TWO_EDITS => (Likeness::Near, Some("as after two slips")),
        NAME_ONE_EDIT => (Likeness::Near, Some("as after one slip, or one within the other")),
        NAME_EXACT => (Likeness::Same, None),
        NAME_NICKNAME => (Likeness::Near, Some("short forms of one name")),
        _ => (Likeness::Different, None),
    };
    Compared { what, likeness, how }
}

fn birth(level: u8) -> Compared {
    let (likeness, how) = match level {
        MISSING => (Likeness::Missing, None),
        DOB_PARTIAL => (Likeness::Near, Some("two of year, month and day are the same")),
        DOB_NEAR => (Likeness::Near, Some("one digit differs, or month and day are swapped")),
        DOB_EXACT => (Likeness::Same, None),
        _ => (Likeness::Different, None),
    };
    Compared { what: "date of birth", likeness, how }
}

const fn of_three(what: &'static str, level: u8) -> Compared {
    let likeness = match level {
        MISSING => Likeness::Missing,
        NEAR => Likeness::Near,
        EXACT => Likeness::Same,
        _ => Likeness::Different,
    };
    Compared { what, likeness, how: None }
}

const fn of_two(what: &'static str, level: u8) -> Compared {
    let likeness = match level {
        MISSING => Likeness::Missing,
        SAME => Likeness::Same,
        _ => Likeness::Different,
    };
    Compared { what, likeness, how: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_its_word() {
        let levels = Levels {
            first: NAME_NICKNAME,
            last: NAME_TWO_EDITS,
            dob: DOB_NEAR,
            sex: SAME,
            zip: EXACT,
            city: NEAR,
            phone: 1,
            attributes: [0, 3, 0, 1],
            ..Levels::default()
        };
        let said: Vec<(&str, &str)> = compared(Pattern::pack(&levels))
            .into_iter()
            .filter(|it| it.likeness != Likeness::Missing)
            .map(|it| (it.what, it.likeness.as_str()))
            .collect();
        let expected = [
            ("given name", "near"),
            ("family name", "near"),
            ("date of birth", "near"),
            ("sex", "same"),
            ("telephone", "different"),
            ("postal code", "same"),
            ("city", "near"),
            ("further number 2", "same"),
            ("further number 4", "different"),
        ];
        assert_eq!(said, expected);
        assert_eq!(compared(Pattern::default()).len(), 17);
    }
}
