//! Sets of fields as lists of names, in files that people read.

use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};
use tallystick_wire::schema::FIELDS;
use tallystick_wire::{Field, FieldSet};

pub(crate) fn serialize<S: Serializer>(set: &FieldSet, to: S) -> Result<S::Ok, S::Error> {
    let names: Vec<&str> = set.fields().map(Field::as_str).collect();
    names.serialize(to)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<FieldSet, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    names.iter().try_fold(FieldSet::default(), |set, name| {
        let field = FIELDS.into_iter().find(|(field, _)| field.as_str() == name);
        field.map(|(field, _)| set.with(field)).ok_or_else(|| D::Error::custom("no such field"))
    })
}
