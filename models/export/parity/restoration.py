"""Denoising, deblurring and enlarging: the whole path, tiles included.

The picture is cut into tiles of one size. It is thought to go on beyond its borders, mirrored. Each tile answers for what
is nearer to its middle than to its neighbour's; where tiles are blended rather than cut, over half an overlap to both sides
of that seam.
"""

import numpy as np
import torch

from .reference import mirrored, to_bytes

BUCKET = 32


def restore(network, photo, *, tile, overlap, multiple, exact, fixed=False, scale=1, padding="reflect"):
    """8-bit RGB of `scale` times the photo's sides; `network` takes and gives Float32 [1,3,H,W] in 0..1."""
    height, width, _ = photo.shape
    cut_axis = fixed_spans if fixed else spans
    rows, columns = cut_axis(height, tile, overlap, multiple), cut_axis(width, tile, overlap, multiple)
    feather = 0 if exact else overlap // 2
    answer = np.zeros((height * scale, width * scale, 3))
    for y, row_weights in zip(rows, shares(rows, height, feather, scale)):
        for x, column_weights in zip(columns, shares(columns, width, feather, scale)):
            cut = photo[mirrored(height, *y)][:, mirrored(width, *x)]
            if padding == "zero":
                cut = cut * inside(height, *y)[:, None, None] * inside(width, *x)[None, :, None]
            part = run(network, cut)
            weights = row_weights[:, None, None] * column_weights[None, :, None]
            answer += weights * placed(part, y[0] * scale, x[0] * scale, height * scale, width * scale)
    return to_bytes(answer)


def inside(length, start, count):
    """1 where a tile lies in the picture, 0 where it lies beyond."""
    at = np.arange(start, start + count)
    return ((at >= 0) & (at < length)).astype(float)


def run(network, picture):
    """One tile, [H,W,3] in and out."""
    with torch.no_grad():
        answer = network(torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32)))
    return np.clip(answer[0].numpy().transpose(1, 2, 0).astype(np.float64), 0, 1)


def spans(length, tile, overlap, multiple):
    """
    (start, count) of the tiles along an axis, for networks whose answer depends on a pixel's surroundings alone: tiles overlap
    by twice `overlap`, reach that far beyond the picture, and start on the network's grid.
    """
    padded = length + 2 * overlap
    count = max(1, -(-(padded - 2 * overlap) // (tile - 2 * overlap)))
    even = -(-(padded + 2 * overlap * (count - 1)) // count)
    bucket = max(BUCKET, multiple)
    size = min(tile, -(-even // bucket) * bucket)
    last = -(-max(0, padded - size) // multiple) * multiple
    starts = [0 if count == 1 else last * i // (count - 1) // multiple * multiple for i in range(count)]
    return [(start - overlap, size) for start in starts]


def fixed_spans(length, tile, overlap, multiple):
    """
    The same for networks that average over their whole tile: as their authors cut, all tiles of one size, spread evenly, none
    beyond the picture. A picture smaller than a tile is one, up to the next multiple.
    """
    size = min(tile, -(-length // multiple) * multiple)
    count = max(1, -(-(length - overlap) // (size - overlap)))
    step = -(-(length - size) // max(1, count - 1))
    return [(max(0, min(index * step, length - size)), size) for index in range(count)]


def shares(tiles, length, feather, scale):
    """For every tile how much each pixel of the answer's axis takes from it. The shares of a pixel add up to one."""
    at = np.arange(length * scale)
    reached = [np.ones(len(at))]
    for (before, size), (start, _) in zip(tiles, tiles[1:]):
        seam = (before + size + start) // 2 * scale
        reach = feather * scale
        ramp = (at >= seam).astype(float) if reach == 0 else np.clip((at - seam + reach + 0.5) / (2 * reach), 0, 1)
        # The half step of a ramp's last pixel is its whole.
        ramp[at >= seam + reach] = 1
        reached.append(ramp)
    reached.append(np.zeros(len(at)))
    # A later tile covers the earlier ones by its ramp.
    return [reached[i] * np.prod([1 - later for later in reached[i + 1 :]], axis=0) for i in range(len(tiles))]


def placed(part, top, left, height, width):
    """The part at its place in a picture of that size, zero elsewhere."""
    whole = np.zeros((height, width, 3))
    y, x = max(0, top), max(0, left)
    inside = part[y - top : height - top, x - left : width - left]
    whole[y : y + inside.shape[0], x : x + inside.shape[1]] = inside
    return whole
