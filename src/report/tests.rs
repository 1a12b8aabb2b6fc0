//! The report as a whole: files, markup, figures and tables, empty and hostile input.

use std::collections::BTreeSet;

use tallystick_chart::{Content, Width, inspect};

use super::figures::Figures;
use super::*;

const WIDTHS: [Width; 2] = [Width::Wide, Width::Narrow];

fn samples() -> [(&'static str, LinkageReport); 4] {
    [
        ("full", sample::full()),
        ("empty", odd::empty()),
        ("one source", odd::one_source()),
        ("hostile", odd::hostile()),
    ]
}

fn well_formed(markup: &str) -> Vec<inspect::Tag<'_>> {
    inspect::well_formed(markup).unwrap()
}

#[test]
fn pages_are_well_formed_and_ask_for_nothing() {
    for (sample, report) in samples() {
        let page = html::page(&report);
        let tags = well_formed(&page);
        assert!(!page.contains("://"), "{sample}");
        for tag in tags {
            let forbidden = ["script", "link", "img", "iframe", "object", "form", "use", "image"];
            assert!(!forbidden.contains(&tag.name), "{sample}: {tag:?}");
            assert!(tag.get("src").is_none(), "{sample}: {tag:?}");
            assert!(tag.get("href").is_none_or(|href| href.starts_with('#')), "{sample}: {tag:?}");
        }
    }
}

#[test]
fn references_within_a_page_meet_one_target() {
    for (sample, report) in samples() {
        let page = html::page(&report);
        let tags = well_formed(&page);
        let mut ids = BTreeSet::new();
        for id in tags.iter().filter_map(|tag| tag.get("id")) {
            assert!(ids.insert(id), "{sample}: {id} twice");
        }
        for tag in &tags {
            let links = tag.get("href").map(|href| &href[1..]).into_iter();
            let names = tag.get("aria-labelledby").unwrap_or("").split_whitespace();
            for target in links.chain(names) {
                assert!(ids.contains(target), "{sample}: {target}");
            }
        }
    }
}

#[test]
fn what_is_not_a_number_is_said_in_words() {
    for (sample, report) in samples() {
        let page = html::page(&report);
        for word in ["NaN", "inf<", ">inf", "inf%", "\"inf\"", "\"-inf\""] {
            assert!(!page.contains(word), "{sample}: {word}");
        }
        serde_json::from_str::<serde_json::Value>(&json(&report).unwrap()).unwrap();
    }
}

#[test]
fn each_row_of_a_table_is_drawn() {
    for (sample, report) in samples() {
        for figure in Figures::of(&report).all() {
            let rows = figure.table.rows.len();
            for row in &figure.table.rows {
                assert_eq!(row.len(), figure.table.columns.len(), "{sample}: {}", figure.id);
            }
            for width in WIDTHS {
                let Some(svg) = figure.svg(width) else { continue };
                let drawn = svg.matches("<g class=\"row\"><title>").count();
                assert!(rows > 0 && drawn > 0, "{sample}: {}", figure.id);
                let panels = drawn / rows;
                assert_eq!(drawn, panels * rows, "{sample}: {}", figure.id);
                assert!(panels == 1 || width == Width::Narrow, "{sample}: {}", figure.id);
            }
        }
    }
}

#[test]
fn drawings_stay_within_their_frame() {
    for (sample, report) in samples() {
        for figure in Figures::of(&report).all() {
            for width in WIDTHS {
                let Some(svg) = figure.svg(width) else { continue };
                inspect::drawing(&svg).unwrap_or_else(|wrong| {
                    panic!("{sample}: {} {width:?}: {wrong}", figure.id);
                });
            }
        }
    }
}

#[test]
fn figures_of_a_full_report_say_what_they_show() {
    let report = sample::full();
    for figure in Figures::of(&report).all() {
        match &figure.content {
            Content::Drawing(_) => assert!(figure.description.len() > 30, "{}", figure.id),
            Content::Heat(_) => {}
            Content::Empty(why) => panic!("{}: {why}", figure.id),
        }
    }
}

#[test]
fn an_empty_report_says_so_in_each_figure() {
    let report = odd::empty();
    for figure in Figures::of(&report).all() {
        let Content::Empty(why) = &figure.content else { panic!("{} is drawn", figure.id) };
        assert!(!why.is_empty() && html::page(&report).contains(why.as_ref()), "{}", figure.id);
    }
}

#[test]
fn weights_without_pairs_at_the_ends_are_left_out() {
    let figure = Figures::of(&odd::one_source()).weights;
    assert_eq!(figure.table.rows.len(), 1);
    assert_eq!(figure.table.rows[0][2..], ["1", "not available"]);
}

#[test]
fn warnings_and_numbers_reach_the_page() {
    let page = html::page(&sample::full());
    for text in [
        "<h3>2 warnings</h3>",
        "7,406 rows met nobody",
        "654,300",
        "95% interval 92.9% to 94.8%",
        "case_management with criminal_history",
        "rounds exhausted",
        "only one source has the attribute",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(html::page(&odd::empty()).contains("No warnings."));
}

#[test]
fn both_files_are_written_and_the_same_each_time() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for dir in &dirs {
        write(&sample::full(), dir.path()).unwrap();
    }
    for name in [JSON_NAME, HTML_NAME] {
        let [first, second] = dirs.each_ref().map(|dir| fs::read(dir.path().join(name)).unwrap());
        assert!(first == second && first.ends_with(b"\n"), "{name}");
    }
    let missing = dirs[0].path().join("missing");
    assert_eq!(write(&sample::full(), &missing).unwrap_err().kind(), io::ErrorKind::NotFound);
}

#[test]
fn json_keeps_its_shape() {
    insta::assert_snapshot!("linkage_report", json(&sample::full()).unwrap());
}

#[test]
fn what_was_written_is_read_back() {
    for (sample, report) in samples() {
        let text = json(&report).unwrap();
        let again = json(&read(&text).unwrap()).unwrap();
        let [text, again] = [text, again].map(|it| serde_json::from_str(&it).unwrap());
        assert!(is_same(&text, &again), "{sample}");
    }
}

/// The same but for the last digits of numbers, which reading may round otherwise than writing.
fn is_same(one: &serde_json::Value, other: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Number, Object};
    match (one, other) {
        (Number(one), Number(other)) => {
            let [one, other] = [one, other].map(|it| it.as_f64().unwrap());
            (one - other).abs() <= one.abs() * 1e-12
        }
        (Array(one), Array(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Object(one), Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, one)| other.get(key).is_some_and(|it| is_same(one, it)))
        }
        _ => one == other,
    }
}

#[test]
fn drawings_keep_their_shape() {
    let report = sample::full();
    let figures = Figures::of(&report);
    for (name, figure, width) in [
        ("flow_narrow", &figures.flow, Width::Narrow),
        ("quality_wide", &figures.quality, Width::Wide),
        ("passes_narrow", &figures.passes, Width::Narrow),
        ("overlaps_wide", &figures.overlaps, Width::Wide),
        ("weights_wide", &figures.weights, Width::Wide),
    ] {
        insta::assert_snapshot!(name, figure.svg(width).unwrap());
    }
}
