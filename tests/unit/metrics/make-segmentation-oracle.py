"""Makes segmentation-oracle.json: overlap, surface distance and lesions by scipy.

Run: python make-segmentation-oracle.py   (numpy, scipy)
"""
import json
import pathlib

import numpy as np
from scipy import ndimage

rng = np.random.default_rng(3)
everywhere = np.ones((3, 3, 3))
face = ndimage.generate_binary_structure(3, 1)


def blobs(shape, count, radius):
    mask = np.zeros(shape, bool)
    grid = np.indices(shape)
    for _ in range(count):
        centre = [rng.uniform(0, n) for n in shape]
        r = rng.uniform(0.6, 1.3) * radius
        mask |= sum(((g - c) / s) ** 2 for g, c, s in zip(grid, centre, (0.5, 1, 1.3))) < r * r
    return mask


def surface(mask):
    return mask & ~ndimage.binary_erosion(mask, face, border_value=0)


def scores(found, truth, spacing):
    both = (found & truth).sum()
    a, b = surface(found), surface(truth)
    to_a = ndimage.distance_transform_edt(~a, sampling=spacing)
    to_b = ndimage.distance_transform_edt(~b, sampling=spacing)
    distances = np.hstack((to_b[a], to_a[b]))
    lt, nt = ndimage.label(truth, everywhere)
    lf, nf = ndimage.label(found, everywhere)
    return {
        "dice": 2 * both / (found.sum() + truth.sum()),
        "iou": both / (found | truth).sum(),
        "hd95Mm": float(np.percentile(distances, 95)),
        "volumeError": (int(found.sum()) - int(truth.sum())) / int(truth.sum()),
        "lesionSensitivity": len(set(lt[found & truth].tolist())) / nt,
        "falsePositives": nf - len(set(lf[found & truth].tolist())),
    }


def runs(mask):
    """Lengths of alternating runs, beginning with zeros."""
    flat = mask.ravel().astype(np.int8)
    edges = np.flatnonzero(np.diff(flat)) + 1
    lengths = np.diff(np.concatenate(([0], edges, [flat.size])))
    return ([0] if flat[0] else []) + lengths.tolist()


cases = []
for shape, spacing, count, radius in [((9, 24, 31), (4.0, 0.8, 1.1), 7, 3.0), ((1, 40, 40), (1.0, 1.0, 1.0), 6, 4.0),
                                      ((14, 18, 16), (1.0, 1.5, 0.5), 9, 2.2)]:
    truth = blobs(shape, count, radius)
    found = np.roll(truth, (0, 1, -1), (0, 1, 2)) & ~blobs(shape, 2, radius) | blobs(shape, 3, radius * 0.8)
    cases.append({
        "size": {"slices": shape[0], "rows": shape[1], "columns": shape[2]},
        "spacing": spacing,
        "truth": runs(truth),
        "found": runs(found),
        "components": int(ndimage.label(truth, everywhere)[1]),
        "distanceSum": float(ndimage.distance_transform_edt(~truth, sampling=spacing).sum()),
        "scores": {k: float(v) for k, v in scores(found, truth, spacing).items()},
    })
pathlib.Path(__file__).with_name("segmentation-oracle.json").write_text(json.dumps(cases) + "\n")
