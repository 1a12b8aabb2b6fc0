//! Takes columns that are withheld because they hold other names of the person, gives the aliases of a
//! mapping where their cells are names that can be read.

use super::concept::Concept;
use super::evidence::Evidence;
use super::role::{NameOrder, Role};
use super::{Column, SniffRequest, shape};

/// Words of column names that hold further names of the person; gangs and monikers are no names.
const WORDS: [&str; 5] = ["aka", "alias", "former", "maiden", "preferred"];
/// What may part several names in one cell.
const SPLITS: [&str; 3] = [";", "|", "/"];
/// Fewest cells with a name before their shape says anything.
const CELLS_MIN: usize = 5;

/// An alias to map.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AliasProposal {
    /// A whole name in one column.
    Whole {
        /// The column.
        column: usize,
        /// Order of its parts.
        order: NameOrder,
        /// What parts several names.
        split: Option<&'static str>,
    },
    /// A last name, a first name or both.
    Parts {
        /// Column of the last name.
        last: Option<usize>,
        /// Column of the first name.
        first: Option<usize>,
    },
}

impl AliasProposal {
    /// Its columns.
    #[must_use]
    pub fn columns(&self) -> Vec<usize> {
        match self {
            Self::Whole { column, .. } => vec![*column],
            Self::Parts { last, first } => last.iter().chain(first).copied().collect(),
        }
    }
}

pub(super) fn propose(
    request: &SniffRequest<'_>,
    evidence: &[Evidence],
    columns: &[Column],
) -> Vec<AliasProposal> {
    let (mut whole, mut lasts, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
    for (index, (column, of)) in columns.iter().zip(evidence).enumerate() {
        let name = column.name.to_lowercase();
        let is_named = WORDS.iter().any(|word| name.contains(word));
        let is_told = request.roles.contains_key(&index);
        if column.role != Role::Withheld || !is_named || is_told || !of.words.has(Concept::Alias) {
            continue;
        }
        if of.words.any(&[Concept::Birth, Concept::Code, Concept::Flag, Concept::Other]) {
            continue;
        }
        if of.words.has(Concept::Last) || name.contains("maiden") {
            lasts.push(index);
        } else if of.words.has(Concept::First) || name.contains("preferred") {
            firsts.push(index);
        } else if let Some(found) = whole_name(request, index) {
            whole.push(found);
        }
    }
    // The first last name goes with the first first name, and so on.
    let pairs = lasts.len().max(firsts.len());
    let parts = (0..pairs).map(|at| AliasProposal::Parts {
        last: lasts.get(at).copied(),
        first: firsts.get(at).copied(),
    });
    whole.into_iter().chain(parts).take(crate::mapping::ALIASES_MAX).collect()
}

/// The order of whole names by the shape of the cells; `None` if most are single words.
fn whole_name(request: &SniffRequest<'_>, column: usize) -> Option<AliasProposal> {
    let cells: Vec<&str> = request
        .sample
        .column(column)
        .map(str::trim)
        .filter(|cell| !shape::is_missing(cell) && !shape::is_placeholder(cell))
        .collect();
    let split = SPLITS.into_iter().find(|split| {
        cells.iter().filter(|cell| cell.contains(split)).count() * 50 >= cells.len().max(1)
    });
    let names: Vec<&str> = match split {
        Some(split) => cells.iter().flat_map(|cell| cell.split(split)).map(str::trim).collect(),
        None => cells,
    };
    let most = |is: &dyn Fn(&&&str) -> bool| names.iter().filter(is).count() * 2 > names.len();
    if names.len() < CELLS_MIN {
        return None;
    }
    let order = if most(&|name| name.matches(',').count() == 1) {
        NameOrder::LastFirst
    } else if most(&|name| !name.contains(',') && name.split(' ').count() >= 2) {
        NameOrder::FirstLast
    } else {
        return None;
    };
    Some(AliasProposal::Whole { column, order, split })
}
