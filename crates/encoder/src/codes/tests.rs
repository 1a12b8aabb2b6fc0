use super::*;

fn day(year: u16, month: u8, day: u8) -> Option<CivilDate> {
    CivilDate::new(year, month, day)
}

fn california() -> CodeTable {
    CodeTable::parse(known("ca-offences").unwrap()).unwrap()
}

#[test]
fn spellings_of_one_code_are_one() {
    for (texts, statute) in [
        (
            &[
                "11377(a) HS",
                "HS11377(A)",
                "11377A HS/M",
                "H&S 11377 (a)",
                "hs 11377a",
                "HSC 11377(A)-F",
            ][..],
            "HS 11377(A)",
        ),
        (&["PC 653.22", "653.22 PC/M", "P.C. 653.22", "PEN 0653.22"], "PC 653.22"),
        (&["PC 245(A)(1)", "245A1 PC", "245(a)1 PC/F", "PENAL CODE 245 (a) (1)"], "PC 245(A)(1)"),
        (&["VC 10851(A)", "10851A CVC"], "VC 10851(A)"),
        (&["PC459", "459 PC", "459PC/F"], "PC 459"),
    ] {
        for text in texts {
            let found = Statute::parse(text).map(|statute| statute.to_string());
            assert_eq!(found.as_deref(), Some(statute), "{text}");
        }
    }
    for text in ["", "459", "PC", "PC A", "THEFT", "XY 459", "PC 459 AND 460", &"9".repeat(80)] {
        assert_eq!(Statute::parse(text), None, "{text}");
    }
}

#[test]
fn the_day_decides() {
    let table = california();
    let severity = |code, day| table.look_up(code, day, Gives::Severity);
    assert_eq!(severity("11350(a) HS", day(2014, 11, 4)), Some("F"));
    assert_eq!(severity("11350(a) HS", day(2014, 11, 5)), Some("M"));
    assert_eq!(severity("HS 11377(A)", day(2014, 11, 4)), Some("W"));
    assert_eq!(severity("HS 11377(A)", day(2018, 1, 1)), Some("M"));
    assert_eq!(severity("PC 653.22", day(2022, 12, 31)), Some("M"));
    assert_eq!(severity("PC 653.22", day(2023, 1, 1)), None, "it was repealed");
    assert_eq!(severity("PC 459.5", day(2014, 11, 4)), None, "there was none yet");
    assert_eq!(severity("HS 11377(A)", None), None, "it depends on the day");
    assert_eq!(severity("HS 11351", None), Some("F"));
    assert_eq!(table.look_up("647(b) PC", None, Gives::Group), Some("prostitution"));
}

#[test]
fn further_subdivisions_are_found_by_the_wider_entry() {
    let table = california();
    assert_eq!(table.look_up("PC 647(B)(2)", None, Gives::Group), Some("prostitution"));
    assert_eq!(table.look_up("PC 647", None, Gives::Group), None, "never by a narrower one");
}

#[test]
fn every_offence_of_the_synthetic_population_is_known() {
    for code in [
        "HS 11351",
        "HS 11352(A)",
        "HS 11378",
        "PC 459",
        "PC 487(A)",
        "PC 211",
        "PC 245(A)(1)",
        "VC 10851(A)",
        "HS 11350(A)",
        "HS 11364(A)",
        "HS 11377(A)",
        "HS 11550(A)",
        "PC 647(B)",
        "PC 647(F)",
        "PC 602(M)",
        "PC 484(A)",
        "PC 148(A)(1)",
        "PC 242",
    ] {
        assert!(california().look_up(code, day(2018, 1, 1), Gives::Group).is_some(), "{code}");
    }
}

#[test]
fn times_of_one_statute_do_not_overlap() {
    let entry = |statute: &str, times: &str| {
        format!("[[offence]]\nstatute = \"{statute}\"\ngroup = \"g\"\nseverity = \"F\"\n{times}\n")
    };
    let error = |times: [&str; 2]| {
        let text = entry("PC 1", times[0]) + &entry("1 PC", times[1]);
        CodeTable::parse(&text).err().map(|error| error.line)
    };
    let (before, after) = ("valid_to = \"2014-11-05\"", "valid_from = \"2014-11-05\"");
    assert_eq!(error([before, after]), None, "the last day is not in the first");
    assert_eq!(error([before, "valid_from = \"2014-11-04\""]), Some(6));
    assert_eq!(error(["", after]), Some(6));
    assert_eq!(error([before, before]), Some(6));
    assert_eq!(error([before, "valid_from = \"SECRET\""]), Some(6));
    let backwards = "valid_from = \"2015-01-01\"\nvalid_to = \"2014-01-01\"";
    assert_eq!(error(["valid_to = \"2010-01-01\"", backwards]), Some(6));
    let wrong = CodeTable::parse("[[offence]]\nstatute = 3\n").unwrap_err();
    assert_eq!(wrong.line, 2);
    assert_eq!(CodeTable::parse(&entry("SECRET", "")).unwrap_err().line, 1);
}
