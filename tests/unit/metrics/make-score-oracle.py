"""Makes score-oracle.json: score intervals by scipy, combined over mapped classes by numpy.

Run: python make-score-oracle.py   (scipy 1.17, numpy 2.4)
"""
import json
import pathlib

import numpy as np
import scipy
from scipy.stats import binomtest, norm

level = 2 * norm.cdf(1.96) - 1
# Rows are the map, columns the reference. The second class shows no error in 12 samples, the fourth is never the truth.
n = np.array([[31, 2, 1, 0], [0, 12, 0, 0], [3, 1, 57, 0], [1, 0, 4, 0]])
area = np.array([812.5, 3970.25, 150.0, 77.5])
w = area / area.sum()


def wilson(hits, count):
    found = binomtest(int(hits), int(count)).proportion_ci(confidence_level=level, method="wilson")
    return found.low, found.high


def combined(hits):
    share = hits / n.sum(1)
    bounds = np.array([wilson(h, c) for h, c in zip(hits, n.sum(1))])
    value = (w * share).sum()
    low = value - np.sqrt(((w * (share - bounds[:, 0])) ** 2).sum())
    high = value + np.sqrt(((w * (bounds[:, 1] - share)) ** 2).sum())
    return [max(0.0, low), min(1.0, high)]


out = {
    "madeWith": f"scipy {scipy.__version__}, numpy {np.__version__}",
    "mapRows": n.tolist(),
    "area": area.tolist(),
    "wilson": [{"hits": h, "count": c, "bounds": wilson(h, c)} for h, c in [(0, 12), (12, 12), (1, 3), (57, 61), (0, 1)]],
    "classArea": [[b * area.sum() for b in combined(n[:, k])] for k in range(4)],
    "map": combined(np.diag(n)),
}
pathlib.Path(__file__).with_name("score-oracle.json").write_text(json.dumps(out, indent=1) + "\n")
