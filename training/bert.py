"""A BERT encoder with kinds of case: the uncased word pieces that it was trained on, each in up to three ways of writing it.

The encoder's own vocabulary is uncased, and names live by case. So the vocabulary here holds each piece as `berlin`, `Berlin` and `BERLIN`; two small tables
say which of the encoder's pieces an id is and how it is written, and a learned vector for the latter is added to the piece's. Accents are stripped, as the
encoder knows its words without them.
"""
import math
import os
import unicodedata

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from .model import Dropout
from .runtime import Session
from .wordpiece import SPECIAL, WordPiece

LOWER, TITLE, UPPER = range(3)
SHAPE = dict(hidden=384, layers=6, heads=12, inner=1536, positions=512)
EPSILON = 1e-12
NEAR = 1e-4  # what Bert and the encoder's own graph may differ by


def strip_accents(text):
    return text if text.isascii() else "".join(ch for ch in unicodedata.normalize("NFD", text) if unicodedata.category(ch) != "Mn")


class CasedPieces(WordPiece):
    """Word pieces of words without their accents."""

    def word(self, word):
        return super().word(strip_accents(word))


def variants(pieces):
    """Uncased pieces -> (vocabulary, base, kind): every way of writing a piece, the number of the piece, and LOWER, TITLE or UPPER. A capital alone is TITLE."""
    vocabulary, base, kind = [], [], []
    seen = set()

    def add(text, number, way):
        if text not in seen:
            seen.add(text)
            vocabulary.append(text)
            base.append(number)
            kind.append(way)

    for number, piece in enumerate(pieces):
        add(piece, number, LOWER)
    for number, piece in enumerate(pieces):
        if piece in SPECIAL:
            continue
        mark, text = ("##", piece[2:]) if piece.startswith("##") and len(piece) > 2 else ("", piece)
        for way, written in ((TITLE, text[:1].upper() + text[1:]), (UPPER, text.upper())):
            if len(written) == len(text):
                add(mark + written, number, way)
    return vocabulary, np.array(base), np.array(kind)


def kept(pieces):
    """The numbers of the pieces that stay: the special ones first, none of the unused, none outside Latin script, Greek and signs."""
    plain = [i for i, piece in enumerate(pieces)
             if piece not in SPECIAL and not (piece.startswith("[unused") and piece.endswith("]")) and all(ord(ch) < 0x400 or 0x2000 <= ord(ch) < 0x2E80 for ch in piece)]
    return [pieces.index(piece) for piece in SPECIAL] + plain


class Layer(nn.Module):
    def __init__(self, hidden, heads, inner, dropout):
        super().__init__()
        self.heads, self.size = heads, hidden // heads
        self.ask, self.out, self.norm = nn.Linear(hidden, 3 * hidden), nn.Linear(hidden, hidden), nn.LayerNorm(hidden, eps=EPSILON)
        self.up, self.down, self.last = nn.Linear(hidden, inner), nn.Linear(inner, hidden), nn.LayerNorm(hidden, eps=EPSILON)
        self.drop = Dropout(dropout)

    def forward(self, x, away):
        batch, length, hidden = x.shape
        q, k, v = self.ask(x).view(batch, length, 3 * self.heads, self.size).permute(0, 2, 1, 3).chunk(3, 1)
        weights = torch.softmax(torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(self.size) + away, -1)
        context = torch.matmul(self.drop(weights), v).permute(0, 2, 1, 3).reshape(batch, length, hidden)
        x = self.norm(x + self.drop(self.out(context)))
        return self.last(x + self.drop(self.down(F.gelu(self.up(x)))))


class Bert(nn.Module):
    """input_ids, attention_mask: int64 [batch, sequence] -> float [batch, sequence, hidden]."""

    def __init__(self, base, kind, pieces, hidden=384, layers=6, heads=12, inner=1536, positions=512, dropout=0.1):
        super().__init__()
        self.config = dict(hidden=hidden, layers=layers, heads=heads, inner=inner, positions=positions)
        self.register_buffer("base", torch.as_tensor(base).long())
        self.register_buffer("kind", torch.as_tensor(kind).long())
        self.table, self.position, self.case = nn.Embedding(pieces, hidden), nn.Embedding(positions, hidden), nn.Embedding(3, hidden)
        nn.init.zeros_(self.case.weight)
        self.norm, self.drop = nn.LayerNorm(hidden, eps=EPSILON), Dropout(dropout)
        self.blocks = nn.ModuleList(Layer(hidden, heads, inner, dropout) for _ in range(layers))

    def forward(self, ids, attention_mask):
        x = self.table(self.base[ids]) + self.case(self.kind[ids]) + self.position.weight[:ids.shape[1]]
        x = self.drop(self.norm(x))
        away = (attention_mask[:, None, None, :].to(x.dtype) - 1) * 10000.0
        for block in self.blocks:
            x = block(x, away)
        return x


class BertTokenClassifier(nn.Module):
    """As model.TokenClassifier: the scores of the labels, and beside them a head for what is peculiar to one training set, which is not saved."""

    HELPERS = ("own.",)

    def __init__(self, encoder, labels, dropout=0.1, sources=0):
        super().__init__()
        hidden = encoder.config["hidden"]
        self.encoder, self.drop, self.classifier = encoder, Dropout(dropout), nn.Linear(hidden, labels)
        nn.init.normal_(self.classifier.weight, 0, 0.02)
        nn.init.zeros_(self.classifier.bias)
        if sources:
            self.own = nn.Linear(hidden, labels * sources)
            nn.init.zeros_(self.own.weight)
            nn.init.zeros_(self.own.bias)

    def forward(self, ids, attention_mask):
        return self.classifier(self.encoder(ids, attention_mask))

    def both(self, ids, attention_mask, source):
        """The scores that ship, and those with what is peculiar to the set that a row is from; `source`: number of the set, -1 for none, int64 [batch]."""
        x = self.drop(self.encoder(ids, attention_mask))
        logits = self.classifier(x)
        own = self.own(x).view(*x.shape[:2], -1, logits.shape[-1])
        known = source.clamp_min(0).view(-1, 1, 1, 1).expand(-1, x.shape[1], 1, logits.shape[-1])
        return logits, logits + own.gather(2, known).squeeze(2) * (source >= 0).view(-1, 1, 1).to(logits.dtype)

    def shipped(self):
        """The weights without those of the helping head."""
        return {name: value for name, value in self.state_dict().items() if not name.startswith(self.HELPERS)}


def read_graph(path):
    """The encoder's weights out of its ONNX graph: tables and vectors by their own names, each matrix as the input of the MatMul in front of its bias."""
    import onnx
    from onnx import numpy_helper
    graph = onnx.load(path).graph
    arrays = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    made = {output: node for node in graph.node for output in node.output}
    found = {name.removeprefix("model.").removeprefix("bert."): value for name, value in arrays.items()}
    for node in graph.node:
        if node.op_type == "Add":
            bias = [name for name in node.input if name.endswith(".bias") and name in arrays]
            other = [name for name in node.input if name in made and made[name].op_type == "MatMul"]
            if bias and other:
                matrix = [name for name in made[other[0]].input if name in arrays]
                if matrix:
                    found[bias[0].removeprefix("model.").removeprefix("bert.")[:-len("bias")] + "weight"] = arrays[matrix[0]].T
    return found


def encoder_weights(found, rows):
    """The weights of read_graph under the names of Bert; `rows`: the pieces to keep."""
    out = {"table.weight": found["embeddings.word_embeddings.weight"][rows],
           # One segment only: its vector is added to every position's.
           "position.weight": found["embeddings.position_embeddings.weight"] + found["embeddings.token_type_embeddings.weight"][0],
           "norm.weight": found["embeddings.LayerNorm.weight"], "norm.bias": found["embeddings.LayerNorm.bias"]}
    for layer in range(SHAPE["layers"]):
        theirs, ours = f"encoder.layer.{layer}.", f"blocks.{layer}."
        for part in ("weight", "bias"):
            out[f"{ours}ask.{part}"] = np.concatenate([found[f"{theirs}attention.self.{each}.{part}"] for each in ("query", "key", "value")])
            for name, source in (("out", "attention.output.dense"), ("norm", "attention.output.LayerNorm"), ("up", "intermediate.dense"), ("down", "output.dense"),
                                 ("last", "output.LayerNorm")):
                out[f"{ours}{name}.{part}"] = found[f"{theirs}{source}.{part}"]
    return {name: torch.from_numpy(np.array(value, dtype=np.float32)) for name, value in out.items()}


def difference(model, rows, path):
    """How far the encoder's own graph is from `model` on two rows of pieces, one of them padded."""
    ids = np.random.default_rng(1).integers(len(SPECIAL), len(rows), (2, 24))
    ids[:, 0], ids[1, 17:] = SPECIAL.index("[CLS]"), SPECIAL.index("[PAD]")
    mask = np.ones_like(ids)
    mask[1, 17:] = 0
    theirs = Session(path)(np.asarray(rows)[ids], mask, "last_hidden_state")
    model.eval()
    with torch.no_grad():
        ours = model(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
    return float(np.abs(theirs - ours)[mask > 0].max())


def read_encoder(source, out, log, result="encoder.pt"):
    """`source`: folder of model.onnx and vocab.txt, as encoder/ leaves them. Leaves vocab.txt and `result` in `out`; every encoder there has the same vocabulary."""
    with open(os.path.join(source, "vocab.txt"), encoding="utf-8") as file:
        theirs = [line.rstrip("\r\n") for line in file if line.rstrip("\r\n")]
    found = read_graph(os.path.join(source, "model.onnx"))
    if len(theirs) != len(found["embeddings.word_embeddings.weight"]):
        raise ValueError(f"{source}: {len(theirs)} pieces in vocab.txt, {len(found['embeddings.word_embeddings.weight'])} rows in the table")
    rows = kept(theirs)
    vocabulary, base, kind = variants([theirs[i] for i in rows])
    model = Bert(base, kind, len(rows), **SHAPE)
    missing = model.load_state_dict(encoder_weights(found, rows), strict=False).missing_keys
    if set(missing) != {"base", "kind", "case.weight"}:
        raise ValueError(f"{source}: the graph lacks {', '.join(missing)}")
    apart = difference(model, rows, os.path.join(source, "model.onnx"))
    if apart > NEAR:
        raise ValueError(f"{source}: the network here differs from the graph by {apart:.2g}, more than {NEAR:.2g}: is it a BERT?")
    names = os.path.join(out, "vocab.txt")
    if result == "encoder.pt":
        with open(names, "w", encoding="utf-8") as file:
            file.writelines(piece + "\n" for piece in vocabulary)
    elif WordPiece.load(names).vocab != vocabulary:
        raise ValueError(f"{source}: its pieces are not those of the first encoder, in {names}")
    torch.save({"model": model.state_dict(), "config": model.config}, os.path.join(out, result))
    log(f"{len(rows)} of {len(theirs)} pieces, {len(vocabulary)} with their ways of writing; {sum(p.numel() for p in model.parameters()) / 1e6:.1f} million weights; differs from its graph by {apart:.1g}")
