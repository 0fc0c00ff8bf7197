"""Saliency networks for cut-outs: the whole path from photo to mask."""

import numpy as np
import torch

from .reference import normalise, resize, stretch_to_extremes, to_bytes

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CENTRED = ((0.5, 0.5, 0.5), (1.0, 1.0, 1.0))


def cut_out(network, photo, *, side, normalisation, divide_by_max=False, padding=None):
    """
    8-bit mask of the photo's size. `network` answers with several alphas in 0..1, of which the first counts. The picture is
    stretched to the network's size; with `padding` "zero", a fault, it keeps its aspect.
    """
    height, width, _ = photo.shape
    if padding == "zero":
        most = max(height, width)
        photo = np.pad(photo, ((0, most - height), (0, most - width), (0, 0)))
    picture = resize(to_bytes(photo), side, side) / 255
    if divide_by_max:
        picture = picture / picture.max()
    with torch.no_grad():
        alphas = network(torch.from_numpy(normalise(picture, *normalisation)))
    alpha = stretch_to_extremes(alphas[0][0, 0].numpy().astype(np.float64))
    return resize(to_bytes(alpha), *photo.shape[:2])[:height, :width]
