"""Reference numbers for pictures, by Pillow; also makes small ones of every kind for the tests.

python3 -m venv v && v/bin/pip install pillow numpy
v/bin/python pictures.py SHARED_DATA FOLDER_FOR_FILES > pictures.json

`weighted` is the sum of value * (1 + index modulo 997) over the values laid out [frame, band, row, column]. Values of few bits and
palettes are as Pillow expands them to 0..255.
"""
import glob
import gzip
import io
import json
import os
import sys

import numpy as np
from PIL import Image

root, out = sys.argv[1:3]
os.makedirs(out, exist_ok=True)
rng = np.random.default_rng(11)
four = rng.integers(0, 256, (7, 11, 4), dtype=np.uint8)
smooth = np.add.outer(np.arange(24) * 5, np.arange(40) * 3)[..., None] + np.array([0, 20, 40])
at = lambda name: os.path.join(out, name)
Image.fromarray(four[..., :3]).save(at("rgb.png"))
Image.fromarray(four).save(at("rgba.png"))
Image.fromarray(four[..., 0]).save(at("grey.png"))
Image.fromarray(rng.integers(0, 65536, (7, 11)).astype(np.uint16)).save(at("grey16.png"))
Image.fromarray(four[..., :2], "LA").save(at("grey_alpha.png"))
Image.fromarray(four[..., :3]).quantize(16).save(at("palette.png"))
Image.fromarray(four[..., 0] > 128).save(at("bits.png"))
Image.fromarray(four[..., :3]).save(at("rgb.bmp"))
Image.fromarray(four[..., 0]).save(at("grey.bmp"))
Image.fromarray((smooth % 256).astype(np.uint8)).save(at("colour.jpg"), quality=90)
Image.fromarray((smooth[..., 0] % 256).astype(np.uint8)).save(at("grey.jpg"), quality=90)
Image.fromarray(four[..., :3]).save(at("lossless.webp"), lossless=True)
Image.fromarray(four).save(at("alpha.webp"), lossless=True, exact=True)
Image.fromarray(four[..., 0]).save(at("grey.pgm"))
Image.fromarray(four[..., :3]).save(at("rgb.ppm"))
deep = rng.integers(0, 4096, (5, 6)).astype(np.uint16)
with open(at("deep.pgm"), "wb") as file:
    file.write(b"P5\n# a remark with 12 numbers\n6 # and one here\n5\n4095\n" + deep.astype(">u2").tobytes())
with open(at("text.pgm"), "w") as file:
    file.write("P2\n6 5\n4095\n" + "\n".join(" ".join(map(str, row)) for row in deep) + "\n")
pages = [Image.fromarray(rng.integers(0, 65536, (6, 9)).astype(np.uint16)) for _ in range(4)]
pages[0].save(at("stack.tif"), save_all=True, append_images=pages[1:])


def values(name, data):
    if name.endswith((".pgm", ".pgm.gz")) and (b"4095" in data[:64]):
        return deep[None]
    image = Image.open(io.BytesIO(data))
    if image.mode == "1":
        image = image.convert("L")
    if image.mode == "P":
        image = image.convert("RGB")
    array = np.asarray(image)
    return array[None] if array.ndim == 2 else np.moveaxis(array, -1, 0)


def summary(stack):
    flat = np.stack(stack).astype(np.float64).ravel()
    return {
        "shape": list(np.stack(stack).shape),
        "sum": float(flat.sum()),
        "weighted": float((flat * (1 + np.arange(flat.size) % 997)).sum()),
    }


def read(path):
    data = open(path, "rb").read()
    return values(path, gzip.decompress(data) if path.endswith(".gz") else data)


result = {"made": {}, "real": {}}
for name in sorted(os.listdir(out)):
    stack = [np.asarray(page)[None] for page in pages] if name == "stack.tif" else [read(at(name))]
    result["made"][name] = summary(stack)
for key, pattern in {"em_slices/image": "*.png", "em_slices/label": "*.png", "radar_fmi/20160928": "*.gz"}.items():
    result["real"][key] = summary([read(path) for path in sorted(glob.glob(os.path.join(root, key, pattern)))])
json.dump(result, sys.stdout, indent=1)
print()
