"""A fine-tuned BERT classifier -> a model folder in Hugging Face layout, float32 or with 8-bit weights."""
import os
import shutil

import onnx
import torch

from . import graph_bert
from .export import POSITIONS, write, write_tokenizer, write_transitions
from .finetune import batches, pad
from .finetune_bert import load
from .wordpiece import WordPiece

SMOOTH = 0.8  # how much of the inputs' unevenness the matrix takes over, 0..1
OUTSIDE = 0.00002  # share of the inputs of a matrix that may lie outside of its range, at either end


def matrices(model):
    return {f"block{i}.{part}": getattr(block, part) for i, block in enumerate(model.encoder.blocks) for part in ("ask", "out", "up", "down")}


def watched(model, rows, look):
    """Name of a matrix -> what `look`(name, inputs as float [pieces, channels]) found in each batch."""
    found, hooks = {}, []
    for name, layer in matrices(model).items():
        hooks.append(layer.register_forward_pre_hook(
            lambda _, inputs, name=name: found.setdefault(name, []).append(look(name, inputs[0].detach().flatten(0, 1)))))
    with torch.no_grad():
        for chosen in batches([(row,) for row in rows], 2048):
            model(*pad([rows[i] for i in chosen]))
    for hook in hooks:
        hook.remove()
    return found


def calibrate(model, rows):
    """Name of a matrix -> its inputs' `scales`, float [channels], and (`least`, `largest`) of them once divided by these, but for few.

    A few channels have inputs many times as large as the rest, and one step of 8 bits for all of them leaves the rest little. So each channel is divided by a
    scale, by which the matrix is multiplied: SmoothQuant, arXiv 2211.10438.
    """
    largest = {name: torch.stack(seen).amax(0) for name, seen in watched(model, rows, lambda _, x: x.abs().amax(0)).items()}
    scales = {}
    for name, layer in matrices(model).items():
        scale = largest[name].clamp_min(1e-3) ** SMOOTH / layer.weight.detach().abs().amax(0).clamp_min(1e-5) ** (1 - SMOOTH)
        scales[name] = scale / scale.mean()

    def ends(name, x):
        values = (x / scales[name]).flatten()
        few = max(1, int(len(values) * OUTSIDE))
        return torch.topk(values, few, largest=False).values[-1].item(), torch.topk(values, few).values[-1].item()

    return {name: (scales[name].numpy(), min(low for low, _ in seen), max(high for _, high in seen)) for name, seen in watched(model, rows, ends).items()}


def export(out, folder, rows, quantised, log):
    model, state = load(os.path.join(out, "classifier.pt"))
    os.makedirs(folder, exist_ok=True)
    made = graph_bert.build(model, calibrate(model, rows) if quantised else None)
    onnx.save(made, os.path.join(folder, "model.onnx"))
    shutil.copy(os.path.join(out, "vocab.txt"), os.path.join(folder, "vocab.txt"))
    vocabulary = WordPiece.load(os.path.join(out, "vocab.txt")).vocab
    labels, shape = state["labels"], state["config"]
    write(folder, "config.json", {
        "architectures": ["BertForTokenClassification"], "model_type": "bert", "vocab_size": len(vocabulary), "hidden_size": shape["hidden"],
        "num_hidden_layers": shape["layers"], "num_attention_heads": shape["heads"], "intermediate_size": shape["inner"], "hidden_act": "gelu",
        "layer_norm_eps": 1e-12, "type_vocab_size": 1, "max_position_embeddings": POSITIONS, "pad_token_id": 0,
        "id2label": {str(i): label for i, label in enumerate(labels)}, "label2id": {label: i for i, label in enumerate(labels)}})
    write_tokenizer(folder, vocabulary, strip_accents=True, indent=None)
    write_transitions(folder, labels)
    log(f"{folder}: {sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)) / 1e6:.1f} MB")
