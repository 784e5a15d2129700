"""Names of several pieces, found by a hash of their piece ids. The same arithmetic stands in the exported graph.

A table of SLOTS entries holds for each name the rest of its hash and the kinds of list it stands in. A run of two to four pieces that
begins and ends with a word is looked up; a hit marks its first piece and, in columns of their own, the others.
"""
import numpy as np
import torch
import torch.nn.functional as F

from . import features
from .wordpiece import UNK, WordPiece, split_words

SLOTS, PRIME, LONGEST = 262_139, 2_147_483_647, 4
FACTORS = [1_000_003, 786_433, 393_241, 196_613]
KINDS = [*features.NAMES]
LOWERED = {"first name", "last name", "country", "region", "nationality"}
SUFFIXES = {"inc", "corp", "corporation", "ltd", "limited", "co", "company", "plc", "llc", "group", "holdings", "holding", ".", ",", "the"}


def hash_of(ids):
    return (sum(i * f for i, f in zip(ids, FACTORS)) + len(ids)) % PRIME


def build(vocabulary, data):
    """`rest` [SLOTS] int64, `combination` [SLOTS] int64 and `kinds` [combinations, kinds] float32 as arrays."""
    pieces = WordPiece(vocabulary)
    found = {}

    def add(words, bit):
        ids = [i for word in words for i in pieces.word(word)]
        if 2 <= len(ids) <= LONGEST and UNK not in ids:
            found[tuple(ids)] = found.get(tuple(ids), 0) | bit

    for position, (kind, names) in enumerate(features.lists(data).items()):
        for name in names:
            words = split_words(name)
            add(words, 1 << position)
            if kind in LOWERED:
                add([word.lower() for word in words], 1 << position)
            if kind == "company name":
                short = list(words)
                while len(short) > 1 and short[-1].lower() in SUFFIXES:
                    short.pop()
                if len(short) > 1 or len(words) > 1 and len(pieces.word(short[0])) > 1:
                    add(short, 1 << position)
    rest, bits = np.full(SLOTS, -1, dtype=np.int64), np.zeros(SLOTS, dtype=np.int64)
    for ids, mask in found.items():
        value = hash_of(ids)
        if rest[value % SLOTS] < 0:
            rest[value % SLOTS], bits[value % SLOTS] = value // SLOTS, mask
    rest[rest < 0] = PRIME // SLOTS + 1
    combinations, index = np.unique(bits, return_inverse=True)
    if len(combinations) > 256:
        raise ValueError("more than 256 combinations of name lists")
    kinds = np.array([[mask >> position & 1 for position in range(len(KINDS))] for mask in combinations], dtype=np.float32)
    return rest, index.astype(np.int64), kinds


class Names(torch.nn.Module):
    def __init__(self, rest, combination, kinds, tail):
        super().__init__()
        for name, value in (("rest", rest), ("combination", combination), ("kinds", kinds), ("tail", tail)):
            self.register_buffer(name, value)

    @staticmethod
    def later(x, step):
        """What stands `step` positions behind each; zero past the end."""
        return F.pad(x, (0, step))[:, step:]

    def forward(self, ids):
        """[batch, sequence, 2 * kinds]: begins a name, is inside one."""
        whole = 1 - self.tail[ids]
        begins, insides = None, None
        value = ids * FACTORS[0]
        for n in range(2, LONGEST + 1):
            value = value + self.later(ids, n - 1) * FACTORS[n - 1]
            key = (value + n) % PRIME
            slot = key % SLOTS
            # Past the end stands piece 0, a whole one.
            hit = (self.rest[slot] == torch.div(key, SLOTS, rounding_mode="floor")).long() * whole * (1 - self.later(self.tail[ids], n))
            rows = self.kinds[self.combination[slot]] * hit.unsqueeze(-1).to(self.kinds.dtype)
            begins = rows if begins is None else torch.maximum(begins, rows)
            for step in range(1, n):
                moved = F.pad(rows, (0, 0, step, 0))[:, :rows.shape[1]]
                insides = moved if insides is None else torch.maximum(insides, moved)
        return torch.cat([begins, insides], -1)
