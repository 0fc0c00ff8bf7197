"""BiRefNet and RMBG-2.0: the whole path from photo to mask, as their authors have it."""

import numpy as np
import torch

from .cutouts import IMAGENET
from .reference import normalise, resize, to_bytes


def soft_cut_out(network, photo, *, height, width, logits, padding=None):
    """
    8-bit mask of the photo's size. Nothing is stretched to its extremes: no product gives an empty mask. The photo is
    stretched to the network's size; with `padding` "zero", a fault, it keeps its aspect.
    """
    rows, columns = height, width
    if padding == "zero":
        scale = min(height / photo.shape[0], width / photo.shape[1])
        rows, columns = round(photo.shape[0] * scale), round(photo.shape[1] * scale)
    picture = np.zeros((height, width, 3))
    picture[:rows, :columns] = resize(to_bytes(photo), rows, columns) / 255
    with torch.no_grad():
        answer = network(torch.from_numpy(normalise(picture, *IMAGENET)))[0, 0].numpy().astype(np.float64)
    alpha = 1 / (1 + np.exp(-answer)) if logits else answer
    return resize(to_bytes(alpha[:rows, :columns]), *photo.shape[:2])
