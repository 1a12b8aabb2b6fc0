"""Shows that whatever differs between the tables of found persons and of true persons comes from a linkage error.

    explain.py --found persons.csv --found-tables DIR --truth truth.csv --truth-tables DIR

A person is *touched* if no true person has the same rows: rows of another person were linked to it, rows of its own were not, or rows
were rejected by an agency. An untouched person must have the same rows in `person_window` and `person` (ids of numbers are in neither); a
touched person may differ. Exit 1 if an untouched one differs. Prints counts, and ids of what cannot be explained. The study must say what its
sources cover: days that are taken from the rows are those of all persons.
"""

import argparse
import pathlib
import sys

import pandas

SHOWN_MAX = 40
TABLES = {"person": [], "person_window": ["window"]}


def rows_of(path):
    """`{person: frozenset of (source, record id)}` of a file of persons or of the truth."""
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
    column = "study_id" if "study_id" in frame else "person_id"
    rows = {}
    for source, record, person in zip(frame["source"], frame["record_id"], frame[column]):
        rows.setdefault(person, set()).add((source, record.strip()))
    return {person: frozenset(of_person) for person, of_person in rows.items()}


def table(folder, name):
    frame = pandas.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
    rows = {}
    for row in frame.to_dict("records"):
        person = row.pop("study_id")
        rows.setdefault(person, {})[tuple(row[key] for key in TABLES[name])] = row
    return rows


class Linkage:
    def __init__(self, found, truth):
        self.found, self.truth = found, truth
        known = set().union(*found.values())
        self.rejected = sum(len(rows - known) for rows in truth.values())
        person_of = {rows: person for person, rows in truth.items()}
        self.untouched = {person: person_of[rows] for person, rows in found.items() if rows in person_of}

    def touched(self):
        """Found and true persons that no other side has as they are."""
        return set(self.found) - set(self.untouched), set(self.truth) - set(self.untouched.values())


def unexplained(linkage, name, found, true):
    """Differences of untouched persons, and the numbers of persons that are the same and that may differ."""
    lines, same = [], 0
    for person, twin in sorted(linkage.untouched.items()):
        ours, theirs = found.get(person, {}), true.get(twin, {})
        if ours == theirs:
            same += bool(ours)
            continue
        for key in sorted(set(ours) | set(theirs)):
            one, other = ours.get(key), theirs.get(key)
            if one is None or other is None:
                lines.append(f"{name} {person} {' '.join(key)}: only with {'true' if one is None else 'found'} persons")
                continue
            lines += [f"{name}.{column} {person} {' '.join(key)}: {one[column]!r} found, {other[column]!r} true"
                      for column in one if one[column] != other.get(column)]
    found_touched, true_touched = linkage.touched()
    return lines, same, len(found_touched & set(found)), len(true_touched & set(true))


def self_test():
    row = lambda record: ("police", record)
    truth = {"1": frozenset([row("a"), row("b")]), "2": frozenset([row("c")]), "3": frozenset([row("d"), row("e")])}
    found = {"x": frozenset([row("a"), row("b")]), "y": frozenset([row("c"), row("d")]), "z": frozenset([row("e")])}
    linkage = Linkage(found, truth)
    assert linkage.untouched == {"x": "1"} and linkage.touched() == ({"y", "z"}, {"2", "3"}) and linkage.rejected == 0
    made = lambda **counts: {person: {("W",): {"window": "W", "n": n}} for person, n in counts.items()}
    true = {"1": {("W",): {"window": "W", "n": "4"}}, "2": {("W",): {"window": "W", "n": "5"}}}
    assert unexplained(linkage, "t", made(x="4", y="9", z="0"), true) == ([], 1, 2, 1)
    assert unexplained(linkage, "t", made(x="3"), true)[0] == ["t.n x W: '3' found, '4' true"]
    assert unexplained(linkage, "t", {}, true)[0] == ["t x W: only with true persons"]
    print("ok")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--found", "--found-tables", "--truth", "--truth-tables"):
        parser.add_argument(name, type=pathlib.Path)
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        return self_test()
    linkage = Linkage(rows_of(arguments.found), rows_of(arguments.truth))
    touched = [len(persons) for persons in linkage.touched()]
    print(f"persons found {len(linkage.found)}, true {len(linkage.truth)}; the same rows {len(linkage.untouched)}; "
          f"touched: found {touched[0]}, true {touched[1]}; rows in no found person {linkage.rejected}")
    bad = []
    for name in TABLES:
        lines, same, found, true = unexplained(
            linkage, name, table(arguments.found_tables, name), table(arguments.truth_tables, name))
        print(f"{name}: {same} untouched persons equal, {found} found and {true} true persons touched, {len(lines)} unexplained differences")
        bad += lines
    print("\n".join(bad[:SHOWN_MAX]), end="\n" if bad else "")
    if bad:
        sys.exit(1)


if __name__ == "__main__":
    main()
