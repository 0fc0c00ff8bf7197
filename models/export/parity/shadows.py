"""Shadows taken out by ShadowFormer: from photo to photo.

Where the shadow is, nobody says: it is looked for by the rules of thumb of the field (Murali and Govindan 2013 for what is
dark, Cucchiara et al. 2003 for what a shadow may do to a colour). The network works at its own size; its change is carried
to the photo as smooth factors (He et al. 2010), so that the photo keeps its detail.
"""

import colorsys

import numpy as np
from scipy import ndimage

from .reference import as_input, as_picture, guided, guided_model, mean_around, mirrored, resize, sampled, to_bytes

TO_XYZ = np.array([[0.412453, 0.35758, 0.180423], [0.212671, 0.71516, 0.072169], [0.019334, 0.119193, 0.950227]])
WHITE = np.array([0.950456, 1, 1.088754])


def remove_shadow(photo, graph, *, height, width):
    """8-bit RGB of the photo's size. The picture lies in the network's top left corner, aspect kept, and is mirrored on."""
    scale = min(height / photo.shape[0], width / photo.shape[1])
    rows, columns = round(photo.shape[0] * scale), round(photo.shape[1] * scale)
    before = resize(to_bytes(photo), rows, columns) / 255
    mask = feathered(sampled(find_shadow(photo), rows, columns) > 0.5)
    beyond = np.ix_(mirrored(rows, 0, height), mirrored(columns, 0, width))
    found = yield graph, {"input": as_input(before[beyond]), "mask": mask[beyond][None, None]}
    after = np.clip(as_picture(found["output"]), 0, 1)[:rows, :columns]
    ratios = np.clip((after + 1 / 64) / (before + 1 / 64), 0.5, 6)
    factors = np.stack([guided(photo, guided_model(before, ratios[..., c], 8, 1e-3)) for c in range(3)], -1)
    where = sampled(mask, *photo.shape[:2])[..., None]
    return to_bytes(np.where(where < 0.004, photo, photo * (1 + where * (factors - 1))))


def feathered(mask):
    """A little beyond the shadow's edge, and soft."""
    grown = ndimage.maximum_filter(mask.astype(float), 13, mode="reflect")
    return ndimage.gaussian_filter(grown, 2.5, mode="reflect", truncate=4)


def find_shadow(photo):
    """1 where a shadow falls, else 0."""
    dark = dark_by_lab(photo)
    lit = lit_surroundings(photo, dark)
    flags = [could_be_shadow(colour, light) for colour, light in zip(photo.reshape(-1, 3), lit.reshape(-1, 3))]
    mask = dark & np.array(flags).reshape(dark.shape)
    opened = ndimage.maximum_filter(ndimage.minimum_filter(mask, 5, mode="reflect"), 5, mode="reflect")
    regions, count = ndimage.label(opened)
    for region in range(1, count + 1):
        if (regions == region).sum() < 0.001 * mask.size:
            opened[regions == region] = False
    return opened.astype(float)


def dark_by_lab(photo):
    linear = np.where(photo <= 0.04045, photo / 12.92, ((photo + 0.055) / 1.055) ** 2.4)
    xyz = linear @ TO_XYZ.T / WHITE
    x, y, z = np.moveaxis(np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116), -1, 0)
    lightness, a, b = 116 * y - 16, 500 * (x - y), 200 * (y - z)
    if a.mean() + b.mean() <= 0:
        return lightness <= lightness.mean() - lightness.std() / 3
    return (lightness < lightness.mean()) & (b < b.mean())


def lit_surroundings(photo, dark):
    """The colour of what is not dark around each pixel: a wide Gaussian, made of three boxes."""
    sigma = 0.12 * max(dark.shape)

    def spread(plane):
        for radius in box_radii(sigma):
            plane = mean_around(plane, radius)
        return plane

    seen = spread((~dark).astype(float))
    sums = np.stack([spread(photo[..., c] * ~dark) for c in range(3)], -1)
    return np.where(seen[..., None] > 1e-3, sums / np.maximum(seen, 1e-9)[..., None], 0)


def box_radii(sigma):
    """Three boxes whose variances come nearest to the Gaussian's (Kovesi 2010)."""
    narrow = int(np.floor((np.sqrt(4 * sigma**2 + 1) - 1) / 2))
    width = 2 * narrow + 1
    count = round((12 * sigma**2 - 3 * width**2 - 12 * width - 9) / (-4 * width - 4))
    return [narrow] * count + [narrow + 1] * (3 - count)


def could_be_shadow(colour, light):
    """A shadow is as deep as shadows are, and keeps the hue of what it falls on and nearly its saturation."""
    hue, saturation, value = colorsys.rgb_to_hsv(*colour)
    lit_hue, lit_saturation, lit_value = colorsys.rgb_to_hsv(*light)
    if lit_value < 0.1 or not 0.25 * lit_value <= value <= 0.94 * lit_value:
        return False
    if abs(saturation - lit_saturation) > 0.16:
        return False
    apart = abs(hue - lit_hue)
    return min(saturation, lit_saturation) < 0.12 or min(apart, 1 - apart) <= 1 / 6
