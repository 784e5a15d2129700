"""Checks a folder that `python3 -m training all` made: complete, labels something, 8-bit agrees with float32, a window alone equals the same in a batch.

python3 -m training.check FOLDER FLOAT32_FOLDER FILE.conll
"""
import os
import sys

import numpy as np

from .data import read_conll
from .evaluate import Folder
from .finetune import pad

FILES = ["README.md", "config.json", "crf.json", "model.onnx", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"]


def check(folder, plain, path):
    missing = [name for name in FILES if not os.path.exists(os.path.join(folder, name))]
    if missing:
        return f"{folder} lacks {', '.join(missing)}"
    packed, whole = Folder(folder), Folder(plain)
    sentences = [words for words, _ in read_conll(path)]
    ids, mask = (x.numpy() for x in pad([packed.encoding.ids(words)[0][:512] for words in sentences]))
    logits, exact = packed.session(ids, mask), whole.session(ids, mask)
    real = mask > 0
    agree = (logits.argmax(-1) == exact.argmax(-1))[real].mean()
    kinds = {packed.encoding.labels[i] for i in np.unique(logits.argmax(-1)[real])}
    length = int(mask[0].sum())
    alone = packed.session(ids[:1, :length], mask[:1, :length])
    print(f"{len(sentences)} sentences, labels seen: {' '.join(sorted(kinds))}; 8-bit and float32 agree on {agree:.2%} of the pieces")
    if agree < 0.98:
        return "8-bit and float32 disagree"
    if len(kinds) < 2:
        return "nothing but one label comes out"
    if np.abs(alone[0] - logits[0, :length]).max() > 1e-3:
        return "a window alone gives other logits than in a padded batch"
    return None


if __name__ == "__main__":
    if problem := check(*sys.argv[1:4]):
        sys.exit(f"check: {problem}")
