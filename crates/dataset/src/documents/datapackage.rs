//! `datapackage.json`: a Data Package of tabular resources (Frictionless, version 1), from which tables
//! are read back too.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Described;
use crate::bundle::{csv_name, parquet_name};
use crate::describe::{ColumnDescribed, Kind, TableDescribed};
use crate::missing::Missing;

/// A package. Names in camel case are the specification's, and ours beside them are written alike.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Package {
    profile: String,
    name: String,
    id: String,
    title: String,
    description: String,
    version: String,
    licenses: Vec<Licence>,
    contributors: Vec<Contributor>,
    sources: Vec<Source>,
    pub(crate) resources: Vec<Resource>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Licence {
    /// Of the list at licenses.opendefinition.org, where "closed" is one too.
    name: String,
    title: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct Contributor {
    title: String,
    role: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct Source {
    title: String,
}

/// A table.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Resource {
    profile: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) path: String,
    format: String,
    mediatype: String,
    encoding: String,
    bytes: u64,
    hash: String,
    pub(crate) rows: u64,
    /// The same table as Parquet.
    pub(crate) parquet: ParquetFile,
    dialect: Dialect,
    pub(crate) schema: Schema,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct ParquetFile {
    pub(crate) path: String,
    bytes: u64,
    hash: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Dialect {
    delimiter: String,
    line_terminator: String,
    quote_char: String,
    double_quote: bool,
    header: bool,
}

/// A table's columns.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Schema {
    pub(crate) fields: Vec<Field>,
    missing_values: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) primary_key: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    foreign_keys: Vec<ForeignKey>,
}

/// A column.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Field {
    pub(crate) name: String,
    #[serde(rename = "type")]
    frictionless_type: String,
    pub(crate) title: String,
    pub(crate) description: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    true_values: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    false_values: Vec<String>,
    #[serde(default, skip_serializing_if = "Constraints::is_none")]
    constraints: Constraints,
    /// Our own word for the type.
    pub(crate) kind: String,
    pub(crate) source: String,
    pub(crate) disclosure_class: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) value_labels: Vec<Label>,
    /// Kinds of missing that occur.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    missing_labels: Vec<Label>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
struct Constraints {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    required: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unique: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minimum: Option<u8>,
    #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
    values: Vec<Value>,
}

impl Constraints {
    fn is_none(&self) -> bool {
        self.required.is_none()
            && self.unique.is_none()
            && self.minimum.is_none()
            && self.values.is_empty()
    }
}

/// A value in words.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Label {
    pub(crate) value: String,
    pub(crate) label: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct ForeignKey {
    fields: Vec<String>,
    reference: Reference,
}

#[derive(Debug, Deserialize, Serialize)]
struct Reference {
    resource: String,
    fields: Vec<String>,
}

impl Field {
    /// Whether cells are missing for a reason.
    pub(crate) fn has_reasons(&self) -> bool {
        self.missing_labels.iter().any(|label| !label.value.is_empty())
    }
}

/// The document's bytes.
pub(super) fn write(described: &Described<'_>) -> Vec<u8> {
    let facts = described.facts;
    let mut sources: Vec<&str> = facts.inputs.iter().map(|input| input.source.as_str()).collect();
    sources.sort_unstable();
    sources.dedup();
    let package = Package {
        profile: "tabular-data-package".to_owned(),
        name: name(&facts.release_id),
        id: facts.release_id.clone(),
        title: facts.title.clone(),
        description: facts.summary.clone(),
        version: facts.released_on.clone(),
        licenses: vec![Licence { name: "other-closed".to_owned(), title: facts.terms.clone() }],
        contributors: vec![Contributor {
            title: facts.producer.clone(),
            role: "publisher".to_owned(),
        }],
        sources: sources.into_iter().map(|title| Source { title: title.to_owned() }).collect(),
        resources: described.tables.iter().map(|table| resource(described, table)).collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&package).expect("texts and numbers can be written");
    bytes.push(b'\n');
    bytes
}

/// What a Parquet file says of its columns: the same as `datapackage.json`.
pub(super) fn metadata(table: &TableDescribed) -> String {
    #[derive(Serialize)]
    struct Metadata<'a> {
        table: &'a str,
        label: &'a str,
        schema: Schema,
    }
    let schema = schema(table, Vec::new());
    let metadata = Metadata { table: &table.name, label: &table.label, schema };
    serde_json::to_string(&metadata).expect("texts and numbers can be written")
}

/// Names of packages are of lower-case letters, digits, `.`, `_` and `-`.
fn name(release_id: &str) -> String {
    let plain = |byte: char| if byte.is_ascii_alphanumeric() { byte } else { '-' };
    format!("release-{}", release_id.to_ascii_lowercase().replace(|c| plain(c) == '-', "-"))
}

fn resource(described: &Described<'_>, table: &TableDescribed) -> Resource {
    let file = |name: &str| {
        let output = described.output(name).expect("tables were written before");
        (name.to_owned(), output.bytes, format!("sha256:{}", output.sha256))
    };
    let (path, bytes, hash) = file(&csv_name(&table.name));
    let parquet = file(&parquet_name(&table.name));
    let foreign = described.relations_of(&table.name).map(|relation| ForeignKey {
        fields: vec![relation.column.clone()],
        reference: Reference {
            resource: relation.to_table.clone(),
            fields: vec![relation.to_column.clone()],
        },
    });
    Resource {
        profile: "tabular-data-resource".to_owned(),
        name: table.name.clone(),
        title: table.label.clone(),
        path,
        format: "csv".to_owned(),
        mediatype: "text/csv".to_owned(),
        encoding: "utf-8".to_owned(),
        bytes,
        hash,
        rows: table.rows,
        parquet: ParquetFile { path: parquet.0, bytes: parquet.1, hash: parquet.2 },
        dialect: Dialect {
            delimiter: ",".to_owned(),
            line_terminator: "\r\n".to_owned(),
            quote_char: "\"".to_owned(),
            double_quote: true,
            header: true,
        },
        schema: schema(table, foreign.collect()),
    }
}

fn schema(table: &TableDescribed, foreign_keys: Vec<ForeignKey>) -> Schema {
    Schema {
        fields: table.columns.iter().map(|column| field(table, column)).collect(),
        missing_values: Missing::ALL.iter().map(|kind| kind.as_str().to_owned()).collect(),
        primary_key: table.key.clone(),
        foreign_keys,
    }
}

fn field(table: &TableDescribed, column: &ColumnDescribed) -> Field {
    let is_flag = column.kind == Kind::Flag;
    let flag = |value: &str| if is_flag { vec![value.to_owned()] } else { Vec::new() };
    let missing = column
        .missing
        .iter()
        .map(|(kind, _)| Label { value: kind.as_str().to_owned(), label: kind.label().to_owned() });
    let labels = column
        .codes
        .iter()
        .map(|code| Label { value: code.value.clone(), label: code.label.clone() });
    Field {
        name: column.name.clone(),
        frictionless_type: match column.kind {
            Kind::Days | Kind::Integer => "integer",
            Kind::Flag => "boolean",
            Kind::Decimal => "number",
            Kind::Text => "string",
        }
        .to_owned(),
        title: column.label.clone(),
        description: column.derivation.clone(),
        true_values: flag("1"),
        false_values: flag("0"),
        constraints: constraints(table, column),
        kind: column.kind.as_str().to_owned(),
        source: column.source.clone(),
        disclosure_class: column.class.as_str().to_owned(),
        value_labels: labels.collect(),
        missing_labels: missing.collect(),
    }
}

fn constraints(table: &TableDescribed, column: &ColumnDescribed) -> Constraints {
    let is_key = table.key.contains(&column.name);
    let values = column.codes.iter().map(|code| match column.kind {
        Kind::Integer => code.value.parse::<i64>().map_or(Value::Null, Value::from),
        _ => Value::from(code.value.as_str()),
    });
    let is_listed = column.is_coded && column.kind != Kind::Flag;
    Constraints {
        required: is_key.then_some(true),
        unique: (is_key && table.key.len() == 1).then_some(true),
        minimum: (column.kind == Kind::Decimal).then_some(0),
        values: if is_listed { values.collect() } else { Vec::new() },
    }
}
