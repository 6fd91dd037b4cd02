"""Losses: value per sample, mean, and gradient of the mean with respect to the predictions."""

import keras
import numpy
import torch
from keras import losses

from oracle_format import packed, random_values

ONE_HOT = numpy.eye(4)[[2, 0, 3, 3, 1]]  # [batch 5, classes 4]
CLASS_WEIGHTS = numpy.array([0.5, 2.0, 1.25, 0.8])


def loss_case(name, options, inputs, per_sample, predictions, sample_weights=None):
    """One loss; the weighted mean is given over the batch (Keras) and over the sum of the weights (PyTorch)."""
    tensors = {key: torch.tensor(value, requires_grad=key == predictions) for key, value in inputs.items()}
    losses_of_samples = per_sample(tensors)
    weights = torch.ones(len(losses_of_samples), dtype=torch.float64) if sample_weights is None else torch.tensor(sample_weights)
    case = {
        "name": name,
        "config": options,
        "inputs": {key: packed(value) for key, value in inputs.items()},
        "outputs": {"perSample": packed(losses_of_samples)},
        "gradients": {},
    }
    if sample_weights is not None:
        case["inputs"]["sampleWeights"] = packed(sample_weights)
    total = (losses_of_samples * weights).sum()
    for kind, divisor in (("meanOverBatch", len(weights)), ("meanOverWeights", weights.sum())):
        mean = total / divisor
        case["outputs"][kind] = packed(mean)
        case["gradients"][kind] = packed(torch.autograd.grad(mean, tensors[predictions], retain_graph=True)[0])
    return case


def classification_cases():
    """Softmax cross-entropy and focal loss on logits; class weights are those of the true class."""
    inputs = {"logits": random_values(2000, (5, 4), -3, 3), "oneHot": ONE_HOT}
    weights = ONE_HOT @ CLASS_WEIGHTS
    cross = lambda smoothing: lambda t: losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing, reduction=None, dtype="float64")(t["oneHot"], t["logits"])  # noqa: E731
    focal = lambda t: losses.CategoricalFocalCrossentropy(from_logits=True, alpha=0.25, gamma=2.0, reduction=None, dtype="float64")(t["oneHot"], t["logits"])  # noqa: E731
    cases = [
        loss_case("softmax cross-entropy", {"loss": "softmaxCrossEntropy"}, inputs, cross(0.0), "logits"),
        loss_case("softmax cross-entropy, class weights", {"loss": "softmaxCrossEntropy", "classWeights": CLASS_WEIGHTS.tolist()}, inputs, cross(0.0), "logits", weights),
        loss_case("softmax cross-entropy, label smoothing", {"loss": "softmaxCrossEntropy", "labelSmoothing": 0.1}, inputs, cross(0.1), "logits"),
        loss_case("softmax cross-entropy, both", {"loss": "softmaxCrossEntropy", "labelSmoothing": 0.1, "classWeights": CLASS_WEIGHTS.tolist()}, inputs, cross(0.1), "logits", weights),
        loss_case("softmax focal", {"loss": "softmaxFocal", "alpha": 0.25, "gamma": 2, "formula": "sum(-alpha * (1 - p)^gamma * y * log p) over classes"}, inputs, focal, "logits"),
    ]
    plain = torch.nn.functional.cross_entropy(torch.tensor(inputs["logits"]), torch.tensor(ONE_HOT.argmax(1)), torch.tensor(CLASS_WEIGHTS))
    numpy.testing.assert_allclose(cases[1]["outputs"]["meanOverWeights"]["data"][0], plain.item(), rtol=1e-9)
    return cases


def binary_cases():
    """Binary cross-entropy and focal loss on logits, several labels a sample; a sample's loss is the mean over them."""
    inputs = {"logits": random_values(2010, (5, 3), -4, 4), "labels": (random_values(2011, (5, 3)) > 0.1).astype(float)}
    sample_weights = random_values(2012, (5,), 0.2, 2)
    cross = lambda smoothing: lambda t: losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing, reduction=None, dtype="float64")(t["labels"], t["logits"])  # noqa: E731
    focal = lambda t: losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.25, gamma=2.0, from_logits=True, reduction=None, dtype="float64")(t["labels"], t["logits"])  # noqa: E731
    return [
        loss_case("binary cross-entropy", {"loss": "binaryCrossEntropy"}, inputs, cross(0.0), "logits"),
        loss_case("binary cross-entropy, sample weights", {"loss": "binaryCrossEntropy"}, inputs, cross(0.0), "logits", sample_weights),
        loss_case("binary cross-entropy, label smoothing", {"loss": "binaryCrossEntropy", "labelSmoothing": 0.2}, inputs, cross(0.2), "logits"),
        loss_case("binary focal", {"loss": "binaryFocal", "alpha": 0.25, "gamma": 2, "formula": "(y alpha + (1 - y)(1 - alpha)) (1 - p_true)^gamma bce"}, inputs, focal, "logits"),
    ]


def regression_cases():
    """A sample's loss is the mean over all its values; errors lie on both sides of Huber's bend."""
    inputs = {"predictions": random_values(2020, (4, 3, 2), -2, 2), "targets": random_values(2021, (4, 3, 2), -2, 2)}
    weights = random_values(2022, (4,), 0.2, 2)

    def mean_of(function):
        return lambda t: function(t["targets"], t["predictions"]).flatten(1).mean(1)

    kinds = {
        "mean squared error": ({"loss": "meanSquaredError"}, mean_of(losses.MeanSquaredError(reduction=None, dtype="float64"))),
        "mean absolute error": ({"loss": "meanAbsoluteError"}, mean_of(losses.MeanAbsoluteError(reduction=None, dtype="float64"))),
        "huber": ({"loss": "huber", "delta": 0.7}, mean_of(losses.Huber(delta=0.7, reduction=None, dtype="float64"))),
    }
    cases = [loss_case(name, options, inputs, function, "predictions") for name, (options, function) in kinds.items()]
    return cases + [loss_case("mean squared error, sample weights", *kinds["mean squared error"][:1], inputs, kinds["mean squared error"][1], "predictions", weights)]


def dice_cases():
    """Soft Dice of probabilities: 1 - (2 Σ p y + ε) / (Σ p + Σ y + ε), per sample and channel, averaged over channels."""
    epsilon = 1e-3
    inputs = {"probabilities": random_values(2030, (3, 4, 5, 2), 0, 1), "masks": (random_values(2031, (3, 4, 5, 2)) > 0.2).astype(float)}

    def dice(t):
        overlap = (t["probabilities"] * t["masks"]).sum((1, 2))
        sizes = (t["probabilities"] + t["masks"]).sum((1, 2))
        return (1 - (2 * overlap + epsilon) / (sizes + epsilon)).mean(1)

    p, y = (torch.tensor(inputs[key]) for key in ("probabilities", "masks"))
    by_keras = [losses.Dice(axis=(1, 2), dtype="float64")(y[..., c : c + 1], p[..., c : c + 1]) for c in range(2)]
    close = dice({"probabilities": p, "masks": y}).mean().item()
    numpy.testing.assert_allclose(close, numpy.mean([float(keras.ops.mean(value)) for value in by_keras]), rtol=1e-3)
    return [loss_case("soft dice", {"loss": "dice", "epsilon": epsilon}, inputs, dice, "probabilities")]


def ssim_map(x, y, size=11, sigma=1.5, value_range=1.0):
    """Wang et al. 2004: Gaussian window, only where the window lies inside; [batch, height, width] in, map out."""
    offsets = torch.arange(size, dtype=torch.float64) - size // 2
    window = torch.exp(-(offsets**2) / (2 * sigma**2))
    window = (window / window.sum())[:, None] * (window / window.sum())
    blur = lambda image: torch.nn.functional.conv2d(image[:, None], window[None, None])[:, 0]  # noqa: E731
    c1, c2 = (0.01 * value_range) ** 2, (0.03 * value_range) ** 2
    mx, my = blur(x), blur(y)
    vx, vy, cov = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
    return (2 * mx * my + c1) * (2 * cov + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))


def ssim_cases():
    """1 - SSIM per frame of values 0..1; equal to scikit-image's (checked while made)."""
    frames = random_values(2040, (2, 14, 13), 0, 1)
    inputs = {"predictions": (frames * 0.7 + random_values(2041, (2, 14, 13), 0, 0.3)).round(3), "targets": frames}
    dissimilarity = lambda t: 1 - ssim_map(t["predictions"], t["targets"]).mean((1, 2))  # noqa: E731
    case = loss_case("1 - ssim", {"loss": "ssim", "windowSize": 11, "sigma": 1.5, "k1": 0.01, "k2": 0.03, "range": 1}, inputs, dissimilarity, "predictions")
    from skimage.metrics import structural_similarity

    for index, value in enumerate(case["outputs"]["perSample"]["data"]):
        pair = inputs["predictions"][index], inputs["targets"][index]
        other = structural_similarity(*pair, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0)
        numpy.testing.assert_allclose(1 - value, other, rtol=1e-7)
    return [case]


def make():
    """All loss oracles by file name."""
    return {"losses": classification_cases() + binary_cases() + regression_cases() + dice_cases() + ssim_cases()}
