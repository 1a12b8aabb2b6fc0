use super::*;

const FULL: &str = r#"
source = "police"
type = "police"
row_id = "ROW_ID"
[read]
delimiter = "\t"
encoding = "windows-1252"
missing = [" Unknown ", "9/9/9999"]
[fields]
name = { column = "SUSPECT", format = "LAST, FIRST MIDDLE" }
dob = { column = "DOB", formats = ["%m/%d/%Y", "excel"] }
sex = "SEX"
ssn = "SSN"
phone = "PHONE"
address = ["NO", "STREET"]
city = "CITY"
zip = "ZIP"
local_id = "SFNO"
"attribute.county" = "COUNTY"
"attribute.birth_place" = { column = "BORN", compare = "qgrams" }
[content]
table = "arrest"
event_date = "arrest_date"
[content.columns]
arrest_date = { column = "ARREST_DATE", type = "date", formats = ["%m/%d/%Y"] }
county = { column = "COUNTY", type = "code" }
sex = { column = "SEX", type = "code" }
"#;

fn header() -> Vec<String> {
    ["ROW_ID", "SUSPECT", "DOB", "SEX", "SSN", "PHONE", "NO", "STREET", "CITY", "ZIP", "SFNO"]
        .into_iter()
        .chain(["COUNTY", "BORN", "ARREST_DATE", ""])
        .map(String::from)
        .collect()
}

fn error_of(text: &str) -> MappingError {
    Mapping::parse(text).expect_err("the mapping is wrong")
}

/// A mapping with these lines in `[fields]`.
fn with_fields(fields: &str) -> String {
    format!("source = \"a\"\ntype = \"jail\"\n[fields]\n{fields}\n")
}

#[test]
fn full_mapping_is_read_and_bound() {
    let mapping = Mapping::parse(FULL).unwrap();
    assert_eq!(mapping.source_type(), SourceType::Police);
    assert_eq!(mapping.read().missing, ["UNKNOWN", "9/9/9999"]);
    assert_eq!(mapping.columns().len(), 14);
    let bound = mapping.bind(&header()).unwrap();
    assert_eq!(bound.row_id(), Some(0));
    assert_eq!(bound.fields().address, [6, 7]);
    assert_eq!(bound.fields().attributes[0].name, "birth_place");
    assert_eq!(bound.fields().attributes[0].compare, AttributeCompare::QGrams);
    let content = bound.content().unwrap();
    assert_eq!(
        content.columns.iter().flat_map(|column| column.columns().copied()).collect::<Vec<_>>(),
        [13, 11, 3]
    );
}

#[test]
fn missing_column_is_named_with_its_neighbour() {
    let mapping = Mapping::parse(FULL).unwrap();
    let mut header = header();
    header[10] = "SFN0".into();
    let error = mapping.bind(&header).unwrap_err();
    assert_eq!(error.code(), "mapping-column-missing");
    assert_eq!(error.to_string(), "fields.local_id: the export has no column \"SFNO\"");
    assert_eq!(error.help(), "did you mean the column \"SFN0\"?");
    header[10] = "SFNO".into();
    header[14] = " SFNO ".into();
    assert_eq!(mapping.bind(&header).unwrap_err().code(), "mapping-column-ambiguous");
}

#[test]
fn byte_order_mark_and_spaces_do_not_hide_a_column() {
    let mapping = Mapping::parse(FULL).unwrap();
    let mut header = header();
    header[0] = "\u{feff}ROW_ID ".into();
    assert!(mapping.bind(&header).is_ok());
}

#[test]
fn unknown_keys_are_refused_at_every_level() {
    for (text, key, help) in [
        (with_fields("frist = \"A\""), "frist", "did you mean first?"),
        (with_fields("attribute.county = \"A\""), "attribute", "write the key in quotes"),
        (with_fields("dob = { colum = \"A\" }"), "colum", "did you mean column?"),
        (with_fields("name = { column = \"A\", formt = \"B\" }"), "formt", "did you mean format?"),
        (FULL.replace("event_date =", "event_day ="), "event_day", "did you mean event_date?"),
        (FULL.replace("delimiter", "delimeter"), "delimeter", "did you mean delimiter?"),
        (FULL.replace("row_id =", "zzz ="), "zzz", "remove the key"),
    ] {
        let error = error_of(&text);
        assert_eq!(error.code(), "mapping-unknown-key", "{error}");
        assert!(matches!(&error, MappingError::UnknownKey { key: found, .. } if found == key));
        assert!(error.help().starts_with(help), "{key}: {} {error}", error.help());
    }
}

#[test]
fn errors_never_quote_the_file() {
    let secret = "QUINCANARY";
    for text in [
        format!("source = {secret}"),
        secret.to_owned(),
        format!("{secret}, JOHN, 1976-07-04\n"),
        format!("source = \"{secret}\ntype = 1"),
        format!("source = [\"{secret}\"]"),
        with_fields(&format!("first = {{ a = \"{secret}\" }}")),
        with_fields(&format!(
            "first = \"A\"\ndob = {{ column = \"A\", pivot_year = \"{secret}\" }}"
        )),
        with_fields(&format!("first = \"A\"\naddress = [[\"{secret}\"]]")),
        with_fields(&format!("first = \"A\"\n\"{secret} , x` expected `y\" = 1")),
        with_fields(&format!(
            "first = \"A\"\ndob = {{ column = \"A\", formats = [\"{secret}\"] }}"
        )),
        with_fields("first = \"A\"").replace("jail", secret),
        with_fields("first = \"A\"").replace("\"a\"", &format!("\"{secret}\"")),
        FULL.replace("windows-1252", secret),
        FULL.replace("qgrams", secret),
        FULL.replace("\"code\"", &format!("\"{secret}\"")),
        FULL.replace("event_date = \"arrest_date\"", &format!("event_date = \"{secret}\"")),
    ] {
        let error = error_of(&text);
        let said = format!("{error} {error:?} {}", error.help());
        assert!(!said.contains(secret), "{}", error.code());
    }
}

#[test]
fn syntax_errors_say_line_and_column() {
    let error = error_of("source = \"a\"\ntype = 3\n");
    assert_eq!(error.to_string(), "line 2, column 8: expected a string");
    let error = error_of("source = \"a\"\ntype = \"jail\"\n");
    assert!(error.to_string().ends_with("missing key `fields`"), "{error}");
}

#[test]
fn contradictions_have_their_codes() {
    let name = "name = { column = \"N\", format = \"FIRST MIDDLE LAST\" }";
    for (text, code) in [
        (with_fields("sex = \"S\""), "mapping-no-name"),
        (with_fields(&format!("{name}\nmiddle = \"M\"")), "mapping-name-exclusive"),
        (with_fields("first = \" \""), "mapping-value"),
        (with_fields("first = \"F\"\ndob = { year = \"Y\" }"), "mapping-value"),
        (
            with_fields("first = \"F\"\ndob = { column = \"D\", formats = [\"%m/%d/%y\"] }"),
            "mapping-pivot-year",
        ),
        (
            with_fields("first = \"F\"\ndob = { column = \"D\", formats = [\"%m/%d\"] }"),
            "mapping-date-format",
        ),
        (
            with_fields(
                "first = \"F\"\n\"attribute.a\" = \"A\"\n\"attribute.b\" = \"A\"\n\
                 \"attribute.c\" = \"A\"\n\"attribute.d\" = \"A\"\n\"attribute.e\" = \"A\"",
            ),
            "mapping-attribute-limit",
        ),
        (with_fields("first = \"F\"\n\"attribute.A b\" = \"A\""), "mapping-value"),
        (
            FULL.replace("event_date = \"arrest_date\"", "event_date = \"sex\""),
            "mapping-event-date",
        ),
        ("#".repeat(MAPPING_BYTES_MAX + 1), "mapping-too-large"),
    ] {
        assert_eq!(error_of(&text).code(), code);
    }
}

#[test]
fn identifiers_are_never_content() {
    for (column, field) in [
        ("SUSPECT", "name"),
        ("DOB", "dob"),
        ("SSN", "ssn"),
        ("PHONE", "phone"),
        ("STREET", "address"),
        ("SFNO", "local_id"),
    ] {
        let line = format!("leak = {{ column = \"{column}\", type = \"code\" }}\n");
        let error = error_of(&format!("{FULL}{line}"));
        assert_eq!(
            error,
            MappingError::IdentifierAsContent { name: "leak".into(), field },
            "{column}"
        );
    }
    for column in ["SEX", "ZIP", "CITY", "COUNTY"] {
        let line = format!("kept = {{ column = \"{column}\", type = \"code\" }}\n");
        assert!(Mapping::parse(&format!("{FULL}{line}")).is_ok(), "{column}");
    }
}

#[test]
fn header_row_and_layout_are_read() {
    let text = "source = \"a\"\ntype = \"jail\"\n[layout]\nname = \"x\"\nheader = [\"A\", \"\"]\n[read]\nheader = \"none\"\n[fields]\nlast = \"A\"\n";
    let mapping = Mapping::parse(text).unwrap();
    assert_eq!(mapping.read().header, HeaderRow::None);
    assert_eq!(mapping.layout().map(|layout| layout.header.len()), Some(2));
    for (from, to) in [("none", "some"), ("[\"A\", \"\"]", "[]"), ("\"x\"", "\"\"")] {
        assert_eq!(error_of(&text.replacen(from, to, 1)).code(), "mapping-value", "{from}");
    }
}
