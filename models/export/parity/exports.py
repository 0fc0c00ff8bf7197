"""A case's network as Packshot gets it: files, and the registry's record with nothing changed but sizes and places."""

import copy
import hashlib
import json
import shutil

import onnx
import torch

import export_sam2
import sam2
from architectures import ARCHITECTURES
from export import random_network, size_of, write

from .packshot import ROOT

SEED = 7


def reduced_network(case):
    """The exporter's own module with few channels and random weights."""
    if case.model in sam2.MODELS:
        return export_sam2.random_model(lambda: sam2.narrow(case.size["width"]), SEED)
    return random_network(ARCHITECTURES[case.model], SEED, small=True)


def write_files(case, network, folder):
    """Files by their role."""
    if case.model in sam2.MODELS:
        encoder, decoder = export_sam2.write_graphs(network, folder)
        return {"encoder": encoder, "decoder": decoder}
    architecture = ARCHITECTURES[case.model]
    path = folder / "model.onnx"
    write(architecture, network.eval(), size_of(architecture, small=True), str(path))
    return {"main": path}


def write_company(case, folder):
    """The file of the network that the pipeline needs beside the case's own."""
    record, network = case.company
    size, graph = record["size"], record["graphs"]["main"]
    path = folder / f"{record['id']}.onnx"
    torch.onnx.export(
        network,
        torch.zeros(1, 3, size["height"], size["width"]),
        str(path),
        input_names=[graph["inputs"][0]["name"]],
        output_names=[graph["outputs"][0]["name"]],
        opset_version=17,
        dynamo=False,
    )
    return {"main": path}


def read_record(case):
    """The registry's, for a network of the case's size. What it says about pixels stays."""
    record = json.loads((ROOT / "models" / "registry" / f"{case.model}.json").read_text())
    return record | {"size": record["size"] | case.size}


def bound(record, files, folder):
    """The record for files of these roles, copied to `folder`, with their own sizes as its dimensions."""
    record = copy.deepcopy(record)
    for role, path in files.items():
        for port, dims in ports_of(record["graphs"][role], onnx.load(path, load_external_data=False).graph):
            port["dims"] = dims
    found = [fact for role, path in files.items() for fact in facts_of(role, path, folder)]
    return record | {"files": found, "licence": {"spdx": "Apache-2.0", "commercial": True}, "packs": []}


def facts_of(role, path, folder):
    """The graph's file, and the weights beside it where it has some."""
    for each, part in ((role, path), ("data", path.with_name(f"{path.name}_data"))):
        if part.exists():
            shutil.copy(part, folder)
            content = part.read_bytes()
            place = {"role": each, "path": part.name, "bundled": part.name}
            yield place | {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def ports_of(described, graph):
    """Each port of a record's graph, with the file's sizes: numbers, or words for those that are free."""
    for ports, values in ((described["inputs"], graph.input), (described["outputs"], graph.output)):
        by_name = {value.name: value for value in values}
        for port in ports:
            if port.get("optional") and port["name"] not in by_name:
                continue
            value = by_name.get(port.get("name")) or values[port.get("index", 0)]
            yield port, [dim.dim_value or dim.dim_param or "free" for dim in value.type.tensor_type.shape.dim]
