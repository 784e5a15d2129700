"""A model folder that export.py wrote -> weights to go on from, 8-bit ones multiplied out."""
import json
import os

import numpy as np
import onnx
import torch
from onnx import numpy_helper


def reread(folder, out):
    """Leaves start.pt in `out`, as finetune.py saves a classifier, and the folder's vocab.txt."""
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    if config["model_type"] != "gated-convolution":
        raise ValueError(f"{folder}: model_type is {config['model_type']}, not gated-convolution")
    found = {item.name: numpy_helper.to_array(item) for item in onnx.load(os.path.join(folder, "model.onnx")).graph.initializer}

    def matrix(name):
        weight = found[name + ".weight"]
        if weight.dtype == np.int8:
            weight = weight.astype(np.float32) * (found[name + ".scale"] / found[name + ".input scale"])
        return weight.T

    table = found["table"].astype(np.float32) * found["table.scale"] if "table.scale" in found else found["table"]
    weights = {"encoder.features": found["features"][found["features.row"]].astype(np.float32), "encoder.table.weight": table,
               "encoder.norm.weight": found["enter.norm.weight"], "encoder.norm.bias": found["enter.norm.bias"]}
    if "names.weight" in found:
        weights["encoder.enter_names.weight"] = found["names.weight"].T
    places = {"encoder.enter": "enter", "classifier": "classifier"}
    for i in range(config["num_hidden_layers"]):
        places.update({f"encoder.blocks.{i}.{part}": f"block{i}.{part}" for part in ("mix", "ask", "out") if f"block{i}.{part}.weight" in found})
        for part in ("weight", "bias"):
            weights[f"encoder.blocks.{i}.norm.{part}"] = found[f"block{i}.norm.{part}"]
    for ours, theirs in places.items():
        weights[ours + ".weight"], weights[ours + ".bias"] = matrix(theirs), found[theirs + ".bias"]
    weights["norm.weight"], weights["norm.bias"] = found["norm.weight"], found["norm.bias"]
    shape = dict(width=config["embedding_size"], hidden=config["hidden_size"], dilations=config["dilations"], heads=config["num_attention_heads"])
    torch.save({"model": {name: torch.from_numpy(np.array(value, dtype=np.float32)) for name, value in weights.items()}, "config": shape,
                "labels": [config["id2label"][str(i)] for i in range(len(config["id2label"]))]}, os.path.join(out, "start.pt"))
    with open(os.path.join(folder, "vocab.txt"), encoding="utf-8") as source, open(os.path.join(out, "vocab.txt"), "w", encoding="utf-8") as target:
        target.write(source.read())
