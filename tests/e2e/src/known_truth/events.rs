//! Arrests and referrals of exports, each with the persons that were found and the one that is true.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use chrono::NaiveDate;
use tallystick_synth::Source;

use super::persons::Records;
use crate::Synthetic;

/// One event.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) day: NaiveDate,
    /// Persons that its rows were linked to.
    pub(super) found: BTreeSet<u32>,
    pub(super) truth: u32,
}

/// An arrest for a new offence.
#[derive(Debug)]
pub(super) struct Arrest {
    pub(super) event: Event,
    pub(super) is_felony: bool,
    /// For an offence that the programme takes.
    pub(super) is_eligible: bool,
}

/// Events of a population's exports.
#[derive(Debug)]
pub(super) struct Events {
    pub(super) arrests: Vec<Arrest>,
    pub(super) referrals: Vec<Event>,
}

/// An export's rows by names of columns.
struct Export {
    header: csv::StringRecord,
    rows: Vec<csv::StringRecord>,
}

impl Export {
    fn read(synthetic: &Synthetic, source: Source) -> anyhow::Result<Self> {
        let mut reader = csv::Reader::from_path(synthetic.export(source))?;
        let header = reader.headers()?.clone();
        Ok(Self { header, rows: reader.records().collect::<Result<_, _>>()? })
    }

    fn place(&self, column: &str) -> anyhow::Result<usize> {
        self.header.iter().position(|it| it == column).context("a column of the export")
    }
}

impl Events {
    /// Reads them; both exports are UTF-8 with commas.
    pub(super) fn read(synthetic: &Synthetic, records: &Records) -> anyhow::Result<Self> {
        Ok(Self {
            arrests: arrests(&Export::read(synthetic, Source::Police)?, records)?,
            referrals: referrals(&Export::read(synthetic, Source::Provider)?, records)?,
        })
    }
}

fn arrests(export: &Export, records: &Records) -> anyhow::Result<Vec<Arrest>> {
    let [row_id, number, day, kind, severity, charge] =
        ["ROW_ID", "ARREST_NO", "ARREST_DATE", "ARR_TYPE", "F_M", "CHARGE"]
            .map(|name| export.place(name));
    let (row_id, number, day) = (row_id?, number?, day?);
    let (kind, severity, charge) = (kind?, severity?, charge?);
    let mut arrests: BTreeMap<String, Arrest> = BTreeMap::new();
    for row in export.rows.iter().filter(|row| matches!(&row[kind], "BOOK" | "CITE")) {
        let Some(persons) = records.persons(Source::Police, &row[row_id]) else { continue };
        let day = NaiveDate::parse_from_str(&row[day], "%m/%d/%Y")?;
        let arrest = arrests.entry(row[number].to_owned()).or_insert_with(|| Arrest {
            event: Event { day, found: BTreeSet::new(), truth: persons.truth },
            is_felony: false,
            is_eligible: false,
        });
        arrest.event.found.extend(persons.found);
        arrest.is_felony |= &row[severity] == "F";
        arrest.is_eligible |= row[charge].starts_with("HS 11") || &row[charge] == "PC 647(B)";
    }
    Ok(arrests.into_values().collect())
}

fn referrals(export: &Export, records: &Records) -> anyhow::Result<Vec<Event>> {
    let (row_id, day) = (export.place("EncounterID")?, export.place("ReferralDate")?);
    let mut referrals = Vec::new();
    for row in export.rows.iter().filter(|row| !row[day].is_empty()) {
        let Some(persons) = records.persons(Source::Provider, &row[row_id]) else { continue };
        let day = NaiveDate::parse_from_str(&row[day], "%Y-%m-%d")?;
        referrals.push(Event {
            day,
            found: persons.found.into_iter().collect(),
            truth: persons.truth,
        });
    }
    Ok(referrals)
}
