//! The three scripts: pairs of every pass, and of all passes; edges; pairs that speak against them.

use std::collections::BTreeMap;

use tallystick_linkage::block::AGAIN_MIN;
use tallystick_linkage::compare::{DIFFERENT, DOB_PARTIAL, EXACT, NAME_TWO_EDITS, NEAR, SAME};
use tallystick_wire::FieldSet;

use super::codes::{ABOVE, BOUNDARY, KEPT, NAMED, code, pattern_of, unit};
use super::compare::Rules;
use super::counts;
use super::script::Script;
use crate::plan::{Plan, PlanJoin, PlanPass};
use crate::train::MODULUS_PRIME;

/// The script that compares. What a pass finds is written before the next begins, so that a run that was broken off can go on.
pub(super) fn plan(plan: &Plan) -> Script {
    let mut script = Script::new("plan.sql");
    let (mut passes, mut found) = (Vec::new(), Vec::new());
    for pass in &plan.passes {
        script.read(name("rows", pass), pass.folder());
        script.view(name("few", pass), few(pass));
        script.view(name("found", pass), found_in(plan, pass));
        script.write(name("found", pass));
        passes.push(counted(pass));
        found.push(format!("SELECT * FROM {}", name("found", pass)));
    }
    script.view("passes", passes.join("\nUNION ALL\n"));
    script.write("passes");
    script.view("pairs", pairs(plan, &found.join("\n      UNION ALL ")));
    script.write("pairs");
    script.view("meetings", MEETINGS);
    script.write("meetings");
    script.view("histogram", HISTOGRAM);
    script.write("histogram");
    script
}

/// The pairs of rows that meet in a pass, each as one number.
fn found_in(plan: &Plan, pass: &PlanPass) -> String {
    let variants = by_fixed(pass).into_iter().map(|(fixed, joins)| {
        let rules = Rules {
            thresholds: plan.thresholds_permille,
            carried: FieldSet(pass.fields.0 & !fixed),
            fixed: FieldSet(fixed),
            within: joins.iter().any(|join| join.first == join.second),
        };
        packed(&rules, pass, &levels(&rules, &names(&rules, &met(plan, pass, &joins, &rules))))
    });
    variants.collect::<Vec<_>>().join("\nUNION ALL\n")
}

/// A query within another.
fn nested(query: &str, alias: &str) -> String {
    format!("(\n{query}\n) AS {alias}")
}

/// The script that selects pairs that connect two records, and pairs to verify.
pub(super) fn edges(_: &Plan) -> Script {
    let mut script = Script::new("edges.sql");
    script.read("pairs", "out/pairs");
    script.read("connecting", "connecting");
    script.read("sample", "sample");
    script.view("edges", EDGES);
    script.write("edges");
    script.view("checked", checked());
    script.write("checked");
    script
}

/// The script that selects pairs that speak against what others put together.
pub(super) fn against(_: &Plan) -> Script {
    let mut script = Script::new("against.sql");
    script.read("pairs", "out/pairs");
    script.read("connecting", "connecting");
    script.read("companies", "companies");
    script.view("against", AGAINST);
    script.write("against");
    script
}

const MEETINGS: &str = "SELECT met, CASE WHEN pattern >= 0 THEN 1 ELSE 0 END AS kept, boundary, \
                        CAST(count(*) AS BIGINT) AS pairs\nFROM pairs\n\
                        GROUP BY met, CASE WHEN pattern >= 0 THEN 1 ELSE 0 END, boundary";

const HISTOGRAM: &str = "\
SELECT grp, pattern,
  CAST(sum(CASE WHEN CAST(bit_count(met) AS INT) = 1 THEN 1 ELSE 0 END) AS BIGINT) AS once,
  CAST(sum(CASE WHEN CAST(bit_count(met) AS INT) = 2 THEN 1 ELSE 0 END) AS BIGINT) AS twice,
  CAST(sum(CASE WHEN CAST(bit_count(met) AS INT) > 2 THEN 1 ELSE 0 END) AS BIGINT) AS more
FROM pairs
WHERE pattern >= 0
GROUP BY grp, pattern";

const EDGES: &str = "\
SELECT p.a, p.b, p.grp, p.met, p.pattern
FROM pairs AS p
JOIN connecting AS c ON c.grp = p.grp AND c.pattern = p.pattern
WHERE p.pattern >= 0";

/// All pairs of sampled records, and pairs at a threshold.
fn checked() -> String {
    let sampled = |record: &str| {
        format!("((p.{record} * s.factor + s.addend) % {MODULUS_PRIME}) % s.modulus = 0")
    };
    format!(
        "SELECT p.a, p.b, p.grp, p.met, p.pattern, p.boundary\nFROM pairs AS p\nCROSS JOIN sample AS s\nWHERE {}\n  \
         OR {}\n  OR (p.boundary = 1 AND ((p.a * s.factor + p.b) % {MODULUS_PRIME}) % s.boundary_modulus = 0)",
        sampled("a"),
        sampled("b")
    )
}

/// Companies are compared by a `CASE`, so that no optimiser takes them for a key to join records of a company with each other by: a
/// company may hold a good part of all records.
const AGAINST: &str = "\
SELECT p.a, p.b, p.grp, p.met, p.pattern
FROM pairs AS p
JOIN companies AS x ON x.record = p.a
JOIN companies AS y ON y.record = p.b
LEFT JOIN connecting AS c ON c.grp = p.grp AND c.pattern = p.pattern
WHERE p.pattern >= 0 AND c.pattern IS NULL AND CASE WHEN x.company = y.company THEN 1 ELSE 0 END = 1";

fn name(what: &str, pass: &PlanPass) -> String {
    format!("{what}_{:02}", pass.number)
}

/// Joins by the fields that are equal in their blocks: nearly always the same for all.
fn by_fixed(pass: &PlanPass) -> BTreeMap<u32, Vec<PlanJoin>> {
    let mut variants: BTreeMap<u32, Vec<PlanJoin>> = BTreeMap::new();
    for join in &pass.joins {
        variants.entry(join.fixed.0).or_default().push(*join);
    }
    variants
}

/// Blocks with several rows: how many, and of each source.
fn blocks(pass: &PlanPass) -> String {
    let held = pass.rows.iter().enumerate().filter(|(_, rows)| **rows > 0);
    let by_source = held.map(|(source, _)| {
        let one = format!("CASE WHEN source = {source} THEN 1 ELSE 0 END");
        format!(",\n  CAST(sum({one}) AS BIGINT) AS rows_{source}")
    });
    format!(
        "SELECT block, CAST(count(*) AS BIGINT) AS block_rows{}\nFROM {}\nGROUP BY block\nHAVING count(*) > 1",
        by_source.collect::<String>(),
        name("rows", pass)
    )
}

/// What is known of a pass without a comparison. Pairs are counted twice, since nothing is divided here.
fn counted(pass: &PlanPass) -> String {
    let twice = pass.joins.iter().map(|PlanJoin { first, second, .. }| {
        if first == second {
            format!("rows_{first} * (rows_{first} - 1)")
        } else {
            format!("2 * rows_{first} * rows_{second}")
        }
    });
    let pairs = twice.collect::<Vec<_>>().join(" + ");
    let limit = pass.block_rows_max;
    let meets = format!("block_rows <= {limit} AND pairs_twice > 0");
    let sum = |of: &str, when: &str| {
        format!("CAST(COALESCE(sum(CASE WHEN {when} THEN {of} ELSE 0 END), 0) AS BIGINT)")
    };
    let over = format!("block_rows > {limit}");
    // Beyond the limit pairs are not even counted: their number may have no room.
    format!(
        "SELECT {} AS pass,\n  {} AS blocks,\n  {} AS pairs_twice,\n  {} AS blocks_over_limit,\n  \
         {} AS rows_over_limit,\n  CAST(COALESCE(max(CASE WHEN {meets} THEN block_rows ELSE 0 END), 0) AS BIGINT) \
         AS largest_block\nFROM (\n  SELECT block_rows, CASE WHEN block_rows <= {limit} THEN {pairs} ELSE 0 END \
         AS pairs_twice\n  FROM {}\n) AS k",
        pass.number,
        sum("1", &meets),
        sum("pairs_twice", &meets),
        sum("1", &over),
        sum("block_rows", &over),
        nested(&blocks(pass), "b")
    )
}

/// Rows of blocks that are not left out. By a window, so that no engine may join rows before it has left out large blocks.
fn few(pass: &PlanPass) -> String {
    format!(
        "SELECT * FROM (\n  SELECT *, count(*) OVER (PARTITION BY block) AS block_rows\n  FROM {}\n) AS k\n\
         WHERE block_rows > 1 AND block_rows <= {}",
        name("rows", pass),
        pass.block_rows_max
    )
}

/// Pairs of rows of a block, with what must be counted of them.
fn met(plan: &Plan, pass: &PlanPass, joins: &[PlanJoin], rules: &Rules) -> String {
    let few = name("few", pass);
    let mut seconds: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for join in joins {
        seconds.entry(join.first).or_default().push(join.second.to_string());
    }
    let joined = seconds.iter().map(|(first, seconds)| {
        format!("(x.source = {first} AND y.source IN ({}))", seconds.join(", "))
    });
    let joined = joined.collect::<Vec<_>>().join("\n    OR ");
    // The group of a first and a second source is the first's start and the second.
    let sources = plan.sources.len();
    let start = |first: usize| tallystick_linkage::block::group(sources, first, first) - first;
    let starts = seconds.keys().map(|first| format!("WHEN {first} THEN {}", start(*first)));
    let starts = starts.collect::<Vec<_>>().join(" ");
    let mut columns = vec![
        "x.record AS a".to_owned(),
        "y.record AS b".into(),
        format!("CASE x.source {starts} ELSE 0 END + y.source AS grp"),
        // In a shared block lower than another both rows come earlier. Both are named so that Spark shuffles rows once for both
        // sides: it does where they have the same columns.
        "least(x.place, y.place) AS place".into(),
        "x.presence & y.presence AS both_have".into(),
        "x.presence | y.presence AS either_has".into(),
    ];
    columns.extend(counts::columns(rules.carried));
    if rules.within {
        columns.push(format!("{} AS local_id", local_id()));
    }
    format!(
        "SELECT {}\nFROM {few} AS x\nJOIN {few} AS y ON x.block = y.block AND x.record < y.record\n  AND ({joined})",
        columns.join(",\n  ")
    )
}

/// The code of the agency's own person number.
fn local_id() -> String {
    format!(
        "CASE WHEN x.source <> y.source OR x.local_kind = 0 OR y.local_kind = 0 THEN 0\n      \
         WHEN x.local_number = y.local_number THEN {}\n      \
         WHEN x.local_kind = 2 OR y.local_kind = 2 THEN 0\n      ELSE {} END",
        code(SAME),
        code(DIFFERENT)
    )
}

fn names(rules: &Rules, met: &str) -> String {
    let columns: String = rules.names().iter().map(|column| format!(",\n  {column}")).collect();
    format!("SELECT *{columns}\nFROM {}", nested(met, "m"))
}

fn levels(rules: &Rules, names: &str) -> String {
    let selected = rules.levels();
    let mut columns = ["a", "b", "grp", "place"].map(str::to_owned).to_vec();
    columns.extend(selected.columns.iter().cloned());
    if rules.within {
        columns.push("local_id".into());
    }
    columns.push(format!("{} AS boundary", selected.boundary()));
    format!("SELECT {}\nFROM {}", columns.join(",\n  "), nested(names, "n"))
}

/// Names of the codes that a pass can tell; all others are 0.
fn told(rules: &Rules) -> Vec<String> {
    let columns = rules.levels().columns;
    let names = columns.iter().filter_map(|column| column.rsplit(' ').next());
    names.chain(rules.within.then_some("local_id")).map(str::to_owned).collect()
}

/// Each pair of rows as one number.
fn packed(rules: &Rules, pass: &PlanPass, levels: &str) -> String {
    let told = told(rules);
    let is_told = |name: &str| told.iter().any(|it| it == name);
    let terms = NAMED.iter().enumerate().filter(|(_, (name, _))| is_told(name));
    let codes = terms.map(|(part, (name, _))| format!("CAST({name} AS BIGINT) * {}", unit(part)));
    let codes = codes.collect::<Vec<_>>().join("\n    + ");
    let attributes: Vec<String> = (0..4).map(|index| format!("attribute_{index}")).collect();
    let place = [("address", NEAR), ("phone", NEAR), ("zip", EXACT), ("city", NEAR)];
    let mut agreements: Vec<Vec<(&str, u8)>> = vec![
        vec![("first", NAME_TWO_EDITS)],
        vec![("last", NAME_TWO_EDITS)],
        vec![("dob", DOB_PARTIAL)],
        vec![("ssn4", NEAR)],
        place.to_vec(),
        // It counts for two.
        vec![("local_id", SAME)],
        vec![("local_id", SAME)],
    ];
    agreements.extend(attributes.iter().map(|name| vec![(name.as_str(), NEAR)]));
    let agreements = agreements.into_iter().filter_map(|any| {
        let any = any.into_iter().filter(|(name, _)| is_told(name));
        let any: Vec<String> =
            any.map(|(name, level)| format!("{name} >= {}", code(level))).collect();
        (!any.is_empty()).then(|| format!("CASE WHEN {} THEN 1 ELSE 0 END", any.join(" OR ")))
    });
    let agreements: Vec<String> = agreements.collect();
    format!(
        "SELECT a, b, grp, {} AS pass,\n  {codes}\n    + CASE WHEN {} >= 2 THEN {KEPT} ELSE 0 END\n    \
         + boundary * {BOUNDARY}\n    + place * {ABOVE} AS packed\nFROM {}",
        pass.number,
        agreements.join("\n      + "),
        nested(levels, "l")
    )
}

/// The pairs: their passes, and their pattern, or -1 where they are not kept.
///
/// Of several rows of a record in a pass those of the lowest block count, of several passes the first, or where they are many any.
/// Spark moves a pair to where all its passes are counted once, not once for each of the two groupings.
fn pairs(plan: &Plan, found: &str) -> String {
    let bits = plan.passes.iter();
    let bits = bits.map(|pass| format!(" WHEN {0} THEN {1}", pass.number, 1_u32 << pass.number));
    let by_pass = format!(
        "SELECT a, b, pass, CASE pass{} ELSE 0 END AS pass_bit, max(grp) AS grp, min(packed) % {ABOVE} AS packed\n\
         FROM (\n  SELECT /*+ REPARTITION(a, b) */ * FROM (\n      {found}\n  ) AS f\n) AS s\nGROUP BY a, b, pass",
        bits.collect::<String>()
    );
    let by_pair = format!(
        "SELECT a, b, max(grp) AS grp, CAST(sum(pass_bit) AS INT) AS met,\n  \
         min(pass * {ABOVE} + packed) % {ABOVE} AS first_packed,\n  \
         bit_or(CASE WHEN packed & {KEPT} <> 0 THEN packed ELSE packed & {BOUNDARY} END) AS any_packed\n\
         FROM {}\nGROUP BY a, b",
        nested(&by_pass, "p")
    );
    let decided = format!(
        "SELECT *, CASE WHEN CAST(bit_count(met) AS INT) >= {AGAIN_MIN} THEN any_packed ELSE first_packed END AS decisive\n\
         FROM {}",
        nested(&by_pair, "p")
    );
    format!(
        "SELECT a, b, grp, met,\n  CASE WHEN decisive & {KEPT} = 0 THEN -1 ELSE {} END AS pattern,\n  \
         CASE WHEN any_packed & {BOUNDARY} <> 0 THEN 1 ELSE 0 END AS boundary\nFROM {}",
        pattern_of("decisive"),
        nested(&decided, "p")
    )
}
