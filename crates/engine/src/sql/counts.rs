//! What of two rows must be counted or compared before levels can be told: one column each.
//!
//! `x` is the row of the lower record and `y` that of the higher. Of a field `f`: `f_c` bits common to both, `f_x` and `f_y` bits
//! of each, `f_same` whether words are equal (1 or 0).

use tallystick_wire::{Field, FieldSet};

use crate::columns::Column;

/// Bits common to words of two filters, or of one.
fn bits(words: impl IntoIterator<Item = String>) -> String {
    let words = words.into_iter().map(|word| format!("CAST(bit_count({word}) AS INT)"));
    words.collect::<Vec<_>>().join(" + ")
}

fn word(side: char, field: Field, word: usize) -> String {
    format!("{side}.{}", Column::Word(field, word).name())
}

/// Bits common to two filters of four words, or two.
fn common(x: Field, y: Field) -> String {
    bits((0..x.words()).map(|it| format!("{} & {}", word('x', x, it), word('y', y, it))))
}

/// 1 where some words of both filters are equal.
fn same(field: Field, words: impl IntoIterator<Item = usize>) -> String {
    let equal = |it| format!("{} = {}", word('x', field, it), word('y', field, it));
    flag(&words.into_iter().map(equal).collect::<Vec<_>>().join(" AND "))
}

fn flag(condition: &str) -> String {
    format!("CASE WHEN {condition} THEN 1 ELSE 0 END")
}

/// Common and single bits of some words of a field.
fn dice_of_words(name: &str, field: Field, words: &[usize], out: &mut Vec<String>) {
    let all = |side| bits(words.iter().map(|it| word(side, field, *it)));
    let both =
        words.iter().map(|it| format!("{} & {}", word('x', field, *it), word('y', field, *it)));
    out.push(format!("{} AS {name}_c", bits(both)));
    out.push(format!("{} AS {name}_x", all('x')));
    out.push(format!("{} AS {name}_y", all('y')));
}

/// Common bits of a field whose single ones are exported.
fn dice_of_field(name: &str, field: Field, out: &mut Vec<String>) {
    let count = Column::Popcount(field).name();
    out.push(format!("{} AS {name}_c", common(field, field)));
    out.push(format!("x.{count} AS {name}_x"));
    out.push(format!("y.{count} AS {name}_y"));
}

/// The columns for fields that a pass carries and does not fix.
pub(super) fn columns(fields: FieldSet) -> Vec<String> {
    let mut out = Vec::new();
    for field in fields.fields() {
        let name = field.as_str().replace('.', "_");
        match field {
            Field::First | Field::Last | Field::Roots => dice_of_field(&name, field, &mut out),
            Field::Dob => {
                for (it, part) in ["year", "month", "day"].into_iter().enumerate() {
                    out.push(format!("{} AS dob_{part}_same", same(field, [it])));
                }
                let crossed = [(1, 2), (2, 1)]
                    .map(|(x, y)| format!("{} = {}", word('x', field, x), word('y', field, y)));
                out.push(format!("{} AS dob_crossed", flag(&crossed.join(" AND "))));
                dice_of_words("dob", field, &[3], &mut out);
            }
            Field::Address => {
                out.push(format!("{} AS house_same", same(field, [0])));
                out.push(format!("{} AS digits_same", same(field, [1])));
                out.push(format!("{} AS street_same", same(field, [2, 3])));
                dice_of_words("digits", field, &[1], &mut out);
                dice_of_words("street", field, &[2, 3], &mut out);
            }
            Field::Zip => {
                out.push(format!("{} AS zip_same", same(field, [0])));
                out.push(format!("{} AS zip_near", half(field, 0, LOW_HALF)));
            }
            Field::City => {
                out.push(format!("{} AS city_same", same(field, [0])));
                out.push(format!("{} AS city_sounds", half(field, 1, LOW_HALF)));
                out.push(format!("{} AS city_begins", half(field, 1, HIGH_HALF)));
            }
            Field::Sex | Field::Middle | Field::Suffix => {
                out.push(format!("{} AS {name}_same", same(field, [0])));
            }
            _ => {
                out.push(format!("{} AS {name}_same", same(field, 0..field.words())));
                dice_of_field(&name, field, &mut out);
            }
        }
    }
    if fields.contains(Field::First) && fields.contains(Field::Last) {
        out.push(format!("{} AS first_last_c", common(Field::First, Field::Last)));
        out.push(format!("{} AS last_first_c", common(Field::Last, Field::First)));
    }
    out
}

const LOW_HALF: i64 = 0xFFFF_FFFF;
const HIGH_HALF: i64 = !LOW_HALF;

/// 1 where one half of a word is equal.
fn half(field: Field, it: usize, mask: i64) -> String {
    let of = |side| format!("({} & {mask})", word(side, field, it));
    flag(&format!("{} = {}", of('x'), of('y')))
}
