"""Sharpness and blockiness of an enlarged picture: what PSNR, which rewards caution, does not say.

All on luma in 0..1. A gradient is the difference to the neighbour on the right and below.
"""

import numpy as np

LUMA = np.float32([0.299, 0.587, 0.114])
EDGES, FLATS = 0.9, 0.5
"""Edges are the tenth of the reference's pixels with the largest gradients, flats the half with the smallest."""
BLOCK = 8


def squared_gradients(picture):
    """Squared length of the gradient of a picture [H,W,3], for all but the last row and column: [H-1,W-1]."""
    luma = picture @ LUMA
    return np.diff(luma, axis=1)[:-1] ** 2 + np.diff(luma, axis=0)[:, :-1] ** 2


def gradient_energies(picture, reference):
    """(edges, flats): root of the mean squared gradient there, in steps of 1/255.

    Edges below the reference's own are soft. Flats above it have noise, ringing or blocks; below, they lost texture.
    """
    found, wanted = squared_gradients(picture), squared_gradients(reference)
    edges = wanted >= np.quantile(wanted, EDGES)
    flats = wanted <= np.quantile(wanted, FLATS)
    return tuple(255 * float(np.sqrt(found[where].mean())) for where in (edges, flats))


def blockiness(picture):
    """Mean absolute step across the borders of 8 x 8 blocks over that elsewhere: 1 without blocks.

    After Wang, Sheikh and Bovik, "No-reference perceptual quality assessment of JPEG compressed images", 2002. The
    blocks start at the picture's corner; an enlarged picture is measured at the size at which it was compressed.
    """
    luma = picture @ LUMA
    across, inside = [], []
    for steps in (np.abs(np.diff(luma, axis=1)).mean(0), np.abs(np.diff(luma, axis=0)).mean(1)):
        border = np.arange(1, steps.size + 1) % BLOCK == 0
        across.append(steps[border])
        inside.append(steps[~border])
    return float(np.concatenate(across).mean() / max(np.concatenate(inside).mean(), 1e-9))
