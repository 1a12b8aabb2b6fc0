//! Takes sources that are read in outline, gives what an export holds and what SQL makes of it, as a file that people can read.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tallystick_linkage::block::{BlockLimits, Sources, group, place_fields};
use tallystick_linkage::compare::Thresholds;
use tallystick_linkage::link::Space;
use tallystick_wire::levels::CELLS;
use tallystick_wire::schema::{PASSES, PassSpec, config_hash};
use tallystick_wire::{Digest, FieldSet, LevelCounts, ReadAt, Rejection};

use crate::error::EngineError;
use crate::names;

/// Raised with every change of what an export or its SQL means.
const VERSION: u32 = 1;

/// What stands in `engine.json`. Counts are of rows or records, thresholds in thousandths.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of the form.
    pub version: u32,
    /// The program that exported.
    pub program: String,
    /// What of the encoding must be equal: hex.
    pub config_hash: String,
    /// Where it is written down that filters left the unit unsealed.
    pub audit: String,
    /// Names the records that are left out: hex.
    pub left_out_hash: String,
    /// Weight from which a pair connects two records, in thousandths of a bit.
    pub connect_mbit: i32,
    /// Dice coefficients from which a pair of filters reaches a level.
    #[serde(with = "ThresholdsFile")]
    pub thresholds_permille: Thresholds,
    /// Names of the attributes that are compared, by place.
    pub attributes: Vec<String>,
    /// By name.
    pub sources: Vec<PlanSource>,
    /// Passes that join two sources, or rows of one; ascending.
    pub passes: Vec<PlanPass>,
}

/// One source.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSource {
    /// Its name.
    pub label: String,
    /// Trust profile.
    pub profile: String,
    /// Names its submission: hex.
    pub digest: String,
    /// Number of its first record among those of all sources.
    pub first_record: u32,
    /// Its records.
    pub records: u64,
    /// Those of them of which no row is in the export.
    pub left_out: u64,
    /// Its fields, attributes at their common places.
    #[serde(with = "names")]
    pub fields: FieldSet,
    /// How alike records of it are by chance.
    #[serde(with = "LevelsFile")]
    pub levels: LevelCounts,
    /// Whether pairs within it are left out.
    pub without_duplicates: bool,
}

/// One pass.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlanPass {
    /// Number in the catalogue.
    pub number: u8,
    /// Name in reports.
    pub name: String,
    /// Larger blocks are left out: rows over all sources.
    pub block_rows_max: u64,
    /// Fields whose filters are compared, attributes at their common places.
    #[serde(with = "names")]
    pub fields: FieldSet,
    /// Rows by source, those of records that are left out included; 0 where the source has no file.
    pub rows: Vec<u64>,
    /// Sources that are joined.
    pub joins: Vec<PlanJoin>,
}

/// Two sources that a pass joins, or one twice.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlanJoin {
    /// Position of the first source.
    pub first: usize,
    /// Position of the second source, not below the first.
    pub second: usize,
    /// Position among the groups of sources.
    pub group: usize,
    /// Fields that are equal in every block.
    #[serde(with = "names")]
    pub fixed: FieldSet,
}

/// [`Thresholds`] as they stand in the file.
#[derive(Deserialize, Serialize)]
#[serde(remote = "Thresholds", deny_unknown_fields)]
struct ThresholdsFile {
    name_one_edit: u32,
    name_two_edits: u32,
    name_contained: u32,
    roots: u32,
    ssn4: u32,
    phone: u32,
    dob_digits: u32,
    street: u32,
    house_digits: u32,
    attribute: u32,
}

/// [`LevelCounts`] as they stand in the file.
#[derive(Deserialize, Serialize)]
#[serde(remote = "LevelCounts", deny_unknown_fields)]
struct LevelsFile {
    pairs: u64,
    cells: Vec<u32>,
}

/// What decides a plan besides the submissions.
#[derive(Clone, Copy, Debug)]
pub struct PlanSettings<'a> {
    /// Largest blocks.
    pub limits: BlockLimits,
    /// Dice coefficients from which a pair of filters reaches a level.
    pub thresholds: Thresholds,
    /// Weight from which a pair connects two records.
    pub connect_mbit: i32,
    /// Numbers of records that are compared with none, ascending. Their rows do not leave the unit; they count
    /// where blocks are measured, as in the local engine.
    pub left_out: &'a [u32],
    /// Where it is written down that filters leave the unit unsealed.
    pub audit: &'a str,
}

impl Plan {
    /// What these sources come to.
    ///
    /// # Errors
    /// [`EngineError::NothingJoined`]; a submission that cannot be read.
    pub fn new<R: ReadAt>(
        sources: &Sources<'_, R>,
        settings: &PlanSettings<'_>,
    ) -> Result<Self, EngineError> {
        let PlanSettings { limits, left_out, .. } = *settings;
        let passes: Vec<PlanPass> =
            PASSES.iter().filter_map(|pass| PlanPass::new(sources, pass, limits)).collect();
        if passes.is_empty() {
            return Err(EngineError::NothingJoined);
        }
        let of = |position: usize| plan_source(sources, position, left_out);
        let of_sources = (0..sources.submissions.len()).map(of);
        Ok(Self {
            version: VERSION,
            program: program(),
            config_hash: config_hash().to_string(),
            audit: settings.audit.to_owned(),
            left_out_hash: hash(left_out).to_string(),
            connect_mbit: settings.connect_mbit,
            thresholds_permille: settings.thresholds,
            attributes: sources.attributes.iter().map(ToString::to_string).collect(),
            sources: of_sources.collect::<Result<_, Rejection>>()?,
            passes,
        })
    }

    /// Says that the plan is of this version of the program.
    ///
    /// # Errors
    /// [`EngineError::PlanDiffers`].
    pub(crate) fn check_version(&self, path: &Path) -> Result<(), EngineError> {
        if self.version == VERSION && self.program == program() {
            return Ok(());
        }
        Err(EngineError::PlanDiffers { path: path.to_owned(), what: "versions" })
    }

    /// Whether its parts fit together, so that what is read from a file can be worked with.
    pub(crate) fn is_sound(&self) -> bool {
        let count = self.sources.len();
        let mut next = 0;
        let numbered = self.sources.iter().all(|source| {
            let fits = u64::from(source.first_record) == next;
            next = next.saturating_add(source.records);
            fits && source.levels.cells.len() == CELLS && next <= u64::from(u32::MAX >> 1)
        });
        let joins = |join: &PlanJoin| {
            let PlanJoin { first, second, .. } = *join;
            first <= second && second < count && join.group == group(count, first, second)
        };
        count > 0
            && numbered
            && !self.passes.is_empty()
            && self.passes.is_sorted_by(|a, b| a.number < b.number)
            && self.passes.iter().all(|pass| {
                usize::from(pass.number) < PASSES.len()
                    && pass.rows.len() == count
                    && pass.joins.iter().all(joins)
            })
    }

    /// What is known of the sources besides their rows, as training needs it.
    pub(crate) fn space(&self) -> Space {
        let ends =
            self.sources.iter().map(|source| u64::from(source.first_record) + source.records);
        let ends = ends.map(|end| u32::try_from(end).unwrap_or(u32::MAX));
        let shared = |first: &PlanSource| {
            self.sources.iter().map(|second| first.fields.intersection(second.fields)).collect()
        };
        Space {
            offsets: std::iter::once(0).chain(ends).collect(),
            levels: self.sources.iter().map(|source| source.levels.clone()).collect(),
            shared: self.sources.iter().map(shared).collect(),
            without_duplicates: self.sources.iter().map(|it| it.without_duplicates).collect(),
            // Clusters only depend on these.
            one_to_one: Vec::new(),
        }
    }

    /// The first thing that differs from another plan for the same purpose, if any does.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        let parts = [
            ("versions", self.version == other.version && self.program == other.program),
            ("encodings", self.config_hash == other.config_hash),
            ("submissions", self.sources == other.sources && self.attributes == other.attributes),
            ("records that are left out", self.left_out_hash == other.left_out_hash),
            (
                "thresholds",
                self.thresholds_permille == other.thresholds_permille
                    && self.connect_mbit == other.connect_mbit,
            ),
            ("passes or block limits", self.passes == other.passes),
        ];
        parts.into_iter().find(|(_, same)| !same).map(|(what, _)| what)
    }

    /// Number of records of all sources.
    pub fn record_count(&self) -> u64 {
        self.sources.iter().map(|source| source.records).sum()
    }

    /// Number of groups of sources.
    pub fn group_count(&self) -> usize {
        self.sources.len() * (self.sources.len() + 1) / 2
    }

    /// Whether persons are pairs at most, so that nothing but connecting pairs says anything of them.
    pub fn is_in_pairs(&self) -> bool {
        self.sources.len() <= 2 && self.sources.iter().all(|source| source.without_duplicates)
    }
}

fn program() -> String {
    format!("tallystick {}", env!("CARGO_PKG_VERSION"))
}

fn hash(records: &[u32]) -> Digest {
    let mut hasher = Sha256::new();
    records.iter().for_each(|record| hasher.update(record.to_le_bytes()));
    Digest(hasher.finalize().into())
}

fn plan_source<R: ReadAt>(
    sources: &Sources<'_, R>,
    position: usize,
    left_out: &[u32],
) -> Result<PlanSource, Rejection> {
    let submission = &sources.submissions[position];
    let ends = [sources.offsets[position], sources.offsets[position + 1]];
    let [start, end] = ends.map(|end| left_out.partition_point(|record| *record < end));
    Ok(PlanSource {
        label: submission.header().source.to_string(),
        profile: submission.header().profile.as_str().to_owned(),
        digest: submission.digest().to_string(),
        first_record: sources.offsets[position],
        records: sources.records_of(position),
        left_out: (end - start) as u64,
        fields: sources.fields_of(position),
        levels: sources.levels(position)?,
        without_duplicates: sources.without_duplicates[position],
    })
}

impl PlanPass {
    fn new<R: ReadAt>(
        sources: &Sources<'_, R>,
        pass: &PassSpec,
        limits: BlockLimits,
    ) -> Option<Self> {
        let count = sources.submissions.len();
        let pairs = (0..count).flat_map(|first| (first..count).map(move |second| (first, second)));
        let joins: Vec<PlanJoin> = pairs
            .filter(|(first, second)| sources.joins(pass, *first, *second))
            .map(|(first, second)| PlanJoin {
                first,
                second,
                group: group(count, first, second),
                fixed: sources.fixed_fields(pass, first),
            })
            .collect();
        if joins.is_empty() {
            return None;
        }
        let rows_max = if pass.is_wide() { limits.wide_records_max } else { limits.records_max };
        let fields = (0..count).filter(|source| sources.hold(*source, pass)).fold(0, |set, it| {
            let own = sources.submissions[it].header().fields.0 & !pass.fixed_fields().0;
            set | place_fields(FieldSet(own), sources.places(it)).0
        });
        let rows = sources.submissions.iter().map(|submission| {
            let mut passes = submission.layout().passes();
            passes.find(|(other, _)| other.number == pass.number).map_or(0, |(_, rows)| rows)
        });
        Some(Self {
            number: pass.number,
            name: pass.name.to_owned(),
            block_rows_max: rows_max as u64,
            fields: FieldSet(fields),
            rows: rows.collect(),
            joins,
        })
    }

    /// The pass in the catalogue.
    pub(crate) fn spec(&self) -> &'static PassSpec {
        &PASSES[usize::from(self.number)]
    }

    /// Whether rows of one source are compared with each other.
    pub fn is_within(&self) -> bool {
        self.joins.iter().any(|join| join.first == join.second)
    }

    /// By first and second source, whether their rows meet.
    pub(crate) fn joins_by_source(&self) -> Vec<Vec<bool>> {
        let count = self.rows.len();
        let mut joins = vec![vec![false; count]; count];
        self.joins.iter().for_each(|join| joins[join.first][join.second] = true);
        joins
    }

    /// Whether rows of this source are compared with each other.
    pub(crate) fn joins_within(&self, source: usize) -> bool {
        self.joins.iter().any(|join| (join.first, join.second) == (source, source))
    }

    /// Name of the folder with the pass's files.
    pub fn folder(&self) -> String {
        format!("pass_{:02}", self.number)
    }

    /// Name of a source's file in it. By number: engines skip files whose names begin with `_`, as labels may.
    pub fn file(source: usize) -> String {
        format!("source_{source:02}.parquet")
    }
}
