//! What stands against no rule and should still be known before approval.
//!
//! Takes a finished check, gives findings with stable codes.

use tallystick_dataset::{DisclosureClass, Table};

use crate::inspect::AREA_NAMES;
use crate::policy::{K_DEFAULT, Level, Summary};
use crate::profile::granularity;
use crate::report::{Finding, Report, Severity};
use crate::summary::Checks;
use crate::value::{Coded, Value, coded};

/// A class in which one value has this share of the persons tells nearly as much as one with that value alone.
const SKEWED_PERMILLE: u64 = 950;
/// Share of persons, in thousandths, from which unique sequences weigh heavily.
const UNIQUE_SEVERE_PERMILLE: u64 = 200;

/// All findings, the heaviest first.
pub(crate) fn findings(
    checks: &Checks<'_>,
    report: &Report,
    tables: &[Table],
    person_table: usize,
) -> Vec<Finding> {
    let mut findings = whole(checks, report);
    findings.extend(columns(checks, report));
    findings.extend(sequences(report));
    findings.extend(attributes(checks, &tables[person_table]));
    findings.extend(unprotected(checks, tables));
    let about_nobody = checks.policy.tables.iter().filter(|rule| rule.person.is_none());
    findings.extend(about_nobody.map(|rule| {
        let rows =
            tables.iter().find(|table| table.name == rule.name).map_or(0, |table| table.rows);
        let rows = rows as u64;
        finding("table-without-persons", Severity::Note, rule.name.clone(), rows, rows)
    }));
    findings.sort_by(|a, b| {
        b.severity.cmp(&a.severity).then(a.code.cmp(b.code)).then(a.place.cmp(&b.place))
    });
    findings
}

const fn finding(
    code: &'static str,
    severity: Severity,
    place: String,
    count: u64,
    of: u64,
) -> Finding {
    Finding { code, severity, place, count, of }
}

fn whole(checks: &Checks<'_>, report: &Report) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (persons, policy) = (report.persons, checks.policy);
    let mut add = |code, severity, count, of| {
        findings.push(finding(code, severity, String::new(), count, of));
    };
    if policy.k < K_DEFAULT {
        let severity = if report.is_deidentified { Severity::Severe } else { Severity::Warning };
        add("k-below-default", severity, policy.k.into(), K_DEFAULT.into());
    }
    if !report.is_deidentified {
        add("not-deidentified", Severity::Warning, persons, persons);
    }
    if report.persons_suppressed > 0 {
        add("persons-suppressed", Severity::Note, report.persons_suppressed, persons);
    }
    if policy.sensitive.is_empty() || policy.l < 2 {
        add("l-not-demanded", Severity::Warning, persons, persons);
    }
    for sensitive in &report.sensitive {
        for cohort in sensitive.cohorts.iter().filter(|c| **c < policy.cohort_persons_min.into()) {
            let place = format!("{}.{}", policy.person_table, sensitive.column);
            findings.push(finding("cohort-small", Severity::Warning, place, *cohort, persons));
        }
    }
    findings
}

fn columns(checks: &Checks<'_>, report: &Report) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ((column, quasi), level) in
        report.columns.iter().zip(&checks.policy.quasi).zip(&checks.plan.node)
    {
        let place = || format!("{}.{}", column.table, column.column);
        if quasi.levels[usize::from(*level)] == Level::Suppressed {
            let persons = report.persons;
            findings.push(finding("column-lost", Severity::Warning, place(), persons, persons));
        }
        if quasi.summary == Some(Summary::First) {
            let persons = report.persons;
            findings.push(finding("summary-partial", Severity::Warning, place(), persons, persons));
        }
        if column.rare_merged > 0 {
            let (merged, all) = (column.rare_merged as u64, column.categories_before as u64);
            findings.push(finding("rare-merged", Severity::Note, place(), merged, all));
        }
    }
    findings
}

fn sequences(report: &Report) -> Vec<Finding> {
    let sequences = &report.sequences;
    let persons = report.persons;
    let severity = |count: u64| {
        if count * 1000 >= persons * UNIQUE_SEVERE_PERMILLE {
            Severity::Severe
        } else {
            Severity::Warning
        }
    };
    [("sequence-unique", sequences.unique), ("sequence-unique-in-class", sequences.unique_in_class)]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(code, count)| {
            finding(code, severity(count), String::new(), count, sequences.persons)
        })
        .collect()
}

/// Columns with areas (by name) or dates of the calendar (by shape) that are no quasi-identifiers: the profile permits
/// them, and nothing keeps a person from standing out by them.
fn unprotected(checks: &Checks<'_>, tables: &[Table]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for table in tables {
        let rule = checks.policy.table(&table.name).filter(|rule| rule.person.is_some());
        let Some(rule) = rule else { continue };
        let is_free = |name: &String| {
            rule.person.as_ref() != Some(name)
                && !rule.ids.contains(name)
                && checks.policy.quasi_at(&table.name, name).is_none()
        };
        for column in table.columns.iter().filter(|column| is_free(&column.name)) {
            let place = || format!("{}.{}", table.name, column.name);
            let rows = table.rows as u64;
            if column.name.split('_').any(|part| AREA_NAMES.contains(&part)) {
                findings.push(finding("area-unprotected", Severity::Warning, place(), rows, rows));
            }
            let values = coded(&column.values).values;
            let is_date =
                |value: &Value| matches!(value, Value::Text(text) if granularity(text).is_some());
            let dates = values.iter().filter(|value| is_date(value)).count() as u64;
            if dates > 0 {
                let all = values.len() as u64;
                findings.push(finding("date-unprotected", Severity::Warning, place(), dates, all));
            }
        }
    }
    findings
}

/// Persons of classes in which everybody, or nearly everybody, has the same value of a sensitive column: declared
/// ones, and others whose class says so.
fn attributes(checks: &Checks<'_>, table: &Table) -> Vec<Finding> {
    let mut findings = Vec::new();
    let sensitive = table.columns.iter().filter(|column| {
        column.class == DisclosureClass::Sensitive || checks.policy.sensitive.contains(&column.name)
    });
    let persons = checks.verified.of_person.len() as u64;
    for column in sensitive {
        let [alike, skewed] = alike(&coded(&column.values), checks);
        let place = || format!("{}.{}", table.name, column.name);
        if alike > 0 {
            findings.push(finding("attribute-alike", Severity::Warning, place(), alike, persons));
        }
        if skewed > 0 {
            findings.push(finding("attribute-skewed", Severity::Note, place(), skewed, persons));
        }
    }
    findings
}

/// Persons in classes with one value, and in classes where one value has nearly everybody.
fn alike(column: &Coded, checks: &Checks<'_>) -> [u64; 2] {
    let classes = &checks.verified.classes;
    let mut pairs: Vec<(u32, u32)> =
        checks.verified.of_person.iter().copied().zip(column.codes.iter().copied()).collect();
    pairs.sort_unstable();
    let [mut alike, mut skewed] = [0, 0];
    for same in pairs.chunk_by(|a, b| a == b) {
        let (class, value) = same[0];
        let (count, of) = (same.len() as u64, classes[class as usize].persons);
        if matches!(column.values[value as usize], Value::Missing(_)) {
            continue;
        }
        if count == of {
            alike += of;
        } else if count * 1000 >= of * SKEWED_PERMILLE {
            skewed += of;
        }
    }
    [alike, skewed]
}
