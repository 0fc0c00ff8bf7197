"""GainNet: what a photo must be multiplied by for its cast shadows to go.

The cut-out's network with another head, so that it can start from its weights: what throws a shadow, and is none
itself, they tell already. It answers factors, not colours: texture that no factor explains stays the photo's own,
and the factors of a small picture serve a large one.
"""

import torch
import torch.nn.functional as F
from torch import nn

from cutout.model import ShotNet


class GainNet(ShotNet):
    """RGB [N,3,S,S] in 0..1 sRGB (S a multiple of 32) to factors [N,3,S,S] on sRGB values, from 1 (no shadow) up.

    With `aux=True` it returns what the log factors are where there is shadow [N,3,S,S], the logits of there being any
    [N,1,S,S], and those at 1/8 size. Apart, each can be learnt before the other is any good.
    """

    LARGEST = 2.0
    """Of a log factor: a shadow of an eighth of the light keeps some of its darkness."""
    STEEPNESS, LEANING = 2.0, 0.5
    """How decidedly presence is told once trained, and how readily; by sweeps over training and some held-out renders."""

    def __init__(self):
        super().__init__()
        # Four sub-pixels of three log factors and one presence.
        self.head = nn.Conv2d(self.DECODER[0], 4 * 4, 3, 1, 1)
        nn.init.constant_(self.head.bias[12:], -2.0)  # most of a picture lies in the light

    def forward(self, rgb, aux=False):
        levels = self.features(rgb)
        answer = F.pixel_shuffle(self.head(levels[0]), 2)
        depth, presence = self.LARGEST * torch.sigmoid(answer[:, :3] - 1), answer[:, 3:]
        if aux:
            return depth, presence, self.side_eighth(levels[2])
        return torch.exp(torch.sigmoid(self.STEEPNESS * (presence + self.LEANING)) * depth)


def from_cutout(weights):
    """A GainNet that starts as the cut-out's network of these weights does, the head anew."""
    net = GainNet()
    head = ("head.", "side_")
    net.load_state_dict({k: v for k, v in weights.items() if not k.startswith(head)}, strict=False)
    return net
