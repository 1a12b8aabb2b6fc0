//! Rules that no compiler holds. A finding reads `src/x.rs:12: what is wrong`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Largest tracked file outside the fixtures.
const FILE_BYTES_MAX: u64 = 512 * 1024;
/// Largest module for browsers; about a third of it is sent, packed.
const MODULE_BYTES_MAX: u64 = 3 << 20;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Tracked files, relative to the root. A copy without git is walked.
fn files() -> Vec<PathBuf> {
    let listed = Command::new("git").current_dir(root()).args(["ls-files", "-z"]).output();
    let mut files: Vec<PathBuf> = match listed {
        Ok(output) if output.status.success() => output
            .stdout
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
            .map(|name| PathBuf::from(String::from_utf8_lossy(name).into_owned()))
            .filter(|file| root().join(file).is_file())
            .collect(),
        _ => {
            let mut found = Vec::new();
            walk(Path::new(""), &mut found);
            found
        }
    };
    files.sort_unstable();
    assert!(files.len() > 50, "the source is here");
    files
}

fn walk(under: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(root().join(under)).expect("directories can be read") {
        let name = under.join(entry.expect("entries can be read").file_name());
        let path = root().join(&name);
        if path.is_file() {
            found.push(name);
        } else if name != Path::new("target") && name != Path::new(".git") {
            walk(&name, found);
        }
    }
}

/// Files whose path starts and ends so, with their text.
fn texts(start: &str, end: &str) -> Vec<(String, String)> {
    files()
        .into_iter()
        .map(|file| file.to_string_lossy().into_owned())
        .filter(|file| file.starts_with(start) && file.ends_with(end))
        .filter_map(|file| Some((file.clone(), fs::read_to_string(root().join(&file)).ok()?)))
        .collect()
}

/// Fails with all findings.
fn none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));
}

/// Lines of files that hold one of some words.
fn lines_with(texts: &[(String, String)], words: &[&str], what: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (file, text) in texts {
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                findings.push(format!("{file}:{number}: {word}: {what}"));
            }
        }
    }
    findings
}

#[test]
fn a_banned_word_is_found_with_its_place() {
    let text = [("src/x.rs".to_owned(), "fn a() {}\nuse actix_web::App;\n".to_owned())];
    assert_eq!(lines_with(&text, &["actix"], "no"), ["src/x.rs:2: actix: no"]);
}

#[test]
fn only_web_knows_the_web_framework() {
    let mut sources = texts("src/", ".rs");
    sources.extend(texts("crates/", ".rs"));
    sources.retain(|(file, _)| !file.starts_with("src/web/"));
    none(&lines_with(&sources, &["actix"], "only src/web knows it"));
}

/// Crates that know no clock, no disk and no network.
const PURE: [&str; 4] =
    ["crates/linkage/src/", "crates/disclosure/src/", "crates/chart/src/", "crates/evaluate/src/"];

#[test]
fn the_linkage_the_gate_the_charts_and_the_statistics_are_pure() {
    let pure = PURE.map(|folder| texts(folder, ".rs"));
    assert!(pure.iter().all(|sources| !sources.is_empty()));
    // A program of a crate is no part of its library: it reads and writes for it.
    let sources: Vec<_> =
        pure.concat().into_iter().filter(|(file, _)| !file.ends_with("/src/main.rs")).collect();
    let words = ["std::fs", "std::net", "std::time", "SystemTime", "std::env", "std::process"];
    none(&lines_with(&sources, &words, "no clock, disk or network here"));
}

/// The standard library's come from the platform, and differ from one to the next in the last bits.
#[test]
fn logarithms_and_powers_give_the_same_bits_everywhere() {
    let pure = PURE.map(|folder| texts(folder, ".rs"));
    let sources = [pure.concat(), texts("src/", ".rs")].concat();
    // Its use is in a test of colours.
    let sources: Vec<_> =
        sources.into_iter().filter(|(file, _)| file != "crates/chart/src/theme.rs").collect();
    let words = [".log2()", ".log10()", ".ln()", ".exp()", ".exp2()", ".powf(", ".powi("];
    none(&lines_with(&sources, &words, "libm's, or multiplication"));
}

#[test]
fn only_the_command_lines_print() {
    let mut sources = texts("src/", ".rs");
    sources.extend(texts("crates/agency/src/", ".rs"));
    sources.retain(|(file, _)| !file.contains("/cli/"));
    sources.extend(texts("crates/page/src/", ".rs"));
    let words = ["io::stdout", "io::stderr", "println!", "eprintln!", "ProgressBar"];
    none(&lines_with(&sources, &words, "only cli/ prints"));
}

#[test]
fn every_module_says_what_it_is() {
    let sources: Vec<_> = [texts("src/", ".rs"), texts("crates/", ".rs"), texts("demo/", ".rs")]
        .concat()
        .into_iter()
        .filter(|(file, _)| file.contains("src/") && !file.ends_with("tests.rs"))
        .collect();
    let findings: Vec<String> = sources
        .iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(file, _)| format!("{file}:1: begins with //! and what the module is"))
        .collect();
    none(&findings);
}

#[test]
fn nothing_is_left_to_be_done() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:"), "todo!("];
    let mut sources = [texts("", ".rs"), texts("", ".toml"), texts("", ".py")].concat();
    sources.extend([texts("", ".md"), texts("scripts/", "")].concat());
    sources.retain(|(file, _)| file != "tests/it/tidy.rs");
    none(&lines_with(&sources, &marks, "do it or leave it"));
}

#[test]
fn every_setting_has_a_comment() {
    let text = fs::read_to_string(root().join("config/default.toml")).expect("it is there");
    let lines: Vec<&str> = text.lines().collect();
    let mut findings = Vec::new();
    for (number, pair) in (2..).zip(lines.windows(2)) {
        let is_setting = pair[1].contains(" = ") && !pair[1].starts_with('#');
        if is_setting && !pair[0].starts_with('#') {
            findings.push(format!("config/default.toml:{number}: a comment goes above"));
        }
    }
    assert!(lines.iter().any(|line| line.contains(" = ")));
    none(&findings);
}

#[test]
fn no_large_file_is_tracked() {
    let findings: Vec<String> = files()
        .into_iter()
        .filter(|file| !file.starts_with("tests/fixtures"))
        .filter(|file| {
            let bytes = fs::metadata(root().join(file)).map_or(0, |metadata| metadata.len());
            let is_module = file.extension().is_some_and(|ending| ending == "wasm");
            bytes > if is_module { MODULE_BYTES_MAX } else { FILE_BYTES_MAX }
        })
        .map(|file| format!("{}: too large", file.display()))
        .collect();
    none(&findings);
}

#[test]
fn no_path_of_a_machine_stands_in_the_source() {
    let words = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    none(&lines_with(&texts("", ""), &words, "a path of one machine"));
}

#[test]
fn one_word_for_one_idea() {
    // Of the words that docs ban, those that have no other meaning here.
    let banned = [
        ("normaliz", "normalise"),
        ("tokeniz", "tokenise"),
        ("sanitize", "normalise"),
        ("shingle", "q-gram"),
        ("obfuscat", "harden"),
        ("base rate", "prior"),
    ];
    let mut sources =
        [texts("src/", ".rs"), texts("crates/", ".rs"), texts("demo/", ".rs")].concat();
    sources.retain(|(file, _)| file.contains("src/"));
    sources.extend([texts("config/", ".toml"), texts("", ".md")].concat());
    let mut findings = Vec::new();
    for (file, text) in &sources {
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.to_lowercase();
            // Names of foreign packages stay.
            if line.contains("unicode_normalization") || line.contains("unicode-normalization") {
                continue;
            }
            for (word, ours) in banned {
                if line.contains(word) {
                    findings.push(format!("{file}:{number}: \"{word}\" is banned, use \"{ours}\""));
                }
            }
        }
    }
    none(&findings);
}
