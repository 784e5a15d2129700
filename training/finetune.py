"""Fine-tunes the encoder on CoNLL files and keeps the weights that do best on the sets to choose by."""
import json
import os
import random
import time

import numpy as np
import torch
import torch.nn.functional as F

from . import features, names, written
from .data import find, read_conll
from .metrics import Score, spans, surest
from .model import Encoder, TokenClassifier, half_precision
from .pretrain import new_encoder, save
from .wordpiece import CLS, SEP, UNK, WordPiece, split_words

LOWER, UPPER, TITLE, JOIN, OTHER_NAMES, HIDE = 0.08, 0.02, 0.02, 0.35, 0.25, 0.03
RECASED = 0.7  # share of the sentences of a lower-cased set that get their capitals back
ADDRESS = 0.03  # share of the sentences that get an address or a file's name
OWN = 0.5  # share of the windows that are scored with what is peculiar to their set
LONGEST = 250  # pieces


def weights_of(pieces):
    """What each piece of a word counts in the loss."""
    return ([1.0] + [0.3] * (len(pieces) - 1))[:len(pieces)]


def opinion(models, ids, mask, device):
    """The mean of what several classifiers think of each piece: float [batch, sequence, labels]."""
    with torch.no_grad(), half_precision(device):
        return sum(F.softmax(model(ids, mask).float(), -1) for model in models) / len(models)


class Encoding:
    """Words -> piece ids, with the place of each word's first piece. Words are cut at punctuation too, as the service cuts them."""

    def __init__(self, vocabulary, labels):
        self.pieces, self.labels, self.index = WordPiece(vocabulary), labels, {label: i for i, label in enumerate(labels)}

    def ids(self, words):
        ids, first = [CLS], []
        for word in words:
            first.append(len(ids))
            ids += [i for part in split_words(word) for i in self.pieces.word(part)] or [UNK]
        return ids + [SEP], first

    def example(self, words, labels):
        """Ids, targets and weights; the parts of a word behind its first have the inside label, the tail pieces of a part count less."""
        ids, targets, weights = [CLS], [0], [0.0]
        for word, label in zip(words, labels):
            inside = self.index["I-" + label[2:]] if label.startswith("B-") else self.index[label]
            begin = len(ids)
            for part in split_words(word) or [word]:
                pieces = self.pieces.word(part)
                ids += pieces
                targets += [inside] * len(pieces)
                weights += weights_of(pieces)
            if len(ids) > begin:
                targets[begin] = self.index[label]
        return ids + [SEP], targets + [0], weights + [0.0]


def other_names(words, labels, names, rng):
    """Some entities exchanged for another name of their type: more names than the data holds."""
    if not any(label in names for label in {label[2:] for label in labels}):
        return words, labels
    out_words, out_labels, at = [], [], 0
    for start, end, kind in spans(labels):
        out_words += words[at:start]
        out_labels += labels[at:start]
        at = end
        new = words[start:end]
        if kind in names and rng.random() < OTHER_NAMES:
            new = rng.choice(names[kind])
            if kind == "PER" and end - start == 1:
                new = [rng.choice(new)]
        out_words += new
        out_labels += ["B-" + kind] + ["I-" + kind] * (len(new) - 1)
    return out_words + words[at:], out_labels + labels[at:]


def clitics(words, labels):
    """`do n't` as running text has it, one word `don't`, cut as the service cuts it: `don`, `'`, `t`."""
    out_words, out_labels = [], []
    for word, label in zip(words, labels):
        if word.lower() in ("n't", "n’t") and out_words and out_words[-1].isalpha():
            out_words[-1] += word[0]
            out_words += [word[1], word[2]]
            out_labels += [label, label]
        else:
            out_words.append(word)
            out_labels.append(label)
    return out_words, out_labels


class Mix:
    """The training sets in the shares that the task wants, seen a little differently each time."""

    def __init__(self, data, task, encoding, seed):
        self.rng, self.encoding, self.labels = random.Random(seed), encoding, task.labels
        self.sets, self.paths = [], []
        for source, repeats, missing in task.train:
            if path := find(data, source):
                rows = list(read_conll(path))
                if task.nameless < 1:
                    rows = [row for row in rows if any(label != "O" for label in row[1]) or self.rng.random() < task.nameless]
                self.sets.append((rows, repeats, missing))
                self.paths.append(source)
        self.prefixed = task.labels[0] == "O"
        self.lowered = {number for number, path in enumerate(self.paths) if path in task.lowered}
        self.case = written.Case(words for number, (rows, _, _) in enumerate(self.sets) if number not in self.lowered for words, _ in rows) if self.lowered else None
        self.names = {}
        if task.exchanges_names:
            seen = {kind: set() for kind in ("PER", "LOC", "ORG", "MISC")}
            for rows, _, _ in self.sets:
                for words, labels in rows:
                    for start, end, kind in spans(labels):
                        seen[kind].add(tuple(words[start:end]))
            lists = features.lists(data)
            rng = random.Random(seed)
            self.names = {kind: [list(name) for name in sorted(found)] for kind, found in seen.items()}
            if lists["first name"] and lists["last name"]:
                last = lists["last name"] + [name[-1] for name in self.names["PER"] if len(name) > 1]
                self.names["PER"] += [[rng.choice(lists["first name"]), rng.choice(last)] for _ in range(len(self.names["PER"]))]
            for kind, source, most in (("LOC", "city", 2500), ("LOC", "country", 250), ("LOC", "region", 500), ("ORG", "company name", 1500), ("ORG", "other organisation", 200)):
                found = lists[source]
                self.names[kind] += [split_words(name) for name in rng.sample(found, min(most, len(found)))]
            self.names = {kind: found for kind, found in self.names.items() if found}

    def vary(self, words, labels, source):
        rng = self.rng
        if source in self.lowered and rng.random() < RECASED:
            words = self.case.restored(words, labels)
        if self.names:
            words, labels = other_names(words, labels, self.names, rng)
            if rng.random() < ADDRESS:
                words, labels = written.with_address(words, labels, self.names["PER"], rng)
        if rng.random() < 0.3:
            words, labels = clitics(words, labels)
        chance = rng.random()
        if chance < LOWER:
            words = [word.lower() for word in words]
        elif chance < LOWER + UPPER:
            words = [word.upper() for word in words]
        elif chance < LOWER + UPPER + TITLE:
            words = [word[:1].upper() + word[1:] for word in words]
        return words, labels

    def epoch(self):
        """Examples as (ids, targets, weights, missing, source); a target of O says nothing about the types in `missing`, `source` is the number of the set."""
        out = []
        for source, (rows, repeats, missing) in enumerate(self.sets):
            for turn in range(int(repeats) + 1):
                share = min(1.0, repeats - turn)
                at = 0
                while share > 0 and at < len(rows):
                    count = 1 if self.rng.random() > JOIN else self.rng.randint(2, 5)
                    if self.rng.random() < share:
                        parts = [self.encoding.example(*self.vary(*row, source)) for row in rows[at:at + count]]
                        ids, targets, weights = [CLS], [0], [0.0]
                        for part in parts:
                            ids += part[0][1:-1]
                            targets += part[1][1:-1]
                            weights += part[2][1:-1]
                        ids, targets, weights = ids[:LONGEST], targets[:LONGEST], weights[:LONGEST]
                        if sum(weights) > 0:
                            out.append((ids + [SEP], targets + [0], weights + [0.0], missing, source))
                    at += count
        return out


def rounded(length):
    """Widths of batches in steps of eight: few different shapes, for which libraries compile their kernels."""
    return -(-length // 8) * 8


def batches(rows, most, rng=None):
    """Indices of rows in batches of about the same length and at most `most` pieces, padding counted."""
    order = list(range(len(rows)))
    if rng:
        rng.shuffle(order)
    step = 3000 if rng else len(rows) or 1
    order = [i for k in range(0, len(order), step) for i in sorted(order[k:k + step], key=lambda i: len(rows[i][0]))]
    out, current, width = [], [], 0
    for i in order:
        wide = max(width, rounded(len(rows[i][0])))
        if current and wide * (len(current) + 1) > most:
            out.append(current)
            current, wide = [], rounded(len(rows[i][0]))
        current.append(i)
        width = wide
    if current:
        out.append(current)
    if rng:
        rng.shuffle(out)
    return out


def pad(rows):
    width = rounded(max(len(row) for row in rows))
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, :len(row)] = torch.tensor(row)
        mask[i, :len(row)] = 1
    return ids, mask


def score(forward, encoding, path, most=4096, first=None):
    """Scores a file by `forward`: ids, mask -> logits, tensors of torch or arrays; `first`: how many of its sentences."""
    sentences = list(read_conll(path))[:first]
    known = {label[2:] for _, labels in sentences for label in labels if label != "O"} & {label[2:] for label in encoding.labels if label != "O"}
    prefixed = encoding.labels[0] == "O"
    result, rows = Score(known), [encoding.ids(words) for words, _ in sentences]
    for batch in batches(rows, most):
        ids, mask = pad([rows[i][0][:512] for i in batch])
        for line, i in zip(torch.as_tensor(forward(ids, mask)).float().cpu().numpy(), batch):
            gold = sentences[i][1]
            seen = [at for at in rows[i][1] if at < 512]
            guess = surest(line[seen], encoding.labels) + [encoding.labels[0]] * (len(gold) - len(seen))
            result.add(guess, gold, prefixed)
    return result


def load_classifier(path):
    state = torch.load(path, map_location="cpu")
    shape = state["config"]
    weights = state["model"]
    found = names.Names(*(weights["encoder.names." + part] for part in ("rest", "combination", "kinds", "tail"))) if "encoder.names.rest" in weights else None
    model = TokenClassifier(Encoder(weights["encoder.features"], found, **shape), len(state["labels"]))
    model.load_state_dict(state["model"])
    return model.eval(), state


class Teachers:
    """The mean of what several trained classifiers think of each piece, and windows of raw text for them to think of."""

    def __init__(self, paths, out, device, seed):
        self.models = [load_classifier(path)[0].to(device) for path in paths]
        self.pieces, self.device, self.rng = np.load(os.path.join(out, "pieces.npy"), mmap_mode="r"), device, np.random.default_rng(seed)
        with open(os.path.join(out, "sources.json"), encoding="utf-8") as file:
            begins = [place for _, place in json.load(file)]
        self.ranges = list(zip(begins, begins[1:] + [len(self.pieces)]))

    def __call__(self, ids, mask):
        return opinion(self.models, ids, mask, self.device)

    def text(self, most, shortest=24, longest=120):
        """One batch of windows of one length, each source of text as likely as any other; int64 [batch, sequence]."""
        length = rounded(int(self.rng.integers(shortest, longest))) - 2
        ranges = [self.ranges[i] for i in self.rng.integers(0, len(self.ranges), max(1, most // (length + 2)))]
        at = [min(int(self.rng.integers(start, end)), len(self.pieces) - length) for start, end in ranges]
        return torch.from_numpy(np.stack([np.concatenate([[CLS], self.pieces[i:i + length], [SEP]]) for i in at]).astype(np.int64))


def hidden_pieces(ids):
    """Some pieces made unknown, so that what stands around them is used too."""
    return torch.where((torch.rand(ids.shape, device=ids.device) < HIDE) & (ids > 4), torch.full_like(ids, UNK), ids)


def divergence(logits, wanted):
    """Cross entropy against probabilities, one number a piece."""
    return -(wanted * F.log_softmax(logits, -1)).sum(-1)


def finetune(data, task, out, minutes, steps, log, device, seed=1, rate=1e-3, table_rate=0.5, batch=1800, dropout=0.15, table_dropout=0.2, use_names=True, init="encoder.pt",
             result="classifier.pt", teachers=(), silver=None, **shape):
    """`teachers`: files of earlier classifiers with the same vocabulary and labels; half of the loss is then to think as they do on the mean, on raw text all of it.
    `silver`: encoding, most pieces -> batches of silver.py, to learn from in the same way."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    task.find_labels(data)
    vocabulary = WordPiece.load(os.path.join(out, "vocab.txt")).vocab
    encoding = Encoding(vocabulary, task.labels)
    mix = Mix(data, task, encoding, seed)
    beside = Mix(data, task.beside, Encoding(vocabulary, task.beside.labels), seed) if task.beside else None
    start = os.path.join(out, init)
    if os.path.exists(start):
        state = torch.load(start, map_location="cpu")
        weights = {name.removeprefix("encoder."): value for name, value in state["model"].items()}
        tail = weights["features"][:, 1].long()
        found = names.Names(*(torch.from_numpy(part) for part in names.build(vocabulary, data)), tail) if use_names else None
        encoder = Encoder(weights["features"], found, dropout=dropout, table_dropout=table_dropout, **state["config"])
        encoder.load_state_dict({name: value for name, value in weights.items() if name in encoder.state_dict() and not name.startswith("names.")}, strict=False)
        log(f"starts from {init}")
    else:
        encoder = new_encoder(data, out, log, dropout=dropout, table_dropout=table_dropout, **shape)
    model = TokenClassifier(encoder, len(task.labels), sources=len(mix.sets), tags=len(task.beside.labels) if beside else 0).to(device)
    if os.path.exists(start) and state.get("labels") == task.labels:
        # Its head too: what a head of noise asks of a trained encoder first spoils it.
        model.load_state_dict({name: value for name, value in state["model"].items() if name.split(".")[0] in ("norm", "classifier")}, strict=False)
    columns = encoder.features.shape[1]
    prefixed = task.labels[0] == "O"
    types = [label[2:] for label in task.labels]
    # A batch reads few rows of the table: to move all of them takes longer than the rest of a step.
    encoder.table.sparse = True
    table = encoder.table.weight
    others = [p for p in model.parameters() if p is not table]
    optimisers = [(torch.optim.AdamW(others, lr=rate, betas=(0.9, 0.98), weight_decay=0.02), 1.0), (torch.optim.SparseAdam([table], lr=rate, betas=(0.9, 0.98)), table_rate)]
    taught = Teachers(teachers, out, device, seed) if teachers else None
    labelled_before = silver(encoding, batch) if silver else None
    average = {name: value.clone() for name, value in model.state_dict().items()}
    started, step, mean, epoch, last = time.time(), 0, None, 0, time.time()
    spent = 0.0
    tagged = []

    def scored(ids, mask, **how):
        """What the model says while a part of the pieces and of the fixed columns is withheld from it."""
        ids, keep = hidden_pieces(ids), (torch.rand(len(ids), 1, columns) > 0.1).float().to(device)
        with half_precision(device):
            return model(ids, mask, keep, **how)

    def weighed(losses, weights):
        return (losses.reshape(-1) * weights.reshape(-1)).sum() / weights.sum()

    def labelled(rows):
        """Ids, mask, targets and weights of some rows, on the device."""
        ids, mask = pad([row[0] for row in rows])
        targets, _ = pad([row[1] for row in rows])
        weights = torch.zeros(ids.shape)
        for line, row in enumerate(rows):
            weights[line, :len(row[2])] = torch.tensor(row[2])
        return [x.to(device) for x in (ids, mask, targets, weights)]

    def loss_of(rows):
        ids, mask, targets, weights = labelled(rows)
        silent = torch.zeros(len(rows), 1, len(task.labels), device=device)
        for line, row in enumerate(rows):
            for missing in row[3].split(",") if row[3] else ():
                silent[line, 0, [k for k, kind in enumerate(types) if kind == missing and prefixed]] = -1e4
        source = torch.tensor([row[4] if rng.random() < OWN else -1 for row in rows], device=device)
        logits = scored(ids, mask, source=source)
        told = logits + silent * (targets == 0).unsqueeze(-1) if prefixed else logits
        loss = weighed(F.cross_entropy(told.reshape(-1, len(task.labels)), targets.reshape(-1), reduction="none"), weights)
        return loss if taught is None else 0.5 * loss + 0.5 * weighed(divergence(logits, taught(ids, mask)), weights)

    def loss_of_tags(rows):
        ids, mask, targets, weights = labelled(rows)
        logits = scored(ids, mask, second=True)
        return weighed(F.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), reduction="none"), weights)

    def loss_of_text(ids):
        ids = ids.to(device)
        mask = torch.ones_like(ids)
        return divergence(scored(ids, mask), taught(ids, mask)).mean()

    def loss_of_silver(rows):
        ids, mask, wanted, weights = (x.to(device) for x in rows)
        return weighed(divergence(scored(ids, mask), wanted), weights)

    while spent < 1:
        rows = mix.epoch()
        log(f"epoch {epoch + 1}: {len(rows)} windows, {sum(len(row[0]) for row in rows)} pieces")
        for chosen in batches(rows, batch, rng):
            spent = (time.time() - started) / 60 / minutes if minutes else step / steps
            if spent >= 1:
                break
            for optimiser, share in optimisers:
                optimiser.zero_grad(set_to_none=True)
                for group in optimiser.param_groups:
                    group["lr"] = share * rate * min(1, (step + 1) / 200) * max(0.01, 1 - spent)
            loss = loss_of([rows[i] for i in chosen])
            loss.backward()
            if taught is not None:
                loss_of_text(taught.text(batch)).backward()
            if labelled_before is not None:
                loss_of_silver(next(labelled_before)).backward()
            if beside is not None and step % 3 == 0:
                if not tagged:
                    words = beside.epoch()
                    tagged = [[words[i] for i in some] for some in batches(words, batch, rng)]
                (0.5 * loss_of_tags(tagged.pop())).backward()
            torch.nn.utils.clip_grad_norm_(others, 1.0)
            for optimiser, _ in optimisers:
                optimiser.step()
            step += 1
            mean = loss.item() if mean is None else 0.99 * mean + 0.01 * loss.item()
            if step % 10 == 0 and spent > 0.3:
                share = 0.98 if spent > 0.4 else 0.0
                for name, value in model.state_dict().items():
                    if value.dtype.is_floating_point and ".names." not in name and not name.endswith("features"):
                        average[name].mul_(share).add_(value, alpha=1 - share)
            if step % 100 == 0:
                log(f"step {step}, loss {mean:.4f}, {spent:.0%} of the time")
            if time.time() - last > 180:
                save(os.path.join(out, result), {"model": model.shipped(), "config": encoder.config, "labels": task.labels})
                last = time.time()
        epoch += 1
    best = None
    for kind, weights in (("last", model.state_dict()), ("averaged", average)):
        model.load_state_dict({name: value.clone() for name, value in weights.items()})
        model.eval()
        total, told = 0.0, []
        with torch.no_grad():
            for name, source in task.choose.items():
                if path := find(data, source):
                    f1 = score(lambda ids, mask: model(ids.to(device), mask.to(device)), encoding, path).f1
                    told.append(f"{name} {f1:.1f}")
                    total += f1 / len(task.choose)
        log(f"{kind} weights: {', '.join(told)}; mean {total:.2f}")
        if best is None or total >= best[0]:
            best = total, {name: value.clone() for name, value in model.shipped().items()}
    save(os.path.join(out, result), {"model": best[1], "config": encoder.config, "labels": task.labels, "steps": step, "epochs": epoch})
    log(f"done after {step} steps, {epoch} epochs begun")
