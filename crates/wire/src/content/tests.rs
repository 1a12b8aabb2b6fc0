use super::*;

fn schema() -> ContentSchema {
    ContentSchema {
        table: ColumnLabel::parse("arrest").unwrap(),
        event_date: Some(0),
        columns: vec![
            (ColumnLabel::parse("arrest_date").unwrap(), ColumnType::Date),
            (ColumnLabel::parse("statute").unwrap(), ColumnType::Code),
            (ColumnLabel::parse("counts").unwrap(), ColumnType::Integer),
            (ColumnLabel::parse("warrant").unwrap(), ColumnType::Flag),
        ],
    }
}

fn encoded() -> Vec<u8> {
    let mut writer = ContentWriter::new(Vec::new(), &schema()).unwrap();
    let full = [
        Some(Cell::Date(17_000)),
        Some(Cell::Code(Code::parse("HS 11350(a)").unwrap())),
        Some(Cell::Integer(-3)),
        Some(Cell::Flag(true)),
    ];
    writer.write_row(Handle([1; 16]), &full).unwrap();
    writer.write_row(Handle([2; 16]), &[None; 4]).unwrap();
    writer.finish().unwrap()
}

#[test]
fn rows_round_trip() {
    let bytes = encoded();
    let mut reader = ContentReader::new(bytes.as_slice()).unwrap();
    assert_eq!(*reader.schema(), schema());
    let mut cells = Vec::new();
    assert_eq!(reader.read_row(&mut cells).unwrap(), Some(Handle([1; 16])));
    assert_eq!(cells[2], Some(Cell::Integer(-3)));
    assert_eq!(reader.read_row(&mut cells).unwrap(), Some(Handle([2; 16])));
    assert_eq!(cells, [None; 4]);
    assert_eq!(reader.read_row(&mut cells).unwrap(), None);
}

#[test]
fn bytes_left_over_and_cut_files_are_refused() {
    let mut long = encoded();
    long.push(0);
    let mut short = encoded();
    short.pop();
    for bytes in [long, short] {
        let mut reader = ContentReader::new(bytes.as_slice()).unwrap();
        let mut cells = Vec::new();
        let result = (0..3).try_for_each(|_| reader.read_row(&mut cells).map(|_| ()));
        assert!(result.is_err());
    }
}

#[test]
fn codes_are_short_printable_text() {
    assert!(Code::parse("").is_none());
    assert!(Code::parse("a\nb").is_none());
    assert!(Code::parse(&"x".repeat(CODE_BYTES_MAX + 1)).is_none());
    assert_eq!(Code::parse("PC 647(f)").unwrap().as_str(), "PC 647(f)");
}

fn charges() -> ContentSchema {
    ContentSchema {
        table: ColumnLabel::parse("charge").unwrap(),
        event_date: None,
        columns: vec![(ColumnLabel::parse("statute").unwrap(), ColumnType::Code)],
    }
}

fn part(seq: u16, statute: Option<&str>) -> Part {
    Part { seq, cells: vec![statute.map(|text| Cell::Code(Code::parse(text).unwrap()))] }
}

fn with_parts() -> (Vec<u8>, Vec<Vec<Part>>) {
    let parts = vec![vec![part(1, Some("PC 459")), part(3, None)]];
    let mut writer = ContentWriter::with_further(Vec::new(), &schema(), &[charges()]).unwrap();
    writer.write_parts(Handle([1; 16]), &[None; 4], &parts).unwrap();
    writer.write_row(Handle([2; 16]), &[None; 4]).unwrap();
    assert_eq!((writer.rows(), writer.parts().collect::<Vec<_>>()), (2, vec![2]));
    (writer.finish().unwrap(), parts)
}

#[test]
fn parts_round_trip_with_their_row() {
    let (bytes, parts) = with_parts();
    let mut reader = ContentReader::new(bytes.as_slice()).unwrap();
    assert_eq!(reader.further().collect::<Vec<_>>(), [&charges()]);
    let (mut cells, mut found) = (Vec::new(), Vec::new());
    assert_eq!(reader.read_parts(&mut cells, &mut found).unwrap(), Some(Handle([1; 16])));
    assert_eq!(found, parts);
    assert_eq!(reader.read_parts(&mut cells, &mut found).unwrap(), Some(Handle([2; 16])));
    assert_eq!(found, [Vec::new()]);
    assert_eq!(reader.read_parts(&mut cells, &mut found).unwrap(), None);
}

#[test]
fn every_other_reading_of_parts_is_refused() {
    let (bytes, _) = with_parts();
    let read = |bytes: &[u8]| -> Result<(), ContentError> {
        let mut reader = ContentReader::new(bytes)?;
        while reader.read_row(&mut Vec::new())?.is_some() {}
        Ok(())
    };
    assert!(read(&bytes).is_ok());
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end]).is_err(), "cut at {end}");
    }
    let head = 16 + 1 + (36 + 4 * 33) + (36 + 33);
    let first_seq = head + 17 + 4 + 2;
    for (at, byte) in
        [(16, 0), (16, 9), (first_seq, 3), (bytes.len() - 8, 1), (bytes.len() - 16, 3)]
    {
        let mut changed = bytes.clone();
        changed[at] = byte;
        assert!(read(&changed).is_err(), "{byte} at {at}");
    }
}
