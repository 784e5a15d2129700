"""Runs an exported graph in plain numpy, so that what is scored is the file that ships. Only the operators that graph.py and graph_bert.py write, and those of the encoders' own graphs."""
import numpy as np
import onnx
from onnx import numpy_helper

TYPES = {onnx.TensorProto.FLOAT: np.float32, onnx.TensorProto.INT64: np.int64, onnx.TensorProto.INT32: np.int32}


def normalise(x, weight, bias, epsilon):
    x = x - x.mean(-1, keepdims=True)
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * weight + bias


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def pad(x, amounts, value=None):
    half = len(amounts) // 2
    return np.pad(x, list(zip(amounts[:half], amounts[half:])), constant_values=0 if value is None else value)


def cut(x, start, end, axes, steps=None):
    where = [slice(None)] * x.ndim
    for first, last, axis, step in zip(start, end, axes, [1] * len(start) if steps is None else steps):
        where[axis] = slice(int(first), int(last), int(step))
    return x[tuple(where)]


def multiply_integers(a, b, a_step, b_step, middle, _, bias):
    # Exact in float64: a sum of some hundred products of 8-bit numbers stays far below 2^53. float32 loses nothing that matters and is faster.
    return (a.astype(np.float32) - np.float32(middle)) @ b.astype(np.float32) * (a_step * b_step) + bias


def erf(x):
    # Abramowitz and Stegun 7.1.26, off by 1.5e-7 at most.
    t = 1 / (1 + 0.3275911 * np.abs(x))
    y = 1 - ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * np.exp(-x * x)
    return np.sign(x) * y


OPERATORS = {
    "Gather": lambda x, at, axis=0: x[at], "Cast": lambda x, to: x.astype(TYPES[to]), "Mul": lambda a, b: a * b, "Add": lambda a, b: a + b, "Sub": lambda a, b: a - b,
    "MatMul": lambda a, b: a @ b, "MatMulIntegerToFloat": multiply_integers, "Concat": lambda *x, axis: np.concatenate(x, axis), "Pad": pad, "Slice": cut,
    "LayerNormalization": lambda x, weight, bias, axis, epsilon: normalise(x, weight, bias, epsilon), "Softmax": lambda x, axis: softmax(x),
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)), "Transpose": lambda x, perm: np.transpose(x, perm),
    "Reshape": lambda x, shape: x.reshape([x.shape[i] if n == 0 else int(n) for i, n in enumerate(shape)]),
    "Split": lambda x, sizes, axis: np.split(x, np.cumsum(sizes)[:-1], axis), "Unsqueeze": lambda x, axes: np.expand_dims(x, tuple(int(a) for a in axes)), "Constant": lambda value: numpy_helper.to_array(value),
    "ReduceMean": lambda x, axes, keepdims=1: x.mean(tuple(axes), keepdims=bool(keepdims)), "Pow": lambda a, b: a ** b, "Sqrt": np.sqrt,
    "Mod": lambda a, b: a % b, "Div": lambda a, b: a / b if a.dtype.kind == "f" else a // b, "Equal": lambda a, b: a == b, "Max": np.maximum,
    "Shape": lambda x: np.array(x.shape, dtype=np.int64), "Erf": erf,
    "QuantizeLinear": lambda x, scale, middle: np.clip(np.rint(x / scale) + np.float32(middle), 0, 255).astype(np.uint8),
}


class Session:
    def __init__(self, path):
        self.graph = onnx.load(path).graph
        self.weights = {item.name: numpy_helper.to_array(item) for item in self.graph.initializer}

    def __call__(self, ids, mask, output="logits"):
        """Logits, or another output, of int64 arrays [batch, sequence]."""
        values = dict(self.weights, input_ids=np.asarray(ids, dtype=np.int64), attention_mask=np.asarray(mask, dtype=np.int64), token_type_ids=np.zeros_like(ids))
        for node in self.graph.node:
            attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
            made = OPERATORS[node.op_type](*(values[name] if name else None for name in node.input), **attributes)
            values.update(zip(node.output, made if len(node.output) > 1 else [made]))
            if output in values:
                break
        return values[output]
