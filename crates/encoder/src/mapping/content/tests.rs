use crate::mapping::{
    ALIASES_MAX, At, CellSource, Coded, ContentColumn, ContentKind, Gives, Mapping, MappingError,
    Numbering,
};

const FULL: &str = r#"
source = "police"
type = "police"
[fields]
last = { column = "LAST", missing = ["LNU"] }
first = "FIRST"
dob = { column = "DOB", formats = ["%m/%d/%Y"], missing = ["9/9/9999"] }
ssn = { column = "SSN", missing = ["999-99-9999"] }
address = { columns = ["NO", "STREET"], missing = ["TRANSIENT"] }
local_id = "SFNO"
"attribute.county" = { column = "COUNTY", missing = ["99"] }
[[alias]]
name = { column = "AKA", format = "LAST, FIRST MIDDLE" }
split = ";"
[[alias]]
last = "MAIDEN"
sex = "MAIDEN_SEX"
[aliases]
id = "PERSON"
last = { column = "AKA_LAST", missing = ["UNK"] }
first = "AKA_FIRST"
read = { delimiter = "|" }
[content]
table = "arrest"
event_date = "arrest_date"
[content.columns]
arrest_date = { column = "DATE", type = "date", formats = ["%m/%d/%Y"] }
agency = { constant = "SFPD" }
sex = { column = "SEX", type = "code", codes = "sex", others = "missing", missing = ["9"] }
status = { column = "STATUS", type = "code", codes = { Open = "O", " closed " = "C", x = "" }, others = "keep" }
race = { one_of = { white = "RACE_W", black = "RACE_B" }, several = "several" }
statute = { column = "CODE", type = "code" }
incident = { column = "INCIDENT", type = "number", of = "incident" }
severity_arrest = { from = "statute", codes = "ca-offences", at = "arrest_date", gives = "severity" }
[[content.group]]
table = "charge"
to = 4
[content.group.columns]
statute = { column = "charge_{n}_statute", type = "code" }
convicted = { column = "charge_{n}_convicted", type = "date" }
group = { from = "statute", codes = "ca-offences", at = "arrest_date", gives = "group" }
severity = { from = "statute", codes = "ca-offences", at = "convicted", gives = "severity" }
booking = { column = "BOOKING", type = "code" }
court = { column = "charge_{n}_court", type = "number", of = "court", prefixes = ["Cri", "cri-m"] }
[[content.group]]
table = "flag"
split = ";"
[content.group.columns]
flag = { column = "FLAGS", type = "code" }
"#;

fn error_of(from: &str, to: &str) -> MappingError {
    assert!(FULL.contains(from), "{from}");
    Mapping::parse(&FULL.replacen(from, to, 1)).expect_err(to)
}

fn column<'m>(columns: &'m [ContentColumn<String>], name: &str) -> &'m ContentColumn<String> {
    columns.iter().find(|column| column.name == name).unwrap()
}

#[test]
fn every_shape_is_read_and_bound() {
    let mapping = Mapping::parse(FULL).unwrap();
    let columns: Vec<String> = mapping.columns().into_iter().map(String::from).collect();
    assert!(mapping.bind(&columns).is_ok());
    assert!(columns.contains(&"charge_4_statute".to_owned()));
    assert!(!columns.iter().any(|name| name.contains('{')));
    let content = mapping.content().unwrap();
    assert_eq!(content.code_tables(), ["ca-offences"]);
    let CellSource::Lookup(lookup) = &column(&content.columns, "severity_arrest").source else {
        panic!("a lookup");
    };
    assert_eq!(content.columns[lookup.from].name, "statute");
    assert_eq!(lookup.gives, Gives::Severity);
    let charge = &content.groups[0];
    assert_eq!(charge.repetitions.iter().map(|r| r.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let at = |name| match &column(&charge.repetitions[1].columns, name).source {
        CellSource::Lookup(lookup) => lookup.at,
        _ => None,
    };
    assert!(matches!((at("group"), at("severity")), (Some(At::Main(_)), Some(At::Here(_)))));
    let repeats = |name| match &column(&charge.repetitions[1].columns, name).source {
        CellSource::Column { column, repeats } => (column.clone(), *repeats),
        _ => panic!("a column"),
    };
    assert_eq!(repeats("statute"), ("charge_2_statute".to_owned(), true));
    assert_eq!(repeats("booking"), ("BOOKING".to_owned(), false));
    let court = column(&charge.repetitions[3].columns, "court");
    let prefixes = vec!["CRIM".to_owned(), "CRI".to_owned()];
    assert_eq!(court.kind, ContentKind::Number(Numbering { of: "court".to_owned(), prefixes }));
    assert_eq!(mapping.aliases().len(), 2);
    let header = ["PERSON", "AKA_FIRST", "AKA_LAST"];
    assert_eq!(mapping.alias_file().unwrap().bind(&header).unwrap().id, 0);
}

#[test]
fn lists_of_codes_mind_neither_case_nor_spaces() {
    let mapping = Mapping::parse(FULL).unwrap();
    let content = mapping.content().unwrap();
    let codes = |name| column(&content.columns, name).codes.as_ref().unwrap();
    assert_eq!(codes("sex").code("male"), Coded::Text("M"));
    assert_eq!(codes("sex").code("1"), Coded::Text("M"));
    assert_eq!(codes("sex").code("?"), Coded::Missing);
    assert_eq!(codes("status").code("OPEN"), Coded::Text("O"));
    assert_eq!(codes("status").code("Closed"), Coded::Text("C"));
    assert_eq!(codes("status").code("X"), Coded::Missing, "nothing stands for it");
    assert_eq!(codes("status").code("Pending"), Coded::Text("Pending"));
}

#[test]
fn contradictions_are_refused_by_key() {
    let value = |key: &str, from: &str, to: &str| match error_of(from, to) {
        MappingError::Value { key: found, .. } => assert_eq!(found, key, "{to}"),
        error => panic!("{to}: {error}"),
    };
    value(
        "content.columns.agency",
        "constant = \"SFPD\"",
        "constant = \"A\", column = \"B\", type = \"code\"",
    );
    value("content.columns.agency.constant", "constant = \"SFPD\"", "constant = \" \"");
    value("content.columns.sex.codes", "codes = \"sex\"", "codes = \"sexes\"");
    value("content.columns.sex.others", "others = \"missing\"", "others = \"drop\"");
    value("content.columns.status.codes", "x = \"\"", "x = \"\", OPEN = \"P\"");
    value("content.columns.race.one_of", ", black = \"RACE_B\"", "");
    value(
        "content.columns.severity_arrest.from",
        "from = \"statute\", codes = \"ca-offences\", at = \"arrest_date\", gives = \"severity\"",
        "from = \"code\", codes = \"ca-offences\", gives = \"severity\"",
    );
    value(
        "content.columns.severity_arrest.at",
        "at = \"arrest_date\", gives = \"severity\"",
        "at = \"sex\", gives = \"severity\"",
    );
    value("content.columns.severity_arrest.gives", "gives = \"severity\"", "gives = \"degree\"");
    let number = "type = \"number\", of = \"incident\"";
    for (key, to) in [
        (".of", "type = \"number\""),
        (".of", "type = \"number\", of = \"Incident No\""),
        (".prefixes", "type = \"number\", of = \"incident\", prefixes = [\"-\"]"),
        (".codes", "type = \"number\", of = \"incident\", codes = \"sex\""),
        (".type", "type = \"numbers\""),
        ("", "type = \"number\", of = \"incident\", formats = [\"%Y-%m-%d\"]"),
        ("", "type = \"code\", of = \"incident\""),
        ("", "type = \"date\", prefixes = [\"CRI\"]"),
    ] {
        value(&format!("content.columns.incident{key}"), number, to);
    }
    let constant = "constant = \"SFPD\"";
    let numbered = "constant = \"1\", type = \"number\", of = \"incident\"";
    value("content.columns.agency", constant, numbered);
    value("content.group.charge", "to = 4", "to = 101");
    value("content.group.charge", "to = 4", "from = 5\nto = 4");
    value("content.group.charge", "to = 4", "to = 4\nsplit = \";\"");
    value("content.group.table", "table = \"flag\"", "table = \"charge\"");
    value(
        "content.group.flag.split",
        "table = \"flag\"\nsplit = \";\"",
        "table = \"flag\"\nsplit = \"a\"",
    );
    value("alias.split", "last = \"MAIDEN\"\nsex", "last = \"MAIDEN\"\nsplit = \";\"\nsex");
    value("aliases", "local_id = \"SFNO\"\n", "");
    value("fields.ssn", "missing = [\"999-99-9999\"]", "missing = [\"\"]");
    let many = format!("{FULL}\n{}", "[[alias]]\nlast = \"A\"\n".repeat(ALIASES_MAX));
    assert!(matches!(Mapping::parse(&many), Err(MappingError::Value { .. })));
}

#[test]
fn a_group_needs_a_column_that_repeats() {
    let group = "[[content.group]]\ntable = \"g\"\nto = 2\n[content.group.columns]\n";
    for (columns, is_ok) in [
        ("a = { column = \"A\", type = \"code\" }", false),
        ("a = { constant = \"A\" }", false),
        ("a = { column = \"A{n}\", type = \"code\" }", true),
    ] {
        let text = format!("{FULL}{group}{columns}\n");
        assert_eq!(Mapping::parse(&text).is_ok(), is_ok, "{columns}");
    }
}

#[test]
fn identifiers_and_aliases_are_never_content_of_any_table() {
    for (from, to) in [
        ("RACE_W", "LAST"),
        ("charge_{n}_statute", "AKA"),
        ("\"FLAGS\"", "\"MAIDEN\""),
        ("\"CODE\"", "\"SFNO\""),
        ("\"INCIDENT\"", "\"SSN\""),
    ] {
        assert_eq!(error_of(from, to).code(), "mapping-identifier-as-content", "{to}");
    }
}

#[test]
fn a_table_of_codes_is_needed_when_the_mapping_is_bound() {
    let text = FULL.replace("ca-offences", "ours");
    let mut mapping = Mapping::parse(&text).unwrap();
    let columns: Vec<String> = mapping.columns().into_iter().map(String::from).collect();
    let error = mapping.bind(&columns).unwrap_err();
    assert_eq!(error.code(), "mapping-codes-missing");
    let error = mapping.set_codes("ours", "[[offence]]\nstatute = 3\n").unwrap_err();
    assert!(error.to_string().starts_with("table of codes ours, line 2: "), "{error}");
    mapping.set_codes("ours", "offence = []").unwrap();
    assert!(mapping.bind(&columns).is_ok());
}
