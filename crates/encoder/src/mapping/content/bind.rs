//! Takes content columns by name, gives them by their place in a header.

use super::{CellSource, Content, ContentColumn, Group, Repetition};
use crate::mapping::MappingError;

type Find<'a> = dyn Fn(&str, &str) -> Result<usize, MappingError> + 'a;

pub(in crate::mapping) fn bind(
    content: &Content<String>,
    find: &Find<'_>,
) -> Result<Content<usize>, MappingError> {
    let group = |group: &Group<String>| {
        let key = format!("content.group.{}.columns", group.table);
        let repetitions = group.repetitions.iter().map(|repetition| {
            let columns = bind_columns(&key, &repetition.columns, find)?;
            Ok(Repetition { seq: repetition.seq, columns })
        });
        Ok(Group {
            table: group.table.clone(),
            split: group.split.clone(),
            repetitions: repetitions.collect::<Result<_, MappingError>>()?,
        })
    };
    Ok(Content {
        table: content.table.clone(),
        event_date: content.event_date.clone(),
        columns: bind_columns("content.columns", &content.columns, find)?,
        groups: content.groups.iter().map(group).collect::<Result<_, MappingError>>()?,
    })
}

fn bind_columns(
    key: &str,
    columns: &[ContentColumn<String>],
    find: &Find<'_>,
) -> Result<Vec<ContentColumn<usize>>, MappingError> {
    let column = |column: &ContentColumn<String>| {
        let find = |name: &String| find(&format!("{key}.{}", column.name), name);
        let source = match &column.source {
            CellSource::Column { column, repeats } => {
                CellSource::Column { column: find(column)?, repeats: *repeats }
            }
            CellSource::Constant(text) => CellSource::Constant(text.clone()),
            CellSource::OneOf { columns, several } => CellSource::OneOf {
                columns: columns
                    .iter()
                    .map(|(code, name)| Ok((code.clone(), find(name)?)))
                    .collect::<Result<_, MappingError>>()?,
                several: several.clone(),
            },
            CellSource::Lookup(lookup) => CellSource::Lookup(lookup.clone()),
        };
        Ok(ContentColumn {
            name: column.name.clone(),
            source,
            missing: column.missing.clone(),
            codes: column.codes.clone(),
            kind: column.kind.clone(),
        })
    };
    columns.iter().map(column).collect()
}
