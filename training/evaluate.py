"""Scores a model folder on the sets of its task, by the file that ships, and labels single sentences with it."""
import json
import os
import re
import time

import numpy as np

from .data import find, read_conll
from .finetune import Encoding, score
from .finetune_bert import CasedEncoding
from .metrics import spans, surest
from .runtime import Session
from .wordpiece import WordPiece, split_words


class Folder:
    def __init__(self, path):
        with open(os.path.join(path, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        labels, encoding = config["id2label"], CasedEncoding if config["model_type"] == "bert" else Encoding
        vocabulary = WordPiece.load(os.path.join(path, "vocab.txt")).vocab
        self.encoding, self.session = encoding(vocabulary, [labels[str(i)] for i in range(len(labels))]), Session(os.path.join(path, "model.onnx"))

    def score(self, path):
        return score(lambda ids, mask: self.session(ids.numpy(), mask.numpy()), self.encoding, path)

    def label(self, words):
        ids, first = self.encoding.ids(words)
        logits = self.session(np.array([ids]), np.ones((1, len(ids)), dtype=np.int64))[0]
        return surest(logits[first], self.encoding.labels)


def evaluate(folder, data, sets, log):
    """Scores as name -> {type or `all`: (precision, recall, F1, expected)}; sets that are missing are left out."""
    model, out = Folder(folder), {}
    for name, source in sets.items():
        if path := find(data, source):
            started = time.time()
            result = model.score(path)
            kinds = [kind for kind in sorted(result.expected)]
            out[name] = {"all": result.row(), **{kind: result.row(kind) for kind in kinds}}
            log(f"{os.path.basename(folder)} on {name}: P %.1f R %.1f F1 %.1f of %d, {time.time() - started:.0f} s" % out[name]["all"])
    return out


def read_marked(line):
    """`[Ann|PER] left.` -> words and labels, words cut as the service cuts them."""
    words, labels = [], []
    for part in re.split(r"(\[[^\]|]+\|[A-Z]+\])", line):
        marked = re.fullmatch(r"\[([^\]|]+)\|([A-Z]+)\]", part)
        text, kind = marked.groups() if marked else (part, "")
        cut = split_words(text)
        words += cut
        labels += ["B-" + kind] + ["I-" + kind] * (len(cut) - 1) if kind else ["O"] * len(cut)
    return words, labels


def say(words, labels):
    return ", ".join(f"{' '.join(words[start:end])} {kind}" for start, end, kind in spans(labels)) or "nothing"


def sentences(folder, path):
    """Rows of (text, expected, found, right) for the marked sentences of a file."""
    model = Folder(folder)
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip():
                words, labels = read_marked(line.strip())
                guess = model.label(words)
                yield re.sub(r"\[([^\]|]+)\|[A-Z]+\]", r"\1", line.strip()), say(words, labels), say(words, guess), spans(guess) == spans(labels)


def right_in_full(folder, path):
    """The share of the sentences of a CoNLL file that are labelled without a mistake, of its first half and of its second."""
    model = Folder(folder)
    right = [spans(model.label(words)) == spans(labels) for words, labels in read_conll(path)]
    half = len(right) // 2
    return sum(right[:half]) / half, sum(right[half:]) / (len(right) - half)
