"""Writes small rasters with GDAL (through rasterio) in many encodings, and the numbers GDAL reads from them.

Usage: python gdal-rasters.py > gdal-rasters.json      (pip install rasterio numpy)
"""

import base64
import json
import os
import sys
import tempfile

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import Affine

random = np.random.default_rng(7)
result = {}


def smooth(dtype, bands, height, width):
    row, column = np.mgrid[0:height, 0:width]
    planes = []
    for band in range(bands):
        values = 40 * np.sin(row / 5 + band) + 3 * column + random.integers(0, 4, (height, width))
        if np.dtype(dtype).kind == "u":
            values = np.abs(values)
        planes.append(values)
    return np.array(planes).astype(dtype)


def summary(values):
    weights = np.arange(values.size) % 97 + 1
    return {
        "nan": int(np.isnan(values).sum()),
        "sum": float(np.nansum(values)),
        "weighted": float(np.nansum(values.ravel() * weights)),
    }


def make(name, dtype="int16", bands=1, height=30, width=41, crs="EPSG:32633", nodata=None, tags=None, overviews=None,
         descriptions=None, scales=None, offsets=None, colormap=None, transform=None, values=None, config=None, **options):
    transform = transform or Affine(10, 0, 465181, 0, -20, 5080254)
    path = os.path.join(tempfile.mkdtemp(), name + ".tif")
    data = smooth(dtype, bands, height, width) if values is None else values
    if nodata is not None:
        data[:, 3, 5:9] = nodata
    with rasterio.Env(**(config or {})):
        with rasterio.open(path, "w", driver="GTiff", dtype=dtype, count=bands, height=height, width=width, crs=crs,
                           transform=transform, nodata=nodata, **options) as d:
            if data is not None and values is not False:
                d.write(data)
            if tags:
                d.update_tags(**tags)
            if descriptions:
                d.descriptions = descriptions
            if scales:
                d.scales = scales
                d.offsets = offsets
            if colormap:
                d.write_colormap(1, colormap)
        if overviews:
            with rasterio.open(path, "r+") as d:
                d.build_overviews(overviews, Resampling.nearest)
    with rasterio.open(path) as d:
        read = d.read().astype("float64")
        if d.nodata is not None:
            read[read == d.nodata] = np.nan
        for b in range(d.count):
            read[b] = read[b] * d.scales[b] + d.offsets[b]
        entry = {
            "width": d.width,
            "height": d.height,
            "dtype": d.dtypes[0],
            "geoTransform": list(d.transform.to_gdal()),
            "epsg": d.crs.to_epsg() if d.crs else None,
            "descriptions": list(d.descriptions),
            "bands": [summary(read[b]) for b in range(d.count)],
            "row3": read[:, 3, 2:12].ravel().tolist() if not np.isnan(read[:, 3, 2:12]).any() else None,
            "overviews": [],
        }
        count = len(d.overviews(1))
    for level in range(count):
        with rasterio.open(path, overview_level=level) as d:
            read = d.read(1).astype("float64")
            entry["overviews"].append({"width": d.width, "height": d.height, **summary(read)})
    entry["base64"] = base64.b64encode(open(path, "rb").read()).decode()
    result[name] = entry


for predictor in ["1", "2"]:
    make(f"lzw-pred{predictor}", compress="lzw", predictor=predictor)
make("lzw-long", dtype="uint8", height=120, width=130, compress="lzw", blockysize=120)
make("packbits-uint8", dtype="uint8", compress="packbits")
make("deflate-strips-chunky-3", dtype="uint16", bands=3, compress="deflate", predictor="2", interleave="pixel", blockysize=7)
make("deflate-tiles-planar-big-endian", dtype="int32", bands=2, compress="deflate", predictor="2", tiled=True,
     blockxsize=16, blockysize=32, interleave="band", ENDIANNESS="BIG")
make("float32-pred3-tiles", dtype="float32", bands=2, compress="deflate", predictor="3", tiled=True, blockxsize=16,
     blockysize=16, interleave="pixel")
make("float64-pred3-big-endian-nodata", dtype="float64", compress="deflate", predictor="3", ENDIANNESS="BIG", nodata=-1.7e308)
make("float64-pred2-bigtiff", dtype="float64", compress="deflate", predictor="2", BIGTIFF="YES")
make("float32-nodata-rounded", dtype="float32", nodata=-3.4028234663852886e38)
make("zstd-int16", compress="zstd", predictor="2")
make("lerc-float32", dtype="float32", compress="lerc")
make("nbits-5", dtype="uint8", NBITS="5", values=smooth("uint8", 1, 30, 41) % 32)
make("nbits-12-deflate", dtype="uint16", NBITS="12", compress="deflate")
make("pixel-is-point", tags={"AREA_OR_POINT": "Point"})
make("scaled", dtype="int16", bands=2, nodata=-9999, scales=[0.0001, 0.5], offsets=[0.25, -100.0],
     descriptions=["red", "near infrared & more"])
make("overviews", dtype="uint8", height=128, width=200, compress="deflate", tiled=True, blockxsize=64, blockysize=64,
     overviews=[2, 4])
make("colour-table", dtype="uint8", photometric="palette", values=smooth("uint8", 1, 30, 41) % 5,
     colormap={0: (0, 0, 0), 1: (10, 20, 30), 2: (255, 128, 64), 3: (1, 2, 3), 4: (200, 100, 50)})
make("rotated", transform=Affine(8, 3, 1000, 2, -9, 2000))
make("geographic", dtype="float32", crs="EPSG:4326", transform=Affine(0.25, 0, 11, 0, -0.25, 48))
make("albers", crs="EPSG:5070", transform=Affine(30, 0, -1200000, 0, -30, 1800000))
make("sparse", dtype="int16", height=64, width=64, nodata=None, tiled=True, blockxsize=16, blockysize=16, compress="deflate",
     SPARSE_OK="TRUE", values=np.pad(smooth("int16", 1, 16, 16) + 1, ((0, 0), (16, 32), (32, 16))))
make("dated-bands", bands=3, descriptions=["2019-03-05", "2019-03-21", "2019-04-06"], compress="deflate")
make("date-tag", tags={"TIFFTAG_DATETIME": "2020:05:17 10:20:30"})
json.dump(result, sys.stdout, indent=1)
