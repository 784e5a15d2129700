"""A model folder that export.py or export_bert.py wrote -> weights to go on from, 8-bit ones multiplied out."""
import json
import os
import shutil

import numpy as np
import onnx
import torch
from onnx import numpy_helper


def reread(folder, out, result="start.pt"):
    """Leaves `result` in `out`, as finetune.py or finetune_bert.py saves a classifier, and the folder's vocab.txt."""
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    readers = {"gated-convolution": small, "bert": base}
    if config["model_type"] not in readers:
        raise ValueError(f"{folder}: model_type is {config['model_type']}, neither of {', '.join(readers)}")
    found = {item.name: numpy_helper.to_array(item) for item in onnx.load(os.path.join(folder, "model.onnx")).graph.initializer}
    weights, shape = readers[config["model_type"]](found, config)
    weights = {name: value if value.dtype.kind == "i" else value.astype(np.float32) for name, value in weights.items()}
    torch.save({"model": {name: torch.from_numpy(np.array(value)) for name, value in weights.items()}, "config": shape,
                "labels": [config["id2label"][str(i)] for i in range(len(config["id2label"]))]}, os.path.join(out, result))
    shutil.copyfile(os.path.join(folder, "vocab.txt"), os.path.join(out, "vocab.txt"))


def matrix(found, name):
    """[outputs, inputs], as torch has it."""
    weight = joined(found, name, "weight")
    if weight.dtype == np.int8:
        weight = weight.astype(np.float32) * joined(found, name, "scale")
    if name + ".input factors" in found:
        weight = weight * found[name + ".input factors"][:, None]
    return weight.T


def joined(found, name, kind):
    """What stands in the graph as a whole, or in parts side by side."""
    whole = f"{name}.{kind}"
    return found[whole] if whole in found else np.concatenate([found[part] for i in range(3) if (part := f"{name}.{i}.{kind}") in found], axis=-1)


def rows(found, name):
    return found[name].astype(np.float32) * found[name + ".scale"] if name + ".scale" in found else found[name]


def both(found, ours, theirs):
    """Weight and bias under `ours`, of a matrix or a normalisation."""
    return {ours + ".weight": matrix(found, theirs), ours + ".bias": joined(found, theirs, "bias")}


def small(found, config):
    weights = {"encoder.features": found["features"][found["features.row"]], "encoder.table.weight": rows(found, "table"), **both(found, "encoder.norm", "enter.norm"),
               **both(found, "norm", "norm"), **both(found, "encoder.enter", "enter"), **both(found, "classifier", "classifier")}
    if "names.weight" in found:
        weights["encoder.enter_names.weight"] = found["names.weight"].T
    for i in range(config["num_hidden_layers"]):
        for part in ("mix", "ask", "out", "norm"):
            if f"block{i}.{part}.bias" in found or f"block{i}.{part}.0.bias" in found:
                weights.update(both(found, f"encoder.blocks.{i}.{part}", f"block{i}.{part}"))
    return weights, dict(width=config["embedding_size"], hidden=config["hidden_size"], dilations=config["dilations"], heads=config["num_attention_heads"])


def base(found, config):
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    weights = {"encoder.base": found["base"].astype(np.int64), "encoder.kind": found["kind"].astype(np.int64), "encoder.table.weight": rows(found, "table"),
               "encoder.position.weight": rows(found, "position"), "encoder.case.weight": found["case"], **both(found, "encoder.norm", "norm"), **both(found, "classifier", "classifier")}
    for i in range(config["num_hidden_layers"]):
        for part in ("ask", "out", "up", "down", "norm", "last"):
            weights.update(both(found, f"encoder.blocks.{i}.{part}", f"block{i}.{part}"))
        # The graph's queries are divided by the root of a head's size. The factors of `out` stay where the values' matrix has them: what comes out is the same.
        for part in ("weight", "bias"):
            asked = weights[f"encoder.blocks.{i}.ask.{part}"].copy()
            asked[:hidden] *= (hidden // heads) ** 0.5
            weights[f"encoder.blocks.{i}.ask.{part}"] = asked
    return weights, dict(hidden=hidden, layers=config["num_hidden_layers"], heads=heads, inner=config["intermediate_size"], positions=config["max_position_embeddings"])
