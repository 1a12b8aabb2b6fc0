//! Takes the report, gives one page that needs nothing else: no script, no image, no request.

use tallystick_chart::numbers::{self, count, rounded};
use tallystick_chart::{Figure, Markup, Table, figures, table, table_head, theme, words as column};

use super::figures::Figures;
use super::model::{EngineRecord, LinkageReport, TrainingReport};
use super::words;

/// Forbids scripts and requests, should a browser ever find a way to one.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Sections in the order of the page: identifier and heading.
const SECTIONS: [(&str, &str); 11] = [
    ("summary", "Summary"),
    ("flow", "Flow of counts"),
    ("quality", "Quality"),
    ("persons", "Persons"),
    ("weights", "Match weights"),
    ("model", "Model"),
    ("blocking", "Blocking"),
    ("sources", "Sources"),
    ("review", "Review"),
    ("run", "Run record"),
    ("words", "Words used"),
];

/// The page.
pub(super) fn page(report: &LinkageReport) -> String {
    let mut out = Markup::default();
    out.raw("<!DOCTYPE html>\n");
    out.element("html", &[("lang", "en")], |out| {
        head(out, report);
        out.element("body", &[], |out| {
            out.leaf("a", &[("class", "skip"), ("href", "#summary")], "Skip to the summary");
            title(out, report);
            out.element("div", &[("class", "layout")], |out| {
                contents(out);
                out.element("main", &[], |out| body(out, report));
            });
        });
    });
    out.line();
    out.finish()
}

fn head(out: &mut Markup, report: &LinkageReport) {
    out.element("head", &[], |out| {
        out.empty("meta", &[("charset", "utf-8")]);
        let policy = [("http-equiv", "Content-Security-Policy"), ("content", POLICY)];
        out.empty("meta", &policy);
        out.empty("meta", &[("name", "referrer"), ("content", "no-referrer")]);
        out.empty("meta", &[("name", "robots"), ("content", "noindex")]);
        let viewport = "width=device-width, initial-scale=1";
        out.empty("meta", &[("name", "viewport"), ("content", viewport)]);
        out.leaf("title", &[], &format!("Linkage report: {}", report.run.project));
        out.element("style", &[], |out| out.raw(&theme::style_sheet()));
    });
    out.line();
}

fn title(out: &mut Markup, report: &LinkageReport) {
    let run = &report.run;
    out.element("header", &[("class", "page")], |out| {
        let eyebrow = format!(
            "Project {} \u{b7} schema {} \u{b7} key epoch {}",
            run.project, run.schema, run.epoch
        );
        out.leaf("p", &[("class", "eyebrow")], &eyebrow);
        out.leaf("h1", &[], "Linkage report");
        let sources = words::source_names(report);
        out.leaf("p", &[("class", "sources")], &sources);
    });
}

fn contents(out: &mut Markup) {
    out.element("nav", &[("aria-label", "Contents")], |out| {
        out.element("ol", &[], |out| {
            for (id, heading) in SECTIONS {
                out.element("li", &[], |out| {
                    out.leaf("a", &[("href", &format!("#{id}"))], heading)
                });
            }
        });
    });
    out.line();
}

fn body(out: &mut Markup, report: &LinkageReport) {
    let all = Figures::of(report);
    let mut page = Page { out, section: 0, figure: 0 };
    page.section(|page| summary(page, report));
    page.section(|page| page.figure(&all.flow));
    page.section(|page| page.figure(&all.quality));
    page.section(|page| {
        page.figure(&all.source_counts);
        page.figure(&all.overlaps);
        page.figure(&all.clusters);
    });
    page.section(|page| {
        page.out.leaf("p", &[], &words::thresholds(report));
        page.figure(&all.weights);
    });
    page.section(|page| {
        training(page.out, &report.training);
        page.figure(&all.levels);
        page.figure(&all.agreement);
    });
    page.section(|page| {
        page.out.leaf("p", &[], &words::blocking(report));
        page.figure(&all.passes);
        left_out(page.out, report);
    });
    page.section(|page| {
        page.figure(&all.rows);
        page.figure(&all.completeness);
    });
    page.section(|page| page.figure(&all.review));
    page.section(|page| run_record(page.out, report));
    page.section(|page| glossary(page.out));
    out.element("footer", &[], |out| {
        out.text(&format!(
            "Written by tallystick {}. This report holds counts, shares and configured names; no record, \
             no code of a record and no value of one. linkage_report.json holds the same for programs.",
            report.run.version
        ));
    });
}

/// Numbers sections and figures as they are written.
struct Page<'a> {
    out: &'a mut Markup,
    section: usize,
    figure: usize,
}

impl Page<'_> {
    fn section(&mut self, body: impl FnOnce(&mut Page<'_>)) {
        let (id, heading) = SECTIONS[self.section];
        let mut figure = self.figure;
        let heading_id = format!("{id}-heading");
        self.out.element("section", &[("id", id), ("aria-labelledby", &heading_id)], |out| {
            out.leaf("h2", &[("id", &heading_id)], heading);
            let mut inner = Page { out, section: 0, figure };
            body(&mut inner);
            figure = inner.figure;
        });
        self.out.line();
        self.figure = figure;
        self.section += 1;
    }

    fn figure(&mut self, figure: &Figure) {
        self.figure += 1;
        figure.write(self.out, Some(self.figure));
    }
}

fn list(out: &mut Markup, items: impl Iterator<Item = impl AsRef<str>>) {
    out.element("ul", &[], |out| {
        for item in items {
            out.leaf("li", &[], item.as_ref());
        }
    });
}

fn summary(page: &mut Page<'_>, report: &LinkageReport) {
    let out = &mut *page.out;
    out.leaf("p", &[("class", "lead")], &words::lead(report));
    if report.warnings.is_empty() {
        out.leaf("p", &[("class", "calm")], "No warnings.");
    } else {
        out.element("div", &[("class", "warnings"), ("role", "note")], |out| {
            let heading = if report.warnings.len() == 1 {
                "1 warning".to_owned()
            } else {
                format!("{} warnings", report.warnings.len())
            };
            out.leaf("h3", &[], &heading);
            list(out, report.warnings.iter());
        });
    }
    out.element("dl", &[("class", "tiles")], |out| {
        for tile in words::tiles(report) {
            out.element("div", &[("class", "tile")], |out| {
                out.leaf("dt", &[], tile.name);
                out.leaf("dd", &[("class", "value")], &tile.value);
                out.leaf("dd", &[("class", "note")], &tile.note);
            });
        }
    });
    out.element("div", &[("class", "columns")], |out| {
        out.element("div", &[], |out| {
            out.leaf("h3", &[], "What the quality figures mean");
            list(out, words::meaning(report).iter());
        });
        out.element("div", &[], |out| {
            out.leaf("h3", &[], "What they do not promise");
            list(out, words::NOT_PROMISED.iter());
        });
    });
    readers(out);
}

/// Where each kind of reader finds what they came for.
fn readers(out: &mut Markup) {
    let readers: [(&str, &str, &[&str]); 3] = [
        (
            "Evaluating outcomes",
            "Who is in the data, and how sure the links are:",
            &["flow", "quality", "persons", "sources"],
        ),
        (
            "Running the linkage",
            "Whether the run did what it should:",
            &["weights", "model", "blocking", "review"],
        ),
        (
            "Checking compliance",
            "What was used, and how to repeat it:",
            &["run", "sources", "words"],
        ),
    ];
    out.element("div", &[("class", "readers")], |out| {
        for (reader, question, sections) in readers {
            out.element("div", &[], |out| {
                out.leaf("h3", &[], reader);
                out.element("p", &[], |out| {
                    out.text(question);
                    for (index, id) in sections.iter().enumerate() {
                        out.text(if index == 0 { " " } else { ", " });
                        let heading = SECTIONS.iter().find(|(key, _)| key == id);
                        let heading = heading.map_or("", |(_, heading)| heading).to_lowercase();
                        out.leaf("a", &[("href", &format!("#{id}"))], &heading);
                    }
                    out.text(".");
                });
            });
        }
    });
}

fn training(out: &mut Markup, runs: &[TrainingReport]) {
    if runs.is_empty() {
        out.leaf("p", &[], "The model was not trained in this run.");
        return;
    }
    out.leaf(
        "p",
        &[],
        "m and the share of matches were estimated from the pairs themselves, without labels; u comes \
         from the agencies\u{2019} own counts. \u{201c}Converged\u{201d} is how training should end.",
    );
    let rows = runs.iter().map(|run| {
        vec![
            run.pairs.clone(),
            run.outcome.clone(),
            count(u64::from(run.rounds)),
            rounded(run.expected_matches),
        ]
    });
    let columns =
        vec![column("Pairs"), column("Training"), figures("Rounds"), figures("Expected matches")];
    table(out, "How training ended", &Table { columns, rows: rows.collect() });
    out.empty("br", &[]);
}

fn left_out(out: &mut Markup, report: &LinkageReport) {
    if report.passes_left_out.is_empty() {
        return;
    }
    out.leaf("h3", &[], "Passes left out");
    let rows = report.passes_left_out.iter();
    let rows = rows.map(|pass| vec![pass.pass.clone(), pass.reason.clone()]).collect();
    let columns = vec![column("Pass"), column("Reason")];
    table(out, "Passes left out", &Table { columns, rows });
}

fn engine(engine: &EngineRecord) -> String {
    format!(
        "{} {}; compared again: {}, of which {} met a threshold exactly",
        engine.name,
        engine.version,
        numbers::counted(engine.verified_pairs, "pair", "pairs"),
        count(engine.verified_boundary_pairs)
    )
}

fn run_record(out: &mut Markup, report: &LinkageReport) {
    let run = &report.run;
    out.leaf(
        "p",
        &[],
        "Enough to repeat the run: the same program, settings and submissions give the same links, byte \
         for byte.",
    );
    let one_to_one: Vec<String> =
        run.one_to_one.iter().map(|[one, other]| format!("{one} with {other}")).collect();
    let one_to_one =
        if one_to_one.is_empty() { "none".to_owned() } else { numbers::list(&one_to_one) };
    let engine = run.engine.as_ref().map(engine);
    let facts: [(&str, &str, bool); 9] = [
        ("Program version", &run.version, false),
        ("Project", &run.project, false),
        ("Linkage schema", &run.schema, false),
        ("Key epoch", &run.epoch.to_string(), false),
        ("Trust profile", &run.profile, false),
        ("Kernel", &run.kernel, false),
        ("Sources one-to-one", &one_to_one, false),
        ("Hash of configuration", &run.config_hash, true),
        ("Hash of settings", &run.settings_hash, true),
    ];
    let engine = engine.iter().map(|engine| ("Pairs found by", engine.as_str(), false));
    out.element("dl", &[("class", "facts")], |out| {
        for (name, value, is_code) in facts.into_iter().chain(engine) {
            out.leaf("dt", &[], name);
            out.element("dd", &[], |out| {
                if is_code { out.leaf("code", &[], value) } else { out.text(value) }
            });
        }
    });
    if report.sources.is_empty() {
        return;
    }
    out.leaf("h3", &[], "Submissions");
    let frame =
        [("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", "Submissions")];
    out.element("div", &frame, |out| {
        out.element("table", &[], |out| {
            table_head(out, &[column("Source"), figures("Records"), column("Digest")]);
            out.element("tbody", &[], |out| {
                for source in &report.sources {
                    out.element("tr", &[], |out| {
                        out.leaf("th", &[("scope", "row")], &source.source);
                        out.leaf("td", &[("class", "number-cell")], &count(source.records));
                        out.element("td", &[], |out| {
                            out.leaf("code", &[], &source.submission_digest);
                        });
                    });
                }
            });
        });
    });
}

fn glossary(out: &mut Markup) {
    out.element("dl", &[("class", "words")], |out| {
        for (word, meaning) in words::GLOSSARY {
            out.leaf("dt", &[], word);
            out.leaf("dd", &[], meaning);
        }
    });
}
