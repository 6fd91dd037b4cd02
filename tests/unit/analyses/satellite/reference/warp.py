"""Writes warp.json: small rasters warped by GDAL (through rasterio), the oracle for resample.test.ts.
   pip install rasterio numpy shapely; python warp.py   (made with rasterio 1.4.4, GDAL 3.10.3)
   - bilinear: GDAL derives the width of the shrinking kernel from the size of the chunk it works on; XSCALE and YSCALE
     fix it to the local scale, so that results do not depend on the chunk.
   - average: GDAL weighs by the box between two corners, which is wrong for rotated or sheared pixels, and at the edge of
     the source gives the outermost pixels too much weight; so the average is computed here from exact polygon overlaps
     (shapely). `gdalAverage` keeps GDAL's own numbers for comparison where both definitions agree."""
import json, os
import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.transform import Affine
from rasterio.warp import reproject, Resampling, transform as transform_points
from shapely import box, Polygon

NODATA = -9999.0
SINUSOIDAL = '+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m +no_defs'
rng = np.random.default_rng(20180428)

def source(width, height):
    r, c = np.mgrid[0:height, 0:width]
    a = 100 + 3.0 * c - 1.7 * r + 12 * np.sin(c / 2.3) * np.cos(r / 3.1) + rng.normal(0, 2, (height, width))
    a[(r * 7 + c * 3) % 29 == 0] = NODATA
    a[3:6, 10:15] = NODATA
    return a.astype('float32')

def listed(a):
    return [None if v == NODATA else float(f'{v:.6g}') for v in a.ravel()]

src_t = Affine(30, 0, 500010, 0, -30, 4582215)
src_crs = 'EPSG:32618'
src = source(41, 33)

targets = {
    'same projection, shifted, same size of pixel': (src_crs, Affine(30, 0, 500010 - 47, 0, -30, 4582215 + 71), 43, 36),
    'same projection, finer, not square': (src_crs, Affine(11, 0, 500100, 0, -13, 4582100), 50, 40),
    'same projection, coarser': (src_crs, Affine(83, 0, 499990, 0, -71, 4582300), 17, 16),
    'same projection, three times coarser and aligned': (src_crs, Affine(90, 0, 500010, 0, -90, 4582215), 13, 11),
    'longitude and latitude': ('EPSG:4326', Affine(0.00033, 0, -74.9999, 0, -0.00026, 41.3910), 45, 38),
    'next zone, rotated by convergence': ('EPSG:32617', Affine(30, 0, 1001500, 0, -30, 4599000), 60, 50),
    'sinusoidal of MODIS, coarser': (SINUSOIDAL, Affine(92.65, 0, -6257600, 0, -92.65, 4602700), 20, 14),
}
from rasterio.warp import transform_bounds
cases = []
for name, (crs, t, w, h) in targets.items():
    if crs != src_crs:
        b = transform_bounds(src_crs, crs, *rasterio.transform.array_bounds(33, 41, src_t))
        # a target that covers the source with a margin on the upper left, and cuts it on the lower right
        px, py = t.a, -t.e
        t = Affine(px, 0, b[0] - 1.3 * px, 0, -py, b[3] + 1.6 * py)
        w, h = int((b[2] - b[0]) / px * 0.93), int((b[3] - b[1]) / py * 0.95)
    def place(c, r):
        x, y = t @ (c, r) if hasattr(t, '__matmul__') else t * (c, r)
        xs, ys = transform_points(CRS.from_string(crs), CRS.from_string(src_crs), [x], [y])
        return ~src_t * (xs[0], ys[0])
    xs, ys = transform_points(CRS.from_string(src_crs), CRS.from_string(crs), *[[v] for v in src_t * (20.5, 16.5)])
    cc, cr = ~t * (xs[0], ys[0])
    l, rr, u, d = place(cc - .5, cr), place(cc + .5, cr), place(cc, cr - .5), place(cc, cr + .5)
    scale = [float(np.hypot(rr[i] - l[i], d[i] - u[i])) for i in (0, 1)]
    results = {}
    for method in ('nearest', 'bilinear', 'average'):
        out = np.full((h, w), NODATA, 'float32')
        reproject(src, out, src_transform=src_t, src_crs=CRS.from_string(src_crs), src_nodata=NODATA, dst_transform=t,
                  dst_crs=CRS.from_string(crs), dst_nodata=NODATA, resampling=Resampling[method], tolerance=0, num_threads=1,
                  **({'XSCALE': 1 / scale[0], 'YSCALE': 1 / scale[1]} if method == 'bilinear' and max(scale) > 1.05 else {}))
        results['gdalAverage' if method == 'average' else method] = listed(out)
    out = np.full((h, w), NODATA, 'float32')
    for r in range(h):
        for c in range(w):
            p = Polygon([place(c, r), place(c + 1, r), place(c + 1, r + 1), place(c, r + 1)])
            x0, y0, x1, y1 = p.bounds
            total = weight = 0.0
            for i in range(max(0, int(np.floor(y0))), min(33, int(np.ceil(y1)))):
                for j in range(max(0, int(np.floor(x0))), min(41, int(np.ceil(x1)))):
                    share = p.intersection(box(j, i, j + 1, i + 1)).area
                    if src[i, j] != NODATA and share > 1e-9:
                        total += share * float(src[i, j]); weight += share
            if weight > 0: out[r, c] = total / weight
    results['average'] = listed(out)
    cases.append({'name': name, 'crs': crs, 'width': w, 'height': h, 'geoTransform': list(t.to_gdal()), 'sourcePerTarget': scale, 'results': results})

here = os.path.dirname(os.path.abspath(__file__))
json.dump({'gdal': rasterio.__gdal_version__, 'source': {'crs': src_crs, 'width': 41, 'height': 33,
          'geoTransform': list(src_t.to_gdal()), 'values': listed(src)}, 'cases': cases},
          open(os.path.join(here, 'warp.json'), 'w'))
