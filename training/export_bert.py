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

OUTSIDE = 0.00002  # share of the inputs of a matrix that may lie outside of its range, at either end


def calibrate(model, rows):
    """Name of a matrix -> (least, largest) of its inputs, but for few."""
    found, hooks = {}, []

    def watch(name):
        def hook(module, inputs):
            values = inputs[0].detach().flatten()
            few = max(1, int(len(values) * OUTSIDE))
            found.setdefault(name, []).append((torch.topk(values, few, largest=False).values[-1].item(), torch.topk(values, few).values[-1].item()))
        return hook

    for i, block in enumerate(model.encoder.blocks):
        for part in ("ask", "out", "up", "down"):
            hooks.append(getattr(block, part).register_forward_pre_hook(watch(f"block{i}.{part}")))
    with torch.no_grad():
        for chosen in batches([(row,) for row in rows], 2048):
            model(*pad([rows[i] for i in chosen]))
    for hook in hooks:
        hook.remove()
    return {name: (min(low for low, _ in ends), max(high for _, high in ends)) for name, ends in found.items()}


def export(out, folder, rows, quantised, log, fused=True):
    model, state = load(os.path.join(out, "classifier.pt"))
    os.makedirs(folder, exist_ok=True)
    made = graph_bert.build(model, calibrate(model, rows) if quantised else None, fused)
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
