//! The program: from a bundle to a folder, whole or not at all.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tallystick_dataset::Ticker;
use tallystick_dataset::bundle::{BundleContent, Member, ReleaseFacts, write};

use super::PLAN;
use super::invented::Invented;

fn bundle(path: &Path) {
    let facts = ReleaseFacts {
        release_id: "rel_1".to_owned(),
        title: "Invented".to_owned(),
        k_achieved: Some(11),
        ..ReleaseFacts::default()
    };
    let tables = Invented::default().tables();
    let members = vec![Member {
        name: "study.toml".to_owned(),
        media_type: "application/toml".to_owned(),
        description: "the study".to_owned(),
        bytes: b"[[window]]\nname = \"POST365\"\nfrom = 1\nto = 365\n".to_vec(),
    }];
    let content = BundleContent { facts, tables: &tables, relations: Vec::new(), members };
    let mut ticker = Ticker::new(&|_| {}, &|| false);
    write(content, path, &|_| [0; 64], &mut ticker).unwrap();
}

fn run(folder: &Path, plan: &str, more: &[&str]) -> Output {
    fs::write(folder.join("plan.toml"), plan).unwrap();
    Command::new(env!("CARGO_BIN_EXE_tallystick-evaluate"))
        .current_dir(folder)
        .args(["bundle.zip", "--study", "plan.toml", "-o", "report"])
        .args(more)
        .output()
        .unwrap()
}

fn error(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_bundle_becomes_a_folder_and_nothing_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    bundle(&folder.path().join("bundle.zip"));
    let output = run(folder.path(), PLAN, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = folder.path().join("report");
    let page = fs::read_to_string(report.join("report.html")).unwrap();
    assert!(page.contains("days 1 to 365") && page.contains("Release rel_1"));
    for name in ["reproduce.R", "reproduce.do", "tables/outcomes.csv", "tables/outcomes.tex"] {
        assert!(report.join(name).is_file(), "{name}");
    }
    // No request and no script, so that the page can be opened anywhere.
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("href=\"http"));
    assert!(error(&run(folder.path(), PLAN, &[])).starts_with("error[evaluate-output-exists]"));
}

#[test]
fn what_is_wrong_is_said_by_its_place_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    bundle(&folder.path().join("bundle.zip"));
    let refused = |plan: &str, more: &[&str]| error(&run(folder.path(), plan, more));
    let said = refused(&PLAN.replace("\"n_misd_arr\"", "\"n_secret\""), &[]);
    assert!(
        said.starts_with(
            "error[evaluate-column-unfit]: table person_window has no column n_secret"
        ),
        "{said}"
    );
    let said = refused(&PLAN.replace("\"POST365\"", "\"POST90\""), &[]);
    assert!(said.starts_with("error[evaluate-window-unknown]"), "{said}");
    let said = refused(&PLAN.replace("CLIENTS", "A").replace("POOL", "B"), &[]);
    assert!(said.starts_with("error[evaluate-arms-unknown]"), "{said}");
    let said = refused(&PLAN.replace("[score]", "[score"), &[]);
    assert!(said.starts_with("error[plan-syntax]: plan, line 4"), "{said}");
    let wrong_key = "11".repeat(32);
    let said = refused(PLAN, &["--key", &wrong_key]);
    assert!(said.starts_with("error[bundle-"), "{said}");
    fs::write(folder.path().join("bundle.zip"), "no bundle").unwrap();
    assert!(refused(PLAN, &[]).starts_with("error[bundle-"));
    let mut left: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    left.sort();
    assert_eq!(left, ["bundle.zip", "plan.toml"]);
}
