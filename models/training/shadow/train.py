"""Trains the shadow network on rendered shards and painted shadows, on a CPU, for a given time.

    OMP_WAIT_POLICY=PASSIVE python -m shadow.train --data SHARDS [SHARDS ...] --validation SHARDS \\
        --backgrounds DIR --out RUN --minutes 20

Runs in bfloat16, twice as fast on processors with its instructions; weights stay float32.
"""

import argparse
import math
import os
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from cutout.backdrops import load_photographs
from cutout.shards import Shards
from cutout.train import as_input
from shadow.figures import VISIBLE, errors, summary
from shadow.model import GainNet, from_cutout
from shadow.samples import Samples

DARK = 1 / 64
"""Where a pixel is black a ratio says nothing: both sides are lifted by this much."""


def loss_of(outputs, dark, clean):
    """Where there is shadow, how deep it is there, and the two figures themselves of what follows from both."""
    depth, presence, side = (output.float() for output in outputs)
    change = (clean - dark).abs().mean(1, keepdim=True)
    inside = (change > VISIBLE).float()
    there = (change / (3 * VISIBLE)).clamp(0, 1)
    found = overlap_loss(presence, there) + 0.5 * overlap_loss(side, F.avg_pool2d(there, 8))
    wrong = (depth - torch.log((clean + DARK) / (dark + DARK))).abs().mean(1, keepdim=True)
    too_deep = (wrong * inside).sum() / (inside.sum() + 1)
    residue = (dark * torch.exp(torch.sigmoid(presence) * depth)).clamp(max=1) - clean
    error = residue.abs().mean(1, keepdim=True)
    left = ((error * inside).sum((1, 2, 3)) / ((change * inside).sum((1, 2, 3)) + 0.002 * change[0].numel())).mean()
    elsewhere = (error * (1 - inside)).mean()
    outline = residue.diff(dim=3).abs().mean() + residue.diff(dim=2).abs().mean()
    return found + too_deep + left + 10 * elsewhere + 2 * outline


def overlap_loss(logits, there):
    """Cross-entropy plus one minus the soft IoU: the latter does not mind how little of the picture is shadow."""
    guess = torch.sigmoid(logits)
    common = (guess * there).sum((1, 2, 3))
    union = (guess + there - guess * there).sum((1, 2, 3))
    some = 0.002 * there[0].numel()
    return F.binary_cross_entropy_with_logits(logits, there) + (1 - (common + some) / (union + some)).mean()


def as_rendered(shards, index):
    """(shadowed, clean) of a rendered sample, float32 [S,S,3] in 0..1."""
    product = shards.product(index).astype(np.float32) / 255
    behind = 1 - product[..., 3:]
    return tuple(
        product[..., :3] + behind * picture.astype(np.float32) / 255
        for picture in (shards.backdrop(index), shards.clean(index))
    )


def validate(net, pairs, size=192):
    """The figures at the network's own size, without the carrying to a photo's: a line."""
    net.eval()
    found = []
    for dark, clean in pairs:
        small = [cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA) for picture in (dark, clean)]
        with torch.no_grad():
            gain = net(torch.from_numpy(small[0].transpose(2, 0, 1)[None]))[0].permute(1, 2, 0).numpy()
        found.append(errors(*small, np.minimum(small[0] * gain, 1)))
    return summary(found)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, help="shard folders to train on, some with clean.bin")
    parser.add_argument("--validation", required=True, help="shard folder of models held back by the renderer")
    parser.add_argument("--backgrounds", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--stages", default="128:0.6,192:1.0", help="size:until, until as a share of the time")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=2.5e-3)
    parser.add_argument("--cutout", help="weights of the cut-out's network to start from")
    parser.add_argument("--init", help="weights of this network to go on from")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    args = parse_arguments()
    os.makedirs(args.out, exist_ok=True)
    torch.manual_seed(args.seed)
    photographs = load_photographs(args.backgrounds)
    unseen = Shards([args.validation])
    pairs = [as_rendered(unseen, i) for i in range(len(unseen))]
    net = GainNet()
    if args.cutout:
        net = from_cutout(torch.load(args.cutout, map_location="cpu"))
    if args.init:
        net.load_state_dict(torch.load(args.init, map_location="cpu"))
    net = net.to(memory_format=torch.channels_last)
    average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.995), use_buffers=True)
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.learning_rate, betas=(0.9, 0.99), weight_decay=0.01)
    started, step, running, reported = time.monotonic(), 0, 0.0, 0.0

    def share():
        """How much of the time is spent, 0..1."""
        return (time.monotonic() - started) / (args.minutes * 60)

    def report():
        torch.save(average.module.state_dict(), os.path.join(args.out, "ema.pt"))
        print(f"step {step}, {share():.0%}: {validate(average.module, pairs)}", flush=True)

    for stage, (size, until) in enumerate(part.split(":") for part in args.stages.split(",")):
        shards = Shards(args.data)  # a render under way has more by now
        print(f"{len(shards)} samples at {size} px", flush=True)
        samples = Samples(shards, photographs, int(size), seed=args.seed * 1000 + stage)
        for batch in torch.utils.data.DataLoader(samples, args.batch, num_workers=1, prefetch_factor=4):
            if share() >= float(until):
                break
            worn, dark, clean = (as_input(part) for part in batch)
            cosine = 0.5 * (1 + math.cos(math.pi * min(1, share())))
            for group in optimizer.param_groups:
                group["lr"] = args.learning_rate * min(1, (step + 1) / 100) * (0.99 * cosine + 0.01)
            net.train()
            with torch.autocast("cpu", torch.bfloat16):
                outputs = net(worn, aux=True)
            loss = loss_of(outputs, dark, clean)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimizer.step()
            average.update_parameters(net)
            step += 1
            running += loss.item()
            if step % 100 == 0:
                print(f"step {step}, size {size}, {share():.0%}, loss {running / 100:.4f}", flush=True)
                running = 0.0
            if time.monotonic() - reported > 240:
                reported = time.monotonic()
                report()
    report()


if __name__ == "__main__":
    main()
