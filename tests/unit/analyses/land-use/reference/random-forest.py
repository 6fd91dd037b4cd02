"""Makes random-forest.json: what a random forest and the majority class reach on modis_mt_dtwsat, in the folds of
folds.json, and a few samples' series as an independent check of reading and resampling.

Run: python random-forest.py path/to/modis_mt_dtwsat
Needs numpy, scikit-learn, tifffile, imagecodecs. Features: 23 dates x 6 bands, from the first day of the sample's
interval every 16 days, by numpy.interp over the observations up to 16 days around it (NaN left out).
"""
import csv
import datetime
import json
import pathlib
import sys

import numpy as np
import sklearn
import tifffile
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import cohen_kappa_score, f1_score

here, data = pathlib.Path(__file__).parent, pathlib.Path(sys.argv[1])
bands = ["blue", "red", "nir", "mir", "ndvi", "evi"]
stack = np.stack([tifffile.imread(data / f"{band}.tif") for band in bands])  # [band, row, column, frame]
stack = np.where(stack < -1e300, np.nan, stack)


def day(text):
    return datetime.date.fromisoformat(text).toordinal()


days = np.array([day(line) for line in (data / "timeline").read_text().split()])
rows = list(csv.DictReader(open(data / "samples.csv")))
folds = json.loads((here / "folds.json").read_text())

# The sinusoidal projection by its formula, as a check of the pixels that our own code found.
radius, size, left, top = 6371007.181, 231.6563582640091, -6089550.683386912, -1332950.720197616
features = []
for row, (column, line) in zip(rows, folds["pixels"], strict=True):
    latitude, longitude = np.radians(float(row["latitude"])), np.radians(float(row["longitude"]))
    x, y = radius * longitude * np.cos(latitude), radius * latitude
    assert (int((x - left) // size), int((top - y) // size)) == (column, line), row
    targets = day(row["from"]) + 16 * np.arange(23)
    near = (days >= targets[0] - 16) & (days <= targets[-1] + 16)
    series = []
    for band in range(len(bands)):
        values = stack[band, line, column, near]
        valid = ~np.isnan(values)
        series.append(np.interp(targets, days[near][valid], values[valid]))
    features.append(np.array(series).T)  # [frame, band]
features = np.array(features)
flat = features.reshape(len(rows), -1)
truth = np.array([row["label"] for row in rows])


def scores(predicted):
    return {"overallAccuracy": float((predicted == truth).mean()),
            "macroF1": float(f1_score(truth, predicted, average="macro", zero_division=0)),
            "kappa": float(cohen_kappa_score(truth, predicted))}


def cross_validate(make, fold):
    predicted = np.empty_like(truth)
    for k in range(5):
        predicted[fold == k] = make().fit(flat[fold != k], truth[fold != k]).predict(flat[fold == k])
    return scores(predicted) | {"perFold": [float((predicted == truth)[fold == k].mean()) for k in range(5)]}


result = []
for seed, fold in enumerate(np.array(folds["folds"])):
    forest = cross_validate(lambda: RandomForestClassifier(500, random_state=seed, n_jobs=2), fold)
    same = cross_validate(lambda: RandomForestClassifier(500, random_state=seed, n_jobs=2), np.array(folds["folds"][0]))
    majority = cross_validate(lambda: DummyClassifier(strategy="most_frequent"), fold)
    print(seed, forest, majority, flush=True)
    result.append({"seed": seed, "randomForest": forest, "randomForestInFoldsOfSeed0": same["overallAccuracy"], "majority": majority})

picked = [0, 1, 77, 300, 602]
out = {"madeWith": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, tifffile {tifffile.__version__}",
       "features": "23 dates x 6 bands (blue red nir mir ndvi evi)", "trees": 500, "seeds": result,
       "samples": [{"index": i, "series": features[i].ravel().round(9).tolist()} for i in picked]}
(here / "random-forest.json").write_text(json.dumps(out) + "\n")
