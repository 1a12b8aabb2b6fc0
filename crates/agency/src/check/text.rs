//! The report for a terminal.

use std::fmt;

use super::report::{CheckReport, FieldReport, ForecastReport, Lines, permille};
use super::warnings::percent;
use crate::encode::report::thousands;

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "source           {}", self.source)?;
        for (number, file) in (1..).zip(&self.files) {
            writeln!(f, "file {number:<12}{}: {} rows", file.name, thousands(file.rows))?;
        }
        writeln!(f, "rows             {}", thousands(self.rows_read))?;
        let never = self.rows_never();
        let share = percent(permille(never, self.rows_read));
        writeln!(f, "  can never link {} ({share})", thousands(never))?;
        for never in &self.never {
            writeln!(f, "    {}: {} ({})", never.code, never.reason, lines(&never.rows))?;
        }
        writeln!(f, "identities       {}", thousands(self.identities))?;
        match &self.forecast {
            Some(forecast) => write_forecast(f, forecast)?,
            None => writeln!(f, "expected recall  too few identities to say")?,
        }
        write_fields(f, "identifier", &self.fields)?;
        if !self.content.is_empty() {
            write_fields(f, "content", &self.content)?;
        }
        write_groups(f, self)?;
        write_odd(f, self)?;
        if !self.changes.is_empty() {
            writeln!(f, "\nchanged since the earlier report   before      now")?;
            for change in &self.changes {
                let shown = |value: u64| match change.unit.as_str() {
                    "permille" => percent(value),
                    _ => thousands(value),
                };
                let mark = if change.notable { "  !" } else { "" };
                let (before, now) = (shown(change.before), shown(change.now));
                writeln!(f, "  {:<30} {before:>8} {now:>8}{mark}", change.figure)?;
            }
        }
        write!(f, "\nwarnings         {}", self.warnings.len())?;
        for warning in &self.warnings {
            write!(f, "\n  {}: {}", warning.code, warning.text)?;
        }
        Ok(())
    }
}

fn lines(lines: &Lines) -> String {
    let listed: Vec<String> = lines.lines.iter().map(ToString::to_string).collect();
    let more = if lines.count > listed.len() as u64 { ", ..." } else { "" };
    let word = if lines.count == 1 { "line" } else { "lines" };
    format!("{}, {word} {}{more}", thousands(lines.count), listed.join(", "))
}

fn write_forecast(f: &mut fmt::Formatter<'_>, forecast: &ForecastReport) -> fmt::Result {
    let [recall, low, high] =
        [forecast.recall, forecast.low, forecast.high].map(|value| percent(value.into()));
    writeln!(f, "expected recall  {recall} (from {low} to {high})")?;
    writeln!(
        f,
        "  simulated on {} persons with {} identities; errors learned from {} pairs",
        thousands(forecast.persons.into()),
        thousands(forecast.identities.into()),
        thousands(forecast.learned_pairs.into())
    )?;
    writeln!(f, "\ntwo records of one person differ   a little   wholly    pairs")?;
    for one in &forecast.differences {
        let [little, wholly] = [one.little, one.wholly].map(|value| percent(value.into()));
        writeln!(f, "  {:<30} {little:>10} {wholly:>8} {:>8}", one.field, one.pairs)?;
    }
    writeln!(f, "\nwithout the field          recall     loses")?;
    for without in &forecast.without {
        let loses = i64::from(forecast.recall) - i64::from(without.recall);
        let sign = if loses < 0 { "-" } else { "" };
        let loses = format!("{sign}{}.{}", loses.abs() / 10, loses.abs() % 10);
        writeln!(f, "  {:<22} {:>8}  {loses:>8}", without.field, percent(without.recall.into()))?;
    }
    Ok(())
}

fn write_fields(f: &mut fmt::Formatter<'_>, name: &str, fields: &[FieldReport]) -> fmt::Result {
    writeln!(f, "\n{name:<20} usable  missing  unreadable")?;
    for FieldReport { field, cells } in fields {
        let share = |count| percent(permille(count, cells.total()));
        let [usable, missing, unreadable] =
            [cells.present, cells.missing, cells.unreadable].map(share);
        writeln!(f, "  {field:<17} {usable:>7}  {missing:>7}  {unreadable:>10}")?;
    }
    Ok(())
}

/// Months are many and shown in the page only.
fn write_groups(f: &mut fmt::Formatter<'_>, report: &CheckReport) -> fmt::Result {
    let shown: Vec<usize> = (report.fields.iter().enumerate())
        .filter(|(_, field)| {
            ["first", "last", "dob", "ssn", "phone", "address", "zip"]
                .contains(&field.field.as_str())
        })
        .map(|(index, _)| index)
        .collect();
    write!(f, "\nusable by group, in percent       rows   never")?;
    for index in &shown {
        write!(f, " {:>8}", report.fields[*index].field)?;
    }
    writeln!(f)?;
    for group in report.groups.iter().filter(|group| group.by != "month") {
        let name = format!("{} {}", group.by, group.group);
        let never = tenths(permille(group.never, group.rows));
        write!(f, "  {name:<27} {:>8} {never:>7}", thousands(group.rows))?;
        for index in &shown {
            write!(f, " {:>8}", tenths(group.present_permille[*index]))?;
        }
        writeln!(f)?;
    }
    Ok(())
}

fn tenths(permille: u64) -> String {
    format!("{}.{}", permille / 10, permille % 10)
}

fn write_odd(f: &mut fmt::Formatter<'_>, report: &CheckReport) -> fmt::Result {
    if !report.placeholders.is_empty() {
        writeln!(f, "\nplaceholders")?;
    }
    for found in &report.placeholders {
        let used = match found.used {
            0 => "left out already".to_owned(),
            used => format!("{} would be used", thousands(used)),
        };
        writeln!(f, "  {} {}: {} ({used})", found.field, found.word, lines(&found.rows))?;
    }
    let drops: std::collections::BTreeSet<String> = report
        .placeholders
        .iter()
        .filter_map(|found| found.drop.as_ref())
        .map(|word| format!("{word:?}"))
        .collect();
    if !drops.is_empty() {
        let drops: Vec<String> = drops.into_iter().collect();
        writeln!(f, "  proposed for [read] of the mapping: missing = [{}]", drops.join(", "))?;
    }
    if !report.hot.is_empty() {
        writeln!(f, "\nvalues that many people share (look up the lines; the value is not shown)")?;
    }
    for hot in &report.hot {
        writeln!(f, "  {}: one value, people {}", hot.field, lines(&hot.people))?;
    }
    writeln!(f, "\nbirths on                    share  expected")?;
    for heap in &report.heaping {
        let [share, expected] =
            [heap.share, heap.expected].map(|v| format!("{}.{:02} %", v / 100, v % 100));
        let mark = if heap.heaped { "  !" } else { "" };
        writeln!(f, "  {:<24} {share:>7}  {expected:>8}{mark}", heap.what)?;
    }
    if !report.repeats.is_empty() {
        writeln!(f, "\nsuspected twins and duplicates")?;
    }
    for repeat in &report.repeats {
        writeln!(f, "  {}: {} ({})", repeat.kind, repeat.meaning, lines(&repeat.groups))?;
    }
    Ok(())
}
