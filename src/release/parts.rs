//! Tables whose rows are parts of events: the charges of an arrest.
//!
//! A part is released with the number of its event in the sorted table of events. That number says
//! nothing that the order of that table does not say: no handle, no line of an export.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Range;

use tallystick_wire::Handle;
use tallystick_wire::content::{ContentSchema, Part};
use tallystick_wire::leak::{LeakFound, LeakGuard};

use super::ReleaseError;
use super::contract::LinkedSource;
use super::events::{content_column, relative};
use super::growing::Growing;
use tallystick_dataset::column::{Column, DisclosureClass, Table, Values, row_count};

/// Parts while they are read.
pub(super) struct GrowingParts {
    growing: Growing,
    guard: LeakGuard,
    seqs: Vec<i64>,
    ends: Vec<u32>,
}

impl GrowingParts {
    pub(super) fn new(growing: Growing) -> Self {
        let guard = LeakGuard::new(growing.schema());
        Self { growing, guard, seqs: Vec::new(), ends: Vec::new() }
    }

    /// Adds the parts of the next event.
    pub(super) fn push(
        &mut self,
        parts: &[Part],
        handle: Handle,
        (row, event_day): (u64, Option<i32>),
    ) -> Result<(), ReleaseError> {
        for part in parts {
            self.guard.feed_part(handle, (row, event_day), &part.cells);
            self.growing.push(&part.cells, row)?;
            self.seqs.push(i64::from(part.seq));
        }
        let end = u32::try_from(self.seqs.len());
        self.ends.push(end.map_err(|_| ReleaseError::PartsTooMany)?);
        Ok(())
    }

    pub(super) fn count(&self) -> u64 {
        row_count(self.seqs.len())
    }

    pub(super) fn finish(self) -> (LoadedParts, Vec<LeakFound>) {
        let (schema, columns) = self.growing.finish();
        let parts = LoadedParts { schema, columns, seqs: self.seqs, ends: self.ends };
        (parts, self.guard.finish())
    }
}

/// The parts of all events of one content section, in the order of the events.
#[derive(Debug)]
pub(super) struct LoadedParts {
    pub(super) schema: ContentSchema,
    columns: Vec<Values>,
    seqs: Vec<i64>,
    /// By event: the first part that is no longer its own.
    ends: Vec<u32>,
}

/// What a table of parts takes from its events.
pub(super) struct Events<'a> {
    pub(super) source: &'a LinkedSource,
    /// The table of events, sorted.
    pub(super) table: &'a Table,
    /// Its name, and that of the content table.
    pub(super) names: [&'a str; 2],
    /// By row of the content section: its place in the table.
    pub(super) places: &'a [u32],
    /// By row of the content section: the day of the person's first event.
    pub(super) firsts: &'a [i32],
}

impl LoadedParts {
    fn of(&self, event: usize) -> Range<usize> {
        let start = if event == 0 { 0 } else { self.ends[event - 1] as usize };
        start..self.ends[event] as usize
    }

    /// Orders two events by their parts.
    pub(super) fn compare(&self, a: usize, b: usize) -> Ordering {
        let (a, b) = (self.of(a), self.of(b));
        let lengths = a.len().cmp(&b.len());
        let one = |(a, b): (usize, usize)| {
            let cells = self.columns.iter().map(|column| column.compare(a, b));
            std::iter::once(self.seqs[a].cmp(&self.seqs[b]))
                .chain(cells)
                .find(|order| order.is_ne())
        };
        a.zip(b).find_map(one).unwrap_or(lengths)
    }

    /// The table, sorted by event and number within it.
    pub(super) fn table(self, events: &Events<'_>, name: String) -> Table {
        let mut order: Vec<(u32, u32)> = Vec::with_capacity(self.seqs.len());
        let mut firsts = Vec::with_capacity(self.seqs.len());
        for (event, place) in events.places.iter().enumerate() {
            for part in self.of(event) {
                order.push((*place, u32::try_from(part).expect("parts are fewer than 2^32")));
                firsts.push(events.firsts[event]);
            }
        }
        // Parts of an event stand in the order of their numbers.
        order.sort_unstable();
        let rows = order.len();
        let of_event: Vec<u32> = order.iter().map(|(place, _)| *place).collect();
        let parts: Vec<u32> = order.into_iter().map(|(_, part)| part).collect();

        let mut columns = inherited(events.table, &of_event);
        columns.push(event_id(of_event.iter().map(|place| i64::from(*place) + 1).collect()));
        let mut seqs = Values::Integer(self.seqs);
        seqs.reorder(&parts);
        columns.push(Column::new(
            "seq",
            seqs,
            "Number within the event",
            "number of the repetition in the agency\u{2019}s row, from 1",
            DisclosureClass::Other,
        ));
        let mut taken: BTreeSet<String> =
            columns.iter().map(|column| column.name.clone()).collect();
        for (place, mut values) in self.columns.into_iter().enumerate() {
            if let Values::Day(days) = &mut values {
                for (day, first) in days.iter_mut().zip(&firsts) {
                    *day = relative(*day, *first);
                }
            }
            values.reorder(&parts);
            let content = self.schema.columns[place].0.as_str();
            columns.push(content_column(content, values, events.source.source_type, &mut taken));
        }
        let [file, table] = events.names;
        let label = format!(
            "Parts of the events of table {table} from {}: {}; event_id joins them to {file}",
            events.source.source, self.schema.table
        );
        Table { name, label, key: Vec::new(), rows, columns }
    }
}

/// Person, source and day of each part's event.
fn inherited(events: &Table, of_event: &[u32]) -> Vec<Column> {
    let wanted = ["study_id", "strict_id", "source", "rel_day", "event_quarter"];
    let columns = wanted.iter().filter_map(|name| {
        let column = events.columns.iter().find(|column| column.name == *name)?;
        let mut values = column.values.clone();
        values.reorder(of_event);
        Some(Column { values, ..column.clone() })
    });
    columns.collect()
}

/// The column that joins parts to their events.
pub(super) fn event_id(numbers: Vec<i64>) -> Column {
    Column::new(
        "event_id",
        Values::Integer(numbers),
        "Event",
        "number of the event in its sorted table of this release, from 1; joins the \
         tables of its parts, and nothing outside of this release",
        DisclosureClass::Identifier,
    )
}
