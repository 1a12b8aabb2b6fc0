//! Takes the verdicts on all columns, gives the proposal: one column for each place, names and dates
//! complete, and the questions that are left.

use super::concept::Concept;
use super::content::{self, ReleaseNames};
use super::evidence::Evidence;
use super::judge::{Verdict, date_question};
use super::layout::Known;
use super::role::{AddressPart, Content, NameOrder, Role};
use super::shape::Kind;
use super::source::guess_type;
use super::{Column, Proposal, Question, SniffRequest};
use crate::mapping::{ATTRIBUTES_MAX, COLUMN_CHARS_MAX, Numbering, SourceType};

/// Most content columns of a mapping.
const CONTENT_COLUMNS_MAX: usize = 64;
/// Share of cells, in permille, from which an X beside no other mark of unknown means unknown: people
/// who are neither F nor M are fewer in such records, and some sex is unknown in all of them.
const X_UNKNOWN_PERMILLE_MIN: u32 = 2;
/// Share of address lines, in permille, that begin with a number, from which a column of house numbers
/// says the same again.
const HOUSE_FIRST_PERMILLE_MIN: u32 = 300;
/// Least evidence on the order of names without a comma.
const ORDER_SIGNS_MIN: u32 = 5;

pub(super) fn settle(
    request: &SniffRequest<'_>,
    evidence: &[Evidence],
    mut verdicts: Vec<Verdict>,
    known: Option<&Known>,
) -> Proposal {
    let (guessed, reason) = guess_type(evidence);
    let (source_type, source_type_reason) = match (request.source_type, known) {
        (Some(told), _) => (told, "as told by --type"),
        (None, Some(known)) => (known.source_type, "as in the known layout"),
        (None, None) => (guessed, reason),
    };
    whole_or_parts(&mut verdicts);
    one_for_each(&mut verdicts, evidence);
    addresses(&mut verdicts, evidence);
    row_id(&mut verdicts, evidence);
    name_order(&mut verdicts, evidence);
    let mut questions: Vec<Question> =
        verdicts.iter().filter_map(|verdict| verdict.question.clone()).collect();
    ages(&mut verdicts, evidence);
    for (verdict, of) in verdicts.iter_mut().zip(evidence) {
        if verdict.role == Role::Sex && x_is_unknown(of) {
            replace(verdict, Role::Sex, "X is taken for unknown, since nothing else stands for it");
        }
    }
    if let Err(columns) = event_date(&mut verdicts, evidence, source_type, known) {
        questions.push(Question::EventDate { columns });
    }
    numberings(&mut verdicts, evidence, source_type);
    let columns = columns(request, evidence, &verdicts, &mut questions);
    Proposal {
        source: request.source.to_owned(),
        source_type,
        source_type_reason,
        missing: missing(evidence, &verdicts, known),
        columns,
        aliases: Vec::new(),
        groups: Vec::new(),
        questions,
        layout: known.map(|known| known.name),
        table: known
            .and_then(|known| known.table.clone())
            .unwrap_or_else(|| content::table(source_type).to_owned()),
        rows: (request.sample.rows_read(), request.sample.len()),
    }
}

fn holds(verdicts: &[Verdict], role: &Role) -> bool {
    verdicts.iter().any(|verdict| verdict.role == *role && verdict.question.is_none())
}

fn replace(verdict: &mut Verdict, role: Role, why: &str) {
    verdict.reason = format!("{}; {why}", verdict.reason);
    verdict.role = role;
}

/// A name, a date of birth: in one column or in several, not both.
fn whole_or_parts(verdicts: &mut [Verdict]) {
    let parts = holds(verdicts, &Role::First) && holds(verdicts, &Role::Last);
    let whole = verdicts.iter().any(|verdict| matches!(verdict.role, Role::Name(_)));
    for verdict in verdicts.iter_mut().filter(|verdict| whole && !verdict.told) {
        match verdict.role {
            Role::Name(_) if parts => {
                replace(verdict, Role::Withheld, "the name stands in columns of its own");
            }
            Role::First | Role::Last | Role::Middle | Role::Suffix if !parts => {
                replace(verdict, Role::Withheld, "the whole name stands in one column");
            }
            _ => {}
        }
    }
    let triple = [Role::DobYear, Role::DobMonth, Role::DobDay];
    let complete = triple.iter().all(|part| holds(verdicts, part));
    let whole = holds(verdicts, &Role::Dob);
    for verdict in verdicts.iter_mut().filter(|verdict| triple.contains(&verdict.role)) {
        if whole {
            replace(verdict, Role::Withheld, "the whole date of birth stands in one column");
        } else if !complete {
            replace(verdict, Role::Withheld, "a part of the date of birth without the others");
        }
    }
}

/// Of several columns for one place the likeliest, then the best filled, then the first.
fn one_for_each(verdicts: &mut [Verdict], evidence: &[Evidence]) {
    let place = |role: &Role| match role {
        Role::Name(_) => Role::Name(None),
        other => other.clone(),
    };
    for column in 0..verdicts.len() {
        let role = verdicts[column].role.clone();
        let shared = matches!(
            role,
            Role::Withheld | Role::EventNumber | Role::Ignore | Role::RowId | Role::Content(_)
        );
        if shared || verdicts[column].question.is_some() {
            continue;
        }
        let rank = |other: usize| {
            let verdict: &Verdict = &verdicts[other];
            let cells = evidence[other].shape.cells;
            (verdict.told, verdict.permille, cells, usize::MAX - other)
        };
        let rivals = (0..verdicts.len()).filter(|other| {
            place(&verdicts[*other].role) == place(&role) && verdicts[*other].question.is_none()
        });
        let best = rivals.max_by_key(|other| rank(*other)).unwrap_or(column);
        if best != column && matches!(role, Role::Address(_)) {
            replace(&mut verdicts[column], Role::Withheld, "another address is likelier");
        } else if best != column {
            let why = "another column is likelier to be this";
            replace(&mut verdicts[column], Role::Withheld, why);
        }
    }
    let attributes: Vec<usize> = (0..verdicts.len())
        .filter(|column| matches!(verdicts[*column].role, Role::Attribute(_)))
        .collect();
    for column in attributes.into_iter().skip(ATTRIBUTES_MAX) {
        replace(&mut verdicts[column], Role::Withheld, "there are four attributes already");
    }
}

/// An address is one line, or a street with its parts, or a house number and a line without one.
fn addresses(verdicts: &mut [Verdict], evidence: &[Evidence]) {
    let whole = Role::Address(AddressPart::Line);
    let line = verdicts.iter().position(|v| v.role == whole && v.question.is_none());
    let street = holds(verdicts, &Role::Address(AddressPart::Street));
    let numbered = line.is_some_and(|column| {
        evidence[column].shape.permille(&[Kind::HouseFirst]) >= HOUSE_FIRST_PERMILLE_MIN
    });
    for verdict in verdicts.iter_mut().filter(|verdict| !verdict.told) {
        let Role::Address(part) = verdict.role else { continue };
        let goes_before = part == AddressPart::House && !street && !numbered;
        if line.is_some() && part != AddressPart::Line && !goes_before {
            replace(verdict, Role::Withheld, "the address stands in one column");
        } else if line.is_none() && !street {
            replace(verdict, Role::Withheld, "a part of an address without its street");
        }
    }
}

/// The key of the row: a column that says so, else a number that no two rows share.
fn row_id(verdicts: &mut [Verdict], evidence: &[Evidence]) {
    let told = verdicts.iter().any(|verdict| verdict.told && verdict.role == Role::RowId);
    let empty = evidence.iter().all(|of| of.shape.rows == 0);
    let is_key = |column: usize| empty || evidence[column].shape.is_key();
    let with = |verdicts: &[Verdict], role: &Role| {
        (0..verdicts.len()).find(|column| verdicts[*column].role == *role && is_key(*column))
    };
    let first = with(verdicts, &Role::RowId);
    let best = first.or_else(|| if empty { None } else { with(verdicts, &Role::EventNumber) });
    for (column, verdict) in verdicts.iter_mut().enumerate().filter(|(_, verdict)| !verdict.told) {
        if Some(column) == best && !told {
            let why = if empty { "there is no row to check" } else { "no two rows share it" };
            replace(verdict, Role::RowId, why);
        } else if verdict.role == Role::RowId {
            replace(
                verdict,
                Role::EventNumber,
                "it is not the key of the row, or not the only one",
            );
        }
    }
}

/// Settles `LAST, FIRST` or `FIRST LAST` where the name of the column has not.
fn name_order(verdicts: &mut [Verdict], evidence: &[Evidence]) {
    for (column, verdict) in verdicts.iter_mut().enumerate() {
        if verdict.role != Role::Name(None) {
            continue;
        }
        let shape = &evidence[column].shape;
        let first_last = shape.counted(Kind::GivenFirst) + shape.counted(Kind::InitialMiddle);
        let last_first = shape.counted(Kind::GivenLast) + shape.counted(Kind::InitialLast);
        let signs = first_last + last_first;
        let comma = shape.permille(&[Kind::CommaName]);
        let (order, why) = if shape.cells == 0 {
            verdict.permille = verdict.permille.min(500);
            (NameOrder::LastFirst, "the order is not known, LAST, FIRST is usual".to_owned())
        } else if comma >= 500 {
            (NameOrder::LastFirst, format!("{} % have a comma after the last name", comma / 10))
        } else if signs >= ORDER_SIGNS_MIN && first_last * 5 >= signs * 4 {
            (
                NameOrder::FirstLast,
                "known first names and initials stand before the last".to_owned(),
            )
        } else if signs >= ORDER_SIGNS_MIN && last_first * 5 >= signs * 4 {
            (
                NameOrder::LastFirst,
                "known first names and initials stand behind the last".to_owned(),
            )
        } else {
            let orders = [NameOrder::LastFirst, NameOrder::FirstLast];
            let roles = orders.map(|order| Role::Name(Some(order))).to_vec();
            let looks_like = "it holds whole names, and nothing tells the first name from the last";
            verdict.question = Some(Question::Role { column, looks_like, roles });
            continue;
        };
        replace(verdict, Role::Name(Some(order)), &why);
    }
}

/// An exact age beside a birth date says more than the age band that is made of both dates.
fn ages(verdicts: &mut [Verdict], evidence: &[Evidence]) {
    let birth = verdicts.iter().any(|verdict| matches!(verdict.role, Role::Dob | Role::DobYear));
    let dated = verdicts
        .iter()
        .any(|verdict| matches!(verdict.role, Role::Content(Content::Date | Content::EventDate)));
    for (verdict, of) in verdicts.iter_mut().zip(evidence).filter(|_| birth && dated) {
        if !verdict.told
            && of.words.has(Concept::Age)
            && verdict.role == Role::Content(Content::Integer)
        {
            replace(verdict, Role::Ignore, "the age band is made from the date of birth");
        }
    }
}

fn event_date(
    verdicts: &mut [Verdict],
    evidence: &[Evidence],
    kind: SourceType,
    known: Option<&Known>,
) -> Result<(), Vec<usize>> {
    let event = Role::Content(Content::EventDate);
    if verdicts.iter().any(|verdict| verdict.role == event) {
        return Ok(());
    }
    let dates: Vec<usize> = (0..verdicts.len())
        .filter(|column| {
            verdicts[*column].role == Role::Content(Content::Date)
                && verdicts[*column].question.is_none()
        })
        .collect();
    if known.is_some() {
        return Ok(());
    }
    if let Some(column) = content::event_date(kind, &dates, evidence)? {
        verdicts[column].role = event;
    }
    Ok(())
}

/// Numbers of incidents, bookings and cases are content as pseudonyms, beside other content.
fn numberings(verdicts: &mut [Verdict], evidence: &[Evidence], kind: SourceType) {
    let has_content = verdicts.iter().any(|verdict| matches!(verdict.role, Role::Content(_)));
    for (verdict, of) in verdicts.iter_mut().zip(evidence) {
        if verdict.role != Role::EventNumber || verdict.question.is_some() || !has_content {
            verdict.numbering = None;
            continue;
        }
        if verdict.numbering.is_none() {
            let of = numbering(of, kind).map(str::to_owned);
            verdict.numbering = of.map(|of| Numbering { of, prefixes: Vec::new() });
        }
        if verdict.numbering.is_some() {
            verdict.reason.push_str("; content as a pseudonym");
        }
    }
}

/// The numbering that a name speaks of, and of nothing else.
fn numbering(of: &Evidence, kind: SourceType) -> Option<&'static str> {
    let case = if kind == SourceType::Court { "court" } else { "case" };
    [(Concept::Incident, "incident"), (Concept::Booking, "booking"), (Concept::Case, case)]
        .into_iter()
        .find(|(concept, _)| of.words.only(&[*concept, Concept::Number]))
        .filter(|(concept, _)| of.words.has(*concept))
        .map(|(_, numbering)| numbering)
        .or_else(|| {
            let court = [Concept::Court, Concept::Case, Concept::Number];
            (of.words.only(&court) && of.words.has(Concept::Court)).then_some("court")
        })
}

/// Words for missing met in fields, and an X that means unknown sex.
fn missing(
    evidence: &[Evidence],
    verdicts: &[Verdict],
    known: Option<&Known>,
) -> Vec<&'static str> {
    let fields = verdicts.iter().zip(evidence).filter(|(verdict, _)| verdict.role.is_field());
    let mut words: Vec<&'static str> =
        fields.clone().flat_map(|(_, of)| of.shape.placeholders.iter().copied()).collect();
    if fields.clone().any(|(verdict, of)| verdict.role == Role::Sex && x_is_unknown(of)) {
        words.push("X");
    }
    words.extend(known.iter().flat_map(|known| known.missing.iter().copied()));
    words.sort_unstable();
    words.dedup();
    words
}

fn x_is_unknown(of: &Evidence) -> bool {
    let shape = &of.shape;
    let share = shape.x_cells * 1000 >= shape.cells * X_UNKNOWN_PERMILLE_MIN;
    shape.x_cells > 0 && shape.unknown_cells == 0 && share
}

fn columns(
    request: &SniffRequest<'_>,
    evidence: &[Evidence],
    verdicts: &[Verdict],
    questions: &mut Vec<Question>,
) -> Vec<Column> {
    let mut names = ReleaseNames::default();
    verdicts.iter().filter_map(|verdict| verdict.release_name.as_ref()).for_each(|n| names.take(n));
    let mut content = 0;
    let mut columns = Vec::new();
    for (index, verdict) in verdicts.iter().enumerate() {
        let (name, dates) = (&request.header[index], &evidence[index].dates);
        let mut verdict = verdict.clone();
        if name.chars().count() > COLUMN_CHARS_MAX && verdict.role != Role::Withheld {
            replace(&mut verdict, Role::Ignore, "its name is too long for a mapping");
        }
        let dated =
            matches!(verdict.role, Role::Dob | Role::Content(Content::Date | Content::EventDate));
        if dated && evidence[index].shape.cells > 0 {
            questions.extend(date_question(index, dates));
        }
        if dated && evidence[index].shape.cells == 0 {
            verdict.reason.push_str(", so its format is not known and is taken for YYYY-MM-DD");
        }
        let is_content = matches!(verdict.role, Role::Content(_)) || verdict.numbering.is_some();
        content += usize::from(is_content);
        if is_content && content > CONTENT_COLUMNS_MAX {
            verdict.numbering = None;
            replace(&mut verdict, Role::Ignore, "a mapping takes 64 content columns");
        }
        let released = matches!(verdict.role, Role::Content(_) | Role::Sex);
        let released = released || verdict.numbering.is_some();
        let release_name =
            released.then(|| verdict.release_name.clone().unwrap_or_else(|| names.give(name)));
        let sure = if verdict.question.is_some() { 0 } else { verdict.permille.min(990) };
        let percent = u8::try_from(sure / 10).unwrap_or(99);
        columns.push(Column {
            name: name.clone(),
            percent: if verdict.told { 100 } else { percent },
            formats: if dated { dates.formats.clone() } else { Vec::new() },
            pivot_year: (dated && dates.short_year()).then_some(request.year_max),
            release_name,
            numbering: verdict.numbering,
            role: verdict.role,
            reason: verdict.reason,
        });
    }
    columns
}
