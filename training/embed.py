"""Piece embeddings without gradient steps: what stands left and right of a piece, as positive pointwise mutual information, by truncated SVD.

Left and right neighbours are counted apart, so that the vectors tell what a piece is used for, not only what it is about.
"""
import os

import numpy as np

from .wordpiece import WordPiece


def embed(out, width, log, contexts=9000, window=3):
    ids = np.load(os.path.join(out, "pieces.npy")).astype(np.int64)
    vocabulary = WordPiece.load(os.path.join(out, "vocab.txt"))
    size = len(vocabulary.vocab)
    frequency = np.bincount(ids, minlength=size)
    contexts = min(contexts, size)
    column = np.full(size, -1, dtype=np.int64)
    column[np.argsort(-frequency, kind="stable")[:contexts]] = np.arange(contexts)
    blocks = []
    for side in (1, -1):
        counts = np.zeros(size * contexts, dtype=np.float32)
        for distance in range(1, window + 1):
            row, neighbour = (ids[:-distance], ids[distance:]) if side > 0 else (ids[distance:], ids[:-distance])
            neighbour = column[neighbour]
            seen = neighbour >= 0
            where, times = np.unique(row[seen] * contexts + neighbour[seen], return_counts=True)
            counts[where] += times.astype(np.float32) / distance
        counts = counts.reshape(size, contexts)
        rows, columns = counts.sum(1) + 1e-6, counts.sum(0) ** 0.75 + 1e-6
        counts /= rows[:, None]
        counts /= (columns / columns.sum())[None, :]
        np.log(np.maximum(counts, 1, out=counts), out=counts)
        blocks.append(counts)
        log(f"counted one side, {(counts > 0).mean():.2%} filled")
    rng = np.random.default_rng(1)
    wide = width + 32
    multiply = lambda m: blocks[0] @ m[:contexts] + blocks[1] @ m[contexts:]
    back = lambda m: np.concatenate([blocks[0].T @ m, blocks[1].T @ m])
    q = multiply(rng.standard_normal((2 * contexts, wide)).astype(np.float32))
    for _ in range(2):
        q, _ = np.linalg.qr(q)
        q = multiply(back(q))
    q, _ = np.linalg.qr(q)
    small = back(q)
    values, turn = np.linalg.eigh((small.T @ small).astype(np.float64))
    order = np.argsort(-values)[:width]
    vectors = (q @ turn[:, order].astype(np.float32)) * np.maximum(values[order], 0).astype(np.float32) ** 0.25
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-6
    np.save(os.path.join(out, "embeddings.npy"), vectors.astype(np.float32))
    for word in ("London", "london", "John", "Monday", "company", "##ing", "Minister", "cancer"):
        if word in vocabulary.ids:
            near = np.argsort(-(vectors @ vectors[vocabulary.ids[word]]))[1:9]
            log(f"near {word}: " + " ".join(vocabulary.vocab[i] for i in near))
