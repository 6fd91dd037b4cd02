"""Writes real-data.json: what GDAL and numpy make of the two real sequences, the oracle for real-data.test.ts.
   pip install rasterio numpy; python real-data.py DATA   (made with rasterio 1.4.4, GDAL 3.10.3)"""
import sys, os, json, glob, datetime as dt, warnings
import numpy as np
import rasterio
from rasterio.transform import Affine
from rasterio.warp import reproject, Resampling
warnings.simplefilter('ignore')
root = sys.argv[1]
def f(v): return None if np.isnan(v) else float(f'{v:.9g}')
def table(a): return [[f(v) for v in row] for row in a]

# --- Landsat 8, Collection 1 -------------------------------------------------------------------------------------------
scenes = sorted(os.listdir(os.path.join(root, 'landsat8_ny_gdalcubes')))
scenes = [s for s in scenes if s.startswith('LC08')]
def band(scene, name):
    with rasterio.open(glob.glob(os.path.join(root, 'landsat8_ny_gdalcubes', scene, f'*_{name}.TIF'))[0]) as d:
        return d.read(1), d.transform, d.crs, d.bounds, (d.height, d.width)
cloud, rejected, data = {}, {}, {}
for s in scenes:
    q, t, crs, bounds, shape = band(s, 'BQA')
    conf = lambda shift: (q >> shift) & 3
    cloud[s] = int(((q >> 4) & 1).sum())
    bad = ((q & 1) == 1) | (((q >> 4) & 1) == 1) | (conf(5) == 3) | (conf(7) == 3) | (conf(11) == 3)
    rejected[s] = int(bad.sum())
    data[s] = {'t': t, 'crs': crs, 'bounds': bounds, 'shape': shape, 'bands': {b: np.where(bad, np.nan, band(s, b)[0]).astype('float32') for b in ('B4', 'B5')}}
ref = min(scenes, key=lambda s: abs(data[s]['t'].a * data[s]['t'].e))
px, py = data[ref]['t'].a, -data[ref]['t'].e
left = min(d['bounds'].left for d in data.values()); right = max(d['bounds'].right for d in data.values())
bottom = min(d['bounds'].bottom for d in data.values()); top = max(d['bounds'].top for d in data.values())
x0 = data[ref]['t'].c + np.floor((left - data[ref]['t'].c) / px + 1e-6) * px
y0 = data[ref]['t'].f - np.floor((data[ref]['t'].f - top) / py + 1e-6) * py
W, H = int(np.ceil((right - x0) / px - 1e-6)), int(np.ceil((y0 - bottom) / py - 1e-6))
t = Affine(px, 0, x0, 0, -py, y0)
def warped(scene, name):
    d, out = data[scene], np.full((H, W), np.nan, 'float32')
    reproject(d['bands'][name], out, src_transform=d['t'], src_crs=d['crs'], src_nodata=np.nan, dst_transform=t, dst_crs=d['crs'],
              dst_nodata=np.nan, resampling=Resampling.bilinear, tolerance=0)
    return out
date = lambda s: dt.datetime.strptime(s.split('_')[3], '%Y%m%d').date()
days = sorted({date(s) for s in scenes})
frames = {}
for name in ('B4', 'B5'):
    frames[name] = []
    for d in days:
        out = np.full((H, W), np.nan, 'float32')
        for s in sorted(x for x in scenes if date(x) == d):
            w = warped(s, name); out = np.where(np.isnan(out), w, out)
        frames[name].append(out)
    frames[name] = np.stack(frames[name])
ndvi = (frames['B5'].astype(float) - frames['B4']) / (frames['B5'].astype(float) + frames['B4'])
ndvi[~np.isfinite(ndvi)] = np.nan
months = [dt.date(2018, m, 1) for m in range(1, 13)]
monthly = np.stack([np.nanmedian(ndvi[[i for i, d in enumerate(days) if d.month == m.month]].astype('float32').astype(float), 0)
                    if any(d.month == m.month for d in days) else np.full((H, W), np.nan) for m in months])
landsat = {
    'scenes': scenes, 'cloud': [cloud[s] for s in scenes], 'rejected': [rejected[s] for s in scenes],
    'pixels': [data[s]['shape'][0] * data[s]['shape'][1] for s in scenes],
    'grid': {'width': W, 'height': H, 'geoTransform': list(t.to_gdal())}, 'days': [str(d) for d in days],
    'valid': [int((~np.isnan(frames['B4'][i])).sum()) for i in range(len(days))],
    'meanB4': [f(np.nanmean(frames['B4'][i].astype(float))) for i in range(len(days))],
    'window': {'row': 61, 'column': 40, 'height': 9, 'width': 14},
    'B5': [table(frames['B5'][i][61:70, 40:54]) for i in range(len(days))],
    'months': [str(m) for m in months], 'monthlyValid': [int((~np.isnan(x)).sum()) for x in monthly],
    'monthlyMean': [f(np.nanmean(x)) for x in monthly],
    'monthly': [table(x[61:70, 40:54]) for x in monthly],
}

# --- Sentinel-2 patch ----------------------------------------------------------------------------------------------------
p = os.path.join(root, 's2_eolearn_patch')
nd = np.load(os.path.join(p, 'data/NDVI.npy'))[..., 0].astype('float32')
clp = np.load(os.path.join(p, 'data/CLP.npy'))[..., 0]
stamps = [dt.date.fromisoformat(s[:10]) for s in json.load(open(os.path.join(p, 'timestamps.json')))]
threshold = 0.4
masked = np.where(clp.astype(float) > threshold, np.nan, nd)
def starts16():
    w, out = dt.date(stamps[0].year, 1, 1) + dt.timedelta((stamps[0].timetuple().tm_yday - 1) // 16 * 16), []
    while w <= stamps[-1]:
        out.append(w); w = min(w + dt.timedelta(16), dt.date(w.year + 1, 1, 1))
    return out
st = starts16(); ends = st[1:] + [min(st[-1] + dt.timedelta(16), dt.date(st[-1].year + 1, 1, 1))]
comp = np.stack([np.nanmedian(masked[sel].astype(float), 0) if (sel := [i for i, d in enumerate(stamps) if a <= d < b]) else np.full(nd.shape[1:], np.nan)
                 for a, b in zip(st, ends)]).astype('float32')
x = np.array([s.toordinal() for s in st], float)
fill = comp.astype(float).copy()
for r in range(fill.shape[1]):
    for c in range(fill.shape[2]):
        ok = ~np.isnan(comp[:, r, c])
        if ok.any(): fill[:, r, c] = np.interp(x, x[ok], comp[ok, r, c])
sentinel = {
    'dates': [str(d) for d in stamps], 'shape': list(nd.shape), 'threshold': threshold,
    'rejected': [int((clp[i].astype(float) > threshold).sum()) for i in range(len(stamps))],
    'starts': [str(s) for s in st], 'valid': [int((~np.isnan(c)).sum()) for c in comp], 'mean': [f(np.nanmean(c.astype(float))) for c in comp],
    'missing': int(np.isnan(comp).sum()), 'filledMean': [f(np.nanmean(c)) for c in fill],
    'filledShare': f((np.isnan(comp).sum() - np.isnan(fill).sum()) / comp.size),
    'window': {'row': 50, 'column': 20, 'height': 3, 'width': 5}, 'filled': [table(c[50:53, 20:25]) for c in fill],
}
json.dump({'landsat': landsat, 'sentinel': sentinel}, open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'real-data.json'), 'w'))
print(W, H, len(days), landsat['rejected'], sentinel['rejected'][:10], sentinel['filledShare'], landsat['monthlyValid'])
