//! Made submissions in which everything that may go wrong happens often.

use tallystick_engine::{EngineError, Exporting, Unsealed, export, read_table};
use tallystick_kernels::Kernel;
use tallystick_linkage::block::{BlockLimits, Sources};
use tallystick_wire::schema::KeyPart;
use tallystick_wire::{Field, FieldSet, PASSES, Profile};

use crate::local::{Project, assert_same};
use crate::made::Made;

const LIMITS: BlockLimits = BlockLimits { records_max: 40, wide_records_max: 30 };
/// Every pass, so that each kind of key is there.
const PASSES_ALL: [u8; 24] = {
    let (mut passes, mut number) = ([0; 24], 0);
    while number < 24 {
        passes[number as usize] = number;
        number += 1;
    }
    passes
};

/// Enough for what does not depend on keys.
const PASSES_FEW: [u8; 6] = [0, 2, 3, 10, 13, 14];

const fn fields(without: &[Field]) -> FieldSet {
    let (mut set, mut position) = (FieldSet(0xFFFF), 0);
    while position < without.len() {
        set = set.without(without[position]);
        position += 1;
    }
    set
}

/// Three sources with attributes at different places; the third has neither telephone nor postal code.
fn project(profile: Profile, passes: &[u8], seed: u64) -> Project<Vec<u8>> {
    let lacking = [Field::Phone, Field::Zip, Field::Attribute2, Field::Attribute3];
    let lacks = |pass: u8| {
        let mut key = PASSES[usize::from(pass)].key.iter();
        key.any(|part| matches!(part, KeyPart::Phone | KeyPart::Zip))
    };
    let passes_of_third: Vec<u8> = passes.iter().copied().filter(|pass| !lacks(*pass)).collect();
    let made = [
        Made {
            label: "court",
            profile,
            fields: fields(&[Field::Attribute3]),
            attributes: ["eyes", "height", "county", ""],
            passes,
            records: 70,
            seed,
        },
        Made {
            label: "jail",
            profile,
            fields: fields(&[Field::Attribute2, Field::Attribute3]),
            attributes: ["eyes", "county", "", ""],
            passes,
            records: 60,
            seed: seed + 1,
        },
        Made {
            label: "police",
            profile,
            fields: fields(&lacking),
            attributes: ["height", "eyes", "", ""],
            passes: &passes_of_third,
            records: 50,
            seed: seed + 2,
        },
    ];
    Project {
        submissions: made.iter().map(Made::submission).collect(),
        without_duplicates: vec![false, true, false],
        one_to_one: vec![(0, 1)],
        limits: LIMITS,
        left_out: Vec::new(),
    }
}

#[test]
fn made_submissions_come_to_the_same_pairs_patterns_and_persons() {
    for (profile, seed) in [(Profile::Standard, 10), (Profile::Trusted, 20)] {
        let project = project(profile, &PASSES_ALL, seed);
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("export");
        let plan = project.export(&dir);
        project.run(&dir, &plan);
        let (local, collected) = assert_same(&project, &dir);
        // What was to happen did.
        let met = |count: u32| {
            let mut pairs = local.all.pairs.iter();
            pairs.any(|pair| pair.passes().count_ones() == count)
        };
        assert!(met(1) && met(2) && met(3), "pairs meet in one pass, two and more");
        assert!(local.all.passes.iter().any(|pass| pass.blocks_over_limit > 0));
        assert!(collected.verified.boundary_pairs > 100, "{:?}", collected.verified);
        assert!(collected.verified.pairs >= collected.verified.boundary_pairs);
        assert!(!local.candidates.pairs.is_empty());
    }
}

/// Their rows count where blocks are measured, which are nearly at the limit here, and nowhere else.
#[test]
fn records_that_are_left_out_are_compared_with_none_and_have_no_row() {
    for (profile, seed) in [(Profile::Standard, 100), (Profile::Trusted, 110)] {
        let mut project = project(profile, &PASSES_ALL, seed);
        project.limits = BlockLimits { records_max: 14, wide_records_max: 12 };
        project.left_out = (0..180).filter(|record| record % 5 == 2).collect();
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("export");
        let plan = project.export(&dir);
        assert_eq!(plan.sources.iter().map(|source| source.left_out).sum::<u64>(), 36);
        let mut rows = 0;
        for pass in &plan.passes {
            read_table(&dir.join(pass.folder()), ["record"], &mut |[record]| {
                rows += 1;
                assert!(record % 5 != 2);
                Ok(())
            })
            .unwrap();
        }
        assert!(rows > 1_000);
        project.run(&dir, &plan);
        let (local, _) = assert_same(&project, &dir);
        assert!(local.all.passes.iter().any(|pass| pass.blocks_over_limit > 0));
        assert!(local.all.pairs.len() > 100);
        // Who are left out is decided anew when the result is collected.
        project.left_out.pop();
        let refused = project.collect(&dir).map(|_| ()).unwrap_err();
        assert!(matches!(refused, EngineError::PlanDiffers { what: "submissions", .. }));
        project.left_out.push(178);
        let refused = project.collect(&dir).map(|_| ()).unwrap_err();
        let what = "records that are left out";
        assert!(matches!(refused, EngineError::PlanDiffers { what: it, .. } if it == what));
    }
}

#[test]
fn an_export_ends_where_it_is_told_to() {
    let project = project(Profile::Standard, &PASSES_ALL, 120);
    let sources =
        Sources::numbered(&project.submissions, project.without_duplicates.clone()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (settings, kernel) = (project.settings(), Kernel::detect());
    let exporting = Exporting { sources: &sources, settings, unsealed: Some(Unsealed), kernel };
    let ended = export(&exporting, &dir.path().join("export"), &|_, _| false).unwrap_err();
    assert_eq!(ended.code(), "cancelled");
}

#[test]
fn two_sources_without_duplicates_have_no_third_script() {
    let mut project = project(Profile::Standard, &PASSES_FEW, 40);
    project.submissions.truncate(2);
    project.without_duplicates = vec![true, true];
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("export");
    let plan = project.export(&dir);
    assert!(!dir.join("against.sql").exists());
    project.run(&dir, &plan);
    assert_same(&project, &dir);
}

#[test]
fn nothing_is_exported_unless_somebody_says_that_it_may_lie_unsealed() {
    let project = project(Profile::Standard, &PASSES_FEW, 50);
    let sources =
        Sources::numbered(&project.submissions, project.without_duplicates.clone()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("export");
    let settings = project.settings();
    let kernel = Kernel::detect();
    let exporting = Exporting { sources: &sources, settings, unsealed: None, kernel };
    let refused = export(&exporting, &dir, &|_, _| true).unwrap_err();
    assert_eq!(refused.code(), "engine-export-sealed");
    assert!(!dir.exists());
    let exporting = Exporting { unsealed: Some(Unsealed), ..exporting };
    export(&exporting, &dir, &|_, _| true).unwrap();
}

#[test]
fn one_changed_number_is_found() {
    let project = project(Profile::Standard, &PASSES_FEW, 60);
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("export");
    let plan = project.export(&dir);
    project.run(&dir, &plan);
    project.collect(&dir).unwrap();
    for (table, column, code) in [
        ("checked", "pattern", "engine-pairs-differ"),
        ("checked", "met", "engine-pairs-differ"),
        ("passes", "pairs_twice", "engine-pass-differs"),
        ("passes", "blocks_over_limit", "engine-pass-differs"),
        ("histogram", "twice", "engine-table-invalid"),
        ("edges", "pattern", "engine-table-invalid"),
        ("edges", "b", "engine-pairs-differ"),
        ("against", "pattern", "engine-table-invalid"),
        ("against", "b", "engine-pairs-differ"),
        ("against", "met", "engine-pairs-differ"),
    ] {
        let undo = tampered(&dir, table, column);
        let refused = project.collect(&dir).map(|_| ()).unwrap_err();
        assert_eq!(refused.code(), code, "{table}.{column}: {refused}");
        undo();
    }
    for table in ["checked", "against"] {
        let undo = without_a_row(&dir, table);
        assert_eq!(project.collect(&dir).unwrap_err().code(), "engine-pairs-differ", "{table}");
        undo();
    }
    project.collect(&dir).unwrap();
}

#[test]
fn a_step_that_is_done_again_takes_away_what_was_made_of_its_last_result() {
    let project = project(Profile::Standard, &PASSES_FEW, 80);
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("export");
    let plan = project.export(&dir);
    project.run(&dir, &plan);
    let there = |table: &str| dir.join("out").join(table).exists();
    project.companies(&dir);
    assert!(!there("against") && there("edges") && there("checked"));
    project.connecting(&dir);
    assert!(!there("edges") && !there("checked") && there("histogram"));
    std::fs::create_dir(dir.join("out/edges")).unwrap();
    let empty = project.collect(&dir).map(|_| ()).unwrap_err();
    assert!(["io", "engine-table-invalid"].contains(&empty.code()), "{empty}");
}

#[cfg(unix)]
#[test]
fn an_export_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = project(Profile::Standard, &PASSES_FEW, 90);
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("export");
    let plan = project.export(&dir);
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&dir.join("engine.json"))), (0o700, 0o600));
    let folder = dir.join(plan.passes[0].folder());
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = folder.read_dir().unwrap().map(|it| it.unwrap().path()).collect();
    assert!(!files.is_empty() && files.iter().all(|file| mode(file) == 0o600));
}

#[test]
fn an_export_of_other_settings_is_refused() {
    let mut project = project(Profile::Standard, &PASSES_FEW, 70);
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("export");
    project.export(&dir);
    project.limits.records_max += 1;
    let refused = project.collect(&dir).map(|_| ()).unwrap_err();
    assert!(matches!(refused, EngineError::PlanDiffers { what: "passes or block limits", .. }));
}

type Columns = Vec<(&'static str, Vec<i64>)>;

fn read(dir: &std::path::Path, table: &str) -> Columns {
    match table {
        "checked" => read_columns(dir, table, ["a", "b", "grp", "met", "pattern", "boundary"]),
        "edges" | "against" => read_columns(dir, table, ["a", "b", "grp", "met", "pattern"]),
        "histogram" => read_columns(dir, table, ["grp", "pattern", "once", "twice", "more"]),
        _ => {
            let names = [
                "pass",
                "blocks",
                "pairs_twice",
                "blocks_over_limit",
                "rows_over_limit",
                "largest_block",
            ];
            read_columns(dir, table, names)
        }
    }
}

fn read_columns<const N: usize>(
    dir: &std::path::Path,
    table: &str,
    names: [&'static str; N],
) -> Columns {
    let mut columns: Columns = names.iter().map(|name| (*name, Vec::new())).collect();
    read_table(&dir.join("out").join(table), names, &mut |row| {
        columns.iter_mut().zip(row).for_each(|((_, all), cell)| all.push(cell));
        Ok(())
    })
    .unwrap();
    columns
}

fn replace(dir: &std::path::Path, table: &str, columns: Columns) -> impl FnOnce() {
    let path = dir.join("out").join(table).join("part-0.parquet");
    let before = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    tallystick_engine::write_table(&path, columns).unwrap();
    move || std::fs::write(&path, before).unwrap()
}

/// Changes a number in the first row that has one.
fn tampered(dir: &std::path::Path, table: &str, column: &str) -> impl FnOnce() {
    let mut columns = read(dir, table);
    let cells = &mut columns.iter_mut().find(|(name, _)| *name == column).unwrap().1;
    let cell = cells.iter_mut().find(|cell| **cell > 0).unwrap();
    // Two: a pair is counted twice.
    *cell += 2;
    replace(dir, table, columns)
}

fn without_a_row(dir: &std::path::Path, table: &str) -> impl FnOnce() {
    let mut columns = read(dir, table);
    columns.iter_mut().for_each(|(_, cells)| cells.truncate(cells.len() - 1));
    replace(dir, table, columns)
}
