//! A mapping proposed by `sniff` from a synthetic export, without an edit or an answer, links as the
//! hand-written one does: every encoding is the same to the byte.

use std::collections::BTreeSet;
use std::fs;

use anyhow::Context as _;
use tallystick_agency::sniff::{Sniffed, Told};
use tallystick_e2e::{Project, Synthetic};
use tallystick_encoder::mapping::Mapping;
use tallystick_synth::{Config, Profile as Errors, Source};
use tallystick_wire::Profile;

use crate::determinism::assert_same_encodings;

/// The year from which births are in the future, as in the other tests of this package.
const YEAR_MAX: u16 = 2020;

#[test]
fn proposed_mappings_link_as_written_ones() -> anyhow::Result<()> {
    for (errors, seed) in [(Errors::Clean, 1), (Errors::Dirty, 2), (Errors::VeryDirty, 3)] {
        let sources = Source::ALL.to_vec();
        let config = Config { persons: 1_500, seed, profile: errors, sources, ..Config::default() };
        let (synthetic, project) = (Synthetic::new(&config)?, Project::new()?);
        for source in Source::ALL {
            for ignore_layouts in [false, true] {
                // The written mapping of probation takes X for missing, in the middle name too; the
                // detector has no reason to where no sex is X.
                if ignore_layouts && errors == Errors::Clean && source == Source::Probation {
                    continue;
                }
                same_as_written(&synthetic, &project, source, ignore_layouts)
                    .with_context(|| format!("{}, {errors:?}", source.label()))?;
            }
        }
    }
    Ok(())
}

fn same_as_written(
    synthetic: &Synthetic,
    project: &Project,
    source: Source,
    ignore_layouts: bool,
) -> anyhow::Result<()> {
    let export = synthetic.export(source);
    let written = synthetic.mapping(source)?;
    let kind = Mapping::parse(&written)?.source_type();
    let told = Told {
        source: source.label().to_owned(),
        // Of no matter to the linkage, but part of the submission's header.
        source_type: ignore_layouts.then_some(kind),
        year_max: YEAR_MAX,
        ignore_layouts,
        ..Told::default()
    };
    let sniffed = Sniffed::read(&export, told)?;
    let proposal = sniffed.propose();
    assert_eq!(proposal.questions, []);
    assert_eq!(proposal.layout.is_some(), !ignore_layouts);
    let proposed = sniffed.mapping(&proposal)?;
    let encode =
        |mapping: &str, run: &str| project.encode(&export, mapping, Profile::Standard, run);
    let (a, b) = (encode(&written, "written")?, encode(&proposed, "proposed")?);
    let lines = |path| -> anyhow::Result<BTreeSet<String>> {
        Ok(fs::read_to_string(path)?.lines().map(str::to_owned).collect())
    };
    // Not `assert_eq`: thousands of lines would be printed.
    assert!(lines(&a.handles)? == lines(&b.handles)?, "the handles differ");
    assert_same_encodings(&a.submission, &b.submission)
}
