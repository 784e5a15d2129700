"""Text that teachers have labelled, for a model with other word pieces to learn from.

A file of it (`silver.npz`) holds `text`, UTF-8, a passage a line, its words cut at punctuation and parted by blanks; `labels`, their names; `scores`, uint8
[words, labels], what the teachers give each label of a word, in 255ths.
"""
import random

import numpy as np
import torch

from .finetune import LONGEST, LOWER, batches, pad, weights_of
from .finetune_bert import CasedEncoding, Teachers, passages
from .wordpiece import CLS, SEP, WordPiece


def make(data, task, vocabulary, teachers, words, path, log, device, seed=1):
    """Labels about `words` words, of the raw text and the training sets of a task by the shares that it names."""
    encoding, taught, rng = CasedEncoding(WordPiece.load(vocabulary).vocab, task.labels), Teachers(teachers, device), random.Random(seed)
    drawn, count = [], 0
    for found in passages(data, task.silver, rng):
        drawn.append(found)
        count += len(found)
        if count >= words:
            break
    log(f"{len(drawn)} passages, {count} words")
    rows, scores = [encoding.ids(found) for found in drawn], [None] * len(drawn)
    for done, chosen in enumerate(batches(rows, 3000)):
        ids, mask = pad([rows[i][0][:512] for i in chosen])
        told = taught(ids.to(device), mask.to(device)).cpu().numpy()
        for line, i in zip(told, chosen):
            first = [at for at in rows[i][1] if at < 511]
            scores[i] = np.rint(line[first] * 255).astype(np.uint8)
            drawn[i] = drawn[i][:len(first)]
        if done % 200 == 0:
            log(f"batch {done}")
    text = "\n".join(" ".join(found) for found in drawn).encode("utf-8")
    np.savez_compressed(path, text=np.frombuffer(text, dtype=np.uint8), labels=np.array(task.labels), scores=np.concatenate(scores))


class Silver:
    """Batches of what teachers have labelled, for ever."""

    def __init__(self, path, encoding, seed):
        kept = np.load(path)
        if list(kept["labels"]) != encoding.labels:
            raise ValueError(f"{path}: its labels are {', '.join(kept['labels'])}, not {', '.join(encoding.labels)}")
        self.encoding, self.rng, self.scores = encoding, random.Random(seed), kept["scores"]
        self.rows = [line.split(" ") for line in kept["text"].tobytes().decode("utf-8").split("\n")]
        self.at = np.concatenate([[0], np.cumsum([len(row) for row in self.rows])])
        # The label that a word's later pieces have, for each label of its first.
        self.inside = [encoding.index["I-" + label[2:]] if label.startswith("B-") else i for i, label in enumerate(encoding.labels)]

    def example(self, number):
        """(piece ids, float [pieces, labels], weights); some in lower case, with what the teachers thought of them as they are written."""
        words, scores = self.rows[number], self.scores[self.at[number]:self.at[number + 1]].astype(np.float32) / 255
        chance = self.rng.random()
        ids, wanted, weights = [CLS], [None], [0.0]
        for word, score in zip(words, scores):
            pieces = self.encoding.pieces.word(word.lower() if chance < LOWER else word.upper() if chance < 1.2 * LOWER else word)
            if len(ids) + len(pieces) > LONGEST:
                break
            ids += pieces
            later = np.bincount(self.inside, score, len(score)).astype(np.float32)
            wanted += ([score] + [later] * (len(pieces) - 1))[:len(pieces)]
            weights += weights_of(pieces)
        nothing = np.zeros(scores.shape[1], dtype=np.float32)
        wanted[0] = nothing
        return ids + [SEP], wanted + [nothing], weights + [0.0]

    def batches(self, most):
        """ids, mask: int64 [rows, width]; wanted: float [rows, width, labels]; weights: float [rows, width]."""
        while True:
            rows = [self.example(self.rng.randrange(len(self.rows))) for _ in range(600)]
            for chosen in batches(rows, most, self.rng):
                ids, mask = pad([rows[i][0] for i in chosen])
                wanted, weights = torch.zeros(*ids.shape, self.scores.shape[1]), torch.zeros(ids.shape)
                for line, i in enumerate(chosen):
                    wanted[line, :len(rows[i][1])] = torch.from_numpy(np.stack(rows[i][1]))
                    weights[line, :len(rows[i][2])] = torch.tensor(rows[i][2])
                yield ids, mask, wanted, weights
