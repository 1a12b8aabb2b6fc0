"""Computes all tables of a study from the agencies' exports, slowly and without a line of the Rust code, and compares.

    study.py --exports DIR --persons persons.csv --study study.toml --tables DIR     equal: exit 0, a line for each table
    study.py --exports DIR --truth truth.csv --study study.toml --out DIR            writes the tables of the true persons
    study.py --self-test

Written from docs/study.md and docs/mapping.md. `persons.csv` has `source,record_id,study_id`: whose each row of an export is; a row that is
not there is left out. `truth.csv` has `person_id` instead. Not compared: the columns of `link_quality` that only the linkage knows, and
the order and the numbers of rows.
"""

import argparse
import csv
import pathlib
import sys
import tomllib

import pandas

import compare
import event_tables
import events
import exports
import tables

SHOWN_MAX = 40


def made(arguments):
    definition = tomllib.loads(arguments.study.read_text(encoding="utf-8"))
    file, column = (arguments.truth, "person_id") if arguments.truth else (arguments.persons, "study_id")
    persons = exports.read_persons(file, column)
    read = {}
    def rows_of(record):
        source = record["source"]
        if source not in read:
            mapping = exports.mapping_of(arguments.exports, source)
            read[source] = mapping, mapping.rows(arguments.exports / f"{source}.csv", persons.get(source, {}))
        mapping, rows = read[source]
        if mapping.content["table"] != record["table"]:
            raise SystemExit(f"source {source} has no table {record['table']}")
        return rows
    found = events.Events(definition, rows_of)
    linked = {source: set(of_source.values()) for source, of_source in persons.items()}
    return event_tables.all_tables(tables.Study(definition, found, linked))


def read_tables(folder):
    """Tables as they were written; the columns that a bundle adds for kinds of missing are not looked at."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
        found[path.stem] = frame.to_dict("records")
    return found


def write_tables(made, folder):
    """Numbers are given in the order of the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {}
    def plain(cell):
        if not isinstance(cell, tables.Token):
            return cell
        given = numbers.setdefault(cell.numbering, {})
        return given.setdefault(cell.of[0], len(given) + 1)
    for table, rows in made.items():
        with open(folder / f"{table}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]) if rows else ["study_id"], lineterminator="\n")
            writer.writeheader()
            writer.writerows({name: plain(cell) for name, cell in row.items()} for row in rows)
        print(f"{table}: {len(rows)} rows")


def self_test():
    for module in (exports, events, compare):
        module.self_test()
    assert tables.spelled("11350(a) HS") == tables.spelled("HS11350(A)") == ["HS", "11350", "A"]
    assert tables.spelled("PC 647(b)") == ["PC", "647", "B"] and tables.spelled("11377A H&S/M") == ["HS", "11377", "A"]
    definition = {"record": [], "arm": [], "window": [], "coverage": [
        {"source": "a", "from": "1970-01-01", "to": "1970-01-05"}, {"source": "a", "from": "1970-01-06", "to": "1970-01-10"},
        {"source": "a", "from": "1970-01-12", "to": "1970-01-20"}]}
    study = tables.Study(definition, events.Events(definition, None), {"a": set()})
    assert [study.end_of_stretch("a", index) for index in (0, 9, 10, 12)] == [9, 9, None, 19]
    study.kinds["jail"] = {"a"}
    assert study.covers("jail", range(3, 9)) and not study.covers("jail", range(9, 12))
    assert study.unless_missing("jail", range(9, 12), 0) == ".b" and study.unless_missing("case", range(1), 0) == ".a"
    print("ok")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--exports", type=pathlib.Path)
    parser.add_argument("--persons", type=pathlib.Path)
    parser.add_argument("--truth", type=pathlib.Path)
    parser.add_argument("--study", type=pathlib.Path)
    parser.add_argument("--tables", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        return self_test()
    one_each = [(arguments.persons, arguments.truth), (arguments.tables, arguments.out)]
    if not arguments.exports or not arguments.study or any(sum(map(bool, pair)) != 1 for pair in one_each):
        parser.error("needs --exports, --study, one of --persons and --truth, and one of --tables and --out")
    expected = made(arguments)
    if arguments.out:
        return write_tables(expected, arguments.out)
    done, differences = compare.compare(expected, read_tables(arguments.tables))
    print("\n".join(done))
    for table, lines in differences.items():
        print(f"\n{table}: {len(lines)} differences")
        print("\n".join(lines[:SHOWN_MAX]))
    if differences:
        sys.exit(1)


if __name__ == "__main__":
    main()
