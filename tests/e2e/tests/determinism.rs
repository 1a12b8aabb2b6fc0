//! The same inputs give the same bytes, whatever the threads, the kernel, or the order of files and rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use tallystick_e2e::{Encoded, Linked, Project, Synthetic, files_in, rewrite_rows};
use tallystick_kernels::Kernel;
use tallystick_synth::{Config, Source};
use tallystick_wire::{Profile, SectionKind, Submission};

const SOURCES: [Source; 3] = [Source::Police, Source::Court, Source::Provider];

type Files = BTreeMap<String, Vec<u8>>;

fn synthetic() -> anyhow::Result<Synthetic> {
    Synthetic::new(&Config { persons: 600, sources: SOURCES.to_vec(), ..Config::default() })
}

fn submissions(encoded: &[Encoded]) -> Vec<PathBuf> {
    encoded.iter().map(|one| one.submission.clone()).collect()
}

/// Tables, report and clusters of a linkage.
fn files(linked: &Linked) -> anyhow::Result<Files> {
    let mut files = files_in(&linked.dir)?;
    files.insert("clusters.csv".to_owned(), fs::read(&linked.clusters)?);
    Ok(files)
}

/// Equal but for some words that name the run, replaced by dashes on both sides.
fn assert_same(found: &Files, expected: &Files, names: &[String], what: &str) {
    let plain = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        names.iter().fold(text, |text, name| text.replace(name, "-"))
    };
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{what}");
    for (name, bytes) in found {
        let report = name.starts_with("linkage_report");
        let same =
            if report { plain(bytes) == plain(&expected[name]) } else { *bytes == expected[name] };
        assert!(same, "{name} differs with {what}");
    }
}

#[test]
fn threads_kernel_and_order_of_submissions_do_not_matter() -> anyhow::Result<()> {
    let (synthetic, project) = (synthetic()?, Project::new()?);
    for profile in [Profile::Standard, Profile::Trusted] {
        let run = profile.as_str();
        let encoded = synthetic.encode(&project, profile, &[], run)?;
        let mut paths = submissions(&encoded);
        let link = |paths: &[PathBuf], threads: usize, kernel: Kernel, run: &str| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
            files(&pool.install(|| project.link(paths, &[], kernel, run))?)
        };
        let expected = link(&paths, 1, Kernel::detect(), &format!("{run}-1"))?;
        for threads in [2, 8] {
            let found = link(&paths, threads, Kernel::detect(), &format!("{run}-{threads}"))?;
            assert_same(&found, &expected, &[], &format!("{threads} threads, {run}"));
        }
        for kernel in Kernel::available() {
            let name = kernel.name().to_string();
            let found = link(&paths, 2, kernel, &format!("{run}-{name}"))?;
            let names = [name.clone(), Kernel::detect().name().to_string()];
            assert_same(&found, &expected, &names, &format!("kernel {name}, {run}"));
        }
        paths.rotate_left(1);
        paths.swap(0, 1);
        let found = link(&paths, 2, Kernel::detect(), &format!("{run}-order"))?;
        assert_same(&found, &expected, &[], &format!("submissions in another order, {run}"));
    }
    Ok(())
}

/// Where the truth is known, every kept pair is stored; else only those that may connect records, and those that speak against
/// a cluster of several. The persons are the same.
#[test]
fn storing_only_likely_pairs_does_not_matter() -> anyhow::Result<()> {
    assert_storing_does_not_matter(&SOURCES[..2], &[("police", "court")], 3_000)?;
    assert_storing_does_not_matter(&SOURCES, &[], 1_000)
}

fn assert_storing_does_not_matter(
    sources: &[Source],
    pairs: &[(&str, &str)],
    persons: u64,
) -> anyhow::Result<()> {
    let sources = sources.to_vec();
    let config = Config { persons, sources, rows_per_person_min: 1, ..Config::default() };
    let (synthetic, project) = (Synthetic::new(&config)?, Project::new()?);
    let encoded = synthetic.encode(&project, Profile::Standard, &[], "stored")?;
    let paths = submissions(&encoded);
    let truth = project.dir().join("truth.csv");
    fs::write(&truth, "source,handle,person\n")?;
    let link = |truth, run| {
        files(&project.link_known(&paths, pairs, [truth, None], Kernel::detect(), run)?)
    };
    let (mut some, mut all) = (link(None, "some")?, link(Some(truth.as_path()), "all")?);
    for files in [&mut some, &mut all] {
        // The report tells the truth, and sums in another order.
        files.retain(|name, _| !name.starts_with("linkage_report"));
        assert!(files.len() > 1);
    }
    assert_same(&some, &all, &[], "all pairs stored");
    Ok(())
}

/// Writes an export's rows in another order.
fn shuffle(synthetic: &Synthetic, source: Source, to: &Path) -> anyhow::Result<()> {
    let delimiter = if source == Source::Court { b';' } else { b',' };
    rewrite_rows(&synthetic.export(source), to, delimiter, |_, rows| {
        // A fixed walk through all rows: the step has no factor in common with their number.
        let count = rows.len();
        let step = (count / 3..).find(|step| greatest_common(*step, count) == 1).unwrap_or(1);
        *rows = (0..count).map(|at| rows[at * step % count].clone()).collect();
    })
}

fn greatest_common(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common(b, a % b) }
}

#[test]
fn the_order_of_rows_does_not_matter() -> anyhow::Result<()> {
    let (synthetic, project) = (synthetic()?, Project::new()?);
    let mut results = Vec::new();
    for run in ["as-written", "shuffled"] {
        let encoded: Vec<Encoded> = SOURCES
            .iter()
            .map(|source| {
                let mut export = synthetic.export(*source);
                if run == "shuffled" {
                    let to = project.dir().join(format!("{}.shuffled.csv", source.label()));
                    shuffle(&synthetic, *source, &to)?;
                    assert_ne!(fs::read(&export)?, fs::read(&to)?);
                    export = to;
                }
                project.encode(&export, &synthetic.mapping(*source)?, Profile::Standard, run)
            })
            .collect::<anyhow::Result<_>>()?;
        let linked = project.link(&submissions(&encoded), &[], Kernel::detect(), run)?;
        results.push((encoded, files(&linked)?));
    }
    let [(first, expected), (second, found)] = &results[..] else { unreachable!("two runs") };
    for (a, b) in first.iter().zip(second) {
        let lines = |path: &Path| -> anyhow::Result<BTreeSet<String>> {
            Ok(fs::read_to_string(path)?.lines().map(str::to_owned).collect())
        };
        assert_eq!(lines(&a.handles)?, lines(&b.handles)?, "handles of {}", a.source);
        assert_same_encodings(&a.submission, &b.submission)?;
    }
    // The digest of a submission covers its sealed content, whose bytes are new each time.
    let digests: Vec<String> =
        first.iter().chain(second).map(|one| one.report.digest.to_string()).collect();
    assert_same(found, expected, &digests, "rows in another order");
    Ok(())
}

/// Equal headers, and equal bytes in every section but the sealed content.
pub(crate) fn assert_same_encodings(a: &Path, b: &Path) -> anyhow::Result<()> {
    let (bytes_a, bytes_b) = (fs::read(a)?, fs::read(b)?);
    let (a, b) = (Submission::open(fs::File::open(a)?)?, Submission::open(fs::File::open(b)?)?);
    assert_eq!(a.header(), b.header());
    assert_eq!(a.layout().sections().len(), b.layout().sections().len());
    for (section, other) in a.layout().sections().iter().zip(b.layout().sections()) {
        assert_eq!((section.kind, section.offset), (other.kind, other.offset));
        let is_content = section.kind == SectionKind::Content;
        let start = usize::try_from(section.offset)?;
        let range = start..start + usize::try_from(section.bytes)?;
        // Sealing uses a new key each time, and its head has a random length.
        let same = bytes_a[range.clone()] == bytes_b[range.start..range.end.min(bytes_b.len())];
        assert_eq!(same, !is_content, "{:?}", section.kind);
        assert!(is_content || section.bytes == other.bytes);
    }
    Ok(())
}

#[test]
fn an_export_encoded_twice_gives_the_same_encodings() -> anyhow::Result<()> {
    let (synthetic, project) = (synthetic()?, Project::new()?);
    for profile in [Profile::Standard, Profile::Trusted] {
        let [a, b] = ["first", "second"].map(|run| {
            let source = Source::Police;
            project.encode(&synthetic.export(source), &synthetic.mapping(source)?, profile, run)
        });
        assert_same_encodings(&a?.submission, &b?.submission)?;
    }
    Ok(())
}
