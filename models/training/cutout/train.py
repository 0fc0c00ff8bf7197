"""Trains the cut-out network on rendered shards, on a CPU, for a given time.

    OMP_WAIT_POLICY=PASSIVE python -m cutout.train --data SHARDS [SHARDS ...] --validation SHARDS \\
        --backgrounds DIR --out RUN --minutes 30

Never render and train at once: the renderer's threads slow the training thirtyfold.
"""

import argparse
import copy
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

from cutout.backdrops import load_photographs
from cutout.model import ShotNet
from cutout.samples import Samples
from cutout.shards import Shards


def balanced_loss(logits, alpha, weight):
    """Weighted cross-entropy plus one minus the soft IoU, mean over the batch."""
    entropy = F.binary_cross_entropy_with_logits(logits, alpha, reduction="none") * weight
    entropy = entropy.mean((1, 2, 3)) / weight.mean((1, 2, 3))
    guess = torch.sigmoid(logits)
    common = (guess * alpha).sum((1, 2, 3))
    union = (guess + alpha - guess * alpha).sum((1, 2, 3))
    return (entropy + 1 - (common + 8) / (union + 8)).mean()


def loss_of(outputs, alpha):
    """The loss at full size, with more weight on edges and thin parts, the gradient's, and two side losses."""
    logits, quarter, eighth = outputs
    mean = F.avg_pool2d(F.avg_pool2d(alpha, (9, 1), 1, (4, 0)), (1, 9), 1, (0, 4))
    weight = 1 + 3 * (mean - alpha).abs()
    guess = torch.sigmoid(logits)
    slope_x = (guess.diff(dim=3) - alpha.diff(dim=3)).abs().mean()
    slope_y = (guess.diff(dim=2) - alpha.diff(dim=2)).abs().mean()
    loss = balanced_loss(logits, alpha, weight) + 2 * (slope_x + slope_y)
    for side, shrink in ((quarter, 4), (eighth, 8)):
        small = F.avg_pool2d(alpha, shrink)
        loss = loss + 0.3 * balanced_loss(side, small, torch.ones_like(small))
    return loss


def as_input(pictures):
    return pictures.float().div_(255).contiguous(memory_format=torch.channels_last)


def validate(net, samples):
    """(IoU at 0.5, MAE), mean over a fixed list of samples."""
    overlap, error = [], []
    for start in range(0, len(samples), 16):
        pictures, alphas = (torch.stack(x) for x in zip(*samples[start : start + 16]))
        with torch.no_grad():
            guess = net(as_input(pictures))
        kept, wanted = guess > 0.5, alphas > 127
        overlap += ((kept & wanted).sum((1, 2, 3)) / ((kept | wanted).sum((1, 2, 3)) + 1e-6)).tolist()
        error += (guess - alphas.float() / 255).abs().mean((1, 2, 3)).tolist()
    return float(np.mean(overlap)), float(np.mean(error))


def average_into(average, net, step):
    """Exponential moving average of weights and batch-norm statistics."""
    decay = min(0.998, (1 + step) / (10 + step))
    with torch.no_grad():
        for mean, value in zip(average.state_dict().values(), net.state_dict().values()):
            if mean.dtype.is_floating_point:
                mean.lerp_(value, 1 - decay)
            else:
                mean.copy_(value)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, help="shard folders to train on")
    parser.add_argument("--validation", nargs="*", default=[], help="shard folders of models the renderer held back")
    parser.add_argument("--backgrounds", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--stages", default="192:0.6,256:1.0", help="size:until, until as a share of the time")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=2.5e-3)
    parser.add_argument("--init", help="weights to start from")
    parser.add_argument("--resume", action="store_true", help="go on from OUT/state.pt")
    parser.add_argument("--bfloat16", action="store_true", help="twice as fast on a CPU with AMX")
    parser.add_argument("--reopen", type=int, default=400, help="steps after which growing shards are opened again")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def make_optimizer(net, learning_rate):
    """AdamW with weight decay on matrices only."""
    matrices = [p for p in net.parameters() if p.ndim > 1]
    vectors = [p for p in net.parameters() if p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.02}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.99), fused=True)


class Run:
    """A training under way: the network, its average, and what it takes to save and resume them."""

    def __init__(self, args):
        self.args = args
        self.net = ShotNet()
        if args.init:
            self.net.load_state_dict(torch.load(args.init, map_location="cpu"))
        self.net = self.net.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval()
        self.optimizer = make_optimizer(self.net, args.learning_rate)
        self.step, self.spent = 0, 0.0
        self.state_path = os.path.join(args.out, "state.pt")
        if args.resume:
            state = torch.load(self.state_path, map_location="cpu")
            for name in ("net", "average", "optimizer"):
                getattr(self, name).load_state_dict(state[name])
            self.step, self.spent = state["step"], state["seconds"]
        self.started = time.monotonic() - self.spent

    def share(self):
        """How much of the time is spent, 0..1."""
        return (time.monotonic() - self.started) / (self.args.minutes * 60)

    def save(self):
        parts = {name: getattr(self, name).state_dict() for name in ("net", "average", "optimizer")}
        seconds = time.monotonic() - self.started
        torch.save({**parts, "step": self.step, "seconds": seconds}, self.state_path)
        torch.save(self.average.state_dict(), os.path.join(self.args.out, "ema.pt"))

    def learn(self, pictures, alphas):
        """One step; returns the loss."""
        cosine = 0.5 * (1 + math.cos(math.pi * min(1, self.share())))
        rate = self.args.learning_rate * min(1, (self.step + 1) / 60) * (0.98 * cosine + 0.02)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16, enabled=self.args.bfloat16):
            outputs = self.net(as_input(pictures), aux=True)
        loss = loss_of([output.float() for output in outputs], alphas.float().div_(255))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        average_into(self.average, self.net, self.step)
        return loss.item()


def begun(folders):
    """Of the shard folders those that a renderer has begun to fill."""
    return [folder for folder in folders if all(size_of(folder, name) > 1e6 for name in ("fg.bin", "bg.bin"))]


def size_of(folder, name):
    path = os.path.join(folder, name)
    return os.path.getsize(path) if os.path.exists(path) else 0


def held_back(folders, photographs):
    """{folder: 160 samples} of the validation folders, augmented once and for all."""
    sets = {}
    for folder in folders:
        samples = Samples(Shards([folder]), photographs, 256, seed=999)
        sets[folder] = [samples[i] for i in range(160)]
    return sets


def report(net, sets):
    scores = {os.path.basename(folder): validate(net, samples) for folder, samples in sets.items()}
    return "".join(f", {name} IoU {overlap:.4f} MAE {error:.4f}" for name, (overlap, error) in scores.items())


def main():
    args = parse_arguments()
    os.makedirs(args.out, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    photographs = load_photographs(args.backgrounds)
    unseen = held_back(begun(args.validation), photographs)
    run, validated = Run(args), time.monotonic()
    print(f"starting at step {run.step}{report(run.average, unseen)}", flush=True)
    for stage, (size, until) in enumerate(part.split(":") for part in args.stages.split(",")):
        while run.share() < float(until):
            # The seed counts the steps done, so that a resumed run sees new samples.
            seed, shards = args.seed * 1000 + stage + 10 * run.step, Shards(begun(args.data))
            samples = Samples(shards, photographs, int(size), seed, length=args.reopen * args.batch)
            losses = []
            for pictures, alphas in torch.utils.data.DataLoader(samples, args.batch, num_workers=1, prefetch_factor=4):
                losses.append(run.learn(pictures, alphas))
                if run.share() >= float(until):
                    break
                if len(losses) % 100 == 0:
                    mean = np.mean(losses[-100:])
                    print(f"step {run.step}, size {size}, {run.share():.0%}, loss {mean:.4f}", flush=True)
            run.save()
            if time.monotonic() - validated > 240:
                validated = time.monotonic()
                print(f"step {run.step}, of {len(shards)} samples{report(run.average, unseen)}", flush=True)
    print(f"done at step {run.step}{report(run.average, unseen)}", flush=True)


if __name__ == "__main__":
    main()
