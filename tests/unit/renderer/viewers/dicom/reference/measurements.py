"""Numbers of measurements on real slices, computed with pydicom and numpy alone.

Run: python measurements.py <folder mr_series_sag_anon> > measurements.json
A pixel belongs to a region when its middle lies inside; points are [column, row] with (0, 0) at the corner of the first pixel.
"""
import json
import math
import pathlib
import sys

import numpy as np
import pydicom

folder = pathlib.Path(sys.argv[1])
name = sorted(path.name for path in folder.glob('*.dcm'))[40]
image = pydicom.dcmread(folder / name)
pixels = image.pixel_array.astype(np.float64)
row_mm, column_mm = (float(x) for x in image.PixelSpacing)
rows, columns = np.mgrid[0 : image.Rows, 0 : image.Columns] + 0.5


def polygon_mask(points):
    """Winding number by summed angles: not the crossing rule of the program."""
    total = np.zeros(pixels.shape)
    for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1]):
        a = np.stack([x1 - columns, y1 - rows])
        b = np.stack([x2 - columns, y2 - rows])
        total += np.arctan2(a[0] * b[1] - a[1] * b[0], (a * b).sum(0))
    return np.abs(total) > math.pi


def statistics(mask):
    inside = pixels[mask]
    return {
        'pixels': int(inside.size),
        'mean': float(inside.mean()),
        'deviation': float(inside.std()),
        'minimum': float(inside.min()),
        'maximum': float(inside.max()),
    }


def millimetres(a, b):
    return math.hypot((a[0] - b[0]) * column_mm, (a[1] - b[1]) * row_mm)


def rectangle(points):
    (x1, y1), (x2, y2) = points
    mask = (columns >= min(x1, x2)) & (columns <= max(x1, x2)) & (rows >= min(y1, y2)) & (rows <= max(y1, y2))
    return {'area': abs(x2 - x1) * abs(y2 - y1) * row_mm * column_mm, 'region': statistics(mask)}


def ellipse(points):
    (x1, y1), (x2, y2) = points
    half_x, half_y = abs(x2 - x1) / 2, abs(y2 - y1) / 2
    mask = np.hypot((columns - (x1 + x2) / 2) / half_x, (rows - (y1 + y2) / 2) / half_y) <= 1
    return {'area': math.pi * half_x * column_mm * half_y * row_mm, 'region': statistics(mask)}


def freehand(points):
    x, y = np.array(points).T
    area = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    return {'area': float(area) * row_mm * column_mm, 'region': statistics(polygon_mask(points))}


def angle(points):
    a, corner, b = (np.array([x * column_mm, y * row_mm]) for x, y in points)
    first, second = a - corner, b - corner
    return {'degrees': abs(math.degrees(math.atan2(first[0] * second[1] - first[1] * second[0], np.dot(first, second))))}


def bidirectional(points):
    return {'length': millimetres(*points[:2]), 'shortLength': millimetres(*points[2:])}


cases = [
    ('length', [[60.25, 70.5], [180.75, 122.125]], lambda p: {'length': millimetres(*p)}),
    ('bidirectional', [[60, 70], [180, 120], [110.5, 119], [128, 77]], bidirectional),
    ('angle', [[50.5, 60], [90, 110.25], [170, 95]], angle),
    ('rectangle', [[150.3, 140.2], [90.7, 60.9]], rectangle),
    ('ellipse', [[70.2, 80.4], [161.9, 133.3]], ellipse),
    ('freehand', [[80.137, 60.221], [150.413, 75.919], [140.257, 150.743], [110.611, 100.331], [70.829, 140.167]], freehand),
]
json.dump(
    {
        'file': name,
        'spacing': [row_mm, column_mm],
        'orientation': [float(x) for x in image.ImageOrientationPatient],
        'position': [float(x) for x in image.ImagePositionPatient],
        'rows': int(image.Rows),
        'columns': int(image.Columns),
        'cases': [{'kind': kind, 'points': points, 'numbers': compute(points)} for kind, points, compute in cases],
        # Place in the patient of the middle of pixel (column 100, row 50).
        'pixel': {
            'column': 100,
            'row': 50,
            'place': [
                float(x)
                for x in np.array(image.ImagePositionPatient, float)
                + np.array(image.ImageOrientationPatient[:3], float) * 100 * column_mm
                + np.array(image.ImageOrientationPatient[3:], float) * 50 * row_mm
            ],
            'value': float(pixels[50, 100]),
        },
        'percentiles': [float(x) for x in np.percentile(pixels, [1, 99])],
    },
    sys.stdout,
    indent=1,
)
