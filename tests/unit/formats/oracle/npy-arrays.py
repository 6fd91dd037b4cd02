"""Saves arrays with numpy in every order and type we read. Usage: python npy-arrays.py > npy-arrays.json"""

import base64
import io
import json
import sys

import numpy as np

result = {}
shape = (3, 4, 5, 2)
for descr in ["?", "i1", "u1", "<i2", ">i2", "<u2", ">u4", "<i4", "<i8", ">u8", "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]:
    for order in ["C", "F"]:
        values = (np.arange(120) * 37 % 101 - (0 if np.dtype(descr).kind in "ub" else 50)).reshape(shape)
        array = np.asarray(values, dtype=descr, order=order)
        if order == "F":
            array = np.asfortranarray(array)
        file = io.BytesIO()
        np.lib.format.write_array(file, array, version=(2, 0) if descr == "<f4" else (1, 0))
        box = array[1:3, 2:4, 1:4, 1:2].astype("float64")
        result[f"{descr} {order}"] = {
            "base64": base64.b64encode(file.getvalue()).decode(),
            "dtype": array.dtype.name,
            "box": box.ravel(order="C").tolist(),
        }
for name, array in {"scalar": np.float32(2.5), "object": np.array([{}, None]), "complex": np.zeros(3, "c8"),
                    "record": np.zeros(2, [("a", "i4")])}.items():
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    result[name] = {"base64": base64.b64encode(file.getvalue()).decode()}
json.dump(result, sys.stdout, indent=1)
