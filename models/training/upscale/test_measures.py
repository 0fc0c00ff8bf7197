"""`python -m unittest upscale.test_measures`: sharpness and blockiness are what their definitions say."""

import unittest

import numpy as np

from upscale.degraded import evaluation_degraded
from upscale.measures import blockiness, gradient_energies


def grey(plane):
    return np.repeat(np.float32(plane)[..., None], 3, 2)


class Energies(unittest.TestCase):
    def test_a_ramp_has_its_own_slope_everywhere(self):
        ramp = grey(np.tile(np.arange(40) / 255, (40, 1)))
        np.testing.assert_allclose(gradient_energies(ramp, ramp), (1, 1), rtol=1e-4)
        np.testing.assert_allclose(gradient_energies(3 * ramp, ramp), (3, 3), rtol=1e-4)

    def test_an_edge_counts_as_edge_and_what_happens_beside_it_as_flat(self):
        edge = grey(np.tile(np.repeat([0.2, 0.6] * 4, 5), (40, 1)))
        noisy = edge + np.random.default_rng(0).normal(0, 2 / 255, (40, 40, 1)).astype(np.float32)
        (sharp, still), (_, restless) = gradient_energies(edge, edge), gradient_energies(noisy, edge)
        self.assertAlmostEqual(sharp, 0.4 * 255, places=2)
        self.assertEqual(still, 0)
        self.assertAlmostEqual(restless, 4, delta=0.3)  # differences of noise of sigma 2 on two axes: 2 * sqrt(2) * sqrt(2)


class Blocks(unittest.TestCase):
    def test_a_picture_without_a_grid_measures_one(self):
        noise = grey(np.random.default_rng(0).random((256, 256)))
        self.assertAlmostEqual(blockiness(noise), 1, delta=0.05)
        ramp = grey(np.tile(np.arange(256) / 255, (256, 1)))
        self.assertAlmostEqual(blockiness(ramp), 1, places=3)

    def test_steps_of_a_size_between_blocks_measure_their_ratio_to_those_inside(self):
        at = np.arange(64)
        plane = (at + 4 * (at // 8)) / 255  # steps of one inside, of five between blocks
        self.assertAlmostEqual(blockiness(grey(np.add.outer(plane, plane) / 2)), 5, places=3)

    def test_jpeg_leaves_its_grid(self):
        x, y = np.meshgrid(np.linspace(0, 6, 256), np.linspace(0, 6, 256))
        waves = grey(0.5 + 0.3 * np.sin(x) * np.cos(y))
        self.assertGreater(blockiness(evaluation_degraded(waves, 2, 0)), 1.1)


if __name__ == "__main__":
    unittest.main()
