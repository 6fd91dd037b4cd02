"""Layers: output and gradients of sum(output * lossWeights) with respect to the inputs and every trainable weight."""

import keras
import numpy
import torch
from keras import layers, ops

import oracle_checks
from oracle_format import packed, random_values


def hard_sigmoid(x):
    """Keras 2's and TF.js's hard sigmoid (Keras 3 divides by six instead)."""
    return ops.clip(0.2 * x + 0.5, 0.0, 1.0)


KERAS_ACTIVATIONS = {"hardSigmoid": hard_sigmoid}
RECURRENT = {"simpleRNN": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU, "convLstm2d": layers.ConvLSTM2D}


def snake(name):
    """TF.js's option name as Keras writes it: returnSequences -> return_sequences."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def keras_options(options):
    """The same options for Keras: names in snake case, TF.js's activations by function."""
    found = {snake(name): value for name, value in options.items()}
    for name in ("activation", "recurrent_activation"):
        if name in found:
            found[name] = KERAS_ACTIVATIONS.get(found[name], found[name])
    return found


def set_weights(layer, seed):
    """Gives each weight its own random values; variances are positive."""
    for index, weight in enumerate(layer.weights):
        low, high = (0.4, 1.6) if "variance" in weight.name else (-0.6, 0.6)
        weight.assign(random_values(seed * 100 + index, tuple(weight.shape), low, high))


def weight_names(layer):
    """Keras's own weight names; those of a bidirectional layer say the direction."""
    if isinstance(layer, layers.Bidirectional):
        return [f"{side}_{weight.name}" for side, part in (("forward", layer.forward_layer), ("backward", layer.backward_layer)) for weight in part.weights]
    names = [weight.name for weight in layer.weights]
    if len(set(names)) == len(names):
        return names
    return ["/".join(weight.path.split("/")[-2:]) for weight in layer.weights]


def layer_case(name, factory, options, layer, inputs, seed, call=None, check=None, integers=()):
    """Runs one layer; `inputs` are shapes or arrays by name, `call` says how to call it when not layer(x)."""
    values = {key: value if isinstance(value, numpy.ndarray) else random_values(seed * 1000 + index, value) for index, (key, value) in enumerate(inputs.items())}
    tensors = {key: torch.tensor(value, requires_grad=key not in integers) for key, value in values.items()}
    run = call or (lambda built, given: built(given["x"]))
    run(layer, tensors)  # builds the weights
    set_weights(layer, seed)
    before = {key: weight.value.detach().clone() for key, weight in zip(weight_names(layer), layer.weights)}
    output = run(layer, tensors)
    outputs = output if isinstance(output, dict) else {"y": output}
    if check:
        check(values, {key: value.numpy() for key, value in before.items()}, outputs["y"].detach().numpy())
    differentiated = {key: value for key, value in outputs.items() if value.requires_grad}
    loss_weights = {key: random_values(seed * 10000 + index, tuple(value.shape)) for index, (key, value) in enumerate(differentiated.items())}
    loss = sum((value * torch.tensor(loss_weights[key])).sum() for key, value in differentiated.items())
    targets = {key: value for key, value in tensors.items() if value.requires_grad}
    targets |= {key: weight.value for key, weight in zip(weight_names(layer), layer.weights) if weight.trainable}
    gradients = torch.autograd.grad(loss, list(targets.values()), allow_unused=True)
    return {
        "name": name,
        "config": {"layer": factory, "options": options},
        "inputs": {key: packed(value) for key, value in values.items()},
        "weights": {key: packed(value) for key, value in before.items()},
        "outputs": {key: packed(value) for key, value in outputs.items()},
        "lossWeights": {key: packed(value) for key, value in loss_weights.items()},
        "loss": float(f"{loss.item():.12g}"),
        "gradients": {key: packed(value) for key, value in zip(targets, gradients) if value is not None},
    }


def simple_case(name, factory, keras_class, options, shape, seed, **extra):
    """A layer whose Keras options are TF.js's in snake case and which takes one input."""
    return layer_case(name, factory, options, keras_class(**keras_options(options)), {"x": shape}, seed, **extra)


def recurrent_cases(factory, seed):
    """Sequences and last state, both gate activations, backwards, masked in the middle and at the end, stateful."""
    keras_class, shape = RECURRENT[factory], (3, 5, 4)
    gates = {} if factory == "simpleRNN" else {"recurrentActivation": "sigmoid"}
    base = {"units": 7, "activation": "tanh", **gates}
    if factory == "gru":
        base["resetAfter"] = False
    cases = [
        simple_case("all states", factory, keras_class, {**base, "returnSequences": True}, shape, seed),
        simple_case("last state, backwards, no bias", factory, keras_class, {**base, "goBackwards": True, "useBias": False}, shape, seed + 1),
    ]
    if gates:
        hard = {**base, "recurrentActivation": "hardSigmoid", "returnSequences": True}
        cases.append(simple_case("all states, hard sigmoid", factory, keras_class, hard, shape, seed + 2))
    if factory == "gru":
        cases.append(simple_case("all states, reset after the product", factory, keras_class, {**base, "resetAfter": True, "returnSequences": True}, shape, seed + 3))
    mask = numpy.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 1, 1, 0]], bool)
    for sequences in (True, False):
        options = {**base, "returnSequences": sequences}
        call = lambda built, given: built(given["x"], mask=given["mask"])  # noqa: E731
        title = f"masked, {'all states' if sequences else 'last state'}"
        cases.append(layer_case(title, factory, options, keras_class(**keras_options(options)), {"x": shape, "mask": mask}, seed + 4 + sequences, call=call, integers=("mask",)))
    state_names = ["h", "c"] if factory == "lstm" else ["h"]
    options = {**base, "returnSequences": True, "returnState": True}

    def with_state(built, given):
        y, *states = built(given["x"], initial_state=[given[f"{key}0"] for key in state_names])
        return {"y": y, **dict(zip(state_names, states))}

    inputs = {"x": shape, **{f"{key}0": (3, 7) for key in state_names}}
    cases.append(layer_case("state given and returned", factory, options, keras_class(**keras_options(options)), inputs, seed + 6, call=with_state))
    return cases


def bidirectional_cases():
    """Both directions joined by concatenation; sequences of the backward layer are turned round again."""
    cases = []
    for seed, (inner, sequences) in enumerate((("lstm", True), ("lstm", False), ("gru", True)), 300):
        options = {"units": 5, "activation": "tanh", "recurrentActivation": "sigmoid", "returnSequences": sequences}
        if inner == "gru":
            options["resetAfter"] = False
        layer = layers.Bidirectional(RECURRENT[inner](**keras_options(options)), merge_mode="concat")
        described = {"mergeMode": "concat", "layer": {"layer": inner, "options": options}}
        title = f"{inner}, {'all states' if sequences else 'last states'}"
        cases.append(layer_case(title, "bidirectional", described, layer, {"x": (3, 5, 4)}, seed))
    return cases


def convolutional_lstm_cases():
    """Gates by convolution, [batch, time, height, width, channels]; the state's convolution is always padded."""
    base = {"filters": 4, "kernelSize": 3, "padding": "same", "recurrentActivation": "sigmoid", "activation": "tanh"}
    shape = (2, 4, 5, 6, 3)
    return [
        simple_case("all states", "convLstm2d", layers.ConvLSTM2D, {**base, "returnSequences": True}, shape, 400),
        simple_case("last state, hard sigmoid", "convLstm2d", layers.ConvLSTM2D, {**base, "recurrentActivation": "hardSigmoid"}, shape, 401),
        simple_case("valid, stride 2, kernel 2x3", "convLstm2d", layers.ConvLSTM2D, {**base, "kernelSize": [2, 3], "padding": "valid", "strides": 2}, (2, 3, 6, 7, 2), 402),
    ]


def convolution_cases():
    """Even kernels, odd sizes, strides and dilation, so that each padding rule shows."""
    one = {"filters": 3, "kernelSize": 4, "activation": "relu"}
    two = {"filters": 4, "kernelSize": [3, 2], "activation": "linear"}
    three = {"filters": 3, "kernelSize": [2, 3, 2], "activation": "linear"}
    check = oracle_checks.check_convolution
    return {
        "conv1d": [
            simple_case("same, kernel 4", "conv1d", layers.Conv1D, {**one, "padding": "same"}, (2, 7, 4), 500, check=check(1, "same")),
            simple_case("causal, dilation 2", "conv1d", layers.Conv1D, {**one, "kernelSize": 3, "padding": "causal", "dilationRate": 2}, (2, 7, 4), 501),
            simple_case("valid, stride 2", "conv1d", layers.Conv1D, {**one, "padding": "valid", "strides": 2}, (2, 9, 4), 502, check=check(2, "valid")),
        ],
        "conv2d": [
            simple_case("same", "conv2d", layers.Conv2D, {**two, "padding": "same"}, (2, 5, 6, 3), 510, check=check(1, "same")),
            simple_case("same, stride 2", "conv2d", layers.Conv2D, {**two, "padding": "same", "strides": 2}, (2, 5, 6, 3), 511, check=check(2, "same")),
            simple_case("valid, no bias", "conv2d", layers.Conv2D, {**two, "padding": "valid", "useBias": False}, (2, 5, 6, 3), 512, check=check(1, "valid")),
            simple_case("same, dilation 2", "conv2d", layers.Conv2D, {**two, "kernelSize": 3, "padding": "same", "dilationRate": 2}, (2, 7, 6, 3), 513),
        ],
        "conv3d": [
            simple_case("same", "conv3d", layers.Conv3D, {**three, "padding": "same"}, (2, 4, 5, 3, 2), 520, check=check(1, "same")),
            simple_case("valid, stride 2", "conv3d", layers.Conv3D, {**three, "padding": "valid", "strides": 2}, (2, 4, 5, 4, 2), 521, check=check(2, "valid")),
        ],
        "depthwise-conv2d": [
            simple_case("same, two per channel", "depthwiseConv2d", layers.DepthwiseConv2D, {"kernelSize": [3, 2], "depthMultiplier": 2, "padding": "same"}, (2, 5, 6, 3), 530),
            simple_case("valid, stride 2", "depthwiseConv2d", layers.DepthwiseConv2D, {"kernelSize": 3, "strides": 2, "padding": "valid"}, (2, 7, 6, 3), 531),
        ],
        "separable-conv2d": [
            simple_case("same", "separableConv2d", layers.SeparableConv2D, {"filters": 4, "kernelSize": 3, "depthMultiplier": 2, "padding": "same"}, (2, 5, 6, 3), 540),
        ],
        "conv2d-transpose": [
            simple_case("same, stride 2", "conv2dTranspose", layers.Conv2DTranspose, {"filters": 4, "kernelSize": 3, "strides": 2, "padding": "same"}, (2, 4, 5, 3), 550, check=oracle_checks.check_transposed(2, "same")),
            simple_case("valid, stride 2, kernel 2x3", "conv2dTranspose", layers.Conv2DTranspose, {"filters": 4, "kernelSize": [2, 3], "strides": 2, "padding": "valid"}, (2, 4, 5, 3), 551, check=oracle_checks.check_transposed(2, "valid")),
            simple_case("same, stride 1, kernel 3x2", "conv2dTranspose", layers.Conv2DTranspose, {"filters": 4, "kernelSize": [3, 2], "strides": 1, "padding": "same"}, (2, 4, 5, 3), 552, check=oracle_checks.check_transposed(1, "same")),
        ],
    }


class AverageInside(layers.Layer):
    """Average pooling with TensorFlow's `same` padding; Keras on PyTorch counts part of the padding, which is wrong."""

    def __init__(self, size, stride):
        super().__init__()
        self.size, self.stride = size, stride

    def call(self, x):  # [batch, ...space, channels]
        summed = self.window_sums(x.movedim(-1, 1))
        counts = self.window_sums(torch.ones_like(x.movedim(-1, 1)))
        return (summed / counts).movedim(1, -1)

    def window_sums(self, x):
        """Sums over each window of [batch, channels, ...space], zeros outside."""
        edges = []
        for extent, edge in zip(reversed(x.shape[2:]), reversed(self.size)):
            missing = max((-(-extent // self.stride) - 1) * self.stride + edge - extent, 0)
            edges += [missing // 2, missing - missing // 2]
        x = torch.nn.functional.pad(x, edges)
        for axis, edge in enumerate(self.size):
            x = x.unfold(2 + axis, edge, self.stride)
        return x.flatten(2 + len(self.size)).sum(-1)


def pooling_cases():
    """Odd sizes with padding: the border windows average over fewer values."""
    cases = []
    check = oracle_checks.check_pooling
    for index, (rank, shape) in enumerate(((1, (2, 7, 3)), (2, (2, 5, 7, 3)), (3, (2, 3, 5, 4, 2)))):
        for kind, padding in (("max", "same"), ("max", "valid"), ("average", "same"), ("average", "valid")):
            keras_class = getattr(layers, f"{'Max' if kind == 'max' else 'Average'}Pooling{rank}D")
            options = {"poolSize": 2 if rank == 1 else [2, 3, 2][:rank], "strides": 2 if rank == 1 else [2] * rank, "padding": padding}
            seed = 600 + 10 * index + len(cases)
            layer = keras_class(**keras_options(options))
            if (kind, padding) == ("average", "same"):
                layer = AverageInside([2] if rank == 1 else options["poolSize"], 2)
            cases.append(layer_case(f"{kind}{rank}d, {padding}", f"{kind}Pooling{rank}d", options, layer, {"x": shape}, seed, check=check(options, kind)))
    for index, (kind, rank, shape) in enumerate((("Average", 1, (2, 7, 3)), ("Max", 1, (2, 7, 3)), ("Average", 2, (2, 5, 7, 3)), ("Max", 2, (2, 5, 7, 3)))):
        keras_class = getattr(layers, f"Global{kind}Pooling{rank}D")
        cases.append(simple_case(f"global {kind.lower()}{rank}d", f"global{kind}Pooling{rank}d", keras_class, {}, shape, 650 + index))
    return cases


def resizing_cases():
    """Up-sampling (nearest copies; bilinear by half-pixel centres as Keras does) and zero padding."""
    return [
        simple_case("nearest, 2x3", "upSampling2d", layers.UpSampling2D, {"size": [2, 3], "interpolation": "nearest"}, (2, 3, 4, 2), 700),
        simple_case("zero padding", "zeroPadding2d", layers.ZeroPadding2D, {"padding": [[1, 2], [3, 0]]}, (2, 3, 4, 2), 701),
    ]


def normalization_cases():
    """Training uses the batch's moments (biased variance) and moves the averages; inference uses the averages."""
    batch = []
    for seed, (title, training, shape) in enumerate((("training, 4-D", True, (3, 4, 5, 2)), ("inference, 4-D", False, (3, 4, 5, 2)), ("training, 2-D", True, (6, 4)))):
        options = {"momentum": 0.9, "epsilon": 0.001}
        layer = layers.BatchNormalization(**options)

        def call(built, given, training=training):
            y = built(given["x"], training=training)
            return {"y": y, "moving_mean": built.moving_mean.value.detach().clone(), "moving_variance": built.moving_variance.value.detach().clone()}

        case = layer_case(title, "batchNormalization", options, layer, {"x": shape}, 800 + seed, call=call)
        case["config"]["training"] = training
        batch.append(case)
    layer_norm = [
        simple_case("last axis", "layerNormalization", layers.LayerNormalization, {"epsilon": 0.001}, (3, 5, 4), 810),
        simple_case("two axes", "layerNormalization", layers.LayerNormalization, {"epsilon": 0.001, "axis": [1, 2]}, (3, 5, 4), 811),
    ]
    return {"batch-normalization": batch, "layer-normalization": layer_norm}


def dense_cases():
    """Dense on a batch and on each step, embedding, and TimeDistributed."""
    tokens = numpy.array([[4, 0, 2], [8, 8, 1]])
    distributed = {"layer": {"layer": "dense", "options": {"units": 3, "activation": "tanh"}}}
    return {
        "dense": [
            simple_case("softmax", "dense", layers.Dense, {"units": 5, "activation": "softmax"}, (3, 4), 900),
            simple_case("each step, sigmoid", "dense", layers.Dense, {"units": 5, "activation": "sigmoid"}, (3, 5, 4), 901),
            layer_case("time distributed", "timeDistributed", distributed, layers.TimeDistributed(layers.Dense(3, activation="tanh")), {"x": (3, 5, 4)}, 902),
        ],
        "embedding": [
            layer_case("a row twice", "embedding", {"inputDim": 9, "outputDim": 4}, layers.Embedding(9, 4), {"x": tokens}, 910, integers=("x",)),
        ],
    }


def activation_cases():
    """Each activation on values on both sides of its bends."""
    names = ["relu", "relu6", "elu", "selu", "softplus", "softsign", "tanh", "sigmoid", "hardSigmoid", "softmax", "swish", "gelu", "mish"]
    x = numpy.concatenate([random_values(1000, (4, 6), -3, 3), random_values(1001, (1, 6), -8, 8)])
    cases = []
    for index, name in enumerate(names):
        function = KERAS_ACTIVATIONS.get(name, name)
        if name == "gelu":
            function = lambda value: ops.gelu(value, approximate=False)  # noqa: E731
        cases.append(layer_case(name, "activation", {"activation": name}, layers.Activation(function), {"x": x}, 1002 + index))
    return cases


class AttentionOverTime(layers.Layer):
    """Additive attention over the states of a sequence: softmax over time of v·tanh(W·h + b), then the weighted sum."""

    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,))
        self.score = self.add_weight(name="score", shape=(self.units, 1))

    def call(self, states):  # [batch, time, features]
        scores = ops.matmul(ops.tanh(ops.matmul(states, self.kernel) + self.bias), self.score)
        return ops.sum(ops.softmax(scores, axis=1) * states, axis=1)  # [batch, features]


def attention_cases():
    """Dot-product attention with and without mask, attention pooled over time, several heads."""
    mask = numpy.array([[1, 1, 1, 0, 1, 1], [1, 1, 0, 1, 1, 0]], bool)
    heads = {"numHeads": 2, "keyDim": 3}
    cross = {"query": (2, 4, 5), "value": (2, 6, 5), "key": (2, 6, 5)}
    return [
        layer_case("dot product, query x key, not scaled", "attention", {}, layers.Attention(), cross, 1100, call=lambda built, given: built([given["query"], given["value"], given["key"]])),
        layer_case("dot product, masked values", "attention", {}, layers.Attention(), {**cross, "mask": mask}, 1101, call=lambda built, given: built([given["query"], given["value"], given["key"]], mask=[None, given["mask"]]), integers=("mask",)),
        layer_case("pooled over time", "attentionOverTime", {"units": 3}, AttentionOverTime(3), {"x": (3, 5, 4)}, 1102),
        layer_case("two heads, self-attention", "multiHeadAttention", heads, layers.MultiHeadAttention(2, 3), {"x": (2, 5, 4)}, 1103, call=lambda built, given: built(given["x"], given["x"])),
    ]


def stateful_case():
    """Two batches one after the other; the second starts from the first one's last state, which it takes as given."""
    options = {"units": 7, "activation": "tanh", "recurrentActivation": "sigmoid", "returnSequences": True}

    def twice(built, given):
        first, *states = built(given["x1"])
        second = built(given["x2"], initial_state=[state.detach() for state in states])
        return {"first": first.detach(), "y": second[0]}

    layer = layers.LSTM(**keras_options(options), return_state=True)
    inputs = {"x1": (3, 2, 4), "x2": (3, 3, 4)}
    return layer_case("stateful, two batches in a row", "lstm", {**options, "stateful": True}, layer, inputs, 150, call=twice)


def stacked_case():
    """Two LSTM layers and a softmax, as the land-use model stacks them."""
    stack = [
        {"layer": "lstm", "options": {"units": 6, "activation": "tanh", "recurrentActivation": "sigmoid", "returnSequences": True}},
        {"layer": "lstm", "options": {"units": 5, "activation": "tanh", "recurrentActivation": "sigmoid"}},
        {"layer": "dense", "options": {"units": 3, "activation": "softmax"}},
    ]
    built = keras.Sequential([layers.LSTM(**keras_options(stack[0]["options"])), layers.LSTM(**keras_options(stack[1]["options"])), layers.Dense(3, activation="softmax")])
    case = layer_case("lstm, lstm, softmax", "sequential", {"layers": stack}, built, {"x": (4, 5, 3)}, 160)
    return case


def make():
    """All layer oracles by file name."""
    return {
        "simple-rnn": recurrent_cases("simpleRNN", 120),
        "lstm": recurrent_cases("lstm", 130) + [stateful_case()],
        "gru": recurrent_cases("gru", 140),
        "stacked-lstm": [stacked_case()],
        "bidirectional": bidirectional_cases(),
        "conv-lstm2d": convolutional_lstm_cases(),
        **convolution_cases(),
        "pooling": pooling_cases(),
        "resizing": resizing_cases(),
        **normalization_cases(),
        **dense_cases(),
        "activations": activation_cases(),
        "attention": attention_cases(),
    }
