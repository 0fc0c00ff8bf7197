"""    python -m unittest        (in models/export)"""

import unittest

import torch

from architectures import ARCHITECTURES
from export import random_network
from rrdbnet import pixel_unshuffle
from srvgg import mix

PARAMETERS = {
    "nafnet-sidd-w32": 29_159_715,
    "nafnet-sidd-w64": 115_982_915,
    "nafnet-gopro-w32": 17_111_907,
    "nafnet-gopro-w64": 67_888_835,
    "realesrgan-x4plus": 16_697_987,
    "realesrgan-x2plus": 16_703_171,
    "realesrgan-x4plus-anime-6b": 4_467_779,
    "realesr-general-x4v3": 1_213_296,
    "realesr-animevideov3": 621_424,
    "u2net": 44_009_869,
    "u2netp": 1_131_181,
}
"""Computed from the published sources, but for the last two, which their paper gives as 176.3 MB and 4.7 MB."""


class Networks(unittest.TestCase):
    def test_have_as_many_parameters_as_the_published_ones(self):
        for name, expected in PARAMETERS.items():
            with self.subTest(name), torch.device("meta"):
                network = ARCHITECTURES[name].build(False)
                self.assertEqual(sum(values.numel() for values in network.parameters()), expected)

    def test_unshuffle_pixels_as_torch_does(self):
        picture = torch.rand(1, 3, 6, 8)
        self.assertTrue(torch.equal(pixel_unshuffle(picture, 2), torch.nn.functional.pixel_unshuffle(picture, 2)))


class RandomWeights(unittest.TestCase):
    def test_are_those_of_their_seed_and_never_zero(self):
        for name in ("nafnet-sidd-w32", "realesr-general-x4v3", "u2netp", "shadowformer-istd"):
            architecture = ARCHITECTURES[name]
            one, same, other = (random_network(architecture, seed, small=True).state_dict() for seed in (1, 1, 2))
            for key, values in one.items():
                if not values.is_floating_point():
                    continue
                with self.subTest(f"{name} {key}"):
                    self.assertTrue(torch.equal(values, same[key]))
                    self.assertFalse(torch.equal(values, other[key]))
                    self.assertEqual(int((values == 0).sum()), 0)


class DenoisingStrength(unittest.TestCase):
    def test_mixes_two_checkpoints(self):
        mixed = mix({"a": torch.tensor([1.0])}, {"a": torch.tensor([5.0])}, 0.25)
        self.assertEqual(mixed["a"].item(), 4.0)

    def test_refuses_checkpoints_of_different_networks(self):
        with self.assertRaises(ValueError):
            mix({"a": torch.tensor([1.0])}, {"b": torch.tensor([5.0])}, 0.5)


if __name__ == "__main__":
    unittest.main()
