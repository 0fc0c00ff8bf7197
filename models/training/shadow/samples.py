"""Training samples: a picture with cast shadows, and the same picture without.

A quarter has no shadow at all, and much in all of them is dark without being a shadow: products dyed black, prints,
photographs. Only what darkens the ground behind it without changing what it is counts as one.
"""

import cv2
import numpy as np
import torch

from cutout.backdrops import any_backdrop
from cutout.photography import blur
from cutout.placement import extent, inside, scatter, warp
from shadow import shadows

cv2.setNumThreads(1)


class Samples(torch.utils.data.Dataset):
    """Sample i is (worn, shadowed, clean), uint8 [3,size,size] each, the same for the same seed.

    `shadowed` and `clean` differ in the shadow alone. The network sees `worn`, which is `shadowed` with the grain
    and the compression of a photograph; its factors are judged on `shadowed`.
    """

    def __init__(self, shards, photographs, size, seed, length=10**6):
        self.shards, self.photographs = shards, photographs
        self.size, self.seed, self.length = size, seed, length
        # Shards without a pass in full light give products to paint shadows under.
        self.rendered = [i for i, (passes, _) in enumerate(shards.samples) if "clean" in passes]
        self.shadowed = [i for i in self.rendered if shadow_share(shards, i) > 0.01]

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        rng = np.random.default_rng((self.seed, index))
        size, kind = self.size, rng.random()
        as_rendered = kind < 0.4
        if as_rendered:
            among = self.shadowed if rng.random() < 0.8 else self.rendered
            chosen = among[rng.integers(len(among))]
        else:
            chosen = int(rng.integers(len(self.shards)))
        raw = self.shards.product(chosen)
        matrix = self.place(rng, extent(raw))
        product = warp(raw, matrix, size, cv2.BORDER_CONSTANT).astype(np.float32) / 255
        if as_rendered:
            dark, clean = (
                warp(picture, matrix, size, cv2.BORDER_REFLECT_101).astype(np.float32) / 255
                for picture in (self.shards.backdrop(chosen), self.shards.clean(chosen))
            )
            dark, clean = with_prints(rng, dark, clean)
        else:
            clean = self.new_backdrop(rng, raw)
            if kind > 0.9 and rng.random() < 0.6:
                product = np.zeros_like(product)
            clean, _ = with_prints(rng, clean, clean)
            light = self.painted(rng, product[..., 3]) if kind < 0.8 else np.float32(1)
            dark = clean * light
        alpha = product[..., 3:]
        colour = new_colour(rng, product[..., :3], alpha)
        dark, clean = colour + (1 - alpha) * dark, colour + (1 - alpha) * clean
        dark, clean = exposed(rng, dark, clean)
        return tuple(to_tensor(picture) for picture in (worn(rng, dark), dark, clean))

    def place(self, rng, found):
        """The matrix that gives the product a share of 0.35..1.1 of the frame; one cut by the frame stays cut by it."""
        source = self.shards.size
        if found is None:
            return scatter(rng, source, self.size, 1.0, 1.5)
        centre, share, cut = found
        if cut or rng.random() < 0.5:
            return inside(rng, source, self.size)
        zoom = float(np.clip(np.exp(rng.uniform(np.log(0.35), np.log(1.1))) / share, 0.6, 2.0))
        return scatter(rng, source, self.size, zoom, zoom, centre, 0.15)

    def new_backdrop(self, rng, raw):
        """Without shadows of its own that would have to go: those in photographs are few, and count as ground."""
        size, until = self.size, (0.35, 0.42, 0.62, 0.72)

        def lit():
            other = self.shards.clean(self.rendered[rng.integers(len(self.rendered))])
            return warp(other, scatter(rng, self.shards.size, size, 1.0, 1.8), size, cv2.BORDER_REFLECT_101)

        backdrop = any_backdrop(rng, self.photographs, size, until, lambda: raw, lit)
        if rng.random() < 0.4:
            backdrop = blur(backdrop, float(np.exp(rng.uniform(np.log(0.6), np.log(6)))))
        if rng.random() < 0.2:  # fine texture: paper, plaster, tarmac
            grain = cv2.GaussianBlur(rng.standard_normal((size, size), np.float32), (0, 0), rng.uniform(0.5, 1.5))
            backdrop = backdrop * (1 + grain[..., None] * np.float32(rng.uniform(0.03, 0.3)))
        return np.clip(backdrop, 0, 1)

    def painted(self, rng, alpha):
        """The light that one to three shadows leave; most belong to the product, where there is one."""
        size, masks = self.size, []
        if alpha.max() > 0.5 and rng.random() < 0.8:
            masks.append([shadows.cast, shadows.contact, shadows.foot][rng.integers(3)](rng, alpha))
            if rng.random() < 0.3:
                masks.append(shadows.foot(rng, alpha))
        if not masks or rng.random() < 0.2:
            free = [shadows.ellipse, shadows.polygon, shadows.polygon, shadows.stripes, shadows.half]
            masks.append(free[rng.integers(len(free))](rng, size))
        return shadows.light_left(rng, masks)


def shadow_share(shards, index):
    """How much of a rendered picture lies in visible shadow, looked at on every fourth pixel of both axes."""
    behind = shards.product(index)[::4, ::4, 3] < 128
    darker = shards.clean(index)[::4, ::4].astype(int) - shards.backdrop(index)[::4, ::4]
    return float(((darker.mean(-1) > 4) & behind).mean())


def with_prints(rng, *pictures):
    """Dark things that are no shadows, laid over all the pictures alike: sheets, words, screens."""
    if rng.random() >= 0.3:
        return pictures
    size = pictures[0].shape[0]
    mask = np.zeros((size, size), np.uint8)
    if rng.random() < 0.4:
        text = "".join(chr(c) for c in rng.integers(48, 91, 8))
        at = (int(rng.uniform(-0.1, 0.5) * size), int(rng.uniform(0.1, 1) * size))
        cv2.putText(mask, text, at, int(rng.integers(0, 6)), size * rng.uniform(0.003, 0.014), 255,
                    int(rng.integers(1, 9)), cv2.LINE_AA)
    else:
        mask = (shadows.polygon(rng, size) * 255).astype(np.uint8)
    cover = mask[..., None].astype(np.float32) / 255 * np.float32(rng.uniform(0.85, 1))
    ink = np.float32(rng.uniform(0, 0.25) + rng.normal(0, 0.05, 3)).clip(0, 1)
    return tuple(picture * (1 - cover) + cover * ink for picture in pictures)


def new_colour(rng, colour, alpha):
    """The product dyed: often black or dark grey, sometimes another colour. Premultiplied."""
    kind = rng.random()
    if kind < 0.55:
        return colour
    straight = colour / np.maximum(alpha, 1e-3)
    if kind < 0.8:  # black cloth, black plastic
        grey = straight.mean(-1, keepdims=True)
        straight = grey + (straight - grey) * np.float32(rng.uniform(0, 0.6))
        straight = straight * np.float32(np.exp(rng.uniform(np.log(0.06), np.log(0.5))))
    else:
        gain = np.exp(rng.normal(0, 0.3) + rng.normal(0, 0.2, 3)).astype(np.float32)
        straight = straight * gain
    return np.clip(straight, 0, 1) * alpha


def exposed(rng, dark, clean):
    """One exposure, white balance and gamma for both."""
    gain = (np.exp(rng.normal(0, 0.15)) * np.exp(rng.normal(0, 0.05, 3))).astype(np.float32)
    gamma = np.float32(np.exp(rng.normal(0, 0.2))) if rng.random() < 0.6 else np.float32(1)
    return tuple(np.clip(picture * gain, 0, 1) ** gamma for picture in (dark, clean))


def worn(rng, picture):
    """Softness, grain and JPEG."""
    if rng.random() < 0.15:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 1.2)))
    if rng.random() < 0.35:
        channels = 3 if rng.random() < 0.6 else 1
        grain = rng.standard_normal((*picture.shape[:2], channels), np.float32)
        picture = picture + grain * np.float32(np.exp(rng.uniform(np.log(0.004), np.log(0.04))))
    if rng.random() < 0.3:
        stored = (np.clip(picture, 0, 1) * 255).astype(np.uint8)
        _, file = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 96))])
        picture = cv2.imdecode(file, cv2.IMREAD_COLOR).astype(np.float32) / 255
    return picture


def to_tensor(picture):
    """float32 [S,S,C] in 0..1 to uint8 [C,S,S]."""
    stored = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    return torch.from_numpy(np.ascontiguousarray(stored.transpose(2, 0, 1)))
