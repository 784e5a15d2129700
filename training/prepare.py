"""Raw text -> a vocabulary of word pieces and one array of piece ids.

The vocabulary holds byte-pair pieces and, above them, the most frequent whole words, so that common names keep a row of their own.
A share of the paragraphs is added in lower case (and a little in upper case): tweets and headlines are written so.
"""
import collections
import json
import os
import random
import zlib

import numpy as np

from .data import find, open_text, read_conll
from .wordpiece import SEP, WordPiece, split_words, train_vocabulary

LOWER, UPPER = 0.10, 0.02


def paragraphs(data, task):
    """All text that a task may read, as (source, words); which paragraphs are left out depends on their content alone."""
    for name, share in task.text.items():
        part = 0
        while path := find(data, f"text/{name}-{part:02d}.txt"):
            part += 1
            with open_text(path) as file:
                for line in file:
                    if share >= 1 or zlib.crc32(line.encode()) % 10_000 < share * 10_000:
                        yield name, split_words(line)
    for source in task.seen_text:
        if path := find(data, source):
            words = []
            for sentence, _ in read_conll(path):
                words += [part for word in sentence for part in split_words(word)]
                if len(words) > 60:
                    yield "training sets", words
                    words = []
            if words:
                yield "training sets", words


def prepare(data, task, out, size, log, pieces_share=0.33):
    rng = random.Random(1)
    kept, counts = [], collections.Counter()
    for source, words in paragraphs(data, task):
        chance = rng.random()
        if chance < UPPER:
            words = [word.upper() for word in words]
        kept.append((source, words))
        counts.update(words)
        if chance > 1 - LOWER:
            lower = [word.lower() for word in words]
            kept.append((source, lower))
            counts.update(lower)
    log(f"{len(kept)} paragraphs, {sum(counts.values())} words, {len(counts)} kinds")
    vocabulary = train_vocabulary({w: c for w, c in counts.items() if c >= 3}, int(size * pieces_share), min_char_count=20 if len(kept) > 5000 else 1)
    have = set(vocabulary)
    for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if len(vocabulary) >= size or count < 3:
            break
        if word not in have and set(word) <= have:
            vocabulary.append(word)
    with open(os.path.join(out, "vocab.txt"), "w", encoding="utf-8") as file:
        file.writelines(piece + "\n" for piece in vocabulary)
    pieces = WordPiece(vocabulary)
    flat = np.empty(sum(max(1, len(word)) for _, words in kept for word in words) + len(kept), dtype=np.uint16)
    n, places = 0, []
    for source, words in kept:
        if not places or places[-1][0] != source:
            places.append([source, n])
        for word in words:
            row = pieces.word(word)
            flat[n:n + len(row)] = row
            n += len(row)
        flat[n] = SEP
        n += 1
    np.save(os.path.join(out, "pieces.npy"), flat[:n])
    with open(os.path.join(out, "sources.json"), "w", encoding="utf-8") as file:
        json.dump(places, file, indent=1)
    log(f"{len(vocabulary)} pieces in the vocabulary, {n} in the text, {(flat[:n] == 1).mean():.4%} unknown")
