"""Reference values for align-landmarks.test.ts: rigid by the SVD (Kabsch), affine by numpy.linalg.lstsq.

Run: python landmarks.py > landmarks.json   (numpy and scipy)
"""

import json

import numpy as np
from scipy.spatial.transform import Rotation

random = np.random.default_rng(7)
cases = []
for model, count, noise in [("rigid", 3, 1.5), ("rigid", 6, 2.0), ("affine", 5, 1.0), ("affine", 9, 2.5)]:
    baseline = random.uniform([-90, -60, -120], [70, 110, 40], (count, 3))
    turn = Rotation.from_euler("xyz", random.uniform(-70, 70, 3), degrees=True).as_matrix()
    linear = turn @ (np.eye(3) + (random.uniform(-0.15, 0.15, (3, 3)) if model == "affine" else 0))
    follow_up = baseline @ linear.T + random.uniform(-40, 40, 3) + random.normal(0, noise, (count, 3))
    a, b = baseline - baseline.mean(0), follow_up - follow_up.mean(0)
    if model == "rigid":
        u, _, vt = np.linalg.svd(a.T @ b)
        found = vt.T @ np.diag([1, 1, np.sign(np.linalg.det(vt.T @ u.T))]) @ u.T
    else:
        found = np.linalg.lstsq(a, b, rcond=None)[0].T
    shift = follow_up.mean(0) - found @ baseline.mean(0)
    residuals = np.linalg.norm(baseline @ found.T + shift - follow_up, axis=1)
    cases.append(
        {
            "model": model,
            "pairs": [{"baseline": list(p), "followUp": list(q)} for p, q in zip(baseline, follow_up)],
            "transform": np.column_stack([found, shift]).tolist(),
            "residualsMm": residuals.tolist(),
        }
    )
print(json.dumps(cases, indent=1))
