"""PyTorch's side of `npm run bench`: the reference steps of docs/performance.md as a PyTorch user would write them.

Line protocol, one JSON object per line on stdin and stdout:

    -> {"case": "lstm", "batch": 256, "length": 23, "width": 64, "iterations": 3}
    <- {"ms": [..], "peakMb": .., "idleMb": .., "variant": {..}, "torch": ".."}

`batch` is sequences (pixels for `predict-lstm`), `length` is time steps, `width` is recurrent units or filters; each
is optional and defaults to the reference size. The model lives on between lines, so steps of two programs can be
alternated; the first line for a configuration also runs the warm-up steps. Unknown input gets {"error": ".."}.

`"variant": {..}` overrides how PyTorch runs it (see VARIANTS); the defaults are the fastest eager settings measured.
Every training step is forward + backward + clipping of the global gradient norm to 1.0 + Adam update.
"""

import json
import resource
import sys
import time

import torch
from torch import nn

THREADS = 2
CLIP_NORM = 1.0
WARM_UP = 2
FEATURES = 6  # spectral bands per date
PREDICTION_CLASSES = 5

DEFAULTS = {
    "lstm": {"batch": 256, "length": 23, "width": 64},
    "gru": {"batch": 256, "length": 23, "width": 64},
    "convlstm": {"batch": 8, "length": 10, "width": 32},
    "crnn": {"batch": 4, "length": 16, "width": 128},
    "predict-lstm": {"batch": 1024 * 1024, "length": 23, "width": 64},
}

# layout: memory format of 4-D tensors; compile: torch.compile; fused_adam: one kernel for the whole update;
# split_input: ConvLSTM convolves all frames of the input at once and only the state step by step;
# time_first: [time, batch, features] into nn.LSTM; chunk: pixels per call in the prediction.
VARIANTS = {
    "lstm": {"time_first": True, "compile": False, "fused_adam": True},
    "gru": {"time_first": True, "compile": False, "fused_adam": True},
    "convlstm": {"layout": "channels_last", "split_input": False, "compile": False, "fused_adam": True},
    "crnn": {"layout": "channels_last", "compile": False, "fused_adam": True},
    "predict-lstm": {"time_first": False, "compile": False, "chunk": 1024},
}


class SequenceClassifier(nn.Module):
    """Two recurrent layers; the last state of the upper one is classified."""

    def __init__(self, kind, width, classes, time_first):
        super().__init__()
        recurrent = nn.LSTM if kind == "lstm" else nn.GRU
        self.time_first = time_first
        self.recurrent = recurrent(FEATURES, width, num_layers=2, batch_first=not time_first)
        self.head = nn.Linear(width, classes)

    def forward(self, x):  # [batch, time, features], or [time, batch, features]
        states, _ = self.recurrent(x)
        return self.head(states[-1] if self.time_first else states[:, -1])  # [batch, classes]


class ConvLstm(nn.Module):
    """One ConvLSTM layer whose four gates come from one convolution; a 1x1 convolution predicts each next frame."""

    def __init__(self, filters, split_input, layout):
        super().__init__()
        self.filters, self.split_input, self.layout = filters, split_input, layout
        if split_input:
            self.input_gates = nn.Conv2d(1, 4 * filters, 3, padding=1)
            self.state_gates = nn.Conv2d(filters, 4 * filters, 3, padding=1, bias=False)
        else:
            self.gates = nn.Conv2d(1 + filters, 4 * filters, 3, padding=1)
        self.head = nn.Conv2d(filters, 1, 1)

    def forward(self, x):  # [batch, time, 1, height, width]
        batch, steps, _, height, width = x.shape
        h = torch.zeros(batch, self.filters, height, width).contiguous(memory_format=self.layout)
        c = torch.zeros_like(h)
        if self.split_input:
            frames = x.transpose(0, 1).reshape(steps * batch, 1, height, width).contiguous(memory_format=self.layout)
            projected = self.input_gates(frames).unflatten(0, (steps, batch))  # [time, batch, 4·filters, height, width]
        states = []
        for t in range(steps):
            if self.split_input:
                gates = projected[t] + self.state_gates(h)
            else:
                gates = self.gates(torch.cat([x[:, t], h], 1).contiguous(memory_format=self.layout))
            i, f, o, g = gates.chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        predicted = self.head(torch.cat(states))  # [time·batch, 1, height, width]
        return predicted.unflatten(0, (steps, batch)).transpose(0, 1)  # [batch, time, 1, height, width]


class Crnn(nn.Module):
    """Three convolutions per frame, averaged over the frame, then one LSTM over the frames."""

    def __init__(self, width, classes, layout):
        super().__init__()
        self.layout = layout
        channels = [3, width // 8, width // 4, width // 2]
        layers = []
        for inner, outer in zip(channels, channels[1:]):
            layers += [nn.Conv2d(inner, outer, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
        self.frames = nn.Sequential(*layers)
        self.recurrent = nn.LSTM(channels[-1], width, batch_first=True)
        self.head = nn.Linear(width, classes)

    def forward(self, x):  # [batch, time, 3, height, width]
        batch, steps = x.shape[:2]
        flat = x.flatten(0, 1).contiguous(memory_format=self.layout)  # [batch·time, 3, height, width]
        pooled = self.frames(flat).mean((2, 3)).unflatten(0, (batch, steps))  # [batch, time, channels]
        states, _ = self.recurrent(pooled)
        return self.head(states[:, -1])


def make_step(model, inputs, targets, loss_of, variant):
    """Returns one full training step as a function without arguments."""
    forward = torch.compile(model) if variant["compile"] else model
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=variant["fused_adam"])

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(forward(inputs), targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        optimizer.step()
        return loss.item()

    return step


def make_prediction(size, variant):
    """Class of every pixel of a raster of `batch` pixels, chunk by chunk; one call predicts the whole raster."""
    model = SequenceClassifier("lstm", size["width"], PREDICTION_CLASSES, variant["time_first"]).eval()
    pixels = torch.rand(size["batch"], size["length"], FEATURES)
    classes = torch.empty(size["batch"], dtype=torch.uint8)
    forward = torch.compile(model) if variant["compile"] else model

    def step():
        with torch.inference_mode():
            for start in range(0, size["batch"], variant["chunk"]):
                chunk = pixels[start : start + variant["chunk"]]
                if variant["time_first"]:
                    chunk = chunk.transpose(0, 1).contiguous()
                classes[start : start + variant["chunk"]] = forward(chunk).argmax(1)
        return float(classes[0])

    return step


def prepare(case, size, variant):
    """Builds model, data and optimiser of a case; the numbers are random but the same at each start."""
    torch.manual_seed(7)
    batch, length, width = size["batch"], size["length"], size["width"]
    layout = torch.channels_last if variant.get("layout") == "channels_last" else torch.contiguous_format
    if case in ("lstm", "gru"):
        model = SequenceClassifier(case, width, 5, variant["time_first"])
        shape = (length, batch, FEATURES) if variant["time_first"] else (batch, length, FEATURES)
        data = torch.rand(shape), torch.randint(0, 5, (batch,))
        return make_step(model, *data, nn.functional.cross_entropy, variant)
    if case == "convlstm":
        model = ConvLstm(width, variant["split_input"], layout).to(memory_format=layout)
        frames = torch.rand(batch, length + 1, 1, 64, 64)
        return make_step(model, frames[:, :-1], frames[:, 1:], nn.functional.mse_loss, variant)
    if case == "crnn":
        model = Crnn(width, 6, layout)
        model.frames.to(memory_format=layout)
        data = torch.rand(batch, length, 3, 112, 112), torch.randint(0, 6, (batch,))
        return make_step(model, *data, nn.functional.cross_entropy, variant)
    return make_prediction(size, variant)


def peak_mb():
    """High-water mark of this process's resident memory in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def answer(request, prepared, idle_mb):
    """Runs the requested iterations, preparing and warming up the case when it is new."""
    case = request["case"]
    if case not in DEFAULTS:
        raise ValueError(f"case must be one of {', '.join(DEFAULTS)}, got {case}")
    size = {key: int(request.get(key) or value) for key, value in DEFAULTS[case].items()}
    variant = {**VARIANTS[case], **request.get("variant", {})}
    key = json.dumps([case, size, variant])
    if prepared.get("key") != key:
        prepared.clear()
        step = prepare(case, size, variant)
        for _ in range(int(request.get("warmup", WARM_UP))):
            step()
        prepared.update(key=key, step=step)
    times = []
    for _ in range(int(request.get("iterations", 1))):
        start = time.perf_counter()
        prepared["step"]()
        times.append((time.perf_counter() - start) * 1000)
    return {
        "ms": times,
        "peakMb": peak_mb(),
        "idleMb": idle_mb,
        "size": size,
        "variant": variant,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }


def main():
    torch.set_num_threads(THREADS)
    idle_mb = peak_mb()
    prepared = {}
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            reply = answer(json.loads(line), prepared, idle_mb)
        except Exception as error:  # the harness prints it; one bad size must not end the run
            reply = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
