"""Plain loops in numpy that the forward oracles are checked against while they are made."""

import itertools

import numpy


def pads(size, kernel, stride, padding):
    """TensorFlow's rule: output size, and zeros before the first value (the odd one goes behind)."""
    if padding == "valid":
        return (size - kernel) // stride + 1, 0
    out = -(-size // stride)
    return out, max((out - 1) * stride + kernel - size, 0) // 2


def windows(sizes, kernel, stride, padding):
    """Each output position with the input positions and kernel offsets of its window that lie inside."""
    outs, befores = zip(*(pads(size, edge, stride, padding) for size, edge in zip(sizes, kernel)))
    for place in itertools.product(*map(range, outs)):
        inside = []
        for offset in itertools.product(*map(range, kernel)):
            spot = tuple(p * stride + o - b for p, o, b in zip(place, offset, befores))
            if all(0 <= s < size for s, size in zip(spot, sizes)):
                inside.append((spot, offset))
        yield place, inside


def activation_of(output, expected):
    """Applies the rectifier when the layer did (its output has no negative value, the plain one has)."""
    return numpy.maximum(expected, 0) if output.min() >= 0 > expected.min() else expected


def check_convolution(stride, padding):
    """Returns a check of a convolution [batch, ...space, channels] with kernel [...space, in, out]."""

    def check(inputs, weights, output):
        x, kernel = inputs["x"], weights["kernel"]
        expected = numpy.zeros(output.shape)
        for place, inside in windows(x.shape[1:-1], kernel.shape[:-2], stride, padding):
            for spot, offset in inside:
                expected[(slice(None), *place)] += x[(slice(None), *spot)] @ kernel[offset]
        expected = activation_of(output, expected + weights.get("bias", 0))
        numpy.testing.assert_allclose(output, expected, rtol=1e-10, atol=1e-12)

    return check


def check_transposed(stride, padding):
    """Returns a check of a transposed convolution, kernel [height, width, out, in]: each input is spread over its window."""

    def check(inputs, weights, output):
        x, kernel = inputs["x"], weights["kernel"]
        expected = numpy.zeros(output.shape)
        for place, inside in windows(output.shape[1:-1], kernel.shape[:2], stride, padding):
            for spot, offset in inside:
                expected[(slice(None), *spot)] += x[(slice(None), *place)] @ kernel[offset].T
        numpy.testing.assert_allclose(output, expected + weights["bias"], rtol=1e-10, atol=1e-12)

    return check


def check_pooling(options, kind):
    """Returns a check of pooling; an average counts only the values inside."""

    def check(inputs, _weights, output):
        x = inputs["x"]
        rank = x.ndim - 2
        kernel = options["poolSize"] if isinstance(options["poolSize"], list) else [options["poolSize"]] * rank
        expected = numpy.zeros(output.shape)
        for place, inside in windows(x.shape[1:-1], kernel, 2, options["padding"]):
            values = numpy.stack([x[(slice(None), *spot)] for spot, _ in inside])
            expected[(slice(None), *place)] = values.max(0) if kind == "max" else values.mean(0)
        numpy.testing.assert_allclose(output, expected, rtol=1e-10, atol=1e-12)

    return check
