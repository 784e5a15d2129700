"""Writes the BERT classifier as an ONNX graph by hand, in float32 or with 8-bit weights: so that ONNX Runtime fuses what gains by it.

8-bit: rows of the tables are int8 with a scale each, the matrices int8 with a scale for each column. What goes into a matrix has one fixed scale, measured on
training text, so a text's labels do not depend on what else is in its batch; its channels are made alike first, by
factors that the matrix takes back.
"""
import numpy as np
from onnx import TensorProto

from .bert import EPSILON
from .graph import Graph, integer_product, product, rows_to_int8

FOLDED = ".out"  # the matrix whose factors the one before it has taken over


def build(model, ranges=None):
    """`ranges`: what calibrate() of export_bert.py says of each matrix by name; None makes the float32 graph."""
    g, encoder = Graph(), model.encoder
    hidden, heads = encoder.config["hidden"], encoder.config["heads"]
    size = hidden // heads
    array = lambda tensor: tensor.detach().cpu().numpy().astype(np.float32)
    vector = lambda *values: np.array(values, dtype=np.int64)

    def norm(x, skip, layer, name):
        weight, bias = g.constant(name + ".weight", array(layer.weight)), g.constant(name + ".bias", array(layer.bias))
        return g.op("LayerNormalization", x if skip is None else g.op("Add", x, skip), weight, bias, axis=-1, epsilon=EPSILON)

    def linear(x, weight, bias, name, parts=1):
        if ranges is None:
            return product(g, x, weight, bias, name, parts)
        factors, least, largest = ranges[name]
        least, largest = min(least, 0), max(largest, 0)
        scale = np.float32((largest - least) / 255)
        middle = g.constant(name + ".input zero", np.uint8(np.clip(np.rint(-least / scale), 0, 255)))
        step = g.constant(name + ".input scale", scale)
        if not name.endswith(FOLDED):
            x = g.op("Mul", x, g.constant(name + ".input factors", (1 / factors).astype(np.float32)))
        return integer_product(g, g.op("QuantizeLinear", x, step, middle), step, middle, weight * factors[:, None], bias, name, parts)

    def rows(name, table, select):
        if ranges is None:
            return select(g.constant(name, table))
        packed, scales = rows_to_int8(table, 1)
        return g.op("Mul", g.op("Cast", select(g.constant(name, packed)), to=TensorProto.FLOAT), select(g.constant(name + ".scale", scales)))

    def gelu(x):
        # With a division, or ONNX Runtime does not see what it is.
        half = g.op("Mul", x, g.constant("half", np.float32(0.5)))
        return g.op("Mul", half, g.op("Add", g.op("Erf", g.op("Div", x, g.constant("root", np.float32(2 ** 0.5)))), g.constant("one", np.float32(1))))

    base = g.op("Cast", g.op("Gather", g.constant("base", encoder.base.numpy().astype(np.uint16)), "input_ids"), to=TensorProto.INT64)
    kind = g.op("Cast", g.op("Gather", g.constant("kind", encoder.kind.numpy().astype(np.uint8)), "input_ids"), to=TensorProto.INT64)
    length, start = g.op("Gather", g.op("Shape", "input_ids"), g.constant("sequence axis", vector(1))), g.constant("start", vector(0))
    x = g.op("Add", rows("table", array(encoder.table.weight), lambda table: g.op("Gather", table, base)),
             rows("position", array(encoder.position.weight), lambda table: g.op("Slice", table, start, length, start)))
    x = norm(g.op("Add", x, g.op("Gather", g.constant("case", array(encoder.case.weight)), kind)), None, encoder.norm, "norm")
    away = g.op("Mul", g.op("Sub", g.op("Unsqueeze", g.op("Cast", "attention_mask", to=TensorProto.FLOAT), g.constant("middle axes", vector(1, 2))),
                            g.constant("one", np.float32(1))), g.constant("far", np.float32(10000)))
    for i, block in enumerate(encoder.blocks):
        name = f"block{i}"
        weight, bias = array(block.ask.weight).T.copy(), array(block.ask.bias).copy()
        if ranges is not None:
            # What attention gives is a mean of the values: their matrix divides by the factors of the next.
            weight[:, 2 * hidden:] /= ranges[name + FOLDED][0]
            bias[2 * hidden:] /= ranges[name + FOLDED][0]
        weight[:, :hidden] *= np.float32(size ** -0.5)
        bias[:hidden] *= np.float32(size ** -0.5)
        q, k, v = linear(x, weight, bias, name + ".ask", parts=3)
        shape = g.constant("heads", vector(0, 0, heads, size))
        q, k, v = (g.op("Transpose", g.op("Reshape", part, shape), perm=perm) for part, perm in zip((q, k, v), ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])))
        context = g.op("MatMul", g.op("Softmax", g.op("Add", g.op("MatMul", q, k), away), axis=-1), v)
        context = g.op("Reshape", g.op("Transpose", context, perm=[0, 2, 1, 3]), g.constant("joined", vector(0, 0, hidden)))
        x = norm(linear(context, array(block.out.weight).T, array(block.out.bias), name + ".out"), x, block.norm, name + ".norm")
        inner = gelu(linear(x, array(block.up.weight).T, array(block.up.bias), name + ".up"))
        x = norm(linear(inner, array(block.down.weight).T, array(block.down.bias), name + ".down"), x, block.last, name + ".last")
    g.op("Add", g.op("MatMul", x, g.constant("classifier.weight", array(model.classifier.weight).T)), g.constant("classifier.bias", array(model.classifier.bias)), name="logits")
    return g.model(model.classifier.out_features)
