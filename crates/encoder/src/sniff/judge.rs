//! Takes one column's name and the shapes of its cells, gives its role with a confidence and a reason,
//! or the doubt that a person must settle.

use super::content;
use super::dates::{Dates, Order};
use super::evidence::{Context, Evidence};
use super::header::{Guess, Open};
use super::layout::{Known, KnownColumn};
use super::role::{AddressPart, Content, NameOrder, Role};
use super::shape::{Kind, Shape};
use super::{Question, SniffRequest};
use crate::mapping::Numbering;

/// Fewest cells from which a share says anything against a name.
const CELLS_MIN: u32 = 10;
/// Share of fitting cells, in permille, below which cells contradict a name.
const CONTRADICTS_PERMILLE_MAX: u32 = 200;
/// Share of cells, in permille, from which a column without a telling name looks like an identifier.
const LOOKS_PERMILLE_MIN: u32 = 300;
/// Years before other dates that make a date one of birth, as the leak guard judges.
const BIRTH_YEARS_MIN: u16 = 15;

/// What one column is taken for.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) role: Role,
    pub(super) permille: u32,
    pub(super) reason: String,
    pub(super) question: Option<Question>,
    /// A person or a known layout has said so.
    pub(super) told: bool,
    /// Name in the release and table, where a known layout gives them.
    pub(super) release_name: Option<String>,
    /// The numbering of a number of events, where a known layout gives it.
    pub(super) numbering: Option<Numbering>,
}

impl Verdict {
    pub(super) fn new(role: Role, permille: u32, reason: impl Into<String>) -> Self {
        Self {
            role,
            permille,
            reason: reason.into(),
            question: None,
            told: false,
            release_name: None,
            numbering: None,
        }
    }

    /// A doubt about this column; the role stands for it until it is settled.
    fn doubt(column: usize, looks_like: &'static str, roles: Vec<Role>) -> Self {
        let question = Question::Role { column, looks_like, roles };
        Self { question: Some(question), ..Self::new(Role::Withheld, 0, looks_like) }
    }
}

/// Judges every column by itself.
pub(super) fn judge(
    request: &SniffRequest<'_>,
    evidence: &[Evidence],
    known: Option<&Known>,
) -> Vec<Verdict> {
    let context = Context::of(evidence);
    let columns = evidence.iter().enumerate();
    columns
        .map(|(column, of)| {
            if let Some(role) = request.roles.get(&column) {
                let role = content::resolve(role.clone(), of);
                return Verdict { told: true, ..Verdict::new(role, 1000, "as told by --role") };
            }
            if let Some(known) = known {
                let KnownColumn { role, release_name, numbering } = known.column(column);
                let by_name = of.guess.as_ref().map(|guess| guess.role.clone());
                let role = match (role, by_name) {
                    (Role::Ignore, Some(kept @ (Role::Withheld | Role::EventNumber))) => kept,
                    (role, _) => role,
                };
                let reason = "as in the known layout";
                let told = Verdict { told: true, ..Verdict::new(role, 1000, reason) };
                return Verdict { release_name, numbering, ..told };
            }
            let verdict = match &of.guess {
                Some(guess) => by_name(column, of, guess, &context),
                None => by_cells(column, of, &context),
            };
            content::typed(verdict, of)
        })
        .collect()
}

/// Whether cells speak against a role.
pub(super) fn contradicts(role: &Role, of: &Evidence) -> bool {
    let fit = fit(role, of).map_or(1000, |(fit, _)| fit);
    fit < CONTRADICTS_PERMILLE_MAX && of.shape.cells >= CELLS_MIN
}

/// Closes what a name leaves open, by the cells and the other columns.
fn close(of: &Evidence, guess: &Guess, context: &Context) -> Role {
    match guess.open {
        Open::No => guess.role.clone(),
        Open::NameOrNumber => {
            let numbers =
                of.shape.permille(&[Kind::Numbered]).max(of.shape.permille(&[Kind::Integer]));
            match (&guess.role, numbers) {
                (Role::Name(_), 700..) => Role::LocalId,
                _ => guess.role.clone(),
            }
        }
        Open::PhoneOrPlace => {
            let phones = of.shape.permille(&[Kind::Phone, Kind::TenDigits]);
            let place = if of.shape.cells == 0 { context.has_jail_place } else { phones < 500 };
            if place { Role::Ignore } else { Role::Phone }
        }
        Open::HomeOrEvent => {
            let event = context.has_home_address || (context.has_geo && !context.has_residence);
            if event { Role::Ignore } else { guess.role.clone() }
        }
    }
}

fn by_name(column: usize, of: &Evidence, guess: &Guess, context: &Context) -> Verdict {
    let role = close(of, guess, context);
    let second = of.words.numbers.iter().any(|number| (2..=9).contains(number));
    let own = if second && role.identifies() && role != Role::Ssn { 100 } else { 0 };
    let certain = u32::from(guess.permille).saturating_sub(own);
    let says = if role == Role::Ignore && guess.open == Open::HomeOrEvent {
        "place of the event, for the export tells where events were".to_owned()
    } else {
        format!("the name says {}", guess.says)
    };
    if of.shape.cells == 0 {
        let none = if of.shape.rows == 0 { "there is no row" } else { "all cells are empty" };
        return Verdict::new(role, certain * 85 / 100, format!("{says}; {none}"));
    }
    let vague = matches!(role, Role::EventNumber | Role::RowId) && guess.permille <= 600;
    // `ARRESTED`: the person, or when it was.
    if guess.open == Open::NameOrNumber
        && let Some(dated) = dated_by_cells(column, of, context, "the name says who or when")
    {
        return dated;
    }
    if let (true, Some((looks_like, role))) = (vague, certain_shape(&of.shape)) {
        let roles = vec![role, Role::Withheld, Role::EventNumber, Role::Ignore];
        return Verdict::doubt(column, looks_like, roles);
    }
    if vague && !of.shape.is_key() && of.shape.cells >= CELLS_MIN {
        // `ID` alone, or a number of what we do not know: of a person or of an event?
        if of.shape.permille(&[Kind::Numbered]).max(of.shape.permille(&[Kind::Integer])) >= 700 {
            let roles = vec![Role::LocalId, Role::Withheld, Role::EventNumber, Role::Ignore];
            return Verdict::doubt(column, "it numbers people or events", roles);
        }
    }
    if !role.identifies() {
        let Some(verdict) = content_in_doubt(column, of, &role, context) else {
            return Verdict::new(role, certain, says);
        };
        return verdict;
    }
    let Some((fit, shape)) = fit(&role, of) else {
        return Verdict::new(role, certain, says);
    };
    if contradicts(&role, of) {
        let roles = vec![role, Role::Withheld, Role::Content(Content::Any), Role::Ignore];
        return Verdict::doubt(column, "its name and its cells disagree", roles);
    }
    let confident = certain * (500 + fit / 2) / 1000 + (1000 - certain) * fit / 4000;
    let cells = of.shape.cells;
    Verdict::new(role, confident, format!("{says}; {} % of {cells} cells are {shape}", fit / 10))
}

/// Share of cells in permille that could be of the role, and what those are.
fn fit(role: &Role, of: &Evidence) -> Option<(u32, String)> {
    let shape = &of.shape;
    let share = |kinds: &[Kind]| shape.permille(kinds);
    let found = match role {
        Role::Name(_) => (
            share(&[Kind::CommaName]) + share(&[Kind::Letters]).max(share(&[Kind::NameWords])),
            "names",
        ),
        Role::First | Role::Middle | Role::Last => (share(&[Kind::Letters]), "words"),
        Role::Suffix => (share(&[Kind::Suffix]), "suffixes"),
        Role::Dob => return Some((of.dates.permille(), format!("{} dates", of.dates.shown()))),
        Role::DobYear => (share(&[Kind::BirthYear]), "years"),
        Role::DobMonth => (share(&[Kind::MonthNumber]), "months"),
        Role::DobDay => (share(&[Kind::DayNumber]), "days"),
        Role::Sex => {
            (if shape.distinct <= 12 { 1000 } else { share(&[Kind::Sex]) }, "words of a short list")
        }
        Role::Ssn => {
            let whole = [Kind::SsnDashed, Kind::SsnMasked, Kind::NineDigits];
            let short = share(&[Kind::OneToFourDigits]);
            // Without leading zeros: seven or eight digits.
            (
                share(&whole)
                    + short.max(share(&[Kind::Integer]).saturating_sub(share(&[Kind::NineDigits]))),
                "numbers",
            )
        }
        Role::Phone => {
            let numbers = share(&[Kind::Phone]) + share(&[Kind::TenDigits]);
            (numbers.max(share(&[Kind::Numbered])), "telephone numbers")
        }
        Role::City => (share(&[Kind::Letters]), "words"),
        Role::Zip => (share(&[Kind::Zip]).max(share(&[Kind::OneToFourDigits])), "postal codes"),
        Role::LocalId => {
            let numbers = share(&[Kind::Numbered]).max(share(&[Kind::Integer]));
            (numbers.max(share(&[Kind::NineDigits, Kind::TenDigits])), "numbers")
        }
        Role::Address(AddressPart::Line) => (1000 - share(&[Kind::Integer]), "text"),
        _ => return None,
    };
    Some((found.0.min(1000), found.1.to_owned()))
}

/// A column taken for content whose cells look like identifiers after all.
fn content_in_doubt(
    column: usize,
    of: &Evidence,
    role: &Role,
    context: &Context,
) -> Option<Verdict> {
    if !matches!(role, Role::Content(_)) {
        return None;
    }
    let roles = |first: &[Role]| {
        let mut roles = first.to_vec();
        roles.extend([Role::Withheld, Role::EventNumber, Role::Ignore]);
        roles
    };
    let shape = &of.shape;
    if let Some((looks_like, role)) = certain_shape(shape) {
        return Some(Verdict::doubt(column, looks_like, roles(&[role])));
    }
    let sure = [Kind::SsnDashed, Kind::Phone, Kind::Email];
    let few: u32 = sure.iter().map(|kind| shape.counted(*kind)).sum();
    if few > 0 {
        let reason = format!("{few} cells hold a telephone number, an e-mail address or an SSN");
        return Some(Verdict::new(Role::Ignore, 900, reason));
    }
    if shape.cells < 2 * CELLS_MIN {
        return None;
    }
    let people = shape.is_mostly_distinct() || shape.permille(&[Kind::GivenBehindComma]) >= 100;
    if shape.permille(&[Kind::CommaName]) >= 200 && people {
        let names = [Role::Name(Some(NameOrder::LastFirst))];
        return Some(Verdict::doubt(column, "its cells look like names of people", roles(&names)));
    }
    if is_birth(of, context) {
        let looks_like = "its dates lie long before the others, as those of birth do";
        let named = [Role::Dob, Role::Content(Content::Date)];
        return Some(Verdict::doubt(column, looks_like, roles(&named)));
    }
    None
}

fn is_birth(of: &Evidence, context: &Context) -> bool {
    let dated = of.dates.permille() >= 800 && !of.dates.bare;
    let year = of.dates.year_median.filter(|_| dated);
    year.is_some_and(|year| year + BIRTH_YEARS_MIN <= context.year_latest)
}

/// Shapes that only identifiers have.
fn certain_shape(shape: &Shape) -> Option<(&'static str, Role)> {
    let found = [
        (Kind::SsnDashed, "its cells look like social security numbers", Role::Ssn),
        (Kind::Phone, "its cells look like telephone numbers", Role::Phone),
        (Kind::Email, "its cells look like e-mail addresses", Role::Withheld),
    ];
    found
        .into_iter()
        .find(|(kind, ..)| shape.permille(&[*kind]) >= LOOKS_PERMILLE_MIN)
        .map(|(_, looks_like, role)| (looks_like, role))
}

const NAMELESS: &str = "the name says nothing we know";

/// Dates under a name that does not settle what they are.
fn dated_by_cells(column: usize, of: &Evidence, context: &Context, says: &str) -> Option<Verdict> {
    if of.dates.permille() >= 900 && !(of.dates.bare && of.dates.formats != ["%Y%m%d"]) {
        if is_birth(of, context) {
            let looks_like = "its dates lie long before the others, as those of birth do";
            let roles = vec![Role::Dob, Role::Content(Content::Date), Role::Withheld, Role::Ignore];
            return Some(Verdict::doubt(column, looks_like, roles));
        }
        let share = of.dates.permille() / 10;
        let reason = format!("{says}; {share} % of {} cells are dates", of.shape.cells);
        return Some(Verdict::new(Role::Content(Content::Date), 600, reason));
    }
    None
}

/// A column whose name says nothing.
fn by_cells(column: usize, of: &Evidence, context: &Context) -> Verdict {
    let shape = &of.shape;
    if shape.cells == 0 {
        let none = if shape.rows == 0 { "there is no row" } else { "all cells are empty" };
        return Verdict::new(Role::Ignore, 500, format!("{NAMELESS}; {none}"));
    }
    let doubt = |looks_like, first: &[Role]| {
        let mut roles = first.to_vec();
        for further in [Role::Withheld, Role::EventNumber, Role::Ignore] {
            if !roles.contains(&further) {
                roles.push(further);
            }
        }
        Verdict::doubt(column, looks_like, roles)
    };
    if let Some((looks_like, role)) = certain_shape(shape) {
        return doubt(looks_like, &[role]);
    }
    let known_names = shape.permille(&[Kind::GivenFirst, Kind::GivenLast]);
    let orders = [NameOrder::LastFirst, NameOrder::FirstLast].map(|order| Role::Name(Some(order)));
    let people = shape.is_mostly_distinct() || shape.permille(&[Kind::GivenBehindComma]) >= 100;
    if shape.permille(&[Kind::CommaName]) >= 500 && people
        || shape.permille(&[Kind::NameWords]) >= 500 && known_names >= 200
    {
        return doubt("its cells look like names of people", &orders);
    }
    if shape.permille(&[Kind::OneWord]) >= 700 && known_names >= 250 {
        return doubt("its cells look like first names", &[Role::First, Role::Middle, Role::Last]);
    }
    if shape.permille(&[Kind::Sex]) >= 950
        && (2..=6).contains(&shape.distinct)
        && shape.permille(&[Kind::Flag]) < 900
    {
        let codes = [Role::Sex, Role::Content(Content::Code)];
        return doubt("its cells look like sexes, or like felony and misdemeanour", &codes);
    }
    if shape.permille(&[Kind::Street]) >= 500 {
        let address = [Role::Address(AddressPart::Line)];
        return doubt("its cells look like street addresses", &address);
    }
    if let Some(dated) = dated_by_cells(column, of, context, NAMELESS) {
        return dated;
    }
    let numbered = shape.permille(&[Kind::Numbered]) >= 700;
    let digits = shape.permille(&[Kind::NineDigits, Kind::TenDigits]) >= 600;
    if shape.is_key() && shape.cells >= CELLS_MIN && !digits {
        let reason = format!("{NAMELESS}; no two of {} cells are equal", shape.cells);
        return Verdict::new(Role::RowId, 500, reason);
    }
    let words = shape.permille(&[Kind::Letters]) >= 900 && shape.permille(&[Kind::OneWord]) >= 700;
    if words && shape.distinct * 10 > shape.cells && shape.cells >= CELLS_MIN {
        return doubt("its cells are words of many kinds, as last names are", &[Role::Last]);
    }
    if (numbered || digits) && shape.distinct * 10 > shape.cells {
        let first: &[Role] = match digits {
            true => &[Role::LocalId, Role::Ssn, Role::Phone],
            false if shape.permille(&[Kind::Zip]) >= 900 => &[Role::LocalId, Role::Zip],
            false => &[Role::LocalId],
        };
        return doubt("its cells look like numbers of people or events", first);
    }
    Verdict::new(
        Role::Ignore,
        500,
        format!("{NAMELESS}, and its cells look like nothing that identifies"),
    )
}

/// The question about a column of dates, if there is one.
pub(super) fn date_question(column: usize, dates: &Dates) -> Option<Question> {
    match &dates.order {
        Order::Settled => None,
        Order::Open(orders) => {
            Some(Question::DateOrder { column, orders: orders.clone(), mixed: false })
        }
        Order::Mixed(orders) => {
            Some(Question::DateOrder { column, orders: orders.clone(), mixed: true })
        }
    }
}
