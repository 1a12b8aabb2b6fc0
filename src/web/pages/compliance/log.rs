//! The log, newest first, chosen by every field of an entry.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use askama::Template;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::fields::Fields;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::visit::Visit;
use super::super::{page, page_again};
use super::wanted::{self, TEXTS, Wanted};
use super::{Choice, ROWS, Row, look};
use crate::accounts::{self, AccountError, Compliance, Role};
use crate::agreements::Purpose;
use crate::audit::words::{self, Names};
use crate::audit::{self, Column, EventKind, Found, Outcome};
use crate::unit::Unit;

/// A field of the filter.
struct Field {
    name: &'static str,
    label: &'static str,
    value: String,
    wrong: &'static str,
    /// What can be chosen; empty where anything can be typed.
    choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "compliance/log.html")]
struct LogPage {
    frame: Frame,
    first_fields: Vec<Field>,
    more_fields: Vec<Field>,
    /// Whether one of the fields that are folded away is used.
    is_open: bool,
    is_narrowed: bool,
    is_wrong: bool,
    rows: Vec<Row>,
    /// The filter, for links.
    link: String,
    next_below: Option<u64>,
    is_cut: bool,
    is_first: bool,
}

/// The page.
pub(in crate::web::pages) async fn show(
    unit: Data<Unit>,
    visit: Visit<Compliance>,
    asked: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Refusal> {
    let Visit { by, reader } = visit;
    let fields = Fields::new(asked.into_inner());
    let link = wanted::link(&fields);
    let made = block(move || {
        let (made, entries) = unit.store.read(|connection| {
            let wanted = Wanted::read(&fields, connection)?;
            let none = Found { entries: Vec::new(), next_below: None, is_cut: false };
            let found = match wanted.wrong.is_empty() {
                true => audit::search(connection, &wanted.filter, ROWS)?,
                false => none,
            };
            let names = Names::read(connection)?;
            let filter = filter(&fields, &wanted, connection)?;
            let rows: Vec<Row> = found.entries.iter().map(|it| Row::new(it, &names)).collect();
            Ok::<_, AccountError>((
                (wanted, filter, found.next_below, found.is_cut, rows),
                found.entries.len(),
            ))
        })?;
        look(&unit, &by, entries as u64)?;
        Ok::<_, AccountError>(made)
    });
    let (wanted, mut first_fields, next_below, is_cut, rows) = made.await?;
    let more_fields = first_fields.split_off(6);
    let page_shown = LogPage {
        frame: Frame::of(&reader),
        is_open: more_fields.iter().any(|field| !field.value.is_empty()),
        first_fields,
        more_fields,
        is_narrowed: wanted.is_narrowed,
        is_wrong: !wanted.wrong.is_empty(),
        rows,
        link,
        next_below,
        is_cut,
        is_first: wanted.filter.below.is_none(),
    };
    if page_shown.is_wrong {
        return page_again(
            &Problem::malformed("a field of the filter is not of its form"),
            &page_shown,
        );
    }
    page(&page_shown)
}

/// Fields of the filter as they were filled in, the most used first.
fn filter(
    fields: &Fields,
    wanted: &Wanted,
    connection: &rusqlite::Connection,
) -> Result<Vec<Field>, AccountError> {
    let same = |text: &str| Choice { value: text.to_owned(), label: text.to_owned() };
    let field = |name: &'static str, label, choices| Field {
        name,
        label,
        value: fields.text(name).to_owned(),
        wrong: wanted.wrong_with(name),
        choices,
    };
    let mut kinds: Vec<Choice> = EventKind::ALL
        .iter()
        .map(|kind| Choice {
            value: kind.as_str().to_owned(),
            label: words::kind(*kind).to_owned(),
        })
        .collect();
    kinds.sort_by(|one, other| one.label.cmp(&other.label));
    let outcomes =
        [(Outcome::Ok, "as asked"), (Outcome::Denied, "refused"), (Outcome::Error, "failed")];
    let outcomes = outcomes.map(|(outcome, label)| Choice {
        value: outcome.as_str().to_owned(),
        label: label.to_owned(),
    });
    let mut all = vec![
        field("kind", "What happened", kinds),
        field("outcome", "How it ended", outcomes.into()),
        field("from", "From", Vec::new()),
        field("until", "Until", Vec::new()),
    ];
    let mut texts: Vec<Field> = Vec::new();
    for (column, label) in TEXTS {
        let choices = match column {
            Column::Role => Role::ALL.iter().map(|role| same(role.as_str())).collect(),
            Column::Purpose => Purpose::ALL.iter().map(|it| same(it.as_str())).collect(),
            Column::Agency => accounts::list_agencies(connection)?
                .into_iter()
                .map(|it| Choice { value: it.id.to_string(), label: it.name })
                .collect(),
            Column::Project => accounts::list_projects(connection)?
                .into_iter()
                .map(|it| Choice { value: it.id.to_string(), label: it.name })
                .collect(),
            _ => Vec::new(),
        };
        texts.push(field(column.as_str(), label, choices));
    }
    // Who, and for which project, are asked for most.
    texts.sort_by_key(|field| !matches!(field.name, "actor" | "project"));
    all.extend(texts);
    Ok(all)
}
