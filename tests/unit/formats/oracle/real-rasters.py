"""Reads the real rasters with GDAL (through rasterio), numpy and pyproj, and writes the numbers our readers must repeat.

Usage: python real-rasters.py DATA_FOLDER > real-rasters.json      (pip install rasterio pyproj numpy)
"""

import csv
import glob
import json
import os
import sys

import numpy as np
import pyproj
import rasterio
from rasterio.windows import Window

root = sys.argv[1]


def masked(dataset, band, window=None):
    values = dataset.read(band, window=window).astype("float64")
    if dataset.nodata is not None:
        values[values == dataset.nodata] = np.nan
    return values * dataset.scales[band - 1] + dataset.offsets[band - 1]


def summary(values):
    good = values[~np.isnan(values)]
    # The weights make the sum depend on the place of every value.
    weights = np.arange(values.size) % 97 + 1
    weighted = float(np.nansum(values.ravel() * weights))
    return {"nan": int(np.isnan(values).sum()), "sum": float(good.sum()), "weighted": weighted}


def raster(path, bands, window):
    with rasterio.open(os.path.join(root, path)) as d:
        return {
            "path": path,
            "width": d.width,
            "height": d.height,
            "bands": d.count,
            "dtype": d.dtypes[0],
            "geoTransform": list(d.transform.to_gdal()),
            "epsg": d.crs.to_epsg(),
            "full": {str(b): summary(masked(d, b)) for b in bands},
            "window": window,
            "windowValues": {
                str(b): masked(d, b, Window(window[1], window[0], window[3], window[2])).ravel().tolist() for b in bands
            },
        }


def modis():
    folder = "modis_mt_dtwsat"
    rasters = [
        raster(f"{folder}/{band}.tif", [1, 60, 137], [3, 5, 2, 3])
        for band in ["blue", "doy", "evi", "mir", "ndvi", "nir", "red"]
    ]
    with rasterio.open(os.path.join(root, folder, "red.tif")) as d:
        series = d.read(window=Window(11, 20, 1, 1)).ravel().tolist()
        # With pyproj rather than proj4, so that the projection is checked too.
        to_map = pyproj.Transformer.from_crs(4326, d.crs, always_xy=True)
        with open(os.path.join(root, folder, "samples.csv")) as f:
            places = [(float(r["longitude"]), float(r["latitude"])) for r in csv.DictReader(f)]
        xs, ys = to_map.transform([p[0] for p in places], [p[1] for p in places])
        pixels = [~d.transform * (x, y) for x, y in zip(xs, ys)]
    return {
        "rasters": rasters,
        "redSeriesRow20Column11": series,
        "samplePixels": [[round(c, 6), round(r, 6)] for c, r in pixels],
    }


def landsat():
    folder = os.path.join(root, "landsat8_ny_gdalcubes")
    paths = sorted(glob.glob(f"{folder}/*/*.TIF"))
    grids = {}
    for path in paths:
        with rasterio.open(path) as d:
            grids[os.path.basename(path)] = [d.width, d.height, *d.transform.to_gdal()]
    some = [p for p in paths if "20180106_B4" in p or "20180106_B8" in p or "013032_20181201_BQA" in p]
    return {
        "rasters": [raster(os.path.relpath(p, root), [1], [40, 30, 3, 2]) for p in some],
        "grids": grids,
    }


def corpus():
    result = {}
    for path in sorted(glob.glob(os.path.join(root, "malformed_tiff/images/**/*.tif*"), recursive=True)):
        try:
            with rasterio.open(path) as d:
                if d.dtypes[0].startswith("complex"):
                    continue
                result[os.path.relpath(path, root)] = {
                    "width": d.width,
                    "height": d.height,
                    "bands": d.count,
                    "dtype": d.dtypes[0],
                    "photometric": str(d.photometric),
                    "compression": str(d.compression),
                    "full": {str(b): summary(d.read(b).astype("float64")) for b in range(1, d.count + 1)},
                }
        except Exception as error:
            result[os.path.relpath(path, root)] = {"error": type(error).__name__}
    return result


def patch():
    folder = os.path.join(root, "s2_eolearn_patch")
    result = {}
    for path in sorted(glob.glob(f"{folder}/**/*.npy", recursive=True)):
        values = np.load(path).astype("float64")
        entry = {"shape": list(values.shape), "dtype": str(np.load(path).dtype), **summary(values)}
        if values.ndim == 4:
            entry["series"] = np.where(np.isnan(values[:, 60, 17, 0]), None, values[:, 60, 17, 0]).tolist()
            entry["window"] = np.where(np.isnan(values[5, 2:4, 7:10, 0]), None, values[5, 2:4, 7:10, 0]).ravel().tolist()
        result[os.path.relpath(path, folder)] = entry
    return result


json.dump(
    {"modis": modis(), "landsat": landsat(), "corpus": corpus(), "patch": patch()}, sys.stdout, indent=1, allow_nan=False
)
