//! `codebook.html`: one page without scripts that asks for nothing, on screens light and dark and on paper.

use std::fmt::Write as _;

use super::markup::{count, escape, grouped};
use super::{Described, label_of};
use crate::bundle::{Relation, csv_name, parquet_name};
use crate::column::DisclosureClass;
use crate::describe::{ColumnDescribed, Kind, Shown, TableDescribed};
use crate::missing::Missing;

const STYLE: &str = include_str!("codebook.css");

/// The page.
pub(super) fn write(described: &Described<'_>) -> String {
    let facts = described.facts;
    let mut out = Page::default();
    out.add(&format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Codebook: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>",
        escape(&facts.title)
    ));
    out.add("<a class=\"skip\" href=\"#main\">Skip to the tables</a>");
    head(described, &mut out);
    out.add("<div class=\"layout\">");
    contents(described, &mut out);
    out.add("<main id=\"main\">");
    about(described, &mut out);
    missing_kinds(&mut out);
    overview(described, &mut out);
    for table in described.tables {
        table_section(described, table, &mut out);
    }
    out.add("</main>\n</div>");
    out.add(&format!(
        "<footer><p>Release {} of {}. Made from the tables themselves; the same tables give the same \
         page.</p></footer>\n</body>\n</html>",
        escape(&facts.release_id),
        escape(&facts.producer)
    ));
    out.0
}

fn head(described: &Described<'_>, out: &mut Page) {
    let facts = described.facts;
    let rows: u64 = described.tables.iter().map(|table| table.rows).sum();
    let columns: usize = described.tables.iter().map(|table| table.columns.len()).sum();
    out.add("<header>\n<p class=\"eyebrow\">Codebook</p>");
    out.tag("h1", &facts.title);
    out.add(&format!("<p class=\"lead\">{}</p>", escape(&facts.summary)));
    out.add("<dl class=\"tiles\">");
    for (name, value) in [
        ("Tables", grouped(u64::try_from(described.tables.len()).unwrap_or(0))),
        ("Columns", grouped(u64::try_from(columns).unwrap_or(0))),
        ("Rows", grouped(rows)),
        ("Released", facts.released_on.clone()),
    ] {
        if !value.is_empty() {
            out.add(&format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value)));
        }
    }
    out.add("</dl>\n</header>");
}

fn contents(described: &Described<'_>, out: &mut Page) {
    out.add("<nav aria-label=\"Contents\">\n<ol>");
    out.add("<li><a href=\"#about-this-release\">About this release</a></li>");
    out.add("<li><a href=\"#missing-values\">Missing values</a></li>");
    out.add("<li><a href=\"#all-tables\">Tables</a></li>");
    for table in described.tables {
        out.add(&format!(
            "<li><a href=\"#{name}\"><code>{name}</code> <span>{}</span></a></li>",
            grouped(table.rows),
            name = table.name
        ));
    }
    out.add("</ol>\n</nav>");
}

fn about(described: &Described<'_>, out: &mut Page) {
    let facts = described.facts;
    out.add(
        "<section id=\"about-this-release\">\n<h2>About this release</h2>\n<dl class=\"facts\">",
    );
    let k = facts.k_achieved.map(|k| format!("at least {k} persons alike in what others may know"));
    for (name, value) in [
        ("Release", Some(facts.release_id.clone())),
        ("Project", Some(facts.project.clone())),
        ("Agreement", Some(facts.agreement.clone())),
        ("De-identification", Some(facts.profile.clone())),
        ("Smallest group", k),
        ("Made by", Some(facts.producer.clone())),
        ("Program", Some(facts.code_version.clone())),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            out.add(&format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value)));
        }
    }
    out.add("</dl>");
    if !facts.terms.is_empty() {
        let terms = escape(&facts.terms);
        out.add(&format!("<p class=\"terms\"><strong>What you may do.</strong> {terms}</p>"));
    }
    if !facts.notes.is_empty() {
        out.add("<h3>Good to know</h3>\n<ul>");
        facts.notes.iter().for_each(|note| out.tag("li", note));
        out.add("</ul>");
    }
    if !facts.inputs.is_empty() {
        out.add(
            "<h3>What was linked</h3>\n<section class=\"scroll\" tabindex=\"0\" \
             aria-label=\"What was linked\"><table class=\"plain\">\n<thead><tr>\
             <th scope=\"col\">Source</th><th scope=\"col\" class=\"number\">Rows</th>\
             <th scope=\"col\">Exported</th></tr></thead>\n<tbody>",
        );
        for input in &facts.inputs {
            out.add(&format!(
                "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td>{}</td></tr>",
                escape(&input.source),
                grouped(input.rows),
                escape(input.snapshot_on.as_deref().unwrap_or("not known"))
            ));
        }
        out.add("</tbody>\n</table></section>");
    }
    out.add("</section>");
}

fn missing_kinds(out: &mut Page) {
    out.add(
        "<section id=\"missing-values\">\n<h2>Missing values</h2>\n<p>Not observed is missing, never 0. Where \
         it is known why a cell is missing, a code says so: in CSV in the cell itself, in Parquet and R \
         in the column <code>&lt;name&gt;_missing</code>, in Stata as an extended missing value.</p>\n\
         <ul class=\"kinds\">\n<li><code>empty</code> no reason known</li>",
    );
    for kind in Missing::ALL.into_iter().filter(|kind| *kind != Missing::Unspecified) {
        out.add(&format!("<li><code>{}</code> {}</li>", kind.as_str(), kind.label()));
    }
    out.add(
        "</ul>\n<p class=\"note\">Counts from 1 to 10 are shown as &lt;11. Where one of them would \
         follow from the others, the next smallest is shown as suppressed.</p>\n</section>",
    );
}

fn overview(described: &Described<'_>, out: &mut Page) {
    out.add(
        "<section id=\"all-tables\">\n<h2>Tables</h2>\n<section class=\"scroll\" tabindex=\"0\" \
         aria-label=\"Tables\"><table class=\"plain\">\n<thead><tr>\
         <th scope=\"col\">Table</th><th scope=\"col\">What it holds</th>\
         <th scope=\"col\" class=\"number\">Rows</th><th scope=\"col\" class=\"number\">Columns</th>\
         </tr></thead>\n<tbody>",
    );
    for table in described.tables {
        out.add(&format!(
            "<tr><th scope=\"row\"><a href=\"#{name}\"><code>{name}</code></a></th><td>{}</td>\
             <td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            escape(&table.label),
            grouped(table.rows),
            table.columns.len(),
            name = table.name
        ));
    }
    out.add("</tbody>\n</table></section>\n</section>");
}

fn table_section(described: &Described<'_>, table: &TableDescribed, out: &mut Page) {
    let name = &table.name;
    out.add(&format!("<section id=\"{name}\" class=\"table\">\n<h2><code>{name}</code></h2>"));
    out.add(&format!("<p class=\"lead\">{}</p>", escape(&table.label)));
    out.add(&format!(
        "<p class=\"meta\"><span>{} rows</span> <span>{} columns</span> <span>{}</span> \
         <span><code>{}</code> <code>{}</code></span></p>",
        grouped(table.rows),
        table.columns.len(),
        if table.key.is_empty() {
            "rows may repeat".to_owned()
        } else {
            format!("one row for each <code>{}</code>", table.key.join("</code> × <code>"))
        },
        csv_name(name),
        parquet_name(name)
    ));
    out.add(&format!(
        "<section class=\"scroll\" tabindex=\"0\" aria-label=\"Columns of {name}\">\n\
         <table class=\"columns\">\n<thead><tr><th scope=\"col\">Column</th>\
         <th scope=\"col\">What it holds</th><th scope=\"col\">Values</th>\
         <th scope=\"col\">Missing</th></tr></thead>\n<tbody>"
    ));
    for column in &table.columns {
        let refers = described.relations_of(name).find(|relation| relation.column == column.name);
        column_row(table, column, refers, out);
    }
    out.add("</tbody>\n</table></section>\n</section>");
}

fn column_row(
    table: &TableDescribed,
    column: &ColumnDescribed,
    refers: Option<&Relation>,
    out: &mut Page,
) {
    let (name, id) = (&column.name, format!("{}--{}", table.name, column.name));
    let key = if table.key.contains(name) { " <span class=\"badge key\">key</span>" } else { "" };
    let class = match column.class {
        DisclosureClass::Other => String::new(),
        class => format!(" <span class=\"badge {0}\">{0}</span>", class.as_str()),
    };
    out.add(&format!(
        "<tr id=\"{id}\"><th scope=\"row\"><a href=\"#{id}\"><code>{name}</code></a>\
         <span class=\"badges\"><span class=\"badge\">{}</span>{key}{class}</span></th>",
        column.kind.as_str()
    ));
    let refers = refers.map_or_else(String::new, |relation| {
        format!(
            "<p class=\"how\">Refers to <a href=\"#{0}--{1}\"><code>{0}.{1}</code></a></p>",
            relation.to_table, relation.to_column
        )
    });
    out.add(&format!(
        "<td><p class=\"label\">{}</p><p class=\"how\">{}</p>{refers}\
         <p class=\"source\">Source: {}</p></td>",
        escape(&column.label),
        escape(&column.derivation),
        escape(&column.source)
    ));
    out.add("<td>");
    values(table.rows, column, out);
    out.add("</td>\n<td>");
    missing(column, out);
    out.add("</td></tr>");
}

/// Values with their counts, behind which bars show the share of rows.
fn values(rows: u64, column: &ColumnDescribed, out: &mut Page) {
    let Some(listed) = &column.values else {
        if column.codes.is_empty() {
            out.add(&format!("<p class=\"none\">{}</p>", unlisted(column)));
            return;
        }
        out.add("<ul class=\"values\">");
        for code in &column.codes {
            value(&code.value, Some(&code.label), None, 0, out);
        }
        out.add("</ul>");
        return;
    };
    if listed.is_empty() {
        out.add("<p class=\"none\">none</p>");
        return;
    }
    out.add("<ul class=\"values\">");
    for (text, shown) in listed {
        value(text, label_of(column, text), Some(*shown), rows, out);
    }
    out.add("</ul>");
}

/// What stands where no value is listed.
fn unlisted(column: &ColumnDescribed) -> &'static str {
    match (column.class, column.kind) {
        (DisclosureClass::Identifier, _) => "not listed",
        (_, Kind::Days) => "whole days",
        (_, Kind::Integer) => "whole numbers",
        (_, Kind::Decimal) => "numbers with three decimals",
        (_, Kind::Flag | Kind::Text) => "too many to list",
    }
}

fn value(text: &str, label: Option<&str>, shown: Option<Shown>, rows: u64, out: &mut Page) {
    let words = label.map_or_else(String::new, |label| format!(" {}", escape(label)));
    let Some(shown) = shown else {
        out.add(&format!("<li><span><code>{}</code>{words}</span></li>", escape(text)));
        return;
    };
    let percent = (shown_count(shown) * 100).checked_div(rows).unwrap_or(0);
    let hidden = if matches!(shown, Shown::Count(_)) { "" } else { " hidden-count" };
    out.add(&format!(
        "<li style=\"--share:{percent}%\"><span><code>{}</code>{words}</span> \
         <span class=\"number{hidden}\">{}</span></li>",
        escape(text),
        escape(&count(shown))
    ));
}

fn shown_count(shown: Shown) -> u64 {
    if let Shown::Count(count) = shown { count } else { 0 }
}

fn missing(column: &ColumnDescribed, out: &mut Page) {
    if column.missing.is_empty() {
        out.add("<p class=\"none\">none</p>");
        return;
    }
    if let Some(share) = percent(&column.missing_share) {
        out.add(&format!("<p class=\"share\">{share}</p>"));
    }
    out.add("<ul class=\"why\">");
    for (kind, shown) in &column.missing {
        let code = if *kind == Missing::Unspecified { "empty" } else { kind.as_str() };
        let words = if *kind == Missing::Unspecified { "" } else { kind.label() };
        out.add(&format!(
            "<li><code>{code}</code> {words} <span class=\"number\">{}</span></li>",
            escape(&count(*shown))
        ));
    }
    out.add("</ul>");
}

/// `0.125` as `12.5 %`; nothing if the share is not shown.
fn percent(share: &str) -> Option<String> {
    let (whole, thousandths) = share.split_once('.')?;
    let permille: u64 = whole.parse::<u64>().ok()? * 1_000 + thousandths.parse::<u64>().ok()?;
    Some(format!("{}.{}\u{202f}%", permille / 10, permille % 10))
}

/// The text of a page, in lines.
#[derive(Default)]
struct Page(String);

impl Page {
    fn add(&mut self, markup: &str) {
        writeln!(self.0, "{markup}").expect("writing to memory does not fail");
    }

    fn tag(&mut self, tag: &str, text: &str) {
        self.add(&format!("<{tag}>{}</{tag}>", escape(text)));
    }
}
