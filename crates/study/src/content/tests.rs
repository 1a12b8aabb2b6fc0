//! Reading of codes and numbers.

use super::{ArrestKind, Number, Severity};

#[test]
fn severities_are_read_by_their_first_letter_and_ascend() {
    let read = ["F", "FE", "MISDEMEANOR", "I", "W", ""].map(Severity::parse);
    assert_eq!(
        read,
        [
            Severity::Felony,
            Severity::Felony,
            Severity::Misdemeanour,
            Severity::Infraction,
            Severity::Unknown,
            Severity::Unknown
        ]
    );
    assert!(Severity::Felony > Severity::Misdemeanour && Severity::Infraction > Severity::Unknown);
}

#[test]
fn of_several_types_of_an_arrest_the_first_is_believed() {
    assert!(ArrestKind::ALL.is_sorted());
    assert!(!ArrestKind::LeadDivert.is_new_offence() && ArrestKind::Other.is_new_offence());
}

#[test]
fn pseudonyms_are_numbers_and_other_texts_are_hashed() {
    assert_eq!(Number::of("00000000000000ff"), Number(255));
    assert_ne!(Number::of("190860198"), Number(190_860_198));
    assert_ne!(Number::of("190860198"), Number::of("190860199"));
}
