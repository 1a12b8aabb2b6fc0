//! Blocks over the limit, at it, and without pairs; records without a block; pairs that meet more than once.

use tallystick_engine::{Column, PlanPass, read_table};
use tallystick_linkage::block::BlockLimits;
use tallystick_linkage::compare::{DIFFERENT, EXACT, MISSING, NAME_EXACT, NEAR, SAME};
use tallystick_wire::{ContinuityToken, Field};

use crate::made::run;
use crate::written::{Fixture, LIMITS, NAME_PAIR, Record, project};

/// Rows in which a pair meets (pass, block, on what it agrees), in how many passes, and the name and telephone levels it is kept with.
type Case = (Vec<(u8, u8, Alike)>, u32, Option<(u8, u8)>);

/// Passes that fix no field and are not wide, in order.
const PASSES: [u8; 4] = [3, 4, 7, NAME_PAIR];
/// Another such, which many share a key of.
const WIDE: u8 = 16;

fn known() -> Record {
    Record::known()
}

/// So many records of a source in a block.
fn standing(count: usize, pass: u8, block: u8) -> impl Iterator<Item = Record> {
    std::iter::repeat_with(move || known().at(pass, block)).take(count)
}

/// In every pass a block with as many rows as the limit says, one with one row more, and one far beyond.
#[test]
fn a_block_at_the_limit_is_compared_and_one_over_it_is_not() {
    let (mut court, mut jail) = (Vec::new(), Vec::new());
    let blocks = [(NAME_PAIR, [(3, 3), (4, 3), (30, 40)]), (WIDE, [(2, 2), (2, 3), (1, 30)])];
    let (mut within, mut over) = (0, 0);
    for (pass, blocks) in blocks {
        for (block, (of_court, of_jail)) in (0..).zip(blocks) {
            court.extend(standing(of_court, pass, block));
            jail.extend(standing(of_jail, pass, block));
            if block == 0 {
                within += of_court * of_jail;
            } else {
                over += of_court + of_jail;
            }
        }
    }
    let limits = BlockLimits { records_max: 6, wide_records_max: 4 };
    let fixture = Fixture::linked(&project(&[court, jail], limits));
    assert_eq!(fixture.found.pairs.len(), within);
    let passes: Vec<[i64; 6]> = fixture.found.passes.iter().copied().collect();
    assert_eq!(passes, [[14, 1, 18, 2, 77, 6], [16, 1, 8, 2, 36, 4]]);
    assert_eq!(over, 77 + 36);
    for limit in [6, 4] {
        // Rows, and what is counted of them.
        let kept = format!("block_rows > 1 AND block_rows <= {limit}");
        let counted = format!("WHEN block_rows <= {limit} AND");
        for (text, other) in [
            (&kept, format!("block_rows > 1 AND block_rows < {limit}")),
            (&kept, format!("block_rows > 1 AND block_rows <= 1 + {limit}")),
            (&counted, format!("WHEN block_rows < {limit} AND")),
            (&format!("block_rows > {limit}"), format!("block_rows >= {limit}")),
        ] {
            fixture.tells(text, &other);
        }
    }
}

/// Rows of all sources count where a block is measured, also of those that are not joined.
#[test]
fn a_block_is_measured_over_all_sources() {
    let sources = [(2, 2, 2), (2, 2, 3)];
    let of = |count: fn((usize, usize, usize)) -> usize| {
        (0..).zip(sources).flat_map(|(block, it)| standing(count(it), NAME_PAIR, block)).collect()
    };
    let sources = [of(|it| it.0), of(|it| it.1), of(|it| it.2)];
    let limits = BlockLimits { records_max: 6, wide_records_max: 4 };
    let fixture = Fixture::linked(&project(&sources, limits));
    assert_eq!(fixture.found.pairs.len(), 3 * 2 * 2);
    fixture.tells("PARTITION BY block", "PARTITION BY block, source");
}

/// Tokens that one source has alone; a pass in which no token is shared, and one in which no two rows share any.
#[test]
fn blocks_of_one_source_have_no_pairs_and_do_not_count() {
    let alone = |pass, blocks: [u8; 2]| blocks.map(|block| known().at(pass, block));
    // The larger of the two blocks with pairs is smaller than those without.
    let mut court: Vec<Record> = standing(4, PASSES[0], 0).collect();
    court.extend(standing(1, PASSES[0], 1));
    court.extend(standing(2, PASSES[0], 2));
    court.extend(standing(3, PASSES[1], 1));
    court.extend(alone(PASSES[2], [1, 2]));
    let mut jail: Vec<Record> = standing(5, PASSES[0], 3).collect();
    jail.extend(standing(1, PASSES[0], 1));
    jail.extend(standing(1, PASSES[0], 2));
    jail.extend(standing(2, PASSES[1], 2));
    jail.extend(alone(PASSES[2], [3, 4]));
    let fixture = Fixture::linked(&project(&[court, jail], LIMITS));
    assert_eq!(fixture.found.pairs.len(), 1 + 2);
    let passes: Vec<[i64; 6]> = fixture.found.passes.iter().copied().collect();
    assert_eq!(passes, [[3, 2, 6, 0, 0, 3], [4, 0, 0, 0, 0, 0], [7, 0, 0, 0, 0, 0]]);
    fixture.tells(" AND pairs_twice > 0", "");
    // Of no block with two rows there is no sum: that cell would be empty.
    fixture.tells("COALESCE(sum(", "if(0 = 0, sum(");
    fixture.tells("COALESCE(max(", "if(0 = 0, max(");
    fixture.tells("x.block = y.block AND ", "");
}

#[test]
fn a_source_of_which_nobody_is_shown_is_linked_with_none() {
    let sources = [(); 3].map(|()| standing(3, NAME_PAIR, 1).collect());
    let mut project = project(&sources, LIMITS);
    project.left_out = vec![3, 4, 5];
    let fixture = Fixture::linked(&project);
    assert_eq!(fixture.found.pairs.len(), 9);
}

/// The folder of a pass: records of each source that have rows in it, with the number of their block.
fn exported(fixture: &Fixture, pass: &PlanPass) -> Vec<(i64, i64)> {
    let mut rows = Vec::new();
    let folder = fixture.export().join(pass.folder());
    read_table(&folder, ["record", "block"], &mut |[record, block]| {
        rows.push((record, block));
        Ok(())
    })
    .unwrap();
    rows
}

/// A record without a token has no row, rather than one with an empty cell. A token of zeros is a token.
#[test]
fn records_without_a_token_meet_nobody() {
    let (one, other) = (PASSES[0], NAME_PAIR);
    let records = || {
        vec![
            known().at(one, 0).at(other, 0),
            known().at(one, 0),
            known().at(other, 0xF0),
            // In no pass.
            known(),
            known(),
        ]
    };
    let fixture = Fixture::of(records(), records());
    let pairs: Vec<(i64, i64)> = fixture.found.pairs.keys().copied().collect();
    let across = |a, b| fixture.across(a, b);
    assert_eq!(pairs, [across(0, 0), across(0, 1), across(1, 0), across(1, 1), across(2, 2)]);
    let rows: Vec<_> = fixture.plan.passes.iter().map(|pass| exported(&fixture, pass)).collect();
    assert_eq!(rows[0], [(0, 0), (1, 0), (5, 0), (6, 0)]);
    assert_eq!(rows[1], [(0, 0), (2, 1), (5, 0), (7, 1)]);
    // No cell of any column is empty: that would be refused.
    for pass in &fixture.plan.passes {
        for column in Column::of(pass) {
            let folder = fixture.export().join(pass.folder());
            let mut cells = 0;
            read_table(&folder, [&column.name()], &mut |[_]| {
                cells += 1;
                Ok(())
            })
            .unwrap();
            assert_eq!(cells, 4, "{column:?}");
        }
    }
    fixture.tells("x.block = y.block AND ", "");
}

/// The agency's own number says something within its source only, and nothing where one side has none or it stands for a row.
#[test]
fn person_numbers_that_are_absent_are_not_equal() {
    let person = |number| ContinuityToken([number; 16]);
    let mut of_row = ContinuityToken::default();
    of_row.0[15] = 1;
    let none = ContinuityToken::default();
    let pairs = [
        (person(0xF1), person(0xF1), SAME),
        (person(0xF1), person(0xF2), DIFFERENT),
        (none, none, MISSING),
        (person(0xF1), none, MISSING),
        (none, person(0xF1), MISSING),
        (person(0xF1), of_row, MISSING),
        (of_row, person(0xF2), MISSING),
    ];
    let court = (0..).zip(pairs).flat_map(|(block, (x, y, _))| {
        [x, y].map(|number| known().numbered(number).at(NAME_PAIR, block))
    });
    let jail = vec![known().numbered(person(0xF1)).at(NAME_PAIR, 0)];
    let mut project = project(&[court.collect(), jail], LIMITS);
    project.without_duplicates = vec![false; 2];
    let fixture = Fixture::linked(&project);
    let level = |a: usize, b: usize| {
        let number = |it| i64::try_from(it).unwrap();
        fixture.found.pairs[&(number(a), number(b))].levels.unwrap().local_id
    };
    for (at, (_, _, expected)) in pairs.iter().enumerate() {
        assert_eq!(level(2 * at, 2 * at + 1), *expected, "pair {at}");
    }
    let jail = 2 * pairs.len();
    assert_eq!((level(0, jail), level(1, jail)), (MISSING, MISSING), "sources of their own");
    for (part, other) in [
        (" OR x.local_kind = 0", ""),
        (" OR y.local_kind = 0", ""),
        ("x.local_kind = 2 OR", ""),
        ("OR y.local_kind = 2", ""),
        ("x.source <> y.source OR ", ""),
    ] {
        fixture.tells(part, other);
    }
}

/// A telephone: of two that start apart by four bits, a threshold is met; by more, none is.
fn phone(start: usize) -> [(Field, Vec<u64>); 1] {
    [(Field::Phone, run(2, start, 25))]
}

/// Two persons who agree on nothing but what each of these rows says of names and telephones.
fn strangers(rows: &[(u8, u8, Alike)]) -> [Record; 2] {
    let lacking = [Field::Ssn4, Field::Address, Field::Zip, Field::City];
    let attributes = (0..4).map(Field::attribute);
    let [mut court, mut jail] =
        [(); 2].map(|()| known().without(lacking).without(attributes.clone()));
    jail = jail.with([(Field::Dob, vec![2, 4, 2, run(1, 30, 5)[0]])]);
    for (pass, block, alike) in rows {
        let (names, start) = match alike {
            Alike::Names => (true, 60),
            Alike::NamesAndNearPhone => (true, 4),
            Alike::NamesAndPhone => (true, 0),
            Alike::OnlyPhone => (false, 0),
            Alike::Nothing => (false, 60),
        };
        let name =
            |start| [(Field::First, run(4, start, 25)), (Field::Last, run(4, start + 60, 25))];
        court = court.with(name(0)).with(phone(0)).at(*pass, *block);
        jail = jail.with(name(if names { 0 } else { 130 })).with(phone(start)).at(*pass, *block);
    }
    [court, jail]
}

/// On what a pair agrees in a row.
#[derive(Clone, Copy, Debug)]
enum Alike {
    Names,
    NamesAndNearPhone,
    NamesAndPhone,
    /// One agreement, which keeps no pair.
    OnlyPhone,
    Nothing,
}

/// In fewer than three passes the first decides; in three or more the higher levels of all that keep the pair. Within a pass the
/// lowest block decides.
#[test]
fn pairs_that_meet_in_several_passes_are_decided_by_the_first_or_by_all() {
    use Alike::*;
    let [a, b, c, d] = PASSES;
    let of_phone = |level| Some((NAME_EXACT, level));
    let cases: Vec<Case> = vec![
        (vec![(a, 0, NamesAndPhone)], 1, of_phone(EXACT)),
        // Two: the first, whether it keeps the pair or not.
        (vec![(a, 1, Names), (b, 1, NamesAndPhone)], 2, of_phone(DIFFERENT)),
        (vec![(a, 2, NamesAndNearPhone), (b, 2, Names)], 2, of_phone(NEAR)),
        (vec![(a, 3, OnlyPhone), (b, 3, NamesAndPhone)], 2, None),
        (vec![(c, 4, Names), (d, 4, NamesAndPhone)], 2, of_phone(DIFFERENT)),
        // Three and more: all that keep it; what another says besides does not count.
        (vec![(a, 5, Names), (b, 5, NamesAndNearPhone), (c, 5, Names)], 3, of_phone(NEAR)),
        (vec![(a, 6, OnlyPhone), (b, 6, Names), (c, 6, Names)], 3, of_phone(DIFFERENT)),
        (vec![(a, 7, Nothing), (b, 7, OnlyPhone), (c, 7, NamesAndPhone)], 3, of_phone(EXACT)),
        (vec![(a, 8, OnlyPhone), (b, 8, OnlyPhone), (c, 8, Nothing)], 3, None),
        (
            vec![(a, 9, Names), (b, 9, Names), (c, 9, NamesAndNearPhone), (d, 9, NamesAndPhone)],
            4,
            of_phone(EXACT),
        ),
        // Twice in one pass is one pass, and its lowest block decides.
        (vec![(a, 10, Names), (a, 11, NamesAndPhone)], 1, of_phone(DIFFERENT)),
        (vec![(a, 12, OnlyPhone), (a, 13, NamesAndPhone)], 1, None),
        (
            vec![(b, 14, NamesAndNearPhone), (b, 15, NamesAndPhone), (c, 14, NamesAndPhone)],
            2,
            of_phone(NEAR),
        ),
    ];
    let (court, jail) =
        cases.iter().map(|(rows, _, _)| strangers(rows)).map(|[court, jail]| (court, jail)).unzip();
    let fixture = Fixture::of(court, jail);
    assert_eq!(fixture.found.pairs.len(), cases.len());
    for (at, (rows, met, expected)) in cases.iter().enumerate() {
        let found = fixture.found.pairs[&fixture.across(at, at)];
        assert_eq!(found.met.count_ones(), *met, "{rows:?}");
        let levels = found.levels.map(|it| (it.first, it.phone));
        assert_eq!(levels, *expected, "{rows:?}");
    }
    let kept_by: [i64; 3] =
        [2, 3, 4].map(|class: usize| fixture.found.histogram.iter().map(|row| row[class]).sum());
    assert_eq!(kept_by, [2, 4, 4]);
    for (text, other) in [
        (">= 3 THEN any_packed", ">= 2 THEN any_packed"),
        (">= 3 THEN any_packed", ">= 4 THEN any_packed"),
        ("THEN any_packed ELSE first_packed", "THEN first_packed ELSE first_packed"),
        ("min(pass * ", "max(pass * "),
        ("min(packed)", "max(packed)"),
        ("THEN packed ELSE packed & ", "THEN packed ELSE packed | "),
        ("bit_or(", "max("),
        ("GROUP BY a, b, pass", "GROUP BY a, b, pass, packed"),
        (">= 2 THEN 1125899906842624", ">= 1 THEN 1125899906842624"),
        (">= 2 THEN 1125899906842624", ">= 3 THEN 1125899906842624"),
        (
            "= 2 THEN 1 ELSE 0 END) AS BIGINT) AS twice",
            "> 1 THEN 1 ELSE 0 END) AS BIGINT) AS twice",
        ),
        ("> 2 THEN 1 ELSE 0 END) AS BIGINT) AS more", "= 3 THEN 1 ELSE 0 END) AS BIGINT) AS more"),
    ] {
        fixture.tells(text, other);
    }
}
