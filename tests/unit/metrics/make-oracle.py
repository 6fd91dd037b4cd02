"""Makes oracle.json: metrics by scikit-learn on asymmetric random data, and Olofsson's example by numpy.

Run: python make-oracle.py   (scikit-learn 1.9.1, numpy 2.4)
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn import metrics

rng = np.random.default_rng(20240914)
labels = ["Cotton-fallow", "Forest", "Soybean-cotton", "never"]

# Truth never holds class 3 and prediction never holds class 0: both zero divisions occur.
truth = rng.choice(3, size=47, p=[0.2, 0.5, 0.3])
predicted = np.where(rng.random(47) < 0.55, truth, rng.choice(4, size=47))
predicted = np.where(predicted == 0, 2, predicted)
scores = rng.random((47, 4)).round(3) + np.eye(4)[predicted] * 0.4

precision, recall, f1, support = metrics.precision_recall_fscore_support(
    truth, predicted, labels=range(4), zero_division=0)
classification = {
    "labels": labels,
    "truth": truth.tolist(),
    "predicted": predicted.tolist(),
    "scores": scores.ravel().tolist(),
    "confusion": metrics.confusion_matrix(truth, predicted, labels=range(4)).tolist(),
    "overallAccuracy": metrics.accuracy_score(truth, predicted),
    "macroF1": metrics.f1_score(truth, predicted, average="macro", zero_division=0),
    "kappa": metrics.cohen_kappa_score(truth, predicted),
    "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(),
    "top2": metrics.top_k_accuracy_score(truth, scores, k=2, labels=range(4)),
    "top3": metrics.top_k_accuracy_score(truth, scores, k=3, labels=range(4)),
}

y = rng.normal(3, 2, 31)
p = y * 0.8 + rng.normal(0.4, 0.7, 31)
regression = {
    "truth": y.tolist(), "predicted": p.tolist(),
    "rmse": metrics.root_mean_squared_error(y, p), "mae": metrics.mean_absolute_error(y, p),
    "r2": metrics.r2_score(y, p), "bias": float((p - y).mean()),
}

# Olofsson et al. 2014, section 5: rows of n are the map, columns the reference; areas in pixels of 0.09 ha.
n = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]], float)
area = np.array([200000, 150000, 3200000, 6450000], float)
w, ni = area / area.sum(), n.sum(1)
p_ij = w[:, None] * n / ni[:, None]
share = p_ij.sum(0)
share_se = np.sqrt(((w[:, None] * p_ij - p_ij**2) / (ni[:, None] - 1)).sum(0))  # second form of equation 10
user, producer = np.diag(p_ij) / p_ij.sum(1), np.diag(p_ij) / share
user_se = np.sqrt(user * (1 - user) / (ni - 1))
producer_se = []
for j in range(4):  # equation 7, in counts of pixels as printed
    first = area[j] ** 2 * (1 - producer[j]) ** 2 * user[j] * (1 - user[j]) / (ni[j] - 1)
    rest = sum(area[i] ** 2 * n[i, j] / ni[i] * (1 - n[i, j] / ni[i]) / (ni[i] - 1) for i in range(4) if i != j)
    total = sum(area[i] / ni[i] * n[i, j] for i in range(4))
    producer_se.append(float(np.sqrt((first + producer[j] ** 2 * rest) / total**2)))
olofsson = {
    "mapRows": n.astype(int).tolist(), "mappedAreaPixels": area.astype(int).tolist(),
    "areaPixels": (share * area.sum()).tolist(), "areaPixelsStandardError": (share_se * area.sum()).tolist(),
    "users": user.tolist(), "usersStandardError": user_se.tolist(),
    "producers": producer.tolist(), "producersStandardError": producer_se,
    "overall": float(np.trace(p_ij)),
    "overallStandardError": float(np.sqrt((w**2 * user * (1 - user) / (ni - 1)).sum())),
}

out = {"madeWith": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
       "classification": classification, "regression": regression, "olofsson": olofsson}
pathlib.Path(__file__).with_name("oracle.json").write_text(json.dumps(out, indent=1) + "\n")
