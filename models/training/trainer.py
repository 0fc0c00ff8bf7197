"""The training loop of the restoration networks: AdamW, cosine by wall clock, averaged weights, resume."""

import argparse
import copy
import math
import os
import time

import torch


def add_arguments(parser: argparse.ArgumentParser, learning_rate: float):
    """Arguments that every restoration training takes."""
    parser.add_argument("--backgrounds", required=True, help="folder of high-resolution photographs")
    parser.add_argument("--photos", required=True, help="folder of evaluation photos, never trained on")
    parser.add_argument("--out", required=True, help="folder for checkpoints")
    parser.add_argument("--minutes", type=float, default=30, help="training time; the cosine ends there")
    parser.add_argument("--init", help="weights to start from")
    parser.add_argument("--resume", action="store_true", help="go on from OUT/state.pt")
    parser.add_argument("--learning-rate", type=float, default=learning_rate)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)


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


def train(net, make_batch, loss_of, report, args):
    """Trains `net` for `args.minutes` and returns the averaged network.

    make_batch() gives (input, target) NCHW; loss_of(output, target) a scalar; report(network) a line of
    figures on the evaluation patches. Every three minutes OUT/state.pt (to resume) and OUT/ema.pt (the
    averaged weights) are written, so that an ended run loses little.
    """
    os.makedirs(args.out, exist_ok=True)
    state_path, weights_path = os.path.join(args.out, "state.pt"), os.path.join(args.out, "ema.pt")
    if args.init:
        net.load_state_dict(torch.load(args.init, map_location="cpu"))
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
    budget = args.minutes * 60

    def seconds():
        return time.monotonic() - started

    saved_at, losses = seconds(), []
    print(f"{sum(p.numel() for p in net.parameters())} parameters; at start: {report(average)}", flush=True)
    while seconds() < budget:
        warm_up = min(1.0, (step + 1) / 200)
        cosine = 0.5 * (1 + math.cos(math.pi * seconds() / budget))
        for group in optimizer.param_groups:
            group["lr"] = args.learning_rate * warm_up * (0.002 + 0.998 * cosine)
        source, target = make_batch()
        loss = loss_of(net(source.contiguous(memory_format=torch.channels_last)), target)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        step += 1
        average_into(average, net, step)
        losses.append(loss.item())
        if step % 200 == 0:
            print(f"step {step}, {seconds() / 60:.1f} min, loss {sum(losses) / len(losses):.4f}", flush=True)
            losses.clear()
        if seconds() - saved_at > 180:
            saved_at = seconds()
            save()
            print(f"step {step}, {seconds() / 60:.1f} min: {report(average)}", flush=True)
    save()
    print(f"done: {step} steps, {seconds() / 60:.1f} min: {report(average)}", flush=True)
    return average
