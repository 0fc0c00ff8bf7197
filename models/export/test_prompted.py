"""`python -m unittest` in models/export: BiRefNet, ViTMatte and SAM 2.1 are what their papers and files say."""

import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

import export_sam2
import sam2
import vitmatte
from birefnet import network as birefnet
from birefnet.decoder import image_patches
from birefnet.deform import DeformableConv2d
from prove import open_session


def parameters(network):
    return sum(values.numel() for values in network.parameters())


class Sizes(unittest.TestCase):
    def test_birefnet_has_as_many_parameters_as_published(self):
        self.assertEqual(round(parameters(birefnet.BiRefNet(birefnet.VARIANTS["birefnet-general"])) / 1e6), 220)
        self.assertEqual(round(parameters(birefnet.BiRefNet(birefnet.VARIANTS["birefnet-general-lite"])) / 1e6), 44)

    def test_vitmatte_has_as_many_parameters_as_its_files_hold(self):
        # 103,885,865 bytes of 32 bits, some of them the graph.
        self.assertEqual(parameters(vitmatte.small()), 25_814_753)


class Keys(unittest.TestCase):
    def test_birefnet_names_its_weights_as_the_checkpoints_do(self):
        keys = set(birefnet.BiRefNet(birefnet.VARIANTS["birefnet-general"]).state_dict())
        for key in (
            "bb.patch_embed.proj.weight",
            "bb.layers.2.blocks.17.attn.relative_position_bias_table",
            "bb.layers.0.downsample.reduction.weight",
            "bb.norm3.bias",
            "squeeze_module.0.dec_att.aspp_deforms.2.atrous_conv.regular_conv.weight",
            "decoder.decoder_block1.dec_att.global_avg_pool.2.running_mean",
            "decoder.ipt_blk5.conv_out.bias",
            "decoder.gdt_convs_4.1.running_var",
            "decoder.gdt_convs_attn_2.0.weight",
            "decoder.conv_ms_spvn_3.weight",
            "decoder.conv_out1.0.weight",
        ):
            self.assertIn(key, keys)


class DeformableConvolution(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(3)

    def defined(self, x, offset, weight, mask, padding):
        """The definition, a pixel at a time."""
        outputs, inputs, kernel, _ = weight.shape
        height, width = x.shape[1:]
        answer = np.zeros((outputs, height, width))
        for row, column in np.ndindex(height, width):
            for k in range(kernel * kernel):
                y = row - padding + k // kernel + offset[2 * k, row, column]
                at = column - padding + k % kernel + offset[2 * k + 1, row, column]
                low_y, low_x = int(np.floor(y)), int(np.floor(at))
                sample = np.zeros(inputs)
                for corner_y, corner_x in ((0, 0), (0, 1), (1, 0), (1, 1)):
                    v, u = low_y + corner_y, low_x + corner_x
                    if 0 <= v < height and 0 <= u < width:
                        sample += x[:, v, u] * (1 - abs(y - v)) * (1 - abs(at - u))
                answer[:, row, column] += weight[:, :, k // kernel, k % kernel] @ sample * mask[k, row, column]
        return answer

    def test_torch_and_onnxruntime_compute_what_is_defined(self):
        for kernel in (1, 3, 7):
            layer = DeformableConv2d(3, 4, kernel)
            for values in layer.parameters():
                torch.nn.init.normal_(values, 0, 0.4)
            x = torch.randn(1, 3, 9, 8)
            with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
                computed = layer(x)[0].numpy()
                mask = 2 * torch.sigmoid(layer.modulator_conv(x))
                given = [v.numpy() for v in (x[0], layer.offset_conv(x)[0], layer.regular_conv.weight, mask[0])]
                path = f"{folder}/layer.onnx"
                torch.onnx.export(layer, x, path, opset_version=19, input_names=["x"], dynamo=False)
                (ran,) = open_session(path).run(None, {"x": x.numpy()})
            expected = self.defined(*given, kernel // 2)
            np.testing.assert_allclose(computed, expected, atol=1e-4)
            np.testing.assert_allclose(ran[0], expected, atol=1e-4)


class Patches(unittest.TestCase):
    def test_patches_hold_every_pixel_once_in_the_order_of_the_checkpoint(self):
        image = torch.arange(3 * 4 * 6).view(1, 3, 4, 6)
        like = torch.zeros(1, 1, 2, 2)
        by_channel, by_column = (image_patches(image, like, order) for order in ("channel", "column"))
        self.assertEqual(by_channel.shape, (1, 18, 2, 2))
        # Channel 1, the patch of row 1 and column 2.
        torch.testing.assert_close(by_channel[0, 1 * 6 + 1 * 3 + 2], image[0, 1, 2:4, 4:6])
        torch.testing.assert_close(by_column[0, 2 * 6 + 1 * 3 + 1], image[0, 1, 2:4, 4:6])


class Prompts(unittest.TestCase):
    def test_both_graphs_answer_as_the_original_for_points_boxes_and_a_former_mask(self):
        model = export_sam2.random_model(sam2.narrow, 3)
        with tempfile.TemporaryDirectory() as folder:
            error = export_sam2.export(model, folder, previous_mask=True)
            files = sorted(path.name for path in Path(folder).iterdir())
        self.assertLess(error, 1e-4)
        self.assertEqual(
            files,
            [
                "prompt_encoder_mask_decoder.onnx",
                "prompt_encoder_mask_decoder.onnx_data",
                "vision_encoder.onnx",
                "vision_encoder.onnx_data",
            ],
        )


if __name__ == "__main__":
    unittest.main()
