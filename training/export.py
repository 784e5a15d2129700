"""A trained classifier -> a model folder in Hugging Face layout, float32 or with 8-bit weights."""
import json
import os
import shutil

import onnx
import torch

from . import graph
from .finetune import batches, load_classifier, pad
from .metrics import transitions
from .wordpiece import SPECIAL, WordPiece

POSITIONS = 512


def write(folder, name, value, indent=1):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=indent)
        file.write("\n")


def write_tokenizer(folder, vocabulary, strip_accents=None, indent=1):
    """The files of a cased BERT tokenizer."""
    tokens = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    write(folder, "tokenizer_config.json", {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "strip_accents": strip_accents, "tokenize_chinese_chars": True,
                                            "model_max_length": POSITIONS, **tokens})
    write(folder, "special_tokens_map.json", tokens)
    special = [{"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} for i, t in enumerate(SPECIAL)]
    mark = lambda token, kind=0: {"SpecialToken": {"id": token, "type_id": kind}}
    text = lambda name, kind: {"Sequence": {"id": name, "type_id": kind}}
    write(folder, "tokenizer.json", {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": strip_accents, "lowercase": False},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": [mark("[CLS]"), text("A", 0), mark("[SEP]")],
                           "pair": [mark("[CLS]"), text("A", 0), mark("[SEP]"), text("B", 1), mark("[SEP]", 1)],
                           "special_tokens": {t: {"id": t, "ids": [vocabulary.index(t)], "tokens": [t]} for t in ("[CLS]", "[SEP]")}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                  "vocab": {piece: i for i, piece in enumerate(vocabulary)}}}, indent)


def write_transitions(folder, labels):
    """The sequences of labels that BIO2 does not spell cost what no score of the model makes up for; nothing for labels without prefixes."""
    if "O" not in labels:
        return
    rows = transitions(labels)
    write(folder, "crf.json", {"start": rows[labels.index("O")], "end": [0] * len(labels), "transitions": rows}, indent=None)


def calibrate(model, rows, share=0.9999):
    """The size that all but few inputs of each matrix stay below, over some rows of piece ids."""
    found, hooks = {}, []

    def watch(name):
        def hook(module, inputs):
            values = inputs[0].detach().abs().flatten()
            found.setdefault(name, []).append(torch.topk(values, max(1, int(len(values) * (1 - share)))).values[-1].item())
        return hook

    for i, block in enumerate(model.encoder.blocks):
        for part in ("mix", "ask", "out"):
            if hasattr(block, part):
                hooks.append(getattr(block, part).register_forward_pre_hook(watch(f"block{i}.{part}")))
    with torch.no_grad():
        for chosen in batches([(row,) for row in rows], 4096):
            ids, mask = pad([rows[i] for i in chosen])
            model(ids, mask)
    for hook in hooks:
        hook.remove()
    return {name: max(values) for name, values in found.items()}


def export(out, folder, rows, quantised, log):
    model, state = load_classifier(os.path.join(out, "classifier.pt"))
    os.makedirs(folder, exist_ok=True)
    ranges = calibrate(model, rows) if quantised else None
    made = graph.build(model, quantised, ranges)
    onnx.save(made, os.path.join(folder, "model.onnx"))
    shutil.copy(os.path.join(out, "vocab.txt"), os.path.join(folder, "vocab.txt"))
    vocabulary = WordPiece.load(os.path.join(out, "vocab.txt")).vocab
    labels, shape = state["labels"], state["config"]
    write(folder, "config.json", {
        "architectures": ["GatedConvolutionForTokenClassification"], "model_type": "gated-convolution", "vocab_size": len(vocabulary),
        "embedding_size": shape["width"], "hidden_size": shape["hidden"], "num_hidden_layers": len(model.encoder.blocks), "num_attention_heads": shape["heads"],
        "dilations": shape["dilations"], "max_position_embeddings": POSITIONS, "pad_token_id": 0,
        "id2label": {str(i): label for i, label in enumerate(labels)}, "label2id": {label: i for i, label in enumerate(labels)}})
    write_tokenizer(folder, vocabulary)
    write_transitions(folder, labels)
    log(f"{folder}: {sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder)) / 1e6:.1f} MB")
