"""Lengths and areas on the WGS 84 ellipsoid, by pyproj (PROJ's own geodesics). Writes ground.json.

Run: python -m venv oracle && oracle/bin/pip install pyproj && oracle/bin/python ground.py
"""

import json
from pathlib import Path

import pyproj

geod = pyproj.Geod(ellps="WGS84")

# (name, system of the map, corners in map units)
cases = [
    ("field in UTM 21S", "EPSG:32721", [[600000, 8600000], [600500, 8600100], [600430, 8600640], [599980, 8600410]]),
    ("county in degrees", "EPSG:4326", [[10.1, 51.2], [11.7, 51.0], [11.9, 52.3], [10.4, 52.6]]),
    ("far north, web Mercator", "EPSG:3857", [[2000000, 11000000], [2100000, 11020000], [2080000, 11150000]]),
    ("across the date line", "EPSG:4326", [[179.2, -17.1], [-179.4, -16.9], [-179.6, -18.2], [179.3, -18.0]]),
    ("one pixel of Landsat", "EPSG:32613", [[500000, 4000000], [500030, 4000000], [500030, 3999970], [500000, 3999970]]),
]

out = []
for name, crs, corners in cases:
    to_lonlat = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lonlat = [to_lonlat.transform(x, y) for x, y in corners]
    lons, lats = zip(*lonlat)
    area, perimeter = geod.polygon_area_perimeter(lons, lats)
    out.append(
        {
            "name": name,
            "crs": crs,
            "corners": corners,
            "length": geod.line_length(lons, lats),
            "perimeter": perimeter,
            "area": abs(area),
        }
    )

here = Path(__file__).parent
(here / "ground.json").write_text(json.dumps({"pyproj": pyproj.__version__, "cases": out}, indent=2) + "\n")
