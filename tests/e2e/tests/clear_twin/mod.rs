//! The oracle of encoding: the same blocks, model and clustering on clear text. What encoding costs
//! is the difference of the two.

mod levels;
mod records;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tallystick_e2e::{Encoded, Project, Synthetic, score};
use tallystick_kernels::Kernel;
use tallystick_linkage::block::{self, CandidatePair};
use tallystick_linkage::cluster::ClusterConfig;
use tallystick_linkage::compare::{DIFFERENT, Levels, MISSING, SAME};
use tallystick_linkage::link::{Space, count, fit, resolve};
use tallystick_linkage::pattern::Pattern;
use tallystick_synth::{Config, Profile as Errors, Source};
use tallystick_wire::{BlockToken, FieldSet, Handle, PASSES, Profile, Submission};

use records::Record;

/// Most that encoding may cost, in F1 over pairs of rows.
const COST_MAX: f64 = 0.01;

/// The identities of all sources, numbered by source and handle as in a linkage.
struct Sources {
    names: Vec<String>,
    handles: Vec<Handle>,
    records: Vec<Record>,
    offsets: Vec<u32>,
    fields: Vec<FieldSet>,
}

impl Sources {
    fn read(synthetic: &Synthetic, project: &Project, encoded: &[Encoded]) -> anyhow::Result<Self> {
        let mut sources: Vec<Source> = synthetic.sources().to_vec();
        sources.sort_unstable_by_key(|source| source.label());
        let mut out = Self {
            names: Vec::new(),
            handles: Vec::new(),
            records: Vec::new(),
            offsets: vec![0],
            fields: Vec::new(),
        };
        for source in sources {
            let one = encoded.iter().find(|one| one.source == source.label());
            let one = one.expect("every source is encoded");
            let submission = Submission::open(File::open(&one.submission)?)?;
            let fields = submission.header().fields;
            let keys = project.agency_keys(source.label())?;
            let found: BTreeMap<Handle, Record> = records::read(
                &synthetic.export(source),
                &synthetic.mapping(source)?,
                &keys,
                fields,
            )?;
            let handles: Vec<Handle> = found.keys().copied().collect();
            assert_eq!(handles, submission.handles()?, "the same identities");
            out.handles.extend(handles);
            out.records.extend(found.into_values());
            out.names.push(source.label().to_owned());
            out.offsets.push(u32::try_from(out.records.len())?);
            out.fields.push(fields);
        }
        Ok(out)
    }

    fn source_of(&self, record: u32) -> usize {
        self.offsets.partition_point(|offset| *offset <= record) - 1
    }

    fn levels(&self, a: u32, b: u32) -> Levels {
        let (x, y) = (&self.records[a as usize], &self.records[b as usize]);
        let mut levels = levels::compare(x, y);
        if self.source_of(a) == self.source_of(b) {
            levels.local_id = match (x.local_id.as_str(), y.local_id.as_str()) {
                ("", _) | (_, "") => MISSING,
                (x, y) if x == y => SAME,
                _ => DIFFERENT,
            };
        }
        levels
    }

    /// Pairs that share a block in a pass, ascending.
    fn pairs_in(&self, pass: u8, block_records_max: usize) -> Vec<(u32, u32)> {
        let mut rows: Vec<(BlockToken, u32)> = Vec::new();
        for (number, record) in (0u32..).zip(&self.records) {
            let blocks = record.blocks.iter().filter(|(other, _)| *other == pass);
            rows.extend(blocks.map(|(_, token)| (*token, number)));
        }
        rows.sort_unstable();
        let mut pairs = Vec::new();
        for block in rows.chunk_by(|a, b| a.0 == b.0).filter(|b| b.len() <= block_records_max) {
            for (at, (_, first)) in block.iter().enumerate() {
                pairs.extend(block[at + 1..].iter().map(|(_, second)| (*first, *second)));
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }

    fn candidates(&self, block_records_max: usize) -> Vec<CandidatePair> {
        let mut known: HashMap<(u32, u32), Levels> = HashMap::new();
        let mut found = Vec::new();
        for pass in &PASSES {
            let mut kept = Vec::new();
            for (a, b) in self.pairs_in(pass.number, block_records_max) {
                let levels = *known.entry((a, b)).or_insert_with(|| self.levels(a, b));
                if levels.agreements() >= 2 {
                    kept.push(CandidatePair::new(a, b, Pattern::pack(&levels), pass.number));
                }
            }
            found = block::merge(found, kept);
        }
        found
    }

    fn space(&self) -> Space {
        let count = self.names.len();
        let records = |source: usize| -> Vec<&Record> {
            let range = self.offsets[source] as usize..self.offsets[source + 1] as usize;
            self.records[range].iter().collect()
        };
        Space {
            offsets: self.offsets.clone(),
            levels: (0..count).map(|source| levels::chance(&records(source))).collect(),
            shared: (0..count)
                .map(|a| (0..count).map(|b| self.fields[a].intersection(self.fields[b])).collect())
                .collect(),
            without_duplicates: vec![false; count],
            one_to_one: Vec::new(),
        }
    }

    /// Links in clear text; writes the clusters as a linkage would.
    fn link(&self, project: &Project, to: &Path) -> anyhow::Result<()> {
        let pairs = self.candidates(project.config().blocking.block_records_max);
        let config = ClusterConfig::from(&project.config().clustering);
        let space = self.space();
        let candidates = count(&space, pairs);
        let fitted = fit(&space, &candidates);
        let resolution = resolve(&space, &candidates, fitted, &config, &|| false, &|_| {})?;
        let mut out = File::create(to)?;
        writeln!(out, "source,handle,person")?;
        for (record, (handle, person)) in
            (0u32..).zip(self.handles.iter().zip(&resolution.clusters.main))
        {
            writeln!(out, "{},{handle},{person}", self.names[self.source_of(record)])?;
        }
        Ok(())
    }
}

#[expect(clippy::print_stdout, reason = "the two figures, for the reader; captured otherwise")]
fn compare(errors: Errors, seed: u64) -> anyhow::Result<()> {
    let sources = vec![Source::Police, Source::Court, Source::Provider];
    let config = Config { persons: 2_500, seed, profile: errors, sources, ..Config::default() };
    let (synthetic, project) = (Synthetic::new(&config)?, Project::new()?);
    let encoded = synthetic.encode(&project, Profile::Standard, &[], "twin")?;
    let submissions: Vec<PathBuf> = encoded.iter().map(|one| one.submission.clone()).collect();
    let linked = project.link(&submissions, &[], Kernel::detect(), "twin")?;
    let clear = project.dir().join("clear.csv");
    Sources::read(&synthetic, &project, &encoded)?.link(&project, &clear)?;
    let encoded_f1 = score(&encoded, &linked.clusters, &synthetic.truth())?.rows.all.f1();
    let clear_f1 = score(&encoded, &clear, &synthetic.truth())?.rows.all.f1();
    println!("{errors:?} seed {seed}: encoded {encoded_f1:.4}, clear text {clear_f1:.4}");
    assert!(
        (encoded_f1 - clear_f1).abs() <= COST_MAX,
        "{errors:?}: encoded {encoded_f1:.4}, clear text {clear_f1:.4}"
    );
    Ok(())
}

#[test]
fn encoding_costs_nothing_on_dirty_exports() -> anyhow::Result<()> {
    compare(Errors::Dirty, 1)
}

#[test]
fn encoding_costs_nothing_on_very_dirty_exports() -> anyhow::Result<()> {
    compare(Errors::VeryDirty, 1)
}
