"""Fine-tunes the encoder on CoNLL files and keeps the weights that do best on the sets to choose by."""
import os
import random
import time

import torch
import torch.nn.functional as F

from . import features, names
from .data import find, read_conll
from .metrics import Score, spans
from .model import Encoder, TokenClassifier
from .pretrain import new_encoder, save
from .wordpiece import CLS, SEP, UNK, WordPiece, split_words

LOWER, UPPER, TITLE, JOIN, OTHER_NAMES, HIDE = 0.08, 0.02, 0.02, 0.35, 0.25, 0.03
LONGEST = 250  # pieces


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
                weights += [1.0] + [0.3] * (len(pieces) - 1)
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
        self.sets = []
        for source, repeats, missing in task.train:
            if path := find(data, source):
                self.sets.append((list(read_conll(path)), repeats, missing))
        self.prefixed = task.labels[0] == "O"
        self.names = {}
        if task.folder.startswith("en-ner"):
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

    def vary(self, words, labels):
        rng = self.rng
        if self.names:
            words, labels = other_names(words, labels, self.names, rng)
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
        """Examples as (ids, targets, weights, missing); a target of O says nothing about the types in `missing`."""
        out = []
        for rows, repeats, missing in self.sets:
            for turn in range(int(repeats) + 1):
                share = min(1.0, repeats - turn)
                at = 0
                while share > 0 and at < len(rows):
                    count = 1 if self.rng.random() > JOIN else self.rng.randint(2, 5)
                    if self.rng.random() < share:
                        parts = [self.encoding.example(*self.vary(*row)) for row in rows[at:at + count]]
                        ids, targets, weights = [CLS], [0], [0.0]
                        for part in parts:
                            ids += part[0][1:-1]
                            targets += part[1][1:-1]
                            weights += part[2][1:-1]
                        ids, targets, weights = ids[:LONGEST], targets[:LONGEST], weights[:LONGEST]
                        if sum(weights) > 0:
                            out.append((ids + [SEP], targets + [0], weights + [0.0], missing))
                    at += count
        return out


def batches(rows, most, rng=None):
    """Indices of rows in batches of about the same length and at most `most` pieces, padding counted."""
    order = list(range(len(rows)))
    if rng:
        rng.shuffle(order)
    step = 3000 if rng else len(rows) or 1
    order = [i for k in range(0, len(order), step) for i in sorted(order[k:k + step], key=lambda i: len(rows[i][0]))]
    out, current, width = [], [], 0
    for i in order:
        wide = max(width, len(rows[i][0]))
        if current and wide * (len(current) + 1) > most:
            out.append(current)
            current, wide = [], len(rows[i][0])
        current.append(i)
        width = wide
    if current:
        out.append(current)
    if rng:
        rng.shuffle(out)
    return out


def pad(rows):
    width = max(len(row) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, :len(row)] = torch.tensor(row)
        mask[i, :len(row)] = 1
    return ids, mask


def score(forward, encoding, path, most=4096):
    """Scores a file by `forward`: ids, mask -> logits, both torch tensors or anything with argmax."""
    sentences = list(read_conll(path))
    known = {label[2:] for _, labels in sentences for label in labels if label != "O"} & {label[2:] for label in encoding.labels if label != "O"}
    prefixed = encoding.labels[0] == "O"
    result, rows = Score(known), [encoding.ids(words) for words, _ in sentences]
    cut = [row for row in rows]
    for batch in batches(cut, most):
        ids, mask = pad([rows[i][0][:512] for i in batch])
        best = forward(ids, mask).argmax(-1).tolist()
        for line, i in zip(best, batch):
            gold = sentences[i][1]
            guess = [encoding.labels[line[at]] if at < 512 else encoding.labels[0] for at in rows[i][1]]
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


def finetune(data, task, out, minutes, steps, log, device, seed=1, rate=1e-3, table_rate=0.5, batch=1800, dropout=0.15, table_dropout=0.2, use_names=True, init="encoder.pt", result="classifier.pt", **shape):
    torch.manual_seed(seed)
    rng = random.Random(seed)
    task.find_labels(data)
    with open(os.path.join(out, "vocab.txt"), encoding="utf-8") as file:
        vocabulary = [line.rstrip("\n") for line in file]
    encoding = Encoding(vocabulary, task.labels)
    mix = Mix(data, task, encoding, seed)
    start = os.path.join(out, init)
    if os.path.exists(start):
        state = torch.load(start, map_location="cpu")
        tail = state["model"]["features"][:, 1].long()
        found = names.Names(*(torch.from_numpy(part) for part in names.build(vocabulary, data)), tail) if use_names else None
        encoder = Encoder(state["model"]["features"], found, dropout=dropout, table_dropout=table_dropout, **state["config"])
        encoder.load_state_dict(state["model"], strict=False)
        log(f"starts from {init}")
    else:
        encoder = new_encoder(data, out, log, dropout=dropout, table_dropout=table_dropout, **shape)
    model = TokenClassifier(encoder, len(task.labels)).to(device)
    columns = encoder.features.shape[1]
    prefixed = task.labels[0] == "O"
    types = [label[2:] for label in task.labels]
    table = [encoder.table.weight]
    others = [p for p in model.parameters() if p is not table[0]]
    optimiser = torch.optim.AdamW([{"params": others, "share": 1.0, "weight_decay": 0.02}, {"params": table, "share": table_rate, "weight_decay": 0.0}], lr=rate, betas=(0.9, 0.98))
    average = {name: value.clone() for name, value in model.state_dict().items()}
    started, step, mean, epoch, last = time.time(), 0, None, 0, time.time()
    spent = 0.0
    while spent < 1:
        rows = mix.epoch()
        log(f"epoch {epoch + 1}: {len(rows)} windows, {sum(len(row[0]) for row in rows)} pieces")
        for chosen in batches(rows, batch, rng):
            spent = (time.time() - started) / 60 / minutes if minutes else step / steps
            if spent >= 1:
                break
            for group in optimiser.param_groups:
                group["lr"] = group["share"] * rate * min(1, (step + 1) / 200) * max(0.01, 1 - spent)
            ids, mask = pad([rows[i][0] for i in chosen])
            targets, _ = pad([rows[i][1] for i in chosen])
            weights = torch.zeros(ids.shape)
            silent = torch.zeros(len(chosen), 1, len(task.labels))
            for line, i in enumerate(chosen):
                weights[line, :len(rows[i][2])] = torch.tensor(rows[i][2])
                for missing in rows[i][3].split(",") if rows[i][3] else ():
                    silent[line, 0, [k for k, kind in enumerate(types) if kind == missing and prefixed]] = -1e4
            ids = torch.where((torch.rand(ids.shape) < HIDE) & (ids > 4), torch.full_like(ids, UNK), ids)
            keep = (torch.rand(len(chosen), 1, columns) > 0.1).float()
            ids, mask, targets, weights, silent, keep = (x.to(device) for x in (ids, mask, targets, weights, silent, keep))
            with torch.autocast(device, dtype=torch.bfloat16):
                logits = model(ids, mask, keep)
            if prefixed:
                logits = logits + silent * (targets == 0).unsqueeze(-1)
            losses = F.cross_entropy(logits.float().reshape(-1, len(task.labels)), targets.reshape(-1), reduction="none", label_smoothing=0.0)
            loss = (losses * weights.reshape(-1)).sum() / weights.sum()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
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
                save(os.path.join(out, result), {"model": model.state_dict(), "config": encoder.config, "labels": task.labels})
                last = time.time()
        epoch += 1
    best = None
    for kind, weights in (("last", model.state_dict()), ("averaged", average)):
        weights = {name: value.clone() for name, value in weights.items()}
        model.load_state_dict(weights)
        model.eval()
        total, told = 0.0, []
        with torch.no_grad():
            for name, source in task.choose.items():
                if path := find(data, source):
                    f1 = score(lambda ids, mask: model(ids.to(device), mask.to(device)), encoding, path).f1
                    told.append(f"{name} {f1:.1f}")
                    total += f1 / len(task.choose)
        log(f"{kind} weights: {', '.join(told)}; mean {total:.2f}")
        if best is None or total > best[0]:
            best = total, weights
    save(os.path.join(out, result), {"model": best[1], "config": encoder.config, "labels": task.labels, "steps": step, "epochs": epoch})
    log(f"done after {step} steps, {epoch} epochs begun")
