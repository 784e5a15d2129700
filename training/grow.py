"""Gives a trained small classifier more to know and more to think with, and leaves what it says as it was: only training makes use of it.

Each piece's vector gets columns beside its own: what a pretrained encoder's table holds for the same letters, cut down to its principal axes. The network gets
layers at its end whose outputs begin at zero.
"""
import os

import numpy as np
import torch

from .bert import strip_accents
from .model import ATTENTION, Attention, Convolution
from .wordpiece import SPECIAL, WordPiece

COLUMNS = 96
LAYERS = [ATTENTION, 1, 1]


def vectors(vocabulary, encoder):
    """(float32 [pieces, COLUMNS], how many pieces are known to the encoder): mean 0 and mean square 1 / COLUMNS; `encoder`: folder of vocab.txt and encoder.pt that the step `encoder` left. What it has no pieces for is zero."""
    theirs = WordPiece.load(os.path.join(encoder, "vocab.txt"))
    weights = torch.load(os.path.join(encoder, "encoder.pt"), map_location="cpu")["model"]
    table, base = weights["table.weight"].numpy(), weights["base"].numpy()
    found, known = np.zeros((len(vocabulary), table.shape[1]), dtype=np.float32), np.zeros(len(vocabulary), dtype=bool)
    for number, piece in enumerate(vocabulary):
        tail = piece.startswith("##") and len(piece) > 2
        text = strip_accents(piece[2:] if tail else piece).lower()
        whole = ("##" if tail else "") + text
        ids = [SPECIAL.index(piece)] if piece in SPECIAL else [theirs.ids[whole]] if whole in theirs.ids else [i for i in theirs.word(text) if i >= len(SPECIAL)]
        if ids:
            found[number], known[number] = table[base[ids]].mean(0), True
    middle = found[known].mean(0)
    centred = np.where(known[:, None], found - middle, 0)
    values, turn = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    out = centred @ turn[:, np.argsort(-values)[:COLUMNS]].astype(np.float32)
    return out / np.sqrt((out[known] ** 2).mean() * COLUMNS), int(known.sum())


def grow(path, encoder, log):
    """Changes the classifier in `path`, a file that reread.py left."""
    state = torch.load(path, map_location="cpu")
    weights, config = state["model"], state["config"]
    with open(os.path.join(os.path.dirname(path), "vocab.txt"), encoding="utf-8") as file:
        vocabulary = [line.rstrip("\n") for line in file]
    more, known = vectors(vocabulary, encoder)
    width, hidden = config["width"], config["hidden"]
    table, enter = weights["encoder.table.weight"], weights["encoder.enter.weight"]
    # As large as the vectors that they stand beside.
    more *= float(table.pow(2).sum(1).mean().sqrt())
    weights["encoder.table.weight"] = torch.cat([table, torch.from_numpy(more)], 1)
    weights["encoder.enter.weight"] = torch.cat([enter[:, :width], torch.zeros(len(enter), COLUMNS), enter[:, width:]], 1)
    for number, step in enumerate(LAYERS, len(config["dilations"])):
        layer = Attention(hidden, config["heads"], 0) if step == ATTENTION else Convolution(hidden, step, 0)
        last = layer.out if step == ATTENTION else layer.mix
        with torch.no_grad():
            # Of a convolution's outputs the first half is let through by the second.
            last.weight[:hidden], last.bias[:hidden] = 0, 0
        weights.update({f"encoder.blocks.{number}.{name}": value for name, value in layer.state_dict().items()})
    state["config"] = {**config, "width": width + COLUMNS, "dilations": [*config["dilations"], *LAYERS]}
    torch.save(state, path)
    log(f"{known} of {len(vocabulary)} pieces have {COLUMNS} columns of the encoder's; {len(state['config']['dilations'])} layers")
