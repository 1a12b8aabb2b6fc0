//! Closed lists of norm/v1, sorted; adding a word means a new version.

/// Values that mean missing in any field, compared on the raw cell.
const MISSING_CELLS: [&str; 8] = ["#N/A", "N/A", "NONE", "NULL", "TEST", "UNK", "UNKNOWN", "VOID"];

/// Words that mean missing in a name, besides [`MISSING_CELLS`].
const MISSING_NAMES: [&str; 14] = [
    "BABY", "BABYBOY", "BABYGIRL", "FNU", "LNU", "NFN", "NLN", "NMI", "NMN", "NONE", "NULL",
    "TEST", "UNK", "UNKNOWN",
];

const TITLES: [&str; 7] = ["DR", "MISS", "MR", "MRS", "MS", "PROF", "REV"];

/// Words that belong to the surname after them and say nothing alone.
const PARTICLES: [&str; 24] = [
    "AL", "BIN", "DA", "DAS", "DE", "DEL", "DELA", "DELOS", "DEN", "DER", "DI", "DOS", "DU", "EL",
    "IBN", "LA", "LAS", "LOS", "MAC", "MC", "SAINT", "ST", "VAN", "VON",
];

const STREET_TYPES: [&str; 57] = [
    "ALLEY",
    "ALY",
    "AV",
    "AVE",
    "AVENUE",
    "BLVD",
    "BOULEVARD",
    "CCT",
    "CIR",
    "CIRCLE",
    "CIRCUIT",
    "CL",
    "CLOSE",
    "COURT",
    "CR",
    "CRES",
    "CRESCENT",
    "CRT",
    "CT",
    "DR",
    "DRIVE",
    "DRV",
    "FREEWAY",
    "FWY",
    "GR",
    "GROVE",
    "HIGHWAY",
    "HWY",
    "LANE",
    "LN",
    "LOOP",
    "PARADE",
    "PARKWAY",
    "PDE",
    "PKWY",
    "PL",
    "PLACE",
    "PLAZA",
    "PLZ",
    "RD",
    "ROAD",
    "ROW",
    "SQ",
    "SQUARE",
    "ST",
    "STR",
    "STREET",
    "TCE",
    "TER",
    "TERRACE",
    "TPKE",
    "TRAIL",
    "TRL",
    "TURNPIKE",
    "WALK",
    "WAY",
    "WY",
];

const DIRECTIONS: [&str; 16] = [
    "E",
    "EAST",
    "N",
    "NE",
    "NORTH",
    "NORTHEAST",
    "NORTHWEST",
    "NW",
    "S",
    "SE",
    "SOUTH",
    "SOUTHEAST",
    "SOUTHWEST",
    "SW",
    "W",
    "WEST",
];

const UNITS: [&str; 14] = [
    "#",
    "APARTMENT",
    "APT",
    "BLDG",
    "FLAT",
    "FLT",
    "LOT",
    "RM",
    "ROOM",
    "SPC",
    "STE",
    "SUITE",
    "TRLR",
    "UNIT",
];

fn contains(words: &[&str], word: &str) -> bool {
    words.binary_search(&word).is_ok()
}

/// Whether a trimmed raw cell means missing.
pub(super) fn is_missing_cell(cell: &str) -> bool {
    cell.len() <= 7 && MISSING_CELLS.iter().any(|missing| missing.eq_ignore_ascii_case(cell))
}

/// Whether a folded value means missing.
pub(super) fn is_missing_word(word: &str) -> bool {
    (3..=7).contains(&word.len()) && contains(&MISSING_CELLS, word)
}

/// Whether a folded word means missing in a name.
pub(super) fn is_missing_name(word: &str) -> bool {
    (3..=8).contains(&word.len()) && (contains(&MISSING_NAMES, word) || is_missing_word(word))
}

/// Whether the word is a title.
pub(super) fn is_title(word: &str) -> bool {
    word.len() <= 4 && contains(&TITLES, word)
}

/// Whether the word is a particle of a surname.
pub(super) fn is_particle(word: &str) -> bool {
    word.len() <= 5 && contains(&PARTICLES, word)
}

/// Whether the word is a type of street or a direction.
pub(super) fn is_street_filler(word: &str) -> bool {
    word.len() <= 9 && (contains(&STREET_TYPES, word) || contains(&DIRECTIONS, word))
}

/// Whether the word begins a part within a building.
pub(super) fn is_unit(word: &str) -> bool {
    word.len() <= 9 && contains(&UNITS, word)
}

/// Whether the word is a unit with its number, as in `APT5`.
pub(super) fn is_unit_with_number(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_alphabetic).count();
    letters < word.len() && is_unit(&word[..letters])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_so_that_they_can_be_searched() {
        let lists: [&[&str]; 7] = [
            &MISSING_CELLS,
            &MISSING_NAMES,
            &TITLES,
            &PARTICLES,
            &STREET_TYPES,
            &DIRECTIONS,
            &UNITS,
        ];
        for list in lists {
            assert!(list.is_sorted_by(|a, b| a < b), "{list:?}");
        }
    }
}
