"""A cut-out whose edge ViTMatte solves: from photo to alpha."""

import numpy as np
import torch
from scipy.ndimage import binary_erosion
from torch import nn

from .reference import guided, guided_model, normalise, resize, sampled, to_bytes

UNKNOWN = 128
#: Side of what stands in for a network that finds the product, and its record, where dimensions are those of its file.
FINDER_SIDE = 64
FINDER_RECORD = {
    "id": "finder",
    "task": "background",
    "description": "Finds an ellipse.",
    "architecture": "none",
    "graphs": {
        "main": {
            "inputs": [{"role": "image", "name": "input"}],
            "outputs": [{"role": "alpha", "name": "alpha"}],
        }
    },
    "size": {"policy": "stretch", "width": FINDER_SIDE, "height": FINDER_SIDE},
    "refine": "guided",
}


class Finder(nn.Module):
    """[1,3,64,64] to the alpha of an ellipse in the middle that is soft at its edge; a little of it is the picture's."""

    def forward(self, rgb):
        at = torch.linspace(-1, 1, FINDER_SIDE)
        away = (at[:, None] ** 2 / 0.5 + at[None, :] ** 2 / 0.3).sqrt()
        return (torch.sigmoid((1 - away) * 12) * 0.99 + 0.005 * rgb.mean(1, keepdim=True)).clamp(0, 1)


def matte(photo, finder, graph):
    """8-bit alpha of the photo's size."""
    found = yield finder, {"input": normalise(resize(to_bytes(photo), FINDER_SIDE, FINDER_SIDE) / 255, 0, 1)}
    alpha = to_bytes(guided(photo, edge_model(photo, found["alpha"][0, 0])))
    radius = int(np.clip(np.floor(0.008 * max(photo.shape) + 0.5), 4, 50))
    trimap = trimap_of(alpha, radius)
    top, bottom = around(np.nonzero((trimap == UNKNOWN).any(1))[0], radius, photo.shape[0])
    left, right = around(np.nonzero((trimap == UNKNOWN).any(0))[0], radius, photo.shape[1])
    crop, known = photo[top:bottom, left:right], trimap[top:bottom, left:right]
    height, width = known.shape
    # Zeros behind the normalisation: mid-grey, and background in the trimap.
    stacked = np.zeros((1, 4, height + -height % 32, width + -width % 32))
    stacked[:, :3, :height, :width] = normalise(crop, 0.5, 0.5)
    stacked[0, 3, :height, :width] = known / 255
    found = yield graph, {"pixel_values": stacked}
    answer = trimap.copy()
    answer[top:bottom, left:right] = np.where(known == UNKNOWN, to_bytes(found["alphas"][0, 0, :height, :width]), known)
    return answer


def edge_model(photo, alpha):
    """What carries the small alpha to the photo, following its edges."""
    return guided_model(photo, sampled(alpha, *photo.shape[:2]), radius=4, epsilon=1e-5)


def trimap_of(alpha, radius):
    """A band along the edge, and whatever is in doubt, is unknown; the border of the picture is no edge."""
    square = np.ones((2 * radius + 1,) * 2)
    trimap = np.full(alpha.shape, UNKNOWN, np.uint8)
    trimap[binary_erosion(alpha >= 128, square, border_value=1)] = 255
    trimap[binary_erosion(alpha < 128, square, border_value=1)] = 0
    trimap[(alpha > 0.05 * 255) & (alpha < 0.95 * 255)] = UNKNOWN
    return trimap


def around(places, margin, length):
    """From where to where these places lie, with a margin, inside the picture."""
    return max(0, places.min() - margin), min(length, places.max() + 1 + margin)
