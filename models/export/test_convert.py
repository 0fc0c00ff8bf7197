"""`python -m unittest test_convert` in models/export: smaller forms answer as the model does, or there is none."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

import convert
import export
from prove import feeds_of, open_session

HERE = Path(__file__).parent


def loud_graph(gain=1e6):
    """A convolution to values of millions, one back to 0..1, and one among those."""
    random = np.random.default_rng(1)
    shapes = {"up": (8, 3, 3, 3), "down": (3, 8, 3, 3), "quiet": (3, 3, 3, 3)}
    levels = {"up": gain, "down": 1e-2 / gain, "quiet": 1e-2}
    weights = {name: (random.uniform(0.5, 1, shape) * levels[name]).astype(np.float32) for name, shape in shapes.items()}
    steps = (("x", "up", "large"), ("large", "down", "small"), ("small", "quiet", "y"))
    nodes = [helper.make_node("Conv", [before, name], [after], name=name, pads=[1, 1, 1, 1]) for before, name, after in steps]
    ports = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, 64, 64])] for name in ("x", "y")]
    held = [numpy_helper.from_array(values, name) for name, values in weights.items()]
    graph = helper.make_graph(nodes, "loud", *ports, held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def answers(path, seed=7):
    session = open_session(path)
    return session.run(None, feeds_of(session, seed, (128, 128)))


def weight_types(path):
    """Of convolutions, by name."""
    return {values.name: values.data_type for values in onnx.load(path).graph.initializer if len(values.dims) == 4}


def psnr(found, expected):
    return -10 * np.log10(np.mean((found - expected) ** 2))


class Scratch(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def path(self, name):
        return str(self.folder / name)

    def random_network(self, name="realesr-general-x4v3"):
        path = self.path(f"{name}.onnx")
        export.export(name, path, small=True, seed=5, load_only=True)
        return path


class Conversions(Scratch):
    def photos(self):
        folder = self.folder / "photos"
        folder.mkdir()
        for seed in range(3):
            pixels = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
            Image.fromarray(pixels).resize((192, 128), Image.Resampling.BICUBIC).save(folder / f"{seed}.png")
        return str(folder)

    def convert(self, path, kind, calibration=None):
        out = self.path(f"{kind}.onnx")
        convert.convert(path, out, kind, convert.feeds_for(path, {}, calibration))
        return out

    def test_half_precision_answers_alike_with_ports_in_single_precision(self):
        # The second has normalisations, which stay in single precision and share what they take.
        for name in ("realesr-general-x4v3", "nafnet-sidd-w32"):
            with self.subTest(name):
                path = self.random_network(name)
                half = self.convert(path, "fp16")
                self.assertEqual(set(weight_types(half).values()), {TensorProto.FLOAT16})
                self.assertEqual(answers(half)[0].dtype, np.float32)
                self.assertGreater(psnr(answers(half)[0], answers(path)[0]), 50)

    def test_what_would_overflow_in_half_precision_stays_in_single(self):
        path = self.path("loud.onnx")
        onnx.save(loud_graph(), path)
        half = self.convert(path, "fp16")
        single, short = TensorProto.FLOAT, TensorProto.FLOAT16
        self.assertEqual(weight_types(half), {"up": single, "down": single, "quiet": short})
        np.testing.assert_allclose(answers(half)[0], answers(path)[0], rtol=1e-2)

    def test_eight_bits_hold_the_weights_but_at_both_ends_and_answer_alike_on_other_pictures(self):
        path = self.random_network()
        small = self.convert(path, "int8", self.photos())
        kinds = list(weight_types(small).values())
        self.assertEqual((kinds.count(TensorProto.FLOAT), kinds.count(TensorProto.INT8)), (2, len(weight_types(path)) - 2))
        self.assertGreater(psnr(answers(small)[0], answers(path)[0]), 30)

    def test_a_form_that_does_not_compute_is_not_kept(self):
        path = self.path("loud.onnx")
        onnx.save(loud_graph(gain=np.inf), path)
        with self.assertRaises(convert.GraphFault):
            self.convert(path, "fp16")
        self.assertEqual([file.name for file in self.folder.iterdir()], ["loud.onnx"])


class CommandLine(Scratch):
    def ends(self, *arguments):
        done = subprocess.run([sys.executable, HERE / "convert.py", *arguments], capture_output=True, text=True)
        return done.returncode, done.stderr.strip()

    def test_says_in_one_line_what_is_wrong_with_what_was_asked_and_ends_with_2(self):
        path, out = self.random_network(), self.path("out.onnx")
        (self.folder / "empty").mkdir()
        spoilt = self.folder / "spoilt"
        spoilt.mkdir()
        (spoilt / "a.png").write_text("no picture")
        for folder, words in (("empty", "holds no pictures"), ("none", "No such file"), ("spoilt", "cannot identify")):
            code, said = self.ends(path, "--int8", "--out", out, "--calibration", self.path(folder))
            self.assertEqual(code, 2)
            self.assertIn(words, said)
            self.assertNotIn("\n", said)
        code, said = self.ends(path, "--int8", "--out", out)
        self.assertEqual((code, "--int8 needs --calibration" in said), (2, True))

    def test_ends_with_4_when_the_file_is_no_graph(self):
        path = self.folder / "text.onnx"
        path.write_text("no graph")
        code, said = self.ends(str(path), "--fp16", "--out", self.path("out.onnx"))
        self.assertEqual(code, 4)
        self.assertIn("is no graph that can be loaded", said)


if __name__ == "__main__":
    unittest.main()
