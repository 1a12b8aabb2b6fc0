//! Event tables: arrests, prosecutor's actions, cases, charges, jail, referrals, intakes, services, crosswalk.

use tallystick_dataset::column::DAY_MISSING;
use tallystick_dataset::{Column, Missing, Table, Values};

use super::build::{Identifier, Other, Quasi, Sensitive, flags, integers, study_id, texts, word};
use super::cohort::group;
use super::index::{Index, arrests_of, incidents_of};
use super::pids::Pids;
use super::{Made, case_tables, crosswalk, programme_tables};
use crate::content::{Action, Arrest, Grouped, NO_DAY, Number};
use crate::definition::Kind;

/// Numbers of one release, the same in all its tables.
#[derive(Debug, Default)]
pub(super) struct AllPids {
    pub(super) incidents: Pids,
    pub(super) bookings: Pids,
    pub(super) courts: Pids,
    pub(super) officers: Pids,
    pub(super) departments: Pids,
}

/// An event of a member that is in the tables.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a, T> {
    /// Place of the member.
    pub(super) member: u32,
    /// Index day.
    pub(super) index_day: i32,
    /// Place of the event in its list.
    pub(super) place: usize,
    /// The event.
    pub(super) event: &'a T,
}

/// Events of all members within the study's span, in the order of the members.
pub(super) fn rows<'a, T>(
    made: &Made<'a>,
    events: &'a Grouped<T>,
    day: impl Fn(&T) -> i32,
) -> Vec<Row<'a, T>> {
    let span = made.study.events.from..=made.study.events.to;
    let mut rows = Vec::new();
    for (place, member) in (0..).zip(made.members) {
        for (number, event) in events.places(member.person).zip(events.of(member.person)) {
            if span.contains(&(day(event) - member.day)) {
                rows.push(Row { member: place, index_day: member.day, place: number, event });
            }
        }
    }
    rows
}

/// The columns that join events to persons and days.
pub(super) fn joined<T>(
    made: &Made<'_>,
    rows: &[Row<'_, T>],
    day: impl Fn(&T) -> i32,
    what: &str,
) -> Vec<Column> {
    let days = rows.iter().map(|row| relative(day(row.event), row.index_day));
    vec![
        study_id(made, rows.iter().map(|row| row.member)),
        rel_day("rel_day", days.collect(), what),
    ]
}

/// Days from the index day; missing if either is not known.
pub(super) const fn relative(day: i32, index_day: i32) -> i32 {
    if day == NO_DAY { DAY_MISSING } else { day - index_day }
}

/// A column of days relative to the index day.
pub(super) fn rel_day(name: &str, days: Vec<i32>, what: &str) -> Column {
    let derivation = format!("{what} minus the index day, in days");
    Column::new(name, Values::Day(days), format!("Day: {what}"), derivation, Other)
}

/// A table of events.
pub(super) fn table(
    name: &str,
    label: &str,
    key: &[&str],
    rows: usize,
    columns: Vec<Column>,
) -> Table {
    let key = key.iter().map(|column| (*column).to_owned()).collect();
    Table { name: name.to_owned(), label: label.to_owned(), key, rows, columns }
}

/// All event tables of what the sources send.
pub(super) fn tables(made: &Made<'_>, indices: &[Index]) -> Vec<Table> {
    let mut pids = AllPids::default();
    let arrests = rows(made, &made.content.arrests, |it| it.day);
    let ids = ids_of(made.content.arrests.len(), &arrests);
    let mut tables = vec![arrest(made, indices, &arrests, &mut pids), charges(made, &arrests)];
    if made.coverage.is_collected(Kind::DaAction) {
        tables.push(actions(made, &ids, &mut pids));
    }
    tables.extend(case_tables::tables(made, indices, &mut pids));
    tables.extend(programme_tables::tables(made, &mut pids));
    tables.push(crosswalk::table(made, &ids, &mut pids));
    tables
}

/// Number of each event's row, from 1; 0 for those that are in no table.
fn ids_of<T>(events: usize, rows: &[Row<'_, T>]) -> Vec<u32> {
    let mut ids = vec![0; events];
    for (id, row) in (1..).zip(rows) {
        ids[row.place] = id;
    }
    ids
}

/// Numbers of rows, from 1.
pub(super) fn row_ids(name: &str, rows: usize, label: &str) -> Column {
    let rows = i64::try_from(rows).expect("rows are counted by 63 bits");
    let derivation = "number of the row in its table of this release";
    integers(name, (1..=rows).collect(), label, derivation, Identifier)
}

fn arrest(
    made: &Made<'_>,
    indices: &[Index],
    rows: &[Row<'_, Arrest>],
    pids: &mut AllPids,
) -> Table {
    let words = &made.content.words;
    let is_index = |row: &Row<'_, Arrest>| {
        indices[row.member as usize].has_arrest(row.event, incidents_of(made, row.place))
    };
    let first =
        |row: &Row<'_, Arrest>| incidents_of(made, row.place).next().unwrap_or(Number::NONE);
    let word_of = |of: fn(&Arrest) -> u32| rows.iter().map(move |row| word(words, of(row.event)));
    let mut columns = vec![row_ids("arrest_id", rows.len(), "Arrest")];
    columns.extend(joined(made, rows, |it| it.day, "day of the arrest"));
    columns.extend([
        texts("type", rows.iter().map(|row| Ok(row.event.kind.as_str())), "Type", TYPE, Other),
        flags(
            "warrant_only",
            rows.iter().map(|row| Some(row.event.warrant_only)),
            "For a warrant alone",
            "1 if all charges are for a warrant",
            Other,
        ),
        flags(
            "index_event",
            rows.iter().map(|row| Some(is_index(row))),
            "Index event",
            "1 if on the index day or of an incident of the index event; never an outcome",
            Other,
        ),
        flags(
            "outcome",
            rows.iter().map(|row| Some(!is_index(row) && row.event.is_new_offence())),
            "Can be an outcome",
            "1 if for a new offense and not of the index event",
            Other,
        ),
        severity("severity_arrest", rows.iter().map(|row| row.event.severity), "at arrest"),
        integers(
            "n_charges",
            rows.iter().map(|row| row.event.charges.into()).collect(),
            "Charges",
            "distinct statutes and severities booked",
            Other,
        ),
        texts("top_offense_code", word_of(|it| it.top), "Gravest charge", TOP, Sensitive),
        texts(
            "top_offense_grp",
            rows.iter().map(|row| {
                group(made.study, made.content, row.event.top, row.event.day)
                    .ok_or(Missing::Unspecified)
            }),
            "Offense group of the gravest charge",
            "by the study's list, on the day of the arrest",
            Sensitive,
        ),
        texts("district", word_of(|it| it.district), "District", "as the source has it", Quasi),
        texts("agency", word_of(|it| it.agency), "Agency", "as the source has it", Other),
        pids.officers.column("officer_pid", rows.iter().map(|row| row.event.officer), "Officer"),
        pids.incidents.column("incident_pid", rows.iter().map(first), "First incident"),
        pids.bookings.column("booking_pid", rows.iter().map(|row| row.event.booking), "Booking"),
        flags("dv", rows.iter().map(|row| row.event.dv), "Domestic violence", DV, Sensitive),
    ]);
    table("arrest", "Arrests and citations, one row each", &["arrest_id"], rows.len(), columns)
}

const TYPE: &str = "how the arrest came about; of several rows the first of BOOK, CITE, WARRANT, HOLD, \
                    LEAD_DIVERT, OTHER";
const TOP: &str = "statute of the gravest charge that is not for a warrant; among equals the first of the alphabet";
const DV: &str = "1 if any row of the arrest says so";

/// A column of severities.
pub(super) fn severity(
    name: &str,
    cells: impl Iterator<Item = crate::content::Severity>,
    when: &str,
) -> Column {
    let cells = cells.map(|severity| severity.as_str().ok_or(Missing::Unspecified));
    let label = format!("Severity {when}");
    texts(name, cells, label, format!("gravest charge {when}"), Other).with_codes(&[
        ("F", "felony"),
        ("M", "misdemeanor"),
        ("I", "infraction"),
    ])
}

fn charges(made: &Made<'_>, arrests: &[Row<'_, Arrest>]) -> Table {
    let words = &made.content.words;
    let mut rows = Vec::new();
    for (id, row) in (1i64..).zip(arrests) {
        let number = u32::try_from(row.place).expect("content has fewer rows than 2^32");
        let charges = made.content.charges.of(number);
        rows.extend((1i64..).zip(charges).map(|(seq, charge)| (id, row.member, seq, charge)));
    }
    let columns = vec![
        integers(
            "arrest_id",
            rows.iter().map(|row| row.0).collect(),
            "Arrest",
            "row of table arrest",
            Identifier,
        ),
        study_id(made, rows.iter().map(|row| row.1)),
        integers(
            "seq",
            rows.iter().map(|row| row.2).collect(),
            "Number of the charge",
            "the gravest first, then by statute",
            Other,
        ),
        texts(
            "code",
            rows.iter().map(|row| word(words, row.3.statute)),
            "Statute",
            "as the source has it",
            Sensitive,
        ),
        severity("severity", rows.iter().map(|row| row.3.severity), "at arrest"),
    ];
    table("arrest_charge", "Charges as booked", &["arrest_id", "seq"], rows.len(), columns)
}

fn actions(made: &Made<'_>, arrest_ids: &[u32], pids: &mut AllPids) -> Table {
    let rows = rows(made, &made.content.actions, |it| it.day);
    let words = &made.content.words;
    let arrests = rows.iter().map(|row| {
        let id = arrest_of(made, row.event).map(|place| arrest_ids[place]).filter(|id| *id > 0);
        id.map_or(tallystick_dataset::column::INTEGER_MISSING, i64::from)
    });
    let arrests = arrests.collect();
    let mut columns = joined(made, &rows, |it: &Action| it.day, "day of the action");
    columns.extend([
        integers("arrest_id", arrests, "Arrest", "arrest of the same incident or day", Identifier),
        texts(
            "action",
            rows.iter().map(|row| Ok(row.event.kind.as_str())),
            "Action",
            ACTION,
            Other,
        ),
        severity("severity_arrest", rows.iter().map(|row| row.event.severity), "as presented"),
        texts(
            "agency",
            rows.iter().map(|row| word(words, row.event.agency)),
            "Agency of the arrest",
            "as the source has it",
            Other,
        ),
        pids.incidents.column(
            "incident_pid",
            rows.iter().map(|row| row.event.incident),
            "Incident",
        ),
        pids.courts.column("case_pid", rows.iter().map(|row| row.event.court), "Case"),
        flags("dv", rows.iter().map(|row| row.event.dv), "Domestic violence", DV, Sensitive),
    ]);
    table("da_action", "What the prosecutor did with arrests", &[], rows.len(), columns)
}

const ACTION: &str = "FILED is a new case; MTR, a motion to revoke, is none";

/// The arrest that an action is about: of the same incident, on its own day before others; else the only one
/// of its arrest day, if one of the two has no incident.
pub(super) fn arrest_of(made: &Made<'_>, action: &Action) -> Option<usize> {
    let arrests = arrests_of(made, action.person);
    let same = arrests.clone().filter(|(place, _)| {
        action.incident.is_some() && incidents_of(made, *place).any(|it| it == action.incident)
    });
    let nearest = same.min_by_key(|(place, arrest)| (arrest.day != action.arrest_day, *place));
    if let Some((place, _)) = nearest {
        return Some(place);
    }
    let mut of_day = arrests.filter(|(_, arrest)| arrest.day == action.arrest_day);
    match (of_day.next(), of_day.next()) {
        (Some((place, _)), None) => {
            let is_told = action.incident.is_some() && incidents_of(made, place).next().is_some();
            (!is_told).then_some(place)
        }
        _ => None,
    }
}
