"""Training samples: exact composites of rendered products, with the accidents of a real photograph."""

import cv2
import numpy as np
import torch

from cutout.backdrops import any_backdrop, backdrop_of_another, photo_crop
from cutout.photography import blur, contact_shadow, light_wrap, photograph, recolour
from cutout.placement import extent, inside, scatter, warp

cv2.setNumThreads(1)


class Samples(torch.utils.data.Dataset):
    """Sample i is (picture uint8 [3,size,size], alpha uint8 [1,size,size]), the same for the same seed."""

    def __init__(self, shards, photographs, size, seed, length=10**6):
        self.shards, self.photographs = shards, photographs
        self.size, self.seed, self.length = size, seed, length

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        rng = np.random.default_rng((self.seed, index))
        size, source = self.size, self.shards.size
        chosen = int(rng.integers(len(self.shards)))
        raw = self.shards.product(chosen)
        found = extent(raw)
        if found is None:
            return self[(index * 7919 + 13) % self.length]
        matrix, zoom = self.place(rng, *found)
        if zoom * size / source < 0.75:  # smooth before shrinking, so that edges stay anti-aliased
            raw = cv2.GaussianBlur(raw, (3, 3), 0.6)
        product = warp(raw, matrix, size, cv2.BORDER_CONSTANT).astype(np.float32) / 255
        own_backdrop = rng.random() < 0.5
        if product[..., 3].mean() > 0.93:  # so close that nothing is left to cut out
            return self[(index * 7919 + 17) % self.length]
        if own_backdrop:
            backdrop = warp(self.shards.backdrop(chosen), matrix, size, cv2.BORDER_REFLECT_101)
            backdrop = backdrop.astype(np.float32) / 255
        else:
            backdrop = self.new_backdrop(rng, raw)
        if rng.random() < 0.35:
            backdrop = self.with_distractors(rng, backdrop)
        if not own_backdrop and rng.random() < 0.08:  # a second product, to be kept too
            other = self.scattered(rng, 0.5, 0.9, shift=0.3)
            product = product + (1 - product[..., 3:]) * other
        alpha = product[..., 3:]
        colour = self.new_colour(rng, product[..., :3], alpha)
        if rng.random() < 0.3:
            backdrop = recolour(rng, backdrop)
        if not own_backdrop and rng.random() < 0.45:
            backdrop = contact_shadow(rng, backdrop, alpha[..., 0])
        if not own_backdrop and rng.random() < 0.3:
            colour = light_wrap(rng, colour / np.maximum(alpha, 1e-3), alpha, backdrop)
        if rng.random() < 0.2:  # the product slightly out of focus
            soft = cv2.GaussianBlur(np.concatenate([colour, alpha], 2), (0, 0), float(rng.uniform(0.5, 1.4)))
            colour, alpha = soft[..., :3], soft[..., 3:]
        picture = photograph(rng, colour + (1 - alpha) * backdrop)
        stored = (np.clip(alpha[..., 0], 0, 1) * 255).astype(np.uint8)
        return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))), torch.from_numpy(stored)[None]

    def place(self, rng, centre, share, cut):
        """(matrix, zoom) that give the product 0.35..1.25 of the frame, or a close-up that the frame cuts."""
        if cut:
            return inside(rng, self.shards.size, self.size), 1.0
        close = rng.random() < 0.15
        wanted = rng.uniform(1.1, 2.0) if close else np.exp(rng.uniform(np.log(0.35), np.log(1.25)))
        zoom = float(np.clip(wanted / share, 0.6, 2.5))
        shift = 0.3 if close else 0.06 if wanted > 0.8 else 0.2
        return scatter(rng, self.shards.size, self.size, zoom * 0.95, zoom * 1.05, centre, shift), zoom

    def scattered(self, rng, smallest, largest, shift):
        """Another sample's product somewhere in the frame, premultiplied float32 [size,size,4]."""
        other = self.shards.product(int(rng.integers(len(self.shards))))
        matrix = scatter(rng, self.shards.size, self.size, smallest, largest, shift=shift)
        return warp(other, matrix, self.size, cv2.BORDER_CONSTANT).astype(np.float32) / 255

    def new_backdrop(self, rng, raw):
        size, until = self.size, (0.35, 0.5, 0.62, 0.74)
        another = lambda: backdrop_of_another(rng, self.shards, size)
        backdrop = any_backdrop(rng, self.photographs, size, until, lambda: raw, another)
        if rng.random() < 0.6:
            backdrop = blur(backdrop, float(np.exp(rng.uniform(np.log(0.6), np.log(9)))) * size / 256)
        return backdrop

    def with_distractors(self, rng, backdrop):
        """Things behind the product that are not it: small or cut by the frame, and out of focus."""
        for _ in range(int(rng.integers(1, 5))):
            thing = self.scattered(rng, 0.2, 0.7, shift=0.6)
            thing = blur(thing, float(np.exp(rng.uniform(np.log(1.5), np.log(7)))) * self.size / 256)
            if rng.random() < 0.4:
                thing[..., :3] *= rng.uniform(0.3, 0.9)
            backdrop = thing[..., :3] + (1 - thing[..., 3:]) * backdrop
        return backdrop

    def new_colour(self, rng, colour, alpha):
        """The product recoloured and sometimes printed with a piece of a photograph, premultiplied."""
        if rng.random() >= 0.6:
            return colour
        straight = recolour(rng, np.clip(colour / np.maximum(alpha, 1e-3), 0, 1))
        if rng.random() < 0.35:
            print_ = photo_crop(rng, self.photographs, self.size).astype(np.float32) / 255
            weight = rng.uniform(0.15, 0.7)
            layer = print_ if rng.random() < 0.5 else straight * print_ * 1.8
            straight = straight * (1 - weight) + weight * layer
        return np.clip(straight, 0, 1) * alpha
