"""Writes the oracle numbers beside this file: what Keras and PyTorch compute for small, asymmetric inputs.

    python -m venv oracles && oracles/bin/pip install torch numpy keras scikit-image
    KERAS_BACKEND=torch oracles/bin/python tests/engine/oracles/make-oracles.py

Everything is computed in float64 from inputs and weights of three decimals (exact in the JSON), so the numbers are
right to all nine digits written; a float32 engine differs from them only by its own rounding. TF.js follows Keras 2,
so where Keras 3 differs (hard sigmoid) the Keras 2 function is passed in. Forward results with room for convention
(transposed and padded convolution, average pooling) are also checked here against plain loops in numpy.
"""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras  # noqa: E402

# Without TensorFlow, Keras silently computes some operations (mean, log softmax) of float64 values in float32.
from keras.src.backend.common import dtypes  # noqa: E402

dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
keras.config.set_floatx("float64")

import oracle_layers  # noqa: E402
import oracle_losses  # noqa: E402
import oracle_training  # noqa: E402
from oracle_format import write_oracle  # noqa: E402

if __name__ == "__main__":
    for module in (oracle_layers, oracle_losses, oracle_training):
        for file_name, cases in module.make().items():
            write_oracle(file_name, cases)
