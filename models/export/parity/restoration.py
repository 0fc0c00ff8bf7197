"""Denoising, deblurring and enlarging: the whole path, tiles included.

The picture is cut into tiles of one size. It is thought to go on beyond its borders, mirrored. Each tile answers for what
is nearer to its middle than to its neighbour's; where tiles are blended rather than cut, over half an overlap to both sides
of that seam.
"""

import numpy as np

from .reference import as_input, as_picture, mirrored, to_bytes

BUCKET = 32


def restore(photo, graph, *, tile, overlap, multiple, exact, fixed=False, scale=1):
    """8-bit RGB of `scale` times the photo's sides."""
    height, width, _ = photo.shape
    cut_axis = fixed_spans if fixed else spans
    rows, columns = cut_axis(height, tile, overlap, multiple), cut_axis(width, tile, overlap, multiple)
    feather = 0 if exact else overlap // 2
    answer = np.zeros((height * scale, width * scale, 3))
    for y, row_weights in zip(rows, shares(rows, height, feather, scale)):
        for x, column_weights in zip(columns, shares(columns, width, feather, scale)):
            cut = photo[mirrored(height, *y)][:, mirrored(width, *x)]
            found = yield graph, {"input": as_input(cut)}
            part = np.clip(as_picture(found["output"]), 0, 1)
            down, from_row = reached(y, height, scale)
            across, from_column = reached(x, width, scale)
            weights = row_weights[down, None, None] * column_weights[None, across, None]
            answer[down, across] += weights * part[from_row, from_column]
    return to_bytes(answer)


def reached(tile, length, scale):
    """What a tile covers of the answer's axis, and where that lies in the tile's own answer."""
    start, end = tile[0] * scale, (tile[0] + tile[1]) * scale
    first, last = max(0, start), min(length * scale, end)
    return slice(first, last), slice(first - start, last - start)


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
    covering = [np.ones(len(at))]
    for (before, size), (start, _) in zip(tiles, tiles[1:]):
        seam = (before + size + start) // 2 * scale
        reach = feather * scale
        ramp = (at >= seam).astype(float) if reach == 0 else np.clip((at - seam + reach + 0.5) / (2 * reach), 0, 1)
        # The half step of a ramp's last pixel is its whole.
        ramp[at >= seam + reach] = 1
        covering.append(ramp)
    covering.append(np.zeros(len(at)))
    # A later tile covers the earlier ones by its ramp.
    return [covering[i] * np.prod([1 - later for later in covering[i + 1 :]], axis=0) for i in range(len(tiles))]
