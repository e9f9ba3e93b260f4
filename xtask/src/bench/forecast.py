#!/usr/bin/env python3
"""The forecaster's network in PyTorch, layer for layer, on one thread: what `cargo xtask bench forecast` compares with.

  forecast.py WIDTHS.json --seconds 10 [--batch 64] [--inference 128]

WIDTHS.json is what `measure_forecast widths` prints, so that the two networks cannot grow apart unnoticed: their numbers
of weights are compared by the caller. Random inputs. Prints one line of JSON: windows for each second of processor time.
"""
import os

# Before torch is loaded: it reads them once.
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse, json, time
import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)


class Block(nn.Module):
    """`x + W2 relu(W1 x)`, normalised."""

    def __init__(self, width):
        super().__init__()
        self.enter, self.leave, self.norm = nn.Linear(width, width), nn.Linear(width, width), nn.LayerNorm(width)

    def forward(self, x):
        return self.norm(x + self.leave(F.relu(self.enter(x))))


class Net(nn.Module):
    """crates/forecast/src/model.rs."""

    def __init__(self, w):
        super().__init__()
        n = w["net"]
        self.days, self.mixes, self.median, self.levels = w["days"], w["mixes"], w["median"], len(w["levels"])
        steps = self.levels - 1
        head = self.mixes + 2 + steps
        context = w["statics"] + 2 * n["embedding"] + n["category_embedding"]
        day = n["decoded"] + w["future"] + w["aligned"]
        self.stores = nn.Embedding(n["store_rows"], n["embedding"])
        self.products = nn.Embedding(n["product_rows"], n["embedding"])
        self.categories = nn.Embedding(n["category_rows"], n["category_embedding"])
        self.project = nn.Linear(w["future"], n["projected"])
        self.encode = nn.Linear(w["history"] + self.days * n["projected"] + context, n["hidden"])
        self.blocks = nn.ModuleList(Block(n["hidden"]) for _ in range(n["blocks"]))
        self.decode = nn.Linear(n["hidden"], self.days * n["decoded"])
        self.day_context = nn.Linear(context, n["day_hidden"])
        self.day_enter = nn.Linear(day, n["day_hidden"])
        self.day_leave = nn.Linear(n["day_hidden"], head)
        self.day_skip = nn.Linear(day, head)
        ladder = torch.zeros(steps, self.levels)
        for step in range(steps):
            for level in range(self.levels):
                if step < self.median and level <= step:
                    ladder[step, level] = -1.0
                elif step >= self.median and level > step:
                    ladder[step, level] = 1.0
        self.register_buffer("ladder", ladder)

    def forward(self, history, future, aligned, statics, stores, products, categories):
        size, rows = history.shape[0], history.shape[0] * self.days
        context = torch.cat([statics, self.stores(stores), self.products(products), self.categories(categories)], 1)
        projected = F.relu(self.project(future)).reshape(size, -1)
        x = F.relu(self.encode(torch.cat([history, projected, context], 1)))
        for block in self.blocks:
            x = block(x)
        day = torch.cat([self.decode(x).reshape(rows, -1), future, aligned], 1)
        context = self.day_context(context).unsqueeze(1).expand(-1, self.days, -1).reshape(rows, -1)
        hidden = F.relu(self.day_enter(day) + context)
        out = self.day_leave(hidden) + self.day_skip(day)
        means = aligned[:, : self.mixes]
        mix = (torch.softmax(out[:, : self.mixes], 1) * means).sum(1, keepdim=True)
        gain, shift = out[:, self.mixes : self.mixes + 1], out[:, self.mixes + 1 : self.mixes + 2]
        width = (aligned[:, self.mixes - 1 : self.mixes] + 0.05).sqrt()
        steps = F.softplus(out[:, self.mixes + 2 :]) * width
        return steps @ self.ladder + mix * (gain + 1.0) + shift


def pinball(forecast, target, weight, weight_above, levels):
    error = target - forecast
    below = F.relu(error) * levels * weight
    above = F.relu(-error) * (1.0 - levels) * weight_above
    return (below + above).sum() / (weight.sum() * levels.shape[1])


def batch_of(w, size):
    """Windows as `bench::Alone` draws them."""
    n, rows = w["net"], size * w["days"]
    ids = lambda count: torch.randint(0, count, (size,))
    return (torch.rand(size, w["history"]), torch.rand(rows, w["future"]), torch.rand(rows, w["aligned"]), torch.rand(size, w["statics"]),
            ids(n["store_rows"]), ids(n["product_rows"]), ids(n["category_rows"]))


def rate(seconds, units, work):
    """Units of work for each second of processor time, after a tenth of the time to get warm."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds / 10:
        work()
    begun, cpu, done = time.monotonic(), time.process_time(), 0
    while time.monotonic() - begun < seconds:
        work()
        done += units
    return done / (time.process_time() - cpu)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("widths")
    ap.add_argument("--seconds", type=float, default=10.0)
    ap.add_argument("--batch", type=int, default=64)
    ap.add_argument("--inference", type=int, default=128)
    a = ap.parse_args()
    with open(a.widths) as f:
        w = json.load(f)
    torch.manual_seed(1)
    net = Net(w)
    # `fused`: the fastest of the three ways that the package has.
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, eps=1e-8, weight_decay=1e-4, fused=True)
    levels = torch.tensor([w["levels"]], dtype=torch.float32)
    inputs = batch_of(w, a.batch)
    target, ones = torch.rand(a.batch * w["days"], 1), torch.ones(a.batch * w["days"], 1)

    def step():
        optimizer.zero_grad()
        loss = pinball(net(*inputs), target, ones, ones, levels)
        loss.backward()
        optimizer.step()
        return loss.item()

    trained = rate(a.seconds, a.batch, step)
    net.eval()
    inputs = batch_of(w, a.inference)

    def forecast():
        with torch.inference_mode():
            return net(*inputs).numpy()

    forecasts = rate(a.seconds, a.inference, forecast)
    print(json.dumps({
        "training_windows_per_cpu_s": trained,
        "inference_windows_per_cpu_s": forecasts,
        "parameters": sum(p.numel() for p in net.parameters()),
        "version": torch.__version__,
    }))


if __name__ == "__main__":
    main()
