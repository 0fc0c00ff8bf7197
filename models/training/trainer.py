"""The training loop of the restoration networks: AdamW, cosine by wall clock or steps, averaged weights, resume."""

import argparse
import copy
import math
import os
import time

import numpy as np
import torch

from photographs import evaluation_patches, to_tensor, training_pictures
from weights import start_from


def arguments(description, learning_rate, patch, batch):
    """A parser of the arguments that every restoration training takes, with the defaults of this one."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backgrounds", required=True, help="folder of high-resolution photographs")
    parser.add_argument("--photos", required=True, help="folder of evaluation photos, never trained on")
    parser.add_argument("--out", required=True, help="folder for checkpoints")
    parser.add_argument("--minutes", type=float, default=30, help="training time; the cosine ends there")
    parser.add_argument("--steps", type=int, help="end there instead: repeats bit for bit on one thread")
    parser.add_argument("--until", type=int, help="stop at this step, the cosine left as it is")
    parser.add_argument("--init", help="weights to start from, .pt or .onnx")
    parser.add_argument("--resume", action="store_true", help="go on from OUT/state.pt")
    parser.add_argument("--learning-rate", type=float, default=learning_rate)
    parser.add_argument("--patch", type=int, default=patch, help="side of the network's input in pixels")
    parser.add_argument("--batch", type=int, default=batch)
    parser.add_argument("--accumulate", type=int, default=1, help="batches whose gradients are added up for one step")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return parser


def begin(parser):
    """(args, rng, pictures to train on, evaluation patches); a resumed training draws afresh."""
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(None if args.resume else args.seed)
    return args, rng, training_pictures(args.backgrounds), evaluation_patches(args.backgrounds, args.photos)


def to_batch(patches):
    """Patches [H,W,3], uint8 or float32 in 0..1, to one tensor float32 [N,3,H,W] in 0..1."""
    return torch.cat([to_tensor(patch) for patch in patches])


def average_into(average, net, step):
    """Exponential moving average of the weights; short memory at first, a thousand steps later on."""
    decay = min(0.999, (1 + step) / (10 + step))
    with torch.no_grad():
        for mean, value in zip(average.parameters(), net.parameters()):
            mean.lerp_(value, 1 - decay)


def log_error(output, target):
    """Mean over the batch of each patch's error in dB: the figure itself, so all noise levels count alike.

    The floor (50 dB) keeps clean patches, whose error tends to zero, from drowning the rest.
    """
    error = (output - target).square().mean((1, 2, 3))
    return (10 * torch.log10(error + 1e-5)).mean()


def gradient_error(output, target):
    """Mean absolute error of the pixels and of their differences to the neighbours, for crisp edges.

    For deblurring it is the only one that works: the error in dB taught that network to copy, because sharp patches
    have so much more of it to gain.
    """
    error = (output - target).abs().mean()
    for axis in (2, 3):
        error = error + (output.diff(dim=axis) - target.diff(dim=axis)).abs().mean()
    return error


def focal_error(output, target):
    """`gradient_error` of each patch, weighted by how bad it is beside the batch's mean."""
    errors = torch.stack([gradient_error(o[None], t[None]) for o, t in zip(output, target)])
    return (errors * (errors / errors.mean()).detach()).mean()


LOSSES = {"log": log_error, "gradient": gradient_error, "focal": focal_error}


def train(net, make_batch, loss_of, report, args):
    """Trains `net` for `args.minutes`, or `args.steps` where given, and returns the averaged network.

    make_batch() gives (input, target) NCHW; loss_of(output, target) a scalar; report(network) a line of
    figures on the evaluation patches. Every three minutes OUT/state.pt (to resume) and OUT/ema.pt (the
    averaged weights) are written, so that an ended run loses little.
    """
    os.makedirs(args.out, exist_ok=True)
    state_path, weights_path = os.path.join(args.out, "state.pt"), os.path.join(args.out, "ema.pt")
    if args.init:
        start_from(net, args.init)
    net = net.to(memory_format=torch.channels_last)
    average = copy.deepcopy(net).eval()
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.learning_rate, betas=(0.9, 0.98), weight_decay=0)
    step, spent = 0, 0.0
    if args.resume:
        state = torch.load(state_path, map_location="cpu")
        net.load_state_dict(state["net"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["seconds"]

    def save():
        state = {"net": net.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict()}
        torch.save({**state, "step": step, "seconds": seconds()}, state_path)
        torch.save(average.state_dict(), weights_path)

    started = time.monotonic() - spent

    def seconds():
        return time.monotonic() - started

    def progress():
        return step / args.steps if args.steps else seconds() / (args.minutes * 60)

    saved_at, losses = seconds(), []
    print(f"{sum(p.numel() for p in net.parameters())} parameters; at start: {report(average)}", flush=True)
    while (done := progress()) < 1 and step != args.until:
        warm_up = min(1.0, (step + 1) / 200)
        cosine = 0.5 * (1 + math.cos(math.pi * done))
        for group in optimizer.param_groups:
            group["lr"] = args.learning_rate * warm_up * (0.002 + 0.998 * cosine)
        optimizer.zero_grad(set_to_none=True)
        for _ in range(args.accumulate):
            source, target = make_batch()
            loss = loss_of(net(source.contiguous(memory_format=torch.channels_last)), target)
            (loss / args.accumulate).backward()
            losses.append(loss.item())
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        average_into(average, net, step)
        if step % (20 if step <= 100 else 200) == 0:
            print(f"step {step}, {seconds() / 60:.1f} min, loss {sum(losses) / len(losses):.4f}", flush=True)
            losses.clear()
        if seconds() - saved_at > 180:
            saved_at = seconds()
            save()
            print(f"step {step}, {seconds() / 60:.1f} min: {report(average)}", flush=True)
    save()
    print(f"done: {step} steps, {seconds() / 60:.1f} min: {report(average)}", flush=True)
    return average
