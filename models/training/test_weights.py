"""`python -m unittest test_weights`: weights come out of an exported model as they went in."""

import os
import tempfile
import unittest

import torch

from denoise.model import DenoiseNet
from export_restoration import export
from upscale.model import UpscaleNet
from weights import from_onnx, start_from


def randomised(net):
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.rand(parameter.shape, generator=generator) - 0.5)
    return net.eval()


class Weights(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "model.onnx")

    def test_every_parameter_is_found_again(self):
        for net, output in ((UpscaleNet(2), "upscaled"), (DenoiseNet(), "denoised")):
            expected = randomised(net).state_dict()
            export(net, self.path, output)
            found = from_onnx(self.path, list(expected))
            self.assertEqual(list(sorted(found)), list(sorted(expected)))
            for name, value in expected.items():
                torch.testing.assert_close(found[name].reshape(value.shape), value, rtol=0, atol=0)

    def test_a_fourfold_upscaler_starts_with_the_detail_of_a_twofold_one(self):
        twofold, fourfold = randomised(UpscaleNet(2)), UpscaleNet(4)
        export(twofold, self.path, "upscaled")
        start_from(fourfold, self.path)
        rgb = torch.rand(1, 3, 16, 16)
        with torch.no_grad():
            added = twofold(rgb) - torch.nn.functional.interpolate(rgb, scale_factor=2.0, mode="bilinear")
            found = fourfold(rgb) - torch.nn.functional.interpolate(rgb, scale_factor=4.0, mode="bilinear")
        torch.testing.assert_close(found, added.repeat_interleave(2, 2).repeat_interleave(2, 3))


if __name__ == "__main__":
    unittest.main()
