//! The report for programs: the same figures as in text, under stable names.

use serde_json::{Value, json};

use super::report::{EncodeReport, field_name};

impl EncodeReport {
    /// The report as JSON, with the text for people beside it. It holds no value of the export.
    pub fn to_json(&self) -> Value {
        let files: Vec<Value> =
            self.files.iter().map(|file| json!({ "name": file.name, "rows": file.rows })).collect();
        let rejections: Vec<Value> = (self.rejections.iter())
            .map(|(code, found)| {
                let places: Vec<String> = found.lines.iter().map(ToString::to_string).collect();
                json!({ "code": code, "count": found.count, "lines": places })
            })
            .collect();
        let counts = |name: String, [present, missing, unreadable]: [u64; 3]| json!({ "name": name, "present": present, "missing": missing, "unreadable": unreadable });
        let fields: Vec<Value> = (self.mapped.iter())
            .map(|field| {
                let count = self.fields.field(*field);
                counts(field_name(*field), [count.present, count.missing, count.invalid])
            })
            .collect();
        let content: Vec<Value> = (self.content.iter())
            .map(|count| {
                counts(count.column.clone(), [count.present, count.missing, count.invalid])
            })
            .collect();
        let groups: Vec<Value> = (self.groups.iter())
            .map(|group| json!({ "name": group.table, "rows": group.rows, "uneven": group.uneven }))
            .collect();
        let passes: Vec<Value> =
            self.passes.iter().map(|(name, rows)| json!({ "name": name, "rows": rows })).collect();
        json!({
            "source": self.source,
            "files": files,
            "rows_read": self.rows_read,
            "error_cells": self.error_cells,
            "rows_accepted": self.rows_accepted,
            "rows_rejected": self.rows_rejected(),
            "rejections": rejections,
            "rows_planted": self.rows_planted,
            "aliases": self.aliases.aliases,
            "rows_collapsed": self.rows_collapsed,
            "records": self.records,
            "fields": fields,
            "content": content,
            "groups": groups,
            "passes": passes,
            "submission_bytes": self.submission_bytes,
            "digest": self.digest.to_string(),
            "text": self.to_string(),
        })
    }
}
