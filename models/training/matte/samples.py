"""Training samples of matting: a picture, its trimap and its exact alpha."""

import cv2
import numpy as np

from cutout.backdrops import any_backdrop
from cutout.photography import blur, contact_shadow, light_wrap, photograph, recolour
from matte.trimaps import random_trimap

cv2.setNumThreads(1)

class Samples:
    """make(rng) gives picture uint8 [S,S,3], trimap float32 [S,S] and alpha float32 [S,S]."""

    def __init__(self, shards, photographs, size):
        self.shards, self.photographs, self.size = shards, photographs, size

    def make(self, rng):
        while True:
            colour, alpha, own = self.piece(rng)
            if rng.random() < 0.5:
                colour, alpha, own = (np.ascontiguousarray(part[:, ::-1]) for part in (colour, alpha, own))
            trimap = random_trimap(rng, alpha)
            if 0.01 < (trimap == 0.5).mean() < 0.9 and (trimap == 1).any() and (trimap == 0).any():
                return self.picture(rng, colour, alpha, own), trimap, alpha

    def piece(self, rng):
        """A piece of a sample around its product's edge, shrunk at times: straight colour, alpha, its own backdrop."""
        source, chosen = self.shards.size, int(rng.integers(len(self.shards)))
        product, backdrop = self.shards.product(chosen), self.shards.backdrop(chosen)
        side = int(rng.integers(self.size, source + 1))
        soft = np.argwhere((product[::4, ::4, 3] > 8) & (product[::4, ::4, 3] < 247)) * 4
        middle = soft[rng.integers(len(soft))] if len(soft) else np.full(2, source // 2)
        y, x = (int(np.clip(at - rng.uniform(0.2, 0.8) * side, 0, source - side)) for at in middle)
        product, backdrop = (
            self.fitted(part[y : y + side, x : x + side].astype(np.float32) / 255) for part in (product, backdrop)
        )
        return straight_colour(product[..., :3], product[..., 3]), product[..., 3], backdrop

    def fitted(self, cut):
        if cut.shape[0] == self.size:
            return cut
        return cv2.resize(cut, (self.size, self.size), interpolation=cv2.INTER_AREA)

    def picture(self, rng, colour, alpha, own):
        """The product on a backdrop, photographed: uint8 [S,S,3]."""
        if rng.random() < 0.7:
            backdrop = self.new_backdrop(rng, colour, alpha)
        else:
            backdrop = own
        if rng.random() < 0.6:
            colour = recolour(rng, colour)
        if rng.random() < 0.3:
            backdrop = recolour(rng, backdrop)
        if rng.random() < 0.3:
            backdrop = contact_shadow(rng, backdrop, alpha)
        weight = alpha[..., None]
        front = light_wrap(rng, colour, weight, backdrop) if rng.random() < 0.3 else colour * weight
        return photograph(rng, front + (1 - weight) * backdrop)

    def new_backdrop(self, rng, colour, alpha):
        """float32 [S,S,3] in 0..1: plain, photographed, cluttered, or close to the product's colour."""
        size, until = self.size, (0.4, 0.55, 0.75, 0.85)
        product = lambda: np.dstack([colour * alpha[..., None] * 255, alpha * 255])
        shrunk = lambda: cv2.resize(self.shards.backdrop(int(rng.integers(len(self.shards)))), (size, size))
        backdrop = any_backdrop(rng, self.photographs, size, until, product, shrunk)
        if rng.random() < 0.5:
            backdrop = blur(backdrop, float(np.exp(rng.uniform(np.log(0.6), np.log(9)))))
        return backdrop


def straight_colour(premultiplied, alpha):
    """Straight colour [H,W,3]; where alpha is small, and 8 bits have spoilt it, that of the more opaque around."""
    weight = alpha[..., None]
    mean = cv2.GaussianBlur(premultiplied * weight, (0, 0), 2)
    mean = mean / (cv2.GaussianBlur(weight**2, (0, 0), 2)[..., None] + 1e-4)
    trust = np.clip(weight * 8, 0, 1)
    return np.clip(trust * premultiplied / np.maximum(weight, 1e-3) + (1 - trust) * mean, 0, 1)
