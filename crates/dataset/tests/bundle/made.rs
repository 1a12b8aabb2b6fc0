//! A small dataset of nobody, with every type of cell, every kind of missing and awkward texts.

use std::path::Path;

use ring::signature::{Ed25519KeyPair, KeyPair as _};
use tallystick_dataset::bundle::{
    Approval, AuditHead, BundleContent, BundleWritten, Input, Member, Relation, ReleaseFacts,
    Suppression, write,
};
use tallystick_dataset::{
    Column, DatasetError, Dictionary, DisclosureClass, Missing, Table, Ticker, Values,
};
use tallystick_wire::Digest;

use DisclosureClass::{Identifier, Other, Quasi, Sensitive};

/// Persons of the dataset.
pub(crate) const PERSONS: usize = 240;

/// The unit's key, from a seed that is no secret.
pub(crate) fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

pub(crate) fn public_key() -> [u8; 32] {
    key().public_key().as_ref().try_into().unwrap()
}

pub(crate) fn sign(message: &[u8]) -> [u8; 64] {
    key().sign(message).as_ref().try_into().unwrap()
}

/// A ticker that nobody listens to.
pub(crate) fn ticking<T>(work: impl FnOnce(&mut Ticker<'_>) -> T) -> T {
    work(&mut Ticker::new(&|_| {}, &|| false))
}

pub(crate) fn write_to(path: &Path, content: BundleContent<'_>) -> BundleWritten {
    ticking(|ticker| write(content, path, &sign, ticker)).unwrap()
}

/// Texts, `None` where missing for no reason known.
pub(crate) fn texts<'a>(cells: impl Iterator<Item = Option<&'a str>>) -> Values {
    let mut dictionary = Dictionary::new();
    let numbers: Vec<Option<u32>> =
        cells.map(|cell| cell.map(|text| dictionary.number(text).unwrap())).collect();
    let (texts, places) = dictionary.into_sorted();
    let place = |number: Option<u32>| number.map_or(u32::MAX, |number| places[number as usize]);
    Values::Text(numbers.into_iter().map(place).collect(), texts)
}

/// The same, with every kind of missing here and there.
fn with_kinds(mut values: Values, every: usize, offset: usize) -> Values {
    for row in 0..values.len() {
        if (row + offset).is_multiple_of(every) {
            values.set_missing(row, Missing::ALL[(row + offset) / every % Missing::ALL.len()]);
        }
    }
    values
}

fn study_id(person: usize) -> String {
    // Ids of no meaning that do not come in the order of persons.
    format!("p{:05}", (person * 7_919 + 13) % 99_991)
}

fn persons() -> Table {
    let mut ids: Vec<String> = (0..PERSONS).map(study_id).collect();
    ids.sort_unstable();
    let of = |choices: &'static [&'static str], by: usize| {
        (0..PERSONS).map(move |person| Some(choices[person * by % 97 % choices.len()]))
    };
    let columns = vec![
        Column::new(
            "study_id",
            texts(ids.iter().map(|id| Some(id.as_str()))),
            "Person of the study",
            "random for this project; joins all tables",
            Identifier,
        ),
        Column::new(
            "arm",
            texts(of(&["COMPARISON", "LEAD", "OTHER"], 5)),
            "Study arm",
            "referral to the programme; the first eligible arrest of all others",
            Sensitive,
        )
        .with_codes(&[
            ("LEAD", "Referred to the programme"),
            ("COMPARISON", "Eligible, not referred"),
            ("OTHER", "Neither"),
        ]),
        Column::new(
            "sex",
            with_kinds(texts(of(&["F", "M", "X"], 11)), 13, 4),
            "Sex",
            "the most frequent value over the person's records",
            Quasi,
        )
        .of_source("police, court")
        .with_codes(&[
            ("F", "female"),
            ("M", "male"),
            ("X", "\"another\" & not stated <5>"),
        ]),
        Column::new(
            "index_district",
            with_kinds(
                texts(of(&["Mission", "Tenderloin", "Bayview, \"outer\"", "Ñandú"], 3)),
                9,
                2,
            ),
            "District of the index event",
            "as the police wrote it; $ and `quotes' stay",
            Quasi,
        )
        .of_source("police"),
        Column::new(
            "supervised",
            with_kinds(Values::Flag((0..PERSONS).map(|n| u8::from(n % 3 == 0)).collect()), 17, 3),
            "Under supervision at index",
            "any supervision that covers the index day",
            Sensitive,
        ),
        Column::new(
            "severity",
            with_kinds(Values::Integer((0..PERSONS).map(|n| [1, 2, 9][n % 3]).collect()), 19, 5),
            "Severity of the index offence",
            "the gravest charge",
            Other,
        )
        .with_codes(&[("1", "felony"), ("2", "misdemeanour"), ("9", "infraction")]),
        Column::new(
            "n_prior_arrests_730_days_before_ix",
            Values::Integer(Vec::new()),
            "",
            "",
            Other,
        ),
        Column::new(
            "followup_days",
            with_kinds(Values::Day((0..PERSONS).map(|n| 365 - (n as i32 % 400)).collect()), 11, 1),
            "Days of follow-up in all sources",
            "the earliest end of coverage less the index day",
            Other,
        ),
        Column::new(
            "match_prob",
            with_kinds(
                Values::Permille((0..PERSONS).map(|n| (1000 - n % 40) as u16).collect()),
                23,
                6,
            ),
            "Probability that the person's records belong together",
            "the least over the person's links",
            Other,
        ),
    ];
    let columns = columns.into_iter().filter(|column| !column.values.is_empty()).collect();
    let key = vec!["study_id".to_owned()];
    table("person", "One row for each person of the study", key, columns)
}

fn arrests(persons: &Table) -> Table {
    let Values::Text(_, ids) = &persons.columns[0].values else { unreachable!() };
    let rows = PERSONS * 2;
    let person = |row: usize| ids.text((row / 2) as u32);
    let numbers: Vec<String> = (0..rows).map(|row| format!("a{row:06}")).collect();
    let columns = vec![
        Column::new(
            "arrest_id",
            texts(numbers.iter().map(|id| Some(id.as_str()))),
            "Arrest",
            "random for this project",
            Identifier,
        ),
        Column::new(
            "study_id",
            texts((0..rows).map(|row| Some(person(row)))),
            "Person of the study",
            "the person that the record is linked to",
            Identifier,
        ),
        Column::new(
            "rel_day",
            Values::Day((0..rows).map(|row| (row as i32 * 37) % 730 - 365).collect()),
            "Days since the index event",
            "day of the arrest less the index day",
            Sensitive,
        )
        .of_source("police"),
        Column::new(
            "charges",
            Values::Integer((0..rows).map(|row| i64::try_from(row % 6).unwrap() + 1).collect()),
            "Charges booked",
            "rows of the booking",
            Other,
        )
        .of_source("police"),
    ];
    let key = vec!["arrest_id".to_owned()];
    table("arrest", "One row for each arrest", key, columns)
}

fn summary() -> Table {
    let columns = vec![
        Column::new(
            "step",
            texts(["received", "linked", "released"].into_iter().map(Some)),
            "Step",
            "in the order of the work",
            Other,
        ),
        Column::new("rows", Values::Integer(vec![910, 804, 720]), "Rows", "counted", Other),
    ];
    table("linkage_summary", "What became of the rows", Vec::new(), columns)
}

pub(crate) fn table(name: &str, label: &str, key: Vec<String>, columns: Vec<Column>) -> Table {
    let rows = columns[0].values.len();
    Table { name: name.to_owned(), label: label.to_owned(), key, rows, columns }
}

pub(crate) fn tables() -> Vec<Table> {
    let persons = persons();
    let arrests = arrests(&persons);
    vec![persons, arrests, summary()]
}

pub(crate) fn facts() -> ReleaseFacts {
    ReleaseFacts {
        release_id: "R-2026-004".to_owned(),
        title: "Diversion study: linked analytic dataset".to_owned(),
        summary: "Persons, arrests and counts of a made-up diversion programme & its comparison \
                  pool, linked over three made-up sources."
            .to_owned(),
        project: "diversion-eval".to_owned(),
        agreement: "DUL-17".to_owned(),
        profile: "expert".to_owned(),
        producer: "County Linkage Unit".to_owned(),
        released_on: "2026-03-31".to_owned(),
        terms:
            "For the evaluation named in agreement DUL-17 only. No attempt to identify anyone; no \
                cell below 11 in anything published; no copy after 31 March 2028."
                .to_owned(),
        notes: vec![
            "study_id joins all tables of this release. It cannot be joined to another project's."
                .to_owned(),
            "rel_day counts from the index event, which is day 0 and never an outcome.".to_owned(),
        ],
        inputs: vec![
            input("police", 1, 512, Some("2026-01-15")),
            input("court", 2, 298, Some("2026-01-31")),
            input("provider", 3, 100, None),
        ],
        config_hash: Digest([9; 32]),
        code_version: "tallystick 0.1.0".to_owned(),
        seed: Some("20260331".to_owned()),
        k_demanded: Some(5),
        k_achieved: Some(11),
        suppressed: vec![Suppression { what: "cells of person.sex".to_owned(), count: 19 }],
        notice: Some("REDISCLOSURE_NOTICE.txt".to_owned()),
        approvals: vec![
            approval("account-3", "prepared", "2026-03-30T09:00:00Z"),
            approval("account-5", "approved", "2026-03-31T15:30:00Z"),
        ],
        audit_head: Some(AuditHead { entry: 4_711, sha256: Digest([5; 32]) }),
    }
}

fn input(source: &str, byte: u8, rows: u64, snapshot_on: Option<&str>) -> Input {
    let snapshot_on = snapshot_on.map(str::to_owned);
    Input { source: source.to_owned(), sha256: Digest([byte; 32]), rows, snapshot_on }
}

fn approval(actor: &str, decision: &str, at: &str) -> Approval {
    Approval { actor: actor.to_owned(), decision: decision.to_owned(), at: at.to_owned() }
}

pub(crate) fn members() -> Vec<Member> {
    let member = |name: &str, media_type: &str, description: &str, bytes: &[u8]| Member {
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        description: description.to_owned(),
        bytes: bytes.to_vec(),
    };
    vec![
        member(
            "REDISCLOSURE_NOTICE.txt",
            "text/plain",
            "the notice of 42 CFR 2.32",
            b"42 CFR part 2 prohibits unauthorised use or disclosure of these records.\n",
        ),
        member(
            "linkage_report.html",
            "text/html",
            "how well the linkage worked",
            b"<!DOCTYPE html><title>Linkage report</title><p>made up</p>\n",
        ),
    ]
}

pub(crate) fn content(tables: &[Table]) -> BundleContent<'_> {
    let relations = vec![Relation::on("study_id", "arrest", "person")];
    BundleContent { facts: facts(), tables, relations, members: members() }
}

/// A bundle as small as one can be, with one table.
pub(crate) fn small(path: &Path) -> BundleWritten {
    let column = Column::new("n", Values::Integer(vec![1, 2, 3]), "A number", "made up", Other);
    let tables = [table("number", "Numbers", Vec::new(), vec![column])];
    write_to(
        path,
        BundleContent {
            facts: ReleaseFacts::default(),
            tables: &tables,
            relations: Vec::new(),
            members: Vec::new(),
        },
    )
}

/// Stops at once.
pub(crate) fn stopped() -> DatasetError {
    Ticker::new(&|_| {}, &|| true).check().unwrap_err()
}
