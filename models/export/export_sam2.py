"""Makes the two ONNX files of SAM 2.1 from a checkpoint for `transformers`, or from random numbers.

    python export_sam2.py sam2.1-tiny --checkpoint model.safetensors --out FOLDER
    python export_sam2.py sam2.1-large --random --seed 1 --out FOLDER

FOLDER gets vision_encoder.onnx and prompt_encoder_mask_decoder.onnx. Weights lie beside each in a file of the same name
with `_data` at its end; the graphs know them by that name. `--previous-mask` gives the decoder two more inputs:
`mask_input` Float32 [1,1,256,256], the logits of an earlier answer, and `has_mask_input` Float32 [1], 0 or 1.

Both count as exported when onnxruntime answers as PyTorch does, for points, for boxes and for both.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch

import sam2
from export import read_checkpoint
from prove import open_session, picture
from randomise import randomise

TOLERANCE = 1e-3
FREE = {
    "input_points": {1: "objects", 2: "points"},
    "input_labels": {1: "objects", 2: "points"},
    "input_boxes": {1: "boxes"},
    **{name: {1: "objects"} for name in sam2.DECODER_OUTPUTS},
}


def write(network, example, path, inputs, outputs, shapes=None):
    with torch.no_grad():
        torch.onnx.export(
            network,
            example,
            path,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: FREE[name] for name in (*inputs, *outputs) if name in FREE},
            opset_version=17,
            dynamo=False,
        )
    model = onnx.load(path)
    for port in model.graph.output:
        # The trace loses sizes that are known: what reads the file is to see them.
        dims = (shapes or {}).get(port.name)
        if dims:
            port.CopyFrom(onnx.helper.make_tensor_value_info(port.name, onnx.TensorProto.FLOAT, dims))
    data = Path(f"{path}_data")
    data.unlink(missing_ok=True)
    onnx.save(model, path, save_as_external_data=True, location=data.name, size_threshold=1024)


def prompts(side):
    """Points, boxes, and both, for one object and for two."""
    points = torch.rand(1, 2, 3, 2, generator=torch.Generator().manual_seed(5)) * side
    labels = torch.tensor([[[1, 0, 1], [1, 1, -1]]])
    boxes = torch.tensor([[[0.1, 0.1, 0.6, 0.7], [0.2, 0.3, 0.9, 0.8]]]) * side
    no_points, no_boxes = torch.zeros(1, 1, 0, 2), torch.zeros(1, 0, 4)
    return {
        "points": (points, labels, no_boxes),
        "one point": (points[:, :1, :1], labels[:, :1, :1], no_boxes),
        "boxes": (no_points, torch.zeros(1, 2, 0, dtype=torch.int64), boxes),
        "both": (points, labels, boxes),
    }


def differ(answers, expected):
    return max(float(np.abs(a - b.numpy()).max() / np.abs(b.numpy()).max()) for a, b in zip(answers, expected))


def original(model, embeddings, points, labels, boxes, mask):
    """What the network as `transformers` has it answers."""
    answer = model(
        image_embeddings=list(embeddings),
        input_points=points if labels.shape[2] else None,
        input_labels=labels if labels.shape[2] else None,
        input_boxes=boxes if boxes.shape[1] else None,
        input_masks=mask,
    )
    return answer.iou_scores, answer.pred_masks, answer.object_score_logits


def compare(model, side, encoder_path, decoder_path, previous_mask):
    """The largest difference to PyTorch, relative to the largest value. Raises ValueError above TOLERANCE."""
    image = torch.from_numpy(picture(3, (1, 3, side, side)).astype(np.float32) * 4 - 2)
    with torch.no_grad():
        embeddings = model.get_image_embeddings(image)
    answers = open_session(encoder_path).run(None, {"pixel_values": image.numpy()})
    errors = {"encoder": differ(answers, embeddings)}
    session = open_session(decoder_path)
    feeds = {name: values.numpy() for name, values in zip(sam2.EMBEDDINGS, embeddings)}
    grid = side // 4
    masks = {"": None, " with a mask": torch.from_numpy(picture(4, (1, 1, grid, grid)).astype(np.float32) * 20 - 10)}
    for kind, prompt in prompts(side).items():
        feeds |= {name: values.numpy() for name, values in zip(sam2.DECODER_INPUTS[3:], prompt)}
        for words, mask in masks.items() if previous_mask else [("", None)]:
            if previous_mask:
                feeds["mask_input"] = np.zeros((1, 1, grid, grid), np.float32) if mask is None else mask.numpy()
                feeds["has_mask_input"] = np.float32([mask is not None])
            with torch.no_grad():
                expected = original(model, embeddings, *prompt, mask)
            errors[kind + words] = differ(session.run(None, feeds), expected)
    worst = max(errors, key=errors.get)
    if not errors[worst] < TOLERANCE:
        raise ValueError(f"onnxruntime and PyTorch differ by {errors[worst]:.1e} of the largest value: {worst}.")
    return errors[worst]


def write_graphs(model, folder, previous_mask=False):
    """The paths of encoder and decoder."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    side = model.config.prompt_encoder_config.image_size
    grid = side // 4
    encoder_path, decoder_path = folder / "vision_encoder.onnx", folder / "prompt_encoder_mask_decoder.onnx"
    image = torch.zeros(1, 3, side, side)
    with torch.no_grad():
        embeddings = model.get_image_embeddings(image)
    write(sam2.Encoder(model), image, str(encoder_path), sam2.ENCODER_INPUTS, sam2.EMBEDDINGS)
    inputs, example = sam2.DECODER_INPUTS, (*embeddings, *prompts(side)["both"])
    if previous_mask:
        inputs, example = (*inputs, *sam2.PREVIOUS_MASK), (*example, torch.zeros(1, 1, grid, grid), torch.ones(1))
    shapes = dict(zip(sam2.DECODER_OUTPUTS, ([1, "objects", 3], [1, "objects", 3, grid, grid], [1, "objects", 1])))
    write(sam2.Decoder(model), example, str(decoder_path), inputs, sam2.DECODER_OUTPUTS, shapes)
    return encoder_path, decoder_path


def export(model, folder, previous_mask=False):
    """The largest difference to PyTorch, as `compare` has it."""
    side = model.config.prompt_encoder_config.image_size
    encoder_path, decoder_path = write_graphs(model, folder, previous_mask)
    return compare(model, side, str(encoder_path), str(decoder_path), previous_mask)


def random_model(build, seed):
    model = build()
    randomise(model, seed)
    return model.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=sam2.MODELS)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--checkpoint", help="a checkpoint for `transformers`, .safetensors or .bin")
    source.add_argument("--random", action="store_true", help="no checkpoint: random weights from --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--small", action="store_true", help="with --random: few channels, pictures of 256 x 256")
    parser.add_argument("--previous-mask", action="store_true", help="a decoder that takes an earlier answer")
    parser.add_argument("--out", required=True, metavar="FOLDER")
    given = parser.parse_args()
    if given.small and not given.random:
        parser.error("--small goes with --random")
    if given.random:
        model = random_model(sam2.narrow if given.small else sam2.MODELS[given.model], given.seed)
    else:
        model = sam2.MODELS[given.model]()
        # Video models have more; of what a picture needs nothing may be missing.
        missing = model.load_state_dict(read_checkpoint(given.checkpoint), strict=False).missing_keys
        if missing:
            raise SystemExit(f"The checkpoint lacks {', '.join(missing)}.")
    error = export(model, given.out, given.previous_mask)
    parameters = sum(values.numel() for values in model.parameters())
    print(json.dumps({"name": given.model, "parameters": parameters, "error": error}))


if __name__ == "__main__":
    main()
