"""Writes a smaller or faster form of a model.

    python convert.py model.onnx --fp16 --out model-fp16.onnx [--record RECORD.json] [--calibration PHOTOS]
    python convert.py model.onnx --int8 --out model-int8.onnx --calibration PHOTOS [--record RECORD.json]

Half precision keeps single precision where values would overflow, which is measured on pictures, and in what computes
normalisations; inputs and outputs stay as they are. int8 is static quantisation (QDQ) of convolutions and matrix products,
with ranges from the photos of a folder, weights by channel. They take seven bits: sums of products of eight overflow on CPUs
without VNNI, silently. The first and the last operator, which read the picture and write the answer, keep single precision:
they cost little and lose most. Either form is run afterwards and refused if an answer is not finite or constant. With
`--record` pictures are normalised as the model's record says.

Ends with 2 when it was asked for something that makes no sense, with 4 when the graph is at fault; then there is no file.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import DEFAULT_OP_BLOCK_LIST, convert_float_to_float16

from feeds import feeds_of_photo, photos_in, read_photo, read_record
from prove import feeds_of, open_session

USAGE, MISMATCH = 2, 4
"""Exit codes, those of the command line that calls this."""

LARGEST_HALF = 65504
HEADROOM = 8
"""Other pictures than those measured may be brighter: a tensor that comes this near to the limit stays in single precision."""

NORMALISING = ["ReduceMean", "Sqrt", "Pow", "LayerNormalization", "InstanceNormalization", "GlobalAveragePool", "Softmax"]
"""Sums over many values, and squares: half precision loses them before it overflows."""

QUANTISED = ["Conv", "MatMul", "Gemm"]


class GraphFault(Exception):
    """The file is no graph, or its converted form does not compute."""


def to_half(model, batches):
    """The model with half-precision weights and arithmetic where that is safe on the given feeds."""
    blocked = overflowing(model, batches)
    print(f"{len(blocked)} operators stay in single precision because of their values", file=sys.stderr)
    operators = DEFAULT_OP_BLOCK_LIST + NORMALISING
    half = convert_float_to_float16(model, keep_io_types=True, op_block_list=operators, node_block_list=blocked)
    tidy_casts(half.graph)
    return half


def tidy_casts(graph):
    """
    What the converter gets wrong. Values that two operators in single precision take are widened twice under one name, which
    is no valid graph; and what goes from one such operator to another is halved on the way, and would overflow there.
    """
    casts = {node.output[0]: node for node in graph.node if node.op_type == "Cast"}
    nodes = [node for node in graph.node if node.op_type != "Cast"]
    for node in casts.values():
        before = casts.get(node.input[0])
        if before is not None and (target(before), target(node)) == (TensorProto.FLOAT16, TensorProto.FLOAT):
            node.input[0] = before.input[0]
    kept = [*nodes, *casts.values()]
    del graph.node[:]
    graph.node.extend(kept)


def target(cast):
    return next(attribute.i for attribute in cast.attribute if attribute.name == "to")


def overflowing(model, batches):
    """Names of operators that take or give a value too large for half precision."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    for index, node in enumerate(model.graph.node):
        node.name = node.name or f"{node.op_type}_{index}"
    kinds = {value.name: value.type.tensor_type.elem_type for value in onnx.shape_inference.infer_shapes(model).graph.value_info}
    tensors = [name for node in model.graph.node for name in node.output if kinds.get(name) == TensorProto.FLOAT]
    del watched.graph.output[:]
    for name in tensors:
        # One number a tensor leaves the graph, so that no more is held than in a usual run.
        watched.graph.node.append(helper.make_node("Abs", [name], [f"{name}/size"]))
        watched.graph.node.append(helper.make_node("ReduceMax", [f"{name}/size"], [f"{name}/largest"], keepdims=0))
        watched.graph.output.append(helper.make_tensor_value_info(f"{name}/largest", TensorProto.FLOAT, []))
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "watched.onnx")
        onnx.save(watched, path, save_as_external_data=True, location="weights")
        session = open_session(path)
        most = np.max([session.run(None, feeds) for feeds in batches], axis=0)
    large = {name for name, value in zip(tensors, most) if not value < LARGEST_HALF / HEADROOM}
    return [node.name for node in model.graph.node if large & {*node.input, *node.output}]


class Photos(CalibrationDataReader):
    """Feeds for the calibration, one after the other."""

    def __init__(self, batches):
        self.batches = iter(batches)

    def get_next(self):
        return next(self.batches, None)


def to_int8(path, out, batches):
    with tempfile.TemporaryDirectory() as folder:
        prepared = str(Path(folder) / "prepared.onnx")
        quant_pre_process(path, prepared, skip_symbolic_shape=True)
        layers = [node.name for node in onnx.load(prepared).graph.node if node.op_type in QUANTISED]
        quantize_static(
            prepared,
            out,
            Photos(batches),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=QUANTISED,
            nodes_to_exclude=[layers[0], layers[-1]],
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )


def check(path, batches):
    session = load(path)
    for feeds in batches:
        for port, answer in zip(session.get_outputs(), session.run(None, feeds)):
            if not np.isfinite(answer).all() or answer.std() == 0:
                raise GraphFault(f"In the converted form {port.name} is not finite, or one constant.")


def load(path):
    try:
        return open_session(path)
    except Exception as error:
        # onnxruntime has a class of its own for every way in which a file can be wrong.
        raise GraphFault(f"{path} is no graph that can be loaded: {error}") from error


def feeds_for(path, record, calibration):
    """
    What to run the graph on: the photos of a folder, or seeded pictures without one.
    Raises GraphFault for the graph, OSError or ValueError for what is wrong with the photos.
    """
    session = load(path)
    if calibration is None:
        return [feeds_of(session, 1, (256, 256))]
    return [feeds_of_photo(session, record, read_photo(photo)) for photo in photos_in(calibration)]


def is_small(path):
    weights = onnx.load(path, load_external_data=False).graph.initializer
    return any(values.data_type in (TensorProto.FLOAT16, TensorProto.INT8, TensorProto.UINT8) for values in weights)


def convert(path, out, kind, batches):
    """
    Writes `out` whole or not at all. Raises GraphFault when the model is a small form itself, or when what comes of it
    computes nothing useful on the batches.
    """
    if is_small(path):
        raise GraphFault(f"{path} has half-precision or quantised weights already.")
    partial = Path(f"{out}.part")
    try:
        if kind == "fp16":
            onnx.save(to_half(onnx.load(path), batches), str(partial))
        else:
            to_int8(path, str(partial), batches)
        check(str(partial), batches)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    return {"out": out, "bytes": Path(out).stat().st_size}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--out", required=True)
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--fp16", dest="kind", action="store_const", const="fp16")
    kind.add_argument("--int8", dest="kind", action="store_const", const="int8")
    parser.add_argument("--record", help="the model's file in models/registry")
    parser.add_argument("--calibration", help="a folder with photos like those to come")
    given = parser.parse_args()
    if given.kind == "int8" and given.calibration is None:
        parser.error("--int8 needs --calibration")
    return given


def main():
    given = parse_arguments()
    try:
        batches = feeds_for(given.model, read_record(given.record), given.calibration)
    except (OSError, ValueError) as error:
        sys.exit(say(error, USAGE))
    except GraphFault as error:
        sys.exit(say(error, MISMATCH))
    try:
        print(json.dumps(convert(given.model, given.out, given.kind, batches)))
    except GraphFault as error:
        sys.exit(say(error, MISMATCH))


def say(error, code):
    print(error, file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
