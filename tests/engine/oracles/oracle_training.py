"""Optimisers on a small problem, global-norm clipping, and learning-rate schedules, all by PyTorch."""

import warnings

import numpy
import torch

from oracle_format import packed, random_values

STEPS = 5
PROBLEM = "loss = mean((tanh(x · kernel + bias) - target)²), the same batch at each step"


def optimizer_case(name, options, make_optimizer, clip=None, rates=None):
    """Parameters, gradients (before clipping), global norm and loss of five steps."""
    x, target = (torch.tensor(random_values(seed, shape, -1.5, 1.5)) for seed, shape in ((3000, (6, 3)), (3001, (6, 4))))
    kernel, bias = (torch.tensor(random_values(seed, shape), requires_grad=True) for seed, shape in ((3002, (3, 4)), (3003, (4,))))
    case = {
        "name": name,
        "config": {**options, "problem": PROBLEM},
        "inputs": {"x": packed(x), "target": packed(target)},
        "weights": {"kernel": packed(kernel), "bias": packed(bias)},
        "steps": [],
    }
    optimizer = make_optimizer([kernel, bias])
    for step in range(STEPS):
        if rates:
            optimizer.param_groups[0]["lr"] = rates[step]
        optimizer.zero_grad()
        loss = ((torch.tanh(x @ kernel + bias) - target) ** 2).mean()
        loss.backward()
        record = {"loss": packed(loss)["data"][0], "learningRate": optimizer.param_groups[0]["lr"]}
        record["gradients"] = {"kernel": packed(kernel.grad), "bias": packed(bias.grad)}
        norm = torch.nn.utils.clip_grad_norm_([kernel, bias], clip or float("inf"))
        record["globalNorm"] = packed(norm)["data"][0]
        if clip:
            record["clippedGradients"] = {"kernel": packed(kernel.grad), "bias": packed(bias.grad)}
        optimizer.step()
        record["weightsAfter"] = {"kernel": packed(kernel), "bias": packed(bias)}
        case["steps"].append(record)
    return case


def optimizer_cases():
    """PyTorch's conventions: velocity = momentum · velocity + gradient; epsilon is added to the corrected root."""
    sgd, adam, adamw = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
    rates = [0.1, 0.3, 0.05, 0.2, 0.01]
    return [
        optimizer_case("sgd", {"optimizer": "sgd", "learningRate": 0.3}, lambda p: sgd(p, 0.3)),
        optimizer_case("sgd, momentum", {"optimizer": "sgd", "learningRate": 0.2, "momentum": 0.9}, lambda p: sgd(p, 0.2, momentum=0.9)),
        optimizer_case("sgd, nesterov", {"optimizer": "sgd", "learningRate": 0.2, "momentum": 0.9, "nesterov": True}, lambda p: sgd(p, 0.2, momentum=0.9, nesterov=True)),
        optimizer_case("sgd, momentum, changing rate", {"optimizer": "sgd", "learningRates": rates, "momentum": 0.9}, lambda p: sgd(p, 0.1, momentum=0.9), rates=rates),
        optimizer_case("sgd, coupled weight decay", {"optimizer": "sgd", "learningRate": 0.2, "momentum": 0.9, "weightDecay": 0.1}, lambda p: sgd(p, 0.2, momentum=0.9, weight_decay=0.1)),
        optimizer_case("adam", {"optimizer": "adam", "learningRate": 0.05, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}, lambda p: adam(p, 0.05)),
        optimizer_case("adam, large epsilon", {"optimizer": "adam", "learningRate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-2}, lambda p: adam(p, 0.05, betas=(0.8, 0.95), eps=1e-2)),
        optimizer_case("adam, clipped", {"optimizer": "adam", "learningRate": 0.05, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "clipNorm": 0.25}, lambda p: adam(p, 0.05), clip=0.25),
        optimizer_case("adamw", {"optimizer": "adamw", "learningRate": 0.05, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.2}, lambda p: adamw(p, 0.05, weight_decay=0.2)),
        optimizer_case("adamw, changing rate, clipped", {"optimizer": "adamw", "learningRates": rates, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.2, "clipNorm": 0.25}, lambda p: adamw(p, 0.1, weight_decay=0.2), clip=0.25, rates=rates),
    ]


def schedule_case(name, options, make_scheduler, steps):
    """The rate that each step uses, step 0 first."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], options["learningRate"])
    scheduler = make_scheduler(optimizer)
    rates = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch says that SequentialLR passes an epoch
        for _ in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
    return {"name": name, "config": options, "outputs": {"learningRate": packed(numpy.array(rates))}}


def schedule_cases():
    """Formulas stand beside the numbers, for warm-up is counted in several ways."""
    kinds = torch.optim.lr_scheduler

    def warm_cosine(optimizer):
        warm = kinds.LinearLR(optimizer, start_factor=1 / 4, end_factor=1, total_iters=3)
        cosine = kinds.CosineAnnealingLR(optimizer, T_max=16, eta_min=0.01)
        return kinds.SequentialLR(optimizer, [warm, cosine], milestones=[4])

    return [
        schedule_case("constant", {"schedule": "constant", "learningRate": 0.1}, lambda o: kinds.ConstantLR(o, factor=1), 5),
        schedule_case("step", {"schedule": "step", "learningRate": 0.1, "everySteps": 4, "factor": 0.5, "formula": "rate · factor^floor(step / everySteps)"}, lambda o: kinds.StepLR(o, 4, 0.5), 14),
        schedule_case("cosine", {"schedule": "cosine", "learningRate": 0.1, "totalSteps": 12, "minimumRate": 0.01, "formula": "min + (rate - min)(1 + cos(π · step / totalSteps)) / 2"}, lambda o: kinds.CosineAnnealingLR(o, 12, 0.01), 13),
        schedule_case("warm-up, then constant", {"schedule": "warmup", "learningRate": 0.1, "warmupSteps": 4, "formula": "rate · min(1, (step + 1) / warmupSteps)"}, lambda o: kinds.LinearLR(o, 1 / 4, 1, 3), 8),
        schedule_case("warm-up, then cosine", {"schedule": "warmup-cosine", "learningRate": 0.1, "warmupSteps": 4, "totalSteps": 20, "minimumRate": 0.01, "formula": "rate · (step + 1) / warmupSteps, then cosine of step - warmupSteps over totalSteps - warmupSteps"}, warm_cosine, 21),
    ]


def make():
    """Optimiser and schedule oracles by file name."""
    return {"optimizers": optimizer_cases(), "schedules": schedule_cases()}
