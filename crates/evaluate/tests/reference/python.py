#!/usr/bin/env python3
"""Makes `python.json`: a second opinion from statsmodels and lifelines. `--check` compares with what is committed.

Needs the versions in `requirements.txt`; the tests of the crate do not need Python.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import lifelines
import numpy as np
import pandas as pd
import statsmodels.api as sm
from lifelines.statistics import multivariate_logrank_test

HERE = Path(__file__).parent


def numbers(values):
    """As a list."""
    return [float(value) for value in np.asarray(values).ravel()]


def main():
    mixed, rossi = pd.read_csv(HERE / "mixed.csv"), pd.read_csv(HERE / "rossi.csv")
    x = sm.add_constant(mixed[["programme", "age", "prior"]])
    offset = np.log(mixed.days / 365)
    values = {}
    logit = sm.Logit(mixed.rearrested, x).fit(disp=0, method="newton", tol=1e-14, maxiter=100)
    values["logistic"] = {"coefficients": numbers(logit.params), "se": numbers(logit.bse)}
    poisson = sm.GLM(mixed.felony, x, family=sm.families.Poisson(), offset=offset)
    plain = poisson.fit(tol=1e-14, maxiter=100)
    robust = poisson.fit(tol=1e-14, maxiter=100, cov_type="cluster", cov_kwds={"groups": mixed.officer.to_numpy()})
    values["poisson"] = {"coefficients": numbers(plain.params), "se": numbers(plain.bse), "clustered": numbers(robust.bse)}
    linear = sm.OLS(mixed.felony, x)
    robust = linear.fit(cov_type="cluster", cov_kwds={"groups": mixed.officer.to_numpy()})
    values["linear"] = {"coefficients": numbers(robust.params), "se": numbers(linear.fit().bse), "clustered": numbers(robust.bse)}
    cox = lifelines.CoxPHFitter()
    cox.fit(rossi, "week", "arrest", fit_options={"precision": 1e-12, "max_steps": 100})
    values["rossi"] = {"coefficients": numbers(cox.params_), "se": numbers(cox.standard_errors_),
                       "log_likelihood": float(cox.log_likelihood_)}
    curve = lifelines.KaplanMeierFitter().fit(rossi.week, rossi.arrest)
    times = np.sort(rossi.week[rossi.arrest == 1].unique())
    interval = curve.confidence_interval_survival_function_.loc[times]
    values["curve"] = {"time": numbers(times), "survival": numbers(curve.survival_function_.loc[times]),
                       "lower": numbers(interval.iloc[:, 0]), "upper": numbers(interval.iloc[:, 1])}
    rank = multivariate_logrank_test(mixed.time, mixed.race, mixed.event)
    values["rank"] = {"chi_square": float(rank.test_statistic), "p": float(rank.p_value)}
    names = ("lifelines", "numpy", "pandas", "statsmodels")
    made = {"versions": {name: version(name) for name in names}, "values": values}
    path = HERE / "python.json"
    if "--check" not in sys.argv:
        path.write_text(json.dumps(made, indent=1) + "\n")
        return
    known = json.loads(path.read_text())["values"]
    for name, parts in values.items():
        for key, value in parts.items():
            if not np.allclose(value, known[name][key], rtol=1e-8):
                sys.exit(f"not as committed: {name} {key}")


if __name__ == "__main__":
    main()
