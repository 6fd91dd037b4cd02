"""Masks, their COCO run lengths and areas, by pycocotools. Run: python rle.py > rle.json (pip install pycocotools numpy)."""
import json

import numpy
from pycocotools import mask as coco

generator = numpy.random.default_rng(20240517)
cases = []
for height, width, part in [(1, 1, 0.0), (1, 1, 1.0), (3, 5, 0.5), (5, 3, 0.0), (4, 4, 1.0), (31, 17, 0.3), (64, 200, 0.02), (7, 300, 0.9)]:
    bits = (generator.random((height, width)) < part).astype(numpy.uint8)
    rle = coco.encode(numpy.asfortranarray(bits))
    cases.append({
        "height": height,
        "width": width,
        "rows": ["".join(map(str, row)) for row in bits],
        "counts": rle["counts"].decode("ascii"),
        "area": int(coco.area(rle)),
    })
# One long run: differences need several characters.
bits = numpy.zeros((300, 400), numpy.uint8)
bits[20:280, 15:390] = 1
bits[100:110, 200:210] = 0
rle = coco.encode(numpy.asfortranarray(bits))
cases.append({"height": 300, "width": 400, "box": [20, 280, 15, 390], "hole": [100, 110, 200, 210],
              "counts": rle["counts"].decode("ascii"), "area": int(coco.area(rle))})
print(json.dumps(cases, indent=1))
