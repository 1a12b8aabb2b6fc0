#!/usr/bin/env python3
"""Turns the FEBRL tables into the data-set folders the runners read.

    prepare.py FEBRL_DIR OUT_DIR

FEBRL_DIR holds febrl3/set3.csv and febrl4/set4a.csv, set4b.csv, each with its
truth_person.csv (source, record_id, entity_id). OUT_DIR receives febrl3 (one
file, mode "dedup") and febrl4 (two files, mode "link"): a CSV per source with
rec_id, entity_id and the fields under the runners' names, and a meta.json.
Values are kept as they are, errors included; only a date of eight digits is
rewritten as YYYY-MM-DD, whether or not the calendar knows it.
"""
import argparse, csv, json, os

RENAMED = {"given_name": "first_name", "surname": "last_name", "date_of_birth": "dob", "postcode": "zip"}
KEPT = ["street_number", "address_1", "address_2", "suburb", "state", "soc_sec_id"]
SETS = {"febrl3": ("dedup", ["set3"]), "febrl4": ("link", ["set4a", "set4b"])}


def iso_date(text):
    text = text.strip()
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def entity_ids(folder):
    """{(source, record_id): entity_id}; a record named twice is an error."""
    out = {}
    with open(os.path.join(folder, "truth_person.csv"), newline="") as fh:
        for r in csv.DictReader(fh):
            key = (r["source"], r["record_id"])
            if key in out:
                raise SystemExit(f"{folder}/truth_person.csv: a record of {r['source']} has two entities")
            out[key] = r["entity_id"]
    return out


def write_source(folder, source, truth, out):
    """Writes one source under the runners' names; returns its row count."""
    names = list(RENAMED.values()) + KEPT
    n = 0
    with open(os.path.join(folder, source + ".csv"), newline="") as fh, \
            open(os.path.join(out, source + ".csv"), "w", newline="") as to:
        w = csv.writer(to, lineterminator="\n")
        w.writerow(["rec_id", "entity_id", *names])
        for r in csv.DictReader(fh):
            r["date_of_birth"] = iso_date(r["date_of_birth"])
            vals = [r[c].strip() for c in [*RENAMED, *KEPT]]
            w.writerow([r["record"], truth[(source, r["record"])], *vals])
            n += 1
    return n


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("febrl", help="folder with febrl3 and febrl4")
    ap.add_argument("out", help="folder that receives a data-set folder per set")
    a = ap.parse_args()
    for name, (mode, sources) in SETS.items():
        folder, out = os.path.join(a.febrl, name), os.path.join(a.out, name)
        os.makedirs(out, exist_ok=True)
        truth, meta = entity_ids(folder), {}
        for s in sources:
            meta[s] = {"file": s + ".csv", "rows": write_source(folder, s, truth, out)}
        with open(os.path.join(out, "meta.json"), "w") as fh:
            json.dump({"mode": mode, "kind": "febrl", "sources": meta}, fh, indent=1)
            fh.write("\n")
        print(f"{name}: " + ", ".join(f"{s} {m['rows']} rows" for s, m in meta.items()))


if __name__ == "__main__":
    main()
