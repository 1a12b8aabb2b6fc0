//! Exports that are read and understood, whatever they look like.

use insta::assert_snapshot;

use super::{Bench, Fact, ROWS, export};

const PLAIN: &str = "ROW_ID,LAST_NAME,FIRST_NAME,MI,DOB,SEX,ARREST_DATE,CHARGE";

fn plain(fact: &Fact, delimiter: char) -> String {
    let cells = [
        format!("R{:04}", fact.number),
        fact.last.to_owned(),
        fact.first.to_owned(),
        fact.middle.to_owned(),
        fact.us(),
        fact.sex().to_owned(),
        fact.arrested(),
        ["PC 459", "HS 11377(A)", "PC 647(F)"][fact.number % 3].to_owned(),
    ];
    cells.join(&delimiter.to_string())
}

#[test]
fn semicolons() {
    let text = export(&PLAIN.replace(',', ";"), |fact| plain(fact, ';'));
    assert_snapshot!(Bench::new().sniff(text, &["--source", "pd"]));
}

#[test]
fn byte_order_mark() {
    let text = export(PLAIN, |fact| plain(fact, ','));
    assert_snapshot!(Bench::new().sniff(format!("\u{feff}{text}"), &[]));
}

#[test]
fn utf16_with_tabs() {
    let text = export(&PLAIN.replace(',', "\t"), |fact| plain(fact, '\t'));
    let bytes: Vec<u8> =
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_snapshot!(Bench::new().sniff(bytes, &[]));
}

#[test]
fn windows_1252() {
    let text = export(PLAIN, |fact| plain(fact, ',').replace("VILLAQUEMADA", "VILLAÑUEVA"));
    let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_snapshot!(Bench::new().sniff(bytes, &[]));
}

#[test]
fn date_of_birth_in_three_columns() {
    let text = export("PERSON_ID,LNAME,FNAME,dob_yyyy,dob_mm,dob_dd,BOOK_DT", |fact| {
        let (year, month, day) = (fact.year, fact.month, fact.day);
        let number = 40_000 + fact.number % 12;
        format!("{number},{},{},{year},{month},{day},{}", fact.last, fact.first, fact.arrested())
    });
    assert_snapshot!(Bench::new().sniff(text, &[]));
}

#[test]
fn two_digit_years() {
    let text = export("Name;BDATE;Filed", |fact| {
        let (month, day, year) = (fact.month, fact.day, fact.year % 100);
        let name = format!("{}, {} {}", fact.last, fact.first, fact.middle);
        format!(
            "{name};{month}/{day}/{year:02};{:02}-{:02}-21",
            1 + fact.number % 12,
            1 + fact.number % 28
        )
    });
    assert_snapshot!(Bench::new().sniff(text, &["--type", "court"]));
}

#[test]
fn spreadsheet_days() {
    let text = export("First,Last,D.O.B.,Booked", |fact| {
        // Some years went through a spreadsheet, others did not.
        let birth = match fact.number % 4 {
            0 => fact.us(),
            _ => (20_000 + 365 * (fact.year - 1955)).to_string(),
        };
        format!("{},{},{birth},{}", fact.first, fact.last, 44_200 + fact.number)
    });
    assert_snapshot!(Bench::new().sniff(text, &["--role", "Booked=event-date"]));
}

#[test]
fn day_first_is_found() {
    let text = export("SURNAME,FORENAME,BORN,ISSUED", |fact| {
        let birth = format!("{}/{}/{}", fact.day, fact.month, fact.year);
        format!("{},{},{birth},2021-03-{:02}", fact.last, fact.first, 1 + fact.number % 28)
    });
    assert_snapshot!(Bench::new().sniff(text, &[]));
}

#[test]
fn whole_names() {
    let text = export("INMATE,BIRTHDATE,BKG_NO", |fact| {
        let name = format!("\"{}, {} {}\"", fact.last, fact.first, fact.middle);
        format!("{name},{},{:08}", fact.us(), 7_000_000 + fact.number * 31)
    });
    assert_snapshot!(Bench::new().sniff(text, &[]));
    let text = export("Client,DOB,Service Date", |fact| {
        let name = [fact.first, fact.middle, fact.last].join(" ").replace("  ", " ");
        format!("{name},{},{}", fact.us(), fact.arrested())
    });
    assert_snapshot!(Bench::new().sniff(text, &[]));
}

#[test]
fn repeated_and_empty_names_of_columns() {
    let text = export(",Date,Last Name,First Name,DOB,Date,Type,Type", |fact| {
        let (last, first) = (fact.last, fact.first);
        format!(
            "{},{},{last},{first},{},{},A,B",
            fact.number,
            fact.arrested(),
            fact.us(),
            fact.arrested()
        )
    });
    let arguments = ["--role", "Date=event-date"];
    assert_snapshot!(Bench::new().sniff(text, &arguments));
}

#[test]
fn no_header() {
    let text = export(PLAIN, |fact| plain(fact, ','));
    let (_, rows) = text.split_once('\n').unwrap();
    // Nothing but names tells a first name from a last one, or a birth from an arrest for sure.
    assert_snapshot!(Bench::new().sniff(rows, &[]));
    let roles = [
        "column 2=last",
        "column 3=first",
        "column 4=middle",
        "column 5=dob",
        "column 6=sex",
        "column 7=event-date",
        "column 8=code",
    ];
    let arguments: Vec<&str> = roles.iter().flat_map(|role| ["--role", role]).collect();
    assert_snapshot!(Bench::new().sniff(rows, &arguments));
}

#[test]
fn header_only() {
    assert_snapshot!(Bench::new().sniff(format!("{PLAIN}\n"), &[]));
}

#[test]
fn lists_notes_and_other_people() {
    let header = "LName,FName,DOB,Arresting Officer,Victim Name,Victim DOB,Narrative,Charges,Sex Offender,OLN,Photo";
    let text = export(header, |fact| {
        let others = "\"SERGEANT, ONE\",\"PERSON, ANOTHER\",01/02/1980";
        let note =
            "Subject was seen near the market and said a good deal to the officer present there";
        let (last, first) = (fact.last, fact.first);
        format!(
            "{last},{first},{},{others},{note},\"PC 459\nPC 594\",N,D{:07},x{}.jpg",
            fact.us(),
            fact.number,
            fact.number
        )
    });
    assert_snapshot!(Bench::new().sniff(text, &[]));
}

#[test]
fn same_file_same_mapping_and_order_of_options_does_not_matter() {
    let text = export(PLAIN, |fact| plain(fact, ','));
    let bench = Bench::new();
    let a = bench.sniff(&text, &["--role", "MI=ignore", "--role", "CHARGE=ignore"]);
    let b = bench.sniff(&text, &["--role", "CHARGE=ignore", "--role", "MI=ignore"]);
    assert_eq!(a, b);
    assert!(text.lines().count() == ROWS + 1 && a.contains("exit 0"));
}

#[test]
fn numbers_of_events_are_content_as_pseudonyms() {
    let header = format!("{PLAIN},INCIDENT_NO,BOOKING_NO,COURT_CASE_NUMBER,REPORT_NO");
    let text = export(&header, |fact| {
        let (plain, number) = (plain(fact, ','), fact.number / 2);
        format!("{plain},21{:07},{:08},CRI-21{:06},R{number}", 31 * number, 7 * number, 13 * number)
    });
    assert_snapshot!(Bench::new().sniff(text, &[]));
}

#[test]
fn other_names_and_numbered_charges() {
    let header = "ROW_ID,LAST_NAME,FIRST_NAME,MI,DOB,SEX,ARREST_DATE,DISTRICT,AKA,MAIDEN_NAME,GANG_MONIKER,\
                  charge_1_statute,charge_1_class,charge_2_statute,charge_2_class,charge_3_statute,charge_3_class";
    let text = export(header, |fact| {
        let other = &super::PEOPLE[(fact.number + 5) % super::PEOPLE.len()];
        let aka = match fact.number % 3 {
            0 => format!("\"{}, {}\"", other.1, fact.first),
            1 => format!("\"{}, {}; {}, {}\"", other.1, fact.first, fact.last, other.0),
            _ => String::new(),
        };
        let maiden = if fact.number.is_multiple_of(4) { other.1 } else { "" };
        let charge = |n: usize| match fact.number % (n + 1) {
            0 => ["PC 459,F", "HS 11377(A),M", "PC 647(F),M"][(fact.number + n) % 3],
            _ => ",",
        };
        let [one, two, three] = [0, 1, 2].map(charge);
        let district = ["C", "D", "E"][fact.number % 3];
        let head = plain(fact, ',');
        let head = head.rsplit_once(',').unwrap().0;
        format!("{head},{district},{aka},{maiden},SPIKE,{one},{two},{three}")
    });
    assert_snapshot!(Bench::new().sniff(text, &[]));
}
