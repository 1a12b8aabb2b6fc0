#!/usr/bin/env python3
"""Keeps the first row of each entity in each source: one_row.py TIDY_FOLDER OUT_FOLDER [SOURCE,...]

Makes one-to-one data for speed runs out of data with repeats.
"""
import csv, json, os, sys


def main():
    src, out = sys.argv[1], sys.argv[2]
    with open(os.path.join(src, "meta.json")) as fh:
        meta = json.load(fh)
    if len(sys.argv) > 3:
        meta["sources"] = {s: meta["sources"][s] for s in sys.argv[3].split(",")}
    os.makedirs(out, exist_ok=True)
    for name, m in meta["sources"].items():
        seen = set()
        with open(os.path.join(src, m["file"]), newline="") as fh, open(os.path.join(out, m["file"]), "w", newline="") as to:
            rows, w = csv.reader(fh), csv.writer(to, lineterminator="\n")
            head = next(rows)
            w.writerow(head)
            at = head.index("entity_id")
            for r in rows:
                if r[at] not in seen:
                    seen.add(r[at])
                    w.writerow(r)
        print(f"{name}: {len(seen)} rows")
    with open(os.path.join(out, "meta.json"), "w") as fh:
        json.dump(meta, fh)


if __name__ == "__main__":
    main()
