//! Takes a sample of the export's identities, gives the recall to expect of a linkage with a source of
//! the same quality, refuses samples too small to say.
//!
//! The other source is simulated: each identity of the sample gets a counterpart that differs from
//! its person as records of one person differ in this export, and lacks what such records lack. Both
//! are then encoded, blocked, compared, trained and clustered by the real linkage. Recall is the share
//! of pairs of an identity and a counterpart of its person that end up together.

mod corrupt;
mod differ;
mod engine;
mod text;

use std::collections::BTreeMap;

use tallystick_encoder::mapping::{AttributeCompare, BoundMapping};
use tallystick_encoder::normalise::Field;

use super::report::{DifferenceReport, ForecastReport, WithoutReport};
use crate::encode::mapped_fields;
use crate::encode::report::field_name;
use corrupt::Corrupter;
use differ::{Differences, UNITS};
use engine::Engine;
pub(super) use text::Sample;
use text::{
    ATTRIBUTE, CITY, DOB, FIRST, HOUSE, LAST, LOCAL, MIDDLE, PHONE, Random, SEX, SSN, STREET,
    SUFFIX, Text, ZIP,
};

/// Identities from which a forecast is made.
const IDENTITIES_MIN: usize = 100;
/// Identities of one person of which all pairs are learned from.
const PERSON_IDENTITIES_MAX: usize = 6;
/// Where the random numbers of counterparts start.
const SEED: u64 = 1;

/// How much the counterparts differ, in units of what this export shows.
#[derive(Clone, Copy)]
enum Errors {
    Half,
    AsHere,
    Twice,
}

/// The forecast, if the sample is large enough and nobody cancels.
pub(super) fn forecast(
    sample: Sample,
    bound: &BoundMapping,
    year_max: u16,
    is_cancelled: &dyn Fn() -> bool,
) -> Option<ForecastReport> {
    let (texts, identities) = sample.finish();
    if texts.len() < IDENTITIES_MIN {
        return None;
    }
    let scale = identities as f64 / texts.len() as f64;
    let engine = |without: Option<Field>| Engine::new(&mapping(bound, without), year_max, scale);
    let whole = engine(None)?;
    let persons = whole.link(&[&texts])?;
    let persons = members(&persons);
    let differences = Differences::learn(pairs(&persons, &texts), &texts);
    let mut members = vec![&[][..]; texts.len()];
    for person in &persons {
        person.iter().for_each(|identity| members[*identity] = person);
    }
    let counterparts = |errors| counterparts(&texts, &members, &differences, errors);
    let recall = |engine: &Engine, others: &[Text]| -> Option<u32> {
        if is_cancelled() {
            return None;
        }
        let found = engine.link(&[&texts, others])?;
        Some(found_permille(&found, &persons, texts.len()))
    };
    let as_here = counterparts(Errors::AsHere);
    let mut without = Vec::new();
    for field in mapped_fields(bound.fields()) {
        // A mapping needs a name.
        let Some(engine) = engine(Some(field)) else { continue };
        if let Some(recall) = recall(&engine, &as_here) {
            without.push(WithoutReport { field: field_name(field), recall });
        }
    }
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let expected = recall(&whole, &as_here)?;
    Some(ForecastReport {
        recall: expected,
        // The three are simulated each on its own, so chance may put them out of order.
        low: recall(&whole, &counterparts(Errors::Twice))?.min(expected),
        high: recall(&whole, &counterparts(Errors::Half))?.max(expected),
        persons: number(persons.len()),
        identities: number(texts.len()),
        learned_pairs: number(differences.pairs()),
        differences: difference_reports(&differences, bound),
        without,
    })
}

/// Identities by person.
fn members(persons: &[u32]) -> Vec<Vec<usize>> {
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (identity, person) in persons.iter().enumerate() {
        members.entry(*person).or_default().push(identity);
    }
    members.into_values().collect()
}

/// Pairs of identities of one person, by its local number or as the linkage finds them.
fn pairs<'a>(
    persons: &'a [Vec<usize>],
    texts: &'a [Text],
) -> impl Iterator<Item = (&'a Text, &'a Text)> {
    persons.iter().flat_map(move |all| {
        let some = &all[..all.len().min(PERSON_IDENTITIES_MAX)];
        some.iter()
            .enumerate()
            .flat_map(move |(at, a)| some[at + 1..].iter().map(move |b| (&texts[*a], &texts[*b])))
    })
}

/// One counterpart for each identity.
///
/// Where a person has several identities, what most of them say is taken for the truth, and the
/// counterpart gets the errors of one record: a difference between two records is the error of one of
/// them, each as likely. Of a person with one identity the truth is not known; its counterpart gets the
/// differences of two records.
fn counterparts(
    texts: &[Text],
    members: &[&[usize]],
    differences: &Differences,
    errors: Errors,
) -> Vec<Text> {
    let corrupter = Corrupter::new(texts);
    let mut random = Random::new(SEED);
    let counterpart = |(identity, members): (usize, &&[usize])| {
        let is_single = members.len() == 1;
        let mut copy = consensus(texts, identity, members);
        let mut template = differences.draw(&mut random);
        let mut more = differences.draw(&mut random);
        if !is_single {
            template.thin(&mut random);
            more.thin(&mut random);
        }
        let half = random.happens(0.5);
        match errors {
            Errors::Half if half => {}
            Errors::Half | Errors::AsHere => corrupter.change(&mut copy, &template, &mut random),
            Errors::Twice => {
                corrupter.change(&mut copy, &template, &mut random);
                corrupter.change(&mut copy, &more, &mut random);
            }
        }
        Corrupter::leave_out(&mut copy, &template);
        copy
    };
    members.iter().enumerate().map(counterpart).collect()
}

/// Cells that are right or wrong together.
const TOGETHER: [&[usize]; 12] = [
    &[FIRST, LAST],
    &[MIDDLE],
    &[SUFFIX],
    &[DOB],
    &[SEX],
    &[SSN],
    &[PHONE],
    &[HOUSE, STREET, CITY, ZIP],
    &[ATTRIBUTE],
    &[ATTRIBUTE + 1],
    &[ATTRIBUTE + 2],
    &[ATTRIBUTE + 3],
];

/// What most identities of a person say; where none is said more often, what this one says.
fn consensus(texts: &[Text], identity: usize, members: &[usize]) -> Text {
    let mut copy = texts[identity].copy();
    for cells in TOGETHER {
        let says = |member: usize| cells.iter().map(move |cell| texts[member].0[*cell].as_str());
        let is_said = |member: usize| says(member).any(|cell| !cell.is_empty());
        let votes = |member: usize| {
            let same = members.iter().filter(|other| says(**other).eq(says(member)));
            if is_said(member) { same.count() } else { 0 }
        };
        let mut best = (votes(identity), identity);
        for member in members {
            let votes = votes(*member);
            if votes > best.0 {
                best = (votes, *member);
            }
        }
        for cell in cells {
            copy.0[*cell].clone_from(&texts[best.1].0[*cell]);
        }
    }
    copy
}

/// Share of pairs of an identity and a counterpart of the same person that are found, in thousandths.
fn found_permille(found: &[u32], persons: &[Vec<usize>], identities: usize) -> u32 {
    let (own, others) = found.split_at(identities);
    let (mut together, mut all) = (0u64, 0u64);
    for members in persons {
        for identity in members {
            let same = members.iter().filter(|other| others[**other] == own[*identity]);
            together += same.count() as u64;
            all += members.len() as u64;
        }
    }
    u32::try_from(super::report::permille(together, all)).unwrap_or(1_000)
}

fn difference_reports(differences: &Differences, bound: &BoundMapping) -> Vec<DifferenceReport> {
    let mapped: Vec<String> = mapped_fields(bound.fields()).into_iter().map(field_name).collect();
    let permille = |share: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
        let permille = (share.clamp(0.0, 1.0) * 1_000.0).round() as u32;
        permille
    };
    (UNITS.iter().enumerate())
        .filter(|(_, name)| mapped.iter().any(|field| field == *name))
        .map(|(unit, name)| {
            let (little, wholly, pairs) = differences.rates(unit);
            DifferenceReport {
                field: (*name).to_owned(),
                little: permille(little),
                wholly: permille(wholly),
                pairs,
            }
        })
        .collect()
}

/// A mapping of [`Text`] with the fields of the export's own, but one.
fn mapping(bound: &BoundMapping, without: Option<Field>) -> String {
    let mut text = String::from("source = \"own\"\ntype = \"other\"\n[fields]\n");
    for field in mapped_fields(bound.fields()) {
        if Some(field) == without {
            continue;
        }
        let line = match field {
            Field::First => format!("first = \"{FIRST}\""),
            Field::Last => format!("last = \"{LAST}\""),
            Field::Middle => format!("middle = \"{MIDDLE}\""),
            Field::Suffix => format!("suffix = \"{SUFFIX}\""),
            Field::Dob => format!("dob = {{ column = \"{DOB}\", formats = [\"%Y%m%d\"] }}"),
            Field::Sex => format!("sex = \"{SEX}\""),
            Field::Ssn => format!("ssn = \"{SSN}\""),
            Field::Phone => format!("phone = \"{PHONE}\""),
            Field::Address => format!("address = [\"{HOUSE}\", \"{STREET}\"]"),
            Field::City => format!("city = \"{CITY}\""),
            Field::Zip => format!("zip = \"{ZIP}\""),
            Field::LocalId => format!("local_id = \"{LOCAL}\""),
            Field::Attribute(index) => {
                let attribute = &bound.fields().attributes[usize::from(index)];
                let compare = match attribute.compare {
                    AttributeCompare::Exact => "exact",
                    AttributeCompare::QGrams => "qgrams",
                };
                let column = ATTRIBUTE + usize::from(index);
                format!(
                    "\"attribute.{}\" = {{ column = \"{column}\", compare = \"{compare}\" }}",
                    attribute.name
                )
            }
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}
