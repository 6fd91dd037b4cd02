"""Looks at the exported COCO file with pycocotools. Run: python check_coco.py export.coco.json > checked.json
(pip install pycocotools numpy; export.coco.json is what `cocoText` makes of tests/unit/formats/labels/coco-labels.ts)."""
import contextlib
import json
import sys

from pycocotools import mask
from pycocotools.coco import COCO

with contextlib.redirect_stdout(sys.stderr):
    coco = COCO(sys.argv[1])
annotations = coco.loadAnns(coco.getAnnIds())
masks = [coco.annToMask(annotation) for annotation in annotations]
runs = [coco.annToRLE(annotation) for annotation in annotations]


def is_mask(annotation):
    return isinstance(annotation["segmentation"], dict)


print(json.dumps({
    "areas": [int(mask.area(rle)) if is_mask(a) else a["area"] for a, rle in zip(annotations, runs)],
    "boxes": [mask.toBbox(rle).tolist() if is_mask(a) else a["bbox"] for a, rle in zip(annotations, runs)],
    "pixels": [int(m.sum()) for m in masks],
    "names": [coco.loadCats([a["category_id"]])[0]["name"] for a in annotations],
}))
