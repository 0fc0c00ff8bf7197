"""Trains the click cut-out on scenes of rendered products, on a CPU, for a given time.

    OMP_WAIT_POLICY=PASSIVE python -m click.train --data SHARDS [SHARDS ...] --validation SHARDS \\
        --backgrounds DIR --trunk CUTOUT.pt --out RUN --minutes 30

The trunk starts as that of the cut-out. Each picture is encoded once; two of its products are asked for, first by a
few clicks or a box, then by a click where the answer was most wrong, and the loss of both answers counts.
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
from cutout.train import as_input, average_into

from click.asking import Asked, answer
from click.model import ClickNet
from click.scenes import Scenes
from click.score import validate

ROUNDS = 2
"""Prompts on one target before the weights change: what is asked first, and a correction."""

RECENT = 60
"""Batches that are kept for another time: composing a scene costs as much as learning from it."""


def soft_iou(guess, wanted):
    """Of [N,1,H,W] in 0..1, softened so that nothing found of nothing wanted is whole."""
    common = (guess * wanted).sum((1, 2, 3))
    return (common + 4) / ((guess + wanted - guess * wanted).sum((1, 2, 3)) + 4)


def loss_of(logits, rough, score, wanted):
    """Of one answer, over the batch: cross-entropy with weight on edges and IoU, fine and rough, and the score's."""
    weight = 1 + 3 * (F.avg_pool2d(wanted, 5, 1, 2) - wanted).abs()
    entropy = (F.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * weight).mean() / weight.mean()
    iou = soft_iou(torch.sigmoid(logits), wanted)
    small = F.avg_pool2d(wanted, 8)
    side = F.binary_cross_entropy_with_logits(rough, small) + 1 - soft_iou(torch.sigmoid(rough), small).mean()
    expected = F.binary_cross_entropy_with_logits(score, iou.detach())
    return 2 * entropy + (1 - iou).mean() + 0.4 * side + 0.05 * expected


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", nargs="+", required=True, help="shard folders to train on; they may be growing")
    parser.add_argument("--validation", help="shard folder of models held back by the renderer")
    parser.add_argument("--backgrounds", required=True)
    parser.add_argument("--trunk", help="weights of the cut-out network, to start from")
    parser.add_argument("--init", help="weights of this network, to start from")
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--steps", type=int, help="instead of minutes: the same seed and shards give the same curve")
    parser.add_argument("--stages", default="192:0.7,256:1.0", help="size:until, until as a share of the time")
    parser.add_argument("--batch", type=int, default=8, help="pictures; twice as many targets")
    parser.add_argument("--alone", type=float, default=0.3, help="share of scenes with one product")
    parser.add_argument("--repeats", type=int, default=3, help="times that a scene is learnt from")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--trunk-rate", type=float, default=0.1, help="share of the learning rate; 0: fixed")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Run:
    """A training under way: the network, its average and the optimizer."""

    def __init__(self, args):
        self.args = args
        self.net = ClickNet()
        if args.trunk:
            self.net.encoder.trunk.load_state_dict(torch.load(args.trunk, map_location="cpu"), strict=False)
        if args.init:
            self.net.load_state_dict(torch.load(args.init, map_location="cpu"))
        self.net = self.net.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval()
        trunk = list(self.net.encoder.trunk.parameters())
        known = {id(parameter) for parameter in trunk}
        rest = [parameter for parameter in self.net.parameters() if id(parameter) not in known]
        for parameter in trunk:
            parameter.requires_grad = args.trunk_rate > 0
        groups = [{"params": rest, "share": 1.0}, {"params": trunk, "share": args.trunk_rate}]
        self.optimizer = torch.optim.AdamW(groups, lr=args.learning_rate, betas=(0.9, 0.99), weight_decay=0.01)
        self.rng = np.random.default_rng(args.seed)
        self.step, self.started = 0, time.monotonic()
        self.net.train()
        # The trunk's statistics stay those it was made with: batches here are small.
        self.net.encoder.trunk.eval()

    def share(self):
        """How much of the time, or of the steps where their number is given, is spent, 0..1."""
        if self.args.steps:
            return self.step / self.args.steps
        return (time.monotonic() - self.started) / (self.args.minutes * 60)

    def learn(self, pictures, alphas):
        """One step; returns the loss."""
        asked = Asked(self.rng, alphas)
        embeddings = [part.repeat_interleave(2, 0) for part in self.net.encoder(as_input(pictures))]
        losses, former = [], None
        for _ in range(ROUNDS):
            logits, rough, score = answer(self.net.decoder, embeddings, asked, former)
            losses.append(loss_of(logits, rough, score, asked.wanted))
            former = logits.detach()
            asked.correct(former)
        loss = sum(losses) / ROUNDS
        cosine = 0.5 * (1 + math.cos(math.pi * min(1, self.share())))
        for group in self.optimizer.param_groups:
            warm_up = min(1, (self.step + 1) / 60)
            group["lr"] = self.args.learning_rate * group["share"] * warm_up * (0.98 * cosine + 0.02)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        average_into(self.average, self.net, self.step)
        return loss.item()

    def save(self):
        torch.save(self.average.state_dict(), os.path.join(self.args.out, "ema.pt"))


def batches(args, photographs, run):
    """Batches until the time is spent, each seen `repeats` times in the mean, asked for other things each time.

    The folders are read again every 60 new batches: more may have been rendered.
    """
    seed = args.seed * 1000
    for size, until in (stage.split(":") for stage in args.stages.split(",")):
        recent = []
        while run.share() < float(until):
            seed += 1
            scenes = Scenes(Shards(args.data), photographs, int(size), seed, args.alone)
            for _, batch in zip(range(60), torch.utils.data.DataLoader(scenes, args.batch)):
                recent = [batch, *recent[: RECENT - 1]]
                yield batch
                for _ in range(args.repeats - 1):
                    yield recent[run.rng.integers(len(recent))]
                if run.share() >= float(until):
                    break


def main():
    args = parse_arguments()
    os.makedirs(args.out, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    photographs = load_photographs(args.backgrounds)
    held_back = []
    if args.validation:
        unseen = Scenes(Shards([args.validation]), photographs, 256, seed=999)
        held_back = [unseen[i] for i in range(48)]
    run, losses, reported = Run(args), [], time.monotonic()

    def report():
        line = f"step {run.step}, {run.share():.0%}, loss {np.mean(losses):.4f}"
        if held_back:
            line += ", IoU after 1, 2, 3 clicks " + " ".join(f"{x:.3f}" for x in validate(run.average, held_back))
        print(line, flush=True)
        run.save()

    for pictures, alphas in batches(args, photographs, run):
        losses.append(run.learn(pictures, alphas))
        if time.monotonic() - reported > 150:
            report()
            losses, reported = [], time.monotonic()
    report()


if __name__ == "__main__":
    main()
