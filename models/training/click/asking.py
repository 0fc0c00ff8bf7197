"""What is asked of the network in training: targets of a batch and the prompts on them, round by round."""

import numpy as np
import torch
import torch.nn.functional as F

from click.prompts import BESIDE, BOTTOM_RIGHT, NOTHING, ON, TOP_LEFT
from click.prompts import anywhere, box_around, largest_region, middle, next_click

COARSE = 4
"""Wrong regions are looked for at a quarter of the picture's side."""


class Asked:
    """Two targets of each picture, and what was pointed at so far.

    `wanted` is float [2N,1,S/2,S/2], `points` [2N,P,2] in pixels of S, `labels` [2N,P].
    """

    def __init__(self, rng, alphas):
        """Alphas uint8 [N,K,S,S]; those that are zero are nothing to ask for."""
        self.rng, self.side = rng, alphas.shape[-1]
        self.prompts = []
        targets = [target for one in alphas for target in self.two_of(one.float() / 255)]
        self.wanted = F.avg_pool2d(torch.stack(targets)[:, None], 2)
        self.masks = (F.avg_pool2d(self.wanted, COARSE // 2)[:, 0] > 0.5).numpy()
        self.prompts = [self.first(mask) for mask in self.masks]

    def two_of(self, alphas):
        """Two different products where there are two; now and then all together."""
        known = [one for one in alphas if one.any()]
        order = self.rng.permutation(len(known))
        targets = [known[order[i % len(known)]] for i in range(2)]
        if len(known) > 1 and self.rng.random() < 0.1:
            targets[1] = torch.stack(known).sum(0).clamp(max=1)
        return targets

    def first(self, mask):
        """[(x, y, label)] of a click or, in one of five, a box; now and then of more clicks at once."""
        if not mask.any():
            return []
        region = largest_region(mask)
        if self.rng.random() < 0.2:
            left, top, right, bottom = box_around(mask, self.rng)
            prompt = [(left, top, TOP_LEFT), (right, bottom, BOTTOM_RIGHT)]
        else:
            x, y = middle(region) if self.rng.random() < 0.6 else anywhere(self.rng, region)
            prompt = [(x, y, ON)]
        for _ in range(int(self.rng.choice((0, 1, 2), p=(0.6, 0.2, 0.2)))):
            on = self.rng.random() < 0.5
            places = np.argwhere(mask if on else ~mask)
            if len(places):
                y, x = places[self.rng.integers(len(places))] + 0.5
                prompt.append((x, y, ON if on else BESIDE))
        return [(x * COARSE, y * COARSE, label) for x, y, label in prompt]

    def correct(self, logits):
        """Adds a click where the answer [2N,1,S/2,S/2] is most wrong."""
        guesses = (F.avg_pool2d(logits, COARSE // 2)[:, 0] > 0).numpy()
        for mask, guess, prompt in zip(self.masks, guesses, self.prompts):
            click = next_click(mask, guess, self.rng)
            if click is not None:
                prompt.append((click[0] * COARSE, click[1] * COARSE, click[2]))

    def tensors(self):
        """Points and labels, filled up with points that say nothing."""
        most = max(1, *(len(prompt) for prompt in self.prompts))
        rows = np.array([prompt + [(0, 0, NOTHING)] * (most - len(prompt)) for prompt in self.prompts], np.float32)
        return torch.from_numpy(rows[..., :2]), torch.from_numpy(rows[..., 2])


def answer(decoder, embeddings, asked, former):
    """The decoder's answer; a former one is taken along three times in four."""
    points, labels = asked.tensors()
    shape = asked.wanted.shape
    if former is None:
        return decoder(embeddings, points, labels, torch.zeros(shape), torch.zeros(shape[0]))
    taken = torch.from_numpy((asked.rng.random(shape[0]) < 0.75).astype(np.float32))
    return decoder(embeddings, points, labels, former, taken)
