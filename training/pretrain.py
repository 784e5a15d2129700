"""Masked-language-model training of the encoder on the pieces of prepare.py, started from the vectors of embed.py.

Whole words are hidden, a fifth of all. Stops after `steps`, or after `minutes` when given; what was reached is saved every few minutes.
"""
import os
import time

import numpy as np
import torch

from . import features
from .model import Encoder, MaskedLanguageModel, half_precision
from .wordpiece import CLS, MASK, WordPiece


def save(path, value):
    torch.save(value, path + ".part")
    os.replace(path + ".part", path)


def new_encoder(data, out, log, **shape):
    vocabulary = WordPiece.load(os.path.join(out, "vocab.txt")).vocab
    columns = torch.from_numpy(features.build(vocabulary, data))
    table = torch.from_numpy(np.load(os.path.join(out, "embeddings.npy")))
    encoder = Encoder(columns, width=table.shape[1], **shape)
    encoder.table.weight.data.copy_(table)
    log(f"encoder of {sum(p.numel() for p in encoder.parameters()) / 1e6:.1f} million weights, {table.numel() / 1e6:.1f} of them in the table, {columns.shape[1]} fixed columns")
    return encoder


def pretrain(data, out, minutes, steps, log, device, seed=1, batch=96, length=64, rate=2e-3, drawn=3000, **shape):
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    vocabulary = WordPiece.load(os.path.join(out, "vocab.txt")).vocab
    tail = np.array([piece.startswith("##") for piece in vocabulary])
    ids = np.load(os.path.join(out, "pieces.npy"))
    frequency = np.bincount(ids, minlength=len(vocabulary)) ** 0.75
    negatives = rng.choice(len(vocabulary), size=2_000_000, p=frequency / frequency.sum())
    model = MaskedLanguageModel(new_encoder(data, out, log, dropout=0.0, table_dropout=0.0, **shape)).to(device)
    table = [model.encoder.table.weight]
    others = [p for p in model.parameters() if p is not table[0]]
    optimiser = torch.optim.AdamW([{"params": others, "share": 1.0}, {"params": table, "share": 0.3, "weight_decay": 0.0}], lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    asked = int(batch * length * 0.18)  # as many of the hidden pieces in every step: libraries compile their kernels for each shape
    started, step, mean, saved = time.time(), 0, None, time.time()
    while (spent := (time.time() - started) / 60 / minutes if minutes else step / steps) < 1:
        for group in optimiser.param_groups:
            group["lr"] = group["share"] * rate * min(1, (step + 1) / 200) * max(0.02, 1 - spent)
        at = rng.integers(0, max(1, len(ids) - length), batch)
        rows = np.stack([np.concatenate([[CLS], ids[i:i + length - 1]]) for i in at]).astype(np.int64)
        words = np.cumsum(~tail[rows], 1)
        hidden = np.take_along_axis(rng.random((batch, length + 1)) < 0.2, words, 1) & (rows >= 5)
        chance = rng.random(rows.shape)
        inputs = np.where(hidden & (chance < 0.85), MASK, np.where(hidden & (chance > 0.93), rng.integers(5, len(vocabulary), rows.shape), rows))
        places = np.resize(rng.permutation(np.flatnonzero(hidden)), asked) if hidden.any() else np.zeros(asked, dtype=np.int64)
        places, targets, inputs = (torch.from_numpy(x).to(device) for x in (places, rows.reshape(-1)[places], inputs))
        sample = torch.from_numpy(negatives[(i := int(rng.integers(0, len(negatives) - drawn))):i + drawn]).to(device)
        with half_precision(device):
            loss = model(inputs, torch.ones_like(inputs), places, targets, sample)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step += 1
        mean = loss.item() if mean is None else 0.99 * mean + 0.01 * loss.item()
        if step % 100 == 0:
            log(f"step {step}, {step * batch * length / 1e6:.2f} million pieces, loss {mean:.3f}")
        if time.time() - saved > 120:
            save(os.path.join(out, "encoder.pt"), {"model": model.encoder.state_dict(), "config": model.encoder.config})
            saved = time.time()
    save(os.path.join(out, "encoder.pt"), {"model": model.encoder.state_dict(), "config": model.encoder.config})
    log(f"done after {step} steps, {step * batch * length / 1e6:.2f} million pieces, loss {0 if mean is None else mean:.3f}")
