"""Training scenes: one to four rendered products in focus together, so that only the click says which is meant."""

import cv2
import numpy as np
import torch

from cutout.backdrops import any_backdrop, backdrop_of_another
from cutout.photography import blur, contact_shadow, photograph, recolour
from cutout.placement import extent, inside, scatter, warp

cv2.setNumThreads(1)

MOST = 4
"""Products in a scene."""

LEAST_SHARE = 0.012
"""Of the picture that must be seen of a product for it to be asked for."""


class Scenes(torch.utils.data.Dataset):
    """Scene i is (picture uint8 [3,size,size], alphas uint8 [MOST,size,size]), the same for the same seed.

    The alphas are what is seen of each product that can be asked for, the rest are zero; the last product covers the
    others. `alone`: share of scenes with one product.
    """

    def __init__(self, shards, photographs, size, seed, alone=0.3, length=10**6):
        self.shards, self.photographs = shards, photographs
        self.size, self.seed, self.alone, self.length = size, seed, alone, length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        rng = np.random.default_rng((self.seed, index))
        chosen = int(rng.integers(len(self.shards)))
        found = extent(self.shards.product(chosen))
        if found is None:
            return self[(index * 7919 + 13) % self.length]
        count = 1 if rng.random() < self.alone else int(rng.choice((2, 3, 4), p=(0.45, 0.35, 0.2)))
        matrix = self.place(rng, count, *found)
        products = [self.product(rng, chosen, matrix)]
        if rng.random() < 0.5:
            picture = warp(self.shards.backdrop(chosen), matrix, self.size, cv2.BORDER_REFLECT_101)
            picture = picture.astype(np.float32) / 255
        else:
            picture = self.new_backdrop(rng)
        products += [self.another(rng) for _ in range(count - 1)]
        order = rng.permutation(count)
        seen = []
        for which in order:
            product = products[which]
            alpha = product[..., 3:]
            if rng.random() < 0.4:
                picture = contact_shadow(rng, picture, alpha[..., 0])
            picture = product[..., :3] + (1 - alpha) * picture
            seen = [other * (1 - alpha[..., 0]) for other in seen] + [alpha[..., 0]]
        asked = [alpha for alpha in seen if LEAST_SHARE < (alpha > 0.5).mean() < 0.9]
        if not asked:
            return self[(index * 7919 + 17) % self.length]
        stored = np.zeros((MOST, self.size, self.size), np.uint8)
        stored[: len(asked)] = [np.clip(alpha * 255, 0, 255).astype(np.uint8) for alpha in asked]
        picture = photograph(rng, picture)
        return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))), torch.from_numpy(stored)

    def place(self, rng, count, centre, share, cut):
        """Where the first product stands: as a product shot has it, smaller and aside where it is not alone."""
        if cut:
            return inside(rng, self.shards.size, self.size)
        wanted = np.exp(rng.uniform(np.log(0.3), np.log(1.2 if count == 1 else 0.9)))
        zoom = float(np.clip(wanted / share, 0.4, 2.5))
        shift = 0.06 if wanted > 0.8 else 0.25
        return scatter(rng, self.shards.size, self.size, zoom * 0.95, zoom * 1.05, centre, shift)

    def product(self, rng, index, matrix):
        """A product as rendered or recoloured, premultiplied float32 [size,size,4]."""
        raw = self.shards.product(index)
        if np.abs(np.linalg.det(matrix[:, :2])) < 0.5:  # smooth before shrinking, so that edges stay anti-aliased
            raw = cv2.GaussianBlur(raw, (3, 3), 0.7)
        product = warp(raw, matrix, self.size, cv2.BORDER_CONSTANT).astype(np.float32) / 255
        if rng.random() < 0.5:
            alpha = product[..., 3:]
            straight = np.clip(product[..., :3] / np.maximum(alpha, 1e-3), 0, 1)
            product[..., :3] = np.clip(recolour(rng, straight), 0, 1) * alpha
        return product

    def another(self, rng):
        """A product anywhere in the frame, in focus or nearly."""
        matrix = scatter(rng, self.shards.size, self.size, 0.3, 0.9, shift=0.45)
        product = self.product(rng, int(rng.integers(len(self.shards))), matrix)
        return blur(product, float(rng.uniform(0.5, 2.5))) if rng.random() < 0.25 else product

    def new_backdrop(self, rng):
        size, until = self.size, (0.4, 0.55, 0.75, 0.75)
        another = lambda: backdrop_of_another(rng, self.shards, size)
        backdrop = any_backdrop(rng, self.photographs, size, until, None, another)
        if rng.random() < 0.5:
            backdrop = blur(backdrop, float(np.exp(rng.uniform(np.log(0.6), np.log(8)))) * size / 256)
        return backdrop
