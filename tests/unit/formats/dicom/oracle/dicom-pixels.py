"""Reference numbers for the pixels of DICOM files, by pydicom with the decoders pylibjpeg, pyjpegls and gdcm.

python3 -m venv v && v/bin/pip install pydicom numpy pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg pyjpegls python-gdcm
v/bin/python dicom-pixels.py SHARED_DATA > dicom-pixels.json

Values are physical ones (rescaled, or through the modality table), colours as RGB from 0 to 255, laid out
[frame, band, row, column]. `weighted` is the sum of value * (1 + index modulo 997), so that it tells an order from another.
"""
import json
import os
import sys
import warnings

import numpy as np
import pydicom
from pydicom.pixels import apply_color_lut, apply_modality_lut

warnings.simplefilter("ignore")
import logging

logging.getLogger("pydicom").setLevel(logging.CRITICAL)
root = sys.argv[1]


def physical(ds):
    values = ds.pixel_array
    frames = int(str(ds.get("NumberOfFrames", 1) or 1).rstrip("A") or 1)
    if frames == 1 and values.ndim == (2 if ds.SamplesPerPixel == 1 else 3):
        values = values[None]
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        values = np.stack([apply_color_lut(v, ds) for v in values])
        if values.dtype == np.uint16:
            values = values >> 8
        return np.moveaxis(values, -1, 1).astype(np.float64)
    if ds.SamplesPerPixel == 3:
        full = 2.0 ** ds.BitsStored - 1
        return np.moveaxis(values.astype(np.float64) * 255 / full, -1, 1)
    if "PixelRepresentation" in ds and ds.get("BitsStored", 16) < ds.get("BitsAllocated", 16) and values.dtype.kind in "iu":
        # Bits above the stored ones do not count.
        mask = (1 << ds.BitsStored) - 1
        values = values.astype(np.int64) & mask
        if ds.PixelRepresentation:
            values = np.where(values >= (mask + 1) // 2, values - mask - 1, values)
    if "SharedFunctionalGroupsSequence" in ds:
        out = []
        for i, value in enumerate(values):
            slope, intercept = 1.0, 0.0
            for group in [*ds.SharedFunctionalGroupsSequence, *ds.get("PerFrameFunctionalGroupsSequence", [None] * (i + 1))[i : i + 1]]:
                for item in (group or {}).get("PixelValueTransformationSequence", []):
                    slope, intercept = float(item.RescaleSlope), float(item.RescaleIntercept)
            out.append(value.astype(np.float64) * slope + intercept)
        return np.stack(out)[:, None]
    if "DoseGridScaling" in ds:
        return values.astype(np.float64)[:, None] * float(ds.DoseGridScaling)
    stored = values
    values = np.asarray(apply_modality_lut(values, ds), dtype=np.float64)
    if ds.get("Modality") in ("CT", "MR", "PT") and "PixelPaddingValue" in ds:
        padding = ds.PixelPaddingValue
        if ds.PixelRepresentation and padding > 32767:
            padding -= 65536
        values = np.where(stored == padding, np.nan, values)
    return values[:, None]


def by_position(ds, values):
    """Frames of enhanced objects along the normal."""
    groups = ds.get("PerFrameFunctionalGroupsSequence", [])
    if len(groups) < 2 or "PlanePositionSequence" not in groups[0]:
        return values
    first = groups[0].get("PlaneOrientationSequence") or ds.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence
    row, column = first[0].ImageOrientationPatient[:3], first[0].ImageOrientationPatient[3:]
    normal = np.cross(np.array(row, float), np.array(column, float))
    depth = [np.dot(normal, np.array(g.PlanePositionSequence[0].ImagePositionPatient, float)) for g in groups]
    return values[np.argsort(depth, kind="stable")]


def summary(values):
    flat = values.astype(np.float32).astype(np.float64).ravel()
    finite = np.nan_to_num(flat, nan=0.0)
    weights = 1 + np.arange(flat.size) % 997
    places = [0, flat.size // 7, flat.size // 3, flat.size // 2, (flat.size * 4) // 5, flat.size - 1]
    return {
        "shape": list(values.shape),
        "nan": int(np.isnan(flat).sum()),
        "sum": float(finite.sum()),
        "weighted": float((finite * weights).sum()),
        "min": float(np.nanmin(flat)),
        "max": float(np.nanmax(flat)),
        "places": places,
        "values": [None if np.isnan(flat[i]) else float(flat[i]) for i in places],
    }


def stack(folder):
    files = [os.path.join(folder, f) for f in os.listdir(folder) if f.endswith(".dcm")]
    sets = [pydicom.dcmread(f) for f in files]
    normal = np.cross(sets[0].ImageOrientationPatient[:3], sets[0].ImageOrientationPatient[3:])
    sets.sort(key=lambda ds: float(np.dot(normal, np.array(ds.ImagePositionPatient, float))))
    values = np.concatenate([physical(ds) for ds in sets])
    return {
        **summary(values),
        "first": [float(v) for v in sets[0].ImagePositionPatient],
        "last": [float(v) for v in sets[-1].ImagePositionPatient],
        "instances": [int(ds.InstanceNumber) for ds in sets],
    }


result = {"files": {}, "unreadable": {}, "series": {}}
for folder, _, names in sorted(os.walk(os.path.join(root, "dicom_objects"))):
    for name in sorted(names):
        path = os.path.join(folder, name)
        key = os.path.relpath(path, root).replace(os.sep, "/")
        if "TINY_ALPHA" in key:
            continue
        try:
            ds = pydicom.dcmread(path, force=True)
            if "Rows" not in ds or ds.get("Modality") == "SEG":
                continue
            result["files"][key] = {"syntax": ds.file_meta.get("TransferSyntaxUID", ""), **summary(by_position(ds, physical(ds)))}
        except Exception as error:
            result["unreadable"][key] = str(error).split("\n")[0][:160]
for key in (
    "mr_series_sag_anon",
    "ms_longitudinal_p01/dicom/study1/FLAIR_native",
    "ms_longitudinal_p01/dicom/study2/FLAIR_native",
    "ms_longitudinal_p01/dicom/study1/FLAIR_common_grid",
    "ms_longitudinal_p01/dicom/study2/FLAIR_common_grid",
):
    result["series"][key] = stack(os.path.join(root, key))
json.dump(result, sys.stdout, indent=1)
print()
