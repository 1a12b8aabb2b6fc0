"""Clusters as users of a pairwise linker make them, judged against the truth.

A threshold turns scored pairs into connected components. Judged are all pairs
inside the components (transitive closure included), split into pairs across and
within sources, and B-cubed: precision and recall of each record's own cluster,
averaged over records (Bagga and Baldwin 1998).
"""
import numpy as np
from common import prf


def pairs_of(counts):
    counts = counts.astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())


def group_sizes(*keys):
    """(sizes, index of the first row of each) of the groups of rows equal in all `keys` (small non-negative ints)."""
    k = np.zeros(len(keys[0]), np.int64)
    for x in keys:
        k = k * (int(x.max()) + 1) + x
    _, first, n = np.unique(k, return_index=True, return_counts=True)
    return n, first


class Truth:
    """Entity and source of every record, with the counts that no clustering changes."""

    def __init__(self, entities, sources):
        self.entity = np.unique(np.asarray(entities), return_inverse=True)[1]
        self.source = np.asarray(sources, np.int64)
        self.entity_size = np.bincount(self.entity)
        self.all = pairs_of(self.entity_size)
        self.within = pairs_of(group_sizes(self.entity, self.source)[0])

    def score(self, label):
        """Pair and B-cubed figures of the clustering `label` (an int per record)."""
        size = np.bincount(label)
        both, first = group_sizes(label, self.entity)
        within_true = pairs_of(group_sizes(label, self.entity, self.source)[0])
        within_all = pairs_of(group_sizes(label, self.source)[0])
        tp, pred, n = pairs_of(both), pairs_of(size), len(label)
        sq = both.astype(float) ** 2
        p = float((sq / size[label[first]]).sum()) / n
        r = float((sq / self.entity_size[self.entity[first]]).sum()) / n
        out = {"all": prf(tp, pred, self.all),
               "bcubed": {"precision": round(p, 5), "recall": round(r, 5), "f1": round(2 * p * r / (p + r), 5)},
               "clusters": int((size > 0).sum()), "largest": int(size.max())}
        if self.source.max() > 0:
            out["across"] = prf(tp - within_true, pred - within_all, self.all - self.within)
            out["within"] = prf(within_true, within_all, self.within)
        return out


class Components:
    """Union-find over records, fed with pairs by falling score."""

    def __init__(self, n):
        self.parent = list(range(n))

    def root(self, x):
        p = self.parent
        while p[x] != x:
            p[x] = p[p[x]]
            x = p[x]
        return x

    def join(self, left, right):
        for x, y in zip(left, right):
            x, y = self.root(x), self.root(y)
            if x != y:
                self.parent[max(x, y)] = min(x, y)

    def labels(self):
        p = np.array(self.parent, np.int64)
        while True:
            q = p[p]
            if (q == p).all():
                return p
            p = q


def judge(i, j, score, entities, sources, fixed, step=0.25):
    """Scores the components at each threshold of a grid of `step`, and at the `fixed` ones {name: threshold}.

    "best" is the threshold with the highest F1 of all pairs, "best_bcubed" that with the highest
    B-cubed F1; both are chosen WITH the truth, so they bound what any threshold rule can reach.
    """
    truth, score = Truth(entities, sources), np.asarray(score, float)
    o = np.argsort(-score, kind="stable")
    s, a, b = score[o], np.asarray(i)[o], np.asarray(j)[o]
    grid = np.arange(np.floor(s[-1] / step), np.ceil(s[0] / step) + 1) * step if len(s) else np.zeros(1)
    cuts = sorted({float(x) for x in grid} | {float(x) for x in fixed.values()}, reverse=True)
    comp, at, last, out, best, best3 = Components(len(truth.entity)), 0, None, {}, None, None
    for t in cuts:
        end = int(np.searchsorted(-s, -t, side="right"))
        if last is None or end > at:
            comp.join(a[at:end].tolist(), b[at:end].tolist())
            at, last = end, truth.score(comp.labels())
        m = {"threshold": round(t, 4), **last}
        for name, x in fixed.items():
            if x == t:
                out[name] = m
        if best is None or m["all"]["f1"] > best["all"]["f1"]:
            best = m
        if best3 is None or m["bcubed"]["f1"] > best3["bcubed"]["f1"]:
            best3 = m
    return {"best": best, "best_bcubed": best3, **out,
            "true_pairs": {"all": truth.all, "within": truth.within, "across": truth.all - truth.within}}
