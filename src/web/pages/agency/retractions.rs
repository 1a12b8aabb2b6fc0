//! Rows that an agency takes out again, by their handles: what was typed is looked over first, then done.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;
use tallystick_wire::Handle;

use super::super::super::extract::block;
use super::super::super::problem::Problem;
use super::super::frame::Frame;
use super::super::refusal::Refusal;
use super::super::shown::{Moment, counted, grouped};
use super::super::visit::{Posted, Reader, Visit};
use super::super::{page, page_again, see};
use super::{moment, names};
use crate::accounts::Uploader;
use crate::ids::ProjectId;
use crate::intake;
use crate::persons;
use crate::unit::Unit;

/// Retractions that the page lists.
const LISTED: u32 = 100;
/// Lines that are named where something is wrong with them.
const LINES_NAMED: usize = 5;
/// Hex digits of a handle.
const HANDLE_DIGITS: usize = 32;
/// What can have been done on this page.
const NOTICES: &[(&str, &str)] = &[
    (
        "retracted",
        "The rows were taken out. The next run does without them; runs of before are out of date.",
    ),
    ("retracted-before", "Nothing changed: all of these rows had been taken out before."),
];

struct Made {
    id: String,
    project: String,
    made_at: Moment,
    rows: String,
}

#[derive(Template)]
#[template(path = "agency/retractions.html")]
struct RetractionsPage {
    frame: Frame,
    projects: Vec<(String, String)>,
    made: Vec<Made>,
    /// What was filled in before.
    project: String,
    handles: String,
    /// What is wrong with the handles; empty where nothing is.
    wrong: String,
    wrong_project: String,
}

#[derive(Template)]
#[template(path = "agency/retraction_check.html")]
struct CheckPage {
    frame: Frame,
    project: String,
    name: String,
    count: String,
    handles: String,
}

impl RetractionsPage {
    async fn read(unit: Data<Unit>, by: Uploader, reader: &Reader) -> Result<Self, Problem> {
        let (found, names, own) = block(move || {
            let found = persons::retractions(&unit, &by, LISTED)?;
            let own = intake::projects(&unit, &by)?;
            Ok::<_, Problem>((found, names(&unit)?, own))
        })
        .await?;
        let name = |id: &ProjectId| names.get(id).cloned().unwrap_or_default();
        let made = found.into_iter().map(|it| Made {
            id: it.id.to_string(),
            project: name(&it.project),
            made_at: moment(it.made_at),
            rows: grouped(it.rows),
        });
        Ok(Self {
            frame: Frame::of(reader).after(reader, NOTICES),
            projects: own.iter().map(|id| (id.to_string(), name(id))).collect(),
            made: made.collect(),
            project: String::new(),
            handles: String::new(),
            wrong: String::new(),
            wrong_project: String::new(),
        })
    }
}

/// Handles of a text, one a line; of a table the cell that is one. A first line without any is its header.
fn handles_of(text: &str) -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    let mut wrong = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let cells = line.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"'));
        let is_handle =
            |cell: &&str| cell.len() == HANDLE_DIGITS && Handle::from_hex(cell).is_some();
        match cells.map(str::to_ascii_lowercase).find(|cell| is_handle(&cell.as_str())) {
            Some(handle) => {
                found.insert(handle);
            }
            None if number == 1 && !line.chars().all(|it| it.is_ascii_hexdigit()) => {}
            None if line.trim().is_empty() => {}
            None => wrong.push(number),
        }
    }
    if !wrong.is_empty() {
        let named: Vec<String> = wrong.iter().take(LINES_NAMED).map(ToString::to_string).collect();
        let more = if wrong.len() > LINES_NAMED { " and others" } else { "" };
        let lines = if wrong.len() == 1 { "line" } else { "lines" };
        return Err(format!(
            "No handle in {lines} {}{more}. A handle has 32 digits of 0-9 and a-f.",
            named.join(", ")
        ));
    }
    if found.is_empty() {
        return Err("Give at least one handle.".to_owned());
    }
    Ok(found)
}

/// The page.
pub(in super::super) async fn show(
    unit: Data<Unit>,
    visit: Visit<Uploader>,
) -> Result<HttpResponse, Refusal> {
    page(&RetractionsPage::read(unit, visit.by, &visit.reader).await?)
}

/// The page again, with what is wrong beside its field; nothing if all is well.
async fn looked_over(
    unit: Data<Unit>,
    posted: &Posted<Uploader>,
) -> Result<Result<(ProjectId, String, BTreeSet<String>), HttpResponse>, Refusal> {
    let (project, text) = (posted.fields.text("project"), posted.fields.raw("handles"));
    let read = RetractionsPage::read(unit, posted.by.clone(), &posted.reader).await?;
    let named = read.projects.iter().find(|(id, _)| id == project).map(|(_, name)| name.clone());
    let handles = handles_of(text);
    if let (Some(id), Some(name), Ok(handles)) = (ProjectId::parse(project), &named, &handles) {
        return Ok(Ok((id, name.clone(), handles.clone())));
    }
    let wrong_project = if named.is_none() { "Choose a project that you sent for." } else { "" };
    let again = RetractionsPage {
        project: project.to_owned(),
        handles: text.to_owned(),
        wrong: handles.err().unwrap_or_default(),
        wrong_project: wrong_project.to_owned(),
        ..read
    };
    page_again(&Problem::malformed("the form is not filled in rightly"), &again).map(Err)
}

/// Says what will happen.
pub(in super::super) async fn check(
    unit: Data<Unit>,
    posted: Posted<Uploader>,
) -> Result<HttpResponse, Refusal> {
    match looked_over(unit, &posted).await? {
        Err(again) => Ok(again),
        Ok((id, name, handles)) => page(&CheckPage {
            frame: Frame::of(&posted.reader),
            project: id.to_string(),
            name,
            count: counted(handles.len() as u64, "handle", "handles"),
            handles: handles.into_iter().collect::<Vec<_>>().join("\n"),
        }),
    }
}

/// Takes the rows out.
pub(in super::super) async fn make(
    unit: Data<Unit>,
    posted: Posted<Uploader>,
) -> Result<HttpResponse, Refusal> {
    let (id, _, handles) = match looked_over(unit.clone(), &posted).await? {
        Err(again) => return Ok(again),
        Ok(read) => read,
    };
    let handles: Vec<Handle> = handles.iter().filter_map(|it| Handle::from_hex(it)).collect();
    let made = block(move || persons::retract(&unit, &posted.by, id, &handles)).await?;
    let done = if made.rows == 0 { "retracted-before" } else { "retracted" };
    Ok(see(&format!("/agency/retractions?done={done}")))
}

#[cfg(test)]
mod tests {
    use super::handles_of;

    const ONE: &str = "00112233445566778899aabbccddeeff";
    const OTHER: &str = "ffeeddccbbaa99887766554433221100";

    #[test]
    fn handles_are_found_in_lists_and_tables() {
        let list = format!("{ONE}\n\n{}\r\n{ONE}\n", OTHER.to_uppercase());
        assert_eq!(handles_of(&list).unwrap().len(), 2);
        let table = format!("source,handle\npolice,\"{ONE}\"\npolice;{OTHER}\n");
        assert_eq!(handles_of(&table).unwrap().len(), 2);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_line_and_not_shown() {
        let wrong = handles_of(&format!("{ONE}\nSMITH\n{ONE}0\n")).unwrap_err();
        assert!(wrong.starts_with("No handle in lines 2, 3."), "{wrong}");
        assert!(!wrong.contains("SMITH"));
        assert!(handles_of("").is_err() && handles_of("handle\n").is_err());
        assert!(handles_of(&ONE[1..]).is_err(), "a first line of digits is no header");
    }
}
