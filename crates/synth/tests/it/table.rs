//! Reads exports back by their mapping files.

use std::collections::BTreeMap;

use tallystick_synth::{Config, MemoryOutputs, Source, generate};

/// A file with a header line.
pub(crate) struct Table {
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// A comma-separated file in UTF-8.
    pub(crate) fn plain(bytes: &[u8]) -> Self {
        Self::parse(std::str::from_utf8(bytes).unwrap(), b',')
    }

    /// An export, read as its mapping says.
    pub(crate) fn export(outputs: &MemoryOutputs, source: Source) -> Self {
        let mapping = mapping(outputs, source);
        let read = &mapping["read"];
        let delimiter = read["delimiter"].as_str().unwrap().as_bytes()[0];
        let bytes = &outputs.files[&format!("{}.csv", source.label())];
        let text = match read["encoding"].as_str().unwrap() {
            "utf-8" => {
                let text = std::str::from_utf8(bytes).unwrap();
                text.trim_start_matches('\u{feff}').to_owned()
            }
            "windows-1252" => bytes.iter().map(|byte| char::from(*byte)).collect(),
            "utf-16" => {
                assert_eq!(bytes[..2], [0xFF, 0xFE]);
                let units: Vec<u16> = bytes[2..]
                    .chunks(2)
                    .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                    .collect();
                String::from_utf16(&units).unwrap()
            }
            other => panic!("unexpected encoding {other}"),
        };
        Self::parse(&text, delimiter)
    }

    fn parse(text: &str, delimiter: u8) -> Self {
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
        let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
        Self { header, rows: rows.collect() }
    }

    /// Place of a column.
    pub(crate) fn at(&self, column: &str) -> usize {
        let found = self.header.iter().position(|name| name == column);
        found.unwrap_or_else(|| panic!("no column {column}"))
    }

    /// The cells of a column.
    pub(crate) fn column(&self, column: &str) -> impl Iterator<Item = &str> {
        let at = self.at(column);
        self.rows.iter().map(move |row| row[at].as_str())
    }
}

/// The mapping of a source.
pub(crate) fn mapping(outputs: &MemoryOutputs, source: Source) -> toml::Table {
    let bytes = &outputs.files[&format!("{}.mapping.toml", source.label())];
    std::str::from_utf8(bytes).unwrap().parse().unwrap()
}

/// Everything written for a configuration.
pub(crate) fn outputs(config: &Config) -> MemoryOutputs {
    let mut outputs = MemoryOutputs::default();
    generate(config, &mut outputs).unwrap();
    outputs
}

/// Person of each row, by source and row number.
pub(crate) fn truth(outputs: &MemoryOutputs) -> BTreeMap<(String, String), u64> {
    let table = Table::plain(&outputs.files["truth.csv"]);
    let mut truth = BTreeMap::new();
    for row in table.rows {
        let before = truth.insert((row[0].clone(), row[1].clone()), row[2].parse().unwrap());
        assert!(before.is_none(), "a row number stands twice");
    }
    truth
}
