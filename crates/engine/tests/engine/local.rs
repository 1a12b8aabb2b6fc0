//! The local engine's way from submissions to persons, and the same by way of SQL.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use tallystick_engine::{
    Collected, Collecting, EngineError, Exporting, Plan, PlanSettings, Unsealed, collect, export,
    read_plan, write_companies, write_connecting,
};
use tallystick_kernels::Kernel;
use tallystick_linkage::block::{
    BlockLimits, Blocker, CandidatePair, Candidates, Found, Sources, Stores,
};
use tallystick_linkage::cluster::ClusterConfig;
use tallystick_linkage::compare::Thresholds;
use tallystick_linkage::link::{Fitted, Resolution, Space, fit, resolve};
use tallystick_linkage::pattern::Pattern;
use tallystick_wire::{PASSES, PassSpec, ReadAt, Submission};

use crate::duckdb;

/// Submissions with what is known of them besides.
pub(crate) struct Project<R> {
    pub(crate) submissions: Vec<Submission<R>>,
    pub(crate) without_duplicates: Vec<bool>,
    pub(crate) one_to_one: Vec<(u16, u16)>,
    pub(crate) limits: BlockLimits,
    /// Numbers of records that are compared with none, ascending.
    pub(crate) left_out: Vec<u32>,
}

/// What the local engine comes to.
pub(crate) struct Local {
    /// Every kept pair.
    pub(crate) all: Candidates,
    /// As a run without truth stores them.
    pub(crate) candidates: Candidates,
    pub(crate) resolution: Resolution,
}

fn connect_mbit() -> i32 {
    ClusterConfig::default().loose_stop_mbit
}

impl<R: ReadAt> Project<R> {
    pub(crate) fn sources(&self) -> Sources<'_, R> {
        Sources::read(&self.submissions, self.without_duplicates.clone()).unwrap()
    }

    fn space(&self, sources: &Sources<'_, R>) -> Space {
        let count = self.submissions.len();
        let shared =
            |first| (0..count).map(|second| sources.shared_fields(first, second)).collect();
        Space {
            offsets: sources.offsets.clone(),
            levels: (0..count).map(|source| sources.levels(source).unwrap()).collect(),
            shared: (0..count).map(shared).collect(),
            without_duplicates: self.without_duplicates.clone(),
            one_to_one: self.one_to_one.clone(),
        }
    }

    fn passes(&self, sources: &Sources<'_, R>) -> Vec<&'static PassSpec> {
        let count = self.submissions.len();
        let pairs = || (0..count).flat_map(|a| (a..count).map(move |b| (a, b)));
        PASSES.iter().filter(|pass| pairs().any(|(a, b)| sources.joins(pass, a, b))).collect()
    }

    /// As `src/link` searches.
    pub(crate) fn local(&self) -> Local {
        let sources = self.sources();
        let (passes, space) = (self.passes(&sources), self.space(&sources));
        let thresholds = Thresholds::default();
        let kernel = Kernel::detect();
        let mut blocker = Blocker::new(&sources, &passes, thresholds, self.limits, kernel).unwrap();
        if !self.left_out.is_empty() {
            let mut numbers = vec![0; sources.record_count() as usize];
            self.left_out.iter().for_each(|record| numbers[*record as usize] = record + 1);
            blocker.compare_among(numbers);
        }
        let all = sweep(&blocker, passes.len(), &|_, _| true);
        let fitted = fit(&space, &all);
        let connecting = fitted.connecting(connect_mbit());
        let mut candidates = sweep(&blocker, passes.len(), &|_, _| true);
        fitted.drop_unlikely(&space, &mut candidates, &connecting);
        let in_pairs =
            self.submissions.len() <= 2 && self.without_duplicates.iter().all(|without| *without);
        if !in_pairs {
            blocker.compare_among(fitted.companies(&space, &candidates, connect_mbit()));
            let speaks_against =
                |group: usize, pattern: Pattern| !connecting[group].contains(&pattern);
            candidates.add_stored(sweep(&blocker, passes.len(), &speaks_against));
        }
        let resolution = resolved(&space, &candidates, fitted);
        Local { all, candidates, resolution }
    }

    pub(crate) fn settings(&self) -> PlanSettings<'_> {
        PlanSettings {
            limits: self.limits,
            thresholds: Thresholds::default(),
            connect_mbit: connect_mbit(),
            left_out: &self.left_out,
            audit: "a test",
        }
    }

    /// Exports and writes the scripts.
    pub(crate) fn export(&self, dir: &Path) -> Plan {
        let sources =
            Sources::numbered(&self.submissions, self.without_duplicates.clone()).unwrap();
        let exporting = Exporting {
            sources: &sources,
            settings: self.settings(),
            unsealed: Some(Unsealed),
            kernel: Kernel::detect(),
        };
        export(&exporting, dir, &|_, _| true).unwrap()
    }

    /// What stands between the first script and the second.
    pub(crate) fn connecting(&self, dir: &Path) {
        write_connecting(dir, &read_plan(dir).unwrap()).unwrap();
    }

    /// What stands between the second script and the third.
    pub(crate) fn companies(&self, dir: &Path) {
        write_companies(dir, &read_plan(dir).unwrap()).unwrap();
    }

    /// Has the scripts run, with what stands between them.
    pub(crate) fn run(&self, dir: &Path, plan: &Plan) {
        duckdb::run(dir, &["plan.sql"]);
        self.connecting(dir);
        duckdb::run(dir, &["edges.sql"]);
        if !plan.is_in_pairs() {
            self.companies(dir);
            duckdb::run(dir, &["against.sql"]);
        }
    }

    /// Takes what the scripts wrote.
    pub(crate) fn collect(&self, dir: &Path) -> Result<(Collected, Resolution), EngineError> {
        let sources = self.sources();
        let space = self.space(&sources);
        let collecting = Collecting {
            sources: &sources,
            plan: &Plan::new(&sources, &self.settings()).unwrap(),
            space: &space,
            left_out: &self.left_out,
            stores_all: false,
            kernel: Kernel::detect(),
        };
        let collected = collect(dir, &collecting, &|_, _| true)?;
        let resolution = resolved(&space, &collected.candidates, collected.fitted.clone());
        Ok((collected, resolution))
    }
}

fn sweep<R: ReadAt>(blocker: &Blocker<'_, R>, passes: usize, stores: Stores<'_>) -> Candidates {
    let mut found = Found::default();
    for position in 0..passes {
        found.join(blocker.pass(position, stores, &|_, _| true).unwrap().unwrap());
    }
    blocker.finish(found, stores)
}

fn resolved(space: &Space, candidates: &Candidates, fitted: Fitted) -> Resolution {
    let config = ClusterConfig::default();
    resolve(space, candidates, fitted, &config, &|| false, &|_| ()).unwrap()
}

/// Over everything that a result is made of: hex.
pub(crate) fn digest(candidates: &Candidates, resolution: &Resolution) -> String {
    let mut hasher = Sha256::new();
    hasher.update(format!("{:?}", candidates.passes));
    for group in &candidates.patterns {
        hasher.update(format!("{group:?}"));
    }
    for (pair, edge) in candidates.pairs.iter().zip(&resolution.edges) {
        hasher.update(format!("{pair:?}{edge:?}"));
    }
    hasher.update(format!("{:?}", resolution.clusters));
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every kept pair that SQL wrote.
pub(crate) fn kept(dir: &Path) -> Vec<CandidatePair> {
    let mut pairs = Vec::new();
    let names = ["a", "b", "met", "pattern"];
    tallystick_engine::read_table(&dir.join("out/pairs"), names, &mut |[a, b, met, pattern]| {
        if pattern >= 0 {
            let [a, b, met] = [a, b, met].map(|it| u32::try_from(it).unwrap());
            pairs.push(CandidatePair::met_in(a, b, Pattern(pattern.cast_unsigned()), met));
        }
        Ok(())
    })
    .unwrap();
    pairs.sort_unstable();
    pairs
}

/// Says that SQL came to what the local engine comes to.
pub(crate) fn assert_same<R: ReadAt>(project: &Project<R>, dir: &Path) -> (Local, Collected) {
    let local = project.local();
    let (collected, resolution) = project.collect(dir).unwrap();
    assert_eq!(kept(dir), local.all.pairs);
    assert_eq!(collected.candidates.passes, local.candidates.passes);
    assert_eq!(collected.candidates.patterns, local.candidates.patterns);
    assert_eq!(collected.candidates.pairs, local.candidates.pairs);
    assert_eq!(resolution.edges, local.resolution.edges);
    assert_eq!(resolution.clusters, local.resolution.clusters);
    assert_eq!(
        digest(&collected.candidates, &resolution),
        digest(&local.candidates, &local.resolution)
    );
    assert_eq!(resolution.unlikely.map(f64::to_bits), local.resolution.unlikely.map(f64::to_bits));
    (local, collected)
}
