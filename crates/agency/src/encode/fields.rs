//! Takes the fields of a bound mapping, gives those of the linkage schema and of the report.

use tallystick_encoder::mapping::{AttributeCompare, Fields, NameColumns};
use tallystick_encoder::normalise::Field;
use tallystick_encoder::tokens::{AttributeSchema, Attributes};
use tallystick_wire::SourceLabel;
use tallystick_wire::schema::{ATTRIBUTES_MAX, Field as WireField, FieldSet};

pub(crate) fn attributes(fields: &Fields<usize>) -> Attributes {
    let mut out: Attributes = [None; ATTRIBUTES_MAX];
    for (slot, attribute) in out.iter_mut().zip(&fields.attributes) {
        *slot = Some(AttributeSchema {
            name: SourceLabel::parse(&attribute.name).expect("mappings have checked names"),
            qgrams: attribute.compare == AttributeCompare::QGrams,
        });
    }
    out
}

/// Fields of the linkage schema that a mapping has.
pub(crate) fn fields(fields: &Fields<usize>) -> FieldSet {
    let (first, last, middle, suffix) = match &fields.name {
        NameColumns::Whole { .. } => (true, true, true, true),
        NameColumns::Parts { first, last, middle, suffix } => {
            (first.is_some(), last.is_some(), middle.is_some(), suffix.is_some())
        }
    };
    let mapped = [
        (WireField::First, first),
        (WireField::Roots, first),
        (WireField::Last, last),
        // An initial may stand behind a first name, a suffix behind a last one.
        (WireField::Middle, middle || first),
        (WireField::Suffix, suffix || last),
        (WireField::Dob, fields.dob.is_some()),
        (WireField::Ssn4, fields.ssn.is_some()),
        (WireField::Phone, fields.phone.is_some()),
        (WireField::Address, !fields.address.is_empty()),
        (WireField::Zip, fields.zip.is_some()),
        (WireField::City, fields.city.is_some()),
        (WireField::Sex, fields.sex.is_some()),
    ];
    let mut set = mapped
        .into_iter()
        .filter(|(_, mapped)| *mapped)
        .fold(FieldSet::default(), |set, (field, _)| set.with(field));
    for index in 0..fields.attributes.len() {
        set = set.with(WireField::attribute(index));
    }
    set
}

pub(crate) fn mapped_fields(bound: &Fields<usize>) -> Vec<Field> {
    let set = fields(bound);
    let by_wire = [
        (Field::First, WireField::First),
        (Field::Last, WireField::Last),
        (Field::Middle, WireField::Middle),
        (Field::Suffix, WireField::Suffix),
        (Field::Dob, WireField::Dob),
        (Field::Sex, WireField::Sex),
        (Field::Ssn, WireField::Ssn4),
        (Field::Phone, WireField::Phone),
        (Field::Address, WireField::Address),
        (Field::City, WireField::City),
        (Field::Zip, WireField::Zip),
    ];
    let mut mapped: Vec<Field> = by_wire
        .into_iter()
        .filter(|(_, wire)| set.contains(*wire))
        .map(|(field, _)| field)
        .collect();
    mapped.extend(bound.local_id.map(|_| Field::LocalId));
    mapped.extend(
        (0..bound.attributes.len())
            .filter_map(|index| u8::try_from(index).ok())
            .map(Field::Attribute),
    );
    mapped
}
