//! Tables `referral`, `intake` and `service`.

use tallystick_dataset::column::day_missing;
use tallystick_dataset::{Missing, Table};

use super::Made;
use super::build::{Other, Quasi, Sensitive, flags, integers, known, texts, word};
use super::event_tables::{AllPids, Row, joined, rel_day, relative, row_ids, rows, table};
use crate::content::{Contact, NO_DAY, Referral};
use crate::definition::Kind;

/// Days within which the statute wants the intake to be complete (Cal. Penal Code 1001.87).
const INTAKE_DAYS_MAX: i32 = 30;

pub(super) fn tables(made: &Made<'_>, pids: &mut AllPids) -> Vec<Table> {
    let mut tables = Vec::new();
    if made.coverage.is_collected(Kind::Referral) {
        let referrals = rows(made, &made.content.referrals, |it| it.day);
        tables.extend([referral(made, &referrals, pids), intake(made, &referrals)]);
    }
    if made.coverage.is_collected(Kind::Service) {
        tables.push(service(made));
    }
    tables
}

fn referral(made: &Made<'_>, rows: &[Row<'_, Referral>], pids: &mut AllPids) -> Table {
    let words = &made.content.words;
    let word_of = |of: fn(&Referral) -> u32| rows.iter().map(move |row| word(words, of(row.event)));
    let hours = rows.iter().map(|row| known(row.event.handoff_hours)).collect();
    let mut columns = vec![row_ids("referral_id", rows.len(), "Referral")];
    columns.extend(joined(made, rows, |it| it.day, "day of the referral"));
    columns.extend([
        texts("pathway", word_of(|it| it.pathway), "Pathway", "as the source has it", Sensitive),
        texts("district", word_of(|it| it.district), "District", "as the source has it", Quasi),
        pids.officers.column("officer_pid", rows.iter().map(|row| row.event.officer), "Officer"),
        pids.incidents.column(
            "incident_pid",
            rows.iter().map(|row| row.event.incident),
            "Incident",
        ),
        integers(
            "handoff_rel_hr",
            hours,
            "Hours to the handoff",
            "as the source has it",
            Sensitive,
        ),
    ]);
    table("referral", "Referrals to the programme", &["referral_id"], rows.len(), columns)
}

fn intake(made: &Made<'_>, rows: &[Row<'_, Referral>]) -> Table {
    let words = &made.content.words;
    let days = |of: fn(&Referral) -> i32| {
        rows.iter().map(|row| relative(of(row.event), row.index_day)).collect::<Vec<i32>>()
    };
    let end = made.coverage.last(Kind::Referral);
    let within = rows.iter().map(|row| match row.event.intake {
        // Thirty days have not passed: not observed.
        NO_DAY => end.filter(|end| *end >= row.event.day + INTAKE_DAYS_MAX).map(|_| false),
        day => Some(day - row.event.day <= INTAKE_DAYS_MAX),
    });
    let within: Vec<Option<bool>> = within.collect();
    let mut columns = vec![row_ids("referral_id", rows.len(), "Referral")];
    columns.extend(joined(made, rows, |it| it.day, "day of the referral"));
    columns.extend([
        rel_day("screening_rel_day", days(|it| it.screening), "day of screening"),
        rel_day("intake_rel_day", days(|it| it.intake), "day on which the intake was complete"),
        flags(
            "within_30d",
            within.into_iter(),
            "Intake within 30 days",
            "1 if complete at most 30 days after the referral; missing while they have not passed",
            Sensitive,
        ),
        rel_day("exit_rel_day", days(|it| it.exit), "day of exit"),
        texts(
            "exit_reason",
            rows.iter().map(|row| word(words, row.event.exit_reason)),
            "Reason of exit",
            "as the source has it",
            Sensitive,
        ),
    ]);
    let label = "Screening, intake and exit of each referral";
    table("intake", label, &["referral_id"], rows.len(), columns)
}

fn service(made: &Made<'_>) -> Table {
    let mut rows = rows(made, &made.content.contacts, |it| it.day);
    let words = &made.content.words;
    let is_coarse = |contact: &Contact| made.study.part2_coarse && contact.part2;
    let length = made.study.months.days;
    // By what is shown: the place of a row must not give away its day.
    rows.sort_by_key(|row| {
        let it = row.event;
        let month = (it.day - row.index_day).div_euclid(length);
        let shown = (!is_coarse(it)).then_some((it.day, it.category, it.mode));
        (row.member, month, shown.is_none(), shown, it.connected, it.part2)
    });
    let months =
        rows.iter().map(|row| i64::from((row.event.day - row.index_day).div_euclid(length)));
    let months = months.collect();
    let days = rows.iter().map(|row| {
        if is_coarse(row.event) {
            day_missing(Missing::Suppressed)
        } else {
            row.event.day - row.index_day
        }
    });
    let days = days.collect();
    let word_of = |of: fn(&Contact) -> u32| {
        rows.iter().map(move |row| match is_coarse(row.event) {
            true => Err(Missing::Suppressed),
            false => word(words, of(row.event)),
        })
    };
    let mut columns = joined(made, &rows, |it| it.day, "day of the encounter");
    columns[1] = rel_day("rel_day", days, "day of the encounter");
    columns.extend([
        integers("rel_month", months, "Month", "month as in table person_month", Other),
        texts("category", word_of(|it| it.category), "Category", PART2, Sensitive),
        texts("mode", word_of(|it| it.mode), "Mode", PART2, Sensitive),
        flags(
            "connected",
            rows.iter().map(|row| row.event.connected),
            "Connected",
            "as the source has it",
            Sensitive,
        ),
        flags("part2", rows.iter().map(|row| Some(row.event.part2)), "Under Part 2", P2, Other),
    ]);
    table("service", "Encounters with the provider", &[], rows.len(), columns)
}

const PART2: &str = "as the source has it; suppressed for records under 42 CFR Part 2";
const P2: &str = "1 if the record is under 42 CFR Part 2, or nothing says that it is not";
