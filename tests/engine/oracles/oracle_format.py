"""How an oracle is written: one JSON file per kind, arrays as flat row-major lists beside their shape."""

import json
import pathlib

import keras
import numpy
import torch

FOLDER = pathlib.Path(__file__).parent
COMMAND = "KERAS_BACKEND=torch python tests/engine/oracles/make-oracles.py"


def random_values(seed, shape, low=-1.0, high=1.0):
    """Reproducible values of three decimals; no two axes or gates get the same ones."""
    return numpy.random.default_rng(seed).uniform(low, high, shape).round(3)


def packed(array):
    """{shape, data} of a numpy array or a tensor, nine significant digits."""
    if isinstance(array, torch.Tensor):
        array = array.detach().cpu().numpy()
    array = numpy.asarray(array)
    if array.dtype.kind in "iub":
        return {"shape": list(array.shape), "data": [int(value) for value in array.ravel()]}
    return {"shape": list(array.shape), "data": [shortest(value) for value in array.ravel()]}


def shortest(value):
    """The number rounded to nine significant digits, written as an integer where it is one."""
    rounded = float(f"{float(value):.9g}")
    return int(rounded) if rounded.is_integer() else rounded


def write_oracle(file_name, cases):
    """Writes `<file_name>.json` with the versions and the command that made it."""
    oracle = {
        "meta": {
            "command": COMMAND,
            "versions": {"keras": keras.__version__, "torch": torch.__version__, "numpy": numpy.__version__},
            "precision": "float64, rounded to 9 significant digits",
        },
        "cases": cases,
    }
    text = json.dumps(oracle, separators=(",", ":"), allow_nan=False)
    (FOLDER / f"{file_name}.json").write_text(text + "\n")
    print(f"{file_name}.json: {len(cases)} cases, {len(text) / 1024:.0f} KiB")
