"""Writes the network as an ONNX graph by hand, in float32 or with 8-bit weights.

8-bit: rows of the piece table are int8 with a scale each; the matrices are int8 with a scale for each column, multiplied by the integer
kernels of ONNX Runtime (MatMulIntegerToFloat, an operator of its own: of standard ones it makes three more passes over what comes out). What goes into them is always the output of a normalisation or a mean of such, so its range is known beforehand:
one fixed scale for each matrix, measured on training text. Nothing depends on what else is in the batch.

`token_type_ids` is an input that nothing reads: programs written for BERT folders hand it over.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from . import names
from .model import Attention


RUNTIME = "com.microsoft"  # the domain of ONNX Runtime's own operators


class Graph:
    def __init__(self):
        self.nodes, self.weights, self.count = [], {}, 0

    def constant(self, name, value):
        if name not in self.weights:
            self.weights[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def op(self, kind, *inputs, name=None, outputs=1, **attributes):
        self.count += 1
        made = [name or f"{kind.lower()}_{self.count}"] if outputs == 1 else [f"{kind.lower()}_{self.count}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(inputs), made, **attributes))
        return made[0] if outputs == 1 else made


    def model(self, outputs):
        """The whole as a graph that gives `outputs` logits for each piece."""
        ends = lambda name, kind, last: helper.make_tensor_value_info(name, kind, ["batch", "sequence", *last])
        graph = helper.make_graph(self.nodes, "token-classification", [ends(name, TensorProto.INT64, []) for name in ("input_ids", "attention_mask", "token_type_ids")],
                                  [ends("logits", TensorProto.FLOAT, [outputs])], list(self.weights.values()))
        domains = [("", 17)] + [(RUNTIME, 1)] * any(node.domain == RUNTIME for node in self.nodes)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid(*domain) for domain in domains], producer_name="streamner-training", ir_version=8)
        onnx.checker.check_model(made)
        return made


def product(g, x, weight, bias, name, parts=1):
    """`x` times `weight` plus `bias`, in float32; with `parts` cut into that many of equal width."""
    x = g.op("Add", g.op("MatMul", x, g.constant(name + ".weight", weight)), g.constant(name + ".bias", bias))
    if parts == 1:
        return x
    return g.op("Split", x, g.constant(f"{parts} parts", np.array([len(bias) // parts] * parts, dtype=np.int64)), outputs=parts, axis=-1)


def integer_product(g, x, step, middle, weight, bias, name, parts=1):
    """`x`, uint8 with the constants `step` and `middle`, times `weight`, made int8 here, plus `bias`: float32. With `parts` that many results of equal width side by
    side, each of a product of its own: to cut one result apart is another pass over it."""
    packed, scales = rows_to_int8(weight, 0)
    made = []
    for i, (part, scale, added) in enumerate(zip(*(np.split(whole, parts, axis=-1) for whole in (packed, scales[0], bias)))):
        own = name if parts == 1 else f"{name}.{i}"
        made.append(g.op("MatMulIntegerToFloat", x, g.constant(own + ".weight", part), step, g.constant(own + ".scale", scale), middle, "", g.constant(own + ".bias", added), domain=RUNTIME))
    return made[0] if parts == 1 else made


def rows_to_int8(weight, axis):
    """Symmetric int8 with one scale along `axis`."""
    scale = np.maximum(np.abs(weight).max(axis=axis, keepdims=True), 1e-8) / 127
    return np.clip(np.rint(weight / scale), -127, 127).astype(np.int8), scale.astype(np.float32)


def found_names(g, table):
    """What names.Names computes, as nodes."""
    whole = lambda name, value: g.constant(name, np.array(value, dtype=np.int64))
    axis, end, start, one = whole("sequence axis", [1]), whole("end", [2 ** 31 - 1]), whole("start", [0]), whole("one piece", 1)
    ids = g.op("Mul", "input_ids", "attention_mask")
    tail = g.op("Cast", g.op("Gather", g.constant("names.tail", table.tail.numpy().astype(np.uint8)), ids), to=TensorProto.INT64)
    slots, prime = whole("names.slots", names.SLOTS), whole("names.prime", names.PRIME)

    def later(x, step):
        return g.op("Slice", g.op("Pad", x, whole(f"names.pad.{step}", [0, 0, 0, step])), whole(f"first.{step}", [step]), end, axis)

    rest, combination = table.rest.numpy().astype(np.uint16), table.combination.numpy().astype(np.uint8)
    value, begins, insides = g.op("Mul", ids, whole("names.factor.0", names.FACTORS[0])), None, None
    for n in range(2, names.LONGEST + 1):
        value = g.op("Add", value, g.op("Mul", later(ids, n - 1), whole(f"names.factor.{n - 1}", names.FACTORS[n - 1])))
        key = g.op("Mod", g.op("Add", value, whole(f"names.length.{n}", n)), prime)
        slot = g.op("Mod", key, slots)
        known = g.op("Cast", g.op("Gather", g.constant("names.rest", rest), slot), to=TensorProto.INT64)
        same = g.op("Cast", g.op("Equal", known, g.op("Div", key, slots)), to=TensorProto.INT64)
        hit = g.op("Mul", g.op("Mul", same, g.op("Sub", one, tail)), g.op("Sub", one, later(tail, n)))
        kind = g.op("Cast", g.op("Gather", g.constant("names.combination", combination), slot), to=TensorProto.INT32)
        rows = g.op("Mul", g.op("Gather", g.constant("names.kinds", table.kinds.numpy()), kind), g.op("Cast", g.op("Unsqueeze", hit, whole("last axis", [-1])), to=TensorProto.FLOAT))
        begins = rows if begins is None else g.op("Max", begins, rows)
        for step in range(1, n):
            moved = g.op("Slice", g.op("Pad", rows, whole(f"pad before.{step}", [0, step, 0, 0, 0, 0])), start, whole(f"last.{step}", [-step]), axis)
            insides = moved if insides is None else g.op("Max", insides, moved)
    return g.op("Concat", begins, insides, axis=-1)


def build(model, quantised=False, ranges=None):
    """`ranges`: largest absolute input of each matrix by name, of calibrate(); needed for `quantised`."""
    g = Graph()
    encoder = model.encoder
    hidden, heads = encoder.config["hidden"], encoder.config["heads"]
    array = lambda tensor: tensor.detach().cpu().numpy().astype(np.float32)
    vector = lambda *values: np.array(values, dtype=np.int64)

    def norm(x, layer, name):
        return g.op("LayerNormalization", x, g.constant(name + ".weight", array(layer.weight)), g.constant(name + ".bias", array(layer.bias)), axis=-1, epsilon=float(layer.eps))

    def neighbours(x, step, zero):
        ends = [g.constant(n, vector(v)) for n, v in ((f"first.{step}", step), ("end", 2 ** 31 - 1), ("start", 0), (f"last.{step}", -step), ("sequence axis", 1))]
        before = g.op("Pad", x, g.constant(f"pad before.{step}", vector(0, step, 0, 0, 0, 0)), *zero)
        after = g.op("Pad", x, g.constant(f"pad after.{step}", vector(0, 0, 0, 0, step, 0)), *zero)
        return g.op("Concat", g.op("Slice", before, ends[2], ends[3], ends[4]), x, g.op("Slice", after, ends[0], ends[1], ends[4]), axis=-1)

    def linear(x, layer, name, step=None, whole=False, parts=1):
        weight, bias = array(layer.weight).T, array(layer.bias)
        if not quantised or whole:
            return product(g, neighbours(x, step, []) if step else x, weight, bias, name, parts)
        scale, middle = g.constant(name + ".input scale", np.float32(ranges[name] / 127)), g.constant("middle", np.uint8(128))
        x = g.op("QuantizeLinear", x, scale, middle)
        if step:
            x = neighbours(x, step, [middle])
        return integer_product(g, x, scale, middle, weight, bias, name, parts)

    mask = g.op("Unsqueeze", g.op("Cast", "attention_mask", to=TensorProto.FLOAT), g.constant("last axis", vector(-1)))
    table, features = array(encoder.table.weight), array(encoder.features)
    # Few rows of fixed columns differ: each piece has the number of its row.
    rows, row_of = np.unique(features, axis=0, return_inverse=True)
    row_of = g.op("Gather", g.constant("features.row", row_of.reshape(-1).astype(np.int32)), "input_ids")
    columns = g.op("Cast", g.op("Gather", g.constant("features", rows.astype(np.uint8)), row_of), to=TensorProto.FLOAT)
    if quantised:
        packed, scales = rows_to_int8(table, 1)
        x = g.op("Mul", g.op("Cast", g.op("Gather", g.constant("table", packed), "input_ids"), to=TensorProto.FLOAT), g.op("Gather", g.constant("table.scale", scales), "input_ids"))
    else:
        x = g.op("Gather", g.constant("table", table), "input_ids")
    x = linear(g.op("Concat", x, columns, axis=-1), encoder.enter, "enter", whole=True)
    if encoder.names is not None:
        x = g.op("Add", x, g.op("MatMul", found_names(g, encoder.names), g.constant("names.weight", array(encoder.enter_names.weight).T)))
    x = norm(x, encoder.norm, "enter.norm")
    for i, block in enumerate(encoder.blocks):
        name = f"block{i}"
        y = norm(x, block.norm, name + ".norm")
        if isinstance(block, Attention):
            parts = linear(y, block.ask, name + ".ask", parts=3)
            shape = g.constant("heads", vector(0, 0, heads, hidden // heads))
            q, k, v = (g.op("Transpose", g.op("Reshape", part, shape), perm=perm) for part, perm in zip(parts, ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])))
            away = g.op("Mul", g.op("Sub", g.op("Unsqueeze", g.op("Cast", "attention_mask", to=TensorProto.FLOAT), g.constant("middle axes", vector(1, 2))),
                                    g.constant("one", np.float32(1))), g.constant("far", np.float32(10000)))
            weights = g.op("Add", g.op("Mul", g.op("MatMul", q, k), g.constant("head scale", np.float32((hidden // heads) ** -0.5))), away)
            context = g.op("Transpose", g.op("MatMul", g.op("Softmax", weights, axis=-1), v), perm=[0, 2, 1, 3])
            y = linear(g.op("Reshape", context, g.constant("joined", vector(0, 0, hidden))), block.out, name + ".out")
        else:
            value, gate = linear(g.op("Mul", y, mask), block.mix, name + ".mix", step=block.step, parts=2)
            y = g.op("Mul", value, g.op("Sigmoid", gate))
        x = g.op("Add", x, y)
    x = norm(x, model.norm, "norm")
    g.op("Add", g.op("MatMul", x, g.constant("classifier.weight", array(model.classifier.weight).T)), g.constant("classifier.bias", array(model.classifier.bias)), name="logits")
    return g.model(model.classifier.out_features)
