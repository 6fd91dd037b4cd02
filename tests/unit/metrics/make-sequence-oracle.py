"""Makes sequence-oracle.json: video quality by scikit-image, average precision as the ActivityNet evaluation computes it, and the
segmental scores as the evaluation of MS-TCN computes them (both rewritten here from their public descriptions).

Run: python make-sequence-oracle.py   (numpy, scikit-image)
"""
import json
import pathlib

import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

rng = np.random.default_rng(7)


def frame(h, w, c, noise):
    y, x = np.mgrid[0:h, 0:w]
    base = 0.5 + 0.4 * np.sin(x / 3.1)[..., None] * np.cos(y / 2.3)[..., None] * np.linspace(1, 0.4, c)
    other = np.clip(base + noise * rng.standard_normal((h, w, c)), 0, 1)
    return base.astype(np.float32), other.astype(np.float32)


quality = []
for h, w, c, noise in [(16, 21, 1, 0.05), (7, 9, 1, 0.4), (12, 12, 3, 0.1)]:
    truth, predicted = frame(h, w, c, noise)
    t, p = truth.astype(np.float64), predicted.astype(np.float64)
    quality.append({
        "size": {"height": h, "width": w, "channels": c},
        "truth": [round(float(v), 9) for v in truth.ravel()],
        "predicted": [round(float(v), 9) for v in predicted.ravel()],
        "mse": float(((t - p) ** 2).sum()),
        "mae": float(np.abs(t - p).sum()),
        "psnr": float(peak_signal_noise_ratio(t, p, data_range=1.0)),
        "ssim": float(structural_similarity(t, p, data_range=1.0, channel_axis=-1)),
    })


def tiou(a, b):
    inter = max(0.0, min(a[1], b[1]) - max(a[0], b[0]))
    union = (a[1] - a[0]) + (b[1] - b[0]) - inter
    return inter / union


def average_precision(videos, label, threshold):
    truth = {v: [x for x in video["truth"] if x["label"] == label] for v, video in enumerate(videos)}
    positives = sum(len(x) for x in truth.values())
    predictions = [(p["score"], v, p) for v, video in enumerate(videos) for p in video["found"] if p["label"] == label]
    predictions.sort(key=lambda x: -x[0])
    locked = {v: [False] * len(x) for v, x in truth.items()}
    tp, fp = np.zeros(len(predictions)), np.zeros(len(predictions))
    for i, (_, v, p) in enumerate(predictions):
        overlaps = np.array([tiou((g["start"], g["end"]), (p["start"], p["end"])) for g in truth[v]])
        for j in np.argsort(-overlaps):
            if overlaps[j] < threshold:
                fp[i] = 1
                break
            if locked[v][j]:
                continue
            tp[i] = 1
            locked[v][j] = True
            break
        if not tp[i] and not fp[i]:
            fp[i] = 1
    precision = np.cumsum(tp) / (np.cumsum(tp) + np.cumsum(fp))
    recall = np.cumsum(tp) / positives
    mprec = np.hstack([[0], precision, [0]])
    mrec = np.hstack([[0], recall, [1]])
    for i in range(len(mprec) - 1)[::-1]:
        mprec[i] = max(mprec[i], mprec[i + 1])
    idx = np.where(mrec[1::] != mrec[0:-1])[0] + 1
    return float(np.sum((mrec[idx] - mrec[idx - 1]) * mprec[idx]))


videos = []
for v in range(6):
    truth, found = [], []
    at = 0.0
    for _ in range(rng.integers(2, 6)):
        start = at + rng.uniform(0.5, 3)
        end = start + rng.uniform(1, 6)
        at = end
        label = str(rng.choice(["walk", "wave", "circle"]))
        truth.append({"label": label, "start": round(start, 3), "end": round(end, 3)})
        for _ in range(rng.integers(0, 3)):
            shift = rng.normal(0, 1.0, 2)
            guess = label if rng.random() < 0.75 else str(rng.choice(["walk", "wave", "circle"]))
            a, b = start + shift[0], max(end + shift[1], start + shift[0] + 0.2)
            found.append({"label": guess, "start": round(a, 3), "end": round(b, 3), "score": round(float(rng.random()), 6)})
    videos.append({"truth": truth, "found": found})
precision = [
    {"label": label, "threshold": t, "value": average_precision(videos, label, t)}
    for label in ["walk", "wave", "circle"]
    for t in [0.3, 0.5, 0.7]
]


def labels_start_end(frames, background):
    labels, starts, ends = [], [], []
    last = None
    for i, f in enumerate(frames):
        if f != last:
            if last is not None and last != background:
                ends.append(i)
            if f != background:
                labels.append(f)
                starts.append(i)
            last = f
    if last != background:
        ends.append(len(frames))
    return labels, starts, ends


def edit(recognized, truth, background):
    p, _, _ = labels_start_end(recognized, background)
    y, _, _ = labels_start_end(truth, background)
    d = np.zeros((len(p) + 1, len(y) + 1))
    d[:, 0] = np.arange(len(p) + 1)
    d[0, :] = np.arange(len(y) + 1)
    for j in range(1, len(y) + 1):
        for i in range(1, len(p) + 1):
            d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (y[j - 1] != p[i - 1]))
    return float((1 - d[-1, -1] / max(len(p), len(y))) * 100)


def f1(recognized, truth, overlap, background):
    pl, ps, pe = labels_start_end(recognized, background)
    yl, ys, ye = labels_start_end(truth, background)
    tp = fp = 0
    hits = np.zeros(len(yl))
    for j in range(len(pl)):
        intersection = np.minimum(pe[j], ye) - np.maximum(ps[j], ys)
        union = np.maximum(pe[j], ye) - np.minimum(ps[j], ys)
        iou = (1.0 * intersection / union) * np.array([pl[j] == yl[x] for x in range(len(yl))])
        idx = int(np.array(iou).argmax())
        if iou[idx] >= overlap and not hits[idx]:
            tp += 1
            hits[idx] = 1
        else:
            fp += 1
    fn = len(yl) - hits.sum()
    return float(2 * tp / (2 * tp + fp + fn))


segments = []
for _ in range(4):
    truth, found = [], []
    while len(truth) < 80:
        label = str(rng.choice(["none", "walk", "wave", "circle"]))
        truth += [label] * int(rng.integers(4, 16))
    truth = truth[:80]
    found = list(np.roll(truth, int(rng.integers(-2, 3))))
    for _ in range(6):
        at = int(rng.integers(0, 76))
        found[at:at + 4] = [str(rng.choice(["none", "walk", "wave", "circle"]))] * 4
    found = [str(x) for x in found]
    segments.append({
        "truth": truth,
        "found": found,
        "edit": edit(found, truth, "none"),
        "f1": {str(k): f1(found, truth, k, "none") for k in [0.1, 0.25, 0.5]},
    })

out = {"quality": quality, "videos": videos, "precision": precision, "segments": segments}
pathlib.Path(__file__).with_name("sequence-oracle.json").write_text(json.dumps(out) + "\n")
