//! What a release says of itself that an evaluation needs.
//!
//! Takes the smallest cell of the release's standard and the study's definition, gives the smallest cell, the days of each
//! window and the sources of arrests. Refuses nothing: what the definition does not say stays unknown.

use std::collections::BTreeMap;

/// Facts of a release.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Release {
    /// Persons of the smallest cell of its standard; 0 if it has none.
    pub smallest_cell: u32,
    /// First and last day of each window, relative to the index day.
    pub windows: BTreeMap<String, (i64, i64)>,
    /// Sources whose records are arrests.
    pub arrest_sources: Vec<String>,
}

impl Release {
    /// Of the smallest cell that the release's agreements demand, and its `study.toml`.
    #[must_use]
    pub fn of(smallest_cell: Option<u64>, definition: Option<&str>) -> Self {
        let smallest_cell = smallest_cell.and_then(|k| u32::try_from(k).ok()).unwrap_or(0);
        let table = definition.and_then(|text| text.parse::<toml::Table>().ok());
        let windows = table.as_ref().and_then(|table| table.get("window")?.as_array());
        let window = |window: &toml::Value| {
            let name = window.get("name")?.as_str()?.to_owned();
            let day = |key: &str| window.get(key)?.as_integer();
            Some((name, (day("from")?, day("to")?)))
        };
        let windows = windows.into_iter().flatten().filter_map(window).collect();
        let records = table.as_ref().and_then(|table| table.get("record")?.as_array());
        let source = |record: &toml::Value| {
            let is_arrest = record.get("kind")?.as_str()? == "arrest";
            is_arrest.then(|| Some(record.get("source")?.as_str()?.to_owned()))?
        };
        let arrest_sources = records.into_iter().flatten().filter_map(source).collect();
        Self { smallest_cell, windows, arrest_sources }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_those_of_the_definition() {
        let text = "[[window]]\nname = \"POST\"\nfrom = 1\nto = 365\n[[window]]\nname = \"X\"\n\
                    [[record]]\nkind = \"arrest\"\nsource = \"police\"\n[[record]]\nkind = \"case\"\nsource = \"court\"\n";
        let release = Release::of(Some(11), Some(text));
        assert_eq!(release.windows, BTreeMap::from([("POST".to_owned(), (1, 365))]));
        assert_eq!(
            (release.smallest_cell, release.arrest_sources),
            (11, vec!["police".to_owned()])
        );
        assert_eq!(Release::of(None, Some("not = [toml")), Release::default());
    }
}
