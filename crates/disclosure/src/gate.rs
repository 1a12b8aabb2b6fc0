//! The gate.
//!
//! Takes tables and the policy of their study, gives the tables that may leave, with a report. Refuses, with every
//! reason at once, what is not declared, too fine for the profile, or not anonymous enough.

use tallystick_dataset::{Column, Table};

use crate::anonymise::{Plan, plan};
use crate::apply::{apply, coarsen_days, top_code_ages};
use crate::axis::{At, Axis};
use crate::classes::Sensitive;
use crate::findings::findings;
use crate::people::People;
use crate::policy::Policy;
use crate::refusal::{Reason, Refusal};
use crate::report::Report;
use crate::sequence::{Uniqueness, uniqueness};
use crate::sketch::ReleaseSketch;
use crate::summary::{Checks, report};
use crate::value::coded;
use crate::verify::{Class, Verified, classes};
use crate::{declared, inspect};

/// Tables that may leave. Only [`check`] makes it:
///
/// ```compile_fail
/// let checked = tallystick_disclosure::Checked { tables: Vec::new() };
/// ```
pub struct Checked {
    tables: Vec<Table>,
    person_table: usize,
    people: People,
    verified: Verified,
    report: Report,
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Checked").field("tables", &self.tables.len()).finish_non_exhaustive()
    }
}

impl Checked {
    /// The tables.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The tables and the report, for who writes them.
    pub fn into_parts(self) -> (Vec<Table>, Report) {
        (self.tables, self.report)
    }

    /// What was checked and found.
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// Classes of equal quasi-identifiers, in the order of their values.
    pub fn classes(&self) -> &[Class] {
        &self.verified.classes
    }

    /// What the desk keeps of the release, to compare later ones with. The key is the project's; without it the
    /// sketch names nobody.
    pub fn sketch(&self, key: &[u8; 32]) -> ReleaseSketch {
        let table = &self.tables[self.person_table];
        let columns: Vec<&Column> = table.columns.iter().collect();
        ReleaseSketch::new(key, &self.people, &self.verified, &columns)
    }
}

/// Checks tables, and makes them anonymous as the policy says.
///
/// # Errors
/// Everything that stands against the release.
pub fn check(mut tables: Vec<Table>, policy: &Policy) -> Result<Checked, Refusal> {
    refuse_any(declared::faults(policy))?;
    let mut reasons = inspect::tables(&tables, policy);
    reasons.extend(inspect::columns(&tables, policy));
    refuse_any(reasons)?;
    let (people, persons) = who(&tables, policy).map_err(refusal)?;
    let count = people.count as u64;
    if count < u64::from(policy.k) {
        return Err(refusal(Reason::TooFewPersons { persons: count, k: policy.k }));
    }
    coarsen_days(&mut tables, &policy.days);
    top_code_ages(&mut tables, policy);
    let axes = axes(&tables, &people, &persons, policy)?;
    let person_table = place_of(&tables, &policy.person_table);
    let sensitive = sensitive(&tables[person_table], policy);
    let plan = plan(&axes, &sensitive, &people, policy).map_err(refusal)?;
    let cells = apply(&mut tables, &axes, &persons, policy, &plan);
    let checks = Outcome { policy, people: &people, persons: &persons, axes: &axes, plan: &plan };
    let (verified, report) = checks.look(&tables, person_table, cells)?;
    Ok(Checked { tables, person_table, people, verified, report })
}

fn refusal(reason: Reason) -> Refusal {
    Refusal { reasons: vec![reason] }
}

fn refuse_any(reasons: Vec<Reason>) -> Result<(), Refusal> {
    if reasons.is_empty() { Ok(()) } else { Err(Refusal { reasons }) }
}

fn place_of(tables: &[Table], name: &str) -> usize {
    tables.iter().position(|table| table.name == name).expect("declared tables are there")
}

/// By table: the person of each row; none for the person table, and where rows are about nobody.
type Persons = Vec<Option<Vec<u32>>>;

fn who(tables: &[Table], policy: &Policy) -> Result<(People, Persons), Reason> {
    let id_of = |name: &str| policy.table(name).and_then(|rule| rule.person.as_ref());
    let own = &tables[place_of(tables, &policy.person_table)];
    let people =
        People::new(own, id_of(&own.name).expect("a policy says which column names persons"))?;
    let mut persons = Vec::new();
    for table in tables {
        persons.push(match id_of(&table.name) {
            Some(column) if table.name != policy.person_table => {
                Some(people.of_rows(table, column)?)
            }
            _ => None,
        });
    }
    Ok((people, persons))
}

fn axes(
    tables: &[Table],
    people: &People,
    persons: &Persons,
    policy: &Policy,
) -> Result<Vec<Axis>, Refusal> {
    let (mut axes, mut reasons) = (Vec::new(), Vec::new());
    for quasi in &policy.quasi {
        let table = place_of(tables, &quasi.table);
        let is_it = |column: &Column| column.name == quasi.column;
        let column = tables[table].columns.iter().position(is_it);
        let column = column.expect("declared columns are there");
        let at = At { table, column, persons: persons[table].as_deref() };
        match Axis::new(tables, &at, people, quasi, policy) {
            Ok(axis) => axes.push(axis),
            Err(reason) => reasons.push(reason),
        }
    }
    refuse_any(reasons)?;
    Ok(axes)
}

fn sensitive(table: &Table, policy: &Policy) -> Vec<Sensitive> {
    let of = |name: &String| {
        let column = table.column(name).expect("declared columns are there");
        Sensitive::new(name, coded(&column.values))
    };
    policy.sensitive.iter().map(of).collect()
}

/// Looks at finished tables.
struct Outcome<'a> {
    policy: &'a Policy,
    people: &'a People,
    persons: &'a Persons,
    axes: &'a [Axis],
    plan: &'a Plan,
}

impl Outcome<'_> {
    fn look(
        &self,
        tables: &[Table],
        person_table: usize,
        cells: Vec<u64>,
    ) -> Result<(Verified, Report), Refusal> {
        let policy = self.policy;
        let mut reasons = inspect::finished(tables, policy);
        let sensitive = sensitive(&tables[person_table], policy);
        let verified = classes(tables, self.people, self.persons, policy, &sensitive);
        reasons.extend(unmet(&verified.classes, policy));
        let (suppressed, max) =
            (self.plan.suppressed, policy.suppressed_max(self.people.count as u64));
        if suppressed > max {
            reasons.push(Reason::TooManySuppressed { suppressed, max });
        }
        refuse_any(reasons)?;
        let sequences: Uniqueness =
            uniqueness(tables, self.persons, &policy.events, &verified.of_person);
        let checks = Checks {
            policy,
            axes: self.axes,
            plan: self.plan,
            sensitive: &sensitive,
            verified: &verified,
            cells,
            sequences,
        };
        let mut report = report(&checks);
        report.findings = findings(&checks, &report, tables, person_table);
        Ok((verified, report))
    }
}

/// What finished tables do not hold.
fn unmet(classes: &[Class], policy: &Policy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let k = classes.iter().map(|class| class.persons).min().unwrap_or(0);
    if k < u64::from(policy.k) {
        reasons.push(Reason::KNotMet { found: k, demanded: policy.k });
    }
    for (place, column) in policy.sensitive.iter().enumerate() {
        let found = classes.iter().map(|class| class.distinct[place]).min().unwrap_or(0);
        if found < policy.l {
            let (column, demanded) = (column.clone(), policy.l);
            reasons.push(Reason::LNotMet { column, found, demanded });
        }
    }
    reasons
}
