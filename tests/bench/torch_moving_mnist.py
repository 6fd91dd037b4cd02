"""A ConvLSTM of the size of `conv-lstm` in PyTorch, trained on the same Moving MNIST with the same budget, for docs/video.md.

    python tests/bench/torch_moving_mnist.py FOLDER [epochs=2] [filters=32,32] [threads=2]

FOLDER is what tests/bench/moving-mnist.mjs made; its lossless videos are read through the ffmpeg program. Architecture, loss,
optimiser, schedule, scheduled sampling, clipping and batch size are those of electron/models/conv-lstm.ts and
electron/analyses/frame-prediction; initial weights and the order of samples are PyTorch's own.
"""
import json
import math
import resource
import subprocess
import sys
import time

import torch
from torch import nn

FOLDER = sys.argv[1]
EPOCHS = int(sys.argv[2]) if len(sys.argv) > 2 else 2
FILTERS = [int(n) for n in (sys.argv[3] if len(sys.argv) > 3 else "32,32").split(",")]
torch.set_num_threads(int(sys.argv[4]) if len(sys.argv) > 4 else 2)
torch.manual_seed(0)
BATCH, INPUT, HORIZON, PATCH, SIZE = 8, 10, 10, 4, 64


def frames(part: str) -> torch.Tensor:
    """[sequences, 20, 1, 64, 64] in [0, 1]."""
    path = f"{FOLDER}/{part}/{part}.mkv"
    raw = subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-"], capture_output=True, check=True
    ).stdout
    flat = torch.frombuffer(bytearray(raw), dtype=torch.uint8)
    return flat.reshape(-1, INPUT + HORIZON, 1, SIZE, SIZE).float() / 255


class Cell(nn.Module):
    def __init__(self, below: int, units: int):
        super().__init__()
        self.units = units
        self.gates = nn.Conv2d(below + units, 4 * units, 3, padding=1)
        nn.init.xavier_uniform_(self.gates.weight)
        nn.init.zeros_(self.gates.bias)
        self.gates.bias.data[units : 2 * units] = 1

    def forward(self, x, state):
        if state is None:
            state = (x.new_zeros(x.shape[0], self.units, *x.shape[2:]),) * 2
        hidden, cell = state
        i, f, g, o = self.gates(torch.cat([x, hidden], 1)).chunk(4, 1)
        cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(cell), cell


class Predictor(nn.Module):
    def __init__(self):
        super().__init__()
        depth = PATCH * PATCH
        self.cells = nn.ModuleList(Cell(depth if i == 0 else FILTERS[i - 1], f) for i, f in enumerate(FILTERS))
        self.head = nn.Conv2d(FILTERS[-1], depth, 1)
        nn.init.xavier_uniform_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x, truth=None, teach=None):
        """x [b, 10, 16, 16, 16] in patches; returns predictions of frames 2 to 20."""
        states, out = [None] * len(self.cells), []
        for t in range(INPUT + HORIZON - 1):
            if t < INPUT:
                frame = x[:, t]
            elif truth is None:
                frame = out[-1]
            else:
                frame = out[-1] + (truth[:, t - INPUT] - out[-1]) * teach[:, t - INPUT, None, None, None]
            top = frame
            for i, cell in enumerate(self.cells):
                states[i] = cell(top, states[i])
                top = states[i][0]
            out.append(frame + self.head(top))
        return torch.stack(out, 1)


def patches(x):
    b, t = x.shape[:2]
    return nn.functional.pixel_unshuffle(x.reshape(b * t, 1, SIZE, SIZE), PATCH).reshape(b, t, PATCH * PATCH, SIZE // PATCH, SIZE // PATCH)


def main():
    train, test = frames("train"), frames("test")
    model = Predictor()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0)
    steps = EPOCHS * math.ceil(len(train) / BATCH)
    warm = round(0.05 * steps)
    times, step = [], 0
    for _ in range(EPOCHS):
        order = torch.randperm(len(train))
        for start in range(0, len(train), BATCH):
            since = step - warm
            rate = (step + 1) / warm if step < warm else 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * since / max(1, steps - warm)))
            for group in optimiser.param_groups:
                group["lr"] = 1e-3 * rate
            clip = patches(train[order[start : start + BATCH]])
            share = max(0.0, 1 - step / (0.5 * steps))
            teach = (torch.rand(len(clip), HORIZON - 1) < share).float()
            began = time.perf_counter()
            predicted = model(clip[:, :INPUT], clip[:, INPUT:], teach)
            loss = (predicted - clip[:, 1:]).square().mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1)
            optimiser.step()
            times.append(time.perf_counter() - began)
            step += 1
            if step % 50 == 0:
                print(step, steps, float(loss), file=sys.stderr, flush=True)
    squared = absolute = 0.0
    with torch.no_grad():
        for start in range(0, len(test), 16):
            clip = patches(test[start : start + 16])
            future = model(clip[:, :INPUT])[:, INPUT - 1 :].clamp(0, 1)
            apart = future - clip[:, INPUT:]
            squared += float(apart.square().sum()) / HORIZON
            absolute += float(apart.abs().sum()) / HORIZON
    used = resource.getrusage(resource.RUSAGE_SELF)
    times.sort()
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "parameters": sum(p.numel() for p in model.parameters()),
                "steps": steps,
                "mse": squared / len(test),
                "mae": absolute / len(test),
                "stepMs": 1000 * times[len(times) // 2],
                "cpuSeconds": used.ru_utime + used.ru_stime,
            }
        )
    )


main()
