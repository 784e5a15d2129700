"""Makes the small models of the label comparison: python3 build.py (needs onnx and numpy, no network).

Each is shaped like its family where a service can go wrong - inputs, token types, where positions begin, how many there are, which side is
padded - and otherwise as small as it can be: ids are hashed into two short tables, then comes one attention over all pieces (none in the
models with relative positions, whose answers so don't depend on where a window begins), one convolution over neighbours, one layer of labels.
The weights are random; what counts is that a wrong id, type, position, mask or neighbour gives another label.
"""
import json
import os

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

HERE = os.path.dirname(os.path.abspath(__file__))
WIDTH = 8
TABLES = (509, 521)
REACH = 2

TYPES = ["PER", "ORG", "LOC", "MISC"]
SLOTS = ["depart.city-name", "arrive.city-name", "time_relative", "airline"]
UPOS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split()
HEADS = {
    "bio": ["O"] + [f"{part}-{type}" for type in TYPES for part in "BI"],
    "bioes": ["O"] + [f"{part}-{type}" for type in TYPES for part in "BIES"],
    "io": ["O"] + [f"I-{type}" for type in TYPES],
    "slots": ["O"] + [f"{part}-{type}" for type in SLOTS for part in "BI"],
    "pos": UPOS,
}


def build(model, seed):
    random = np.random.default_rng(seed)
    labels = HEADS[model["head"]]
    kind = TensorProto.INT32 if model.get("integers") == 32 else TensorProto.INT64
    nodes, weights = [], []

    def weight(name, *shape, scale=1.0):
        weights.append(numpy_helper.from_array((random.standard_normal(shape) * scale).astype(np.float32), name))
        return name

    def constant(name, value, kind=np.int64):
        weights.append(numpy_helper.from_array(np.array(value, kind), name))
        return name

    def node(op, inputs, output, **attributes):
        nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def wide(name):
        return node("Cast", [name], f"{name}.wide", to=TensorProto.INT64)

    ids = wide("input_ids")
    x = None
    for n, rows in enumerate(TABLES):
        hashed = node("Mod", [ids, constant(f"rows{n}", rows)], f"hash{n}")
        part = node("Gather", [weight(f"pieces{n}", rows, WIDTH), hashed], f"pieces{n}.taken")
        x = part if x is None else node("Add", [x, part], f"sum{n}")
    if "token_type_ids" in model["inputs"]:
        x = node("Add", [x, node("Gather", [weight("types", 4, WIDTH, scale=0.7), wide("token_type_ids")], "types.taken")], "typed")
    if "global_attention_mask" in model["inputs"]:
        far = node("Unsqueeze", [node("Cast", ["global_attention_mask"], "far", to=TensorProto.FLOAT), constant("far.axis", [2])], "far.column")
        x = node("Add", [x, node("Mul", [far, weight("far.weight", WIDTH)], "far.added")], "farred")

    if model["positions"] != "relative":
        offset = model["pad"] + 1 if model["type"] in ("roberta", "mpnet", "longformer", "xlm-roberta", "camembert") else 0
        table = weight("positions", model["limit"] + offset, WIDTH, scale=0.5)
        if model["positions"] == "absolute":
            length = node("Gather", [node("Shape", ["input_ids"], "shape"), constant("one", 1)], "length")
            places = node("Range", [constant("from", 0), length, constant("step", 1)], "places")
        elif model["positions"] == "input":
            places = wide("position_ids")
        else:
            pad = constant("pad", model["pad"])
            real = node("Cast", [node("Not", [node("Equal", [ids, pad], "is-pad")], "is-real")], "real", to=TensorProto.INT64)
            counted = node("Mul", [node("CumSum", [real, constant("along", 1)], "running"), real], "counted")
            places = node("Add", [counted, pad], "places")
        x = node("Add", [x, node("Gather", [table, places], "positions.taken")], "placed")

    mask = node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    x = node("Mul", [x, node("Unsqueeze", [mask, constant("mask.axis", [2])], "mask.column")], "seen")
    around = node("Transpose", [x], "across", perm=[0, 2, 1])
    around = node("Conv", [around, weight("near", WIDTH, WIDTH, 2 * REACH + 1, scale=0.16)], "near.done", pads=[REACH, REACH])
    total = node("Add", [x, node("Transpose", [around], "near.back", perm=[0, 2, 1])], "with-near")
    if model["positions"] != "relative" and model["limit"] <= 512:
        query, key, value = (node("MatMul", [x, weight(name, WIDTH, WIDTH, scale=0.3)], f"{name}.done") for name in ("query", "key", "value"))
        scores = node("MatMul", [query, node("Transpose", [key], "key.across", perm=[0, 2, 1])], "scores")
        closed = node("Mul", [node("Sub", [mask, constant("all", 1, np.float32)], "closed"), constant("far-off", 1e4, np.float32)], "closed.far")
        scores = node("Add", [scores, node("Unsqueeze", [closed, constant("row.axis", [1])], "closed.row")], "scores.masked")
        read = node("MatMul", [node("Softmax", [scores], "shares", axis=-1), value], "read")
        total = node("Add", [total, read], "with-all")
    hidden = node("Tanh", [node("Mul", [total, constant("calm", 0.5, np.float32)], "calmed")], "hidden")
    bias = random.standard_normal(len(labels)) * 0.3
    bias[0] += 2.6 if labels[0] == "O" else 0
    weights.append(numpy_helper.from_array(bias.astype(np.float32), "bias"))
    node("Add", [node("MatMul", [hidden, weight("labels", WIDTH, len(labels), scale=1.2)], "rows"), "bias"], "logits")

    graph = helper.make_graph(
        nodes, model["name"],
        [helper.make_tensor_value_info(name, kind, ["batch", "sequence"]) for name in model["inputs"]],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "sequence", len(labels)])],
        weights)
    made = helper.make_model(graph, producer_name="streamner", opset_imports=[helper.make_opsetid("", 13)])
    made.ir_version = 7
    checker.check_model(made, full_check=True)

    folder = os.path.join(HERE, model["name"])
    os.makedirs(folder, exist_ok=True)
    save(made, os.path.join(folder, "model.onnx"))
    config = {"model_type": model["type"], "id2label": {str(i): label for i, label in enumerate(labels)}, "pad_token_id": model["pad"]}
    if model["positions"] != "relative":
        config["max_position_embeddings"] = model["limit"] + offset
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(config, indent=1) + "\n")


if __name__ == "__main__":
    with open(os.path.join(HERE, "models.json"), encoding="utf-8") as file:
        for seed, model in enumerate(json.load(file)):
            build(model, 4000 + seed)
