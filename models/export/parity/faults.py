"""Faults that the comparison has to notice: each is what somebody has really got wrong with these models."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from .reference import CENTRED, IMAGENET


@dataclass(frozen=True)
class Fault:
    """One mistake, planted by `spoil`: it changes the record in place, or answers with a network to export instead."""

    name: str
    spoil: Callable[[nn.Module, dict, object], nn.Module | None]


def wrong_mean(_network, record, _case):
    """The normalisation of another family."""
    port = picture_port(record)
    port["mean"] = list(IMAGENET[0] if port.get("mean") != list(IMAGENET[0]) else CENTRED[0])


def second_sigmoid(network, record, _case):
    """In the record, or in the graph where the record has the first one; for pictures it is one too many already."""
    port = answer_port(record)
    if port.get("activation") == "sigmoid":
        return nn.Sequential(network, nn.Sigmoid())
    port["activation"] = "sigmoid"


def swapped_channels(network, _record, _case):
    """Blue for red, before the first layer that sees the picture."""
    reached = getattr(network, "vision_encoder", network)
    reached.register_forward_pre_hook(swap_colours, with_kwargs=True)
    return network


def swap_colours(_module, given, named):
    swap = lambda x: torch.cat((x[:, [2, 1, 0]], x[:, 3:]), 1)
    if given:
        return (swap(given[0]), *given[1:]), named
    return given, named | {"pixel_values": swap(named["pixel_values"])}


class Skipped(nn.Module):
    """What a forgotten block does: nothing, or for one whose sides differ, a picture without content."""

    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, x, *rest):
        answer = self.block(x, *rest)
        return x if x.shape == answer.shape else answer * 0


def dropped_block(network, _record, case):
    network.set_submodule(case.dropped, Skipped(network.get_submodule(case.dropped)))
    return network


def wrong_padding(_network, record, case):
    """In the record, or, where that cannot get it wrong, in the pipeline: see `broken_by`."""
    if isinstance(case.wrong_padding, dict):
        record["size"] |= case.wrong_padding


def broken_by(fault, case):
    """Which of its own faults the pipeline is to have."""
    return case.wrong_padding if fault is WRONG_PADDING and isinstance(case.wrong_padding, str) else None


def picture_port(record):
    ports = (port for graph in record["graphs"].values() for port in graph["inputs"])
    return next(port for port in ports if port["role"].startswith("image"))


def answer_port(record):
    ports = (port for graph in record["graphs"].values() for port in graph["outputs"])
    return next(port for port in ports if port["role"] in ("image", "alpha", "masks"))


WRONG_PADDING = Fault("wrong padding", wrong_padding)
FAULTS = (
    Fault("wrong mean", wrong_mean),
    Fault("second sigmoid", second_sigmoid),
    Fault("swapped channels", swapped_channels),
    Fault("dropped block", dropped_block),
    WRONG_PADDING,
)
