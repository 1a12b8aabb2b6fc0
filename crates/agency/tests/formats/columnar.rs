//! Parquet, with types.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::Fact;

const SCHEMA: &str = "message arrests {
    OPTIONAL BYTE_ARRAY LAST (STRING);
    OPTIONAL BYTE_ARRAY FIRST (STRING);
    OPTIONAL INT32 DOB (DATE);
    OPTIONAL BYTE_ARRAY SEX (STRING);
    OPTIONAL INT32 ZIP;
    OPTIONAL INT64 PERSON_NO;
    REQUIRED INT64 ARRESTED (TIMESTAMP(NANOS,false));
    REQUIRED BOOLEAN FLAGGED;
}";

fn days(year: i32, month: u32, day: u32) -> i32 {
    let days = |y, m, d| {
        use chrono::Datelike as _;
        chrono::NaiveDate::from_ymd_opt(y, m, d).unwrap().num_days_from_ce()
    };
    days(year, month, day) - days(1970, 1, 1)
}

/// In two row groups.
pub(crate) fn parquet(facts: &[Fact]) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    for facts in facts.chunks(facts.len().div_ceil(2).max(1)) {
        let levels: Vec<i16> = facts.iter().map(|fact| i16::from(!fact.blank)).collect();
        let known: Vec<&Fact> = facts.iter().filter(|fact| !fact.blank).collect();
        let text = |of: fn(&Fact) -> &str| -> Vec<ByteArray> {
            known.iter().map(|fact| ByteArray::from(of(fact))).collect()
        };
        let mut group = writer.next_row_group().unwrap();
        let mut index = 0;
        while let Some(mut column) = group.next_column().unwrap() {
            let defined = Some(levels.as_slice());
            match index {
                0 | 1 | 3 => {
                    let of: fn(&Fact) -> &str = match index {
                        0 => |fact| fact.last,
                        1 => |fact| fact.first,
                        _ => |fact| fact.sex,
                    };
                    column.typed::<ByteArrayType>().write_batch(&text(of), defined, None).unwrap();
                }
                2 => {
                    let born: Vec<i32> =
                        known.iter().map(|f| days(f.year, f.month, f.day)).collect();
                    column.typed::<Int32Type>().write_batch(&born, defined, None).unwrap();
                }
                4 => {
                    let zips: Vec<i32> =
                        known.iter().map(|f| i32::try_from(f.zip).unwrap()).collect();
                    column.typed::<Int32Type>().write_batch(&zips, defined, None).unwrap();
                }
                5 => {
                    let ids: Vec<i64> = known.iter().map(|f| i64::from(f.person_no)).collect();
                    column.typed::<Int64Type>().write_batch(&ids, defined, None).unwrap();
                }
                6 => {
                    let nanos = |f: &Fact| {
                        let days = i64::from(days(2021, f.month, f.day));
                        (days * 24 + i64::from(f.hour)) * 3_600_000_000_000
                    };
                    let moments: Vec<i64> = facts.iter().map(nanos).collect();
                    column.typed::<Int64Type>().write_batch(&moments, None, None).unwrap();
                }
                _ => {
                    let flags: Vec<bool> = facts.iter().map(|f| f.flagged).collect();
                    column.typed::<BoolType>().write_batch(&flags, None, None).unwrap();
                }
            }
            column.close().unwrap();
            index += 1;
        }
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

/// With a list in one of its columns.
pub(crate) fn nested() -> Vec<u8> {
    let schema = "message arrests {
        OPTIONAL BYTE_ARRAY LAST (STRING);
        OPTIONAL GROUP ALIASES (LIST) { REPEATED GROUP list { OPTIONAL BYTE_ARRAY element (STRING); } }
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    writer.into_inner().unwrap()
}
