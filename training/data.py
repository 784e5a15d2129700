"""Reading the data folder: CoNLL files, raw text and name lists. README.md says what lies where."""
import gzip
import os


def find(folder, *names):
    """The first of the paths below `folder` that is there, plain or gzipped; None when none is."""
    for name in names:
        for path in (os.path.join(folder, name), os.path.join(folder, name) + ".gz"):
            if os.path.exists(path):
                return path
    return None


def open_text(path):
    return gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")


def read_conll(path):
    """Sentences as (words, labels) of a file of `token TAB label` lines, with an empty line between sentences."""
    words, labels = [], []
    with open_text(path) as file:
        for line in file:
            line = line.rstrip("\n")
            if line.strip():
                word, label = line.split("\t")[:2]
                words.append(word)
                labels.append(label)
            elif words:
                yield words, labels
                words, labels = [], []
    if words:
        yield words, labels


def read_names(path):
    with open(path, encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip()]
