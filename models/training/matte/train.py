"""Trains the matting network on shards, on a CPU, for a given time.

    python -m matte.train --data SHARDS [SHARDS ...] --validation SHARDS [SHARDS ...] --backgrounds DIR \\
        --out RUN --minutes 20
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
from cutout.shards import Shards
from cutout.train import average_into, make_optimizer
from matte.model import MatteNet
from matte.samples import Samples
from matte.score import load_cases, network_input, total

REPORT_SECONDS = 180


def loss_of(logits, trimap, alpha):
    """Mean over the unknown pixels: absolute error, of the slopes too, and of means over 2, 4 and 8 pixels.

    The coarser terms are those of Laplacian losses (Hou and Liu, "Context-aware image matting", 2019), by means.
    """
    unknown = (trimap == 0.5).to(alpha.dtype)
    share = unknown.mean() + 1e-3
    error = (torch.sigmoid(logits) - alpha) * unknown
    loss = error.abs().mean() + (error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean()) / 2
    for shrink in (2, 4, 8):
        loss = loss + F.avg_pool2d(error, shrink).abs().mean() / 2
    return loss / share


def make_batch(samples, rng, count):
    """Input [N,4,S,S], trimap and alpha [N,1,S,S]."""
    made = [samples.make(rng) for _ in range(count)]
    entering = np.concatenate([network_input(picture, trimap) for picture, trimap, _ in made])
    entering = torch.from_numpy(entering).contiguous(memory_format=torch.channels_last)
    alpha = torch.from_numpy(np.stack([alpha for *_, alpha in made])[:, None])
    return entering, entering[:, 3:], alpha


def report(net, cases):
    """Summed SAD in thousands over the held-back pictures, by trimap."""

    def way(case):
        with torch.no_grad():
            return net(torch.from_numpy(network_input(case.picture, case.trimap)))[0, 0].numpy()

    sums = total(cases, way)
    return ", ".join(f"{kind} {sums[kind, 'all']:.2f}" for kind in ("band", "coarse"))


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, help="shard folders to train on")
    parser.add_argument("--validation", nargs="+", required=True, help="shard folders of products held back")
    parser.add_argument("--backgrounds", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--init", help="weights to start from")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    args = parse_arguments()
    os.makedirs(args.out, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng, cases = np.random.default_rng(args.seed), load_cases(args.validation, args.backgrounds, most=6)
    samples = Samples(Shards(args.data), load_photographs(args.backgrounds), args.size)
    net = MatteNet()
    if args.init:
        net.load_state_dict(torch.load(args.init, map_location="cpu"))
    net = net.to(memory_format=torch.channels_last)
    average, optimizer = copy.deepcopy(net).eval(), make_optimizer(net, args.learning_rate)
    print(f"{len(samples.shards)} samples; SAD at start: {report(average, cases)}", flush=True)
    started = reported = time.monotonic()
    step, losses, spent = 0, [], 0.0
    while spent < 1:
        spent = (time.monotonic() - started) / (60 * args.minutes)
        cosine = 0.5 * (1 + math.cos(math.pi * min(1, spent)))
        for group in optimizer.param_groups:
            group["lr"] = args.learning_rate * min(1, (step + 1) / 60) * (0.99 * cosine + 0.01)
        entering, trimap, alpha = make_batch(samples, rng, args.batch)
        with torch.autocast("cpu", torch.bfloat16):  # half the time on CPUs with AMX
            logits = net(entering, logits=True)
        loss = loss_of(logits.float(), trimap, alpha)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        step += 1
        average_into(average, net, step)
        losses.append(loss.item())
        if time.monotonic() - reported > REPORT_SECONDS or spent >= 1:
            torch.save(average.state_dict(), os.path.join(args.out, "ema.pt"))
            print(f"step {step}, {spent:.0%}, loss {np.mean(losses):.4f}, SAD: {report(average, cases)}", flush=True)
            reported, losses = time.monotonic(), []
            samples.shards = Shards(args.data)  # a render under way has grown


if __name__ == "__main__":
    main()
