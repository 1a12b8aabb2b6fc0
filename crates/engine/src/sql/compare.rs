//! The levels of a pair as SQL: the same rules as [`tallystick_linkage::compare`], in the same order.

use tallystick_linkage::compare::{
    DIFFERENT, DOB_EXACT, DOB_NEAR, DOB_PARTIAL, EXACT, NAME_EXACT, NAME_NICKNAME, NAME_ONE_EDIT,
    NAME_TWO_EDITS, NEAR, SAME, Thresholds,
};
use tallystick_wire::{Field, FieldSet};

use super::codes::code;

/// What decides the levels in one pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) thresholds: Thresholds,
    /// Fields whose filters the pass carries.
    pub(super) carried: FieldSet,
    /// Fields that are equal by construction.
    pub(super) fixed: FieldSet,
    /// Whether rows of one source are compared.
    pub(super) within: bool,
}

/// Two columns of [`super::counts`] under one name, with the threshold that they are held against.
#[derive(Clone, Copy, Debug)]
struct Dice<'a> {
    common: &'a str,
    x: &'a str,
    y: &'a str,
    permille: u32,
}

impl Dice<'_> {
    fn of(name: &str, permille: u32) -> [String; 2] {
        let (common, x, y) = (format!("{name}_c"), format!("{name}_x"), format!("{name}_y"));
        let dice = Dice { common: &common, x: &x, y: &y, permille };
        [dice.reached(">="), dice.reached("=")]
    }

    /// `2000 * both >= permille * (a + b)`, where something is set.
    fn reached(&self, is: &str) -> String {
        let Self { common, x, y, permille } = self;
        format!("{x} + {y} > 0 AND 2000 * {common} {is} {permille} * ({x} + {y})")
    }
}

/// `1000 * both >= permille * min(a, b)`, where something is set on both sides.
fn overlap(name: &str, permille: u32, is: &str) -> String {
    let least = format!("least({name}_x, {name}_y)");
    format!("{least} > 0 AND 1000 * {name}_c {is} {permille} * {least}")
}

/// Columns of codes, and what says whether a threshold was met exactly.
#[derive(Debug, Default)]
pub(super) struct Selected {
    pub(super) columns: Vec<String>,
    boundaries: Vec<String>,
}

impl Selected {
    fn push(&mut self, name: &str, value: &str) {
        self.columns.push(format!("{value} AS {name}"));
    }

    /// 1 where a threshold of a field that both rows have was met exactly.
    pub(super) fn boundary(&self) -> String {
        if self.boundaries.is_empty() {
            return "0".into();
        }
        format!("CASE WHEN {} THEN 1 ELSE 0 END", self.boundaries.join("\n      OR "))
    }
}

impl Rules {
    /// Whether both rows have a field.
    fn both_have(field: Field) -> String {
        format!("both_have & {} <> 0", 1 << field as u32)
    }

    fn has(&self, field: Field) -> bool {
        self.carried.contains(field) || self.fixed.contains(field)
    }

    /// Columns of codes by name as in [`super::codes::NAMED`], where they can be other than 0; names of persons are told in a
    /// step before this one, [`Rules::names`].
    pub(super) fn levels(&self) -> Selected {
        let mut out = Selected::default();
        self.swapped(&mut out);
        self.dates(&mut out);
        self.by_dice(Field::Ssn4, self.thresholds.ssn4, &mut out);
        self.by_dice(Field::Phone, self.thresholds.phone, &mut out);
        for index in 0..4 {
            self.by_dice(Field::attribute(index), self.thresholds.attribute, &mut out);
        }
        self.address(&mut out);
        let low = format!("WHEN zip_near = 1 THEN {}", code(NEAR));
        self.by_sameness(Field::Zip, "zip_same", EXACT, &low, &mut out);
        let alike = format!("WHEN city_sounds = 1 OR city_begins = 1 THEN {}", code(NEAR));
        self.by_sameness(Field::City, "city_same", EXACT, &alike, &mut out);
        for (field, is) in [
            (Field::Sex, "sex_same"),
            (Field::Middle, "middle_same"),
            (Field::Suffix, "suffix_same"),
        ] {
            self.by_sameness(field, is, SAME, "", &mut out);
        }
        self.name_boundaries(&mut out);
        out
    }

    /// The codes of names before it is looked whether they are swapped.
    pub(super) fn names(&self) -> Vec<String> {
        let mut out = Vec::new();
        for (field, name) in [(Field::First, "first"), (Field::Last, "last")] {
            if !self.carried.contains(field) {
                continue;
            }
            let t = &self.thresholds;
            let [one, two] = [t.name_one_edit, t.name_two_edits].map(|it| Dice::of(name, it));
            let root = match field == Field::First && self.carried.contains(Field::Roots) {
                false => String::new(),
                true => format!(
                    "\n      WHEN {} AND {} THEN {}",
                    Self::both_have(Field::Roots),
                    overlap("roots", t.roots, ">="),
                    code(NAME_NICKNAME)
                ),
            };
            out.push(format!(
                "CASE WHEN NOT {} THEN 0\n      WHEN {name}_c = {name}_x AND {name}_c = {name}_y THEN {}\n      \
                 WHEN {} THEN {}\n      WHEN {} THEN {}{root}\n      WHEN {} THEN {}\n      ELSE {} END AS {name}_alone",
                parens(&Self::both_have(field)),
                code(NAME_EXACT),
                one[0],
                code(NAME_ONE_EDIT),
                overlap(name, t.name_contained, ">="),
                code(NAME_ONE_EDIT),
                two[0],
                code(NAME_TWO_EDITS),
                code(DIFFERENT),
            ));
        }
        out
    }

    /// `first` and `last`: near where each is similar to the other of the other row.
    fn swapped(&self, out: &mut Selected) {
        if !(self.carried.contains(Field::First) && self.carried.contains(Field::Last)) {
            for (field, name) in [(Field::First, "first"), (Field::Last, "last")] {
                if self.carried.contains(field) {
                    out.push(name, &format!("{name}_alone"));
                }
            }
            return;
        }
        let one = code(NAME_ONE_EDIT);
        let permille = self.thresholds.name_one_edit;
        let there = Dice { common: "first_last_c", x: "first_x", y: "last_y", permille };
        let back = Dice { common: "last_first_c", x: "last_x", y: "first_y", permille };
        let apart = format!(
            "first_alone > 0 AND last_alone > 0 AND first_alone < {one} AND last_alone < {one}"
        );
        let swapped =
            format!("{apart}\n      AND {} AND {}", there.reached(">="), back.reached(">="));
        for name in ["first", "last"] {
            out.push(name, &format!("CASE WHEN {swapped} THEN {one} ELSE {name}_alone END"));
        }
        for dice in [there, back] {
            out.boundaries.push(format!("({apart} AND {})", dice.reached("=")));
        }
    }

    fn name_boundaries(&self, out: &mut Selected) {
        let t = &self.thresholds;
        for (field, name) in [(Field::First, "first"), (Field::Last, "last")] {
            if self.carried.contains(field) {
                for permille in [t.name_one_edit, t.name_two_edits] {
                    let [_, exactly] = Dice::of(name, permille);
                    out.boundaries.push(format!("({name}_alone > 0 AND {exactly})"));
                }
                let exactly = overlap(name, t.name_contained, "=");
                out.boundaries.push(format!("({name}_alone > 0 AND {exactly})"));
            }
        }
        if self.carried.contains(Field::First) && self.carried.contains(Field::Roots) {
            let exactly = overlap("roots", t.roots, "=");
            let both = Self::both_have(Field::Roots);
            out.boundaries.push(format!("(first_alone > 0 AND {both} AND {exactly})"));
        }
    }

    fn dates(&self, out: &mut Selected) {
        let both = Self::both_have(Field::Dob);
        if self.fixed.contains(Field::Dob) {
            out.push("dob", &format!("CASE WHEN {both} THEN {} ELSE 0 END", code(DOB_EXACT)));
        }
        if self.fixed.contains(Field::Dob) || !self.carried.contains(Field::Dob) {
            return;
        }
        let default = format!("either_has & {} <> 0", FieldSet::DOB_IS_DEFAULT);
        let year =
            format!("CASE WHEN dob_year_same = 1 THEN {} ELSE {} END", code(SAME), code(DIFFERENT));
        out.push("dob_year", &format!("CASE WHEN {both} AND {default} THEN {year} ELSE 0 END"));
        let [near, exactly] = Dice::of("dob", self.thresholds.dob_digits);
        let agreeing = "dob_year_same + dob_month_same + dob_day_same";
        out.push(
            "dob",
            &format!(
                "CASE WHEN NOT {} OR {default} THEN 0\n      WHEN {agreeing} = 3 THEN {}\n      \
                 WHEN dob_year_same = 1 AND dob_crossed = 1 THEN {}\n      WHEN {near} THEN {}\n      \
                 WHEN {agreeing} = 2 THEN {}\n      ELSE {} END",
                parens(&both),
                code(DOB_EXACT),
                code(DOB_NEAR),
                code(DOB_NEAR),
                code(DOB_PARTIAL),
                code(DIFFERENT),
            ),
        );
        out.boundaries.push(format!("({both} AND NOT {} AND {exactly})", parens(&default)));
    }

    fn by_dice(&self, field: Field, permille: u32, out: &mut Selected) {
        let name = field.as_str().replace('.', "_");
        let [near, exactly] = Dice::of(&name, permille);
        let reached = format!("WHEN {near} THEN {}", code(NEAR));
        self.by_sameness(field, &format!("{name}_same"), EXACT, &reached, out);
        if self.carried.contains(field) && !self.fixed.contains(field) {
            out.boundaries.push(format!("({} AND {exactly})", Self::both_have(field)));
        }
    }

    fn address(&self, out: &mut Selected) {
        let t = &self.thresholds;
        let [digits, digits_exactly] = Dice::of("digits", t.house_digits);
        let [street, street_exactly] = Dice::of("street", t.street);
        let near = format!(
            "WHEN street_same = 1 AND (house_same = 1 OR {}) THEN {}\n      \
             WHEN street_same = 0 AND house_same = 1 AND {street} THEN {}",
            parens(&digits),
            code(NEAR),
            code(NEAR),
        );
        let is = "house_same + digits_same + street_same";
        if self.carried.contains(Field::Address) && !self.fixed.contains(Field::Address) {
            let both = Self::both_have(Field::Address);
            out.boundaries.push(format!("({both} AND street_same = 1 AND {digits_exactly})"));
            out.boundaries.push(format!("({both} AND house_same = 1 AND {street_exactly})"));
        }
        self.by_equality(Field::Address, &format!("{is} = 3"), EXACT, &near, out);
    }

    fn by_sameness(&self, field: Field, is: &str, level: u8, near: &str, out: &mut Selected) {
        self.by_equality(field, &format!("{is} = 1"), level, near, out);
    }

    /// A field that is equal, or else near, or else different.
    fn by_equality(&self, field: Field, equal: &str, level: u8, near: &str, out: &mut Selected) {
        if !self.has(field) {
            return;
        }
        let both = Self::both_have(field);
        let name = field.as_str().replace('.', "_");
        if self.fixed.contains(field) {
            out.push(&name, &format!("CASE WHEN {both} THEN {} ELSE 0 END", code(level)));
            return;
        }
        let near = if near.is_empty() { String::new() } else { format!("\n      {near}") };
        out.push(
            &name,
            &format!(
                "CASE WHEN NOT {} THEN 0\n      WHEN {equal} THEN {}{near}\n      ELSE {} END",
                parens(&both),
                code(level),
                code(DIFFERENT)
            ),
        );
    }
}

fn parens(text: &str) -> String {
    format!("({text})")
}
