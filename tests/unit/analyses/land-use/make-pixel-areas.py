"""Makes pixel-areas.json: areas of grid cells on the WGS 84 ellipsoid by pyproj's geodesic polygons.

Run: python make-pixel-areas.py   (pyproj 3.7.2)
"""
import json
import pathlib

import numpy as np
import pyproj

geod = pyproj.Geod(ellps="WGS84")


def geographic(top, bottom, width):
    """Parallels are no geodesics, so the edges are densified."""
    x = np.linspace(0, width, 2000)
    lon, lat = np.concatenate([x, x[::-1]]), np.concatenate([np.full(2000, top), np.full(2000, bottom)])
    return abs(geod.polygon_area_perimeter(lon, lat)[0])


def projected(crs, x, y, size):
    """Mean area of one pixel of the 8 x 8 pixels that begin at x, y."""
    back = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    s = 8 * size
    corners = [back.transform(*c) for c in ((x, y), (x + s, y), (x + s, y - s), (x, y - s))]
    return abs(geod.polygon_area_perimeter([c[0] for c in corners], [c[1] for c in corners])[0]) / 64


out = {
    "madeWith": f"pyproj {pyproj.__version__}",
    "geographic": [{"top": t, "step": 0.5, "area": geographic(t, t - 0.5, 0.5)} for t in (50, 49.5, 0.5, -80, 90)],
    "projected": [
        {"crs": c, "x": x, "y": y, "size": s, "area": projected(c, x, y, s)}
        for c, x, y, s in (
            ("EPSG:32633", 500000, 4649776, 30), ("EPSG:32633", 250000, 4649776, 30),
            ("EPSG:32633", 745000, 1000000, 10), ("EPSG:3857", 2000000, 8000000, 10))
    ],
}
pathlib.Path(__file__).with_name("pixel-areas.json").write_text(json.dumps(out, indent=1) + "\n")
