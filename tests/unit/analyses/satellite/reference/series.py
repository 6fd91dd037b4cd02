"""Writes series.json: composites, gap fill and indices of a small stack by numpy, the oracle for composite and gap fill tests.
   pip install numpy; python series.py   (made with numpy 2)"""
import json, os, datetime as dt
import numpy as np

rng = np.random.default_rng(77)
T, P = 41, 13
start = dt.date(2016, 11, 3)
days = np.cumsum(rng.integers(3, 24, T)) - 3
dates = [start + dt.timedelta(int(d)) for d in days]
epoch = np.array([(d - dt.date(1970, 1, 1)).days for d in dates], float)
phase = 2 * np.pi * epoch / 365.2425
red = (0.08 + 0.03 * np.cos(phase)[:, None] + 0.01 * rng.normal(size=(T, P)) + 0.002 * np.arange(P)).astype('float32')
nir = (0.30 - 0.12 * np.cos(phase - 0.4)[:, None] + 0.02 * rng.normal(size=(T, P)) + 0.003 * np.arange(P)).astype('float32')
gone = rng.random((T, P)) < 0.3
gone[:, 4] = True                      # a pixel without any value
gone[:, 5] = True; gone[17, 5] = False # one value only
gone[:, 6] = epoch > epoch[12]         # values of one season only
gone[3:20, 7] = True                   # one long gap
red[gone] = np.nan; nir[gone] = np.nan
ndvi = ((nir.astype(float) - red) / (nir.astype(float) + red))
def arr(a): return [[None if np.isnan(v) else float(f'{v:.9g}') for v in row] for row in np.asarray(a, float)]

# 16-day windows that start anew each year
def window16(d): return dt.date(d.year, 1, 1) + dt.timedelta((d.timetuple().tm_yday - 1) // 16 * 16)
def windows(first, last, start_of, after):
    w, out = start_of(first), []
    while w <= last: out.append(w); w = after(w)
    return out
def after16(w): return min(w + dt.timedelta(16), dt.date(w.year + 1, 1, 1))
def month(d): return d.replace(day=1)
def after_month(d): return (d.replace(day=28) + dt.timedelta(4)).replace(day=1)
anchor = dt.date(2017, 3, 8)
def anchored(d): return anchor + dt.timedelta((d - anchor).days // 25 * 25)

def composite(starts, after):
    res = {k: [] for k in ('median', 'mean', 'count', 'first', 'nearest', 'max-ndvi')}
    for w in starts:
        e = after(w)
        sel = [i for i, d in enumerate(dates) if w <= d < e]
        x, g = red[sel].astype(float), ndvi[sel]
        with np.errstate(all='ignore'):
            import warnings; warnings.simplefilter('ignore')
            res['median'].append(np.nanmedian(x, 0) if sel else np.full(P, np.nan))
            res['mean'].append(np.nanmean(x, 0) if sel else np.full(P, np.nan))
        res['count'].append((~np.isnan(x)).sum(0) if sel else np.zeros(P))
        mid = (w - dt.date(1970, 1, 1)).days + (e - w).days / 2
        near = sorted(range(len(sel)), key=lambda i: (abs(epoch[sel[i]] - mid), i))
        def pick(order):
            out = np.full(P, np.nan)
            for i in reversed(list(order)): out = np.where(np.isnan(x[i]), out, x[i])
            return out
        res['first'].append(pick(range(len(sel)))); res['nearest'].append(pick(near))
        best = np.full(P, np.nan)
        for p in range(P):
            if sel and not np.all(np.isnan(g[:, p])): best[p] = x[np.nanargmax(g[:, p]), p]
        res['max-ndvi'].append(best)
    return {'starts': [str(w) for w in starts], **{k: arr(v) for k, v in res.items()}}

composites = {
    '16d': composite(windows(dates[0], dates[-1], window16, after16), after16),
    'month': composite(windows(dates[0], dates[-1], month, after_month), after_month),
    '25d anchored 2017-03-08': composite(windows(dates[0], dates[-1], anchored, lambda w: w + dt.timedelta(25)), lambda w: w + dt.timedelta(25)),
}

def limits(p, max_gap, edges):
    ok = np.where(~np.isnan(red[:, p]))[0]; allowed = np.zeros(T, bool)
    for t in range(T):
        if not np.isnan(red[t, p]) or len(ok) == 0: continue
        b, a = ok[ok < t], ok[ok > t]
        if len(b) and len(a): allowed[t] = epoch[a[0]] - epoch[b[-1]] <= max_gap
        elif edges: allowed[t] = abs(epoch[t] - epoch[(b[-1] if len(b) else a[0])]) <= max_gap
    return ok, allowed

def linear(max_gap, edges):
    out = red.astype(float).copy()
    for p in range(P):
        ok, allowed = limits(p, max_gap, edges)
        if len(ok): out[allowed, p] = np.interp(epoch[allowed], epoch[ok], red[ok, p].astype(float))
    return out

def design(h, trend):
    cols = [np.ones(T)]
    for k in range(1, h + 1): cols += [np.cos(k * phase), np.sin(k * phase)]
    if trend: cols.append((epoch - epoch.mean()) / 365.2425)
    return np.stack(cols, 1)

def seasonal(h, trend):
    X, out, kinds = design(h, trend), red.astype(float).copy(), []
    season = epoch % 365.2425
    for p in range(P):
        ok, allowed = limits(p, np.inf, True)
        if len(ok) == 0: kinds.append('none'); continue
        y = red[ok, p].astype(float)
        Xp = X[ok]
        fits = len(ok) > X.shape[1] and np.linalg.matrix_rank(Xp) == X.shape[1] and np.linalg.cond(Xp) < 30
        kinds.append('harmonic' if fits else 'mean')
        if fits:
            coef = np.linalg.lstsq(Xp, y, rcond=None)[0]
            out[allowed, p] = np.clip(X[allowed] @ coef, y.min(), y.max())
        else:
            for t in np.where(allowed)[0]:
                d = np.abs(season[ok] - season[t]); d = np.minimum(d, 365.2425 - d)
                near = d <= 16
                if near.any(): out[t, p] = y[near].mean()
    return out, kinds

def whittaker(lam):
    x = (epoch - epoch[0]) / ((epoch[-1] - epoch[0]) / (T - 1))
    D = np.zeros((T - 2, T))
    for i in range(T - 2):
        a, b = x[i + 1] - x[i], x[i + 2] - x[i + 1]
        D[i, i:i + 3] = 2 / (a * (a + b)), -2 / (a * b), 2 / (b * (a + b))
    out = np.full((T, P), np.nan)
    for p in range(P):
        w = ~np.isnan(red[:, p])
        if w.sum() < 2: out[:, p] = red[:, p]; continue
        z = np.linalg.solve(np.diag(w.astype(float)) + lam * D.T @ D, np.where(w, red[:, p], 0).astype(float))
        ok = np.where(w)[0]; z[:ok[0]] = z[ok[0]]; z[ok[-1] + 1:] = z[ok[-1]]
        out[:, p] = z
    # a pixel with one value only is extended like any other edge by the caller's rule: nothing to smooth
    return out

h2, kinds2 = seasonal(2, False)
h1t, kinds1t = seasonal(1, True)
h0 = red.astype(float).copy()
json.dump({
    'times': [str(d) for d in dates], 'red': arr(red), 'nir': arr(nir), 'composites': composites,
    'linear': arr(linear(np.inf, True)), 'linear40Keep': arr(linear(40, False)), 'linear40Extend': arr(linear(40, True)),
    'seasonal2': arr(h2), 'seasonal2Kinds': kinds2, 'seasonal1Trend': arr(h1t), 'seasonal1TrendKinds': kinds1t,
    'whittaker5': arr(whittaker(5)),
}, open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'series.json'), 'w'))
print(kinds2, kinds1t)
