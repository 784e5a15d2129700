"""Strict entity scores as seqeval's default counts them, and plain accuracy for labels without prefixes."""
import collections


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
