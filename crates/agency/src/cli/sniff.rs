//! `sniff`: reads an export, shows what each column is taken for, asks what it cannot tell, and writes
//! the mapping.

use std::fs::OpenOptions;
use std::io::{BufRead, IsTerminal as _, Write};
use std::path::Path;
use std::sync::Arc;

use chrono::Datelike as _;
use tallystick_encoder::mapping::{FixedLayout, HeaderRow, SourceType, TextEncoding};
use tallystick_encoder::sniff::{
    Answer, DateOrder, FileKind, Proposal, Question, Role, knows_layout_without_names, source_name,
};

use super::reading::read_toml;
use super::{Failure, SniffArgs, TypeName};
use crate::export::{Input, ReadLimits};
use crate::files::{Disk, Files};
use crate::sniff::{SniffError, Sniffed, Told};

/// Most rounds of questions: an answer can raise a further one, but there are only so many columns.
const ROUNDS_MAX: usize = 4096;

pub(super) fn run(args: &SniffArgs) -> Result<String, Failure> {
    if let Some(path) = args.output.as_ref().filter(|path| path.exists()) {
        return Err(failure(&SniffError::OutputExists { path: path.clone() }));
    }
    let input = Input::parse(&args.exports)
        .map_err(|error| Failure::new(error.code(), &error, error.help()))?;
    let told = told(args, &input)?;
    let disk: Arc<dyn Files> = Arc::new(Disk);
    let mut sniffed = Sniffed::read_input(&disk, &input, told).map_err(|error| failure(&error))?;
    let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let mut proposal = sniffed.propose();
    for _ in 0..ROUNDS_MAX {
        let Some(question) = proposal.questions.first() else { break };
        if !terminal {
            break;
        }
        let (mut input, mut out) = (std::io::stdin().lock(), std::io::stderr().lock());
        match ask(question, &sniffed.header, &mut input, &mut out)? {
            Answer::Role(column, role) => sniffed.tell_role(column, role),
            Answer::DateOrder(column, order) => sniffed.tell_date_order(column, order),
        }
        proposal = sniffed.propose();
    }
    let table = table(&proposal, &sniffed);
    if let Some(failure) = open_questions(&proposal, &sniffed.header) {
        return Err(Failure { before: Some(table), ..failure });
    }
    let mapping = match (sniffed.mapping(&proposal), knows_layout_without_names(&sniffed.header)) {
        (Ok(mapping), _) => mapping,
        (Err(SniffError::NoName), Some(layout)) => {
            let error = failure(&SniffError::PublicFile { layout });
            return Err(Failure { before: Some(table), ..error });
        }
        (Err(error), _) => return Err(Failure { before: Some(table), ..failure(&error) }),
    };
    match &args.output {
        None => {
            let _ = writeln!(std::io::stderr(), "{table}");
            Ok(mapping.trim_end().to_owned())
        }
        Some(path) => {
            write_new(path, &mapping).map_err(|error| failure(&error))?;
            Ok(format!("{table}\nwrote {}", path.display()))
        }
    }
}

fn failure(error: &SniffError) -> Failure {
    Failure::new(error.code(), error, error.help())
}

fn told(args: &SniffArgs, input: &Input) -> Result<Told, Failure> {
    let stem = input.first().and_then(|path| path.file_stem());
    let stem = stem.map(|stem| stem.to_string_lossy().into_owned());
    let source = args.source.clone().unwrap_or_else(|| source_name(&stem.unwrap_or_default()));
    let layout = args.layout.as_deref().map(read_layout).transpose()?;
    let mut roles = Vec::new();
    for text in &args.role {
        let (column, word) = named(text, "--role COLUMN=ROLE")?;
        let role = Role::from_word(word).ok_or_else(|| {
            let message = format!("--role {column}=...: there is no such role");
            Failure::new("sniff-role-unknown", message, format!("roles are {}", Role::words()))
        })?;
        roles.push((column.to_owned(), role));
    }
    let mut date_orders = Vec::new();
    for text in &args.date_order {
        let (column, word) = named(text, "--date-order COLUMN=mdy")?;
        let order = DateOrder::from_word(word).ok_or_else(|| {
            let message = format!("--date-order {column}=...: there is no such order");
            Failure::new("sniff-order-unknown", message, "orders are mdy, dmy and ymd")
        })?;
        date_orders.push((column.to_owned(), order));
    }
    let has_header = match (args.header, args.no_header) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    Ok(Told {
        source,
        source_type: args.source_type.map(SourceType::from),
        delimiter: args.delimiter.map(u8::from),
        sheet: args.sheet.clone(),
        layout,
        has_header,
        roles,
        date_orders,
        // The year of today bounds plausible births and gives two-digit years their century.
        year_max: args
            .year
            .unwrap_or_else(|| u16::try_from(chrono::Local::now().year()).unwrap_or(u16::MAX)),
        limits: ReadLimits { line_bytes_max: args.line_bytes_max, ..ReadLimits::default() },
        ignore_layouts: args.ignore_layouts,
    })
}

fn read_layout(path: &Path) -> Result<FixedLayout, Failure> {
    let text = read_toml(path, "layout")?;
    FixedLayout::parse(&text).map_err(|error| {
        Failure::new(error.code(), format!("{}: {error}", path.display()), error.help())
    })
}

/// Splits at the last equals sign: a name of a column may hold one.
fn named<'a>(text: &'a str, form: &str) -> Result<(&'a str, &'a str), Failure> {
    text.rsplit_once('=').ok_or_else(|| {
        Failure::new("sniff-option", format!("{form}: the equals sign is missing"), "see --help")
    })
}

impl From<TypeName> for SourceType {
    fn from(name: TypeName) -> Self {
        match name {
            TypeName::Police => Self::Police,
            TypeName::Court => Self::Court,
            TypeName::Prosecutor => Self::Prosecutor,
            TypeName::Jail => Self::Jail,
            TypeName::Provider => Self::Provider,
            TypeName::Other => Self::Other,
        }
    }
}

/// Asks on the terminal until a number of the list is given.
fn ask(
    question: &Question,
    header: &[String],
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> Result<Answer, Failure> {
    let answers = question.answers(header);
    let _ = writeln!(out, "{}. What is it?", question.text(header));
    for (number, answer) in (1..).zip(&answers) {
        let _ = writeln!(out, "  {number}  {}", answer.option(header));
    }
    loop {
        let _ = write!(out, "1 to {}, or q to stop: ", answers.len());
        let _ = out.flush();
        let mut line = String::new();
        let ended = input.read_line(&mut line).unwrap_or(0) == 0;
        if ended || line.trim().eq_ignore_ascii_case("q") {
            return Err(Failure::new("cancelled", "stopped; nothing was written", "run it again"));
        }
        let chosen = line.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        if let Some(answer) = chosen.and_then(|index| answers.get(index)) {
            return Ok(answer.clone());
        }
    }
}

/// All open questions as errors that name the options.
fn open_questions(proposal: &Proposal, header: &[String]) -> Option<Failure> {
    let mut failures = proposal.questions.iter().map(|question| {
        let options: Vec<String> = question
            .answers(header)
            .iter()
            .map(|answer| {
                let option = answer.option(header);
                let (name, value) = option.split_once(' ').unwrap_or((&option, ""));
                format!("{name} {value:?}")
            })
            .collect();
        let help = format!("say which: {}", options.join(" or "));
        Failure::new(question.code(), question.text(header), help)
    });
    let first = failures.next()?;
    Some(Failure { also: failures.collect(), ..first })
}

/// The table for a person: a line for each column.
fn table(proposal: &Proposal, sniffed: &Sniffed) -> String {
    let (rows, seen) = proposal.rows;
    let mut text = format!("rows        {rows}, of which {seen} were looked at");
    if sniffed.rows_rejected > 0 {
        text.push_str(&format!("; {} more could not be read", sniffed.rows_rejected));
    }
    text.push_str(&format!("\nwritten in  {}", written_in(&sniffed.file.kind)));
    if sniffed.file.header == HeaderRow::None {
        text.push_str("; the first row is data, so columns are called by their place");
    }
    if let Some(layout) = proposal.layout {
        text.push_str(&format!("\nlayout      known: {layout}"));
    }
    let kind = proposal.source_type.as_str();
    text.push_str(&format!("\ntype        {kind} ({})", proposal.source_type_reason));
    let width = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0).clamp(6, 32);
    let columns = &proposal.columns;
    let names = width(&mut columns.iter().map(|column| column.name.chars().count()));
    let roles = width(&mut columns.iter().map(|column| column.role.to_string().len()));
    text.push_str(&format!("\n\n{:names$}  {:roles$}  sure   why", "column", "role"));
    for column in columns {
        let name: String =
            column.name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        // A confidence of zero stands for an open question.
        let role = if column.percent == 0 { "?".to_owned() } else { column.role.to_string() };
        let (percent, reason) = (column.percent, &column.reason);
        text.push_str(&format!("\n{name:names$}  {role:roles$}  {percent:>3} %  {reason}"));
    }
    text
}

/// How the file is written, for a person.
fn written_in(kind: &FileKind) -> String {
    let name = |encoding: &TextEncoding| match encoding {
        TextEncoding::Utf8 => "UTF-8",
        TextEncoding::Utf16 => "UTF-16",
        TextEncoding::Windows1252 => "Windows-1252",
    };
    match kind {
        FileKind::Text { delimiter, encoding } => {
            let delimiter = match delimiter {
                b',' => "comma",
                b'\t' => "tab",
                b'|' => "bar",
                _ => "semicolon",
            };
            format!("{}, parted by {delimiter}", name(encoding))
        }
        FileKind::Fixed { encoding, .. } => format!("{}, of fixed width", name(encoding)),
        FileKind::Workbook { sheet: Some(sheet) } => format!("a workbook, sheet {sheet:?}"),
        FileKind::Workbook { sheet: None } => "a workbook".into(),
        FileKind::Parquet => "Parquet".into(),
    }
}

fn write_new(path: &Path, text: &str) -> Result<(), SniffError> {
    let io = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AlreadyExists => SniffError::OutputExists { path: path.to_owned() },
        _ => SniffError::Io { path: path.to_owned(), source },
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(io)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_answered_by_number() {
        let header = ["DOB".to_owned()];
        let orders = vec![DateOrder::Mdy, DateOrder::Dmy];
        let question = Question::DateOrder { column: 0, orders, mixed: false };
        let answer = |typed: &str| {
            let mut out = Vec::new();
            let answer = ask(&question, &header, &mut typed.as_bytes(), &mut out);
            (answer.map_err(|failure| failure.code), String::from_utf8(out).unwrap())
        };
        let (found, shown) = answer("0\nmdy\n2\n");
        assert_eq!(found, Ok(Answer::DateOrder(0, DateOrder::Dmy)));
        assert!(shown.contains("  1  --date-order DOB=mdy\n  2  --date-order DOB=dmy\n"));
        assert_eq!(answer("3\n").0, Ok(Answer::Role(0, Role::Ignore)));
        assert_eq!(answer("q\n").0, Err("cancelled"));
        assert_eq!(answer("").0, Err("cancelled"));
    }
}
