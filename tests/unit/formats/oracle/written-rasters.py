"""Reads rasters made by our writer with GDAL (through rasterio) and writes what GDAL sees.

Usage: CHRONOLENS_ORACLE_FOLDER=FOLDER npx vitest run tests/unit/formats/geotiff/write-geotiff
       python written-rasters.py FOLDER > written-rasters.json
"""

import glob
import hashlib
import json
import os
import sys
import xml.etree.ElementTree as ET

import numpy as np
import rasterio

result = {}
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.tif"))):
    with rasterio.open(path) as d:
        bands = []
        for b in range(1, d.count + 1):
            values = d.read(b).astype("float64")
            if d.nodata is not None:
                values[values == np.float64(d.nodata)] = np.nan
            weights = np.arange(values.size) % 97 + 1
            bands.append(
                {
                    "nan": int(np.isnan(values).sum()),
                    "sum": float(np.nansum(values)),
                    "weighted": float(np.nansum(values.ravel() * weights)),
                }
            )
        names = None
        if os.path.exists(path + ".aux.xml"):
            names = [c.text for c in ET.parse(path + ".aux.xml").iter("Category")]
        result[os.path.basename(path)] = {
            "width": d.width,
            "height": d.height,
            "dtype": d.dtypes[0],
            "nodata": None if d.nodata is None or np.isnan(d.nodata) else d.nodata,
            "geoTransform": list(d.transform.to_gdal()),
            "epsg": d.crs.to_epsg() if d.crs else None,
            "proj": d.crs.to_proj4() if d.crs else None,
            "descriptions": list(d.descriptions),
            "interleaving": d.interleaving.value if d.interleaving else None,
            "compression": d.compression.value if d.compression else None,
            "block": list(d.block_shapes[0]),
            "tags": {k: v for k, v in d.tags().items()},
            "colors": [list(d.colormap(1)[i][:3]) for i in range(4)] if d.colorinterp[0].name == "palette" else None,
            "categories": names,
            "sha256": hashlib.sha256(open(path, "rb").read()).hexdigest(),
            "bands": bands,
        }
json.dump(result, sys.stdout, indent=1)
