//! The persons of the linkage: their ids, first events and table.

use tallystick_wire::{ColumnLabel, Handle, SourceLabel, SourceType};

use super::ReleaseError;
use super::contract::{LEFT_OUT, Linked};
use super::day::{quarter_of, quarter_text};
use super::ids::{IdKind, Ids};
use super::load::LoadedTable;
use tallystick_dataset::column::{
    Column, DAY_MISSING, DisclosureClass as Class, TEXT_MISSING, Table, Values,
};
use tallystick_dataset::dictionary::{Dictionary, Texts};

/// Content column that agencies band ages in.
pub(super) const AGE_BAND: &str = "age_band";
/// Events of a person's first day disagree.
const AGE_UNCLEAR: u32 = u32::MAX - 1;

/// What is known of each person; vectors by person number.
pub(super) struct People {
    pub(super) study: Ids,
    /// Ids by strict person.
    pub(super) strict: Ids,
    loose: Ids,
    loose_of: Vec<u32>,
    strict_counts: Vec<u32>,
    /// Day of the first event since 1970-01-01, or [`DAY_MISSING`].
    pub(super) first_day: Vec<i32>,
    age_band: Values,
}

/// Numbers of one linkage, with their smallest records.
#[derive(Default)]
struct Numbers {
    firsts: Vec<Option<(SourceLabel, Handle)>>,
}

impl Numbers {
    /// Records come in ascending order of (source, handle), so the first is the smallest.
    fn meet(&mut self, number: u32, record: (SourceLabel, Handle)) {
        let place = number as usize;
        if self.firsts.len() <= place {
            self.firsts.resize(place + 1, None);
        }
        self.firsts[place].get_or_insert(record);
    }

    fn ids(self, kind: IdKind, key: &[u8; 32]) -> Result<Ids, ReleaseError> {
        let firsts: Option<Vec<_>> = self.firsts.into_iter().collect();
        let firsts = firsts.ok_or_else(|| invalid("numbers of persons are not dense"))?;
        Ids::new(kind, key, &firsts)
    }
}

const fn invalid(what: &'static str) -> ReleaseError {
    ReleaseError::LinkedInvalid { what }
}

impl People {
    /// Checks the linkage and makes the ids.
    pub(super) fn new(linked: &Linked, key: &[u8; 32]) -> Result<Self, ReleaseError> {
        check_shape(linked)?;
        let count = linked.person_count as usize;
        let (mut persons, mut stricts, mut looses) =
            (Numbers::default(), Numbers::default(), Numbers::default());
        let mut loose_of = vec![u32::MAX; count];
        let mut person_of_strict: Vec<u32> = Vec::new();
        for source in &linked.sources {
            for (row, handle) in source.handles.iter().enumerate() {
                let (person, strict, loose) =
                    (source.person[row], source.strict[row], source.loose[row]);
                if person == LEFT_OUT {
                    continue;
                }
                let record = (source.source, *handle);
                persons.meet(person, record);
                stricts.meet(strict, record);
                looses.meet(loose, record);
                person_of_strict.resize(stricts.firsts.len(), u32::MAX);
                agree(&mut person_of_strict[strict as usize], person)
                    .ok_or_else(|| invalid("the strict linkage does not refine the main one"))?;
                agree(&mut loose_of[person as usize], loose)
                    .ok_or_else(|| invalid("the main linkage does not refine the loose one"))?;
            }
        }
        if persons.firsts.len() != count {
            return Err(invalid("a person has no record"));
        }
        let mut strict_counts = vec![0; count];
        for person in person_of_strict.iter().filter(|person| **person != u32::MAX) {
            strict_counts[*person as usize] += 1;
        }
        Ok(Self {
            study: persons.ids(IdKind::Study, key)?,
            strict: stricts.ids(IdKind::Strict, key)?,
            loose: looses.ids(IdKind::Loose, key)?,
            loose_of,
            strict_counts,
            first_day: vec![DAY_MISSING; count],
            age_band: Values::Text(vec![TEXT_MISSING; count], Texts::new([""; 0].iter())),
        })
    }

    /// Learns each person's first event, and the age band on that day.
    pub(super) fn observe(&mut self, linked: &Linked, tables: &[LoadedTable]) {
        for table in tables {
            let persons = &linked.sources[table.source].person;
            let days = table.event_days().unwrap_or_default();
            for (record, day) in table.records.iter().zip(days) {
                let first = &mut self.first_day[persons[*record as usize] as usize];
                *first = (*first).min(*day);
            }
        }
        self.age_band = self.first_age_bands(linked, tables);
    }

    /// Missing where no event of the first day has one, or where these disagree.
    fn first_age_bands(&self, linked: &Linked, tables: &[LoadedTable]) -> Values {
        let mut bands = Dictionary::new();
        let mut cells = vec![TEXT_MISSING; self.first_day.len()];
        let label = ColumnLabel::parse(AGE_BAND).expect("a valid label");
        for table in tables {
            let place = table.schema.columns.iter().position(|(name, _)| *name == label);
            let Some(Values::Text(codes, texts)) = place.map(|place| &table.columns[place]) else {
                continue;
            };
            let persons = &linked.sources[table.source].person;
            let days = table.event_days().unwrap_or_default();
            for ((record, day), code) in table.records.iter().zip(days).zip(codes) {
                let person = persons[*record as usize] as usize;
                if *code == TEXT_MISSING || *day == DAY_MISSING || *day != self.first_day[person] {
                    continue;
                }
                let band = bands.number(texts.text(*code)).expect("age bands are few");
                if agree(&mut cells[person], band).is_none() {
                    cells[person] = AGE_UNCLEAR;
                }
            }
        }
        let (texts, places) = bands.into_sorted();
        for cell in &mut cells {
            *cell = places.get(*cell as usize).copied().unwrap_or(TEXT_MISSING);
        }
        Values::Text(cells, texts)
    }

    /// The person table, sorted by id.
    pub(super) fn table(&self, linked: &Linked) -> Table {
        let mut columns = vec![self.study_column()];
        columns.extend(source_columns(linked));
        columns.extend(self.linkage_columns(linked));
        columns.extend(self.event_columns());
        let mut order: Vec<u32> = vec![0; self.first_day.len()];
        for (person, place) in (0..).zip(&self.study.places) {
            order[*place as usize] = person;
        }
        for column in &mut columns {
            column.values.reorder(&order);
        }
        let label = "Persons, one row each".to_owned();
        let key = vec!["study_id".to_owned()];
        Table { name: "persons".to_owned(), label, key, rows: order.len(), columns }
    }

    fn study_column(&self) -> Column {
        let values = Values::Text(self.study.places.clone(), self.study.texts.clone());
        study_id(values)
    }

    fn linkage_columns(&self, linked: &Linked) -> Vec<Column> {
        let (mut sources, mut records) =
            (vec![0; self.first_day.len()], vec![0; self.first_day.len()]);
        for source in &linked.sources {
            for (person, count) in counts(linked, &source.person).into_iter().enumerate() {
                sources[person] += i64::from(count > 0);
                records[person] += count;
            }
        }
        let strict = self.strict_counts.iter().map(|count| i64::from(*count)).collect();
        let loose = self.loose_of.iter().map(|loose| self.loose.places[*loose as usize]).collect();
        let flagged = linked.flagged.iter().map(|flag| u8::from(*flag)).collect();
        vec![
            column("sources_count", Values::Integer(sources), SOURCES_COUNT, Class::Other),
            column("records_count", Values::Integer(records), RECORDS_COUNT, Class::Other),
            column(
                "link_probability_min",
                Values::Permille(linked.link_permille_min.clone()),
                LINK_PROBABILITY_MIN,
                Class::Other,
            ),
            column("strict_persons_count", Values::Integer(strict), STRICT_COUNT, Class::Other),
            column(
                "loose_group_id",
                Values::Text(loose, self.loose.texts.clone()),
                LOOSE_GROUP,
                Class::Identifier,
            ),
            column("review_flag", Values::Flag(flagged), REVIEW_FLAG, Class::Other),
        ]
    }

    fn event_columns(&self) -> Vec<Column> {
        let Values::Text(bands, texts) = &self.age_band else {
            unreachable!("age bands are texts");
        };
        vec![
            column(
                "first_event_quarter",
                quarters(&self.first_day),
                FIRST_EVENT_QUARTER,
                Class::Quasi,
            ),
            column(
                AGE_BAND,
                Values::Text(bands.clone(), texts.clone()),
                FIRST_AGE_BAND,
                Class::Quasi,
            ),
        ]
    }
}

/// Label and derivation.
type Described = (&'static str, &'static str);

const SOURCES_COUNT: Described = ("Sources", "number of sources with a record of the person");
const RECORDS_COUNT: Described =
    ("Records", "number of records of the person in all sources, before linkage across sources");
const LINK_PROBABILITY_MIN: Described = (
    "Lowest link probability",
    "lowest match probability among the accepted pairs of the person's records; 1.000 if the \
     person has one record",
);
const STRICT_COUNT: Described =
    ("Strict persons", "number of persons that the strict linkage makes of this one");
const LOOSE_GROUP: Described =
    ("Loose group", "keyed id shared by the persons that the loose linkage joins");
const REVIEW_FLAG: Described = ("Review", "1 if the person's records want clerical review");
const FIRST_EVENT_QUARTER: Described = (
    "Quarter of first event",
    "calendar quarter of the earliest dated event over all tables; missing without a dated event",
);
const FIRST_AGE_BAND: Described = (
    "Age band at first event",
    "age band of the events on the person's first day; missing if none has one or they disagree",
);

fn column(name: &str, values: Values, described: Described, class: Class) -> Column {
    let (label, derivation) = described;
    Column::new(name, values, label, derivation, class)
}

/// The id column that joins all tables.
pub(super) fn study_id(values: Values) -> Column {
    let described = (
        "Person",
        "keyed hash of one of the person's records, first 16 hex digits; the key is kept by the \
         release desk and is of this project only",
    );
    column("study_id", values, described, Class::Identifier)
}

fn source_columns(linked: &Linked) -> Vec<Column> {
    let columns = linked.sources.iter().flat_map(|source| {
        let counts = counts(linked, &source.person);
        let flags = counts.iter().map(|count| u8::from(*count > 0)).collect();
        let (name, kind) = (source.source, source.source_type.as_str());
        let class = match source.source_type {
            SourceType::Provider => Class::Sensitive,
            _ => Class::Quasi,
        };
        [
            Column::new(
                format!("in_{name}"),
                Values::Flag(flags),
                format!("In {name} ({kind})"),
                format!("1 if the submission of {name} has a record of the person"),
                class,
            ),
            Column::new(
                format!("records_{name}"),
                Values::Integer(counts),
                format!("Records in {name}"),
                format!("number of records of the person in {name}"),
                class,
            ),
        ]
    });
    columns.collect()
}

/// Records by person.
fn counts(linked: &Linked, persons: &[u32]) -> Vec<i64> {
    let mut counts = vec![0; linked.person_count as usize];
    for person in persons.iter().filter(|person| **person != LEFT_OUT) {
        counts[*person as usize] += 1;
    }
    counts
}

/// Quarters of days since 1970-01-01.
pub(super) fn quarters(days: &[i32]) -> Values {
    let known = || days.iter().filter(|day| **day != DAY_MISSING).map(|day| quarter_of(*day));
    let (Some(first), Some(last)) = (known().min(), known().max()) else {
        return Values::Text(vec![TEXT_MISSING; days.len()], Texts::new([""; 0].iter()));
    };
    let cell = |day: &i32| match *day {
        DAY_MISSING => TEXT_MISSING,
        day => u32::try_from(quarter_of(day) - first).expect("not before the first"),
    };
    // Years have four digits, so texts ascend as the numbers do.
    Values::Text(days.iter().map(cell).collect(), Texts::new((first..=last).map(quarter_text)))
}

fn check_shape(linked: &Linked) -> Result<(), ReleaseError> {
    let count = linked.person_count as usize;
    let mut records: u64 = 0;
    for source in &linked.sources {
        let rows = source.handles.len();
        let mut columns = [&source.row_counts, &source.person].into_iter().chain(source.others());
        if columns.any(|column| column.len() != rows) {
            return Err(invalid("columns of a source differ in length"));
        }
        if source.handles.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(invalid("handles are not in ascending order"));
        }
        let out_of_range = |person: &u32| *person != LEFT_OUT && *person >= linked.person_count;
        if source.person.iter().any(out_of_range) {
            return Err(invalid("a person's number is out of range"));
        }
        let left_out = |numbers: &[u32]| -> Vec<bool> {
            numbers.iter().map(|number| *number == LEFT_OUT).collect()
        };
        let persons = left_out(&source.person);
        if source.others().any(|column| left_out(column) != persons) {
            return Err(invalid("a record is left out in part"));
        }
        records += u64::try_from(rows).expect("addresses have at most 64 bits");
    }
    // Dense numbers are below the number of records; this also bounds the memory for them.
    let dense = |numbers: &[u32]| {
        numbers.iter().all(|number| *number == LEFT_OUT || u64::from(*number) < records)
    };
    if !linked.sources.iter().all(|source| source.others().all(|numbers| dense(numbers))) {
        return Err(invalid("numbers of persons are not dense"));
    }
    if linked.sources.windows(2).any(|pair| pair[0].imputed.len() != pair[1].imputed.len()) {
        return Err(invalid("sources differ in their imputed linkages"));
    }
    if records >= u64::from(u32::MAX) {
        return Err(invalid("too many records"));
    }
    if linked.sources.windows(2).any(|pair| pair[0].source >= pair[1].source) {
        return Err(invalid("sources are not sorted by name"));
    }
    let probabilities = &linked.link_permille_min;
    if probabilities.len() != count || linked.flagged.len() != count {
        return Err(invalid("what is known of persons differs in length"));
    }
    if probabilities.iter().any(|permille| *permille > 1000) {
        return Err(invalid("a probability is above one"));
    }
    Ok(())
}

/// Sets a slot that is still free; `None` if it holds something else.
fn agree(slot: &mut u32, value: u32) -> Option<()> {
    if *slot == u32::MAX {
        *slot = value;
    }
    (*slot == value).then_some(())
}
