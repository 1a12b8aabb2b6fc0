#!/usr/bin/env python3
"""Makes the tables that the reference values are computed from.

Invented persons from seeds (Python's `random()` gives the same numbers in every version), and two public tables:
`lalonde.csv` and `nsw.csv` are facts that Dehejia and Wahba published without conditions (doi:10.1080/01621459.1999.10473858);
every row of both also stands in the package `causaldata` (MIT), `rossi.csv` in `lifelines` (MIT). Run with `--check` to
compare with what is committed.
"""

import csv
import io
import math
import random
import sys
from pathlib import Path

HERE = Path(__file__).parent


def normal(rng):
    """Box and Muller's."""
    return math.sqrt(-2 * math.log(1 - rng.random())) * math.cos(2 * math.pi * rng.random())


def poisson(rng, mean):
    """Knuth's: means here are small."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def gamma(rng, shape):
    """Marsaglia and Tsang's, for a shape of at least 1."""
    d = shape - 1 / 3
    c = 1 / math.sqrt(9 * d)
    while True:
        x = normal(rng)
        v = (1 + c * x) ** 3
        if v > 0 and math.log(1 - rng.random()) < 0.5 * x * x + d - d * v + d * math.log(v):
            return d * v


def persons(seed, rows, coarse, lean):
    """Persons with covariates, a programme they choose by them, and outcomes; `lean` moves who chooses."""
    rng = random.Random(seed)
    table = []
    for number in range(rows):
        age = round(min(75, max(18, 36 + 11 * normal(rng))), 0 if coarse else 1)
        prior = poisson(rng, 1.5 * gamma(rng, 1.2))
        sex = int(rng.random() < 0.3)
        race = rng.choices(range(4), weights=[4, 3, 2, 1])[0]
        housing = "" if rng.random() < 0.12 else rng.choices(range(3), weights=[3, 2, 1])[0]
        income = "" if rng.random() < 0.15 else round(900 * math.exp(0.6 * normal(rng)), 2)
        district = rng.choices(range(4), weights=[4, 3, 2, 1])[0]
        if coarse:
            age, prior, income, housing = 10 * (age // 10), min(prior, 2), 0.0, 0
        odds = lean + 0.03 * (age - 36) + 0.25 * prior + 0.5 * sex + 0.3 * (race == 1) - 0.2 * district
        programme = int(rng.random() < 1 / (1 + math.exp(-odds)))
        frailty = gamma(rng, 1.6) / 1.6
        days = 365 if rng.random() < 0.6 else rng.randrange(60, 365)
        rate = 1.4 * frailty * math.exp(0.12 * prior - 0.015 * (age - 36) - 0.4 * programme)
        before = poisson(rng, 1.4 * frailty * math.exp(0.12 * prior))
        felony = poisson(rng, rate * days / 365)
        wait = max(1, math.ceil(-math.log(1 - rng.random()) / rate * 365 / 7) * 7)
        event = int(wait <= days)
        table.append(
            dict(id=number, programme=programme, age=age, prior=prior, sex=sex, race=race, housing=housing,
                 income=income, district=district, before=before, felony=felony, rearrested=int(felony > 0),
                 days=days, time=min(wait, days), event=event, officer=rng.randrange(25))
        )
    return table


def months(seed):
    """Months of persons around an index month; two persons miss months."""
    rng = random.Random(seed)
    table = []
    for person in range(60):
        programme, level = int(person % 3 == 0), gamma(rng, 1.5)
        for month in range(-6, 7):
            if (person, month) in {(4, 5), (4, 6), (9, -6)}:
                continue
            effect = -0.5 if programme and month >= 0 else 0.0
            table.append(dict(person=person, programme=programme, month=month,
                              arrests=poisson(rng, 0.5 * level * math.exp(effect))))
    return table


def text(table):
    """As CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue()


TABLES = {
    "mixed.csv": lambda: persons(1, 400, False, -1.3),
    "coarse.csv": lambda: persons(2, 300, True, -1.0),
    "crowded.csv": lambda: persons(3, 260, False, 0.0),
    "months.csv": lambda: months(4),
}


def main():
    stale = []
    for name, make in TABLES.items():
        made, path = text(make()), HERE / name
        if "--check" in sys.argv:
            stale += [name] * (path.read_text() != made)
        else:
            path.write_text(made)
    sys.exit(f"not as committed: {', '.join(stale)}" if stale else 0)


if __name__ == "__main__":
    main()
