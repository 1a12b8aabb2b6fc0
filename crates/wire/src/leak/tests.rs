//! Facts about shapes and columns.

use super::*;
use crate::content::Code;

#[test]
fn identifiers_are_known_by_their_shape() {
    for (text, kind) in [
        ("078-05-1120", LeakKind::Ssn),
        ("SSN: 078\u{2013}05\u{2013}1120.", LeakKind::Ssn),
        ("(415) 555-0123", LeakKind::Phone),
        ("(415)555-0123", LeakKind::Phone),
        ("call 415-555-0123", LeakKind::Phone),
        ("415.555.0123", LeakKind::Phone),
        ("+1 415 555 0123", LeakKind::Phone),
        ("+14155550123", LeakKind::Phone),
        ("a.b@example.org", LeakKind::Email),
        ("x@y.z", LeakKind::Email),
        ("DOE, JANE", LeakKind::NameLike),
        ("O'Neil-Smith, Jean Q.", LeakKind::NameLike),
    ] {
        assert_eq!(looks_like_identifier(text), Some(kind), "{text}");
    }
}

#[test]
fn codes_numbers_and_dates_are_no_identifiers() {
    for text in [
        "11350(a)",
        "PC 647(f)",
        "HS 11377(a)/HS 11364",
        "94103",
        "94103-1234",
        "2018-03-14",
        "03-14-2018",
        "2018-03-14 12:30:00",
        "180123456",
        "18-0123456",
        "CR-2018-123-45-6789",
        "12-345-67-8901",
        "18-04-12345-6789",
        "POSSESSION @ SCHOOL",
        "BATTERY ON PEACE OFFICER",
        "12020, 25400",
        "18-24",
        "+ 1 count",
        "10.0.100.1000",
    ] {
        assert_eq!(looks_like_identifier(text), None, "{text}");
    }
}

fn guard_over(rows: impl Iterator<Item = (i32, Cell)>) -> Vec<LeakFound> {
    let kind = |cell: Cell| match cell {
        Cell::Date(_) => ColumnType::Date,
        Cell::Code(_) => ColumnType::Code,
        Cell::Integer(_) => ColumnType::Integer,
        Cell::Flag(_) => ColumnType::Flag,
    };
    let rows: Vec<_> = rows.collect();
    let schema = ContentSchema {
        table: ColumnLabel::parse("arrest").unwrap(),
        event_date: Some(0),
        columns: vec![
            (ColumnLabel::parse("arrest_date").unwrap(), ColumnType::Date),
            (ColumnLabel::parse("seen").unwrap(), kind(rows[0].1)),
        ],
    };
    let mut guard = LeakGuard::new(&schema);
    for (person, cell) in rows {
        let mut handle = Handle::default();
        handle.0[..4].copy_from_slice(&person.to_le_bytes());
        // 2018-06-30
        guard.feed_row(handle, &[Some(Cell::Date(17_712)), Some(cell)]);
    }
    guard.finish()
}

fn code(text: &str) -> Cell {
    Cell::Code(Code::parse(text).unwrap())
}

/// Name-like text that differs for each number.
fn pair(number: i32, second: &str) -> Cell {
    let number = u32::try_from(number).unwrap();
    let letter = |power: u32| char::from_u32(65 + number / 26_u32.pow(power) % 26).unwrap();
    code(&format!("Q{}{}{}, {second}", letter(0), letter(1), letter(2)))
}

#[test]
fn one_ssn_refuses_its_column_and_names_the_row_only() {
    let rows = (0..50).map(|n| (n, code(if n == 7 { "078-05-1120" } else { "NONE" })));
    let found = guard_over(rows);
    assert_eq!((found.len(), found[0].kind), (1, LeakKind::Ssn));
    assert_eq!((found[0].rows, found[0].first_row), (1, 7));
    assert_eq!(found[0].column.as_str(), "seen");
    assert!(!format!("{found:?}").contains("1120"));
}

#[test]
fn names_refuse_even_when_each_person_has_many_rows() {
    let rows = || (0..4_000).map(|n| (n / 10, pair(n / 10, "ANN")));
    assert_eq!(guard_over(rows())[0].kind, LeakKind::NameLike);
    assert!(guard_over(rows().take(19)).is_empty(), "too few rows to say");
}

#[test]
fn charges_with_a_comma_pass() {
    let charges = ["THEFT, PETTY", "BATTERY, DOMESTIC", "WARRANT, BENCH", "11350(a) HS"];
    assert!(
        guard_over((0..100).map(|n| (n, code(charges[usize::try_from(n).unwrap() % 4]))))
            .is_empty()
    );
    let long = (0..600).map(|n| (n % 100, pair(n % 61, "PETTY")));
    assert!(guard_over(long).is_empty(), "61 charges among 100 persons");
}

#[test]
fn many_distinct_values_are_still_counted() {
    let rows = (0..30_000).map(|n| (n / 3, pair(n / 3, "ANN")));
    assert_eq!(guard_over(rows)[0].kind, LeakKind::NameLike);
    let shared = (0..30_000).map(|n| (n, pair(n % 3_000, "PETTY")));
    assert!(guard_over(shared).is_empty());
}

#[test]
fn numbers_like_ssns_and_telephones_refuse_and_incident_numbers_pass() {
    let ssn = |n: i32| 500_000_000 + n * 1_234_567;
    assert_eq!(
        guard_over((0..60).map(|n| (n, Cell::Integer(ssn(n).into()))))[0].kind,
        LeakKind::NineDigits
    );
    assert_eq!(
        guard_over((0..60).map(|n| (n / 3, code(&format!("{:09}", ssn(n / 3))))))[0].kind,
        LeakKind::NineDigits
    );
    let phone = |n: i32| 4_155_550_000 + i64::from(n);
    assert_eq!(
        guard_over((0..60).map(|n| (n, Cell::Integer(phone(n)))))[0].kind,
        LeakKind::TenDigits
    );
    let incident = |n: i32| 170_000_000 + (n % 2) * 10_000_000 + n * 91_357;
    assert!(guard_over((0..60).map(|n| (n, code(&format!("{}", incident(n)))))).is_empty());
    let zip = |n: i32| Cell::Integer(94_102 + i64::from(n) % 30);
    assert!(guard_over((0..60).map(|n| (n, zip(n)))).is_empty());
    let amount = |n: i32| Cell::Integer(100_000_000 * (1 + i64::from(n) % 5));
    assert!(guard_over((0..60).map(|n| (n, amount(n)))).is_empty(), "not distinct");
}

/// Pseudonyms of numbers: sixteen hexadecimal digits, all different, some of them decimal.
#[test]
fn pseudonyms_of_numbers_are_no_identifiers() {
    let spread = |n: i32| u64::from(n.cast_unsigned()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for text in (0..2_000).map(|n| format!("{:016x}", spread(n))) {
        assert_eq!(looks_like_identifier(&text), None, "{text}");
    }
    assert!(
        guard_over((0..2_000).map(|n| (n / 2, code(&format!("{:016x}", spread(n)))))).is_empty()
    );
    let digits = |n: i32| format!("{:016}", spread(n) % 10_000_000_000_000_000);
    assert!(guard_over((0..2_000).map(|n| (n / 2, code(&digits(n))))).is_empty());
}

#[test]
fn dates_of_birth_refuse_and_dates_near_the_event_pass() {
    let birth = (0..40).map(|n| (n, Cell::Date(2_000 + 100 * n)));
    assert_eq!(guard_over(birth)[0].kind, LeakKind::BirthDate);
    assert!(guard_over((0..40).map(|n| (n, Cell::Date(17_600 + n)))).is_empty());
}
