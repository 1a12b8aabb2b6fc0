//! Studies with a known effect, the whole way; docs/evaluation.md has hundreds of them.

use tallystick_e2e::known_truth::{
    PERSONS, Replication, Setting, WITHOUT_NUMBERS, replicate, true_ratio,
};
use tallystick_synth::Profile as Errors;

fn studies(seeds: std::ops::Range<u64>, errors: Errors) -> anyhow::Result<Vec<Replication>> {
    let differential = errors != Errors::Clean;
    let without = if differential { WITHOUT_NUMBERS } else { &[] };
    let setting = |seed| Setting { seed, errors, differential, persons: PERSONS, without };
    seeds.map(|seed| replicate(&setting(seed))).collect()
}

#[test]
fn a_clean_study_finds_what_perfect_links_would() -> anyhow::Result<()> {
    for study in studies(9_001..9_003, Errors::Clean)? {
        let apart = (study.linked.estimate / study.perfect.estimate).ln().abs();
        assert!(apart < 0.1, "{study:?}");
        assert!(study.rates.iter().all(|rates| rates.missed[0] < 0.03), "{study:?}");
        assert!(study.perfect.lower < true_ratio() && true_ratio() < study.perfect.upper);
    }
    Ok(())
}

#[test]
fn where_the_pool_is_linked_worse_the_correction_goes_towards_perfect_links() -> anyhow::Result<()>
{
    let studies = studies(9_001..9_004, Errors::VeryDirty)?;
    let mut apart = [0.0; 2];
    for study in &studies {
        let [clients, pool] = study.rates;
        assert!(pool.missed[0] > clients.missed[0], "{study:?}");
        assert!(study.corrected.estimate < study.linked.estimate, "{study:?}");
        for (apart, ratio) in apart.iter_mut().zip([study.linked, study.corrected]) {
            *apart += (ratio.estimate / study.perfect.estimate).ln();
        }
    }
    assert!(apart[0] > 0.0 && apart[1].abs() < apart[0], "{apart:?}");
    Ok(())
}
