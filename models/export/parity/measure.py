"""How far Packshot and the reference are apart: before the network, within it, and behind it."""

from dataclasses import astuple, dataclass

import numpy as np
import torch
from PIL import Image

from .faults import picture_port
from .packshot import runs_in

STEP = 1 / 255
#: The largest difference before and after a network, in steps of 8 bits, and the network's in relation to its largest value.
MOST_STEPS, MOST_RELATIVE = 1, 1e-3
#: Steps between what cannot be compared at all.
INCOMPARABLE = 256


@dataclass
class Distance:
    """
    Each the largest so far. `before` and `after` are in steps of 8 bits: of what enters the networks, and of the picture that
    Packshot and the reference make of one and the same answer. `network` is relative to the largest value of an answer to one
    and the same input. `whole` is of the picture when neither knows anything of the other.
    """

    before: float = 0
    network: float = 0
    after: float = 0
    whole: float = 0

    def apart(self):
        """The measures that are too large, by name."""
        steps = {"before": self.before, "after": self.after, "whole": self.whole}
        names = [name for name, value in steps.items() if value > MOST_STEPS]
        return " and ".join(names + ["network"] * (self.network > MOST_RELATIVE))


def widest(distances):
    return Distance(*map(max, zip(*map(astuple, distances))))


def distance(case, weights, record, photo, folder):
    """
    What Packshot left in `folder` for a photo, against the case's path: that goes on with the answers that Packshot's networks
    gave, up to where the two are too far apart.
    """
    deviation = np.array(picture_port(record).get("std", [1, 1, 1]))
    found, path = Distance(), case.path(photo)
    asked = next(path)
    try:
        for run in runs_in(folder):
            graph, feeds = asked
            found.before = max(found.before, steps_before(graph, feeds, run, deviation))
            if graph.startswith(f"{case.model}/") and not found.apart():
                found.network = max(found.network, relative_error(case, weights, run))
            if found.apart():
                return found
            asked = path.send({name: values.astype(np.float64) for name, values in run.answers.items()})
        raise ValueError(f"{case.model}: the reference runs its networks more often than Packshot")
    except StopIteration as end:
        found.after = steps_apart(read_answer(case, folder), end.value)
    return found


def steps_before(graph, feeds, run, deviation):
    """Of two sets of tensors; a picture's values are taken back to where 0..1 is black to white."""
    same = run.graph == graph and {name: values.shape for name, values in feeds.items()} == {
        name: values.shape for name, values in run.feeds.items()
    }
    if not same:
        return INCOMPARABLE
    most = 0.0
    for name, values in feeds.items():
        apart = np.abs(run.feeds[name] - values)
        if apart.ndim == 4 and apart.shape[1] in (3, 4):
            apart[:, :3] *= deviation[:, None, None]
        most = max(most, float(apart.max(initial=0)) / STEP)
    return most


def relative_error(case, weights, run):
    expected = answers_of(case, weights, run.graph, run.feeds)
    return max(float(np.abs(run.answers[name] - values).max() / np.abs(values).max()) for name, values in expected.items())


def answers_of(case, weights, graph, feeds):
    with torch.no_grad():
        tensors = {name: torch.from_numpy(np.asarray(values, np.float64)) for name, values in feeds.items()}
        answers = case.network(weights, graph.split("/")[1], tensors)
    return {name: values.numpy() for name, values in answers.items()}


def picture_of(case, weights, photo):
    """The reference alone, from photo to bytes."""
    path = case.path(photo)
    graph, feeds = next(path)
    try:
        while True:
            if graph.startswith(f"{case.model}/"):
                answers = answers_of(case, weights, graph, feeds)
            else:
                with torch.no_grad():
                    answers = {"alpha": case.company[1](torch.from_numpy(feeds["input"])).numpy()}
            graph, feeds = path.send(answers)
    except StopIteration as end:
        return end.value


def read_answer(case, folder):
    return np.asarray(Image.open(folder / case.answer))


def steps_apart(answer, expected):
    if answer.shape != expected.shape:
        raise ValueError(f"Packshot answered {answer.shape}, the reference {expected.shape}")
    return int(np.abs(answer.astype(int) - expected).max())
