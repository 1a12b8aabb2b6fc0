//! Nothing of a release names anybody.

use std::fs;

use tallystick_dataset::bundle::Bundle;
use tallystick_e2e::{Project, Synthetic};
use tallystick_synth::{Config as People, Profile as Errors, Source};
use tallystick_wire::Profile;

use super::super::canary::people::plant;
use super::super::canary::search::Search;
use super::Bureau;

const THREE: [Source; 3] = [Source::Police, Source::Court, Source::Provider];
/// The study of the demo, which has these sources.
const STUDY: &str = include_str!("../../../../demo/study.toml");

#[test]
fn invariant_1_no_identifier_is_in_any_file_of_a_release() -> anyhow::Result<()> {
    let config = People {
        persons: 3_000,
        sources: THREE.to_vec(),
        profile: Errors::Clean,
        ..People::default()
    };
    let (synthetic, project) = (Synthetic::new(&config)?, Project::new()?);
    let exports = project.dir().join("planted");
    fs::create_dir_all(&exports)?;
    let planted = plant(&synthetic, &exports)?;
    let mut encoded = Vec::new();
    for source in THREE {
        let export = exports.join(format!("{}.csv", source.label()));
        let mapping = synthetic.mapping(source)?;
        encoded.push(project.encode(&export, &mapping, Profile::Standard, "canary")?);
    }
    let bureau = Bureau::of(synthetic, project, encoded)?;
    let released = bureau.released(STUDY)?;
    let path = bureau.download(released.id)?;

    let canaries: Vec<String> =
        planted.people.iter().flat_map(super::super::canary::people::Person::canaries).collect();
    let search = Search::new(&canaries);
    let bundle = Bundle::open(&path)?;
    let names: Vec<String> =
        bundle.manifest().outputs.iter().map(|output| output.name.clone()).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let found = search.find(&bundle.member(&name)?);
        assert!(found.is_empty(), "{name}: {} places", found.len());
    }
    // What the service says of it, too.
    let report = released.report.unwrap_or_default();
    assert!(search.find(report.as_bytes()).is_empty());
    // The search finds what is there.
    assert!(!search.find(canaries[0].as_bytes()).is_empty());
    Ok(())
}
