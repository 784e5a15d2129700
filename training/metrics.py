"""Strict entity scores as seqeval's default counts them, and plain accuracy for labels without prefixes."""
import collections

import numpy as np

FORBIDDEN = -10_000  # no score of a model makes up for it


def spans(labels):
    """(start, end, type) of each entity; an inside label with no entity of its type before it starts one."""
    out, start, kind = [], None, None
    for i, label in enumerate([*labels, "O"]):
        if start is not None and not (label.startswith("I-") and label[2:] == kind):
            out.append((start, i, kind))
            start = None
        if label != "O" and start is None:
            start, kind = i, label[2:]
    return out


def follows(before, label):
    """Whether BIO2 spells `label` behind `before`; labels without prefixes follow any."""
    return not label.startswith("I-") or before[1:2] == "-" and before[2:] == label[2:]


def transitions(labels):
    """What a label costs behind another: 0 or FORBIDDEN, a row for each label before."""
    return [[0 if follows(before, label) else FORBIDDEN for label in labels] for before in labels]


def surest(logits, labels):
    """The labels whose scores add up to the most among the sequences that BIO2 spells; `logits`: float [words, labels]."""
    best = logits.argmax(-1).tolist()
    if all(follows(labels[a], labels[b]) for a, b in zip([labels.index("O") if "O" in labels else 0, *best], best)):
        return [labels[i] for i in best]
    into = np.array(transitions(labels))
    scores, came = into[labels.index("O")] + logits[0], []
    for row in logits[1:]:
        ways = scores[:, None] + into
        came.append(ways.argmax(0))
        scores = ways.max(0) + row
    path = [int(scores.argmax())]
    for from_ in reversed(came):
        path.append(int(from_[path[-1]]))
    return [labels[i] for i in reversed(path)]


class Score:
    """Counts of right, reported and expected items for each type."""

    def __init__(self, types=None):
        self.types, self.right, self.reported, self.expected = types, collections.Counter(), collections.Counter(), collections.Counter()

    def add(self, guess, gold, prefixed):
        if prefixed:
            found, wanted = ({s for s in spans(x) if self.types is None or s[2] in self.types} for x in (guess, gold))
        else:
            found, wanted = ({(i, i + 1, label) for i, label in enumerate(x)} for x in (guess, gold))
        self.right.update(s[2] for s in found & wanted)
        self.reported.update(s[2] for s in found)
        self.expected.update(s[2] for s in wanted)

    def row(self, kind=None):
        """Precision, recall, F1 in percent and how many were expected; over all types together when none is named."""
        right, reported, expected = (c[kind] if kind else sum(c.values()) for c in (self.right, self.reported, self.expected))
        precision, recall = 100 * right / max(1, reported), 100 * right / max(1, expected)
        return precision, recall, 2 * precision * recall / max(1e-9, precision + recall), expected

    @property
    def f1(self):
        return self.row()[2]
