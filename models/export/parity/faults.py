"""Faults that the comparison has to notice: each is what somebody has really got wrong with these models."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class Fault:
    """Spoils the network before it is exported, the record that goes with it, or the reference."""

    name: str
    spoil_network: Callable[[nn.Module, object], nn.Module] = lambda network, case: network
    spoil_record: Callable[[dict, object], None] = lambda record, case: None
    #: How the picture goes on beyond its borders, for the reference: there the fault is the other side's.
    padding: str | None = None
    applies: Callable[[object], bool] = lambda case: True


class Reversed(nn.Module):
    """Takes BGR for RGB."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, picture, *rest):
        return self.network(picture.flip(1), *rest)


class Skipped(nn.Module):
    """What a forgotten block does: nothing, or for one whose sides differ, a picture without content."""

    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, x, *rest):
        answer = self.block(x, *rest)
        return x if x.shape == answer.shape else answer * 0


def without(network, case):
    network.set_submodule(case.dropped, Skipped(network.get_submodule(case.dropped)))
    return network


def image_input(record):
    return next(port for port in record["graphs"]["main"]["inputs"] if port["role"].startswith("image"))


def wrong_mean(record, case):
    port = image_input(record)
    port["mean"] = [mean + 0.1 for mean in port.get("mean", [0, 0, 0])]


def second_sigmoid(record, case):
    record["graphs"]["main"]["outputs"][0]["activation"] = "sigmoid"


def first_sigmoid(network, case):
    """Where the record has one already, the network gets the other."""
    return nn.Sequential(network, nn.Sigmoid()) if case.logits else network


FAULTS = (
    Fault("wrong mean", spoil_record=wrong_mean),
    Fault(
        "second sigmoid",
        spoil_network=first_sigmoid,
        spoil_record=second_sigmoid,
        applies=lambda case: case.answer == "mask.png",
    ),
    Fault("swapped channels", spoil_network=lambda network, case: Reversed(network)),
    Fault("dropped block", spoil_network=without),
    Fault("wrong padding", padding="zero"),
)
