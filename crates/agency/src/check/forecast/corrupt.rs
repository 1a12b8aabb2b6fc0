//! Takes an identity and a template, gives what another source may hold of the same person.

use std::collections::BTreeMap;

use tallystick_encoder::mapping::CivilDate;
use tallystick_encoder::nicknames;

use super::differ::{Kind, Template, UNITS};
use super::text::{
    ATTRIBUTE, CITY, DOB, FIRST, HOUSE, LAST, LOCAL, MIDDLE, PHONE, Random, SEX, SSN, STREET,
    SUFFIX, Text, ZIP,
};

/// Tries at an error that leaves a date a date; most succeed at once.
const TRIES_MAX: usize = 20;

/// Makes errors with the values of the sample.
pub(super) struct Corrupter<'a> {
    texts: &'a [Text],
    /// Short forms in the sample by the name that they are short for.
    short_forms: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Corrupter<'a> {
    pub(super) fn new(texts: &'a [Text]) -> Self {
        let mut short_forms: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for text in texts {
            let short = text.0[FIRST].as_str();
            for root in nicknames::roots(short).skip(1) {
                let forms = short_forms.entry(root).or_default();
                if !forms.contains(&short) {
                    forms.push(short);
                }
            }
        }
        Self { texts, short_forms }
    }

    /// Applies the differences of a template.
    pub(super) fn change(&self, text: &mut Text, template: &Template, random: &mut Random) {
        for (unit, kind) in template.kinds.iter().enumerate().take(UNITS.len()) {
            match kind {
                Kind::Unknown | Kind::Same => {}
                Kind::Little => self.little(text, unit, random),
                Kind::Wholly => self.wholly(text, unit, random),
                // Comes for both names or for none.
                Kind::Special if unit == 0 => text.0.swap(FIRST, LAST),
                Kind::Special if unit == 2 && text.has(DOB) => {
                    text.0[DOB].replace_range(4.., "0101")
                }
                Kind::Special => {}
            }
        }
    }

    /// Leaves out what the template's second record has not.
    pub(super) fn leave_out(text: &mut Text, template: &Template) {
        for (cell, present) in text.0.iter_mut().zip(template.present) {
            if !present {
                cell.clear();
            }
        }
        // The other source has numbers of its own.
        text.0[LOCAL].clear();
    }

    fn little(&self, text: &mut Text, unit: usize, random: &mut Random) {
        match unit {
            0 => self.first_name(text, random),
            1 => match text.0[LAST].split_once(' ') {
                Some((left, right)) if random.happens(0.7) => {
                    let part = if random.happens(0.8) { left } else { right };
                    text.0[LAST] = part.to_owned();
                }
                _ => mistype(&mut text.0[LAST], random),
            },
            2 => misdate(&mut text.0[DOB], random),
            3 => misdigit(&mut text.0[SSN], random),
            4 => misdigit(&mut text.0[PHONE], random),
            5 if text.has(STREET) => mistype(&mut text.0[STREET], random),
            5 => misdigit(&mut text.0[ZIP], random),
            9.. => mistype(&mut text.0[ATTRIBUTE + unit - 9], random),
            _ => {}
        }
    }

    /// A short form or the name it is short for, where there is one, half of the time.
    fn first_name(&self, text: &mut Text, random: &mut Random) {
        let first = text.0[FIRST].clone();
        let forms: Vec<&str> = nicknames::roots(&first)
            .skip(1)
            .chain(self.short_forms.get(first.as_str()).into_iter().flatten().copied())
            .collect();
        if !forms.is_empty() && random.happens(0.5) {
            text.0[FIRST] = forms[random.below(forms.len())].to_owned();
        } else {
            mistype(&mut text.0[FIRST], random);
        }
    }

    /// The value of somebody else who has one.
    fn wholly(&self, text: &mut Text, unit: usize, random: &mut Random) {
        let cells: &[usize] = match unit {
            0 => &[FIRST],
            1 => &[LAST],
            2 => &[DOB],
            3 => &[SSN],
            4 => &[PHONE],
            5 => &[HOUSE, STREET, CITY, ZIP],
            6 => &[MIDDLE],
            7 => &[SUFFIX],
            8 => &[SEX],
            _ => &[ATTRIBUTE, ATTRIBUTE + 1, ATTRIBUTE + 2, ATTRIBUTE + 3][unit - 9..=unit - 9],
        };
        for _ in 0..TRIES_MAX {
            let other = &self.texts[random.below(self.texts.len())];
            if cells.iter().any(|cell| other.has(*cell) && other.0[*cell] != text.0[*cell]) {
                for cell in cells {
                    if text.has(*cell) {
                        text.0[*cell].clone_from(&other.0[*cell]);
                    }
                }
                return;
            }
        }
    }
}

/// One letter wrong, left out, doubled, or two exchanged; all equally likely.
fn mistype(word: &mut String, random: &mut Random) {
    if word.len() < 3 || !word.is_ascii() {
        return;
    }
    let mut bytes = word.clone().into_bytes();
    // First letters are mistaken less often than others.
    let at = if random.happens(0.9) { 1 + random.below(bytes.len() - 1) } else { 0 };
    match random.below(4) {
        0 => {
            let letter = random.below(26);
            bytes[at] = b'A' + u8::try_from(letter).expect("below 26");
        }
        1 => {
            bytes.remove(at);
        }
        2 => bytes.insert(at, bytes[at]),
        _ => bytes.swap(at, at.saturating_sub(1)),
    }
    *word = String::from_utf8(bytes).expect("ASCII stays ASCII");
}

fn misdigit(word: &mut String, random: &mut Random) {
    if word.is_empty() || !word.is_ascii() {
        return;
    }
    let at = random.below(word.len());
    let digit = random.below(10).to_string();
    word.replace_range(at..=at, &digit);
}

/// Month and day exchanged where that is a date, two times in five; else one digit.
fn misdate(date: &mut String, random: &mut Random) {
    if date.len() != 8 {
        return;
    }
    let old = date.clone();
    for try_number in 0..TRIES_MAX {
        let mut new = old.clone();
        if try_number == 0 && random.happens(0.4) {
            new = format!("{}{}{}", &old[..4], &old[6..], &old[4..6]);
        } else {
            // The century is never mistaken.
            let at = 2 + random.below(6);
            new.replace_range(at..=at, &random.below(10).to_string());
        }
        let part = |range: core::ops::Range<usize>| new[range].parse::<u16>().unwrap_or(0);
        let [month, day] = [part(4..6), part(6..8)].map(|p| u8::try_from(p).unwrap_or(0));
        if new != old && CivilDate::new(part(0..4), month, day).is_some() {
            *date = new;
            return;
        }
    }
}
