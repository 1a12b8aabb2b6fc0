//! The report as a whole: files, markup, figures and tables, empty and hostile input.

use std::collections::BTreeSet;

use super::figures::{Content, Figures};
use super::svg::Width;
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

/// One tag with its attributes.
#[derive(Debug)]
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
}

impl Tag<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    fn number(&self, key: &str) -> f64 {
        self.get(key).unwrap_or("0").parse().unwrap_or_else(|_| panic!("{key} of {self:?}"))
    }
}

/// Start tags of well-formed markup, in order; panics where it is not well-formed.
fn well_formed(markup: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = markup.strip_prefix("<!DOCTYPE html>\n").unwrap_or(markup);
    while let Some(start) = rest.find('<') {
        if open.last() != Some(&"style") {
            check_text(&rest[..start]);
        }
        let end = rest[start..].find('>').expect("a tag ends") + start;
        let inner = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = inner.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closes what is open");
            continue;
        }
        let is_empty = inner.ends_with('/');
        let tag = start_tag(inner.strip_suffix('/').unwrap_or(inner));
        if !is_empty {
            open.push(tag.name);
        }
        tags.push(tag);
    }
    check_text(rest);
    assert!(open.is_empty(), "left open: {open:?}");
    tags
}

/// Text holds no markup but known references.
fn check_text(text: &str) {
    assert!(!text.contains('>'), "{text}");
    for reference in text.split('&').skip(1) {
        let name = reference.split(';').next().unwrap();
        assert!(["amp", "lt", "gt", "quot", "#39"].contains(&name), "&{name}");
    }
}

fn start_tag(inner: &str) -> Tag<'_> {
    let (name, mut rest) = inner.split_once(' ').unwrap_or((inner, ""));
    assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{name}");
    let mut attributes: Vec<(&str, &str)> = Vec::new();
    while !rest.is_empty() {
        let (key, after) = rest.split_once("=\"").expect("attributes have values");
        let (value, after) = after.split_once('"').expect("values end");
        check_text(value);
        assert!(attributes.iter().all(|(other, _)| *other != key), "{key} twice");
        assert!(!key.starts_with("on"), "{key}");
        attributes.push((key, value));
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    Tag { name, attributes }
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
                let tags = well_formed(&svg);
                let (right, bottom) = (tags[0].number("width"), tags[0].number("height"));
                assert_eq!((tags[1].name, tags[2].name), ("title", "desc"));
                for tag in &tags[1..] {
                    let ends = match tag.name {
                        "rect" => [
                            (tag.number("x"), tag.number("y")),
                            (
                                tag.number("x") + tag.number("width"),
                                tag.number("y") + tag.number("height"),
                            ),
                        ],
                        "line" => [
                            (tag.number("x1"), tag.number("y1")),
                            (tag.number("x2"), tag.number("y2")),
                        ],
                        "circle" => [(tag.number("cx"), tag.number("cy")); 2],
                        "text" => [(tag.number("x"), tag.number("y")); 2],
                        _ => continue,
                    };
                    for (x, y) in ends {
                        let inside =
                            (-0.5..=right + 0.5).contains(&x) && (-0.5..=bottom + 0.5).contains(&y);
                        assert!(inside, "{sample}: {} {width:?}: {tag:?}", figure.id);
                    }
                }
            }
        }
    }
}

#[test]
fn figures_of_a_full_report_say_what_they_show() {
    let report = sample::full();
    for figure in Figures::of(&report).all() {
        match figure.content {
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
        let Content::Empty(why) = figure.content else { panic!("{} is drawn", figure.id) };
        assert!(!why.is_empty() && html::page(&report).contains(why), "{}", figure.id);
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
