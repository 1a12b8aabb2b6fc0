//! Submissions that a test writes out record by record, and what SQL makes of them, as it is and where its text is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use tallystick_engine::{Plan, read_table};
use tallystick_linkage::block::BlockLimits;
use tallystick_linkage::compare::Levels;
use tallystick_linkage::pattern::Pattern;
use tallystick_wire::schema::FIELDS;
use tallystick_wire::{
    BlockToken, ContinuityToken, Field, FieldSet, Profile, SectionKind, Submission,
};
use tempfile::TempDir;

use crate::duckdb;
use crate::local::{Project, assert_same};
use crate::made::run;
use crate::submission::Outline;

/// Where a pass fixes no field, and few share its key.
pub(crate) const NAME_PAIR: u8 = 14;
/// Limits that no block of a test reaches unless it is to.
pub(crate) const LIMITS: BlockLimits = BlockLimits { records_max: 400, wide_records_max: 400 };

/// Filters by field.
pub(crate) type Filters = BTreeMap<Field, Vec<u64>>;

/// A record.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    filters: Filters,
    flags: u32,
    local: ContinuityToken,
    rows: Vec<Row>,
}

/// A row of it in a pass.
#[derive(Clone, Debug)]
struct Row {
    pass: u8,
    block: u8,
    filters: Filters,
}

impl Record {
    /// A person of whom everything but short forms of the name is known: always the same.
    pub(crate) fn known() -> Self {
        let [house, digits] = [1, run(1, 0, 10)[0]];
        let street = run(2, 0, 25);
        let filters = FIELDS.into_iter().filter(|(field, _)| *field != Field::Roots);
        let filters = filters.map(|(field, words)| {
            let filter = match field {
                Field::Last => run(words, 100, 25),
                Field::Dob => vec![1, 1, 1, run(1, 0, 5)[0]],
                Field::Ssn4 => run(words, 0, 20),
                Field::Address => vec![house, digits, street[0], street[1]],
                Field::Zip => vec![7 << 20 | 7 << 50],
                Field::City => vec![7, 7 << 4 | 7 << 40],
                _ => run(words, 0, 25),
            };
            (field, filter)
        });
        Self {
            filters: filters.collect(),
            flags: 0,
            local: ContinuityToken::default(),
            rows: Vec::new(),
        }
    }

    /// With other filters, in rows that follow.
    pub(crate) fn with(mut self, filters: impl IntoIterator<Item = (Field, Vec<u64>)>) -> Self {
        self.filters.extend(filters);
        self
    }

    pub(crate) fn without(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        fields.into_iter().for_each(|field| drop(self.filters.remove(&field)));
        self
    }

    /// The date of birth is a default.
    pub(crate) fn with_default_date(mut self) -> Self {
        self.flags = FieldSet::DOB_IS_DEFAULT;
        self
    }

    /// With a person number of the agency.
    pub(crate) fn numbered(mut self, local: ContinuityToken) -> Self {
        self.local = local;
        self
    }

    /// Stands in a block of a pass with the filters that it has until here. Blocks are in order.
    pub(crate) fn at(mut self, pass: u8, block: u8) -> Self {
        self.rows.push(Row { pass, block, filters: self.filters.clone() });
        self
    }

    fn presence(&self) -> u32 {
        let fields = self.filters.keys().copied().fold(FieldSet(0), FieldSet::with);
        fields.0 | self.flags
    }
}

fn submission(label: &str, records: &[Record]) -> Submission<Vec<u8>> {
    let mut passes: BTreeMap<u8, Vec<(BlockToken, u32, &Filters)>> = BTreeMap::new();
    for (number, record) in (0..).zip(records) {
        for row in &record.rows {
            // In the first byte: the order of tokens is that of unsigned numbers. Block 0 is a token of zeros.
            let token = BlockToken([row.block; 16]);
            passes.entry(row.pass).or_default().push((token, number, &row.filters));
        }
    }
    passes.values_mut().for_each(|rows| rows.sort_by_key(|(token, record, _)| (*token, *record)));
    let plain = |rows: &Vec<(BlockToken, u32, &Filters)>| {
        rows.iter().map(|(token, record, _)| (*token, *record)).collect()
    };
    let presence: Vec<u32> = records.iter().map(Record::presence).collect();
    let fields = FieldSet(presence.iter().fold(0, |all, it| all | it) & 0xFFFF);
    // In order, so that they have the same places in every source and in patterns.
    let mut attributes = ["county", "eyes", "height", "scars"];
    for (index, name) in attributes.iter_mut().enumerate() {
        if !fields.contains(Field::attribute(index)) {
            *name = "";
        }
    }
    let outline = Outline {
        label,
        profile: Profile::Standard,
        fields,
        attributes,
        presence,
        local: records.iter().map(|record| record.local).collect(),
        passes: passes.iter().map(|(pass, rows)| (*pass, plain(rows))).collect(),
    };
    outline.submission(&mut |kind, row, field| match kind {
        SectionKind::Pass(pass) => passes[&pass][row].2[&field].clone(),
        _ => unreachable!("salted filters lie in passes"),
    })
}

/// What SQL says of a pair.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Found {
    /// Passes, one bit each.
    pub(crate) met: i64,
    /// Where it is kept.
    pub(crate) levels: Option<Levels>,
    /// Whether a threshold was met exactly.
    pub(crate) boundary: bool,
}

/// What the first script wrote.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Outcome {
    /// By the numbers of their records.
    pub(crate) pairs: BTreeMap<(i64, i64), Found>,
    /// Pass, blocks, pairs twice, blocks over the limit, rows in them, largest block.
    pub(crate) passes: BTreeSet<[i64; 6]>,
    /// Group, pattern, pairs met once, twice, more often.
    pub(crate) histogram: BTreeSet<[i64; 5]>,
}

impl Outcome {
    /// Nothing where a table is not as the plan writes it.
    fn read(out: &Path) -> Option<Self> {
        let (mut pairs, mut passes, mut histogram) =
            (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        let names = ["a", "b", "met", "pattern", "boundary"];
        let read = read_table(&out.join("pairs"), names, &mut |[a, b, met, pattern, boundary]| {
            let levels = u64::try_from(pattern).ok().map(|it| Pattern(it).levels());
            let found = Found { met, levels, boundary: boundary != 0 };
            assert!(pairs.insert((a, b), found).is_none(), "a pair stands twice");
            Ok(())
        });
        read.ok()?;
        let names = [
            "pass",
            "blocks",
            "pairs_twice",
            "blocks_over_limit",
            "rows_over_limit",
            "largest_block",
        ];
        let mut each = |row| {
            passes.insert(row);
            Ok(())
        };
        read_table(&out.join("passes"), names, &mut each).ok()?;
        let names = ["grp", "pattern", "once", "twice", "more"];
        let mut each = |row| {
            histogram.insert(row);
            Ok(())
        };
        read_table(&out.join("histogram"), names, &mut each).ok()?;
        Some(Self { pairs, passes, histogram })
    }
}

/// Sources, exported and linked by SQL as the linkage itself does it.
pub(crate) struct Fixture {
    pub(crate) plan: Plan,
    pub(crate) found: Outcome,
    /// First number of the second source.
    second: usize,
    export: PathBuf,
    _dir: TempDir,
}

/// `court`, `jail`, `police`; none holds anybody twice.
pub(crate) fn project<const N: usize>(
    sources: &[Vec<Record>; N],
    limits: BlockLimits,
) -> Project<Vec<u8>> {
    let labelled = sources.iter().zip(["court", "jail", "police"]);
    Project {
        submissions: labelled.map(|(records, label)| submission(label, records)).collect(),
        without_duplicates: vec![true; N],
        one_to_one: Vec::new(),
        limits,
        left_out: Vec::new(),
    }
}

impl Fixture {
    /// Links two sources without duplicates.
    pub(crate) fn of(court: Vec<Record>, jail: Vec<Record>) -> Self {
        Self::linked(&project(&[court, jail], LIMITS))
    }

    /// Says that SQL comes to what the local engine comes to.
    pub(crate) fn linked(project: &Project<Vec<u8>>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let export = dir.path().join("export");
        let plan = project.export(&export);
        project.run(&export, &plan);
        assert_same(project, &export);
        let found = Outcome::read(&export.join("out")).unwrap();
        let second = project.submissions[0].record_count();
        Self { plan, found, second, export, _dir: dir }
    }

    /// The folder of the export.
    pub(crate) fn export(&self) -> &Path {
        &self.export
    }

    /// Numbers of a record of the first source and of one of the second.
    pub(crate) fn across(&self, first: usize, second: usize) -> (i64, i64) {
        let number = |it: usize| i64::try_from(it).unwrap();
        (number(first), number(self.second + second))
    }

    /// The levels of a pair of a record of the first source and one of the second, which is kept.
    pub(crate) fn levels(&self, of: &Outcome, first: usize, second: usize) -> Levels {
        of.pairs[&self.across(first, second)].levels.unwrap()
    }

    /// What SQL says where its text is changed; nothing where that leaves cells empty.
    pub(crate) fn changed(&self, changes: &[(&str, &str)]) -> Option<Outcome> {
        let mut text = fs::read_to_string(self.export.join("plan.sql")).unwrap();
        for (from, to) in changes {
            assert!(text.contains(from), "the SQL has {from}");
            text = text.replace(from, to);
        }
        fs::write(self.export.join("changed.sql"), text).unwrap();
        duckdb::run(&self.export, &["changed.sql"]);
        Outcome::read(&self.export.join("out"))
    }

    /// Says that the fixture tells SQL with this change from what it ought to be.
    pub(crate) fn tells(&self, from: &str, to: &str) {
        let changed = self.changed(&[(from, to)]);
        assert_ne!(changed.as_ref(), Some(&self.found), "{from} and {to} come to the same");
    }
}
