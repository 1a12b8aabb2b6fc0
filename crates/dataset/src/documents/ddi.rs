//! `ddi-codebook.xml`: DDI-Codebook 2.5 (DDI Alliance, 2012, with 2.5.1 of 2014). Its elements have an
//! order, which is that of the functions here.

use std::fmt::Write as _;

use super::markup::escape;
use super::{Described, label_of};
use crate::bundle::csv_name;
use crate::describe::{ColumnDescribed, Kind, Shown, TableDescribed};

/// The document.
pub(super) fn write(described: &Described<'_>) -> String {
    let mut out = Xml::default();
    out.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    out.open(
        "codeBook xmlns=\"ddi:codebook:2_5\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"ddi:codebook:2_5 \
         http://www.ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd\" \
         version=\"2.5\" xml:lang=\"en\"",
    );
    document(described, &mut out);
    study(described, &mut out);
    for (place, table) in (1..).zip(described.tables) {
        file(place, table, &mut out);
    }
    out.open("dataDscr");
    for (place, table) in (1..).zip(described.tables) {
        for (column_place, column) in (1..).zip(&table.columns) {
            variable((place, column_place), column, &mut out);
        }
    }
    out.close("dataDscr");
    for member in described.members {
        out.open(&format!("otherMat level=\"study\" URI=\"{}\"", escape(&member.name)));
        out.text("labl", &member.description);
        out.close("otherMat");
    }
    out.close("codeBook");
    out.text
}

fn document(described: &Described<'_>, out: &mut Xml) {
    let facts = described.facts;
    out.open("docDscr");
    out.open("citation");
    out.open("titlStmt");
    out.text("titl", &format!("Codebook: {}", facts.title));
    out.close("titlStmt");
    out.open("prodStmt");
    out.text("producer", &facts.producer);
    out.dated("prodDate", &facts.released_on);
    out.text("software", &facts.code_version);
    out.close("prodStmt");
    out.close("citation");
    out.close("docDscr");
}

fn study(described: &Described<'_>, out: &mut Xml) {
    let facts = described.facts;
    out.open("stdyDscr");
    out.open("citation");
    out.open("titlStmt");
    out.text("titl", &facts.title);
    out.text("IDNo", &facts.release_id);
    out.close("titlStmt");
    out.open("prodStmt");
    out.text("producer", &facts.producer);
    out.dated("prodDate", &facts.released_on);
    out.close("prodStmt");
    out.close("citation");
    out.open("stdyInfo");
    out.text("abstract", &facts.summary);
    out.open("sumDscr");
    out.text("dataKind", "administrative records, linked");
    out.close("sumDscr");
    out.close("stdyInfo");
    out.open("method");
    out.open("dataColl");
    out.open("sources");
    for input in &facts.inputs {
        out.text("dataSrc", &input.source);
    }
    out.close("sources");
    out.close("dataColl");
    for note in &facts.notes {
        out.text("notes", note);
    }
    out.close("method");
    out.open("dataAccs");
    out.open("useStmt");
    out.text("restrctn", &facts.terms);
    out.text("conditions", &format!("Data use agreement {}", facts.agreement));
    out.close("useStmt");
    out.close("dataAccs");
    out.close("stdyDscr");
}

fn file(place: usize, table: &TableDescribed, out: &mut Xml) {
    out.open(&format!("fileDscr ID=\"F{place}\" URI=\"{}\"", csv_name(&table.name)));
    out.open("fileTxt");
    out.text("fileName", &csv_name(&table.name));
    out.text("fileCont", &table.label);
    out.line("<fileStrc type=\"relational\"/>");
    out.open("dimensns");
    out.text("caseQnty", &table.rows.to_string());
    out.text("varQnty", &table.columns.len().to_string());
    out.close("dimensns");
    out.line("<fileType charset=\"UTF-8\">text/csv</fileType>");
    out.close("fileTxt");
    if !table.key.is_empty() {
        out.text("notes", &format!("Key: {}", table.key.join(", ")));
    }
    out.close("fileDscr");
}

fn variable((table, place): (usize, usize), column: &ColumnDescribed, out: &mut Xml) {
    let is_continuous = matches!(column.kind, Kind::Days | Kind::Integer | Kind::Decimal);
    let interval = if is_continuous && !column.is_coded { "contin" } else { "discrete" };
    let decimals = if column.kind == Kind::Decimal { " dcml=\"3\"" } else { "" };
    out.open(&format!(
        "var ID=\"V{table}_{place}\" name=\"{}\" files=\"F{table}\" intrvl=\"{interval}\"{decimals}",
        column.name
    ));
    out.text("labl", &column.label);
    out.text("security", &format!("disclosure class: {}", column.class.as_str()));
    if let [(_, Shown::Count(missing))] = column.missing[..] {
        out.line(&format!("<sumStat type=\"invd\">{missing}</sumStat>"));
    }
    out.text("txt", &format!("Source: {}", column.source));
    for (value, shown) in values(column) {
        category("N", &value, label_of(column, &value), shown, out);
    }
    for (kind, shown) in &column.missing {
        // An empty field has no value to be named by.
        let value = if kind.as_str().is_empty() { "." } else { kind.as_str() };
        category("Y", value, Some(kind.label()), Some(*shown), out);
    }
    out.open("derivation");
    out.text("drvdesc", &column.derivation);
    out.close("derivation");
    let format = if column.kind == Kind::Text { "character" } else { "numeric" };
    out.line(&format!("<varFormat type=\"{format}\" schema=\"other\"/>"));
    out.close("var");
}

/// Values that are listed, or codes whose counts are not.
fn values(column: &ColumnDescribed) -> Vec<(String, Option<Shown>)> {
    match &column.values {
        Some(values) => values.iter().map(|(value, shown)| (value.clone(), Some(*shown))).collect(),
        None => column.codes.iter().map(|code| (code.value.clone(), None)).collect(),
    }
}

fn category(missing: &str, value: &str, label: Option<&str>, shown: Option<Shown>, out: &mut Xml) {
    out.open(&format!("catgry missing=\"{missing}\""));
    out.text("catValu", value);
    if let Some(label) = label {
        out.text("labl", label);
    }
    if let Some(Shown::Count(count)) = shown {
        out.line(&format!("<catStat type=\"freq\">{count}</catStat>"));
    }
    out.close("catgry");
}

/// A document, indented.
#[derive(Default)]
struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    fn line(&mut self, line: &str) {
        writeln!(self.text, "{:width$}{line}", "", width = self.depth * 2)
            .expect("writing to memory does not fail");
    }

    fn open(&mut self, tag: &str) {
        self.line(&format!("<{tag}>"));
        self.depth += 1;
    }

    fn close(&mut self, tag: &str) {
        self.depth -= 1;
        self.line(&format!("</{tag}>"));
    }

    fn text(&mut self, tag: &str, text: &str) {
        self.line(&format!("<{tag}>{}</{tag}>", escape(text)));
    }

    /// A day as text and as attribute; with none, as text only.
    fn dated(&mut self, tag: &str, day: &str) {
        let attribute =
            if day.is_empty() { String::new() } else { format!(" date=\"{}\"", escape(day)) };
        self.line(&format!("<{tag}{attribute}>{}</{tag}>", escape(day)));
    }
}
