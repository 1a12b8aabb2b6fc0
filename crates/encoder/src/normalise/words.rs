//! Closed lists of norm/v1, sorted; adding a word means a new version.
//!
//! Words are packed into integers, since comparing text was a third of the cost of a row.

/// Up to sixteen bytes of a word, first byte highest, zeros after it: sorts as the text does.
type Packed = u128;

const PACKED_BYTES_MAX: usize = 16;

const fn pack(word: &[u8]) -> Packed {
    assert!(word.len() <= PACKED_BYTES_MAX, "callers look at the length first");
    let mut packed = 0;
    let mut index = 0;
    while index < word.len() {
        packed |= (word[index].to_ascii_uppercase() as Packed) << (120 - 8 * index);
        index += 1;
    }
    packed
}

const fn pack_all<const N: usize>(words: [&str; N]) -> [Packed; N] {
    let mut packed = [0; N];
    let mut index = 0;
    while index < N {
        packed[index] = pack(words[index].as_bytes());
        index += 1;
    }
    packed
}

/// Values that mean missing in any field, compared on the raw cell.
const MISSING_CELLS: [Packed; 8] =
    pack_all(["#N/A", "N/A", "NONE", "NULL", "TEST", "UNK", "UNKNOWN", "VOID"]);

/// Words that mean missing in a name, besides [`MISSING_CELLS`].
const MISSING_NAMES: [Packed; 14] = pack_all([
    "BABY", "BABYBOY", "BABYGIRL", "FNU", "LNU", "NFN", "NLN", "NMI", "NMN", "NONE", "NULL",
    "TEST", "UNK", "UNKNOWN",
]);

const TITLES: [Packed; 7] = pack_all(["DR", "MISS", "MR", "MRS", "MS", "PROF", "REV"]);

/// Words that belong to the surname after them and say nothing alone.
const PARTICLES: [Packed; 24] = pack_all([
    "AL", "BIN", "DA", "DAS", "DE", "DEL", "DELA", "DELOS", "DEN", "DER", "DI", "DOS", "DU", "EL",
    "IBN", "LA", "LAS", "LOS", "MAC", "MC", "SAINT", "ST", "VAN", "VON",
]);

const STREET_TYPES: [Packed; 57] = pack_all([
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
]);

const DIRECTIONS: [Packed; 16] = pack_all([
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
]);

const UNITS: [Packed; 14] = pack_all([
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
]);

fn contains(words: &[Packed], word: &str) -> bool {
    words.binary_search(&pack(word.as_bytes())).is_ok()
}

/// Whether a trimmed raw cell means missing.
pub(super) fn is_missing_cell(cell: &str) -> bool {
    (3..=7).contains(&cell.len()) && contains(&MISSING_CELLS, cell)
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
        let lists: [&[Packed]; 7] = [
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
