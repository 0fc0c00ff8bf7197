"""Cut-outs by networks that see the whole picture at once: from photo to mask."""

import numpy as np

from .reference import normalise, resize, stretch_to_extremes, to_bytes


def cut_out(photo, graph, *, entry, answer, height, width, normalisation, divide_by_max=False, logits=False, stretched=False):
    """
    8-bit mask of the photo's size; `entry` and `answer` are the names of the graph's ports. The picture is brought to the
    network's size, its aspect not kept. `stretched`: the alpha is stretched to its extremes, as the authors of U²-Net and
    IS-Net do; others do not, and no product gives an empty mask.
    """
    picture = resize(to_bytes(photo), height, width) / 255
    if divide_by_max:
        picture = picture / picture.max()
    found = yield graph, {entry: normalise(picture, *normalisation)}
    alpha = found[answer][0, 0]
    if logits:
        alpha = 1 / (1 + np.exp(-alpha))
    if stretched:
        alpha = stretch_to_extremes(alpha)
    return resize(to_bytes(alpha), *photo.shape[:2])
