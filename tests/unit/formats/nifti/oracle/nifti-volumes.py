"""Reference numbers for NIfTI files, by nibabel; also makes small files of other kinds for the tests.

python3 -m venv v && v/bin/pip install nibabel numpy
v/bin/python nifti-volumes.py SHARED_DATA FOLDER_FOR_FILES > nifti-volumes.json

`weighted` is the sum of value * (1 + index modulo 997) over the values laid out [slice, row, column] as in the file.
The made files are committed beside this script, gzipped where they are.
"""
import json
import os
import sys

import nibabel as nib
import numpy as np

root, out = sys.argv[1:3]


def summary(path):
    image = nib.load(path)
    values = np.asarray(image.get_fdata(dtype=np.float64))
    while values.ndim < 4:
        values = values[..., None]
    flat = values.transpose(3, 2, 1, 0).astype(np.float32).astype(np.float64).ravel()
    weights = 1 + np.arange(flat.size) % 997
    affine = image.affine
    shape = values.shape
    corner = lambda *voxel: [float(v) for v in (affine @ np.array([*voxel, 1.0]))[:3]]
    return {
        "shape": list(shape),
        "sum": float(flat.sum()),
        "weighted": float((flat * weights).sum()),
        "first": corner(0, 0, 0),
        "last": corner(shape[0] - 1, shape[1] - 1, shape[2] - 1),
        "affine": affine.tolist(),
    }


os.makedirs(out, exist_ok=True)
rng = np.random.default_rng(7)
turned = np.array([[0, -2.5, 0.1, 30], [-0.9, 0, 0, 40], [0.0, 0.04, 3.0, -20], [0, 0, 0, 1.0]])
ras = np.diag([0.9, 1.1, 2.0, 1.0])
ras[:3, 3] = [-3, -5, 7]


def save(name, values, affine, kind=nib.Nifti1Image, slope=None, qform=None):
    image = kind(values, affine)
    if slope:
        image.header.set_slope_inter(*slope)
    if qform is not None:
        image.set_sform(affine, 0)
        image.set_qform(qform, 1)
    nib.save(image, os.path.join(out, name))


save("ras_int16.nii", rng.integers(-900, 900, (5, 4, 3)).astype(np.int16), ras)
save("qform_uint8.nii.gz", rng.integers(0, 255, (4, 6, 3)).astype(np.uint8), ras, qform=turned)
save("four_d_float32.nii.gz", rng.normal(size=(4, 3, 2, 5)).astype(np.float32), turned)
save("nifti2_float64.nii", rng.normal(size=(3, 4, 2)), ras, nib.Nifti2Image)
save("pair_uint16.img", rng.integers(0, 65535, (3, 5, 2)).astype(np.uint16), ras, nib.Nifti1Pair)
big = nib.Nifti1Image(rng.integers(-900, 900, (3, 4, 2)).astype(">i2"), ras, nib.Nifti1Header(endianness=">"))
nib.save(big, os.path.join(out, "big_endian.nii"))
scaled = nib.Nifti1Image(rng.integers(0, 200, (4, 3, 2)).astype(np.uint8), ras)
path = os.path.join(out, "scaled_uint8.nii")
nib.save(scaled, path)
with open(path, "r+b") as file:
    file.seek(112)
    file.write(np.array([0.5, -10], "<f4").tobytes())

result = {"made": {}, "real": {}}
for name in sorted(os.listdir(out)):
    if name.endswith((".nii", ".nii.gz", ".img")):
        result["made"][name] = summary(os.path.join(out, name))
folder = os.path.join(root, "ms_longitudinal_p01", "nifti")
for name in sorted(os.listdir(folder)):
    if name.endswith(".nii.gz"):
        result["real"][name] = summary(os.path.join(folder, name))
json.dump(result, sys.stdout, indent=1)
print()
