//! Takes the header and the sample, gives what is known of each column before it is judged, and what
//! the columns say together.

use super::SniffRequest;
use super::concept::Concept;
use super::dates::{self, Dates};
use super::header::{self, Guess, Open};
use super::role::{AddressPart, Content, Role};
use super::shape::{self, Shape};
use super::words::Words;

/// What is known of a column before it is judged.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) words: Words,
    pub(super) guess: Option<Guess>,
    pub(super) shape: Shape,
    pub(super) dates: Dates,
}

/// Looks at every column.
pub(super) fn gather(request: &SniffRequest<'_>) -> Vec<Evidence> {
    let header = request.header.iter().enumerate();
    header
        .map(|(column, name)| {
            let words = Words::of(name);
            let with_agency = format!("{name}_ori");
            let has_agency = request.header.iter().any(|o| o.eq_ignore_ascii_case(&with_agency));
            let guess = header::read(&words).map(|guess| match guess.role {
                Role::Content(_) if has_agency => header::numbered_by_agency(),
                _ => guess,
            });
            let told = request.roles.get(&column);
            let by_name = guess.as_ref().map(|guess| &guess.role);
            let is_date = |role: &Role| {
                matches!(role, Role::Dob | Role::Content(Content::Date | Content::EventDate))
            };
            let named_a_date = told.is_some_and(is_date) || by_name.is_some_and(is_date);
            let given = request.date_orders.get(&column).copied();
            let cells = request.sample.column(column);
            let dated =
                cells.filter(|cell| !shape::is_missing(cell) && !shape::is_placeholder(cell));
            let dates = dates::read(dated, request.year_max, given, named_a_date);
            Evidence { words, guess, shape: Shape::of(request.sample.column(column)), dates }
        })
        .collect()
}

/// What the other columns say.
pub(super) struct Context {
    /// Latest middle year of any column of dates.
    pub(super) year_latest: u16,
    pub(super) has_geo: bool,
    pub(super) has_residence: bool,
    pub(super) has_home_address: bool,
    pub(super) has_jail_place: bool,
}

impl Context {
    pub(super) fn of(evidence: &[Evidence]) -> Self {
        let guessed = |is: &dyn Fn(&Guess) -> bool| {
            evidence.iter().filter_map(|of| of.guess.as_ref()).any(is)
        };
        let dated = evidence.iter().filter(|of| of.dates.permille() >= 800 && !of.dates.bare);
        let line = Role::Address(AddressPart::Line);
        Self {
            year_latest: dated.filter_map(|of| of.dates.year_median).max().unwrap_or(0),
            has_geo: evidence.iter().any(|of| of.words.has(Concept::Geo)),
            has_residence: guessed(&|guess| matches!(guess.role, Role::City | Role::Zip)),
            has_home_address: guessed(&|guess| guess.role == line && guess.open == Open::No),
            has_jail_place: evidence
                .iter()
                .any(|of| of.words.any(&[Concept::Facility, Concept::Booking, Concept::Custody])),
        }
    }
}
