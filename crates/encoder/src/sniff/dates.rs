//! Takes the cells of a column, gives the formats in which they are dates, or says that the order of
//! day and month cannot be told.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::mapping::{CivilDate, DateFormats, YEAR_MIN};

/// Order of the parts of a date written in numbers.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum DateOrder {
    /// Month, day, year.
    Mdy,
    /// Day, month, year.
    Dmy,
    /// Year, month, day.
    Ymd,
}

impl DateOrder {
    /// The three orders.
    pub const ALL: [Self; 3] = [Self::Mdy, Self::Dmy, Self::Ymd];

    /// The word of `--date-order`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mdy => "mdy",
            Self::Dmy => "dmy",
            Self::Ymd => "ymd",
        }
    }

    /// The order that a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.as_str() == word)
    }
}

/// Formats with their order; `None` cannot be mistaken.
const FORMATS: [(&str, Option<DateOrder>); 59] = {
    use DateOrder::{Dmy, Mdy, Ymd};
    [
        ("%Y-%m-%d", None),
        ("%Y-%m-%d %H:%M", None),
        ("%Y-%m-%d %H:%M:%S", None),
        ("%Y-%m-%d %H:%M:%S.%f", None),
        ("%Y-%m-%dT%H:%M:%S", None),
        ("%Y-%m-%dT%H:%M:%S.%f", None),
        ("%Y-%m-%dT%H:%M:%SZ", None),
        ("%Y-%m-%dT%H:%M:%S.%fZ", None),
        ("%Y-%m-%d %H:%M:%S+00", None),
        ("%Y/%m/%d", None),
        ("%Y/%m/%d %H:%M:%S", None),
        ("%Y%m%d", None),
        ("%d-%b-%Y", None),
        ("%d-%b-%Y %H:%M:%S", None),
        ("%d %b %Y", None),
        ("%b %d, %Y", None),
        ("%b %d %Y", None),
        ("%b %d %Y %I:%M%p", None),
        ("%d%b%Y", None),
        ("%d%b%Y:%H:%M:%S", None),
        ("%d-%b-%y", None),
        ("%d%b%y", None),
        ("%d-%b-%y %I.%M.%S.%f %p", None),
        ("%m/%d/%Y", Some(Mdy)),
        ("%d/%m/%Y", Some(Dmy)),
        ("%m/%d/%Y %H:%M", Some(Mdy)),
        ("%d/%m/%Y %H:%M", Some(Dmy)),
        ("%m/%d/%Y %H:%M:%S", Some(Mdy)),
        ("%d/%m/%Y %H:%M:%S", Some(Dmy)),
        ("%m/%d/%Y %I:%M %p", Some(Mdy)),
        ("%d/%m/%Y %I:%M %p", Some(Dmy)),
        ("%m/%d/%Y %I:%M:%S %p", Some(Mdy)),
        ("%d/%m/%Y %I:%M:%S %p", Some(Dmy)),
        ("%m/%d/%Y %H:%M:%S.%f", Some(Mdy)),
        ("%d/%m/%Y %H:%M:%S.%f", Some(Dmy)),
        ("%m-%d-%Y", Some(Mdy)),
        ("%d-%m-%Y", Some(Dmy)),
        ("%m-%d-%Y %H:%M", Some(Mdy)),
        ("%d-%m-%Y %H:%M", Some(Dmy)),
        ("%m-%d-%Y %H:%M:%S", Some(Mdy)),
        ("%d-%m-%Y %H:%M:%S", Some(Dmy)),
        ("%m.%d.%Y", Some(Mdy)),
        ("%d.%m.%Y", Some(Dmy)),
        ("%m%d%Y", Some(Mdy)),
        ("%d%m%Y", Some(Dmy)),
        ("%m/%d/%y", Some(Mdy)),
        ("%d/%m/%y", Some(Dmy)),
        ("%y/%m/%d", Some(Ymd)),
        ("%m/%d/%y %H:%M", Some(Mdy)),
        ("%d/%m/%y %H:%M", Some(Dmy)),
        ("%m/%d/%y %I:%M %p", Some(Mdy)),
        ("%d/%m/%y %I:%M %p", Some(Dmy)),
        ("%m-%d-%y", Some(Mdy)),
        ("%d-%m-%y", Some(Dmy)),
        ("%y-%m-%d", Some(Ymd)),
        ("%m%d%y", Some(Mdy)),
        ("%d%m%y", Some(Dmy)),
        ("%y%m%d", Some(Ymd)),
        ("excel", None),
    ]
};
/// Place of the spreadsheet's day number among the formats.
const EXCEL: usize = FORMATS.len() - 1;
/// Bytes of the longest date of any format.
const DATE_BYTES_MAX: usize = 32;
/// Least share of a column's cells, in permille, that a further format must add.
const FURTHER_PERMILLE_MIN: u32 = 5;
/// Share of the cells that decide, in permille, up to which those of another order are slips of
/// typing, not dates in another order.
const SLIPS_PERMILLE_MAX: u32 = 10;
/// Years after the present one that a date may have: hearings, ends of terms.
const YEARS_AHEAD: u16 = 100;

/// A column read as dates.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Dates {
    /// Cells looked at.
    pub(super) cells: u32,
    /// Cells that the chosen formats read.
    pub(super) read: u32,
    /// The formats, the one that reads most first.
    pub(super) formats: Vec<&'static str>,
    /// Whether day and month can be told apart.
    pub(super) order: Order,
    /// Year in the middle of all years read.
    pub(super) year_median: Option<u16>,
    /// Cells are bare numbers in whatever format, so only a name can make them dates.
    pub(super) bare: bool,
}

/// What is known of the order of day and month.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) enum Order {
    /// Known, or of no matter.
    #[default]
    Settled,
    /// No cell decides; these orders read the column.
    Open(Vec<DateOrder>),
    /// Some cells are of one order only, some of another.
    Mixed(Vec<DateOrder>),
}

impl Dates {
    /// Share of cells read, in permille.
    pub(super) fn permille(&self) -> u32 {
        (self.read * 1000).checked_div(self.cells).unwrap_or(0)
    }

    /// Whether a format has a year of two digits.
    pub(super) fn short_year(&self) -> bool {
        self.formats.iter().any(|format| format.contains("%y"))
    }

    /// How the dates look, for people: `M/D/YYYY`.
    pub(super) fn shown(&self) -> String {
        let shown: Vec<String> = self.formats.iter().map(|format| shown(format)).collect();
        shown.join(" or ")
    }
}

fn shown(format: &str) -> String {
    if format == "excel" {
        return "spreadsheet day numbers".to_owned();
    }
    let wide = format.starts_with("%Y") || !format.contains(['/', '-', '.', ' ']);
    let (month, day) = if wide { ("MM", "DD") } else { ("M", "D") };
    let parts = [("%Y", "YYYY"), ("%y", "YY"), ("%m", month), ("%d", day), ("%b", "Mon")];
    let times = [("%H", "h"), ("%I", "h"), ("%M", "m"), ("%S", "s"), ("%f", "f"), ("%p", "am")];
    let all = parts.iter().chain(&times);
    all.fold(format.to_owned(), |text, (part, shown)| text.replace(part, shown))
}

static READERS: LazyLock<Vec<DateFormats>> = LazyLock::new(|| {
    let reader = |(format, _): &(&str, _)| {
        // Two-digit years are read in the century that the caller's limit allows, so any will do here.
        DateFormats::new(&[format], Some(2099)).expect("the formats are well formed")
    };
    FORMATS.iter().map(reader).collect()
});

/// Which formats read a cell, as bits, and what the first of each order reads.
fn reading(cell: &str, year_max: u16) -> (u64, Option<u16>, bool) {
    let (mut mask, mut year, mut first, mut differs) = (0u64, None, None::<CivilDate>, false);
    let dated = cell.len() <= DATE_BYTES_MAX && cell.bytes().any(|byte| byte.is_ascii_digit());
    if !dated {
        return (0, None, false);
    }
    for (index, reader) in READERS.iter().enumerate() {
        let Some(date) = reader.parse(cell) else { continue };
        let short = FORMATS[index].0.contains("%y");
        let latest = if index == EXCEL { year_max + 1 } else { year_max + YEARS_AHEAD };
        let earliest = if index == EXCEL { YEAR_MIN + 10 } else { YEAR_MIN };
        if !short && !(earliest..=latest).contains(&date.year()) {
            continue;
        }
        mask |= 1 << index;
        if FORMATS[index].1.is_some() {
            differs |= first.is_some_and(|first| first != date);
            first = first.or(Some(date));
        }
        let full = if short && date.year() > year_max { date.year() - 100 } else { date.year() };
        year = year.or(Some(full));
    }
    (mask, year, differs)
}

/// Reads cells as dates. `given` is the order that a person has named.
pub(super) fn read<'a>(
    cells: impl Iterator<Item = &'a str>,
    year_max: u16,
    given: Option<DateOrder>,
    named_a_date: bool,
) -> Dates {
    let mut masks: BTreeMap<(u64, bool), u32> = BTreeMap::new();
    let mut years: BTreeMap<u16, u32> = BTreeMap::new();
    let mut dates = Dates { bare: true, ..Dates::default() };
    for cell in cells {
        dates.cells += 1;
        let (mut mask, year, differs) = reading(cell, year_max);
        let bare = cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if bare && !named_a_date {
            mask &= !(1 << EXCEL);
        }
        dates.bare &= bare;
        *masks.entry((mask, differs)).or_default() += 1;
        if let Some(year) = year {
            *years.entry(year).or_default() += 1;
        }
    }
    let orders = orders(&masks);
    let order = given.or_else(|| settled(&orders));
    dates.order = match (order, &orders) {
        (Some(_), _) => Order::Settled,
        (None, Orders { unsure: 0, only, .. }) if only.is_empty() => Order::Settled,
        (None, Orders { all, only, .. }) if only.is_empty() => Order::Open(all.clone()),
        (None, Orders { only, .. }) => Order::Mixed(only.keys().copied().collect()),
    };
    choose(&mut dates, &masks, order);
    dates.year_median = median(&years);
    dates
}

/// Cells by the orders that read them.
struct Orders {
    /// Cells that one order alone reads.
    only: BTreeMap<DateOrder, u32>,
    /// Cells that several read, as different days.
    unsure: u32,
    all: Vec<DateOrder>,
}

fn orders(masks: &BTreeMap<(u64, bool), u32>) -> Orders {
    let mut found = Orders { only: BTreeMap::new(), unsure: 0, all: Vec::new() };
    for ((mask, differs), count) in masks {
        let bits = FORMATS.iter().enumerate().filter(|(index, _)| mask >> index & 1 == 1);
        let mut of_cell: Vec<DateOrder> =
            bits.clone().filter_map(|(_, (_, order))| *order).collect();
        let certain = bits.clone().any(|(index, (_, order))| order.is_none() && index != EXCEL);
        of_cell.sort_unstable();
        of_cell.dedup();
        if certain {
            continue;
        }
        if let [one] = of_cell[..] {
            *found.only.entry(one).or_default() += count;
        } else if *differs {
            found.unsure += count;
        }
        found.all.extend(of_cell);
    }
    found.all.sort_unstable();
    found.all.dedup();
    found
}

/// The order that nearly all deciding cells have.
fn settled(orders: &Orders) -> Option<DateOrder> {
    let total: u32 = orders.only.values().sum();
    let (order, most) = orders.only.iter().max_by_key(|(order, count)| (**count, **order))?;
    let others = total - most;
    (others * 1000 <= total * SLIPS_PERMILLE_MAX).then_some(*order)
}

/// Takes the format that reads most of what is left, until little is.
fn choose(dates: &mut Dates, masks: &BTreeMap<(u64, bool), u32>, order: Option<DateOrder>) {
    let allowed = |index: usize| FORMATS[index].1.is_none_or(|of| order.is_none_or(|o| o == of));
    let mut left: Vec<(u64, u32)> =
        masks.iter().map(|((mask, _), count)| (*mask, *count)).collect();
    while dates.formats.len() < DateFormats::FORMATS_MAX {
        let reads = |index: usize| -> u32 {
            left.iter().filter(|(mask, _)| mask >> index & 1 == 1).map(|(_, count)| count).sum()
        };
        let candidates = (0..FORMATS.len()).filter(|index| allowed(*index));
        let Some(best) = candidates.max_by_key(|index| (reads(*index), usize::MAX - index)) else {
            break;
        };
        let gained = reads(best);
        if gained == 0 || gained * 1000 < dates.cells * FURTHER_PERMILLE_MIN {
            break;
        }
        dates.formats.push(FORMATS[best].0);
        dates.read += gained;
        left.retain(|(mask, _)| mask >> best & 1 == 0);
    }
}

fn median(years: &BTreeMap<u16, u32>) -> Option<u16> {
    let total: u32 = years.values().sum();
    let mut seen = 0;
    years.iter().find_map(|(year, count)| {
        seen += count;
        (seen * 2 >= total).then_some(*year)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: &[&str]) -> Dates {
        read(cells.iter().copied(), 2024, None, true)
    }

    #[test]
    fn formats_are_found() {
        for (cells, formats) in [
            (&["1976-07-04", "1980-12-31"][..], &["%Y-%m-%d"][..]),
            (&["07/04/1976", "12/31/1980"], &["%m/%d/%Y"]),
            (&["04/07/1976", "31/12/1980"], &["%d/%m/%Y"]),
            (&["7/4/76", "12/31/80"], &["%m/%d/%y"]),
            (&["27945", "29586", "30000.0"], &["excel"]),
            (&["30492", "8/27/1975", "24513"], &["excel", "%m/%d/%Y"]),
            (&["04-Jul-1976"], &["%d-%b-%Y"]),
            (&["19760704"], &["%Y%m%d"]),
            (&["07041976", "12311980"], &["%m%d%Y"]),
            (&["04JUL1976"], &["%d%b%Y"]),
            (&["1976-07-04T00:00:00.000"], &["%Y-%m-%dT%H:%M:%S.%f"]),
            (&["07/04/1976 12:00:00 AM", "07/24/1976 12:00:00 AM"], &["%m/%d/%Y %I:%M:%S %p"]),
            (&["Jul  4 1976 12:00AM"], &["%b %d %Y %I:%M%p"]),
        ] {
            let dates = of(cells);
            assert_eq!((dates.formats.as_slice(), &dates.order), (formats, &Order::Settled));
            assert_eq!(dates.permille(), 1000);
        }
    }

    #[test]
    fn what_cannot_be_told_is_said() {
        use DateOrder::{Dmy, Mdy, Ymd};
        assert_eq!(of(&["07/04/1976", "01/02/1980"]).order, Order::Open(vec![Mdy, Dmy]));
        assert_eq!(of(&["07/04/06", "01/02/10"]).order, Order::Open(vec![Mdy, Dmy, Ymd]));
        assert_eq!(of(&["07/24/1976", "24/07/1980"]).order, Order::Mixed(vec![Mdy, Dmy]));
        // The first of January is the same day in any order.
        assert_eq!(of(&["01/01/1976", "02/02/1980"]).order, Order::Settled);
        let given = read(["07/04/1976"].into_iter(), 2024, Some(Dmy), true);
        assert_eq!((given.formats, given.order), (vec!["%d/%m/%Y"], Order::Settled));
    }

    #[test]
    fn a_slip_of_typing_does_not_unsettle_a_column() {
        let mut cells = vec!["07/24/1976"; 200];
        cells.push("24/07/1976");
        let dates = of(&cells);
        assert_eq!((dates.order, dates.read), (Order::Settled, 200));
    }

    #[test]
    fn numbers_are_dates_only_by_name() {
        assert_eq!(read(["30492", "24513"].into_iter(), 2024, None, false).read, 0);
        assert_eq!(of(&["30492", "24513"]).year_median, Some(1967));
    }
}
