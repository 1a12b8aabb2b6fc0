//! Plans as files: `good_*` are read, `bad_*` are refused with the code and place in their first line.

use std::fs;
use std::path::Path;

use tallystick_evaluate::study::Plan;

#[test]
fn every_plan_is_read_or_refused_as_its_name_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut good, mut bad) = (0, 0);
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        match Plan::parse(&text) {
            Ok(_) => {
                assert!(name.starts_with("good_"), "{name} was read");
                good += 1;
            }
            Err(error) => {
                assert!(name.starts_with("bad_"), "{name}: {error}");
                let expected = text.lines().next().unwrap().trim_start_matches("# ");
                assert_eq!(format!("{}: {error}", error.code()), expected, "{name}");
                bad += 1;
            }
        }
    }
    assert!(good >= 4 && bad >= 20, "{good} good, {bad} bad");
}
