"""Writes the BERT classifier as an ONNX graph by hand: float32 of standard operators, or 8-bit, of standard operators too or with ONNX Runtime's own fused ones, which are slower.

8-bit: rows of the tables are int8 with a scale each, the matrices int8 with a scale for each column. What goes into a matrix has one fixed scale, measured on
training text, so a text's labels do not depend on what else is in its batch; its channels are made alike first, by factors that the matrix takes back. `fused` takes MatMulIntegerToFloat, SkipLayerNormalization, Gelu and
MultiHeadAttention of com.microsoft in place of the standard operators that they stand for.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper

from .bert import EPSILON
from .graph import Graph, rows_to_int8

FUSED = "com.microsoft"
FOLDED = ".out"  # the matrix whose factors the one before it has taken over


def build(model, ranges=None, fused=True):
    """`ranges`: what calibrate() of export_bert.py says of each matrix by name; None makes the float32 graph."""
    g, encoder = Graph(), model.encoder
    hidden, heads = encoder.config["hidden"], encoder.config["heads"]
    size = hidden // heads
    fused = fused and ranges is not None
    array = lambda tensor: tensor.detach().cpu().numpy().astype(np.float32)
    vector = lambda *values: np.array(values, dtype=np.int64)

    def norm(x, skip, layer, name):
        weight, bias = g.constant(name + ".weight", array(layer.weight)), g.constant(name + ".bias", array(layer.bias))
        if skip is not None and fused:
            return g.op("SkipLayerNormalization", x, skip, weight, bias, epsilon=EPSILON, domain=FUSED)
        return g.op("LayerNormalization", x if skip is None else g.op("Add", x, skip), weight, bias, axis=-1, epsilon=EPSILON)

    def linear(x, weight, bias, name):
        bias = g.constant(name + ".bias", bias)
        if ranges is None:
            return g.op("Add", g.op("MatMul", x, g.constant(name + ".weight", weight)), bias)
        factors, least, largest = ranges[name]
        least, largest = min(least, 0), max(largest, 0)
        weight = weight * factors[:, None]
        scale = np.float32((largest - least) / 255)
        middle = g.constant(name + ".input zero", np.uint8(np.clip(np.rint(-least / scale), 0, 255)))
        packed, scales = rows_to_int8(weight, 0)
        step, table = g.constant(name + ".input scale", scale), g.constant(name + ".weight", packed)
        if not name.endswith(FOLDED):
            x = g.op("Mul", x, g.constant(name + ".input factors", (1 / factors).astype(np.float32)))
        x = g.op("QuantizeLinear", x, step, middle)
        if fused:
            return g.op("MatMulIntegerToFloat", x, table, step, g.constant(name + ".scale", scales[0]), middle, "", bias, domain=FUSED)
        sums = g.op("Cast", g.op("MatMulInteger", x, table, middle), to=TensorProto.FLOAT)
        return g.op("Add", g.op("Mul", sums, g.constant(name + ".scale", (scales[0] * scale).astype(np.float32))), bias)

    def rows(name, table, select):
        if ranges is None:
            return select(g.constant(name, table))
        packed, scales = rows_to_int8(table, 1)
        return g.op("Mul", g.op("Cast", select(g.constant(name, packed)), to=TensorProto.FLOAT), select(g.constant(name + ".scale", scales)))

    def gelu(x):
        if fused:
            return g.op("Gelu", x, domain=FUSED)
        half = g.op("Mul", x, g.constant("half", np.float32(0.5)))
        return g.op("Mul", half, g.op("Add", g.op("Erf", g.op("Mul", x, g.constant("root", np.float32(0.5 ** 0.5)))), g.constant("one", np.float32(1))))

    base = g.op("Cast", g.op("Gather", g.constant("base", encoder.base.numpy().astype(np.uint16)), "input_ids"), to=TensorProto.INT64)
    kind = g.op("Cast", g.op("Gather", g.constant("kind", encoder.kind.numpy().astype(np.uint8)), "input_ids"), to=TensorProto.INT64)
    length, start = g.op("Gather", g.op("Shape", "input_ids"), g.constant("sequence axis", vector(1))), g.constant("start", vector(0))
    x = g.op("Add", rows("table", array(encoder.table.weight), lambda table: g.op("Gather", table, base)),
             rows("position", array(encoder.position.weight), lambda table: g.op("Slice", table, start, length, start)))
    x = norm(g.op("Add", x, g.op("Gather", g.constant("case", array(encoder.case.weight)), kind)), None, encoder.norm, "norm")
    padding = None
    if fused:
        padding = g.op("Cast", "attention_mask", to=TensorProto.INT32)
    else:
        away = g.op("Mul", g.op("Sub", g.op("Unsqueeze", g.op("Cast", "attention_mask", to=TensorProto.FLOAT), g.constant("middle axes", vector(1, 2))),
                                g.constant("one", np.float32(1))), g.constant("far", np.float32(10000)))
    for i, block in enumerate(encoder.blocks):
        name = f"block{i}"
        weight, bias = array(block.ask.weight).T.copy(), array(block.ask.bias).copy()
        if ranges is not None:
            # What attention gives is a mean of the values: their matrix divides by the factors of the next.
            weight[:, 2 * hidden:] /= ranges[name + FOLDED][0]
            bias[2 * hidden:] /= ranges[name + FOLDED][0]
        if not fused:
            weight[:, :hidden] *= np.float32(size ** -0.5)
            bias[:hidden] *= np.float32(size ** -0.5)
        q, k, v = g.op("Split", linear(x, weight, bias, name + ".ask"), g.constant("thirds", vector(hidden, hidden, hidden)), outputs=3, axis=-1)
        if fused:
            context = g.op("MultiHeadAttention", q, k, v, "", padding, num_heads=heads, domain=FUSED)
        else:
            shape = g.constant("heads", vector(0, 0, heads, size))
            q, k, v = (g.op("Transpose", g.op("Reshape", part, shape), perm=perm) for part, perm in zip((q, k, v), ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])))
            context = g.op("MatMul", g.op("Softmax", g.op("Add", g.op("MatMul", q, k), away), axis=-1), v)
            context = g.op("Reshape", g.op("Transpose", context, perm=[0, 2, 1, 3]), g.constant("joined", vector(0, 0, hidden)))
        x = norm(linear(context, array(block.out.weight).T, array(block.out.bias), name + ".out"), x, block.norm, name + ".norm")
        inner = gelu(linear(x, array(block.up.weight).T, array(block.up.bias), name + ".up"))
        x = norm(linear(inner, array(block.down.weight).T, array(block.down.bias), name + ".down"), x, block.last, name + ".last")
    g.op("Add", g.op("MatMul", x, g.constant("classifier.weight", array(model.classifier.weight).T)), g.constant("classifier.bias", array(model.classifier.bias)), name="logits")
    ends = lambda name, form, last: helper.make_tensor_value_info(name, form, ["batch", "sequence", *last])
    graph = helper.make_graph(g.nodes, "token-classification", [ends(name, TensorProto.INT64, []) for name in ("input_ids", "attention_mask", "token_type_ids")],
                              [ends("logits", TensorProto.FLOAT, [model.classifier.out_features])], list(g.weights.values()))
    sets = [helper.make_opsetid("", 17)] + ([helper.make_opsetid(FUSED, 1)] if fused else [])
    made = helper.make_model(graph, opset_imports=sets, producer_name="streamner-training", ir_version=8)
    onnx.checker.check_model(made)
    return made
